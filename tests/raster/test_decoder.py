"""The decoder: every type, any size, any cut of the input, limits, starting in the middle."""

from __future__ import annotations

import random
import resource
import sys
import threading
import time
from dataclasses import replace

import pytest

from raster_ext import (
    Band,
    ColorSpace,
    CupsHeader,
    CupsWriter,
    Decoder,
    Page,
    PageEnd,
    PwgHeader,
    PwgWriter,
    RasterError,
    Resume,
    UrfHeader,
    UrfWriter,
)
from tests.raster import kit

SRGB = (ColorSpace.SRGB, 8)

# A file by hand (PWG 5102.4 section 4.4), lines of 3 sRGB pixels: red twice and blue, all three times; three pixels in
# a row, once.
HAND_LINES = b"\x02\x01\xff\0\0\0\0\0\xff" + b"\x00\xfe\1\2\3\4\5\6\7\x08\x09"
HAND_PIXELS = b"\xff\0\0\xff\0\0\0\0\xff" * 3 + bytes(range(1, 10))


def test_a_file_by_hand() -> None:
    page = kit.page(SRGB, 3, 4)
    data = b"RaS2" + PwgHeader.for_page(page).pack() + HAND_LINES
    ((found, pixels),) = kit.decode(data)
    assert pixels == HAND_PIXELS
    assert (found.kind, found.width, found.height, found.resolution) == ("srgb_8", 3, 4, (300, 300))
    assert isinstance(found.header, PwgHeader)


@pytest.mark.parametrize(("space", "white"), [(ColorSpace.SRGB, 255), (ColorSpace.CMYK, 0), (ColorSpace.SGRAY, 255)])
def test_code_128_fills_the_line_with_white(space: ColorSpace, white: int) -> None:
    page = kit.page((space, 8), 5, 2)
    ink = b"\x07" * page.num_colors
    data = b"UNIRAST\0\0\0\0\1" + UrfHeader.for_page(page).pack() + b"\0\x80" + b"\0\0" + ink + b"\x80"
    ((_, pixels),) = kit.decode(data)
    assert pixels == bytes([white]) * page.bytes_per_line + ink + bytes([white]) * (4 * page.num_colors)
    for cut in range(1, len(data)):
        assert kit.decode(data, [cut])[0][1] == pixels


@pytest.mark.parametrize("kind", kit.PWG_KINDS)
def test_round_trip_of_every_pwg_type(kind: str) -> None:
    pages = [(kit.page(kit.PWG_KINDS[kind], width, 300, (600, 300)), width) for width in (1, 7, 8, 150)]
    full = [(page, kit.pixels(page, seed)) for page, seed in pages]
    data = kit.encode(PwgWriter, full, (3, 100))
    found = kit.decode(data, [5000] * 10, band_bytes=3000)
    assert [pixels for _, pixels in found] == [pixels for _, pixels in full]
    assert {page.kind for page, _ in found} == {kind}
    assert {page.resolution for page, _ in found} == {(600, 300)}


@pytest.mark.parametrize("kind", kit.URF_KINDS)
def test_round_trip_of_every_apple_type(kind: str) -> None:
    page = kit.page(kit.URF_KINDS[kind], 150, 700)
    pixels = kit.pixels(page, 3)
    ((found, got),) = kit.decode(kit.encode(UrfWriter, [(page, pixels)], (1, 2, 300)), [999] * 20)
    assert got == pixels
    assert (found.color_space, found.bits_per_color) == kit.URF_KINDS[kind]


