"""PCLm, application/PCLm (Wi-Fi Peer-to-Peer Services Print): raster in the clothes of a PDF. A page is a page
object, its content stream, and the page's pixels as strips, image objects from the first line to the last.

Read as a raster: strips are decoded in the order in which they arrive and while they do. The content stream tells
the page's size and resolution only; writers that mirror back sides leave it at that, so where it would put a strip
is not believed. Pixels are in this process what inflating and run lengths make of them; JPEG strips are decoded in a
process of their own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from typing import Any

from firmware.core.errors import DocumentError
from firmware.core.ticket import Media
from firmware.document import lines
from firmware.document.formats.objects import Entry, Name, Objects, Ref
from firmware.document.formats.raster import RasterDocument
from firmware.document.formats.strips import Decoders, Strip
from firmware.document.job import Limits
from firmware.document.page import Page
from firmware.document.pagestore import Octets
from raster_ext import Band, ColorSpace, Converter, Event, PageEnd, RasterError, Resume
from raster_ext.pwg import SHEET_BACK

BACKS = ("normal", "flipped", "rotated")
"""pclm-raster-back-side: the values that it has of pwg-raster-document-sheet-back's."""
LARGEST = 1e6
"""Points of a page, or of a strip on it."""
CONTENT = 1 << 22
"""Octets of a content stream."""

_SPACES = {"DeviceRGB": (ColorSpace.SRGB, 3), "DeviceGray": (ColorSpace.SGRAY, 1)}
_NUMBER = rb"[+-]?(?:\d+\.?\d*|\.\d+)"
_PLACED = re.compile(
    rb"(%b)\s+0\s+0\s+(%b)\s+%b\s+%b\s+cm(?:\s*/([^\s/<>\[\]()%%]+)\s+Do)?" % (_NUMBER, _NUMBER, _NUMBER, _NUMBER)
)


