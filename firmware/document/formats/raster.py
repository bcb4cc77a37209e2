"""What PWG and Apple raster have in common: pages decoded band by band as they arrive, again where copies
need them."""

from __future__ import annotations

from collections.abc import Generator, Iterator

from firmware.core.errors import DocumentError
from firmware.core.ticket import Media
from firmware.document import kinds, lines
from firmware.document.job import Limits
from firmware.document.layout import InputPage
from firmware.document.page import Page
from firmware.document.pagestore import Octets
from firmware.document.placement import TOLERANCE, Placement
from raster_ext import Band, Decoder, Event, PageEnd, RasterError, Resume

Part = tuple[int, int, int, int]


class RasterDocument:
    """Pages of a raster. The page given last can be drawn from the stream itself, any earlier one by going
    back."""

    def __init__(
        self,
        octets: Octets,
        number: int,
        limits: Limits,
        media: tuple[Media, ...] = (),
        sheet_back: str = "normal",
    ) -> None:
        self._octets = octets
        self._document = number
        self._limits = limits
        self._media = media
        self._sheet_back = sheet_back
        self._decoder: Decoder
        self._events: Generator[Event, None, None] = self._stream()
        self._points: dict[int, tuple[Resume, Page]] = {}
        self._live = 0
        """The page whose bands come next in the stream, none of them taken; 0 when there is none."""

    def pages(self) -> Iterator[InputPage]:
        """Reads on to the next page; bands that nobody has drawn are passed over."""
        for event in self._events:
            if not isinstance(event, Page):
                continue
            number = len(self._points) + 1
            self._points[number] = (self._point(), event)
            self._live = number
            yield self._described(number, event)
            self._live = 0

    def draw(self, placement: Placement, part: Part, kind: str, alone: bool = True) -> Iterator[memoryview]:
        """Lines of a part (left, top, right, bottom) of the placed page, in a sink kind.

        ``kind`` is ``black_1`` only for pages that ``untouched`` says need nothing done.
        """
        number = placement.page.number
        if number == self._live:
            self._live = 0
            bands = self._bands(self._events)
        else:
            bands = self._bands(self._again(self._points[number][0]))
        return self._shown(bands, self._points[number][1], placement, part, kind)

    def untouched(self, placement: Placement) -> bool:
        """Whether the page's pixels go to paper as they are."""
        page = self._points[placement.page.number][1]
        size = (placement.width, placement.height)
        upright = self._upright(placement.page.number) == (False, 0)
        return upright and placement.turn == 0 and size == (page.width, page.height)

    def transforms(self, page: Page, number: int) -> tuple[int, int]:
        """The page's CrossFeedTransform and FeedTransform (PWG 5102.4): -1 when its lines were mirrored, or
        their order."""
        return 1, 1

    def _upright(self, number: int) -> tuple[bool, int]:
        """What undoes the transforms: mirror the lines or not, then so many quarter turns.

        The order of lines is undone by mirroring them and half a turn.
        """
        across, down = (value == -1 for value in self.transforms(self._points[number][1], number))
        return across != down, 2 if down else 0

    def close(self) -> None:
        self._events.close()

    def rest(self) -> None:
        """Nothing is held while nobody draws."""

    def _point(self) -> Resume:
        """Where the page that was given last begins."""
        return self._decoder.point

    def _stream(self) -> Generator[Event, None, None]:
        self._decoder = Decoder(max_lines=self._limits.raster_side)
        try:
            while data := self._octets.next():
                yield from self._decoder.feed(data)
            self._decoder.close()
        except RasterError as error:
            raise DocumentError("document-format-error", str(error)) from None

    def _again(self, point: Resume) -> Iterator[Event]:
        decoder = Decoder.resume(point, max_lines=self._limits.raster_side)
        reader = self._octets.back(point.offset)
        try:
            while data := reader.next():
                yield from decoder.feed(data)
        finally:
            reader.close()

    @staticmethod
    def _bands(events: Iterator[Event]) -> Iterator[memoryview]:
        """The bands up to the end of the page."""
        for event in events:
            if isinstance(event, PageEnd):
                return
            if isinstance(event, Band):
                yield event.data

    def _shown(
        self, bands: Iterator[memoryview], page: Page, placement: Placement, part: Part, kind: str
    ) -> Iterator[memoryview]:
        mirrored, undo = self._upright(placement.page.number)
        turn = (undo + placement.turn) % 4
        pieces = kinds.converted(bands, page, kind, placement.ticket)
        left, top, right, bottom = part
        if kind == "black_1":
            length = (page.width + 7) // 8
            return lines.rows(pieces, length, top, bottom)
        unit = 3 if kind == "srgb_8" else 1
        size = (placement.height, placement.width) if turn % 2 else (placement.width, placement.height)
        pieces = lines.scaled(pieces, (page.width, page.height), size, unit)
        if mirrored:
            pieces = lines.mirrored(pieces, size[0], unit)
        if turn:
            if placement.width * placement.height * unit > self._limits.canvas:
                raise DocumentError("document-unprintable-error", f"page {placement.page.number} is too large to turn")
            pieces = lines.turned(pieces, *size, unit, turn)
        pieces = lines.rows(pieces, placement.width * unit, top, bottom)
        return lines.columns(pieces, placement.width, unit, left, right)

    def _described(self, number: int, page: Page) -> InputPage:
        if page.width > self._limits.raster_side:
            raise DocumentError(
                "document-format-error",
                f"a page {page.width} pixels wide (page {number}, byte {self._point().offset})",
            )
        xdpi, ydpi = page.resolution
        width, height = page.width * 2540 / xdpi, page.height * 2540 / ydpi
        return InputPage(
            self._document,
            number,
            width,
            height,
            kinds.natural(page),
            pixels=(page.width, page.height),
            resolution=page.resolution,
            media=_media(width, height, self._media),
        )


def _media(width: float, height: float, choices: tuple[Media, ...]) -> Media | None:
    for media in choices:
        if abs(media.width - width) <= TOLERANCE and abs(media.height - height) <= TOLERANCE:
            return media
    return None
