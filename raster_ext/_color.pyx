# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""Colour conversion of 8-bit samples, pixel by pixel: loops that the compiler turns into vector code.

Every function takes whole pixels of the source and a destination that is exactly large enough; lengths are checked
before the loop. Light is 255 for white, ink is 255 for a full dot.
"""

from libc.stdint cimport uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy

cdef extern from *:
    """
    #include "vector.h"
    #define INK_KERNEL(name) static void name(const uint8_t *, uint8_t *, size_t) INK_VECTOR;
    INK_KERNEL(ink_narrow)
    INK_KERNEL(ink_invert)
    INK_KERNEL(ink_gray_rgb)
    INK_KERNEL(ink_gray_cmyk)
    INK_KERNEL(ink_rgb_gray)
    INK_KERNEL(ink_rgb_cmyk)
    INK_KERNEL(ink_cmyk_gray)
    static void ink_cmyk_rgb(const uint8_t *, uint8_t *, size_t, int, int) INK_VECTOR;
    """

cdef int sizes(size_t src, size_t out, size_t per_src, size_t per_out) except -1:
    if src % per_src or src // per_src != out // per_out or out % per_out:
        raise ValueError(f"{src} octets do not fill {out}")
    return 0


cdef void c_narrow "ink_narrow"(const uint8_t* src, uint8_t* out, size_t n) noexcept nogil:
    cdef size_t i
    for i in range(n):
        out[i] = <uint8_t> ((((<uint32_t> src[2 * i] << 8) | src[2 * i + 1]) * 255 + 32895) >> 16)


def narrow(const uint8_t[::1] src not None, uint8_t[::1] out not None):
    """16-bit big-endian samples → 8 bits, to the nearest: v / 257."""
    cdef size_t n = out.shape[0]
    sizes(src.shape[0], n, 2, 1)
    with nogil:
        c_narrow(&src[0], &out[0], n)


cdef void c_invert "ink_invert"(const uint8_t* src, uint8_t* out, size_t n) noexcept nogil:
    cdef size_t i
    for i in range(n):
        out[i] = ~src[i]


def invert(const uint8_t[::1] src not None, uint8_t[::1] out not None):
    """Light ⇄ ink, of any number of bits."""
    cdef size_t n = out.shape[0]
    sizes(src.shape[0], n, 1, 1)
    with nogil:
        c_invert(&src[0], &out[0], n)


cdef void c_gray_rgb "ink_gray_rgb"(const uint8_t* src, uint8_t* out, size_t n) noexcept nogil:
    cdef size_t i
    cdef uint16_t r, g, b
    for i in range(n):
        r = src[3 * i]
        g = src[3 * i + 1]
        b = src[3 * i + 2]
        out[i] = <uint8_t> (<uint16_t> (r * 77 + g * 150 + b * 29 + 128) >> 8)


def gray_from_rgb(const uint8_t[::1] src not None, uint8_t[::1] out not None):
    """ITU-R BT.601 luma, 0.299 R + 0.587 G + 0.114 B, of the encoded values; within 1 of exact."""
    cdef size_t n = out.shape[0]
    sizes(src.shape[0], n, 3, 1)
    with nogil:
        c_gray_rgb(&src[0], &out[0], n)


def gray_from_rgb_tables(
    const uint8_t[::1] src not None, uint8_t[::1] out not None, const uint16_t[::1] red not None,
    const uint16_t[::1] green not None, const uint16_t[::1] blue not None, const uint8_t[::1] encode not None,
):
    """Weighted light: ``encode[(red[R] + green[G] + blue[B]) >> 4]``; tables of 256, sums below 65536, 4096."""
    cdef size_t i, n = out.shape[0]
    cdef const uint8_t* p = &src[0]
    sizes(src.shape[0], n, 3, 1)
    if min(red.shape[0], green.shape[0], blue.shape[0]) < 256 or encode.shape[0] < 4096:
        raise ValueError("short tables")
    with nogil:
        for i in range(n):
            out[i] = encode[<uint16_t> (red[p[0]] + green[p[1]] + blue[p[2]]) >> 4]
            p += 3


def rgb_from_tables(
    const uint8_t[::1] src not None, uint8_t[::1] out not None, const int[:, :, ::1] matrix not None,
    const uint8_t[::1] encode not None,
):
    """Another RGB space: ``matrix[to][from][value]`` summed and clipped to 0 … 65535, then ``encode[sum >> 4]``."""
    cdef size_t i, n = out.shape[0] // 3
    cdef int c, light
    cdef const uint8_t* p = &src[0]
    sizes(src.shape[0], out.shape[0], 3, 3)
    if matrix.shape[0] != 3 or matrix.shape[1] != 3 or matrix.shape[2] != 256 or encode.shape[0] < 4096:
        raise ValueError("short tables")
    with nogil:
        for i in range(n):
            for c in range(3):
                light = matrix[c, 0, p[0]] + matrix[c, 1, p[1]] + matrix[c, 2, p[2]]
                light = min(max(light, 0), 65535)
                out[3 * i + c] = encode[light >> 4]
            p += 3


cdef void c_gray_cmyk "ink_gray_cmyk"(const uint8_t* src, uint8_t* out, size_t n) noexcept nogil:
    cdef size_t i
    cdef uint16_t ink
    for i in range(n):
        ink = <uint16_t> (src[4 * i] * 77 + src[4 * i + 1] * 150 + src[4 * i + 2] * 29 + 128) >> 8
        ink += src[4 * i + 3]
        out[i] = <uint8_t> (255 - (255 if ink > 255 else ink))


def gray_from_cmyk(const uint8_t[::1] src not None, uint8_t[::1] out not None):
    """1 - min(1, 0.3 C + 0.59 M + 0.11 Y + K): PostScript Language Reference, third edition, section 7.2.2."""
    cdef size_t n = out.shape[0]
    sizes(src.shape[0], n, 4, 1)
    with nogil:
        c_gray_cmyk(&src[0], &out[0], n)


cdef void c_rgb_gray "ink_rgb_gray"(const uint8_t* src, uint8_t* out, size_t n) noexcept nogil:
    cdef size_t i
    for i in range(n):
        out[3 * i] = src[i]
        out[3 * i + 1] = src[i]
        out[3 * i + 2] = src[i]


def rgb_from_gray(const uint8_t[::1] src not None, uint8_t[::1] out not None):
    """R = G = B = gray."""
    cdef size_t n = src.shape[0]
    sizes(n, out.shape[0], 1, 3)
    with nogil:
        c_rgb_gray(&src[0], &out[0], n)


cdef inline uint8_t less_ink(uint8_t a, uint8_t k) noexcept nogil:
    cdef uint16_t sum = <uint16_t> a + k
    return <uint8_t> (255 - (255 if sum > 255 else sum))


cdef void c_rgb_cmyk "ink_rgb_cmyk"(const uint8_t* src, uint8_t* out, size_t n) noexcept nogil:
    cdef size_t i
    for i in range(n):
        out[3 * i] = less_ink(src[4 * i], src[4 * i + 3])
        out[3 * i + 1] = less_ink(src[4 * i + 1], src[4 * i + 3])
        out[3 * i + 2] = less_ink(src[4 * i + 2], src[4 * i + 3])


def rgb_from_cmyk(const uint8_t[::1] src not None, uint8_t[::1] out not None):
    """R = 1 - min(1, C + K) and so on: PostScript Language Reference, third edition, section 7.2.4."""
    cdef size_t n = src.shape[0] // 4
    sizes(src.shape[0], out.shape[0], 4, 3)
    with nogil:
        c_rgb_cmyk(&src[0], &out[0], n)


cdef void c_cmyk_gray "ink_cmyk_gray"(const uint8_t* src, uint8_t* out, size_t n) noexcept nogil:
    cdef size_t i
    for i in range(n):
        out[4 * i] = 0
        out[4 * i + 1] = 0
        out[4 * i + 2] = 0
        out[4 * i + 3] = ~src[i]


def cmyk_from_gray(const uint8_t[::1] src not None, uint8_t[::1] out not None):
    """Black ink only."""
    cdef size_t n = src.shape[0]
    sizes(n, out.shape[0], 1, 4)
    with nogil:
        c_cmyk_gray(&src[0], &out[0], n)


cdef void c_cmyk_rgb "ink_cmyk_rgb"(const uint8_t* src, uint8_t* out, size_t n, int start, int gain) noexcept nogil:
    cdef size_t i
    cdef uint8_t c, m, y, low
    cdef uint16_t k, over
    for i in range(n):
        c = ~src[3 * i]
        m = ~src[3 * i + 1]
        y = ~src[3 * i + 2]
        low = c if c < m else m
        low = low if low < y else y
        over = <uint16_t> (low - start) if low > start else 0
        k = <uint16_t> (over * gain) >> 8
        out[4 * i] = <uint8_t> (c - k)
        out[4 * i + 1] = <uint8_t> (m - k)
        out[4 * i + 2] = <uint8_t> (y - k)
        out[4 * i + 3] = <uint8_t> k


def cmyk_from_rgb(const uint8_t[::1] src not None, uint8_t[::1] out not None, int start, int gain):
    """C = 1 - R …, then black for the ink that all three share: K = (min(C, M, Y) - start) * gain / 256.

    ``start`` 0 … 255 is where black begins, ``gain`` 0 … 256 its strength; K is taken out of C, M and Y (PostScript
    Language Reference, third edition, section 7.2.3), so that ``rgb_from_cmyk`` gives the same RGB back.
    """
    cdef size_t n = src.shape[0] // 3
    sizes(src.shape[0], out.shape[0], 3, 4)
    if not 0 <= start <= 255 or not 0 <= gain <= 256:
        raise ValueError("start is 0 … 255, gain 0 … 256")
    with nogil:
        c_cmyk_rgb(&src[0], &out[0], n, start, gain)


def pick(const uint8_t[::1] src not None, uint8_t[::1] out not None, size_t per_src, const uint8_t[::1] which not None):
    """Some of a pixel's ``per_src`` samples, in another order: ``which[i]`` is the source of output sample ``i``."""
    cdef size_t per_out = which.shape[0]
    cdef size_t i, j, n = src.shape[0] // per_src if per_src else 0
    if not per_src or not per_out or max(which) >= per_src:
        raise ValueError("no such samples")
    sizes(src.shape[0], out.shape[0], per_src, per_out)
    with nogil:
        for i in range(n):
            for j in range(per_out):
                out[i * per_out + j] = src[i * per_src + which[j]]


