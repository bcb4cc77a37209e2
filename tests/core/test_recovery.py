"""Off and on again: what was half printed or half received is aborted with its reason, the rest goes on."""

from __future__ import annotations

import pytest

from firmware.core.clock import Moment
from firmware.core.events import DropDocuments, MarkingStarted, PrintJob
from firmware.core.job import Job, JobState
from firmware.core.jobs import SUBMISSION_TIME_OUT
from firmware.core.printer import PrinterState
from firmware.features.supplies import Supplies
from firmware.ipp import Attribute, GroupTag, Operation, Text
from tests.printer import OPERATOR, PWG, Desk, group, keyword, reasons, state, value


def again(desk: Desk, job: Job) -> Job:
    """Switch off and on; the same job afterwards."""
    desk.restart()
    return desk.printer.jobs[job.id]


def test_a_job_that_waited_is_printed() -> None:
    desk = Desk()
    running = desk.print()
    job = desk.print()
    desk.press(running)
    desk.restart()
    assert desk.order().job_id == job.id


def test_a_job_that_was_started_and_not_marked_is_printed() -> None:
    desk = Desk()
    job = again(desk, desk.print())
    assert desk.order().job_id == job.id
    assert (state(job), reasons(job)) == (JobState.PROCESSING, {"job-interpreting"})


def test_a_job_that_was_half_printed_is_not_printed_again() -> None:
    desk = Desk()
    job = desk.print()
    desk.report(MarkingStarted(1, job.id))
    job = again(desk, job)
    assert (state(job), reasons(job)) == (JobState.ABORTED, {"aborted-by-system"})
    assert "switched off" in job.message
    assert desk.orders(PrintJob) == []
    assert desk.printer.state is PrinterState.IDLE


def test_its_documents_are_dropped() -> None:
    desk = Desk()
    job = desk.print()
    desk.report(MarkingStarted(1, job.id))
    desk.restart()
    assert desk.orders(DropDocuments) == [DropDocuments(1, job.id, (1,))]


def test_a_job_that_was_half_received_is_aborted() -> None:
    desk = Desk()
    desk.submit()
    job = again(desk, desk.printer.jobs[1])
    assert state(job) is JobState.ABORTED
    assert reasons(job) == {"aborted-by-system", "submission-interrupted"}
    assert "came in" in job.message
    assert desk.orders(PrintJob) == []


def test_a_job_that_waited_for_its_next_document_waits_again() -> None:
    desk = Desk()
    job = desk.create()
    desk.deliver(desk.send_document(job, last=False))
    desk.wait(SUBMISSION_TIME_OUT - 1)
    job = again(desk, job)
    desk.wait(SUBMISSION_TIME_OUT - 1)
    assert state(job) is JobState.PENDING
    desk.deliver(desk.send_document(job, last=True))
    assert [document.number for document in desk.order().documents] == [1, 2]


def test_a_job_that_waited_too_long_still_ends() -> None:
    desk = Desk()
    job = again(desk, desk.create())
    desk.wait(SUBMISSION_TIME_OUT)
    assert state(job) is JobState.ABORTED


def test_a_held_job_stays_held() -> None:
    desk = Desk()
    job = again(desk, desk.held())
    assert (state(job), reasons(job)) == (JobState.HELD, {"job-hold-until-specified"})
    assert job.template("job-hold-until") == keyword("job-hold-until", "indefinite")
    desk.ask(Operation.RELEASE_JOB, job=job.id)
    assert state(job) is JobState.PROCESSING


def test_a_held_job_that_was_half_received_is_aborted() -> None:
    desk = Desk()
    desk.submit(keyword("job-hold-until", "indefinite"))
    assert state(again(desk, desk.printer.jobs[1])) is JobState.ABORTED


def test_a_raster_that_had_come_in_whole_is_printed() -> None:
    desk = Desk()
    job = again(desk, desk.print(format=PWG))
    assert desk.order().job_id == job.id


@pytest.mark.parametrize("outcome", ["completed", "canceled", "aborted"])
def test_history_stays_as_it_was(outcome: str) -> None:
    desk = Desk()
    job = desk.print(Attribute("copies", 3))
    desk.press(job, outcome, sides=2)
    before = (state(job), reasons(job), job.message, job.sheets_completed, job.attributes)
    job = again(desk, job)
    assert (state(job), reasons(job), job.message, job.sheets_completed, job.attributes) == before
    assert desk.orders(DropDocuments) == []


def test_moments_of_before_are_told_as_such() -> None:
    """RFC 8011 section 5.3.14: the up-time of another start says nothing; the date still does."""
    desk = Desk()
    desk.wait(500)
    job = desk.print()
    desk.press(job)
    wall = desk.wall
    job = again(desk, job)
    assert job.created == job.processing == job.completed == Moment(0, wall)


def test_numbers_and_counters_go_on() -> None:
    desk = Desk()
    job = desk.print()
    desk.press(job, sides=7)
    desk.restart()
    assert (desk.printer.impressions_completed, desk.printer.sheets_completed) == (7, 7)
    assert desk.printer[Supplies].used[0] == 7
    assert desk.create().id == job.id + 1


def test_settings_and_pauses_stay() -> None:
    desk = Desk()
    desk.ask(Operation.PAUSE_PRINTER, caller=OPERATOR)
    info = group(GroupTag.PRINTER, Attribute("printer-info", Text("upstairs")))
    desk.ask(Operation.SET_PRINTER_ATTRIBUTES, caller=OPERATOR, groups=[info])
    job = desk.print()
    desk.restart()
    assert desk.printer.state is PrinterState.STOPPED
    assert desk.orders(PrintJob) == []
    answer = desk.ask(Operation.GET_PRINTER_ATTRIBUTES)
    assert value(answer.printer, "printer-info") == "upstairs"
    desk.ask(Operation.RESUME_PRINTER, caller=OPERATOR)
    assert desk.order().job_id == job.id


def test_off_and_on_twice_is_the_same_as_once() -> None:
    desk = Desk()
    desk.print()
    desk.held()
    desk.restart()
    once = [(job.id, state(job), reasons(job)) for job in desk.printer.jobs.values()]
    desk.restart()
    assert [(job.id, state(job), reasons(job)) for job in desk.printer.jobs.values()] == once
