"""Settings – RFC 3380: Set-Printer-Attributes, Set-Job-Attributes, Get-Printer-Supported-Values."""

from __future__ import annotations

import pytest

from firmware.core.events import Announce
from firmware.core.job import Job, JobState
from firmware.ipp import (
    ADMIN_DEFINE,
    DELETE_ATTRIBUTE,
    NO_VALUE,
    NOT_SETTABLE,
    UNKNOWN,
    UNSUPPORTED,
    Attribute,
    Collection,
    Enum,
    GroupTag,
    Keyword,
    Name,
    Operation,
    RangeOfInteger,
    Status,
    Text,
    TextWithLanguage,
    Uri,
    Value,
)
from tests.printer import LETTER, LONG, OPERATOR, Answer, Desk, group, keyword, reasons, state, values

WRONG = Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED
FIXED = Status.CLIENT_ERROR_ATTRIBUTES_NOT_SETTABLE
LONG_TEXT = Status.CLIENT_ERROR_REQUEST_VALUE_TOO_LONG


def set_printer(desk: Desk, *attributes: Attribute) -> Answer:
    groups = [group(GroupTag.PRINTER, *attributes)]
    return desk.ask(Operation.SET_PRINTER_ATTRIBUTES, caller=OPERATOR, groups=groups)


def set_job(desk: Desk, job: Job, *attributes: Attribute, user: str = "alice") -> Answer:
    groups = [group(GroupTag.JOB, *attributes)]
    return desk.ask(Operation.SET_JOB_ATTRIBUTES, job=job.id, user=user, groups=groups)


def told(desk: Desk, name: str) -> tuple[Value, ...]:
    return values(desk.ask(Operation.GET_PRINTER_ATTRIBUTES).printer, name)


# ---------------------------------------------------------------------------------- Set-Printer-Attributes


@pytest.mark.parametrize(
    "attribute",
    [
        Attribute("printer-info", Text("third floor")),
        Attribute("printer-info", TextWithLanguage("fr", "en haut")),
        Attribute("printer-location", Text("")),
        Attribute("printer-geo-location", Uri("geo:47.4,8.5")),
        Attribute("printer-geo-location", UNKNOWN),
        Attribute("printer-organization", Text("a"), Text("b")),
        Attribute("printer-dns-sd-name", Name("Büro")),
        Attribute("copies-default", 5),
        keyword("sides-default", LONG),
        Attribute("print-quality-default", Enum(5)),
        Attribute("orientation-requested-default", Enum(4)),
        keyword("media-default", LETTER),
    ],
)
def test_set_and_take_back(attribute: Attribute) -> None:
    desk = Desk()
    before = told(desk, attribute.name)
    answer = set_printer(desk, attribute)
    assert (answer.status, len(answer.message.groups)) == (Status.SUCCESSFUL_OK, 1)
    assert told(desk, attribute.name) == attribute.values
    assert set_printer(desk, Attribute(attribute.name, DELETE_ATTRIBUTE)).status == Status.SUCCESSFUL_OK
    assert told(desk, attribute.name) == before


def test_discovery_hears_of_it() -> None:
    desk = Desk()
    desk.wait(10)
    set_printer(desk, Attribute("printer-location", Text("here")))
    assert desk.orders(Announce) == [Announce(1)]
    assert told(desk, "printer-config-change-time") == (11,)


@pytest.mark.parametrize(
    ("attribute", "status", "about"),
    [
        (Attribute("strange", 1), WRONG, Attribute("strange", UNSUPPORTED)),
        (Attribute("copies", 1), WRONG, Attribute("copies", UNSUPPORTED)),
        (Attribute("printer-state", Enum(5)), FIXED, Attribute("printer-state", NOT_SETTABLE)),
        (Attribute("copies-supported", RangeOfInteger(1, 2)), FIXED, Attribute("copies-supported", NOT_SETTABLE)),
        (Attribute("printer-state", DELETE_ATTRIBUTE), FIXED, Attribute("printer-state", NOT_SETTABLE)),
        (Attribute("copies-default", 1000), WRONG, Attribute("copies-default", 1000)),
        (Attribute("copies-default", Keyword("1")), WRONG, Attribute("copies-default", Keyword("1"))),
        (Attribute("copies-default", NO_VALUE), WRONG, Attribute("copies-default", NO_VALUE)),
        (keyword("sides-default", "inside-out"), WRONG, keyword("sides-default", "inside-out")),
        (Attribute("printer-info", Text("a"), Text("b")), WRONG, Attribute("printer-info", Text("a"), Text("b"))),
        (Attribute("printer-info", Text("t" * 128)), LONG_TEXT, None),
        (Attribute("printer-dns-sd-name", Name("n" * 64)), LONG_TEXT, None),
    ],
)
def test_all_or_nothing(attribute: Attribute, status: Status, about: Attribute | None) -> None:
    """RFC 3380 section 4.1: one attribute that can't be set, and none is."""
    desk = Desk()
    good = Attribute("printer-location", Text("elsewhere"))
    for attributes in ((good, attribute), (attribute, good)):
        answer = set_printer(desk, *attributes)
        assert answer.status == status
        assert answer.unsupported == ([] if about is None else [about])
    assert told(desk, "printer-location") == ("",)
    assert desk.orders(Announce) == []


