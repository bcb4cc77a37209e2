"""What holds for anything at all: hypothesis chooses sizes, pixels, cuts and broken bits."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from raster_ext import (
    Band,
    ColorSpace,
    CupsHeader,
    CupsWriter,
    Decoder,
    PageEnd,
    PwgHeader,
    PwgWriter,
    RasterError,
    Scaler,
    UrfHeader,
    UrfWriter,
    cups,
)
from raster_ext._runs import LineEncoder
from raster_ext.geometry import FILTERS
from tests.raster import kit

SRGB = (ColorSpace.SRGB, 8)
WRITERS: dict[str, kit.Writer] = {
    "pwg": PwgWriter,
    "urf": UrfWriter,
    "cups1": lambda write: CupsWriter(write, 1, "<"),
    "cups2": lambda write: CupsWriter(write, 2, "<"),
    "cups3": lambda write: CupsWriter(write, 3, ">"),
}


def _pieces(size: int) -> st.SearchStrategy[list[int]]:
    """Where input of this size may be cut: anywhere, into octets too."""
    return st.one_of(
        st.just([1] * min(size, 4000)),
        st.lists(st.integers(0, max(size, 1)), max_size=12),
        st.integers(1, 70).map(lambda n: [n] * (min(size, 4000) // n)),
    )


ROUND_TRIPS = [
    *(("pwg", name, kind) for name, kind in kit.PWG_KINDS.items()),
    *(("urf", name, kind) for name, kind in kit.URF_KINDS.items()),
    *((f"cups{version}", "CMYK_8", (ColorSpace.CMYK, 8)) for version in (1, 2, 3)),
]


@pytest.mark.parametrize(("format", "kind"), [(row[0], row[2]) for row in ROUND_TRIPS],
                         ids=[f"{format}-{name}" for format, name, _ in ROUND_TRIPS])  # fmt: skip
@settings(max_examples=15, deadline=None)
@given(st.data())
def test_any_size_any_pixels_any_cut(format: str, kind: tuple[ColorSpace, int], data: st.DataObject) -> None:
    page = kit.page(kind, data.draw(st.integers(1, 300)), data.draw(st.integers(1, 40)))
    unit = (page.bits_per_pixel + 7) // 8
    line = st.lists(st.binary(min_size=unit, max_size=unit), min_size=1, max_size=6)
    lines = data.draw(st.lists(st.tuples(line, st.integers(1, 20)), min_size=1, max_size=6))
    raw = b"".join((b"".join(units) * page.bytes_per_line)[: page.bytes_per_line] * times for units, times in lines)
    raw = (raw * page.height)[: page.bytes_per_line * page.height]
    file = kit.encode(WRITERS[format], [(page, raw)], data.draw(st.lists(st.integers(1, 9), max_size=3)))
    cuts = data.draw(_pieces(len(file)))
    ((_, got),) = kit.decode(file, cuts, band_bytes=data.draw(st.integers(1, 5000)))
    assert got == raw


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 1 << 30), st.integers(1, 3000))
def test_iterators_may_be_dropped(seed: int, longest: int) -> None:
    """Events that were not asked for come first at the next feed, though the caller's buffer has changed since."""
    rng = random.Random(seed)
    page = kit.page(SRGB, 40, 30)
    raw = kit.pixels(page, 5)
    file = kit.encode(PwgWriter, [(page, raw)] * 3)
    decoder = Decoder(band_bytes=400)
    seen: list[Any] = []
    at = 0
    while at < len(file):
        buffer = bytearray(file[at : at + rng.randint(1, longest)])
        at += len(buffer)
        events = decoder.feed(memoryview(buffer))
        for _ in range(rng.randint(0, 4)):
            event = next(events, None)
            if event is None:
                break
            seen.append(bytes(event.data) if isinstance(event, Band) else event)
        del events
        buffer[:] = bytes(len(buffer))
    seen += [bytes(event.data) if isinstance(event, Band) else event for event in decoder.feed(b"")]
    decoder.close()
    assert b"".join(event for event in seen if isinstance(event, bytes)) == raw * 3
    assert [event.number for event in seen if isinstance(event, PageEnd)] == [1, 2, 3]


