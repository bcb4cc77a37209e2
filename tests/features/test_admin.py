"""Job and printer administration – RFC 3998: every operation, its success and the errors that it may give."""

from __future__ import annotations

from datetime import datetime

import pytest

from firmware.core.events import DropDocuments, JobSuspended, MarkingStarted, PrintJob, SheetDone, StopJob, SuspendJob
from firmware.core.job import Job, JobState
from firmware.core.printer import PrinterState
from firmware.features.admin import QUESTIONS
from firmware.ipp import Attribute, GroupTag, Keyword, Name, Operation, Status
from tests.printer import A4, OPERATOR, PLAIN, Answer, Desk, group, keyword, reasons, state, value, values

OK = Status.SUCCESSFUL_OK
NOT_POSSIBLE = Status.CLIENT_ERROR_NOT_POSSIBLE
NOT_AUTHORIZED = Status.CLIENT_ERROR_NOT_AUTHORIZED
NIGHT = datetime(2027, 1, 15, 20, 0).timestamp()
DAY = datetime(2027, 1, 15, 12, 0).timestamp()


def operate(desk: Desk, operation: Operation, *attributes: Attribute, job: int | None = None) -> Status:
    return desk.ask(operation, *attributes, job=job, user="root", caller=OPERATOR).status


def told(desk: Desk, name: str) -> tuple[object, ...]:
    wanted = keyword("requested-attributes", name)
    return values(desk.ask(Operation.GET_PRINTER_ATTRIBUTES, wanted).printer, name)


def suspended(desk: Desk, sheets: int = 2) -> Job:
    """A job that was put aside behind some sheets."""
    job = desk.print()
    desk.report(MarkingStarted(1, job.id))
    for number in range(1, sheets + 1):
        desk.report(SheetDone(1, job.id, number, A4))
    assert operate(desk, Operation.SUSPEND_CURRENT_JOB) == OK
    desk.report(JobSuspended(1, job.id))
    return job


# ------------------------------------------------------------------------------ Enable- and Disable-Printer


def test_disabled_it_takes_no_jobs_and_prints_those_that_it_has() -> None:
    desk = Desk()
    first, second = desk.print(), desk.create()
    assert operate(desk, Operation.DISABLE_PRINTER) == OK
    assert told(desk, "printer-is-accepting-jobs") == (False,)
    for operation in (Operation.PRINT_JOB, Operation.CREATE_JOB, Operation.VALIDATE_JOB):
        refused = desk.ask(operation, data=operation is Operation.PRINT_JOB)
        assert refused.status == Status.SERVER_ERROR_NOT_ACCEPTING_JOBS
    desk.press(first)
    desk.deliver(desk.send_document(second, last=True))
    assert state(second) is JobState.PROCESSING
    assert operate(desk, Operation.ENABLE_PRINTER) == OK
    assert told(desk, "printer-is-accepting-jobs") == (True,)
    desk.print()


def test_it_stays_disabled() -> None:
    desk = Desk()
    operate(desk, Operation.DISABLE_PRINTER)
    desk.restart()
    assert told(desk, "printer-is-accepting-jobs") == (False,)


# ------------------------------------------------------------------------- Pause-Printer-After-Current-Job


def test_pause_after_the_current_job() -> None:
    desk = Desk()
    job, other = desk.print(), desk.print()
    desk.orders(PrintJob)
    assert operate(desk, Operation.PAUSE_PRINTER_AFTER_CURRENT_JOB) == OK
    assert desk.orders(SuspendJob) == []
    assert desk.says() == (PrinterState.PROCESSING, {"moving-to-paused"})
    desk.press(job)
    assert (state(job), state(other)) == (JobState.COMPLETED, JobState.PENDING)
    assert desk.says() == (PrinterState.STOPPED, {"paused"})
    desk.restart()
    assert desk.says() == (PrinterState.STOPPED, {"paused"})
    assert operate(desk, Operation.RESUME_PRINTER) == OK
    assert state(desk.printer.jobs[other.id]) is JobState.PROCESSING


