"""The press: one worker thread for each printer that prints, and the facts that it sends back."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from firmware.core.errors import DocumentError, PartError
from firmware.core.events import (
    DocumentOpened,
    DropDocuments,
    ExpectDocument,
    Fact,
    ImpressionDone,
    JobDone,
    JobSuspended,
    MarkingStarted,
    PageDone,
    PartFailed,
    PrintJob,
    ShareDocuments,
    SheetDone,
    StopDocument,
    StopJob,
    SuspendJob,
)
from firmware.core.ticket import Media
from firmware.document import layout, pipeline
from firmware.document.job import Capabilities, DocumentSource, PressJob, PressResult
from firmware.ports import Counters, InputTrays, PageSink, Side, SinkJob
from firmware.runtime.spool import Reader, Spool

log = logging.getLogger("inkstand.press")

SUSPENDED = "processing-stopped"

Report = Callable[[Fact], "asyncio.Future[None]"]


class Press:
    """Marks one printer's jobs, one after the other.

    ``keep`` is called in the press's thread when a job has been marked and its documents are still in the spool.
    """

    def __init__(
        self,
        printer_id: int,
        printer_name: str,
        sink: PageSink,
        capabilities: Capabilities,
        spool: Spool,
        report: Report,
        scratch: Path,
        trays: InputTrays,
        keep: Callable[[PrintJob], None] | None = None,
    ) -> None:
        self._printer_id = printer_id
        self._printer_name = printer_name
        self._sink = sink
        self._capabilities = capabilities
        self._spool = spool
        self._report = report
        self._scratch = scratch
        self._trays = trays
        self._keep = keep
        self._run: _Run | None = None
        self._faults: set[str] = set()

    def print(self, order: PrintJob) -> None:
        """Begin a job; the engine gives the next one only after JobDone or JobSuspended."""
        loop = asyncio.get_running_loop()
        run = _Run(order, self._spool, self._report, loop, self._faults, self._trays)
        self._run = run
        run.thread = threading.Thread(target=self._work, args=(run,), name=f"press-{self._printer_id}", daemon=True)
        run.thread.start()

    def stop(self, order: StopJob) -> None:
        if self._run is not None and self._run.order.job_id == order.job_id:
            self._run.cancel()

    def stop_document(self, order: StopDocument) -> None:
        if self._run is not None and self._run.order.job_id == order.job_id:
            self._run.dropped.add(order.number)

    def suspend(self, order: SuspendJob) -> None:
        if self._run is not None and self._run.order.job_id == order.job_id:
            self._run.suspending = True

    async def close(self) -> None:
        """Stop marking; the job that was being marked ends as aborted."""
        if self._run is not None and self._run.thread is not None and self._run.thread.is_alive():
            self._run.switched_off = True
            self._run.cancel()
            await asyncio.to_thread(self._run.thread.join, 10)

    def _work(self, run: _Run) -> None:
        order = run.order
        try:
            job = self._press_job(run)
            result = pipeline.run(job, self._sink, run)
            if self._keep is not None and result.state != SUSPENDED:
                self._keep(order)
        except Exception:
            log.exception("press failed", extra={"job": order.job_id})
            result = PressResult("aborted", (), Counters(), "Internal error: see the printer's log.")
        for reason in result.printer_reasons:
            run.tell(PartFailed(self._printer_id, reason, result.message))
        self._faults = {*result.printer_reasons, *run.standing}
        if result.state == SUSPENDED:
            run.tell(JobSuspended(self._printer_id, order.job_id))
            return
        reasons = tuple(reason for reason in result.reasons if reason != "job-completed-successfully")
        run.tell(
            JobDone(
                self._printer_id,
                order.job_id,
                result.state,
                reasons,
                result.message,
                result.counters.pages,
                result.copies,
            )
        )

    def _press_job(self, run: _Run) -> PressJob:
        order = run.order
        sink_job = SinkJob(self._printer_name, order.job_id, order.uuid, order.name, order.user, order.record)
        return PressJob(
            sink_job,
            order.ticket,
            run.sources(),
            self._capabilities,
            scratch=self._scratch,
            sheets_done=order.sheets_done,
            media_asked=order.media_asked,
        )


@dataclass(eq=False)
class _Run:
    """One job in the press: its progress becomes facts. Methods but ``cancel`` are called in the press's thread."""

    order: PrintJob
    spool: Spool
    report: Report
    loop: asyncio.AbstractEventLoop
    faults: set[str]
    trays: InputTrays
    thread: threading.Thread | None = None
    switched_off: bool = False
    """The printer is being stopped: nobody cancelled the job."""
    standing: set[str] = field(default_factory=set)
    """What the job waits for: somebody has to help."""
    suspending: bool = False
    """To be put aside at the end of the sheet at hand."""

    def __post_init__(self) -> None:
        self.dropped: set[int] = set()
        self._on_sheet: set[int] = set()
        self._cancelled = threading.Event()
        self._readers: list[Reader] = []
        self._sheet_color = self._sheet_marked = False
        """Whether colour, or anything, is on the sheet at hand."""

    def cancel(self) -> None:
        self._cancelled.set()
        for reader in self._readers:
            reader.wake()

    def sources(self) -> Iterator[DocumentSource]:
        """The documents as the pipeline comes to them; those that were canceled meanwhile are left out."""
        order = self.order
        alone = not layout.returns(order.ticket)
        for document in order.documents:
            number = document.number
            if number in self.dropped:
                continue
            self.tell(DocumentOpened(order.printer_id, order.job_id, number, alone))
            yield DocumentSource(
                number,
                document.format,
                *self._open(number),
                document.compression,
                media_asked=document.media_asked,
                dropped=lambda number=number: number in self.dropped,  # type: ignore[misc]
            )

    def _open(self, number: int) -> tuple[_Lazy, Path]:
        path = self.spool.path(self.order.printer_id, self.order.job_id, number)
        return _Lazy(self, number), path

    def reader(self, number: int) -> Reader:
        reader = self.spool.open(self.order.printer_id, self.order.job_id, number)
        self._readers.append(reader)
        if self._cancelled.is_set():
            reader.wake()
        return reader

    def tell(self, fact: Fact) -> None:
        self.loop.call_soon_threadsafe(self.report, fact)

    # ------------------------------------------------------------------- firmware.document.job.Progress

    def marking(self) -> None:
        """Marking waits until it is on disk that it has begun: no sheet comes out twice, whatever happens."""
        order = self.order
        for reason in self.faults:
            self.tell(PartFailed(order.printer_id, reason, cleared=True))
        waiting = asyncio.run_coroutine_threadsafe(self._durably_marking(), self.loop)
        try:
            waiting.result()
        except OSError as error:
            raise PartError("spool-area-full", str(error)) from error

    async def _durably_marking(self) -> None:
        await self.report(MarkingStarted(self.order.printer_id, self.order.job_id))

    def feed(self, media: Media) -> Media:
        return self.trays.take(media)

    def impression(self, side: Side, color: bool, blank: bool) -> None:
        order = self.order
        ticket = replace(side.ticket, media=side.media) if side.ticket is not None else None
        documents = tuple(sorted({document for document, _ in side.content}))
        self._on_sheet.update(documents)
        self._sheet_color |= color
        self._sheet_marked |= not blank
        self.tell(
            ImpressionDone(
                order.printer_id,
                order.job_id,
                side.sheet,
                side.back,
                color,
                blank,
                side.media.name,
                documents,
                side.role,
                ticket,
                side.finishings,
                side.executed,
            )
        )

    def sheet(self, number: int, last: Side) -> None:
        documents = tuple(sorted(self._on_sheet))
        self._on_sheet.clear()
        staples = sum(mark.kind == "staple" for mark in last.marks) if last.set_done else 0
        color, blank = self._sheet_color, not self._sheet_marked
        self._sheet_color = self._sheet_marked = False
        where = (self.order.printer_id, self.order.job_id, number, last.media.name)
        self.tell(SheetDone(*where, documents, last.back, color, blank, staples))

    def page(self, document: int, number: int) -> None:
        self.tell(PageDone(self.order.printer_id, self.order.job_id, document, number, 1))

    def stopped(self, reason: str, message: str) -> None:
        self.standing.add(reason)
        self.tell(PartFailed(self.order.printer_id, reason, message, waits=True))

    def going_on(self, reason: str) -> None:
        self.standing.discard(reason)
        self.tell(PartFailed(self.order.printer_id, reason, cleared=True, waits=True))

    def consumed(self, document: int, octets: int) -> None:
        self.spool.consumed(self.order.printer_id, self.order.job_id, document, octets)

    def cancelled(self) -> bool:
        if self.switched_off:
            raise DocumentError("printer-stopped", "The printer was switched off while it printed this job.")
        return self._cancelled.is_set()

    def suspended(self) -> bool:
        """A job whose beginning was given back to the disk can't be begun again: it goes on to its end."""
        return self.suspending and self.spool.whole(
            self.order.printer_id, self.order.job_id, [document.number for document in self.order.documents]
        )


class _Lazy:
    """Opens the document when it is first read: a job of a thousand documents holds one file open."""

    def __init__(self, run: _Run, number: int) -> None:
        self._run = run
        self._number = number
        self._reader: Reader | None = None

    def read(self, size: int, /) -> bytes:
        if self._reader is None:
            self._reader = self._run.reader(self._number)
        return self._reader.read(size)


def expect(spool: Spool) -> Callable[[ExpectDocument], None]:
    """The taker of ExpectDocument."""

    def take(order: ExpectDocument) -> None:
        spool.expect(order.printer_id, order.job_id, order.number)

    return take


def share(spool: Spool) -> Callable[[ShareDocuments], None]:
    """The taker of ShareDocuments."""

    def take(order: ShareDocuments) -> None:
        spool.share(order.printer_id, order.job_id, order.numbers, order.other)

    return take


def drop(spool: Spool) -> Callable[[DropDocuments], None]:
    """The taker of DropDocuments."""

    def take(order: DropDocuments) -> None:
        spool.drop(order.printer_id, order.job_id, order.numbers)

    return take
