"""A page sink that keeps every side in memory: for tests, and for whoever wants to look at pages in the same
process."""

from __future__ import annotations

from dataclasses import dataclass, field

from firmware.core.errors import PartError
from firmware.document.page import Page
from firmware.ports import Side, SinkJob, SinkResult

KINDS = ("srgb_8", "sgray_8", "black_1")


@dataclass(slots=True)
class MarkedSide:
    """A side and its pixels, lines without padding."""

    side: Side
    pixels: bytearray = field(default_factory=bytearray)
    complete: bool = False

    @property
    def page(self) -> Page:
        return self.side.page


@dataclass(slots=True)
class MarkedJob:
    job: SinkJob
    sides: list[MarkedSide] = field(default_factory=list)
    result: SinkResult | None = None


class MemorySink:
    """``jobs`` holds everything that was marked. ``fail_after`` makes it break: so many sides are marked
    whole, then writing raises PartError(``reason``), once."""

    def __init__(self, kinds: tuple[str, ...] = KINDS) -> None:
        self.kinds = kinds
        self.jobs: list[MarkedJob] = []
        self.fail_after: int | None = None
        self.reason = "media-jam"

    @property
    def sides(self) -> list[MarkedSide]:
        """Complete sides of all jobs, in output order."""
        return [side for job in self.jobs for side in job.sides if side.complete]

    def start_job(self, job: SinkJob) -> None:
        if self.jobs and self.jobs[-1].result is None:
            raise ValueError("the job before has no end")
        self.jobs.append(MarkedJob(job))

    def start_page(self, side: Side) -> None:
        sides = self._job().sides
        if sides and not sides[-1].complete:
            raise ValueError("the side before has no end")
        if side.page.kind not in self.kinds:
            raise ValueError(f"a {side.page.kind} page for a sink of {self.kinds}")
        sides.append(MarkedSide(side))

    def write_band(self, data: memoryview) -> None:
        sides = self._job().sides
        if self.fail_after is not None and len(sides) > self.fail_after:
            self.fail_after = None
            raise PartError(self.reason, "the memory sink was told to fail")
        side = sides[-1]
        if side.complete or len(data) % side.page.bytes_per_line:
            raise ValueError("a band that is no whole lines of an open side")
        side.pixels += data

    def end_page(self) -> None:
        side = self._job().sides[-1]
        expected = side.page.height * side.page.bytes_per_line
        if side.complete or len(side.pixels) != expected:
            raise ValueError(f"{len(side.pixels)} octets on a side of {expected}")
        side.complete = True

    def end_job(self, result: SinkResult) -> None:
        self._job().result = result

    def _job(self) -> MarkedJob:
        if not self.jobs or self.jobs[-1].result is not None:
            raise ValueError("no job was started")
        return self.jobs[-1]
