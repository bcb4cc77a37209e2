"""Octets to messages and back (RFC 8010 section 3).

Rules of this file:
- every length that comes from outside is checked before it is used, and nothing recurses;
- what ``decode`` accepts, ``encode`` gives back octet for octet;
- a message that breaks the rules raises ``MalformedMessage``, which says how to answer.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from firmware.ipp.message import Attribute, AttributeGroup, Encoded, Message
from firmware.ipp.tags import LAST_DELIMITER, OUT_OF_BAND, GroupTag, ValueTag
from firmware.ipp.values import (
    Charset,
    Collection,
    DateTime,
    Enum,
    Keyword,
    MimeMediaType,
    Name,
    NameWithLanguage,
    NaturalLanguage,
    OutOfBand,
    RangeOfInteger,
    RawValue,
    Resolution,
    Text,
    TextWithLanguage,
    Uri,
    UriScheme,
    Value,
    _String,
)

MAX_MESSAGE = 1 << 20
"""Octets of attributes in one message; far above any real request, far below what memory bears."""
MAX_DEPTH = 16
"""Collections within collections; the deepest registered one has four."""
MAX_LENGTH = 0x7FFF
"""Names and values: the length is a signed short (RFC 8010 section 3.1)."""

_HEADER = struct.Struct(">BBHI")
_SHORT = struct.Struct(">H")
_DATE = struct.Struct(">H6BcBB")


class MalformedMessage(ValueError):
    """The octets are no IPP message. ``header`` is (version, code, request-id) when that much was readable:
    then the answer is an IPP message with client-error-bad-request, otherwise HTTP 400."""

    def __init__(self, message: str, offset: int, header: tuple[tuple[int, int], int, int] | None = None) -> None:
        super().__init__(f"{message} (at byte {offset})")
        self.offset = offset
        self.header = header


class Decoder:
    """Takes a message in pieces of any size.

    ``feed`` returns None until the end-of-attributes-tag was seen, then the octets that follow it (document
    data); from then on ``message`` is there.
    """

    def __init__(self, max_size: int = MAX_MESSAGE, max_depth: int = MAX_DEPTH) -> None:
        self.message: Message | None = None
        self._buffer = bytearray()
        self._position = 0
        self._dropped = 0
        self._max_size = max_size
        self._builder: _Builder | None = None
        self._max_depth = max_depth

    def feed(self, data: bytes | bytearray | memoryview) -> bytes | None:
        if self.message is not None:
            raise RuntimeError("the message is complete; what follows is document data")
        self._buffer += data
        try:
            complete = self._advance()
        except struct.error as error:  # every read below is length-checked; this would be a bug
            raise self._malformed(str(error)) from error
        if not complete:
            if self._dropped + self._position > self._max_size or len(self._buffer) > self._max_size:
                raise self._malformed(f"more than {self._max_size} octets of attributes")
            return None
        assert self._builder is not None
        self.message = self._builder.message
        return bytes(self._buffer[self._position :])

    def end(self) -> None:
        """The input is over: MalformedMessage if that was too early."""
        if self.message is None:
            raise self._malformed("the message ends before its end-of-attributes-tag")

    def _advance(self) -> bool:
        if self._builder is None and not self._read_header():
            return False
        while (length := self._whole_item()) is not None:
            if self._take(length):
                return True
        self._forget_consumed()
        return False

    def _read_header(self) -> bool:
        if len(self._buffer) < _HEADER.size:
            return False
        major, minor, code, request_id = _HEADER.unpack_from(self._buffer)
        self._builder = _Builder(Message(code, request_id, [], (major, minor)), self._max_depth)
        self._position = _HEADER.size
        return True

    def _whole_item(self) -> int | None:
        """Octets of the next delimiter or attribute value if all of it is there."""
        buffer, at = self._buffer, self._position
        available = len(buffer) - at
        if available < 1:
            return None
        if buffer[at] <= LAST_DELIMITER:
            return 1
        if available < 3:
            return None
        name = self._length(at + 1)
        if available < name + 5:
            return None
        value = self._length(at + 3 + name)
        return name + value + 5 if available >= name + value + 5 else None

    def _length(self, at: int) -> int:
        (length,) = _SHORT.unpack_from(self._buffer, at)
        if length > MAX_LENGTH:
            raise self._malformed(f"a length of {length}, the most is {MAX_LENGTH}")
        return cast(int, length)

    def _take(self, length: int) -> bool:
        """Give the next item to the builder; True at the end of the attributes."""
        assert self._builder is not None
        at = self._position
        tag = self._buffer[at]
        try:
            if length == 1:
                self._position += 1
                if tag == GroupTag.END:
                    self._builder.finish()
                    return True
                self._builder.begin_group(tag)
            else:
                name_end = at + 3 + self._length(at + 1)
                name = bytes(self._buffer[at + 3 : name_end])
                value = bytes(self._buffer[name_end + 2 : at + length])
                self._builder.add(tag, name, value)
                self._position += length
        except _Broken as broken:
            raise self._malformed(str(broken)) from None
        if self._dropped + self._position > self._max_size:
            raise self._malformed(f"more than {self._max_size} octets of attributes")
        return False

    def _forget_consumed(self) -> None:
        if self._position > 65536:
            del self._buffer[: self._position]
            self._dropped += self._position
            self._position = 0

    def _malformed(self, message: str) -> MalformedMessage:
        header = None
        if self._builder is not None:
            known = self._builder.message
            header = (known.version, known.code, known.request_id)
        return MalformedMessage(message, self._dropped + self._position, header)


def decode(data: bytes) -> tuple[Message, bytes]:
    """One whole message and the octets behind it; MalformedMessage if it isn't one."""
    decoder = Decoder(max_size=max(len(data), 1))
    rest = decoder.feed(data)
    decoder.end()
    assert decoder.message is not None
    assert rest is not None
    return decoder.message, rest