# ------------------------------------------------------------------ Hold-New-Jobs, Release-Held-New-Jobs


def test_new_jobs_are_held_and_released() -> None:
    desk = Desk()
    first, second = desk.print(), desk.print()
    assert operate(desk, Operation.HOLD_NEW_JOBS) == OK
    assert desk.says() == (PrinterState.PROCESSING, {"hold-new-jobs"})
    third = desk.print()
    assert (state(third), reasons(third)) == (JobState.HELD, {"job-hold-until-specified"})
    own = desk.held()
    desk.press(first)
    desk.press(second)
    assert desk.says() == (PrinterState.IDLE, {"hold-new-jobs"})
    assert operate(desk, Operation.RELEASE_HELD_NEW_JOBS) == OK
    assert desk.says() == (PrinterState.PROCESSING, set())
    assert state(third) is JobState.PROCESSING
    assert state(own) is JobState.HELD, "what its owner asked to be held stays held"


def test_one_of_them_may_be_released() -> None:
    desk = Desk()
    operate(desk, Operation.HOLD_NEW_JOBS)
    one, other = desk.print(), desk.print()
    assert desk.ask(Operation.RELEASE_JOB, job=one.id).status == OK
    assert (state(one), state(other)) == (JobState.PROCESSING, JobState.HELD)


def test_new_jobs_are_held_after_a_power_cut() -> None:
    desk = Desk()
    operate(desk, Operation.HOLD_NEW_JOBS)
    job = desk.print()
    desk.restart()
    assert desk.says() == (PrinterState.IDLE, {"hold-new-jobs"})
    assert state(desk.printer.jobs[job.id]) is state(desk.print()) is JobState.HELD


def test_new_jobs_are_held_until_the_night() -> None:
    desk = Desk(wall=DAY)
    assert operate(desk, Operation.HOLD_NEW_JOBS, keyword("job-hold-until", "night")) == OK
    job = desk.print()
    assert state(job) is JobState.HELD
    desk.wait(6 * 3600)
    assert state(job) is JobState.PROCESSING
    wrong = desk.ask(Operation.HOLD_NEW_JOBS, Attribute("job-hold-until", Keyword("dusk")), caller=OPERATOR)
    assert wrong.status == Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED
    assert wrong.unsupported == [Attribute("job-hold-until", Keyword("dusk"))]
    assert operate(Desk(wall=None), Operation.HOLD_NEW_JOBS, keyword("job-hold-until", "night")) == OK


# --------------------------------------------------------------------- Deactivate- and Activate-Printer


def test_deactivated_it_answers_questions() -> None:
    desk = Desk()
    job, other = desk.print(), desk.create()
    assert operate(desk, Operation.DEACTIVATE_PRINTER) == OK
    assert desk.says() == (PrinterState.PROCESSING, {"deactivated", "moving-to-paused"})
    desk.press(job)
    assert desk.says() == (PrinterState.STOPPED, {"deactivated", "paused"})
    assert told(desk, "printer-is-accepting-jobs") == (False,)
    assert told(desk, "printer-state-message") == ("Deactivated.",)
    assert desk.ask(Operation.GET_JOBS).status == OK
    for operation in (Operation.PRINT_JOB, Operation.PAUSE_PRINTER, Operation.RESUME_PRINTER, Operation.ENABLE_PRINTER):
        refused = desk.ask(operation, caller=OPERATOR, data=operation is Operation.PRINT_JOB)
        assert refused.status == Status.SERVER_ERROR_PRINTER_IS_DEACTIVATED
        assert "Activate-Printer" in refused.said
    desk.deliver(desk.send_document(other, last=True))
    assert state(other) is JobState.PENDING
    desk.restart()
    assert desk.says() == (PrinterState.STOPPED, {"deactivated", "paused"})
    assert operate(desk, Operation.ACTIVATE_PRINTER) == OK
    assert desk.says() == (PrinterState.PROCESSING, set())
    assert told(desk, "printer-is-accepting-jobs") == (True,)


