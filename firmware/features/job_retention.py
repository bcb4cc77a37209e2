"""What stays of a job that has ended – PWG 5100.7: its documents for a while, its attributes for longer.

Documents are kept only when somebody asks for it; they can then be printed again (Restart-Job, Reprocess-Job,
Resubmit-Job). All that are kept together have a bound, and the oldest make room.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from firmware.core.clock import Now
from firmware.core.engine import Engine
from firmware.core.events import HistoryEnded, JobEnded, RetentionEnded, Started
from firmware.core.feature import Feature
from firmware.core.job import Job
from firmware.core.jobs import let_go
from firmware.core.printer import Printer
from firmware.core.resolve import default_values
from firmware.core.times import moment
from firmware.ipp import NO_VALUE, RangeOfInteger

job_retention = Feature("job_retention", requires=["submission"])

MINUTE = 60
DAY = 24 * 3600
YEAR = 366 * DAY
ENDS = {"end-of-day": DAY, "end-of-week": 7 * DAY, "end-of-month": 31 * DAY}
"""How long that is at most, in seconds: what a printer that does not know the date takes them for."""
RETAINED = 1 << 30
"""Octets of documents that a printer keeps for ended jobs."""
HISTORY = 30 * DAY

job_retention.template(
    "job-retain-until",
    supported=lambda printer: ["none", *ENDS, "indefinite"],
    default=lambda printer: "none",
)
job_retention.template(
    "job-retain-until-interval",
    supported=lambda printer: RangeOfInteger(0, YEAR),
    default=lambda printer: NO_VALUE,
)
job_retention.template(
    "job-retain-until-time",
    supported=lambda printer: RangeOfInteger(0, YEAR),
    allows=lambda printer, value: moment(value) is not None,
)
job_retention.attribute(
    "job-history-attributes-configured", Printer, read=lambda printer: sorted(printer.catalog.job_attributes)
)
job_retention.attribute(
    "job-history-attributes-supported", Printer, read=lambda printer: sorted(printer.catalog.job_attributes)
)
job_retention.attribute(
    "job-history-interval-configured",
    Printer,
    read=lambda printer: HISTORY,
    settable=True,
    allows=lambda printer, value: MINUTE <= value <= YEAR,
    choices=lambda printer: RangeOfInteger(MINUTE, YEAR),
)
job_retention.attribute("job-history-interval-supported", Printer, read=lambda printer: RangeOfInteger(MINUTE, YEAR))


def end_of(name: str, wall: float) -> float:
    """The next midnight, that before Monday, or that before the first of the month, in local time."""
    now = datetime.fromtimestamp(wall)
    tomorrow = datetime(now.year, now.month, now.day) + timedelta(days=1)
    if name == "end-of-week":
        tomorrow += timedelta(days=6 - now.weekday())
    elif name == "end-of-month":
        tomorrow = datetime(now.year + now.month // 12, now.month % 12 + 1, 1)
    return tomorrow.timestamp()


def seconds_to_keep(printer: Printer, job: Job, now: Now) -> float | None:
    """How much longer an ended job's documents are kept; None for ever, 0 not at all."""
    if job.storage != "none" and job.retained:
        return None
    age = age_of(job, now)
    time = job.template("job-retain-until-time")
    if time is not None:
        at = moment(time.value)
        return max(0.0, at - now.wall) if at is not None and now.wall is not None else 0.0
    for name in ("job-retain-until-interval", "job-retain-until"):
        asked = job.template(name)
        value = asked.value if asked is not None else default_values(printer, printer.catalog.templates[name])[0]
        if isinstance(value, int):
            return max(0.0, value - age)
        if value == "indefinite":
            return None
        if value in ENDS:
            known = now.wall is not None and job.completed is not None and job.completed.wall is not None
            if known:
                return max(0.0, end_of(str(value), job.completed.wall) - now.wall)  # type: ignore[union-attr,arg-type,operator]
            return max(0.0, ENDS[str(value)] - age)
    return 0.0


def age_of(job: Job, now: Now) -> float:
    """Seconds since its end, as far as anybody knows."""
    ended = job.completed
    if ended is None:
        return 0.0
    if ended.wall is not None and now.wall is not None:
        return max(0.0, now.wall - ended.wall)
    return max(0.0, now.up - ended.up)


@job_retention.on(JobEnded)
def ended(engine: Engine, fact: JobEnded, now: Now) -> None:
    printer = engine.system.printers[fact.printer_id]
    job = printer.jobs[fact.job_id]
    whole = bool(job.documents) and all(document.arrived for document in job.documents.values())
    seconds = seconds_to_keep(printer, job, now)
    job.retained = job.retained or (whole and seconds != 0)
    if job.retained:
        _wait(engine, job, seconds, now)
        _make_room(engine, printer)
    _look_at_history(engine, printer, now)


def _wait(engine: Engine, job: Job, seconds: float | None, now: Now) -> None:
    if seconds is not None:
        key = ("retained", job.printer_id, job.id)
        engine.later(key, now.up + seconds, RetentionEnded(job.printer_id, job.id))


def _make_room(engine: Engine, printer: Printer) -> None:
    kept = 0
    for job in printer.finished:
        if job.retained:
            kept += job.octets
            if kept > RETAINED and not job.stored:
                let_go(engine, printer, job)


@job_retention.on(RetentionEnded)
def retention_ended(engine: Engine, fact: RetentionEnded, now: Now) -> None:
    printer = engine.system.printers[fact.printer_id]
    job = printer.jobs.get(fact.job_id)
    if job is not None and job.ended:  # it may have been restarted meanwhile
        seconds = seconds_to_keep(printer, job, now)
        if seconds == 0:
            let_go(engine, printer, job)
        else:
            _wait(engine, job, seconds, now)  # the clock was set back


@job_retention.on(HistoryEnded)
def history_ended(engine: Engine, fact: HistoryEnded, now: Now) -> None:
    _look_at_history(engine, engine.system.printers[fact.printer_id], now)


def _look_at_history(engine: Engine, printer: Printer, now: Now) -> None:
    """Forget ended jobs whose time is over, and come again when the next one's is."""
    setting = printer.setting("job-history-interval-configured")
    interval = setting.value if setting is not None else HISTORY
    assert isinstance(interval, int)
    left = {job.id: interval - age_of(job, now) for job in printer.finished if not job.retained}
    for number, seconds in left.items():
        if seconds <= 0:
            engine.drop_job(printer, printer.jobs[number])
    soonest = min((seconds for seconds in left.values() if seconds > 0), default=None)
    if soonest is not None:
        engine.later(("history", printer.id), now.up + soonest, HistoryEnded(printer.id))


@job_retention.on(Started)
def started(engine: Engine, fact: Started, now: Now) -> None:
    for printer in engine.system.printers.values():
        for job in printer.finished:
            if job.retained:
                _wait(engine, job, seconds_to_keep(printer, job, now), now)
        _look_at_history(engine, printer, now)
