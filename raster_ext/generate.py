"""Make ``bluenoise.png``, the threshold matrix of the dispersed halftone: ``python -m raster_ext.generate``.

Void and cluster: R. Ulichney, "The void-and-cluster method for dither array generation", SPIE 1913 (1993).
Each threshold level then has its dots as evenly spread as they can be, on a torus, so that the matrix tiles
the page. Needs NumPy; the result is kept in the package, because a small board would take a minute over it.
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SIZE = 128
SIGMA = 1.5


def ranks(size: int = SIZE, sigma: float = SIGMA, seed: int = 1913) -> NDArray[np.int64]:
    """The order in which the dots of a ``size`` × ``size`` torus are set, from 0."""
    distance = np.minimum(np.arange(size), size - np.arange(size)) ** 2
    bell = np.exp(-(distance[:, None] + distance[None, :]) / (2 * sigma**2))
    twice = np.tile(bell, (2, 2))
    dots = np.zeros((size, size), dtype=bool)
    energy = np.zeros((size, size))

    def turn(y: int, x: int, sign: float) -> None:
        dots[y, x] = sign > 0
        energy[:] += sign * twice[size - y : 2 * size - y, size - x : 2 * size - x]

    def tightest() -> tuple[int, int]:
        y, x = np.unravel_index(int(np.argmax(np.where(dots, energy, -np.inf))), dots.shape)
        return int(y), int(x)

    def emptiest() -> tuple[int, int]:
        y, x = np.unravel_index(int(np.argmin(np.where(dots, np.inf, energy))), dots.shape)
        return int(y), int(x)

    for place in np.random.default_rng(seed).permutation(size * size)[: size * size // 10]:
        turn(int(place) // size, int(place) % size, 1)
    while True:
        out = tightest()
        turn(*out, -1)
        into = emptiest()
        turn(*into, 1)
        if into == out:
            break
    first, kept = dots.copy(), energy.copy()
    order = np.zeros((size, size), dtype=np.int64)
    for rank in range(int(dots.sum()) - 1, -1, -1):
        place_ = tightest()
        order[place_] = rank
        turn(*place_, -1)
    dots[:], energy[:] = first, kept
    for rank in range(int(dots.sum()), size * size):
        place_ = emptiest()
        order[place_] = rank
        turn(*place_, 1)
    return order


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def main() -> None:
    order = ranks()
    # 1 … 255, each equally often: gray g has a dot where it is less than the threshold. First set, highest
    # threshold.
    thresholds = (255 - order * 255 // (SIZE * SIZE)).astype(np.uint8)
    rows = b"".join(b"\0" + row.tobytes() for row in thresholds)
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", SIZE, SIZE, 8, 0, 0, 0, 0))
    png += chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")
    Path(__file__).with_name("bluenoise.png").write_bytes(png)


if __name__ == "__main__":
    main()
