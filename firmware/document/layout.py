"""Which input pages come on which side of which sheet, in output order. Pure: no pixels, no I/O.

``sides`` is lazy. A side with one page on it is given out before the next page is asked for, so that a page
can be marked while the next is still on its way; a page is asked for once, however many copies need it.

Terms are those of PWG 5100.3: input page, impression (a side), sheet. Back sides are upright like front
sides: turn a sheet over about the edge that ``sides`` names, as a book's leaf (long edge) or a calendar's
(short edge), and the back reads right. So nothing here depends on the side; a physical sink turns backs as
its paper path needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, zip_longest

from firmware.core.finishing import Finishing
from firmware.core.ticket import Cover, Media, PageTicket, Ticket
from firmware.document import sets
from firmware.document.memo import Memo

UNCOLLATED = "separate-documents-uncollated-copies"
NEW_SHEET = ("single-document-new-sheet", "separate-documents-collated-copies", UNCOLLATED)

SEPARATE = ("separate-documents-collated-copies", UNCOLLATED)
BOOKLETS = ("booklet", "signature")
PAGES = "pages"


@dataclass(frozen=True, slots=True)
class InputPage:
    """One page of a document, as far as the layout needs to know it."""

    document: int
    number: int
    """From 1, of the document's own pages."""
    width: float
    """Upright, in 1/100 mm; for an image without a size of its own, what its pixels give at the density it
    claims."""
    height: float
    kind: str
    """The sink kind that holds all that the page can show: ``srgb_8``, ``sgray_8`` or ``black_1``."""
    sized: bool = True
    """False for an image, whose size is only a proposal."""
    pixels: tuple[int, int] | None = None
    """A raster page's own pixels, whose producer has laid it out for the media."""
    resolution: tuple[int, int] | None = None
    media: Media | None = None
    """The media that the page itself asks for, when the job leaves the choice to it."""


@dataclass(frozen=True, slots=True)
class Cell:
    """An input page on a side, with the ticket of that page in that copy."""

    page: InputPage
    ticket: PageTicket


@dataclass(frozen=True, slots=True)
class SidePlan:
    """One side of one sheet. Its first cell's ticket decides on media, sides, bin, quality and resolution."""

    sheet: int
    back: bool
    copy: int
    cells: tuple[Cell, ...]
    stock: PageTicket | None = None
    """What a side is marked on that no page decides about: an empty one, a cover."""
    slots: tuple[int, ...] = ()
    """Where in the grid the cells lie when some of it stays empty; else they fill it in order."""
    role: str = PAGES
    """``pages``, or the Job Template attribute that asks for this sheet: ``cover-front``, ``insert-sheet`` …"""
    set: int = 0
    """Sheets of one set are finished together."""
    finishings: tuple[Finishing, ...] = ()
    """What is done to the sheet, once its set is complete."""
    last: bool = False
    """The sheet is the last one of its set."""
    pitch: tuple[int, ...] = ()
    """Of a strip of a roll: where each cell's own length of it begins, and where the last ends, in 1/100 mm."""

    @property
    def ticket(self) -> PageTicket:
        return self.stock or self.cells[0].ticket


@dataclass(frozen=True, slots=True)
class _Book:
    """A document's pages, in every copy for as long as somebody wants them."""

    pages: Memo[InputPage]
    dropped: Callable[[int], bool]

    def __iter__(self) -> Iterator[InputPage]:
        for page in self.pages:
            if self.dropped(page.document):
                return
            yield page


def sides(
    ticket: Ticket,
    documents: Iterable[Iterable[InputPage]],
    dropped: Callable[[int], bool] = lambda document: False,
    stapler: int = 0,
) -> Iterator[SidePlan]:
    """All sides that a job marks, in output order, for its documents' pages in order.

    Copies and multiple-document-handling are those of RFC 8011 sections 5.2.4 and 5.2.5, page-ranges (5.2.7)
    count the pages of each document, number-up is 5.2.9, overrides are PWG 5100.6; covers, inserted and separator
    sheets, imposition and page-delivery are PWG 5100.3. No page is begun of a document that is ``dropped``, in whatever
    copy. ``stapler`` is how many sheets can be stapled together.
    """
    books = Memo(_Book(Memo(chosen(pages, ticket)), dropped) for pages in documents)
    plans = sets.finished(_ordered(ticket, books), ticket, stapler)
    sheet = 0
    for side in _delivered(ticket, plans):
        sheet += not side.back
        yield replace(side, sheet=sheet)


