"""The engine: three entrances, one exit, and nothing that waits."""

from __future__ import annotations

import pytest

from firmware.core import engine as engine_module
from firmware.core.call import Reply
from firmware.core.clock import Now
from firmware.core.engine import clip, respond
from firmware.core.errors import StartError
from firmware.core.events import DropDocuments, Fact, PrintJob, RecordJob, Started, SubmissionTimedOut
from firmware.core.feature import Feature
from firmware.core.job import Job, JobState
from firmware.core.printer import Printer
from firmware.features import ROOMS
from firmware.ipp import (
    Attribute,
    AttributeGroup,
    GroupTag,
    Keyword,
    Message,
    Operation,
    Status,
    Text,
    Uri,
)
from tests.printer import MONO, Desk, state, value


def test_an_answer_is_in_the_order_of_the_spec() -> None:
    """RFC 8011 section 4.1.4.2: operation attributes, unsupported attributes, then objects."""
    reply = Reply(Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES, "so so")
    reply.group(GroupTag.JOB, [Attribute("job-id", 1)])
    reply.unsupported = [Attribute("x", 1), Attribute("y", 1), Attribute("x", 2)]
    message = respond(reply, 9, (1, 1))
    assert [group.tag for group in message.groups] == [GroupTag.OPERATION, GroupTag.UNSUPPORTED, GroupTag.JOB]
    assert message.groups[0].names() == ["attributes-charset", "attributes-natural-language", "status-message"]
    assert message.groups[1].names() == ["x", "y"]
    assert (message.code, message.request_id, message.version) == (1, 9, (1, 1))
    assert [group.tag for group in respond(Reply(), 1, (1, 1)).groups] == [GroupTag.OPERATION]


def test_a_status_message_has_255_octets_at_most() -> None:
    """RFC 8011 section 4.1.6.2."""
    message = respond(Reply(Status.CLIENT_ERROR_BAD_REQUEST, "é" * 200), 1, (1, 1)).get("status-message")
    assert message == Attribute("status-message", Text("é" * 127))
    assert clip("abc", 3) == "abc"
    assert clip("€€", 5) == "€"


def test_a_request_that_is_refused_changes_nothing() -> None:
    desk = Desk()
    desk.engine.changed.clear()
    for answer in (
        desk.ask(Operation.PRINT_JOB),
        desk.ask(Operation.CANCEL_JOB, job=7),
        desk.ask(0x4001),
        desk.send(Message(0, 0)),
        desk.submit(format="application/vnd.unknown"),
        desk.submit(Attribute("copies", 0), extra=[Attribute("ipp-attribute-fidelity", True)]),
    ):
        assert answer.status >= Status.CLIENT_ERROR_BAD_REQUEST
    assert desk.engine.changed == {}
    assert desk.engine.outbox == []
    assert desk.printer.jobs == {}
    assert desk.engine.next_deadline() is None


def test_facts_reach_the_rooms_that_listen() -> None:
    told: list[Fact] = []
    room = Feature("ears")
    room.on(Started)(lambda engine, fact, now: told.append(fact))
    room.on(SubmissionTimedOut)(lambda engine, fact, now: told.append(fact))
    desk = Desk(rooms=[*ROOMS, room])
    desk.report(SubmissionTimedOut(1, 99))
    assert told == [Started(), SubmissionTimedOut(1, 99)]


def test_deadlines() -> None:
    told: list[tuple[float, Fact]] = []
    room = Feature("clock")
    room.on(SubmissionTimedOut)(lambda engine, fact, now: told.append((now.up, fact)))
    desk = Desk(rooms=[*ROOMS, room])
    facts = [SubmissionTimedOut(1, number) for number in range(4)]
    desk.engine.later("late", 30, facts[0])
    desk.engine.later("early", 10, facts[1])
    desk.engine.later("moved", 5, facts[2])
    desk.engine.later("moved", 20, facts[2])
    desk.engine.later("never", 6, facts[3])
    desk.engine.forget("never")
    desk.engine.forget("was never there")
    assert desk.engine.next_deadline() == 10
    desk.engine.tick(Now(9.9))
    assert told == []
    desk.engine.tick(Now(25))
    assert told == [(25, facts[1]), (25, facts[2])]
    assert desk.engine.next_deadline() == 30
    desk.engine.tick(Now(30))
    assert [fact for _, fact in told] == [facts[1], facts[2], facts[0]]
    assert desk.engine.next_deadline() is None


def test_a_deadline_may_set_the_next() -> None:
    room = Feature("clock")
    counted: list[float] = []

    @room.on(SubmissionTimedOut)
    def again(engine: engine_module.Engine, fact: SubmissionTimedOut, now: Now) -> None:
        counted.append(now.up)
        engine.later("tick", now.up + 10, fact)

    desk = Desk(rooms=[*ROOMS, room])
    desk.engine.later("tick", 10, SubmissionTimedOut(1, 99))
    desk.engine.tick(Now(100))
    assert counted == [100]
    assert desk.engine.next_deadline() == 110


