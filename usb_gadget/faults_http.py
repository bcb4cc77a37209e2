"""Faults of HTTP: single requests are taken away from the server; see `fault` for what a fault is."""

import asyncio
import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from usb_gadget.fault import Factory, Fault, FaultLink
from usb_gadget.framing import Head
from usb_gadget.session import BulkTransport, Session


def matches(head: Head, paths: Sequence[str]) -> bool:
    """Whether the request's target starts with one of `paths`."""
    target = head.start[1].decode("latin-1")
    return any(target.startswith(path) for path in paths)


class Canned(asyncio.Protocol):
    """Answers one request with bytes made beforehand, whatever they are."""

    def __init__(self, answer: bytes, zero_length_packet: bool = False) -> None:
        self._answer, self._zlp = answer, zero_length_packet
        self._session: Session | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, Session)
        self._session = transport

    def data_received(self, data: bytes) -> None:
        session, self._session = self._session, None  # the first call has the head; more is body
        if session:
            session.write(self._answer)
            session.finish(self._zlp)


class Mute(asyncio.Protocol):
    """Takes one request and never answers."""


def response(status: int, body: bytes, missing: int = 0) -> bytes:
    """A framed response, the last `missing` octets of its body withheld."""
    reason = HTTPStatus(status).phrase
    head = f"HTTP/1.1 {status} {reason}\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body[: len(body) - missing]


@dataclass(frozen=True)
class HttpStatus(Fault, name="http-status", where="http"):
    """Requests are answered with a status and nothing else.

    For `seconds` after configuration, 0: always. `missing` octets at the end of the body are never sent, a
    zero-length packet comes instead if told so. HP Laser 107a: 404 to all; HP M578 and X677: minutes of 503
    without the last newline; HP M406: only some paths work at first.
    """

    status: int = 404
    paths: Sequence[str] = ("/",)
    seconds: float = 0.0
    missing: int = 0
    zero_length_packet: bool = False

    def serve(self, head: Head, interface: int, link: FaultLink, server: Factory) -> asyncio.Protocol | None:
        over = self.seconds and link.since_configured() >= self.seconds
        if over or not matches(head, self.paths):
            return None
        body = f"<html>{self.status} {HTTPStatus(self.status).phrase}</html>\n".encode()
        return Canned(response(self.status, body, self.missing), self.zero_length_packet)


@dataclass(frozen=True)
class HttpHang(Fault, name="http-hang", where="http"):
    """Requests are never answered.

    `interfaces`: only when so many have been used. HP ENVY 5530 at /ipp/faxout, HP ScanJet Pro 4500 fn1 at
    /eSCL once two interfaces are in use. With `whole`, all interfaces hang from then on.
    """

    paths: Sequence[str] = ("/ipp/faxout",)
    interfaces: int = 1
    whole: bool = False

    def serve(self, head: Head, interface: int, link: FaultLink, server: Factory) -> asyncio.Protocol | None:
        if len(link.used) < self.interfaces or not matches(head, self.paths):
            return None
        if self.whole:
            link.notes[self.name] = True
            link.update()
        return Mute()

    def silent(self, interface: int, link: FaultLink) -> bool:
        return self.name in link.notes


@dataclass(frozen=True)
class HttpGarbage(Fault, name="http-garbage", where="http"):
    """Requests are answered with bytes that are no HTTP.

    HP M578 at /ipp/faxout when it has no fax.
    """

    paths: Sequence[str] = ("/ipp/faxout",)
    text: str = "\x00\x15no such service\r\n"

    def serve(self, head: Head, interface: int, link: FaultLink, server: Factory) -> asyncio.Protocol | None:
        return Canned(self.text.encode("latin-1")) if matches(head, self.paths) else None


class _Relay(asyncio.Protocol):
    """Stands between a session and the server's protocol for one request."""

    def __init__(self, server: Factory) -> None:
        protocol = server()
        assert isinstance(protocol, asyncio.Protocol)
        self.server = protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.server.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        self.server.data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self.server.connection_lost(exc)

    def pause_writing(self) -> None:
        self.server.pause_writing()

    def resume_writing(self) -> None:
        self.server.resume_writing()


class _Late(_Relay):
    def __init__(self, server: Factory, seconds: float) -> None:
        super().__init__(server)
        self._seconds, self._waiting, self._open = seconds, bytearray(), False
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        super().connection_made(transport)
        asyncio.get_running_loop().call_later(self._seconds, self._begin)
        transport.pause_reading()

    def data_received(self, data: bytes) -> None:
        if self._open:
            super().data_received(data)
        else:
            self._waiting += data

    def _begin(self) -> None:
        if self._transport and not self._transport.is_closing():
            self._open = True
            super().data_received(bytes(self._waiting))
            self._transport.resume_reading()


@dataclass(frozen=True)
class HttpDelay(Fault, name="http-delay", where="http"):
    """Requests are passed on late.

    `seconds` later than they came.
    """

    paths: Sequence[str] = ("/",)
    seconds: float = 1.0

    def serve(self, head: Head, interface: int, link: FaultLink, server: Factory) -> asyncio.Protocol | None:
        return _Late(server, self.seconds) if matches(head, self.paths) else None


class _CutTransport(BulkTransport):
    """Passes the first octets of a response on; after those nothing happens any more."""

    def __init__(self, inner: asyncio.Transport, octets: int) -> None:
        super().__init__()
        self._inner, self._left, self._cut = inner, octets, False

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._inner.get_extra_info(name, default)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self._inner.write(data[: self._left])
        self._cut = self._cut or len(data) > self._left
        self._left = max(0, self._left - len(data))

    def pause_reading(self) -> None:
        self._inner.pause_reading()

    def resume_reading(self) -> None:
        self._inner.resume_reading()

    def is_closing(self) -> bool:
        return self._inner.is_closing()

    def close(self) -> None:
        if not self._cut:
            self._inner.close()


class _Stalled(_Relay):
    def __init__(self, server: Factory, octets: int) -> None:
        super().__init__(server)
        self._octets = octets

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.server.connection_made(_CutTransport(transport, self._octets))


@dataclass(frozen=True)
class HttpResponseStall(Fault, name="http-response-stall", where="http"):
    """Responses stop halfway unless the Connection field suits.

    After `octets`, unless the request has "Connection: `unless`"; "" for no such way out. HP M28 to M31 want
    keep-alive, HP 8730 wants close.
    """

    octets: int = 3072
    unless: str = "keep-alive"

    def serve(self, head: Head, interface: int, link: FaultLink, server: Factory) -> asyncio.Protocol | None:
        if self.unless and head.has(b"connection", self.unless.encode()):
            return None
        return _Stalled(server, self.octets)


@dataclass(frozen=True)
class HttpUpgrade(Fault, name="http-upgrade", where="http"):
    """A WebSocket upgrade is granted, and takes the interface away.

    Until its next reset nothing else gets through.
    """

    def serve(self, head: Head, interface: int, link: FaultLink, server: Factory) -> asyncio.Protocol | None:
        if not head.has(b"upgrade", b"websocket"):
            return None
        key = head.fields.get(b"sec-websocket-key", b"") + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        accept = base64.b64encode(hashlib.sha1(key, usedforsecurity=False).digest())
        asyncio.get_running_loop().call_later(0.1, link.kill, interface)
        return Canned(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )
