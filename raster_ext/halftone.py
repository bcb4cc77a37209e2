"""Gray pages to dots: 1, 2 or 4 bits of ink a pixel.

``clustered``        dots that grow from 45° cells, about 106 to the inch at 600 dpi: steady on laser engines
``dispersed``        blue-noise thresholds, 128 × 128: fine and even, no pattern, the fastest for ink jets
``floyd-steinberg``  error diffusion as everyone knows it
``diffusion``        error diffusion that goes forth and back, with weights by tone: smoother in highlights

Each keeps what it needs between bands, so a page gives the same dots however it is cut.
"""

from __future__ import annotations

import functools
import itertools
import math
import zlib
from array import array
from importlib import resources
from typing import Protocol

from raster_ext import _color, _halftone

Data = bytes | bytearray | memoryview

METHODS = ("clustered", "dispersed", "floyd-steinberg", "diffusion")
TILE = 128


class _Diffusion(Protocol):
    def run(self, src: memoryview, out: memoryview) -> None: ...


class Halftoner:
    """Lines of sgray_8 (or, ``channels`` 3, of srgb_8 by its luma) → ink of ``bits`` bits a pixel, black_1
    polarity.

    ``width`` is in pixels. ``curve`` maps gray before the dots are chosen: 256 octets, such as a printer's
    measured tone curve. ValueError for what it cannot do.
    """

    def __init__(
        self,
        width: int,
        *,
        bits: int = 1,
        method: str = "dispersed",
        channels: int = 1,
        curve: bytes | None = None,
    ) -> None:
        if method not in METHODS or bits not in (1, 2, 4) or channels not in (1, 3) or width < 1:
            raise ValueError(f"no halftone {method} of {bits} bits from {channels} channels")
        if curve is not None and len(curve) != 256:
            raise ValueError("a curve has 256 octets")
        self._width, self._bits, self._channels, self._curve = width, bits, channels, curve
        self._line = (width * bits + 7) // 8
        self._tile = thresholds(method) if method in ("clustered", "dispersed") else b""
        self._diffusion: _Diffusion | None = None
        if method == "floyd-steinberg":
            self._diffusion = _halftone.Diffusion(width, bits)
        elif method == "diffusion":
            self._diffusion = _halftone.ToneDiffusion(width, bits, thresholds("dispersed"), _weights())
        self._y = 0
        self._gray = bytearray()
        self._out = bytearray()

    def feed(self, data: Data) -> memoryview:
        """The next whole lines of the page; the dots are valid until the next call."""
        view = memoryview(data)
        lines, rest = divmod(len(view), self._width * self._channels)
        if rest:
            raise ValueError(f"{len(view)} octets are no whole lines of {self._width * self._channels}")
        if len(self._out) < lines * self._line:
            self._out = bytearray(lines * self._line)
        out = memoryview(self._out)[: lines * self._line]
        if self._bits == 1 and self._diffusion is None and self._curve is None:
            _halftone.ordered(view, out, self._tile, self._width, self._channels, self._y)
        else:
            view = self._one_gray(view, lines)
            if self._diffusion is not None:
                self._diffusion.run(view, out)
            elif self._bits == 1:
                _halftone.ordered(view, out, self._tile, self._width, 1, self._y)
            else:
                _halftone.ordered_levels(view, out, self._tile, self._width, self._bits, self._y)
        self._y += lines
        return out

    def _one_gray(self, view: memoryview, lines: int) -> memoryview:
        if self._channels == 1 and self._curve is None:
            return view
        if len(self._gray) < lines * self._width:
            self._gray = bytearray(lines * self._width)
        gray = memoryview(self._gray)[: lines * self._width]
        if self._channels == 3:
            _color.gray_from_rgb(view, gray)
            view = gray
        if self._curve is not None:
            _color.map_samples(view, gray, self._curve)
        return gray


