"""Pages as one compressed stream that PNG and PDF share: zlib over PNG-filtered lines.

PDF reads such a stream with ``/Predictor 15``, so a page that goes to both is compressed once.
"""

from __future__ import annotations

import zlib
from typing import Any

from raster_ext import _png
from raster_ext.page import Page

Data = bytes | bytearray | memoryview

KINDS = ("srgb_8", "sgray_8", "black_1")
"""The page kinds that PNG and PDF take here."""

_fast: Any
try:
    from isal import isal_zlib

    _fast = isal_zlib
except ImportError:
    _fast = zlib


def crc32(data: Data, value: int = 0) -> int:
    return int(_fast.crc32(data, value))


class ImageStream:
    """The compressed stream of one page: ``feed`` whole lines, then ``finish``; each gives octets of it."""

    def __init__(self, page: Page) -> None:
        if page.kind not in KINDS:
            raise ValueError(f"{page.kind} is none of {', '.join(KINDS)}")
        self.page = page
        self._above = bytearray(page.bytes_per_line)
        self._filtered = bytearray()
        # isal's level 1 is several times faster than zlib's, at about the same size (measured: tests/bench).
        self._compress = _fast.compressobj(level=1)
        self._left = page.height

    def feed(self, data: Data) -> bytes:
        length = self.page.bytes_per_line
        lines, rest = divmod(len(data), length)
        if rest or lines > self._left:
            raise ValueError(f"{len(data)} octets are not whole lines of {length}, or more than {self._left} lines")
        self._left -= lines
        size = lines * (length + 1)
        if len(self._filtered) < size:
            self._filtered = bytearray(size)
        out = memoryview(self._filtered)[:size]
        _png.up(data, self._above, out)
        return bytes(self._compress.compress(out))

    def finish(self) -> bytes:
        if self._left:
            raise ValueError(f"{self._left} lines are missing")
        return bytes(self._compress.flush())
