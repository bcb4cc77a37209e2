"""How benchmarks are taken: both sides in turns, processor time, the best of several, and the ratio run by run."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

RUNS = 7


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


def processor(call: Callable[[], object]) -> float:
    """Milliseconds of processor time that this process takes for it."""
    start = time.process_time_ns()
    call()
    return (time.process_time_ns() - start) / 1e6


def compare(
    name: str,
    ours: Callable[[], float],
    peer: Callable[[], float],
    *,
    wanted: float = 0.0,
    runs: int = RUNS,
    note: str = "",
) -> Row:
    """Both sides in turns; each call gives its own milliseconds."""
    pairs = [(ours(), peer()) for _ in range(runs)]
    best = min(a for a, _ in pairs), min(b for _, b in pairs)
    ratios = [b / a for a, b in pairs]
    return Row(name, *best, best[1] / best[0], statistics.median(ratios), min(ratios), max(ratios), wanted, note)


def table(rows: list[Row]) -> Iterator[str]:
    width = max(len(row.name) for row in rows)
    yield f"{'':{width}}      ours       peer   ratio  median [low - high]  wanted"
    for row in rows:
        verdict = "" if not row.wanted else f"{row.wanted:g} {'met' if row.met else 'MISSED'}"
        yield (
            f"{row.name:{width}} {row.ours:9.2f}  {row.peer:9.2f}  {row.ratio:6.2f}"
            f"  {row.median:6.2f} [{row.low:.2f} - {row.high:.2f}]  {verdict}  {row.note}".rstrip()
        )
