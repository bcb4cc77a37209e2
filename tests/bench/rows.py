"""How benchmarks are taken: both sides in turns, processor time, the best of several, and the ratio run by run."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

RUNS = 11


@dataclass(frozen=True)
class Row:
    """One line of the table. ``ours`` and ``peer`` are the best of all runs; times in milliseconds unless said.

    ``ratio`` is the best of the peer over the best of ours; ``median``, ``low`` and ``high`` are of the ratios of
    each pair of runs. ``wanted`` is the least ratio that the project asks for, 0 where it asks for none.
    """

    name: str
    ours: float
    peer: float
    ratio: float
    median: float
    low: float
    high: float
    wanted: float = 0.0
    note: str = ""

    @property
    def met(self) -> bool:
        return self.ratio >= self.wanted

    def record(self) -> dict[str, Any]:
        """As bench.json has it."""
        ratio = {"best": self.ratio, "median": self.median, "min": self.low, "max": self.high}
        return {
            "name": self.name,
            "ours": self.ours,
            "peer": self.peer,
            "ratio": ratio,
            "wanted": self.wanted,
            "met": self.met,
            "note": self.note,
        }


def processor(call: Callable[[], object]) -> float:
    """Milliseconds of processor time that this process takes for it."""
    start = time.process_time_ns()
    call()
    return (time.process_time_ns() - start) / 1e6


def timed(call: Callable[[], object]) -> Callable[[], float]:
    """``processor`` of it, to be called."""
    return lambda: processor(call)


def compare(
    name: str,
    ours: Callable[[], float],
    peer: Callable[[], float],
    *,
    wanted: float = 0.0,
    runs: int = RUNS,
    least: float = 0.0,
    note: str = "",
) -> Row:
    """Both sides in turns; each call gives its own milliseconds.

    What takes less than ``least`` milliseconds is done several times in a row in each run, by both sides.
    """
    times = max(1, math.ceil(least / max(ours(), 0.01))) if least else 1

    def run(side: Callable[[], float]) -> float:
        return sum(side() for _ in range(times)) / times

    pairs = [(run(ours), run(peer)) for _ in range(runs)]
    best = min(a for a, _ in pairs), min(b for _, b in pairs)
    ratios = [b / a for a, b in pairs]
    return Row(name, *best, best[1] / best[0], statistics.median(ratios), min(ratios), max(ratios), wanted, note)


def measured(name: str, ours: float, peer: float, *, wanted: float = 0.0, note: str = "") -> Row:
    """What is not timed, and less is better: octets, memory."""
    ratio = peer / ours
    return Row(name, ours, peer, ratio, ratio, ratio, ratio, wanted, note)


def mean(name: str, rows: list[Row], *, wanted: float, note: str = "") -> Row:
    """The geometric mean of ratios."""

    def of(values: Iterator[float]) -> float:
        return math.exp(sum(map(math.log, values)) / len(rows))

    ours, peer = of(row.ours for row in rows), of(row.peer for row in rows)
    low, high = min(row.ratio for row in rows), max(row.ratio for row in rows)
    return Row(name, ours, peer, of(row.ratio for row in rows), of(row.median for row in rows), low, high, wanted, note)


HEAD = f"{'':48}      ours       peer   ratio  median [low - high]  wanted"


def line(row: Row) -> str:
    """A row of the table."""
    verdict = "" if not row.wanted else f"{row.wanted:.3g} {'met' if row.met else 'MISSED'}"
    return (
        f"{row.name:48} {row.ours:9.2f}  {row.peer:9.2f}  {row.ratio:6.2f}"
        f"  {row.median:6.2f} [{row.low:.2f} - {row.high:.2f}]  {verdict}  {row.note}".rstrip()
    )
