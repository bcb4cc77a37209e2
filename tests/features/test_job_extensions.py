"""Job extensions – PWG 5100.7: Close-Job, Cancel-Jobs, Cancel-My-Jobs, attributes that must be honoured."""

from __future__ import annotations

import pytest

from firmware.core.events import PrintJob, ShareDocuments
from firmware.core.job import Job, JobState
from firmware.ipp import UNSUPPORTED, Attribute, Collection, GroupTag, Keyword, Operation, Status, Text
from tests.printer import A4, LETTER, LONG, OPERATOR, Answer, Desk, group, keyword, reasons, state, value, values


def cancel_mine(desk: Desk, *numbers: int, user: str = "alice") -> Answer:
    return desk.ask(Operation.CANCEL_MY_JOBS, *ids(*numbers), user=user)


def cancel_all(desk: Desk, *numbers: int) -> Answer:
    return desk.ask(Operation.CANCEL_JOBS, *ids(*numbers), user="root", caller=OPERATOR)


def ids(*numbers: int) -> list[Attribute]:
    return [Attribute("job-ids", *numbers)] if numbers else []


def states(jobs: list[Job]) -> list[str]:
    return [state(job).name for job in jobs]


# --------------------------------------------------------------------------------------------- Close-Job


def test_close_a_job_that_has_all_its_documents() -> None:
    desk = Desk()
    job = desk.create()
    desk.deliver(desk.send_document(job, last=False))
    assert desk.ask(Operation.CLOSE_JOB, job=job.id).status == Status.SUCCESSFUL_OK
    assert state(job) is JobState.PROCESSING
    late = desk.send_document(job, last=True)
    assert late.status == Status.CLIENT_ERROR_NOT_POSSIBLE


def test_close_a_job_twice() -> None:
    desk = Desk()
    job = desk.held()
    for _ in range(2):
        assert desk.ask(Operation.CLOSE_JOB, job=job.id).status == Status.SUCCESSFUL_OK
    assert state(job) is JobState.HELD


def test_close_a_job_without_documents() -> None:
    desk = Desk()
    job = desk.create()
    assert desk.ask(Operation.CLOSE_JOB, job=job.id).status == Status.SUCCESSFUL_OK
    assert (state(job), reasons(job)) == (JobState.ABORTED, {"aborted-by-system"})


def test_close_what_has_ended_or_is_being_canceled() -> None:
    desk = Desk()
    job = desk.print()
    desk.ask(Operation.CANCEL_JOB, job=job.id)
    assert desk.ask(Operation.CLOSE_JOB, job=job.id).status == Status.CLIENT_ERROR_NOT_POSSIBLE
    desk.press(job, "canceled")
    assert desk.ask(Operation.CLOSE_JOB, job=job.id).status == Status.CLIENT_ERROR_NOT_POSSIBLE
    assert desk.ask(Operation.CLOSE_JOB, job=99).status == Status.CLIENT_ERROR_NOT_FOUND


# ---------------------------------------------------------------------------- Cancel-Jobs, Cancel-My-Jobs


def queue(desk: Desk) -> list[Job]:
    """One that is printed, one that waits, one that is held, one of somebody else."""
    return [desk.print(), desk.print(), desk.held(), desk.print(user="bob")]


def test_cancel_all_of_mine() -> None:
    desk = Desk()
    jobs = queue(desk)
    assert cancel_mine(desk).status == Status.SUCCESSFUL_OK
    assert jobs[0].stopping
    assert states(jobs) == ["PROCESSING", "CANCELED", "CANCELED", "PENDING"]
    desk.press(jobs[0], "canceled")
    assert states(jobs) == ["CANCELED", "CANCELED", "CANCELED", "PROCESSING"]
    assert all(reasons(job) == {"job-canceled-by-user"} for job in jobs[:3])


def test_cancel_all_of_everybody() -> None:
    desk = Desk()
    jobs = queue(desk)
    assert cancel_all(desk).status == Status.SUCCESSFUL_OK
    desk.press(jobs[0], "canceled")
    assert states(jobs) == ["CANCELED"] * 4
    assert all(reasons(job) == {"job-canceled-by-operator"} for job in jobs)


def test_cancel_those_that_are_named() -> None:
    desk = Desk()
    jobs = queue(desk)
    assert cancel_mine(desk, 3).status == Status.SUCCESSFUL_OK
    assert cancel_all(desk, 2, 4, 4).status == Status.SUCCESSFUL_OK
    assert states(jobs) == ["PROCESSING", "CANCELED", "CANCELED", "CANCELED"]


def test_nothing_to_cancel_is_no_error() -> None:
    desk = Desk()
    assert cancel_mine(desk).status == Status.SUCCESSFUL_OK
    assert cancel_all(desk).status == Status.SUCCESSFUL_OK


@pytest.mark.parametrize(
    ("numbers", "status", "about"),
    [
        ((2, 99), Status.CLIENT_ERROR_NOT_FOUND, (99,)),
        ((2, 4), Status.CLIENT_ERROR_NOT_AUTHORIZED, (4,)),
        ((2, 5), Status.CLIENT_ERROR_NOT_POSSIBLE, (5,)),
        ((99, 4, 5, 98), Status.CLIENT_ERROR_NOT_FOUND, (99, 98)),
    ],
)
def test_one_that_can_t_be_canceled_saves_them_all(
    numbers: tuple[int, ...], status: Status, about: tuple[int, ...]
) -> None:
    desk = Desk()
    jobs = queue(desk)
    ended = desk.held()
    desk.ask(Operation.CANCEL_JOB, job=ended.id)
    answer = cancel_mine(desk, *numbers)
    assert answer.status == status
    assert answer.unsupported == [Attribute("job-ids", *about)]
    assert states(jobs) == ["PROCESSING", "PENDING", "HELD", "PENDING"]


