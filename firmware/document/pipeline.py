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
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import TypeVar

from firmware.core.errors import DocumentError, PartError
from firmware.core.ticket import ExtraSheets, PageTicket, Ticket
from firmware.document import compose, housekeeping, layout, lines
from firmware.document.behind import behind
from firmware.document.documents import Documents
from firmware.document.job import PressJob, PressResult, Progress
from firmware.document.layout import Cell, SidePlan
from firmware.document.page import Page
from firmware.document.pagestore import Scratch, SideStore
from firmware.document.placement import pixels, place
from firmware.document.renderer import Cancelled
from firmware.ports import Counters, PageSink, Side
from raster_ext import is_colored, is_white

Done = TypeVar("Done")

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
        self._number = 0
        """Of the sheet at hand."""
        self._copy = 1
        """The copy that is being made."""
        self._houses = 1
        self._finished: set[str] = set()
        """Finishings that were carried out."""
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
            return self._completed()
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

    def _completed(self) -> PressResult:
        """A set that was too thin or too thick to be bound lies in the tray unbound; the job says so."""
        undone = [asked.name for asked in self._job.ticket.finishings if asked.name not in self._finished | {"none"}]
        if not undone or not self._counters.impressions:
            return self._result("completed", ("job-completed-successfully",))
        most = self._job.capabilities.stapler
        message = f"not finished: {', '.join(undone)} (2 to {most} sheets can be bound together)"
        return self._result("completed", ("job-completed-with-warnings",), message)

    def _given_up(self, error: DocumentError) -> PressResult:
        """A reader that waits for octets is woken by an error when the job is cancelled: that is no fault."""
        try:
            if self._progress.cancelled():
                return self._result("canceled", ())
        except DocumentError as other:
            error = other
        with suppress(DocumentError, PartError, Cancelled):
            self._error_sheet(error.message)
        return self._result("aborted", ("aborted-by-system", error.reason), error.message)

    def _result(
        self, state: str, reasons: tuple[str, ...], message: str = "", printer: tuple[str, ...] = ()
    ) -> PressResult:
        self._sheet_done()
        ticket = self._job.ticket
        whole = ticket.collated and ticket.document_handling != layout.UNCOLLATED
        copies = min(self._copy - 1, ticket.copies) if whole or self._copy > ticket.rounds else 0
        return PressResult(state, reasons, self._counters, message, printer, copies)

    def _print(self) -> None:
        """Nothing is marked, no job sheet either, before the first page is there."""
        ticket = self._job.ticket
        plans = layout.sides(ticket, self._documents, self._documents.dropped, self._job.capabilities.stapler)
        first = next(plans, None)
        kind = ticket.job_sheets.kind
        if kind in housekeeping.START:
            self._house("job-sheets", housekeeping.banner(self._job.job, ticket), ticket.job_sheets)
        for plan in chain((first,) if first else (), plans):
            self._copy = plan.copy
            self._side(plan)
        self._copy = ticket.rounds + 1
        if kind in housekeeping.END:
            self._house("job-sheets", housekeeping.banner(self._job.job, ticket), ticket.job_sheets)
        if ticket.accounting_sheets.kind == "standard":
            text = housekeeping.account(self._job.job, self._counters)
            self._house("job-accounting-sheets", text, ticket.accounting_sheets)
        if ticket.error_sheet.when == "always":
            self._error_sheet("No errors.")

    def _error_sheet(self, message: str) -> None:
        """job-error-sheet (PWG 5100.3)."""
        asked = self._job.ticket.error_sheet
        if asked.kind == "standard":
            self._house("job-error-sheet", housekeeping.errors(self._job.job, message), asked)

    def _house(self, role: str, text: str, asked: ExtraSheets) -> None:
        """A sheet of the printer's own, in no page's number."""
        ticket = self._job.ticket.page
        page = PageTicket(asked.media or ticket.media, output_bin=ticket.output_bin, scaling="none")
        self._houses -= 1
        for sheet in self._documents.house(self._houses, text, page):
            self._side(SidePlan(0, False, 0, (Cell(sheet, page),), role=role))

    def _side(self, plan: SidePlan) -> None:
        self._check()
        ticket, capabilities = self._job.ticket, self._job.capabilities
        plan = replace(plan, sheet=self._number + (not plan.back))
        self._number = plan.sheet
        if plan.sheet <= self._job.sheets_done:
            return
        if self._last is None or self._last.sheet != plan.sheet:
            self._suspend_if_asked()
        native = plan.cells[0].page.resolution if plan.cells else None
        resolution = capabilities.resolution(plan.ticket, native)
        size = pixels(plan.ticket.media, resolution)
        pages = plan.role == layout.PAGES
        folded = pages and ticket.imposition in layout.BOOKLETS
        whole = ticket.of(plan.cells[0].page.document) if plan.cells else ticket
        number_up = 2 if folded else whole.number_up if pages else 1
        placements = place(plan, resolution, number_up, whole.presentation, whole.fidelity, folded)
        side = compose.compose(placements, size, resolution, self._documents, self._sink.kinds, capabilities.color)
        self._mark(plan, side)

    def _described(self, plan: SidePlan, page: Page) -> Side:
        ticket = plan.ticket
        media = ticket.media
        marks = [mark for asked in plan.finishings for mark in asked.marks(media.width, media.height)]
        if plan.back:
            marks = [mark.from_behind(media.width, media.height, ticket.sides) for mark in marks]
        return Side(
            sheet=plan.sheet,
            back=plan.back,
            page=page,
            media=media,
            output_bin=ticket.output_bin,
            sides=ticket.sides,
            copy=plan.copy,
            content=tuple((cell.page.document, cell.page.number) for cell in plan.cells if cell.page.document > 0),
            role=plan.role,
            marks=tuple(marks),
            finishings=tuple(asked.name for asked in plan.finishings),
            set_done=plan.last,
            ticket=replace(ticket, resolution=page.resolution),
            executed=executed(self._job.ticket, plan),
        )

    def _mark(self, plan: SidePlan, composition: compose.Composition) -> None:
        side = self._described(plan, composition.page)
        pieces = lines.cut(self._pieces(composition), side.page.bytes_per_line, max(1, side.page.height // BANDS))
        watch = _Watch(side)
        begun = False
        with behind(partial(self._patiently, self._sink.write_band)) as write:
            for piece in pieces:
                self._check()
                if not begun:  # whatever is wrong with the page's beginning has shown before anything is marked
                    side = self._begin(side)
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

    def _begin(self, side: Side) -> Side:
        """Feed a sheet, or go on with the one at hand. The side with the media that it really is."""
        if self._last is not None and self._last.sheet != side.sheet:
            self._sheet_done()
        self._fed = self._last.media if self._last is not None else self._patiently(self._progress.feed, side.media)
        self._check()
        if not self._marking:
            self._marking = True
            self._progress.marking()
            self._check()
        side = replace(side, media=self._fed)
        self._patiently(self._sink.start_page, side)
        return side

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
        self._finished.update(side.finishings)
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

    def _patiently(self, call: Callable[..., Done], *given: object) -> Done:
        """Have the sink or the trays do something, if need be again and again until somebody has helped them."""
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


def executed(ticket: Ticket, plan: SidePlan) -> tuple[str, ...]:
    """Job Template attributes of the whole job that this side carries out."""
    if plan.role != layout.PAGES:
        return (plan.role,)
    names = ["multiple-document-handling", "number-up", "page-delivery", "imposition-template"]
    if ticket.number_up > 1:
        names.append("presentation-direction-number-up")
    if ticket.copies > 1:
        names.append("sheet-collate")
    if ticket.pages_per_set:
        names.append("job-pages-per-set")
    if any(cell.page.number in ticket.force_front for cell in plan.cells):
        names.append("force-front-side")
    return tuple(names)


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