def decode_attribute(octets: bytes) -> Attribute:
    """The attribute that ``encode_attribute`` gave."""
    framed = _HEADER.pack(2, 0, 0, 1) + bytes([GroupTag.OPERATION]) + octets + bytes([GroupTag.END])
    message, _ = decode(framed)
    return cast(Attribute, message.groups[0].attributes[0])


class _Broken(Exception):
    """A rule is broken; the decoder adds where."""


@dataclass(slots=True)
class _Frame:
    """A collection that is being read: its members so far and the name of the member at hand."""

    members: list[Attribute] = field(default_factory=list)
    values: list[Value] | None = None
    name: str = ""

    def close_member(self) -> None:
        if self.values is None:
            return
        if not self.values:
            raise _Broken(f"member attribute {self.name!r} has no value")
        self.members.append(Attribute(self.name, *self.values))
        self.values = None


class _Builder:
    """Puts values together to attributes, attributes to groups; keeps its own stack for collections."""

    def __init__(self, message: Message, max_depth: int) -> None:
        self.message = message
        self._group: AttributeGroup | None = None
        self._name = ""
        self._values: list[Value] | None = None
        self._stack: list[_Frame] = []
        self._max_depth = max_depth

    def begin_group(self, tag: int) -> None:
        if tag == 0:
            raise _Broken("delimiter tag 0x00 is reserved")
        self._close_attribute()
        self._group = AttributeGroup(tag)
        self.message.groups.append(self._group)

    def finish(self) -> None:
        self._close_attribute()

    def add(self, tag: int, name: bytes, value: bytes) -> None:
        if self._stack:
            self._add_in_collection(tag, name, value)
            return
        if name:
            self._close_attribute()
            if self._group is None:
                raise _Broken("an attribute before the first group")
            self._name = _text(name)
            self._values = []
        elif self._values is None:
            raise _Broken("an additional value without an attribute")
        if tag in (ValueTag.MEMBER_ATTR_NAME, ValueTag.END_COLLECTION):
            raise _Broken(f"tag 0x{tag:02x} outside a collection")
        if tag == ValueTag.BEG_COLLECTION:
            self._open(value)
        else:
            assert self._values is not None
            self._values.append(_decode_value(tag, value))

    def _add_in_collection(self, tag: int, name: bytes, value: bytes) -> None:
        if name:
            raise _Broken("a name inside a collection, where memberAttrName belongs")
        frame = self._stack[-1]
        if tag == ValueTag.END_COLLECTION:
            self._close(value)
        elif tag == ValueTag.MEMBER_ATTR_NAME:
            frame.close_member()
            if not value:
                raise _Broken("an empty memberAttrName")
            frame.name, frame.values = _text(value), []
        elif frame.values is None:
            raise _Broken("a member value without memberAttrName")
        elif tag == ValueTag.BEG_COLLECTION:
            self._open(value)
        else:
            frame.values.append(_decode_value(tag, value))

    def _open(self, value: bytes) -> None:
        if value:
            raise _Broken("begCollection with a value")
        if len(self._stack) >= self._max_depth:
            raise _Broken(f"collections nested more than {self._max_depth} deep")
        self._stack.append(_Frame())

    def _close(self, value: bytes) -> None:
        if value:
            raise _Broken("endCollection with a value")
        frame = self._stack.pop()
        frame.close_member()
        target = self._stack[-1].values if self._stack else self._values
        assert target is not None
        target.append(Collection.of(frame.members))

    def _close_attribute(self) -> None:
        if self._stack:
            raise _Broken("a collection that does not end")
        if self._values is not None:
            assert self._group is not None
            self._group.attributes.append(Attribute(self._name, *self._values))
            self._values = None


