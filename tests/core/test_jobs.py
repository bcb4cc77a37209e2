"""What rooms do to jobs: hold them open, close, cancel and abort them."""

from __future__ import annotations

from firmware.core.events import DropDocuments, PrintJob, StopJob
from firmware.core.job import JobState
from firmware.core.jobs import SUBMISSION_TIME_OUT, abort, await_more, can_cancel, cancel, close
from tests.printer import PWG, Desk, reasons, state


def test_an_open_job_waits_for_its_time_only() -> None:
    desk = Desk()
    job = desk.create()
    desk.wait(SUBMISSION_TIME_OUT - 1)
    await_more(desk.engine, desk.printer, job, desk.now)
    desk.wait(SUBMISSION_TIME_OUT - 1)
    assert state(job) is JobState.PENDING
    desk.wait(1)
    assert state(job) is JobState.ABORTED
    assert job.reasons == {"aborted-by-system", "job-canceled-after-timeout"}


def test_a_closed_job_waits_for_nobody() -> None:
    desk = Desk()
    job = desk.create()
    desk.deliver(desk.send_document(job, last=False))
    desk.printer.paused = True
    close(desk.engine, desk.printer, job, desk.now)
    assert desk.engine.next_deadline() is None
    assert job.closed
    assert not job.reasons


def test_closing_a_job_while_its_document_comes() -> None:
    desk = Desk()
    job = desk.create()
    waiting = desk.send_document(job, last=False)
    close(desk.engine, desk.printer, job, desk.now)
    assert "job-incoming" in job.reasons
    assert not desk.orders(PrintJob)
    desk.deliver(waiting)
    assert state(job) is JobState.PROCESSING


def test_a_job_without_documents_is_not_printed() -> None:
    desk = Desk()
    job = desk.create()
    close(desk.engine, desk.printer, job, desk.now)
    assert state(job) is JobState.ABORTED
    assert "no documents" in job.message
    assert [order.numbers for order in desk.orders(DropDocuments)] == [()]


def test_what_waits_is_canceled_at_once() -> None:
    desk = Desk()
    job = desk.held()
    assert can_cancel(job)
    cancel(desk.engine, desk.printer, job, desk.now, by_user=True)
    assert (state(job), reasons(job)) == (JobState.CANCELED, {"job-canceled-by-user"})
    assert not can_cancel(job)
    assert desk.orders(DropDocuments) == [DropDocuments(1, job.id, (1,))]


def test_what_is_printed_is_canceled_when_the_press_has_stopped() -> None:
    desk = Desk()
    job = desk.print()
    cancel(desk.engine, desk.printer, job, desk.now, by_user=False)
    assert state(job) is JobState.PROCESSING
    assert job.stopping
    assert not can_cancel(job)
    assert desk.orders(StopJob) == [StopJob(1, job.id)]
    desk.press(job, "canceled", sides=0)
    assert (state(job), reasons(job)) == (JobState.CANCELED, {"job-canceled-by-operator"})


def test_a_job_that_waits_is_aborted_at_once() -> None:
    desk = Desk()
    job = desk.held()
    abort(desk.engine, desk.printer, job, desk.now, "submission-interrupted", "gone")
    assert (state(job), job.message) == (JobState.ABORTED, "gone")
    assert job.reasons == {"aborted-by-system", "submission-interrupted"}
    abort(desk.engine, desk.printer, job, desk.now, "other", "too late")
    assert job.message == "gone"


def test_a_job_that_is_printed_is_aborted_by_the_press() -> None:
    desk = Desk()
    desk.submit(format=PWG)
    (job,) = desk.printer.waiting
    abort(desk.engine, desk.printer, job, desk.now, "submission-interrupted", "gone")
    assert state(job) is JobState.PROCESSING
    desk.press(job, "aborted")
    assert (state(job), job.message) == (JobState.ABORTED, "gone")
    assert job.reasons == {"aborted-by-system", "submission-interrupted"}
