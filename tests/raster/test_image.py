"""PNG and PDF: read back by other people's readers, pixel by pixel."""

from __future__ import annotations

import contextlib
import io
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from numpy.typing import NDArray
from PIL import Image

from raster_ext import ColorSpace, Page
from raster_ext.image import KINDS, ImageStream
from raster_ext.pdf import PdfWriter
from raster_ext.png import PngWriter
from tests.desk import need
from tests.raster import kit


def _page(kind: str, width: int = 61, height: int = 45, dpi: tuple[int, int] = (600, 300)) -> Page:
    return kit.page(kit.PWG_KINDS[kind], width, height, dpi)


def _png(page: Page, data: bytes, step: int = 7) -> bytes:
    out: list[bytes] = []
    writer = PngWriter(out.append, page)
    for y in range(0, page.height, step):
        writer.write_band(memoryview(data)[y * page.bytes_per_line : (y + step) * page.bytes_per_line])
    writer.close()
    return b"".join(out)


def _light(page: Page, data: bytes) -> NDArray[np.uint8]:
    """The picture as gray or RGB of 8 bits."""
    raw = np.frombuffer(data, np.uint8).reshape(page.height, page.bytes_per_line)
    if page.bits_per_color == 1:
        return 255 - 255 * np.unpackbits(raw, axis=1)[:, : page.width]
    return raw.reshape(page.height, page.width, page.num_colors).squeeze(axis=2 if page.num_colors == 1 else ())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("step", [1, 7, 1000])
def test_png_by_pillow(kind: str, step: int) -> None:
    page = _page(kind)
    data = kit.pixels(page, 1)
    with Image.open(io.BytesIO(_png(page, data, step))) as image:
        image.load()
        x, y = image.info["dpi"]
        assert (round(x), round(y)) == (600, 300)
        expected = _light(page, data)
        assert (np.asarray(image.convert("RGB" if expected.ndim == 3 else "L")) == expected).all()


@pytest.mark.parametrize("kind", KINDS)
def test_png_chunk_by_chunk(kind: str) -> None:
    """Every checksum, the order of chunks, and the stream by zlib of the standard library."""
    page = _page(kind)
    data = kit.pixels(page, 2)
    file = _png(page, data)
    assert file[:8] == b"\x89PNG\r\n\x1a\n"
    at, names, stream = 8, [], b""
    while at < len(file):
        (size,) = struct.unpack(">I", file[at : at + 4])
        name, body = file[at + 4 : at + 8], file[at + 8 : at + 8 + size]
        assert file[at + 8 + size : at + 12 + size] == struct.pack(">I", zlib.crc32(name + body))
        names.append(name)
        stream += body if name == b"IDAT" else b""
        at += 12 + size
    assert names[0] == b"IHDR"
    assert names[-1] == b"IEND"
    rows = np.frombuffer(zlib.decompress(stream), np.uint8).reshape(page.height, page.bytes_per_line + 1)
    assert (rows[:, 0] == 2).all()
    lines = np.add.accumulate(rows[:, 1:], axis=0, dtype=np.uint8)
    assert lines.tobytes() == data


def test_png_of_a_broken_stream_is_noticed() -> None:
    page = _page("srgb_8")
    file = _png(page, kit.pixels(page))
    at = file.index(b"IDAT") + 30
    with pytest.raises((OSError, SyntaxError)), Image.open(io.BytesIO(file[:at] + b"\0" + file[at + 1 :])) as image:
        image.load()


def _pdf(pages: list[tuple[Page, bytes]], step: int = 7) -> bytes:
    out: list[bytes] = []
    writer = PdfWriter(out.append)
    for page, data in pages:
        writer.start_page(page)
        for y in range(0, page.height, step):
            writer.write_band(memoryview(data)[y * page.bytes_per_line : (y + step) * page.bytes_per_line])
        writer.end_page()
    writer.close()
    return b"".join(out)


def test_pdf_by_pdfium() -> None:
    """Sizes in points, and every pixel when the page is drawn at its own resolution."""
    pages = [(page, kit.pixels(page, 3)) for kind in KINDS for page in (_page(kind, 64, 45, (72, 72)), _page(kind))]
    file = _pdf(pages)
    with pypdfium2.PdfDocument(file) as document:
        assert len(document) == 6
        for drawn, (page, data) in zip(document, pages, strict=True):
            width, height = drawn.get_size()
            xdpi, ydpi = page.resolution
            assert width == pytest.approx(page.width * 72 / xdpi, abs=1e-3)
            assert height == pytest.approx(page.height * 72 / ydpi, abs=1e-3)
            if xdpi == ydpi:
                seen = drawn.render(scale=xdpi / 72).to_numpy()[:, :, ::-1]
                expected = _light(page, data)
                assert (seen == (expected if expected.ndim == 3 else expected[:, :, None])).all()


