"""Query – RFC 8011 sections 4.2.5, 4.2.6 and 4.3.4: what the printer is, what it does, how jobs fare."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from firmware.core.call import Call, Context
from firmware.core.describe import Wanted, date, kilo, moment
from firmware.core.documents import insist_on_format
from firmware.core.feature import Feature
from firmware.core.job import Job, JobState
from firmware.core.printer import Printer
from firmware.ipp import (
    NO_VALUE,
    UNKNOWN,
    Attribute,
    GroupTag,
    Keyword,
    Operation,
    OutOfBand,
    Status,
)

query = Feature("query")

PRINTER_DEFAULT = Wanted(["all"])
JOB_DEFAULT = Wanted(["job-id", "job-uri"])
"""What Get-Jobs tells when nothing is asked for (RFC 8011 section 4.2.6.1)."""


# ---------------------------------------------------------------------------------- printer attributes

query.attribute(
    "printer-uri-supported",
    Printer,
    tell=lambda printer, context: [context.printer_uri(printer, door.scheme) for door in context.doors],
)
query.attribute(
    "uri-security-supported", Printer, tell=lambda printer, context: [door.security for door in context.doors]
)
query.attribute(
    "uri-authentication-supported",
    Printer,
    tell=lambda printer, context: [door.authentication for door in context.doors],
)
query.attribute("printer-name", Printer, read=lambda printer: printer.name)
query.attribute("printer-make-and-model", Printer, read=lambda printer: printer.model.make_and_model)
query.attribute("printer-more-info", Printer, tell=lambda printer, context: context.web_uri(web_path(printer)))
query.attribute("printer-state", Printer, tell=lambda printer, context: int(printer.state))
query.attribute("printer-state-reasons", Printer, tell=lambda printer, context: sorted(printer.reasons) or ["none"])
query.attribute("printer-state-message", Printer, tell=lambda printer, context: printer.message)
query.attribute("printer-is-accepting-jobs", Printer, tell=lambda printer, context: printer.accepting)
query.attribute("queued-job-count", Printer, tell=lambda printer, context: len(printer.waiting))
query.attribute("printer-up-time", Printer, tell=lambda printer, context: int(context.now.up))
query.attribute("printer-current-time", Printer, tell=lambda printer, context: date(context.now.wall, UNKNOWN))
query.attribute("printer-state-change-time", Printer, tell=lambda printer, context: printer.state_changed.up)
query.attribute(
    "printer-state-change-date-time",
    Printer,
    tell=lambda printer, context: date(printer.state_changed.wall, UNKNOWN),
)
query.attribute("printer-config-change-time", Printer, tell=lambda printer, context: printer.config_changed.up)
query.attribute(
    "printer-config-change-date-time",
    Printer,
    tell=lambda printer, context: date(printer.config_changed.wall, UNKNOWN),
)
query.attribute("charset-configured", Printer, read=lambda printer: "utf-8")
query.attribute("charset-supported", Printer, read=lambda printer: ["utf-8"])
query.attribute("natural-language-configured", Printer, read=lambda printer: "en")
query.attribute("generated-natural-language-supported", Printer, read=lambda printer: ["en"])
query.attribute("operations-supported", Printer, read=lambda printer: sorted(printer.catalog.operations))
query.attribute(
    "ipp-versions-supported",
    Printer,
    read=lambda printer: [f"{major}.{minor}" for major, minor in printer.catalog.versions(printer)],
)
query.attribute("ipp-features-supported", Printer, read=lambda printer: printer.catalog.keywords(printer) or ["none"])
query.attribute("pages-per-minute", Printer, read=lambda printer: printer.model.pages_per_minute)
query.attribute(
    "pages-per-minute-color",
    Printer,
    read=lambda printer: printer.model.pages_per_minute_color if printer.model.color else None,
)
query.attribute("color-supported", Printer, read=lambda printer: printer.model.color)
query.attribute("printer-get-attributes-supported", Printer, read=lambda printer: ["document-format"])
query.attribute("printer-impressions-completed", Printer, tell=lambda printer, context: printer.impressions_completed)
query.attribute("printer-media-sheets-completed", Printer, tell=lambda printer, context: printer.sheets_completed)


def web_path(printer: Printer) -> str:
    """The printer's page; that of the only printer is the root."""
    return "/" if printer.path == "/ipp/print" else f"/printers/{printer.id}"


