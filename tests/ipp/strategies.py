"""hypothesis strategies for everything that a message may hold: names and strings of any octets among them."""

from __future__ import annotations

from hypothesis import strategies as st

from firmware.ipp import (
    Attribute,
    AttributeGroup,
    Charset,
    Collection,
    DateTime,
    Enum,
    Keyword,
    Message,
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
    ValueTag,
)

MIN, MAX = -(2**31), 2**31 - 1
STRINGS = (Text, Name, Keyword, Uri, UriScheme, Charset, NaturalLanguage, MimeMediaType)
GROUP_TAGS = (1, 2, *range(4, 16))
"""Every delimiter but the reserved one and the end; half of them nobody has registered."""
UNKNOWN_TAGS = sorted(set(range(0x20, 0x100)) - {int(tag) for tag in ValueTag})

octets = st.binary(max_size=24)


def any_text(least: int = 0) -> st.SearchStrategy[str]:
    """UTF-8 or not: what is not comes as surrogate escapes, as the decoder gives it."""
    escaped = st.binary(min_size=least, max_size=24).map(lambda raw: raw.decode("utf-8", "surrogateescape"))
    return st.text(min_size=least, max_size=16) | escaped


int32 = st.integers(MIN, MAX) | st.sampled_from((MIN, -1, 0, 1, MAX))
octet = st.integers(0, 255)
date_times = st.builds(
    DateTime,
    st.integers(0, 65535),
    *[octet] * 6,
    st.characters(max_codepoint=255),
    octet,
    octet,
)
resolutions = st.builds(Resolution, int32, int32, st.integers(-128, 127))
ranges = st.builds(RangeOfInteger, int32, int32)
out_of_band = st.builds(OutOfBand, st.integers(0x10, 0x1F), st.just(b"") | octets)
extensions = st.binary(min_size=4, max_size=24).map(lambda raw: RawValue(ValueTag.EXTENSION, raw))
unknown = st.builds(RawValue, st.sampled_from(UNKNOWN_TAGS), octets)

plain_values: st.SearchStrategy[Value] = st.one_of(
    int32,
    st.booleans(),
    int32.map(Enum),
    octets,
    date_times,
    resolutions,
    ranges,
    out_of_band,
    extensions,
    unknown,
    st.builds(TextWithLanguage, any_text(), any_text()),
    st.builds(NameWithLanguage, any_text(), any_text()),
    *(any_text().map(kind) for kind in STRINGS),
)


def attributes_of(
    values: st.SearchStrategy[Value], names: st.SearchStrategy[str] | None = None
) -> st.SearchStrategy[Attribute]:
    """Attributes of one to three such values."""
    several = st.lists(values, min_size=1, max_size=3)
    return st.builds(lambda name, found: Attribute(name, *found), any_text(1) if names is None else names, several)


def collections_of(values: st.SearchStrategy[Value]) -> st.SearchStrategy[Value]:
    return st.lists(attributes_of(values), max_size=3).map(Collection.of)


values: st.SearchStrategy[Value] = st.recursive(plain_values, collections_of, max_leaves=6)
"""Any value, collections within collections among them."""

attributes = attributes_of(values)
groups = st.builds(AttributeGroup, st.sampled_from(GROUP_TAGS), st.lists(attributes, max_size=3))
messages = st.builds(
    Message,
    code=st.integers(0, 0xFFFF),
    request_id=st.integers(0, 2**32 - 1),
    groups=st.lists(groups, max_size=3),
    version=st.tuples(octet, octet),
)
"""Any message that the wire can carry, sound or not."""

items = st.tuples(octet, st.binary(max_size=6), st.binary(max_size=12))
"""A tag, a name and a value as octets: most are refused, some in the middle of a collection."""


def wire(parts: list[tuple[int, bytes, bytes]]) -> bytes:
    """Items as the wire has them; a tag below 0x10 is a delimiter and stands alone."""
    out = bytearray(b"\x02\x00\x00\x0b\x00\x00\x00\x01\x01")
    for tag, name, content in parts:
        out.append(tag)
        if tag >= 0x10:
            out += len(name).to_bytes(2, "big") + name + len(content).to_bytes(2, "big") + content
    return bytes(out)


def cuts(size: int) -> st.SearchStrategy[list[int]]:
    """Where to cut so many octets into pieces."""
    return st.lists(st.integers(0, size), max_size=12).map(sorted)
