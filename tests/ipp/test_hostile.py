"""What is no message, or tries to cost too much: one clear error, bounded work and bounded memory.

Work is counted in calls, memory in octets: both must not grow faster than the input.
"""

from __future__ import annotations

import struct
import sys
import tracemalloc
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.ipp import Attribute, Collection, Decoder, Keyword, MalformedMessage, Message, Uri, decode, encode
from firmware.ipp.codec import MAX_DEPTH, MAX_MESSAGE
from tests.ipp.test_codec import attempt

HEADER = bytes.fromhex("0101 4001 00000007")
SENT = ((1, 1), 0x4001, 7)


def item(tag: int, name: bytes = b"", value: bytes = b"") -> bytes:
    return struct.pack(">BH", tag, len(name)) + name + struct.pack(">H", len(value)) + value


def refused(octets: bytes, piece: int = 1 << 16) -> MalformedMessage:
    """Feed all, then the end; the error that it gave."""
    decoder = Decoder()
    try:
        for part in pieces(octets, piece):
            assert decoder.feed(part) is None
        decoder.end()
    except MalformedMessage as error:
        return error
    raise AssertionError("not refused")


BEGIN, END, MEMBER = item(0x34), item(0x37), item(0x4A, b"", b"m")
COLLECTION = item(0x34, b"c")

BROKEN: dict[str, tuple[bytes, str]] = {
    "an attribute before the first group": (item(0x21, b"x", b"\0\0\0\1"), "before the first group"),
    "a further value without a first": (b"\1" + item(0x21, b"", b"\0\0\0\1"), "without an attribute"),
    "a further value after a new group": (
        b"\1" + item(0x21, b"x", b"\0\0\0\1") + b"\2" + item(0x21, b"", b"\0\0\0\2"), "without an attribute"),
    "the reserved delimiter": (b"\0", "reserved"),
    "an integer of three octets": (b"\1" + item(0x21, b"x", b"\0\0\0"), "an integer of 3 octets"),
    "an integer of five": (b"\1" + item(0x21, b"x", b"\0" * 5), "an integer of 5 octets"),
    "a boolean of two": (b"\1" + item(0x22, b"x", b"\0\0"), "a boolean of 2"),
    "a boolean that is neither": (b"\1" + item(0x22, b"x", b"\2"), "a boolean of 0x02"),
    "an enum of nothing": (b"\1" + item(0x23, b"x"), "an enum of 0 octets"),
    "a dateTime of ten": (b"\1" + item(0x31, b"x", b"\0" * 10), "a dateTime of 10"),
    "a resolution of eight": (b"\1" + item(0x32, b"x", b"\0" * 8), "a resolution of 8"),
    "a range of nine": (b"\1" + item(0x33, b"x", b"\0" * 9), "a rangeOfInteger of 9"),
    "a language of one octet": (b"\1" + item(0x35, b"x", b"\0"), "less than 2"),
    "a language longer than its value": (b"\1" + item(0x35, b"x", b"\x7f\xff\0\0"), "longer than its value"),
    "a language that leaves no length": (b"\1" + item(0x36, b"x", b"\0\1a\0"), "longer than its value"),
    "a text shorter than it says": (b"\1" + item(0x35, b"x", b"\0\1a\0\2b"), "do not add up"),
    "a text longer than it says": (b"\1" + item(0x36, b"x", b"\0\1a\0\0b"), "do not add up"),
    "an extension without its tag": (b"\1" + item(0x7F, b"x", b"\0\0\0"), "without its tag"),
    "a name-length of 32768": (b"\1\x21\x80\0", "a length of 32768"),
    "a value-length of 65535": (b"\1\x21\0\1x\xff\xff", "a length of 65535"),
    "endCollection outside": (b"\1" + item(0x37, b"x"), "outside a collection"),
    "memberAttrName outside": (b"\1" + item(0x4A, b"x", b"m"), "outside a collection"),
    "begCollection with a value": (b"\1" + item(0x34, b"c", b"v"), "begCollection with a value"),
    "endCollection with a value": (b"\1" + COLLECTION + item(0x37, b"", b"v"), "endCollection with a value"),
    "a name inside a collection": (b"\1" + COLLECTION + item(0x21, b"x", b"\0\0\0\1"), "a name inside"),
    "a value without its member": (b"\1" + COLLECTION + item(0x21, b"", b"\0\0\0\1"), "without memberAttrName"),
    "a collection without its member": (b"\1" + COLLECTION + BEGIN, "without memberAttrName"),
    "a member without a name": (b"\1" + COLLECTION + item(0x4A), "empty memberAttrName"),
    "a member without a value": (b"\1" + COLLECTION + MEMBER + END, "has no value"),
    "two members, the first without": (b"\1" + COLLECTION + MEMBER + MEMBER, "has no value"),
    "a collection that a group ends": (b"\1" + COLLECTION + b"\2", "does not end"),
    "a collection that the message ends": (b"\1" + COLLECTION + b"\3", "does not end"),
}  # fmt: skip


