"""A few sound messages that use every part of the language: where fuzzing begins."""

from __future__ import annotations

from firmware.ipp import (
    NO_VALUE,
    Attribute,
    AttributeGroup,
    Collection,
    DateTime,
    Enum,
    Keyword,
    Message,
    Name,
    NameWithLanguage,
    RangeOfInteger,
    RawValue,
    Resolution,
    Text,
    TextWithLanguage,
    Uri,
    encode,
)

_SIZE = Collection.of([Attribute("x-dimension", 21000), Attribute("y-dimension", RangeOfInteger(1, 9))])
_VALUES = (
    Attribute("a", 1, 2),
    Attribute("b", True),
    Attribute("c", Enum(3), NO_VALUE),
    Attribute("d", b"\0\1", Resolution(600, 600), DateTime(2026, 1, 1, 0, 0, 0)),
    Attribute("e", TextWithLanguage("en", "a"), NameWithLanguage("fr", "b")),
    Attribute("f", RawValue(0x7F, b"\0\1\0\0x"), Text("t"), Name("n"), Keyword("k")),
    Attribute("g", Collection.of([Attribute("media-size", _SIZE), Attribute("h", Keyword("x"), Keyword("y"))])),
)
SAMPLES = (
    encode(Message.request(0x0B, [Attribute("printer-uri", Uri("ipp://h/p"))])),
    encode(Message(0, 1, [AttributeGroup(1, list(_VALUES))])),
    *(encode(Message(0, 1, [AttributeGroup(2, [value]), AttributeGroup(2)])) for value in _VALUES),
)
