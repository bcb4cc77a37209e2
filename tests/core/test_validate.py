"""Is this request sound? – RFC 8011 section 4.1, check by check, with the status-code that each gives."""

from __future__ import annotations

import pytest

from firmware.core import validate
from firmware.core.errors import IppError
from firmware.core.validate import TemplateCheck
from firmware.ipp import (
    NOT_SETTABLE,
    UNSUPPORTED,
    Attribute,
    AttributeGroup,
    Charset,
    Collection,
    Enum,
    GroupTag,
    Keyword,
    Message,
    MimeMediaType,
    Name,
    NaturalLanguage,
    Operation,
    RangeOfInteger,
    Status,
    Text,
    Uri,
    Value,
)
from tests.printer import MONO, URI, Answer, Desk, group, keyword

BAD = Status.CLIENT_ERROR_BAD_REQUEST
CHARSET = Attribute("attributes-charset", Charset("utf-8"))
LANGUAGE = Attribute("attributes-natural-language", NaturalLanguage("en"))
TARGET = Attribute("printer-uri", Uri(URI))
ONE_TWO, FOUR_NINE = RangeOfInteger(1, 2), RangeOfInteger(4, 9)


def ask(
    *attributes: Attribute,
    code: int = Operation.GET_PRINTER_ATTRIBUTES,
    request_id: int = 1,
    version: tuple[int, int] = (2, 0),
    more: tuple[AttributeGroup, ...] = (),
    desk: Desk | None = None,
) -> Answer:
    """A request of these operation attributes and nothing else."""
    groups = [AttributeGroup(GroupTag.OPERATION, list(attributes)), *more]
    return (desk or Desk(MONO)).send(Message(code, request_id, groups, version))


# ------------------------------------------------------------------------------------- section 4.1.8: version


@pytest.mark.parametrize(
    ("asked", "status", "told"),
    [
        ((1, 0), Status.SUCCESSFUL_OK, (1, 1)),
        ((1, 1), Status.SUCCESSFUL_OK, (1, 1)),
        ((1, 9), Status.SUCCESSFUL_OK, (1, 1)),
        ((2, 0), Status.SUCCESSFUL_OK, (2, 0)),
        ((2, 1), Status.SUCCESSFUL_OK, (2, 1)),
        ((2, 2), Status.SUCCESSFUL_OK, (2, 2)),
        ((2, 9), Status.SUCCESSFUL_OK, (2, 2)),
        ((3, 0), Status.SERVER_ERROR_VERSION_NOT_SUPPORTED, (2, 2)),
        ((9, 9), Status.SERVER_ERROR_VERSION_NOT_SUPPORTED, (2, 2)),
        ((0, 0), Status.SERVER_ERROR_VERSION_NOT_SUPPORTED, (1, 1)),
    ],
)
def test_versions(asked: tuple[int, int], status: Status, told: tuple[int, int]) -> None:
    answer = ask(CHARSET, LANGUAGE, TARGET, version=asked)
    assert answer.status == status
    assert answer.message.version == told


def test_the_version_is_looked_at_before_anything_else() -> None:
    answer = ask(code=0x7FFF, request_id=0, version=(9, 9))
    assert answer.status == Status.SERVER_ERROR_VERSION_NOT_SUPPORTED


# ---------------------------------------------------------------- sections 4.1.1 to 4.1.4: the frame


@pytest.mark.parametrize("number", [1, 2**31 - 1])
def test_request_ids(number: int) -> None:
    answer = ask(CHARSET, LANGUAGE, TARGET, request_id=number)
    assert (answer.status, answer.message.request_id) == (Status.SUCCESSFUL_OK, number)


@pytest.mark.parametrize("number", [0, 2**31, 2**32 - 1])
def test_request_ids_that_are_none(number: int) -> None:
    answer = ask(CHARSET, LANGUAGE, TARGET, request_id=number)
    assert (answer.status, answer.message.request_id) == (BAD, number)


