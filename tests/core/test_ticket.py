"""Tickets – PWG 5100.6: overrides change some pages, of some documents, in some copies."""

from __future__ import annotations

import pytest

from firmware.core.ticket import Media, Override, PageTicket, Ticket

PAGE = PageTicket(Media("iso_a4_210x297mm", 21000, 29700))


def override(pages: str = "", documents: str = "", copies: str = "", **changes: object) -> Override:
    def ranges(text: str) -> tuple[tuple[int, int], ...]:
        pairs = (part.partition("-")[::2] for part in text.split(",") if part)
        return tuple((int(low), int(high or low)) for low, high in pairs)

    return Override(ranges(pages), ranges(documents), ranges(copies), tuple(changes.items()))


@pytest.mark.parametrize(
    ("chosen", "document", "page", "copy", "covered"),
    [
        (override(), 9, 9, 9, True),
        (override("2-4"), 1, 1, 1, False),
        (override("2-4"), 1, 2, 1, True),
        (override("2-4"), 1, 4, 1, True),
        (override("2-4"), 1, 5, 1, False),
        (override("1,3"), 1, 2, 1, False),
        (override("1,3"), 7, 3, 7, True),
        (override("1", "2"), 1, 1, 1, False),
        (override("1", "2"), 2, 1, 1, True),
        (override("1", "2", "3"), 2, 1, 1, False),
        (override("1", "2", "3-4"), 2, 1, 4, True),
    ],
)
def test_what_an_override_covers(chosen: Override, document: int, page: int, copy: int, covered: bool) -> None:
    assert chosen.covers(document, page, copy) is covered


def test_later_overrides_win() -> None:
    ticket = Ticket(
        PAGE, overrides=(override("1-2", color_mode="color", quality=5), override("2", color_mode="monochrome"))
    )
    assert ticket.for_page(1, 1, 1).color_mode == "color"
    second = ticket.for_page(1, 2, 1)
    assert (second.color_mode, second.quality) == ("monochrome", 5)
    assert ticket.for_page(1, 3, 1) is PAGE