def _smallest(pixels: list[bytes]) -> int:
    """The fewest octets that code a line, by looking at every way to code it."""
    n = len(pixels)
    best = [0] + [1 << 30] * n
    for start in range(n):
        equal = 1
        while start + equal < n and pixels[start + equal] == pixels[start] and equal < 128:
            equal += 1
        for count in range(1, equal + 1):
            best[start + count] = min(best[start + count], best[start] + 1 + len(pixels[0]))
        for count in range(2, min(128, n - start) + 1):
            best[start + count] = min(best[start + count], best[start] + 1 + count * len(pixels[0]))
    return best[n]


@settings(max_examples=120, deadline=None)
@given(
    st.integers(1, 3),
    st.lists(
        st.tuples(st.integers(0, 3), st.sampled_from([1, 1, 2, 3, 4, 126, 127, 128, 129])), min_size=1, max_size=24
    ),
)
@example(1, [(0, 2), (1, 129)])
def test_no_coding_of_a_line_is_smaller(unit: int, runs: list[tuple[int, int]]) -> None:
    pixels = [bytes([value]) * unit for value, count in runs for _ in range(count)][:400]
    encoder = LineEncoder(len(pixels) * unit, unit, 0, False)
    coded = encoder.feed(b"".join(pixels)) + encoder.finish()
    # Where runs of different pixels are cut at 128 a better place to cut may be worth an octet.
    assert len(coded) - 1 <= _smallest(pixels) + len(pixels) // 128
    if len(pixels) <= 128:
        assert len(coded) - 1 == _smallest(pixels)


def _result(data: bytes, cuts: list[int]) -> tuple[str, int]:
    """The pages as text, or what is wrong with them, and the octet where that is."""
    try:
        return repr(kit.decode(data, cuts, max_line_bytes=10_000, max_lines=10_000)), 0
    except RasterError as error:
        return str(error), error.offset


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([*WRITERS]), st.integers(0, 1 << 30), st.integers(1, 12))
def test_bits_flipped(name: str, seed: int, flips: int) -> None:
    """A page of other pixels or a RasterError, within the limits; the same on every cut."""
    rng = random.Random(seed)
    data = bytearray(
        kit.encode(WRITERS[name], [(kit.page(SRGB, 20, 12), kit.pixels(kit.page(SRGB, 20, 12), n)) for n in range(2)])
    )
    for _ in range(flips):
        data[rng.randrange(4, len(data))] ^= 1 << rng.randrange(8)
    results = [_result(bytes(data), cuts) for cuts in ([], [rng.randint(1, 50) for _ in range(60)])]
    assert results[0] == results[1]


@settings(max_examples=100)
@given(st.binary(min_size=1796, max_size=1796), st.sampled_from([">", "<"]))
def test_any_octets_can_be_read(data: bytes, order: str) -> None:
    PwgHeader.parse(data).problems()
    UrfHeader.parse(data[:32]).problems()
    for size in (cups.SIZE_1, cups.SIZE):
        CupsHeader.parse(data[:size], order).problems()


@settings(max_examples=100)
@given(st.binary(min_size=32, max_size=32))
def test_urf_headers_come_back(data: bytes) -> None:
    assert UrfHeader.parse(data).pack() == data[:24] + bytes(8)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 60), st.integers(1, 60), st.sampled_from([*FILTERS]))
def test_flat_pictures_stay_flat(width: int, height: int, to_width: int, to_height: int, filter: str) -> None:
    scaler = Scaler(width, height, to_width, to_height, 1, filter)
    assert bytes(scaler.feed(b"\x93" * width * height)) == b"\x93" * to_width * to_height
