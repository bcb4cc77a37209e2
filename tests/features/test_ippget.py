"""Getting events – RFC 3996 ('ippget'): Get-Notifications, at once or as soon as there is something."""

from __future__ import annotations

import sys

import pytest

from firmware.core.call import Reply
from firmware.core.notices import EVENT_LIFE
from firmware.features.ippget import AGAIN, PATIENCE
from firmware.ipp import Attribute, DateTime, GroupTag, Operation, Status
from tests.printer import OPERATOR, WALL, Answer, Desk, keyword, value, values
from tests.subscribers import get, made, numbers, subscribe, subscribe_to_job, wish

OK = Status.SUCCESSFUL_OK
COMPLETE = Status.SUCCESSFUL_OK_EVENTS_COMPLETE


def pause(desk: Desk) -> None:
    desk.ask(Operation.PAUSE_PRINTER, caller=OPERATOR)


def resume(desk: Desk) -> None:
    desk.ask(Operation.RESUME_PRINTER, caller=OPERATOR)


def interval(answer: Answer) -> int | None:
    attribute = answer.message.get("notify-get-interval")
    return None if attribute is None else attribute.value  # type: ignore[return-value]


def finish(desk: Desk, answer: Answer) -> Answer:
    """What the client gets that waited: the rim goes on with its reply."""
    assert waits(answer.reply)
    return desk._answer(desk._request, desk.engine.finish(answer.reply, desk.now))


def waits(reply: Reply) -> bool:
    return reply.wait is not None


# --------------------------------------------------------------------------------------------- at once


def test_an_event_of_the_printer() -> None:
    """Section 5.2, tables 3 and 6."""
    desk = Desk()
    number = subscribe(desk, "printer-state-changed", more=(Attribute("notify-user-data", b"who"),))
    desk.wait(10)
    pause(desk)
    desk.wait(5)
    answer = get(desk, number)
    assert answer.status == OK
    assert interval(answer) == EVENT_LIFE
    told = answer.message.get("printer-up-time")
    assert told is not None
    assert told.value == 16
    (event,) = answer.events
    found = {attribute.name: attribute.value for attribute in event}
    uuid, text = found.pop("notify-subscription-uuid"), found.pop("notify-text")
    assert str(uuid).startswith("urn:uuid:")
    assert str(text).endswith("Paused.")
    assert found == {
        "notify-subscription-id": number,
        "notify-printer-uri": "ipp://printer.test/ipp/print",
        "notify-subscribed-event": "printer-state-changed",
        "notify-sequence-number": 1,
        "notify-charset": "utf-8",
        "notify-natural-language": "en",
        "notify-user-data": b"who",
        "printer-up-time": 11,
        "printer-current-time": DateTime.at(WALL + 10),
        "printer-state": 5,
        "printer-state-reasons": "paused",
        "printer-is-accepting-jobs": True,
    }


def test_an_event_of_a_job() -> None:
    """Table 4; without notify-user-data it is empty; the job is named as RFC and clients in the field want it."""
    desk = Desk()
    job = desk.held()
    number = subscribe_to_job(desk, job.id, "job-completed")
    desk.ask(Operation.CANCEL_JOB, job=job.id)
    (event,) = get(desk, number).events
    assert value(event, "notify-user-data") == b""
    assert value(event, "job-id") == value(event, "notify-job-id") == job.id
    assert value(event, "job-uuid") == f"urn:uuid:{job.uuid}"
    assert value(event, "job-state") == 7
    assert values(event, "job-state-reasons") == ("job-canceled-by-user",)
    assert value(event, "job-impressions-completed") == 0
    assert event.get("printer-state") is None


def test_impressions_are_told_with_progress_and_at_the_end() -> None:
    """Table 5."""
    desk = Desk()
    number = subscribe(desk, "job-state-changed", "job-progress")
    desk.press(desk.print())
    for event in get(desk, number).events:
        counted = value(event, "notify-subscribed-event") == "job-progress" or value(event, "job-state") == 9
        assert (event.get("job-impressions-completed") is not None) == counted


def test_only_what_was_not_had_before() -> None:
    """Section 5.1.2; numbers that are missing are 1, those too many are nothing."""
    desk = Desk()
    one, other = subscribe(desk, "printer-state-changed"), subscribe(desk, "printer-stopped", "printer-state-changed")
    for _ in range(2):
        pause(desk)
        resume(desk)
    assert numbers(get(desk, one, other, since=(3, 2))) == [3, 4, 2, 3, 4]
    assert numbers(get(desk, one, other, since=(4,))) == [4, 1, 2, 3, 4]
    assert numbers(get(desk, one, since=(4, 1, 1))) == [4]
    assert numbers(get(desk, one, since=(5,))) == []
    assert get(desk, one, since=(5,)).status == OK


