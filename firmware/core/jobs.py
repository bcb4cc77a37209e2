"""What rooms do to jobs, in one place: hold them open, close them, cancel them, give them up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from firmware.core.clock import Now
from firmware.core.document import DocumentState
from firmware.core.events import StopJob, SubmissionTimedOut
from firmware.core.job import Job, JobState
from firmware.core.printer import Printer
from firmware.core.scheduler import end_of_job

if TYPE_CHECKING:
    from firmware.core.engine import Engine

SUBMISSION_TIME_OUT = 120
"""multiple-operation-time-out: seconds that an open job may wait for its next document."""


def await_more(engine: Engine, printer: Printer, job: Job, now: Now) -> None:
    """An open job waits for its next document, but not for ever."""
    key = ("submission", printer.id, job.id)
    engine.later(key, now.up + SUBMISSION_TIME_OUT, SubmissionTimedOut(printer.id, job.id))


def close(engine: Engine, printer: Printer, job: Job, now: Now) -> None:
    """No more documents will come."""
    engine.forget(("submission", printer.id, job.id))
    job.closed = True
    if not job.receiving:
        job.drop_reasons("job-incoming", "job-data-insufficient")
    if not job.documents:
        # RFC 8011 leaves open what becomes of a job without documents: there is nothing to print.
        job.move(JobState.ABORTED, now, "aborted-by-system", message="The job has no documents.")
        end_of_job(engine, printer, job)
    elif all(document.state is DocumentState.CANCELED for document in job.documents.values()):
        job.move(JobState.CANCELED, now, "job-canceled-by-user", message="All its documents were canceled.")
        end_of_job(engine, printer, job)


def can_cancel(job: Job) -> bool:
    return not job.ended and not job.stopping


def cancel(engine: Engine, printer: Printer, job: Job, now: Now, *, by_user: bool) -> None:
    """Cancel a job that can be: at once while it waits, at the next band while it prints."""
    reason = "job-canceled-by-user" if by_user else "job-canceled-by-operator"
    if printer.current == job.id:
        job.add_reasons("processing-to-stop-point", reason)
        engine.order(StopJob(printer.id, job.id))
        return
    job.move(JobState.CANCELED, now, reason)
    end_of_job(engine, printer, job)


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
    end_of_job(engine, printer, job)
