"""Pages and bands: what a decoder gives, what a writer and a sink take.

A page is one side of a sheet. Lines run top to bottom, pixels left to right, samples chunky (all colours of a
pixel together), 16-bit samples in big-endian order as on the wire. One-bit lines are packed, most significant
bit first. White is 0 for black, CMYK and device colours and all ones for the others (PWG 5102.4).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from raster_ext.cups import CupsHeader
    from raster_ext.pwg import PwgHeader
    from raster_ext.urf import UrfHeader


class ColorSpace(IntEnum):
    """cupsColorSpace / PWG ColorSpace numbers; ``DEVICE1`` … ``DEVICE15`` are 48 … 62, ``ICC1`` … 32 … 46.

    PWG Raster has RGB, BLACK, CMYK, SGRAY, SRGB, ADOBE_RGB and the device spaces; the rest is CUPS Raster.
    """

    GRAY = 0
    RGB = 1
    RGBA = 2
    BLACK = 3
    CMY = 4
    YMC = 5
    CMYK = 6
    YMCK = 7
    KCMY = 8
    KCMYCM = 9
    GMCK = 10
    GMCS = 11
    WHITE = 12
    GOLD = 13
    SILVER = 14
    CIE_XYZ = 15
    CIE_LAB = 16
    RGBW = 17
    SGRAY = 18
    SRGB = 19
    ADOBE_RGB = 20
    ICC1 = 32
    ICC2 = 33
    ICC3 = 34
    ICC4 = 35
    ICC5 = 36
    ICC6 = 37
    ICC7 = 38
    ICC8 = 39
    ICC9 = 40
    ICC10 = 41
    ICC11 = 42
    ICC12 = 43
    ICC13 = 44
    ICC14 = 45
    ICC15 = 46
    DEVICE1 = 48
    DEVICE2 = 49
    DEVICE3 = 50
    DEVICE4 = 51
    DEVICE5 = 52
    DEVICE6 = 53
    DEVICE7 = 54
    DEVICE8 = 55
    DEVICE9 = 56
    DEVICE10 = 57
    DEVICE11 = 58
    DEVICE12 = 59
    DEVICE13 = 60
    DEVICE14 = 61
    DEVICE15 = 62


_NAMES = {
    ColorSpace.RGB: "rgb",
    ColorSpace.BLACK: "black",
    ColorSpace.CMYK: "cmyk",
    ColorSpace.SGRAY: "sgray",
    ColorSpace.SRGB: "srgb",
    ColorSpace.ADOBE_RGB: "adobe-rgb",
}
_THREE = (ColorSpace.RGB, ColorSpace.CMY, ColorSpace.YMC, ColorSpace.CIE_XYZ, ColorSpace.CIE_LAB)
_FOUR = (
    ColorSpace.RGBA, ColorSpace.CMYK, ColorSpace.YMCK, ColorSpace.KCMY, ColorSpace.GMCK, ColorSpace.GMCS,
    ColorSpace.RGBW,
)  # fmt: skip
_LIGHT = (
    ColorSpace.GRAY, ColorSpace.RGB, ColorSpace.RGBW, ColorSpace.SGRAY, ColorSpace.SRGB, ColorSpace.ADOBE_RGB,
)  # fmt: skip


def color_count(space: ColorSpace) -> int:
    """How many colours a pixel of this space has."""
    if space >= ColorSpace.DEVICE1:
        return space - ColorSpace.DEVICE1 + 1
    if space >= ColorSpace.ICC1:
        return space - ColorSpace.ICC1 + 1
    if space in _THREE or space in (ColorSpace.SRGB, ColorSpace.ADOBE_RGB):
        return 3
    if space is ColorSpace.KCMYCM:
        return 6
    return 4 if space in _FOUR else 1


@dataclass(frozen=True, slots=True)
class Page:
    """Geometry and colour of one page, known before its first pixel.

    ``num_colors`` counts the samples of a pixel, more than its space has colours where CUPS pads them.
    ``resolution`` is (cross-feed, feed) in dots per inch. ``header`` is the file's own page header with every
    field typed, or None for a page that did not come from a file.
    """

    width: int
    height: int
    resolution: tuple[int, int]
    color_space: ColorSpace
    bits_per_color: int
    num_colors: int
    header: PwgHeader | UrfHeader | CupsHeader | None = None

    @property
    def bits_per_pixel(self) -> int:
        return self.bits_per_color * self.num_colors

    @property
    def bytes_per_line(self) -> int:
        return (self.bits_per_pixel * self.width + 7) // 8

    @property
    def kind(self) -> str:
        """The registered type keyword of these pixels, such as ``srgb_8`` or ``device5_16``."""
        name = _NAMES.get(self.color_space)
        if name is None:
            name = self.color_space.name.lower().replace("_", "-")
        return f"{name}_{self.bits_per_color}"

    @property
    def white(self) -> int:
        """The octet that fills a white line."""
        return 0xFF if self.color_space in _LIGHT else 0x00


class Band(NamedTuple):
    """Some whole lines of a page: ``lines`` lines from line ``y`` on, ``lines * bytes_per_line`` octets.

    ``data`` looks into a buffer that is used again: it is valid until the next event is asked for.
    """

    y: int
    lines: int
    data: memoryview


@dataclass(frozen=True, slots=True)
class PageEnd:
    """The page is complete; ``number`` counts from 1."""

    number: int


Event = Page | Band | PageEnd
"""What a decoder gives."""


class RasterError(ValueError):
    """The data is not the raster that it claims to be: on which page and line, at which octet of the input.

    Pages and lines count from 1; 0 is none, such as the line of a fault in a page header.
    """

    def __init__(self, message: str, *, page: int = 0, line: int = 0, offset: int = 0) -> None:
        super().__init__(f"{message} (page {page}, line {line}, byte {offset})")
        self.message = message
        self.page, self.line, self.offset = page, line, offset