# -------------------------------------------------------------------------------------- job attributes


def printer_of(job: Job, context: Context) -> Printer:
    assert context.system is not None
    return context.system.printers[job.printer_id]


def intervening(job: Job, context: Context) -> int | None:
    """Jobs that come before this one, while it waits."""
    waiting = printer_of(job, context).waiting
    return waiting.index(job) if job in waiting else None


query.attribute("job-id", Job, read=lambda job: job.id)
query.attribute("job-uri", Job, tell=lambda job, context: context.job_uri(printer_of(job, context), job))
query.attribute("job-printer-uri", Job, tell=lambda job, context: context.printer_uri(printer_of(job, context)))
query.attribute("job-uuid", Job, read=lambda job: f"urn:uuid:{job.uuid}")
query.attribute("job-more-info", Job, tell=lambda job, context: context.web_uri(f"/jobs/{job.id}"))
query.attribute("job-name", Job, read=lambda job: job.name, settable=True)
query.attribute("job-originating-user-name", Job, read=lambda job: job.user)
query.attribute("job-state", Job, read=lambda job: int(job.state))
query.attribute("job-state-reasons", Job, read=lambda job: sorted(job.reasons) or ["none"])
query.attribute("job-state-message", Job, read=lambda job: job.message or told(job))
query.attribute("time-at-creation", Job, read=lambda job: job.created.up)
query.attribute("time-at-processing", Job, read=lambda job: moment(job.processing))
query.attribute("time-at-completed", Job, read=lambda job: moment(job.completed))
query.attribute("date-time-at-creation", Job, read=lambda job: date(job.created.wall, UNKNOWN))
query.attribute(
    "date-time-at-processing",
    Job,
    read=lambda job: date(job.processing.wall, UNKNOWN) if job.processing else NO_VALUE,
)
query.attribute(
    "date-time-at-completed",
    Job,
    read=lambda job: date(job.completed.wall, UNKNOWN) if job.completed else NO_VALUE,
)
query.attribute("job-printer-up-time", Job, tell=lambda job, context: int(context.now.up))
query.attribute("number-of-documents", Job, read=lambda job: len(job.documents))
query.attribute("number-of-intervening-jobs", Job, tell=intervening)
query.attribute("job-k-octets", Job, read=lambda job: kilo(job.octets))
query.attribute("job-k-octets-processed", Job, read=lambda job: kilo(job.octets_processed))
query.attribute("job-impressions", Job, read=lambda job: counted(job, job.impressions_completed))
query.attribute("job-impressions-completed", Job, read=lambda job: job.impressions_completed)
query.attribute("job-media-sheets", Job, read=lambda job: counted(job, job.sheets_completed))
query.attribute("job-media-sheets-completed", Job, read=lambda job: job.sheets_completed)
query.attribute("job-pages", Job, read=lambda job: counted(job, job.pages_completed))
query.attribute("job-pages-completed", Job, read=lambda job: job.pages_completed)
query.attribute(
    "document-format-supplied",
    Job,
    read=lambda job: job.documents[1].format if 1 in job.documents else None,
)
query.attribute("attributes-charset", Job, read=lambda job: "utf-8")
query.attribute("attributes-natural-language", Job, read=lambda job: job.language)

_TOLD = {
    JobState.PENDING: "Waiting.",
    JobState.HELD: "Held.",
    JobState.PROCESSING: "Printing.",
    JobState.STOPPED: "Stopped.",
    JobState.CANCELED: "Canceled.",
    JobState.ABORTED: "Aborted.",
    JobState.COMPLETED: "Printed.",
}


_WAITS = {
    "job-password-wait": "Waits for its PIN.",
    "job-held-for-button-press": "Waits for a press of the printer's button.",
    "job-held-for-authorization": "Waits for its owner.",
    "job-suspended-for-approval": "Its proof is printed; waits for approval.",
}


def told(job: Job) -> str:
    """The state in a word for people."""
    if job.stopping:
        return "Being canceled."
    for reason, words in _WAITS.items():
        if reason in job.reasons:
            return words
    return "Receiving." if job.receiving and not job.ended else _TOLD[job.state]