def test_pdf_by_poppler(tmp_path: Path) -> None:
    """The images as they are in the file; and a planted fault in one is seen."""
    need("pdfimages", packages=("poppler-utils",))
    pages = [(page, kit.pixels(page, 4)) for kind in KINDS for page in (_page(kind),)]
    file = tmp_path / "pages.pdf"
    file.write_bytes(_pdf(pages))
    done = subprocess.run(["pdfimages", "-png", file, tmp_path / "image"], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    for number, (page, data) in enumerate(pages):
        with Image.open(tmp_path / f"image-{number:03}.png") as image:
            expected = _light(page, data)
            assert (np.asarray(image.convert("RGB" if expected.ndim == 3 else "L")) == expected).all()
    listed = subprocess.run(["pdfimages", "-list", file], capture_output=True, text=True, check=True).stdout
    assert [line.split()[12:14] for line in listed.splitlines()[2:]] == [["600", "300"]] * 3
    broken = file.read_bytes().replace(b"/Columns 61", b"/Columns 60")
    file.write_bytes(broken)
    subprocess.run(["pdfimages", "-png", file, tmp_path / "broken"], capture_output=True, check=False)
    seen = [path.read_bytes() for path in sorted(tmp_path.glob("broken-*.png"))]
    assert seen != [path.read_bytes() for path in sorted(tmp_path.glob("image-*.png"))]


@pytest.mark.parametrize("fails_after", [None, 0, 9, 300, 450])
def test_an_abandoned_page_leaves_no_trace(fails_after: int | None) -> None:
    """Also where a write failed half-way: the file is cut to the length that is told, and goes on."""
    page, other = _page("sgray_8"), _page("black_1")
    data = kit.pixels(page)
    file, room = bytearray(), [1 << 30]

    def write(octets: bytes) -> None:
        file.extend(octets[: room[0]])
        if room[0] < len(octets):
            raise OSError("no room")
        room[0] -= len(octets)

    pdf = PdfWriter(write)
    pdf.start_page(page)
    pdf.write_band(data)
    pdf.end_page()
    room[0] = 1 << 30 if fails_after is None else fails_after
    with contextlib.suppress(OSError):
        pdf.start_page(other)
        pdf.write_band(kit.pixels(other))
        assert fails_after is None
    room[0] = 1 << 30
    del file[pdf.abandon_page() :]
    with pytest.raises(ValueError, match="no page"):
        pdf.abandon_page()
    pdf.start_page(page)
    pdf.write_band(data)
    pdf.end_page()
    pdf.close()
    assert bytes(file) == _pdf([(page, data)] * 2, page.height)


def test_offsets_of_pdf_objects() -> None:
    file = _pdf([(_page("sgray_8"), kit.pixels(_page("sgray_8")))])
    start = int(file.split(b"startxref\n")[1].split()[0])
    table = file[start:].split(b"\n")
    assert table[0] == b"xref"
    for number, row in enumerate(table[3 : 2 + int(table[1].split()[1])], 1):
        at = int(row[:10])
        assert file[at:].startswith(b"%d 0 obj\n" % number)
        assert len(row) == 19


def test_a_page_is_compressed_once_for_both() -> None:
    page = _page("srgb_8")
    data = kit.pixels(page, 6)
    stream = ImageStream(page)
    png_out: list[bytes] = []
    pdf_out: list[bytes] = []
    png, pdf = PngWriter(png_out.append, page), PdfWriter(pdf_out.append)
    pdf.start_page(page)
    for piece in (stream.feed(data), stream.finish()):
        png.write_stream(piece)
        pdf.write_stream(piece)
    png.close()
    pdf.end_page()
    pdf.close()
    with Image.open(io.BytesIO(b"".join(png_out))) as image:
        assert image.tobytes() == data
    assert b"".join(pdf_out) == _pdf([(page, data)], page.height)


def test_lines_and_kinds_are_checked() -> None:
    for kind in ("srgb_16", "cmyk_8", "black_8"):
        for make in (ImageStream, lambda page: PngWriter(lambda data: None, page), lambda page: _pdf([(page, b"")])):
            with pytest.raises(ValueError, match="none of"):
                make(_page(kind))
    page = _page("sgray_8", 10, 3)
    stream = ImageStream(page)
    with pytest.raises(ValueError, match="not whole lines"):
        stream.feed(bytes(11))
    with pytest.raises(ValueError, match="not whole lines"):
        stream.feed(bytes(40))
    with pytest.raises(ValueError, match="missing"):
        stream.finish()
    writer = PdfWriter(lambda data: None)
    with pytest.raises(ValueError, match="before its page"):
        writer.write_band(b"")
    with pytest.raises(ValueError, match="no page"):
        writer.end_page()
    writer.start_page(page)
    with pytest.raises(ValueError, match="no end"):
        writer.start_page(page)


def test_without_isal() -> None:
    """zlib of the standard library takes its place, with the same pixels."""
    code = """
import io, sys
sys.modules["isal"] = None
from PIL import Image
from raster_ext import ColorSpace, Page
from raster_ext.png import PngWriter
out = []
writer = PngWriter(out.append, Page(10, 3, (300, 300), ColorSpace.SGRAY, 8, 1))
writer.write_band(bytes(range(30)))
writer.close()
assert Image.open(io.BytesIO(b"".join(out))).tobytes() == bytes(range(30))
"""
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


def test_page_size_that_is_no_whole_number_of_points() -> None:
    file = _pdf([(kit.page((ColorSpace.SGRAY, 8), 4961, 1, (600, 600)), bytes(4961))])
    assert b"/MediaBox [0 0 595.32 0.12]" in file
