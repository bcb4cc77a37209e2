"""Which job is next, and what becomes of it while the press has it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from firmware.core.clock import Now
from firmware.core.document import Document, DocumentState
from firmware.core.events import (
    DocumentOpened,
    DocumentToPrint,
    DropDocuments,
    HoldEnded,
    ImpressionDone,
    JobDone,
    JobEnded,
    JobFact,
    JobSuspended,
    MarkingStarted,
    PageDone,
    PartFailed,
    PrintJob,
    SheetDone,
)
from firmware.core.feature import Until
from firmware.core.job import PASSING, Job, JobState
from firmware.core.printer import Printer, PrinterState
from firmware.core.resolve import plain, resolve
from firmware.core.ticket import Ticket
from firmware.ipp import Attribute

if TYPE_CHECKING:
    from firmware.core.engine import Engine

STREAMED = frozenset({"image/pwg-raster", "image/urf", "application/PCLm"})
"""Formats that are marked while they still arrive (house: a raster job need not be whole)."""

_OUTCOMES = {"completed": JobState.COMPLETED, "canceled": JobState.CANCELED, "aborted": JobState.ABORTED}


def schedule(engine: Engine, now: Now) -> None:
    """Start what can start, and make the printers' states tell what they do."""
    for printer in engine.system.printers.values():
        for job in printer.waiting:
            at_gates(engine, printer, job, now)
            if job.storage == "store-only" and _ready(job):
                _store(engine, printer, job, now)
        if printer.current is None and not printer.paused and not printer.halted:
            ready = next((job for job in printer.waiting if _ready(job)), None)
            if ready is not None:
                _start(engine, printer, ready, now)
        _show_state(printer, now)


def at_gates(engine: Engine, printer: Printer, job: Job, now: Now) -> None:
    """Hold a waiting job for the reasons that gates give, and let it take its turn when they give none."""
    if job.state not in (JobState.PENDING, JobState.HELD):
        return
    verdicts = [verdict for gate in engine.catalog.gates if (verdict := gate(printer, job, now))]
    _wake(engine, job, [verdict.wall for verdict in verdicts if isinstance(verdict, Until)], now)
    given = frozenset(verdict.reason if isinstance(verdict, Until) else verdict for verdict in verdicts)
    state = JobState.HELD if given else JobState.PENDING
    if (given, state) == (job.gated, job.state):
        return
    reasons = (job.reasons - job.gated) | given
    job.gated = given
    if state is job.state:
        job.reasons = reasons
    else:
        job.move(state, now, *reasons, message=job.message)


def _wake(engine: Engine, job: Job, times: list[float], now: Now) -> None:
    """Look again when the first of these times has come."""
    key = ("held", job.printer_id, job.id)
    if times and now.wall is not None:
        engine.later(key, now.up + max(0.1, min(times) - now.wall), HoldEnded(job.printer_id, job.id))
    else:
        engine.forget(key)


def _ready(job: Job) -> bool:
    if job.state is JobState.STOPPED:
        return "printer-stopped" in job.reasons
    documents = to_print(job)
    if job.state is not JobState.PENDING or not job.closed or not documents:
        return False
    if not all(document.arrived for document in documents[:-1]):
        return False
    last = documents[-1]
    # Of what is fetched nothing is printed before it is known to come whole.
    return last.arrived or (last.real_format in STREAMED and not last.uri and job.storage != "store-only")


def to_print(job: Job) -> list[Document]:
    """Its documents but for those that were canceled. A job that was put aside goes through those that are done once
    more, to find its place behind them."""
    gone = (DocumentState.CANCELED, DocumentState.ABORTED)
    return [document for document in job.documents.values() if document.state not in gone]


def _start(engine: Engine, printer: Printer, job: Job, now: Now) -> None:
    arriving = {"job-incoming"} & job.reasons
    job.move(JobState.PROCESSING, now, "job-interpreting", *arriving)
    engine.forget(("held", printer.id, job.id))
    printer.current = job.id
    documents = to_print(job)
    if job.ticket is None:
        own = {entry.number: entry.attributes for entry in documents}
        job.ticket = _proof(job, resolve(printer, job.attributes, job.fidelity, own))
    left_out = [document for document in job.documents.values() if document not in documents]
    engine.order(
        PrintJob(
            printer.id,
            job.id,
            job.uuid,
            job.name,
            job.user,
            job.ticket,
            _names_media(job.attributes),
            _record(job, documents),
            tuple(_to_print(document) for document in documents),
            max(0, job.sheets_completed - job.proof_sheets - sum(document.sheets_completed for document in left_out)),
        )
    )


def _store(engine: Engine, printer: Printer, job: Job, now: Now) -> None:
    """All of it is here, and that is all that was asked for: nothing is printed."""
    job.move(JobState.PROCESSING, now)
    job.move(JobState.COMPLETED, now)
    end_of_job(engine, printer, job, now)