def counted(job: Job, done: int) -> int | OutOfBand:
    """A total that is known when the job has been printed, not before."""
    return done if job.state is JobState.COMPLETED else NO_VALUE


# ------------------------------------------------------------------------------------------ operations


@query.operation(Operation.GET_PRINTER_ATTRIBUTES, Printer, attributes=("requested-attributes", "document-format"))
def get_printer_attributes(call: Call) -> None:
    insist_on_format(call)
    wanted = requested(call, PRINTER_DEFAULT)
    call.reply.group(GroupTag.PRINTER, call.engine.describe.printer(call.printer, call.context, wanted))


def requested(call: Call, default: Wanted) -> Wanted:
    """requested-attributes of a call."""
    names = [str(name) for name in call.values("requested-attributes")]
    return Wanted(names) if names else default


@query.operation(Operation.GET_JOB_ATTRIBUTES, Job, attributes=("requested-attributes",))
def get_job_attributes(call: Call) -> None:
    wanted = requested(call, PRINTER_DEFAULT)
    call.reply.group(GroupTag.JOB, call.engine.describe.job(call.job, call.context, wanted))


_WHICH: dict[str, frozenset[JobState]] = {
    "completed": frozenset({JobState.CANCELED, JobState.ABORTED, JobState.COMPLETED}),
    "not-completed": frozenset({JobState.PENDING, JobState.HELD, JobState.PROCESSING, JobState.STOPPED}),
    "aborted": frozenset({JobState.ABORTED}),
    "all": frozenset(JobState),
    "canceled": frozenset({JobState.CANCELED}),
    "pending": frozenset({JobState.PENDING}),
    "pending-held": frozenset({JobState.HELD}),
    "processing": frozenset({JobState.PROCESSING}),
    "processing-stopped": frozenset({JobState.STOPPED}),
}
"""which-jobs, with the values of PWG 5100.7."""

_WHICH_OTHERS: dict[str, Callable[[Job, Call], bool]] = {
    "proof-and-suspend": lambda job, call: "job-suspended-for-approval" in job.reasons,
    "proof-print": lambda job, call: "job-suspended-for-approval" in job.reasons,  # its older name, which 5100.12 wants
    "stored-owner": lambda job, call: (
        job.stored and job.storage_access == "owner" and (call.is_operator or job.user == call.user)
    ),
    "stored-public": lambda job, call: job.public,
}
"""Those of PWG 5100.11."""

query.attribute("which-jobs-supported", Printer, read=lambda printer: [*_WHICH, *_WHICH_OTHERS])


@query.operation(
    Operation.GET_JOBS,
    Printer,
    attributes=("limit", "requested-attributes", "which-jobs", "my-jobs", "first-index", "job-ids"),
)
def get_jobs(call: Call) -> None:
    jobs = [job for job in _chosen(call) if not call.value("my-jobs", False) or job.user == call.user]
    first = call.value("first-index", 1) - 1
    limit = call.value("limit", len(jobs))
    wanted = requested(call, JOB_DEFAULT)
    for job in jobs[first : first + limit]:
        call.reply.group(GroupTag.JOB, call.engine.describe.job(job, call.context, wanted))


def as_int(value: object) -> int:
    """A value whose syntax was found to be integer."""
    assert isinstance(value, int)
    return value


def _chosen(call: Call) -> Iterable[Job]:
    """Jobs by their ids, or by their state: those to be printed in their turn, then the newest ended first."""
    job_ids = call.values("job-ids")
    if job_ids:
        if call.attribute("which-jobs") is not None:
            raise call.refuse(Status.CLIENT_ERROR_CONFLICTING_ATTRIBUTES, "either job-ids or which-jobs")
        return [call.printer.jobs[number] for number in map(as_int, job_ids) if number in call.printer.jobs]
    which = call.value("which-jobs", Keyword("not-completed"))
    jobs = (*call.printer.waiting, *call.printer.finished)
    if str(which) in _WHICH_OTHERS:
        return [job for job in jobs if _WHICH_OTHERS[str(which)](job, call)]
    states = _WHICH.get(str(which))
    if states is None:
        message = f"which-jobs {which!s} is not supported"
        attribute = Attribute("which-jobs", which)
        raise call.refuse(Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED, message, [attribute])
    return [job for job in jobs if job.state in states]
