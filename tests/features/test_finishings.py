"""Finishings – PWG 5100.1: staples, holes, folds, booklets and cuts, by name or by place."""

from __future__ import annotations

import pytest

from firmware.core.events import JobDone, SheetDone, StaplesLoaded
from firmware.core.finishing import Finishing
from firmware.features.finishings import Stapler
from firmware.ipp import UNSUPPORTED, Attribute, Collection, Enum, Operation, Status
from tests.printer import FINISHER, MONO, Desk, keyword, values

OK = Status.SUCCESSFUL_OK


def col(*members: Attribute) -> Attribute:
    return Attribute("finishings-col", Collection.of(members))


def stitched(edge: str = "left", offset: int = 500, *locations: int) -> Attribute:
    members = [
        keyword("stitching-reference-edge", edge),
        Attribute("stitching-offset", offset),
        Attribute("stitching-locations", *(locations or (1000, 2000))),
    ]
    return Attribute("stitching", Collection.of(members))


def ticket_of(*asked: Attribute) -> tuple[tuple[Finishing, ...], str]:
    desk = Desk(FINISHER)
    answer = desk.submit(*asked)
    assert answer.status == OK, answer.unsupported
    desk.deliver(answer)
    ticket = desk.order().ticket
    return ticket.finishings, ticket.imposition


def test_what_is_told() -> None:
    told = Desk(FINISHER).ask(Operation.GET_PRINTER_ATTRIBUTES).printer
    assert values(told, "finishings-supported") == tuple(map(Enum, (3, 4, 13, 20, 28, 74, 93)))
    assert values(told, "finishings-ready") == values(told, "finishings-supported")
    assert values(told, "finishings-default") == (Enum(3),)
    assert "staple-top-left" in values(told, "finishing-template-supported")
    assert values(told, "finishings-col-supported") == ("finishing-template", "stitching", "punching", "folding")
    assert len(values(told, "finishings-col-database")) == len(FINISHER.finisher.finishings) + 1  # type: ignore[union-attr]
    assert values(told, "job-pages-per-set-supported") == (True,)
    assert len(values(told, "printer-finisher")) == len(values(told, "printer-finisher-description")) == 4


def test_a_printer_without_a_finisher_has_nothing_of_it() -> None:
    told = Desk(MONO).ask(Operation.GET_PRINTER_ATTRIBUTES).printer
    assert values(told, "finishings-supported") == (Enum(3),)
    others = {
        name for name in told.names() if name.startswith(("finishing-", "finishings-col", "stitching", "punching"))
    }
    assert not others
    assert "printer-finisher" not in told.names()
    answer = Desk(MONO).submit(col(keyword("finishing-template", "staple")))
    assert answer.unsupported == [Attribute("finishings-col", UNSUPPORTED)]


def test_by_enum_and_by_template() -> None:
    assert ticket_of(Attribute("finishings", Enum(20), Enum(74))) == (
        (Finishing("staple-top-left"), Finishing("punch-dual-left")),
        "none",
    )
    assert ticket_of(Attribute("finishings", Enum(3))) == ((), "none")
    assert ticket_of(col(keyword("finishing-template", "fold-half"))) == ((Finishing("fold-half"),), "none")


def test_a_booklet_is_imposed_too() -> None:
    assert ticket_of(Attribute("finishings", Enum(13)))[1] == "booklet"
    assert ticket_of(col(keyword("finishing-template", "booklet-maker")))[1] == "booklet"


def test_explicit_places() -> None:
    found, _ = ticket_of(col(stitched("top", 600, 3000)))
    assert found == (Finishing("staple", "top", 600, (3000,)),)


@pytest.mark.parametrize(
    "wrong",
    [
        col(keyword("finishing-template", "bind")),
        col(Attribute("baling", Collection.of([keyword("baling-type", "band")]))),
        col(stitched("middle")),
        col(stitched("left", 500, *range(9))),
        col(stitched("left", 200_000, 1)),
        col(Attribute("trimming", Collection.of([keyword("trimming-when", "after-job")]))),
        col(keyword("finishing-template", "staple"), stitched()),
        Attribute("finishings", Enum(53)),
    ],
)
def test_what_can_t_be_done_is_told_and_not_done(wrong: Attribute) -> None:
    desk = Desk(FINISHER)
    answer = desk.submit(wrong)
    assert answer.status == Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES
    assert [attribute.name for attribute in answer.unsupported] == [wrong.name]
    desk.deliver(answer)
    assert desk.order().ticket.finishings == ()


def test_staples_are_used_up_and_then_missed() -> None:
    """The count is of what was really stapled; without staples a job that wants some waits, others do not."""
    desk = Desk(FINISHER)
    job = desk.print(Attribute("finishings", Enum(28)))
    desk.report(SheetDone(1, job.id, 1, "iso_a4_210x297mm", staples=4))
    assert desk.printer[Stapler].used == 4
    desk.report(SheetDone(1, job.id, 2, "iso_a4_210x297mm", staples=1))
    desk.report(JobDone(1, job.id, "completed"))
    told = desk.ask(Operation.GET_PRINTER_ATTRIBUTES).printer
    assert values(told, "finishings-ready") == tuple(map(Enum, (3, 74, 93)))
    assert "stapler-empty-warning" in values(told, "printer-state-reasons")
    assert b"level=0;" in values(told, "printer-finisher-supplies")[0]  # type: ignore[operator]
    waits = desk.print(Attribute("finishings", Enum(20)))
    goes = desk.print(Attribute("finishings", Enum(93)))
    assert desk.printer.current == goes.id
    assert not waits.ended
    desk.press(goes)
    desk.report(StaplesLoaded(1))
    assert desk.printer.current == waits.id
    told = desk.ask(Operation.GET_PRINTER_ATTRIBUTES).printer
    assert "stapler-empty-warning" not in values(told, "printer-state-reasons")
    assert b"level=5;" in values(told, "printer-finisher-supplies")[0]  # type: ignore[operator]
