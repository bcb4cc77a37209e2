"""What rooms do to jobs, in one place: hold them open, close them, cancel them, give them up."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from firmware.core.clock import Moment, Now
from firmware.core.document import DocumentState
from firmware.core.events import DropDocuments, JobCreated, ShareDocuments, StopJob, SubmissionTimedOut, SuspendJob
from firmware.core.job import PASSING, Job, JobState
from firmware.core.printer import Printer
from firmware.core.scheduler import end_of_job

if TYPE_CHECKING:
    from firmware.core.engine import Engine

SUBMISSION_TIME_OUT = 120
"""multiple-operation-time-out: seconds that an open job may wait for its next document."""


def await_more(engine: Engine, printer: Printer, job: Job, now: Now) -> None:
    """An open job waits for its next document, but not for ever."""
    key = ("submission", printer.id, job.id)
    engine.later(key, now.up + submission_time_out(printer), SubmissionTimedOut(printer.id, job.id))


def submission_time_out(printer: Printer) -> int:
    setting = printer.setting("multiple-operation-time-out")
    return setting.value if setting is not None and isinstance(setting.value, int) else SUBMISSION_TIME_OUT


def close(engine: Engine, printer: Printer, job: Job, now: Now) -> None:
    """No more documents will come."""
    engine.forget(("submission", printer.id, job.id))
    job.closed = True
    if not job.receiving:
        job.drop_reasons("job-incoming", "job-data-insufficient")
    if not job.documents:
        # RFC 8011 leaves open what becomes of a job without documents: there is nothing to print.
        job.move(JobState.ABORTED, now, "aborted-by-system", message="The job has no documents.")
        end_of_job(engine, printer, job, now)
    elif all(document.state is DocumentState.CANCELED for document in job.documents.values()):
        job.move(JobState.CANCELED, now, "job-canceled-by-user", message="All its documents were canceled.")
        end_of_job(engine, printer, job, now)


def can_cancel(job: Job) -> bool:
    return job.stored or (not job.ended and not job.stopping)


def cancel(engine: Engine, printer: Printer, job: Job, now: Now, *, by_user: bool) -> None:
    """Cancel a job that can be: at once while it waits, at the next band while it prints."""
    if job.stored:
        job.storage = "none"
        job.drop_reasons("job-stored")
        let_go(engine, printer, job)
        return
    reason = "job-canceled-by-user" if by_user else "job-canceled-by-operator"
    if printer.current == job.id:
        job.add_reasons("processing-to-stop-point", reason)
        engine.order(StopJob(printer.id, job.id))
        return
    job.move(JobState.CANCELED, now, reason)
    end_of_job(engine, printer, job, now)


def suspend(engine: Engine, printer: Printer) -> None:
    """Have the press put its job aside at the end of the sheet at hand."""
    if printer.current is not None and not printer.jobs[printer.current].stopping:
        engine.order(SuspendJob(printer.id, printer.current))


def resume(printer: Printer, job: Job, now: Now) -> None:
    """A suspended job takes its turn again, before all others."""
    job.move(JobState.PENDING, now, *(job.reasons - PASSING), *({"job-incoming"} & job.reasons))
    promote(printer, job)


def promote(printer: Printer, job: Job) -> None:
    """The job is the next."""
    others = [other.turn[0] for other in printer.waiting if other is not job]
    job.place = (min(others, default=0) - 1,)


def schedule_after(printer: Printer, job: Job, predecessor: Job) -> None:
    """The job comes right after that one."""
    if printer.current == predecessor.id:
        promote(printer, job)
        return
    before = predecessor.turn
    followers = [
        other.turn[len(before)]
        for other in printer.waiting
        if other is not job and len(other.turn) > len(before) and other.turn[: len(before)] == before
    ]
    job.place = (*before, min(followers, default=0) - 1)


def let_go(engine: Engine, printer: Printer, job: Job) -> None:
    """The documents of an ended job are not kept any longer."""
    if job.retained:
        job.retained = False
        job.drop_reasons("job-restartable")
        engine.order(DropDocuments(printer.id, job.id, tuple(job.documents)))


def abort(engine: Engine, printer: Printer, job: Job, now: Now, reason: str, message: str) -> None:
    """End a job for a reason that lies in its data or its sender."""
    if job.ended:
        return
    if printer.current == job.id:
        # The press reads the same spool: it finds the document broken off there, and its report ends the job.
        job.add_reasons(reason)
        job.message = message
        return
    job.move(JobState.ABORTED, now, "aborted-by-system", reason, message=message)
    end_of_job(engine, printer, job, now)


def again(engine: Engine, printer: Printer, old: Job, user: str, now: Now, **newborn: Any) -> Job:
    """A new job of the documents of an ended one, which must still be there; what it asks for is copied too, and it is
    released no more easily than that one was."""
    number = printer.next_job_id
    printer.next_job_id = number + 1
    inherited = {name: getattr(old, name) for name in _INHERITED}
    job = Job(
        id=number,
        printer_id=printer.id,
        uuid=engine.job_uuid(printer, number),
        user=user,
        created=Moment.of(now),
        closed=True,
        **{**inherited, **newborn},
    )
    copies = [replace(document, job_id=number, created=job.created) for document in old.reprintable]
    for document in copies:
        document.begin_again()
    job.documents = {document.number: document for document in copies}
    printer.jobs[number] = job
    for thing in (job, *copies):
        engine.adopt(thing)
    engine.order(ShareDocuments(printer.id, old.id, tuple(job.documents), number))
    engine.tell(JobCreated(printer.id, number), now)
    return job


_INHERITED = ("name", "language", "fidelity", "attributes", "release_action", "pin", "pin_encryption", "pin_octets")
