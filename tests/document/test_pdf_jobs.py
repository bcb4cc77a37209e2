"""PDF documents on paper, compared with how Poppler renders them; and PDFs that won't print."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from firmware.core.ticket import Override, Ticket
from firmware.document.job import DocumentSource, PressResult
from tests.document.pdf_kit import document, pdf, stream, text
from tests.document.press_kit import (
    A4,
    A5,
    A6,
    Capabilities,
    MarkedSide,
    MemorySink,
    Recorder,
    alike,
    picture,
    poppler,
    postscript,
    shifted,
    source,
    ticket,
)
from tests.document.press_kit import (
    press as press_any,
)

PDF = "application/pdf"
DPI = 300
GOOD, BAD = 0.97, 0.93


def press(documents: list[DocumentSource], asked: Ticket, **more: object) -> tuple[PressResult, MemorySink, Recorder]:
    """At a resolution that suits the comparisons."""
    return press_any(documents, asked, capabilities=Capabilities(((DPI, DPI),), {}), **more)


def scaled(width: int, height: int) -> tuple[str, ...]:
    """Poppler's options for a page of so many pixels."""
    return "-scale-to-x", str(width), "-scale-to-y", str(height)


def reference(data: bytes, folder: Path, number: int = 1, *more: str) -> Image.Image:
    file = folder / "reference.pdf"
    file.write_bytes(data)
    return poppler(file, number, DPI, *more)