# ------------------------------------------------------------------- Shutdown-, Startup- and Restart-Printer


def test_shut_down_it_finishes_its_job_and_says_that_it_is_down() -> None:
    desk = Desk()
    job, other = desk.print(), desk.print()
    assert operate(desk, Operation.SHUTDOWN_PRINTER) == OK
    assert desk.says() == (PrinterState.PROCESSING, {"moving-to-paused", "shutdown"})
    desk.press(job)
    assert desk.says() == (PrinterState.STOPPED, {"shutdown"})
    assert told(desk, "printer-state-message") == ("Shut down.",)
    assert told(desk, "printer-is-accepting-jobs") == (False,)
    for operation in (Operation.PRINT_JOB, Operation.RESUME_PRINTER, Operation.ACTIVATE_PRINTER):
        refused = desk.ask(operation, caller=OPERATOR, data=operation is Operation.PRINT_JOB)
        assert refused.status == Status.SERVER_ERROR_SERVICE_UNAVAILABLE
        assert "Startup-Printer" in refused.said
    assert operate(desk, Operation.SHUTDOWN_PRINTER) == OK
    desk.restart()
    assert desk.says() == (PrinterState.STOPPED, {"shutdown"})
    assert operate(desk, Operation.STARTUP_PRINTER) == OK
    assert desk.says() == (PrinterState.PROCESSING, set())
    assert state(desk.printer.jobs[other.id]) is JobState.PROCESSING, "no job is lost"
    assert told(desk, "printer-is-accepting-jobs") == (True,)


def test_questions_are_all_that_a_printer_that_is_down_answers() -> None:
    desk = Desk()
    desk.print()
    operate(desk, Operation.SHUTDOWN_PRINTER)
    allowed = {Operation.SHUTDOWN_PRINTER, Operation.STARTUP_PRINTER, Operation.RESTART_PRINTER}
    refusals = (Status.SERVER_ERROR_SERVICE_UNAVAILABLE, Status.CLIENT_ERROR_BAD_REQUEST)
    for operation, definition in desk.catalog.operations.items():
        if operation not in allowed and operation not in QUESTIONS:
            number = 1 if definition.target is Job else None
            answer = desk.ask(operation, job=number, caller=OPERATOR)
            assert answer.status in refusals, operation


def test_what_is_not_down_can_t_be_started_up() -> None:
    assert operate(Desk(), Operation.STARTUP_PRINTER) == NOT_POSSIBLE


@pytest.mark.parametrize(
    "before",
    [
        Operation.PAUSE_PRINTER,
        Operation.DISABLE_PRINTER,
        Operation.DEACTIVATE_PRINTER,
        Operation.SHUTDOWN_PRINTER,
    ],
)
def test_a_restart_undoes_every_standstill(before: Operation) -> None:
    desk = Desk()
    operate(desk, before)
    assert operate(desk, Operation.RESTART_PRINTER) == OK
    assert desk.says() == (PrinterState.IDLE, set())
    assert told(desk, "printer-is-accepting-jobs") == (True,)


def test_a_restart_loses_no_job() -> None:
    """The one at the press goes on behind the sheets that it has."""
    desk = Desk()
    job, other = desk.print(), desk.print()
    desk.report(MarkingStarted(1, job.id))
    desk.report(SheetDone(1, job.id, 1, A4))
    desk.orders(PrintJob)
    assert operate(desk, Operation.RESTART_PRINTER) == OK
    assert desk.orders(SuspendJob) == [SuspendJob(1, job.id)]
    desk.report(JobSuspended(1, job.id))
    order = desk.order()
    assert (order.job_id, order.sheets_done) == (job.id, 1)
    assert (state(job), state(other)) == (JobState.PROCESSING, JobState.PENDING)


