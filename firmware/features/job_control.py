"""Job control – RFC 8011 sections 4.3.3, 4.3.5 and 4.3.6: cancel, hold, release."""

from __future__ import annotations

from firmware.core.access import Access
from firmware.core.call import Call
from firmware.core.clock import Now
from firmware.core.feature import Feature
from firmware.core.job import Job, JobState
from firmware.core.jobs import can_cancel, cancel
from firmware.ipp import Attribute, Keyword, Operation, Status

job_control = Feature("job_control", requires=["query"])

HOLDS = ("no-hold", "indefinite")


@job_control.operation(Operation.CANCEL_JOB, Job, access=Access.OWNER, attributes=("message",))
def cancel_job(call: Call) -> None:
    if not can_cancel(call.job):
        raise call.refuse(Status.CLIENT_ERROR_NOT_POSSIBLE, f"job {call.job.id} can't be canceled any more")
    cancel(call.engine, call.printer, call.job, call.now, by_user=call.user == call.job.user)


@job_control.operation(Operation.HOLD_JOB, Job, access=Access.OWNER, attributes=("message", "job-hold-until"))
def hold_job(call: Call) -> None:
    job = call.job
    if job.state not in (JobState.PENDING, JobState.HELD):
        raise call.refuse(Status.CLIENT_ERROR_NOT_POSSIBLE, f"job {job.id} can't be held any more")
    until = call.attribute("job-hold-until")
    if until is not None and until.value not in HOLDS:
        message = f"job-hold-until {until.value!s} is not supported"
        raise call.refuse(Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED, message, [until])
    value = until.value if until is not None else Keyword("indefinite")
    if value == "no-hold":
        release(job, call.now)
        return
    others = [attribute for attribute in job.attributes if attribute.name != "job-hold-until"]
    job.attributes = (*others, Attribute("job-hold-until", value))
    if job.state is JobState.PENDING:
        job.move(JobState.HELD, call.now, *job.reasons, "job-hold-until-specified")


@job_control.operation(Operation.RELEASE_JOB, Job, access=Access.OWNER, attributes=("message",))
def release_job(call: Call) -> None:
    if call.job.state is not JobState.HELD:
        raise call.refuse(Status.CLIENT_ERROR_NOT_POSSIBLE, f"job {call.job.id} is not held")
    release(call.job, call.now)


def release(job: Job, now: Now) -> None:
    """Let a held job take its turn."""
    job.attributes = tuple(attribute for attribute in job.attributes if attribute.name != "job-hold-until")
    if job.state is JobState.HELD:
        job.move(JobState.PENDING, now, *(job.reasons - {"job-hold-until-specified"}))
