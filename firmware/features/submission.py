"""Submission – RFC 8011 sections 4.2.1, 4.2.3, 4.2.4 and 4.3.1: how jobs and documents come in."""

from __future__ import annotations

from firmware.core import documents, submissions
from firmware.core.call import Call, Reply
from firmware.core.clock import Now
from firmware.core.document import DocumentState
from firmware.core.engine import Engine
from firmware.core.events import (
    DocumentDetected,
    DocumentFailed,
    DocumentReceived,
    Started,
    SubmissionTimedOut,
)
from firmware.core.feature import Feature
from firmware.core.job import PASSING, Job, JobState
from firmware.core.jobs import SUBMISSION_TIME_OUT, abort, await_more, close, submission_time_out
from firmware.core.printer import Printer
from firmware.core.scheduler import end_of_job
from firmware.core.submissions import check_more, check_open, checked, checked_document, new_document, new_job, tell
from firmware.ipp import Attribute, GroupTag, Keyword, Operation, Status

submission = Feature("submission", requires=["query"])

TIME_OUT_ACTIONS = ("abort-job", "hold-job", "process-job")
submission.attribute(
    "multiple-operation-time-out",
    Printer,
    read=lambda printer: SUBMISSION_TIME_OUT,
    settable=True,
    allows=lambda printer, value: 10 <= value <= 86400,
    choices=lambda printer: SUBMISSION_TIME_OUT,
)
submission.attribute(
    "multiple-operation-time-out-action",
    Printer,
    read=lambda printer: TIME_OUT_ACTIONS[0],
    settable=True,
    allows=lambda printer, value: value in TIME_OUT_ACTIONS,
    choices=lambda printer: list(TIME_OUT_ACTIONS),
)
submission.attribute("multiple-document-jobs-supported", Printer, read=lambda printer: True)
submission.attribute("pdl-override-supported", Printer, read=lambda printer: "attempted")
submission.attribute("compression-supported", Printer, read=lambda printer: list(documents.COMPRESSIONS))
submission.attribute("document-format-supported", Printer, read=lambda printer: list(printer.model.formats))
submission.attribute("document-format-default", Printer, read=lambda printer: printer.model.formats[0])


@submission.operation(
    Operation.PRINT_JOB,
    Printer,
    attributes=(*submissions.JOB, *documents.ATTRIBUTES),
    group=GroupTag.JOB,
    creates_job=True,
    takes_document=True,
)
def print_job(call: Call) -> None:
    if not call.has_data:
        raise call.refuse(Status.CLIENT_ERROR_BAD_REQUEST, "Print-Job without document data")
    check = checked(call)
    own = checked_document(call)
    job = new_job(call, check)
    job.closed = True
    expect_document(call, job, own)


@submission.operation(
    Operation.VALIDATE_JOB,
    Printer,
    attributes=(*submissions.JOB, *documents.ATTRIBUTES),
    group=GroupTag.JOB,
    creates_job=True,
    takes_document=True,
)
def validate_job(call: Call) -> None:
    checked(call)
    checked_document(call)


@submission.operation(Operation.CREATE_JOB, Printer, attributes=submissions.JOB, group=GroupTag.JOB, creates_job=True)
def create_job(call: Call) -> None:
    job = new_job(call, checked(call))
    job.add_reasons("job-incoming", "job-data-insufficient")
    await_more(call.engine, call.printer, job, call.now)
    call.reply.group(GroupTag.JOB, call.engine.describe.submitted(job, call.context))


@submission.operation(
    Operation.SEND_DOCUMENT,
    Job,
    attributes=("last-document", *documents.ATTRIBUTES),
    group=GroupTag.DOCUMENT,
    takes_document=True,
)
def send_document(call: Call) -> None:
    job = call.job
    last = check_open(call)
    if call.has_data:
        own = check_more(call)
        job.closed = last
        expect_document(call, job, own)
    elif last:
        close(call.engine, call.printer, job, call.now)
        call.reply.group(GroupTag.JOB, call.engine.describe.submitted(job, call.context))
    else:
        raise call.refuse(Status.CLIENT_ERROR_BAD_REQUEST, "Send-Document without data that is not the last")


# -------------------------------------------------------------------------------------------- documents


def expect_document(call: Call, job: Job, attributes: list[Attribute]) -> None:
    """Have the rim take the document; the answer is made when it is there."""
    call.reply.accept = new_document(call, job, attributes)
    call.reply.finish = lambda now: conclusion(call, job, now)


def conclusion(call: Call, job: Job, now: Now) -> Reply:
    """The answer to Print-Job and Send-Document, after the data."""
    document = call.reply.accept
    if job.state is JobState.CANCELED or job.stopping:
        raise call.refuse(Status.SERVER_ERROR_JOB_CANCELED, f"job {job.id} was canceled")
    if document is not None and document.state is DocumentState.CANCELED:
        message = f"document {document.number} of job {job.id} was canceled"
        raise call.refuse(Status.SERVER_ERROR_JOB_CANCELED, message)
    if job.state is JobState.ABORTED or (document is not None and not document.arrived):  # the press will abort it
        raise call.refuse(_refusal(job), job.message or "the job was aborted")
    tell(call, job, document, now)
    return call.reply


