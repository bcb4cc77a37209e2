"""Octets to messages and back – RFC 8010 section 3: the very same octets, whatever the message holds."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.ipp import (
    DELETE_ATTRIBUTE,
    NO_VALUE,
    UNKNOWN,
    UNSUPPORTED,
    Attribute,
    AttributeGroup,
    Charset,
    Collection,
    DateTime,
    Decoder,
    Encoded,
    Enum,
    GroupTag,
    Keyword,
    MalformedMessage,
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
    decode,
    decode_attribute,
    encode,
    encode_attribute,
)
from tests.ipp import strategies

HEADER = bytes.fromhex("0200 000b 00000001")

# RFC 8010 section 3.9, one row for each value tag: the value, and its octets after the value-length.
TABLE: list[tuple[Value, int, bytes]] = [
    (OutOfBand(0x10), 0x10, b""),
    (UNSUPPORTED, 0x10, b""),
    (UNKNOWN, 0x12, b""),
    (NO_VALUE, 0x13, b""),
    (OutOfBand(0x15), 0x15, b""),
    (DELETE_ATTRIBUTE, 0x16, b""),
    (OutOfBand(0x17), 0x17, b""),
    (OutOfBand(0x1F, b"why"), 0x1F, b"why"),
    (1, 0x21, b"\0\0\0\1"),
    (-1, 0x21, b"\xff\xff\xff\xff"),
    (2**31 - 1, 0x21, b"\x7f\xff\xff\xff"),
    (-(2**31), 0x21, b"\x80\0\0\0"),
    (True, 0x22, b"\1"),
    (False, 0x22, b"\0"),
    (Enum(3), 0x23, b"\0\0\0\3"),
    (b"\0\xff", 0x30, b"\0\xff"),
    (DateTime(2026, 11, 22, 18, 30, 59, 9, "-", 1, 30), 0x31, bytes.fromhex("07ea 0b16 121e 3b09 2d 01 1e")),
    (Resolution(600, 1200, 3), 0x32, bytes.fromhex("00000258 000004b0 03")),
    (RangeOfInteger(1, 999), 0x33, bytes.fromhex("00000001 000003e7")),
    (TextWithLanguage("fr", "été"), 0x35, b"\0\2fr\0\5\xc3\xa9t\xc3\xa9"),
    (NameWithLanguage("", ""), 0x36, b"\0\0\0\0"),
    (Text("été"), 0x41, b"\xc3\xa9t\xc3\xa9"),
    (Name("\udcff"), 0x42, b"\xff"),
    (Keyword("one-sided"), 0x44, b"one-sided"),
    (Uri("ipp://host/ipp/print"), 0x45, b"ipp://host/ipp/print"),
    (UriScheme("ipps"), 0x46, b"ipps"),
    (Charset("utf-8"), 0x47, b"utf-8"),
    (NaturalLanguage("en"), 0x48, b"en"),
    (MimeMediaType("image/urf"), 0x49, b"image/urf"),
    (RawValue(0x4B, b"new"), 0x4B, b"new"),
    (RawValue(0x20, b""), 0x20, b""),
    (RawValue(0x7F, b"\0\1\0\0xyz"), 0x7F, b"\0\1\0\0xyz"),
]


def item(tag: int, name: bytes, value: bytes) -> bytes:
    return bytes([tag]) + len(name).to_bytes(2, "big") + name + len(value).to_bytes(2, "big") + value


@pytest.mark.parametrize(("value", "tag", "octets"), TABLE)
def test_each_value_tag(value: Value, tag: int, octets: bytes) -> None:
    wire = item(tag, b"x", octets)
    assert encode_attribute(Attribute("x", value)) == wire
    assert decode_attribute(wire) == Attribute("x", value)


def test_every_value_tag_has_a_row() -> None:
    special = {ValueTag.BEG_COLLECTION, ValueTag.END_COLLECTION, ValueTag.MEMBER_ATTR_NAME}
    assert {tag for _, tag, _ in TABLE} >= set(ValueTag) - special


def test_an_extension_tells_its_real_tag() -> None:
    assert RawValue(0x7F, b"\0\1\0\0xyz").extension == 0x10000
    assert RawValue(0x4B, b"\0\1\0\0").extension is None


def test_a_whole_message() -> None:
    """The example of RFC 8010 appendix A.1, shortened."""
    wire = (
        bytes.fromhex("0200 0002 00000001 01")
        + item(0x47, b"attributes-charset", b"utf-8")
        + item(0x48, b"attributes-natural-language", b"en-us")
        + item(0x45, b"printer-uri", b"ipp://printer.example.com/ipp/print/pinetree")
        + b"\x02"
        + item(0x21, b"copies", b"\0\0\0\x14")
        + item(0x44, b"sides", b"two-sided-long-edge")
        + b"\x03%!PDF..."
    )
    message, rest = decode(wire)
    assert rest == b"%!PDF..."
    assert (message.version, message.code, message.request_id) == ((2, 0), 2, 1)
    assert [group.tag for group in message.groups] == [GroupTag.OPERATION, GroupTag.JOB]
    assert message.get("copies", GroupTag.JOB) == Attribute("copies", 20)
    assert message.get("sides", GroupTag.JOB) == Attribute("sides", Keyword("two-sided-long-edge"))
    assert encode(message) + rest == wire


def test_a_set_of_collections_within_collections() -> None:
    """RFC 8010 section 3.1.6: members carry their names as values, further values carry none."""
    size = Collection.of([Attribute("x-dimension", 21000), Attribute("y-dimension", 29700)])
    one = Collection.of([Attribute("media-size", size), Attribute("media-type", Keyword("a"), Keyword("b"))])
    wire = (
        item(0x34, b"media-col", b"")
        + item(0x4A, b"", b"media-size")
        + item(0x34, b"", b"")
        + item(0x4A, b"", b"x-dimension")
        + item(0x21, b"", b"\0\0\x52\x08")
        + item(0x4A, b"", b"y-dimension")
        + item(0x21, b"", b"\0\0\x74\x04")
        + item(0x37, b"", b"")
        + item(0x4A, b"", b"media-type")
        + item(0x44, b"", b"a")
        + item(0x44, b"", b"b")
        + item(0x37, b"", b"")
        + item(0x34, b"", b"")
        + item(0x37, b"", b"")
    )
    attribute = Attribute("media-col", one, Collection())
    assert encode_attribute(attribute) == wire
    assert decode_attribute(wire) == attribute
    assert one.get("media-size") == Attribute("media-size", size)
    assert "media-type" in one
    assert "media" not in one


def test_groups_repeat_and_keep_their_order() -> None:
    groups = [AttributeGroup(tag, [Attribute("job-id", number)]) for number, tag in enumerate((1, 2, 2, 5, 2, 15))]
    message = Message(0, 1, [*groups, AttributeGroup(2)])
    again, _ = decode(encode(message))
    assert again == message
    assert len(again.all_groups(GroupTag.JOB)) == 4


def test_an_encoded_attribute_goes_out_as_it_is() -> None:
    attribute = Attribute("copies", 1, 2)
    group = AttributeGroup(2, [Encoded("copies", encode_attribute(attribute))])
    message, _ = decode(encode(Message(0, 1, [group])))
    assert message.groups == [AttributeGroup(2, [attribute])]
    assert "copies" in group
    assert group.get("copies") is None


@given(strategies.messages)
@settings(max_examples=60, deadline=None)
def test_messages_come_back_octet_for_octet(message: Message) -> None:
    octets = encode(message)
    again, rest = decode(octets + b"tail")
    assert again == message
    assert rest == b"tail"
    assert encode(again) == octets


@given(strategies.attributes)
@settings(max_examples=50, deadline=None)
def test_attributes_come_back_alone_too(attribute: Attribute) -> None:
    assert decode_attribute(encode_attribute(attribute)) == attribute


@given(st.data(), strategies.messages, st.binary(max_size=20))
@settings(max_examples=50, deadline=None)
def test_pieces_of_any_size(data: st.DataObject, message: Message, tail: bytes) -> None:
    """However the octets come, the message is there with the octet that ends it, and not before."""
    octets = encode(message)
    decoder = Decoder()
    where = [0, *data.draw(strategies.cuts(len(octets))), len(octets)]
    for start, end in pairwise(where):
        if decoder.message is None:
            rest = decoder.feed(octets[start:end] + (tail if end == len(octets) else b""))
            assert (rest is None) == (end < len(octets))
    assert decoder.message == message
    assert rest == tail
    decoder.end()


def test_one_octet_at_a_time() -> None:
    octets = encode(Message.request(0x0B, [Attribute("printer-uri", Uri("ipp://h/p"))]))
    decoder = Decoder()
    for index in range(len(octets) - 1):
        assert decoder.feed(octets[index : index + 1]) is None
        assert decoder.message is None
    assert decoder.feed(memoryview(octets)[-1:]) == b""
    with pytest.raises(RuntimeError, match="complete"):
        decoder.feed(b"")


@given(st.lists(strategies.items, max_size=12))
@settings(max_examples=300, deadline=None)
def test_what_is_not_refused_comes_back_octet_for_octet(parts: list[tuple[int, bytes, bytes]]) -> None:
    octets = strategies.wire(parts) + b"\x03"
    outcome = attempt(octets)
    if isinstance(outcome, MalformedMessage):
        assert outcome.header == ((2, 0), 0x0B, 1)
        assert 0 <= outcome.offset <= len(octets)
    else:
        message, rest = outcome
        assert encode(message) + rest == octets


def attempt(octets: bytes) -> tuple[Message, bytes] | MalformedMessage:
    try:
        return decode(octets)
    except MalformedMessage as error:
        return error


@pytest.mark.parametrize(
    "attribute",
    [
        Attribute("x"),
        Attribute("x", 2**31),
        Attribute("x", -(2**31) - 1),
        Attribute("x", Enum(2**31)),
        Attribute("x", RangeOfInteger(0, 2**31)),
        Attribute("x", Resolution(1, 1, 128)),
        Attribute("x", DateTime(65536, 1, 1, 0, 0, 0)),
        Attribute("x", b"\0" * 0x8000),
        Attribute("x", Text("a" * 0x8000)),
        Attribute("n" * 0x8000, 1),
        Attribute("x", TextWithLanguage("a" * 0x7FFF, "b")),
    ],
)
def test_what_the_wire_can_t_carry_is_a_value_error(attribute: Attribute) -> None:
    with pytest.raises(ValueError, match=r"octets|fit|no value"):
        encode_attribute(attribute)


def test_the_longest_name_and_value() -> None:
    attribute = Attribute("n" * 0x7FFF, b"v" * 0x7FFF)
    assert decode_attribute(encode_attribute(attribute)) == attribute


def test_what_is_no_value_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="not an IPP value"):
        encode_attribute(Attribute("x", 1.5))  # type: ignore[arg-type]