def chosen(pages: Iterable[InputPage], ticket: Ticket) -> Iterator[InputPage]:
    """The pages of a document within its page-ranges. What lies behind the last range is never asked for."""
    for page in pages:
        ranges = ticket.of(page.document).page_ranges
        last = max((high for _, high in ranges), default=0)
        if not ranges or any(low <= page.number <= high for low, high in ranges):
            yield page
        if ranges and page.number >= last:
            return


def returns(ticket: Ticket) -> bool:
    """Whether this ticket makes the press go back to pages that it has already read past."""
    cover = ticket.cover_back
    return (
        ticket.rounds > 1
        or any(one.number_up > 1 for one in (ticket, *(own for _, own in ticket.documents)))
        or ticket.imposition in BOOKLETS
        or ticket.delivery.startswith("reverse")
        or any(finishing.family in (*sets.BOUND, "trim") for finishing in ticket.finishings)
        or (cover is not None and cover.kind != "print-none")
    )


def _delivered(ticket: Ticket, plans: Iterator[SidePlan]) -> Iterator[SidePlan]:
    """page-delivery: the last sheet first where the ticket says so; each sheet's front still before its back."""
    if not ticket.delivery.startswith("reverse"):
        return plans
    return chain.from_iterable(reversed(list(_sheets(plans))))


def _ordered(ticket: Ticket, books: Memo[_Book]) -> Iterator[SidePlan]:
    copies = range(1, ticket.rounds + 1)
    by_sheet = not ticket.collated
    if ticket.document_handling in SEPARATE and (ticket.collated or ticket.rounds == 1) and books.has(1):
        # RFC 8011 section 5.2.4: a(*), a(*), b(*), b(*), or a(*), b(*), a(*), b(*)
        if ticket.document_handling == UNCOLLATED:
            order = [(book, copy) for book in books for copy in copies]
        else:
            order = [(book, copy) for copy in copies for book in books]
        yield from _separated(ticket, (impose(ticket, [book], copy) for book, copy in order))
        return
    if len(copies) > 1 and ticket.collated and ticket.document_handling == UNCOLLATED:
        by_sheet = True  # a lone document: clients mean 1, 1, 2, 2 by it
    each = (impose(ticket, books, copy) for copy in copies)
    if by_sheet and len(copies) > 1:
        yield from _interleaved(list(each))
    else:
        yield from _separated(ticket, each)


def _separated(ticket: Ticket, each: Iterator[Iterator[SidePlan]]) -> Iterator[SidePlan]:
    """separator-sheets (PWG 5100.3): slip sheets lie between the sets, start and end sheets before and behind each."""
    kind = ticket.separators.kind
    stock = _plain_stock(ticket, ticket.separators.media)
    number = copy = 0
    for index, plans in enumerate(each):
        base = number + 1
        for side in plans:
            if number < base:
                copy, number = side.copy, base
                if kind in ("start-sheet", "both-sheets") or (kind == "slip-sheets" and index):
                    yield SidePlan(0, False, copy, (), stock, role="separator-sheets")
            number = base + side.set
            yield replace(side, set=number)
        if kind in ("end-sheet", "both-sheets") and number >= base:
            yield SidePlan(0, False, copy, (), stock, role="separator-sheets")


def _plain_stock(ticket: Ticket, media: Media | None) -> PageTicket:
    """What an empty sheet is made of."""
    return replace(ticket.page, sides="one-sided", media=media or ticket.page.media)


