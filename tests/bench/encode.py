"""Pages to files: PNG, PDF and raster, of A4 pages at 600 dpi; time and size."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import partial

from PIL import Image

from raster_ext import Halftoner, Page, PwgWriter, UrfWriter
from raster_ext.pdf import PdfWriter
from raster_ext.png import PngWriter
from tests.bench.rows import Row, measured, processor, timed
from tests.bench.workshop import Counter, compare, decode, peer, workshop


def rows() -> Iterator[Row]:
    yield from _pictures()
    yield _journey()
    yield from _raster_files()


def _png(page: Page, bands: list[memoryview]) -> int:
    count = Counter()
    writer = PngWriter(count, page)
    for band in bands:
        writer.write_band(band)
    writer.close()
    return count.size


def _pillow_png(image: Image.Image) -> int:
    out = io.BytesIO()
    image.save(out, "PNG")
    return len(out.getvalue())


def _pictures() -> Iterator[Row]:
    place = workshop()
    for kind, mode in (("srgb_8", "RGB"), ("sgray_8", "L"), ("black_1", "1")):
        page, bands = place.bands("text", kind)
        raw = ("raw", "1;I") if mode == "1" else ()
        image = Image.frombytes(mode, place.corpus.size, place.corpus.pixels("text", kind), *raw)
        yield compare(f"PNG of text {kind}", timed(partial(_png, page, bands)), timed(partial(_pillow_png, image)),
                      wanted=10.0, note="against Pillow")  # fmt: skip
        yield measured(f"PNG of text {kind}, size", _png(page, bands) / 1e6, _pillow_png(image) / 1e6,
                       wanted=1 / 1.7, note="MB, against Pillow")  # fmt: skip


def _journey() -> Row:
    """A PWG text page to 1 bit to PDF, against the same with libcups' reader and Pillow."""
    place = workshop()
    file = place.file("text", "srgb_8", "pwg")
    (width, _) = size = place.corpus.size

    def ours() -> None:
        pdf, toner = PdfWriter(Counter()), Halftoner(width, channels=3)
        pdf.start_page(place.page("black_1"))
        decode(file, lambda data: pdf.write_band(toner.feed(data)))
        pdf.end_page()
        pdf.close()

    picture = Image.frombytes("RGB", size, place.corpus.pixels("text", "srgb_8"))
    with peer(place.cups.reader, "time", file) as libcups:

        def peers() -> float:
            return libcups() + processor(lambda: picture.convert("1").save(io.BytesIO(), "PDF", resolution=600))

        return compare("PWG text page to 1 bit to PDF", timed(ours), peers, wanted=5.0,
                       note="against libcups, Pillow's convert and PDF")  # fmt: skip


def _raster_files() -> Iterator[Row]:
    """Our writers' files against libcups'."""
    place = workshop()
    for page in ("text", "office", "photo"):
        for kind, format in (("srgb_8", "pwg"), ("sgray_8", "urf"), ("black_1", "pwg")):
            made, bands = place.bands(page, kind)
            count = Counter()
            writer = PwgWriter(count) if format == "pwg" else UrfWriter(count)
            writer.start_page(made)
            for band in bands:
                writer.write_band(band)
            writer.end_page()
            theirs = place.file(page, kind, format).stat().st_size
            yield measured(f"{format} file of {page} {kind}, size", count.size / 1e6, theirs / 1e6,
                           wanted=1.0, note="MB, against libcups' writer")  # fmt: skip
