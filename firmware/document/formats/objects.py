"""PDF objects one after the other as they arrive (ISO 32000-1 section 7.3), for PCLm: no cross-reference table is
needed, nothing is gone back to.

Names are ``Name``, references ``Ref``, dictionaries dict with the names' text as keys, arrays list, numbers int or
float, strings bytes. Anything else is what ``Malformed`` is for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from raster_ext import RasterError

LARGEST = 1 << 22
"""Octets of one object without its stream, each token counted as ``COST`` more: a page of 20000 strips has a tenth."""
COST = 8
LONGEST = 1 << 16
"""Octets of one token or comment."""
DEPTH = 16
"""Of arrays and dictionaries in each other."""

_SPACE = re.compile(rb"(?:[\0\t\n\f\r ]+|%[^\r\n]*[\r\n])+")
_TOKEN = re.compile(
    rb"<<|>>|[\[\]]|/[^\0\t\n\f\r ()<>\[\]{}/%]*|\((?:[^()\\]|\\.)*\)|<[0-9A-Fa-f\0\t\n\f\r ]*>"
    rb"|[^\0\t\n\f\r ()<>\[\]{}/%]+",
    re.DOTALL,
)
_STREAM = re.compile(rb"[\0\t\n\f\r ]*stream(?:\r\n|\n|\r)")
_NUMBER = re.compile(rb"[+-]?(?:\d+\.?\d*|\.\d+)\Z")


class Name(str):
    __slots__ = ()


class Ref(NamedTuple):
    """``12 0 R``."""

    number: int


@dataclass(frozen=True, slots=True)
class Entry:
    """An object; ``offset`` is where its number stands. ``length`` is None for an object without a stream, whose
    octets are then the source's next ones."""

    number: int
    value: Any
    offset: int
    length: int | None


class Objects:
    """Reads objects from a source of octets. RasterError tells what is wrong and where."""

    def __init__(self, more: Callable[[], bytes], offset: int = 0) -> None:
        self._more = more
        self._buffer = b""
        self._at = 0
        self._base = offset
        self._ended = False
        self._left = LARGEST
        """Of the object at hand."""

    @property
    def offset(self) -> int:
        return self._base + self._at

    def next(self) -> Entry | None:
        """The next object; None where the cross-reference table begins or the file ends. A stream has to be taken
        before."""
        self._left = LARGEST
        start, first = self._word()
        if first in (b"", b"xref", b"trailer", b"startxref"):
            return None
        number, generation, keyword = first, self._word()[1], self._word()[1]
        if not (number.isdigit() and generation.isdigit() and keyword == b"obj" and len(number) < 10):
            raise self.wrong(f"no object, but {(number + b' ' + generation + b' ' + keyword)[:40]!r}")
        value = self._value(self._word()[1], 0)
        length = self._stream(value)
        if length is None and (word := self._word()[1]) != b"endobj":
            raise self.wrong(f"object {int(number)} goes on with {word[:40]!r}")
        return Entry(int(number), value, start, length)

    def take(self, length: int) -> Iterator[bytes]:
        """The stream's octets in pieces, and what ends it."""
        while length:
            if self._at == len(self._buffer) and not self._fill():
                raise self.wrong("a stream ends too early")
            piece = self._buffer[self._at : self._at + length]
            self._at += len(piece)
            length -= len(piece)
            yield piece
        for keyword in (b"endstream", b"endobj"):
            if (word := self._word()[1]) != keyword:
                raise self.wrong(f"{word[:40]!r} where {keyword.decode()} should be")

    def wrong(self, message: str) -> RasterError:
        return RasterError(message, offset=self.offset)

    def _stream(self, value: Any) -> int | None:
        self._ready()
        match = _STREAM.match(self._buffer, self._at)
        if match is None:
            return None
        self._at = match.end()
        length = value.get("Length") if isinstance(value, dict) else None
        if type(length) is not int or length < 0:
            raise self.wrong("a stream without a direct length")
        return length

    def _value(self, token: bytes, depth: int) -> Any:
        if depth > DEPTH:
            raise self.wrong("values nested too deep")
        if token == b"<<":
            return self._dictionary(depth)
        if token == b"[":
            items: list[Any] = []
            while (word := self._word()[1]) != b"]":
                if word == b"R":
                    items[-2:] = [self._reference(items)]
                else:
                    items.append(self._value(word, depth + 1))
            return items
        return self._simple(token)

    def _dictionary(self, depth: int) -> dict[str, Any]:
        """Values are told apart from the parts of a reference by the name that follows."""
        found: dict[str, Any] = {}
        name, values = "", list[Any]()
        while True:
            word = self._word()[1]
            if word == b">>" or word.startswith(b"/"):
                if word != b">>" and name and not values:
                    values.append(Name(word[1:].decode("latin-1")))
                    continue
                if name:
                    found[name] = values[-1] if values else None
                if word == b">>":
                    return found
                name, values = word[1:].decode("latin-1"), []
            elif word == b"R":
                values = [self._reference(values)]
            else:
                values.append(self._value(word, depth + 1))
                if len(values) > 2:
                    raise self.wrong("a dictionary that is none")

    def _reference(self, before: list[Any]) -> Ref:
        if len(before) < 2 or type(before[-2]) is not int:
            raise self.wrong("a reference to nothing")
        return Ref(before[-2])

    def _simple(self, token: bytes) -> Any:
        if token.startswith(b"/"):
            return Name(token[1:].decode("latin-1"))
        if token[:1] in (b"(", b"<"):
            return token
        if _NUMBER.match(token) and len(token) < 20:
            return float(token) if b"." in token else int(token)
        if token in (b"true", b"false", b"null"):
            return {b"true": True, b"false": False, b"null": None}[token]
        raise self.wrong(f"{token[:40]!r} is no value")

    def _word(self) -> tuple[int, bytes]:
        """The next token and where it begins; empty at the end."""
        while True:
            self._ready()
            if (space := _SPACE.match(self._buffer, self._at)) is not None:
                self._at = space.end()
                continue  # a comment may go on behind what has come so far
            if self._at < len(self._buffer) and self._buffer[self._at] == ord("%") and self._ended:
                self._at = len(self._buffer)
            break
        start, match = self.offset, _TOKEN.match(self._buffer, self._at)
        if match is None:
            if self._at == len(self._buffer):
                return start, b""
            raise self.wrong(f"{self._buffer[self._at : self._at + 8]!r} is no PDF")
        self._at = match.end()
        self._left -= len(match[0]) + COST
        if self._left < 0:
            raise self.wrong("an object that is too large")
        return start, match[0]

    def _ready(self) -> None:
        """Have a whole token in the buffer, if there is one."""
        while len(self._buffer) - self._at < LONGEST and self._fill():
            pass

    def _fill(self) -> bool:
        if self._ended:
            return False
        piece = self._more()
        self._ended = not piece
        if piece:
            self._base += self._at
            self._buffer = self._buffer[self._at :] + piece
            self._at = 0
        return bool(piece)
