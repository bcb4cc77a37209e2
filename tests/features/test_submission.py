"""Submission – RFC 8011 sections 4.2.1, 4.2.3, 4.2.4 and 4.3.1: how jobs and documents come in."""

from __future__ import annotations

import importlib

import pytest

from firmware.core.documents import media_type
from firmware.core.events import DocumentFailed, DropDocuments, ExpectDocument, Order, PrintJob
from firmware.core.job import JobState
from firmware.core.jobs import SUBMISSION_TIME_OUT
from firmware.ipp import (
    UNSUPPORTED,
    Attribute,
    Enum,
    GroupTag,
    Keyword,
    MimeMediaType,
    Name,
    NameWithLanguage,
    NaturalLanguage,
    Operation,
    Status,
)
from tests.printer import LONG, OPERATOR, PDF, PWG, Answer, Desk, group, keyword, reasons, state, value, waited_for

OK = Status.SUCCESSFUL_OK
IGNORED = Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES
NOT_SUPPORTED = Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED
NOT_POSSIBLE = Status.CLIENT_ERROR_NOT_POSSIBLE
CREATIONS = (Operation.PRINT_JOB, Operation.VALIDATE_JOB, Operation.CREATE_JOB)
SUBMISSIONS = importlib.import_module("firmware.core.submissions")
FIDELITY = Attribute("ipp-attribute-fidelity", True)


def ask(desk: Desk, operation: Operation, *template: Attribute, extra: tuple[Attribute, ...] = ()) -> Answer:
    groups = [group(GroupTag.JOB, *template)] if template else []
    return desk.ask(operation, *extra, groups=groups, data=operation is Operation.PRINT_JOB)


# --------------------------------------------------------------------------------------------- Print-Job


def test_print_job() -> None:
    desk = Desk()
    answer = desk.submit(Attribute("copies", 2), extra=[Attribute("job-name", Name("letter"))])
    document = waited_for(answer)
    assert (document.job_id, document.number, document.format, document.compression) == (1, 1, PDF, "none")
    job = desk.printer.jobs[1]
    assert (job.name, job.user, job.closed, job.attributes) == ("letter", "alice", True, (Attribute("copies", 2),))
    assert (state(job), reasons(job)) == (JobState.PENDING, {"job-incoming"})
    answer = desk.deliver(answer, 5000)
    assert answer.status == OK
    assert {"job-id", "job-uri", "job-state", "job-state-reasons"} <= set(answer.job.names())
    assert value(answer.job, "job-id") == 1
    assert value(answer.job, "job-state") == Enum(5)
    assert (document.octets, document.arrived) == (5000, True)


def test_the_answer_tells_how_many_come_before() -> None:
    desk = Desk()
    desk.print()
    answer = desk.deliver(desk.submit())
    assert value(answer.job, "number-of-intervening-jobs") == 1


def test_without_data() -> None:
    """RFC 8011 section 4.2.1.1: the document data is REQUIRED."""
    desk = Desk()
    assert desk.ask(Operation.PRINT_JOB).status == Status.CLIENT_ERROR_BAD_REQUEST
    assert desk.printer.jobs == {}


@pytest.mark.parametrize(
    ("attributes", "name"),
    [
        ((), "Job 1"),
        ((Attribute("job-name", Name("a")), Attribute("document-name", Name("b"))), "a"),
        ((Attribute("document-name", Name("b")),), "b"),
        ((Attribute("job-name", NameWithLanguage("de", "ä")),), "ä"),
        ((Attribute("job-name", Name("")),), "Job 1"),
    ],
)
def test_what_a_job_is_called(attributes: tuple[Attribute, ...], name: str) -> None:
    desk = Desk()
    desk.submit(extra=attributes)
    assert desk.printer.jobs[1].name == name


def test_what_is_said_of_the_document() -> None:
    desk = Desk()
    extra = [
        Attribute("document-name", Name("a.pdf")),
        keyword("compression", "gzip"),
        Attribute("document-natural-language", NaturalLanguage("de")),
    ]
    document = waited_for(desk.submit(extra=extra))
    assert (document.name, document.compression, document.language) == ("a.pdf", "gzip", "de")


def test_a_document_of_no_format_is_looked_at() -> None:
    desk = Desk()
    document = waited_for(desk.ask(Operation.PRINT_JOB, data=True))
    assert document.format == "application/octet-stream"


