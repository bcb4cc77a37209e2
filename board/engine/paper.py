"""What lands on the paper: the energy that each dot of it took, and a picture of that.

A dot of thermal paper turns dark from a threshold on; the more it takes, the larger and darker it gets, up to a cell
that is black from corner to corner.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator

LEVELS = 16
"""Steps between white and black in a picture."""
THRESHOLD = 0.45
"""Share of a dot's energy at which the paper begins to turn."""
FULL = 1.15
"""Share at which its cell is wholly black."""
INK = 35
"""Gray value of black paper; no thermal paper is blacker."""
WHITE = 247


class Row:
    """One line of paper: for each dot the share of the energy that a dot needs, and how far (in steps of the motor)
    the paper had moved within the line when it came."""

    __slots__ = ("shares", "steps")

    def __init__(self, dots: int) -> None:
        self.shares = array("f", bytes(4 * dots))
        self.steps = array("b", bytes(dots))


class Strip:
    """The paper that passed the head, line by line. Lines without a dot cost nothing."""

    def __init__(self, dots: int) -> None:
        self.dots = dots
        self.rows: list[Row | None] = [None]

    def take(self, dot: int, share: float, step: int) -> None:
        """The dot of the line at the head takes energy."""
        row = self.rows[-1]
        if row is None:
            row = self.rows[-1] = Row(self.dots)
        if share > row.shares[dot]:  # most of it decides where it lies
            row.steps[dot] = step
        row.shares[dot] += share

    def move(self) -> None:
        """On to the next line."""
        self.rows.append(None)

    def cut(self) -> list[Row | None]:
        """Take what passed; the line at the head stays."""
        passed, self.rows = self.rows[:-1], self.rows[-1:]
        return passed


def marked(rows: list[Row | None], dots: int, least: float = 0.8) -> list[int]:
    """Each line as bits, the leftmost dot highest in whole octets: dots that took this share of their energy."""
    width = 8 * ((dots + 7) // 8)
    lines = []
    for row in rows:
        line = 0
        if row is not None:
            for dot, share in enumerate(row.shares):
                if share >= least:
                    line |= 1 << (width - 1 - dot)
        lines.append(line)
    return lines


def picture(rows: list[Row | None], dots: int, steps_per_line: int, scale: int = 4) -> Iterator[bytes]:
    """Gray lines of ``scale * dots`` pixels, ``scale`` for each line of dots."""
    stamps = _stamps(scale)
    blank = bytes([WHITE]) * (scale * dots)
    shift = [round(step * scale / steps_per_line) for step in range(steps_per_line)]
    late: list[bytearray] | None = None  # what the line before leaves for the top of this one
    for row in rows:
        if row is None:
            lines = late or []
            for line in lines:
                yield bytes(line)
            for _ in range(scale - len(lines)):
                yield blank
            late = None
            continue
        levels = [_level(share) for share in row.shares]
        moved = {step for step, level in zip(row.steps, levels, strict=True) if level and step}
        out = [bytearray(b"".join([stamps[level][y] for level in levels])) for y in range(scale)]
        next_late: list[bytearray] | None = None
        if moved:
            out, next_late = _shifted(row, levels, stamps, shift, scale, blank)
        for y, line in enumerate(out):
            if late is not None and y < len(late):
                line = bytearray(map(min, line, late[y]))
            yield bytes(line)
        late = next_late


def _shifted(
    row: Row, levels: list[int], stamps: list[list[bytes]], shift: list[int], scale: int, blank: bytes
) -> tuple[list[bytearray], list[bytearray] | None]:
    """A line whose dots came at different steps: later ones lie lower, in part on the next line."""
    deepest = max(shift)
    out = [bytearray(blank) for _ in range(scale + deepest)]
    for dot, level in enumerate(levels):
        if not level:
            continue
        top = shift[min(row.steps[dot], len(shift) - 1)]
        for y in range(scale):
            out[top + y][scale * dot : scale * (dot + 1)] = stamps[level][y]
    return out[:scale], out[scale:] or None


def _level(share: float) -> int:
    return max(0, min(LEVELS, round(LEVELS * (share - THRESHOLD) / (FULL - THRESHOLD))))


def _stamps(scale: int) -> list[list[bytes]]:
    """A cell for each level: a round dot that grows and darkens."""
    stamps = []
    middle = (scale - 1) / 2
    for level in range(LEVELS + 1):
        radius = (scale / math.sqrt(2)) * math.sqrt(level / LEVELS)
        rows = []
        for y in range(scale):
            cells = []
            for x in range(scale):
                cover = max(0.0, min(1.0, radius - math.hypot(x - middle, y - middle) + 0.5)) if level else 0.0
                cells.append(round(WHITE - (WHITE - INK) * cover))
            rows.append(bytes(cells))
        stamps.append(rows)
    return stamps
