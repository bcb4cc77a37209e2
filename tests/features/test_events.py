"""Events – RFC 3995 sections 5.3.3.4 and 9, PWG 5100.13: what can happen, and what is written down of it."""

from __future__ import annotations

import pytest

from firmware.core.events import DocumentOpened, Happened, PartFailed, SheetDone, ShuttingDown, TrayChanged
from firmware.core.job import Job, JobState
from firmware.core.notices import EVENT_LIFE, KEPT, MOST_EVENTS, Notices
from firmware.core.subscription import Event
from firmware.features.events import ALWAYS, EXTRA_JOB, EXTRA_PRINTER, SWEEP
from firmware.ipp import Attribute, GroupTag, Keyword, Name, Operation, Status, registry
from tests.printer import FINISHER, OPERATOR, Desk, group, keyword, value, values
from tests.subscribers import get, heard, kept, numbers, subscribe, subscribe_to_job


def pause(desk: Desk) -> None:
    desk.ask(Operation.PAUSE_PRINTER, caller=OPERATOR)


def resume(desk: Desk) -> None:
    desk.ask(Operation.RESUME_PRINTER, caller=OPERATOR)


def set_printer(desk: Desk, *attributes: Attribute) -> None:
    groups = [group(GroupTag.PRINTER, *attributes)]
    assert desk.ask(Operation.SET_PRINTER_ATTRIBUTES, caller=OPERATOR, groups=groups).status == Status.SUCCESSFUL_OK


def texts(desk: Desk, number: int) -> list[str]:
    """notify-text without printer and time."""
    answer = get(desk, number)
    return [str(value(event, "notify-text")).partition("UTC: ")[2] for event in answer.events]


# --------------------------------------------------------------------------------------- what can happen


def test_events_that_can_happen_are_told() -> None:
    """All of them are registered; none of them is for hardware or services that are not here."""
    desk = Desk()
    told = desk.ask(Operation.GET_PRINTER_ATTRIBUTES, keyword("requested-attributes", "notify-events-supported"))
    events = set(map(str, values(told.printer, "notify-events-supported")))
    assert events == {"none", *ALWAYS, "printer-media-changed"}
    other = Desk(FINISHER).ask(Operation.GET_PRINTER_ATTRIBUTES).printer
    assert "printer-finishings-changed" in values(other, "notify-events-supported")
    assert events <= set(registry.keywords("notify-events"))


@pytest.mark.parametrize("event", ALWAYS)
def test_every_event_that_is_told_happens(event: str) -> None:
    """And goes to those who asked for it, for the wider one, and for nothing else."""
    desk = Desk()
    wider = {f"{thing}-{what}" for thing in ("job", "document") for what in ("created", "completed", "stopped")}
    wider |= {"printer-restarted", "printer-shutdown", "printer-stopped"}
    exact = subscribe(desk, event)
    whole = subscribe(desk, f"{event.partition('-')[0]}-state-changed")
    others = subscribe(desk, *[each for each in ALWAYS if each != event and each not in whole_of(event)])
    everything_happens(desk)
    found = heard(desk, exact)
    assert found
    assert set(found) == {event}
    if event in wider:
        assert len(heard(desk, whole)) > len(found)
    assert event not in heard(desk, others)


def whole_of(event: str) -> tuple[str, ...]:
    return (f"{event.partition('-')[0]}-state-changed",)


def everything_happens(desk: Desk) -> None:
    first, second = desk.print(), desk.held()
    third = desk.print(Attribute("job-priority", 10))
    desk.report(DocumentOpened(1, first.id, 1, True))
    desk.report(PartFailed(1, "media-empty", waits=True))
    desk.report(PartFailed(1, "media-empty", cleared=True, waits=True))
    groups = [group(GroupTag.DOCUMENT, Attribute("document-name", Name("Better")))]
    number = Attribute("document-number", 1)
    done = desk.ask(Operation.SET_DOCUMENT_ATTRIBUTES, number, job=second.id, groups=groups)
    assert done.status == Status.SUCCESSFUL_OK
    for change in (Attribute("job-name", Name("Later")), Attribute("job-priority", 90)):
        groups = [group(GroupTag.JOB, change)]
        done = desk.ask(Operation.SET_JOB_ATTRIBUTES, job=second.id, groups=groups)
        assert done.status == Status.SUCCESSFUL_OK
    desk.press(first)
    pause(desk)
    desk.press(third)
    set_printer(desk, keyword("notify-events-default", "job-created"))
    desk.report(ShuttingDown())
    desk.restart()


