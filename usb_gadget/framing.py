"""Where HTTP messages end – RFC 9112, just enough of it. Pure.

A bulk OUT read ends at a short packet or when its buffer is full, and hosts send no zero-length packet after
a transfer that is a multiple of the packet size. So a read larger than what is still to come may never end,
and reads of one packet are always safe but some thirty times slower. `RequestScanner.promised` says how many
octets are sure to come: reads grow that far and no further.

USB has no "closed" either: request and response ends are where one HTTP exchange stops and the next may
begin. The scanners count; everything else about HTTP is the server's business.
"""

import re
from dataclasses import dataclass

HEAD_LIMIT = 65536
"""Octets of a message head; longer ones are no HTTP that a server here would take."""
LINE_LIMIT = 8192
"""Octets of a chunk-size or trailer line."""

_HEAD_END = re.compile(rb"\r?\n\r?\n")
_METHOD = re.compile(rb"[A-Za-z-]{1,32}(?: |\Z)")
# A request line, or as much of one as fits into a packet of 64 octets.
_START = re.compile(rb"[A-Z]{3,20} (?:/|\*|https?://)[^ \r\n]*(?: HTTP/1\.[01]\r?\n| [HTP/1.0\r]{0,9}\Z|\Z)")
_LENGTH = re.compile(rb"[0-9]{1,18}\Z")
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]*)?\r?\n\Z")
_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


class FramingError(ValueError):
    """The end of this message cannot be told."""


@dataclass(frozen=True, slots=True)
class Head:
    """A message head: what of it bears on framing."""

    start: tuple[bytes, bytes, bytes]
    """Method, target, version of a request; version, status, reason of a response."""
    fields: dict[bytes, bytes]
    """Lower-case names; values of repeated fields joined by ", "."""

    @classmethod
    def parse(cls, data: bytes) -> "Head":
        """From a whole head, with the empty line that ends it or without."""
        lines = re.sub(rb"\r?\n[ \t]+", b" ", data).splitlines()  # RFC 9112 §5.2: a folded line is one value
        words = lines[0].split(None, 2) if lines else []
        fields: dict[bytes, bytes] = {}
        for line in filter(None, lines[1:]):
            name, colon, value = line.partition(b":")
            if not colon or not _TOKEN.fullmatch(name):
                raise FramingError("not a header field")
            name, value = name.lower(), value.strip(b" \t")
            fields[name] = fields[name] + b", " + value if name in fields else value
        if len(words) < 2:
            raise FramingError("not a start line")
        return cls((words[0], words[1], words[2] if len(words) == 3 else b""), fields)

    def has(self, name: bytes, word: bytes) -> bool:
        """Whether the comma list in field `name` holds `word` (lower case)."""
        return word in (part.strip(b" \t").lower() for part in self.fields.get(name, b"").split(b","))

    @property
    def chunked(self) -> bool:
        return b"transfer-encoding" in self.fields

    def length(self) -> int | None:
        """Content-Length in octets; None: none is given."""
        value = self.fields.get(b"content-length")
        if value is None:
            return None
        lengths = {part.strip(b" \t") for part in value.split(b",")}
        if len(lengths) != 1 or not _LENGTH.match(only := lengths.pop()):
            raise FramingError("not a Content-Length")
        return int(only)


def starts_request(data: bytes | memoryview) -> bool:
    """Whether a packet looks like the start of a request."""
    return _START.match(data) is not None


class _Body:
    """Counts the octets of one message body. `left` are octets sure to come, `done` says it is complete."""

    def __init__(self, head: Head, *, until_close: bool) -> None:
        self.left, self.done, self._line, self._state = 0, False, bytearray(), "data"
        if head.chunked:
            # RFC 9112 §6.1: only a final "chunked" tells where a request ends.
            if head.fields[b"transfer-encoding"].rpartition(b",")[2].strip(b" \t").lower() != b"chunked":
                raise FramingError("not chunked")
            self._state = "size"
        else:
            length = head.length()
            self.endless = until_close and length is None
            self.left = length or 0
            self.done = not self.endless and self.left == 0
            return
        self.endless = False

    @property
    def promised(self) -> int:
        """Octets sure to come: what is left of the body, or of the chunk and then at least "0" LF LF."""
        return self.left + 3 if self._state == "chunk" else self.left

    def feed(self, data: memoryview) -> int:
        """Octets of `data` that belong to the body."""
        at = 0
        while at < len(data) and not self.done:
            if self.endless:
                return len(data)
            if self._state in ("data", "chunk"):
                step = min(self.left, len(data) - at)
                self.left -= step
                at += step
                if self.left == 0:
                    self.done = self._state == "data"
                    self._state = "data" if self.done else "size"
            else:
                at += self._feed_line(data[at:])
        return at

    def _feed_line(self, data: memoryview) -> int:
        window = bytes(data[: LINE_LIMIT + 1 - len(self._line)])
        end = window.find(b"\n") + 1
        self._line += window[: end or len(window)]
        if not end:
            if len(self._line) > LINE_LIMIT:
                raise FramingError("line too long")
            return len(window)
        line = bytes(self._line)
        self._line.clear()
        if self._state == "trailer":
            self.done = line in (b"\r\n", b"\n")
            return end
        size = _CHUNK.match(line)
        if size is None:
            raise FramingError("not a chunk size")
        octets = int(size[1], 16)
        # The chunk and the CR LF behind it.
        self._state, self.left = ("chunk", octets + 2) if octets else ("trailer", 0)
        return end


