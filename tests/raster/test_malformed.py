"""Broken files: each is a RasterError that names page, line and octet, and never anything else."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from raster_ext import (
    ColorSpace,
    CupsHeader,
    CupsWriter,
    Decoder,
    PwgHeader,
    PwgWriter,
    RasterError,
    UrfHeader,
    UrfWriter,
)
from tests.raster import kit

SRGB = (ColorSpace.SRGB, 8)
PAGE = kit.page(SRGB, 20, 12)

WRITERS: dict[str, kit.Writer] = {
    "pwg": PwgWriter,
    "urf": UrfWriter,
    "cups1": lambda write: CupsWriter(write, 1, "<"),
    "cups2": lambda write: CupsWriter(write, 2, "<"),
    "cups3": lambda write: CupsWriter(write, 3, ">"),
}


def _file(name: str, pages: int = 2) -> bytes:
    return kit.encode(WRITERS[name], [(PAGE, kit.pixels(PAGE, seed)) for seed in range(pages)])


def _read(data: bytes) -> None:
    with Decoder() as decoder:
        _feed(decoder, data, len(data) or 1)


@pytest.mark.parametrize("name", WRITERS)
def test_truncated_anywhere(name: str) -> None:
    file = _file(name)
    decoder = Decoder()
    ends = [decoder.page_offset for event in decoder.feed(file) if type(event).__name__ == "Page"]
    assert len(ends) == 2
    fine = {len(file), ends[1], ends[0]}  # the last: a file without any page is a file
    for size in range(len(file)):
        if size in fine:
            _read(file[:size])
            continue
        with pytest.raises(RasterError, match=r"ends inside|empty") as caught:
            _read(file[:size])
        assert caught.value.offset == size
        assert caught.value.page <= 2


@pytest.mark.parametrize(
    "data", [b"", b"R", b"%PDF-1.7", b"UNIRAST", b"UNIRASTA\0\0\0\1", b"RaS4" + bytes(1796), b"\xff" * 99]
)
def test_other_data(data: bytes) -> None:
    with pytest.raises(RasterError):
        _read(data)


def _feed(decoder: Decoder, data: bytes, step: int) -> None:
    for at in range(0, len(data), step):
        for _ in decoder.feed(data[at : at + step]):
            pass


def _pwg(lines: bytes, **fields: int) -> bytes:
    """Two good lines of red, then these."""
    header = PwgHeader.for_page(kit.page(SRGB, 4, 5)).pack()
    for name, value in fields.items():
        at = {"width": 372, "height": 376, "bits_per_color": 384, "bits_per_pixel": 388, "bytes_per_line": 392,
              "color_order": 396, "color_space": 400, "num_colors": 420, "hw_resolution": 276}[name]  # fmt: skip
        header = header[:at] + value.to_bytes(4, "big") + header[at + 4 :]
    return b"RaS2" + header + b"\1\3\xff\0\0" + lines


@pytest.mark.parametrize(
    ("lines", "what", "line", "offset"),
    [
        (b"\0\4\0\0\0", "a run goes past the end of its line", 3, 1806),
        (b"\0\1\0\0\0\2\0\0\0", "a run goes past the end of its line", 3, 1810),
        (b"\0\x7f\0\0\0", "a run goes past the end of its line", 3, 1806),
        (b"\0\xfc" + bytes(15), "a run goes past the end of its line", 3, 1806),
        (b"\0\x81" + bytes(384), "a run goes past the end of its line", 3, 1806),
        (b"\3\3\0\0\0", "a line repeat goes past the end of the page", 3, 1805),
        (b"\xff\3\0\0\0", "a line repeat goes past the end of the page", 3, 1805),
        (b"\1\3\0\0\0\1\3\0\0\0", "a line repeat goes past the end of the page", 5, 1810),
    ],
)
@pytest.mark.parametrize("rest", [0, 1000])
@pytest.mark.parametrize("step", [1, 2, 1 << 20])
def test_runs_that_are_too_long(lines: bytes, what: str, line: int, offset: int, rest: int, step: int) -> None:
    """Named at the octet of the run or repeat, whether it is the last of the input or far from its end."""
    data = _pwg(lines) + bytes(rest)
    decoder = Decoder()
    with pytest.raises(RasterError, match=what) as caught:
        _feed(decoder, data, step)
    assert (caught.value.page, caught.value.line, caught.value.offset) == (1, line, offset)
    assert str(caught.value) == f"{what} (page 1, line {line}, byte {offset})"
    for again in (lambda: list(decoder.feed(b"")), decoder.close):
        with pytest.raises(RasterError, match=what):
            again()


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"width": 0}, "a page of 0 by 5 pixels"),
        ({"height": 0}, "a page of 4 by 0 pixels"),
        ({"height": 0xFFFFFFFF}, "4294967295 lines, more than"),
        ({"width": 0x7FFFFFFF, "bytes_per_line": 0x7FFFFFFF * 3 & 0xFFFFFFFF}, "bytes per line where|lines of"),
        ({"width": 0xFFFFFFFF}, "bytes per line where"),
        ({"bytes_per_line": 0}, "0 bytes per line where 4 pixels need 12"),
        ({"bytes_per_line": 11}, "11 bytes per line where 4 pixels need 12"),
        ({"bytes_per_line": 0xFFFFFFF0}, "bytes per line where"),
        ({"bits_per_color": 0}, "0 bits per color"),
        ({"bits_per_color": 3}, "3 bits per color"),
        ({"bits_per_color": 16}, "24 bits per pixel for 3 colors of 16 bits"),
        ({"bits_per_pixel": 0}, "0 bits per pixel"),
        ({"bits_per_color": 1, "bits_per_pixel": 0, "color_space": 3, "num_colors": 1}, "0 bits per pixel"),
        ({"bits_per_pixel": 32}, "32 bits per pixel"),
        ({"num_colors": 4}, "4 colors in color space SRGB"),
        ({"num_colors": 0xFFFFFFFF}, "colors in color space"),
        ({"color_order": 1}, "color order 1"),
        ({"color_space": 21}, "unknown color space 21"),
        ({"color_space": 63}, "unknown color space 63"),
        ({"hw_resolution": 0}, "a resolution of 0 by 300"),
    ],
)
def test_headers_that_contradict_themselves(fields: dict[str, int], what: str) -> None:
    with pytest.raises(RasterError, match=what) as caught:
        _read(_pwg(b"", **fields))
    assert (caught.value.page, caught.value.line, caught.value.offset) == (1, 0, 4)


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"width": 0}, "0 by"),
        ({"height": 0}, "by 0"),
        ({"height": 0xFFFFFFFF}, "more than"),
        ({"width": 0xFFFFFFFF}, "more than"),
        ({"color_space": 7}, "unknown color space 7"),
        ({"bits_per_pixel": 0}, "0 bits per pixel"),
        ({"bits_per_pixel": 25}, "25 bits per pixel"),
        ({"bits_per_pixel": 72}, "72 bits per pixel"),
        ({"resolution": 0}, "a resolution of 0"),
    ],
)
def test_apple_headers_that_contradict_themselves(fields: dict[str, int], what: str) -> None:
    values = {"width": 4, "height": 5} | fields
    with pytest.raises(RasterError, match=what) as caught:
        _read(b"UNIRAST\0\0\0\0\1" + UrfHeader(**values).pack())
    assert (caught.value.page, caught.value.line, caught.value.offset) == (1, 0, 12)


def test_a_fault_on_the_second_page() -> None:
    page = kit.page(SRGB, 4, 5)
    good = kit.encode(PwgWriter, [(page, bytes(60))])
    with pytest.raises(RasterError) as caught:
        _read(good + _pwg(b"\0\x05\0\0\0")[4:])
    assert (caught.value.page, caught.value.line) == (2, 3)
    assert caught.value.offset == len(good) + 1802


def test_cups_pages_of_other_orders_are_refused() -> None:
    for order in (1, 2):
        header = CupsHeader.for_page(PAGE).fitted(PAGE)
        data = header.pack("<", 3)
        data = data[:396] + order.to_bytes(4, "little") + data[400:]
        with pytest.raises(RasterError, match="only chunky"):
            _read(b"3SaR" + data)


@pytest.mark.parametrize("writer", [PwgWriter, UrfWriter])
def test_noise_never_takes_more_than_its_limits(writer: Callable[[Callable[[bytes], object]], PwgWriter]) -> None:
    """Headers of chance, a good start: time and memory stay within what the limits say."""
    rng = random.Random(2)
    start = kit.encode(writer, [(PAGE, kit.pixels(PAGE))])
    for _ in range(200):
        with pytest.raises(RasterError):
            kit.decode(start + rng.randbytes(3000), max_line_bytes=1 << 16, max_lines=1 << 12)
