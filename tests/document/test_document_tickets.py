"""Documents with tickets of their own, on paper (PWG 5100.5): each comes out as it was asked for, whatever the others
do; a canceled one ends with the page at hand."""

from __future__ import annotations

from typing import Any

import pytest

from board.parts.sink_memory import MemorySink
from firmware.core.ticket import Ticket
from tests.document.press_kit import A5, LETTER, SGRAY, Recorder, press, simple_pwg, source, ticket

LONG = "two-sided-long-edge"
PWG = "image/pwg-raster"


def own(**tickets: tuple[Any, dict[str, Any]]) -> tuple[tuple[int, Ticket], ...]:
    return tuple((int(name[1:]), ticket(media, **changes)) for name, (media, changes) in tickets.items())


def printed(asked: Ticket, *counts: int) -> MemorySink:
    documents = [
        source(simple_pwg(count, media=A5, kind=SGRAY, dpi=100)[0], PWG, number=number)
        for number, count in enumerate(counts, 1)
    ]
    result, sink, _ = press(documents, asked)
    assert result.state == "completed", result.message
    return sink


def pages(sink: MemorySink) -> list[tuple[tuple[int, int], ...]]:
    """(document, page) on each side, in order."""
    return [marked.side.content for marked in sink.sides]


def test_copies_of_each() -> None:
    """The second document has three copies, the first the job's two: (1 2) (1 2) (2)."""
    asked = Ticket(ticket(A5).page, copies=2, documents=own(d2=(A5, {"copies": 3})))
    assert pages(printed(asked, 1, 1)) == [((1, 1),), ((2, 1),), ((1, 1),), ((2, 1),), ((2, 1),)]


@pytest.mark.parametrize("handling", ["separate-documents-uncollated-copies"])
def test_copies_of_each_document_by_itself(handling: str) -> None:
    asked = Ticket(ticket(A5).page, document_handling=handling, documents=own(d2=(A5, {"copies": 3})))
    assert pages(printed(asked, 1, 1)) == [((1, 1),), ((2, 1),), ((2, 1),), ((2, 1),)]


def test_fewer_copies_than_the_job() -> None:
    asked = Ticket(ticket(A5).page, copies=3, documents=own(d1=(A5, {"copies": 1})))
    assert pages(printed(asked, 2)) == [((1, 1),), ((1, 2),)]


def test_media_and_sides_of_each() -> None:
    """A change of media or sides begins a new sheet, as with overrides (PWG 5100.6)."""
    asked = Ticket(ticket(A5, sides=LONG).page, documents=own(d2=(LETTER, {"sides": "one-sided"})))
    sink = printed(asked, 3, 2)
    assert [(marked.side.sheet, marked.side.back, marked.side.media.name) for marked in sink.sides] == [
        (1, False, A5.name),
        (1, True, A5.name),
        (2, False, A5.name),
        (3, False, LETTER.name),
        (4, False, LETTER.name),
    ]


def test_page_ranges_of_each() -> None:
    asked = Ticket(ticket(A5).page, page_ranges=((1, 1),), documents=own(d2=(A5, {"page_ranges": ((2, 3),)})))
    assert pages(printed(asked, 3, 4)) == [((1, 1),), ((2, 2),), ((2, 3),)]


def test_number_up_of_each() -> None:
    asked = Ticket(ticket(A5).page, documents=own(d2=(A5, {"number_up": 2})))
    assert pages(printed(asked, 2, 3)) == [((1, 1),), ((1, 2),), ((2, 1), (2, 2)), ((2, 3),)]


def test_colour_of_each() -> None:
    data, (pixels,) = simple_pwg(1, media=A5)
    asked = Ticket(ticket(A5).page, documents=own(d2=(A5, {"color_mode": "monochrome"})))
    result, sink, _ = press([source(data, PWG), source(data, PWG, number=2)], asked)
    assert bytes(sink.sides[0].pixels) == pixels
    assert (len(sink.sides), result.counters.color) == (2, 1)


@pytest.mark.parametrize("copies", [1, 2])
def test_a_document_that_is_dropped_ends_with_the_page_at_hand(copies: int) -> None:
    progress = Recorder()
    documents = [
        source(simple_pwg(3, media=A5, kind=SGRAY)[0], PWG, dropped=lambda: progress.count("page") >= 1),
        source(simple_pwg(1, media=A5, kind=SGRAY)[0], PWG, number=2),
    ]
    result, sink, _ = press(documents, ticket(A5, copies=copies), progress=progress)
    assert result.state == "completed"
    assert pages(sink) == [((1, 1),), *[((2, 1),)] * copies]