@pytest.mark.parametrize(
    ("reason", "status"),
    [
        ("document-format-error", Status.CLIENT_ERROR_DOCUMENT_FORMAT_ERROR),
        ("unsupported-document-format", Status.CLIENT_ERROR_DOCUMENT_FORMAT_NOT_SUPPORTED),
        ("compression-error", Status.CLIENT_ERROR_COMPRESSION_ERROR),
        ("submission-interrupted", Status.CLIENT_ERROR_BAD_REQUEST),
        ("resources-are-not-ready", Status.SERVER_ERROR_TEMPORARY_ERROR),
        ("something-else", Status.SERVER_ERROR_INTERNAL_ERROR),
    ],
)
def test_a_document_that_does_not_come_whole(reason: str, status: Status) -> None:
    desk = Desk()
    answer = desk.deliver(desk.submit(), fail=reason)
    assert (answer.status, answer.jobs) == (status, [])
    job = desk.printer.jobs[1]
    assert (state(job), reasons(job)) == (JobState.ABORTED, {"aborted-by-system", reason})
    assert desk.orders(DropDocuments) == [DropDocuments(1, 1, (1,))]


def test_a_place_for_the_document_comes_before_the_press() -> None:
    desk = Desk()
    desk.submit(format=PWG)
    kinds = [type(order) for order in desk.orders(Order) if isinstance(order, (ExpectDocument, PrintJob))]
    assert kinds == [ExpectDocument, PrintJob]


def test_a_raster_that_breaks_off_while_it_is_printed() -> None:
    desk = Desk()
    answer = desk.submit(format=PWG)
    job = desk.printer.jobs[1]
    desk.deliver(answer, fail="submission-interrupted")
    assert (state(job), "submission-interrupted" in job.reasons) == (JobState.PROCESSING, True)
    desk.press(job, "aborted")
    assert reasons(job) == {"aborted-by-system", "submission-interrupted"}


def test_a_raster_that_the_press_gives_up_while_it_comes() -> None:
    desk = Desk()
    answer = desk.submit(format=PWG)
    job = desk.printer.jobs[1]
    desk.press(job, "aborted")
    final = desk.deliver(answer, fail="document-format-error")
    assert final.status == Status.SERVER_ERROR_INTERNAL_ERROR
    assert reasons(job) == {"aborted-by-system"}


# ----------------------------------------------------- Create-Job, Send-Document, multiple-operation-time-out


def test_create_and_send() -> None:
    desk = Desk()
    answer = ask(desk, Operation.CREATE_JOB)
    assert answer.status == OK
    job = desk.job(answer)
    assert (state(job), reasons(job)) == (JobState.PENDING, {"job-incoming", "job-data-insufficient"})
    first = desk.deliver(desk.send_document(job, last=False))
    assert first.status == OK
    assert "job-incoming" in reasons(job)
    second = desk.deliver(desk.send_document(job, last=True))
    assert (second.status, value(second.job, "job-state")) == (OK, Enum(5))
    assert [document.number for document in desk.order().documents] == [1, 2]
    assert reasons(job) == {"job-interpreting"}


def test_the_last_document_may_be_none() -> None:
    """RFC 8011 section 4.3.1: no data with "last-document" true closes the job."""
    desk = Desk()
    job = desk.create()
    desk.deliver(desk.send_document(job, last=False))
    answer = desk.ask(Operation.SEND_DOCUMENT, Attribute("last-document", True), job=job.id)
    assert (answer.status, value(answer.job, "job-id")) == (OK, job.id)
    assert len(desk.order().documents) == 1


@pytest.mark.parametrize(
    "attributes",
    [(), (Attribute("last-document", False),), (Attribute("last-document", 1),), (keyword("last-document", "true"),)],
)
def test_send_document_says_whether_it_is_the_last(attributes: tuple[Attribute, ...]) -> None:
    desk = Desk()
    job = desk.create()
    assert desk.ask(Operation.SEND_DOCUMENT, *attributes, job=job.id).status == Status.CLIENT_ERROR_BAD_REQUEST
    assert state(job) is JobState.PENDING


def test_a_job_that_takes_no_more() -> None:
    desk = Desk()
    closed, ended, stopping = desk.held(), desk.held(), desk.print()
    for job in (ended, stopping):
        desk.ask(Operation.CANCEL_JOB, job=job.id)
    for job in (closed, ended, stopping):
        assert desk.send_document(job, last=True).status == NOT_POSSIBLE
    assert desk.ask(Operation.SEND_DOCUMENT, Attribute("last-document", True), job=99).status == (
        Status.CLIENT_ERROR_NOT_FOUND
    )