def test_what_is_loaded_changes() -> None:
    desk = Desk(FINISHER)
    media, staples = subscribe(desk, "printer-media-changed"), subscribe(desk, "printer-finishings-changed")
    desk.report(TrayChanged(1, "main", "iso_a5_148x210mm", "stationery", 20))
    assert heard(desk, media) == ["printer-media-changed"]
    desk.report(TrayChanged(1, "main", "iso_a5_148x210mm", "stationery", 19))
    job = desk.print()
    desk.report(SheetDone(1, job.id, 1, "iso_a4_210x297mm", staples=5))
    assert heard(desk, staples) == ["printer-finishings-changed"]
    assert heard(desk, media) == ["printer-media-changed"]


def test_a_job_from_its_first_to_its_last_event() -> None:
    desk = Desk()
    number = subscribe(desk, "job-created", "job-state-changed", "job-progress", "job-completed")
    job = desk.print()
    desk.press(job, sides=2)
    found = [event for event in heard(desk, number) if event != "job-state-changed"]
    assert found == ["job-created", "job-progress", "job-progress", "job-completed"]
    assert heard(desk, number).count("job-state-changed") >= 2
    answer = get(desk, number)
    assert numbers(answer) == list(range(1, len(answer.events) + 1))
    states = [value(event, "job-state") for event in answer.events]
    assert states[0] == 3
    assert states[-1] == 9
    assert value(answer.events[-1], "job-impressions-completed") == 2
    times = [value(event, "printer-up-time") for event in answer.events]
    assert times == sorted(times)  # type: ignore[type-var]


def test_events_of_others_jobs_don_t_come_to_a_job_s_subscription() -> None:
    """Section 5.3.3.5.2."""
    desk = Desk()
    first, second = desk.held(), desk.held()
    one = subscribe_to_job(desk, first.id, "job-completed", "printer-stopped")
    other = subscribe_to_job(desk, second.id, "job-completed", "printer-stopped")
    desk.ask(Operation.CANCEL_JOB, job=first.id)
    assert heard(desk, one) == ["job-completed"]
    assert heard(desk, other) == []
    pause(desk)
    assert heard(desk, one) == ["job-completed"], "its job has ended: printer events are no longer told (5.3.3.5.1)"
    assert heard(desk, other) == ["printer-stopped"]


def test_one_event_is_told_once_to_each_subscription() -> None:
    """Section 5.3.3.5.3: two subscriptions hear it twice, two words in one do not."""
    desk = Desk()
    both = subscribe(desk, "job-state-changed", "job-completed")
    again = subscribe(desk, "job-completed")
    job = desk.held()
    desk.ask(Operation.CANCEL_JOB, job=job.id)
    assert heard(desk, both)[-1:] == ["job-completed"]
    assert heard(desk, both).count("job-completed") == 1
    assert heard(desk, again) == ["job-completed"]


def test_the_queue_s_order() -> None:
    """Neither a job that comes nor one that goes changes it."""
    desk = Desk()
    number = subscribe(desk, "printer-queue-order-changed")
    jobs = [desk.held() for _ in range(3)]
    desk.ask(Operation.CANCEL_JOB, job=jobs[0].id)
    assert heard(desk, number) == []
    groups = [group(GroupTag.JOB, Attribute("job-priority", 99))]
    desk.ask(Operation.SET_JOB_ATTRIBUTES, job=jobs[2].id, groups=groups)
    assert heard(desk, number) == ["printer-queue-order-changed"]


