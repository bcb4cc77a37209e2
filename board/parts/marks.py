"""What a finisher does to a virtual sheet, drawn on its picture: staples, holes, folds.

Marks are runs of pixels by line, so that they go onto bands as these come.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable

from firmware.core.finishing import HOLE, STAPLE, Mark
from firmware.document.page import Page

WIRE = 80
"""How thick a staple's wire and a hole's rim are, in 1/100 mm."""
CREASE, DASH = 20, 200
INK, SHADE = 0, 160
"""How dark the wire, the rim and the crease are, and what shows through a hole."""

Run = tuple[int, int, int]
"""First pixel, pixel behind the last, gray value."""


class Marks:
    """The marks of one side, ready to be laid on its lines."""

    def __init__(self, page: Page, marks: Iterable[Mark]) -> None:
        self._page = page
        self._runs: dict[int, list[Run]] = defaultdict(list)
        for mark in marks:
            {"staple": self._staple, "hole": self._hole, "fold": self._fold}[mark.kind](mark)
        self._y = 0

    def onto(self, band: memoryview) -> memoryview:
        """The next lines of the side with what lies on them; the band itself stays as it is."""
        length = self._page.bytes_per_line
        top, self._y = self._y, self._y + len(band) // length
        touched = [y for y in range(top, self._y) if y in self._runs] if self._runs else []
        if not touched:
            return band
        lines = bytearray(band)
        for y in touched:
            for run in self._runs[y]:
                self._draw(lines, (y - top) * length, *run)
        return memoryview(lines)

    def _draw(self, lines: bytearray, at: int, left: int, right: int, value: int) -> None:
        left, right = max(0, left), min(self._page.width, right)
        if left >= right:
            return
        if self._page.kind == "black_1":
            for x in range(left, right):
                bit = 0x80 >> x % 8
                lines[at + x // 8] = lines[at + x // 8] | bit if value < 128 else lines[at + x // 8] & ~bit
            return
        unit = self._page.num_colors
        lines[at + left * unit : at + right * unit] = bytes([value]) * ((right - left) * unit)

    def _dots(self, length: float, axis: int) -> float:
        return length * self._page.resolution[axis] / 2540

    def _staple(self, mark: Mark) -> None:
        """A thick stroke about its centre: on each line, where the stroke's long and short sides let it be."""
        turn = math.radians(mark.turn)
        cos, sin = math.cos(turn), -math.sin(turn)  # y grows downward
        reach = STAPLE / 2 * abs(sin) + WIRE / 2 * abs(cos)
        for y in self._lines(mark.y - reach, mark.y + reach):
            down = (y + 0.5) * 2540 / self._page.resolution[1] - mark.y
            low, high = -math.inf, math.inf
            for slope, offset, half in ((cos, down * sin, STAPLE / 2), (-sin, down * cos, WIRE / 2)):
                if abs(slope) < 1e-9:
                    if abs(offset) > half:
                        low, high = 1, 0
                    continue
                ends = sorted(((-half - offset) / slope, (half - offset) / slope))
                low, high = max(low, ends[0]), min(high, ends[1])
            if low < high:
                self._run(y, mark.x + low, mark.x + high, INK)

    def _hole(self, mark: Mark) -> None:
        for radius, value in ((HOLE / 2, INK), (HOLE / 2 - WIRE, SHADE)):
            for y in self._lines(mark.y - radius, mark.y + radius):
                down = (y + 0.5) * 2540 / self._page.resolution[1] - mark.y
                half = math.sqrt(max(0.0, radius**2 - down**2))
                self._run(y, mark.x - half, mark.x + half, value)

    def _fold(self, mark: Mark) -> None:
        """A dashed line all through the sheet."""
        if mark.turn:
            for y in range(self._page.height):
                if int(y * 2540 / self._page.resolution[1]) // DASH % 2 == 0:
                    self._run(y, mark.x - CREASE / 2, mark.x + CREASE / 2, SHADE // 2)
            return
        width = self._page.width * 2540 // self._page.resolution[0]
        for y in self._lines(mark.y - CREASE / 2, mark.y + CREASE / 2):
            for left in range(0, width, 2 * DASH):
                self._run(y, left, left + DASH, SHADE // 2)

    def _lines(self, top: float, bottom: float) -> range:
        first, last = round(self._dots(top, 1)), round(self._dots(bottom, 1))
        return range(max(0, first), min(self._page.height, max(last, first + 1)))

    def _run(self, y: int, left: float, right: float, value: int) -> None:
        first = round(self._dots(left, 0))
        self._runs[y].append((first, max(round(self._dots(right, 0)), first + 1), value))
