"""Wrong requests: each gets the status that RFC 8010 and RFC 8011 section 4.1 give, and the printer serves on."""

from __future__ import annotations

import struct

import pytest

from tests import wire
from tests.desk import Desk
from tests.wire import FRAME, JOB, OPERATION, PRINTER, Client, attribute, collection, item, member, message

LANGUAGE_FIRST = attribute("language", "attributes-natural-language", "en") + attribute(
    "charset", "attributes-charset", "utf-8"
)


def target(printer: Desk) -> bytes:
    return attribute("uri", "printer-uri", printer.uri)


def ask(client: Client, body: bytes) -> wire.Answer:
    answer = client.post(body).ipp
    assert answer.one("attributes-charset") == "utf-8"
    assert answer.one("attributes-natural-language") == "en"
    return answer


# ------------------------------------------------------------------------------------------- the frame


@pytest.mark.parametrize(
    "frame",
    [
        LANGUAGE_FIRST,
        attribute("charset", "attributes-charset", "utf-8"),
        attribute("language", "attributes-natural-language", "en"),
        b"",
        attribute("keyword", "attributes-charset", "utf-8")
        + attribute("language", "attributes-natural-language", "en"),
    ],
    ids=["language first", "no language", "no charset", "neither", "charset as keyword"],
)
def test_charset_and_language_come_first(client: Client, printer: Desk, frame: bytes) -> None:
    """RFC 8011 section 4.1.4."""
    assert ask(client, message(wire.GET_PRINTER, (OPERATION, frame + target(printer)))).code == wire.BAD_REQUEST


@pytest.mark.parametrize("operation", [wire.GET_PRINTER, wire.CREATE_JOB, wire.PRINT_JOB])
@pytest.mark.parametrize("language", [b"e\x80", b"\xff\xff", b"x" * 64, b"en\xc3\xa9"])
def test_language_that_is_none(client: Client, printer: Desk, language: bytes, operation: int) -> None:
    """naturalLanguage is at most 63 octets of US-ASCII (RFC 8011 section 5.1.9); nothing else gets into a job."""
    frame = attribute("charset", "attributes-charset", "utf-8") + attribute(
        "language", "attributes-natural-language", language
    )
    data = b"Hello.\n" if operation == wire.PRINT_JOB else b""
    answer = ask(client, message(operation, (OPERATION, frame + target(printer))) + data)
    assert answer.code in (wire.BAD_REQUEST, wire.TOO_LONG)


def test_target_before_charset(client: Client, printer: Desk) -> None:
    """RFC 8011 section 4.1.4."""
    assert ask(client, message(wire.GET_PRINTER, (OPERATION, target(printer) + FRAME))).code == wire.BAD_REQUEST


def test_foreign_charset(client: Client, printer: Desk) -> None:
    """RFC 8011 section 4.1.4.1: refused, in a charset that is supported."""
    frame = FRAME.replace(attribute("charset", "attributes-charset", "utf-8"),
                          attribute("charset", "attributes-charset", "utf-16"))  # fmt: skip
    assert ask(client, message(wire.GET_PRINTER, (OPERATION, frame + target(printer)))).code == wire.CHARSET


def test_unknown_operation(client: Client, printer: Desk) -> None:
    """RFC 8011 section 4.1.8."""
    for code in (0x0000, 0x0001, 0x3FFF, 0x4001, 0x7FFF, 0xFFFF):
        body = message(code, (OPERATION, FRAME + target(printer)), request_id=77)
        answer = ask(client, body)
        assert (answer.code, answer.request_id) == (wire.NO_SUCH_OPERATION, 77), hex(code)


@pytest.mark.parametrize("version", [(9, 9), (0, 0), (3, 0), (255, 255)])
def test_unknown_version(client: Client, printer: Desk, version: tuple[int, int]) -> None:
    """RFC 8011 section 4.1.8: refused, in a version that is spoken here."""
    answer = ask(client, message(wire.GET_PRINTER, (OPERATION, FRAME + target(printer)), version=version))
    assert answer.code == wire.NO_SUCH_VERSION
    assert answer.version in ((1, 1), (2, 0), (2, 1), (2, 2))