def test_oldest_first_one_subscription_after_the_other() -> None:
    desk = Desk()
    one, other = subscribe(desk, "printer-state-changed"), subscribe(desk, "printer-state-changed")
    pause(desk)
    desk.wait(1)
    resume(desk)
    answer = get(desk, other, one)
    assert [value(event, "notify-subscription-id") for event in answer.events] == [other, other, one, one]
    assert numbers(answer) == [1, 2, 1, 2]


def test_asking_changes_nothing() -> None:
    desk = Desk()
    number = subscribe(desk, "printer-state-changed")
    pause(desk)
    assert numbers(get(desk, number)) == numbers(get(desk, number)) == [1]


@pytest.mark.parametrize("wait", [None, False, True])
def test_what_can_t_be_asked_for(wait: bool | None) -> None:
    desk = Desk()
    mine, hers = subscribe(desk, "job-created"), subscribe(desk, "job-created", user="bob")
    nothing = desk.ask(Operation.GET_NOTIFICATIONS)
    assert nothing.status == Status.CLIENT_ERROR_BAD_REQUEST
    missing = get(desk, mine, 99, wait=wait)
    assert missing.status == Status.CLIENT_ERROR_NOT_FOUND
    assert missing.unsupported == [Attribute("notify-subscription-ids", 99)]
    assert interval(missing) is None
    desk.print()
    foreign = get(desk, mine, hers, wait=wait)
    assert foreign.status == Status.CLIENT_ERROR_NOT_AUTHORIZED
    assert foreign.events == []
    assert not waits(foreign.reply)
    assert len(get(desk, mine, hers, caller=OPERATOR, user="root").events) == 2


def test_the_same_subscription_twice_is_told_once() -> None:
    desk = Desk()
    number = subscribe(desk, "printer-state-changed")
    pause(desk)
    assert numbers(get(desk, number, number)) == [1]


def test_nothing_more_will_come() -> None:
    """Table 2, row 4: the job has ended, its events can still be had, and nobody need come again."""
    desk = Desk()
    job = desk.held()
    number = subscribe_to_job(desk, job.id, "job-completed")
    assert get(desk, number).status == OK
    desk.ask(Operation.CANCEL_JOB, job=job.id)
    answer = get(desk, number)
    assert answer.status == COMPLETE
    assert interval(answer) is None
    assert numbers(answer) == [1]
    assert get(desk, number, since=(2,)).status == COMPLETE
    other = subscribe(desk, "job-completed")
    assert get(desk, number, other).status == OK, "of the other one something may come"


