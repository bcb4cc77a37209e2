# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False
"""Raster in, pages and bands out, whatever the pieces the input comes in."""

from collections import deque
from dataclasses import dataclass

from libc.stdint cimport uint8_t, uint64_t

from raster_ext._packbits cimport BAD_RUN, BAND, NEED, LineDecoder

from raster_ext import cups, pwg, urf
from raster_ext._bands import swap_16
from raster_ext.page import Band, PageEnd, RasterError


@dataclass(frozen=True)
class Resume:
    """Where a page starts: enough to decode it again from ``offset`` on, without what stands before it.

    ``sync`` is the file's first octets, 4, or 12 of Apple Raster; ``offset`` the input octets before the page's
    header; ``page`` its number, from 1.
    """

    sync: bytes
    offset: int
    page: int


cdef class Decoder:
    """PWG, Apple and CUPS raster to events: a ``Page``, its ``Band``s, a ``PageEnd``, the next ``Page``…

    The format is found from the first octets. Memory is that of one band: about ``band_bytes``, at least one line.
    A page with longer lines than ``max_line_bytes`` or more lines than ``max_lines`` is refused before anything is
    allocated. A ``RasterError`` is final: everything asked of the decoder afterwards raises it again.
    """

    cdef size_t band_bytes, max_line_bytes, max_lines
    cdef object queue           # pieces of input that come after ``view``
    cdef object held            # the object that ``view`` looks into
    cdef const uint8_t[::1] view
    cdef size_t position        # in ``view``
    cdef uint64_t taken         # input octets before ``view``
    cdef bytearray head         # as much of the next header as there is, and ``need`` octets of it are needed
    cdef Py_ssize_t need
    cdef bytes sync
    cdef int version
    cdef bint swapped           # samples of 16 bits are little-endian
    cdef LineDecoder lines      # of the current page
    cdef bint band_given
    cdef object error
    cdef uint64_t pages
    cdef readonly uint64_t page_offset
    cdef readonly object total_pages

    def __init__(self, *, band_bytes=1 << 18, max_line_bytes=1 << 22, max_lines=1 << 20):
        self.band_bytes = band_bytes
        self.max_line_bytes = max_line_bytes
        self.max_lines = max_lines
        self.queue = deque()
        self.held = b""
        self.view = b""
        self.head = bytearray()
        self.need = 4
        self.sync = b""

    @staticmethod
    def resume(point, **limits):
        """A decoder whose first input is the octet at ``point.offset``."""
        cdef Decoder decoder = Decoder(**limits)
        decoder.start(point.sync)
        decoder.taken = point.offset
        decoder.pages = point.page - 1
        return decoder

    @property
    def point(self):
        """Where the page that was given last starts."""
        return Resume(self.sync, self.page_offset, max(self.pages, 1))

    @property
    def offset(self):
        """Input octets that were used so far."""
        return self.taken + self.position

    def feed(self, data):
        """The events that this input completes, decoded as they are asked for.

        ``data`` must not change until the iterator is exhausted or dropped. Events that were not asked for are not
        lost: the iterator of the next ``feed`` begins with them. A band's data is valid until the next event.
        """
        if len(data):
            self.queue.append(data)
        return Events(self)

    def close(self):
        """The input is complete. Raises RasterError if it ended inside a page or header, or is empty."""
        self.check()
        if self.lines is not None:
            raise self.fail("the input ends inside a page", self.line())
        if self.queue or self.position < <size_t> self.view.shape[0]:
            raise self.fail("the input ends with events that were not asked for", 0)
        if self.head or not self.sync:
            raise self.fail("the input ends inside a header" if self.head else "the input is empty", 0)

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if kind is None:
            self.close()

    # How it moves: ``event`` asks the state at hand, ``read_header`` or ``read_lines``, until there is an event or no
    # more input.

    cdef object event(self):
        self.check()
        while True:
            event = self.read_header() if self.lines is None else self.read_lines()
            if event is not None:
                return event
            if self.position == <size_t> self.view.shape[0]:
                if not self.queue:
                    return None
                self.taken += self.position
                self.position = 0
                self.held = self.queue.popleft()
                self.view = memoryview(self.held).cast("B") if type(self.held) is memoryview else self.held

    cdef object read_header(self):
        cdef Py_ssize_t missing = self.need - len(self.head)
        cdef Py_ssize_t n = min(missing, self.view.shape[0] - <Py_ssize_t> self.position)
        self.head += bytes(self.view[self.position : self.position + n])
        self.position += n
        if n < missing:
            return None
        head = bytes(self.head)
        self.head.clear()
        if self.sync:
            return self.start_page(head)
        if head == urf.SYNC[:4]:
            self.head += head
            self.need = urf.FILE_SIZE
        else:
            self.start(head)
        return None

    cdef object start(self, bytes sync):
        """The format is known: ``sync`` is the file's beginning."""
        if len(sync) == urf.FILE_SIZE and sync[:8] == urf.SYNC:
            self.need = urf.SIZE
            pages = int.from_bytes(sync[8:], "big")
            self.total_pages = None if pages in (0, urf.UNKNOWN_COUNT) else pages
        elif sync in cups.SYNCS:
            self.version, order = cups.SYNCS[sync]
            self.swapped = order == "<"
            self.need = cups.SIZE_1 if self.version == 1 else cups.SIZE
        else:
            raise self.fail(f"no raster format begins with {sync.hex(' ')}", 0, self.offset - len(sync))
        self.sync = sync

    cdef object start_page(self, bytes head):
        start = self.offset - len(head)
        try:
            page = self.parse(head)
            line = page.bytes_per_line
            if line > self.max_line_bytes:
                raise RasterError(f"lines of {line} bytes, more than {self.max_line_bytes}")
            if page.height > self.max_lines:
                raise RasterError(f"{page.height} lines, more than {self.max_lines}")
        except RasterError as error:
            self.pages += 1
            raise self.fail(error.message, 0, start) from None
        self.pages += 1
        self.page_offset = start
        self.band_given = False
        unit = (page.bits_per_pixel + 7) // 8
        coded = self.version in (0, 2)
        self.lines = LineDecoder(line, unit, page.height, page.white, self.band_bytes, coded, self.offset)
        if page.bits_per_color != 16:
            self.lines.swap = False
        else:
            self.lines.swap = self.swapped
        return page

    cdef object parse(self, bytes head):
        if len(head) == urf.SIZE:
            return urf.UrfHeader.parse(head).page()
        if self.sync == pwg.SYNC:
            header = pwg.PwgHeader.parse(head)
            # One writer in wide use leaves the string empty; any other is CUPS Raster of a big-endian host.
            if header.pwg_raster in ("PwgRaster", ""):
                self.total_pages = header.total_page_count or None
                return header.page()
        return cups.CupsHeader.parse(head, "<" if self.swapped else ">").page()

    cdef object read_lines(self):
        cdef LineDecoder lines = self.lines
        cdef const uint8_t* begin = &self.view[0]
        cdef const uint8_t* end = begin + self.view.shape[0]
        cdef const uint8_t* at = begin + self.position
        cdef int status
        if self.band_given:
            self.band_given = False
            if not lines.next():
                self.lines = None
                return PageEnd(self.pages)
        with nogil:
            status = lines.feed(&at, end)
        self.position = at - begin
        if status == NEED:
            return None
        if status != BAND:
            raise self.fail(
                "a run goes past the end of its line" if status == BAD_RUN
                else "a line repeat goes past the end of the page",
                self.line(), lines.s.op_offset,
            )
        self.band_given = True
        data = lines.band()
        # What ``Band(…)`` does, but three times as fast.
        return tuple.__new__(Band, (lines.y, lines.s.count, swap_16(data).toreadonly() if lines.swap else data))

    cdef uint64_t line(self):
        """The line of the page that is being read, from 1."""
        return self.lines.y + self.lines.s.count + 1

    cdef object fail(self, message, line, offset=None):
        offset = self.offset if offset is None else offset
        self.error = RasterError(message, page=self.pages, line=line, offset=offset)
        return self.error

    cdef int check(self) except -1:
        if self.error is not None:
            raise self.error
        return 0

    cdef object keep(self):
        """The caller may change its buffers from now on: what was not used yet is copied, unless it is bytes."""
        if self.position < <size_t> self.view.shape[0] and type(self.held) is not bytes:
            self.held = bytes(self.view[self.position :])
            self.view = self.held
            self.taken += self.position
            self.position = 0
        if self.queue:
            self.queue = deque([piece if type(piece) is bytes else bytes(piece) for piece in self.queue])


cdef class Events:
    """What ``Decoder.feed`` returns."""

    cdef Decoder decoder

    def __cinit__(self, Decoder decoder):
        self.decoder = decoder

    def __iter__(self):
        return self

    def __next__(self):
        event = self.decoder.event()
        if event is None:
            raise StopIteration
        return event

    def __del__(self):
        self.decoder.keep()