def test_a_printer_that_is_told_to_be_as_it_is_says_nothing() -> None:
    desk = Desk()
    number = subscribe(desk, "printer-state-changed", "printer-config-changed")
    resume(desk)
    desk.report(PartFailed(1, "media-jam", cleared=True))
    desk.ask(Operation.GET_PRINTER_ATTRIBUTES)
    assert heard(desk, number) == []


def test_job_progress_is_not_told_too_often() -> None:
    """Section 5.3.9: what is left out is not counted, and nothing but progress is left out."""
    desk = Desk()
    job = desk.print()
    slow = Attribute("notify-time-interval", 10)
    number = subscribe_to_job(desk, job.id, "job-progress", "job-completed", more=(slow,))
    every = subscribe_to_job(desk, job.id, "job-progress")
    for seconds in (0, 4, 5, 1, 9.9, 0.1):
        desk.wait(seconds)
        _sheet(desk, job)
    assert heard(desk, every) == ["job-progress"] * 6
    assert heard(desk, number) == ["job-progress"] * 3
    desk.press(job, sides=0)
    assert heard(desk, number) == [*["job-progress"] * 3, "job-completed"]
    assert numbers(get(desk, number)) == [1, 2, 3, 4]


def _sheet(desk: Desk, job: Job) -> None:
    desk.report(SheetDone(1, job.id, 1, "iso_a4_210x297mm"))


def test_a_job_that_is_forgotten_before_its_end() -> None:
    """Purged: section 5.3.3.4.3 wants job-completed for it."""
    desk = Desk()
    job = desk.held()
    number = subscribe_to_job(desk, job.id, "job-completed")
    desk.engine.drop_job(desk.printer, job)
    desk.report(PartFailed(1, "media-jam"))
    assert heard(desk, number) == ["job-completed"]
    assert get(desk, number).status == Status.SUCCESSFUL_OK_EVENTS_COMPLETE


# --------------------------------------------------------------------------------------------- in words


def test_words_for_people() -> None:
    desk = Desk()
    number = subscribe(desk, *(event for event in ALWAYS if event.startswith("job-")))
    answer = desk.submit(extra=[Attribute("job-name", Name("report {job}.pdf"))])
    job = desk.job(desk.deliver(answer))
    desk.press(job, sides=2)
    said = texts(desk, number)
    assert said[0] == "Job 1 “report {job}.pdf” has come in."
    assert "Job 1 “report {job}.pdf”: 1 sheet is done." in said
    assert "Job 1 “report {job}.pdf”: 2 sheets are done." in said
    assert "Job 1 “report {job}.pdf”: Printing." in said
    assert said[-1] == "Job 1 “report {job}.pdf” is printed."
    whole = str(value(get(desk, number).events[0], "notify-text"))
    assert whole.startswith("Desk, 2027-01-15 08:00:00 UTC: Job 1")


def test_words_about_the_printer() -> None:
    desk = Desk()
    number = subscribe(desk, "printer-state-changed")
    pause(desk)
    desk.report(PartFailed(1, "media-jam"))
    assert texts(desk, number) == ["Paused.", "Paused. media-jam."]
    dateless = Desk(wall=None)
    number = subscribe(dateless, "printer-stopped")
    pause(dateless)
    assert str(value(get(dateless, number).events[0], "notify-text")) == "Desk: Paused."


# ------------------------------------------------------------------------------------- what is asked for


def test_attributes_that_a_subscriber_asked_for() -> None:
    """notify-attributes (section 5.3.4): as they were when it happened."""
    desk = Desk()
    more = (keyword("notify-attributes", "job-name", "printer-state-message", "job-media-sheets-completed"),)
    number = subscribe(desk, "job-progress", "printer-stopped", more=more)
    plain = subscribe(desk, "job-progress")
    job = desk.print()
    desk.press(job, sides=2)
    pause(desk)
    first, second, third = get(desk, number).events
    assert values(first, "job-media-sheets-completed") == (1,)
    assert values(second, "job-media-sheets-completed") == (2,)
    assert values(first, "job-name") == (Name(job.name),)
    assert value(first, "printer-state-message") == f"Printing job {job.id}."
    assert value(third, "printer-state-message") == "Paused."
    assert third.get("job-name") is None, "no job was printed then"
    assert get(desk, plain).events[0].get("job-name") is None