# ------------------------------------------------------------------------------------------ Reprocess-Job


def test_a_job_is_printed_again_as_another() -> None:
    desk = Desk()
    old = desk.print(keyword("job-retain-until", "indefinite"), Attribute("copies", 3))
    desk.press(old)
    desk.orders(PrintJob)
    answer = desk.ask(Operation.REPROCESS_JOB, job=old.id)
    assert answer.status == OK
    assert (value(answer.job, "job-id"), value(answer.job, "job-state")) == (2, 3)
    new = desk.printer.jobs[2]
    assert (new.name, new.user, desk.order().ticket.copies) == (old.name, "alice", 3)
    assert state(old) is JobState.COMPLETED
    desk.press(new)
    assert new.sheets_completed == 1


def test_what_can_t_be_printed_again() -> None:
    desk = Desk()
    job = desk.print()
    assert desk.ask(Operation.REPROCESS_JOB, job=job.id).status == NOT_POSSIBLE
    desk.press(job)
    assert desk.ask(Operation.REPROCESS_JOB, job=job.id).status == NOT_POSSIBLE, "its documents are gone"
    kept = desk.print(keyword("job-retain-until", "indefinite"))
    desk.press(kept)
    operate(desk, Operation.DISABLE_PRINTER)
    assert desk.ask(Operation.REPROCESS_JOB, job=kept.id).status == Status.SERVER_ERROR_NOT_ACCEPTING_JOBS


# -------------------------------------------------------------------------------------- Cancel-Current-Job


def test_cancel_what_is_printed_whatever_it_is() -> None:
    desk = Desk()
    job = desk.print()
    assert desk.ask(Operation.CANCEL_CURRENT_JOB).status == OK
    assert desk.orders(StopJob) == [StopJob(1, job.id)]
    assert "processing-to-stop-point" in job.reasons
    assert desk.ask(Operation.CANCEL_CURRENT_JOB).status == NOT_POSSIBLE, "once is enough"


def named(desk: Desk, operation: Operation, number: int, user: str = "alice") -> Answer:
    return desk.ask(operation, Attribute("job-id", number), user=user)


CURRENT = (Operation.CANCEL_CURRENT_JOB, Operation.SUSPEND_CURRENT_JOB)


@pytest.mark.parametrize("operation", CURRENT)
def test_the_current_job_may_be_named(operation: Operation) -> None:
    desk = Desk()
    job, other = desk.print(), desk.print()
    assert named(desk, operation, other.id).status == NOT_POSSIBLE
    assert named(desk, operation, 99).status == NOT_POSSIBLE
    assert named(desk, operation, job.id).status == OK


@pytest.mark.parametrize("operation", CURRENT)
def test_the_current_job_is_its_owner_s(operation: Operation) -> None:
    desk = Desk()
    assert desk.ask(operation).status == NOT_POSSIBLE, "nothing is being printed"
    job = desk.print()
    assert desk.ask(operation, user="bob").status == NOT_AUTHORIZED
    assert named(desk, operation, job.id, user="bob").status == NOT_AUTHORIZED
    assert operate(desk, operation) == OK


# ----------------------------------------------------------------------- Suspend-Current-Job, Resume-Job


def test_a_suspended_job_lets_others_pass_and_goes_on_where_it_was() -> None:
    desk = Desk()
    job = desk.print()
    other = desk.print()
    desk.report(MarkingStarted(1, job.id))
    for number in (1, 2):
        desk.report(SheetDone(1, job.id, number, A4))
    desk.orders(PrintJob)
    assert desk.ask(Operation.SUSPEND_CURRENT_JOB).status == OK
    assert (state(job), "job-suspending" in job.reasons) == (JobState.PROCESSING, True)
    assert desk.orders(SuspendJob) == [SuspendJob(1, job.id)]
    desk.report(JobSuspended(1, job.id))
    assert (state(job), reasons(job)) == (JobState.STOPPED, {"job-suspended"})
    assert state(other) is JobState.PROCESSING
    desk.orders(PrintJob)
    third = desk.print()
    assert desk.ask(Operation.RESUME_JOB, job=job.id).status == OK
    assert (state(job), reasons(job)) == (JobState.PENDING, set())
    desk.press(other)
    order = desk.order()
    assert (order.job_id, order.sheets_done) == (job.id, 2)
    desk.press(job)
    assert (state(job), job.sheets_completed) == (JobState.COMPLETED, 3)
    assert state(third) is JobState.PROCESSING


