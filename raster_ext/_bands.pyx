# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False, cdivision=True
"""Small things done to whole bands: byte order, tests for white and for colour."""

from libc.stdint cimport uint8_t, uint16_t, uint64_t

cdef extern from *:
    """
    #include "vector.h"
    static void ink_swap(const uint8_t *, uint8_t *, size_t) INK_VECTOR;
    """

cdef void swap "ink_swap"(const uint8_t* src, uint8_t* out, size_t pairs) noexcept nogil:
    cdef size_t i
    for i in range(pairs):
        out[2 * i] = src[2 * i + 1]
        out[2 * i + 1] = src[2 * i]


def swap_16(const uint8_t[::1] data not None):
    """A copy with the two octets of each 16-bit sample exchanged."""
    cdef size_t n = data.shape[0]
    cdef bytearray out = bytearray(n)
    cdef uint8_t* to = out
    with nogil:
        swap(&data[0], to, n // 2)
    return memoryview(out)


cdef extern from *:
    """
    static int ink_tinted(const uint8_t *, size_t) INK_VECTOR;
    static int ink_other(const uint8_t *, size_t, uint8_t) INK_VECTOR;
    """

cdef enum:
    LOOK = 4096

cdef int tinted "ink_tinted"(const uint8_t* src, size_t n) noexcept nogil:
    cdef size_t i
    cdef uint8_t different = 0
    for i in range(n):
        different |= (src[3 * i] ^ src[3 * i + 1]) | (src[3 * i + 1] ^ src[3 * i + 2])
    return different != 0


cdef int other "ink_other"(const uint8_t* src, size_t n, uint8_t value) noexcept nogil:
    cdef size_t i
    cdef uint8_t different = 0
    for i in range(n):
        different |= src[i] ^ value
    return different != 0


def is_colored(const uint8_t[::1] data not None):
    """Has any of these srgb_8 pixels R, G and B that are not the same? Looks no further than the first."""
    cdef size_t n = data.shape[0] // 3
    cdef size_t i = 0
    cdef bint found = False
    if data.shape[0] % 3:
        raise ValueError(f"{data.shape[0]} octets are no whole pixels")
    with nogil:
        while i < n and not found:
            found = tinted(&data[0] + 3 * i, min(n - i, <size_t> LOOK))
            i += LOOK
    return found


def is_white(const uint8_t[::1] data not None, uint8_t white=0xFF):
    """Are all octets ``white`` (``Page.white``)? Looks no further than the first that is not."""
    cdef size_t n = data.shape[0]
    cdef size_t i = 0
    cdef bint found = False
    with nogil:
        while i < n and not found:
            found = other(&data[0] + i, min(n - i, <size_t> LOOK), white)
            i += LOOK
    return not found
