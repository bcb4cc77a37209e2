"""IPP on the wire, for tests: made by hand from RFC 8010, sharing nothing with the firmware's own codec.

It writes whatever it is told to, right or wrong, and reads what a sane printer answers.
"""

from __future__ import annotations

import http.client
import itertools
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

OPERATION, JOB, END, PRINTER, UNSUPPORTED = 1, 2, 3, 4, 5
"""Group tags (RFC 8010 section 3.5.1)."""

PRINT_JOB, VALIDATE_JOB, CREATE_JOB, SEND_DOCUMENT = 0x0002, 0x0004, 0x0005, 0x0006
CANCEL_JOB, GET_JOB, GET_JOBS, GET_PRINTER = 0x0008, 0x0009, 0x000A, 0x000B
HOLD_JOB, RELEASE_JOB, PAUSE, RESUME, SET_PRINTER = 0x000C, 0x000D, 0x0010, 0x0011, 0x0013
CLOSE_JOB = 0x003B
"""Operations (RFC 8011 section 5.4.15)."""

OK, IGNORED = 0x0000, 0x0001
BAD_REQUEST, NOT_AUTHORIZED, NOT_POSSIBLE, NOT_FOUND, TOO_LONG = 0x0400, 0x0403, 0x0404, 0x0406, 0x0409
FORMAT_NOT_SUPPORTED, NOT_SUPPORTED, CHARSET = 0x040A, 0x040B, 0x040D
COMPRESSION_ERROR, FORMAT_ERROR = 0x0410, 0x0411
NO_SUCH_OPERATION, NO_SUCH_VERSION, BUSY, TOO_MANY_JOBS = 0x0501, 0x0503, 0x0507, 0x050B
"""Status codes (RFC 8011 appendix B)."""

PENDING, HELD, PROCESSING, STOPPED, CANCELED, ABORTED, COMPLETED = range(3, 10)
"""job-state (RFC 8011 section 5.3.7)."""
ENDED = (CANCELED, ABORTED, COMPLETED)

TAGS = {
    "integer": 0x21, "boolean": 0x22, "enum": 0x23, "octetString": 0x30, "dateTime": 0x31, "resolution": 0x32,
    "range": 0x33, "begCollection": 0x34, "endCollection": 0x37, "text": 0x41, "name": 0x42, "keyword": 0x44,
    "uri": 0x45, "charset": 0x47, "language": 0x48, "mime": 0x49, "memberName": 0x4A,
}  # fmt: skip
"""Value tags (RFC 8010 section 3.5.2)."""
_NAMES = {tag: name for name, tag in TAGS.items()}
_INTS = (TAGS["integer"], TAGS["enum"])

Value = str | bytes | int | tuple[int, ...] | None
Values = dict[str, list[Any]]
"""Attributes of a group, by name."""


def item(tag: int, name: bytes, value: bytes) -> bytes:
    """One value in its frame; an empty name adds a value to the attribute before."""
    return struct.pack(">BH", tag, len(name)) + name + struct.pack(">H", len(value)) + value


def attribute(kind: str, name: str, *values: Value) -> bytes:
    """An attribute: ``attribute("keyword", "sides", "one-sided")``."""
    tag = TAGS[kind]
    names = itertools.chain([name.encode()], itertools.repeat(b""))
    return b"".join(item(tag, label, octets(tag, value)) for label, value in zip(names, values, strict=False))


def octets(tag: int, value: Value) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode()
    if tag == TAGS["boolean"]:
        return bytes([bool(value)])
    if isinstance(value, int):
        return struct.pack(">i", value)
    if tag == TAGS["range"] and value is not None:
        return struct.pack(">ii", *value)
    if tag == TAGS["resolution"] and value is not None:
        return struct.pack(">iiB", *value)
    raise ValueError(f"no octets for {value!r}")


def collection(name: str, *members: bytes) -> bytes:
    """A collection of members made by ``member`` (RFC 8010 section 3.1.6)."""
    whole = b"".join(members)
    return item(TAGS["begCollection"], name.encode(), b"") + whole + item(TAGS["endCollection"], b"", b"")


def member(kind: str, name: str, *values: Value) -> bytes:
    tag = TAGS[kind]
    frames = (item(tag, b"", octets(tag, value)) for value in values)
    return item(TAGS["memberName"], b"", name.encode()) + b"".join(frames)


FRAME = attribute("charset", "attributes-charset", "utf-8") + attribute("language", "attributes-natural-language", "en")
"""What every request begins with (RFC 8011 section 4.1.4)."""


def message(
    operation: int, *groups: tuple[int, bytes], request_id: int = 1, version: tuple[int, int] = (2, 0), end: bool = True
) -> bytes:
    """A request of groups as they are given."""
    head = struct.pack(">BBHI", *version, operation, request_id)
    body = b"".join(bytes([tag]) + attributes for tag, attributes in groups)
    return head + body + (bytes([END]) if end else b"")


