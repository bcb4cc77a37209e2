"""Which job is next, and what becomes of it while the press has it – RFC 8011 sections 5.3.7 and 5.4.11."""

from __future__ import annotations

import pytest

from firmware.core.document import DocumentState
from firmware.core.events import (
    DocumentDetected,
    DocumentOpened,
    DocumentReceived,
    DocumentToPrint,
    DropDocuments,
    ImpressionDone,
    JobDone,
    MarkingStarted,
    PageDone,
    PartFailed,
    PrintJob,
    SheetDone,
    StopJob,
)
from firmware.core.job import JobState
from firmware.core.printer import PrinterState
from firmware.ipp import Attribute, Enum, Operation
from tests.printer import A4, OPERATOR, PDF, PWG, Desk, keyword, reasons, state, waited_for


def test_a_job_is_started_when_its_document_is_there() -> None:
    desk = Desk()
    answer = desk.submit(Attribute("copies", 2), Attribute("print-quality", Enum(5)))
    assert desk.orders(PrintJob) == []
    job = desk.job(desk.deliver(answer))
    order = desk.order()
    assert (order.printer_id, order.job_id, order.uuid, order.name, order.user) == (1, 1, job.uuid, "Job 1", "alice")
    assert order.documents == (DocumentToPrint(1, PDF, "none"),)
    assert (order.ticket.copies, order.ticket.page.quality) == (2, 5)
    assert order.record == {"copies": 2, "print-quality": "high"}
    assert not order.media_asked
    assert (state(job), reasons(job)) == (JobState.PROCESSING, {"job-interpreting"})
    assert state(job.documents[1]) is DocumentState.PENDING
    desk.report(DocumentOpened(1, job.id, 1, True))
    assert state(job.documents[1]) is DocumentState.PROCESSING


@pytest.mark.parametrize("attribute", [keyword("media", A4), None])
def test_whether_media_were_asked_for(attribute: Attribute | None) -> None:
    desk = Desk()
    desk.print(*([attribute] if attribute else []))
    assert desk.order().media_asked is (attribute is not None)


@pytest.mark.parametrize("format", ["image/pwg-raster", "image/urf"])
def test_a_raster_is_started_while_it_arrives(format: str) -> None:
    desk = Desk()
    answer = desk.submit(format=format)
    assert desk.order().documents == (DocumentToPrint(1, format, "none"),)
    job = desk.printer.jobs[1]
    assert reasons(job) == {"job-interpreting", "job-incoming"}
    desk.deliver(answer)
    assert reasons(job) == {"job-interpreting"}
    assert desk.orders(PrintJob) == []


def test_a_raster_that_was_not_called_one_is_started_when_it_is_recognized() -> None:
    desk = Desk()
    document = waited_for(desk.submit(format="application/octet-stream"))
    assert desk.orders(PrintJob) == []
    desk.report(DocumentDetected(1, 1, document.number, "image/urf"))
    assert desk.order().documents == (DocumentToPrint(1, "image/urf", "none"),)


def test_a_document_is_printed_as_what_it_was_found_to_be() -> None:
    desk = Desk()
    answer = desk.submit(format="application/octet-stream")
    desk.report(DocumentDetected(1, 1, 1, PDF))
    desk.deliver(answer)
    assert desk.order().documents == (DocumentToPrint(1, PDF, "none"),)


def test_a_job_of_several_documents_waits_for_all() -> None:
    desk = Desk()
    job = desk.create()
    desk.deliver(desk.send_document(job, last=False))
    assert desk.orders(PrintJob) == []
    answer = desk.send_document(job, last=True)
    assert desk.orders(PrintJob) == []
    desk.deliver(answer)
    assert [document.number for document in desk.order().documents] == [1, 2]


def test_the_last_of_several_documents_may_be_arriving_when_it_is_a_raster() -> None:
    desk = Desk()
    job = desk.create()
    desk.deliver(desk.send_document(job, last=False))
    desk.send_document(job, last=True, format=PWG)
    assert len(desk.order().documents) == 2


def test_one_job_at_a_time_and_then_the_next() -> None:
    desk = Desk()
    first, second = desk.print(), desk.print(user="bob")
    assert [order.job_id for order in desk.orders(PrintJob)] == [first.id]
    assert state(second) is JobState.PENDING
    desk.press(first)
    assert [order.job_id for order in desk.orders(PrintJob)] == [second.id]
    assert desk.printer.current == second.id


def test_priorities_go_before_numbers() -> None:
    desk = Desk()
    running = desk.print()
    desk.print(Attribute("job-priority", 49))
    usual, high = desk.print(), desk.print(Attribute("job-priority", 51))
    for expected in (high, usual):
        desk.orders(PrintJob)
        desk.press(running)
        running = expected
        assert desk.order().job_id == expected.id


def test_a_job_that_can_t_start_does_not_hold_up_others() -> None:
    desk = Desk()
    desk.create(Attribute("job-priority", 100))
    desk.held()
    job = desk.print()
    assert desk.printer.current == job.id


def test_hold_and_release() -> None:
    desk = Desk()
    job = desk.held()
    assert (state(job), reasons(job)) == (JobState.HELD, {"job-hold-until-specified"})
    assert desk.orders(PrintJob) == []
    desk.ask(Operation.RELEASE_JOB, job=job.id)
    assert state(job) is JobState.PROCESSING