def _interleaved(each: list[Iterator[SidePlan]]) -> Iterator[SidePlan]:
    """Uncollated: the first sheet of each copy, then the second of each."""
    for rank in zip_longest(*(_sheets(copy) for copy in each), fillvalue=()):
        yield from chain.from_iterable(rank)


def _sheets(plans: Iterator[SidePlan]) -> Iterator[tuple[SidePlan, ...]]:
    held: list[SidePlan] = []
    for side in plans:
        if held and not side.back:
            yield tuple(held)
            held.clear()
        held.append(side)
        if side.back or side.ticket.sides == "one-sided":  # complete: no need to look at the next page
            yield tuple(held)
            held.clear()
    if held:
        yield tuple(held)


def impose(ticket: Ticket, books: Iterable[Iterable[InputPage]], copy: int) -> Iterator[SidePlan]:
    """The sides of one set. It begins on a new sheet; so does each document where the handling says it."""
    imposer = Imposer(ticket, copy)
    if ticket.imposition in BOOKLETS:
        cells = [Cell(page, page_ticket(ticket, page, copy)) for book in books for page in book]
        yield from booklet(ticket, cells, copy)
        return
    yield from imposer.cover_front()
    for book in books:
        if ticket.document_handling in NEW_SHEET:
            yield from imposer.finish()
        for page in book:
            if copy > ticket.of(page.document).copies:
                break
            number_up = ticket.of(page.document).number_up
            yield from imposer.put(Cell(page, page_ticket(ticket, page, copy)), number_up)
    yield from imposer.cover_back()


def page_ticket(ticket: Ticket, page: InputPage, copy: int) -> PageTicket:
    found = ticket.for_page(page.document, page.number, copy)
    if page.media is not None and found.media == ticket.of(page.document).page.media:  # no override chose another one
        return replace(found, media=page.media)
    return found


