"""Job storage – PWG 5100.11: jobs that stay in the printer, for their owner or for everybody, until they are canceled.

job-storage comes with the submission. A stored job is a completed one whose documents are kept; Resubmit-Job prints it
again, Cancel-Job throws it away.
"""

from __future__ import annotations

from firmware.core.call import Call
from firmware.core.clock import Now
from firmware.core.engine import Engine
from firmware.core.events import JobEnded
from firmware.core.feature import Feature
from firmware.core.job import Job, JobState
from firmware.core.printer import Printer
from firmware.ipp import Attribute, Collection, Keyword, Operation, Status

job_storage = Feature("job_storage", requires=["submission", "job_extensions", "job_retention"])

ACCESSES = ("owner", "public")
"""job-storage-access. ``group`` is left out: the printer knows no groups of users."""
DISPOSITIONS = ("none", "print-and-store", "store-only")
_MEMBERS = {"job-storage-access": ACCESSES, "job-storage-disposition": DISPOSITIONS}

MOST_STORED = 200
"""Stored jobs of one printer: a bound for the disk, beside the spool's quota."""

job_storage.attribute("job-storage-supported", Printer, read=lambda printer: list(_MEMBERS))
job_storage.attribute("job-storage-access-supported", Printer, read=lambda printer: list(ACCESSES))
job_storage.attribute("job-storage-disposition-supported", Printer, read=lambda printer: list(DISPOSITIONS))
job_storage.extend("job-storage")
job_storage.profile(
    "PWG 5100.11 job storage",
    keyword="job-storage",
    operations=(Operation.RESUBMIT_JOB, Operation.CANCEL_JOB),
    printer_attributes=("job-storage-supported", "job-storage-access-supported", "job-storage-disposition-supported"),
    job_attributes=("job-storage",),
)


def told(job: Job) -> Collection | None:
    """job-storage of a job that asked for it."""
    if job.storage == "none":
        return None
    members = (("job-storage-access", job.storage_access), ("job-storage-disposition", job.storage))
    return Collection.of(Attribute(name, Keyword(value)) for name, value in members)


job_storage.attribute("job-storage", Job, read=told)


@job_storage.check
def how_to_store(call: Call) -> None:
    """A new job's storage. What can't be had is refused whatever the fidelity: a job that was to be stored only must
    not be printed, nor one be public by mistake."""
    asked = call.attribute("job-storage")
    if asked is None or not call.engine.catalog.operations[call.operation].creates_job:
        return
    wish = asked.value
    assert isinstance(wish, Collection)
    for member in wish:
        if member.name not in _MEMBERS or member.value not in _MEMBERS[member.name]:
            message = f"{member.name} {member.value!s} is not supported"
            wrong = Attribute("job-storage", Collection((member,)))
            raise call.refuse(Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED, message, [wrong])
    disposition = wish.get("job-storage-disposition")
    access = wish.get("job-storage-access")
    storage = str(disposition.value) if disposition is not None else "print-and-store"
    if storage == "none":
        return
    if sum(job.storage != "none" for job in call.printer.jobs.values()) >= MOST_STORED:
        raise call.refuse(Status.SERVER_ERROR_TOO_MANY_JOBS, f"{MOST_STORED} jobs are stored already")
    call.newborn |= {"storage": storage, "storage_access": str(access.value) if access is not None else "owner"}


@job_storage.on(JobEnded)
def ended(engine: Engine, fact: JobEnded, now: Now) -> None:
    """A job that was to be stored is, once it has come to a good end."""
    job = engine.system.printers[fact.printer_id].jobs[fact.job_id]
    if job.storage == "none":
        return
    if job.state is JobState.COMPLETED:
        job.retained = True
        job.add_reasons("job-stored")
    else:
        job.storage = "none"
