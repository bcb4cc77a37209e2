"""Which page on which side of which sheet: every order that RFC 8011 and PWG 5100.6 define, and how lazy it
is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.core.ticket import Media, Override, PageTicket, Ticket
from firmware.document import layout
from firmware.document.layout import InputPage, SidePlan

A4 = Media("iso_a4_210x297mm", 21000, 29700)
A5 = Media("iso_a5_148x210mm", 14800, 21000)
LONG, SHORT = "two-sided-long-edge", "two-sided-short-edge"


def book(document: int, pages: int) -> list[InputPage]:
    return [InputPage(document, number, 21000, 29700, "sgray_8") for number in range(1, pages + 1)]


def asked(sides: str = "one-sided", **more: object) -> Ticket:
    return Ticket(PageTicket(A4, sides), **more)  # type: ignore[arg-type]


def told(plans: Iterator[SidePlan] | list[SidePlan]) -> str:
    """``1f:a1`` is sheet 1's front with document a's page 1; pages of one side are joined by +, copies marked
    '."""
    words = []
    for plan in plans:
        cells = "+".join(f"{'abcdef'[c.page.document - 1]}{c.page.number}" for c in plan.cells)
        words.append(f"{plan.sheet}{'b' if plan.back else 'f'}:{cells}" + "'" * (plan.copy - 1))
    return " ".join(words)


def order(ticket: Ticket, *counts: int) -> str:
    return told(layout.sides(ticket, [book(i, count) for i, count in enumerate(counts, 1)]))


def test_one_sided_pages_come_in_order_on_sheets_of_their_own() -> None:
    assert order(asked(), 3) == "1f:a1 2f:a2 3f:a3"


@pytest.mark.parametrize("sides", [LONG, SHORT])
def test_two_sided_pages_share_sheets(sides: str) -> None:
    assert order(asked(sides), 5) == "1f:a1 1b:a2 2f:a3 2b:a4 3f:a5"


def test_collated_copies_repeat_the_whole_job_and_begin_on_new_sheets() -> None:
    assert order(asked(LONG, copies=2), 3) == "1f:a1 1b:a2 2f:a3 3f:a1' 3b:a2' 4f:a3'"


def test_uncollated_copies_repeat_each_sheet() -> None:
    assert order(asked(copies=2, collated=False), 2) == "1f:a1 2f:a1' 3f:a2 4f:a2'"
    assert order(asked(LONG, copies=2, collated=False), 3) == "1f:a1 1b:a2 2f:a1' 2b:a2' 3f:a3 4f:a3'"


def test_single_document_joins_documents_on_sheets_and_sides() -> None:
    assert order(asked(LONG), 1, 2) == "1f:a1 1b:b1 2f:b2"
    assert order(asked(number_up=2), 1, 2) == "1f:a1+b1 2f:b2"
    assert order(asked(copies=2), 1, 1) == "1f:a1 2f:b1 3f:a1' 4f:b1'"


def test_single_document_new_sheet_begins_each_document_on_a_new_sheet() -> None:
    ticket = asked(LONG, document_handling="single-document-new-sheet", copies=2)
    assert order(ticket, 1, 2) == "1f:a1 2f:b1 2b:b2 3f:a1' 4f:b1' 4b:b2'"


def test_separate_documents_collated() -> None:
    ticket = asked(LONG, document_handling="separate-documents-collated-copies", copies=2)
    assert order(ticket, 1, 2) == "1f:a1 2f:b1 2b:b2 3f:a1' 4f:b1' 4b:b2'"


def test_separate_documents_uncollated_groups_copies_by_document() -> None:
    ticket = asked(LONG, document_handling="separate-documents-uncollated-copies", copies=2)
    assert order(ticket, 1, 3) == "1f:a1 2f:a1' 3f:b1 3b:b2 4f:b3 5f:b1' 5b:b2' 6f:b3'"


