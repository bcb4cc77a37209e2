"""When a job is printed – RFC 8011 sections 4.3.5, 4.3.6 and 5.2.2, PWG 5100.7: hold it until, delay it until, release.

A job is held while it is not the time that it names. The times of day are local ones; a printer that does not know
the time holds such jobs until it does, or until somebody releases them.
"""

from __future__ import annotations

from collections.abc import Callable

from firmware.core.access import Access
from firmware.core.call import Call
from firmware.core.clock import Now
from firmware.core.feature import Feature, Until
from firmware.core.job import Job, JobState
from firmware.core.jobs import resume
from firmware.core.printer import Printer
from firmware.core.resolve import default_values
from firmware.core.times import NAMED, begins, moment
from firmware.ipp import Attribute, Keyword, Operation, RangeOfInteger, Status

job_times = Feature("job_times", requires=["query"])

YEAR = 366 * 24 * 3600
HOLD = ("job-hold-until", "job-hold-until-time")
DELAY = ("job-delay-output-until", "job-delay-output-until-time")


def _shut(reason: str, named: str, timed: str, free: str) -> Callable[[Printer, Job, Now], str | Until | None]:
    def gate(printer: Printer, job: Job, now: Now) -> str | Until | None:
        if job.unheld:
            return None
        when = job.template(timed)
        name = job.template(named)
        at: float | None
        if when is not None:
            at = moment(when.value)
        else:
            wish = name.value if name is not None else default_values(printer, printer.catalog.templates[named])[0]
            if wish == free:
                return None
            if wish not in NAMED or now.wall is None:
                return reason
            at = begins(str(wish), now.wall)
        if at is None or now.wall is None:
            return reason
        return Until(reason, at) if at > now.wall else None

    return gate


job_times.gate(_shut("job-hold-until-specified", "job-hold-until", "job-hold-until-time", "no-hold"))
job_times.gate(
    _shut(
        "job-delay-output-until-specified",
        "job-delay-output-until",
        "job-delay-output-until-time",
        "no-delay-output",
    )
)

job_times.template(
    "job-hold-until",
    supported=lambda printer: ["no-hold", "indefinite", *NAMED],
    default=lambda printer: "no-hold",
    twin="job-hold-until-time",
)
job_times.template(
    "job-hold-until-time",
    supported=lambda printer: True,
    allows=lambda printer, value: moment(value) is not None,
    twin="job-hold-until",
)
job_times.template(
    "job-delay-output-until",
    supported=lambda printer: ["no-delay-output", "indefinite", *NAMED],
    default=lambda printer: "no-delay-output",
    twin="job-delay-output-until-time",
)
job_times.template(
    "job-delay-output-until-time",
    supported=lambda printer: RangeOfInteger(0, YEAR),
    allows=lambda printer, value: moment(value) is not None,
    twin="job-delay-output-until",
)


@job_times.operation(
    Operation.HOLD_JOB, Job, access=Access.OWNER, attributes=("message", "job-hold-until", "job-hold-until-time")
)
def hold_job(call: Call) -> None:
    job = call.job
    if job.state not in (JobState.PENDING, JobState.HELD):
        raise call.refuse(Status.CLIENT_ERROR_NOT_POSSIBLE, f"job {job.id} can't be held any more")
    _set_hold(call, job, wished(call) or Attribute("job-hold-until", Keyword("indefinite")))


def wished(call: Call) -> Attribute | None:
    """Until when the call wants jobs to be held."""
    until, time = call.attribute("job-hold-until"), call.attribute("job-hold-until-time")
    if until is not None and time is not None:
        raise call.refuse(Status.CLIENT_ERROR_CONFLICTING_ATTRIBUTES, "job-hold-until or its time, not both", [until])
    wish = until or time
    if wish is None:
        return None
    if (time is not None and moment(time.value) is None) or (until is not None and until.value not in _holds(call)):
        message = f"{wish.name} {wish.value!s} is not supported"
        raise call.refuse(Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED, message, [wish])
    return wish


def _holds(call: Call) -> tuple[str, ...]:
    return tuple(call.printer.catalog.templates["job-hold-until"].supported(call.printer))


@job_times.operation(Operation.RELEASE_JOB, Job, access=Access.OWNER, attributes=("message",))
def release_job(call: Call) -> None:
    """Whatever time it is, and whatever it was delayed for. Other reasons to hold it are not Release-Job's."""
    job = call.job
    if "job-suspended-for-approval" in job.reasons:
        resume(call.printer, job, call.now)
        return
    if job.state is not JobState.HELD:
        raise call.refuse(Status.CLIENT_ERROR_NOT_POSSIBLE, f"job {job.id} is not held")
    job.attributes = tuple(attribute for attribute in job.attributes if attribute.name not in (*HOLD, *DELAY))
    job.unheld = True


job_times.extend(*HOLD)


@job_times.check
def held_from_the_start(call: Call) -> None:
    if _creates(call):
        wished(call)


@job_times.after
def hold_from_the_start(call: Call) -> None:
    """Some clients put job-hold-until among the operation attributes of a job that they create. Its place among the
    job's goes first."""
    job = call.target_job
    if not _creates(call) or job is None or any(job.template(name) for name in HOLD):
        return
    wish = wished(call)
    if wish is not None:
        _set_hold(call, job, wish)


def _creates(call: Call) -> bool:
    return call.engine.catalog.operations[call.operation].creates_job


def _set_hold(call: Call, job: Job, wish: Attribute) -> None:
    others = [attribute for attribute in job.attributes if attribute.name not in HOLD]
    job.attributes = (*others, wish)
    job.unheld = False