def test_of_a_printer_event_a_job_s_subscriber_hears_of_his_job() -> None:
    """Section 5.3.4, rules b and c."""
    desk = Desk()
    more = (keyword("notify-attributes", "job-name"),)
    mine, other = desk.held(), desk.print()
    about_mine = subscribe_to_job(desk, mine.id, "printer-state-changed", more=more)
    about_printer = subscribe(desk, "printer-state-changed", more=more)
    desk.report(PartFailed(1, "media-jam"))
    assert value(get(desk, about_mine).events[-1], "job-name") == mine.name
    assert value(get(desk, about_printer).events[-1], "job-name") == other.name


def test_nothing_can_be_asked_for_twice() -> None:
    """Section 5.3.4: what is told anyway is not among what can be asked for."""
    desk = Desk()
    job = desk.print()
    number = subscribe(desk, "job-completed")
    desk.press(job)
    (event,) = get(desk, number).events
    assert not set(event.names()) & {*EXTRA_JOB, *EXTRA_PRINTER}


# ---------------------------------------------------------------------------------- how long it is kept


def test_events_are_kept_for_their_life() -> None:
    desk = Desk()
    number = subscribe(desk, "printer-state-changed")
    pause(desk)
    desk.wait(EVENT_LIFE)
    resume(desk)
    assert heard(desk, number) == ["printer-state-changed"] * 2
    desk.wait(KEPT + SWEEP - EVENT_LIFE)
    assert numbers(get(desk, number)) == [2]
    desk.wait(KEPT + SWEEP)
    assert numbers(get(desk, number)) == []
    assert kept(desk, number).sequence == 2
    pause(desk)
    assert numbers(get(desk, number)) == [3]


def test_what_nobody_wants_to_hear_is_not_kept() -> None:
    desk = Desk()
    subscribe(desk, "job-completed")
    pause(desk)
    assert not desk.printer[Notices].log
    assert not [thing for thing in desk.engine.changed.values() if isinstance(thing, Event)]


def test_too_many_events_push_the_oldest_out() -> None:
    desk = Desk()
    number = subscribe(desk, "printer-config-changed")
    for _ in range(MOST_EVENTS + 1):
        desk.engine.happen(Happened(1, "printer-config-changed"), desk.now)
    answer = get(desk, number, since=(900,))
    assert numbers(answer)[0] == 900
    assert kept(desk, number).sequence == MOST_EVENTS + 1
    assert numbers(get(desk, number))[0] > 1
    assert len(desk.printer[Notices].log) <= MOST_EVENTS


def test_nothing_is_lost_when_it_is_switched_off() -> None:
    """Sequence numbers go on, undelivered events are there, and the restart itself is one."""
    desk = Desk()
    everything = subscribe(desk, *ALWAYS)
    job = desk.held()
    own = subscribe_to_job(desk, job.id, "job-completed", "printer-state-changed")
    pause(desk)
    before = heard(desk, everything)
    assert heard(desk, own) == ["printer-state-changed"]
    desk.restart()
    after = heard(desk, everything)
    assert after[: len(before)] == before
    assert "printer-restarted" in after[len(before) :]
    assert numbers(get(desk, everything)) == list(range(1, len(after) + 1))
    first = get(desk, everything).events[0]
    assert value(first, "printer-up-time") == 1
    assert value(first, "notify-text") == "Desk, 2027-01-15 08:00:00 UTC: Job 1 “Job 1” has come in."
    desk.ask(Operation.CANCEL_JOB, job=job.id)
    assert heard(desk, own)[-1] == "job-completed"
    assert heard(desk, own)[0] == "printer-state-changed"


