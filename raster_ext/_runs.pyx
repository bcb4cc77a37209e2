# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""Pixels to coded lines: the other direction of ``_packbits``, with runs chosen for the smallest file.

A run of equal pixels costs 1 + unit octets, in the middle of different ones 1 more for the run that starts
anew behind it. So equal pixels inside different ones are worth a run of their own from 2 on, or from 3 on
where a pixel is one octet. The many writers that break at every pair make larger files.
"""

from cpython.bytes cimport PyBytes_FromStringAndSize
from libc.stdint cimport uint8_t, uint64_t
from libc.stdlib cimport free, realloc
from libc.string cimport memcmp, memcpy

cdef enum:
    RUN = 128
    REPEAT = 256


cdef inline bint same(const uint8_t* a, const uint8_t* b, size_t unit) noexcept nogil:
    if unit == 1:
        return a[0] == b[0]
    if unit == 3:
        return a[0] == b[0] and a[1] == b[1] and a[2] == b[2]
    return memcmp(a, b, unit) == 0


cdef inline size_t equal_pixels(const uint8_t* p, const uint8_t* end, size_t unit) noexcept nogil:
    """How many pixels from ``p`` on are equal to the one at ``p``, itself counted."""
    cdef const uint8_t* q = p + unit
    cdef uint64_t a, b
    while q + 8 <= end:
        memcpy(&a, q, 8)
        memcpy(&b, q - unit, 8)
        if a != b:
            break
        q += 8
    while q < end and q[0] == (q - unit)[0]:
        q += 1
    return <size_t> (q - p) // unit


cdef const uint8_t* white_tail(const uint8_t* line, const uint8_t* end, size_t unit, uint8_t white) noexcept nogil:
    """Where the white pixels begin that the line ends with; ``end`` if it does not end white."""
    cdef const uint8_t* p = end
    while p > line and (p - 1)[0] == white:
        p -= 1
    return line + (<size_t> (p - line) + unit - 1) // unit * unit


cdef uint8_t* encode_line(
    uint8_t* out, const uint8_t* p, const uint8_t* end, size_t unit, size_t worth
) noexcept nogil:
    """Runs for the pixels from ``p`` to ``end``; ``worth`` equal pixels end a run of different ones."""
    cdef size_t n, k
    cdef const uint8_t* start
    while p < end:
        n = equal_pixels(p, end, unit)
        while n > 1:
            k = min(n, <size_t> RUN)
            out[0] = <uint8_t> (k - 1)
            memcpy(out + 1, p, unit)
            out += 1 + unit
            p += k * unit
            n -= k
        if n == 0:
            continue
        start = p
        k = 1
        p += unit
        while p < end and k < RUN:
            if p + unit < end and same(p, p + unit, unit):
                if worth == 2 or (p + 2 * unit < end and same(p, p + 2 * unit, unit)):
                    break
            p += unit
            k += 1
        out[0] = <uint8_t> (257 - k) if k > 1 else 0
        memcpy(out + 1, start, k * unit)
        out += 1 + k * unit
    return out


cdef class LineEncoder:
    """The lines of one page, coded.

    ``length`` octets in a line, ``unit`` octets in a coded pixel. ``fill``: end lines with code 128 where
    they end white (Apple Raster only; PWG Raster has no such code).
    """

    cdef size_t length, unit, worth
    cdef uint8_t white
    cdef bint fill
    cdef size_t count
    cdef uint8_t* out
    cdef size_t room
    cdef bytearray last

    def __init__(self, size_t length, size_t unit, int white, bint fill):
        if not length or not unit or length % unit:
            raise ValueError("no such lines")
        self.length = length
        self.unit = unit
        self.worth = 3 if unit == 1 else 2
        self.white = <uint8_t> white
        self.fill = fill
        self.last = bytearray(length)

    def __dealloc__(self):
        free(self.out)

    cdef uint8_t* line(self, uint8_t* out, const uint8_t* line) noexcept nogil:
        """The line, ``self.count`` times."""
        cdef const uint8_t* end = line + self.length
        cdef const uint8_t* tail = white_tail(line, end, self.unit, self.white) if self.fill else end
        out[0] = <uint8_t> (self.count - 1)
        out = encode_line(out + 1, line, tail, self.unit, self.worth)
        if tail < end:
            out[0] = 128
            out += 1
        return out

    cdef int reserve(self, size_t lines) except -1:
        cdef size_t room = lines * (2 + self.length + self.length // self.unit)
        if room > self.room:
            self.room = 0
            out = <uint8_t*> realloc(self.out, room)
            if out == NULL:
                raise MemoryError
            self.out = out
            self.room = room
        return 0

    def feed(self, const uint8_t[::1] data not None):
        """Code whole lines. The last one is kept until the next differs."""
        cdef size_t lines = data.shape[0] // self.length
        cdef uint8_t* keep = self.last
        cdef const uint8_t* last = keep
        cdef const uint8_t* p
        cdef uint8_t* out
        cdef size_t i
        if lines * self.length != <size_t> data.shape[0]:
            raise ValueError(f"{data.shape[0]} octets are no whole lines of {self.length}")
        if not lines:
            return b""
        self.reserve(lines + 1)
        out = self.out
        with nogil:
            for i in range(lines):
                p = &data[0] + i * self.length
                if self.count and self.count < REPEAT and memcmp(p, last, self.length) == 0:
                    self.count += 1
                else:
                    if self.count:
                        out = self.line(out, last)
                    self.count = 1
                    last = p
            if last != keep:
                memcpy(keep, last, self.length)
        return PyBytes_FromStringAndSize(<char*> self.out, out - self.out)

    def finish(self):
        """The line that was kept; the encoder may be used for another page then."""
        cdef uint8_t* out
        if not self.count:
            return b""
        self.reserve(1)
        out = self.line(self.out, self.last)
        self.count = 0
        return PyBytes_FromStringAndSize(<char*> self.out, out - self.out)
