"""Job and printer control – RFC 8011 sections 4.2.7–9, 4.3.3, 4.3.7: cancel, restart, purge, pause, resume."""

from __future__ import annotations

import pytest

from firmware.core.document import DocumentState
from firmware.core.events import (
    DropDocuments,
    JobDone,
    JobSuspended,
    MarkingStarted,
    PrintJob,
    SheetDone,
    StopJob,
    SuspendJob,
)
from firmware.core.job import JobState
from firmware.core.printer import PrinterState
from firmware.ipp import Attribute, Operation, Status, Text
from tests.printer import A4, OPERATOR, PLAIN, PWG, Desk, keyword, reasons, state, value, waited_for

NOT_POSSIBLE = Status.CLIENT_ERROR_NOT_POSSIBLE
JOBS = (Operation.CANCEL_JOB, Operation.HOLD_JOB, Operation.RELEASE_JOB, Operation.RESTART_JOB)


# ------------------------------------------------------------------------------------------- Cancel-Job


def test_cancel_what_waits() -> None:
    desk = Desk()
    running, job = desk.print(), desk.print()
    desk.orders(PrintJob)
    answer = desk.ask(Operation.CANCEL_JOB, Attribute("message", Text("sorry")), job=job.id)
    assert (answer.status, answer.jobs) == (Status.SUCCESSFUL_OK, [])
    assert (state(job), reasons(job)) == (JobState.CANCELED, {"job-canceled-by-user"})
    assert state(running) is JobState.PROCESSING
    assert desk.orders(DropDocuments) == [DropDocuments(1, job.id, (1,))]


def test_cancel_what_is_printed() -> None:
    desk = Desk()
    job = desk.print()
    assert desk.ask(Operation.CANCEL_JOB, job=job.id).status == Status.SUCCESSFUL_OK
    assert state(job) is JobState.PROCESSING
    assert "processing-to-stop-point" in job.reasons
    assert desk.orders(StopJob) == [StopJob(1, job.id)]
    desk.press(job, "canceled")
    assert (state(job), reasons(job)) == (JobState.CANCELED, {"job-canceled-by-user"})


def test_cancel_what_is_held_and_what_is_open() -> None:
    desk = Desk()
    for job in (desk.held(), desk.create()):
        assert desk.ask(Operation.CANCEL_JOB, job=job.id).status == Status.SUCCESSFUL_OK
        assert state(job) is JobState.CANCELED
    assert not desk.deadlines("submission")


def test_cancel_what_comes_in() -> None:
    """The client that sends it is told; what still comes is thrown away."""
    desk = Desk()
    answer = desk.submit()
    desk.ask(Operation.CANCEL_JOB, job=1)
    assert desk.orders(DropDocuments) == [DropDocuments(1, 1, (1,))]
    assert desk.deliver(answer).status == Status.SERVER_ERROR_JOB_CANCELED
    assert desk.orders(PrintJob) == []


def test_cancel_what_comes_in_and_is_printed_already() -> None:
    desk = Desk()
    answer = desk.submit(format=PWG)
    desk.ask(Operation.CANCEL_JOB, job=1)
    assert desk.deliver(answer, fail="job-canceled-by-user").status == Status.SERVER_ERROR_JOB_CANCELED
    job = desk.printer.jobs[1]
    desk.press(job, "canceled")
    assert (state(job), reasons(job)) == (JobState.CANCELED, {"job-canceled-by-user"})


@pytest.mark.parametrize("outcome", ["completed", "canceled", "aborted"])
def test_what_has_ended_can_t_be_canceled(outcome: str) -> None:
    desk = Desk()
    job = desk.print()
    desk.press(job, outcome)
    before = state(job)
    assert desk.ask(Operation.CANCEL_JOB, job=job.id).status == NOT_POSSIBLE
    assert state(job) is before


def test_once_is_enough() -> None:
    desk = Desk()
    job = desk.print()
    desk.ask(Operation.CANCEL_JOB, job=job.id)
    assert desk.ask(Operation.CANCEL_JOB, job=job.id).status == NOT_POSSIBLE


def test_an_operator_cancels_as_operator() -> None:
    desk = Desk()
    job = desk.held()
    assert desk.ask(Operation.CANCEL_JOB, job=job.id, user="root", caller=OPERATOR).status == Status.SUCCESSFUL_OK
    assert reasons(job) == {"job-canceled-by-operator"}


