"""Where an input page lies on its side, in pixels: scaling, turning, centring, number-up cells. Pure
geometry.

Lengths are 1/100 mm until the last step. The origin is the top left corner of the upright side. ``turn``
counts quarter turns counter-clockwise, the direction of orientation-requested (RFC 8011 section 5.2.10).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from firmware.core.ticket import Media, PageTicket
from firmware.document.layout import Cell, InputPage, SidePlan

TOLERANCE = 100.0
"""Pages this much (1 mm) larger than the media count as its size: points and pixels round differently."""
BETTER = 1.01
"""How much larger a page must come out for another turn or grid to be preferred."""
WASTE = 0.9
"""What each empty cell of a grid counts against it."""

_TURNS = {3: 0, 4: 1, 5: 3, 6: 2}
_STEPS = {"toright": (0, 1), "toleft": (0, -1), "tobottom": (1, 1), "totop": (1, -1)}


@dataclass(frozen=True, slots=True)
class Rect:
    """Left, top, right, bottom; right and bottom are outside."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top


@dataclass(frozen=True, slots=True)
class Placement:
    """The box of one turned page on its side, in pixels, and the part of the side that it may mark.

    The box may reach out of ``clip`` and of the side (negative ``x`` or ``y``).
    """

    page: InputPage
    ticket: PageTicket
    x: int
    y: int
    width: int
    height: int
    turn: int
    clip: tuple[int, int, int, int]
    """Left, top, right, bottom."""


