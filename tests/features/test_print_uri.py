"""Print by reference – RFC 8011 sections 4.2.2 and 4.3.2: Print-URI and Send-URI."""

from __future__ import annotations

import importlib

import pytest

from firmware.core.access import Policy
from firmware.core.events import (
    DocumentFailed,
    DocumentReceived,
    DropDocuments,
    ExpectDocument,
    FetchDocument,
    PrintJob,
)
from firmware.core.job import Job, JobState
from firmware.core.references import AllowedHosts
from firmware.features import FITTED, ROOMS
from firmware.features.print_uri import References
from firmware.ipp import Attribute, Enum, GroupTag, Keyword, MimeMediaType, Operation, Status, Text, Uri
from tests.printer import LONG, OPERATOR, PDF, PWG, SIMPLEX, Answer, Desk, group, keyword, reasons, state, value, values

OK = Status.SUCCESSFUL_OK
ACCESS = Status.CLIENT_ERROR_DOCUMENT_ACCESS_ERROR
GOOD = "http://files.example/a.pdf"
SUBMISSIONS = importlib.import_module("firmware.core.submissions")


def furnished(**more: object) -> Desk:
    desk = Desk(rooms=(*ROOMS, *FITTED), **more)  # type: ignore[arg-type]
    desk.printer[References].hosts = AllowedHosts(["files.example"])
    return desk


def print_uri(desk: Desk, uri: str = GOOD, *extra: Attribute, format: str = PDF, **more: object) -> Answer:
    attributes = [Attribute("document-uri", Uri(uri)), Attribute("document-format", MimeMediaType(format)), *extra]
    return desk.ask(Operation.PRINT_URI, *attributes, **more)  # type: ignore[arg-type]


def send_uri(desk: Desk, job: Job, uri: str = GOOD, *, last: bool = True, **more: object) -> Answer:
    attributes = (Attribute("document-uri", Uri(uri)), Attribute("last-document", last))
    return desk.ask(Operation.SEND_URI, *attributes, job=job.id, **more)  # type: ignore[arg-type]


def come(desk: Desk, job: Job, number: int = 1) -> None:
    desk.report(DocumentReceived(1, job.id, number, 1000))


# ------------------------------------------------------------------------------------------- off and on


def test_off_unless_the_board_asks_for_it() -> None:
    desk = Desk()
    told = desk.ask(Operation.GET_PRINTER_ATTRIBUTES).printer
    assert not {Enum(3), Enum(7)} & set(values(told, "operations-supported"))
    assert told.get("reference-uri-schemes-supported") is None
    assert "document-uri" not in values(told, "document-creation-attributes-supported")
    for code in (Operation.PRINT_URI, Operation.SEND_URI):
        assert desk.ask(code).status == Status.SERVER_ERROR_OPERATION_NOT_SUPPORTED
    assert desk.printer.jobs == {}


def test_what_the_printer_tells_when_on() -> None:
    told = furnished().ask(Operation.GET_PRINTER_ATTRIBUTES).printer
    assert {Enum(3), Enum(7)} <= set(values(told, "operations-supported"))
    assert set(values(told, "reference-uri-schemes-supported")) == {"http", "https"}
    assert "document-uri" in values(told, "document-creation-attributes-supported")


# -------------------------------------------------------------------------------------------- Print-URI


def test_print_uri() -> None:
    """The answer does not wait; the document is fetched, then printed."""
    desk = furnished()
    answer = print_uri(desk)
    assert (answer.status, answer.reply.accept, answer.reply.finish) == (OK, None, None)
    assert (value(answer.job, "job-id"), value(answer.job, "job-state")) == (1, Enum(3))
    (document,) = answer.message.all_groups(GroupTag.DOCUMENT)
    assert value(document, "document-number") == 1
    assert [type(order) for order in desk.engine.outbox] == [ExpectDocument, FetchDocument]
    assert desk.orders(FetchDocument) == [FetchDocument(1, 1, 1)]
    job = desk.printer.jobs[1]
    assert (job.closed, reasons(job)) == (True, {"job-incoming"})
    come(desk, job)
    assert state(job) is JobState.PROCESSING
    assert desk.order().documents[0].format == PDF
    desk.press(job)
    assert state(job) is JobState.COMPLETED


