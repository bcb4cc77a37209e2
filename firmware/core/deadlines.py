"""Deadlines: facts to be reported when their time has come. A thousand of them cost what one does."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Hashable
from typing import Any

from firmware.core.events import Fact

_LITTER = 64
"""Replaced entries that may lie about in the heap before it is swept."""


class Deadlines:
    """Facts by key, each with the printer-up-time at which it is due; one date for each key."""

    def __init__(self) -> None:
        self._facts: dict[Hashable, tuple[int, Fact]] = {}
        self._heap: list[tuple[float, int, Hashable]] = []
        self._numbers = itertools.count()

    def dates(self) -> dict[Any, float]:
        """When each is due."""
        return {key: at for at, number, key in self._heap if self._is_live((at, number, key))}

    def __len__(self) -> int:
        return len(self._facts)

    def set(self, key: Hashable, at: float, fact: Fact) -> None:
        """A new date under the same key replaces the old one."""
        number = next(self._numbers)
        self._facts[key] = (number, fact)
        heapq.heappush(self._heap, (at, number, key))
        if len(self._heap) > 2 * len(self._facts) + _LITTER:
            self._heap = [entry for entry in self._heap if self._is_live(entry)]
            heapq.heapify(self._heap)

    def drop(self, key: Hashable) -> None:
        self._facts.pop(key, None)

    def next(self) -> float | None:
        """The earliest date."""
        while self._heap and not self._is_live(self._heap[0]):
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def due(self, up: float) -> Fact | None:
        """Take out the earliest fact that is due by now; those of the same moment in the order they were set."""
        earliest = self.next()
        if earliest is None or earliest > up:
            return None
        _, _, key = heapq.heappop(self._heap)
        return self._facts.pop(key)[1]

    def _is_live(self, entry: tuple[float, int, Hashable]) -> bool:
        _, number, key = entry
        found = self._facts.get(key)
        return found is not None and found[0] == number