def test_a_suspended_job_survives_a_power_cut() -> None:
    desk = Desk()
    job = suspended(desk)
    desk.restart()
    job = desk.printer.jobs[job.id]
    assert (state(job), reasons(job), job.sheets_completed) == (JobState.STOPPED, {"job-suspended"}, 2)
    assert desk.ask(Operation.RESUME_JOB, job=job.id).status == OK
    assert desk.order().sheets_done == 2


def test_a_resumed_job_that_is_half_printed_when_power_fails_is_aborted() -> None:
    desk = Desk()
    job = suspended(desk)
    desk.ask(Operation.RESUME_JOB, job=job.id)
    desk.report(MarkingStarted(1, job.id))
    desk.restart()
    assert state(desk.printer.jobs[job.id]) is JobState.ABORTED


def test_what_is_resumed_before_it_has_stopped_goes_on() -> None:
    desk = Desk()
    job = desk.print()
    desk.orders(PrintJob)
    desk.ask(Operation.SUSPEND_CURRENT_JOB)
    assert desk.ask(Operation.RESUME_JOB, job=job.id).status == OK
    desk.report(JobSuspended(1, job.id))
    assert desk.order().job_id == job.id


def test_once_suspended_is_enough() -> None:
    desk = Desk()
    desk.print()
    assert desk.ask(Operation.SUSPEND_CURRENT_JOB).status == OK
    assert desk.ask(Operation.SUSPEND_CURRENT_JOB).status == NOT_POSSIBLE


@pytest.mark.parametrize("what", ["pending", "held", "processing", "ended"])
def test_what_is_not_suspended_can_t_be_resumed(what: str) -> None:
    desk = Desk()
    processing, pending, held = desk.print(), desk.print(), desk.held()
    job = {"pending": pending, "held": held}.get(what, processing)
    if what == "ended":
        desk.press(processing)
    assert desk.ask(Operation.RESUME_JOB, job=job.id).status == NOT_POSSIBLE


def test_a_suspended_job_can_be_canceled_and_not_changed() -> None:
    desk = Desk()
    job = suspended(desk)
    assert desk.ask(Operation.HOLD_JOB, job=job.id).status == NOT_POSSIBLE
    desk.orders(PrintJob)
    assert desk.ask(Operation.CANCEL_JOB, job=job.id).status == OK
    assert (state(job), reasons(job)) == (JobState.CANCELED, {"job-canceled-by-user"})
    assert desk.orders(DropDocuments) == [DropDocuments(1, job.id, (1,))]


def test_canceled_while_it_is_put_aside() -> None:
    desk = Desk()
    job = desk.print()
    desk.ask(Operation.SUSPEND_CURRENT_JOB)
    desk.ask(Operation.CANCEL_JOB, job=job.id)
    desk.report(JobSuspended(1, job.id))
    assert (state(job), reasons(job)) == (JobState.CANCELED, {"job-canceled-by-user"})


def test_what_was_asked_first_is_what_is_gone_on_with() -> None:
    """Defaults that change meanwhile don't change the sheets that are still to come."""
    desk = Desk()
    job = suspended(desk)
    before = desk.order().ticket
    desk.printer.change_settings({"sides-default": keyword("sides-default", "two-sided-long-edge")}, desk.now)
    desk.ask(Operation.RESUME_JOB, job=job.id)
    assert desk.order().ticket == before


