"""Sheets as evidence: overrides, finishings, booklets, covers, inserts and shifts against pictures made another way.

Jobs go by ipptool straight to a printer with a finisher; references are set by poppler and put on paper, with staples
and holes drawn, by Pillow. Whatever a comparison passes, it fails on a blank, shifted or other page, and a mark in
another place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tests import wire
from tests.clients.paper import Box, Page, Paper, compose, fit, natural, plain
from tests.clients.printed import Printed
from tests.clients.tickets import Job, send
from tests.desk import Desk, desk, until
from tests.oracle import Picture, judge
from tests.samples import Samples

DPI = 150
A4, LETTER, A3 = Paper(21000, 29700, DPI), Paper(21590, 27940, DPI), Paper(29700, 42000, DPI)
NAMES = {A4: "iso_a4_210x297mm", LETTER: "na_letter_8.5x11in", A3: "iso_a3_297x420mm"}
RESOLUTION = "ATTR resolution printer-resolution 150dpi"
LONG = "ATTR keyword sides two-sided-long-edge"
COMPLETED = 9


@pytest.fixture(scope="module")
def printer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("finisher")
    with desk(folder, "--keep-documents", "--model", "office-finisher") as running:
        yield running


def col(name: str, *members: str) -> str:
    return f"ATTR collection {name} {{{' '.join(f'MEMBER {member}' for member in members)}}}"


def media(paper: Paper) -> str:
    return f"keyword media {NAMES[paper]}"


def shows(done: Printed, wanted: Sequence[Picture | None]) -> None:
    """Each side is what is wanted; None is an empty one."""
    assert len(done.sides) == len(wanted), f"{len(done.sides)} sides, not {len(wanted)}"
    for index, (side, picture) in enumerate(zip(done.sides, wanted, strict=True)):
        if picture is None:
            assert side.picture.image.getextrema() == ((255, 255),) * 3, f"side {index} is not empty"
            continue
        others = [one for one in wanted if one is not None and one is not picture]
        others = [one for one in others if one.image.size == picture.image.size]
        judge(side.picture, picture, others[0] if others else None)


def sheets(done: Printed) -> list[tuple[int, bool]]:
    return [side.where for side in done.sides]


def roles(done: Printed) -> list[str]:
    return [sheet["role"] for sheet in done.record["sheets"]]


# --------------------------------------------------------------------------------------------- overrides


def test_a_page_of_one_copy_on_other_media(job: Job, papers: Samples) -> None:
    """PWG 5100.6: pages and document-copies; the page slips to a new sheet."""
    document = papers.pdf("a4", 3)
    one, two, three = (Page(document, number) for number in (1, 2, 3))
    override = col("overrides", "rangeOfInteger pages 2-2", "rangeOfInteger document-copies 2-2", media(LETTER))
    done = job(document, ticket=[RESOLUTION, LONG, "ATTR integer copies 2", override])
    letter = compose(LETTER, (two, fit(two, LETTER.printable), 0))
    shows(done, [plain(one, A4), plain(two, A4), plain(three, A4), plain(one, A4), letter, plain(three, A4)])
    assert sheets(done) == [(1, False), (1, True), (2, False), (3, False), (4, False), (5, False)]
    assert [sheet["media"]["source"] for sheet in done.record["sheets"]] == ["tray-1"] * 3 + ["tray-2", "tray-1"]


def test_a_page_of_one_document_turned_and_shifted(job: Job, papers: Samples) -> None:
    """document-numbers count the job's documents, pages those of each."""
    first, second = papers.pdf("a4", 2), papers.pdf("a4", 3, first=4)
    override = col(
        "overrides", "rangeOfInteger pages 2-2", "rangeOfInteger document-numbers 2-2",
        "enum orientation-requested 6", "integer x-image-shift 1000",
    )  # fmt: skip
    done = job(first, second, ticket=[RESOLUTION, override])
    turned = Page(second, 2)
    box = natural(turned, A4.sheet)
    moved = compose(A4, (turned, Box(box.left + 1000, box.top, box.right + 1000, box.bottom), 2))
    pages = [Page(first, 1), Page(first, 2), Page(second, 1), None, Page(second, 3)]
    shows(done, [plain(page, A4) if page is not None else moved for page in pages])