def test_one_document_at_a_time() -> None:
    desk = Desk()
    job = desk.create()
    first = desk.send_document(job, last=False)
    assert desk.send_document(job, last=False).status == Status.SERVER_ERROR_BUSY
    desk.deliver(first)
    assert desk.send_document(job, last=False).reply.accept is not None


def test_somebody_else_s_job() -> None:
    desk = Desk()
    job = desk.create()
    assert desk.send_document(job, last=True, user="bob").status == Status.CLIENT_ERROR_NOT_AUTHORIZED
    attributes = [Attribute("last-document", True)]
    operator = desk.ask(Operation.SEND_DOCUMENT, *attributes, job=job.id, user="bob", caller=OPERATOR, data=True)
    assert operator.reply.accept is not None


@pytest.mark.parametrize(
    ("extra", "status"),
    [
        (keyword("compression", "compress"), Status.CLIENT_ERROR_COMPRESSION_NOT_SUPPORTED),
        (
            Attribute("document-format", MimeMediaType("application/postscript")),
            Status.CLIENT_ERROR_DOCUMENT_FORMAT_NOT_SUPPORTED,
        ),
    ],
)
def test_a_document_that_is_refused_leaves_the_job_open(extra: Attribute, status: Status) -> None:
    desk = Desk()
    job = desk.create()
    answer = desk.ask(Operation.SEND_DOCUMENT, Attribute("last-document", True), extra, job=job.id, data=True)
    assert answer.status == status
    assert answer.unsupported == [extra]
    assert (job.closed, job.documents) == (False, {})


def test_too_many_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SUBMISSIONS, "MAX_DOCUMENTS", 2)
    desk = Desk()
    job = desk.create()
    for _ in range(2):
        desk.deliver(desk.send_document(job, last=False))
    assert desk.send_document(job, last=True).status == Status.SERVER_ERROR_TOO_MANY_DOCUMENTS
    assert not job.closed


def test_each_operation_starts_the_time_out_anew() -> None:
    desk = Desk()
    job = desk.create()
    for _ in range(3):
        desk.wait(SUBMISSION_TIME_OUT - 1)
        answer = desk.send_document(job, last=False)
        desk.wait(SUBMISSION_TIME_OUT * 5)
        assert state(job) is JobState.PENDING, "while a document comes nobody waits for it"
        desk.deliver(answer)
    desk.wait(SUBMISSION_TIME_OUT)
    assert (state(job), reasons(job)) == (JobState.ABORTED, {"aborted-by-system", "job-canceled-after-timeout"})
    assert f"{SUBMISSION_TIME_OUT} seconds" in job.message
    assert desk.orders(DropDocuments) == [DropDocuments(1, job.id, (1, 2, 3))]


def test_a_document_that_fails_takes_its_job_along() -> None:
    desk = Desk()
    job = desk.create()
    desk.deliver(desk.send_document(job, last=False))
    desk.deliver(desk.send_document(job, last=False), fail="document-format-error")
    assert state(job) is JobState.ABORTED
    assert not desk.deadlines("submission")


# ------------------------------------------------- Validate-Job, and what holds for all three


def test_validate_job_makes_none() -> None:
    desk = Desk()
    answer = ask(desk, Operation.VALIDATE_JOB, Attribute("copies", 2))
    assert (answer.status, len(answer.message.groups)) == (OK, 1)
    assert desk.printer.jobs == {}
    assert desk.create().id == 1


@pytest.mark.parametrize("operation", CREATIONS)
def test_what_is_not_honoured_is_told(operation: Operation) -> None:
    """RFC 8011 section 4.1.7, without fidelity: accepted, with the unsupported group."""
    template = (Attribute("copies", 2000), keyword("sides", LONG), Attribute("strange", 1))
    desk = Desk()
    answer = ask(desk, operation, *template)
    if answer.reply.accept is not None:
        answer = desk.deliver(answer)
    assert answer.status == IGNORED
    assert answer.unsupported == [Attribute("copies", 2000), Attribute("strange", UNSUPPORTED)]
    if operation is not Operation.VALIDATE_JOB:
        assert desk.printer.jobs[1].attributes == (keyword("sides", LONG),)


@pytest.mark.parametrize("operation", CREATIONS)
def test_fidelity(operation: Operation) -> None:
    """RFC 8011 section 4.2.1.1: ipp-attribute-fidelity refuses what can't be honoured in full."""
    desk = Desk()
    answer = ask(desk, operation, Attribute("copies", 2000), keyword("sides", LONG), extra=(FIDELITY,))
    assert answer.status == NOT_SUPPORTED
    assert answer.unsupported == [Attribute("copies", 2000)]
    assert desk.printer.jobs == {}
    assert ask(desk, operation, keyword("sides", LONG), extra=(FIDELITY,)).status == OK


