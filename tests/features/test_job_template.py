"""Job Template – RFC 8011 section 5.2 and PWG 5100.3: what may be asked, what is told, where it goes."""

from __future__ import annotations

import msgspec
import pytest

from firmware.features.job_template import ascending, job_template
from firmware.ipp import (
    NO_VALUE,
    Attribute,
    Enum,
    Keyword,
    Operation,
    RangeOfInteger,
    Resolution,
    Status,
    Value,
)
from tests.printer import COLOR, LONG, MONO, SHORT, SIMPLEX, Desk, keyword, values

OK = Status.SUCCESSFUL_OK
IGNORED = Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES

# attribute, its -default, its -supported on a colour printer
TOLD: list[tuple[str, tuple[Value, ...], tuple[Value, ...]]] = [
    ("copies", (1,), (RangeOfInteger(1, 999),)),
    ("sides", (Keyword("one-sided"),), (Keyword("one-sided"), Keyword(LONG), Keyword(SHORT))),
    ("page-ranges", (), (True,)),
    ("number-up", (1,), (1, 2, 4, 6, 8, 9, 12, 16)),
    ("orientation-requested", (NO_VALUE,), tuple(Enum(number) for number in (3, 4, 5, 6, 7))),
    ("print-quality", (Enum(4),), (Enum(3), Enum(4), Enum(5))),
    ("printer-resolution", (Resolution(300, 300),), tuple(Resolution(dpi, dpi) for dpi in (150, 300, 600))),
    ("sheet-collate", (Keyword("collated"),), (Keyword("collated"), Keyword("uncollated"))),
    ("job-priority", (50,), (100,)),
    ("output-bin", (Keyword("face-down"),), (Keyword("face-down"), Keyword("face-up"))),
]

# attribute, values that are taken, values that are not
ASKED: list[tuple[str, list[Value], list[Value]]] = [
    ("copies", [1, 999], [0, 1000, -1, Keyword("1")]),
    ("sides", [Keyword(LONG), Keyword(SHORT)], [Keyword("both"), Enum(3)]),
    ("page-ranges", [RangeOfInteger(1, 1), RangeOfInteger(1, 2**31 - 1)],
     [RangeOfInteger(0, 1), RangeOfInteger(2, 1), 1]),
    ("number-up", [1, 16], [3, 0, 17]),
    ("orientation-requested", [Enum(3), Enum(7)], [Enum(2), Enum(8), 3]),
    ("print-quality", [Enum(3), Enum(5)], [Enum(2), Enum(6), 4]),
    ("printer-resolution", [Resolution(600, 600), Resolution(59, 59, 4)],
     [Resolution(1200, 1200), Resolution(300, 600), Resolution(300, 300, 4), Resolution(300, 300, 5)]),
    ("presentation-direction-number-up", [Keyword("totop-toleft")], [Keyword("upwards")]),
    ("multiple-document-handling", [Keyword("single-document-new-sheet")], [Keyword("mixed")]),
    ("sheet-collate", [Keyword("uncollated")], [Keyword("maybe")]),
    ("job-priority", [1, 100], [0, 101]),
    ("output-bin", [Keyword("face-up")], [Keyword("tray-7")]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "default", "supported"), TOLD)
def test_what_is_told(name: str, default: tuple[Value, ...], supported: tuple[Value, ...]) -> None:
    told = Desk(COLOR).ask(Operation.GET_PRINTER_ATTRIBUTES).printer
    assert told.get(f"{name}-default") == (Attribute(f"{name}-default", *default) if default else None)
    assert told.get(f"{name}-supported") == Attribute(f"{name}-supported", *supported)


@pytest.mark.parametrize(("name", "good", "bad"), ASKED)
def test_what_may_be_asked(name: str, good: list[Value], bad: list[Value]) -> None:
    desk = Desk(COLOR)
    for value in good:
        assert desk.submit(Attribute(name, value)).status == OK, value
    for value in bad:
        answer = desk.submit(Attribute(name, value))
        assert answer.status == IGNORED, value
        assert answer.unsupported == [Attribute(name, value)]


def test_every_attribute_of_the_room_is_tried_above() -> None:
    assert {name for name, _, _ in ASKED} == {template.name for template in job_template.templates}


def test_a_simplex_printer_has_one_side() -> None:
    desk = Desk(SIMPLEX)
    assert values(desk.ask(Operation.GET_PRINTER_ATTRIBUTES).printer, "sides-supported") == ("one-sided",)
    assert desk.submit(keyword("sides", LONG)).unsupported == [keyword("sides", LONG)]


def test_a_printer_of_single_copies() -> None:
    desk = Desk(msgspec.structs.replace(MONO, copies=1))
    assert desk.submit(Attribute("copies", 2)).unsupported == [Attribute("copies", 2)]


@pytest.mark.parametrize(
    ("ranges", "rise"),
    [
        ([(1, 1)], True),
        ([(1, 2), (3, 4)], True),
        ([(1, 2), (9, 9)], True),
        ([(1, 2), (2, 4)], False),
        ([(3, 4), (1, 2)], False),
        ([(1, 5), (2, 3)], False),
        ([(number, number) for number in range(1, 101)], True),
        ([(number, number) for number in range(1, 102)], False),
    ],
)
def test_page_ranges_rise_and_do_not_overlap(ranges: list[tuple[int, int]], rise: bool) -> None:
    """RFC 8011 section 5.2.7."""
    found = tuple(RangeOfInteger(*pair) for pair in ranges)
    assert ascending(found) is rise
    answer = Desk().submit(Attribute("page-ranges", *found))
    assert answer.status == (OK if rise else IGNORED)


def test_what_is_in_force_is_told_of_the_job() -> None:
    """RFC 8011 section 5.2: what was accepted, as it came; defaults are not made up."""
    desk = Desk()
    job = desk.print(Attribute("copies", 2), keyword("sides", "inside-out"), keyword("output-bin", "face-up"))
    told = desk.ask(Operation.GET_JOB_ATTRIBUTES, keyword("requested-attributes", "job-template"), job=job.id).job
    assert list(told) == [Attribute("copies", 2), keyword("output-bin", "face-up")]