# -------------------------------------------------------------------------------------------- finishings

Draw = Callable[[ImageDraw.ImageDraw, float], None]
CROP = 800
"""Half the edge of the square that is looked at around a mark, in 1/100 mm."""


def staple(x: int, y: int, dx: int, dy: int) -> Draw:
    """From one end to the other; all in 1/100 mm."""

    def draw(on: ImageDraw.ImageDraw, scale: float) -> None:
        ends = (x - dx) * scale, (y - dy) * scale, (x + dx) * scale, (y + dy) * scale
        on.line(ends, fill="black", width=round(80 * scale))

    return draw


def hole(x: int, y: int) -> Draw:
    def draw(on: ImageDraw.ImageDraw, scale: float) -> None:
        for radius, shade in ((300, "black"), (220, "#a0a0a0")):
            on.ellipse([(edge) * scale for edge in (x - radius, y - radius, x + radius, y + radius)], fill=shade)

    return draw


def marked(picture: Picture, *marks: Draw) -> Picture:
    """Drawn with four times the dots and averaged."""
    width, height = picture.image.size
    large = picture.image.resize((width * 4, height * 4), Image.Resampling.NEAREST)
    for mark in marks:
        mark(ImageDraw.Draw(large), picture.dpi * 4 / 2540)
    return Picture(large.reduce(4), picture.dpi)


def difference(one: Picture, other: Picture, x: int, y: int) -> float:
    """The mean difference of a square around (x, y), averaged to 75 dpi."""
    place = [round(value * 75 / 2540) for value in (max(0, x - CROP), max(0, y - CROP), x + CROP, y + CROP)]
    first, second = (np.asarray(picture.reduced)[place[1] : place[3], place[0] : place[2]] for picture in (one, other))
    return float(np.abs(first - second).mean())


def has_mark(found: Picture, page: Picture, mark: Callable[[int, int], Draw], x: int, y: int) -> None:
    """It is there, and would be missed: a sheet without it, and the mark 2 mm off, are much more unlike."""
    good = difference(found, marked(page, mark(x, y)), x, y)
    assert good < 4
    assert difference(found, page, x, y) > 1.8 * good, "a missing mark would pass"
    assert difference(found, marked(page, mark(x + 200, y + 200)), x, y) > 1.8 * good, "a mark 2 mm off would pass"


def has_none(found: Picture, page: Picture, mark: Callable[[int, int], Draw], x: int, y: int) -> None:
    assert difference(found, marked(page, mark(x, y)), x, y) > 1.8 * difference(found, page, x, y)


def slash(x: int, y: int) -> Draw:
    return staple(x, y, 424, -424)


def backslash(x: int, y: int) -> Draw:
    return staple(x, y, 424, 424)


def upright(x: int, y: int) -> Draw:
    return staple(x, y, 0, 600)


def test_a_staple_and_holes_go_through_front_and_back(job: Job, papers: Samples) -> None:
    document = papers.pdf("a4", 4)
    done = job(document, ticket=[RESOLUTION, LONG, "ATTR enum finishings 20,74"])
    assert done.record["sheets"][0]["finishings"] == ["staple-top-left", "punch-dual-left"]
    for index, side in enumerate(done.sides):
        page = plain(Page(document, index + 1), A4)
        judge(side.picture, page, None)
        if not side.back:
            has_mark(side.picture, page, slash, 900, 900)
            has_none(side.picture, page, backslash, 20100, 900)
            for y in (14850 - 4000, 14850 + 4000):
                has_mark(side.picture, page, hole, 1200, y)
        else:
            has_mark(side.picture, page, backslash, 20100, 900)
            has_none(side.picture, page, slash, 900, 900)
            for y in (14850 - 4000, 14850 + 4000):
                has_mark(side.picture, page, hole, 19800, y)