def test_uncollated_handling_of_a_lone_document_means_uncollated_sheets() -> None:
    ticket = asked(document_handling="separate-documents-uncollated-copies", copies=2)
    assert order(ticket, 2) == "1f:a1 2f:a1' 3f:a2 4f:a2'"
    assert order(ticket, 1, 1) == "1f:a1 2f:a1' 3f:b1 4f:b1'"


def test_page_ranges_count_each_document_s_own_pages() -> None:
    assert order(asked(page_ranges=((2, 2), (4, 9))), 5, 2) == "1f:a2 2f:a4 3f:a5 4f:b2"
    assert order(asked(page_ranges=((7, 9),)), 3) == ""


def test_pages_behind_the_last_range_are_never_asked_for() -> None:
    def endless() -> Iterator[InputPage]:
        yield from book(1, 4)
        raise AssertionError("asked for a page that nobody wants")

    assert told(layout.sides(asked(page_ranges=((1, 2), (4, 4))), [endless()])) == "1f:a1 2f:a2 3f:a4"


def test_number_up_fills_sides_and_leaves_the_last_one_short() -> None:
    assert order(asked(LONG, number_up=2), 5) == "1f:a1+a2 1b:a3+a4 2f:a5"
    assert order(asked(number_up=4, copies=2), 5) == "1f:a1+a2+a3+a4 2f:a5 3f:a1+a2+a3+a4' 4f:a5'"


def override(changes: Mapping[str, object], **where: tuple[tuple[int, int], ...]) -> Override:
    ranges = {"pages": (), "documents": (), "copies": (), **where}
    return Override(**ranges, changes=tuple(changes.items()))


def test_a_media_override_slips_to_a_new_sheet_and_back() -> None:
    ticket = asked(LONG, overrides=(override({"media": A5}, pages=((2, 2),)),))
    assert order(ticket, 4) == "1f:a1 2f:a2 3f:a3 3b:a4"
    media = [plan.ticket.media.name for plan in layout.sides(ticket, [book(1, 4)])]
    assert media == [A4.name, A5.name, A4.name, A4.name]


def test_a_sides_override_slips_to_a_new_sheet() -> None:
    ticket = asked(LONG, overrides=(override({"sides": "one-sided"}, pages=((1, 2),)),))
    assert order(ticket, 5) == "1f:a1 2f:a2 3f:a3 3b:a4 4f:a5"


def test_an_output_bin_override_slips_but_colour_and_orientation_do_not() -> None:
    slips = asked(LONG, overrides=(override({"output_bin": "mailbox-1"}, pages=((2, 2),)),))
    stays = asked(LONG, overrides=(override({"color_mode": "monochrome", "orientation": 4}, pages=((2, 2),)),))
    assert order(slips, 2) == "1f:a1 2f:a2"
    assert order(stays, 2) == "1f:a1 1b:a2"


def test_an_override_ends_a_side_that_several_pages_share() -> None:
    ticket = asked(number_up=4, overrides=(override({"media": A5}, pages=((2, 3),)),))
    assert order(ticket, 5) == "1f:a1 2f:a2+a3 3f:a4+a5"


def test_overrides_of_one_copy_or_document() -> None:
    of_copy = asked(LONG, copies=2, overrides=(override({"media": A5}, copies=((2, 2),), pages=((1, 1),)),))
    assert order(of_copy, 2) == "1f:a1 1b:a2 2f:a1' 3f:a2'"
    of_document = asked(LONG, overrides=(override({"sides": "one-sided"}, documents=((2, 2),)),))
    assert order(of_document, 2, 2) == "1f:a1 1b:a2 2f:b1 3f:b2"


def test_copies_may_differ_in_sheets_when_uncollated() -> None:
    change = override({"sides": "one-sided"}, copies=((2, 2),))
    ticket = asked(LONG, copies=2, collated=False, overrides=(change,))
    assert order(ticket, 2) == "1f:a1 1b:a2 2f:a1' 3f:a2'"