def test_an_answer_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks for very much gets the rest when he asks again, which he may do soon."""
    monkeypatch.setattr(sys.modules["firmware.features.ippget"], "MOST", 3)
    desk = Desk()
    number = subscribe(desk, "printer-state-changed")
    for _ in range(2):
        pause(desk)
        resume(desk)
    answer = get(desk, number)
    assert numbers(answer) == [1, 2, 3]
    assert interval(answer) == AGAIN
    assert numbers(get(desk, number, since=(4,))) == [4]


# ---------------------------------------------------------------------------------------------- waiting


def test_who_may_wait_need_not_if_there_is_something() -> None:
    desk = Desk()
    number = subscribe(desk, "printer-state-changed")
    pause(desk)
    answer = get(desk, number, wait=True)
    assert not waits(answer.reply)
    assert numbers(answer) == [1]
    assert interval(answer) == AGAIN


def test_an_event_ends_the_waiting() -> None:
    desk = Desk()
    number, other = subscribe(desk, "printer-state-changed"), subscribe(desk, "job-completed")
    answer = get(desk, other, number, wait=True)
    until = answer.reply.wait
    assert until is not None
    assert until.deadline == desk.up + PATIENCE
    desk.engine.called.clear()
    desk.wait(3)
    pause(desk)
    assert until.topics & desk.engine.called
    last = finish(desk, answer)
    assert last.status == OK
    assert numbers(last) == [1]
    assert interval(last) == AGAIN
    assert last.reply.firm, "what it tells of must be on disk"


def test_what_concerns_others_does_not_end_it() -> None:
    desk = Desk()
    number = subscribe(desk, "job-completed")
    subscribe(desk, "printer-state-changed")
    until = get(desk, number, wait=True).reply.wait
    assert until is not None
    pause(desk)
    assert not until.topics & desk.engine.called


def test_the_deadline_ends_it() -> None:
    desk = Desk()
    number = subscribe(desk, "printer-state-changed")
    answer = get(desk, number, wait=True)
    desk.wait(PATIENCE)
    last = finish(desk, answer)
    assert (last.status, last.events, interval(last)) == (OK, [], AGAIN)


def test_who_can_t_wait_is_told_when_to_come_again() -> None:
    """Table 2, row 6: too many wait already, or the printer is being switched off."""
    desk = Desk()
    number = subscribe(desk, "printer-state-changed")
    last = finish(desk, get(desk, number, wait=True))
    assert (last.status, last.events, interval(last)) == (OK, [], EVENT_LIFE)


@pytest.mark.parametrize("end", ["job", "cancel", "lease"])
def test_the_end_of_a_subscription_ends_it(end: str) -> None:
    """Table 2, row 9."""
    desk = Desk()
    job = desk.held()
    lease = (Attribute("notify-lease-duration", 10),)
    number = subscribe(desk, "job-completed", more=lease) if end == "lease" else subscribe_to_job(desk, job.id)
    answer = get(desk, number, wait=True)
    desk.engine.called.clear()
    if end == "job":
        desk.ask(Operation.CANCEL_JOB, job=job.id)
    elif end == "cancel":
        desk.ask(Operation.CANCEL_SUBSCRIPTION, Attribute("notify-subscription-id", number))
    else:
        desk.wait(10)
    assert answer.reply.wait is not None
    assert answer.reply.wait.topics & desk.engine.called
    last = desk._answer(desk._request, desk.engine.finish(answer.reply, desk.now))
    assert last.status == COMPLETE
    assert len(last.events) == (1 if end == "job" else 0)
    assert interval(last) is None


def test_nobody_waits_for_nothing() -> None:
    desk = Desk()
    job = desk.held()
    number = subscribe_to_job(desk, job.id, "job-created")
    desk.ask(Operation.CANCEL_JOB, job=job.id)
    answer = get(desk, number, wait=True)
    assert not waits(answer.reply)
    assert (answer.status, answer.events) == (COMPLETE, [])


def test_following_a_job_to_its_end() -> None:
    """As a client does: with each answer it asks for what comes after."""
    desk = Desk()
    answer = desk.ask(Operation.PRINT_JOB, groups=[wish("job-state-changed", "job-progress")], data=True)
    number = made(answer_of := desk.deliver(answer))
    job = desk.job(answer_of)
    seen: list[int] = []
    steps = iter((lambda: desk.press(job, sides=2),))
    for _ in range(10):
        last = get(desk, number, since=(len(seen) + 1,), wait=True)
        if waits(last.reply):
            next(steps)()
            last = finish(desk, last)
        seen += numbers(last)
        if last.status == COMPLETE:
            break
    assert last.status == COMPLETE
    assert seen == list(range(1, len(seen) + 1))
    assert value(last.events[-1], "job-state") == 9


# --------------------------------------------------------------------------------------------- attributes


def test_how_long_events_live() -> None:
    told = Desk().ask(Operation.GET_PRINTER_ATTRIBUTES, keyword("requested-attributes", "ippget-event-life"))
    assert value(told.printer, "ippget-event-life") == EVENT_LIFE >= 15
    assert told.message.group(GroupTag.PRINTER) is not None


# ------------------------------------------------------------------------------------------------ privacy


def test_what_is_private_of_a_job_is_private_in_its_events() -> None:
    """IPP Privacy Attributes: others hear that there is a job and how it fares, not what and whose it is."""
    desk = Desk()
    more = (keyword("notify-attributes", "job-name", "job-originating-user-name", "job-pages-completed"),)
    owner, other = (subscribe(desk, "job-created", "job-completed", user=user, more=more) for user in ("alice", "eve"))
    watcher = subscribe(desk, "printer-state-changed", user="eve", more=more)
    job = desk.print(user="alice")
    desk.press(job)
    for forgotten in (False, True):
        if forgotten:
            desk.engine.drop_job(desk.printer, job)
        for event in get(desk, owner).events:
            assert value(event, "job-name") == job.name
            assert job.name in str(value(event, "notify-text"))
        for event in (*get(desk, other, user="eve").events, *get(desk, watcher, user="eve").events):
            assert event.get("job-name") is None
            assert event.get("job-originating-user-name") is None
            assert "“" not in str(value(event, "notify-text"))
            assert "alice" not in str(event)
        assert value(get(desk, other, user="eve").events[-1], "job-state") == 9
        as_operator = get(desk, other, user="root", caller=OPERATOR).events
        assert all(value(event, "job-name") == job.name for event in as_operator)
