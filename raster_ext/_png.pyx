# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""The Up filter of PNG (ISO/IEC 15948 section 9.2), which PDF knows as predictor 12."""

from libc.stdint cimport uint8_t
from libc.string cimport memcpy

cdef extern from *:
    """
    #include "vector.h"
    static void ink_up(const uint8_t *, const uint8_t *, uint8_t *, size_t) INK_VECTOR;
    """

cdef void up_line "ink_up"(const uint8_t* line, const uint8_t* above, uint8_t* out, size_t n) noexcept nogil:
    cdef size_t i
    for i in range(n):
        out[i] = <uint8_t> (line[i] - above[i])


def up(const uint8_t[::1] src not None, uint8_t[::1] above not None, uint8_t[::1] out not None):
    """Lines → filter octet 2 and the difference to the line above; ``above`` is that line before and after."""
    cdef size_t length = above.shape[0]
    cdef size_t y, lines = src.shape[0] // length if length else 0
    cdef const uint8_t* last = &above[0]
    cdef const uint8_t* line = &src[0]
    cdef uint8_t* to = &out[0]
    if <size_t> src.shape[0] != lines * length or <size_t> out.shape[0] != lines * (length + 1):
        raise ValueError(f"{src.shape[0]} octets are no whole lines of {length}")
    if not lines:
        return
    with nogil:
        for y in range(lines):
            to[0] = 2
            up_line(line, last, to + 1, length)
            last = line
            line += length
            to += length + 1
        memcpy(&above[0], last, length)
