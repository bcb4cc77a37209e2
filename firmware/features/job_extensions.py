"""Job extensions – PWG 5100.7: close, resubmit, cancel several, name jobs by their ids, insist on attributes."""

from __future__ import annotations

from firmware.core.access import Access
from firmware.core.call import Call
from firmware.core.feature import Feature
from firmware.core.job import Job
from firmware.core.jobs import again, can_cancel, cancel, close
from firmware.core.printer import Printer
from firmware.core.scheduler import at_gates
from firmware.core.validate import TemplateCheck
from firmware.ipp import Attribute, GroupTag, Operation, Status

job_extensions = Feature("job_extensions", requires=["submission", "job_control"])

job_extensions.attribute("job-ids-supported", Printer, read=lambda printer: True)
job_extensions.attribute("job-mandatory-attributes-supported", Printer, read=lambda printer: True)
job_extensions.attribute("job-spooling-supported", Printer, read=lambda printer: "automatic")


def creation_attributes(printer: Printer) -> list[str]:
    """Everything that a job may be created with: templates, and operation attributes of the submissions."""
    operations = [entry for entry in printer.catalog.operations.values() if entry.creates_job]
    templates = [name for name, template in printer.catalog.templates.items() if template.offered(printer)]
    return sorted({*templates, *(name for entry in operations for name in entry.attributes)})


job_extensions.attribute("job-creation-attributes-supported", Printer, read=creation_attributes)


@job_extensions.operation(Operation.CLOSE_JOB, Job, access=Access.OWNER)
def close_job(call: Call) -> None:
    if call.job.ended or call.job.stopping:
        raise call.refuse(Status.CLIENT_ERROR_NOT_POSSIBLE, f"job {call.job.id} has ended")
    if not call.job.closed:
        close(call.engine, call.printer, call.job, call.now)


@job_extensions.operation(
    Operation.RESUBMIT_JOB,
    Job,
    access=Access.READER,
    attributes=("ipp-attribute-fidelity", "job-mandatory-attributes"),
    group=GroupTag.JOB,
    creates_job=True,
)
def resubmit_job(call: Call) -> None:
    """A new job of an old one's documents; what this request asks for comes before what that one did."""
    old, printer = call.job, call.printer
    if not old.retained:
        raise call.refuse(Status.CLIENT_ERROR_NOT_POSSIBLE, f"the documents of job {old.id} are not kept")
    if not printer.accepting:
        raise call.refuse(Status.SERVER_ERROR_NOT_ACCEPTING_JOBS, f"{printer.name} takes no jobs now")
    check = TemplateCheck(printer, call.group(GroupTag.JOB))
    fidelity = call.value("ipp-attribute-fidelity", False)
    check.insist(fidelity, [str(name) for name in call.values("job-mandatory-attributes")])
    call.reply.ignore(check.unsupported)
    job = again(call.engine, printer, old, call.user, call.now, **call.newborn)
    job.fidelity = fidelity
    job.change(check.accepted, printer.catalog.twins)
    at_gates(call.engine, printer, job, call.now)
    call.reply.group(GroupTag.JOB, call.engine.describe.submitted(job, call.context))


@job_extensions.operation(Operation.CANCEL_JOBS, Printer, access=Access.OPERATOR, attributes=("job-ids", "message"))
def cancel_jobs(call: Call) -> None:
    _cancel_all(call, call.printer.waiting)


@job_extensions.operation(Operation.CANCEL_MY_JOBS, Printer, attributes=("job-ids", "message"))
def cancel_my_jobs(call: Call) -> None:
    _cancel_all(call, [job for job in call.printer.waiting if call.owns(job)])


def _cancel_all(call: Call, candidates: list[Job]) -> None:
    """Cancel the jobs named, or all candidates; if one of those named can't be, none is."""
    named = call.values("job-ids")
    jobs = [job for job in candidates if can_cancel(job)]
    if named:
        _refuse_impossible(call, named, jobs)
        jobs = [job for job in jobs if job.id in named]
    for job in jobs:
        cancel(call.engine, call.printer, job, call.now, by_user=job.user == call.user)


def _refuse_impossible(call: Call, named: tuple[object, ...], possible: list[Job]) -> None:
    able = {job.id for job in possible}
    missing = [number for number in named if number not in call.printer.jobs]
    foreign = [
        number
        for number in named
        if number not in missing
        and call.operation is Operation.CANCEL_MY_JOBS
        and call.printer.jobs[number].user != call.user  # type: ignore[index]
    ]
    ended = [number for number in named if number not in able and number not in missing and number not in foreign]
    for numbers, status, message in (
        (missing, Status.CLIENT_ERROR_NOT_FOUND, "do not exist"),
        (foreign, Status.CLIENT_ERROR_NOT_AUTHORIZED, "belong to somebody else"),
        (ended, Status.CLIENT_ERROR_NOT_POSSIBLE, "can't be canceled any more"),
    ):
        if numbers:
            attribute = Attribute("job-ids", *numbers)  # type: ignore[arg-type]
            raise call.refuse(status, f"jobs {', '.join(map(str, numbers))} {message}", [attribute])