def _text(octets: bytes) -> str:
    return octets.decode("utf-8", "surrogateescape")


def _sized(octets: bytes, size: int, what: str) -> bytes:
    if len(octets) != size:
        raise _Broken(f"{what} of {len(octets)} octets, not {size}")
    return octets


def _integer(octets: bytes) -> int:
    return int.from_bytes(_sized(octets, 4, "an integer"), "big", signed=True)


def _boolean(octets: bytes) -> bool:
    if _sized(octets, 1, "a boolean")[0] > 1:
        raise _Broken(f"a boolean of 0x{octets[0]:02x}")
    return octets[0] == 1


def _enum(octets: bytes) -> Enum:
    return Enum(int.from_bytes(_sized(octets, 4, "an enum"), "big", signed=True))


def _date_time(octets: bytes) -> DateTime:
    year, month, day, hour, minute, second, decisecond, direction, utc_hours, utc_minutes = _DATE.unpack(
        _sized(octets, 11, "a dateTime")
    )
    sign = direction.decode("latin-1")
    return DateTime(year, month, day, hour, minute, second, decisecond, sign, utc_hours, utc_minutes)


def _resolution(octets: bytes) -> Resolution:
    return Resolution(*struct.unpack(">iib", _sized(octets, 9, "a resolution")))


def _range(octets: bytes) -> RangeOfInteger:
    return RangeOfInteger(*struct.unpack(">ii", _sized(octets, 8, "a rangeOfInteger")))


def _with_language(octets: bytes) -> tuple[str, str]:
    if len(octets) < 2:
        raise _Broken("a string with language of less than 2 octets")
    (first,) = _SHORT.unpack_from(octets)
    if len(octets) < first + 4:
        raise _Broken("a language longer than its value")
    (second,) = _SHORT.unpack_from(octets, first + 2)
    if len(octets) != first + second + 4:
        raise _Broken("a string with language whose lengths do not add up")
    return _text(octets[2 : first + 2]), _text(octets[first + 4 :])


_STRINGS: tuple[type[_String], ...] = (
    Text, Name, Keyword, Uri, UriScheme, Charset, NaturalLanguage, MimeMediaType,
)  # fmt: skip

_DECODERS: dict[int, Callable[[bytes], Value]] = {
    ValueTag.INTEGER: _integer,
    ValueTag.BOOLEAN: _boolean,
    ValueTag.ENUM: _enum,
    ValueTag.OCTET_STRING: bytes,
    ValueTag.DATE_TIME: _date_time,
    ValueTag.RESOLUTION: _resolution,
    ValueTag.RANGE_OF_INTEGER: _range,
    ValueTag.TEXT_WITH_LANGUAGE: lambda octets: TextWithLanguage(*_with_language(octets)),
    ValueTag.NAME_WITH_LANGUAGE: lambda octets: NameWithLanguage(*_with_language(octets)),
}
for _kind in _STRINGS:
    _DECODERS[_kind.tag] = lambda octets, kind=_kind: kind(octets, "utf-8", "surrogateescape")  # type: ignore[misc]


