"""What tests of the workbench share: jobs, documents, a progress that writes down, pictures and how alike
they are."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from board.parts.sink_memory import MarkedSide, MemorySink
from firmware.core.ticket import Media, PageTicket, Ticket
from firmware.document.job import Capabilities, DocumentSource, Limits, PressJob, PressResult
from firmware.document.page import Page
from firmware.document.pipeline import run
from firmware.ports import Side, SinkJob
from raster_ext import ColorSpace, PwgHeader, PwgWriter

A4 = Media("iso_a4_210x297mm", 21000, 29700)
A4_MARGINS = Media("iso_a4_210x297mm", 21000, 29700, 423, 423, 423, 423)
LETTER = Media("na_letter_8.5x11in", 21590, 27940)
A5 = Media("iso_a5_148x210mm", 14800, 21000)
A6 = Media("iso_a6_105x148mm", 10500, 14800)

SRGB = (ColorSpace.SRGB, 8, 3)
SGRAY = (ColorSpace.SGRAY, 8, 1)
BLACK = (ColorSpace.BLACK, 1, 1)


def ticket(media: Media = A4, **changes: Any) -> Ticket:
    """A ticket; fields of PageTicket go to its page."""
    page = {name: changes.pop(name) for name in list(changes) if name in PageTicket.__dataclass_fields__}
    return Ticket(PageTicket(media, **page), **changes)


@dataclass
class Recorder:
    """A Progress that writes down what it is told; cancels after so many impressions or questions."""

    events: list[tuple[Any, ...]] = field(default_factory=list)
    taken: dict[int, int] = field(default_factory=dict)
    cancel_after: int | None = None
    asked: int = 0
    cancel_asked: int | None = None
    suspend_after: int | None = None
    """Sides after which the job is to be put aside."""

    def marking(self) -> None:
        self.events.append(("marking",))

    def feed(self, media: Media) -> Media:
        return media

    def impression(self, side: Side, color: bool, blank: bool) -> None:
        self.events.append(("impression", side.sheet, side.back, color, blank))

    def sheet(self, number: int, last: Side) -> None:
        self.events.append(("sheet", number, last.back))

    def page(self, document: int, number: int) -> None:
        self.events.append(("page", document, number))

    def stopped(self, reason: str, message: str) -> None:
        self.events.append(("stopped", reason))

    def going_on(self, reason: str) -> None:
        self.events.append(("going on", reason))

    def consumed(self, document: int, octets: int) -> None:
        self.taken[document] = octets

    def cancelled(self) -> bool:
        self.asked += 1
        if self.cancel_asked is not None and self.asked >= self.cancel_asked:
            return True
        return self.cancel_after is not None and self.count("impression") >= self.cancel_after

    def suspended(self) -> bool:
        return self.suspend_after is not None and self.count("impression") >= self.suspend_after

    def count(self, what: str) -> int:
        return sum(event[0] == what for event in self.events)


class Spooled:
    """A reader over octets, a few at a time. Raises ``error`` instead of coming to the end, if there is one."""

    def __init__(self, data: bytes, step: int = 50_000, error: Exception | None = None) -> None:
        self.data, self.step, self.error, self.at = data, step, error, 0

    def read(self, size: int, /) -> bytes:
        piece = self.data[self.at : self.at + min(size, self.step)]
        self.at += len(piece)
        if not piece and self.error is not None:
            raise self.error
        return piece


def source(data: bytes, format: str, folder: Path | None = None, number: int = 1, **more: Any) -> DocumentSource:
    """A document in the spool; with a folder it has a spool file there."""
    path = None
    if folder is not None:
        path = folder / f"spool-{number}"
        path.write_bytes(data)
    return DocumentSource(number, format, Spooled(data), path, **more)


def press_job(documents: Iterable[DocumentSource], asked: Ticket, **more: Any) -> PressJob:
    capabilities = more.pop(
        "capabilities", Capabilities(((100, 100), (150, 150), (300, 300), (600, 600)), {4: (300, 300)})
    )
    return PressJob(
        SinkJob("ink", 7, "urn:uuid:0", "a job", "alice", {}),
        asked,
        documents,
        capabilities=capabilities,
        **more,
    )


def press(documents: Iterable[DocumentSource], asked: Ticket, **more: Any) -> tuple[PressResult, MemorySink, Recorder]:
    """Run a job into memory."""
    sink, progress = more.pop("sink", None) or MemorySink(), more.pop("progress", None) or Recorder()
    result = run(press_job(documents, asked, **more), sink, progress)
    return result, sink, progress


def picture(side: MarkedSide) -> Image.Image:
    page = side.page
    size = (page.width, page.height)
    if page.kind == "black_1":
        return Image.frombytes("1", size, bytes(octet ^ 0xFF for octet in side.pixels), "raw", "1")
    return Image.frombytes("RGB" if page.num_colors == 3 else "L", size, bytes(side.pixels))


def drawing(page: Page, number: int) -> bytes:
    """Pixels of a page, in blocks: they differ by page, side to side and top to bottom."""
    rng = np.random.default_rng(number)
    unit, side = max(1, page.bits_per_pixel // 8), max(8, page.width // 50)
    shape = (page.height // side + 1, page.bytes_per_line // unit // side + 1, unit)
    blocks = rng.integers(0, 256, shape, dtype=np.uint8)
    lines = blocks.repeat(side, axis=0).repeat(side, axis=1).reshape(shape[0] * side, -1)
    lines = lines[: page.height, : page.bytes_per_line].copy()
    lines[: page.height // 3] = page.white
    lines[-page.height // 4 :, : page.bytes_per_line // 2] = (number * 40) % 256
    return lines.tobytes()


def raster_page(
    kind: tuple[ColorSpace, int, int] = SRGB,
    media: Media = A4,
    dpi: int = 100,
    size: tuple[int, int] | None = None,
    **header: Any,
) -> Page:
    width, height = size or (media.width * dpi // 2540, media.height * dpi // 2540)
    page = Page(width, height, (dpi, dpi), *kind)
    return replace(page, header=PwgHeader.for_page(page, **header))


def pwg(pages: Iterable[tuple[Page, bytes]]) -> bytes:
    out = bytearray()
    with PwgWriter(out.extend) as writer:
        for page, pixels in pages:
            writer.start_page(page)
            writer.write_band(pixels)
            writer.end_page()
    return bytes(out)


def simple_pwg(count: int, **page: Any) -> tuple[bytes, list[bytes]]:
    """A file of ``count`` pages and the pixels of each."""
    one = raster_page(**page)
    pixels = [drawing(one, number) for number in range(1, count + 1)]
    return pwg((one, data) for data in pixels), pixels


def alike(one: Image.Image, other: Image.Image, dpi: int, slack: int = 2) -> float:
    """How alike two pages are: the mean structural similarity of both, averaged to 75 dpi.

    Windows of 8 by 8 pixels; windows that are white on both do not count, so that a sparse page can't pass
    for a blank one (house section 12). Pixels of text are so fine that a fifth of a millimetre tells; so the
    second page may be moved by ``slack`` of its own pixels, as rounding does.
    """
    small = (round(one.width * 75 / dpi), round(one.height * 75 / dpi))
    base = _Windows(np.asarray(one.convert("L").resize(small, Image.Resampling.BOX), np.float32))
    moving = ImageOps.expand(other.convert("L"), slack, 255)

    @cache
    def at(x: int, y: int) -> float:
        if max(abs(x), abs(y)) > slack:
            return 0.0
        box = (slack - x, slack - y, slack - x + other.width, slack - y + other.height)
        return base.similarity(np.asarray(moving.resize(small, Image.Resampling.BOX, box), np.float32))

    x = y = 0
    if at(0, 0) < 0.5:
        return at(0, 0)  # some pixels would not help
    while True:
        near = [(x, y), (x - 1, y), (x + 1, y), (x, y - 1), (x, y + 1)]
        best = max(near, key=lambda place: at(*place))
        if best == (x, y):
            return at(x, y)
        x, y = best


class _Windows:
    """A picture's windows of 8 by 8 pixels, every other one."""

    def __init__(self, picture: np.ndarray) -> None:
        self._picture = picture
        self._mean = self._means(picture)
        self._variance = self._means(picture * picture) - self._mean**2

    def similarity(self, other: np.ndarray) -> float:
        a, va, b = self._mean, self._variance, self._means(other)
        vb, both = self._means(other * other) - b * b, self._means(self._picture * other) - a * b
        c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
        value = ((2 * a * b + c1) * (2 * both + c2)) / ((a**2 + b**2 + c1) * (va + vb + c2))
        used = (a < 254.5) | (b < 254.5)
        return float(value[used].mean()) if used.any() else 1.0

    @staticmethod
    def _means(x: np.ndarray) -> np.ndarray:
        for axis in (0, 1):
            count = x.shape[axis] - 7
            x = np.mean([x.take(range(i, i + count, 2), axis) for i in range(8)], axis=0)
        return x