def test_operators_may_name_anybody_s() -> None:
    desk = Desk()
    jobs = queue(desk)
    assert cancel_all(desk, 4).status == Status.SUCCESSFUL_OK
    assert states(jobs)[3] == "CANCELED"
    assert cancel_all(desk, 4).status == Status.CLIENT_ERROR_NOT_POSSIBLE


def test_a_message_is_taken() -> None:
    desk = Desk()
    assert desk.ask(Operation.CANCEL_MY_JOBS, Attribute("message", Text("bye"))).status == Status.SUCCESSFUL_OK


# --------------------------------------------------------------------------------------------- attributes


@pytest.mark.parametrize("operation", [Operation.CREATE_JOB, Operation.VALIDATE_JOB])
def test_attributes_that_must_be_honoured(operation: Operation) -> None:
    """Section 5.1.8: job-mandatory-attributes is fidelity for those that it names."""
    desk = Desk()
    job = group(GroupTag.JOB, Attribute("copies", 2), keyword("sides", "inside-out"), Attribute("strange", 1))

    def ask(*mandatory: str) -> Answer:
        attributes = [keyword("job-mandatory-attributes", *mandatory)] if mandatory else []
        return desk.ask(operation, *attributes, groups=[job])

    assert ask().status == Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES
    assert ask("copies").status == Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES
    for mandatory in (("sides",), ("copies", "strange")):
        answer = ask(*mandatory)
        assert answer.status == Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED
        assert answer.unsupported == [keyword("sides", "inside-out"), Attribute("strange", UNSUPPORTED)]


def test_what_a_job_may_be_created_with() -> None:
    """job-creation-attributes-supported is derived: templates, and what the submissions read."""
    desk = Desk()
    told = desk.ask(Operation.GET_PRINTER_ATTRIBUTES).printer
    names = set(values(told, "job-creation-attributes-supported"))
    offered = {name for name, template in desk.catalog.templates.items() if template.offered(desk.printer)}
    assert offered <= names
    assert "cover-front" in set(desk.catalog.templates) - names, "this model has no covers"
    assert {"job-name", "ipp-attribute-fidelity", "document-format", "compression"} <= names
    assert "last-document" not in names
    assert values(told, "job-ids-supported") == (True,)
    assert values(told, "job-mandatory-attributes-supported") == (True,)
    assert values(told, "job-spooling-supported") == ("automatic",)


# ------------------------------------------------------------------------------------------- Resubmit-Job

FOR_EVER = keyword("job-retain-until", "indefinite")


def test_an_old_job_is_submitted_again_with_other_wishes() -> None:
    desk = Desk()
    old = desk.print(FOR_EVER, Attribute("copies", 2), keyword("media", A4), keyword("sides", LONG))
    desk.press(old)
    desk.orders(PrintJob)
    size = Collection((Attribute("media-size-name", Keyword(LETTER)),))
    groups = [group(GroupTag.JOB, Attribute("copies", 5), Attribute("media-col", size))]
    answer = desk.ask(Operation.RESUBMIT_JOB, job=old.id, groups=groups)
    assert answer.status == Status.SUCCESSFUL_OK
    new = desk.job(answer)
    assert (new.id, new.user, state(new)) == (old.id + 1, "alice", JobState.PROCESSING)
    assert value(answer.job, "job-state") == JobState.PENDING
    (share, order) = desk.engine.outbox
    assert share == ShareDocuments(1, old.id, (1,), new.id)
    assert isinstance(order, PrintJob)
    assert (order.ticket.copies, order.ticket.page.sides, order.ticket.page.media.name) == (5, LONG, LETTER)
    assert old.template("media") is not None
    assert new.template("media") is None
    desk.press(new)
    assert state(old) is state(new) is JobState.COMPLETED


def test_what_is_resubmitted_survives_a_power_cut() -> None:
    desk = Desk()
    old = desk.print(FOR_EVER)
    desk.press(old)
    new = desk.job(desk.ask(Operation.RESUBMIT_JOB, job=old.id))
    desk.restart()
    assert desk.order().job_id == new.id
    assert desk.printer.jobs[new.id].documents[1].octets == 1000


def test_what_can_t_be_resubmitted() -> None:
    desk = Desk()
    job = desk.print()
    assert desk.ask(Operation.RESUBMIT_JOB, job=job.id).status == Status.CLIENT_ERROR_NOT_POSSIBLE
    desk.press(job)
    assert desk.ask(Operation.RESUBMIT_JOB, job=job.id).status == Status.CLIENT_ERROR_NOT_POSSIBLE
    kept = desk.print(FOR_EVER)
    desk.press(kept)
    wish = [group(GroupTag.JOB, keyword("sides", "inside-out"))]
    insist = Attribute("ipp-attribute-fidelity", True)
    refused = desk.ask(Operation.RESUBMIT_JOB, insist, job=kept.id, groups=wish)
    assert refused.status == Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED
    assert refused.unsupported == [keyword("sides", "inside-out")]
    lenient = desk.ask(Operation.RESUBMIT_JOB, job=kept.id, groups=wish)
    assert lenient.status == Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES
    desk.printer.accepting = False
    assert desk.ask(Operation.RESUBMIT_JOB, job=kept.id).status == Status.SERVER_ERROR_NOT_ACCEPTING_JOBS
    assert desk.ask(Operation.RESUBMIT_JOB, job=99).status == Status.CLIENT_ERROR_NOT_FOUND
