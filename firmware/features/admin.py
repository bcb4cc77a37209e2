"""Job and printer administration – RFC 3998: many ways to stop and start a printer, and to reorder its jobs."""

from __future__ import annotations

from dataclasses import dataclass

from firmware.core.access import Access
from firmware.core.call import Call
from firmware.core.clock import Now
from firmware.core.engine import Engine
from firmware.core.events import Started
from firmware.core.feature import Feature, Until
from firmware.core.job import Job, JobState
from firmware.core.jobs import again, can_cancel, cancel, promote, resume, schedule_after, suspend
from firmware.core.kept import Kept
from firmware.core.printer import Printer
from firmware.core.scheduler import at_gates
from firmware.core.times import NAMED, begins
from firmware.ipp import GroupTag, Operation, Status

admin = Feature("admin", requires=["query", "submission", "job_control", "job_times"])

HOLDS = ("indefinite", "no-hold", *NAMED)


@admin.part(Printer, keep=True)
@dataclass
class NewJobs(Kept):
    """Hold-New-Jobs: jobs from this id on are held until that time of day; 0 when none is."""

    held_from: int = 0
    until: str = "indefinite"


# ------------------------------------------------------------------------------------ accepting, holding


@admin.operation(Operation.ENABLE_PRINTER, Printer, access=Access.OPERATOR)
def enable_printer(call: Call) -> None:
    call.printer.accepting = True


@admin.operation(Operation.DISABLE_PRINTER, Printer, access=Access.OPERATOR)
def disable_printer(call: Call) -> None:
    """No new jobs; those that it has are printed."""
    call.printer.accepting = False


@admin.operation(Operation.HOLD_NEW_JOBS, Printer, access=Access.OPERATOR, attributes=("job-hold-until",))
def hold_new_jobs(call: Call) -> None:
    """Jobs are taken and held; those that it has already are printed."""
    until = call.attribute("job-hold-until")
    if until is not None and until.value not in HOLDS:
        message = f"job-hold-until {until.value!s} is not supported"
        raise call.refuse(Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED, message, [until])
    held = call.printer[NewJobs]
    held.until = str(until.value) if until is not None else "indefinite"
    held.held_from = held.held_from or call.printer.next_job_id
    _show_holding(call.printer, call.now)


@admin.operation(Operation.RELEASE_HELD_NEW_JOBS, Printer, access=Access.OPERATOR)
def release_held_new_jobs(call: Call) -> None:
    """What a client asked to be held stays held."""
    call.printer[NewJobs].held_from = 0
    _show_holding(call.printer, call.now)


@admin.gate
def held_as_new(printer: Printer, job: Job, now: Now) -> str | Until | None:
    held = printer[NewJobs]
    if not 0 < held.held_from <= job.id or job.unheld or held.until == "no-hold":
        return None
    if held.until == "indefinite" or now.wall is None:
        return "job-hold-until-specified"
    at = begins(held.until, now.wall)
    return Until("job-hold-until-specified", at) if at > now.wall else None


def _show_holding(printer: Printer, now: Now) -> None:
    reason = {"hold-new-jobs"}
    printer.set_reasons(*((reason, set()) if printer[NewJobs].held_from else (set(), reason)), now)


@admin.on(Started)
def started(engine: Engine, fact: Started, now: Now) -> None:
    for printer in engine.system.printers.values():
        _show_holding(printer, now)


# ----------------------------------------------------------------------------------- stopping, starting


@admin.operation(Operation.PAUSE_PRINTER_AFTER_CURRENT_JOB, Printer, access=Access.OPERATOR)
def pause_printer_after_current_job(call: Call) -> None:
    call.printer.paused = True


@admin.operation(Operation.DEACTIVATE_PRINTER, Printer, access=Access.OPERATOR)
def deactivate_printer(call: Call) -> None:
    """Disable-Printer and Pause-Printer-After-Current-Job in one, and nothing but questions is answered."""
    call.printer.accepting, call.printer.paused = False, True
    call.printer.halted |= {"deactivated"}


@admin.operation(Operation.ACTIVATE_PRINTER, Printer, access=Access.OPERATOR)
def activate_printer(call: Call) -> None:
    """Undoes Deactivate-Printer: Enable-Printer and Resume-Printer in one."""
    call.printer.accepting, call.printer.paused = True, False
    call.printer.halted -= {"deactivated"}


@admin.operation(Operation.SHUTDOWN_PRINTER, Printer, access=Access.OPERATOR)
def shutdown_printer(call: Call) -> None:
    """The job at the press is finished. What is left of the printer answers questions, and Startup-Printer."""
    call.printer.accepting = False
    call.printer.halted |= {"shutdown"}


@admin.operation(Operation.STARTUP_PRINTER, Printer, access=Access.OPERATOR)
def startup_printer(call: Call) -> None:
    if "shutdown" not in call.printer.halted:
        raise call.refuse(Status.CLIENT_ERROR_NOT_POSSIBLE, f"{call.printer.name} is not shut down")
    _as_new(call.printer)


@admin.operation(Operation.RESTART_PRINTER, Printer, access=Access.OPERATOR)
def restart_printer(call: Call) -> None:
    """As switching it off and on would do, but no job is lost: the one at the press is begun anew at its next sheet."""
    _as_new(call.printer)
    suspend(call.engine, call.printer)


def _as_new(printer: Printer) -> None:
    """RFC 3998 section 3.5.1: the effects of Disable-, Pause- and Deactivate-Printer are lost."""
    printer.accepting, printer.paused = True, False
    printer.halted = frozenset()


