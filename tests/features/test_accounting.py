"""Accounting – PWG 5100.7 and 5100.16: who pays for a job, and the record that it leaves."""

from __future__ import annotations

from firmware.core.events import JobAccounted, RecordJob
from firmware.core.job import JobState
from firmware.ipp import NO_VALUE, Attribute, AttributeGroup, GroupTag, Name, NameWithLanguage, Operation, Status
from tests.printer import OPERATOR, WALL, Desk, keyword, value, values


def test_what_the_printer_tells() -> None:
    told = Desk().ask(Operation.GET_PRINTER_ATTRIBUTES).printer
    for name in ("job-account-id", "job-accounting-user-id"):
        assert value(told, f"{name}-supported") is True
        assert value(told, f"{name}-default") == NO_VALUE
    assert value(told, "job-account-type-default") == "none"
    assert set(values(told, "job-account-type-supported")) == {"none", "general", "group"}


def test_a_printed_job_leaves_its_record() -> None:
    desk = Desk()
    job = desk.print(
        Attribute("job-account-id", Name("4711")),
        Attribute("job-accounting-user-id", NameWithLanguage("de", "Büro")),
        keyword("job-account-type", "group"),
    )
    desk.wait(5)
    desk.press(job, sides=3)
    (order,) = desk.orders(RecordJob)
    record = order.record
    assert (order.printer_id, order.job_id) == (1, job.id)
    assert record["job-originating-user-name"] == "alice"
    assert record["job-account-id"] == "4711"
    assert record["job-accounting-user-id"] == "Büro"
    assert record["job-account-type"] == "group"
    assert record["job-state"] == "completed"
    assert record["job-impressions-completed"] == record["job-media-sheets-completed"] == 3
    assert record["time-at-creation"] == WALL
    assert record["time-at-completed"] == WALL + 5


def test_every_end_leaves_one() -> None:
    desk = Desk()
    held = desk.held()
    desk.ask(Operation.CANCEL_JOB, job=held.id)
    failed = desk.deliver(desk.submit(), fail="submission-interrupted")
    assert failed.status != Status.SUCCESSFUL_OK
    states = [order.record["job-state"] for order in desk.orders(RecordJob)]
    assert states == [JobState.CANCELED.name.lower(), JobState.ABORTED.name.lower()]


def test_the_printers_default_pays_when_nobody_else_does() -> None:
    desk = Desk()
    group = AttributeGroup(GroupTag.PRINTER, [Attribute("job-account-id-default", Name("house"))])
    assert desk.ask(Operation.SET_PRINTER_ATTRIBUTES, caller=OPERATOR, groups=[group]).status == Status.SUCCESSFUL_OK
    job = desk.print()
    desk.press(job)
    (order,) = desk.orders(RecordJob)
    assert order.record["job-account-id"] == "house"
    assert order.record["job-accounting-user-id"] is None


def test_it_is_asked_again_until_it_is_written() -> None:
    desk = Desk()
    first, second = desk.print(), desk.print()
    desk.press(first)
    desk.press(second)
    desk.report(JobAccounted(1, first.id))
    desk.restart()
    assert [order.job_id for order in desk.orders(RecordJob)] == [second.id]
    desk.report(JobAccounted(1, second.id))
    desk.restart()
    assert desk.orders(RecordJob) == []
    desk.report(JobAccounted(1, 999))  # forgotten long ago
