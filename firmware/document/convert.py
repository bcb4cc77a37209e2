"""Files to files: pages of any format that the press prints, written as raster, pictures or PDF.

What ``inkstand convert`` and ``inkstand inspect`` do; pages keep their own size, no ticket has a say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, Protocol

from firmware.core.errors import DocumentError
from firmware.core.media import dimensions
from firmware.core.ticket import Media, PageTicket
from firmware.document import kinds
from firmware.document.job import Limits
from firmware.document.page import Page
from firmware.document.placement import Placement
from firmware.document.rendered import RenderedDocument, options
from firmware.document.stages import PCLM, PIECE, RASTERS, SNIFFED, piece_size, sniff
from raster_ext import Band, Converter, Decoder, PageEnd, PwgWriter, Scaler, UrfWriter
from raster_ext.color import TARGETS as TARGETS
from raster_ext.inspect import PageReport, describe, inspect
from raster_ext.pdf import PdfWriter
from raster_ext.png import PngWriter

A4 = Media("iso_a4_210x297mm", *dimensions("iso_a4_210x297mm"), 1270, 1270, 1270, 1270)
"""What text, which has no pages of its own, is set on."""
CUPS_RASTERS = (b"RaSt", b"tSaR", b"RaS2", b"2SaR", b"RaS3", b"3SaR")

SourcePage = tuple[Page, Iterator[memoryview]]
Told = Callable[[int], None]
"""Hears how many octets of the source have been read since the last time."""


class Target(Protocol):
    """A file, or several, that pages are written to; they have their names from ``close`` on, or never: ``drop``."""

    def add(self, page: Page, pieces: Iterator[memoryview]) -> None: ...
    def close(self) -> None: ...
    def drop(self) -> None: ...


def is_raster(head: bytes) -> bool:
    """Does a file that begins so hold raster pages?"""
    return head[:4] in CUPS_RASTERS or head.startswith(tuple(RASTERS.values()))


def pages(source: Path, resolution: int, told: Told) -> Iterator[SourcePage]:
    """A file's pages in turn; each one's lines must be taken before the next page is asked for.

    ``resolution`` (dots per inch) is for pages that have none of their own. DocumentError or RasterError when
    the file is none that can be read.
    """
    with source.open("rb") as file:
        head = file.read(SNIFFED)
        file.seek(0)
        if is_raster(head):
            yield from _raster_pages(file, told)
            return
        if not head:
            raise DocumentError("document-format-error", "the file is empty")
        kind = sniff(head)
        yield from _rendered_pages(source, "application/pdf" if kind == PCLM else kind, resolution, told)


def _raster_pages(file: BinaryIO, told: Told) -> Iterator[SourcePage]:
    decoder = Decoder()
    events = _events(decoder, file, told)
    for event in events:
        if isinstance(event, Page):
            yield event, _lines(events)


def _events(decoder: Decoder, file: BinaryIO, told: Told) -> Iterator[Page | Band | PageEnd]:
    while piece := file.read(piece_size(decoder.offset)):
        yield from decoder.feed(piece)
        told(len(piece))
    decoder.close()


def _lines(events: Iterator[Page | Band | PageEnd]) -> Iterator[memoryview]:
    for event in events:
        if isinstance(event, PageEnd):
            return
        if isinstance(event, Band):
            yield event.data


def _rendered_pages(source: Path, media_type: str, resolution: int, told: Told) -> Iterator[SourcePage]:
    limits, ticket = Limits(), PageTicket(A4)
    orders = options(media_type, ticket, resolution, limits, None)
    document = RenderedDocument(media_type, lambda: source.open("rb"), orders, 1, limits, lambda: False)
    size = source.stat().st_size
    try:
        found = list(document.pages())
        for page in found:
            width, height = (max(1, round(length * resolution / 2540)) for length in (page.width, page.height))
            whole = (0, 0, width, height)
            surface = kinds.surface(page.kind, width, height, (resolution, resolution))
            yield surface, document.draw(Placement(page, ticket, 0, 0, width, height, 0, whole), whole, page.kind)
            told(size // len(found))
    finally:
        document.close()


# ---------------------------------------------------------------------------------------------- targets


def target(path: Path) -> Target:
    """What writes the format that the name ends in: .pwg, .urf, .pdf, .png. DocumentError for any other."""
    makers: dict[str, Callable[[Path], Target]] = {
        ".pwg": lambda path: _Pages(path, PwgWriter, lambda page: page.kind if page.kind in _PWG else "srgb_8"),
        ".urf": lambda path: _Pages(path, UrfWriter, _for_apple),
        ".pdf": lambda path: _Pages(path, PdfWriter, kinds.natural),
        ".png": _Pictures,
    }
    if path.suffix.lower() not in makers:
        raise DocumentError("unsupported-document-format", f"{path.name} ends in none of {', '.join(makers)}")
    return makers[path.suffix.lower()](path)


class _Part:
    """A file that has its name only once it is whole."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = path.with_name(f".{path.name}.part")
        self._file = self._part.open("wb")
        self.write = self._file.write

    def close(self) -> None:
        self._file.close()
        self._part.replace(self._path)

    def drop(self) -> None:
        self._file.close()
        self._part.unlink(missing_ok=True)


