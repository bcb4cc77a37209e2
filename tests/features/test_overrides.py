"""Page overrides – PWG 5100.6: other templates for some pages, documents or copies."""

from __future__ import annotations

import pytest

from firmware.core.ticket import Override, Ticket
from firmware.ipp import UNSUPPORTED, Attribute, Collection, Enum, Operation, RangeOfInteger, Status
from tests.printer import A5, LETTER, LONG, Desk, keyword, values

PAGES = Attribute("pages", RangeOfInteger(2, 3))


def overrides(*collections: tuple[Attribute, ...]) -> Attribute:
    return Attribute("overrides", *(Collection.of(members) for members in collections))


def ticket(*collections: tuple[Attribute, ...]) -> Ticket:
    desk = Desk()
    answer = desk.submit(overrides(*collections))
    assert answer.status == Status.SUCCESSFUL_OK, answer.unsupported
    desk.deliver(answer)
    return desk.order().ticket


def test_what_may_be_overridden_is_derived() -> None:
    told = values(Desk().ask(Operation.GET_PRINTER_ATTRIBUTES).printer, "overrides-supported")
    assert {"pages", "document-numbers", "document-copies", "document-number"} <= set(told)
    assert {"media", "media-col", "sides", "orientation-requested", "print-color-mode", "output-bin"} <= set(told)
    assert not {"copies", "page-ranges", "number-up", "job-priority", "overrides"} & set(told)


def test_some_pages_are_printed_otherwise() -> None:
    found = ticket(
        (PAGES, keyword("media", LETTER)), (Attribute("pages", RangeOfInteger(3, 3)), keyword("sides", LONG))
    )
    pages = [found.for_page(1, number, 1) for number in (1, 2, 3, 4)]
    assert [page.media.name == LETTER for page in pages] == [False, True, True, False]
    assert [page.sides == LONG for page in pages] == [False, False, True, False]


def test_documents_and_copies() -> None:
    numbers, copies = (
        Attribute("document-numbers", RangeOfInteger(2, 2)),
        Attribute("document-copies", RangeOfInteger(1, 2)),
    )
    found = ticket((numbers, copies, Attribute("print-quality", Enum(5))))
    assert found.for_page(2, 9, 2).quality == 5
    assert found.for_page(2, 9, 3).quality == 4
    assert found.for_page(1, 9, 1).quality == 4


def test_the_older_name_of_document_numbers() -> None:
    for value in (RangeOfInteger(2, 2), 2):
        (override,) = ticket((Attribute("document-number", value), keyword("sides", LONG))).overrides
        assert override == Override((), ((2, 2),), (), (("sides", LONG),))


def test_without_selectors_it_is_for_all() -> None:
    assert ticket((keyword("sides", LONG),)).for_page(7, 7, 7).sides == LONG


def test_media_col_in_an_override() -> None:
    size = Collection.of([Attribute("x-dimension", 14800), Attribute("y-dimension", 21000)])
    media = Attribute("media-col", Collection.of([Attribute("media-size", size)]))
    assert ticket((PAGES, media)).for_page(1, 2, 1).media.name == A5


@pytest.mark.parametrize(
    ("members", "wrong"),
    [
        ((PAGES, keyword("sides", "inside-out")), (keyword("sides", "inside-out"),)),
        ((PAGES, Attribute("copies", 2)), (Attribute("copies", UNSUPPORTED),)),
        ((PAGES, Attribute("strange", 1)), (Attribute("strange", UNSUPPORTED),)),
        ((PAGES, Attribute("print-quality", 5)), (Attribute("print-quality", 5),)),
        ((Attribute("document-number", 0), keyword("sides", LONG)), (Attribute("document-number", 0),)),
    ],
)
def test_an_override_with_anything_wrong_is_not_honoured_at_all(
    members: tuple[Attribute, ...], wrong: tuple[Attribute, ...]
) -> None:
    desk = Desk()
    answer = desk.submit(overrides(members, (PAGES, keyword("sides", LONG))))
    assert answer.status == Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES
    assert answer.unsupported == [overrides(wrong)]
    desk.deliver(answer)
    (kept,) = desk.order().ticket.overrides
    assert kept.changes == (("sides", LONG),)


@pytest.mark.parametrize("selector", ["pages", "document-numbers", "document-copies"])
@pytest.mark.parametrize("ranges", [[(0, 1)], [(2, 1)], [(1, 2), (2, 3)], [(5, 6), (1, 2)]])
def test_selectors_rise_and_do_not_overlap(selector: str, ranges: list[tuple[int, int]]) -> None:
    bad = Attribute(selector, *(RangeOfInteger(*pair) for pair in ranges))
    answer = Desk().submit(overrides((bad, keyword("sides", LONG))))
    assert answer.status == Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES
    assert [attribute.name for attribute in answer.unsupported] == ["overrides"]


def test_fidelity_holds_for_overrides_too() -> None:
    insist = Attribute("ipp-attribute-fidelity", True)
    answer = Desk().submit(overrides((PAGES, Attribute("copies", 2))), extra=[insist])
    assert answer.status == Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED
