# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""Coded lines to pixels: the line repeat and run coding of PWG, Apple and CUPS raster (PWG 5102.4 section
4.4).

A coded line is one octet (how often the line is repeated after its first time), then runs until the line is
full: an octet of 0 … 127 and one pixel that stands n + 1 times; 129 … 255 and 257 - n different pixels; 128
alone, which fills the rest with white (Apple's; readers in wide use accept it everywhere). Pixels of less
than 8 bits are coded by octets.

Rules that keep this file safe and fast:
- The band buffer has slack for the longest run behind its last line, so a run that starts inside a line is
written
  whole, in pieces of constant size, before its length is checked against the line's.
- ``fast`` code runs only while the input holds the longest possible run and one piece more; the last octets
of each
  input go through ``careful`` code, which copies exactly and can stop anywhere.
- Nothing here calls Python between entry and return.
"""

from libc.stdint cimport int8_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

cdef enum:
    PIECE = 64
    RUN = 128
    MAX_UNIT = 32

NEED, BAND, BAD_RUN, BAD_REPEAT = range(4)
cdef enum:
    C_NEED = 0
    C_BAND = 1
    C_BAD_RUN = 2
    C_BAD_REPEAT = 3

cdef struct Lines "ink_lines":
    size_t length           # octets in a line
    size_t unit             # octets in a coded pixel
    size_t capacity         # lines in a full band
    size_t left             # lines of the page not yet in a band
    size_t count            # lines in the band
    size_t copies           # times the last line is still to be repeated
    bint coded
    bint in_line            # the repeat octet was read
    uint8_t white
    uint8_t* band           # first line; the line before it is kept for repeats that go on in the next band
    uint8_t* at             # where the next octet of the current line goes
    size_t literal          # octets of a run of different pixels still to come
    size_t pending          # octets in ``op``
    uint8_t op[MAX_UNIT]    # a run that the last input cut
    size_t repeats          # copies of the line that is being read
    const uint8_t* input    # start of the octets being read, which is ``offset`` in the whole input
    uint64_t offset
    uint64_t op_offset      # where in the whole input the last run or repeat starts
    const uint8_t* op_at

cdef extern from *:
    """
    #include "vector.h"
    struct ink_lines;
    static uint8_t INK_FILL[256][64];
    """
    bint ink_unlikely(bint) nogil
    uint8_t INK_FILL[256][64]

cdef void fill_table() noexcept:
    cdef int i
    for i in range(256):
        memset(&INK_FILL[i][0], i, PIECE)

fill_table()


cdef inline void copy_wide(uint8_t* out, const uint8_t* src, size_t n) noexcept nogil:
    """Write ``n`` octets and up to ``PIECE`` of rubbish behind them; reads as far."""
    cdef size_t k = PIECE
    memcpy(out, src, PIECE)
    while k < n:
        memcpy(out + k, src + k, PIECE)
        k += PIECE


cdef inline void fill_wide(uint8_t* out, uint8_t value, size_t n) noexcept nogil:
    """Write ``n`` times ``value`` and up to ``PIECE`` of rubbish behind them."""
    cdef const uint8_t* piece = &INK_FILL[value][0]
    cdef size_t k = 2 * PIECE
    memcpy(out, piece, PIECE)
    memcpy(out + PIECE, piece, PIECE)
    while ink_unlikely(k < n):
        memcpy(out + k, piece, PIECE)
        memcpy(out + k + PIECE, piece, PIECE)
        k += 2 * PIECE


cdef inline void repeat_pixel(uint8_t* out, const uint8_t* pixel, size_t n, size_t unit) noexcept nogil:
    """Write the pixel until ``n`` octets are full, and up to ``PIECE`` of rubbish behind them."""
    cdef uint64_t a, b, c
    cdef uint32_t four
    cdef uint16_t two
    cdef uint8_t* end = out + n
    cdef size_t done
    if unit == 1 or (unit == 3 and pixel[0] == pixel[1] and pixel[1] == pixel[2]):
        fill_wide(out, pixel[0], n)
    elif unit == 3:
        a = pixel[0] | (<uint64_t> pixel[1] << 8) | (<uint64_t> pixel[2] << 16)
        a *= <uint64_t> 0x0001000001000001
        b = (a >> 16) | (a << 32)
        c = (a >> 8) | (a << 40)
        while out < end:
            memcpy(out, &a, 8)
            memcpy(out + 8, &b, 8)
            memcpy(out + 16, &c, 8)
            out += 24
    elif unit == 2 or unit == 4 or unit == 8:
        if unit == 2:
            memcpy(&two, pixel, 2)
            a = two * <uint64_t> 0x0001000100010001
        elif unit == 4:
            memcpy(&four, pixel, 4)
            a = four * <uint64_t> 0x0000000100000001
        else:
            memcpy(&a, pixel, 8)
        while out < end:
            memcpy(out, &a, 8)
            memcpy(out + 8, &a, 8)
            memcpy(out + 16, &a, 8)
            memcpy(out + 24, &a, 8)
            out += 32
    else:
        memcpy(out, pixel, unit)
        done = unit
        while done < n:
            memcpy(out + done, out, min(done, n - done))
            done += done


cdef inline const uint8_t* fast_runs(
    Lines* s, uint8_t* line_end, const uint8_t* src, const uint8_t* safe, size_t unit
) noexcept nogil:
    """Runs from ``src`` while they start inside the line and not behind ``safe``; returns where they ended.

    Leaves ``s.at`` behind the last octet written: past ``line_end`` if the last run, at ``s.op_at``, was too long.

    One turn takes a run of different pixels, of no length if there is none, and the run of equal ones that nearly
    always follows: so there is no branch on the kind of run, which in antialiased text and photographs is a coin's
    throw. What each turn waits for is one octet of input and three additions.
    """
    cdef uint8_t* out = s.at
    cdef const uint8_t* start = src
    cdef ptrdiff_t code, different
    cdef size_t n
    while out < line_end and src <= safe:
        start = src
        code = <int8_t> src[0]
        if ink_unlikely(code == -128):
            memset(out, s.white, line_end - out)
            out = line_end
            src += 1
            break
        if unit == 1:
            different = code >> 8
            n = <size_t> ((1 - code) & different)
            copy_wide(out, src + 1, n)
            out += n
            src += n - <size_t> different
            if ink_unlikely(out >= line_end):
                break
            if src[0] >= 128:
                continue
            start = src
        elif code < 0:
            n = <size_t> (1 - code) * unit
            copy_wide(out, src + 1, n)
            out += n
            src += n + 1
            continue
        n = (<size_t> src[0] + 1) * unit
        repeat_pixel(out, src + 1, n, unit)
        out += n
        src += 1 + unit
    s.at = out
    s.op_at = start
    return src


cdef extern from *:
    """
    #define INK_RUNS(name) \\
        static const uint8_t *name(struct ink_lines *, uint8_t *, const uint8_t *, const uint8_t *) INK_VECTOR;
    INK_RUNS(ink_runs_1)
    INK_RUNS(ink_runs_3)
    INK_RUNS(ink_runs_4)
    """

cdef const uint8_t* runs_1 "ink_runs_1"(
    Lines* s, uint8_t* line_end, const uint8_t* src, const uint8_t* safe
) noexcept nogil:
    return fast_runs(s, line_end, src, safe, 1)

cdef const uint8_t* runs_3 "ink_runs_3"(
    Lines* s, uint8_t* line_end, const uint8_t* src, const uint8_t* safe
) noexcept nogil:
    return fast_runs(s, line_end, src, safe, 3)

cdef const uint8_t* runs_4 "ink_runs_4"(
    Lines* s, uint8_t* line_end, const uint8_t* src, const uint8_t* safe
) noexcept nogil:
    return fast_runs(s, line_end, src, safe, 4)


cdef const uint8_t* fast(
    Lines* s, uint8_t* line_end, const uint8_t* src, const uint8_t* safe
) noexcept nogil:
    if s.unit == 1:
        return runs_1(s, line_end, src, safe)
    if s.unit == 3:
        return runs_3(s, line_end, src, safe)
    if s.unit == 4:
        return runs_4(s, line_end, src, safe)
    if s.unit == 2:
        return fast_runs(s, line_end, src, safe, 2)
    if s.unit == 8:
        return fast_runs(s, line_end, src, safe, 8)
    return fast_runs(s, line_end, src, safe, s.unit)


cdef int careful(Lines* s, uint8_t* line_end, const uint8_t** input, const uint8_t* end) noexcept nogil:
    """One run, or as much of it as the input has. Never reads or writes an octet too many."""
    cdef const uint8_t* src = input[0]
    cdef size_t room = line_end - s.at
    cdef size_t n, want
    if s.literal:
        n = min(s.literal, <size_t> (end - src))
        memcpy(s.at, src, n)
        s.at += n
        s.literal -= n
        input[0] = src + n
        return C_NEED if s.literal else C_BAND
    if s.pending == 0:
        if src == end:
            return C_NEED
        s.op[0] = src[0]
        s.op_offset = s.offset + <size_t> (src - s.input)
        s.pending = 1
        src += 1
        input[0] = src
    if s.op[0] == 128:
        memset(s.at, s.white, room)
        s.at = line_end
    elif s.op[0] > 128:
        n = (257 - s.op[0]) * s.unit
        if n > room:
            return C_BAD_RUN
        s.literal = n
        s.pending = 0
        return careful(s, line_end, input, end)
    else:
        n = (s.op[0] + 1) * s.unit
        if n > room:
            return C_BAD_RUN
        want = min(1 + s.unit - s.pending, <size_t> (end - src))
        memcpy(s.op + s.pending, src, want)
        s.pending += want
        input[0] = src + want
        if s.pending < 1 + s.unit:
            return C_NEED
        repeat_pixel(s.at, s.op + 1, n, s.unit)
        s.at += n
    s.pending = 0
    return C_BAND


cdef int plain(Lines* s, const uint8_t** input, const uint8_t* end) noexcept nogil:
    """Lines that are not coded: copy until the band is full."""
    cdef uint8_t* band_end = s.band + min(s.capacity, s.count + s.left) * s.length
    cdef size_t n = min(<size_t> (band_end - s.at), <size_t> (end - input[0]))
    cdef size_t lines
    memcpy(s.at, input[0], n)
    s.at += n
    input[0] += n
    lines = <size_t> (s.at - s.band) // s.length
    s.left -= lines - s.count
    s.count = lines
    return C_BAND if s.at == band_end else C_NEED


cdef int decode(Lines* s, const uint8_t** input, const uint8_t* end) noexcept nogil:
    """Fill the band from the input; C_BAND when it is full or holds the page's last line."""
    cdef const uint8_t* safe = input[0]
    cdef uint8_t* line_end
    cdef size_t margin = RUN * s.unit + PIECE + 2 + s.unit
    cdef bint long_enough = <size_t> (end - input[0]) > margin
    cdef int status
    if not s.coded:
        return plain(s, input, end)
    if long_enough:
        safe = end - margin
    while True:
        while s.copies and s.count < s.capacity:
            memcpy(s.band + s.count * s.length, s.band + (s.count - 1) * s.length, s.length)
            s.count += 1
            s.copies -= 1
            s.left -= 1
        if s.count == s.capacity or s.left == 0:
            return C_BAND
        if not s.in_line:
            if input[0] == end:
                return C_NEED
            s.op_offset = s.offset + <size_t> (input[0] - s.input)
            s.copies = input[0][0]
            if s.copies >= s.left:
                return C_BAD_REPEAT
            input[0] += 1
            s.in_line = True
            s.repeats = s.copies
            s.copies = 0
            s.at = s.band + s.count * s.length
        line_end = s.band + (s.count + 1) * s.length
        while s.at < line_end:
            if long_enough and input[0] <= safe and s.pending == 0 and s.literal == 0:
                input[0] = fast(s, line_end, input[0], safe)
                if s.at > line_end:
                    s.op_offset = s.offset + <size_t> (s.op_at - s.input)
                    return C_BAD_RUN
            else:
                status = careful(s, line_end, input, end)
                if status != C_BAND:
                    return status
        s.in_line = False
        s.count += 1
        s.left -= 1
        s.copies = s.repeats


cdef class LineDecoder:
    """The lines of one page, in bands.

    ``length`` octets in a line, ``unit`` octets in a coded pixel (at most 31), ``height`` lines; a band holds
    about ``band_bytes``, at least one line. ``coded`` is False for the plain lines of CUPS raster 1 and 3.
    ``offset`` is where the next octet stands in the input, for ``fault_offset``.
    """

    cdef Lines s
    cdef bytearray buffer
    cdef readonly size_t y
    """The page's line that the band begins with."""

    def __init__(
        self, size_t length, size_t unit, size_t height, int white, size_t band_bytes, bint coded, uint64_t
        offset
    ):
        cdef size_t slack = RUN * unit + 2 * PIECE
        if not 0 < unit < MAX_UNIT or not 0 < length or not 0 < height:
            raise ValueError("no such page")
        memset(&self.s, 0, sizeof(Lines))
        self.s.length = length
        self.s.unit = unit
        self.s.capacity = max(<size_t> 1, min(height, band_bytes // length))
        self.s.left = height
        self.s.white = <uint8_t> white
        self.s.coded = coded
        self.s.offset = offset
        self.buffer = bytearray((self.s.capacity + 1) * length + slack)
        self.s.band = <uint8_t*> self.buffer + length
        self.s.at = self.s.band

    def feed(self, const uint8_t[::1] data not None, size_t position):
        """Read ``data`` from ``position`` on; returns (status, new position).

        BAND: ``band()`` has lines to take, at the latest now. NEED: ``data`` is used up. BAD_RUN, BAD_REPEAT:
        the run or repeat at ``fault_offset`` goes past the end of its line or of the page.
        """
        cdef const uint8_t* src = &data[0] + position
        cdef const uint8_t* end = &data[0] + data.shape[0]
        cdef int status
        if position > <size_t> data.shape[0]:
            raise ValueError("position behind the data")
        self.s.input = src
        with nogil:
            status = decode(&self.s, &src, end)
        self.s.offset += src - self.s.input
        return status, <size_t> (src - &data[0])

    def band(self):
        """(lines, their octets) of a band that is complete; the octets are valid until the next ``feed``."""
        cdef size_t start = self.s.length
        view = memoryview(self.buffer)[start : start + self.s.count * self.s.length]
        return self.s.count, view.toreadonly()

    def next(self):
        """Begin the next band; False if there is none because the page is complete."""
        cdef Lines* s = &self.s
        if s.copies:
            memcpy(s.band - s.length, s.band + (s.count - 1) * s.length, s.length)
        self.y += s.count
        s.count = 0
        s.at = s.band
        return s.left > 0

    @property
    def line(self):
        """The line that is being read, from 0."""
        return self.y + self.s.count

    @property
    def fault_offset(self):
        """Where in the input the last run or repeat began."""
        return self.s.op_offset