@pytest.mark.parametrize(
    ("attributes", "says"),
    [
        ((), "must come first"),
        ((LANGUAGE, CHARSET, TARGET), "must come first"),
        ((TARGET, CHARSET, LANGUAGE), "must come first"),
        ((CHARSET, TARGET), "must come first"),
        ((CHARSET, LANGUAGE, TARGET, TARGET), "printer-uri stands twice"),
        ((Attribute("attributes-charset", Keyword("utf-8")), LANGUAGE, TARGET), "no charset"),
        ((Attribute("attributes-charset", Charset("utf-8"), Charset("utf-8")), LANGUAGE, TARGET), "no charset"),
        ((CHARSET, Attribute("attributes-natural-language", Keyword("en")), TARGET), "no naturalLanguage"),
        ((CHARSET, LANGUAGE), "printer-uri is missing"),
        ((CHARSET, LANGUAGE, Attribute("printer-uri", Keyword(URI))), "wants uri"),
        ((CHARSET, LANGUAGE, Attribute("printer-uri", Uri(URI), Uri(URI))), "one is the most"),
        ((CHARSET, LANGUAGE, Attribute("printer-uri", Uri("ipp://[::1/ipp/print"))), "no URI"),
        ((CHARSET, LANGUAGE, Attribute("printer-uri", Uri("ipp://host:x/ipp/print"))), "no URI"),
        ((CHARSET, LANGUAGE, TARGET, Attribute("requested-attributes", Name("all"))), "wants keyword"),
        ((CHARSET, LANGUAGE, TARGET, Attribute("requesting-user-name", Text("eve"))), "wants name"),
    ],
)
def test_operation_attributes_that_are_not_sound(attributes: tuple[Attribute, ...], says: str) -> None:
    answer = ask(*attributes)
    assert answer.status == BAD
    assert says in answer.said


@pytest.mark.parametrize("charset", ["us-ascii", "iso-8859-1", "utf-16"])
def test_charsets_that_are_not_spoken(charset: str) -> None:
    wrong = Attribute("attributes-charset", Charset(charset))
    answer = ask(wrong, LANGUAGE, TARGET)
    assert answer.status == Status.CLIENT_ERROR_CHARSET_NOT_SUPPORTED
    assert answer.message.get("attributes-charset") == CHARSET
    assert ask(Attribute("attributes-charset", Charset("UTF-8")), LANGUAGE, TARGET).status == Status.SUCCESSFUL_OK


def test_any_language_is_answered_in_ours() -> None:
    answer = ask(CHARSET, Attribute("attributes-natural-language", NaturalLanguage("de-ch")), TARGET)
    assert answer.status == Status.SUCCESSFUL_OK
    assert answer.message.get("attributes-natural-language") == LANGUAGE


def test_groups() -> None:
    desk = Desk(MONO)
    operation = group(GroupTag.OPERATION, CHARSET, LANGUAGE, TARGET)
    job = group(GroupTag.JOB, Attribute("copies", 1))

    def status(*groups: AttributeGroup) -> Status:
        return desk.send(Message(Operation.GET_PRINTER_ATTRIBUTES, 1, list(groups))).status

    assert status() == BAD
    assert status(job) == BAD
    assert status(job, operation) == BAD
    assert status(operation, operation) == BAD
    assert status(operation, job) == BAD
    assert status(operation, group(GroupTag.PRINTER, Attribute("printer-name", Name("x")))) == BAD
    assert status(operation, group(GroupTag.JOB)) == Status.SUCCESSFUL_OK
    assert status(operation, group(GroupTag(0x09), Attribute("x", 1))) == Status.SUCCESSFUL_OK


# ------------------------------------------------------------ sections 4.1.5 to 4.1.7: operation and target


@pytest.mark.parametrize("code", [0, 1, Operation.REGISTER_OUTPUT_DEVICE, 0x3FFF, 0x4001, 0xFFFF])
def test_operations_that_are_not_there(code: int) -> None:
    assert ask(CHARSET, LANGUAGE, TARGET, code=code).status == Status.SERVER_ERROR_OPERATION_NOT_SUPPORTED


@pytest.mark.parametrize(
    "uri", ["ipp://h/", "ipp://h/ipp/prin", "ipp://h/ipp/print/1", "ipp://h", "ipps://h/IPP/PRINT"]
)
def test_printers_that_are_not_there(uri: str) -> None:
    assert ask(CHARSET, LANGUAGE, Attribute("printer-uri", Uri(uri))).status == Status.CLIENT_ERROR_NOT_FOUND