def test_what_changed_is_noted_with_what_is_new() -> None:
    desk = Desk()
    desk.engine.changed.clear()
    job = desk.print()
    changed = list(desk.engine.changed.values())
    assert any(thing is job for thing in changed)
    assert any(thing is job.documents[1] for thing in changed)
    assert any(thing is desk.printer for thing in changed), "next-job-id counts"


def test_the_history_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "HISTORY", 3)
    desk = Desk()
    waiting = desk.held()
    jobs = []
    for _ in range(5):
        desk.wait(1)
        jobs.append(desk.print())
        desk.press(jobs[-1])
    assert list(desk.printer.jobs) == [waiting.id, *(job.id for job in jobs[2:])]
    gone = desk.engine.gone
    assert [thing.id for thing in gone if isinstance(thing, Job)] == [jobs[0].id, jobs[1].id]
    assert len(gone) == 4
    assert not any(thing is each for thing in gone for each in desk.engine.changed.values())
    assert desk.ask(Operation.GET_JOB_ATTRIBUTES, job=jobs[0].id).status == Status.CLIENT_ERROR_NOT_FOUND


def test_facts_of_jobs_that_are_forgotten_do_no_harm() -> None:
    desk = Desk()
    job = desk.print()
    desk.press(job)
    desk.engine.drop_job(desk.printer, job)
    desk.press(job)
    assert desk.printer.impressions_completed == 1


def test_names_of_jobs_are_the_same_for_ever() -> None:
    desk, other = Desk(), Desk()
    assert desk.engine.job_uuid(desk.printer, 1) == other.engine.job_uuid(other.printer, 1)
    assert desk.engine.job_uuid(desk.printer, 1) != desk.engine.job_uuid(desk.printer, 2)
    job = desk.create()
    answer = desk.ask(Operation.GET_JOB_ATTRIBUTES, job=job.id)
    assert value(answer.job, "job-uuid") == f"urn:uuid:{job.uuid}"


def test_printers_do_not_get_in_each_other_s_way() -> None:
    desk = Desk()
    second = Printer(2, "6d2f1f6e-0f4a-4a77-9b61-6b2a6a7c9d03", "Second", "/ipp/print/second", MONO)
    desk.system.printers[2] = second
    desk.engine.start(desk.now)
    one = desk.print()
    target = Attribute("printer-uri", Uri("ipp://printer.test/ipp/print/second"))
    create = desk.send(Message.request(Operation.CREATE_JOB, [target]))
    assert create.status == Status.SUCCESSFUL_OK
    (two,) = second.jobs.values()
    assert (one.id, two.id) == (1, 1)
    assert value(create.job, "job-uri") == "ipp://printer.test/ipp/print/second/1"
    cancel = desk.send(Message.request(Operation.CANCEL_JOB, [target, Attribute("job-id", 1)]))
    assert cancel.status == Status.SUCCESSFUL_OK
    assert state(two) is JobState.CANCELED
    assert state(one) is JobState.PROCESSING


def test_a_room_that_falls_over_is_heard() -> None:
    """A bug is not swallowed by the engine: the rim answers for it."""
    room = Feature("bug")

    @room.operation(Operation.STARTUP_ALL_PRINTERS, Printer)
    def handler(call: object) -> None:
        raise ZeroDivisionError

    desk = Desk(rooms=[*ROOMS, room])
    with pytest.raises(ZeroDivisionError):
        desk.ask(Operation.STARTUP_ALL_PRINTERS)
    assert desk.ask(Operation.GET_JOBS).status == Status.SUCCESSFUL_OK


def test_starting_without_what_is_claimed() -> None:
    with pytest.raises(StartError):
        Desk(rooms=[room for room in ROOMS if room.name != "supplies"])


def test_orders_come_in_the_order_of_what_happened() -> None:
    desk = Desk()
    first = desk.print()
    second = desk.print()
    desk.engine.outbox.clear()
    desk.press(first)
    kinds = [(type(order), getattr(order, "job_id", 0)) for order in desk.engine.outbox]
    assert kinds == [(RecordJob, first.id), (DropDocuments, first.id), (PrintJob, second.id)]


def test_group_of_the_answer_may_be_filled_later() -> None:
    reply = Reply()
    group = reply.group(GroupTag.PRINTER)
    group.add("printer-state-reasons", Keyword("none"))
    assert reply.groups == [AttributeGroup(GroupTag.PRINTER, [Attribute("printer-state-reasons", Keyword("none"))])]