@pytest.mark.parametrize("what", BROKEN)
def test_each_broken_rule(what: str) -> None:
    octets, says = BROKEN[what]
    for piece in (1 << 16, 1):
        error = refused(HEADER + octets, piece)
        assert says in str(error)
        assert error.header == SENT
        assert 0 <= error.offset <= len(HEADER + octets)


def test_truncated_at_every_octet() -> None:
    size = Collection.of([Attribute("x-dimension", 1), Attribute("y-dimension", 2)])
    message = Message.request(
        0x4001,
        [Attribute("printer-uri", Uri("ipp://h/p")), Attribute("media-col", Collection.of([Attribute("size", size)]))],
        request_id=7,
        version=(1, 1),
    )
    octets = encode(message)
    for length in range(len(octets)):
        decoder = Decoder()
        assert decoder.feed(octets[:length]) is None
        with pytest.raises(MalformedMessage, match="end") as caught:
            decoder.end()
        assert caught.value.header == (SENT if length >= 8 else None)


@pytest.mark.parametrize("octets", [b"", b"\2", b"\2\0\0\2\0\0\0"])
def test_less_than_a_header_has_no_header_to_answer_to(octets: bytes) -> None:
    assert refused(octets).header is None


def test_collections_ten_thousand_deep() -> None:
    octets = HEADER + b"\1" + COLLECTION + (MEMBER + BEGIN) * 10_000
    error = refused(octets)
    assert f"more than {MAX_DEPTH} deep" in str(error)
    assert error.header == SENT
    assert error.offset < 16 * (len(MEMBER + BEGIN) + 1) + len(COLLECTION)


def test_collections_as_deep_as_may_be() -> None:
    octets = HEADER + b"\1" + COLLECTION + (MEMBER + BEGIN) * (MAX_DEPTH - 1) + END * MAX_DEPTH + b"\3"
    message, _ = decode(octets)
    assert encode(message) == octets