def booklet(ticket: Ticket, cells: list[Cell], copy: int) -> Iterator[SidePlan]:
    """Sheets to be nested and folded in the middle: the last page beside the first, on the back the second beside
    the last but one, and so on inward. All are of the first page's media."""
    if not cells:
        return
    stock = replace(cells[0].ticket, sides="two-sided-short-edge")
    pages: list[Cell | None] = [replace(cell, ticket=replace(cell.ticket, media=stock.media)) for cell in cells]
    pages += [None] * (-len(pages) % 4)
    for sheet in range(len(pages) // 4):
        first, last = 2 * sheet, len(pages) - 1 - 2 * sheet
        for back, pair in ((False, (pages[last], pages[first])), (True, (pages[first + 1], pages[last - 1]))):
            there = tuple((slot, cell) for slot, cell in enumerate(pair) if cell is not None)
            slots = tuple(slot for slot, _ in there)
            yield SidePlan(0, back, copy, tuple(cell for _, cell in there), stock, slots)


class Imposer:
    """Collects the cells of one set into sides and finds the sheet that each side belongs to."""

    def __init__(self, ticket: Ticket, copy: int) -> None:
        self._ticket = ticket
        self._copy = copy
        self._cells: list[Cell] = []
        self._number_up = 1
        self._sheet: tuple[Media, str, str] | None = None
        """What the sheet in hand is made of while its back is free; None when the next side needs a new
        sheet."""
        cover = ticket.cover_front
        self._on_cover = _printed(cover)
        """Sides of the front cover that still wait for a page: ``[False, True]`` for front and back."""
        cover = ticket.cover_back
        self._held: list[tuple[Cell, int]] = []
        """The last pages so far, kept for the back cover."""
        self._holds = len(_printed(cover))
        self._placed = 0
        """Pages that have their place in this set."""
        self._part = 0
        """Which set it is of those that job-pages-per-set makes of a copy."""

    def put(self, cell: Cell, number_up: int) -> Iterator[SidePlan]:
        """Add a page; gives out the side before it when they can't share one, and its own side once it is
        full."""
        if self._on_cover:
            yield from self._cover("cover-front", self._ticket.cover_front, [cell], self._on_cover.pop(0))
            self._placed += 1
            yield from self.inserted(self._placed)
            return
        if self._holds:
            self._held.append((cell, number_up))
            if len(self._held) <= self._holds:
                return
            cell, number_up = self._held.pop(0)
        yield from self._place(cell, number_up)

    def _place(self, cell: Cell, number_up: int) -> Iterator[SidePlan]:
        if self._placed == 0:
            yield from self.inserted(0)
        full = self._ticket.pages_per_set and self._placed and self._placed % self._ticket.pages_per_set == 0
        if full or cell.page.number in self._ticket.force_front:
            yield from self.finish()
            self._part += bool(full)
        if self._cells and (_stock(cell) != _stock(self._cells[0]) or number_up != self._number_up):
            yield self._side()
        self._number_up = number_up
        self._cells.append(cell)
        if len(self._cells) >= number_up:
            yield self._side()
        self._placed += 1
        yield from self.inserted(self._placed)

    def finish(self) -> Iterator[SidePlan]:
        """Give out what is left; whatever comes next begins a new sheet."""
        if self._cells:
            yield self._side()
        self._sheet = None

    def inserted(self, after: int) -> Iterator[SidePlan]:
        """insert-sheet: empty sheets behind the page with this number in the set. Behind the last page there is
        nothing to insert after, so larger numbers do nothing."""
        for insert in self._ticket.inserts:
            if insert.after == after and insert.count:
                yield from self.finish()
                stock = _plain_stock(self._ticket, insert.media)
                for _ in range(insert.count):
                    yield SidePlan(0, False, self._copy, (), stock, role="insert-sheet", set=self._part)

    def cover_front(self) -> Iterator[SidePlan]:
        cover = self._ticket.cover_front
        if cover is not None and cover.kind == "print-none":
            yield from self._cover("cover-front", cover, [], False)

    def cover_back(self) -> Iterator[SidePlan]:
        """The end of the set: what was kept for the back cover is on it now."""
        held, self._held, self._holds = self._held, [], 0
        cover = self._ticket.cover_back
        if self._on_cover == [True] and self._ticket.cover_front is not None:
            self._on_cover = []  # a lone page: the cover's back stays empty
        yield from self.finish()
        if cover is None:
            return
        if cover.kind == "print-none" or not held:
            yield from self._cover("cover-back", cover, [], False)
            return
        for (cell, _), back in zip(held, _printed(cover), strict=False):
            yield from self._cover("cover-back", cover, [cell], back)

    def _cover(self, role: str, cover: Cover | None, cells: list[Cell], back: bool) -> Iterator[SidePlan]:
        """A side of a cover. A page that goes on its back has an empty front before it."""
        assert cover is not None
        page = cells[0].ticket if cells else self._ticket.page
        turned = page.sides if page.sides != "one-sided" else "two-sided-long-edge"
        sides = turned if cover.kind in ("print-back", "print-both") else "one-sided"
        stock = replace(page, sides=sides, media=cover.media or self._ticket.page.media)
        if back and cover.kind == "print-back":
            yield SidePlan(0, False, self._copy, (), stock, role=role, set=self._part)
        moved = tuple(replace(cell, ticket=stock) for cell in cells)
        yield SidePlan(0, back, self._copy, moved, stock, role=role, set=self._part)

    def _side(self) -> SidePlan:
        cells, self._cells = tuple(self._cells), []
        stock = _stock(cells[0])
        back = self._sheet == stock
        self._sheet = None if back or stock[1] == "one-sided" else stock
        return SidePlan(0, back, self._copy, cells, set=self._part)


def _printed(cover: Cover | None) -> list[bool]:
    """The sides of a cover that pages come on: False its front, True its back."""
    kind = cover.kind if cover is not None else ""
    return {"print-front": [False], "print-back": [True], "print-both": [False, True]}.get(kind, [])


def _stock(cell: Cell) -> tuple[Media, str, str]:
    """What two sides of a sheet must have in common; an override of any of it slips to a new sheet (PWG
    5100.6)."""
    return cell.ticket.media, cell.ticket.sides, cell.ticket.output_bin
