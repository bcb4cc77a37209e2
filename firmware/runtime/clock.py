"""The one place that asks the machine for the time."""

from __future__ import annotations

import time

from firmware.core.clock import Now

PLAUSIBLE = 1_700_000_000
"""A board without a battery clock starts in the past: before this moment its date is not believed."""


class Clock:
    """Counts printer-up-time from 1."""

    def __init__(self) -> None:
        self._start = time.monotonic() - 1

    def now(self) -> Now:
        wall = time.time()
        return Now(time.monotonic() - self._start, wall if wall > PLAUSIBLE else None)

    def seconds_until(self, up: float) -> float:
        return max(0.0, up - (time.monotonic() - self._start))