def test_what_is_said_of_the_document() -> None:
    desk = furnished()
    print_uri(desk, GOOD, keyword("compression", "gzip"))
    document = desk.printer.jobs[1].documents[1]
    assert (document.uri, document.format, document.compression) == (GOOD, PDF, "gzip")
    told = desk.ask(Operation.GET_DOCUMENT_ATTRIBUTES, Attribute("document-number", 1), job=1)
    (found,) = told.message.all_groups(GroupTag.DOCUMENT)
    assert value(found, "document-uri") == Uri(GOOD)


def test_others_do_not_see_where_it_comes_from() -> None:
    """A URI may say as much as a document's name."""
    desk = furnished()
    print_uri(desk)
    told = desk.ask(Operation.GET_DOCUMENT_ATTRIBUTES, Attribute("document-number", 1), job=1, user="bob")
    (found,) = told.message.all_groups(GroupTag.DOCUMENT)
    assert found.get("document-uri") is None


def test_nothing_is_printed_before_all_of_it_is_there() -> None:
    """Raster that a client sends is marked as it arrives; what is fetched may still turn out not to come."""
    desk = furnished()
    print_uri(desk, format=PWG)
    assert desk.orders(PrintJob) == []
    desk.report(DocumentFailed(1, 1, 1, "document-access-error", "it did not come"))
    job = desk.printer.jobs[1]
    assert (state(job), reasons(job)) == (JobState.ABORTED, {"aborted-by-system", "document-access-error"})
    told = desk.ask(Operation.GET_JOB_ATTRIBUTES, job=1).job
    assert values(told, "job-document-access-errors") == (Text("it did not come"),)
    assert job.message == "it did not come"
    assert desk.orders(PrintJob) == []
    assert job.impressions_completed == 0


def test_a_failure_frees_the_spool() -> None:
    desk = furnished()
    print_uri(desk)
    desk.orders(FetchDocument)
    desk.report(DocumentFailed(1, 1, 1, "document-access-error", "it did not come"))
    assert desk.orders(DropDocuments) == [DropDocuments(1, 1, (1,))]


def test_canceled_while_it_is_fetched() -> None:
    desk = furnished()
    print_uri(desk)
    assert desk.ask(Operation.CANCEL_JOB, job=1).status == OK
    desk.report(DocumentFailed(1, 1, 1, "job-canceled-by-user", "the job has ended"))
    assert (state(desk.printer.jobs[1]), reasons(desk.printer.jobs[1])) == (JobState.CANCELED, {"job-canceled-by-user"})


@pytest.mark.parametrize(
    ("uri", "status"),
    [
        ("ftp://files.example/a.pdf", Status.CLIENT_ERROR_URI_SCHEME_NOT_SUPPORTED),
        ("file:///etc/passwd", Status.CLIENT_ERROR_URI_SCHEME_NOT_SUPPORTED),
        ("a.pdf", Status.CLIENT_ERROR_URI_SCHEME_NOT_SUPPORTED),
        ("http://evil.test/a.pdf", ACCESS),
        ("http://files.example:631/", ACCESS),
        ("http://127.0.0.1/", ACCESS),
        ("http:///a.pdf", ACCESS),
        ("http://bob:secret@files.example/", ACCESS),
    ],
)
@pytest.mark.parametrize("code", [Operation.PRINT_URI, Operation.SEND_URI])
def test_uris_that_are_refused(code: Operation, uri: str, status: Status) -> None:
    desk = furnished()
    job = desk.create() if code is Operation.SEND_URI else None
    answer = send_uri(desk, job, uri) if job is not None else print_uri(desk, uri)
    assert answer.status == status
    assert "secret" not in answer.said
    assert desk.orders(FetchDocument) == []
    assert len(desk.printer.jobs) == (0 if job is None else 1)
    if status is ACCESS:
        told = answer.message.get("document-access-error")
        assert told is not None
        assert str(told.value).startswith("(403) http:")
        assert "secret" not in str(told.value)
    else:
        assert answer.unsupported == [Attribute("document-uri", Uri(uri))]
    if job is not None:
        assert (job.closed, job.documents) == (False, {})