def test_nothing_to_set() -> None:
    desk = Desk()
    assert set_printer(desk).status == Status.CLIENT_ERROR_BAD_REQUEST
    assert desk.ask(Operation.SET_PRINTER_ATTRIBUTES, caller=OPERATOR).status == Status.CLIENT_ERROR_BAD_REQUEST


def test_what_is_told_as_settable_is() -> None:
    desk = Desk()
    names = [str(name) for name in told(desk, "printer-settable-attributes-supported")]
    assert {"printer-info", "printer-location", "copies-default", "media-default", "media-col-default"} <= set(names)
    assert names == sorted(names)
    for name in names:
        assert set_printer(desk, Attribute(name, DELETE_ATTRIBUTE)).status == Status.SUCCESSFUL_OK, name
    for name in desk.ask(Operation.GET_PRINTER_ATTRIBUTES).printer.names():
        if name not in names:
            assert set_printer(desk, Attribute(name, 1)).status == FIXED, name


# ------------------------------------------------------------------------------------- Set-Job-Attributes


def test_change_a_job_that_waits() -> None:
    desk = Desk()
    job = desk.held()
    name = Attribute("job-name", Name("better"))
    answer = set_job(desk, job, Attribute("copies", 3), keyword("sides", LONG), name)
    assert (answer.status, len(answer.message.groups)) == (Status.SUCCESSFUL_OK, 1)
    assert job.name == "better"
    desk.ask(Operation.RELEASE_JOB, job=job.id)
    order = desk.order()
    assert (order.ticket.copies, order.ticket.page.sides, order.name) == (3, LONG, "better")


def test_change_and_take_back() -> None:
    desk = Desk()
    job = desk.held()
    set_job(desk, job, Attribute("copies", 3))
    set_job(desk, job, Attribute("copies", 4))
    assert job.template("copies") == Attribute("copies", 4)
    assert set_job(desk, job, Attribute("copies", DELETE_ATTRIBUTE)).status == Status.SUCCESSFUL_OK
    assert job.template("copies") is None
    assert set_job(desk, job, Attribute("sides", DELETE_ATTRIBUTE)).status == Status.SUCCESSFUL_OK


def test_media_and_media_col_take_each_other_s_place() -> None:
    desk = Desk()
    job = desk.held()
    col = Attribute("media-col", Collection.of([keyword("media-type", "labels")]))
    set_job(desk, job, keyword("media", LETTER))
    set_job(desk, job, col)
    assert (job.template("media"), job.template("media-col")) == (None, col)
    set_job(desk, job, keyword("media", LETTER))
    assert (job.template("media"), job.template("media-col")) == (keyword("media", LETTER), None)
    assert set_job(desk, job, keyword("media", LETTER), col).status == Status.CLIENT_ERROR_BAD_REQUEST


@pytest.mark.parametrize(
    ("attribute", "status", "about"),
    [
        (Attribute("strange", 1), WRONG, Attribute("strange", UNSUPPORTED)),
        (Attribute("job-state", Enum(9)), FIXED, Attribute("job-state", NOT_SETTABLE)),
        (Attribute("copies", 1000), WRONG, Attribute("copies", 1000)),
        (Attribute("finishings", Enum(3), Enum(4)), WRONG, Attribute("finishings", Enum(4))),
        (Attribute("job-name", Keyword("x")), WRONG, Attribute("job-name", Keyword("x"))),
        (Attribute("job-name", DELETE_ATTRIBUTE), WRONG, Attribute("job-name", DELETE_ATTRIBUTE)),
        (Attribute("job-name", Name("n" * 256)), LONG_TEXT, None),
        (keyword("sides", "s" * 256), LONG_TEXT, None),
    ],
)
def test_all_or_nothing_for_jobs_too(attribute: Attribute, status: Status, about: Attribute | None) -> None:
    desk = Desk()
    job = desk.held()
    before = job.attributes
    answer = set_job(desk, job, Attribute("number-up", 2), attribute)
    assert answer.status == status
    assert answer.unsupported == ([] if about is None else [about])
    assert (job.attributes, job.name) == (before, "Job 1")


def test_hold_and_release_by_attribute() -> None:
    desk = Desk()
    desk.print()
    job = desk.print()
    set_job(desk, job, keyword("job-hold-until", "indefinite"))
    assert (state(job), reasons(job)) == (JobState.HELD, {"job-hold-until-specified"})
    set_job(desk, job, keyword("job-hold-until", "no-hold"))
    assert (state(job), reasons(job)) == (JobState.PENDING, set())
    set_job(desk, job, keyword("job-hold-until", "indefinite"))
    set_job(desk, job, Attribute("job-hold-until", DELETE_ATTRIBUTE))
    assert state(job) is JobState.PENDING


def test_what_is_printed_or_has_ended_can_t_be_changed() -> None:
    """RFC 3380 section 4.2."""
    desk = Desk()
    job = desk.print()
    assert set_job(desk, job, Attribute("copies", 2)).status == Status.CLIENT_ERROR_NOT_POSSIBLE
    desk.press(job)
    assert set_job(desk, job, Attribute("copies", 2)).status == Status.CLIENT_ERROR_NOT_POSSIBLE
    assert set_job(desk, job, Attribute("job-state", Enum(3))).status == FIXED


def test_jobs_of_others_and_of_nobody() -> None:
    desk = Desk()
    job = desk.held()
    assert set_job(desk, job, Attribute("copies", 2), user="bob").status == Status.CLIENT_ERROR_NOT_AUTHORIZED
    assert set_job(desk, job).status == Status.CLIENT_ERROR_BAD_REQUEST
    assert desk.ask(Operation.SET_JOB_ATTRIBUTES, job=99).status == Status.CLIENT_ERROR_NOT_FOUND


def test_what_is_told_as_settable_of_jobs_is() -> None:
    desk = Desk()
    job = desk.held()
    names = {str(name) for name in told(desk, "job-settable-attributes-supported")}
    assert names == {*desk.catalog.templates, "job-name"}
    for name in sorted(names - {"job-name", "job-hold-until"}):
        assert set_job(desk, job, Attribute(name, DELETE_ATTRIBUTE)).status == Status.SUCCESSFUL_OK, name


# -------------------------------------------------------------------------- Get-Printer-Supported-Values


def supported(desk: Desk, *wanted: str) -> dict[str, tuple[Value, ...]]:
    wish = [keyword("requested-attributes", *wanted)] if wanted else []
    answer = desk.ask(Operation.GET_PRINTER_SUPPORTED_VALUES, *wish)
    assert answer.status == Status.SUCCESSFUL_OK
    return {attribute.name: attribute.values for attribute in answer.printer}


def test_what_may_be_set_and_to_what() -> None:
    desk = Desk()
    everything = supported(desk)
    assert sorted(everything) == [str(name) for name in told(desk, "printer-settable-attributes-supported")]
    assert everything["sides-default"] == ("one-sided", "two-sided-long-edge", "two-sided-short-edge")
    assert everything["print-quality-default"] == (Enum(3), Enum(4), Enum(5))
    assert everything["copies-default"] == (RangeOfInteger(1, 999),)
    assert everything["printer-info"] == (ADMIN_DEFINE,)
    assert everything["media-col-default"] == (ADMIN_DEFINE,)


def test_only_what_is_wished() -> None:
    desk = Desk()
    assert supported(desk, "sides-default", "printer-state") == {"sides-default": supported(desk)["sides-default"]}
    assert supported(desk, "all") == supported(desk)


# ------------------------------------------------------------------------------------ what operators say


def message(desk: Desk, name: str) -> tuple[object, ...]:
    return values(desk.ask(Operation.GET_PRINTER_ATTRIBUTES, keyword("requested-attributes", name)).printer, name)


def test_the_operator_says_something() -> None:
    desk = Desk()
    assert message(desk, "printer-message-from-operator") == ("",)
    assert message(desk, "printer-message-time") == message(desk, "printer-message-date-time") == (NO_VALUE,)
    desk.wait(9)
    groups = [group(GroupTag.PRINTER, Attribute("printer-message-from-operator", Text("Back at noon.")))]
    assert desk.ask(Operation.SET_PRINTER_ATTRIBUTES, groups=groups, caller=OPERATOR).status == Status.SUCCESSFUL_OK
    assert message(desk, "printer-message-from-operator") == ("Back at noon.",)
    assert message(desk, "printer-message-time") == (10,)
    desk.restart()
    assert message(desk, "printer-message-from-operator") == ("Back at noon.",)
    assert message(desk, "printer-message-time") == (0,)
    gone = [group(GroupTag.PRINTER, Attribute("printer-message-from-operator", DELETE_ATTRIBUTE))]
    desk.ask(Operation.SET_PRINTER_ATTRIBUTES, groups=gone, caller=OPERATOR)
    assert message(desk, "printer-message-time") == (NO_VALUE,)


def test_the_operator_says_why() -> None:
    """RFC 3380 section 6: with the operation itself."""
    desk = Desk()
    why = Attribute("printer-message-from-operator", Text("New drum."))
    assert desk.ask(Operation.PAUSE_PRINTER, why, caller=OPERATOR).status == Status.SUCCESSFUL_OK
    assert message(desk, "printer-message-from-operator") == ("New drum.",)
    job = desk.held()
    said = Attribute("job-message-from-operator", Text("Too long."))
    desk.ask(Operation.CANCEL_JOB, said, job=job.id, user="root", caller=OPERATOR)
    told = desk.ask(Operation.GET_JOB_ATTRIBUTES, job=job.id, caller=OPERATOR).job
    assert values(told, "job-message-from-operator") == ("Too long.",)