@pytest.mark.parametrize("number", [0, 0x80000000, 0xFFFFFFFF])
def test_request_id(client: Client, printer: Desk, number: int) -> None:
    """RFC 8011 section 4.1.1: 1 to 2^31 - 1."""
    answer = ask(client, message(wire.GET_PRINTER, (OPERATION, FRAME + target(printer)), request_id=number))
    assert (answer.code, answer.request_id) == (wire.BAD_REQUEST, number)


@pytest.mark.parametrize(
    "text", ["", "ipp:", "http://[", "ipp://localhost:99999/ipp/print", "ipp://localhost:x/ipp/print"]
)
def test_odd_targets(client: Client, text: str) -> None:
    """A printer-uri that is no URI."""
    answer = ask(client, message(wire.GET_PRINTER, (OPERATION, FRAME + attribute("uri", "printer-uri", text))))
    assert answer.code in (wire.BAD_REQUEST, wire.NOT_FOUND, 0x040C)


def test_no_such_printer_or_job(client: Client) -> None:
    """RFC 8011 appendix B.1.4.7: client-error-not-found."""
    nowhere = attribute("uri", "printer-uri", client.uri + "/nowhere")
    assert ask(client, message(wire.GET_PRINTER, (OPERATION, FRAME + nowhere))).code == wire.NOT_FOUND
    for number in (999999, 2**31 - 1):
        answer = client.ask(wire.GET_JOB, attribute("integer", "job-id", number))
        assert answer.code == wire.NOT_FOUND
    for number in (0, -1):
        answer = client.ask(wire.GET_JOB, attribute("integer", "job-id", number))
        assert answer.code in (wire.BAD_REQUEST, wire.NOT_FOUND)


# ---------------------------------------------------------------------------------- octets that are no message


def test_empty_body(client: Client) -> None:
    """Nothing at all is no IPP message: HTTP says so (RFC 8010 section 4)."""
    assert client.post(b"").status == 400


def test_header_alone_is_cut_off(client: Client) -> None:
    """Eight octets and fewer."""
    for length in range(1, 8):
        assert client.post(message(wire.GET_PRINTER)[:length]).status == 400
    answer = ask(client, message(wire.GET_PRINTER, end=False))
    assert answer.code == wire.BAD_REQUEST


def test_cut_off_anywhere(client: Client, printer: Desk) -> None:
    """A message that ends before its end-of-attributes-tag, wherever that is."""
    size = collection("media-size", member("integer", "x-dimension", 21000), member("integer", "y-dimension", 29700))
    whole = message(wire.VALIDATE_JOB, (OPERATION, FRAME + target(printer)), (JOB, size), request_id=5)
    for length in range(8, len(whole)):
        answer = ask(client, whole[:length])
        assert (answer.code, answer.request_id) == (wire.BAD_REQUEST, 5), length


def _lies() -> dict[str, bytes]:
    name = b"job-name"
    short = struct.pack(">H", len(name)) + name
    return {
        "value longer than the message": b"\x42" + short + struct.pack(">H", 0x7000) + b"x",
        "value of negative length": b"\x42" + short + b"\xff\xff" + b"x" * 70000,
        "name of negative length": b"\x42" + b"\x80\x00" + b"x" * 70000,
        "integer of three octets": item(0x21, b"job-k-octets", b"abc"),
        "integer of none": item(0x21, b"job-k-octets", b""),
        "boolean of two octets": item(0x22, b"ipp-attribute-fidelity", b"\0\1"),
        "boolean of value 7": item(0x22, b"ipp-attribute-fidelity", b"\7"),
        "resolution of eight octets": item(0x32, b"printer-resolution", b"12345678"),
        "range of four octets": item(0x33, b"page-ranges", b"1234"),
        "date of three octets": item(0x31, b"date-time-at-creation", b"123"),
        "additional value first": item(0x42, b"", b"x"),
        "collection without end": item(0x34, b"media-col", b"") + item(0x4A, b"", b"media-type"),
        "collection ended twice": item(0x34, b"media-col", b"") + item(0x37, b"", b"") * 2,
        "member name outside": item(0x4A, b"", b"media-type"),
        "member without value": item(0x34, b"media-col", b"") + item(0x4A, b"", b"media-type") + item(0x37, b"", b""),
        "language longer than its text": item(0x36, name, b"\x7f\xff" + b"en\0\1x"),
        "name that is no text": item(0x44, b"\xff\xfe\xfd", b"x"),
        "reserved delimiter": b"\x00",
    }


