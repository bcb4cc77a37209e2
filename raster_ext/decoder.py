"""Raster in, pages and bands out, whatever the pieces the input comes in."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType

from raster_ext import cups, pwg, urf
from raster_ext._bands import swap_16
from raster_ext._packbits import BAD_REPEAT, BAD_RUN, BAND, NEED, LineDecoder
from raster_ext.page import Band, Page, PageEnd, RasterError

Event = Page | Band | PageEnd

_FAULTS = {
    BAD_RUN: "a run goes past the end of its line",
    BAD_REPEAT: "a line repeat goes past the end of the page",
}


@dataclass(frozen=True, slots=True)
class Resume:
    """Where a page starts: enough to decode it again from ``offset`` on, without what stands before it."""

    sync: bytes
    """The file's first octets: 4, or 12 of Apple Raster."""
    offset: int
    """Input octets before the page's header."""
    page: int
    """Number of the page, from 1."""


class Decoder:
    """PWG, Apple and CUPS raster to events: a ``Page``, its ``Band``s, a ``PageEnd``, the next ``Page``…

    The format is found from the first octets. Memory is that of one band: about ``band_bytes``, at least one
    line. A page with longer lines than ``max_line_bytes`` or more lines than ``max_lines`` is refused before
    anything is allocated. A ``RasterError`` is final: everything asked of the decoder afterwards raises it
    again.
    """

    def __init__(
        self, *, band_bytes: int = 1 << 20, max_line_bytes: int = 1 << 22, max_lines: int = 1 << 20
    ) -> None:
        self._band_bytes = band_bytes
        self._max_line_bytes = max_line_bytes
        self._max_lines = max_lines
        self._queue: deque[memoryview] = deque()
        self._data = memoryview(b"")
        self._position = 0
        self._taken = 0
        """Input octets in pieces before ``_data``."""
        self._head = bytearray()
        self._need = 4
        self._sync = b""
        self._version, self._order = 0, ">"
        self._page: Page | None = None
        self._lines: LineDecoder | None = None
        self._band_given = False
        self._error: RasterError | None = None
        self._pages = 0
        self.page_offset = 0
        """Input octets before the header of the page that was given last."""
        self.total_pages: int | None = None
        """How many pages the file says that it has, once that is known and if it says."""

    @classmethod
    def resume(
        cls,
        point: Resume,
        *,
        band_bytes: int = 1 << 20,
        max_line_bytes: int = 1 << 22,
        max_lines: int = 1 << 20,
    ) -> Decoder:
        """A decoder whose first input is the octet at ``point.offset``."""
        decoder = cls(band_bytes=band_bytes, max_line_bytes=max_line_bytes, max_lines=max_lines)
        decoder._start(point.sync)
        decoder._taken = point.offset
        decoder._pages = point.page - 1
        return decoder

    @property
    def point(self) -> Resume:
        """Where the page that was given last starts."""
        return Resume(self._sync, self.page_offset, max(self._pages, 1))

    @property
    def offset(self) -> int:
        """Input octets that were used so far."""
        return self._taken + self._position

    def feed(self, data: bytes | bytearray | memoryview) -> Iterator[Event]:
        """The events that this input completes, decoded as they are asked for.

        ``data`` must not change until the iterator is exhausted or dropped. Events that were not asked for
        are not lost: the iterator of the next ``feed`` begins with them. A band's data is valid until the
        next event.
        """
        view = memoryview(data).cast("B")
        if len(view):
            self._queue.append(view)
        return _Events(self)

    def close(self) -> None:
        """The input is complete. Raises RasterError if it ended inside a page or header, or is empty."""
        self._check()
        if self._lines is not None:
            raise self._fail("the input ends inside a page", line=self._lines.line + 1)
        if self._queue or self._position < len(self._data):
            raise self._fail("the input ends with events that were not asked for")
        if self._head or not self._sync:
            raise self._fail("the input ends inside a header" if self._head else "the input is empty")

    def __enter__(self) -> Decoder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()

    # How it moves: _next asks the state at hand (_header or _bands) until there is an event or no more input.

    def _next(self) -> Event | None:
        self._check()
        while True:
            event = self._header() if self._lines is None else self._bands(self._lines)
            if event is not None:
                return event
            if self._position == len(self._data):
                if not self._queue:
                    return None
                self._taken += self._position
                self._data, self._position = self._queue.popleft(), 0

    def _header(self) -> Event | None:
        missing = self._need - len(self._head)
        piece = self._data[self._position : self._position + missing]
        self._head += piece
        self._position += len(piece)
        if len(piece) < missing:
            return None
        head = bytes(self._head)
        self._head.clear()
        if self._sync:
            return self._start_page(head)
        if head == urf.SYNC[:4]:
            self._head += head
            self._need = urf.FILE_SIZE
        else:
            self._start(head)
        return None

    def _start(self, sync: bytes) -> None:
        """The format is known: ``sync`` is the file's beginning."""
        if sync[:8] == urf.SYNC and len(sync) == urf.FILE_SIZE:
            self._need = urf.SIZE
            self.total_pages = int.from_bytes(sync[8:], "big")
            if self.total_pages in (0, urf.UNKNOWN_COUNT):
                self.total_pages = None
        elif sync in cups.SYNCS:
            self._version, self._order = cups.SYNCS[sync]
            self._need = cups.SIZE_1 if self._version == 1 else cups.SIZE
        else:
            raise self._fail(f"no raster format begins with {sync.hex(' ')}", at=self.offset - len(sync))
        self._sync = sync

    def _start_page(self, head: bytes) -> Event:
        start = self.offset - len(head)
        try:
            page = self._parse(head)
            line = page.bytes_per_line
            if line > self._max_line_bytes:
                raise RasterError(f"lines of {line} bytes, more than {self._max_line_bytes}")
            if page.height > self._max_lines:
                raise RasterError(f"{page.height} lines, more than {self._max_lines}")
        except RasterError as error:
            raise self._fail(error.message, at=start, page=self._pages + 1) from None
        unit = (page.bits_per_pixel + 7) // 8
        coded = self._version in (0, 2)
        self._pages += 1
        self.page_offset = start
        self._page, self._band_given = page, False
        self._lines = LineDecoder(line, unit, page.height, page.white, self._band_bytes, coded, self.offset)
        return page

    def _parse(self, head: bytes) -> Page:
        if len(head) == urf.SIZE:
            return urf.UrfHeader.parse(head).page()
        if self._sync == pwg.SYNC:
            header = pwg.PwgHeader.parse(head)
            # One writer in wide use leaves the string empty; any other string is CUPS Raster of a big-endian
            # host.
            if header.pwg_raster in ("PwgRaster", ""):
                self.total_pages = header.total_page_count or None
                return header.page()
        return cups.CupsHeader.parse(head, self._order).page()

    def _bands(self, lines: LineDecoder) -> Event | None:
        if self._band_given:
            self._band_given = False
            if not lines.next():
                self._lines = None
                return PageEnd(self._pages)
        status, self._position = lines.feed(self._data, self._position)
        if status == NEED:
            return None
        if status != BAND:
            raise self._fail(_FAULTS[status], line=lines.line + 1, at=lines.fault_offset)
        self._band_given = True
        count, data = lines.band()
        if self._order == "<" and self._page is not None and self._page.bits_per_color == 16:
            data = swap_16(data)
        return Band(lines.y, count, data)

    def _fail(
        self, message: str, *, line: int = 0, at: int | None = None, page: int | None = None
    ) -> RasterError:
        page = self._pages if page is None else page
        self._error = RasterError(message, page=page, line=line, offset=self.offset if at is None else at)
        return self._error

    def _check(self) -> None:
        if self._error is not None:
            raise self._error

    def _keep(self) -> None:
        """The caller may change its buffers from now on."""
        self._taken += self._position
        self._data, self._position = _own(self._data[self._position :]), 0
        self._queue = deque(map(_own, self._queue))


def _own(view: memoryview) -> memoryview:
    return view if isinstance(view.obj, bytes) else memoryview(bytes(view))


class _Events:
    __slots__ = ("_decoder",)

    def __init__(self, decoder: Decoder) -> None:
        self._decoder = decoder

    def __iter__(self) -> _Events:
        return self

    def __next__(self) -> Event:
        event = self._decoder._next()
        if event is None:
            raise StopIteration
        return event

    def __del__(self) -> None:
        self._decoder._keep()
