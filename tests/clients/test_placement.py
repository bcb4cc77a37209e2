"""Where a page lies on its sheet: size, scaling, orientation, number-up (PWG 5100.13, RFC 8011, PWG 5100.3).

Jobs go by ipptool straight to the printer; references are made by poppler and Pillow (see ``tests.oracle``).
"""

from __future__ import annotations

import pytest

from tests.clients.paper import A4, A5, LETTER, Box, Page, Paper, Photo, Source, compose, fill, fit, natural
from tests.clients.tickets import Job
from tests.oracle import Picture
from tests.samples import Samples

NAMES = {A4: "iso_a4_210x297mm", A5: "iso_a5_148x210mm", LETTER: "na_letter_8.5x11in"}


def media(paper: Paper) -> str:
    return f"ATTR keyword media {NAMES[paper]}"


def scaling(value: str) -> str:
    return f"ATTR keyword print-scaling {value}"


def one(paper: Paper, source: Source, box: Box, turn: int = 0) -> list[Picture]:
    return [compose(paper, (source, box, turn))]


@pytest.mark.parametrize("fidelity", [False, True])
@pytest.mark.parametrize("value", ["none", "fit", "fill", "auto", "auto-fit"])
def test_small_page(job: Job, papers: Samples, value: str, fidelity: bool) -> None:
    """print-scaling of an A5 page on A4. ``auto`` and ``auto-fit`` enlarge it only where fidelity is asked for."""
    document = papers.pdf("a5", 1)
    page = Page(document, paper="a5")
    grows = value in ("fit", "fill") or (value.startswith("auto") and fidelity)
    box = (fill(page, A4.sheet) if value == "fill" else fit(page, A4.printable)) if grows else natural(page, A4.sheet)
    done = job(document, ticket=[media(A4), scaling(value)], fidelity=fidelity)
    done.shows(one(A4, page, box))


@pytest.mark.parametrize("value", ["none", "fit", "fill", "auto", "auto-fit"])
@pytest.mark.parametrize("paper", [A5, LETTER], ids=["a5", "letter"])
def test_large_page(job: Job, papers: Samples, paper: Paper, value: str) -> None:
    """print-scaling of an A4 page on smaller paper: ``none`` centres and crops, ``fill`` crops, the others fit."""
    document = papers.pdf("a4", 1)
    page = Page(document)
    box = {"none": natural(page, paper.sheet), "fill": fill(page, paper.sheet)}.get(value, fit(page, paper.printable))
    done = job(document, ticket=[media(paper), scaling(value)])
    assert done.sides[0].picture.image.size == paper.pixels
    assert done.record["sheets"][0]["media"]["name"] == NAMES[paper]
    done.shows(one(paper, page, box))


@pytest.mark.parametrize(("value", "turn"), [(3, 0), (4, 1), (5, 3), (6, 2)])
def test_orientation(job: Job, papers: Samples, value: int, turn: int) -> None:
    """orientation-requested (RFC 8011 section 5.2.10): a page that no longer fits is scaled."""
    document = papers.pdf("a4", 1)
    page = Page(document)
    box = fit(page, A4.printable, turn) if turn % 2 else natural(page, A4.sheet)
    done = job(document, ticket=[media(A4), f"ATTR enum orientation-requested {value}"])
    done.shows(one(A4, page, box, turn))


def test_wide_page_is_turned(job: Job, papers: Samples) -> None:
    """A landscape page on portrait paper, with no orientation asked for: turned, not shrunk."""
    document = papers.pdf("a4-wide", 1)
    page = Page(document, paper="a4-wide")
    done = job(document, ticket=[media(A4)])
    done.shows(one(A4, page, natural(page, A4.sheet, 1), 1))


@pytest.mark.parametrize(("value", "kind"), [("fit", "jpg"), ("fill", "jpg"), ("auto", "png")])
def test_picture(job: Job, papers: Samples, value: str, kind: str) -> None:
    """A picture has a shape and no size: fitted into the printable area, or filling the sheet."""
    photo = papers.photo(kind=kind, size=(1200, 900))
    picture = Photo(photo)
    box = fill(picture, A4.sheet, 1) if value == "fill" else fit(picture, A4.printable, 1)
    done = job(photo, ticket=[media(A4), scaling(value)])
    done.shows(one(A4, picture, box, 1))


