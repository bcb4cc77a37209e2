"""What has changed since last time: states become events in one place, whoever changed them."""

from __future__ import annotations

from firmware.core.events import Happened, PartFailed
from firmware.core.feature import Feature
from firmware.core.job import JobState
from firmware.features import ROOMS
from firmware.ipp import Attribute, Operation
from tests.printer import OPERATOR, Desk


def listening() -> tuple[Desk, list[str]]:
    """A printer, and every event from now on: its word, its job and document where it has them."""
    heard: list[str] = []
    room = Feature("ears")
    room.on(Happened)(
        lambda engine, fact, now: heard.append(
            " ".join(str(part) for part in (fact.event, fact.job_id, fact.document) if part)
        )
    )
    desk = Desk(rooms=[*ROOMS, room])
    assert heard == ["printer-restarted"]
    heard.clear()
    return desk, heard


def test_a_job_is_born_and_begun() -> None:
    """Two looks at one call: what the client did, and what follows."""
    desk, heard = listening()
    desk.print()
    assert heard == ["job-created 1", "document-created 1 1", *["job-state-changed 1"] * 2, "printer-state-changed"]


def test_a_job_ends() -> None:
    desk, heard = listening()
    job = desk.print()
    heard.clear()
    desk.press(job)
    assert heard == [
        "document-state-changed 1 1",
        "job-state-changed 1",
        "job-progress 1",
        "document-completed 1 1",
        "job-completed 1",
        "printer-state-changed",
    ]


def test_a_change_by_hand_of_any_room_is_seen() -> None:
    desk, heard = listening()
    job = desk.held()
    heard.clear()
    job.move(JobState.PENDING, desk.now)
    job.attributes = (Attribute("job-priority", 7),)
    desk.printer.accepting = False
    desk.printer.configured(desk.now)
    desk.engine.tick(desk.now)
    assert heard == []
    desk.ask(Operation.GET_JOBS)
    assert heard[:3] == ["job-config-changed 1", "job-state-changed 1", "printer-config-changed"]


def test_what_only_looks_changes_nothing() -> None:
    desk, heard = listening()
    job = desk.held()
    heard.clear()
    for operation in (Operation.GET_JOBS, Operation.GET_PRINTER_ATTRIBUTES, Operation.VALIDATE_JOB):
        desk.ask(operation)
    job.name = str(job.name)
    desk.report(PartFailed(1, "media-jam", cleared=True))
    assert heard == []


def test_born_and_ended_in_one() -> None:
    desk, heard = listening()
    job = desk.create()
    heard.clear()
    desk.ask(Operation.CANCEL_JOB, job=job.id)
    desk.ask(Operation.PAUSE_PRINTER, caller=OPERATOR)
    assert heard == ["job-completed 1", "printer-stopped"]


def test_a_job_that_is_begun_again_is_created_again() -> None:
    """RFC 3995 section 11.2.1."""
    desk, heard = listening()
    job = desk.held()
    desk.ask(Operation.CANCEL_JOB, job=job.id)
    heard.clear()
    job.state = JobState.HELD
    desk.report(PartFailed(1, "media-jam", cleared=True))
    assert heard == ["job-created 1"]


def test_events_reach_the_rim() -> None:
    """Those who don't subscribe by IPP take them from here."""
    desk, _ = listening()
    desk.engine.happened.clear()
    desk.ask(Operation.PAUSE_PRINTER, caller=OPERATOR)
    assert desk.engine.happened == [Happened(1, "printer-stopped")]
