"""An IPP-USB interface as HTTP connections: endpoint pair → asyncio.Transport.

No socket lies between the endpoints and the server's protocol. What USB lacks is made up for here:

- It has no "closed": a closed connection becomes a fresh protocol on the same endpoints. The rest of the old
  request's body is read and dropped first, and what the old protocol still says goes nowhere.
- One exchange at a time: the next request is handed over when the one before is read and answered in full.
- A request head is handed over whole, so a server that closes an idle connection never takes half a head
  along.
- A response that stops halfway halts the IN endpoint; a connection closed without any gets a plain 503.
- Reads are as large as the framing promises and no larger (see `framing`); while reading is paused the host
  gets NAK.
- An IN transfer that ends with a full packet is followed by a zero-length one.
"""

import asyncio
from collections import deque
from collections.abc import Callable

from usb_gadget.endpoint import TRANSFER_LIMIT, InEndpoint, OutEndpoint
from usb_gadget.framing import Head, RequestScanner, ResponseScanner, starts_request
from usb_gadget.session import HIGH_WATER, Session

READS = 8
"""Reads kept outstanding: the controller need not wait for us between transfers. With two of the largest size a job
came in at half the speed of a plain loop, in emulation; with eight at about the same."""
TRANSFERS = 2
"""IN transfers kept outstanding."""
GIVE_UP = 5.0
"""Seconds without an octet after which a host is taken to have abandoned the body of an answered request."""

BAD_BODY = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
UNANSWERED = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

Factory = Callable[[], asyncio.Protocol]
Intercept = Callable[[Head], asyncio.Protocol | None]