def test_staples_where_a_client_puts_them(job: Job, papers: Samples) -> None:
    """finishings-col: 30 mm and 60 mm from the sheet's bottom, 10 mm from its left edge."""
    document = papers.pdf("a4", 2)
    stitching = "keyword stitching-reference-edge left MEMBER integer stitching-offset 1000"
    places = "MEMBER integer stitching-locations 3000,6000"
    done = job(document, ticket=[RESOLUTION, f"ATTR collection finishings-col "
               f"{{MEMBER collection stitching {{MEMBER {stitching} {places}}}}}"])  # fmt: skip
    for index, side in enumerate(done.sides):
        page = plain(Page(document, index + 1), A4)
        for y in (29700 - 3000, 29700 - 6000):
            has_mark(side.picture, page, upright, 1000, y)


def test_sets_are_stapled_by_themselves(job: Job, papers: Samples, printer: Desk) -> None:
    """job-pages-per-set: two pages each; the fifth is alone, and one sheet is not stapled."""
    document = papers.pdf("a4", 6)
    ticket = [RESOLUTION, "ATTR enum finishings 20", "ATTR integer job-pages-per-set 2",
              "ATTR rangeOfInteger page-ranges 1-5"]  # fmt: skip
    done = job(document, ticket=ticket)
    assert [bool(sheet["finishings"]) for sheet in done.record["sheets"]] == [True] * 4 + [False]
    for index, side in enumerate(done.sides):
        page = plain(Page(document, index + 1), A4)
        if index < 4:
            has_mark(side.picture, page, slash, 900, 900)
        else:
            has_none(side.picture, page, slash, 900, 900)


def test_a_set_that_can_t_be_stapled_is_told(printer: Desk, papers: Samples, tmp_path: Path) -> None:
    document = papers.pdf("a4", 1)
    number = send(printer, tmp_path, document, ticket=[RESOLUTION, "ATTR enum finishings 20"])
    answer = printer.wait_for_job(number)
    assert answer.all("job-state-reasons") == ["job-completed-with-warnings"]
    assert "staple-top-left" in answer.one("job-state-message")
    assert answer.all("finishings-actual") == [3]
    assert printer.record(number)["sheets"][0]["finishings"] == []


# ----------------------------------------------------------------------------------------------- booklets


def test_a_booklet(job: Job, papers: Samples) -> None:
    """Five pages on two sheets: 8|1 over 2|7, 6|3 over 4|5, read with the sheet's left edge on top."""
    document = papers.pdf("a4", 5)
    done = job(document, ticket=[RESOLUTION, "ATTR keyword imposition-template booklet"])
    right, left = A4.printable.cells(1, 2)

    def side(*pair: int) -> Picture:
        placed = [(Page(document, number), box) for number, box in zip(pair, (left, right), strict=True) if number]
        return compose(A4, *((page, fit(page, box, 1), 1) for page, box in placed))

    shows(done, [side(0, 1), side(2, 0), side(0, 3), side(4, 5)])
    assert {sheet["sides"] for sheet in done.record["sheets"]} == {"two-sided-short-edge"}


# -------------------------------------------------------------------------- covers, inserts, separators


def test_covers_and_an_insert(job: Job, papers: Samples) -> None:
    document = papers.pdf("a4", 6)
    one, two, three, four, five, six = (plain(Page(document, number), A4) for number in range(1, 7))
    ticket = [
        RESOLUTION,
        LONG,
        col("cover-front", "keyword cover-type print-both"),
        col("cover-back", "keyword cover-type print-back"),
        col("insert-sheet", "integer insert-after-page-number 3", "integer insert-count 1"),
    ]
    done = job(document, ticket=ticket)
    shows(done, [one, two, three, None, four, five, None, six])
    assert sheets(done) == [(1, False), (1, True), (2, False), (3, False), (4, False), (4, True), (5, False), (5, True)]
    assert roles(done) == ["cover-front", "pages", "insert-sheet", "pages", "cover-back"]