def test_borderless_picture(job: Job, papers: Samples) -> None:
    """media-col without margins: ``auto`` fills the sheet then (PWG 5100.13, print-scaling)."""
    photo = papers.photo(size=(1200, 900))
    picture = Photo(photo)
    size = "MEMBER collection media-size { MEMBER integer x-dimension 10160 MEMBER integer y-dimension 15240 }"
    margins = " ".join(f"MEMBER integer media-{edge}-margin 0" for edge in ("top", "right", "bottom", "left"))
    glossy = "MEMBER keyword media-type photographic-glossy"
    done = job(photo, ticket=[f"ATTR collection media-col {{ {size} {margins} {glossy} }}", scaling("auto")])
    paper = Paper(10160, 15240, margin=0)
    assert done.record["sheets"][0]["media"]["type"] == "photographic-glossy"
    done.shows(one(paper, picture, fill(picture, paper.sheet, 1), 1))


GRIDS = {2: (2, 1, 1), 4: (2, 2, 0), 6: (3, 2, 1), 8: (4, 2, 1), 9: (3, 3, 0), 12: (3, 4, 0), 16: (4, 4, 0)}
"""Columns and rows of the grid in which pages of A4 come out largest on A4, and whether the sheet is turned for it."""


def grid(pages: list[Page], number: int, order: tuple[int, ...] = ()) -> Picture:
    """A side with pages in the cells of the printable area, as one reads them, or in another order."""
    columns, rows, turn = GRIDS[number]
    read = Paper(A4.height, A4.width) if turn else A4
    cells = read.printable.cells(columns, rows)
    places = [cells[index] for index in order] if order else cells
    boxes = [fit(page, cell) for page, cell in zip(pages, places, strict=False)]
    if turn:  # to the sheet's own frame: what one reads from left to right goes up
        boxes = [Box(box.top, A4.height - box.right, box.bottom, A4.height - box.left) for box in boxes]
    return compose(A4, *((page, box, turn) for page, box in zip(pages, boxes, strict=True)))


@pytest.mark.parametrize("number", sorted(GRIDS))
def test_number_up(job: Job, papers: Samples, number: int) -> None:
    """number-up (RFC 8011 section 5.2.9): so many pages on a side, from left to right and down; the rest on a next."""
    count = number + max(1, number // 4)
    document = papers.pdf("a4", count)
    pages = [Page(document, index + 1) for index in range(count)]
    done = job(document, ticket=[media(A4), f"ATTR integer number-up {number}"])
    done.shows([grid(pages[:number], number), grid(pages[number:], number)])
    assert done.record["counters"]["pages"] == count


@pytest.mark.parametrize(
    ("direction", "order"),
    [
        ("toright-tobottom", (0, 1, 2, 3)),
        ("tobottom-toright", (0, 2, 1, 3)),
        ("toleft-tobottom", (1, 0, 3, 2)),
        ("tobottom-toleft", (1, 3, 0, 2)),
        ("toright-totop", (2, 3, 0, 1)),
        ("totop-toright", (2, 0, 3, 1)),
        ("toleft-totop", (3, 2, 1, 0)),
        ("totop-toleft", (3, 1, 2, 0)),
    ],
)
def test_direction(job: Job, papers: Samples, direction: str, order: tuple[int, ...]) -> None:
    """presentation-direction-number-up (PWG 5100.3): where the next page goes, and the next row or column."""
    document = papers.pdf("a4", 4)
    ticket = ["ATTR integer number-up 4", f"ATTR keyword presentation-direction-number-up {direction}"]
    done = job(document, ticket=[media(A4), *ticket])
    done.shows([grid([Page(document, index) for index in (1, 2, 3, 4)], 4, order)])


def test_all_together(job: Job, papers: Samples) -> None:
    """Ranges are counted in pages before number-up, copies in sheets after it, both sides are used."""
    document = papers.pdf("a4", 9)
    ticket = [
        media(A4),
        "ATTR rangeOfInteger page-ranges 2-4,6-9",
        "ATTR integer number-up 4",
        "ATTR integer copies 2",
        "ATTR keyword sides two-sided-short-edge",
        "ATTR keyword print-color-mode monochrome",
    ]
    done = job(document, ticket=ticket)
    assert [side.where for side in done.sides] == [(1, False), (1, True), (2, False), (2, True)]
    pages = [Page(document, number) for number in (2, 3, 4, 6, 7, 8, 9)]
    sides = [grid(chosen, 4).gray() for chosen in (pages[:4], pages[4:])]
    done.shows(sides * 2)
    assert done.record["counters"]["pages"] == 14
