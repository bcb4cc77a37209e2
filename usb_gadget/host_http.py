"""HTTP/1.1 over a bulk pipe, from the host's end: one request, one framed answer, blocking."""

import time
from dataclasses import dataclass
from typing import Protocol

from usb_gadget.framing import Head, ResponseScanner

READ_SIZE = 16384
"""Octets asked for at once; a multiple of every packet size."""

PAD_FIELD = 1000
"""Octets of a padding field; servers refuse very long ones."""


class Bulk(Protocol):
    """A bulk endpoint pair. Both raise `TimeoutError` when `timeout` seconds pass, OSError when the device stalls."""

    def write(self, data: bytes, timeout: float) -> None:
        """Send one transfer; no zero-length packet is added."""

    def read(self, size: int, timeout: float) -> bytes:
        """Receive one transfer of at most `size` octets, perhaps none."""


class HttpError(OSError):
    """The answer is no HTTP, or it has no end."""


@dataclass(frozen=True)
class HttpResponse:
    """An answer and how it came."""

    status: int
    fields: dict[str, str]
    """Lower-case names."""
    body: bytes
    seconds: float
    """From the end of the request to the end of the answer."""
    empty_reads: int
    """Zero-length packets on the way."""


def request_bytes(
    method: str, path: str, body: bytes | None = None, fields: dict[str, str] | None = None, total: int = 0
) -> bytes:
    """A request as bytes; with `total`, padded by header fields to that many octets where possible."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", "User-Agent: inkstand-probe"]
    lines += [f"{name}: {value}" for name, value in (fields or {}).items()]
    if body is not None:
        lines.append(f"Content-Length: {len(body)}")
    pad = total - len("\r\n".join([*lines, "", ""])) - len(body or b"")
    while pad >= len("X: \r\n"):
        size = pad if pad <= PAD_FIELD else min(PAD_FIELD, pad - 100)  # leave room for one more field
        lines.append("X: ".ljust(size - 2, "x"))
        pad -= size
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + (body or b"")


def exchange(bulk: Bulk, data: bytes, timeout: float = 5.0) -> HttpResponse:
    """Send a whole request and wait for the whole answer; HttpError or TimeoutError if there is none."""
    bulk.write(data, timeout)
    started = time.monotonic()
    scanner, received, empty = ResponseScanner(), bytearray(), 0
    scanner.expect(data.split(b" ", 1)[0])
    while not scanner.complete:
        left = timeout - (time.monotonic() - started)
        try:
            part = bulk.read(READ_SIZE, max(0.001, left))
        except TimeoutError:
            raise TimeoutError(f"{len(received)} octets of an answer in {timeout} s, then nothing") from None
        empty += not part
        used = scanner.feed(memoryview(part))
        received += part[:used]
        if scanner.broken or not b"HTTP/".startswith(received[:5]):
            raise HttpError(f"not HTTP: {bytes(received[:60])!r}")
        if not scanner.framed:
            raise HttpError("the answer has neither Content-Length nor chunks: its end cannot be told")
    return _response(bytes(received), time.monotonic() - started, empty)


def _response(data: bytes, seconds: float, empty: int) -> HttpResponse:
    while True:
        end = data.index(b"\n\r\n") + 3
        head = Head.parse(data[:end])
        status, data = int(head.start[1]), data[end:]
        if status >= 200 or status == 101:
            break
    fields = {name.decode("latin-1"): value.decode("latin-1") for name, value in head.fields.items()}
    return HttpResponse(status, fields, unchunk(data) if head.chunked else data, seconds, empty)


def unchunk(data: bytes) -> bytes:
    """The content of a complete chunked body – RFC 9112 §7.1."""
    parts: list[bytes] = []
    while True:
        line, _, data = data.partition(b"\r\n")
        size = int(line.split(b";")[0], 16)
        if not size:
            return b"".join(parts)
        parts.append(data[:size])
        data = data[size + 2 :]