# ---------------------------------------------------------------------- Promote-Job, Schedule-Job-After


def line(desk: Desk) -> list[int]:
    return [job.id for job in desk.printer.waiting if job.state is JobState.PENDING]


def test_promoted_it_is_the_next() -> None:
    desk = Desk()
    for priority in (50, 100, 50, 1):
        desk.print(Attribute("job-priority", priority))
    assert line(desk) == [2, 3, 4]
    assert operate(desk, Operation.PROMOTE_JOB, job=4) == OK
    assert line(desk) == [4, 2, 3]
    assert operate(desk, Operation.PROMOTE_JOB, job=3) == OK
    assert line(desk) == [3, 4, 2]
    desk.print(Attribute("job-priority", 100))
    assert line(desk) == [3, 4, 2, 5]
    desk.restart()
    assert [job.id for job in desk.printer.waiting] == [3, 4, 2, 5, 1], "not a dot of job 1 was marked"


def test_scheduled_after_another() -> None:
    desk = Desk()
    for _ in range(5):
        desk.print()
    after = Attribute("predecessor-job-id", 4)
    assert operate(desk, Operation.SCHEDULE_JOB_AFTER, after, job=2) == OK
    assert line(desk) == [3, 4, 2, 5]
    assert operate(desk, Operation.SCHEDULE_JOB_AFTER, after, job=3) == OK
    assert line(desk) == [4, 3, 2, 5]
    assert operate(desk, Operation.SCHEDULE_JOB_AFTER, Attribute("predecessor-job-id", 1), job=5) == OK
    assert line(desk) == [5, 4, 3, 2]
    assert operate(desk, Operation.SCHEDULE_JOB_AFTER, job=2) == OK
    assert line(desk) == [2, 5, 4, 3], "without a predecessor it comes after the job at the press"
    desk.print()
    assert line(desk) == [2, 5, 4, 3, 6]


def test_scheduled_while_nothing_is_printed() -> None:
    desk = Desk()
    operate(desk, Operation.PAUSE_PRINTER)
    desk.print()
    desk.print()
    assert operate(desk, Operation.SCHEDULE_JOB_AFTER, job=2) == OK
    assert line(desk) == [2, 1]


def test_what_can_t_be_scheduled() -> None:
    desk = Desk()
    done, current, pending = desk.print(), desk.print(), desk.print()
    desk.press(done)
    held = desk.held()
    for operation in (Operation.PROMOTE_JOB, Operation.SCHEDULE_JOB_AFTER):
        for job in (done, current, held):
            assert operate(desk, operation, job=job.id) == NOT_POSSIBLE
        assert operate(desk, operation, job=99) == Status.CLIENT_ERROR_NOT_FOUND
        assert desk.ask(operation, job=pending.id, caller=PLAIN).status == NOT_AUTHORIZED

    def after(number: int) -> Status:
        return operate(desk, Operation.SCHEDULE_JOB_AFTER, Attribute("predecessor-job-id", number), job=pending.id)

    assert after(99) == Status.CLIENT_ERROR_NOT_FOUND
    assert after(done.id) == NOT_POSSIBLE
    assert after(pending.id) == NOT_POSSIBLE
    wrong = Attribute("predecessor-job-id", Name("3"))
    assert operate(desk, Operation.SCHEDULE_JOB_AFTER, wrong, job=pending.id) == Status.CLIENT_ERROR_BAD_REQUEST


def test_a_new_priority_takes_the_place_back() -> None:
    desk = Desk()
    for _ in range(3):
        desk.print()
    operate(desk, Operation.PROMOTE_JOB, job=3)
    assert line(desk) == [3, 2]
    groups = [group(GroupTag.JOB, Attribute("job-priority", 10))]
    assert desk.ask(Operation.SET_JOB_ATTRIBUTES, job=3, groups=groups).status == OK
    assert line(desk) == [2, 3]
