"""Rooms: what a declaration becomes, and what can't be declared."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from firmware.core.access import Access, Link
from firmware.core.call import Call
from firmware.core.clock import Now
from firmware.core.engine import Engine
from firmware.core.events import SheetDone
from firmware.core.feature import Feature
from firmware.core.job import Job, JobState
from firmware.core.printer import Printer
from firmware.features import ROOMS
from firmware.ipp import Operation, Status
from tests.printer import MONO, Desk, reasons, state, value


def test_attributes_take_their_syntax_from_the_registry() -> None:
    room = Feature("room")
    room.attribute("printer-name", Printer, read=lambda printer: "x")
    room.attribute("job-name", Job, read=lambda job: "x")
    room.template("copies", supported=lambda printer: 1)
    assert room.attributes[0].syntax.kinds == ("name",)
    assert room.templates[0].syntax.kinds == ("integer",)


def test_what_nobody_registered_can_t_be_declared() -> None:
    room = Feature("room")
    with pytest.raises(LookupError, match="printer-mood is not registered"):
        room.attribute("printer-mood", Printer, read=lambda printer: "good")
    with pytest.raises(LookupError, match="printer-name"):
        room.attribute("printer-name", Job, read=lambda job: "x")
    with pytest.raises(LookupError, match="job-name is not registered as Job Template"):
        room.template("job-name", supported=lambda printer: True)
    with pytest.raises(LookupError, match="wish"):
        room.operation(Operation.PAUSE_PRINTER, Printer, attributes=["wish"])


def test_an_operation_and_its_handler() -> None:
    room = Feature("room")

    @room.operation(
        Operation.RESTART_PRINTER, Printer, access=Access.OPERATOR, attributes=("message",), links=[Link.USB]
    )
    def handler(call: object) -> None: ...

    (definition,) = room.operations
    assert definition.handler is handler
    assert (definition.access, definition.links) == (Access.OPERATOR, frozenset({Link.USB}))
    assert set(definition.attributes) == {"message"}
    assert not definition.creates_job


def test_a_room_of_all_kinds_of_contributions() -> None:
    """One room: a kept part, an attribute that shows it, a reaction that changes it, a gate and a check."""
    room = Feature("counting", requires=["query"])

    @room.part(Printer)
    @dataclass
    class Counter:
        sheets: int = 0
        stop_at: int = 2

    @room.on(SheetDone)
    def count(engine: Engine, fact: SheetDone, now: Now) -> None:
        engine.system.printers[fact.printer_id][Counter].sheets += 1

    room.attribute("printer-id", Printer, tell=lambda printer, context: printer[Counter].sheets)

    @room.gate
    def enough(printer: Printer, job: Job, now: Now) -> str | None:
        return "resources-are-not-ready" if printer[Counter].sheets >= printer[Counter].stop_at else None

    @room.check
    def not_for_eve(call: Call) -> None:
        if call.user == "eve":
            raise call.refuse(Status.CLIENT_ERROR_FORBIDDEN, "not you")

    desk = Desk(MONO, rooms=[*ROOMS, room])
    assert desk.ask(Operation.GET_JOBS, user="eve").status == Status.CLIENT_ERROR_FORBIDDEN
    first, second = desk.print(), desk.print()
    desk.press(first, sides=2)
    assert desk.printer[Counter].sheets == 2
    assert state(second) is JobState.HELD
    assert reasons(second) == {"resources-are-not-ready"}
    answer = desk.ask(Operation.GET_PRINTER_ATTRIBUTES)
    assert value(answer.printer, "printer-id") == 2
    desk.printer[Counter].stop_at = 3
    desk.ask(Operation.GET_JOBS)
    assert state(second) is JobState.PROCESSING


def test_a_template_that_no_field_takes_is_told_and_nothing_else() -> None:
    room = Feature("room")
    room.template("job-priority", supported=lambda printer: 100)
    (template,) = room.templates
    assert template.resolve(Desk().printer, (5,)) == {}
    assert template.default is None