def test_numbers_go_on_after_old_events_were_thrown_away() -> None:
    desk = Desk()
    number = subscribe(desk, "printer-state-changed")
    for _ in range(3):
        pause(desk)
        resume(desk)
    desk.wait(KEPT + SWEEP)
    pause(desk)
    assert numbers(get(desk, number)) == [7]
    desk.restart()
    assert numbers(get(desk, number))[0] == 7
    desk.wait(KEPT + SWEEP)
    desk.restart()
    last = numbers(get(desk, number))
    assert last == sorted(last)
    assert last[0] > 7


def test_a_job_that_the_power_cut_ended_is_told_of() -> None:
    desk = Desk()
    job = desk.create()
    answer = desk.send_document(job, last=True)
    assert answer.status == Status.SUCCESSFUL_OK
    number = subscribe_to_job(desk, job.id, "job-completed")
    desk.restart()
    (event,) = get(desk, number).events
    assert value(event, "notify-subscribed-event") == Keyword("job-completed")
    assert value(event, "job-state") == 8
    assert get(desk, number).status == Status.SUCCESSFUL_OK_EVENTS_COMPLETE
    desk.restart()
    assert get(desk, number).status == Status.SUCCESSFUL_OK_EVENTS_COMPLETE
    desk.wait(KEPT)
    assert get(desk, number).status == Status.CLIENT_ERROR_NOT_FOUND


def test_progress_that_was_left_out_stays_out() -> None:
    desk = Desk()
    job = desk.held()
    slow = Attribute("notify-time-interval", 100)
    number = subscribe_to_job(desk, job.id, "job-progress", more=(slow,))
    subscribe_to_job(desk, job.id, "job-progress")
    for _ in range(3):
        _sheet(desk, job)
    assert numbers(get(desk, number)) == [1]
    desk.restart()
    assert numbers(get(desk, number)) == [1]


def test_a_subscription_that_came_later_hears_nothing_of_what_was() -> None:
    desk = Desk()
    subscribe(desk, "printer-state-changed")
    pause(desk)
    later = subscribe(desk, "printer-state-changed")
    resume(desk)
    assert numbers(get(desk, later)) == [1]
    desk.restart()
    told = get(desk, later).events
    assert [value(event, "notify-sequence-number") for event in told][:2] == [1, 2]
    assert str(value(told[0], "notify-text")).endswith("Ready.")


def test_a_job_that_is_begun_again_brings_its_subscription_back() -> None:
    """RFC 3995 section 11.2.1: the same one, and its numbers go on; what it missed meanwhile is not told later."""
    desk = Desk()
    job = desk.held()
    number = subscribe_to_job(desk, job.id, "job-created", "job-completed", "printer-state-changed")
    subscribe(desk, "printer-state-changed")
    desk.ask(Operation.CANCEL_JOB, job=job.id)
    pause(desk)
    assert heard(desk, number) == ["job-completed"]
    job.state = JobState.HELD
    resume(desk)
    assert heard(desk, number) == ["job-completed", "job-created", "printer-state-changed"]
    assert get(desk, number).status == Status.SUCCESSFUL_OK
    desk.restart()
    assert numbers(get(desk, number))[0] == 2
    assert heard(desk, number)[:2] == ["job-created", "printer-state-changed"]


def test_an_end_that_nobody_asked_for_is_an_end_after_a_restart() -> None:
    desk = Desk()
    job = desk.held()
    number = subscribe_to_job(desk, job.id, "printer-state-changed")
    subscribe(desk, "printer-state-changed")
    desk.ask(Operation.CANCEL_JOB, job=job.id)
    pause(desk)
    for _ in range(2):
        desk.restart()
        assert heard(desk, number) == []
        assert get(desk, number).status == Status.SUCCESSFUL_OK_EVENTS_COMPLETE


def test_an_event_of_a_document_names_it() -> None:
    desk = Desk()
    number = subscribe(desk, "document-completed")
    job = desk.print()
    desk.press(job)
    (event,) = get(desk, number).events
    assert (value(event, "document-number"), value(event, "document-state")) == (1, 9)
    assert value(event, "job-id") == job.id
