"""What is done to octets of chance: read them as files, as lines, write pixels, convert, halftone, scale, turn.

``one`` is called by every harness: the suite's own short run, atheris, and libFuzzer on a build with sanitizers. It
raises only for a fault in the code under test.
"""

from __future__ import annotations

from collections.abc import Callable

from raster_ext import (
    Band,
    ColorSpace,
    Converter,
    CupsWriter,
    Decoder,
    Halftoner,
    Page,
    PwgHeader,
    PwgWriter,
    RasterError,
    Scaler,
    UrfHeader,
    UrfWriter,
    is_colored,
    is_white,
    mirror,
    rotate,
    rotate_bits,
    transform_back,
)
from raster_ext.color import TARGETS
from raster_ext.geometry import FILTERS
from raster_ext.halftone import METHODS
from raster_ext.image import ImageStream
from raster_ext.inspect import describe, inspect
from raster_ext.page import color_count

LIMITS = {"max_line_bytes": 1 << 14, "max_lines": 1 << 12}
SPACES = tuple(ColorSpace)
BITS = (8, 1, 16, 2, 4)


class _Chance:
    """Numbers from the octets, then zeros."""

    def __init__(self, data: memoryview) -> None:
        self.rest = data

    def number(self, below: int) -> int:
        octets = 1 if below <= 256 else 2
        value = int.from_bytes(self.rest[:octets], "big")
        self.rest = self.rest[octets:]
        return value % below

    def page(self, light: bool = False) -> Page:
        """A page of any kind; ``light`` leaves out what Apple Raster cannot hold."""
        space, bits = SPACES[self.number(len(SPACES))], BITS[self.number(1 if light else len(BITS))]
        width, height = 1 + self.number(400), 1 + self.number(300)
        return Page(width, height, (300, 300), space, bits, color_count(space))

    def pixels(self, page: Page) -> bytes:
        """The rest, over and over."""
        size = page.bytes_per_line * page.height
        octets = bytes(self.rest[:4000]) or b"\0"
        return (octets * (size // len(octets) + 1))[:size]


def one(data: memoryview) -> None:
    """Do something with it; which, and how, its first octets say."""
    chance = _Chance(data)
    (_file, _lines, _apple, _written, _converted, _dots, _shapes)[chance.number(7)](chance)


def _decode(data: memoryview, cut: int) -> list[object]:
    """Events with their pixels as numbers, up to the first fault; no more than 64 MB of them."""
    decoder = Decoder(band_bytes=1 + cut * 50, **LIMITS)
    events: list[object] = []
    room = 64 << 20
    try:
        for at in range(0, len(data), cut or len(data) or 1):
            for event in decoder.feed(data[at : at + (cut or len(data))]):
                if isinstance(event, Band):
                    room -= len(event.data)
                    events += bytes(event.data[:4096]), len(event.data)
                    if room < 0:
                        return []
                else:
                    events.append(event)
        decoder.close()
    except RasterError as error:
        events.append(error)
    return events


def _file(chance: _Chance) -> None:
    cut = chance.number(64)
    data = chance.rest
    first = _decode(data, cut)
    if first and isinstance(first[-1], RasterError):
        assert 0 <= first[-1].offset <= len(data)
        assert str(_decode(data, 0)[-1]) == str(first[-1]), "the same fault however the input is cut"
    try:
        for report in inspect([bytes(data)], rows=8, columns=8):
            describe(report.header)
            report.text()
            if report.page.width * report.page.height > 1 << 22:
                break
    except RasterError:
        pass


def _lines(chance: _Chance) -> None:
    cut, page = chance.number(64), chance.page()
    _decode(memoryview(b"RaS2" + PwgHeader.for_page(page).pack() + bytes(chance.rest)), cut)


def _apple(chance: _Chance) -> None:
    cut, page = chance.number(64), chance.page(light=True)
    try:
        header = UrfHeader.for_page(page).pack()
    except ValueError:
        return
    _decode(memoryview(b"UNIRAST\0\0\0\0\0" + header + bytes(chance.rest)), cut)


def _written(chance: _Chance) -> None:
    out: list[bytes] = []
    writers: tuple[Callable[[], PwgWriter | UrfWriter | CupsWriter], ...] = (
        lambda: PwgWriter(out.append),
        lambda: UrfWriter(out.append),
        lambda: CupsWriter(out.append, 2, "<"),
        lambda: CupsWriter(out.append, 3, "<"),
        lambda: CupsWriter(out.append, 1, ">"),
    )
    writer, page, step = writers[chance.number(5)](), chance.page(), 1 + chance.number(90)
    data = chance.pixels(page)
    try:
        writer.start_page(page)
        for y in range(0, page.height, step):
            writer.write_band(memoryview(data)[y * page.bytes_per_line : (y + step) * page.bytes_per_line])
    except ValueError:
        return  # a kind that the format cannot hold
    writer.end_page()
    writer.close()
    got = b""
    with Decoder(band_bytes=3000) as decoder:
        for event in decoder.feed(b"".join(out)):
            got += event.data if isinstance(event, Band) else b""
    assert got == data


def _converted(chance: _Chance) -> None:
    page, kind = chance.page(), [*TARGETS][chance.number(len(TARGETS))]
    converter = Converter(
        page,
        kind,
        gray=("601", "linear")[chance.number(2)],
        black=("full", "dark")[chance.number(2)],
        method=METHODS[chance.number(4)],
    )
    cut = chance.number(page.height) * page.bytes_per_line
    data = memoryview(chance.pixels(page))
    made = len(converter.convert(data[:cut])) + len(converter.convert(data[cut:]))
    assert made == converter.page.bytes_per_line * page.height


def _dots(chance: _Chance) -> None:
    width, lines, bits = 1 + chance.number(700), chance.number(60), (1, 2, 4)[chance.number(3)]
    channels, method = (1, 3)[chance.number(2)], METHODS[chance.number(4)]
    toner = Halftoner(width, bits=bits, method=method, channels=channels)
    octets = bytes(chance.rest[:3000]) or b"\x55"
    data = (octets * (width * channels * lines // len(octets) + 1))[: width * channels * lines]
    assert len(toner.feed(memoryview(data))) == lines * ((width * bits + 7) // 8)
    is_white(data)
    is_colored(data[: len(data) // 3 * 3])


def _shapes(chance: _Chance) -> None:
    width, height, unit = 1 + chance.number(90), 1 + chance.number(90), 1 + chance.number(6)
    to = 1 + chance.number(200), 1 + chance.number(200)
    octets = bytes(chance.rest[:500]) or b"\x55"
    data = (octets * (width * height * unit // len(octets) + 1))[: width * height * unit]
    scaler = Scaler(width, height, *to, unit, [*FILTERS][chance.number(3)])
    assert len(scaler.feed(data)) == to[0] * to[1] * unit
    back = rotate(rotate(data, width, height, unit, 1), height, width, unit, 3)
    assert back == data
    packed = data[: (width + 7) // 8 * height]
    if len(packed) == (width + 7) // 8 * height:
        rotate_bits(rotate_bits(packed, width, height, 1), height, width, 2)
        mirror(packed, width, 1)
    for kind in ("srgb_8", "sgray_8", "black_1"):
        space, colors, bits = {"srgb_8": (ColorSpace.SRGB, 3, 8), "sgray_8": (ColorSpace.SGRAY, 1, 8),
                               "black_1": (ColorSpace.BLACK, 1, 1)}[kind]  # fmt: skip
        page = Page(width, height, (300, 300), space, bits, colors)
        size = page.bytes_per_line * height
        lines = (data * (size // len(data) + 1))[:size]
        stream = ImageStream(page)
        stream.feed(lines)
        stream.finish()
        assert transform_back(transform_back(lines, page, 1, -1), page, 1, -1) == lines
