"""Scaling line by line; turning and mirroring whole pages or bands."""

from __future__ import annotations

import itertools
import math
from array import array
from collections import deque
from collections.abc import Callable

from raster_ext import _color, _geometry, _halftone
from raster_ext.page import Page

Data = bytes | bytearray | memoryview


def _box(x: float) -> float:
    return 1.0 if -0.5 < x <= 0.5 else 0.0


def _bilinear(x: float) -> float:
    return max(0.0, 1.0 - abs(x))


def _lanczos(x: float) -> float:
    if x == 0:
        return 1.0
    if abs(x) >= 3:
        return 0.0
    return 3 * math.sin(math.pi * x) * math.sin(math.pi * x / 3) / (math.pi * x) ** 2


FILTERS: dict[str, tuple[Callable[[float], float], float]] = {
    "box": (_box, 0.5),
    "bilinear": (_bilinear, 1.0),
    "lanczos": (_lanczos, 3.0),
}
"""The filter and how far it reaches in pixels of the coarser side."""


class Scaler:
    """Lines of 8-bit samples to another size, as they come.

    ``channels`` samples a pixel. The filter is stretched when the picture gets smaller, so that every source
    pixel counts; ``box`` is then the mean and otherwise the nearest pixel. Values are rounded to 8 bits
    between the two directions, as Pillow's ``resize`` does. Kept in memory: as many lines of the new width as
    the filter is high.
    """

    def __init__(
        self,
        src_width: int,
        src_height: int,
        dst_width: int,
        dst_height: int,
        channels: int,
        filter: str = "lanczos",
    ) -> None:
        if min(src_width, src_height, dst_width, dst_height, channels) < 1 or filter not in FILTERS:
            raise ValueError(f"no scaling by {filter} to {dst_width} by {dst_height}")
        self._length, self._made = src_width * channels, dst_width * channels
        self._src_width, self._width, self._height, self._channels = (
            src_width,
            dst_width,
            dst_height,
            channels,
        )
        self._across = None if src_width == dst_width else _weights(src_width, dst_width, filter)
        self._first, weights, self._taps = _weights(src_height, dst_height, filter)
        self._weights = [weights[i * self._taps : (i + 1) * self._taps] for i in range(dst_height)]
        # Zero weights at a filter's ends may let it start earlier than the one above: what is still wanted is kept.
        self._keep = list(itertools.accumulate(reversed(self._first), min))[::-1]
        self._lines: deque[bytearray] = deque()
        self._top = 0
        """The source line that ``_lines`` begins with."""
        self._left = src_height
        self._y = 0
        self._sums = array("i", bytes(4 * self._made))

    def feed(self, band: Data) -> memoryview:
        """The next whole lines of the source → the lines that are ready; all of them after the last band."""
        view = memoryview(band)
        lines, rest = divmod(len(view), self._length)
        if rest or lines > self._left:
            raise ValueError(f"{len(view)} octets are no whole lines of {self._length}, or too many")
        self._left -= lines
        out: list[bytearray] = []
        for i in range(lines):
            self._lines.append(self._scaled(view[i * self._length : (i + 1) * self._length]))
            while self._y < self._height and self._first[self._y] + self._taps <= self._top + len(self._lines):
                out.append(self._line())
        return memoryview(b"".join(out))

    def _scaled(self, line: memoryview) -> bytearray:
        if self._across is None:
            return bytearray(line)
        out = bytearray(self._made)
        first, weights, taps = self._across
        _geometry.across(line, out, self._src_width, self._width, self._channels, first, weights, taps)
        return out

    def _line(self) -> bytearray:
        while self._top < self._keep[self._y]:
            self._lines.popleft()
            self._top += 1
        start, weights = self._first[self._y] - self._top, self._weights[self._y]
        self._y += 1
        if self._taps == 1:
            return self._lines[start]
        out = bytearray(self._made)
        used = [self._lines[start + i] for i in range(self._taps)]
        _geometry.down(used, weights, self._sums, out)
        return out


