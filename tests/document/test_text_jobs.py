"""Plain text on paper, compared with a PDF of the same lines that Poppler renders with the same font."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from firmware.document.formats import text as text_format
from firmware.document.formats.fonts import Fonts
from firmware.document.formats.rendering import FONTS, Box, Options
from tests.document.pdf_kit import pdf, stream
from tests.document.press_kit import A5, A6, MarkedSide, alike, picture, poppler, press, shifted, source, ticket

DPI = 600
MARGIN = 42.52
"""15 mm in points."""
BORDERED = replace(A6, left=1500, top=1500, right=1500, bottom=1500)
LINES = [f"{n:3} quick brown fox {'lazy ' * (n % 3)}dog" for n in range(25)]


def mono() -> Path:
    path = Fonts(FONTS).primary
    if path is None or "DejaVuSansMono" not in path:
        pytest.fail("the tests need the font DejaVu Sans Mono (package fonts-dejavu-core)")
    return Path(path)


def reference(lines: list[str], folder: Path, width: float = 297.64, height: float = 419.53) -> Image.Image:
    """The same lines at the same places, in a PDF with the font embedded."""
    data = mono().read_bytes().decode("latin-1")
    widths = "602 " * 224
    extra = [
        f"<< /Type /Font /Subtype /TrueType /BaseFont /DejaVuSansMono /FirstChar 32 /LastChar 255 /Widths [{widths}]"
        " /Encoding /WinAnsiEncoding /FontDescriptor 5 0 R >>",
        "<< /Type /FontDescriptor /FontName /DejaVuSansMono /Flags 33 /FontBBox [0 -236 602 928] /ItalicAngle 0"
        " /Ascent 928 /Descent -236 /CapHeight 729 /StemV 80 /FontFile2 6 0 R >>",
        stream(data, f"/Length1 {len(data)}"),
    ]
    rows = " ".join(f"({line}) Tj 0 -12 Td" for line in lines)
    content = f"BT /M 10 Tf {MARGIN} {height - MARGIN - 9.6} Td {rows} ET"
    page = f"/MediaBox [0 0 {width} {height}] /Resources << /Font << /M 4 0 R >> >>"
    file = folder / "reference.pdf"
    file.write_bytes(pdf([page], [content], extra=extra))
    return poppler(file, 1, DPI)


def assert_shows(side: MarkedSide, page: Image.Image) -> None:
    shown = picture(side).convert("RGB")
    page = page.crop((0, 0, *shown.size))
    assert alike(shown, page, DPI) >= 0.97
    assert alike(shown, shifted(page, DPI), DPI) < 0.93
    assert alike(shown, page.transpose(Image.Transpose.ROTATE_180), DPI) < 0.93
    assert alike(shown, Image.new("RGB", page.size, "white"), DPI) < 0.93


def test_lines_stand_where_they_should(tmp_path: Path) -> None:
    result, sink, _ = press([source("\n".join(LINES).encode(), "text/plain")], ticket(BORDERED, resolution=(DPI, DPI)))
    assert (result.state, result.counters.impressions, result.counters.color) == ("completed", 1, 0)
    assert sink.sides[0].page.kind == "sgray_8"
    assert_shows(sink.sides[0], reference(LINES, tmp_path))
    other = reference(LINES[1:] + LINES[:1], tmp_path)
    assert alike(picture(sink.sides[0]).convert("RGB"), other, DPI) < 0.93


def test_landscape_text_reads_across_the_long_edge(tmp_path: Path) -> None:
    lines = LINES[:16]
    _, sink, _ = press(
        [source("\n".join(lines).encode(), "text/plain")], ticket(BORDERED, orientation=4, resolution=(DPI, DPI))
    )
    page = reference(lines, tmp_path, 419.53, 297.64)
    assert_shows(sink.sides[0], page.transpose(Image.Transpose.ROTATE_90))


def test_latin_1_and_overstruck_text(tmp_path: Path) -> None:
    lines = [f"Größe {n}: café, ½ Ångström" for n in range(20)]
    data = "\n".join(lines).replace("Ang", "A\bAng").encode("latin-1")
    _, sink, _ = press([source(data, "application/octet-stream")], ticket(BORDERED, resolution=(DPI, DPI)))
    assert_shows(sink.sides[0], reference(lines, tmp_path))


def test_number_up_and_page_ranges() -> None:
    lines = "\f".join("\n".join(f"page {page} row {row}" for row in range(30)) for page in range(1, 6))
    result, sink, _ = press(
        [source(lines.encode(), "text/plain")],
        ticket(A5, number_up=2, page_ranges=((2, 4),), sides="two-sided-long-edge"),
    )
    assert (result.counters.impressions, result.counters.sheets, result.counters.pages) == (2, 1, 3)
    assert [side.side.content for side in sink.sides] == [((1, 2), (1, 3)), ((1, 4),)]


def test_an_empty_text_prints_nothing() -> None:
    result, sink, _ = press([source(b"", "text/plain")], ticket(A5))
    assert (result.state, sink.sides) == ("completed", [])


def test_binary_data_is_refused() -> None:
    result, _, _ = press([source(b"text\0with\0nuls", "text/plain")], ticket(A5))
    assert (result.state, result.reasons[1]) == ("aborted", "document-format-error")


def strip(data: bytes, options: Options, turn: int = 0) -> np.ndarray:
    """The first page, in this process."""
    opened = text_format.open(io.BytesIO(data), options)
    facts = opened.page(1)
    assert facts is not None
    width, height = (2480, 3496) if turn % 2 == 0 else (3496, 2480)
    channels = 3 if facts.kind == "srgb_8" else 1
    into = bytearray(width * height * channels)
    opened.draw(1, Box(width, height, turn, 0, 0, width, height), memoryview(into))
    return np.frombuffer(into, np.uint8).reshape(height, width, channels)


MEDIA = {"width": 10500, "height": 14800, "left": 0, "top": 0, "right": 0, "bottom": 0}


def test_without_any_font_pdfium_draws_with_its_own() -> None:
    lines = "\n".join(f"{n} is a line in Courier, Grüße, 漢" for n in range(20)).encode()
    bare = Image.fromarray(strip(lines, Options(fonts=(), media=MEDIA))).convert("RGB")
    blank = Image.new("RGB", bare.size, "white")
    assert alike(bare, blank, DPI) < 0.5
    ink = np.asarray(bare.convert("L")) < 128
    assert 150 <= ink.any(axis=0).argmax() <= 210  # the left margin of 7 mm
    assert 0.02 < ink.mean() < 0.2
    turned = strip(lines, Options(fonts=(), media=MEDIA), 1)
    assert alike(Image.fromarray(turned).transpose(Image.Transpose.ROTATE_270), bare, DPI) > 0.97


def test_strips_join_to_the_page() -> None:
    opened = text_format.open(io.BytesIO("\n".join(LINES).encode()), Options(media=MEDIA))
    opened.page(1)
    whole, parts = bytearray(620 * 877), bytearray()
    opened.draw(1, Box(620, 877, 0, 0, 0, 620, 877), memoryview(whole))
    for top in range(0, 877, 50):
        part = bytearray(620 * min(50, 877 - top))
        opened.draw(1, Box(620, 877, 0, 0, top, 620, min(877, top + 50)), memoryview(part))
        parts += part
    assert parts == whole


def test_other_scripts_use_other_fonts_or_a_box() -> None:
    fonts = Fonts(FONTS)
    assert fonts.path_for("A") == fonts.path_for("Ω") == str(mono())
    assert fonts.path_for("\U0001f9ff") in (fonts.primary, fonts.path_for("\U0001f9ff"))
    boxed = strip("\ufdd0\u0e01\u4e2d".encode(), Options(media=MEDIA))
    assert boxed.min() < 128


def test_fonts_that_are_none_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "aaa-mono.ttf").write_bytes(b"\0\1\0\0\0\xff" + b"\xff" * 200)
    (tmp_path / "empty.otf").write_bytes(b"")
    (tmp_path / "collection.ttc").write_bytes(b"ttcf" + b"\xff" * 20)
    assert Fonts([str(tmp_path)]).primary is None
    (tmp_path / "real.ttf").write_bytes(mono().read_bytes())
    assert Fonts([str(tmp_path)]).primary == str(tmp_path / "real.ttf")
