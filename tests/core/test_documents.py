"""What rooms do to documents: whatever a job of several is about, a canceled one is not printed – PWG 5100.5."""

from __future__ import annotations

from firmware.core import documents
from firmware.core.document import DocumentState
from firmware.core.events import DocumentOpened, DropDocuments, PrintJob, StopDocument, StopJob
from firmware.core.job import Job, JobState
from firmware.ipp import Attribute, MimeMediaType, Operation, Status
from tests.printer import Desk, reasons, state


def two(desk: Desk, *, last: bool = True) -> Job:
    job = desk.create()
    desk.deliver(desk.send_document(job, last=False))
    desk.deliver(desk.send_document(job, last=last))
    return job


def cancel(desk: Desk, job: Job, number: int) -> None:
    documents.cancel(desk.engine, desk.printer, job, job.documents[number], desk.now, by_user=True)


def test_media_types_are_compared_without_their_parameters() -> None:
    asked = Attribute("document-format", MimeMediaType("Text/Plain; charset=utf-8"))
    assert documents.media_type(Desk().printer, asked) == "text/plain"


def test_a_waiting_document_is_left_out_and_its_spool_is_freed() -> None:
    desk = Desk()
    first = desk.print()
    job = two(desk)
    desk.orders(PrintJob)
    cancel(desk, job, 1)
    assert desk.orders(DropDocuments) == [DropDocuments(1, job.id, (1,))]
    desk.press(first)
    assert [document.number for document in desk.order().documents] == [2]
    desk.press(job)
    assert state(job) is JobState.COMPLETED
    assert [state(document) for document in job.documents.values()] == [
        DocumentState.CANCELED,
        DocumentState.COMPLETED,
    ]


def test_one_that_is_printed_is_stopped_and_the_job_goes_on() -> None:
    desk = Desk()
    job = two(desk)
    desk.report(DocumentOpened(1, job.id, 1, True))
    desk.orders(PrintJob)
    cancel(desk, job, 1)
    assert desk.orders(StopDocument) == [StopDocument(1, job.id, 1)]
    assert state(job) is JobState.PROCESSING


def test_a_job_of_which_nothing_is_left_is_canceled() -> None:
    desk = Desk()
    desk.print()
    job = two(desk)
    cancel(desk, job, 1)
    assert state(job) is JobState.PENDING
    cancel(desk, job, 2)
    assert (state(job), reasons(job)) == (JobState.CANCELED, {"job-canceled-by-user"})


def test_what_is_printed_already_keeps_the_job_from_being_canceled() -> None:
    desk = Desk()
    job = two(desk)
    desk.report(DocumentOpened(1, job.id, 1, True))
    desk.report(DocumentOpened(1, job.id, 2, True))
    assert state(job.documents[1]) is DocumentState.COMPLETED
    cancel(desk, job, 2)
    assert desk.orders(StopJob) == []
    desk.press(job)
    assert state(job) is JobState.COMPLETED


def test_an_open_job_of_canceled_documents_is_canceled_when_it_is_closed() -> None:
    desk = Desk()
    job = two(desk, last=False)
    cancel(desk, job, 1)
    cancel(desk, job, 2)
    assert state(job) is JobState.PENDING
    assert desk.ask(Operation.CLOSE_JOB, job=job.id).status == Status.SUCCESSFUL_OK
    assert state(job) is JobState.CANCELED


def test_canceled_while_it_arrives() -> None:
    desk = Desk()
    job = desk.create()
    answer = desk.send_document(job, last=False)
    cancel(desk, job, 1)
    assert desk.deliver(answer, fail="submission-interrupted").status == Status.SERVER_ERROR_JOB_CANCELED
    assert state(job) is JobState.PENDING, "the job takes its next document"
    desk.deliver(desk.send_document(job, last=True))
    assert [document.number for document in desk.order().documents] == [2]
