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
from typing import Generic, TypeVar

from firmware.core.ticket import Media, PageTicket, Ticket

UNCOLLATED = "separate-documents-uncollated-copies"
NEW_SHEET = ("single-document-new-sheet", "separate-documents-collated-copies", UNCOLLATED)

T = TypeVar("T")


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

    @property
    def ticket(self) -> PageTicket:
        return self.cells[0].ticket


class Memo(Generic[T]):
    """An iterable that can be gone through again although its source cannot; it takes an item only when
    asked."""

    def __init__(self, source: Iterable[T]) -> None:
        self._source = iter(source)
        self._known: list[T] = []

    def __iter__(self) -> Iterator[T]:
        index = 0
        while self.has(index):
            yield self._known[index]
            index += 1

    def has(self, index: int) -> bool:
        """Whether there is an item at this index; takes as many from the source as that needs."""
        while len(self._known) <= index:
            try:
                self._known.append(next(self._source))
            except StopIteration:
                return False
        return True


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
) -> Iterator[SidePlan]:
    """All sides that a job marks, in output order, for its documents' pages in order.

    Copies and multiple-document-handling are those of RFC 8011 sections 5.2.4 and 5.2.5, page-ranges (5.2.7)
    count the pages of each document, number-up is 5.2.9, overrides are PWG 5100.6. No page is begun of a document that
    is ``dropped``, in whatever copy.
    """
    books = Memo(_Book(Memo(chosen(pages, ticket)), dropped) for pages in documents)
    sheet = 0
    for side in _ordered(ticket, books):
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
    return ticket.rounds > 1 or any(one.number_up > 1 for one in (ticket, *(own for _, own in ticket.documents)))


def _ordered(ticket: Ticket, books: Memo[_Book]) -> Iterator[SidePlan]:
    copies = range(1, ticket.rounds + 1)
    by_sheet = not ticket.collated
    if len(copies) > 1 and ticket.collated and ticket.document_handling == UNCOLLATED:
        if books.has(1):  # RFC 8011 section 5.2.4: a(*), a(*), b(*), b(*)
            yield from chain.from_iterable(_impose(ticket, [book], copy) for book in books for copy in copies)
            return
        by_sheet = True  # a lone document: clients mean 1, 1, 2, 2 by it
    each = [_impose(ticket, books, copy) for copy in copies]
    yield from _interleaved(each) if by_sheet and len(each) > 1 else chain.from_iterable(each)


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


def _impose(ticket: Ticket, books: Iterable[Iterable[InputPage]], copy: int) -> Iterator[SidePlan]:
    """The sides of one copy. It begins on a new sheet; so does each document where the handling says it."""
    imposer = _Imposer(copy)
    for book in books:
        if ticket.document_handling in NEW_SHEET:
            yield from imposer.finish()
        for page in book:
            if copy > ticket.of(page.document).copies:
                break
            cell = Cell(page, _page_ticket(ticket, page, copy))
            yield from imposer.put(cell, ticket.of(page.document).number_up)
    yield from imposer.finish()


def _page_ticket(ticket: Ticket, page: InputPage, copy: int) -> PageTicket:
    found = ticket.for_page(page.document, page.number, copy)
    if page.media is not None and found.media == ticket.of(page.document).page.media:  # no override chose another one
        return replace(found, media=page.media)
    return found


class _Imposer:
    """Collects cells into sides and finds the sheet that each side belongs to."""

    def __init__(self, copy: int) -> None:
        self._copy = copy
        self._cells: list[Cell] = []
        self._number_up = 1
        self._sheet: tuple[Media, str, str] | None = None
        """What the sheet in hand is made of while its back is free; None when the next side needs a new
        sheet."""

    def put(self, cell: Cell, number_up: int) -> Iterator[SidePlan]:
        """Add a page; gives out the side before it when they can't share one, and its own side once it is
        full."""
        if self._cells and (_stock(cell) != _stock(self._cells[0]) or number_up != self._number_up):
            yield self._side()
        self._number_up = number_up
        self._cells.append(cell)
        if len(self._cells) >= number_up:
            yield self._side()

    def finish(self) -> Iterator[SidePlan]:
        """Give out what is left; whatever comes next begins a new sheet."""
        if self._cells:
            yield self._side()
        self._sheet = None

    def _side(self) -> SidePlan:
        cells, self._cells = tuple(self._cells), []
        stock = _stock(cells[0])
        back = self._sheet == stock
        self._sheet = None if back or stock[1] == "one-sided" else stock
        return SidePlan(0, back, self._copy, cells)


def _stock(cell: Cell) -> tuple[Media, str, str]:
    """What two sides of a sheet must have in common; an override of any of it slips to a new sheet (PWG
    5100.6)."""
    return cell.ticket.media, cell.ticket.sides, cell.ticket.output_bin