def test_separators_covers_and_copies(job: Job, papers: Samples) -> None:
    """Slip sheets lie between the sets only (PWG 5100.3); empty covers on other media belong to each set."""
    document = papers.pdf("a4", 1)
    page = plain(Page(document), A4)
    ticket = [
        RESOLUTION,
        "ATTR integer copies 3",
        col("separator-sheets", "keyword separator-sheets-type slip-sheets"),
        col("cover-front", "keyword cover-type print-none", media(LETTER)),
    ]
    done = job(document, ticket=ticket)
    expected = [None, page, None, None, page, None, None, page]
    shows(done, expected)
    a_set = ["cover-front", "pages"]
    assert roles(done) == [*a_set, "separator-sheets", *a_set, "separator-sheets", *a_set]
    assert done.sides[0].picture.image.size == LETTER.pixels


def test_job_sheets_stand_around_the_job(job: Job, papers: Samples) -> None:
    document = papers.pdf("a4", 1)
    done = job(document, ticket=[RESOLUTION, "ATTR keyword job-sheets job-both-sheets"])
    assert roles(done) == ["job-sheets", "pages", "job-sheets"]
    judge(done.sides[1].picture, plain(Page(document), A4), None)
    ink = [255 - np.asarray(done.sides[index].picture.image).mean() for index in (0, 2)]
    assert all(value > 0.2 for value in ink), "something is written on them"


@pytest.mark.parametrize("attribute", ["name job-recipient-name", "text job-message-to-operator"])
def test_a_job_sheet_says_more_than_whose_it_is(job: Job, papers: Samples, attribute: str) -> None:
    """Who the job is for, and what the operator shall know: the sheet has a line more than without."""
    ticket = [RESOLUTION, "ATTR keyword job-sheets standard"]
    plain_one, named = (
        np.asarray(job(papers.pdf("a4", 1), ticket=more).sides[0].picture.image).mean()
        for more in (ticket, [*ticket, f'ATTR {attribute} "Zoe of the third floor, room 7"'])
    )
    assert plain_one - named > 0.03


def test_an_empty_stapler_is_filled(printer: Desk) -> None:
    assert printer.command("ctl", "staples").split() == ["staples", "5000", "of", "5000"]
    with printer.client() as client:
        told = client.ask(wire.GET_PRINTER).one("printer-finisher-supplies")
    assert b"level=5000;" in told


def test_the_last_sheet_first(job: Job, papers: Samples) -> None:
    document = papers.pdf("a4", 3)
    done = job(document, ticket=[RESOLUTION, LONG, "ATTR keyword page-delivery reverse-order-face-up"])
    one, two, three = (plain(Page(document, number), A4) for number in (1, 2, 3))
    shows(done, [three, one, two])


def test_pages_that_begin_on_a_front(job: Job, papers: Samples) -> None:
    document = papers.pdf("a4", 4)
    done = job(document, ticket=[RESOLUTION, LONG, "ATTR integer force-front-side 2,3"])
    shows(done, [plain(Page(document, number), A4) for number in (1, 2, 3, 4)])
    assert sheets(done) == [(1, False), (2, False), (3, False), (3, True)]


# -------------------------------------------------------------------------------------- place on the sheet


@pytest.mark.parametrize(("x", "y"), [("left", "top"), ("right", "bottom"), ("center", "top")])
def test_where_a_small_page_lies(job: Job, papers: Samples, x: str, y: str) -> None:
    document = papers.pdf("a5", 1)
    page = Page(document, paper="a5")
    width, height = page.size
    left = {"left": 0.0, "center": (A4.width - width) / 2, "right": A4.width - width}[x]
    top = {"top": 0.0, "bottom": A4.height - height}[y]
    ticket = [RESOLUTION, "ATTR keyword print-scaling none",
              f"ATTR keyword x-image-position {x}", f"ATTR keyword y-image-position {y}"]  # fmt: skip
    done = job(document, ticket=ticket)
    shows(done, [compose(A4, (page, Box(left, top, left + width, top + height), 0))])