def on(side: MarkedSide, page: Image.Image) -> float:
    """How much like a reference page a side is; the reference may be some pixels larger or smaller."""
    shown = picture(side).convert("RGB")
    canvas = Image.new("RGB", shown.size, "white")
    canvas.paste(page, ((shown.width - page.width) // 2, (shown.height - page.height) // 2))
    return alike(shown, canvas, DPI)


def test_pages_look_as_poppler_renders_them(tmp_path: Path) -> None:
    data = document(3)
    result, sink, _ = press([source(data, PDF, tmp_path)], ticket(A5))
    assert result.state == "completed"
    assert (result.counters.impressions, result.counters.color) == (3, 3)
    pages = [reference(data, tmp_path, number) for number in (1, 2, 3)]
    for index, side in enumerate(sink.sides):
        assert side.page.kind == "srgb_8"
        assert on(side, pages[index]) >= GOOD
        assert on(side, pages[(index + 1) % 3]) < BAD
        assert on(side, Image.new("RGB", pages[0].size, "white")) < BAD
        assert on(side, shifted(pages[index], DPI)) < BAD


def test_a_pdf_made_by_ghostscript_with_pictures_and_transparency(tmp_path: Path) -> None:
    program = """
    /Times-Roman findfont 14 scalefont setfont
    1 1 40 { /i exch def 60 800 i 15 mul sub moveto (A line of Times Roman, number ) show i 9 string cvs show } for
    gsave 100 80 translate 400 150 scale
    /row 64 string def 0 1 63 { row exch dup 4 mul put } for
    64 24 8 [64 0 0 24 0 0] { row } image grestore
    0.2 0.7 0.3 setrgbcolor 420 600 80 0 360 arc fill
    showpage"""
    file = postscript(program, tmp_path / "gs.pdf")
    result, sink, _ = press([source(file.read_bytes(), PDF, tmp_path)], ticket(A4))
    assert result.state == "completed"
    page = poppler(file, 1, DPI)
    assert on(sink.sides[0], page) >= GOOD
    assert on(sink.sides[0], shifted(page, DPI)) < BAD


def test_monochrome_is_gray(tmp_path: Path) -> None:
    data = document(1)
    result, sink, _ = press([source(data, PDF, tmp_path)], ticket(A5, color_mode="monochrome"))
    assert sink.sides[0].page.kind == "sgray_8"
    assert result.counters.color == 0
    page = reference(data, tmp_path, 1, "-gray").convert("L")
    assert on(sink.sides[0], page) >= GOOD


def test_bi_level_has_only_black_and_white(tmp_path: Path) -> None:
    _, sink, _ = press([source(document(1), PDF, tmp_path)], ticket(A5, color_mode="bi-level"))
    side = sink.sides[0]
    assert side.page.kind == "black_1"
    assert 0.01 < np.asarray(picture(side)).mean() < 0.99


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_boxes_and_rotate(turn: int, tmp_path: Path) -> None:
    """A page shows its crop box, which need not begin at the origin, turned by /Rotate."""
    entries = f"/MediaBox [-100 50 600 1000] /CropBox [20 100 440 695] /Rotate {turn}"
    data = pdf([entries], [f"q 1 0 0 1 20 100 cm {text(30, 'Turned by its own dictionary, line')} Q"])
    _, sink, _ = press([source(data, PDF, tmp_path)], ticket(A5))
    page = reference(data, tmp_path, 1, "-cropbox")
    upright = page if turn % 180 == 0 else page.transpose(Image.Transpose.ROTATE_90)
    assert on(sink.sides[0], upright) >= GOOD
    assert on(sink.sides[0], upright.transpose(Image.Transpose.ROTATE_180)) < BAD


@pytest.mark.parametrize(
    ("orientation", "turn"),
    [(3, None), (4, Image.Transpose.ROTATE_90), (5, Image.Transpose.ROTATE_270), (6, Image.Transpose.ROTATE_180)],
)
def test_orientation_requested(orientation: int, turn: Image.Transpose | None, tmp_path: Path) -> None:
    data = document(1)
    bordered = replace(A5, left=640, top=640, right=640, bottom=640)
    _, sink, _ = press([source(data, PDF, tmp_path)], ticket(bordered, orientation=orientation))
    page = reference(data, tmp_path, 1, *(scaled(1127, 1597) if orientation in (4, 5) else ()))
    if turn is not None:
        page = page.transpose(turn)
    assert on(sink.sides[0], page) >= GOOD
    assert on(sink.sides[0], page.transpose(Image.Transpose.ROTATE_180)) < BAD


def test_a_larger_page_is_fitted_into_the_margins(tmp_path: Path) -> None:
    data = document(1, "[0 0 595 842]")
    bordered = replace(A5, left=640, top=640, right=640, bottom=640)
    _, sink, _ = press([source(data, PDF, tmp_path)], ticket(bordered))
    page = reference(data, tmp_path, 1, *scaled(1597, 2259))  # 135.2 mm wide
    assert on(sink.sides[0], page) >= GOOD
    assert on(sink.sides[0], reference(data, tmp_path, 1, *scaled(1748, 2473))) < BAD


def test_unscaled_pages_are_clipped_around_their_middle(tmp_path: Path) -> None:
    data = document(1)
    _, sink, _ = press([source(data, PDF, tmp_path)], ticket(A6, scaling="none"))
    assert on(sink.sides[0], reference(data, tmp_path)) >= GOOD
    assert (sink.sides[0].page.width, sink.sides[0].page.height) == (1240, 1748)


def test_pages_of_different_sizes_and_page_ranges(tmp_path: Path) -> None:
    contents = [text(10, f"page {n}", top=380) for n in range(1, 5)]
    data = pdf([f"/MediaBox [0 0 {300 + 20 * n} 500]" for n in range(4)], contents)
    result, sink, _ = press([source(data, PDF, tmp_path)], ticket(A5, page_ranges=((2, 2), (4, 4))))
    assert result.counters.pages == 2
    for side, number in zip(sink.sides, (2, 4), strict=True):
        page = reference(data, tmp_path, number)
        assert on(side, page) >= GOOD


def test_two_up_on_one_side(tmp_path: Path) -> None:
    data = document(3)
    _, sink, _ = press([source(data, PDF, tmp_path)], ticket(A5, number_up=2))
    pages = [reference(data, tmp_path, number, *scaled(1234, 1748)) for number in (1, 2, 3)]

    def sheet(*shown: Image.Image) -> Image.Image:
        canvas = Image.new("RGB", (2480, 1748), "white")
        for index, page in enumerate(shown):
            canvas.paste(page, (index * 1240 + 3, 0))
        return canvas.transpose(Image.Transpose.ROTATE_90)

    assert on(sink.sides[0], sheet(*pages[:2])) >= GOOD
    assert on(sink.sides[0], sheet(pages[1], pages[0])) < BAD
    assert on(sink.sides[1], sheet(pages[2])) >= GOOD
    assert on(sink.sides[1], sheet(pages[1])) < BAD


@pytest.mark.parametrize("number_up", [4, 9])
def test_pages_side_by_side_do_not_mix(number_up: int, tmp_path: Path) -> None:
    data = document(4)
    _, sink, _ = press([source(data, PDF, tmp_path)], ticket(A4, number_up=number_up))
    across = {4: 2, 9: 3}[number_up]
    width, height = 2480 // across, 3507 // across
    pages = [reference(data, tmp_path, number, *scaled(width - 2, height)) for number in range(1, 5)]
    side = picture(sink.sides[0])
    for index in range(4):
        left, top = index % across * 2480 // across, index // across * 3507 // across
        cell = side.crop((left + 1, top, left + width - 1, top + height))
        likeness = [alike(cell, page, DPI) for page in pages]
        assert likeness[index] >= (GOOD if number_up == 4 else BAD)
        assert max(likeness[:index] + likeness[index + 1 :]) < 0.9


def test_copies_and_their_overrides(tmp_path: Path) -> None:
    data = document(2)
    second_copy = Override((), (), ((2, 2),), (("color_mode", "monochrome"),))
    result, sink, _ = press([source(data, PDF, tmp_path)], ticket(A5, copies=3, overrides=(second_copy,)))
    assert result.counters.impressions == 6
    assert result.counters.color == 4
    pixels = [bytes(side.pixels) for side in sink.sides]
    assert pixels[0] == pixels[4]
    assert pixels[1] == pixels[5]
    assert pixels[0] != pixels[1]
    assert [side.page.kind for side in sink.sides] == ["srgb_8"] * 2 + ["sgray_8"] * 2 + ["srgb_8"] * 2


def test_several_pdfs_in_one_job_and_on_one_side(tmp_path: Path) -> None:
    documents = [source(document(1), PDF, tmp_path, number) for number in (1, 2, 3, 4)]
    result, sink, _ = press(documents, ticket(A4, number_up=4))
    assert result.counters.impressions == 1
    assert sink.sides[0].side.content == ((1, 1), (2, 1), (3, 1), (4, 1))
    page = reference(document(1), tmp_path, 1, *scaled(1238, 1754))
    quarter = picture(sink.sides[0]).crop((1241, 1753, 2479, 3507))
    assert alike(quarter, page, DPI) >= GOOD


@pytest.mark.parametrize("copies", [1, 2])
def test_many_documents_need_few_files_and_processes(copies: int, tmp_path: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))
    most = [0]

    class Counting(Recorder):
        def page(self, document: int, number: int) -> None:
            most[0] = max(most[0], len(os.listdir("/proc/self/fd")))

    documents = [source(document(1), PDF, tmp_path, number) for number in range(1, 13)]
    result, _, _ = press(documents, ticket(A6, copies=copies), progress=Counting())
    assert result.counters.impressions == 12 * copies
    assert most[0] - before <= 10


FIELD = (
    "<< /Type /Annot /Subtype /Widget /FT /Tx /T (name) /V (typed) /Rect [100 700 400 740] /F 4 "
    "/DA (/F 18 Tf 0 g) /AP << /N 5 0 R >> >>"
)
LOOK = stream(
    "BT /F 24 Tf 5 10 Td (Typed in) Tj ET",
    "/Type /XObject /Subtype /Form /BBox [0 0 300 40] /Resources << /Font << /F 3 0 R >> >>",
)


def annotation(flags: int) -> str:
    rect = "/Rect [100 300 400 500] /C [1 0 0] /IC [0 1 0]"
    return f"<< /Type /Annot /Subtype /Square {rect} /F {flags} /AP << /N 7 0 R >> >>"


SQUARE = stream("0 1 0 rg 0 0 300 200 re f", "/Type /XObject /Subtype /Form /BBox [0 0 300 200]")


def test_forms_and_annotations_are_drawn_as_printed(tmp_path: Path) -> None:
    page = "/MediaBox [0 0 595 842] /Annots [4 0 R 6 0 R]"
    catalog = "/AcroForm << /Fields [4 0 R] /DR << /Font << /F 3 0 R >> >> /DA (/F 18 Tf 0 g) >>"

    def printed(flags: int) -> tuple[np.ndarray, bytes]:
        data = pdf([page], [text(3, "before the form")], catalog, [FIELD, LOOK, annotation(flags), SQUARE])
        _, sink, _ = press([source(data, PDF, tmp_path)], ticket(A4))
        return np.asarray(picture(sink.sides[0])), data

    shown, _ = printed(4)
    field = shown[430:590, 420:1650]
    assert field.min() < 50  # the letters
    assert field.max(axis=2).min() <= field.min(axis=2).min() + 5  # no highlight behind them
    assert np.median(field) == 255
    assert tuple(shown[1800, 1000]) == (0, 255, 0)
    hidden, _ = printed(0)  # without the Print flag (ISO 32000-1 table 165)
    assert tuple(hidden[1800, 1000]) == (255, 255, 255)


# Encrypted


def encrypted(folder: Path, permissions: str = "-1", user: str = "letmein") -> bytes:
    plain, locked = folder / "plain.pdf", folder / "locked.pdf"
    plain.write_bytes(document(1))
    command: list[str | Path] = ["mutool", "clean", "-E", "aes-256", "-O", "owner", "-P", permissions, plain, locked]
    if user:
        command[4:4] = ["-U", user]
    subprocess.run(command, check=True, capture_output=True)
    return locked.read_bytes()


@pytest.mark.parametrize("password", [None, b"", b"wrong"])
def test_an_encrypted_pdf_without_its_password(password: bytes | None, tmp_path: Path) -> None:
    one = source(encrypted(tmp_path), PDF, tmp_path, password=password)
    result, sink, _ = press([one], ticket(A5))
    assert (result.state, result.reasons[1]) == ("aborted", "document-password-error")
    assert sink.sides == []
    assert "letmein" not in result.message


def test_an_encrypted_pdf_with_its_password(tmp_path: Path) -> None:
    one = source(encrypted(tmp_path), PDF, tmp_path, password=b"letmein")
    result, sink, _ = press([one], ticket(A5))
    assert result.state == "completed"
    assert on(sink.sides[0], reference(document(1), tmp_path)) >= GOOD


def test_a_pdf_that_forbids_printing(tmp_path: Path) -> None:
    forbidden = encrypted(tmp_path, permissions="-3904", user="")
    result, _, _ = press([source(forbidden, PDF, tmp_path)], ticket(A5))
    assert (result.state, result.reasons[1]) == ("aborted", "document-permission-error")
    by_owner = source(forbidden, PDF, tmp_path, password=b"owner")
    assert press([by_owner], ticket(A5))[0].state == "completed"


# Broken and hostile


def failed(data: bytes, **more: object) -> tuple[str, str]:
    result, sink, _ = press([source(data, PDF)], ticket(A5), **more)
    assert result.state == "aborted"
    assert sink.sides == []
    return result.reasons[1], result.message


def test_pdfs_that_are_none() -> None:
    for data in (b"", b"%PDF-1.7\n", b"hello" * 1000, document(1)[:200], bytes(5000), b"%PDF-1.7\n" + bytes(9999)):
        assert failed(data)[0] == "document-format-error"
    assert failed(pdf([], []))[0] == "document-format-error"


def test_a_damaged_cross_reference_is_repaired(tmp_path: Path) -> None:
    data = document(1)
    broken = data[: data.index(b"xref")] + b"trailer << /Root 1 0 R >>"
    result, sink, _ = press([source(broken, PDF, tmp_path)], ticket(A5))
    assert result.state == "completed"
    assert on(sink.sides[0], reference(data, tmp_path)) >= GOOD


def test_giant_and_tiny_boxes_print_or_are_refused_at_once() -> None:
    for box in ("[0 0 1e30 1e30]", "[0 0 0 0]", "[0 0 1e-9 1]", "[5 5 5 900]", "[0 0 14400 14400]"):
        data = pdf([f"/MediaBox {box}"], [text(3, "small")])
        for scaling in ("auto", "none"):
            result, _, _ = press([source(data, PDF)], ticket(A5, scaling=scaling))
            assert result.state == "completed" or result.reasons[1] in (
                "document-format-error",
                "document-unprintable-error",
            )


def test_a_cancelled_job_stops_while_its_page_is_rendered() -> None:
    progress = Recorder(cancel_asked=2)
    result, sink, _ = press([source(document(1), PDF)], ticket(A5), progress=progress)
    assert result.state == "canceled"
    assert sink.sides == []


def test_memory_sinks_take_black_pages_only(tmp_path: Path) -> None:
    data = document(1)
    result, sink, _ = press([source(data, PDF, tmp_path)], ticket(A5), sink=MemorySink(("black_1",)))
    assert result.state == "completed"
    page = reference(data, tmp_path, 1, "-gray").convert("L")
    assert on(sink.sides[0], page) >= 0.9  # dots stand for grays
