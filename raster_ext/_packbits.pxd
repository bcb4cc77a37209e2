# cython: language_level=3
from libc.stdint cimport uint8_t, uint64_t

cdef enum:
    RUN = 128
    MAX_UNIT = 32
    WORTH = 4
    WORDS = 96

cdef enum:
    NEED
    BAND
    BAD_RUN
    BAD_REPEAT

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
    size_t same_from        # see ``repeat_line``
    size_t same_to
    size_t same_was
    bint mixed              # see ``fast_runs``
    size_t literal          # octets of a run of different pixels still to come
    size_t pending          # octets in ``op``
    uint8_t op[MAX_UNIT]    # a run that the last input cut
    size_t repeats          # copies of the line that is being read
    const uint8_t* input    # start of the octets being read, which is ``offset`` in the whole input
    uint64_t offset
    uint64_t op_offset      # where in the whole input the last run or repeat starts
    const uint8_t* op_at


cdef class LineDecoder:
    cdef Lines s
    cdef bytearray buffer
    cdef object view         # of the buffer, from the band's first line on
    cdef bint swap           # samples of 16 bits are little-endian in the file
    cdef size_t y           # the page's line that the band begins with

    cdef int feed(self, const uint8_t** input, const uint8_t* end) noexcept nogil
    cdef object band(self)
    cdef bint next(self) noexcept
