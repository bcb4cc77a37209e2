"""PNG files, written as the lines come (ISO/IEC 15948)."""

from __future__ import annotations

import struct
from collections.abc import Callable

from raster_ext.image import Data, ImageStream, crc32
from raster_ext.page import Page

Write = Callable[[bytes], object]


class PngWriter:
    """One page of kind srgb_8, sgray_8 or black_1. The resolution goes into pHYs; black_1 becomes 1-bit gray.

    ``write_band`` takes whole lines. ``write_stream`` takes octets of an ``ImageStream`` of the same page
    instead, for a page that is compressed once for several files.
    """

    def __init__(self, write: Write, page: Page) -> None:
        self._write = write
        self._stream = ImageStream(page)
        self._given = False
        depth, kind = (8, 2) if page.num_colors == 3 else (page.bits_per_color, 0)
        if page.kind == "black_1":
            kind = 3
        write(b"\x89PNG\r\n\x1a\n")
        self._chunk(b"IHDR", struct.pack(">IIBBBBB", page.width, page.height, depth, kind, 0, 0, 0))
        if page.num_colors == 3:
            self._chunk(b"sRGB", b"\0")
        meters = [round(dpi / 0.0254) for dpi in page.resolution]
        self._chunk(b"pHYs", struct.pack(">IIB", *meters, 1))
        if kind == 3:
            self._chunk(b"PLTE", b"\xff\xff\xff\0\0\0")

    def write_band(self, data: Data) -> None:
        self.write_stream(self._stream.feed(data))
        self._given = True

    def write_stream(self, data: bytes) -> None:
        if data:
            self._chunk(b"IDAT", data)

    def close(self) -> None:
        """The page is complete."""
        if self._given:
            self.write_stream(self._stream.finish())
        self._chunk(b"IEND", b"")

    def _chunk(self, name: bytes, data: bytes) -> None:
        self._write(struct.pack(">I", len(data)) + name)
        if data:
            self._write(data)
        self._write(struct.pack(">I", crc32(data, crc32(name))))