def _weights(src: int, dst: int, filter: str) -> tuple[array[int], array[int], int]:
    """For each of ``dst`` pixels the first source pixel, then ``taps`` weights in 1/16384 that sum to one."""
    function, reach = FILTERS[filter]
    scale = src / dst
    stretch = max(scale, 1.0)
    taps = min(src, math.ceil(reach * stretch) * 2 + 1)
    first, weights = array("i"), array("h")
    for i in range(dst):
        center = (i + 0.5) * scale
        start = max(0, min(math.floor(center - reach * stretch + 0.5), src - taps))
        raw = [function((start + k + 0.5 - center) / stretch) for k in range(taps)]
        total = sum(raw)
        if not total:
            raw[min(int(center), src - 1) - start] = total = 1.0
        scaled = [round(w / total * 16384) for w in raw]
        scaled[max(range(taps), key=scaled.__getitem__)] += 16384 - sum(scaled)
        first.append(start)
        weights.extend(scaled)
    return _trimmed(first, weights, taps, src)


def _trimmed(first: array[int], weights: array[int], taps: int, src: int) -> tuple[array[int], array[int], int]:
    """The same without the columns of zeros that every pixel has, if any."""
    rows = [weights[i * taps : (i + 1) * taps] for i in range(len(first))]
    spans = []
    for row in rows:
        used = [k for k, w in enumerate(row) if w]
        spans.append((used[0], used[-1] + 1))
    need = max(end - start for start, end in spans)
    tight, kept = array("i"), array("h")
    for start, row, (begin, _) in zip(first, rows, spans, strict=True):
        shift = min(begin, taps - need)
        tight.append(start + shift)
        kept.extend(row[shift : shift + need])
    return tight, kept, need


def rotate(data: Data, width: int, height: int, bytes_per_pixel: int, quarter_turns: int) -> Data:
    """A whole picture, turned clockwise by quarter turns; after an odd number it is ``height`` wide."""
    turns = quarter_turns % 4
    if not turns:
        return data
    out = bytearray(len(data))
    _geometry.rotate(data, out, width, height, bytes_per_pixel, turns)
    return out


def rotate_bits(data: Data, width: int, height: int, quarter_turns: int) -> Data:
    """``rotate`` for packed pixels of 1 bit."""
    if quarter_turns % 4 == 2:
        return flip(mirror(data, width, 1), (width + 7) // 8)
    samples = bytearray(width * height)
    _color.unpack(data, memoryview(samples), width, 1, _color_table())
    turned = rotate(samples, width, height, 1, quarter_turns)
    return _halftone.pack(turned, height if quarter_turns % 2 else width)


def mirror(data: Data, width: int, bits_per_pixel: int) -> Data:
    """Whole lines, each from right to left. Pixels of 1 bit or of whole octets."""
    out = bytearray(len(data))
    if bits_per_pixel == 1:
        _geometry.mirror_bits(data, out, width)
    elif bits_per_pixel % 8:
        raise ValueError(f"no mirroring of {bits_per_pixel} bits per pixel")
    else:
        _geometry.mirror_lines(data, out, width, bits_per_pixel // 8)
    return out


def flip(data: Data, bytes_per_line: int) -> Data:
    """Whole lines, the last one first."""
    out = bytearray(len(data))
    _geometry.flip(data, out, bytes_per_line)
    return out


def transform_back(data: Data, page: Page, cross_feed: int, feed: int) -> Data:
    """Apply a back side's CrossFeedTransform and FeedTransform (each 1 or -1) to all its lines, or undo them.

    The two are the same: -1 mirrors the lines, or their order, or both, which is half a turn (PWG 5102.4,
    sheet back). With ``feed`` 1 any whole lines will do, otherwise ``data`` is the whole page.
    """
    if cross_feed == -1:
        data = mirror(data, page.width, page.bits_per_pixel)
    if feed == -1:
        data = flip(data, page.bytes_per_line)
    return data


def _color_table() -> array[int]:
    from raster_ext.color import unpacked

    return unpacked(1, False)