def test_later_overrides_win() -> None:
    first, second = override({"media": A5}), override({"media": A4}, pages=((2, 2),))
    plans = layout.sides(asked(overrides=(first, second)), [book(1, 2)])
    assert [plan.ticket.media for plan in plans] == [A5, A4]


def test_a_page_may_choose_its_media_unless_an_override_did() -> None:
    small = [replace(page, media=A5) for page in book(1, 2)]
    ticket = asked(overrides=(override({"media": replace(A4, source="tray-2")}, pages=((2, 2),)),))
    plans = layout.sides(ticket, [small])
    assert [(plan.ticket.media.name, plan.ticket.media.source) for plan in plans] == [
        (A5.name, "auto"),
        (A4.name, "tray-2"),
    ]


def test_a_side_is_given_out_before_the_next_page_is_asked_for() -> None:
    given_out: list[int] = []

    def pages() -> Iterator[InputPage]:
        for page in book(1, 4):
            assert len(given_out) == page.number - 1
            yield page

    for plan in layout.sides(asked(LONG), [pages()]):
        given_out.append(plan.sheet)
    assert given_out == [1, 1, 2, 2]


def test_a_document_is_opened_only_when_its_turn_comes() -> None:
    opened: list[int] = []

    def documents() -> Iterator[list[InputPage]]:
        for number in (1, 2):
            opened.append(number)
            yield book(number, 1)

    plans = layout.sides(asked(), documents())
    next(plans)
    assert opened == [1]


def test_a_page_is_asked_for_once_for_all_copies() -> None:
    asked_for: list[int] = []

    def pages() -> Iterator[InputPage]:
        for page in book(1, 3):
            asked_for.append(page.number)
            yield page

    assert len(list(layout.sides(asked(copies=5), [pages()]))) == 15
    assert asked_for == [1, 2, 3]


def test_nothing_in_nothing_out() -> None:
    assert order(asked(copies=3)) == ""
    assert order(asked(copies=3, collated=False), 0) == ""


@st.composite
def jobs(draw: st.DrawFn) -> tuple[Ticket, list[int]]:
    handling = st.sampled_from(
        [
            "single-document",
            "single-document-new-sheet",
            "separate-documents-collated-copies",
            "separate-documents-uncollated-copies",
        ]
    )
    changes: list[dict[str, object]] = [{"media": A5}, {"sides": "one-sided"}, {"color_mode": "monochrome"}]
    media = st.sampled_from(changes)
    overrides = draw(st.lists(st.tuples(st.integers(1, 6), media), max_size=2))
    ticket = asked(
        draw(st.sampled_from(["one-sided", LONG, SHORT])),
        copies=draw(st.integers(1, 3)),
        collated=draw(st.booleans()),
        number_up=draw(st.integers(1, 5)),
        document_handling=draw(handling),
        overrides=tuple(override(change, pages=((page, page),)) for page, change in overrides),
    )
    return ticket, draw(st.lists(st.integers(0, 6), max_size=3))


@given(jobs())
def test_every_page_of_every_copy_comes_out_once_on_sheets_that_make_sense(
    job: tuple[Ticket, list[int]],
) -> None:
    ticket, counts = job
    plans = list(layout.sides(ticket, [book(i, count) for i, count in enumerate(counts, 1)]))
    wanted = sorted(
        (copy, document, page)
        for copy in range(1, ticket.copies + 1)
        for document, count in enumerate(counts, 1)
        for page in range(1, count + 1)
    )
    assert sorted((p.copy, c.page.document, c.page.number) for p in plans for c in p.cells) == wanted
    for before, plan in zip([None, *plans], plans, strict=False):
        assert 1 <= len(plan.cells) <= ticket.number_up
        if plan.back:
            assert before is not None
            assert (before.sheet, before.back, before.copy) == (plan.sheet, False, plan.copy)
            assert (before.ticket.media, before.ticket.sides) == (plan.ticket.media, plan.ticket.sides)
            assert plan.ticket.sides != "one-sided"
        else:
            assert plan.sheet == (before.sheet if before else 0) + 1