def test_images_are_shifted_for_the_binding(job: Job, papers: Samples) -> None:
    """Fronts 10 mm to the right, backs 10 mm to the left, both 5 mm up."""
    document = papers.pdf("a4", 2)
    ticket = [RESOLUTION, LONG, "ATTR integer x-side1-image-shift 1000", "ATTR integer x-side2-image-shift -1000",
              "ATTR integer y-image-shift 500"]  # fmt: skip
    done = job(document, ticket=ticket)
    wanted = []
    for number, right in ((1, 1000), (2, -1000)):
        page = Page(document, number)
        box = natural(page, A4.sheet)
        moved = Box(box.left + right, box.top - 500, box.right + right, box.bottom - 500)
        wanted.append(compose(A4, (page, moved, 0)))
    shows(done, wanted)


# ------------------------------------------------------------------------------ what was really done


def state(printer: Desk) -> tuple[int, list[str]]:
    wanted = wire.attribute("keyword", "requested-attributes", "printer-state", "printer-state-reasons")
    with printer.client() as client:
        answer = client.ask(wire.GET_PRINTER, wanted)
    return answer.one("printer-state"), answer.all("printer-state-reasons")


def stopped(printer: Desk, number: int) -> wire.Answer:
    def found() -> wire.Answer | None:
        answer = client.job(number)
        return answer if answer.one("job-state") == 6 else None

    with printer.client() as client:
        return until(found, f"job {number} to stop", 60)


def test_a_tray_runs_empty_and_is_filled(printer: Desk, papers: Samples, tmp_path: Path) -> None:
    document = papers.pdf("a4", 4)
    printer.command("ctl", "load", "tray-1", NAMES[A4], "--sheets", "3")
    try:
        source = col("media-col", "keyword media-source tray-1")
        number = send(printer, tmp_path, document, ticket=[RESOLUTION, source])
        answer = stopped(printer, number)
        assert answer.all("job-state-reasons") == ["job-printing", "printer-stopped"]
        assert answer.one("job-media-sheets-completed") == 3
        code, why = state(printer)
        assert code == 5
        assert "media-empty" in why
        printer.command("ctl", "load", "tray-1", NAMES[A4], "--sheets", "10")
        done = printer.wait_for_job(number)
        assert done.one("job-state") == COMPLETED
        assert done.one("job-media-sheets-completed") == 4
        assert "7" in printer.command("ctl", "trays")
        assert "media-empty" not in state(printer)[1]
    finally:
        printer.command("ctl", "load", "tray-1", NAMES[A4])


def test_what_was_done_is_told_when_media_runs_out_and_the_job_is_canceled(
    printer: Desk, papers: Samples, tmp_path: Path
) -> None:
    """Three copies of two pages on five sheets: two copies came out whole."""
    document = papers.pdf("a4", 2)
    printer.command("ctl", "load", "tray-1", NAMES[A4], "--sheets", "5")
    try:
        ticket = [RESOLUTION, col("media-col", "keyword media-source tray-1"), "ATTR integer copies 3"]
        number = send(printer, tmp_path, document, ticket=ticket)
        stopped(printer, number)
        with printer.client() as client:
            client.ask(wire.CANCEL_JOB, wire.attribute("integer", "job-id", number))
        done = printer.wait_for_job(number)
    finally:
        printer.command("ctl", "load", "tray-1", NAMES[A4])
    assert done.one("job-state") == wire.CANCELED
    assert done.one("copies") == 3
    assert done.one("copies-actual") == 2
    assert done.one("job-media-sheets-completed") == done.one("job-impressions-completed") == 5
    assert printer.record(number)["counters"]["sheets"] == 5
    until(lambda: True if "media-empty" not in state(printer)[1] else None, "the printer to go on", 20)


def test_media_that_is_substituted_is_told(printer: Desk, papers: Samples, tmp_path: Path) -> None:
    """Asked for by size alone, it comes out of the tray that has it: source, type, colour and weight are told."""
    number = send(printer, tmp_path, papers.pdf("a4", 1), ticket=[
        RESOLUTION, col("media-col", "keyword media-type cardstock")])  # fmt: skip
    done = printer.wait_for_job(number)
    fed = printer.record(number)["sheets"][0]["media"]
    assert (fed["source"], fed["type"], fed["color"], fed["weight"]) == ("by-pass-tray", "cardstock", "blue", 160)
    assert done.one("media-actual") == NAMES[A4]
