"""What stays of a job that has ended – PWG 5100.7: job-retain-until and its kin, job-history-interval."""

from __future__ import annotations

import sys
from datetime import datetime

import pytest

from firmware.core.events import DropDocuments
from firmware.core.job import JobState
from firmware.features.job_retention import DAY, HISTORY, end_of
from firmware.ipp import Attribute, DateTime, GroupTag, Operation, Status
from tests.printer import OPERATOR, Desk, group, keyword, reasons, state, value

NOON = datetime(2027, 1, 15, 12, 0).timestamp()
"""A Friday."""
FOR_EVER = keyword("job-retain-until", "indefinite")


def kept(desk: Desk, number: int = 1) -> bool:
    """Are the documents of this job still there, and does it say so?"""
    job = desk.printer.jobs[number]
    assert job.retained == ("job-restartable" in job.reasons)
    return job.retained


def test_documents_go_at_the_end_unless_somebody_wants_them() -> None:
    desk = Desk()
    for wish in ((), (keyword("job-retain-until", "none"),), (Attribute("job-retain-until-interval", 0),)):
        job = desk.print(*wish)
        desk.press(job)
        assert not kept(desk, job.id)
        assert desk.orders(DropDocuments) == [DropDocuments(1, job.id, (1,))]


@pytest.mark.parametrize("outcome", ["completed", "canceled", "aborted"])
def test_kept_for_ever(outcome: str) -> None:
    desk = Desk()
    job = desk.print(FOR_EVER)
    if outcome == "canceled":
        desk.ask(Operation.CANCEL_JOB, job=job.id)
    desk.press(job, outcome)
    assert desk.orders(DropDocuments) == []
    desk.wait(10 * HISTORY)
    desk.restart()
    assert kept(desk)


@pytest.mark.parametrize(
    ("until", "end"),
    [
        ("end-of-day", datetime(2027, 1, 16)),
        ("end-of-week", datetime(2027, 1, 18)),
        ("end-of-month", datetime(2027, 2, 1)),
    ],
)
def test_until_the_end_of_something(until: str, end: datetime) -> None:
    desk = Desk(wall=NOON)
    desk.press(desk.print(keyword("job-retain-until", until)))
    desk.orders(DropDocuments)
    desk.wait(end.timestamp() - NOON - 1)
    assert kept(desk)
    desk.restart()
    desk.wait(1)
    assert not kept(desk)
    assert desk.orders(DropDocuments) == [DropDocuments(1, 1, (1,))]
    assert state(desk.printer.jobs[1]) is JobState.COMPLETED


def test_ends_over_the_year_and_on_the_day_itself() -> None:
    assert end_of("end-of-month", datetime(2026, 12, 31, 23).timestamp()) == datetime(2027, 1, 1).timestamp()
    assert end_of("end-of-week", datetime(2027, 1, 17, 23).timestamp()) == datetime(2027, 1, 18).timestamp()
    assert end_of("end-of-week", datetime(2027, 1, 18).timestamp()) == datetime(2027, 1, 25).timestamp()


def test_for_so_long() -> None:
    desk = Desk()
    desk.press(desk.print(Attribute("job-retain-until-interval", 60)))
    desk.wait(59)
    assert kept(desk)
    desk.wait(1)
    assert not kept(desk)


def test_until_a_moment() -> None:
    desk = Desk(wall=NOON)
    desk.press(desk.print(Attribute("job-retain-until-time", DateTime.at(NOON + 60))))
    assert kept(desk)
    desk.wait(60)
    assert not kept(desk)


def test_without_a_clock_a_day_is_a_day() -> None:
    desk = Desk(wall=None)
    desk.press(desk.print(keyword("job-retain-until", "end-of-day")))
    desk.wait(DAY - 1)
    assert kept(desk)
    desk.wait(1)
    assert not kept(desk)


def test_a_clock_that_is_put_back() -> None:
    desk = Desk(wall=NOON)
    desk.press(desk.print(keyword("job-retain-until", "end-of-day")))
    desk.wall = NOON - 3600
    desk.wait(12 * 3600)
    assert kept(desk)
    desk.wait(3600)
    assert not kept(desk)


def test_the_printer_s_default() -> None:
    desk = Desk()
    groups = [group(GroupTag.PRINTER, keyword("job-retain-until-default", "end-of-day"))]
    assert desk.ask(Operation.SET_PRINTER_ATTRIBUTES, groups=groups, caller=OPERATOR).status == Status.SUCCESSFUL_OK
    desk.press(desk.print())
    assert kept(desk)
    desk.press(desk.print(keyword("job-retain-until", "none")))
    assert not kept(desk, 2)


def test_half_a_document_is_not_kept() -> None:
    desk = Desk()
    answer = desk.submit(FOR_EVER)
    desk.deliver(answer, fail="submission-interrupted")
    assert not kept(desk)
    desk.ask(Operation.CANCEL_JOB, job=desk.create(FOR_EVER).id)
    assert not kept(desk, 2)


def test_the_oldest_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[end_of.__module__], "RETAINED", 2500)
    desk = Desk()
    for _ in range(3):
        desk.press(desk.print(FOR_EVER))
        desk.wait(1)
    assert [kept(desk, number) for number in (1, 2, 3)] == [False, True, True]
    assert DropDocuments(1, 1, (1,)) in desk.orders(DropDocuments)


# ---------------------------------------------------------------------------------------------- history


def test_jobs_are_forgotten_when_their_time_is_over() -> None:
    desk = Desk()
    desk.press(desk.print())
    desk.wait(DAY)
    desk.press(desk.print())
    desk.press(desk.print(FOR_EVER))
    waiting = desk.held()
    desk.wait(HISTORY - DAY - 1)
    assert set(desk.printer.jobs) == {1, 2, 3, 4}
    desk.wait(1)
    assert set(desk.printer.jobs) == {2, 3, 4}
    desk.keep()
    desk.restart()
    desk.wait(DAY)
    assert set(desk.printer.jobs) == {3, waiting.id}


def test_how_long_is_for_operators_to_say() -> None:
    desk = Desk()
    interval = Attribute("job-history-interval-configured", 3600)
    groups = [group(GroupTag.PRINTER, interval)]
    assert desk.ask(Operation.SET_PRINTER_ATTRIBUTES, groups=groups, caller=OPERATOR).status == Status.SUCCESSFUL_OK
    desk.press(desk.print())
    desk.wait(3600)
    assert not desk.printer.jobs
    short = [group(GroupTag.PRINTER, Attribute("job-history-interval-configured", 1))]
    refused = desk.ask(Operation.SET_PRINTER_ATTRIBUTES, groups=short, caller=OPERATOR)
    assert refused.status == Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED


def test_what_is_told() -> None:
    answer = Desk().ask(Operation.GET_PRINTER_ATTRIBUTES)
    assert value(answer.printer, "job-history-interval-configured") == HISTORY
    configured = answer.printer.get("job-history-attributes-configured")
    assert configured is not None
    assert "job-state" in configured.values
    assert value(answer.printer, "job-retain-until-default") == "none"


def test_a_canceled_job_that_is_kept_says_both() -> None:
    desk = Desk()
    job = desk.held()
    desk.ask(Operation.SET_JOB_ATTRIBUTES, job=job.id, groups=[group(GroupTag.JOB, FOR_EVER)])
    desk.ask(Operation.CANCEL_JOB, job=job.id)
    assert reasons(job) == {"job-canceled-by-user", "job-restartable"}
