"""When the paper may move: up the motor's ramp and down again, never faster than the lines ahead allow.

A place on the ramp is an index into ``Mechanism.motor.ramp_us``, 0 the slowest; from one line to the next it changes by
one at most upwards, and the lines ahead are looked at so that it never has to fall by more than one either: dense lines
take their time, and behind the last line that is there the paper stands. When data is late the motor so slows down by
itself, and nothing is ever marked twice.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from itertools import islice

from board.engine.mechanism import MotorSheet


class Motion:
    """The ramp of one motor."""

    def __init__(self, sheet: MotorSheet) -> None:
        self._ramp = sheet.ramp_us
        self._rising = [-us for us in sheet.ramp_us]
        self._place = -1
        """-1: it stands."""
        self._top = len(self._ramp) - 1

    @property
    def reach(self) -> int:
        """How many lines ahead are worth looking at."""
        return len(self._ramp)

    @property
    def place(self) -> int:
        """Of the line that went last; the slowest when it stands."""
        return max(0, self._place)

    @property
    def stands(self) -> bool:
        return self._place < 0

    def limit(self, line_us: float) -> None:
        """Give no line less time than this from now on; 0 takes the limit away."""
        self._top = self._highest(line_us)

    def fastest(self, busy_us: float) -> int:
        """The highest place at which a line has this much time; 0 for lines that are slower than the ramp."""
        return min(self._top, self._highest(busy_us))

    def _highest(self, us: float) -> int:
        if us <= self._ramp[-1]:
            return len(self._ramp) - 1
        return max(0, bisect_left(self._rising, -us + 1e-9) - 1)

    def next(self, places: Iterable[int]) -> float:
        """The time in us of the next line. ``places`` are what ``fastest`` said of it and of those behind it, as far
        as they are known."""
        known = 0
        highest = self._place + 1
        for distance, place in enumerate(islice(places, self.reach)):
            highest = min(highest, place + distance)
            known += 1
        if known < self.reach:
            highest = min(highest, known - 1)  # behind the last known line the paper stands
        self._place = max(0, highest)
        return self._ramp[self._place]

    def stop(self) -> None:
        self._place = -1
