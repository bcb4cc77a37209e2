# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""Gray light to dots of ink. Dots are packed, most significant bit first; a set bit is ink.

Thresholds come as a tile of 128 × 128 in 1 … 255 that repeats over the page. Error diffusion keeps what it owes to
the next line in ``Diffusion``, so bands may be cut anywhere.
"""

from libc.stdint cimport int16_t, int32_t, uint8_t, uint16_t, uint64_t
from libc.string cimport memcpy, memset

cdef enum:
    TILE = 128
    TILES = 16          # that are done at a time
    BLOCK = 2048        # pixels in so many tiles
    HALF = 1024
    QUARTER = 512
    EIGHTH = 256

cdef extern from *:
    """
    #include "vector.h"
    static void ink_dots(const uint8_t *, const uint8_t *, uint8_t *, size_t) INK_VECTOR;
    static void ink_luma(const uint8_t *, uint8_t *, size_t) INK_VECTOR;
    """

cdef uint8_t[TILE] BITS

cdef void set_bits() noexcept:
    cdef int i
    for i in range(TILE):
        BITS[i] = 128 >> (i & 7)

set_bits()


cdef inline void fold(const uint16_t* pairs, uint8_t* out, size_t n) noexcept nogil:
    """Two octets with different bits → one with the bits of both; whichever of them stands first."""
    cdef size_t i
    for i in range(n):
        out[i] = <uint8_t> (pairs[i] | pairs[i] >> 8)


cdef void dots "ink_dots"(const uint8_t* gray, const uint8_t* limit, uint8_t* out, size_t tiles) noexcept nogil:
    """Up to ``TILES`` times ``TILE`` pixels of gray against the same thresholds; an octet of bits for each 8 pixels."""
    cdef uint16_t[HALF] ones
    cdef uint16_t[QUARTER] twos
    cdef uint16_t[EIGHTH] fours
    cdef uint8_t* flags = <uint8_t*> ones
    cdef size_t tile
    cdef int i
    for tile in range(tiles):
        for i in range(TILE):
            flags[i] = BITS[i] if gray[i] < limit[i] else 0
        flags += TILE
        gray += TILE
    fold(ones, <uint8_t*> twos, tiles * TILE // 2)
    fold(twos, <uint8_t*> fours, tiles * TILE // 4)
    fold(fours, out, tiles * TILE // 8)


cdef void luma "ink_luma"(const uint8_t* src, uint8_t* out, size_t n) noexcept nogil:
    """As ``_color.gray_from_rgb``."""
    cdef size_t i
    cdef uint16_t r, g, b
    for i in range(n):
        r = src[3 * i]
        g = src[3 * i + 1]
        b = src[3 * i + 2]
        out[i] = <uint8_t> (<uint16_t> (r * 77 + g * 150 + b * 29 + 128) >> 8)


cdef void ordered_line(
    const uint8_t* src, const uint8_t* limit, uint8_t* out, size_t width, int channels
) noexcept nogil:
    cdef uint8_t[BLOCK] gray
    cdef uint8_t[EIGHTH] last
    cdef size_t n
    while width >= TILE:
        n = min(width // TILE, <size_t> TILES)
        if channels == 3:
            luma(src, gray, n * TILE)
            dots(gray, limit, out, n)
        else:
            dots(src, limit, out, n)
        src += n * TILE * channels
        out += n * TILE // 8
        width -= n * TILE
    if width:
        memset(gray, 255, TILE)
        if channels == 3:
            luma(src, gray, width)
        else:
            memcpy(gray, src, width)
        dots(gray, limit, last, 1)
        memcpy(out, last, (width + 7) // 8)


def ordered(
    const uint8_t[::1] src not None, uint8_t[::1] out not None, const uint8_t[::1] tile not None, size_t width,
    int channels, size_t y,
):
    """Lines of gray (or sRGB, 3 channels) from page line ``y`` on → one bit a pixel."""
    cdef size_t i, lines = check(src.shape[0], out.shape[0], width, channels, 1)
    if tile.shape[0] != TILE * TILE:
        raise ValueError("a tile has 128 × 128 thresholds")
    with nogil:
        for i in range(lines):
            ordered_line(
                &src[0] + i * width * channels, &tile[0] + (y + i) % TILE * TILE, &out[0] + i * ((width + 7) // 8),
                width, channels,
            )


cdef size_t check(size_t src, size_t out, size_t width, int channels, int bits) except? 0:
    cdef size_t line = width * channels
    if width == 0 or channels not in (1, 3) or bits not in (1, 2, 4):
        raise ValueError("1 or 3 channels, 1, 2 or 4 bits, a width")
    if src % line or src // line * ((width * bits + 7) // 8) != out:
        raise ValueError(f"{src} octets are no whole lines, or {out} are no room for them")
    return src // line


def ordered_levels(
    const uint8_t[::1] src not None, uint8_t[::1] out not None, const uint8_t[::1] tile not None, size_t width,
    int bits, size_t y,
):
    """Lines of gray → 2 or 4 bits a pixel, 0 no ink: the step below, or above where the threshold says so."""
    cdef size_t i, x, lines = check(src.shape[0], out.shape[0], width, 1, bits)
    cdef size_t line = (width * bits + 7) // 8
    cdef const uint8_t* gray
    cdef const uint8_t* limit
    cdef uint8_t* to
    cdef int ink, level, top = (1 << bits) - 1
    cdef unsigned int word
    if tile.shape[0] != TILE * TILE:
        raise ValueError("a tile has 128 × 128 thresholds")
    with nogil:
        for i in range(lines):
            gray = &src[0] + i * width
            limit = &tile[0] + (y + i) % TILE * TILE
            to = &out[0] + i * line
            word = 0
            for x in range(width):
                ink = (255 - gray[x]) * top
                level = ink // 255 + (ink % 255 + limit[x % TILE] > 255)
                word = word << bits | <unsigned int> level
                if (x + 1) * bits % 8 == 0:
                    to[0] = <uint8_t> word
                    to += 1
            if width * bits % 8:
                to[0] = <uint8_t> (word << (8 - width * bits % 8))


cdef class Diffusion:
    """Floyd and Steinberg's error diffusion: 7/16 to the right, 3, 5 and 1/16 below.

    R. Floyd, L. Steinberg, "An adaptive algorithm for spatial grey scale", Proc. SID 17 (1976). Left to right, errors
    in sixteenths of a step, the remainder of the division kept in the page's corner cases as rounding to nearest.
    """

    cdef size_t width
    cdef int bits
    cdef int16_t[::1] owed

    def __init__(self, size_t width, int bits):
        from array import array

        check(0, 0, width, 1, bits)
        self.width = width
        self.bits = bits
        self.owed = array("h", bytes(2 * (width + 2)))

    def run(self, const uint8_t[::1] src not None, uint8_t[::1] out not None):
        """The next lines of gray → packed ink."""
        cdef size_t i, lines = check(src.shape[0], out.shape[0], self.width, 1, self.bits)
        cdef size_t line = (self.width * self.bits + 7) // 8
        with nogil:
            for i in range(lines):
                if self.bits == 1:
                    diffuse_line(&src[0] + i * self.width, &out[0] + i * line, self.width, &self.owed[1], 1)
                else:
                    diffuse_line(&src[0] + i * self.width, &out[0] + i * line, self.width, &self.owed[1], self.bits)


cdef inline void diffuse_line(
    const uint8_t* gray, uint8_t* out, size_t width, int16_t* owed, int bits
) noexcept nogil:
    cdef int top = (1 << bits) - 1
    cdef int step = 255 // top
    cdef int right = 0, below = 0, ahead = 0
    cdef int value, level, error
    cdef unsigned int word = 0
    cdef size_t x
    for x in range(width):
        value = 255 - gray[x] + ((right + owed[x] + 8) >> 4)
        if bits == 1:
            level = value > 127
        else:
            level = min(max((value + step // 2) // step, 0), top)
        error = value - level * step
        right = error * 7
        owed[<ptrdiff_t> x - 1] = <int16_t> (below + error * 3)
        below = ahead + error * 5
        ahead = error
        word = word << bits | <unsigned int> level
        if (x + 1) * bits % 8 == 0:
            out[0] = <uint8_t> word
            out += 1
    owed[<ptrdiff_t> width - 1] = <int16_t> below
    if width * bits % 8:
        out[0] = <uint8_t> (word << (8 - width * bits % 8))


cdef class ToneDiffusion:
    """Error diffusion that goes forth and back, with weights that depend on the tone.

    After V. Ostromoukhov, "A simple and efficient error-diffusion algorithm", SIGGRAPH 2001 (three neighbours: ahead,
    below and behind, below) and B. Zhou, X. Fang, "Improving mid-tone quality of variable-coefficient error diffusion
    using threshold modulation", SIGGRAPH 2003; the numbers are our own, see ``raster_ext.generate``. ``weights`` has
    for each tone of ink 0 … 255: ahead, below and behind (in 256ths; the rest goes below), noise of the threshold.
    """

    cdef size_t width
    cdef int bits
    cdef size_t y
    cdef const uint8_t[::1] tile
    cdef const int16_t[:, ::1] weights
    cdef int32_t[::1] owed

    def __init__(self, size_t width, int bits, const uint8_t[::1] tile not None, const int16_t[:, ::1] weights not None):
        from array import array

        check(0, 0, width, 1, bits)
        if tile.shape[0] != TILE * TILE or weights.shape[0] != 256 or weights.shape[1] != 3:
            raise ValueError("a tile of 128 × 128 and weights of 256 × 3")
        self.width = width
        self.bits = bits
        self.tile = tile
        self.weights = weights
        self.owed = array("i", bytes(4 * (width + 2)))

    def run(self, const uint8_t[::1] src not None, uint8_t[::1] out not None):
        """The next lines of gray → packed ink."""
        cdef size_t i, lines = check(src.shape[0], out.shape[0], self.width, 1, self.bits)
        cdef size_t line = (self.width * self.bits + 7) // 8
        memset(&out[0], 0, out.shape[0])
        with nogil:
            for i in range(lines):
                self.line(&src[0] + i * self.width, &out[0] + i * line)
                self.y += 1

    cdef void line(self, const uint8_t* gray, uint8_t* out) noexcept nogil:
        cdef const uint8_t* noise = &self.tile[0] + self.y % TILE * TILE
        cdef int32_t* owed = &self.owed[1]
        cdef int top = (1 << self.bits) - 1
        cdef int step = 255 // top
        cdef int ink, tone, level
        cdef int32_t value, error, ahead = 0, below = 0, behind
        cdef ptrdiff_t x, i, width = <ptrdiff_t> self.width
        cdef ptrdiff_t way = 1 if self.y % 2 == 0 else -1
        cdef const int16_t* w
        x = 0 if way == 1 else width - 1
        for i in range(width):
            ink = 255 - gray[x]
            tone = ink % step * top if ink < 255 else 0
            w = &self.weights[tone, 0]
            value = (ink << 8) + ahead + owed[x]
            level = (value + (step << 7) + (noise[x % TILE] - 128) * w[2] // top) // (step << 8)
            level = min(max(level, 0), top)
            error = value - level * (step << 8)
            ahead = error * w[0] >> 8
            behind = error * w[1] >> 8
            owed[x - way] = below + behind
            below = error - ahead - behind
            out[x * self.bits >> 3] |= <uint8_t> (level << (8 - self.bits - (x * self.bits & 7)))
            x += way
        owed[x - way] = below


def pack(const uint8_t[::1] src not None, size_t width):
    """Lines of 8-bit samples → bits, set where the sample is 128 or more."""
    cdef size_t x, y, line = (width + 7) // 8
    cdef size_t lines = src.shape[0] // width if width else 0
    cdef bytearray made
    cdef uint8_t* out
    if not width or <size_t> src.shape[0] != lines * width:
        raise ValueError(f"{src.shape[0]} octets are no whole lines of {width}")
    made = bytearray(lines * line)
    out = made
    with nogil:
        for y in range(lines):
            for x in range(width):
                out[x >> 3] |= <uint8_t> ((src[y * width + x] >> 7) << (7 - (x & 7)))
            out += line
    return made