QUESTIONS = frozenset(operation for operation in Operation if operation.label.startswith("Get-"))
REVIVALS = frozenset({Operation.STARTUP_PRINTER, Operation.RESTART_PRINTER})
WHEN_DEACTIVATED = (
    QUESTIONS
    | REVIVALS
    | {Operation.ACTIVATE_PRINTER, Operation.DEACTIVATE_PRINTER, Operation.SHUTDOWN_PRINTER}
    | {Operation.SEND_DOCUMENT, Operation.SEND_URI, Operation.CLOSE_JOB, Operation.CANCEL_JOB}
)
"""The jobs that it has may still be completed, or canceled by their owners."""


@admin.check
def standstill(call: Call) -> None:
    """RFC 3998 sections 3.4 and 3.5: who is deactivated or shut down says so."""
    if call.target is None:
        return
    halted, name = call.printer.halted, call.printer.name
    if "shutdown" in halted and call.operation not in QUESTIONS | REVIVALS | {Operation.SHUTDOWN_PRINTER}:
        message = f"{name} is shut down: Startup-Printer brings it back"
        raise call.refuse(Status.SERVER_ERROR_SERVICE_UNAVAILABLE, message)
    if "deactivated" in halted and call.operation not in WHEN_DEACTIVATED:
        message = f"{name} is deactivated: Activate-Printer brings it back"
        raise call.refuse(Status.SERVER_ERROR_PRINTER_IS_DEACTIVATED, message)


# -------------------------------------------------------------------------------------------------- jobs


@admin.operation(Operation.REPROCESS_JOB, Job, access=Access.OWNER)
def reprocess_job(call: Call) -> None:
    """A new job of the documents of an old one; deprecated in favour of Resubmit-Job."""
    old = call.job
    if not old.retained:
        raise call.refuse(Status.CLIENT_ERROR_NOT_POSSIBLE, f"the documents of job {old.id} are not kept")
    if not call.printer.accepting:
        raise call.refuse(Status.SERVER_ERROR_NOT_ACCEPTING_JOBS, f"{call.printer.name} takes no jobs now")
    job = again(call.engine, call.printer, old, old.user, call.now)
    at_gates(call.engine, call.printer, job, call.now)
    call.reply.group(GroupTag.JOB, call.engine.describe.submitted(job, call.context))


@admin.operation(Operation.CANCEL_CURRENT_JOB, Printer, attributes=("job-id", "message"))
def cancel_current_job(call: Call) -> None:
    job = _current(call)
    if not can_cancel(job):
        raise call.refuse(Status.CLIENT_ERROR_NOT_POSSIBLE, f"job {job.id} is being canceled already")
    cancel(call.engine, call.printer, job, call.now, by_user=job.user == call.user)


@admin.operation(Operation.SUSPEND_CURRENT_JOB, Printer, attributes=("job-id",))
def suspend_current_job(call: Call) -> None:
    """It stops at the end of its sheet and lets others pass."""
    job = _current(call)
    if job.stopping or "job-suspending" in job.reasons:
        raise call.refuse(Status.CLIENT_ERROR_NOT_POSSIBLE, f"job {job.id} is being stopped already")
    job.add_reasons("job-suspending")
    suspend(call.engine, call.printer)


def _current(call: Call) -> Job:
    """The job at the press, which the caller may name so as to hit no other."""
    number = call.value("job-id", call.printer.current)
    if number is None or number != call.printer.current:
        message = "no job is being printed" if number is None else f"job {number} is not being printed"
        raise call.refuse(Status.CLIENT_ERROR_NOT_POSSIBLE, message)
    job = call.printer.jobs[number]
    if not call.is_operator and job.user != call.user:
        raise call.refuse(Status.CLIENT_ERROR_NOT_AUTHORIZED, f"job {number} belongs to somebody else")
    return job


@admin.operation(Operation.RESUME_JOB, Job, access=Access.OWNER)
def resume_job(call: Call) -> None:
    """It goes on behind its last sheet, before any other that waits."""
    job = call.job
    if "job-suspending" in job.reasons:  # not even stopped yet: it goes on as soon as it has
        job.drop_reasons("job-suspending")
    elif job.state is JobState.STOPPED and any(reason.startswith("job-suspended") for reason in job.reasons):
        resume(call.printer, job, call.now)
    else:
        raise call.refuse(Status.CLIENT_ERROR_NOT_POSSIBLE, f"job {job.id} is not suspended")


@admin.operation(Operation.PROMOTE_JOB, Job, access=Access.OPERATOR)
def promote_job(call: Call) -> None:
    promote(call.printer, _pending(call, call.job))


@admin.operation(Operation.SCHEDULE_JOB_AFTER, Job, access=Access.OPERATOR, attributes=("predecessor-job-id",))
def schedule_job_after(call: Call) -> None:
    """Right after its predecessor; without one, right after the job at the press."""
    job = _pending(call, call.job)
    number = call.value("predecessor-job-id", call.printer.current)
    if number is None:
        promote(call.printer, job)
        return
    predecessor = call.printer.jobs.get(number)
    if predecessor is None:
        raise call.refuse(Status.CLIENT_ERROR_NOT_FOUND, f"there is no job {number}")
    if predecessor is job or predecessor.ended:
        raise call.refuse(Status.CLIENT_ERROR_NOT_POSSIBLE, f"job {job.id} can't come after job {number}")
    schedule_after(call.printer, job, predecessor)


def _pending(call: Call, job: Job) -> Job:
    if job.state is not JobState.PENDING:
        raise call.refuse(Status.CLIENT_ERROR_NOT_POSSIBLE, f"job {job.id} is not pending")
    return job