def test_pause_lets_the_sheet_in_the_press_come_out() -> None:
    """RFC 8011 section 4.2.7: moving-to-paused while the current job is printed, then paused."""
    desk = Desk()
    first, second = desk.print(), desk.print()
    desk.ask(Operation.PAUSE_PRINTER, caller=OPERATOR)
    assert desk.says() == (PrinterState.PROCESSING, {"moving-to-paused"})
    desk.press(first)
    assert desk.says() == (PrinterState.STOPPED, {"paused"})
    assert state(second) is JobState.PENDING
    desk.ask(Operation.RESUME_PRINTER, caller=OPERATOR)
    assert desk.says() == (PrinterState.PROCESSING, set())
    assert state(second) is JobState.PROCESSING


def test_states_of_the_printer() -> None:
    desk = Desk()
    assert (desk.printer.state, desk.printer.message) == (PrinterState.IDLE, "Ready.")
    desk.wait(10)
    job = desk.print()
    assert (PrinterState(desk.printer.state), desk.printer.message) == (PrinterState.PROCESSING, "Printing job 1.")
    assert desk.printer.state_changed.up == 11
    desk.wait(10)
    desk.press(job)
    assert PrinterState(desk.printer.state) is PrinterState.IDLE
    assert desk.printer.state_changed.up == 21


def test_counters_move_by_facts_alone() -> None:
    desk = Desk()
    job = desk.print(Attribute("copies", 50))
    where = (1, job.id)
    desk.report(MarkingStarted(*where))
    assert job.marked
    assert reasons(job) == {"job-printing"}
    for number in (1, 2, 3):
        desk.report(ImpressionDone(*where, (number + 1) // 2, number == 2, False, False, A4))
        desk.report(PageDone(*where, 1, number, 1))
    desk.report(SheetDone(*where, 1, A4))
    desk.report(JobDone(*where, "completed", pages=50))
    assert (job.impressions_completed, job.sheets_completed, job.pages_completed) == (3, 1, 3)
    assert (desk.printer.impressions_completed, desk.printer.sheets_completed) == (3, 1)
    assert job.octets_processed == job.octets == 1000


def test_facts_that_come_after_the_end_count_nothing() -> None:
    desk = Desk()
    job = desk.print()
    desk.press(job)
    desk.press(job, "aborted", sides=5)
    assert (state(job), job.impressions_completed) == (JobState.COMPLETED, 1)


@pytest.mark.parametrize(
    ("outcome", "asked", "ended", "why"),
    [
        ("completed", False, JobState.COMPLETED, {"job-completed-successfully"}),
        ("canceled", True, JobState.CANCELED, {"job-canceled-by-user"}),
        ("canceled", False, JobState.ABORTED, {"aborted-by-system"}),
        ("aborted", False, JobState.ABORTED, {"aborted-by-system"}),
        ("completed", True, JobState.COMPLETED, {"job-completed-successfully"}),
    ],
)
def test_how_the_press_ends_a_job(outcome: str, asked: bool, ended: JobState, why: set[str]) -> None:
    desk = Desk()
    job = desk.print()
    if asked:
        desk.ask(Operation.CANCEL_JOB, job=job.id)
        assert desk.orders(StopJob) == [StopJob(1, job.id)]
    desk.press(job, outcome)
    assert (state(job), reasons(job)) == (ended, why)
    assert desk.printer.current is None
    assert desk.orders(DropDocuments) == [DropDocuments(1, job.id, (1,))]
    assert state(job.documents[1]) == DocumentState(int(ended))


def test_reasons_and_message_of_the_press() -> None:
    desk = Desk()
    job = desk.print()
    desk.report(JobDone(1, job.id, "aborted", ("document-format-error",), "no PDF"))
    assert reasons(job) == {"aborted-by-system", "document-format-error"}
    assert job.message == "no PDF"


def test_reasons_of_the_printer_come_and_go() -> None:
    desk = Desk()
    desk.report(PartFailed(1, "media-jam", "tray 2"))
    assert desk.printer.reasons == {"media-jam"}
    desk.report(PartFailed(1, "media-jam", cleared=True))
    assert desk.printer.reasons == set()


def test_a_job_waits_for_a_part_and_goes_on_with_it() -> None:
    desk = Desk()
    job = desk.print()
    desk.report(PartFailed(1, "media-empty", "There is no paper.", waits=True))
    assert (state(job), job.message) == (JobState.STOPPED, "There is no paper.")
    assert "printer-stopped" in reasons(job)
    assert (desk.printer.state, desk.printer.message) == (PrinterState.STOPPED, "There is no paper.")
    assert desk.printer.reasons == {"media-empty"}
    desk.report(PartFailed(1, "media-empty", cleared=True, waits=True))
    assert (state(job), desk.printer.state) == (JobState.PROCESSING, PrinterState.PROCESSING)
    assert "printer-stopped" not in reasons(job)
    assert desk.printer.reasons == set()


def test_a_job_that_waits_for_a_part_can_be_cancelled() -> None:
    desk = Desk()
    job = desk.print()
    desk.report(PartFailed(1, "cover-open", waits=True))
    desk.ask(Operation.CANCEL_JOB, job=job.id)
    assert desk.orders(StopJob) == [StopJob(1, job.id)]
    desk.press(job, "canceled")
    assert state(job) == JobState.CANCELED
    assert desk.printer.reasons == {"cover-open"}  # nobody closed it


def test_a_document_that_comes_after_the_job_s_end_starts_nothing() -> None:
    desk = Desk()
    desk.submit(format=PWG)
    job = desk.printer.jobs[1]
    desk.press(job, "aborted")
    desk.orders(PrintJob)
    desk.report(DocumentReceived(1, 1, 1, 10))
    assert state(job) is JobState.ABORTED
    assert desk.orders(PrintJob) == []
