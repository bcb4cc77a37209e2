"""The page header of PWG Raster: 1796 octets, big endian. PWG 5102.4-2012 section 4.3.

Reading is liberal in what does not touch the pixels: writers in wide use leave the first string empty or put
CUPS values into reserved octets. ``problems`` tells what the specification would have said.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from enum import IntEnum
from typing import Any, NamedTuple

from raster_ext import _fields
from raster_ext.page import ColorSpace, Page, RasterError, color_count

SYNC = b"RaS2"
SIZE = 1796


class When(IntEnum):
    """CutMedia, Jog (WhenEnum, 4.3.3.3)."""

    NEVER = 0
    AFTER_DOCUMENT = 1
    AFTER_JOB = 2
    AFTER_SET = 3
    AFTER_PAGE = 4


class Edge(IntEnum):
    """LeadingEdge (EdgeEnum)."""

    SHORT_EDGE_FIRST = 0
    LONG_EDGE_FIRST = 1


class Orientation(IntEnum):
    """How the page is turned: landscape is 90 degrees counter-clockwise."""

    PORTRAIT = 0
    LANDSCAPE = 1
    REVERSE_PORTRAIT = 2
    REVERSE_LANDSCAPE = 3


class PrintQuality(IntEnum):
    DEFAULT = 0
    DRAFT = 3
    NORMAL = 4
    HIGH = 5


MEDIA_POSITIONS: tuple[str, ...] = (
    "auto", "main", "alternate", "large-capacity", "manual", "envelope", "disc", "photo", "hagaki",
    "main-roll", "alternate-roll", "top", "middle", "bottom", "side", "left", "right", "center", "rear",
    "by-pass-tray", *(f"tray-{n}" for n in range(1, 21)), *(f"roll-{n}" for n in range(1, 11)),
)  # fmt: skip
"""The ``media-source`` keyword of each MediaPosition value."""

SHEET_BACK: dict[tuple[str, str], tuple[int, int]] = {
    ("normal", "two-sided-long-edge"): (1, 1),
    ("normal", "two-sided-short-edge"): (1, 1),
    ("flipped", "two-sided-long-edge"): (1, -1),
    ("flipped", "two-sided-short-edge"): (-1, 1),
    ("rotated", "two-sided-long-edge"): (-1, -1),
    ("rotated", "two-sided-short-edge"): (1, 1),
    ("manual-tumble", "two-sided-long-edge"): (1, 1),
    ("manual-tumble", "two-sided-short-edge"): (-1, -1),
}
"""(pwg-raster-document-sheet-back, sides) → (CrossFeedTransform, FeedTransform) of a back side."""

_ROWS: tuple[_fields.Row, ...] = (
    ("pwg_raster", 0, "64s"), ("media_color", 64, "64s"), ("media_type", 128, "64s"),
    ("print_content_optimize", 192, "64s"), ("cut_media", 268, "I"), ("duplex", 272, "I"),
    ("hw_resolution", 276, "2I"), ("insert_sheet", 300, "I"), ("jog", 304, "I"), ("leading_edge", 308, "I"),
    ("media_position", 324, "I"), ("media_weight_metric", 328, "I"), ("num_copies", 340, "I"),
    ("orientation", 344, "I"), ("page_size", 352, "2I"), ("tumble", 368, "I"), ("width", 372, "I"),
    ("height", 376, "I"), ("bits_per_color", 384, "I"), ("bits_per_pixel", 388, "I"),
    ("bytes_per_line", 392, "I"), ("color_order", 396, "I"), ("color_space", 400, "I"),
    ("num_colors", 420, "I"), ("total_page_count", 452, "I"), ("cross_feed_transform", 456, "i"),
    ("feed_transform", 460, "i"), ("image_box_left", 464, "I"), ("image_box_top", 468, "I"),
    ("image_box_right", 472, "I"), ("image_box_bottom", 476, "I"), ("alternate_primary", 480, "I"),
    ("print_quality", 484, "I"), ("vendor_identifier", 508, "I"), ("vendor_length", 512, "I"),
    ("vendor_data", 516, "1088s"), ("rendering_intent", 1668, "64s"), ("page_size_name", 1732, "64s"),
)  # fmt: skip

_ENUMS: dict[str, type[IntEnum]] = {
    "cut_media": When,
    "jog": When,
    "leading_edge": Edge,
    "orientation": Orientation,
    "print_quality": PrintQuality,
    "color_space": ColorSpace,
}
_BOOLEANS = ("duplex", "insert_sheet", "tumble")


@dataclass(frozen=True, slots=True)
class PwgHeader:
    """Every field of the page header, by its name in the specification.

    A field with an enumeration holds a member of it, or a plain int when the file has a value that the
    specification does not know. ``vendor_data`` is as long as ``vendor_length`` says.
    """

    pwg_raster: str = "PwgRaster"
    media_color: str = ""
    media_type: str = ""
    print_content_optimize: str = ""
    cut_media: int = When.NEVER
    duplex: bool = False
    hw_resolution: tuple[int, int] = (300, 300)
    insert_sheet: bool = False
    jog: int = When.NEVER
    leading_edge: int = Edge.SHORT_EDGE_FIRST
    media_position: int = 0
    media_weight_metric: int = 0
    num_copies: int = 0
    orientation: int = Orientation.PORTRAIT
    page_size: tuple[int, int] = (0, 0)
    tumble: bool = False
    width: int = 0
    height: int = 0
    bits_per_color: int = 8
    bits_per_pixel: int = 24
    bytes_per_line: int = 0
    color_order: int = 0
    color_space: int = ColorSpace.SRGB
    num_colors: int = 3
    total_page_count: int = 0
    cross_feed_transform: int = 1
    feed_transform: int = 1
    image_box_left: int = 0
    image_box_top: int = 0
    image_box_right: int = 0
    image_box_bottom: int = 0
    alternate_primary: int = 0xFFFFFF
    print_quality: int = PrintQuality.DEFAULT
    vendor_identifier: int = 0
    vendor_length: int = 0
    vendor_data: bytes = b""
    rendering_intent: str = ""
    page_size_name: str = ""

    @classmethod
    def parse(cls, data: bytes) -> PwgHeader:
        """Read ``SIZE`` octets. Any octets can be read; ``page`` is where values are refused."""
        values = _fields.read(_ROWS, data, ">")
        for name, enum in _ENUMS.items():
            values[name] = known(enum, values[name])
        for name in _BOOLEANS:
            values[name] = bool(values[name])
        values["vendor_data"] = values["vendor_data"][: min(values["vendor_length"], 1088)]
        return cls(**values)

    @classmethod
    def for_page(cls, page: Page, **fields: Any) -> PwgHeader:
        """A header for these pixels: the page's own PWG header if it has one, ``fields``, geometry."""
        base = page.header if isinstance(page.header, PwgHeader) else cls()
        return replace(base, **fields).fitted(page)

    def fitted(self, page: Page) -> PwgHeader:
        """This header with the geometry and colours of ``page``."""
        xdpi, ydpi = page.resolution
        size = (round(page.width * 72 / xdpi), round(page.height * 72 / ydpi))
        return replace(
            self,
            hw_resolution=page.resolution,
            page_size=self.page_size if any(self.page_size) else size,
            width=page.width,
            height=page.height,
            bits_per_color=page.bits_per_color,
            bits_per_pixel=page.bits_per_pixel,
            bytes_per_line=page.bytes_per_line,
            color_order=0,
            color_space=page.color_space,
            num_colors=page.num_colors,
        )

    def pack(self) -> bytes:
        """The ``SIZE`` octets, reserved ones zero. Raises ValueError for a value that does not fit."""
        if len(self.vendor_data) > 1088:
            raise ValueError(f"vendor data of {len(self.vendor_data)} octets, at most 1088 fit")
        values = asdict(self) | {"vendor_length": len(self.vendor_data)}
        return _fields.write(_ROWS, SIZE, values, ">")

    def page(self) -> Page:
        """The page that this header promises. Raises RasterError when its numbers contradict each other."""
        pixels = Pixels(*(getattr(self, name) for name in Pixels._fields))
        return pixels.page(self.hw_resolution, self)

    def problems(self) -> list[str]:
        """What PWG 5102.4 does not allow here, in words; empty for a clean header."""
        found = []
        if self.pwg_raster != "PwgRaster":
            found.append(f"PwgRaster is {self.pwg_raster!r}")
        for name, enum in _ENUMS.items():
            if not isinstance(getattr(self, name), enum):
                found.append(f"{name} has the unknown value {getattr(self, name)}")
        if self.media_position >= len(MEDIA_POSITIONS):
            found.append(f"media_position has the unknown value {self.media_position}")
        for name in ("cross_feed_transform", "feed_transform"):
            if getattr(self, name) not in (1, -1):
                found.append(f"{name} is {getattr(self, name)}, neither 1 nor -1")
        if self.bits_per_color not in (1, 8, 16):
            found.append(f"no registered type has {self.bits_per_color} bits per color")
        if self.vendor_length > 1088:
            found.append(f"vendor_length is {self.vendor_length}, more than 1088")
        return found