def _proof(job: Job, ticket: Ticket) -> Ticket:
    """The ticket of a job that is to be proved first has the copies of its proof."""
    wish = job.template("proof-copies")
    if not job.wants_proof or wish is None or not isinstance(wish.value, int):
        return ticket
    own = tuple((number, replace(each, copies=wish.value)) for number, each in ticket.documents)
    return replace(ticket, copies=wish.value, documents=own)


def _to_print(document: Document) -> DocumentToPrint:
    asked = _names_media(document.attributes)
    return DocumentToPrint(document.number, document.real_format, document.compression, asked)


def _names_media(attributes: tuple[Attribute, ...]) -> bool:
    return any(attribute.name in ("media", "media-col") for attribute in attributes)


def _record(job: Job, documents: list[Document]) -> dict[str, object]:
    """The job's ticket for the record; those of its documents are named by their numbers."""
    own = {str(document.number): plain(document.attributes) for document in documents if document.attributes}
    return {**plain(job.attributes), **({"documents": own} if own else {})}


_STANDSTILLS = {"moving-to-paused", "paused", "deactivated", "shutdown"}


def _show_state(printer: Printer, now: Now) -> None:
    reasons = set(printer.halted)
    if printer.current is not None:
        reasons |= {"moving-to-paused"} if printer.paused or printer.halted else set()
        job = printer.jobs[printer.current]
        if job.state is JobState.STOPPED:
            state, message = PrinterState.STOPPED, job.message
        else:
            state, message = PrinterState.PROCESSING, f"Printing job {job.id}."
    elif printer.halted or printer.paused:
        reasons |= {"paused"} if printer.paused else set()
        state = PrinterState.STOPPED
        message = "Shut down." if "shutdown" in reasons else "Deactivated." if printer.halted else "Paused."
    else:
        state, message = PrinterState.IDLE, "Ready."
    printer.set_reasons(reasons, _STANDSTILLS, now)
    printer.move(state, now, message)


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
    elif isinstance(fact, JobSuspended):
        _suspended(engine, printer, job, now)
    elif isinstance(fact, JobDone):
        _done(engine, printer, job, fact, now)
    else:
        _count(printer, job, fact)


def _count(printer: Printer, job: Job, fact: JobFact) -> None:
    if isinstance(fact, ImpressionDone):
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


def _suspended(engine: Engine, printer: Printer, job: Job, now: Now) -> None:
    """What is on paper is counted, so nothing of it comes out twice: the job may go on even after a power cut.

    Somebody asked for this job to be put aside (job-suspending), or the printer was paused: then it is the first to
    go on when the printer does.
    """
    if job.stopping:
        _done(engine, printer, job, JobDone(printer.id, job.id, "canceled"), now)
        return
    printer.current = None
    asked = "job-suspended" if "job-suspending" in job.reasons else "printer-stopped"
    job.move(JobState.STOPPED, now, *(job.reasons - PASSING), *({"job-incoming"} & job.reasons), asked)
    job.marked = False


def _wait_for_part(printer: Printer, job: Job, fact: PartFailed, now: Now) -> None:
    """A job that stands still because of a part is processing-stopped, and goes on with it."""
    kept = job.reasons - {"printer-stopped"}
    if fact.cleared and job.state is JobState.STOPPED:
        job.move(JobState.PROCESSING, now, *kept)
    elif not fact.cleared and job.state is JobState.PROCESSING:
        job.move(JobState.STOPPED, now, *kept, "printer-stopped", message=fact.message)


def _opened(job: Job, fact: DocumentOpened, now: Now) -> None:
    """The press reads a document; those that it is through with are done."""
    for document in job.documents.values():
        if document.ended:
            continue
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
    elif state is JobState.COMPLETED and job.wants_proof:
        _await_approval(job, now)
        return
    elif state is JobState.COMPLETED:
        ending = "job-completed-with-warnings" in fact.reasons
        reasons = (
            {*fact.reasons} if ending else {*fact.reasons, "job-completed-successfully"}
        )  # a cancel that came too late left no trace on paper
        job.octets_processed = job.octets
    job.move(state, now, *reasons, message=fact.message or job.message)
    end_of_job(engine, printer, job, now)


def _await_approval(job: Job, now: Now) -> None:
    """The proof is on paper: nothing more until somebody approves it. It can't come out twice, so the job may wait
    even through a power cut."""
    job.move(JobState.STOPPED, now, "job-suspended-for-approval")
    job.proofed, job.marked, job.ticket = True, False, None
    job.proof_sheets = job.sheets_completed
    for document in job.documents.values():
        if document.state is not DocumentState.CANCELED:
            document.begin_again()


def end_of_job(engine: Engine, printer: Printer, job: Job, now: Now) -> None:
    """Whatever must follow when a job has come to its end."""
    engine.forget(("submission", printer.id, job.id))
    engine.forget(("held", printer.id, job.id))
    engine.tell(JobEnded(printer.id, job.id), now)
    if job.retained and not job.purged:
        job.add_reasons("job-restartable")
    else:
        engine.order(DropDocuments(printer.id, job.id, tuple(job.documents)))
    engine.ended(printer, job)