@pytest.mark.parametrize("lie", _lies().values(), ids=_lies().keys())
def test_lies(client: Client, printer: Desk, lie: bytes) -> None:
    """Lengths and tags that do not fit together: refused as a whole (RFC 8010 section 3), and nothing is guessed."""
    for group in (OPERATION, JOB):
        attributes = FRAME + target(printer)
        if group == OPERATION:
            body = message(wire.VALIDATE_JOB, (OPERATION, attributes + lie))
        else:
            body = message(wire.VALIDATE_JOB, (OPERATION, attributes), (JOB, lie))
        assert ask(client, body).code == wire.BAD_REQUEST


def test_text_that_is_no_utf8(client: Client, printer: Desk) -> None:
    """RFC 8011 section 4.1.4.1: text is in the charset that the request names."""
    body = message(wire.VALIDATE_JOB, (OPERATION, FRAME + target(printer) + item(0x42, b"job-name", b"\xc3\x28\xff")))
    assert ask(client, body).code == wire.BAD_REQUEST


def test_nested_ten_thousand_deep(client: Client, printer: Desk) -> None:
    """Collections within collections without end: refused quickly, with no more memory."""
    deep = item(0x34, b"media-col", b"") + (item(0x4A, b"", b"a") + item(0x34, b"", b"")) * 10_000
    deep += item(0x37, b"", b"") * 10_001
    before = printer.peak()
    body = message(wire.VALIDATE_JOB, (OPERATION, FRAME + target(printer)), (JOB, deep))
    assert ask(client, body).code == wire.BAD_REQUEST
    assert printer.peak() - before < 20 << 20


def test_attributes_without_end(client: Client, printer: Desk) -> None:
    """A hundred million octets of attributes: refused long before all have come."""
    before = printer.peak()

    def endless() -> list[bytes]:
        return [message(wire.GET_PRINTER, (OPERATION, FRAME + target(printer)), end=False)]

    filler = attribute("text", "x-filler", "y" * 1000) * 1000
    pieces = [*endless(), *([filler] * 100)]
    try:
        answer = client.post(iter(pieces), chunked=True)
    except (BrokenPipeError, ConnectionResetError):
        pass  # it did not wait for the rest
    else:
        assert answer.status in (400, 413) or answer.ipp.code in (wire.BAD_REQUEST, 0x0408)
    assert printer.peak() - before < 40 << 20


# --------------------------------------------------------------------------------------- odd attributes


def test_attribute_twice(client: Client, printer: Desk) -> None:
    """RFC 8011 section 4.1.3."""
    twice = attribute("integer", "copies", 1) * 2
    answer = ask(client, message(wire.VALIDATE_JOB, (OPERATION, FRAME + target(printer)), (JOB, twice)))
    assert answer.code == wire.BAD_REQUEST


def test_groups_out_of_order(client: Client, printer: Desk) -> None:
    """RFC 8011 section 4.1.3: the operation attributes come first."""
    body = message(wire.VALIDATE_JOB, (JOB, attribute("integer", "copies", 1)), (OPERATION, FRAME + target(printer)))
    assert ask(client, body).code == wire.BAD_REQUEST


def test_two_operation_groups(client: Client, printer: Desk) -> None:
    body = message(wire.GET_PRINTER, (OPERATION, FRAME + target(printer)), (OPERATION, FRAME))
    assert ask(client, body).code == wire.BAD_REQUEST