class PclmDocument(RasterDocument):
    """``sides`` is what the job asks for: a PCLm page does not say whether it is a back."""

    def __init__(
        self,
        octets: Octets,
        number: int,
        limits: Limits,
        media: tuple[Media, ...] = (),
        sheet_back: str = "normal",
        sides: str = "one-sided",
        cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        super().__init__(octets, number, limits, media, sheet_back if sheet_back in BACKS else "normal")
        self._sides = sides
        self._decoders = Decoders(limits, cancelled)
        self._begun: Resume

    def transforms(self, page: Page, number: int) -> tuple[int, int]:
        """Even pages of a job on both sides are backs, transformed as pclm-raster-back-side asks for."""
        return (1, 1) if number % 2 else SHEET_BACK.get((self._sheet_back, self._sides), (1, 1))

    def rest(self) -> None:
        self._decoders.close()

    def close(self) -> None:
        super().close()
        self._decoders.close()

    def _point(self) -> Resume:
        return self._begun

    def _stream(self) -> Generator[Event, None, None]:
        try:
            yield from self._pages(Objects(self._octets.next), 1)
        except RasterError as error:
            raise DocumentError("document-format-error", str(error)) from None
        for _ in iter(self._octets.next, b""):  # what is behind the last page still has to be taken
            pass

    def _again(self, point: Resume) -> Iterator[Event]:
        reader = self._octets.back(point.offset)
        try:
            yield from self._pages(Objects(reader.next, point.offset), point.page)
        finally:
            reader.close()

    def _pages(self, objects: Objects, number: int) -> Generator[Event, None, None]:
        layout: _Layout | None = None
        while (entry := objects.next()) is not None:
            if isinstance(entry.value, dict) and entry.value.get("Type") == "Page":
                if layout is not None:
                    yield from layout.rest()
                    number += layout.page is not None
                layout = _Layout(entry, number, self._limits)
            if entry.length is None:
                continue
            if layout is not None and entry.number == layout.content:
                layout.place(self._content(objects, entry))
            elif layout is not None and entry.number in layout.names:
                yield from self._strip(objects, entry, layout)
            else:
                _pass(objects, entry.length)
        if layout is not None:
            yield from layout.rest()
        if number == 1 and (layout is None or layout.page is None):
            raise objects.wrong("no page")

    def _content(self, objects: Objects, entry: Entry) -> bytes:
        """The content stream; empty when it is packed in a way that nobody expects here."""
        length = entry.length or 0
        if length > CONTENT:
            raise objects.wrong(f"a content stream of {length} octets")
        pieces = objects.take(length)
        try:
            return b"".join(self._decoders.unpacked(pieces, entry.value.get("Filter"), CONTENT))
        finally:
            for _ in pieces:
                pass

    def _strip(self, objects: Objects, entry: Entry, layout: _Layout) -> Generator[Event, None, None]:
        strip = _described(objects, entry)
        if layout.page is None:
            layout.begin(objects, strip, entry.number)
            self._begun = Resume(b"%PCLm", layout.offset, layout.number)
            yield layout.page_begun
        page = layout.page_begun
        if strip.width != page.width:
            raise objects.wrong(f"a strip of {strip.width} pixels on a page of {page.width}")
        strip.page = layout.number
        pieces = objects.take(entry.length or 0)
        try:
            yield from layout.bands(self._decoders.pixels(strip, entry.length or 0, pieces), strip)
        except RasterError as error:
            raise RasterError(error.message, page=layout.number, line=layout.done + 1, offset=objects.offset) from None
        for _ in pieces:  # what the pixels did not need
            pass


def _pass(objects: Objects, length: int) -> None:
    for _ in objects.take(length):
        pass


def _described(objects: Objects, entry: Entry) -> Strip:
    """What a strip's dictionary says; RasterError when it can't be."""
    told: dict[str, Any] = entry.value
    width, height = told.get("Width"), told.get("Height")
    if type(width) is not int or type(height) is not int or width < 1 or height < 1:
        raise objects.wrong("a strip without a size")
    space = told.get("ColorSpace")
    if space not in _SPACES or not isinstance(space, Name):
        raise objects.wrong(f"a strip in color space {space}: only DeviceRGB and DeviceGray are known")
    if told.get("BitsPerComponent") != 8:
        raise objects.wrong(f"{told.get('BitsPerComponent')} bits per color")
    filters = told.get("Filter")
    one = filters[0] if isinstance(filters, list) and len(filters) == 1 else None if filters == [] else filters
    if told.get("DecodeParms") or not (one is None or isinstance(one, Name)):
        raise objects.wrong("a strip that is packed more than once")
    return Strip(width, height, _SPACES[space][1], one)


@dataclass
class _Layout:
    """The page at hand: how large it is, and how many lines of it have come."""

    entry: Entry
    number: int
    limits: Limits
    page: Page | None = None
    done: int = 0
    placed: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Width and height in points of each strip, by its name on the page."""

    def __post_init__(self) -> None:
        told = self.entry.value
        content = told.get("Contents")
        content = content[0] if isinstance(content, list) and content else content
        self.content = content.number if isinstance(content, Ref) else 0
        resources = told.get("Resources")
        strips = resources.get("XObject") if isinstance(resources, dict) else None
        strips = strips if isinstance(strips, dict) else {}
        self.names = {ref.number: name for name, ref in strips.items() if isinstance(ref, Ref)}

    @property
    def offset(self) -> int:
        return self.entry.offset

    @property
    def page_begun(self) -> Page:
        assert self.page is not None
        return self.page

    def place(self, content: bytes) -> None:
        """Take sizes from the content stream: a matrix without a picture is the page's own."""
        across = down = 1.0
        for match in _PLACED.finditer(content):
            x, y = float(match[1]), float(match[2])
            if not (abs(x) < LARGEST and abs(y) < LARGEST):
                continue  # no paper is so large, and an infinite one is no number to go on with
            if match[3] is None:
                across, down = x, y
            else:
                self.placed[match[3].decode("latin-1")] = (x * across, y * down)

    def begin(self, objects: Objects, strip: Strip, number: int) -> None:
        """With the first strip it is known what the page's pixels are."""
        box_width, box_height = self._box(objects)
        wide, high = self.placed.get(self.names[number], (0.0, 0.0))
        xdpi = round(strip.width * 72 / (wide if wide > 0 else box_width))
        ydpi = round(strip.height * 72 / high) if high > 0 else xdpi
        # Some printers want a box in whole points: what is cut off at its lower edge is less than one more.
        most = round((box_height if box_height % 1 else box_height + 0.99) * ydpi / 72)
        whole = sum(high for _, high in self.placed.values())
        height = min(most, round(whole * ydpi / 72)) if whole > 0 else round(box_height * ydpi / 72)
        if not (0 < xdpi < 1 << 16 and 0 < ydpi < 1 << 16 and 0 < height <= self.limits.raster_side):
            raise objects.wrong(f"a page of {strip.width} by {height} pixels at {xdpi} by {ydpi} dpi")
        space = ColorSpace.SRGB if strip.channels == 3 else ColorSpace.SGRAY
        self.page = Page(strip.width, height, (xdpi, ydpi), space, 8, strip.channels)

    def _box(self, objects: Objects) -> tuple[float, float]:
        """Width and height of the MediaBox, in points."""
        box = self.entry.value.get("MediaBox")
        if not (isinstance(box, list) and len(box) == 4 and all(type(edge) in (int, float) for edge in box)):
            raise objects.wrong("a page without a MediaBox")
        width, height = abs(box[2] - box[0]), abs(box[3] - box[1])
        if not (0 < width < LARGEST and 0 < height < LARGEST):
            raise objects.wrong(f"a page of {width} by {height} points")
        return float(width), float(height)

    def bands(self, pixels: Iterator[memoryview], strip: Strip) -> Iterator[Event]:
        """A strip's lines, as far as they are on the page."""
        page = self.page_begun
        if strip.channels != page.num_colors:
            pixels = map(Converter(_surface(strip), page.kind).convert, pixels)
        for piece in lines.rows(pixels, page.bytes_per_line, 0, min(strip.height, page.height - self.done)):
            count = len(piece) // page.bytes_per_line
            yield Band(self.done, count, piece)
            self.done += count

    def rest(self) -> Iterator[Event]:
        """Lines that no strip had are white."""
        if self.page is None:
            return
        step = max(1, lines.CHUNK // self.page.bytes_per_line)
        white = memoryview(b"\xff" * (step * self.page.bytes_per_line))
        while count := min(step, self.page.height - self.done):
            yield Band(self.done, count, white[: count * self.page.bytes_per_line])
            self.done += count
        yield PageEnd(self.number)


def _surface(strip: Strip) -> Page:
    space = ColorSpace.SRGB if strip.channels == 3 else ColorSpace.SGRAY
    return Page(strip.width, strip.height, (1, 1), space, 8, strip.channels)
