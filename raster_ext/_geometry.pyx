# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""Turning, mirroring and scaling of whole-octet pixels."""

from libc.stdint cimport int16_t, int32_t, uint8_t
from libc.string cimport memcpy, memset

cdef enum:

    PRECISION = 14

cdef extern from *:
    """
    #include "vector.h"
    static void ink_add_line(int *, const uint8_t *, int, size_t) INK_VECTOR;
    static void ink_store_line(const int *, uint8_t *, size_t) INK_VECTOR;
    """


cdef inline void turn(
    const uint8_t* src, uint8_t* out, size_t width, size_t height, size_t unit, bint clockwise
) noexcept nogil:
    """A quarter turn, in square blocks so that both sides stay in the cache."""
    cdef size_t x, y, x0, y0, to_x, to_y
    for y0 in range(0, height, 32):
        for x0 in range(0, width, 32):
            for x in range(x0, min(x0 + 32, width)):
                to_y = x if clockwise else width - 1 - x
                for y in range(y0, min(y0 + 32, height)):
                    to_x = height - 1 - y if clockwise else y
                    memcpy(out + (to_y * height + to_x) * unit, src + (y * width + x) * unit, unit)


cdef inline void mirror(const uint8_t* src, uint8_t* out, size_t width, size_t unit) noexcept nogil:
    cdef size_t x
    for x in range(width):
        memcpy(out + (width - 1 - x) * unit, src + x * unit, unit)


def rotate(
    const uint8_t[::1] src not None, uint8_t[::1] out not None, size_t width, size_t height, size_t unit, int turns
):
    """``turns`` (1, 2 or 3) quarter turns clockwise of width × height pixels of ``unit`` octets."""
    cdef size_t y
    cdef bint clockwise = turns == 1
    if not width or not height or not unit or <size_t> src.shape[0] != width * height * unit:
        raise ValueError(f"{src.shape[0]} octets are not {width} by {height} pixels of {unit}")
    if out.shape[0] != src.shape[0] or turns not in (1, 2, 3):
        raise ValueError("no room, or no such turn")
    with nogil:
        if turns == 2:
            mirror_any(&src[0], &out[0], width * height, unit)
        elif unit == 1:
            turn(&src[0], &out[0], width, height, 1, clockwise)
        elif unit == 3:
            turn(&src[0], &out[0], width, height, 3, clockwise)
        elif unit == 4:
            turn(&src[0], &out[0], width, height, 4, clockwise)
        else:
            turn(&src[0], &out[0], width, height, unit, clockwise)


cdef void mirror_any(const uint8_t* src, uint8_t* out, size_t width, size_t unit) noexcept nogil:
    if unit == 1:
        mirror(src, out, width, 1)
    elif unit == 3:
        mirror(src, out, width, 3)
    elif unit == 4:
        mirror(src, out, width, 4)
    else:
        mirror(src, out, width, unit)