class _Scanner:
    """What requests and responses have in common: a head, then a body."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._body: _Body | None = None
        self.head: Head | None = None
        """The head of the message at hand, once it is whole."""

    @property
    def between(self) -> bool:
        """Nothing of a message has been seen since the last one ended."""
        return self._body is None and not self._buffer

    @property
    def in_body(self) -> bool:
        return self._body is not None

    def _take_head(self, data: memoryview) -> tuple[bytes, int] | None:
        """The whole head, once `data` completes it, and how many octets of `data` that took."""
        had, searched = len(self._buffer), max(0, len(self._buffer) - 3)
        self._buffer += data[: HEAD_LIMIT + 1 - had]
        end = _HEAD_END.search(self._buffer, searched)
        if end is None:
            return None
        head = bytes(self._buffer[: end.end()])
        self._buffer.clear()
        return head, end.end() - had


class RequestScanner(_Scanner):
    """Follows the requests of a host. Feed it until `complete`, then `next` for the one that follows.

    A head is kept until it is whole and handed out in one piece, so that a server never sees half of one.
    """

    complete = False
    lost = False
    """The stream makes no sense: octets are dropped until a read starts with a request line."""

    @property
    def promised(self) -> int:
        """Octets that are sure to come before this request ends; 0 when only the next packet is."""
        return self._body.promised if self._body and not self._body.done else 0

    def next(self) -> None:
        """The request at hand is over: wait for another."""
        self._buffer.clear()
        self._body = self.head = None
        self.complete = self.lost = False

    def lose(self) -> None:
        """Give up on the request at hand."""
        self.next()
        self.lost = True

    def feed(self, data: memoryview) -> tuple[bytes | memoryview, int]:
        """What of the request `data` yields for the server, and how many octets of `data` that used up.

        Call again with the rest unless `complete`. Octets that are no HTTP/1 request are yielded as they are,
        for the server to refuse them, and `lost` is set.
        """
        if self._body is not None:
            try:
                used = self._body.feed(data)
            except FramingError:
                self.lose()
                return data, len(data)
            self.complete = self._body.done
            return data[:used], used
        if self.lost:
            if not starts_request(data):
                return b"", len(data)
            self.next()
        if not self._buffer and (blank := _blank(data)):
            return b"", blank  # RFC 9112 §2.2: empty lines before a request line are passed over
        return self._feed_head(data)

    def _feed_head(self, data: memoryview) -> tuple[bytes, int]:
        taken = self._take_head(data)
        if taken is None:
            if len(self._buffer) <= HEAD_LIMIT and _METHOD.match(self._buffer[:33]):
                return b"", len(data)
            head = bytes(self._buffer)  # a document, a TLS greeting: no head will ever end here
            self.lose()
            return head, len(data)
        head, used = taken
        try:
            self.head = Head.parse(head)
            self._body = _Body(self.head, until_close=False)
        except FramingError:
            self.lose()
            return head, used
        self.complete = self._body.done
        return head, used


def _blank(data: memoryview) -> int:
    """Octets of empty lines that `data` starts with."""
    at = 0
    while at < len(data) and data[at] in b"\r\n":
        at += 1
    return at


class ResponseScanner(_Scanner):
    """Follows what the server says, to know when an exchange is over."""

    complete = False
    """The final response is complete."""
    close = False
    """The server will close the connection after this response, or has left its end to the closing."""
    broken = False
    """This is no HTTP response; it is passed on as it is."""
    framed = True
    """The end of the response can be told without the connection's."""
    interim = False
    """A 1xx response has been seen: the client may go on."""

    def __init__(self) -> None:
        super().__init__()
        self._method = b""

    def expect(self, method: bytes) -> None:
        """A request with `method` is on its way to the server."""
        self._buffer.clear()
        self._body = self.head = None
        self.complete = self.close = self.broken = self.interim = False
        self.framed = True
        self._method = method

    @property
    def started(self) -> bool:
        """Something of a final response has been seen."""
        return self.complete or self.broken or not self.between

    def feed(self, data: memoryview) -> int:
        """How many octets of what the server wrote belong to the response; all while it cannot be told."""
        at = 0
        try:
            while at < len(data) and not self.complete and not self.broken:
                if self._body is not None:
                    at += self._body.feed(data[at:])
                    self.complete = self._body.done
                elif taken := self._take_head(data[at:]):
                    at += taken[1]
                    self._start(taken[0])
                else:
                    self.broken = len(self._buffer) > HEAD_LIMIT
                    return len(data)
        except FramingError:
            self.broken = True
        return len(data) if self.broken else at

    def _start(self, data: bytes) -> None:
        head = Head.parse(data)
        version, status = head.start[:2]
        if not version.startswith(b"HTTP/1.") or not re.fullmatch(rb"[1-9][0-9]{2}", status):
            raise FramingError("not a status line")
        if status[0:1] == b"1" and status != b"101":
            self.interim = True
            return  # another one follows
        self.head = head
        # RFC 9112 §6.3: these have no body whatever their fields say. A switch of protocols is refused here:
        # it would take the interface away from everybody else.
        if self._method == b"HEAD" or status in (b"101", b"204", b"304"):
            self.complete = True
        else:
            self._body = _Body(head, until_close=True)
            self.complete = self._body.done
        self.framed = self._body is None or not self._body.endless
        self.close = not self.framed or head.has(b"connection", b"close")