def request(operation: int, uri: str, *attributes: bytes, job: Iterable[bytes] = (), request_id: int = 1) -> bytes:
    """A sound request to a printer: operation attributes, and job (or printer) attributes if there are any."""
    target = FRAME + attribute("uri", "printer-uri", uri) + attribute("name", "requesting-user-name", "tester")
    groups = [(OPERATION, target + b"".join(attributes))]
    template = b"".join(job)
    if template:
        groups.append((PRINTER if operation == SET_PRINTER else JOB, template))
    return message(operation, *groups, request_id=request_id)


@dataclass
class Answer:
    """A response, or a request that somebody sent. Collections read as None."""

    version: tuple[int, int]
    code: int
    request_id: int
    groups: list[tuple[int, Values]] = field(default_factory=list)
    data: bytes = b""

    def all(self, name: str, group: int | None = None) -> list[Any]:
        for tag, attributes in self.groups:
            if name in attributes and group in (None, tag):
                return attributes[name]
        return []

    def one(self, name: str, group: int | None = None) -> Any:
        """The first value; KeyError when there is none."""
        values = self.all(name, group)
        if not values:
            raise KeyError(f"{name} is not in {self}")
        return values[0]

    def group(self, tag: int) -> list[Values]:
        return [attributes for found, attributes in self.groups if found == tag]


def parse(raw: bytes) -> Answer:
    """A whole message and the data behind it. ValueError or struct.error when it is none."""
    major, minor, code, request_id = struct.unpack_from(">BBHI", raw)
    answer = Answer((major, minor), code, request_id)
    rest = iter(_items(raw, 8))
    depth, name = 0, ""
    for tag, label, value, position in rest:
        if tag == END:
            answer.data = raw[position:]
            return answer
        if tag < 0x10:
            answer.groups.append((tag, {}))
        elif tag == TAGS["endCollection"]:
            depth -= 1
        elif depth:
            depth += tag == TAGS["begCollection"]
        else:
            depth += tag == TAGS["begCollection"]
            name = label or name
            answer.groups[-1][1].setdefault(name, []).append(_value(tag, value))
    raise ValueError("no end of attributes")


def _items(raw: bytes, position: int) -> Iterator[tuple[int, str, bytes, int]]:
    while position < len(raw):
        tag = raw[position]
        if tag < 0x10:
            position += 1
            yield tag, "", b"", position
            continue
        (length,) = struct.unpack_from(">H", raw, position + 1)
        name = raw[position + 3 : position + 3 + length]
        position += 3 + length
        (length,) = struct.unpack_from(">H", raw, position)
        value = raw[position + 2 : position + 2 + length]
        if len(value) < length:
            raise ValueError("a value is cut off")
        position += 2 + length
        yield tag, name.decode("utf-8", "surrogateescape"), value, position


def _value(tag: int, value: bytes) -> Value:
    if tag in _INTS:
        return int(struct.unpack(">i", value)[0])
    if tag == TAGS["boolean"]:
        return int(value[0])
    if tag in (TAGS["range"], TAGS["resolution"]):
        return tuple(struct.unpack(">ii" if len(value) == 8 else ">iiB", value))
    if tag < 0x20 or tag == TAGS["begCollection"]:
        return None
    return value if tag in (TAGS["octetString"], TAGS["dateTime"]) else value.decode("utf-8", "surrogateescape")


@dataclass
class Http:
    """What came back over HTTP."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def ipp(self) -> Answer:
        assert self.status == 200, f"HTTP {self.status}: {self.body[:200]!r}"
        assert self.headers.get("content-type") == "application/ipp"
        return parse(self.body)


class Client:
    """One HTTP connection to a printer, opened again when the printer has closed it."""

    def __init__(self, port: int, timeout: float = 60) -> None:
        self.uri = f"ipp://localhost:{port}/ipp/print"
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
        self._numbers = itertools.count(1)

    def post(
        self,
        body: bytes | Iterable[bytes],
        path: str = "/ipp/print",
        content_type: str = "application/ipp",
        chunked: bool = False,
    ) -> Http:
        headers = {"Content-Type": content_type}
        self._connection.request("POST", path, body=body, headers=headers, encode_chunked=chunked)
        response = self._connection.getresponse()
        return Http(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())

    def get(self, path: str) -> Http:
        self._connection.request("GET", path)
        response = self._connection.getresponse()
        return Http(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())

    def ask(self, operation: int, *attributes: bytes, job: Iterable[bytes] = (), data: bytes = b"") -> Answer:
        """Send a sound request; its answer, with the request-id checked."""
        number = next(self._numbers)
        body = request(operation, self.uri, *attributes, job=job, request_id=number) + data
        answer = self.post(body).ipp
        assert answer.request_id == number
        return answer

    def job(self, number: int) -> Answer:
        """Get-Job-Attributes."""
        answer = self.ask(GET_JOB, attribute("integer", "job-id", number))
        assert answer.code == OK, f"job {number}: status 0x{answer.code:04x}"
        return answer

    def print_job(self, data: bytes, media_type: str, *job: bytes, name: str = "job") -> Answer:
        attributes = [attribute("name", "job-name", name), attribute("mime", "document-format", media_type)]
        return self.ask(PRINT_JOB, *attributes, job=job, data=data)

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