def known(enum: type[IntEnum], value: int) -> int:
    """The member with this value, or the value itself when there is none."""
    try:
        return enum(value)
    except ValueError:
        return value


_PADDED = {3: 4, 6: 8}


class Pixels(NamedTuple):
    """The header fields that pixels depend on, the same in PWG and CUPS headers."""

    width: int
    height: int
    bits_per_color: int
    bits_per_pixel: int
    bytes_per_line: int
    color_order: int
    color_space: int
    num_colors: int

    def page(self, resolution: tuple[int, int], header: Any) -> Page:
        """Check the fields against each other and make the page; RasterError tells what is wrong.

        The rules are the specification's definitions of NumColors, BitsPerPixel and BytesPerLine. NumColors
        may be 0, as in CUPS Raster version 1: the colour space tells. CUPS pads pixels of three colours of less than
        8 bits to four samples, and of six to eight; the page then has as many, the first of no meaning.
        """
        space = self.color_space
        if not isinstance(space, ColorSpace):
            raise RasterError(f"unknown color space {space}")
        if self.bits_per_color not in (1, 2, 4, 8, 16):
            raise RasterError(f"{self.bits_per_color} bits per color")
        colors = self.num_colors or color_count(space)
        if colors != color_count(space):
            raise RasterError(f"{colors} colors in color space {space.name}")
        if not self.width or not self.height:
            raise RasterError(f"a page of {self.width} by {self.height} pixels")
        if not resolution[0] or not resolution[1]:
            raise RasterError(f"a resolution of {resolution[0]} by {resolution[1]} dots per inch")
        if self.color_order != 0:
            raise RasterError(f"color order {self.color_order}: only chunky pixels are supported")
        samples, padded = colors, _PADDED.get(colors, colors)
        if self.bits_per_color < 8 and self.bits_per_pixel == self.bits_per_color * padded:
            samples = padded
        page = Page(self.width, self.height, resolution, space, self.bits_per_color, samples, header)
        if self.bits_per_pixel != page.bits_per_pixel:
            raise RasterError(f"{self.bits_per_pixel} bits per pixel for {colors} colors of {page.bits_per_color} bits")
        if page.bytes_per_line % ((page.bits_per_pixel + 7) // 8):
            raise RasterError(f"{page.bytes_per_line} bytes per line are no whole pixels of {page.bits_per_pixel} bits")
        if self.bytes_per_line != page.bytes_per_line:
            raise RasterError(
                f"{self.bytes_per_line} bytes per line where {page.width} pixels need {page.bytes_per_line}"
            )
        return page
