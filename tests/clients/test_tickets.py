"""What a job asks for is what the sheets show: pages, copies, sides, colour, quality (RFC 8011 section 5.2).

Jobs go by ipptool straight to the printer; references are made by poppler and Pillow (see ``tests.oracle``).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from tests.clients.paper import A4, Page, Paper, Photo, compose, fit, natural, plain
from tests.clients.tickets import Job
from tests.oracle import similarity
from tests.samples import Samples

FRONT, BACK = False, True
Where = list[tuple[int, bool]]


@dataclass(frozen=True)
class Case:
    """A ticket, and the pages that it makes of a document of four: their numbers, and the sides that they come on."""

    name: str
    ticket: tuple[str, ...]
    pages: tuple[int, ...]
    where: Where


def fronts(count: int) -> Where:
    return [(number, FRONT) for number in range(1, count + 1)]


PAGES = "MEMBER rangeOfInteger pages"
LONG = "ATTR keyword sides two-sided-long-edge"
CASES = (
    Case("as it is", (), (1, 2, 3, 4), fronts(4)),
    Case("page-ranges", ("ATTR rangeOfInteger page-ranges 2-3",), (2, 3), fronts(2)),
    Case("two ranges", ("ATTR rangeOfInteger page-ranges 1-1,3-99",), (1, 3, 4), fronts(3)),
    Case("sides", (LONG,), (1, 2, 3, 4), [(1, FRONT), (1, BACK), (2, FRONT), (2, BACK)]),
    Case("short edge", ("ATTR keyword sides two-sided-short-edge",), (1, 2, 3, 4),
         [(1, FRONT), (1, BACK), (2, FRONT), (2, BACK)]),
    Case("copies", ("ATTR integer copies 2", "ATTR rangeOfInteger page-ranges 1-2"), (1, 2, 1, 2), fronts(4)),
    Case("uncollated", ("ATTR integer copies 2", "ATTR keyword sheet-collate uncollated",
                        "ATTR rangeOfInteger page-ranges 3-4"), (3, 3, 4, 4), fronts(4)),
    Case("copies on both sides", ("ATTR integer copies 2", LONG, "ATTR rangeOfInteger page-ranges 2-4"),
         (2, 3, 4, 2, 3, 4), [(1, FRONT), (1, BACK), (2, FRONT), (3, FRONT), (3, BACK), (4, FRONT)]),
    Case("uncollated on both sides", ("ATTR integer copies 2", LONG, "ATTR keyword sheet-collate uncollated",
                                      "ATTR rangeOfInteger page-ranges 2-4"),
         (2, 3, 2, 3, 4, 4), [(1, FRONT), (1, BACK), (2, FRONT), (2, BACK), (3, FRONT), (4, FRONT)]),
)  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_which_page_comes_where(job: Job, papers: Samples, case: Case) -> None:
    """page-ranges (5.2.7), copies (5.2.5), sheet-collate (PWG 5100.3), sides (5.2.8)."""
    document = papers.pdf("a4", 4)
    done = job(document, ticket=case.ticket)
    assert [side.where for side in done.sides] == case.where
    done.shows([plain(Page(document, number)) for number in case.pages])
    assert done.record["counters"]["pages"] == len(case.pages)


@pytest.mark.parametrize(
    ("ticket", "dpi"),
    [
        ("ATTR enum print-quality 3", 150),
        ("ATTR enum print-quality 4", 300),
        ("ATTR enum print-quality 5", 600),
        ("ATTR resolution printer-resolution 150dpi", 150),
        ("ATTR resolution printer-resolution 600dpi", 600),
    ],
)
def test_quality_and_resolution(job: Job, papers: Samples, ticket: str, dpi: int) -> None:
    """print-quality (5.2.13) and printer-resolution (5.2.12) decide how many dots there are."""
    document = papers.pdf("a4", 1)
    done = job(document, ticket=[ticket])
    paper = Paper(A4.width, A4.height, dpi)
    assert done.record["sheets"][0]["front"]["resolution"] == [dpi, dpi]
    assert done.sides[0].picture.dpi == dpi
    assert done.sides[0].picture.image.size == paper.pixels
    done.shows([plain(Page(document), paper)])


@pytest.mark.parametrize("mode", ["monochrome", "auto-monochrome", "process-monochrome"])
def test_monochrome(job: Job, papers: Samples, mode: str) -> None:
    """print-color-mode (PWG 5100.13 section 5.2.3): greys, and no coloured dot."""
    document = papers.pdf("a4", 1)
    done = job(document, ticket=[f"ATTR keyword print-color-mode {mode}"])
    wanted = plain(Page(document))
    done.shows([wanted.gray()])
    assert done.record["counters"]["color"] == 0
    assert similarity(done.sides[0].picture, wanted) < 0.93


@pytest.mark.parametrize("mode", ["bi-level", "process-bi-level"])
def test_bi_level(job: Job, papers: Samples, mode: str) -> None:
    """print-color-mode: nothing but black dots and white paper, which from afar are the page."""
    document = papers.pdf("a4", 1)
    done = job(document, ticket=[f"ATTR keyword print-color-mode {mode}"])
    pixels = np.asarray(done.sides[0].picture.image)
    assert set(np.unique(pixels).tolist()) == {0, 255}
    wanted = plain(Page(document)).gray()
    near = similarity(done.sides[0].picture, wanted)
    far = similarity(done.sides[0].picture, plain(Page(papers.pdf("a4", 4), 4)).gray())
    assert near > 0.7, near
    assert far < near - 0.2


def test_colour_is_kept(job: Job, papers: Samples) -> None:
    document = papers.pdf("a4", 1)
    done = job(document, ticket=["ATTR keyword print-color-mode color"])
    assert done.record["counters"]["color"] == 1
    done.shows([plain(Page(document))])


def test_ticket_is_recorded(job: Job, papers: Samples) -> None:
    """job.json carries the ticket as it was asked for, and the bin and media that the sheets really had."""
    size = "{ MEMBER integer x-dimension 21000 MEMBER integer y-dimension 29700 }"
    media = f"ATTR collection media-col {{ MEMBER collection media-size {size} MEMBER keyword media-source main }}"
    document = papers.pdf("a4", 1)
    done = job(document, ticket=["ATTR integer copies 1", "ATTR keyword output-bin face-down", media])
    assert done.record["ticket"]["copies"] == 1
    assert done.record["ticket"]["media-col"]["media-source"] == "main"
    (entry,) = done.record["sheets"]
    assert (entry["media"]["name"], entry["media"]["source"]) == ("iso_a4_210x297mm", "main")
    assert entry["output-bin"] == "face-down"
    done.shows([plain(Page(document))])


def test_overrides(job: Job, papers: Samples) -> None:
    """PWG 5100.6: the second page alone in greys and upside down, the third alone in draft quality."""
    document = papers.pdf("a4", 4)
    second = "MEMBER keyword print-color-mode monochrome MEMBER enum orientation-requested 6"
    overrides = f"{{ {PAGES} 2-2 {second} }},{{ {PAGES} 3-3 MEMBER enum print-quality 3 }}"
    done = job(document, ticket=[f"ATTR collection overrides {overrides}"])
    pages = [Page(document, number) for number in (1, 2, 3, 4)]
    turned = compose(A4, (pages[1], natural(pages[1], A4.sheet), 2))
    draft = plain(pages[2], Paper(A4.width, A4.height, 150))
    done.shows([plain(pages[0]), turned.gray(), draft, plain(pages[3])])
    assert done.record["counters"]["color"] == 3


def test_override_of_one_copy(job: Job, papers: Samples) -> None:
    """PWG 5100.6: document-copies picks the copy; here the second is in greys."""
    document = papers.pdf("a4", 1)
    second = f"MEMBER rangeOfInteger document-copies 2-2 {PAGES} 1-1 MEMBER keyword print-color-mode monochrome"
    done = job(document, ticket=["ATTR integer copies 2", f"ATTR collection overrides {{ {second} }}"])
    page = plain(Page(document))
    done.shows([page, page.gray()])


@pytest.mark.parametrize(
    ("handling", "order", "where"),
    [
        ("single-document", "123p123p", "1f 1b 2f 2b 3f 3b 4f 4b"),
        ("single-document-new-sheet", "123p123p", "1f 1b 2f 3f 4f 4b 5f 6f"),
        ("separate-documents-collated-copies", "123p123p", "1f 1b 2f 3f 4f 4b 5f 6f"),
        ("separate-documents-uncollated-copies", "123123pp", "1f 1b 2f 3f 3b 4f 5f 6f"),
    ],
)
def test_documents_of_one_job(job: Job, papers: Samples, handling: str, order: str, where: str) -> None:
    """multiple-document-handling (5.2.4) of a PDF of three pages and a picture, on both sides, in two copies."""
    document, photo = papers.pdf("a4", 3), papers.photo()
    ticket = ["ATTR integer copies 2", LONG, f"ATTR keyword multiple-document-handling {handling}"]
    done = job(document, photo, ticket=ticket)
    assert [f"{side.sheet}{'b' if side.back else 'f'}" for side in done.sides] == where.split()
    pages = {str(number): plain(Page(document, number)) for number in (1, 2, 3)}
    picture = Photo(photo)
    pages["p"] = compose(A4, (picture, fit(picture, A4.printable, 1), 1))
    done.shows([pages[letter] for letter in order])
    assert done.record["counters"]["pages"] == 8


def test_plain_text(job: Job, tmp_path: Path) -> None:
    """text/plain has no other renderer to compare with: every line of it must be there, evenly spaced, and no other."""
    file = tmp_path / "lines.txt"
    file.write_text("\n".join(f"line {number} {'x' * (number % 50)} |" for number in range(1, 41)) + "\n")
    done = job(file)
    assert len(done.sides) == 1
    ink = np.asarray(done.sides[0].picture.image.convert("L")).min(axis=1) < 128
    starts = np.flatnonzero(ink[1:] & ~ink[:-1])
    assert len(starts) == 40
    pitch = np.diff(starts)
    assert pitch.max() - pitch.min() <= 2
