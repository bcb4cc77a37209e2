"""When a job is printed – RFC 8011 sections 4.3.5, 4.3.6, 5.2.2 and PWG 5100.7: Hold-Job, Release-Job, times of day."""

from __future__ import annotations

from datetime import datetime

import pytest

from firmware.core.job import JobState
from firmware.ipp import Attribute, DateTime, GroupTag, Keyword, Name, NameWithLanguage, Operation, Status
from tests.printer import OPERATOR, Desk, group, keyword, reasons, state, value

NOT_POSSIBLE = Status.CLIENT_ERROR_NOT_POSSIBLE


def hold(desk: Desk, number: int, *attributes: Attribute) -> Status:
    return desk.ask(Operation.HOLD_JOB, *attributes, job=number).status


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


@pytest.mark.parametrize("until", [Keyword("dusk"), Name("tomorrow"), NameWithLanguage("en", "no-hold")])
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


# --------------------------------------------------------------------------------------------- when it is


NIGHT = datetime(2027, 1, 15, 20, 0).timestamp()
DAY = datetime(2027, 1, 15, 12, 0).timestamp()
HOUR = 3600


def test_a_job_for_the_night_waits_for_it() -> None:
    desk = Desk(wall=DAY)
    job = desk.print(keyword("job-hold-until", "night"))
    assert (state(job), reasons(job)) == (JobState.HELD, {"job-hold-until-specified"})
    desk.wait(6 * HOUR - 1)
    assert state(job) is JobState.HELD
    assert desk.engine.next_deadline() == pytest.approx(desk.up + 1)
    desk.wait(1)
    assert (state(job), reasons(job)) == (JobState.PROCESSING, {"job-interpreting"})
    assert not desk.deadlines("held")


def test_at_night_it_need_not_wait() -> None:
    assert state(Desk(wall=NIGHT).print(keyword("job-hold-until", "night"))) is JobState.PROCESSING


def test_the_answer_says_that_it_is_held() -> None:
    desk = Desk(wall=DAY)
    answer = desk.deliver(desk.submit(keyword("job-hold-until", "night")))
    assert (value(answer.job, "job-state"), value(answer.job, "job-state-reasons")) == (4, "job-hold-until-specified")
    groups = [group(GroupTag.JOB, keyword("job-hold-until", "evening"))]
    assert value(desk.ask(Operation.CREATE_JOB, groups=groups).job, "job-state") == 4


def test_the_night_survives_a_power_cut() -> None:
    desk = Desk(wall=DAY)
    job = desk.print(keyword("job-hold-until", "night"))
    desk.restart()
    assert state(desk.printer.jobs[job.id]) is JobState.HELD
    desk.wait(6 * HOUR)
    assert state(desk.printer.jobs[job.id]) is JobState.PROCESSING


def test_a_clock_that_is_put_back_makes_it_wait_longer() -> None:
    desk = Desk(wall=DAY)
    job = desk.print(keyword("job-hold-until", "night"))
    assert desk.wall is not None
    desk.wall -= HOUR
    desk.wait(6 * HOUR)
    assert state(job) is JobState.HELD
    desk.wait(HOUR)
    assert state(job) is JobState.PROCESSING


def test_a_printer_without_a_clock_waits_until_it_has_one() -> None:
    desk = Desk(wall=None)
    job = desk.print(keyword("job-hold-until", "night"))
    desk.wait(24 * HOUR)
    assert (state(job), desk.deadlines("held")) == (JobState.HELD, [])
    desk.wall = NIGHT
    desk.ask(Operation.GET_JOBS)
    assert state(job) is JobState.PROCESSING


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("job-hold-until-time", "job-hold-until-specified"),
        ("job-delay-output-until-time", "job-delay-output-until-specified"),
    ],
)
def test_until_a_moment(name: str, reason: str) -> None:
    desk = Desk(wall=DAY)
    job = desk.print(Attribute(name, DateTime.at(DAY + 90)))
    assert (state(job), reasons(job)) == (JobState.HELD, {reason})
    desk.wait(89)
    assert state(job) is JobState.HELD
    desk.wait(1)
    assert state(job) is JobState.PROCESSING
    assert state(desk.create(Attribute(name, DateTime.at(DAY - 1)))) is JobState.PENDING


