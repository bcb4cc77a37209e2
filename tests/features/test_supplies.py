"""Supplies – PWG 5100.13: what is used up by printing, and how much is left."""

from __future__ import annotations

import msgspec
import pytest

from firmware.core.events import ImpressionDone
from firmware.core.model import Supply
from firmware.features.supplies import Supplies, level
from firmware.ipp import Operation
from tests.printer import A4, COLOR, MONO, Desk, values


def mark(desk: Desk, sides: int, *, color: bool = False, blank: bool = False) -> None:
    job = desk.print()
    for _ in range(sides):
        desk.report(ImpressionDone(1, job.id, 1, False, color, blank, A4))


def levels(desk: Desk) -> list[int]:
    return [level(desk.printer, index) for index in range(len(desk.model.supplies))]


def test_full_at_first() -> None:
    desk = Desk(COLOR)
    assert levels(desk) == [100] * 4
    told = desk.ask(Operation.GET_PRINTER_ATTRIBUTES).printer
    assert values(told, "printer-supply")[1] == (
        b"index=2;class=supplyThatIsConsumed;type=toner;unit=percent;maxcapacity=100;level=100;"
        b"colorantname=cyan;colorantrole=process;"
    )
    assert values(told, "printer-supply-description") == ("Black toner", "Cyan toner", "Magenta toner", "Yellow toner")
    assert values(told, "printer-supply-info-uri") == ("http://printer.test/#supplies",)


@pytest.mark.parametrize(
    ("color", "blank", "left"),
    [(False, False, [70, 100, 100, 100]), (True, False, [70] * 4), (False, True, [100] * 4), (True, True, [100] * 4)],
)
def test_what_an_impression_takes(color: bool, blank: bool, left: list[int]) -> None:
    desk = Desk(COLOR)
    mark(desk, 30, color=color, blank=blank)
    assert levels(desk) == left


def test_low_and_empty() -> None:
    """The reason comes below 10 percent; the level never falls below nothing."""
    desk = Desk(MONO)
    mark(desk, 90)
    assert (levels(desk), set(desk.printer.reasons)) == ([10], set())
    mark(desk, 1)
    assert (levels(desk), set(desk.printer.reasons)) == ([9], {"marker-supply-low-report"})
    mark(desk, 50)
    assert levels(desk) == [0]


def test_a_new_supply() -> None:
    desk = Desk(MONO)
    mark(desk, 95)
    desk.printer[Supplies].used = (0,)
    mark(desk, 1)
    assert (levels(desk), set(desk.printer.reasons)) == ([99], set())


def test_levels_outlive_a_restart_and_another_model() -> None:
    desk = Desk(COLOR)
    mark(desk, 20, color=True)
    desk.model = msgspec.structs.replace(COLOR, supplies=(*COLOR.supplies, Supply(color="light-cyan", pages=100)))
    desk.restart()
    assert levels(desk) == [80, 80, 80, 80, 100]
    desk.model = MONO
    desk.restart()
    assert levels(desk) == [80]
    mark(desk, 1)
    assert desk.printer[Supplies].used == (21,)
