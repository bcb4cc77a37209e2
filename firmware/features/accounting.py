"""Accounting – PWG 5100.7 (job-account-id, job-accounting-user-id) and PWG 5100.16 (job-account-type): who pays.

Every job that ends leaves one record. The rim appends it to a log and says so; until then it is asked again at each
start, so that no job is missed.
"""

from __future__ import annotations

from typing import Any

from firmware.core.call import plain_text
from firmware.core.clock import Moment, Now
from firmware.core.engine import Engine
from firmware.core.events import JobAccounted, JobEnded, RecordJob, Started
from firmware.core.feature import Feature
from firmware.core.job import Job
from firmware.core.printer import Printer
from firmware.ipp import NO_VALUE

accounting = Feature("accounting", requires=["submission"])

TYPES = ("none", "general", "group")
"""job-account-type."""


for _name in ("job-account-id", "job-accounting-user-id"):
    accounting.template(_name, supported=lambda printer: True, default=lambda printer: NO_VALUE, binds=False)
accounting.template(
    "job-account-type", supported=lambda printer: list(TYPES), default=lambda printer: "none", binds=False
)


def record(printer: Printer, job: Job) -> dict[str, Any]:
    """What is known of a job that has ended, as JSON values under their IPP names."""
    return {
        "job-uuid": f"urn:uuid:{job.uuid}",
        "printer-name": printer.name,
        "job-id": job.id,
        "job-originating-user-name": job.user,
        "job-account-id": _said(printer, job, "job-account-id"),
        "job-accounting-user-id": _said(printer, job, "job-accounting-user-id"),
        "job-account-type": _said(printer, job, "job-account-type"),
        "job-name": job.name,
        "job-state": job.state.name.lower(),
        "job-state-reasons": sorted(job.reasons),
        "job-impressions-completed": job.impressions_completed,
        "job-media-sheets-completed": job.sheets_completed,
        "job-pages-completed": job.pages_completed,
        "job-k-octets": (job.octets + 1023) // 1024,
        "time-at-creation": _seconds(job.created),
        "time-at-processing": _seconds(job.processing),
        "time-at-completed": _seconds(job.completed),
    }


def _said(printer: Printer, job: Job, name: str) -> str | None:
    """What the job says, or else the printer's default."""
    attribute = job.template(name) or printer.setting(f"{name}-default")
    if attribute is None or attribute.value == NO_VALUE:
        return None
    return plain_text(attribute.value)


def _seconds(moment: Moment | None) -> int | None:
    """Seconds after the Unix epoch, where the board knew the date."""
    return int(moment.wall) if moment is not None and moment.wall is not None else None


@accounting.on(JobEnded)
def account(engine: Engine, fact: JobEnded, now: Now) -> None:
    printer = engine.system.printers[fact.printer_id]
    engine.order(RecordJob(printer.id, fact.job_id, record(printer, printer.jobs[fact.job_id])))


@accounting.on(JobAccounted)
def accounted(engine: Engine, fact: JobAccounted, now: Now) -> None:
    job = engine.system.printers[fact.printer_id].jobs.get(fact.job_id)
    if job is not None:
        job.accounted = True


@accounting.on(Started)
def catch_up(engine: Engine, fact: Started, now: Now) -> None:
    """The power failed between a job's end and its record."""
    for printer in engine.system.printers.values():
        for job in printer.jobs.values():
            if job.ended and not job.accounted:
                engine.order(RecordJob(printer.id, job.id, record(printer, job)))
