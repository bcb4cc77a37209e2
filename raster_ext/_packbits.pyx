# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""Coded lines to pixels: the line repeat and run coding of PWG, Apple and CUPS raster (PWG 5102.4 section
4.4).

A coded line is one octet (how often the line is repeated after its first time), then runs until the line is
full: an octet of 0 … 127 and one pixel that stands n + 1 times; 129 … 255 and 257 - n different pixels; 128
alone, which fills the rest with white (Apple's; readers in wide use accept it everywhere). Pixels of less
than 8 bits are coded by octets.

Rules that keep this file safe and fast:
- The band buffer has slack for the longest run behind its last line, so a run that starts inside a line is
  written whole, in pieces of constant size, before its length is checked against the line's. What a piece writes
  behind the run is rubbish, less than the longest run, that the next run overwrites.
- ``fast`` code runs only while the input holds the longest possible run and the octet behind it; the last octets of
  each input go through ``careful`` code, which copies exactly and can stop anywhere.
- Nothing here calls Python between entry and return.
"""

from libc.stdint cimport int8_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcmp, memcpy, memset

cdef extern from "vector.h":
    """
    struct ink_lines;
    """
    bint ink_unlikely(bint) nogil
    void ink_copy(uint8_t* out, const uint8_t* src, size_t count) nogil
    void ink_fill(uint8_t* out, uint8_t value, size_t count) nogil
    void ink_words_3(uint8_t* out, uint64_t a, uint64_t b, uint64_t c, size_t count) nogil


cdef inline void copy_run(uint8_t* out, const uint8_t* src, size_t n, size_t unit) noexcept nogil:
    """Write ``n`` octets and rubbish behind them, as far as half the longest run or the longest goes; reads as far.

    One branch at most: where a loop over the length of a run ends, no processor can foresee.
    """
    if unit <= 4:
        ink_copy(out, src, 2 * unit)
        if ink_unlikely(n > 64 * unit):
            ink_copy(out + 64 * unit, src + 64 * unit, 2 * unit)
    else:
        memcpy(out, src, n)


cdef inline void fill_run(uint8_t* out, uint8_t value, size_t n, size_t unit) noexcept nogil:
    """Write ``n`` times ``value`` and rubbish behind them, as far as a quarter of the longest run or all of it goes."""
    ink_fill(out, value, unit)
    if ink_unlikely(n > 32 * unit):
        ink_fill(out + 32 * unit, value, 3 * unit)


cdef inline void repeat_three(uint8_t* out, const uint8_t* pixel, size_t n) noexcept nogil:
    """Write the pixel of three octets until ``n`` are full, and up to 95 of rubbish behind them."""
    cdef uint8_t* end = out + n
    cdef uint64_t a = pixel[0] | (<uint64_t> pixel[1] << 8) | (<uint64_t> pixel[2] << 16)
    cdef uint64_t b, c
    a *= <uint64_t> 0x0001000001000001
    b = (a >> 16) | (a << 32)
    c = (a >> 8) | (a << 40)
    memcpy(out, &a, 8)
    memcpy(out + 8, &b, 8)
    memcpy(out + 16, &c, 8)
    out += 24
    while ink_unlikely(out < end):
        ink_words_3(out, a, b, c, 1)
        out += 96


cdef inline void repeat_pixel(uint8_t* out, const uint8_t* pixel, size_t n, size_t unit) noexcept nogil:
    """Write the pixel until ``n`` octets are full, and up to 95 octets of rubbish behind them.

    For a unit of 1, or 3 that are equal, the rubbish may go as far as the longest run."""
    cdef uint64_t a
    cdef uint32_t four
    cdef uint16_t two
    cdef uint8_t* end = out + n
    cdef size_t done
    if unit == 1 or (unit == 3 and pixel[0] == pixel[1] and pixel[1] == pixel[2]):
        fill_run(out, pixel[0], n, unit)
    elif unit == 3:
        repeat_three(out, pixel, n)
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
            ink_words_3(out, a, a, a, 1)
            out += 96
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
    Tells in ``s.mixed`` whether the kinds of runs were so mixed that ``fast_pairs`` had better take the next line.
    """
    cdef uint8_t* out = s.at
    cdef const uint8_t* begin = src
    cdef const uint8_t* start = src
    cdef ptrdiff_t code
    cdef size_t n, literals = 0, passed = 0
    while out < line_end and src <= safe:
        start = src
        code = <int8_t> src[0]
        if code < 0:
            if ink_unlikely(code == -128):
                memset(out, s.white, line_end - out)
                out = line_end
                src += 1
                break
            n = <size_t> (1 - code) * unit
            copy_run(out, src + 1, n, unit)
            src += n + 1
            literals += 1
            passed += n + 1
        else:
            n = <size_t> (code + 1) * unit
            repeat_pixel(out, src + 1, n, unit)
            src += 1 + unit
        out += n
    s.at = out
    s.op_at = start
    s.mixed = literals * (6 if unit == 1 else 3) * (1 + unit) > <size_t> (src - begin) - passed
    return src


cdef inline const uint8_t* fast_pairs(
    Lines* s, uint8_t* line_end, const uint8_t* src, const uint8_t* safe, ptrdiff_t unit
) noexcept nogil:
    """As ``fast_runs``, without a branch on the kind of run.

    In photographs the kind is a coin's throw, and a wrong guess dear. One turn takes a run of different pixels, of no
    length if there is none, and the run of equal ones that nearly always follows. What a turn has to wait for is one
    octet of input and three simple steps, because the next turn's first octet is fetched before all else.
    """
    cdef uint8_t* out = s.at
    cdef const uint8_t* start = src
    cdef ptrdiff_t code = 0, next_code, different, passed
    cdef size_t n, turns = 0, literals = 0
    if src <= safe:
        code = <int8_t> src[0]
    while out < line_end and src <= safe:
        start = src
        if ink_unlikely(code == -128):
            memset(out, s.white, line_end - out)
            out = line_end
            src += 1
            break
        different = code >> 8
        passed = (1 + unit - unit * code) & different
        next_code = <int8_t> src[1 + unit + passed]
        n = <size_t> (passed + different)
        if unit == 1:
            ink_copy(out, start + 1, 1)
            if ink_unlikely(n > 32):
                ink_copy(out + 32, start + 33, 3)
        else:
            copy_run(out, start + 1, n, unit)
        out += n
        src += passed
        turns += 1
        literals -= <size_t> different
        if ink_unlikely(out >= line_end):
            break
        code = <int8_t> src[0]
        if ink_unlikely(code < 0):
            continue
        start = src
        n = <size_t> (unit * (code + 1))
        if unit == 1:
            ink_fill(out, src[1], 1)
            if ink_unlikely(n > 32):
                ink_fill(out + 32, src[1], 3)
        else:
            repeat_three(out, src + 1, n)
        out += n
        src += 1 + unit
        code = next_code
    s.at = out
    s.op_at = start
    s.mixed = literals * (6 if unit == 1 else 3) > turns
    return src


cdef extern from *:
    """
    #define INK_RUNS(name) \\
        static const uint8_t *name(struct ink_lines *, uint8_t *, const uint8_t *, const uint8_t *) INK_VECTOR;
    INK_RUNS(ink_runs_1)
    INK_RUNS(ink_pairs_1)
    INK_RUNS(ink_runs_3)
    INK_RUNS(ink_pairs_3)
    INK_RUNS(ink_runs_4)
    """

cdef const uint8_t* runs_1 "ink_runs_1"(
    Lines* s, uint8_t* line_end, const uint8_t* src, const uint8_t* safe
) noexcept nogil:
    return fast_runs(s, line_end, src, safe, 1)

cdef const uint8_t* pairs_1 "ink_pairs_1"(
    Lines* s, uint8_t* line_end, const uint8_t* src, const uint8_t* safe
) noexcept nogil:
    return fast_pairs(s, line_end, src, safe, 1)

cdef const uint8_t* pairs_3 "ink_pairs_3"(
    Lines* s, uint8_t* line_end, const uint8_t* src, const uint8_t* safe
) noexcept nogil:
    return fast_pairs(s, line_end, src, safe, 3)

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
        return pairs_1(s, line_end, src, safe) if s.mixed else runs_1(s, line_end, src, safe)
    if s.unit == 3:
        return pairs_3(s, line_end, src, safe) if s.mixed else runs_3(s, line_end, src, safe)
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
        return NEED if s.literal else BAND
    if s.pending == 0:
        if src == end:
            return NEED
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
            return BAD_RUN
        s.literal = n
        s.pending = 0
        return careful(s, line_end, input, end)
    else:
        n = (s.op[0] + 1) * s.unit
        if n > room:
            return BAD_RUN
        want = min(1 + s.unit - s.pending, <size_t> (end - src))
        memcpy(s.op + s.pending, src, want)
        s.pending += want
        input[0] = src + want
        if s.pending < 1 + s.unit:
            return NEED
        repeat_pixel(s.at, s.op + 1, n, s.unit)
        s.at += n
    s.pending = 0
    return BAND


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
    return BAND if s.at == band_end else NEED


cdef void repeat_line(Lines* s) noexcept nogil:
    """Repeat the last line, as often as is wanted and the band has room for.

    An earlier band may have left just those lines where they are wanted: on a white page or in a margin it is enough
    to compare one. ``same_from`` … ``same_to`` are lines of the buffer that are equal, but that the first of them may
    begin with the rubbish that the last run of the line before it left; ``same_was`` is where they began before the
    last line was written among them.
    """
    cdef size_t first = s.count
    cdef size_t end = first + min(s.copies, s.capacity - first)
    cdef size_t lowest = max(first, <size_t> 1) - 1
    cdef uint8_t* last = s.band + first * s.length - s.length
    cdef bint worth = end - first >= WORTH and s.length >= RUN * s.unit
    s.copies -= end - first
    s.left -= end - first
    s.count = end
    if worth and s.same_from <= first and first + 1 < s.same_to and equal(last, s, s.same_to - 1):
        memcpy(s.band + first * s.length, last, RUN * s.unit)
        first = min(s.same_to, end)
        s.same_from = min(s.same_was, lowest)
        s.same_to = max(s.same_to, end)
    elif worth and s.same_from < s.same_to == lowest and equal(last, s, lowest - 1):
        s.same_to = end
    else:
        if s.same_to > lowest:
            s.same_from = max(s.same_from, end)
        if s.same_from + (end - lowest) >= s.same_to:
            s.same_from = lowest
            s.same_to = end
    while first < s.count:
        memcpy(s.band + first * s.length, last, s.length)
        first += 1


cdef inline bint equal(const uint8_t* line, Lines* s, size_t other) noexcept nogil:
    return memcmp(line, s.band + other * s.length, s.length) == 0


cdef int decode(Lines* s, const uint8_t** input, const uint8_t* end) noexcept nogil:
    """Fill the band from the input; BAND when it is full or holds the page's last line."""
    cdef const uint8_t* safe = input[0]
    cdef uint8_t* line_end
    cdef size_t margin = (RUN + 1) * s.unit + 32
    cdef bint long_enough = <size_t> (end - input[0]) > margin
    cdef int status
    if not s.coded:
        return plain(s, input, end)
    if long_enough:
        safe = end - margin
    while True:
        if s.copies:
            repeat_line(s)
        if s.count == s.capacity or s.left == 0:
            return BAND
        if not s.in_line:
            if input[0] == end:
                return NEED
            s.op_offset = s.offset + <size_t> (input[0] - s.input)
            s.copies = input[0][0]
            if s.copies >= s.left:
                return BAD_REPEAT
            input[0] += 1
            s.in_line = True
            s.repeats = s.copies
            s.copies = 0
            s.at = s.band + s.count * s.length
            s.same_was = s.count
            if s.same_from <= s.count < s.same_to:
                s.same_was = s.same_from
                s.same_from = s.count + 1
        line_end = s.band + (s.count + 1) * s.length
        while s.at < line_end:
            if long_enough and input[0] <= safe and s.pending == 0 and s.literal == 0:
                input[0] = fast(s, line_end, input[0], safe)
                if s.at > line_end:
                    s.op_offset = s.offset + <size_t> (s.op_at - s.input)
                    return BAD_RUN
            else:
                status = careful(s, line_end, input, end)
                if status != BAND:
                    return status
        s.in_line = False
        s.count += 1
        s.left -= 1
        s.copies = s.repeats


cdef class LineDecoder:
    """The lines of one page, in bands.

    ``length`` octets in a line, ``unit`` octets in a coded pixel (at most 31), ``height`` lines; a band holds about
    ``band_bytes``, at least one line. ``coded`` is False for the plain lines of CUPS raster 1 and 3. ``offset`` is
    where the next octet stands in the input, for ``fault_offset``.
    """

    def __init__(
        self, size_t length, size_t unit, size_t height, int white, size_t band_bytes, bint coded, uint64_t offset
    ):
        cdef size_t slack = RUN * unit + WORDS
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
        self.view = memoryview(self.buffer)[length:].toreadonly()
        self.s.band = <uint8_t*> self.buffer + length
        self.s.at = self.s.band

    cdef int feed(self, const uint8_t** input, const uint8_t* end) noexcept nogil:
        """Read from ``input[0]`` on and move it.

        BAND: ``band()`` has lines to take, at the latest now. NEED: the input is used up. BAD_RUN, BAD_REPEAT: the
        run or repeat at ``fault_offset`` goes past the end of its line or of the page.
        """
        cdef int status
        self.s.input = input[0]
        status = decode(&self.s, input, end)
        self.s.offset += input[0] - self.s.input
        return status

    cdef object band(self):
        """The octets of a band that is complete; they are valid until the next ``feed``."""
        return self.view[: self.s.count * self.s.length]

    cdef bint next(self) noexcept:
        """Begin the next band; False if there is none because the page is complete."""
        cdef Lines* s = &self.s
        if s.copies:
            memcpy(s.band - s.length, s.band + (s.count - 1) * s.length, s.length)
        self.y += s.count
        s.count = 0
        s.at = s.band
        return s.left > 0
