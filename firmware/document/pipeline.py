"""Documents in, marked sheets out: what the press's worker thread does for one job.

    documents → pages → sides of sheets → bands → sink

Raster pages go from the spool to the sink band by band while the client still sends; other formats are
rendered page by page in a process of their own. The job's result tells what was really marked, whatever the
ticket asked for.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from firmware.core.errors import DocumentError, PartError
from firmware.document import compose, layout, lines
from firmware.document.behind import behind
from firmware.document.documents import Documents
from firmware.document.job import PressJob, PressResult, Progress
from firmware.document.layout import SidePlan
from firmware.document.pagestore import Scratch, SideStore
from firmware.document.placement import pixels, place
from firmware.document.renderer import Cancelled
from firmware.ports import Counters, PageSink, Side
from raster_ext import is_colored, is_white

log = logging.getLogger(__name__)

BANDS = 32
"""A side goes to the sink in at least so many bands, so that cancelling is noticed and a slow head moves
evenly."""
POLL = 0.1
"""Seconds between two looks at a part that somebody must help."""


def run(job: PressJob, sink: PageSink, progress: Progress) -> PressResult:
    """Print a job and end it at the sink. Returns how it ended; nothing that a document or part does is
    raised.

    ``state`` is completed, canceled (``progress.cancelled`` said so), aborted, or processing-stopped when
    ``progress.suspended`` said so: the sheets that are done are done, the rest is for another run. ``reasons`` are
    job-state-reasons; for cancelled jobs it is the caller's part to say who cancelled.
    """
    return _Press(job, sink, progress).run()


class _Suspended(Exception):
    """Between two sheets: the job is put aside."""


class _Press:
    def __init__(self, job: PressJob, sink: PageSink, progress: Progress) -> None:
        self._job = job
        self._sink = sink
        self._progress = progress
        self._counters = Counters()
        self._marking = False
        self._last: Side | None = None
        self._scratch = Scratch(job.scratch, job.limits.scratch)
        self._store = SideStore(self._scratch)
        self._documents = Documents(job, self._scratch, progress.consumed, progress.cancelled)

    def run(self) -> PressResult:
        try:
            self._sink.start_job(self._job.job)
        except PartError as error:
            return self._result("aborted", ("aborted-by-system",), error.message, (error.reason,))
        result = self._attempt()
        try:
            self._sink.end_job(result)
        except PartError as error:
            reasons = tuple(dict.fromkeys((*result.printer_reasons, error.reason)))
            result = replace(result, printer_reasons=reasons, message=result.message or error.message)
            if result.state == "completed":
                result = replace(result, state="aborted", reasons=("aborted-by-system",))
        return result

    def _attempt(self) -> PressResult:
        try:
            self._print()
            return self._result("completed", ("job-completed-successfully",))
        except Cancelled:
            return self._result("canceled", ())
        except _Suspended:
            return self._result("processing-stopped", ())
        except DocumentError as error:
            return self._given_up(error)
        except PartError as error:
            return self._result("aborted", ("aborted-by-system",), error.message, (error.reason,))
        except Exception as error:
            log.exception("job %d: a fault of the press itself", self._job.job.id)
            return self._result("aborted", ("aborted-by-system",), f"internal error: {type(error).__name__}")
        finally:
            self._documents.close()
            self._scratch.close()

    def _given_up(self, error: DocumentError) -> PressResult:
        """A reader that waits for octets is woken by an error when the job is cancelled: that is no fault."""
        try:
            if self._progress.cancelled():
                return self._result("canceled", ())
        except DocumentError as other:
            error = other
        return self._result("aborted", ("aborted-by-system", error.reason), error.message)

    def _result(
        self, state: str, reasons: tuple[str, ...], message: str = "", printer: tuple[str, ...] = ()
    ) -> PressResult:
        self._sheet_done()
        return PressResult(state, reasons, self._counters, message, printer)

    def _print(self) -> None:
        ticket, capabilities = self._job.ticket, self._job.capabilities
        for plan in layout.sides(ticket, self._documents, self._documents.dropped):
            self._check()
            if plan.sheet <= self._job.sheets_done:
                continue
            if self._last is None or self._last.sheet != plan.sheet:
                self._suspend_if_asked()
            first = plan.cells[0]
            resolution = capabilities.resolution(first.ticket, first.page.resolution)
            size = pixels(first.ticket.media, resolution)
            whole = ticket.of(first.page.document)
            placements = place(plan, resolution, whole.number_up, whole.presentation, whole.fidelity)
            side = compose.compose(placements, size, resolution, self._documents, self._sink.kinds, capabilities.color)
            self._mark(plan, side)

    def _mark(self, plan: SidePlan, composition: compose.Composition) -> None:
        ticket = plan.ticket
        side = Side(
            sheet=plan.sheet,
            back=plan.back,
            page=composition.page,
            media=ticket.media,
            output_bin=ticket.output_bin,
            sides=ticket.sides,
            copy=plan.copy,
            content=tuple((cell.page.document, cell.page.number) for cell in plan.cells),
        )
        pieces = lines.cut(self._pieces(composition), side.page.bytes_per_line, max(1, side.page.height // BANDS))
        watch = _Watch(side)
        begun = False
        with behind(partial(self._patiently, self._sink.write_band)) as write:
            for piece in pieces:
                self._check()
                if not begun:  # whatever is wrong with the page's beginning has shown before anything is marked
                    self._begin(side)
                    begun = True
                watch.see(piece)
                write(piece)
        self._patiently(self._sink.end_page)
        self._count(side, watch)

    def _pieces(self, composition: compose.Composition) -> Iterator[memoryview]:
        """The side's lines; what was expensive to draw is kept for the other copies, or taken from there."""
        if composition.direct or self._job.ticket.rounds == 1:
            return compose.draw(composition, self._documents)
        if composition in self._store:
            return self._store.bands(composition)
        return self._store.keep(composition, compose.draw(composition, self._documents))

    def _begin(self, side: Side) -> None:
        if not self._marking:
            self._marking = True
            self._progress.marking()
            self._check()
        if self._last is not None and self._last.sheet != side.sheet:
            self._sheet_done()
        self._patiently(self._sink.start_page, side)

    def _count(self, side: Side, watch: _Watch) -> None:
        counted = self._counters
        self._counters = Counters(
            impressions=counted.impressions + 1,
            color=counted.color + watch.colored,
            blank=counted.blank + watch.blank,
            sheets=counted.sheets + (self._last is None),
            pages=counted.pages + len(side.content),
        )
        self._last = side
        self._progress.impression(side, watch.colored, watch.blank)
        for document, number in side.content:
            self._progress.page(document, number)

    def _suspend_if_asked(self) -> None:
        if self._progress.suspended():
            raise _Suspended

    def _sheet_done(self) -> None:
        if self._last is not None:
            last, self._last = self._last, None
            self._progress.sheet(last.sheet, last)

    def _patiently(self, call: Callable[..., None], *given: object) -> None:
        """Have the sink do something, if need be again and again until somebody has helped it."""
        while True:
            try:
                return call(*given)
            except PartError as error:
                if error.again is None:
                    raise
                self._wait_for(error.reason, error.message, error.again)

    def _wait_for(self, reason: str, message: str, ready: Callable[[], bool]) -> None:
        self._progress.stopped(reason, message)
        while not ready():
            self._check()
            time.sleep(POLL)
        self._progress.going_on(reason)

    def _check(self) -> None:
        if self._progress.cancelled():
            raise Cancelled


class _Watch:
    """Sees every band of a side: was there anything on it, and anything coloured?"""

    def __init__(self, side: Side) -> None:
        self._colors = side.page.num_colors
        self._white = side.page.white
        self.colored = False
        self.blank = True

    def see(self, band: memoryview) -> None:
        if self.blank and not is_white(band, self._white):
            self.blank = False
        if self._colors == 3 and not self.colored and not self.blank:
            self.colored = is_colored(band)