def test_fidelity_is_kept_with_the_job() -> None:
    desk = Desk()
    desk.deliver(ask(desk, Operation.PRINT_JOB, extra=(FIDELITY, Attribute("document-format", MimeMediaType(PDF)))))
    assert desk.printer.jobs[1].fidelity
    assert desk.order().ticket.fidelity


@pytest.mark.parametrize("operation", CREATIONS)
def test_a_printer_that_accepts_no_jobs(operation: Operation) -> None:
    desk = Desk()
    desk.printer.accepting = False
    assert ask(desk, operation).status == Status.SERVER_ERROR_NOT_ACCEPTING_JOBS


@pytest.mark.parametrize("operation", [Operation.PRINT_JOB, Operation.VALIDATE_JOB])
@pytest.mark.parametrize(
    ("extra", "status"),
    [
        (keyword("compression", "zstd"), Status.CLIENT_ERROR_COMPRESSION_NOT_SUPPORTED),
        (
            Attribute("document-format", MimeMediaType("image/gif")),
            Status.CLIENT_ERROR_DOCUMENT_FORMAT_NOT_SUPPORTED,
        ),
        (Attribute("job-name", Name("n" * 256)), Status.CLIENT_ERROR_REQUEST_VALUE_TOO_LONG),
        (Attribute("job-name", Keyword("n")), Status.CLIENT_ERROR_BAD_REQUEST),
        (Attribute("ipp-attribute-fidelity", 1), Status.CLIENT_ERROR_BAD_REQUEST),
    ],
)
def test_what_both_refuse(operation: Operation, extra: Attribute, status: Status) -> None:
    desk = Desk()
    assert ask(desk, operation, extra=(extra,)).status == status
    assert desk.printer.jobs == {}


def test_too_many_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SUBMISSIONS, "MAX_OPEN_JOBS", 2)
    desk = Desk()
    first = desk.held()
    desk.held()
    assert desk.submit().status == Status.SERVER_ERROR_TOO_MANY_JOBS
    assert ask(desk, Operation.CREATE_JOB).status == Status.SERVER_ERROR_TOO_MANY_JOBS
    assert ask(desk, Operation.VALIDATE_JOB).status == OK
    desk.ask(Operation.CANCEL_JOB, job=first.id)
    assert desk.submit().status == OK


@pytest.mark.parametrize(
    ("given", "means"),
    [
        ("application/pdf", "application/pdf"),
        ("Application/PDF", "application/pdf"),
        ("text/plain;charset=utf-8", "text/plain"),
        ("application/pclm", "application/PCLm"),
    ],
)
def test_media_types_without_parameters(given: str, means: str) -> None:
    desk = Desk()
    assert media_type(desk.printer, Attribute("document-format", MimeMediaType(given))) == means
    assert waited_for(desk.submit(format=given)).format == means
    assert media_type(desk.printer, None) == ""


def test_operation_attributes_of_size_are_taken() -> None:
    extra = [Attribute(name, 5) for name in ("job-k-octets", "job-impressions", "job-media-sheets")]
    assert Desk().submit(extra=extra).status == OK


def test_what_arrives_for_a_job_that_is_gone_changes_nothing() -> None:
    desk = Desk()
    desk.submit()
    desk.ask(Operation.CANCEL_JOB, job=1)
    desk.orders(PrintJob)
    desk.report(DocumentFailed(1, 1, 1, "submission-interrupted", "gone"))
    job = desk.printer.jobs[1]
    assert (state(job), reasons(job)) == (JobState.CANCELED, {"job-canceled-by-user"})


@pytest.mark.parametrize(
    ("action", "then"),
    [("abort-job", JobState.ABORTED), ("process-job", JobState.PROCESSING), ("hold-job", JobState.HELD)],
)
def test_what_becomes_of_a_job_that_is_left_open(action: str, then: JobState) -> None:
    desk = Desk()
    groups = [
        group(
            GroupTag.PRINTER,
            keyword("multiple-operation-time-out-action", action),
            Attribute("multiple-operation-time-out", 30),
        )
    ]
    assert desk.ask(Operation.SET_PRINTER_ATTRIBUTES, groups=groups, caller=OPERATOR).status == Status.SUCCESSFUL_OK
    job = desk.create()
    desk.deliver(desk.send_document(job, last=False))
    empty = desk.create()
    desk.wait(30)
    assert state(job) is then
    assert state(empty) is JobState.ABORTED, "there is nothing to print"
