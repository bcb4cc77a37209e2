"""What rooms do when jobs and documents come in, in one place: check what is asked, make a job, make a document."""

from __future__ import annotations

from dataclasses import replace

from firmware.core import documents
from firmware.core.call import Call, plain_text
from firmware.core.clock import Moment, Now
from firmware.core.describe import Wanted
from firmware.core.document import Document
from firmware.core.events import ExpectDocument, JobCreated
from firmware.core.job import Job
from firmware.core.scheduler import at_gates
from firmware.core.validate import TemplateCheck
from firmware.ipp import Attribute, GroupTag, Keyword, Operation, Status

MAX_OPEN_JOBS = 200
"""Jobs that may wait at one printer: a bound for memory, not a promise."""

MAX_DOCUMENTS = 1000
"""Documents that one job may have."""

JOB = (
    "job-name",
    "ipp-attribute-fidelity",
    "job-mandatory-attributes",
    "job-k-octets",
    "job-impressions",
    "job-media-sheets",
)
"""Operation attributes that tell of a new job."""

_OF_DOCUMENT = Wanted(["document-number", "document-state", "document-state-reasons"])
"""What the answer to a submission says of the document (PWG 5100.5)."""


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


def check_open(call: Call) -> bool:
    """May the call's job be given one more document now? Whether that is to be its last."""
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
    return bool(last.value)


def check_more(call: Call) -> list[Attribute]:
    """The attributes of its own that one more document of the call's job is given."""
    job = call.job
    own = documents.check(call, GroupTag.JOB, fidelity=job.fidelity).accepted
    if len(job.documents) >= MAX_DOCUMENTS:
        raise call.refuse(Status.SERVER_ERROR_TOO_MANY_DOCUMENTS, f"{MAX_DOCUMENTS} documents are enough")
    return own


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
        link=str(call.context.caller.link),
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


def new_document(call: Call, job: Job, attributes: list[Attribute], uri: str = "") -> Document:
    """Make the document that a sound request brings, or names by ``uri``, and a place for it in the spool."""
    engine, printer = call.engine, call.printer
    document = Document(
        printer_id=printer.id,
        job_id=job.id,
        number=len(job.documents) + 1,
        created=Moment.of(call.now),
        name=call.text("document-name") or _name_in_job_group(call),
        format=documents.media_type(printer, call.attribute("document-format")) or printer.model.formats[0],
        compression=str(call.value("compression", Keyword("none"))),
        language=str(call.value("document-natural-language", "")),
        metadata=tuple(entry for entry in call.values("document-metadata") if isinstance(entry, bytes)),
        attributes=tuple(attributes),
        uri=uri,
    )
    job.documents = {**job.documents, document.number: document}
    engine.adopt(document)
    engine.forget(("submission", printer.id, job.id))
    job.add_reasons("job-incoming")
    engine.order(ExpectDocument(printer.id, job.id, document.number))
    return document


def _name_in_job_group(call: Call) -> str:
    """Some clients put document-name among the job's attributes, where nothing else could be meant by it."""
    name = call.group(GroupTag.JOB).get("document-name")
    problem = call.printer.catalog.document_attributes["document-name"].syntax.problem(name) if name else None
    return plain_text(name.value) if name is not None and problem is None else ""


def tell(call: Call, job: Job, document: Document | None, now: Now) -> None:
    """What the answer to a submission says of the job and the document."""
    context = replace(call.context, now=now)
    call.reply.group(GroupTag.JOB, call.engine.describe.submitted(job, context))
    if document is not None:
        call.reply.group(GroupTag.DOCUMENT, call.engine.describe.document(document, context, _OF_DOCUMENT))