def test_what_is_told_of_an_access_error() -> None:
    """RFC 8011 section 4.1.6.4: the code in parentheses, then the URI."""
    answer = print_uri(furnished(), "http://evil.test/a.pdf?token=1")
    assert answer.message.get("document-access-error") == Attribute(
        "document-access-error", Text("(403) http://evil.test/a.pdf")
    )


@pytest.mark.parametrize(
    ("extra", "status"),
    [
        (keyword("compression", "compress"), Status.CLIENT_ERROR_COMPRESSION_NOT_SUPPORTED),
        (Attribute("document-format", MimeMediaType("text/html")), Status.CLIENT_ERROR_DOCUMENT_FORMAT_NOT_SUPPORTED),
    ],
)
@pytest.mark.parametrize("code", [Operation.PRINT_URI, Operation.SEND_URI])
def test_documents_that_are_refused(code: Operation, extra: Attribute, status: Status) -> None:
    desk = furnished()
    attributes = [Attribute("document-uri", Uri(GOOD)), extra]
    number = None
    if code is Operation.SEND_URI:
        number = desk.create().id
        attributes.append(Attribute("last-document", True))
    assert desk.ask(code, *attributes, job=number).status == status
    assert desk.orders(FetchDocument) == []


def test_without_a_uri_or_with_data() -> None:
    desk = furnished()
    assert desk.ask(Operation.PRINT_URI).status == Status.CLIENT_ERROR_BAD_REQUEST
    assert print_uri(desk, data=True).status == Status.CLIENT_ERROR_BAD_REQUEST
    wrong = Attribute("document-uri", Keyword("http"))
    assert desk.ask(Operation.PRINT_URI, wrong).status == Status.CLIENT_ERROR_BAD_REQUEST
    assert desk.printer.jobs == {}


def test_a_printer_that_takes_no_jobs() -> None:
    desk = furnished()
    desk.ask(Operation.DISABLE_PRINTER, caller=OPERATOR)
    assert print_uri(desk).status == Status.SERVER_ERROR_NOT_ACCEPTING_JOBS


def test_too_many_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SUBMISSIONS, "MAX_OPEN_JOBS", 1)
    desk = furnished()
    assert print_uri(desk).status == OK
    assert print_uri(desk).status == Status.SERVER_ERROR_TOO_MANY_JOBS


def test_who_may_not_print_may_not_do_it_this_way() -> None:
    desk = furnished()
    job = desk.create()
    desk.engine.policy = Policy(printing="users")
    answers = [desk.submit(), print_uri(desk), send_uri(desk, job)]
    assert {answer.status for answer in answers} == {Status.CLIENT_ERROR_NOT_AUTHORIZED}


def test_the_ticket_is_judged_as_ever() -> None:
    desk = furnished(model=SIMPLEX)
    groups = [group(GroupTag.JOB, keyword("sides", LONG))]
    answer = print_uri(desk, GOOD, Attribute("ipp-attribute-fidelity", True), groups=groups)
    assert answer.status == Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED
    answer = print_uri(desk, groups=groups)
    assert answer.status == Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES


# --------------------------------------------------------------------------------------------- Send-URI


