"""What the ways in have in common: a job and a document come out the same, however the document is told of."""

from __future__ import annotations

from firmware.core.document import Document
from firmware.core.events import ExpectDocument
from firmware.core.references import AllowedHosts
from firmware.core.submissions import JOB
from firmware.features import FITTED, ROOMS
from firmware.features.print_uri import References
from firmware.ipp import Attribute, MimeMediaType, Name, Operation, Uri
from tests.printer import PDF, Desk


def told(document: Document) -> dict[str, object]:
    names = ("number", "name", "format", "compression", "language", "metadata", "attributes")
    return {name: getattr(document, name) for name in names}


def test_by_data_and_by_reference() -> None:
    desk = Desk(rooms=(*ROOMS, *FITTED))
    desk.printer[References].hosts = AllowedHosts(["files.example"])
    attributes = (Attribute("document-name", Name("a")), Attribute("document-format", MimeMediaType(PDF)))
    desk.ask(Operation.PRINT_JOB, *attributes, data=True)
    desk.ask(Operation.PRINT_URI, *attributes, Attribute("document-uri", Uri("http://files.example/")))
    one, other = (desk.printer.jobs[number].documents[1] for number in (1, 2))
    assert told(one) == told(other)
    assert (one.uri, other.uri) == ("", "http://files.example/")
    assert desk.orders(ExpectDocument) == [ExpectDocument(1, 1, 1), ExpectDocument(1, 2, 1)]


def test_a_new_job_is_told_of_in_the_same_words_everywhere() -> None:
    catalog = Desk(rooms=(*ROOMS, *FITTED)).catalog
    creators = (Operation.PRINT_JOB, Operation.PRINT_URI, Operation.CREATE_JOB, Operation.VALIDATE_JOB)
    assert all(set(JOB) <= set(catalog.operations[code].attributes) for code in creators)