def cmyk_from_inks(const uint8_t[::1] src not None, uint8_t[::1] out not None, size_t inks):
    """Five inks and more: the first four are C, M, Y, K; each further one counts as black of half its strength."""
    cdef size_t i, j, n = src.shape[0] // inks if inks else 0
    cdef uint32_t k
    if inks < 5:
        raise ValueError("less than five inks")
    sizes(src.shape[0], out.shape[0], inks, 4)
    with nogil:
        for i in range(n):
            k = src[i * inks + 3]
            for j in range(4, inks):
                k += (src[i * inks + j] + 1) // 2
            memcpy(&out[4 * i], &src[i * inks], 3)
            out[4 * i + 3] = <uint8_t> min(k, <uint32_t> 255)


def cmyk_from_two(const uint8_t[::1] src not None, uint8_t[::1] out not None):
    """Two inks: the first is black, the second counts as black of half its strength."""
    cdef size_t i, n = src.shape[0] // 2
    cdef uint32_t k
    sizes(src.shape[0], out.shape[0], 2, 4)
    with nogil:
        for i in range(n):
            k = src[2 * i] + (src[2 * i + 1] + 1) // 2
            out[4 * i] = out[4 * i + 1] = out[4 * i + 2] = 0
            out[4 * i + 3] = <uint8_t> min(k, <uint32_t> 255)


