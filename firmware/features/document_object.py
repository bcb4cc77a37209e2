"""Document object – PWG 5100.5: documents told of, changed and canceled one by one, each with a ticket of its own.

Delete-Document is obsolete there and not offered.
"""

from __future__ import annotations

import uuid

from firmware.core import documents, validate
from firmware.core.access import Access
from firmware.core.call import Call, Context, plain_text
from firmware.core.describe import Wanted, date, kilo, moment
from firmware.core.document import Document, DocumentState
from firmware.core.feature import Feature
from firmware.core.job import Job, JobState
from firmware.core.printer import Printer
from firmware.ipp import DELETE_ATTRIBUTE, NO_VALUE, UNKNOWN, Attribute, GroupTag, Operation, OutOfBand, Status

document_object = Feature("document_object", requires=["query", "submission", "job_template"])

ALL = Wanted(["all"])
DEFAULT = Wanted(["document-number", "last-document"])
"""What Get-Documents tells of each when nothing is asked for."""


def creation_attributes(printer: Printer) -> list[str]:
    """Everything that a document may be created with."""
    by_reference = {"document-uri"} if Operation.SEND_URI in printer.catalog.operations else set()
    return sorted({*printer.catalog.document_templates, *documents.ATTRIBUTES, *by_reference})


document_object.attribute("document-creation-attributes-supported", Printer, read=creation_attributes)

# --------------------------------------------------------------------------------- document attributes


def printer_of(document: Document, context: Context) -> Printer:
    assert context.system is not None
    return context.system.printers[document.printer_id]


def job_of(document: Document, context: Context) -> Job:
    return printer_of(document, context).jobs[document.job_id]


def is_last(document: Document, context: Context) -> bool:
    job = job_of(document, context)
    return job.closed and document.number == max(job.documents)


def reasons(document: Document, context: Context) -> list[str]:
    """document-state-reasons: why it ended, or what is being done with it."""
    if document.ended:
        return sorted(document.reasons) or ["none"]
    told = [] if document.arrived else ["incoming"]
    if document.state is not DocumentState.PENDING:
        told.append("printing" if document.impressions_completed else "interpreting")
        if job_of(document, context).stopping:
            told.append("processing-to-stop-point")
    elif document.arrived:
        told.append("queued")
    return told


_TOLD = {
    DocumentState.PENDING: "Waiting.",
    DocumentState.PROCESSING: "Printing.",
    DocumentState.PROCESSING_STOPPED: "Stopped.",
    DocumentState.CANCELED: "Canceled.",
    DocumentState.ABORTED: "Aborted.",
    DocumentState.COMPLETED: "Printed.",
}


def message(document: Document, context: Context) -> str:
    if document.state is DocumentState.ABORTED:
        return document.message or job_of(document, context).message or _TOLD[document.state]
    return document.message or _TOLD[document.state]


def counted(document: Document, done: int) -> int | OutOfBand:
    """A total that is known when the document has been printed, not before."""
    return done if document.state is DocumentState.COMPLETED else NO_VALUE


def document_uuid(document: Document, context: Context) -> str:
    """The same for ever, made from its job's (RFC 9562 version 5)."""
    return f"urn:uuid:{uuid.uuid5(uuid.UUID(job_of(document, context).uuid), f'document-{document.number}')}"


_tell = document_object.attribute

_tell("document-number", Document, read=lambda document: document.number)
_tell("document-job-id", Document, read=lambda document: document.job_id)
_tell(
    "document-job-uri",
    Document,
    tell=lambda document, context: context.job_uri(printer_of(document, context), job_of(document, context)),
)
_tell(
    "document-printer-uri",
    Document,
    tell=lambda document, context: context.printer_uri(printer_of(document, context)),
)
_tell("document-uuid", Document, tell=document_uuid)
_tell("document-name", Document, read=lambda document: document.name, settable=True)
_tell("document-format", Document, read=lambda document: document.format)
_tell("document-format-supplied", Document, read=lambda document: document.format)
_tell("document-format-detected", Document, read=lambda document: document.format_detected or None)
_tell("document-natural-language", Document, read=lambda document: document.language or None)
_tell("document-metadata", Document, read=lambda document: document.metadata)
_tell("document-state", Document, read=lambda document: int(document.state))
_tell("document-state-reasons", Document, tell=reasons)
_tell("document-state-message", Document, tell=message)
_tell("last-document", Document, tell=is_last)
_tell("more-info", Document, tell=lambda document, context: context.web_uri(f"/jobs/{document.job_id}"))
_tell("printer-up-time", Document, tell=lambda document, context: int(context.now.up))
_tell("time-at-creation", Document, read=lambda document: document.created.up)
# As testers spell it; the registry has only date-time-at-created with this ending.
_tell("time-at-created", Document, read=lambda document: document.created.up, syntax="integer(MIN:MAX)")
_tell("time-at-processing", Document, read=lambda document: moment(document.processing))
_tell("time-at-completed", Document, read=lambda document: moment(document.completed))
_tell("date-time-at-creation", Document, read=lambda document: date(document.created.wall, UNKNOWN))
_tell("date-time-at-created", Document, read=lambda document: date(document.created.wall, UNKNOWN))
_tell(
    "date-time-at-processing",
    Document,
    read=lambda document: date(document.processing.wall, UNKNOWN) if document.processing else NO_VALUE,
)
_tell(
    "date-time-at-completed",
    Document,
    read=lambda document: date(document.completed.wall, UNKNOWN) if document.completed else NO_VALUE,
)
_tell("k-octets", Document, read=lambda document: kilo(document.octets))
_tell("k-octets-processed", Document, read=lambda document: kilo(document.octets_processed))
_tell("impressions", Document, read=lambda document: counted(document, document.impressions_completed))
_tell("impressions-completed", Document, read=lambda document: document.impressions_completed)
_tell("media-sheets", Document, read=lambda document: counted(document, document.sheets_completed))
_tell("media-sheets-completed", Document, read=lambda document: document.sheets_completed)
_tell("pages", Document, read=lambda document: counted(document, document.pages_completed))
_tell("pages-completed", Document, read=lambda document: document.pages_completed)
_tell("attributes-charset", Document, read=lambda document: "utf-8")
_tell("attributes-natural-language", Document, tell=lambda document, context: job_of(document, context).language)

