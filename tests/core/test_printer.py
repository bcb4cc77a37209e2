"""The printer's state machine, its queue and its settings – RFC 8011 sections 5.4.11 and 4.2.6.2."""

from __future__ import annotations

from itertools import product
from typing import cast

import pytest

from firmware.core.clock import Moment, Now
from firmware.core.job import JobState
from firmware.core.printer import MOVES, PrinterState
from firmware.features.identify import Panel
from firmware.ipp import Attribute, Keyword, Operation
from tests.printer import Desk, keyword


@pytest.mark.parametrize(("one", "other"), list(product(PrinterState, PrinterState)))
def test_every_way_from_one_state_to_another(one: PrinterState, other: PrinterState) -> None:
    """All three reach each other; staying is no move and changes no date."""
    printer = Desk().printer
    printer.state = one
    before = printer.state_changed
    printer.move(other, Now(50.5, 5.0), "word")
    assert (printer.state, printer.message) == (other, "word")
    assert printer.state_changed == (before if one is other else Moment(50, 5.0))


def test_a_way_that_is_not_in_the_table_is_a_bug() -> None:
    printer = Desk().printer
    with pytest.raises(RuntimeError, match="no way from IDLE"):
        printer.move(cast(PrinterState, JobState.COMPLETED), Now(99))
    assert set(MOVES) == set(PrinterState)


def test_reasons_change_the_date_when_they_change() -> None:
    printer = Desk().printer
    printer.set_reasons({"media-jam"}, set(), Now(10))
    assert printer.state_changed.up == 10
    printer.set_reasons({"media-jam"}, {"paused"}, Now(20))
    assert printer.state_changed.up == 10
    printer.set_reasons(set(), {"media-jam"}, Now(30))
    assert (printer.reasons, printer.state_changed.up) == (frozenset(), 30)


def test_the_queue_is_in_the_order_of_printing() -> None:
    """What is printed first, then by job-priority, then first come first served."""
    desk = Desk()
    running = desk.print()
    names = {}
    for name, priority in (("low", 1), ("usual", None), ("high", 100), ("also usual", 50)):
        wish = [] if priority is None else [Attribute("job-priority", priority)]
        names[desk.print(*wish).id] = name
    assert [names.get(job.id, "running") for job in desk.printer.waiting] == [
        "running", "high", "usual", "also usual", "low",
    ]  # fmt: skip
    assert desk.printer.current == running.id


def test_what_ended_is_told_newest_first() -> None:
    desk = Desk()
    jobs = [desk.held() for _ in range(3)]
    for job in (jobs[1], jobs[0], jobs[2]):
        desk.wait(10)
        desk.ask(Operation.RELEASE_JOB, job=job.id)
        desk.press(job)
    assert [job.id for job in desk.printer.finished] == [3, 1, 2]


def test_ends_of_before_this_start_are_told_after_those_of_now() -> None:
    desk = Desk()
    one, two = desk.print(), desk.print()
    desk.wait(100)
    desk.press(one)
    desk.wait(100)
    desk.press(two)
    desk.restart()
    three = desk.print()
    desk.press(three)
    assert [job.id for job in desk.printer.finished] == [3, 2, 1]


def test_settings_stand_in_for_the_model_s_values() -> None:
    printer = Desk().printer
    version = printer.config_version
    printer.change_settings({"sides-default": keyword("sides-default", "one-sided")}, Now(5))
    assert printer.setting("sides-default") == Attribute("sides-default", Keyword("one-sided"))
    assert (printer.config_version, printer.config_changed.up) == (version + 1, 5)
    printer.change_settings({"sides-default": None, "copies-default": Attribute("copies-default", 2)}, Now(6))
    assert printer.settings == (Attribute("copies-default", 2),)


def test_parts_are_put_there_once() -> None:
    desk = Desk()
    panel = desk.printer[Panel]
    panel.actions = ("sound",)
    desk.printer.furnish(desk.catalog)
    assert desk.printer[Panel] is panel
    with pytest.raises(KeyError):
        _ = desk.printer[int]


def test_printers_are_found_by_their_path() -> None:
    desk = Desk()
    assert desk.system.at_path("/ipp/print") is desk.printer
    assert desk.system.at_path("/ipp/print/") is None
    assert desk.system.at_path("/IPP/print") is None


def test_everything_in_a_system_is_watched() -> None:
    desk = Desk()
    job = desk.print()
    desk.engine.changed.clear()
    job.documents[1].octets = 5
    job.name = "new"
    desk.printer.accepting = False
    desk.system.uuid = "other"
    assert {type(thing).__name__ for thing in desk.engine.changed.values()} == {"Document", "Job", "Printer", "System"}
