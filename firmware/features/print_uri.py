"""Print by reference – RFC 8011 sections 4.2.2 and 4.3.2: Print-URI and Send-URI, from hosts that the board allows.

The answer comes at once; what comes of fetching is told by the job (``net.fetch`` does it). A power cut in between
does no harm: the document is fetched again. The registry calls both operations deprecated, for what they let a stranger
make a printer do: hence only ``http`` and ``https``, only listed hosts, and no URI with a password in it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from firmware.core import documents, references, submissions
from firmware.core.call import Call
from firmware.core.clock import Now
from firmware.core.document import Document
from firmware.core.engine import Engine
from firmware.core.errors import IppError
from firmware.core.events import ExpectDocument, FetchDocument, Started
from firmware.core.feature import Feature
from firmware.core.job import Job
from firmware.core.printer import Printer
from firmware.core.references import AllowedHosts
from firmware.ipp import Attribute, GroupTag, Operation, Status, Text
from firmware.ipp.dump import bare_uri

print_uri = Feature("print_uri", requires=["query", "submission"])


@print_uri.part(Printer)
@dataclass
class References:
    """Where documents may be fetched from: what the board says."""

    hosts: AllowedHosts = field(default_factory=AllowedHosts)


print_uri.attribute("reference-uri-schemes-supported", Printer, read=lambda printer: list(references.PORTS))
print_uri.attribute("document-uri", Document, read=lambda document: document.uri or None)


print_uri.attribute(
    "job-document-access-errors",
    Job,
    read=lambda job: [Text(job.message)] if "document-access-error" in job.reasons and job.message else None,
)


@print_uri.operation(
    Operation.PRINT_URI,
    Printer,
    attributes=(*submissions.JOB, *documents.ATTRIBUTES, "document-uri"),
    group=GroupTag.JOB,
    creates_job=True,
    takes_document=True,
)
def print_by_uri(call: Call) -> None:
    check = submissions.checked(call)
    own = submissions.checked_document(call)
    uri = checked_uri(call)
    job = submissions.new_job(call, check)
    job.closed = True
    fetch(call, job, own, uri)


@print_uri.operation(
    Operation.SEND_URI,
    Job,
    attributes=("last-document", *documents.ATTRIBUTES, "document-uri"),
    group=GroupTag.DOCUMENT,
    takes_document=True,
)
def send_by_uri(call: Call) -> None:
    last = submissions.check_open(call)
    own = submissions.check_more(call)
    uri = checked_uri(call)
    call.job.closed = last
    fetch(call, call.job, own, uri)


def checked_uri(call: Call) -> str:
    """The document-uri, if it is one that may be fetched."""
    attribute = call.attribute("document-uri")
    if attribute is None:
        raise call.refuse(Status.CLIENT_ERROR_BAD_REQUEST, "document-uri is missing")
    if call.has_data:
        raise call.refuse(Status.CLIENT_ERROR_BAD_REQUEST, f"{call.operation.label} with document data")
    uri = str(attribute.value)
    if references.scheme(uri) not in references.PORTS:
        message = f"documents are fetched by {' and '.join(references.PORTS)}"
        raise call.refuse(Status.CLIENT_ERROR_URI_SCHEME_NOT_SUPPORTED, message, [attribute])
    problem = references.problem(uri, call.printer[References].hosts)
    if problem:
        message = f"the document is not fetched: {problem}"
        # RFC 8011 section 4.1.6.4: the error of the scheme's protocol that it would be, and the URI.
        told = Attribute("document-access-error", Text(f"(403) {bare_uri(uri)}"[:255]))
        raise IppError(Status.CLIENT_ERROR_DOCUMENT_ACCESS_ERROR, message, operation=[told])
    return uri


def fetch(call: Call, job: Job, attributes: list[Attribute], uri: str) -> None:
    """Have the rim fetch the document; the answer does not wait for it."""
    document = submissions.new_document(call, job, attributes, uri)
    call.order(FetchDocument(job.printer_id, job.id, document.number))
    submissions.tell(call, job, document, call.now)


@print_uri.on(Started)
def after_start(engine: Engine, fact: Started, now: Now) -> None:
    """What was on its way when the printer was switched off is fetched again."""
    for printer in engine.system.printers.values():
        for job in printer.waiting:
            for document in job.documents.values():
                if document.uri and not document.arrived and not document.ended:
                    engine.forget(("submission", printer.id, job.id))
                    engine.order(ExpectDocument(printer.id, job.id, document.number))
                    engine.order(FetchDocument(printer.id, job.id, document.number))
