"""A page's lines on the head: the page's middle is the head's."""

from __future__ import annotations

from collections.abc import Callable

from board.engine.mechanism import Mechanism


def placed(mechanism: Mechanism, width: int) -> Callable[[bytes], bytes]:
    """From a line of a ``black_1`` page of so many pixels to a line of dots. What lies beside the head is lost: the
    model's margins keep it white."""
    dots, octets = mechanism.dots, mechanism.octets
    spare = 8 * ((width + 7) // 8) - width
    beside = (width - dots) // 2
    mask = (1 << dots) - 1
    pad = 8 * octets - dots

    def place(line: bytes) -> bytes:
        bits = int.from_bytes(line) >> spare
        bits = bits >> (width - dots - beside) if width >= dots else bits << (dots - width + beside)
        return ((bits & mask) << pad).to_bytes(octets)

    return place