@pytest.mark.parametrize("operation", JOBS)
def test_jobs_that_are_not_there(operation: Operation) -> None:
    assert Desk().ask(operation, job=1).status == Status.CLIENT_ERROR_NOT_FOUND
    assert Desk().ask(operation).status == Status.CLIENT_ERROR_BAD_REQUEST


# ----------------------------------------------------------------------- Pause-Printer, Resume-Printer


def pause(desk: Desk) -> Status:
    return desk.ask(Operation.PAUSE_PRINTER, caller=OPERATOR).status


def resume(desk: Desk) -> Status:
    return desk.ask(Operation.RESUME_PRINTER, caller=OPERATOR).status


def test_a_paused_printer_takes_jobs_and_prints_none() -> None:
    desk = Desk()
    assert pause(desk) == Status.SUCCESSFUL_OK
    assert desk.says() == (PrinterState.STOPPED, {"paused"})
    job = desk.print()
    assert desk.orders(PrintJob) == []
    assert state(job) is JobState.PENDING
    assert resume(desk) == Status.SUCCESSFUL_OK
    assert desk.says() == (PrinterState.PROCESSING, set())
    assert state(job) is JobState.PROCESSING


def test_pausing_while_printing() -> None:
    desk = Desk()
    job = desk.print()
    pause(desk)
    assert desk.says() == (PrinterState.PROCESSING, {"moving-to-paused"})
    desk.press(job)
    assert desk.says() == (PrinterState.STOPPED, {"paused"})


def test_resuming_before_it_has_come_to_rest() -> None:
    desk = Desk()
    desk.print()
    pause(desk)
    resume(desk)
    assert desk.says() == (PrinterState.PROCESSING, set())


def test_twice_is_as_good_as_once() -> None:
    """RFC 8011 section 4.2.7: a printer that is paused already says successful-ok."""
    desk = Desk()
    assert pause(desk) == pause(desk) == Status.SUCCESSFUL_OK
    assert resume(desk) == resume(desk) == Status.SUCCESSFUL_OK
    assert desk.says() == (PrinterState.IDLE, set())


def test_what_clients_see() -> None:
    desk = Desk()
    desk.wait(9)
    pause(desk)
    wanted = keyword("requested-attributes", "printer-state", "printer-state-reasons", "printer-state-change-time",
                     "printer-is-accepting-jobs", "printer-state-message")  # fmt: skip
    told = desk.ask(Operation.GET_PRINTER_ATTRIBUTES, wanted).printer
    assert value(told, "printer-state") == 5
    assert value(told, "printer-state-reasons") == "paused"
    assert value(told, "printer-state-change-time") == 10
    assert value(told, "printer-state-message") == "Paused."
    assert value(told, "printer-is-accepting-jobs") is True


def test_it_is_not_for_everybody() -> None:
    desk = Desk()
    for operation in (Operation.PAUSE_PRINTER, Operation.RESUME_PRINTER):
        assert desk.ask(operation, caller=PLAIN).status == Status.CLIENT_ERROR_NOT_AUTHORIZED
    assert desk.says() == (PrinterState.IDLE, set())
    strange = desk.ask(Operation.PAUSE_PRINTER, Attribute("limit", 1), caller=OPERATOR)
    assert strange.status == Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES


def test_pausing_puts_the_job_aside_and_resuming_goes_on_with_it() -> None:
    desk = Desk()
    job, other = desk.print(), desk.print()
    desk.report(MarkingStarted(1, job.id))
    desk.report(SheetDone(1, job.id, 1, A4))
    desk.orders(PrintJob)
    pause(desk)
    assert desk.orders(SuspendJob) == [SuspendJob(1, job.id)]
    desk.report(JobSuspended(1, job.id))
    assert desk.says() == (PrinterState.STOPPED, {"paused"})
    assert (state(job), reasons(job)) == (JobState.STOPPED, {"printer-stopped"})
    desk.restart()
    job = desk.printer.jobs[job.id]
    assert (state(job), reasons(job)) == (JobState.STOPPED, {"printer-stopped"})
    resume(desk)
    order = desk.order()
    assert (order.job_id, order.sheets_done) == (job.id, 1)
    assert state(desk.printer.jobs[other.id]) is JobState.PENDING


