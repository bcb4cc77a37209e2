"""The headers of Apple Raster (image/urf, "UNIRAST"): 12 octets a file, 32 octets a page, big endian.

There is no public specification. The layout is the one that cups/raster-stream.c of libcups reads and writes;
codes are those of the ``urf-supported`` keywords.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from enum import IntEnum
from typing import Any

from raster_ext import _fields
from raster_ext.page import ColorSpace, Page, RasterError, color_count
from raster_ext.pwg import PrintQuality, PwgHeader, known

SYNC = b"UNIRAST\0"
FILE_SIZE = 12
SIZE = 32
UNKNOWN_COUNT = 0xFFFFFFFF


class UrfColorSpace(IntEnum):
    SGRAY = 0
    SRGB = 1
    CIE_LAB = 2
    ADOBE_RGB = 3
    DEVICE_GRAY = 4
    DEVICE_RGB = 5
    DEVICE_CMYK = 6


class DuplexMode(IntEnum):
    UNSPECIFIED = 0
    SIMPLEX = 1
    SHORT_EDGE = 2
    LONG_EDGE = 3


MEDIA_TYPES: tuple[str, ...] = (
    "auto", "stationery", "transparency", "envelope", "cardstock", "labels", "stationery-letterhead", "disc",
    "photographic-matte", "photographic-satin", "photographic-semi-gloss", "photographic-glossy",
    "photographic-high-gloss", "other",
)  # fmt: skip
"""The ``media-type`` keyword of each MT code."""

OUTPUT_BINS: tuple[str, ...] = (
    "auto", "top", "middle", "bottom", "side", "left", "right", "center", "rear", "face-up", "face-down",
    "large-capacity", "stacker", "my-mailbox", *(f"mailbox-{n}" for n in range(1, 11)),
    *(f"stacker-{n}" for n in range(1, 11)), *(f"tray-{n}" for n in range(1, 11)),
)  # fmt: skip
"""The ``output-bin`` keyword of each OB code."""

SPACES: dict[UrfColorSpace, ColorSpace] = {
    UrfColorSpace.SGRAY: ColorSpace.SGRAY,
    UrfColorSpace.SRGB: ColorSpace.SRGB,
    UrfColorSpace.CIE_LAB: ColorSpace.CIE_LAB,
    UrfColorSpace.ADOBE_RGB: ColorSpace.ADOBE_RGB,
    UrfColorSpace.DEVICE_GRAY: ColorSpace.GRAY,
    UrfColorSpace.DEVICE_RGB: ColorSpace.RGB,
    UrfColorSpace.DEVICE_CMYK: ColorSpace.CMYK,
}
"""What each Apple colour space is among PWG and CUPS ones."""

_ROWS: tuple[_fields.Row, ...] = (
    ("bits_per_pixel", 0, "B"), ("color_space", 1, "B"), ("duplex_mode", 2, "B"), ("print_quality", 3, "B"),
    ("media_type", 4, "B"), ("input_slot", 5, "B"), ("output_bin", 6, "B"), ("copies", 7, "B"),
    ("finishings", 8, "I"), ("width", 12, "I"), ("height", 16, "I"), ("resolution", 20, "I"),
)  # fmt: skip
_ENUMS: dict[str, type[IntEnum]] = {
    "color_space": UrfColorSpace,
    "duplex_mode": DuplexMode,
    "print_quality": PrintQuality,
}


@dataclass(frozen=True, slots=True)
class UrfHeader:
    """Every field of the page header. Fields with an enumeration hold a member, or an int that it does not
    know.

    ``output_bin``, ``copies`` and ``finishings`` are zero in the files of most writers.
    """

    bits_per_pixel: int = 24
    color_space: int = UrfColorSpace.SRGB
    duplex_mode: int = DuplexMode.SIMPLEX
    print_quality: int = PrintQuality.DEFAULT
    media_type: int = 0
    input_slot: int = 0
    output_bin: int = 0
    copies: int = 0
    finishings: int = 0
    width: int = 0
    height: int = 0
    resolution: int = 300

    @classmethod
    def parse(cls, data: bytes) -> UrfHeader:
        """Read ``SIZE`` octets. Any octets can be read; ``page`` is where values are refused."""
        values = _fields.read(_ROWS, data, ">")
        for name, enum in _ENUMS.items():
            values[name] = known(enum, values[name])
        return cls(**values)

    @classmethod
    def for_page(cls, page: Page, **fields: Any) -> UrfHeader:
        """A header for these pixels: the page's own one (PWG ones translated), then ``fields``, then
        geometry.

        Raises ValueError for pixels that Apple Raster cannot hold, as ``fitted`` does.
        """
        return replace(_base(page), **fields).fitted(page)

    def fitted(self, page: Page) -> UrfHeader:
        """This header with the geometry and colours of ``page``.

        Raises ValueError for pixels that Apple Raster cannot hold: other colour spaces, less than 8 bits, or
        a resolution that differs by direction.
        """
        space = next((urf for urf, ours in SPACES.items() if ours is page.color_space), None)
        xdpi, ydpi = page.resolution
        if space is None or page.bits_per_color not in (8, 16):
            raise ValueError(f"Apple Raster has no type for {page.kind}")
        if xdpi != ydpi:
            raise ValueError(f"Apple Raster needs one resolution, not {xdpi} by {ydpi}")
        return replace(
            self,
            bits_per_pixel=page.bits_per_pixel,
            color_space=space,
            width=page.width,
            height=page.height,
            resolution=xdpi,
        )

    def pack(self) -> bytes:
        """The ``SIZE`` octets. Raises ValueError for a value that does not fit its field."""
        return _fields.write(_ROWS, SIZE, asdict(self), ">")

    def page(self) -> Page:
        """The page that this header promises. Raises RasterError when its numbers contradict each other."""
        if not isinstance(self.color_space, UrfColorSpace):
            raise RasterError(f"unknown color space {self.color_space}")
        space = SPACES[self.color_space]
        colors = color_count(space)
        bits = self.bits_per_pixel // colors
        if bits * colors != self.bits_per_pixel or bits not in (1, 2, 4, 8, 16):
            raise RasterError(f"{self.bits_per_pixel} bits per pixel for {colors} colors")
        if not self.width or not self.height:
            raise RasterError(f"a page of {self.width} by {self.height} pixels")
        if not self.resolution:
            raise RasterError("a resolution of 0 dots per inch")
        return Page(self.width, self.height, (self.resolution, self.resolution), space, bits, colors, self)

    def problems(self) -> list[str]:
        """What a careful reader would not expect here, in words; empty for a clean header."""
        found = [
            f"{name} has the unknown value {getattr(self, name)}"
            for name, enum in _ENUMS.items()
            if not isinstance(getattr(self, name), enum)
        ]
        if self.media_type >= len(MEDIA_TYPES):
            found.append(f"media_type has the unknown value {self.media_type}")
        if self.bits_per_pixel % 8:
            found.append(f"{self.bits_per_pixel} bits per pixel are no whole octets")
        return found


def _base(page: Page) -> UrfHeader:
    header = page.header
    if isinstance(header, UrfHeader):
        return header
    if not isinstance(header, PwgHeader):
        return UrfHeader()
    duplex = DuplexMode.SIMPLEX
    if header.duplex:
        duplex = DuplexMode.SHORT_EDGE if header.tumble else DuplexMode.LONG_EDGE
    media = MEDIA_TYPES.index(header.media_type) if header.media_type in MEDIA_TYPES else 0
    return UrfHeader(
        duplex_mode=duplex,
        print_quality=header.print_quality,
        media_type=media,
        input_slot=header.media_position,
        copies=min(header.num_copies, 255),
    )