def choose(print_quality: int = 4, print_content_optimize: str = "auto") -> str:
    """The method for a job: ``print-quality`` (3 draft, 4 normal, 5 high) and ``print-content-optimize``.

    Text and drafts are dispersed dots, the fastest and sharpest; graphics get steady clustered dots;
    photographs, and anything in high quality, error diffusion.
    """
    if print_quality == 3:
        return "dispersed"
    if print_content_optimize == "photo":
        return "diffusion" if print_quality == 5 else "floyd-steinberg"
    if print_content_optimize == "graphic":
        return "clustered"
    return "diffusion" if print_quality == 5 else "dispersed"


@functools.cache
def thresholds(method: str) -> bytes:
    """The tile of a method: 128 × 128 values of 1 … 255; a pixel is ink where its gray is less."""
    return _blue_noise() if method == "dispersed" else _clustered()


def _blue_noise() -> bytes:
    """``bluenoise.png`` (see ``raster_ext.generate``), whose rows are not filtered."""
    png = resources.files("raster_ext").joinpath("bluenoise.png").read_bytes()
    start = png.index(b"IDAT") + 4
    rows = zlib.decompress(png[start : start + int.from_bytes(png[start - 8 : start - 4], "big")])
    return b"".join(rows[y * (TILE + 1) + 1 : (y + 1) * (TILE + 1)] for y in range(TILE))


_KEYS = (
    (0, 0.60, 0.33, 0), (4, 0.61, 0.29, 0), (8, 0.57, 0.37, 0), (12, 0.54, 0.38, 1), (16, 0.48, 0.32, 2),
    (24, 0.43, 0.31, 2), (32, 0.41, 0.26, 5), (43, 0.39, 0.26, 6), (51, 0.37, 0.27, 12), (58, 0.36, 0.29, 12),
    (64, 0.345, 0.33, 6), (72, 0.34, 0.25, 5), (85, 0.37, 0.20, 13), (92, 0.39, 0.28, 8), (102, 0.41, 0.28, 4),
    (112, 0.41, 0.27, 5), (120, 0.41, 0.25, 4), (128, 0.38, 0.27, 4),
)  # fmt: skip
"""Tones of ink, each with the error's share ahead, below and behind, and the noise of the threshold.

Found by ``python -m raster_ext.generate weights``, then smoothed by hand. Darker tones mirror lighter ones.
"""


@functools.cache
def _weights() -> memoryview:
    """``_KEYS`` for each of 256 tones of ink, shares in 256ths."""
    table = array("h")
    for ink in range(256):
        tone = min(ink, 255 - ink)
        low, high = next(pair for pair in itertools.pairwise(_KEYS) if pair[0][0] <= tone < pair[1][0])
        part = (tone - low[0]) / (high[0] - low[0])
        ahead, behind, noise = (a + (b - a) * part for a, b in zip(low[1:], high[1:], strict=True))
        table.extend((round(256 * ahead), round(256 * behind), round(noise)))
    return memoryview(table).cast("B").cast("h", (256, 3))


_TURNS = ((0, 0), (8, 8), (8, 0), (0, 8), (4, 4), (12, 12), (12, 4), (4, 12))


def _clustered() -> bytes:
    """Round dots on a 45° grid: cells spanned by (4, 4) and (4, -4) pixels, so 106 dots to the inch at 600
    dpi.

    A cell of 32 pixels has 33 tones. The eight cells of a square of 16 take turns to grow by one: 256 tones.
    """
    cells: dict[tuple[int, int], list[tuple[float, float, int, int]]] = {}
    for y in range(16):
        for x in range(16):
            u, v = x + 0.5, y + 0.5
            a, b = math.floor((u + v + 4) / 8), math.floor((u - v + 4) / 8)
            center = (4 * (a + b) % 16, 4 * (a - b) % 16)
            spot = math.cos(u * math.pi / 4) * math.cos(v * math.pi / 4)
            angle = math.atan2(v - 4 * (a - b), u - 4 * (a + b))
            cells.setdefault(center, []).append((-round(spot, 6), angle, x, y))
    tile = bytearray(256)
    for turn, center in enumerate(_TURNS):
        for rank, (_, _, x, y) in enumerate(sorted(cells[center])):
            tile[16 * y + x] = 255 - (8 * rank + turn) * 255 // 256
    return b"".join(bytes(tile[16 * (y % 16) : 16 * (y % 16 + 1)]) * 8 for y in range(TILE))