# ------------------------------------------------------------------------------------------ operations


def requested(call: Call, default: Wanted) -> Wanted:
    names = [str(name) for name in call.values("requested-attributes")]
    return Wanted(names) if names else default


@document_object.operation(Operation.GET_DOCUMENT_ATTRIBUTES, Document, attributes=("requested-attributes",))
def get_document_attributes(call: Call) -> None:
    found = call.engine.describe.document(call.document, call.context, requested(call, ALL))
    call.reply.group(GroupTag.DOCUMENT, found)


@document_object.operation(Operation.GET_DOCUMENTS, Job, attributes=("limit", "requested-attributes", "first-index"))
def get_documents(call: Call) -> None:
    found = list(call.job.documents.values())
    first = call.value("first-index", 1) - 1
    limit = call.value("limit", len(found))
    wanted = requested(call, DEFAULT)
    for document in found[first : first + limit]:
        call.reply.group(GroupTag.DOCUMENT, call.engine.describe.document(document, call.context, wanted))


@document_object.operation(Operation.CANCEL_DOCUMENT, Document, access=Access.OWNER, attributes=("document-message",))
def cancel_document(call: Call) -> None:
    job, document = call.job, call.document
    if document.ended or job.ended or job.stopping:
        raise call.refuse(Status.CLIENT_ERROR_NOT_POSSIBLE, f"document {document.number} can't be canceled any more")
    document.message = call.text("document-message")
    documents.cancel(call.engine, call.printer, job, document, call.now, by_user=call.user == job.user)


@document_object.operation(Operation.SET_DOCUMENT_ATTRIBUTES, Document, access=Access.OWNER, group=GroupTag.DOCUMENT)
def set_document_attributes(call: Call) -> None:
    job, document, group = call.job, call.document, call.group(GroupTag.DOCUMENT)
    known = call.printer.catalog.document_attributes
    validate.changes(group, {name: entry for name, entry in known.items() if entry.settable}, known)
    if not group.attributes:
        raise call.refuse(Status.CLIENT_ERROR_BAD_REQUEST, "nothing to set")
    if job.state not in (JobState.PENDING, JobState.HELD) or document.state is not DocumentState.PENDING:
        raise call.refuse(Status.CLIENT_ERROR_NOT_POSSIBLE, f"document {document.number} can't be changed any more")
    name = group.get("document-name")
    if name is not None:
        _check_name(call, name)
    given = [attribute for attribute in group if attribute is not name]
    deleted = {attribute.name for attribute in given if attribute.values == (DELETE_ATTRIBUTE,)}
    wanted = [attribute for attribute in given if attribute.name not in deleted]
    checked = validate.TemplateCheck(call.printer, wanted, call.printer.catalog.document_templates)
    checked.insist(True)
    _change(document, checked.accepted, deleted)
    if name is not None:
        document.name = plain_text(name.value)


def _check_name(call: Call, name: Attribute) -> None:
    problem = call.printer.catalog.document_attributes["document-name"].syntax.problem(name)
    if problem is not None:
        raise call.refuse(Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED, problem.message, [name])


def _change(document: Document, accepted: list[Attribute], deleted: set[str]) -> None:
    replaced = deleted | {attribute.name for attribute in accepted}
    if {"media", "media-col"} & (replaced - deleted):
        replaced |= {"media", "media-col"}
    kept = [attribute for attribute in document.attributes if attribute.name not in replaced]
    document.attributes = (*kept, *accepted)


@document_object.operation(
    Operation.VALIDATE_DOCUMENT,
    Printer,
    attributes=(*documents.ATTRIBUTES, "ipp-attribute-fidelity"),
    group=GroupTag.DOCUMENT,
    takes_document=True,
)
def validate_document(call: Call) -> None:
    """PWG 5100.13: would Send-Document take such a document?"""
    documents.check(call, GroupTag.DOCUMENT, fidelity=call.value("ipp-attribute-fidelity", False))


document_object.profile(
    "Document object",
    keyword="document-object",
    operations=(
        Operation.PRINT_JOB,
        Operation.CREATE_JOB,
        Operation.SEND_DOCUMENT,
        Operation.CANCEL_DOCUMENT,
        Operation.GET_DOCUMENT_ATTRIBUTES,
        Operation.GET_DOCUMENTS,
        Operation.SET_DOCUMENT_ATTRIBUTES,
    ),
    printer_attributes=("document-creation-attributes-supported",),
)
