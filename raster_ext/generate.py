"""Where the halftone's numbers come from. Needs NumPy; the results are kept in the package.

``python -m raster_ext.generate`` makes ``bluenoise.png``, the threshold matrix of the dispersed halftone,
``python -m raster_ext.generate weights`` looks for the weights of the tone-dependent error diffusion (some
minutes).

Void and cluster: R. Ulichney, "The void-and-cluster method for dither array generation", SPIE 1913 (1993).
Each threshold level then has its dots as evenly spread as they can be, on a torus, so that the matrix tiles
the page. Needs NumPy; the result is kept in the package, because a small board would take a minute over it.
"""

from __future__ import annotations

import struct
import sys
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from raster_ext import _halftone, halftone

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


def unrest(ink: int, ahead: float, behind: float, noise: float, size: int = 256) -> float:
    """How much a flat tone, diffused with these weights, disturbs the eye: 0 is a perfect gray.

    The spectrum of the dots, of variance 1, weighted by what the eye still sees of the lowest frequencies (6
    times) and low ones (2 times), and a little of its peaks, which are the patterns that one notices.
    """
    width = size + 64
    weights = np.tile(np.array([round(256 * ahead), round(256 * behind), round(noise)], np.int16), (256, 1))
    made = bytearray(width // 8 * width)
    gray = bytes([255 - ink]) * width * width
    _halftone.ToneDiffusion(
        width, 1, halftone.thresholds("dispersed"), memoryview(weights.tobytes()).cast("h", (256, 3))
    ).run(gray, memoryview(made))
    dots = np.unpackbits(np.frombuffer(made, np.uint8).reshape(width, -1), axis=1)[64:, 32:-32]
    mean = ink / 255
    power = np.abs(np.fft.fft2(dots - mean)) ** 2 / (size * size * mean * (1 - mean))
    radius = np.hypot(np.fft.fftfreq(size)[:, None], np.fft.fftfreq(size)[None, :])
    lowest, low = np.exp(-((radius / 0.08) ** 2)), np.exp(-((radius / 0.18) ** 2))
    smooth = np.mean([np.roll(power, (y, x), (0, 1)) for y in range(-2, 3) for x in range(-2, 3)], axis=0)
    peaks = np.sqrt((smooth[(radius > 0.02) & (radius < 0.45)] ** 2).mean())
    return float(6 * (power * lowest).sum() / lowest.sum() + 2 * (power * low).sum() / low.sum() + 0.12 * peaks)


def weights(ink: int, seed: int = 0) -> tuple[float, float, float]:
    """The calmest weights for a tone and its neighbours: by chance, then closer and closer to the best so far."""
    rng = np.random.default_rng(seed)
    near = [k for k in ((ink - 3, ink, ink + 4) if ink > 24 else (ink,)) if k <= 127]
    best, found = np.inf, np.array([7 / 16, 3 / 16, 0.0])
    for turn in range(300):
        spread = 0.4 * 0.985**turn
        ahead, behind, noise = found + rng.normal(0, 1, 3) * (spread, spread, 60 * spread)
        if min(ahead, behind, noise) < 0 or ahead + behind > 1:
            continue
        value = sum(unrest(k, ahead, behind, noise) for k in near)
        if value < best:
            best, found = value, np.array([ahead, behind, noise])
    return float(found[0]), float(found[1]), float(found[2])


def main() -> None:
    if sys.argv[1:] == ["weights"]:
        for ink in (1, 4, 8, 12, 16, 24, 32, 43, 51, 58, 64, 72, 85, 92, 102, 112, 120, 127):
            print(ink, *(f"{value:.3f}" for value in weights(ink)))
        return
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