def mirror_lines(const uint8_t[::1] src not None, uint8_t[::1] out not None, size_t width, size_t unit):
    """Each line of ``width`` pixels of ``unit`` octets from right to left."""
    cdef size_t y, length = width * unit
    if not length or src.shape[0] % length or out.shape[0] != src.shape[0]:
        raise ValueError(f"{src.shape[0]} octets are no whole lines of {length}")
    with nogil:
        for y in range(src.shape[0] // length):
            mirror_any(&src[0] + y * length, &out[0] + y * length, width, unit)


cdef inline uint8_t reversed_bits(uint8_t b) noexcept nogil:
    b = <uint8_t> ((b & 0x0F) << 4 | b >> 4)
    b = <uint8_t> ((b & 0x33) << 2 | (b >> 2 & 0x33))
    return <uint8_t> ((b & 0x55) << 1 | (b >> 1 & 0x55))


def mirror_bits(const uint8_t[::1] src not None, uint8_t[::1] out not None, size_t width):
    """Each line of ``width`` packed bits from right to left; what fills the last octet becomes 0."""
    cdef size_t x, y, length = (width + 7) // 8
    cdef int shift = <int> (8 * length - width)
    cdef const uint8_t* p
    cdef uint8_t* q
    cdef unsigned int word
    if not width or src.shape[0] % length or out.shape[0] != src.shape[0]:
        raise ValueError(f"{src.shape[0]} octets are no whole lines of {length}")
    with nogil:
        for y in range(src.shape[0] // length):
            p = &src[0] + y * length
            q = &out[0] + y * length
            for x in range(length):
                # The line moves right by what filled its last octet, then its octets turn round.
                word = <unsigned int> p[length - 1 - x] >> shift
                if x + 1 < length:
                    word |= <unsigned int> p[length - 2 - x] << (8 - shift)
                q[x] = reversed_bits(<uint8_t> word)


cdef void add_line "ink_add_line"(int* sums, const uint8_t* line, int weight, size_t n) noexcept nogil:
    cdef size_t i
    for i in range(n):
        sums[i] += weight * line[i]


cdef void store_line "ink_store_line"(const int* sums, uint8_t* out, size_t n) noexcept nogil:
    cdef size_t i
    cdef int32_t v
    for i in range(n):
        v = (sums[i] + (1 << (PRECISION - 1))) >> PRECISION
        v = 0 if v < 0 else v
        out[i] = <uint8_t> (255 if v > 255 else v)


cdef inline void across_n(
    const uint8_t* src, uint8_t* out, size_t width, const int* first, const short* weights, size_t taps,
    int channels,
) noexcept nogil:
    cdef size_t x, k
    cdef int c
    cdef int32_t v
    cdef const uint8_t* p
    for x in range(width):
        p = src + first[x] * channels
        for c in range(channels):
            v = 1 << (PRECISION - 1)
            for k in range(taps):
                v += weights[k] * p[k * channels + c]
            v >>= PRECISION
            v = 0 if v < 0 else v
            out[c] = <uint8_t> (255 if v > 255 else v)
        out += channels
        weights += taps


def across(
    const uint8_t[::1] src not None, uint8_t[::1] out not None, size_t src_width, size_t width, int channels,
    const int[::1] first not None, const short[::1] weights not None, size_t taps,
):
    """One line to another width. Output pixel x is the sum of ``taps`` pixels from ``first[x]`` on, each times its
    weight / 2**14, which are in ``weights`` at ``taps * x``."""
    cdef size_t x
    if src.shape[0] != <ptrdiff_t> (src_width * channels) or out.shape[0] != <ptrdiff_t> (width * channels):
        raise ValueError("lines of another length")
    if first.shape[0] != <ptrdiff_t> width or weights.shape[0] != <ptrdiff_t> (width * taps):
        raise ValueError("weights of another length")
    for x in range(width):
        if first[x] < 0 or first[x] + taps > src_width:
            raise ValueError("weights outside the line")
    with nogil:
        if channels == 1:
            across_n(&src[0], &out[0], width, &first[0], &weights[0], taps, 1)
        elif channels == 3:
            across_n(&src[0], &out[0], width, &first[0], &weights[0], taps, 3)
        elif channels == 4:
            across_n(&src[0], &out[0], width, &first[0], &weights[0], taps, 4)
        else:
            across_n(&src[0], &out[0], width, &first[0], &weights[0], taps, channels)


def down(list lines, const short[::1] weights not None, int[::1] sums not None, uint8_t[::1] out not None):
    """The sum of as many lines as there are weights, each times its weight / 2**14."""
    cdef size_t n = out.shape[0]
    cdef const uint8_t[::1] line
    cdef size_t i
    if sums.shape[0] != out.shape[0] or len(lines) != weights.shape[0]:
        raise ValueError("lines of another length")
    memset(&sums[0], 0, n * sizeof(int))
    for i in range(<size_t> weights.shape[0]):
        line = lines[i]
        if line.shape[0] != out.shape[0]:
            raise ValueError("lines of another length")
        if weights[i]:
            with nogil:
                add_line(&sums[0], &line[0], weights[i], n)
    with nogil:
        store_line(&sums[0], &out[0], n)


def flip(const uint8_t[::1] src not None, uint8_t[::1] out not None, size_t length):
    """Lines of ``length`` octets, the last one first."""
    cdef size_t y, lines = src.shape[0] // length if length else 0
    if not length or <size_t> src.shape[0] != lines * length or out.shape[0] != src.shape[0]:
        raise ValueError(f"{src.shape[0]} octets are no whole lines of {length}")
    with nogil:
        for y in range(lines):
            memcpy(&out[0] + (lines - 1 - y) * length, &src[0] + y * length, length)
