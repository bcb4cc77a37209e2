"""The page header of CUPS Raster, versions 1, 2 and 3, in either byte order.

Layout: ``cups_page_header2_t`` of cups/raster.h (version 1 ends after cupsRowStep) and the CUPS raster format
description, doc/help/spec-raster. Version 2 has coded lines as PWG Raster has, versions 1 and 3 plain ones.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

from raster_ext import _fields
from raster_ext.page import ColorSpace, Page
from raster_ext.pwg import Pixels, known

SYNCS: dict[bytes, tuple[int, str]] = {
    b"RaSt": (1, ">"),
    b"tSaR": (1, "<"),
    b"RaS2": (2, ">"),
    b"2SaR": (2, "<"),
    b"RaS3": (3, ">"),
    b"3SaR": (3, "<"),
}
"""First four octets of a file → (version, byte order as in ``struct``). ``RaS2`` is PWG Raster's, too."""

SIZE_1 = 420
SIZE = 1796

_ROWS_1: tuple[_fields.Row, ...] = (
    ("media_class", 0, "64s"), ("media_color", 64, "64s"), ("media_type", 128, "64s"),
    ("output_type", 192, "64s"), ("advance_distance", 256, "I"), ("advance_media", 260, "I"),
    ("collate", 264, "I"), ("cut_media", 268, "I"), ("duplex", 272, "I"), ("hw_resolution", 276, "2I"),
    ("imaging_bounding_box", 284, "4I"), ("insert_sheet", 300, "I"), ("jog", 304, "I"),
    ("leading_edge", 308, "I"), ("margins", 312, "2I"), ("manual_feed", 320, "I"),
    ("media_position", 324, "I"), ("media_weight", 328, "I"), ("mirror_print", 332, "I"),
    ("negative_print", 336, "I"), ("num_copies", 340, "I"), ("orientation", 344, "I"),
    ("output_face_up", 348, "I"), ("page_size", 352, "2I"), ("separations", 360, "I"),
    ("tray_switch", 364, "I"), ("tumble", 368, "I"), ("cups_width", 372, "I"), ("cups_height", 376, "I"),
    ("cups_media_type", 380, "I"), ("cups_bits_per_color", 384, "I"), ("cups_bits_per_pixel", 388, "I"),
    ("cups_bytes_per_line", 392, "I"), ("cups_color_order", 396, "I"), ("cups_color_space", 400, "I"),
    ("cups_compression", 404, "I"), ("cups_row_count", 408, "I"), ("cups_row_feed", 412, "I"),
    ("cups_row_step", 416, "I"),
)  # fmt: skip
_ROWS: tuple[_fields.Row, ...] = (
    *_ROWS_1, ("cups_num_colors", 420, "I"), ("cups_borderless_scaling_factor", 424, "f"),
    ("cups_page_size", 428, "2f"), ("cups_imaging_bbox", 436, "4f"), ("cups_integer", 452, "16I"),
    ("cups_real", 516, "16f"), ("cups_string", 580, "1024s"), ("cups_marker_type", 1604, "64s"),
    ("cups_rendering_intent", 1668, "64s"), ("cups_page_size_name", 1732, "64s"),
)  # fmt: skip
_BOOLEANS = (
    "collate", "duplex", "insert_sheet", "manual_feed", "mirror_print", "negative_print", "output_face_up",
    "separations", "tray_switch", "tumble",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CupsHeader:
    """Every field of the page header by its CUPS name; those from ``cups_num_colors`` on are new in version
    2.

    Sizes, boxes and margins are in points. ``cups_string`` holds the sixteen 64-octet strings as they are.
    """

    media_class: str = ""
    media_color: str = ""
    media_type: str = ""
    output_type: str = ""
    advance_distance: int = 0
    advance_media: int = 0
    collate: bool = False
    cut_media: int = 0
    duplex: bool = False
    hw_resolution: tuple[int, int] = (300, 300)
    imaging_bounding_box: tuple[int, int, int, int] = (0, 0, 0, 0)
    insert_sheet: bool = False
    jog: int = 0
    leading_edge: int = 0
    margins: tuple[int, int] = (0, 0)
    manual_feed: bool = False
    media_position: int = 0
    media_weight: int = 0
    mirror_print: bool = False
    negative_print: bool = False
    num_copies: int = 0
    orientation: int = 0
    output_face_up: bool = False
    page_size: tuple[int, int] = (0, 0)
    separations: bool = False
    tray_switch: bool = False
    tumble: bool = False
    cups_width: int = 0
    cups_height: int = 0
    cups_media_type: int = 0
    cups_bits_per_color: int = 8
    cups_bits_per_pixel: int = 24
    cups_bytes_per_line: int = 0
    cups_color_order: int = 0
    cups_color_space: int = ColorSpace.SRGB
    cups_compression: int = 0
    cups_row_count: int = 0
    cups_row_feed: int = 0
    cups_row_step: int = 0
    cups_num_colors: int = 0
    cups_borderless_scaling_factor: float = 0.0
    cups_page_size: tuple[float, float] = (0.0, 0.0)
    cups_imaging_bbox: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    cups_integer: tuple[int, ...] = (0,) * 16
    cups_real: tuple[float, ...] = (0.0,) * 16
    cups_string: bytes = bytes(1024)
    cups_marker_type: str = ""
    cups_rendering_intent: str = ""
    cups_page_size_name: str = ""

    @classmethod
    def parse(cls, data: bytes, order: str = ">") -> CupsHeader:
        """Read ``SIZE_1`` or ``SIZE`` octets. Any octets can be read; ``page`` refuses values."""
        rows = _ROWS if len(data) >= SIZE else _ROWS_1
        values = _fields.read(rows, data, order)
        for name in _BOOLEANS:
            values[name] = bool(values[name])
        values["cups_color_space"] = known(ColorSpace, values["cups_color_space"])
        return cls(**values)

    @classmethod
    def for_page(cls, page: Page, **fields: Any) -> CupsHeader:
        """A header for these pixels: the page's own CUPS header if it has one, ``fields``, geometry."""
        base = page.header if isinstance(page.header, CupsHeader) else cls()
        return replace(base, **fields).fitted(page)

    def fitted(self, page: Page) -> CupsHeader:
        """This header with the geometry and colours of ``page``."""
        xdpi, ydpi = page.resolution
        points = (page.width * 72 / xdpi, page.height * 72 / ydpi)
        return replace(
            self,
            hw_resolution=page.resolution,
            page_size=self.page_size if any(self.page_size) else (round(points[0]), round(points[1])),
            cups_page_size=self.cups_page_size if any(self.cups_page_size) else points,
            cups_width=page.width,
            cups_height=page.height,
            cups_bits_per_color=page.bits_per_color,
            cups_bits_per_pixel=page.bits_per_pixel,
            cups_bytes_per_line=page.bytes_per_line,
            cups_color_order=0,
            cups_color_space=page.color_space,
            cups_num_colors=page.num_colors,
        )

    def pack(self, order: str = ">", version: int = 2) -> bytes:
        """``SIZE`` octets (``SIZE_1`` for version 1). Raises ValueError for a value that does not fit."""
        rows, size = (_ROWS_1, SIZE_1) if version == 1 else (_ROWS, SIZE)
        return _fields.write(rows, size, asdict(self), order)

    def page(self) -> Page:
        """The page that this header promises. Raises RasterError when its numbers contradict each other."""
        names = (name if name.startswith("cups_") else f"cups_{name}" for name in Pixels._fields)
        return Pixels(*(getattr(self, name) for name in names)).page(self.hw_resolution, self)

    def problems(self) -> list[str]:
        """What a careful reader would not expect here, in words; empty for a clean header."""
        return [] if isinstance(self.cups_color_space, ColorSpace) else ["unknown color space"]
