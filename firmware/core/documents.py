"""What rooms do to documents, in one place: check what is to come, cancel one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from firmware.core.call import Call
from firmware.core.clock import Now
from firmware.core.document import Document, DocumentState
from firmware.core.events import DropDocuments, StopDocument
from firmware.core.job import Job
from firmware.core.jobs import cancel as cancel_job
from firmware.core.printer import Printer
from firmware.core.validate import TemplateCheck
from firmware.ipp import Attribute, GroupTag, Status

if TYPE_CHECKING:
    from firmware.core.engine import Engine

ATTRIBUTES = ("document-name", "compression", "document-format", "document-natural-language", "document-metadata")
"""Operation attributes that tell of a document."""
COMPRESSIONS = ("none", "deflate", "gzip")


def check(call: Call, group: GroupTag, *, fidelity: bool, mandatory: Iterable[str] = ()) -> TemplateCheck:
    """All that may speak against a document that is to come; what is merely ignored goes to the reply. ``group`` has
    its attributes where there is no group of document attributes."""
    check_format(call)
    found = call.request.group(GroupTag.DOCUMENT) or call.group(group)
    checked = TemplateCheck(call.printer, found, call.printer.catalog.document_templates)
    checked.insist(fidelity, mandatory)
    call.reply.ignore(checked.unsupported)
    return checked


def check_format(call: Call) -> None:
    """Compression and format of the document that is to come."""
    compression = call.attribute("compression")
    if compression is not None and compression.value not in COMPRESSIONS:
        message = f"compression {compression.value!s} is not supported"
        raise call.refuse(Status.CLIENT_ERROR_COMPRESSION_NOT_SUPPORTED, message, [compression])
    insist_on_format(call)


def insist_on_format(call: Call) -> None:
    """The document-format that a call names, if it does, is one that is printed here."""
    document_format = call.attribute("document-format")
    if document_format is not None and media_type(call.printer, document_format) not in call.printer.model.formats:
        message = f"{document_format.value!s} is not printed here"
        raise call.refuse(Status.CLIENT_ERROR_DOCUMENT_FORMAT_NOT_SUPPORTED, message, [document_format])


def media_type(printer: Printer, attribute: Attribute | None) -> str:
    """A document-format without parameters such as charset, as the printer spells it; empty when there is none."""
    return "" if attribute is None else printer.model.format_named(str(attribute.value))


def cancel(engine: Engine, printer: Printer, job: Job, document: Document, now: Now, *, by_user: bool) -> None:
    """Cancel a document that has not ended: the page at hand is finished, none is begun. A job of which nothing is
    left is canceled with it."""
    document.move(DocumentState.CANCELED, now, "canceled-by-user" if by_user else "canceled-by-operator")
    if job.closed and all(each.state is DocumentState.CANCELED for each in job.documents.values()):
        cancel_job(engine, printer, job, now, by_user=by_user)
    elif printer.current == job.id:
        engine.order(StopDocument(printer.id, job.id, document.number))
    elif document.arrived:
        engine.order(DropDocuments(printer.id, job.id, (document.number,)))