def test_a_job_that_still_comes_in_is_put_aside_too() -> None:
    desk = Desk()
    answer = desk.submit(format=PWG)
    desk.orders(PrintJob)
    pause(desk)
    desk.report(JobSuspended(1, 1))
    job = desk.printer.jobs[1]
    assert reasons(job) == {"printer-stopped", "job-incoming"}
    assert desk.deliver(answer).status == Status.SUCCESSFUL_OK
    assert reasons(job) == {"printer-stopped"}
    resume(desk)
    assert desk.order().job_id == 1


def test_a_job_that_breaks_off_while_it_is_put_aside() -> None:
    desk = Desk()
    answer = desk.submit(format=PWG)
    pause(desk)
    desk.report(JobSuspended(1, 1))
    desk.deliver(answer, fail="submission-interrupted")
    assert state(desk.printer.jobs[1]) is JobState.ABORTED


def test_power_fails_while_a_job_that_still_comes_in_is_put_aside() -> None:
    desk = Desk()
    desk.submit(format=PWG)
    pause(desk)
    desk.report(JobSuspended(1, 1))
    desk.restart()
    job = desk.printer.jobs[1]
    assert (state(job), reasons(job)) == (JobState.ABORTED, {"aborted-by-system", "submission-interrupted"})


# ------------------------------------------------------------------------------------------- Restart-Job


def test_a_job_is_printed_once_more() -> None:
    desk = Desk()
    job = desk.print(keyword("job-retain-until", "indefinite"))
    desk.press(job, sides=3)
    assert "job-restartable" in job.reasons
    desk.orders(PrintJob)
    assert desk.ask(Operation.RESTART_JOB, job=job.id).status == Status.SUCCESSFUL_OK
    order = desk.order()
    assert (order.job_id, order.sheets_done) == (job.id, 0)
    assert (state(job), reasons(job), job.sheets_completed) == (JobState.PROCESSING, {"job-interpreting"}, 0)
    assert (job.completed, job.documents[1].state) == (None, DocumentState.PENDING)
    desk.press(job, sides=3)
    assert (state(job), job.sheets_completed, desk.printer.sheets_completed) == (JobState.COMPLETED, 3, 6)


def test_what_can_t_be_restarted() -> None:
    desk = Desk()
    running, waiting = desk.print(), desk.print()
    for job in (running, waiting):
        assert desk.ask(Operation.RESTART_JOB, job=job.id).status == NOT_POSSIBLE
    desk.press(running)
    answer = desk.ask(Operation.RESTART_JOB, job=running.id)
    assert answer.status == NOT_POSSIBLE
    assert "not kept" in answer.said


# -------------------------------------------------------------------------------------------- Purge-Jobs


def test_purged_is_forgotten() -> None:
    desk = Desk()
    kept = desk.print(keyword("job-retain-until", "indefinite"))
    desk.press(kept)
    running, held, opened = desk.print(), desk.held(), desk.create()
    answer = desk.submit()
    coming = waited_for(answer)
    desk.keep()
    desk.orders(PrintJob)
    assert desk.ask(Operation.PURGE_JOBS, caller=OPERATOR).status == Status.SUCCESSFUL_OK
    assert set(desk.printer.jobs) == {running.id}
    orders = desk.engine.outbox
    assert StopJob(1, running.id) in orders
    dropped = {order.job_id for order in orders if isinstance(order, DropDocuments)}
    assert dropped == {kept.id, held.id, opened.id, coming.job_id}
    assert desk.deliver(answer).status == Status.SERVER_ERROR_JOB_CANCELED
    desk.report(JobDone(1, running.id, "canceled"))
    assert not desk.printer.jobs
    desk.restart()
    assert not desk.printer.jobs
    assert desk.print().id == coming.job_id + 1, "numbers are not given twice"


def test_purged_twice_while_it_is_printed() -> None:
    desk = Desk()
    job = desk.print()
    for _ in range(2):
        assert desk.ask(Operation.PURGE_JOBS, caller=OPERATOR).status == Status.SUCCESSFUL_OK
    desk.restart()
    assert not desk.printer.jobs, "power failed while it was being canceled"
    assert job.purged