_REFUSALS = {
    "document-format-error": Status.CLIENT_ERROR_DOCUMENT_FORMAT_ERROR,
    "unsupported-document-format": Status.CLIENT_ERROR_DOCUMENT_FORMAT_NOT_SUPPORTED,
    "compression-error": Status.CLIENT_ERROR_COMPRESSION_ERROR,
    "document-password-error": Status.CLIENT_ERROR_DOCUMENT_PASSWORD_ERROR,
    "document-unprintable-error": Status.CLIENT_ERROR_DOCUMENT_UNPRINTABLE_ERROR,
    "submission-interrupted": Status.CLIENT_ERROR_BAD_REQUEST,
    "job-canceled-after-timeout": Status.CLIENT_ERROR_TIMEOUT,
    "resources-are-not-ready": Status.SERVER_ERROR_TEMPORARY_ERROR,
}


def _refusal(job: Job) -> Status:
    known = [_REFUSALS[reason] for reason in sorted(job.reasons) if reason in _REFUSALS]
    return known[0] if known else Status.SERVER_ERROR_INTERNAL_ERROR


# ----------------------------------------------------------------------------------------------- facts


@submission.on(DocumentDetected)
def detected(engine: Engine, fact: DocumentDetected, now: Now) -> None:
    job = engine.system.printers[fact.printer_id].jobs.get(fact.job_id)
    if job is not None:  # it may have been purged
        job.documents[fact.document].format_detected = fact.format


@submission.on(DocumentReceived)
def received(engine: Engine, fact: DocumentReceived, now: Now) -> None:
    printer = engine.system.printers[fact.printer_id]
    job = printer.jobs.get(fact.job_id)
    if job is None:
        return
    document = job.documents[fact.document]
    document.octets = fact.octets
    document.arrived = True
    if job.ended:
        return
    if job.closed:
        job.drop_reasons("job-incoming", "job-data-insufficient")
    else:
        await_more(engine, printer, job, now)


@submission.on(DocumentFailed)
def failed(engine: Engine, fact: DocumentFailed, now: Now) -> None:
    printer = engine.system.printers[fact.printer_id]
    job = printer.jobs.get(fact.job_id)
    if job is not None and not job.documents[fact.document].ended:  # canceled: nobody waits for the rest of it
        abort(engine, printer, job, now, fact.reason, fact.message)


@submission.on(SubmissionTimedOut)
def timed_out(engine: Engine, fact: SubmissionTimedOut, now: Now) -> None:
    printer = engine.system.printers[fact.printer_id]
    job = printer.jobs.get(fact.job_id)
    if job is None or job.closed:
        return
    setting = printer.setting("multiple-operation-time-out-action")
    action = str(setting.value) if setting is not None else TIME_OUT_ACTIONS[0]
    if action == "abort-job" or not job.documents:
        message = f"No document came for {submission_time_out(printer)} seconds."
        abort(engine, printer, job, now, "job-canceled-after-timeout", message)
        return
    if action == "hold-job":
        job.change([Attribute("job-hold-until", Keyword("indefinite"))], printer.catalog.twins)
        job.unheld = False
    close(engine, printer, job, now)


@submission.on(Started)
def after_start(engine: Engine, fact: Started, now: Now) -> None:
    """Bring what was kept to order: what was half printed or half received is aborted, with its reason."""
    for printer in engine.system.printers.values():
        for job in list(printer.jobs.values()):
            _recover(engine, printer, job, now)


def _recover(engine: Engine, printer: Printer, job: Job, now: Now) -> None:
    for thing in (job, *job.documents.values()):
        for name in ("created", "processing", "completed"):
            moment = getattr(thing, name)
            if moment is not None and moment.up:
                setattr(thing, name, moment.before_this_start())
    if job.ended:
        return
    fetches = Operation.PRINT_URI in printer.catalog.operations
    half_there = any(
        not document.arrived and not document.ended and not (document.uri and fetches)  # it is fetched again
        for document in job.documents.values()
    )
    if half_there and not job.marked:
        message = "The printer was switched off while this job came in."
        job.move(JobState.ABORTED, now, "aborted-by-system", "submission-interrupted", message=message)
        end_of_job(engine, printer, job, now)
    elif job.state in (JobState.PROCESSING, JobState.STOPPED) and (job.marked or job.stopping):
        reasons = job.reasons - PASSING
        message = "The printer was switched off while it printed this job."
        job.move(JobState.ABORTED, now, "aborted-by-system", *reasons, message=message)
        end_of_job(engine, printer, job, now)
    elif job.state is JobState.PROCESSING:
        job.move(JobState.PENDING, now)
    elif not job.closed:
        await_more(engine, printer, job, now)