def _decode_value(tag: int, octets: bytes) -> Value:
    decoder = _DECODERS.get(tag)
    if decoder is not None:
        return decoder(octets)
    if tag in OUT_OF_BAND:
        return OutOfBand(tag, octets)
    if tag == ValueTag.EXTENSION and len(octets) < 4:
        raise _Broken("an extension value without its tag")
    return RawValue(tag, octets)


# ---------------------------------------------------------------------------------------------- encoding


def encode(message: Message) -> bytes:
    """The message's octets, end-of-attributes-tag included. ValueError for what the wire can't carry."""
    out = bytearray(_HEADER.pack(*message.version, message.code, message.request_id))
    for group in message.groups:
        out.append(group.tag)
        for attribute in group.attributes:
            out += attribute.octets if isinstance(attribute, Encoded) else encode_attribute(attribute)
    out.append(GroupTag.END)
    return bytes(out)


def encode_attribute(attribute: Attribute) -> bytes:
    """One attribute with all its values."""
    if not attribute.values:
        raise ValueError(f"{attribute.name} has no value")
    out = bytearray()
    name = _octets(attribute.name)
    for value in attribute.values:
        _put(out, value, name)
        name = b""
    return bytes(out)


def _put(out: bytearray, value: Value, name: bytes) -> None:
    if type(value) is Collection:
        _item(out, ValueTag.BEG_COLLECTION, name, b"")
        for member in value.members:
            _item(out, ValueTag.MEMBER_ATTR_NAME, b"", _octets(member.name))
            for inner in member.values:
                _put(out, inner, b"")
        _item(out, ValueTag.END_COLLECTION, b"", b"")
        return
    tag, octets = _encode_value(value)
    _item(out, tag, name, octets)


def _item(out: bytearray, tag: int, name: bytes, octets: bytes) -> None:
    if len(name) > MAX_LENGTH or len(octets) > MAX_LENGTH:
        raise ValueError(f"{max(len(name), len(octets))} octets, the most is {MAX_LENGTH}")
    out.append(tag)
    out += _SHORT.pack(len(name))
    out += name
    out += _SHORT.pack(len(octets))
    out += octets


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _pack_with_language(value: tuple[str, str]) -> bytes:
    language, text = _octets(value[0]), _octets(value[1])
    return _SHORT.pack(len(language)) + language + _SHORT.pack(len(text)) + text


def _pack_date(value: DateTime) -> bytes:
    return _DATE.pack(*value[:7], value.direction.encode("latin-1"), value.utc_hours, value.utc_minutes)


_ENCODERS: dict[type, tuple[int, Callable[[Any], bytes]]] = {
    bool: (ValueTag.BOOLEAN, lambda value: b"\x01" if value else b"\x00"),
    int: (ValueTag.INTEGER, lambda value: value.to_bytes(4, "big", signed=True)),
    Enum: (ValueTag.ENUM, lambda value: value.to_bytes(4, "big", signed=True)),
    bytes: (ValueTag.OCTET_STRING, bytes),
    DateTime: (ValueTag.DATE_TIME, _pack_date),
    Resolution: (ValueTag.RESOLUTION, lambda value: struct.pack(">iib", *value)),
    RangeOfInteger: (ValueTag.RANGE_OF_INTEGER, lambda value: struct.pack(">ii", *value)),
    TextWithLanguage: (ValueTag.TEXT_WITH_LANGUAGE, _pack_with_language),
    NameWithLanguage: (ValueTag.NAME_WITH_LANGUAGE, _pack_with_language),
}
for _kind in _STRINGS:
    _ENCODERS[_kind] = (_kind.tag, _octets)


def _encode_value(value: Value) -> tuple[int, bytes]:
    known = _ENCODERS.get(type(value))
    if known is not None:
        tag, pack = known
        try:
            return tag, pack(value)
        except (OverflowError, struct.error) as error:
            raise ValueError(f"{value!r} does not fit its syntax") from error
    if isinstance(value, OutOfBand | RawValue):
        return value.tag, value.data
    raise TypeError(f"{value!r} is not an IPP value")
