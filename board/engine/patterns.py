"""Pages that show how a head fares: single dots, an alignment page, a grey wedge.

Each is a page of the head's resolution and of any width from the head's on; lines come one at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from raster_ext import ColorSpace, Page

STEPS = 16
"""Steps of the wedge."""
Lines = Iterator[bytes]


def dots(width: int, dpi: int) -> tuple[Page, Lines]:
    """Bars of every single dot in turn, then checkerboards of one, two and four dots, then solid black."""
    height = dpi
    page = Page(width, height, (dpi, dpi), ColorSpace.BLACK, 1, 1)

    def line(y: int) -> int:
        part, at = divmod(y, height // 5)
        if part == 0:  # a staircase: line after line the next dot, every sixteen dots
            return sum(1 << x for x in range(width) if (width - 1 - x) % 16 == at % 16)
        if part < 4:
            size = 1 << (part - 1)
            return sum(1 << x for x in range(width) if (x // size + at // size) % 2)
        return (1 << width) - 1

    return page, _packed(page, line)


def align(width: int, dpi: int) -> tuple[Page, Lines]:
    """A frame, rulers of millimetres along the edges, a diagonal across."""
    height = width
    page = Page(width, height, (dpi, dpi), ColorSpace.BLACK, 1, 1)
    frame = 1 << (width - 1) | 1
    ticks = {round(mm * dpi / 25.4): 24 if mm % 10 == 0 else 16 if mm % 5 == 0 else 8 for mm in range(2000)}

    def line(y: int) -> int:
        if y in (0, height - 1):
            return (1 << width) - 1
        bits = frame | 1 << (width - 1 - y * width // height)
        for x, long in ticks.items():
            if x < width and y < long:
                bits |= 1 << (width - 1 - x)
        long = ticks.get(y, 0)
        return bits | ((1 << long) - 1) << (width - long)

    return page, _packed(page, line)


def wedge(width: int, dpi: int) -> tuple[Page, Lines]:
    """Steps of grey from white to black, for the printer's halftone."""
    height = dpi
    page = Page(width, height, (dpi, dpi), ColorSpace.SGRAY, 8, 1)
    row = bytes(255 - 255 * min(STEPS - 1, x * STEPS // width) // (STEPS - 1) for x in range(width))
    return page, (row for _ in range(height))


PATTERNS: dict[str, Callable[[int, int], tuple[Page, Lines]]] = {"dots": dots, "align": align, "wedge": wedge}


def _packed(page: Page, line: Callable[[int], int]) -> Lines:
    spare = 8 * page.bytes_per_line - page.width
    for y in range(page.height):
        yield (line(y) << spare).to_bytes(page.bytes_per_line)
