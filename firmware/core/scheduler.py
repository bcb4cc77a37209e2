"""Which job is next, and what becomes of it while the press has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from firmware.core.clock import Now
from firmware.core.document import Document, DocumentState
from firmware.core.events import (
    DocumentOpened,
    DocumentToPrint,
    DropDocuments,
    ImpressionDone,
    JobDone,
    JobEnded,
    JobFact,
    MarkingStarted,
    PageDone,
    PartFailed,
    PrintJob,
    SheetDone,
)
from firmware.core.job import PASSING, Job, JobState
from firmware.core.printer import Printer, PrinterState
from firmware.core.resolve import plain, resolve
from firmware.ipp import Attribute

if TYPE_CHECKING:
    from firmware.core.engine import Engine

STREAMED = frozenset({"image/pwg-raster", "image/urf"})
"""Formats that are marked while they still arrive (house: a raster job need not be whole)."""

HOLDING = frozenset({"job-hold-until-specified"})
"""job-state-reasons of held jobs that no gate gave."""

_OUTCOMES = {"completed": JobState.COMPLETED, "canceled": JobState.CANCELED, "aborted": JobState.ABORTED}


def schedule(engine: Engine, now: Now) -> None:
    """Start what can start, and make the printers' states tell what they do."""
    for printer in engine.system.printers.values():
        for job in printer.waiting:
            at_gates(engine, printer, job, now)
        if printer.current is None and not printer.paused:
            ready = next((job for job in printer.waiting if _ready(job)), None)
            if ready is not None:
                _start(engine, printer, ready, now)
        _show_state(printer, now)


def at_gates(engine: Engine, printer: Printer, job: Job, now: Now) -> None:
    """Hold a job for the reasons that gates give, or let it go when they give none and nothing else holds it."""
    if job.state not in (JobState.PENDING, JobState.HELD):
        return
    given = frozenset(reason for gate in engine.catalog.gates if (reason := gate(printer, job, now)))
    if given == job.gated and (not given or job.state is JobState.HELD):
        return
    reasons = (job.reasons - job.gated) | given
    let_go = bool(job.gated) and not given and not reasons & HOLDING
    job.gated = given
    if given and job.state is JobState.PENDING:
        job.move(JobState.HELD, now, *reasons)
    elif let_go and job.state is JobState.HELD:
        job.move(JobState.PENDING, now, *reasons)
    else:
        job.reasons = reasons


def _ready(job: Job) -> bool:
    documents = to_print(job)
    if job.state is not JobState.PENDING or not job.closed or not documents:
        return False
    if not all(document.arrived for document in documents[:-1]):
        return False
    last = documents[-1]
    return last.arrived or last.real_format in STREAMED


def to_print(job: Job) -> list[Document]:
    """Its documents but for those that were canceled."""
    return [document for document in job.documents.values() if not document.ended]


def _start(engine: Engine, printer: Printer, job: Job, now: Now) -> None:
    arriving = {"job-incoming"} & job.reasons
    job.move(JobState.PROCESSING, now, "job-interpreting", *arriving)
    printer.current = job.id
    documents = to_print(job)
    ticket = resolve(printer, job.attributes, job.fidelity, {entry.number: entry.attributes for entry in documents})
    engine.order(
        PrintJob(
            printer.id,
            job.id,
            job.uuid,
            job.name,
            job.user,
            ticket,
            _names_media(job.attributes),
            _record(job, documents),
            tuple(_to_print(document) for document in documents),
        )
    )


def _to_print(document: Document) -> DocumentToPrint:
    asked = _names_media(document.attributes)
    return DocumentToPrint(document.number, document.real_format, document.compression, asked)


def _names_media(attributes: tuple[Attribute, ...]) -> bool:
    return any(attribute.name in ("media", "media-col") for attribute in attributes)


def _record(job: Job, documents: list[Document]) -> dict[str, object]:
    """The job's ticket for the record; those of its documents are named by their numbers."""
    own = {str(document.number): plain(document.attributes) for document in documents if document.attributes}
    return {**plain(job.attributes), **({"documents": own} if own else {})}