@pytest.mark.parametrize("scheme", ["ipp", "ipps", "http", "https", "IPP"])
def test_schemes_that_lead_here(scheme: str) -> None:
    uri = Attribute("printer-uri", Uri(f"{scheme}://anything:1234/ipp/print"))
    assert ask(CHARSET, LANGUAGE, uri).status == Status.SUCCESSFUL_OK


@pytest.mark.parametrize("uri", ["lpd://h/ipp/print", "/ipp/print", "ftp://h/ipp/print"])
def test_schemes_that_do_not(uri: str) -> None:
    wrong = Attribute("printer-uri", Uri(uri))
    answer = ask(CHARSET, LANGUAGE, wrong)
    assert answer.status == Status.CLIENT_ERROR_URI_SCHEME_NOT_SUPPORTED
    assert answer.unsupported == [wrong]


def test_a_job_by_its_uri_or_by_its_number() -> None:
    desk = Desk(MONO)
    job = desk.create()

    def status(*target: Attribute) -> Status:
        return ask(CHARSET, LANGUAGE, *target, code=Operation.GET_JOB_ATTRIBUTES, desk=desk).status

    assert status(TARGET, Attribute("job-id", job.id)) == Status.SUCCESSFUL_OK
    assert status(Attribute("job-uri", Uri(f"{URI}/{job.id}"))) == Status.SUCCESSFUL_OK
    assert status(TARGET) == BAD
    assert status(Attribute("job-id", job.id)) == BAD
    assert status(TARGET, Attribute("job-id", 0)) == BAD
    assert status(TARGET, Attribute("job-id", Enum(1))) == BAD
    assert status(TARGET, Attribute("job-id", 99)) == Status.CLIENT_ERROR_NOT_FOUND
    for path in ("99", "x", "", "²", "-1", "1/1", "00000000001", "1" * 40):
        assert status(Attribute("job-uri", Uri(f"{URI}/{path}"))) in (Status.CLIENT_ERROR_NOT_FOUND, BAD)
    wrong = Attribute("job-uri", Uri(f"ftp://h/ipp/print/{job.id}"))
    assert status(wrong) == Status.CLIENT_ERROR_URI_SCHEME_NOT_SUPPORTED


def test_unknown_operation_attributes_are_told_and_ignored() -> None:
    strange = Attribute("strange", Keyword("thing"))
    answer = ask(CHARSET, LANGUAGE, TARGET, strange, Attribute("requested-attributes", Keyword("printer-name")))
    assert answer.status == Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES
    assert answer.unsupported == [Attribute("strange", UNSUPPORTED)]
    assert answer.printer.names() == ["printer-name"]


@pytest.mark.parametrize(
    ("attribute", "status"),
    [
        (Attribute("limit", 0), BAD),
        (Attribute("limit", -1), BAD),
        (Attribute("limit", Enum(1)), BAD),
        (Attribute("my-jobs", 1), BAD),
        (Attribute("requesting-user-name", Name("n" * 256)), Status.CLIENT_ERROR_REQUEST_VALUE_TOO_LONG),
        (Attribute("requesting-user-name", Name("\udcff")), BAD),
        (Attribute("which-jobs", Keyword("k" * 256)), Status.CLIENT_ERROR_REQUEST_VALUE_TOO_LONG),
        (Attribute("job-ids", RangeOfInteger(1, 2)), BAD),
    ],
)
def test_values_of_known_operation_attributes(attribute: Attribute, status: Status) -> None:
    assert ask(CHARSET, LANGUAGE, TARGET, attribute, code=Operation.GET_JOBS).status == status


# ---------------------------------------------------------- section 4.1.7: job template attributes, sorted


def check(*attributes: Attribute, desk: Desk | None = None) -> TemplateCheck:
    return TemplateCheck((desk or Desk()).printer, attributes)


