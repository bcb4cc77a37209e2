"""Labels – IPP Label Printing Extensions v1.0: how dark, how fast, and what becomes of each label."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from firmware.core.model import Labels
from firmware.core.ticket import PageTicket
from firmware.ipp import Attribute, AttributeGroup, Collection, GroupTag, Keyword, Operation, RangeOfInteger, Status
from tests.printer import COLOR, MONO, OPERATOR, Desk, values

LABELS = Labels(
    modes=("tear-off", "peel-off"),
    tracking=("web", "continuous"),
    top_offset=500,
    tear_offset=(-500, 1500),
    speeds=(3000, 15000),
)
MODEL = msgspec.structs.replace(MONO, model="Labels", labels=LABELS)


def told(desk: Desk, name: str) -> tuple[Any, ...]:
    return values(desk.ask(Operation.GET_PRINTER_ATTRIBUTES).printer, name)


def configure(desk: Desk, name: str, value: Any) -> Status:
    group = AttributeGroup(GroupTag.PRINTER, [Attribute(name, value)])
    return desk.ask(Operation.SET_PRINTER_ATTRIBUTES, groups=[group], caller=OPERATOR).status


def planned(desk: Desk, *asked: Attribute) -> PageTicket:
    """How a job's pages are to be marked."""
    desk.print(*asked)
    return desk.order().ticket.page


def test_what_it_can_is_told() -> None:
    desk = Desk(MODEL)
    assert told(desk, "label-mode-configured") == ("tear-off",)
    assert told(desk, "label-mode-supported") == LABELS.modes
    assert told(desk, "label-tear-offset-configured") == (0,)
    assert told(desk, "label-tear-offset-supported") == (RangeOfInteger(-500, 1500),)
    assert told(desk, "media-top-offset-supported") == (RangeOfInteger(0, 500),)
    assert told(desk, "media-tracking-supported") == LABELS.tracking
    assert told(desk, "print-darkness-default") == (0,)
    assert told(desk, "print-darkness-supported") == (100,)
    assert told(desk, "print-speed-default") == (15000,)
    assert told(desk, "print-speed-supported") == (RangeOfInteger(3000, 15000),)
    assert told(desk, "printer-darkness-configured") == (50,)
    assert told(desk, "printer-darkness-supported") == (100,)
    assert {"media-top-offset", "media-tracking"} <= set(told(desk, "media-col-supported"))


def test_others_have_nothing_of_it() -> None:
    desk = Desk(COLOR)
    names = {attribute.name for attribute in desk.ask(Operation.GET_PRINTER_ATTRIBUTES).printer}
    assert not [name for name in names if "label-" in name or "darkness" in name or "-speed" in name]
    assert configure(desk, "label-mode-configured", Keyword("tear-off")) != Status.SUCCESSFUL_OK


@pytest.mark.parametrize(
    ("configured", "asked", "percent"),
    [
        (50, 0, 50),
        (50, 100, 100),
        (50, -100, 0),
        (50, 50, 75),
        (80, 50, 90),
        (80, -50, 40),
        (0, -100, 0),
        (100, 0, 100),
    ],
)
def test_a_job_is_darker_or_lighter_than_what_is_configured(configured: int, asked: int, percent: int) -> None:
    desk = Desk(MODEL)
    assert configure(desk, "printer-darkness-configured", configured) == Status.SUCCESSFUL_OK
    assert planned(desk, Attribute("print-darkness", asked)).darkness == percent


def test_what_is_configured_goes_to_the_engine_with_the_job() -> None:
    desk = Desk(MODEL)
    usual = planned(desk)
    assert (usual.label_mode, usual.tear_offset, usual.darkness, usual.speed) == ("tear-off", 0, 50, 15000)
    desk = Desk(MODEL)
    assert configure(desk, "label-mode-configured", Keyword("peel-off")) == Status.SUCCESSFUL_OK
    assert configure(desk, "label-tear-offset-configured", -200) == Status.SUCCESSFUL_OK
    other = planned(desk, Attribute("print-speed", 5000))
    assert (other.label_mode, other.tear_offset, other.speed) == ("peel-off", -200, 5000)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("label-mode-configured", Keyword("cutter")),
        ("label-tear-offset-configured", 1501),
        ("printer-darkness-configured", 101),
    ],
)
def test_what_it_can_not_is_refused(name: str, value: Any) -> None:
    assert configure(Desk(MODEL), name, value) == Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED


@pytest.mark.parametrize(("name", "value"), [("print-darkness", 101), ("print-speed", 20000)])
def test_jobs_that_ask_for_too_much_are_told_so(name: str, value: int) -> None:
    desk = Desk(MODEL)
    answer = desk.ask(Operation.VALIDATE_JOB, groups=[AttributeGroup(GroupTag.JOB, [Attribute(name, value)])])
    assert answer.status == Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES
    assert [attribute.name for attribute in answer.unsupported] == [name]


def test_media_has_tracking_and_an_offset() -> None:
    members = [Attribute("media-tracking", Keyword("continuous")), Attribute("media-top-offset", 300)]
    media = planned(Desk(MODEL), Attribute("media-col", Collection.of(members))).media
    assert (media.tracking, media.top_offset) == ("continuous", 300)
    for wrong in (Attribute("media-tracking", Keyword("mark")), Attribute("media-top-offset", 501)):
        job = AttributeGroup(GroupTag.JOB, [Attribute("media-col", Collection.of([wrong]))])
        answer = Desk(MODEL).ask(Operation.VALIDATE_JOB, groups=[job])
        assert [attribute.name for attribute in answer.unsupported] == ["media-col"]