class Pipe:
    """An endpoint pair of an IPP-USB interface, and the HTTP server behind it."""

    def __init__(
        self,
        out: OutEndpoint,
        in_: InEndpoint,
        protocol_factory: Factory,
        *,
        link: str = "usb",
        interface: int = 0,
        intercept: Intercept | None = None,
    ) -> None:
        """`link` and `interface` are told as extra info; `intercept` may name a protocol for one request."""
        self._out, self._in = out, in_
        self._factory, self._intercept = protocol_factory, intercept
        self._extra = {"inkstand.link": link, "inkstand.usb.interface": interface}
        self._active = False
        self._fresh()
        self._give_up: asyncio.TimerHandle | None = None
        self._kicked = False

    def _fresh(self) -> None:
        self._request, self._response = RequestScanner(), ResponseScanner()
        self._server: Session | None = None  # the connection that is kept alive
        self._session: Session | None = None  # the one of the exchange at hand
        self._parting: set[Session] = set()  # their exchange is over and they will close
        self._exchange = self._request_done = False
        self._unsure = False  # the host waits for "100 Continue" and may yet not send the body
        self._held: deque[memoryview] = deque()  # read from the host, not yet wanted
        self._reads: deque[int] = deque()  # sizes of outstanding reads
        self._unsent: deque[bytes] = deque()
        self._sending: deque[bytes] = deque()  # outstanding IN transfers
        self._zlp_due = self._halt_due = False
        self.unsent = 0
        """Octets written by protocols that the host has not taken."""

    # The interface's life

    def start(self) -> None:
        """The interface is configured and fresh."""
        self._active = True
        self._out.open(self._received)
        self._in.open(self._sent)
        self.kick()

    def stop(self, error: Exception | None = None) -> None:
        """The interface is gone: unplugged, reset, not configured."""
        self._active = False
        self._drop(error)

    def reset(self, error: Exception | None = None) -> None:
        """Everything half read or half sent is void; start afresh."""
        self._drop(error)
        if self._active:
            self.kick()

    def resume(self) -> None:
        """Transfers start anew and nothing else is forgotten; for misbehaving on purpose."""
        self._out.cancel()
        self._in.cancel()
        self._reads.clear()
        self._unsent.extendleft(reversed(self._sending))
        self._sending.clear()
        self._active = True
        self.kick()

    def _drop(self, error: Exception | None) -> None:
        self._out.cancel()
        self._in.cancel()
        sessions = self._sessions() | self._parting
        self._fresh()
        self._idle_stop()
        for session in sessions:
            session.end(error or ConnectionResetError("USB interface reset"))

    def _sessions(self) -> set[Session]:
        return {s for s in (self._server, self._session) if s is not None}

    @property
    def busy(self) -> bool:
        """An exchange is under way, or part of a head has been read, or something waits to be sent."""
        return self._exchange or not self._request.between or bool(self._held) or self.unsent > 0

    def kick(self) -> None:
        """See soon whether there is something to do."""
        if not self._kicked:
            self._kicked = True
            asyncio.get_running_loop().call_soon(self._work)

    def _work(self) -> None:
        self._kicked = False
        if self._active:
            self._hand_over()
            self._read_more()
            self._flush()

    # Host to server

    def _received(self, data: memoryview) -> None:
        self._reads.popleft()
        if data:  # zero-length packets mean nothing here
            rest = data if self._held else self._consume(data)
            if rest:
                self._held.append(memoryview(bytes(rest)))
        self._read_more()

    def _read_more(self) -> None:
        """Keep reads outstanding, none of them larger than what is sure to come, rounded up to whole packets.

        Such a read always ends: if all its packets are full they are fewer than the octets still to come.
        """
        if self._held or self._waiting():
            return
        packet, limit = self._out.packet_size, self._out.transfer_size
        promised = 0 if self._unsure else self._request.promised - sum(self._reads)
        # Between chunks one packet is enough to learn the next chunk's size: more of these would take the chunk's
        # start from the large read that follows.
        small = 1 if self._request.in_body else READS
        while len(self._reads) < (READS if promised > 0 else small):
            size = min(limit, max(1, -(-promised // packet)) * packet)
            promised -= size
            self._reads.append(size)
            self._out.read(size)

    def _waiting(self) -> bool:
        """Nothing can be handed over now."""
        if self._exchange and not self._request_done:
            return self._session is not None and self._session.reading_paused
        return self._exchange or self.unsent > HIGH_WATER

    def _hand_over(self) -> None:
        while self._held and not self._waiting():
            if rest := self._consume(self._held.popleft()):
                self._held.appendleft(rest)

    def _consume(self, data: memoryview) -> memoryview:
        """Hand over as much of `data` as is wanted now; the rest."""
        while data and not self._waiting():
            if self._unsure and self._think_again(data):
                continue
            inside = self._request.in_body
            piece, used = self._request.feed(data)
            data = data[used:]
            if inside and self._request.lost:
                self._break()
            elif piece:
                self._serve(bytes(piece))
            if self._request.complete or (self._request.lost and self._exchange):
                self._request_done = True
                self._idle_stop()
                self._end_exchange()
            elif self._exchange and self._session is None:
                self._idle_start()
        return data

    def _serve(self, piece: bytes) -> None:
        if not self._exchange:
            self._begin_exchange(self._request.head)
        if self._session is not None:
            self._session.deliver(piece)

    def _break(self) -> None:
        """The body makes no sense: nobody can tell where it ends, so the connection cannot go on."""
        session = self._session
        if session:
            self._conclude(BAD_BODY)
            self._server = None if session is self._server else self._server
            self._session = None
            session.end(ConnectionResetError("malformed HTTP body"))

    def _begin_exchange(self, head: Head | None) -> None:
        self._exchange, self._request_done = True, False
        self._response.expect(head.start[0] if head else b"")
        self._unsure = bool(head and head.has(b"expect", b"100-continue"))
        special = self._intercept(head) if self._intercept and head else None
        if special is not None:
            self._session = Session(self, special, self._extra)
            self._session.begin()
            return
        if self._server is None:
            self._server = Session(self, self._factory(), self._extra)
            self._server.begin()
        self._session = self._server

    def _end_exchange(self) -> None:
        """Both request and response are over: the next one may come."""
        if not self._response.complete or not self._exchange:
            return
        if not self._request_done:
            self._early()
            return
        self._exchange = self._unsure = False
        self._part()
        if not self._request.lost:
            self._request.next()
        self.kick()

    def _part(self) -> None:
        session, self._session = self._session, None
        if session is None:
            return
        if session is not self._server:
            session.end(None)
        elif self._response.close:
            self._server = None  # its protocol closes it; nothing more is for it
            self._parting.add(session)
            session.water(False)

    def _early(self) -> None:
        """The answer is out before the request is in: what still comes is read, or dropped if unwanted."""
        if self._session is None:
            self._idle_start()
        self.kick()

    def _think_again(self, data: memoryview) -> bool:
        """A host that waited for "100 Continue" sends: the body, or its next request if it was refused."""
        self._unsure = False
        if not self._response.complete or self._response.interim or not starts_request(data):
            return False
        self._request_done = True
        self._end_exchange()
        return True

    # A body that nobody wants, from a host that has stopped sending it

    def _idle_start(self) -> None:
        self._idle_stop()
        self._give_up = asyncio.get_running_loop().call_later(GIVE_UP, self._abandoned)

    def _idle_stop(self) -> None:
        if self._give_up:
            self._give_up.cancel()
            self._give_up = None

    def _abandoned(self) -> None:
        self._give_up = None
        self._request.lose()
        self._request_done = True
        # Reads that the broken promise made too large would swallow the next request's head.
        self._out.cancel()
        self._reads.clear()
        self._end_exchange()
        self.kick()

    # Server to host

    def send(self, session: Session, data: bytes | bytearray | memoryview) -> None:
        """Take what a session's protocol wrote; nothing is taken from one whose exchange is over."""
        if session is not self._session or not self._exchange or self._response.complete:
            return
        used = self._response.feed(memoryview(data))
        if used:
            self._queue(bytes(data[:used]))
        self._unsure = self._unsure and not self._response.interim
        self._end_exchange()

    def _queue(self, data: bytes) -> None:
        self._unsent.append(data)
        self.unsent += len(data)
        self._water()
        self.kick()

    def closed(self, session: Session) -> None:
        """A session's protocol closed it."""
        self._parting.discard(session)
        if session is self._server:
            self._server = None
        if session is not self._session:
            return
        self._session = None
        self._conclude(UNANSWERED)
        self._end_exchange()
        self.kick()

    def _conclude(self, unanswered: bytes) -> None:
        """No more of this response comes: make one if there is none, else tell that it is cut."""
        if not self._response.complete:
            if not self._response.started:
                self._queue(unanswered)
            else:
                self._halt_due = True
            self._response.complete = True

    def finish(self, session: Session, zero_length_packet: bool) -> None:
        """See `Session.finish`."""
        if session is self._session:
            self._response.complete = True
            if zero_length_packet:
                self._unsent.append(b"")
            self._end_exchange()
            self.kick()

    def _water(self) -> None:
        for session in self._sessions():
            if self.unsent > HIGH_WATER or self.unsent <= HIGH_WATER // 4:
                session.water(self.unsent > HIGH_WATER)

    def _flush(self) -> None:
        while len(self._sending) < TRANSFERS and (self._unsent or self._zlp_due):
            data = self._next_transfer() if self._unsent else b""
            # The host's read ends at a short packet: a full last one needs an empty one behind it.
            self._zlp_due = bool(data) and not self._unsent and len(data) % self._in.packet_size == 0
            self._sending.append(data)
            self._in.write(data)
        if self._halt_due and not self._sending and not self._unsent:
            self._halt_due = False
            self._in.halt()

    def _next_transfer(self) -> bytes:
        """As much as fits into one transfer; an empty entry is a zero-length packet of its own."""
        parts: list[bytes] = []
        size = 0
        while self._unsent and size < TRANSFER_LIMIT:
            part = self._unsent[0]
            if not part and parts:
                break
            room = TRANSFER_LIMIT - size
            if len(part) > room:
                part, self._unsent[0] = part[:room], part[room:]
            else:
                self._unsent.popleft()
            parts.append(part)
            size += len(part)
            if not part:
                break
        return b"".join(parts)

    def _sent(self) -> None:
        self.unsent -= len(self._sending.popleft())
        self._water()
        self._flush()
        if self._held or not self._reads:
            self.kick()