def over_white(const uint8_t[::1] src not None, uint8_t[::1] out not None):
    """RGBA on white paper."""
    cdef size_t i, j, n = src.shape[0] // 4
    cdef uint32_t v
    sizes(src.shape[0], out.shape[0], 4, 3)
    with nogil:
        for i in range(n):
            for j in range(3):
                v = src[4 * i + j] * src[4 * i + 3] + 255 * (255 - src[4 * i + 3]) + 127
                out[3 * i + j] = <uint8_t> (v // 255)


def map_samples(const uint8_t[::1] src not None, uint8_t[::1] out not None, const uint8_t[::1] table not None):
    """``table[sample]`` for each sample."""
    cdef size_t i, n = out.shape[0]
    sizes(src.shape[0], n, 1, 1)
    if table.shape[0] < 256:
        raise ValueError("a table of 256 is needed")
    with nogil:
        for i in range(n):
            out[i] = table[src[i]]


def unpack(
    const uint8_t[::1] src not None, uint8_t[::1] out not None, size_t samples, int bits,
    const uint64_t[::1] table not None,
):
    """Lines of ``samples`` packed samples of 1, 2 or 4 bits → 8 bits; ``table[octet]`` is its samples in memory."""
    cdef size_t per = 8 // bits
    cdef size_t line = (samples + per - 1) // per
    cdef size_t y, i, lines = out.shape[0] // samples if samples else 0
    cdef const uint8_t* p = &src[0]
    cdef uint8_t* q = &out[0]
    cdef uint64_t word
    if bits not in (1, 2, 4) or table.shape[0] < 256 or not samples:
        raise ValueError("1, 2 or 4 bits, and a table of 256")
    if <size_t> src.shape[0] != lines * line or <size_t> out.shape[0] != lines * samples:
        raise ValueError(f"{src.shape[0]} octets do not fill {out.shape[0]}")
    with nogil:
        for y in range(lines):
            for i in range(samples // per):
                word = table[p[i]]
                if per == 8:
                    memcpy(q + 8 * i, &word, 8)
                else:
                    memcpy(q + per * i, &word, per)
            if samples % per:
                word = table[p[line - 1]]
                memcpy(q + samples // per * per, &word, samples % per)
            p += line
            q += samples


def rgb_from_lab(
    const uint8_t[::1] src not None, uint8_t[::1] out not None, const float[:, ::1] matrix not None,
    const uint8_t[::1] encode not None,
):
    """CIE L*a*b* of 8 bits (L* 0 … 100 as 0 … 255, a* and b* offset by 128) by way of ``matrix`` [3, 3] from XYZ / white.

    ``encode`` is the 4096 steps of light → 8 bits.
    """
    cdef size_t i, j, n = src.shape[0] // 3
    cdef float l
    cdef float[3] xyz
    cdef float light
    sizes(src.shape[0], out.shape[0], 3, 3)
    if matrix.shape[0] != 3 or matrix.shape[1] != 3 or encode.shape[0] < 4096:
        raise ValueError("short tables")
    with nogil:
        for i in range(n):
            l = (src[3 * i] * <float> (100.0 / 255.0) + 16) / 116
            xyz[0] = cube(l + (src[3 * i + 1] - 128) / <float> 500)
            xyz[1] = cube(l)
            xyz[2] = cube(l - (src[3 * i + 2] - 128) / <float> 200)
            for j in range(3):
                light = matrix[j, 0] * xyz[0] + matrix[j, 1] * xyz[1] + matrix[j, 2] * xyz[2]
                out[3 * i + j] = encode[<int> (min(max(light, <float> 0), <float> 1) * 4095)]


cdef inline float cube(float f) noexcept nogil:
    """CIE 15: the inverse of the L* a* b* compression."""
    return f * f * f if f > <float> (6.0 / 29) else (f - <float> (4.0 / 29)) * <float> (108.0 / 841)
