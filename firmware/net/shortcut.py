"""The short way: a request that came before, octet for octet, is answered without being taken apart again.

``Shortcut`` stands between a transport and the HTTP parser. What the parser and the engine once made of a request is
remembered with its octets (but for the request-id). When the same octets come again, from a caller of the same
standing, the engine is asked at once; and while nothing has changed and the second is the same, the octets of its
answer are sent again. Anything else goes to the parser as ever. Only operations that change nothing are remembered,
and no request that carries credentials.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from typing import Protocol
from weakref import WeakValueDictionary

from aiohttp import hdrs, web
from aiohttp.helpers import rfc822_formatted_time

from firmware.core.access import Caller
from firmware.core.engine import READING
from firmware.ipp import Message
from firmware.net.signature import SERVER

MOST = 128
"""Requests that are remembered."""
LONGEST = 4096
"""Octets of a request that is worth it."""
LARGEST = 1 << 18
"""Octets of an answer that is kept."""
PATIENCE = 20.0
"""Seconds after which a request goes to the parser again: it closes connections that seem idle to it."""
_END = b"\r\n\r\n"
_ID = slice(4, 8)
"""Where a message has its request-id (RFC 8010 section 3.1.1)."""

Key = tuple[Caller, bytes, bytes]


class Asks(Protocol):
    """Whoever answers requests that change nothing."""

    def stamp(self) -> object:
        """The same as long as every answer would be the same; None while everything shall go the long way."""

    def ask(self, request: Message, caller: Caller, authority: str) -> bytes | None:
        """The answer's octets; None when the long way has to give it."""

    def sent(self, request: Message, status: int) -> None:
        """Such an answer went the short way."""


@dataclass(slots=True)
class Known:
    """A request that came before, and its last answer."""

    request: Message
    authority: str
    stamp: object = None
    status: int = 0
    head: bytes = b""
    tail: bytes = b""


class Memory:
    """Requests of all connections."""

    def __init__(self, asks: Asks) -> None:
        self.asks = asks
        self.connections: WeakValueDictionary[int, Shortcut] = WeakValueDictionary()
        """By the identity of the parser behind each. One that changed to TLS on its way is no longer there."""
        self._known: OrderedDict[Key, Known] = OrderedDict()

    def answered(self, request: web.Request, message: Message, caller: Caller, authority: str) -> None:
        """The answer to this request has been written: if the parser was given nothing else, the connection may go
        the short way, and this request next time."""
        shortcut = self.connections.get(id(request.protocol))
        if shortcut is None:
            return
        octets = shortcut.first
        end = octets.find(_END) + len(_END)
        length = request.headers.get(hdrs.CONTENT_LENGTH, "")
        if end < len(_END) or length != str(shortcut.received - end):
            return
        shortcut.rest(caller)
        if message.code in READING and len(octets) == shortcut.received and _is_plain(request, caller):
            self._known[key(caller, octets, end)] = Known(message, authority)
            while len(self._known) > MOST:
                self._known.popitem(last=False)

    def answer(self, caller: Caller, octets: bytes) -> bytes | None:
        """The whole HTTP answer to a request that is known."""
        end = octets.find(_END) + len(_END)
        found = self._known.get(key(caller, octets, end))
        if found is None:
            return None
        stamp = self.asks.stamp()
        if stamp is None:
            return None
        if found.stamp != stamp:
            body = self.asks.ask(found.request, caller, found.authority)
            if body is None or len(body) > LARGEST:
                return None
            found.head, found.tail = head(len(body)) + body[: _ID.start], body[_ID.stop :]
            found.stamp, found.status = stamp, int.from_bytes(body[2:4], "big")
        self.asks.sent(found.request, found.status)
        return found.head + octets[end + _ID.start : end + _ID.stop] + found.tail


def key(caller: Caller, octets: bytes, end: int) -> Key:
    """A request but for its request-id."""
    return caller, octets[: end + _ID.start], octets[end + _ID.stop :]


def _is_plain(request: web.Request, caller: Caller) -> bool:
    """Nothing in its headers asks for more than an answer, or says who is calling."""
    special = (hdrs.AUTHORIZATION, hdrs.COOKIE, hdrs.EXPECT, hdrs.CONNECTION, hdrs.UPGRADE)
    return caller.user is None and request.version >= (1, 1) and not any(name in request.headers for name in special)


def head(length: int) -> bytes:
    """What HTTP says before an answer of this length: what the long way says."""
    return (
        f"HTTP/1.1 200 OK\r\nContent-Type: application/ipp\r\nCache-Control: no-cache\r\nContent-Length: {length}\r\n"
        f"Date: {rfc822_formatted_time()}\r\nServer: {SERVER}\r\n\r\n"
    ).encode()


class Shortcut(asyncio.Protocol):
    """One connection: known requests are answered here, all others by the parser behind it."""

    def __init__(self, http: asyncio.Protocol, memory: Memory) -> None:
        self._http = http
        self._memory = memory
        self._transport: asyncio.Transport | None = None
        self._loop = asyncio.get_running_loop()
        self._stuffed = False
        self.first = b""
        """The first octets that the parser was given since it had answered everything."""
        self.received = 0
        """And how many in all."""
        self._idle = True
        """The parser has answered all that it was given."""
        self._caller: Caller | None = None
        """Who is at the other end, since a request was answered; None until then."""
        self._passed = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._memory.connections[id(self._http)] = self
        self._http.connection_made(transport)

    def rest(self, caller: Caller) -> None:
        """The parser has answered all that it was given."""
        self._caller, self._idle, self._passed = caller, True, self._loop.time()

    def data_received(self, data: bytes) -> None:
        if self._idle:
            if self._short(data):
                return
            self._idle, self.first, self.received = False, data[:LONGEST], 0
        self.received += len(data)
        self._http.data_received(data)

    def _short(self, data: bytes) -> bool:
        """Answer it here, if that can be done."""
        caller, transport = self._caller, self._transport
        if caller is None or transport is None or self._stuffed or self._loop.time() - self._passed > PATIENCE:
            return False
        answer = self._memory.answer(caller, data)
        if answer is None:
            return False
        transport.write(answer)
        return True

    def eof_received(self) -> bool | None:
        return self._http.eof_received()

    def pause_writing(self) -> None:
        self._stuffed = True
        self._http.pause_writing()

    def resume_writing(self) -> None:
        self._stuffed = False
        self._http.resume_writing()

    def connection_lost(self, error: Exception | None) -> None:
        self._memory.connections.pop(id(self._http), None)
        self._transport = None
        self._http.connection_lost(error)