NAMES = {
    "nul": "\x00",
    "escape sequence": "a\nb\rc\x1b[31m",
    "invisible": "\x7f\x85\u202e\u2066",
    "path": "../../../etc/passwd",
    "markup": "<script>alert(1)</script>",
    "255 octets": "…" * 85,
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
def test_job_names(client: Client, printer: Desk, name: str) -> None:
    """Any name is a name: it comes back as it was, and does no harm in folders, logs, terminals and pages."""
    answer = client.print_job(b"hello\n", "text/plain", name=name)
    assert answer.code == wire.OK
    number = answer.one("job-id")
    assert printer.wait_for_job(number).one("job-name") == name
    (folder,) = printer.folders(number)
    assert folder.parent == printer.out
    assert folder.name.isprintable()
    assert printer.record(number)["job-name"] == name
    assert b"<script>" not in client.get("/").body
    for said in (printer.said, printer.command("jobs")):
        assert all(char.isprintable() or char == "\n" for char in said)


def test_job_names_on_the_page(client: Client, printer: Desk) -> None:
    """HTML allows no control characters, and a terminal would obey them."""
    number = client.print_job(b"hello\n", "text/plain", name=NAMES["escape sequence"]).one("job-id")
    for path in ("/", f"/jobs/{number}"):
        page = client.get(path)
        assert page.status == 200
        assert b"\x1b" not in page.body


def test_long_names(client: Client) -> None:
    """name(255): a longer one is refused (RFC 8011 section 4.1.7.1)."""
    assert client.ask(wire.VALIDATE_JOB, attribute("name", "job-name", "n" * 255)).code == wire.OK
    assert client.ask(wire.VALIDATE_JOB, attribute("name", "job-name", "n" * 256)).code == wire.TOO_LONG
    assert client.ask(wire.VALIDATE_JOB, attribute("name", "job-name", "n" * 1000)).code == wire.TOO_LONG


@pytest.mark.parametrize(("fidelity", "status"), [(0, wire.IGNORED), (1, wire.NOT_SUPPORTED)])
def test_thousand_unsupported_attributes(client: Client, fidelity: int, status: int) -> None:
    """Each comes back in the unsupported group (RFC 8011 section 4.1.7): ignored, or refused for fidelity."""
    unknown = [attribute("keyword", f"x-unknown-{number}", "value") for number in range(1000)]
    answer = client.ask(wire.VALIDATE_JOB, attribute("boolean", "ipp-attribute-fidelity", fidelity), job=unknown)
    assert answer.code == status
    (group,) = answer.group(wire.UNSUPPORTED)
    assert len(group) == 1000
    assert all(values == [None] for values in group.values()), "the out-of-band value unsupported"


def test_attribute_of_thousand_values(client: Client) -> None:
    answer = client.ask(wire.GET_PRINTER, attribute("keyword", "requested-attributes", *["printer-name"] * 1000))
    assert answer.code in (wire.OK, wire.IGNORED)
    assert answer.group(PRINTER) == [{"printer-name": ["Inkstand Desk"]}]


@pytest.mark.parametrize(
    ("job", "status"),
    [
        (attribute("integer", "copies", 0), wire.NOT_SUPPORTED),
        (attribute("integer", "copies", -1), wire.NOT_SUPPORTED),
        (attribute("integer", "copies", 2**31 - 1), wire.NOT_SUPPORTED),
        (attribute("integer", "copies", 1, 2), wire.NOT_SUPPORTED),
        (attribute("keyword", "copies", "two"), wire.NOT_SUPPORTED),
        (attribute("range", "page-ranges", (5, 2)), wire.NOT_SUPPORTED),
        (attribute("range", "page-ranges", (0, 2)), wire.NOT_SUPPORTED),
        (attribute("range", "page-ranges", (1, 3), (2, 5)), wire.NOT_SUPPORTED),
        (attribute("resolution", "printer-resolution", (0, 0, 3)), wire.NOT_SUPPORTED),
        (attribute("resolution", "printer-resolution", (300, 300, 9)), wire.NOT_SUPPORTED),
        (attribute("integer", "number-up", 10**9), wire.NOT_SUPPORTED),
        (attribute("keyword", "media", "iso_a4_0x0mm"), wire.NOT_SUPPORTED),
        (attribute("keyword", "media", "custom_x_99999999x99999999mm"), wire.NOT_SUPPORTED),
        (attribute("keyword", "sides", "x" * 300), wire.TOO_LONG),
        (collection("media-col"), wire.OK),
    ],
)
def test_impossible_tickets(client: Client, job: bytes, status: int) -> None:
    """RFC 8011 section 4.1.7: with fidelity, what can't be honoured is refused and named."""
    answer = client.ask(wire.VALIDATE_JOB, attribute("boolean", "ipp-attribute-fidelity", 1), job=[job])
    assert answer.code in ((status, wire.BAD_REQUEST) if status == wire.NOT_SUPPORTED else (status,))
    if answer.code == wire.NOT_SUPPORTED:
        assert len(answer.group(wire.UNSUPPORTED)[0]) == 1
