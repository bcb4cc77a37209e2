"""Pages and bands: what a decoder gives, what a writer and a sink take.

A page is one side of a sheet. Lines run top to bottom, pixels left to right, samples chunky (all colours of a
pixel together), 16-bit samples in big-endian order as on the wire. One-bit lines are packed, most significant bit
first. White is 0 for black, CMYK and device colours and all ones for the others (PWG 5102.4).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from raster_ext.cups import CupsHeader
    from raster_ext.pwg import PwgHeader
    from raster_ext.urf import UrfHeader


class ColorSpace(IntEnum):
    """cupsColorSpace / PWG ColorSpace numbers; ``DEVICE1`` … ``DEVICE15`` are 48 … 62."""

    GRAY = 0
    RGB = 1
    BLACK = 3
    CMYK = 6
    CIE_XYZ = 15
    CIE_LAB = 16
    SGRAY = 18
    SRGB = 19
    ADOBE_RGB = 20
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


@dataclass(frozen=True, slots=True)
class Page:
    """Geometry and colour of one page, known before its first pixel.

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
        light = (ColorSpace.SGRAY, ColorSpace.SRGB, ColorSpace.ADOBE_RGB, ColorSpace.RGB, ColorSpace.GRAY)
        return 0xFF if self.color_space in light else 0x00


@dataclass(frozen=True, slots=True)
class Band:
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


class RasterError(ValueError):
    """The data is not the raster that it claims to be: on which page and line, at which octet of the input."""

    def __init__(self, message: str, *, page: int = 0, line: int = 0, offset: int = 0) -> None:
        super().__init__(f"{message} (page {page}, line {line}, byte {offset})")
        self.page, self.line, self.offset = page, line, offset
