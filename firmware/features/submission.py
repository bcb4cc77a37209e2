"""Submission – RFC 8011 sections 4.2.1, 4.2.3, 4.2.4 and 4.3.1: how jobs and documents come in."""

from __future__ import annotations

from dataclasses import replace

from firmware.core import documents
from firmware.core.call import Call, Reply, plain_text
from firmware.core.clock import Moment, Now
from firmware.core.describe import Wanted
from firmware.core.document import Document, DocumentState
from firmware.core.engine import Engine
from firmware.core.events import (
    DocumentDetected,
    DocumentFailed,
    DocumentReceived,
    ExpectDocument,
    JobCreated,
    Started,
    SubmissionTimedOut,
)
from firmware.core.feature import Feature
from firmware.core.job import PASSING, Job, JobState
from firmware.core.jobs import SUBMISSION_TIME_OUT, abort, await_more, close, submission_time_out
from firmware.core.printer import Printer
from firmware.core.scheduler import at_gates, end_of_job
from firmware.core.validate import TemplateCheck
from firmware.ipp import Attribute, GroupTag, Keyword, Operation, Status

submission = Feature("submission", requires=["query"])

MAX_OPEN_JOBS = 200
"""Jobs that may wait at one printer: a bound for memory, not a promise."""

MAX_DOCUMENTS = 1000
"""Documents that one job may have."""

_JOB = (
    "job-name",
    "ipp-attribute-fidelity",
    "job-mandatory-attributes",
    "job-k-octets",
    "job-impressions",
    "job-media-sheets",
)

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
    attributes=(*_JOB, *documents.ATTRIBUTES),
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
    attributes=(*_JOB, *documents.ATTRIBUTES),
    group=GroupTag.JOB,
    creates_job=True,
    takes_document=True,
)
def validate_job(call: Call) -> None:
    checked(call)
    checked_document(call)


@submission.operation(Operation.CREATE_JOB, Printer, attributes=_JOB, group=GroupTag.JOB, creates_job=True)
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
    last = call.attribute("last-document")
    if last is None:
        raise call.refuse(Status.CLIENT_ERROR_BAD_REQUEST, "last-document is missing")
    if not call.owns(job) and not call.is_operator:
        raise call.refuse(Status.CLIENT_ERROR_NOT_AUTHORIZED, f"job {job.id} belongs to somebody else")
    if job.ended or job.closed or job.stopping:
        raise call.refuse(Status.CLIENT_ERROR_NOT_POSSIBLE, f"job {job.id} takes no more documents")
    if job.receiving:
        raise call.refuse(Status.SERVER_ERROR_BUSY, f"a document of job {job.id} is still on its way")
    if call.has_data:
        own = documents.check(call, GroupTag.JOB, fidelity=job.fidelity).accepted
        if len(job.documents) >= MAX_DOCUMENTS:
            raise call.refuse(Status.SERVER_ERROR_TOO_MANY_DOCUMENTS, f"{MAX_DOCUMENTS} documents are enough")
        job.closed = bool(last.value)
        expect_document(call, job, own)
    elif last.value:
        close(call.engine, call.printer, job, call.now)
        call.reply.group(GroupTag.JOB, call.engine.describe.submitted(job, call.context))
    else:
        raise call.refuse(Status.CLIENT_ERROR_BAD_REQUEST, "Send-Document without data that is not the last")


# ---------------------------------------------------------------------------------------------- checks


def checked(call: Call) -> TemplateCheck:
    """All that may speak against a new job; what is merely ignored goes to the reply."""
    printer = call.printer
    if not printer.accepting:
        raise call.refuse(Status.SERVER_ERROR_NOT_ACCEPTING_JOBS, f"{printer.name} takes no jobs now")
    documents.check_format(call)
    check = TemplateCheck(printer, call.group(GroupTag.JOB))
    mandatory = [str(name) for name in call.values("job-mandatory-attributes")]
    check.insist(call.value("ipp-attribute-fidelity", False), mandatory)
    if call.operation is not Operation.VALIDATE_JOB and len(printer.waiting) >= MAX_OPEN_JOBS:
        raise call.refuse(Status.SERVER_ERROR_TOO_MANY_JOBS, f"{MAX_OPEN_JOBS} jobs are waiting already")
    call.reply.ignore(check.unsupported)
    return check


def checked_document(call: Call) -> list[Attribute]:
    """The attributes of its own that the document of a new job is given (PWG 5100.5)."""
    fidelity = call.value("ipp-attribute-fidelity", False)
    mandatory = [str(name) for name in call.values("job-mandatory-attributes")]
    return documents.check(call, GroupTag.DOCUMENT, fidelity=fidelity, mandatory=mandatory).accepted


# ------------------------------------------------------------------------------------------------ jobs


def new_job(call: Call, check: TemplateCheck) -> Job:
    """Make the job that a sound request asks for."""
    printer = call.printer
    number = printer.next_job_id
    printer.next_job_id = number + 1
    job = Job(
        id=number,
        printer_id=printer.id,
        uuid=call.engine.job_uuid(printer, number),
        name=call.text("job-name") or call.text("document-name") or f"Job {number}",
        user=call.user,
        user_proven=call.context.caller.user is not None,
        created=Moment.of(call.now),
        language=str(call.value("attributes-natural-language", "en")),
        fidelity=call.value("ipp-attribute-fidelity", False),
        attributes=tuple(check.accepted),
        **call.newborn,
    )
    printer.jobs[number] = job
    call.target_job = job
    call.engine.adopt(job)
    call.engine.tell(JobCreated(printer.id, number), call.now)
    at_gates(call.engine, printer, job, call.now)
    return job


def expect_document(call: Call, job: Job, attributes: list[Attribute]) -> None:
    """Have the rim take the document; the answer is made when it is there."""
    engine, printer = call.engine, call.printer
    document = Document(
        printer_id=printer.id,
        job_id=job.id,
        number=len(job.documents) + 1,
        created=Moment.of(call.now),
        name=call.text("document-name") or _name_in_job_group(call),
        format=documents.media_type(call.attribute("document-format")) or printer.model.formats[0],
        compression=str(call.value("compression", Keyword("none"))),
        language=str(call.value("document-natural-language", "")),
        metadata=tuple(entry for entry in call.values("document-metadata") if isinstance(entry, bytes)),
        attributes=tuple(attributes),
    )
    job.documents = {**job.documents, document.number: document}
    engine.adopt(document)
    engine.forget(("submission", printer.id, job.id))
    job.add_reasons("job-incoming")
    engine.order(ExpectDocument(printer.id, job.id, document.number))
    call.reply.accept = document
    call.reply.finish = lambda now: conclusion(call, job, now)


def _name_in_job_group(call: Call) -> str:
    """Some clients put document-name among the job's attributes, where nothing else could be meant by it."""
    name = call.group(GroupTag.JOB).get("document-name")
    problem = call.printer.catalog.document_attributes["document-name"].syntax.problem(name) if name else None
    return plain_text(name.value) if name is not None and problem is None else ""


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
    context = replace(call.context, now=now)
    call.reply.group(GroupTag.JOB, call.engine.describe.submitted(job, context))
    if document is not None:
        call.reply.group(GroupTag.DOCUMENT, call.engine.describe.document(document, context, _OF_DOCUMENT))
    return call.reply


_OF_DOCUMENT = Wanted(["document-number", "document-state", "document-state-reasons"])
"""What the answer to a submission says of the document (PWG 5100.5)."""


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
    half_there = any(not document.arrived and not document.ended for document in job.documents.values())
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