class _Pages:
    """Any of the writers of whole documents."""

    def __init__(
        self,
        path: Path,
        writer: Callable[[Callable[[bytes], object]], PwgWriter | UrfWriter | PdfWriter],
        takes: Callable[[Page], str],
    ) -> None:
        self._part = _Part(path)
        self._writer = writer(self._part.write)
        self._takes = takes

    def add(self, page: Page, pieces: Iterator[memoryview]) -> None:
        shown, lines = as_kind(page, pieces, self._takes(page))
        if isinstance(self._writer, UrfWriter):
            shown, lines = _one_resolution(shown, lines)
        self._writer.start_page(shown)
        for piece in lines:
            self._writer.write_band(piece)
        self._writer.end_page()

    def close(self) -> None:
        self._writer.close()
        self._part.close()

    def drop(self) -> None:
        self._part.drop()


class _Pictures:
    """One PNG for each page: NAME.png, NAME-2.png, …"""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._parts: list[_Part] = []

    def add(self, page: Page, pieces: Iterator[memoryview]) -> None:
        number = len(self._parts) + 1
        name = self._path.name if number == 1 else f"{self._path.stem}-{number}{self._path.suffix}"
        self._parts.append(_Part(self._path.with_name(name)))
        shown, lines = as_kind(page, pieces, kinds.natural(page))
        writer = PngWriter(self._parts[-1].write, shown)
        for piece in lines:
            writer.write_band(piece)
        writer.close()

    def close(self) -> None:
        for part in self._parts:
            part.close()

    def drop(self) -> None:
        for part in self._parts:
            part.drop()


_PWG = frozenset(
    f"{name}_{bits}"
    for name in ("black", "sgray", "srgb", "rgb", "adobe-rgb", "cmyk", *(f"device{count}" for count in range(1, 16)))
    for bits in (1, 8, 16)
)
_URF = frozenset(
    f"{name}_{bits}" for name in ("sgray", "srgb", "adobe-rgb", "device1", "rgb", "cmyk") for bits in (8, 16)
)


def _for_apple(page: Page) -> str:
    """Its own kind if Apple Raster has it, which is never one of a bit, and 8 bits where pixels must be scaled."""
    xdpi, ydpi = page.resolution
    if page.kind in _URF and xdpi == ydpi:
        return page.kind
    return "srgb_8" if kinds.natural(page) == "srgb_8" else "sgray_8"


def _one_resolution(page: Page, pieces: Iterator[memoryview]) -> SourcePage:
    """A page of 8-bit samples with the higher of its two resolutions both ways."""
    xdpi, ydpi = page.resolution
    if xdpi == ydpi:
        return page, pieces
    dpi = max(xdpi, ydpi)
    width, height = page.width * dpi // xdpi, page.height * dpi // ydpi
    scaler = Scaler(page.width, page.height, width, height, page.num_colors, "box")
    return replace(page, width=width, height=height, resolution=(dpi, dpi)), map(scaler.feed, pieces)


def as_kind(page: Page, pieces: Iterator[memoryview], kind: str) -> SourcePage:
    """A page and its lines in another kind."""
    if page.kind == kind:
        return page, pieces
    converter = Converter(page, kind)
    return converter.page, map(converter.convert, pieces)


def reports(source: Path) -> Iterator[tuple[PageReport, list[tuple[str, str]]]]:
    """Each page of a raster file: how it is coded, and every header field in words."""
    with source.open("rb") as file:
        for report in inspect(iter(lambda: file.read(PIECE), b"")):
            yield report, describe(report.header)