def pixels(media: Media, resolution: tuple[int, int]) -> tuple[int, int]:
    """The side's size in pixels: all whole pixels of the media (as PWG 5102.4 counts Width and Height)."""
    return max(1, media.width * resolution[0] // 2540), max(1, media.height * resolution[1] // 2540)


def place(
    side: SidePlan,
    resolution: tuple[int, int],
    number_up: int,
    presentation: str,
    fidelity: bool,
    folded: bool = False,
) -> tuple[Placement, ...]:
    """Every page of a side in its place; ``folded``: two pages beside each other, the fold between them."""
    if side.pitch:
        return tuple(_strip(side, resolution, fidelity))
    if folded or number_up > 1:
        return tuple(_many(side, resolution, number_up, presentation, folded))
    return tuple(_one(cell, resolution, fidelity, side.back) for cell in side.cells)


def _strip(side: SidePlan, resolution: tuple[int, int], fidelity: bool) -> Iterator[Placement]:
    """Pages one below the other on a piece of a roll, each on its own length of it."""
    for cell, top in zip(side.cells, side.pitch, strict=False):
        place = _one(cell, resolution, fidelity, False)
        down = round(top * resolution[1] / 2540)
        left, upper, right, lower = place.clip
        yield replace(place, y=place.y + down, clip=(left, upper + down, right, lower + down))


def _one(cell: Cell, resolution: tuple[int, int], fidelity: bool, back: bool) -> Placement:
    page, ticket = cell.page, cell.ticket
    sheet = Rect(0, 0, ticket.media.width, ticket.media.height)
    printable = _printable(ticket.media)
    turns = _turns(page, ticket)
    method = _method(page, ticket, turns, fidelity)
    if method == "none":
        turn = next((turn for turn in turns if _fits(page, turn, sheet)), _best(page, turns, sheet))
        return _put(cell, sheet, sheet, turn, 1.0, resolution, back)
    area = printable if method == "fit" else sheet
    turn = _best(page, turns, area)
    return _put(cell, area, sheet, turn, _scale(page, turn, area, method == "fill"), resolution, back)


def _method(page: InputPage, ticket: PageTicket, turns: tuple[int, ...], fidelity: bool) -> str:
    """``fit``, ``fill`` or ``none``: print-scaling as PWG 5100.13 defines its values.

    Raster pages as large as the media are never scaled: their producer has laid them out, margins and all.
    """
    sheet = Rect(0, 0, ticket.media.width, ticket.media.height)
    same = any(_same(page, turn, sheet) for turn in turns)
    if page.pixels is not None and same:
        return "none"
    if ticket.scaling not in ("auto", "auto-fit"):
        return ticket.scaling
    small = page.sized and any(_fits(page, turn, sheet) for turn in turns)
    if small and (same or not fidelity):
        return "none"
    return "fit" if ticket.scaling == "auto-fit" or _has_margins(ticket.media) else "fill"


def _turns(page: InputPage, ticket: PageTicket) -> tuple[int, ...]:
    """The turns to choose from, best first. Without an orientation asked for, a page may be turned to suit
    the paper.

    A raster page that is as large as the media has its orientation from its producer.
    """
    sheet = Rect(0, 0, ticket.media.width, ticket.media.height)
    if page.pixels is not None and (_same(page, 0, sheet) or _same(page, 1, sheet)):
        return (0, 1)
    asked = _TURNS.get(ticket.orientation or 0)
    return (0, 1) if asked is None else (asked,)


def _size(page: InputPage, turn: int) -> tuple[float, float]:
    return (page.height, page.width) if turn % 2 else (page.width, page.height)


def _scale(page: InputPage, turn: int, area: Rect, fill: bool = False) -> float:
    """How much larger the page becomes that fits into the area, or that fills it and may be cropped."""
    width, height = _size(page, turn)
    ratios = (area.width / width, area.height / height)
    return max(ratios) if fill else min(ratios)


def _best(page: InputPage, turns: tuple[int, ...], area: Rect) -> int:
    """The turn in which the page comes out largest without being cropped; an earlier one when there is little
    in it."""
    best = turns[0]
    for turn in turns[1:]:
        if _scale(page, turn, area) > _scale(page, best, area) * BETTER:
            best = turn
    return best


def _fits(page: InputPage, turn: int, area: Rect) -> bool:
    width, height = _size(page, turn)
    return width <= area.width + TOLERANCE and height <= area.height + TOLERANCE


def _same(page: InputPage, turn: int, area: Rect) -> bool:
    width, height = _size(page, turn)
    return abs(width - area.width) <= TOLERANCE and abs(height - area.height) <= TOLERANCE


def _has_margins(media: Media) -> bool:
    return bool(media.left or media.top or media.right or media.bottom)


def _printable(media: Media) -> Rect:
    area = Rect(media.left, media.top, media.width - media.right, media.height - media.bottom)
    return area if area.width > 0 and area.height > 0 else Rect(0, 0, media.width, media.height)


def _put(
    cell: Cell, area: Rect, clip: Rect, turn: int, scale: float, resolution: tuple[int, int], back: bool
) -> Placement:
    """Put a page into an area and round to pixels; its own pixels are kept where nothing scales them.

    Where it lies there, and how far it is shifted, is PWG 5100.3; up is positive, and cells of number-up are to a
    page what the media is otherwise.
    """
    page = cell.page
    xdpi, ydpi = resolution
    width, height = (length * scale for length in _size(page, turn))
    right, down = _moved(cell.ticket, area, width, height, back)
    left, top = area.left + (area.width - width) / 2 + right, area.top + (area.height - height) / 2 + down
    box = _round(Rect(left, top, left + width, top + height), resolution)
    bounds = _round(clip, resolution)
    if page.pixels is not None and scale == 1.0 and _native(page, turn, resolution):
        wide, high = page.pixels[::-1] if turn % 2 else page.pixels
        side = (int(area.left + area.right) * xdpi // 2540, int(area.top + area.bottom) * ydpi // 2540)
        left_px = (side[0] - wide) // 2 + round(right * xdpi / 2540)
        top_px = (side[1] - high) // 2 + round(down * ydpi / 2540)
        box = (left_px, top_px, left_px + wide, top_px + high)
    return Placement(page, cell.ticket, box[0], box[1], max(1, box[2] - box[0]), max(1, box[3] - box[1]), turn, bounds)


def _moved(ticket: PageTicket, area: Rect, width: float, height: float, back: bool) -> tuple[float, float]:
    """How far right and down of the area's centre the page goes: image position, then image shift."""
    right = {"left": -1, "right": 1}.get(ticket.x_position, 0) * (area.width - width) / 2
    down = {"top": -1, "bottom": 1}.get(ticket.y_position, 0) * (area.height - height) / 2
    to_right, up = ticket.shift(back)
    return right + to_right, down - up


def _native(page: InputPage, turn: int, resolution: tuple[int, int]) -> bool:
    own = page.resolution
    return own is not None and (own[::-1] if turn % 2 else own) == resolution


def _round(rect: Rect, resolution: tuple[int, int]) -> tuple[int, int, int, int]:
    xdpi, ydpi = resolution
    return (
        round(rect.left * xdpi / 2540),
        round(rect.top * ydpi / 2540),
        round(rect.right * xdpi / 2540),
        round(rect.bottom * ydpi / 2540),
    )


@dataclass(frozen=True, slots=True)
class Grid:
    """Cells of a side in the reading frame, which is the media's own turned by ``turn`` quarters."""

    columns: int
    rows: int
    turn: int


def grid(number_up: int, width: float, height: float, area: Rect, turns: tuple[int, ...] = (0, 1)) -> Grid:
    """The grid, in one of the turns, in which upright pages of this size come out largest. Empty cells count
    against it."""
    best, score = Grid(number_up, 1, turns[0]), 0.0
    for turn in turns:
        wide, high = (area.height, area.width) if turn % 2 else (area.width, area.height)
        for columns in range(1, number_up + 1):
            rows = -(-number_up // columns)
            waste = columns * rows - number_up
            if waste >= rows:  # a whole column is empty
                continue
            value = min(wide / columns / width, high / rows / height) * WASTE**waste
            if value > score * BETTER:
                best, score = Grid(columns, rows, turn), value
    return best


def _many(
    side: SidePlan, resolution: tuple[int, int], number_up: int, presentation: str, folded: bool
) -> Iterator[Placement]:
    """number-up (RFC 8011 section 5.2.9): each page is fitted into its cell, or fills it. A side without a page
    has no places.

    An orientation asked for is that of the reading frame and of all pages in it. Otherwise the frame is
    chosen for the side's first page, and a page of another shape is turned to suit its cell.
    """
    first = side.cells[0]
    area = _printable(first.ticket.media)
    asked = _TURNS.get(first.ticket.orientation or 0)
    turns = (0, 1) if asked is None else (asked,)
    cells = grid(number_up, first.page.width, first.page.height, area, turns)
    if folded:
        media = first.ticket.media
        cells, asked, presentation = Grid(2, 1, 0 if media.width > media.height else 1), None, "toright-tobottom"
    for index, cell in zip(side.slots or range(len(side.cells)), side.cells, strict=True):
        box = _to_media(_cell(index, cells, area, presentation), cells.turn, area)
        turn = cells.turn
        if asked is None:
            turn = _best(cell.page, (turn, turn + 1), box) % 4
        scale = _scale(cell.page, turn, box, cell.ticket.scaling == "fill")
        yield _put(cell, box, box, turn, scale, resolution, side.back)


def _cell(index: int, cells: Grid, area: Rect, presentation: str) -> Rect:
    """The index-th cell in the reading frame, whose origin is its own top left corner.

    ``presentation`` is presentation-direction-number-up (PWG 5100.3): first direction within a row or column,
    then the direction from one to the next.
    """
    first, _, second = presentation.partition("-")
    counts = (cells.columns, cells.rows)
    axis, step = _STEPS.get(first, (0, 1))
    other, jump = _STEPS.get(second, (1, 1))
    place = [0, 0]
    along, across = index % counts[axis], index // counts[axis]
    place[axis] = along if step > 0 else counts[axis] - 1 - along
    place[other] = across if jump > 0 else counts[other] - 1 - across
    wide, high = (area.height, area.width) if cells.turn % 2 else (area.width, area.height)
    width, height = wide / cells.columns, high / cells.rows
    left, top = place[0] * width, place[1] * height
    return Rect(left, top, left + width, top + height)


def _to_media(cell: Rect, turn: int, area: Rect) -> Rect:
    """From the reading frame to the side. Turned once, the reading frame's top lies at the side's left."""
    corners = {
        0: (cell.left, cell.top, cell.right, cell.bottom),
        1: (cell.top, area.height - cell.right, cell.bottom, area.height - cell.left),
        2: (
            area.width - cell.right,
            area.height - cell.bottom,
            area.width - cell.left,
            area.height - cell.top,
        ),
        3: (area.width - cell.bottom, cell.left, area.width - cell.top, cell.right),
    }
    left, top, right, bottom = corners[turn]
    return Rect(area.left + left, area.top + top, area.left + right, area.top + bottom)