def test_send_uri() -> None:
    """Documents sent and fetched make one job."""
    desk = furnished()
    job = desk.create()
    desk.deliver(desk.send_document(job, last=False))
    answer = send_uri(desk, job)
    assert answer.status == OK
    assert [value(each, "document-number") for each in answer.message.all_groups(GroupTag.DOCUMENT)] == [2]
    assert desk.orders(FetchDocument) == [FetchDocument(1, 1, 2)]
    come(desk, job, 2)
    assert [document.number for document in desk.order().documents] == [1, 2]


def test_one_document_after_the_other() -> None:
    desk = furnished()
    job = desk.create()
    assert send_uri(desk, job, last=False).status == OK
    assert send_uri(desk, job).status == Status.SERVER_ERROR_BUSY
    come(desk, job)
    assert send_uri(desk, job).status == OK


def test_fetching_is_no_silence_of_the_client() -> None:
    """multiple-operation-time-out counts from the end of it."""
    desk = furnished()
    job = desk.create()
    send_uri(desk, job, last=False)
    desk.wait(1000)
    assert state(job) is JobState.PENDING
    come(desk, job)
    desk.wait(1000)
    assert state(job) is JobState.ABORTED


@pytest.mark.parametrize(
    ("user", "closed", "status"),
    [
        ("bob", False, Status.CLIENT_ERROR_NOT_AUTHORIZED),
        ("alice", True, Status.CLIENT_ERROR_NOT_POSSIBLE),
    ],
)
def test_jobs_that_take_no_document(user: str, closed: bool, status: Status) -> None:
    desk = furnished()
    job = desk.create()
    if closed:
        desk.deliver(desk.send_document(job, last=True))
    assert send_uri(desk, job, user=user).status == status


def test_send_uri_without_what_it_needs() -> None:
    desk = furnished()
    job = desk.create()
    for attribute in (Attribute("last-document", True), Attribute("document-uri", Uri(GOOD))):
        assert desk.ask(Operation.SEND_URI, attribute, job=job.id).status == Status.CLIENT_ERROR_BAD_REQUEST
    assert desk.ask(Operation.SEND_URI, job=99).status == Status.CLIENT_ERROR_NOT_FOUND


def test_too_many_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SUBMISSIONS, "MAX_DOCUMENTS", 1)
    desk = furnished()
    job = desk.create()
    desk.deliver(desk.send_document(job, last=False))
    assert send_uri(desk, job).status == Status.SERVER_ERROR_TOO_MANY_DOCUMENTS


# ---------------------------------------------------------------------------------------------- restart


def test_fetched_again_after_a_power_cut() -> None:
    desk = furnished()
    print_uri(desk)
    desk.restart()
    assert [type(order) for order in desk.engine.outbox] == [ExpectDocument, FetchDocument]
    job = desk.printer.jobs[1]
    assert state(job) is JobState.PENDING
    come(desk, job)
    assert state(job) is JobState.PROCESSING


def test_an_open_job_is_fetched_for_again() -> None:
    desk = furnished()
    job = desk.create()
    send_uri(desk, job, last=False)
    desk.restart()
    assert desk.orders(FetchDocument) == [FetchDocument(1, 1, 1)]
    desk.wait(1000)
    assert state(desk.printer.jobs[1]) is JobState.PENDING


def test_what_has_come_or_ended_is_not_fetched_again() -> None:
    desk = furnished()
    desk.ask(Operation.PAUSE_PRINTER, caller=OPERATOR)
    for _ in range(2):
        print_uri(desk)
    come(desk, desk.printer.jobs[1])
    desk.ask(Operation.CANCEL_JOB, job=2)
    desk.restart()
    assert desk.orders(FetchDocument) == []


def test_switched_off_meanwhile() -> None:
    """The board lists no hosts any more: the job ends, and says why."""
    desk = furnished()
    print_uri(desk)
    desk.rooms = ROOMS
    desk.restart()
    job = desk.printer.jobs[1]
    assert (state(job), reasons(job)) == (JobState.ABORTED, {"aborted-by-system", "submission-interrupted"})