def test_output_is_delayed() -> None:
    desk = Desk(wall=DAY)
    job = desk.print(keyword("job-delay-output-until", "evening"))
    assert (state(job), reasons(job)) == (JobState.HELD, {"job-delay-output-until-specified"})
    assert desk.ask(Operation.RELEASE_JOB, job=job.id).status == Status.SUCCESSFUL_OK
    assert state(job) is JobState.PROCESSING


def test_held_for_two_reasons() -> None:
    desk = Desk(wall=DAY)
    job = desk.print(keyword("job-delay-output-until", "evening"), keyword("job-hold-until", "indefinite"))
    assert reasons(job) == {"job-delay-output-until-specified", "job-hold-until-specified"}
    desk.wait(6 * HOUR)
    assert (state(job), reasons(job)) == (JobState.HELD, {"job-hold-until-specified"})


def test_no_such_moment() -> None:
    desk = Desk(wall=DAY)
    desk.print()
    job = desk.print()
    wish = Attribute("job-hold-until-time", DateTime(2027, 2, 30, 0, 0, 0))
    answer = desk.ask(Operation.HOLD_JOB, wish, job=job.id)
    assert answer.status == Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED
    assert answer.unsupported == [wish]


def test_a_time_and_a_moment_exclude_each_other() -> None:
    desk = Desk(wall=DAY)
    both = [keyword("job-hold-until", "night"), Attribute("job-hold-until-time", DateTime.at(DAY + 9))]
    assert desk.submit(*both).status == Status.CLIENT_ERROR_BAD_REQUEST
    job = desk.held()
    assert desk.ask(Operation.HOLD_JOB, *both, job=job.id).status == Status.CLIENT_ERROR_CONFLICTING_ATTRIBUTES
    changed = desk.ask(Operation.SET_JOB_ATTRIBUTES, job=job.id, groups=[group(GroupTag.JOB, both[1])])
    assert changed.status == Status.SUCCESSFUL_OK
    assert job.template("job-hold-until") is None
    desk.wait(9)
    assert state(job) is JobState.PROCESSING


def test_the_printer_s_default_holds_too() -> None:
    desk = Desk(wall=DAY)
    groups = [group(GroupTag.PRINTER, keyword("job-hold-until-default", "indefinite"))]
    assert desk.ask(Operation.SET_PRINTER_ATTRIBUTES, groups=groups, caller=OPERATOR).status == Status.SUCCESSFUL_OK
    job = desk.print()
    assert state(job) is JobState.HELD
    assert state(desk.print(keyword("job-hold-until", "no-hold"))) is JobState.PROCESSING
    assert desk.ask(Operation.RELEASE_JOB, job=job.id).status == Status.SUCCESSFUL_OK
    assert state(job) is JobState.PENDING
    assert desk.ask(Operation.HOLD_JOB, job=job.id).status == Status.SUCCESSFUL_OK
    assert state(job) is JobState.HELD


def test_clients_that_hold_by_an_operation_attribute() -> None:
    """ipptool's print-job-hold.test; what stands among the job's attributes goes first."""
    desk = Desk()
    until = keyword("job-hold-until", "indefinite")
    desk.submit(extra=[until])
    job = desk.printer.jobs[1]
    assert (state(job), reasons(job)) == (JobState.HELD, {"job-hold-until-specified", "job-incoming"})
    desk.submit(keyword("job-hold-until", "no-hold"), extra=[until])
    assert state(desk.printer.jobs[2]) is not JobState.HELD
    wrong = desk.submit(extra=[keyword("job-hold-until", "some-day")])
    assert wrong.status == Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED
    assert 3 not in desk.printer.jobs