@pytest.mark.parametrize("order", [">", "<"])
@pytest.mark.parametrize("version", [1, 2, 3])
@pytest.mark.parametrize("space", [ColorSpace.RGB, ColorSpace.KCMYCM, ColorSpace.RGBW, ColorSpace.ICC15])
@pytest.mark.parametrize("bits", [1, 2, 4, 8, 16])
def test_round_trip_of_cups_raster(version: int, order: str, space: ColorSpace, bits: int) -> None:
    page = kit.page((space, bits), 61, 40)
    pixels = kit.pixels(page, bits)
    if page.bytes_per_line % ((page.bits_per_pixel + 7) // 8):
        page = kit.page((space, bits), 64, 40)
        pixels = kit.pixels(page, bits)
    page = replace(page, header=CupsHeader(media_class="Office", cups_integer=tuple(range(16))))
    data = kit.encode(lambda write: CupsWriter(write, version, order), [(page, pixels)] * 2)
    found = kit.decode(data, [100] * 20)
    assert [got for _, got in found] == [pixels] * 2
    header = found[0][0].header
    assert isinstance(header, CupsHeader)
    assert header.cups_color_space is space


def test_a_band_is_valid_until_the_next_event_and_read_only() -> None:
    page = kit.page(SRGB, 100, 90)
    file = kit.encode(PwgWriter, [(page, kit.pixels(page))])
    bands = [event for event in Decoder(band_bytes=9000).feed(file) if isinstance(event, Band)]
    assert [band.y for band in bands] == [0, 30, 60]
    with pytest.raises(TypeError):
        bands[0].data[0] = 1


def test_any_page_can_be_decoded_again_from_its_offset() -> None:
    for writer, kind in ((PwgWriter, SRGB), (UrfWriter, SRGB), (lambda write: CupsWriter(write, 3, "<"), SRGB)):
        pages = [(kit.page(kind, 20 + n, 50), kit.pixels(kit.page(kind, 20 + n, 50), n)) for n in range(4)]
        file = kit.encode(writer, pages)
        decoder = Decoder()
        points = [decoder.point for event in decoder.feed(file) if isinstance(event, Page)]
        assert [point.page for point in points] == [1, 2, 3, 4]
        assert decoder.offset == len(file)
        for number, (point, (_, raw)) in enumerate(zip(points, pages, strict=True), 1):
            again = Decoder.resume(point)
            got = b""
            for event in again.feed(file[point.offset :]):
                if isinstance(event, Band):
                    got += event.data
                elif isinstance(event, PageEnd):
                    assert event.number == number
                    break
            assert got == raw
            assert again.page_offset == point.offset
        with pytest.raises(RasterError):
            Decoder.resume(Resume(b"JFIF", 0, 1))


def test_counts_of_pages() -> None:
    page = kit.page(SRGB, 2, 2)
    for writer, count in (
        (lambda write: PwgWriter(write, pages=7), 7),
        (PwgWriter, None),
        (lambda write: UrfWriter(write, pages=7), 7),
        (UrfWriter, None),
        (lambda write: UrfWriter(write, pages=0), None),
    ):
        decoder = Decoder()
        list(decoder.feed(kit.encode(writer, [(page, bytes(12))])))
        decoder.close()
        assert decoder.total_pages == count


def test_an_empty_media_class_is_pwg_and_another_is_cups() -> None:
    page = kit.page(SRGB, 2, 2)
    for name, kind in (("", PwgHeader), ("PwgRaster", PwgHeader), ("Office", CupsHeader)):
        header = PwgHeader.for_page(page, pwg_raster=name).pack()
        ((found, _),) = kit.decode(b"RaS2" + header + b"\1\1\0\0\0")
        assert type(found.header) is kind


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def test_memory_is_that_of_a_band() -> None:
    """A page of 4 GB decodes within a few megabytes."""
    page = kit.page(SRGB, 100_000, 14_000)
    header = b"RaS2" + PwgHeader.for_page(page).pack()
    line = b"\x7f\xff\xff\xff" * (100_000 // 128) + bytes([100_000 % 128 - 1]) + b"\xff\xff\xff"
    blocks = [b"\xff" + line] * (14_000 // 256) + [bytes([14_000 % 256 - 1]) + line]
    before, lines = _peak(), 0
    decoder = Decoder()
    for piece in (header, *blocks):
        for event in decoder.feed(piece):
            lines += event.lines if isinstance(event, Band) else 0
    decoder.close()
    assert lines == 14_000
    assert _peak() - before < 8 << 20


def test_limits_are_checked_before_anything_is_allocated() -> None:
    before = _peak()
    for width, height in ((1 << 31, 1), (1, (1 << 32) - 1), (0x7FFFFFFF, 0x7FFFFFFF)):
        page = kit.page((ColorSpace.SGRAY, 8), width, height)
        with pytest.raises(RasterError, match="more than"):
            list(Decoder().feed(b"RaS2" + PwgHeader.for_page(page).pack()))
    page = kit.page(SRGB, 100, 100)
    file = kit.encode(PwgWriter, [(page, kit.pixels(page))])
    assert kit.decode(file, max_line_bytes=300, max_lines=100)
    for limits in ({"max_line_bytes": 299}, {"max_lines": 99}):
        with pytest.raises(RasterError):
            kit.decode(file, (), **limits)
    assert _peak() - before < 8 << 20


def test_every_octet_is_used_once_when_it_comes() -> None:
    """Nothing is kept to be read again, so time is linear in the input however small its pieces are."""
    page = kit.page((ColorSpace.SGRAY, 8), 2000, 4)
    file = kit.encode(PwgWriter, [(page, kit.pixels(page, 9))])
    decoder = Decoder()
    for i in range(len(file)):
        for _ in decoder.feed(file[i : i + 1]):
            pass
        assert decoder.offset == i + 1
    decoder.close()


def test_other_threads_run_while_a_band_is_decoded() -> None:
    page = kit.page(SRGB, 20_000, 2_000)
    file = kit.encode(PwgWriter, [(page, bytes(page.bytes_per_line * page.height))])
    counted = 0
    stop = threading.Event()

    def count() -> None:
        nonlocal counted
        while not stop.is_set():
            counted += 1
            time.sleep(0)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1000)
    thread = threading.Thread(target=count)
    try:
        thread.start()
        before = counted
        for _ in range(100):  # one is enough, but on a busy machine the other thread may be late to wake
            for _ in Decoder(band_bytes=64 << 20).feed(file):
                pass
            if counted > before:
                break
        assert counted > before
    finally:
        stop.set()
        sys.setswitchinterval(interval)
        thread.join()


@pytest.mark.parametrize("kind", [SRGB, (ColorSpace.SGRAY, 8), (ColorSpace.BLACK, 1)])
def test_lines_that_an_earlier_band_left_in_the_buffer(kind: tuple[ColorSpace, int]) -> None:
    """Few kinds of lines, repeated often: what may be left where it is must be what is wanted there."""
    for seed in range(60):
        rng = random.Random(seed)
        page = kit.page(kind, rng.choice((8 * 128, 8 * 160 + 3)), 1500)
        size = page.bytes_per_line
        head = rng.randbytes(rng.randint(1, 300)).ljust(size, b"\xff")[:size]
        kinds = [bytes([page.white]) * size, head, head[:-1] + b"\x01", rng.randbytes(size)]
        lines: list[bytes] = []
        while len(lines) < page.height:
            lines += [rng.choices(kinds, (5, 2, 2, 1))[0]] * rng.choice((1, 1, 2, 5, 6, 7, 40, 256, 300))
        data = b"".join(lines[: page.height])
        file = kit.encode(PwgWriter, [(page, data)])
        lines_in_band = rng.choice((1, 5, 6, 7, 20, 100, 256, 257, 300))
        ((_, got),) = kit.decode(file, [rng.randint(1, 900) for _ in range(40)], band_bytes=lines_in_band * size)
        assert got == data, seed