def _show_state(printer: Printer, now: Now) -> None:
    if printer.paused and printer.current is None:
        printer.set_reasons({"paused"}, {"moving-to-paused"}, now)
        printer.move(PrinterState.STOPPED, now, "Paused.")
    elif printer.current is not None:
        if printer.paused:
            printer.set_reasons({"moving-to-paused"}, {"paused"}, now)
        else:
            printer.set_reasons(set(), {"moving-to-paused", "paused"}, now)
        job = printer.jobs[printer.current]
        if job.state is JobState.STOPPED:
            printer.move(PrinterState.STOPPED, now, job.message)
        else:
            printer.move(PrinterState.PROCESSING, now, f"Printing job {job.id}.")
    else:
        printer.set_reasons(set(), {"moving-to-paused", "paused"}, now)
        printer.move(PrinterState.IDLE, now, "Ready.")


def press_fact(engine: Engine, fact: JobFact | PartFailed, now: Now) -> None:
    """The press reports: the job's and the printer's counters move by this and nothing else."""
    printer = engine.system.printers[fact.printer_id]
    if isinstance(fact, PartFailed):
        add, drop = (set(), {fact.reason}) if fact.cleared else ({fact.reason}, set())
        printer.set_reasons(add, drop, now)
        if fact.waits and printer.current is not None:
            _wait_for_part(printer, printer.jobs[printer.current], fact, now)
        return
    job = printer.jobs.get(fact.job_id)
    if job is None or job.ended:
        return
    if isinstance(fact, MarkingStarted):
        job.marked = True
        job.drop_reasons("job-interpreting")
        job.add_reasons("job-printing")
    elif isinstance(fact, DocumentOpened):
        _opened(job, fact, now)
    elif isinstance(fact, ImpressionDone):
        job.impressions_completed += 1
        printer.impressions_completed += 1
        for number in fact.documents:
            job.documents[number].impressions_completed += 1
    elif isinstance(fact, SheetDone):
        job.sheets_completed += 1
        printer.sheets_completed += 1
        for number in fact.documents:
            job.documents[number].sheets_completed += 1
    elif isinstance(fact, PageDone):
        job.pages_completed += 1
        job.documents[fact.document].pages_completed += 1
    elif isinstance(fact, JobDone):
        _done(engine, printer, job, fact, now)


def _wait_for_part(printer: Printer, job: Job, fact: PartFailed, now: Now) -> None:
    """A job that stands still because of a part is processing-stopped, and goes on with it."""
    kept = job.reasons - {"printer-stopped"}
    if fact.cleared and job.state is JobState.STOPPED:
        job.move(JobState.PROCESSING, now, *kept)
    elif not fact.cleared and job.state is JobState.PROCESSING:
        job.move(JobState.STOPPED, now, *kept, "printer-stopped", message=fact.message)


def _opened(job: Job, fact: DocumentOpened, now: Now) -> None:
    """The press reads a document; those that it is through with are done."""
    for document in to_print(job):
        if document.number == fact.document:
            document.move(DocumentState.PROCESSING, now)
        elif fact.alone and document.state is DocumentState.PROCESSING:
            document.move(DocumentState.COMPLETED, now, "completed-successfully")


def _done(engine: Engine, printer: Printer, job: Job, fact: JobDone, now: Now) -> None:
    printer.current = None
    state = _OUTCOMES[fact.outcome]
    reasons = set(fact.reasons) | (job.reasons - PASSING)
    if state is JobState.CANCELED and not any(reason.startswith("job-canceled-") for reason in reasons):
        state = JobState.ABORTED  # stopped by us, not by anybody's wish: its data or its sender failed
    if state is JobState.ABORTED:
        reasons.add("aborted-by-system")
    elif state is JobState.COMPLETED:
        reasons = {*fact.reasons, "job-completed-successfully"}  # a cancel that came too late left no trace on paper
        job.octets_processed = job.octets
    job.move(state, now, *reasons, message=fact.message or job.message)
    end_of_job(engine, printer, job)


def end_of_job(engine: Engine, printer: Printer, job: Job) -> None:
    """Whatever must follow when a job has come to its end."""
    engine.forget(("submission", printer.id, job.id))
    assert job.completed is not None
    engine.tell(JobEnded(printer.id, job.id), Now(job.completed.up, job.completed.wall))
    engine.order(DropDocuments(printer.id, job.id, tuple(job.documents)))
    engine.ended(printer, job)
