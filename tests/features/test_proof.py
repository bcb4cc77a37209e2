"""Proof copies – PWG 5100.11: some copies first, the rest when somebody has approved them."""

from __future__ import annotations

import pytest

from firmware.core.events import PrintJob, RecordJob
from firmware.core.job import Job, JobState
from firmware.ipp import Attribute, GroupTag, Operation, RangeOfInteger, Status
from tests.printer import COLOR, Desk, keyword, reasons, state, value, values

APPROVAL = {"job-suspended-for-approval"}


def proved(desk: Desk, copies: int = 5, proofs: int = 1) -> Job:
    """A job whose proof is on paper."""
    job = desk.print(Attribute("copies", copies), Attribute("proof-copies", proofs))
    order = desk.order()
    assert (order.job_id, order.ticket.copies) == (job.id, proofs)
    desk.press(job, sides=proofs)
    return job


def test_what_the_printer_tells() -> None:
    told = Desk().ask(Operation.GET_PRINTER_ATTRIBUTES).printer
    assert value(told, "proof-copies-supported") == RangeOfInteger(1, COLOR.copies)
    assert "proof-and-suspend" in values(told, "ipp-features-supported")
    assert "proof-and-suspend" in values(told, "which-jobs-supported")


@pytest.mark.parametrize("approval", [Operation.RELEASE_JOB, Operation.RESUME_JOB])
def test_proof_then_the_rest(approval: Operation) -> None:
    desk = Desk()
    job = proved(desk, copies=5, proofs=2)
    assert state(job) is JobState.STOPPED
    assert reasons(job) == APPROVAL
    assert not desk.orders(RecordJob)
    assert desk.ask(approval, job=job.id).status == Status.SUCCESSFUL_OK
    order = desk.order()
    assert (order.job_id, order.ticket.copies, order.sheets_done) == (job.id, 5, 0)
    desk.press(job, sides=5)
    assert state(job) is JobState.COMPLETED
    assert job.sheets_completed == 7
    assert all(document.octets_processed for document in job.documents.values())
    assert len(desk.orders(RecordJob)) == 1


def test_others_pass_while_it_waits() -> None:
    desk = Desk()
    job = proved(desk)
    other = desk.print()
    assert state(other) is JobState.PROCESSING
    assert state(job) is JobState.STOPPED


def test_it_can_be_canceled() -> None:
    desk = Desk()
    job = proved(desk)
    assert desk.ask(Operation.CANCEL_JOB, job=job.id).status == Status.SUCCESSFUL_OK
    assert state(job) is JobState.CANCELED


def test_nobody_else_approves_it() -> None:
    desk = Desk()
    job = proved(desk)
    for operation in (Operation.RELEASE_JOB, Operation.RESUME_JOB):
        assert desk.ask(operation, job=job.id, user="eve").status == Status.CLIENT_ERROR_NOT_AUTHORIZED
    assert reasons(job) == APPROVAL


def test_it_waits_through_a_power_cut_and_prints_no_second_proof() -> None:
    desk = Desk()
    number = proved(desk).id
    desk.restart()
    job = desk.printer.jobs[number]
    assert state(job) is JobState.STOPPED
    assert reasons(job) == APPROVAL
    assert desk.orders(PrintJob) == []
    assert desk.ask(Operation.RELEASE_JOB, job=number).status == Status.SUCCESSFUL_OK
    assert desk.order().ticket.copies == 5


def test_a_proof_that_failed_is_the_jobs_end() -> None:
    desk = Desk()
    job = desk.print(Attribute("proof-copies", 1))
    desk.press(job, "aborted")
    assert state(job) is JobState.ABORTED


def test_the_list_of_those_that_wait() -> None:
    desk = Desk()
    job = proved(desk)
    desk.held()
    answer = desk.ask(Operation.GET_JOBS, keyword("which-jobs", "proof-and-suspend"))
    assert [value(group, "job-id") for group in answer.message.all_groups(GroupTag.JOB)] == [job.id]


@pytest.mark.parametrize("number", [0, COLOR.copies + 1])
def test_too_many_or_none(number: int) -> None:
    desk = Desk()
    answer = desk.submit(Attribute("proof-copies", number))
    assert [attribute.name for attribute in answer.unsupported] == ["proof-copies"]
