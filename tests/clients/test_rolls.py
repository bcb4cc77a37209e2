"""A roll is cut into lengths: what lies in the tray after each ``trim``, against pictures put together by Pillow.

Pages are bitmaps of the head's own resolution, so that a piece of the roll is its pages dot by dot; a comparison that
passes fails on pages in another order, a page too few, and one that is 2 mm off.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageChops, ImageDraw

from raster_ext import ColorSpace
from tests.clients.printed import Printed
from tests.clients.tickets import Job
from tests.desk import Desk, desk
from tests.document.press_kit import Media, pwg, raster_page

DPI, WIDTH = 203, 6200
LABEL, SQUARE = "oe_address-label_62x29mm", "oe_square-label_62x62mm"
LENGTHS = {LABEL: 2900, SQUARE: 6200}


@pytest.fixture(scope="module")
def printer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with desk(tmp_path_factory.mktemp("roll"), "--keep-documents", "--model", "label-roll") as running:
        yield running


def label(number: int, length: int = 2900) -> Image.Image:
    """Black on white, each one different, nothing of it symmetric."""
    page = Image.new("1", (WIDTH * DPI // 2540, length * DPI // 2540), 1)
    draw = ImageDraw.Draw(page)
    for bar in range(number):
        draw.rectangle((20 + 45 * bar, 15, 45 + 45 * bar, page.height // 2), fill=0)
    draw.polygon([(10 * number, page.height - 8), (page.width - 8, page.height - 8), (page.width - 60, 60)], fill=0)
    return page


def document(folder: Path, name: str, pages: Sequence[Image.Image]) -> Path:
    """PWG raster of black dots."""
    file = folder / f"{name}.pwg"
    sized = [
        raster_page((ColorSpace.BLACK, 1, 1), Media("", 0, 0), DPI, size=(page.width, page.height)) for page in pages
    ]
    dots = [page.tobytes("raw", "1;I") for page in pages]
    file.write_bytes(pwg(zip(sized, dots, strict=True)))
    return file


def piece(pages: Sequence[Image.Image], lengths: Sequence[int]) -> Image.Image:
    """Pages one below the other on a length of the roll."""
    found = Image.new("L", (WIDTH * DPI // 2540, sum(lengths) * DPI // 2540), 255)
    top = 0
    for page, length in zip(pages, lengths, strict=True):
        found.paste(page.convert("L"), (0, round(top * DPI / 2540)))
        top += length
    return found


def unlike(one: Image.Image, other: Image.Image) -> float:
    """The share of dots that differ; lengths are rounded to whole dots once."""
    assert one.width == other.width
    assert abs(one.height - other.height) <= 1, f"{one.height} dots long, not {other.height}"
    height = min(one.height, other.height)
    first, second = (np.asarray(picture.convert("L").crop((0, 0, one.width, height))) > 127 for picture in (one, other))
    return float((first != second).mean())


def lies(done: Printed, wanted: Sequence[Sequence[Image.Image]], length: int = 2900) -> None:
    """These pieces, each with these pages."""
    assert len(done.sides) == len(wanted), f"{len(done.sides)} pieces, not {len(wanted)}"
    for side, pages in zip(done.sides, wanted, strict=True):
        found = side.picture.image
        lengths = [length] * len(pages)
        assert unlike(found, piece(pages, lengths)) < 0.01
        assert unlike(found, ImageChops.offset(piece(pages, lengths), 0, 2 * DPI * 10 // 254)) > 0.03, "2 mm would pass"
        assert unlike(found, piece([*pages[:-1], label(9, length)], lengths)) > 0.01, "another page would pass"
        if len(pages) > 1:
            assert unlike(found, piece(pages[::-1], lengths)) > 0.01, "another order would pass"


def finished(done: Printed) -> list[list[str]]:
    return [sheet["finishings"] for sheet in done.record["sheets"]]


TRIM = {"pages": 60, "documents": 61, "copies": 62, "job": 63}
"""The enum values of finishings (PWG 5100.1)."""


@pytest.mark.parametrize("after", [None, *TRIM])
def test_a_job_of_two_documents_in_two_copies(job: Job, tmp_path: Path, after: str | None) -> None:
    one, two, three = label(1), label(2), label(3)
    papers = [document(tmp_path, "first", [one, two]), document(tmp_path, "second", [three])]
    trim = [f"ATTR enum finishings {TRIM[after]}"] if after else []
    done = job(
        *papers, ticket=[f"ATTR keyword media {LABEL}", "ATTR integer copies 2",
                         "ATTR keyword multiple-document-handling separate-documents-collated-copies", *trim],
    )  # fmt: skip
    copy: dict[str | None, list[list[Image.Image]]] = {
        None: [[one], [two], [three]],
        "pages": [[one], [two], [three]],
        "documents": [[one, two], [three]],
        "copies": [[one, two, three]],
    }
    lies(done, [[one, two, three, one, two, three]] if after == "job" else copy[after] * 2)
    assert finished(done) == [[f"trim-after-{after}"] if after else []] * len(done.sides)


def test_the_media_decides_how_long_a_piece_is(job: Job, tmp_path: Path) -> None:
    pages = [label(number, 6200) for number in (1, 2)]
    paper = document(tmp_path, "square", pages)
    done = job(paper, ticket=[f"ATTR keyword media {SQUARE}", "ATTR enum finishings 60"])
    lies(done, [[page] for page in pages], 6200)


def test_a_length_of_the_client_s_own(job: Job, tmp_path: Path) -> None:
    """media-col with a size between those of the model, and a trimming by finishings-col."""
    pages = [label(number, 4350) for number in (1, 2, 3)]
    size = "{MEMBER integer x-dimension 6200 MEMBER integer y-dimension 4350}"
    done = job(
        document(tmp_path, "own", pages),
        ticket=[
            f"ATTR collection media-col {{MEMBER collection media-size {size}}}",
            "ATTR collection finishings-col {MEMBER collection trimming {MEMBER keyword trimming-when after-job}}",
        ],
    )
    lies(done, [pages], 4350)
    assert [sheet["media"]["source"] for sheet in done.record["sheets"]] == ["main-roll"]


def test_pieces_of_two_lengths_in_one_job(job: Job, tmp_path: Path) -> None:
    """An override's page is as long as its own media; uncut, it hangs together with the others."""
    short, long = label(1), label(2, 6200)
    override = f"ATTR collection overrides {{MEMBER rangeOfInteger pages 2-2 MEMBER keyword media {SQUARE}}}"
    paper = document(tmp_path, "mixed", [short, long, short])
    ticket = [f"ATTR keyword media {LABEL}", override]
    done = job(paper, ticket=[*ticket, "ATTR enum finishings 60"])
    lengths = [round(side.picture.image.height * 2540 / DPI, -2) for side in done.sides]
    assert lengths == [2900, 6200, 2900]
    joined = job(paper, ticket=[*ticket, "ATTR enum finishings 63"])
    (side,) = joined.sides
    assert unlike(side.picture.image, piece([short, long, short], [2900, 6200, 2900])) < 0.01
    assert unlike(side.picture.image, piece([long, short, short], [6200, 2900, 2900])) > 0.03
