"""Which kind of pixels a side is marked in, and how pixels get there.

The three kinds that sinks take, from poor to rich: ``black_1``, ``sgray_8``, ``srgb_8``. print-color-mode is
that of PWG 5100.13; its bi-level values are a threshold at half, not a halftone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from firmware.core.ticket import PageTicket
from firmware.document.page import Page
from raster_ext import ColorSpace, Converter, Halftoner
from raster_ext.halftone import choose

KINDS = ("black_1", "sgray_8", "srgb_8")
SPACES = {
    "srgb_8": (ColorSpace.SRGB, 8, 3),
    "sgray_8": (ColorSpace.SGRAY, 8, 1),
    "black_1": (ColorSpace.BLACK, 1, 1),
}
GRAYS = (ColorSpace.GRAY, ColorSpace.BLACK, ColorSpace.SGRAY, ColorSpace.DEVICE1)
MONOCHROME = ("monochrome", "auto-monochrome", "process-monochrome")
BI_LEVEL = ("bi-level", "process-bi-level")
THRESHOLD = bytes(128) + b"\xff" * 128
"""A tone curve that leaves a halftone no choice."""


def surface(kind: str, width: int, height: int, resolution: tuple[int, int]) -> Page:
    """A page of a sink kind."""
    space, bits, colors = SPACES[kind]
    return Page(width, height, resolution, space, bits, colors)


def white(page: Page) -> Iterator[memoryview]:
    """The lines of an empty side."""
    line = bytes([page.white]) * page.bytes_per_line
    step = max(1, (1 << 18) // len(line))
    strip = memoryview(line * step)
    for top in range(0, page.height, step):
        yield strip[: min(step, page.height - top) * len(line)]


def natural(page: Page) -> str:
    """The poorest kind that holds all that a raster page can show."""
    if page.color_space not in GRAYS:
        return "srgb_8"
    return "black_1" if page.bits_per_color == 1 else "sgray_8"


def wanted(kind: str, ticket: PageTicket, color: bool) -> str:
    """What print-color-mode makes of a page of this kind on a printer with or without colour."""
    if ticket.color_mode in BI_LEVEL:
        return "black_1"
    if kind == "srgb_8" and (not color or ticket.color_mode in MONOCHROME):
        return "sgray_8"
    return kind


def richest(kinds: Iterable[str]) -> str:
    return max(kinds, key=KINDS.index)


def offered(kind: str, sink: tuple[str, ...]) -> str:
    """The kind to give to a sink for pixels of ``kind``: the same, or a richer one, or the richest that it
    takes."""
    takes = sorted((known for known in sink if known in KINDS), key=KINDS.index)
    return next((known for known in takes if KINDS.index(known) >= KINDS.index(kind)), takes[-1])


def converted(pieces: Iterator[memoryview], page: Page, kind: str, ticket: PageTicket) -> Iterator[memoryview]:
    """Lines of ``page`` as another kind; black_1 by threshold where the colour mode says so, else by
    halftone."""
    if page.kind == kind:
        return pieces
    if kind != "black_1":
        return map(Converter(page, kind).convert, pieces)
    if page.kind == "sgray_1":
        return map(Converter(page, kind).convert, pieces)
    gray = pieces if page.kind == "sgray_8" else map(Converter(page, "sgray_8").convert, pieces)
    curve = THRESHOLD if ticket.color_mode in BI_LEVEL else None
    return map(Halftoner(page.width, method=choose(ticket.quality, ticket.content), curve=curve).feed, gray)