def shifted(image: Image.Image, dpi: int, mm: float = 2.0) -> Image.Image:
    out = Image.new(image.mode, image.size, "white")
    out.paste(image, (round(mm * dpi / 25.4), 0))
    return out


def poppler(pdf: Path, number: int, dpi: int, *more: str) -> Image.Image:
    """A page of a PDF as Poppler renders it; ``-scale-to-x`` and ``-scale-to-y`` give a size in pixels
    instead."""
    target = pdf.with_suffix(f".poppler-{number}")
    subprocess.run(
        [
            "pdftoppm",
            "-r",
            str(dpi),
            "-f",
            str(number),
            "-l",
            str(number),
            "-png",
            "-singlefile",
            *more,
            pdf,
            target,
        ],
        check=True,
        capture_output=True,
    )
    return Image.open(f"{target}.png").convert("RGB")


def postscript(program: str, target: Path, media: Media = A4) -> Path:
    """A PDF made by Ghostscript."""
    size = f"<< /PageSize [{media.width * 72 / 2540} {media.height * 72 / 2540}] >> setpagedevice\n"
    subprocess.run(
        ["gs", "-q", "-dSAFER", "-sDEVICE=pdfwrite", "-dPDFSETTINGS=/prepress", "-o", target, "-"],
        input=("%!PS\n" + size + program).encode(),
        check=True,
        capture_output=True,
    )
    return target


__all__ = [name for name in dir() if not name.startswith("_")] + ["Limits"]
