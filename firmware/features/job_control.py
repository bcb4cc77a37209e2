"""Job and printer control – RFC 8011 sections 4.2.7–9, 4.3.3 and 4.3.7: cancel, restart, purge, pause, resume."""

from __future__ import annotations

from firmware.core.access import Access
from firmware.core.call import Call
from firmware.core.feature import Feature
from firmware.core.job import Job
from firmware.core.jobs import can_cancel, cancel, suspend
from firmware.core.printer import Printer
from firmware.core.scheduler import at_gates
from firmware.ipp import Operation, Status

job_control = Feature("job_control", requires=["query"])


@job_control.operation(Operation.CANCEL_JOB, Job, access=Access.OWNER, attributes=("message",))
def cancel_job(call: Call) -> None:
    if not can_cancel(call.job):
        raise call.refuse(Status.CLIENT_ERROR_NOT_POSSIBLE, f"job {call.job.id} can't be canceled any more")
    cancel(call.engine, call.printer, call.job, call.now, by_user=call.user == call.job.user)


@job_control.operation(Operation.RESTART_JOB, Job, access=Access.OWNER, attributes=("message",))
def restart_job(call: Call) -> None:
    """The same job once more, from its beginning; deprecated in favour of Resubmit-Job, and asked for all the same."""
    job = call.job
    if not job.retained:
        raise call.refuse(Status.CLIENT_ERROR_NOT_POSSIBLE, f"the documents of job {job.id} are not kept")
    job.begin_again()
    at_gates(call.engine, call.printer, job, call.now)


@job_control.operation(Operation.PURGE_JOBS, Printer, access=Access.OPERATOR)
def purge_jobs(call: Call) -> None:
    """Every job is forgotten, the one at the press as soon as that can be."""
    for job in list(call.printer.jobs.values()):
        if job.ended:
            call.engine.drop_job(call.printer, job)
            continue
        job.purged = True
        if can_cancel(job):
            cancel(call.engine, call.printer, job, call.now, by_user=False)


@job_control.operation(Operation.PAUSE_PRINTER, Printer, access=Access.OPERATOR)
def pause_printer(call: Call) -> None:
    """The job at the press stops at the end of its sheet, to go on with Resume-Printer; no other is begun."""
    call.printer.paused = True
    suspend(call.engine, call.printer)


@job_control.operation(Operation.RESUME_PRINTER, Printer, access=Access.OPERATOR)
def resume_printer(call: Call) -> None:
    call.printer.paused = False