@pytest.mark.parametrize(
    ("given", "accepted", "unsupported"),
    [
        (Attribute("copies", 2), (2,), None),
        (Attribute("copies", 1000), (), (1000,)),
        (Attribute("copies", 0), (), (0,)),
        (Attribute("copies", Keyword("two")), (), (Keyword("two"),)),
        (Attribute("copies", 1, 2), (), (1, 2)),
        (Attribute("no-such-attribute", 1), (), (UNSUPPORTED,)),
        (Attribute("printer-name", Name("x")), (), (UNSUPPORTED,)),
        (keyword("sides", "two-sided-long-edge"), (Keyword("two-sided-long-edge"),), None),
        (keyword("sides", "three-sided"), (), (Keyword("three-sided"),)),
        (Attribute("finishings", Enum(3), Enum(4)), (Enum(3),), (Enum(4),)),
        (Attribute("page-ranges", ONE_TWO, FOUR_NINE), (ONE_TWO, FOUR_NINE), None),
        (Attribute("page-ranges", FOUR_NINE, ONE_TWO), (), (FOUR_NINE, ONE_TWO)),
        (Attribute("page-ranges", RangeOfInteger(2, 1)), (), (RangeOfInteger(2, 1),)),
    ],
)  # fmt: skip
def test_each_value_is_accepted_or_unsupported(
    given: Attribute, accepted: tuple[Value, ...], unsupported: tuple[Value, ...] | None
) -> None:
    found = check(given)
    assert found.accepted == ([Attribute(given.name, *accepted)] if accepted else [])
    assert found.unsupported == ([] if unsupported is None else [Attribute(given.name, *unsupported)])


def test_a_collection_is_divided_into_its_members() -> None:
    good, bad = keyword("media-type", "labels"), keyword("media-source", "tray-77")
    strange = Attribute("media-mood", Keyword("calm"))
    found = check(Attribute("media-col", Collection.of([good, bad, strange])))
    assert found.accepted == [Attribute("media-col", Collection.of([good]))]
    unsupported = Collection.of([bad, Attribute("media-mood", UNSUPPORTED)])
    assert found.unsupported == [Attribute("media-col", unsupported)]


def test_media_in_two_ways_at_once() -> None:
    media = keyword("media", "iso_a4_210x297mm")
    with pytest.raises(IppError, match="exclude each other") as caught:
        check(media, Attribute("media-col", Collection()))
    assert caught.value.status is BAD


def test_a_value_that_is_too_long_is_an_error_at_any_rate() -> None:
    with pytest.raises(IppError) as caught:
        check(keyword("sides", "s" * 256))
    assert caught.value.status is Status.CLIENT_ERROR_REQUEST_VALUE_TOO_LONG


@pytest.mark.parametrize(
    ("fidelity", "mandatory", "refused"),
    [(False, (), False), (True, (), True), (False, ("sides",), True), (False, ("copies",), False)],
)
def test_insisting_on_it(fidelity: bool, mandatory: tuple[str, ...], refused: bool) -> None:
    """ipp-attribute-fidelity means all of it; job-mandatory-attributes (PWG 5100.7) those that it names."""
    found = check(Attribute("copies", 2), keyword("sides", "three-sided"))
    if not refused:
        found.insist(fidelity, mandatory)
        return
    with pytest.raises(IppError, match="can't honour sides") as caught:
        found.insist(fidelity, mandatory)
    assert caught.value.status is Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED
    assert caught.value.unsupported == (keyword("sides", "three-sided"),)


# ------------------------------------------------------------------------------------ RFC 3380: changes


def test_changes_of_what_is_unknown_or_fixed() -> None:
    settable, known = {"a": 1}, {"a": 1, "b": 1}
    validate.changes(group(GroupTag.JOB, Attribute("a", 1)), settable, known)
    with pytest.raises(IppError) as unknown:
        validate.changes(group(GroupTag.JOB, Attribute("a", 1), Attribute("c", 1)), settable, known)
    assert unknown.value.status is Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED
    assert unknown.value.unsupported == (Attribute("c", UNSUPPORTED),)
    with pytest.raises(IppError) as fixed:
        validate.changes(group(GroupTag.JOB, Attribute("a", 1), Attribute("b", 1)), settable, known)
    assert fixed.value.status is Status.CLIENT_ERROR_ATTRIBUTES_NOT_SETTABLE
    assert fixed.value.unsupported == (Attribute("b", NOT_SETTABLE),)


def test_format_parameters_are_no_part_of_the_syntax() -> None:
    wrong = Attribute("document-format", MimeMediaType("text/plain; charset=utf-8"))
    assert ask(CHARSET, LANGUAGE, TARGET, wrong).status == BAD
