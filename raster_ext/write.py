"""Writers: pages in, raster files out, line by line.

``write`` is called with bytes, in order; nothing is kept but one line. ``start_page``, ``write_band`` (whole
lines, any number), ``end_page``, …, ``close``. A page that gets fewer or more lines than its height is a
ValueError.
"""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Self

from raster_ext._bands import swap_16
from raster_ext._runs import LineEncoder
from raster_ext.cups import SYNCS, CupsHeader
from raster_ext.page import Page
from raster_ext.pwg import SYNC, PwgHeader
from raster_ext.urf import SYNC as URF_SYNC
from raster_ext.urf import UNKNOWN_COUNT, UrfHeader

Write = Callable[[bytes], object]
Data = bytes | bytearray | memoryview


class _Writer:
    """What the formats have in common; a subclass makes the headers."""

    _fill = False

    def __init__(self, write: Write) -> None:
        self._write = write
        self._page: Page | None = None
        self._lines: LineEncoder | None = None
        self._left = 0

    def _begin(self, page: Page, header: bytes) -> None:
        if self._page is not None:
            raise ValueError("the page before has no end")
        self._write(header)
        self._page, self._left = page, page.height
        self._lines = LineEncoder(page.bytes_per_line, (page.bits_per_pixel + 7) // 8, page.white, self._fill)

    def write_band(self, data: Data) -> None:
        """Whole lines of the page, top to bottom."""
        if self._page is None:
            raise ValueError("a band before its page")
        lines = len(data) // self._page.bytes_per_line
        if lines > self._left:
            raise ValueError(f"{lines} lines where {self._left} are left")
        self._left -= lines
        self._emit(self._encode(data))

    def end_page(self) -> None:
        """All lines of the page were written."""
        if self._page is None or self._left:
            raise ValueError(f"{self._left} lines are missing" if self._page else "no page to end")
        if self._lines is not None:
            self._emit(self._lines.finish())
        self._page = self._lines = None

    def close(self) -> None:
        """The file is complete; ``write`` is not called any more."""
        if self._page is not None:
            raise ValueError("the last page has no end")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()

    def _encode(self, data: Data) -> bytes:
        assert self._lines is not None
        return self._lines.feed(data)

    def _emit(self, data: bytes) -> None:
        if data:
            self._write(data)


class PwgWriter(_Writer):
    """PWG Raster (PWG 5102.4). ``pages`` goes into TotalPageCount; 0 is unknown."""

    def __init__(self, write: Write, pages: int = 0) -> None:
        super().__init__(write)
        self._pages = pages
        write(SYNC)

    def start_page(self, page: Page, header: PwgHeader | None = None) -> None:
        """``header`` (or the page's own PWG header) gives what is not geometry; geometry is the page's."""
        if header is None:
            header = PwgHeader.for_page(page)
            if self._pages:
                header = PwgHeader.for_page(page, total_page_count=self._pages)
        else:
            header = header.fitted(page)
        self._begin(page, header.pack())


class UrfWriter(_Writer):
    """Apple Raster. ``pages`` goes into the file's header; 0xFFFFFFFF is unknown."""

    _fill = True

    def __init__(self, write: Write, pages: int = UNKNOWN_COUNT) -> None:
        super().__init__(write)
        write(URF_SYNC + pages.to_bytes(4, "big"))

    def start_page(self, page: Page, header: UrfHeader | None = None) -> None:
        """``header`` (or the page's own) gives what is not geometry. ValueError for pixels it cannot hold."""
        self._begin(page, (UrfHeader.for_page(page) if header is None else header.fitted(page)).pack())


class CupsWriter(_Writer):
    """CUPS Raster. ``version`` 2 is coded, 1 and 3 are plain; ``order`` is the byte order, ``>`` or ``<``."""

    def __init__(self, write: Write, version: int = 2, order: str = ">") -> None:
        super().__init__(write)
        self._version, self._order = version, order
        write(next(sync for sync, format in SYNCS.items() if format == (version, order)))

    def start_page(self, page: Page, header: CupsHeader | None = None) -> None:
        """``header`` (or the page's own CUPS header) gives what is not geometry; geometry is the page's."""
        header = CupsHeader.for_page(page) if header is None else header.fitted(page)
        self._begin(page, header.pack(self._order, self._version))
        if self._version != 2:
            self._lines = None

    def _encode(self, data: Data) -> bytes:
        assert self._page is not None
        if self._order == "<" and self._page.bits_per_color == 16:
            data = swap_16(memoryview(data))
        return bytes(data) if self._lines is None else self._lines.feed(data)