@pytest.mark.parametrize("piece", [1 << 16, 1 << 21])
def test_more_than_the_most_is_refused_when_it_is_reached(piece: int) -> None:
    octets = HEADER + b"\1" + item(0x30, b"x", b"v" * 30_000) * (MAX_MESSAGE // 30_000 + 2)
    error = refused(octets, piece)
    assert f"more than {MAX_MESSAGE} octets" in str(error)
    assert error.header == SENT
    assert error.offset <= MAX_MESSAGE + 30_010


def test_the_most_may_be_had() -> None:
    octets = HEADER + b"\1" + item(0x30, b"x", b"v" * 1000)
    octets += item(0x30, b"", b"v" * (1000 - len(octets) % 1000 - 6)) + item(0x30, b"", b"v" * 995) * 1046
    octets += item(0x30, b"", b"v" * (MAX_MESSAGE - len(octets) - 6)) + b"\3"
    assert len(octets) == MAX_MESSAGE
    assert Decoder().feed(octets + b"data") == b"data"
    with pytest.raises(MalformedMessage, match="more than"):
        Decoder(MAX_MESSAGE - 2).feed(octets)


def test_a_length_that_promises_much_is_waited_for_not_reserved() -> None:
    def promise() -> None:
        decoder = Decoder()
        assert decoder.feed(HEADER + b"\1\x30\0\1x\x7f\xff") is None

    assert memory(promise) < 20_000


def test_names_that_are_not_utf_8_survive() -> None:
    message, _ = decode(HEADER + b"\1" + item(0x44, b"\xff\xfe", b"\xc3(") + b"\3")
    (attribute,) = message.groups[0]
    assert attribute == Attribute("\udcff\udcfe", Keyword("\udcc3("))
    assert encode(message)[9:-1] == item(0x44, b"\xff\xfe", b"\xc3(")


@given(st.binary(max_size=300))
@settings(max_examples=300, deadline=None)
def test_any_octets_are_a_message_or_a_clear_error(octets: bytes) -> None:
    outcome = attempt(octets)
    if isinstance(outcome, MalformedMessage):
        assert (outcome.header is None) == (len(octets) < 8)
    else:
        message, rest = outcome
        assert encode(message) + rest == octets


# ----------------------------------------------------------------------------------------- what it costs

SHAPES: dict[str, bytes] = {
    "one value after the other": item(0x12),
    "short keywords": item(0x44),
    "booleans": item(0x22, b"", b"\1"),
    "attributes of one letter": item(0x13, b"a"),
    "empty collections": COLLECTION + END,
    "collections of one member": COLLECTION + MEMBER + item(0x13) + END,
    "octets": item(0x30, b"", b"v" * 1000),
}
"""What a message may be stuffed with."""


def message_of(shape: bytes, size: int) -> bytes:
    start = HEADER + b"\1" + item(0x13, b"a")
    return start + shape * ((size - len(start)) // len(shape)) + b"\3"


def pieces(octets: bytes, size: int) -> Iterator[bytes]:
    return (octets[start : start + size] for start in range(0, len(octets), size))


def work(action: Callable[[], object]) -> int:
    """Calls of functions, ours and the interpreter's own."""
    count = 0

    def see(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(see)
    try:
        action()
    finally:
        sys.setprofile(before)
    return count


def memory(action: Callable[[], object]) -> int:
    """The most octets that were in use at once."""
    tracemalloc.start()
    try:
        action()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def feed_all(octets: bytes, size: int) -> None:
    decoder = Decoder()
    for piece in pieces(octets, size):
        decoder.feed(piece)
    assert decoder.message is not None


@pytest.mark.parametrize("what", SHAPES)
def test_work_grows_no_faster_than_the_message(what: str) -> None:
    small, large = (message_of(SHAPES[what], size) for size in (2_000, 8_000))
    once, more = work(lambda: feed_all(small, 4096)), work(lambda: feed_all(large, 4096))
    assert once > 0
    assert more / len(large) <= 1.1 * once / len(small)
    assert more <= 5 * len(large) + 100


def test_work_for_one_octet_at_a_time_grows_no_faster_than_the_message() -> None:
    shape = SHAPES["attributes of one letter"]
    small, large = (message_of(shape, size) for size in (2_000, 8_000))
    once, more = work(lambda: feed_all(small, 1)), work(lambda: feed_all(large, 1))
    assert more / len(large) <= 1.1 * once / len(small)


@pytest.mark.parametrize("what", SHAPES)
def test_memory_is_a_small_multiple_of_the_message(what: str) -> None:
    octets = message_of(SHAPES[what], 50_000)
    assert memory(lambda: feed_all(octets, 4096)) <= 64 * len(octets)


def test_what_was_read_is_not_kept_twice() -> None:
    """A message of few large values costs little more than its values."""
    octets = message_of(item(0x30, b"", b"v" * 30_000), 500_000)
    assert memory(lambda: feed_all(octets, 65536)) <= 1.5 * len(octets)
