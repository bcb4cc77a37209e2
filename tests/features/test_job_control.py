"""Job control – RFC 8011 sections 4.3.3, 4.3.5 and 4.3.6: Cancel-Job, Hold-Job, Release-Job."""

from __future__ import annotations

import pytest

from firmware.core.events import DropDocuments, PrintJob, StopJob
from firmware.core.job import JobState
from firmware.ipp import Attribute, Keyword, Name, NameWithLanguage, Operation, Status, Text
from tests.printer import OPERATOR, PWG, Desk, keyword, reasons, state

NOT_POSSIBLE = Status.CLIENT_ERROR_NOT_POSSIBLE
JOBS = (Operation.CANCEL_JOB, Operation.HOLD_JOB, Operation.RELEASE_JOB)


def hold(desk: Desk, number: int, *attributes: Attribute) -> Status:
    return desk.ask(Operation.HOLD_JOB, *attributes, job=number).status


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
    assert desk.engine.next_deadline() is None


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


# ------------------------------------------------------------------------------ Hold-Job, Release-Job


def test_hold_what_waits_and_release_it() -> None:
    desk = Desk()
    running, job = desk.print(), desk.print()
    assert hold(desk, job.id) == Status.SUCCESSFUL_OK
    assert (state(job), reasons(job)) == (JobState.HELD, {"job-hold-until-specified"})
    desk.press(running)
    assert state(job) is JobState.HELD
    assert desk.ask(Operation.RELEASE_JOB, job=job.id).status == Status.SUCCESSFUL_OK
    assert state(job) is JobState.PROCESSING
    assert job.template("job-hold-until") is None


def test_held_by_its_ticket() -> None:
    desk = Desk()
    job = desk.held()
    assert (state(job), reasons(job)) == (JobState.HELD, {"job-hold-until-specified"})
    assert state(desk.print(keyword("job-hold-until", "no-hold"))) is JobState.PROCESSING


@pytest.mark.parametrize("until", [Keyword("indefinite"), Name("indefinite")])
def test_until_when(until: Keyword | Name) -> None:
    desk = Desk()
    desk.print()
    job = desk.print()
    assert hold(desk, job.id, Attribute("job-hold-until", until)) == Status.SUCCESSFUL_OK
    assert job.template("job-hold-until") == Attribute("job-hold-until", until)


@pytest.mark.parametrize("until", [Keyword("night"), Name("tomorrow"), NameWithLanguage("en", "no-hold")])
def test_until_what_is_not_supported(until: Keyword) -> None:
    desk = Desk()
    desk.print()
    job = desk.print()
    wish = Attribute("job-hold-until", until)
    answer = desk.ask(Operation.HOLD_JOB, wish, job=job.id)
    assert answer.status == Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED
    assert answer.unsupported == [wish]
    assert state(job) is JobState.PENDING


def test_hold_until_no_hold_is_release() -> None:
    """RFC 8011 section 4.3.5: the value "no-hold" makes it a candidate at once."""
    desk = Desk()
    job = desk.held()
    assert hold(desk, job.id, keyword("job-hold-until", "no-hold")) == Status.SUCCESSFUL_OK
    assert state(job) is JobState.PROCESSING


def test_hold_what_is_held() -> None:
    desk = Desk()
    job = desk.held()
    assert hold(desk, job.id) == Status.SUCCESSFUL_OK
    assert state(job) is JobState.HELD


def test_what_is_printed_or_has_ended_can_t_be_held() -> None:
    desk = Desk()
    job = desk.print()
    assert hold(desk, job.id) == NOT_POSSIBLE
    desk.press(job)
    assert hold(desk, job.id) == NOT_POSSIBLE


@pytest.mark.parametrize("what", ["printed", "waiting", "ended"])
def test_what_is_not_held_can_t_be_released(what: str) -> None:
    desk = Desk()
    printed, waiting = desk.print(), desk.print()
    job = {"printed": printed, "waiting": waiting, "ended": printed}[what]
    if what == "ended":
        desk.press(printed)
    assert desk.ask(Operation.RELEASE_JOB, job=job.id).status == NOT_POSSIBLE


def test_an_open_job_can_be_held_and_filled() -> None:
    desk = Desk()
    job = desk.create(keyword("job-hold-until", "indefinite"))
    assert reasons(job) == {"job-hold-until-specified", "job-incoming", "job-data-insufficient"}
    desk.deliver(desk.send_document(job, last=True))
    assert (state(job), reasons(job)) == (JobState.HELD, {"job-hold-until-specified"})
    desk.ask(Operation.RELEASE_JOB, job=job.id)
    assert state(job) is JobState.PROCESSING


@pytest.mark.parametrize("operation", JOBS)
def test_jobs_that_are_not_there(operation: Operation) -> None:
    assert Desk().ask(operation, job=1).status == Status.CLIENT_ERROR_NOT_FOUND
    assert Desk().ask(operation).status == Status.CLIENT_ERROR_BAD_REQUEST
