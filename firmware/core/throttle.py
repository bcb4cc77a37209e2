"""Wrong guesses are answered later and later: per secret and client, and per secret whoever asks. Nothing sleeps,
and no number of clients makes it remember more than so much."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

FREE = 3
"""Guesses of one client before he has to wait."""
FREE_FOR_ALL = 12
"""Guesses of all clients at one secret before everybody has to wait."""
LONGEST = 300.0
LONGEST_FOR_ALL = 60.0
"""Seconds; shorter than LONGEST, or strangers could keep the owner from his job."""
REMEMBERED = 512


@dataclass
class Throttle:
    """Counts guesses at the secrets of things with integer ids."""

    _tries: OrderedDict[tuple[int, str], tuple[int, float]] = field(default_factory=OrderedDict)

    def wait(self, thing: int, client: str, now: float) -> float:
        """Seconds until the client may guess again; 0 when he may now."""
        until = max(self._tries.get((thing, who), (0, 0.0))[1] for who in (client, ""))
        return max(0.0, until - now)

    def guess(self, thing: int, client: str, now: float) -> None:
        """A guess counts as wrong until ``right`` says otherwise: many at once gain nothing."""
        self._count((thing, client), now, FREE, LONGEST)
        self._count((thing, ""), now, FREE_FOR_ALL, LONGEST_FOR_ALL)

    def right(self, thing: int) -> None:
        """It was guessed, or is gone: forget all about it."""
        for key in [key for key in self._tries if key[0] == thing]:
            del self._tries[key]

    def __len__(self) -> int:
        return len(self._tries)

    def _count(self, key: tuple[int, str], now: float, free: int, longest: float) -> None:
        tries = self._tries.pop(key, (0, 0.0))[0] + 1
        delay = min(2.0 ** min(tries - free, 16), longest) if tries >= free else 0.0
        self._tries[key] = (tries, now + delay)
        while len(self._tries) > REMEMBERED:
            # Totals ("") stay: there are no more of them than jobs, and they are what many clients run into.
            del self._tries[next((old for old in self._tries if old[1]), next(iter(self._tries)))]
