"""A real CUPS prints: each job completes there and here, and its sheets show the document that the printer received.

The queue is what ``lpadmin -m everywhere`` makes of the printer's attributes (PWG 5100.14). CUPS sends PDF for PDF and
text, and pictures as they are; references are made by poppler and Pillow (see ``tests.oracle``).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests import wire
from tests.clients.cups import Cups
from tests.clients.paper import A4, Photo, compose, fit
from tests.clients.printed import Printed, digest, printed
from tests.desk import Desk
from tests.oracle import Picture, render, similarity
from tests.samples import Samples

Print = Callable[..., Printed]


@pytest.fixture
def lp(printer: Desk, cups: Cups) -> Print:
    """Print a file with ``lp``, and wait until both sides say that it is done."""

    def send(file: Path, *options: str) -> Printed:
        before = _newest(printer)
        cups.wait(cups.lp("desk", file, *options))
        number = _newest(printer)
        assert number == before + 1, "one job of CUPS is one job of the printer"
        return printed(printer, number)

    return send


def _newest(printer: Desk) -> int:
    with printer.client() as client:
        which = wire.attribute("keyword", "which-jobs", "all")
        jobs = client.ask(wire.GET_JOBS, which).group(wire.JOB)
    return max((job["job-id"][0] for job in jobs), default=0)


def received(job: Printed, ending: str, folder: Path) -> list[Picture]:
    """The pages of the document that arrived."""
    (document,) = job.documents
    assert document.suffix == ending
    return render(document, folder)


def test_pdf(lp: Print, papers: Samples, tmp_path: Path) -> None:
    """Three pages, in colour, one sided."""
    job = lp(papers.pdf("a4", 3))
    pages = received(job, ".pdf", tmp_path)
    assert len(pages) == 3
    assert [side.where for side in job.sides] == [(1, False), (2, False), (3, False)]
    job.shows(pages)
    assert job.record["counters"]["color"] == 3


def test_pdf_on_both_sides(lp: Print, papers: Samples, tmp_path: Path) -> None:
    """sides: the second page is on the back of the first (RFC 8011 section 5.2.8)."""
    job = lp(papers.pdf("a4", 3), "sides=two-sided-long-edge")
    assert [side.where for side in job.sides] == [(1, False), (1, True), (2, False)]
    assert {entry["sides"] for entry in job.record["sheets"]} == {"two-sided-long-edge"}
    job.shows(received(job, ".pdf", tmp_path))


def test_copies(lp: Print, papers: Samples, tmp_path: Path) -> None:
    """Two collated copies on both sides: each begins on its own sheet (RFC 8011 section 5.2.5)."""
    job = lp(papers.pdf("a4", 3), "copies=2", "collate=true", "sides=two-sided-long-edge")
    pages = received(job, ".pdf", tmp_path)
    wanted = pages if len(pages) > 3 else [*pages, *pages]  # CUPS may repeat the pages, or leave it to the printer
    wanted = [page for index, page in enumerate(wanted) if index not in _blank(wanted)]
    assert [side.where for side in job.sides] == [(1, False), (1, True), (2, False), (3, False), (3, True), (4, False)]
    job.shows(wanted)


def _blank(pages: list[Picture]) -> set[int]:
    return {index for index, page in enumerate(pages) if page.image.getextrema() == ((255, 255),) * 3}


def test_monochrome(lp: Print, papers: Samples, tmp_path: Path) -> None:
    """print-color-mode=monochrome: no coloured dot, and the page in greys (PWG 5100.13 section 5.2.3)."""
    job = lp(papers.pdf("a4", 3), "print-color-mode=monochrome")
    pages = received(job, ".pdf", tmp_path)
    job.shows([page.gray() for page in pages])
    assert job.record["counters"]["color"] == 0
    assert similarity(job.sides[0].picture, pages[0]) < 0.93, "the coloured page would pass: no colour in the document"


def test_letter(lp: Print, papers: Samples, tmp_path: Path) -> None:
    """media=na_letter_8.5x11in comes out on Letter."""
    job = lp(papers.pdf("letter", 2), "media=na_letter_8.5x11in")
    assert {entry["media"]["name"] for entry in job.record["sheets"]} == {"na_letter_8.5x11in"}
    pages = received(job, ".pdf", tmp_path)
    assert job.sides[0].picture.image.size == (2550, 3300)
    job.shows(pages)


@pytest.mark.parametrize("kind", ["jpg", "png"])
def test_picture(lp: Print, papers: Samples, kind: str) -> None:
    """A picture arrives as it is and is fitted into the printable area, turned to suit it (PWG 5100.13)."""
    photo = papers.photo(kind=kind)
    job = lp(photo)
    (document,) = job.documents
    assert digest(document) == digest(photo)
    picture = Photo(document)
    job.shows([compose(A4, (picture, fit(picture, A4.printable, 1), 1))])


def test_gray_picture_in_monochrome(lp: Print, papers: Samples) -> None:
    photo = papers.photo()
    job = lp(photo, "print-color-mode=monochrome")
    picture = Photo(job.documents[0])
    wanted = compose(A4, (picture, fit(picture, A4.printable, 1), 1))
    job.shows([wanted.gray()])
    assert similarity(job.sides[0].picture, wanted) < 0.93


def test_text(lp: Print, tmp_path: Path) -> None:
    """Plain text, which CUPS sets itself."""
    lines = [
        f"{number:3} The quick brown fox jumps over the lazy dog, {number * 37} times." for number in range(1, 101)
    ]
    file = tmp_path / "lines.txt"
    file.write_text("\n".join(lines) + "\n")
    job = lp(file)
    pages = received(job, ".pdf", tmp_path)
    assert len(pages) == 2
    job.shows(pages)


def test_page_ranges_and_number_up(lp: Print, papers: Samples, tmp_path: Path) -> None:
    """CUPS picks pages and puts two on a side itself: the printer must not do so again."""
    job = lp(papers.pdf("a4", 5), "page-ranges=2-4", "number-up=2")
    pages = received(job, ".pdf", tmp_path)
    assert len(pages) == 2
    job.shows(pages)
