"""A side's pixels: its pages in their places on white, in a kind that the sink takes, band by band."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from firmware.document import kinds, lines
from firmware.document.documents import Documents
from firmware.document.page import Page
from firmware.document.placement import Placement


@dataclass(frozen=True, slots=True)
class Composition:
    """A side before it is drawn; two equal ones come out the same."""

    page: Page
    """As the sink gets it."""
    placements: tuple[Placement, ...]
    kinds: tuple[str, ...]
    """What each page is drawn in: its own kind, or what print-color-mode and printer make of it."""
    direct: bool
    """One raster page goes through as it is, at most converted to another kind."""


def compose(
    placements: tuple[Placement, ...],
    size: tuple[int, int],
    resolution: tuple[int, int],
    documents: Documents,
    sink: tuple[str, ...],
    color: bool,
) -> Composition:
    """Choose the kind of a side of ``size`` pixels for a sink that takes some kinds."""
    if not placements:
        return Composition(kinds.surface(kinds.offered("sgray_8", sink), *size, resolution), (), (), direct=False)
    only = placements[0]
    direct = (
        len(placements) == 1
        and (only.x, only.y, only.width, only.height) == (0, 0, *size)
        and documents[only.page.document].untouched(only)
    )
    wanted = tuple(kinds.wanted(cell.page.kind, cell.ticket, color) for cell in placements)
    richest = kinds.richest(wanted)
    asked = any(cell.ticket.color_mode in kinds.BI_LEVEL for cell in placements)
    if richest == "black_1" and not direct and not asked:
        richest = "sgray_8"  # scaling makes grays, and they look better than dots
    kind = kinds.offered(richest, sink)
    direct = direct and kind == richest
    return Composition(kinds.surface(kind, *size, resolution), placements, wanted, direct)


def draw(side: Composition, documents: Documents) -> Iterator[memoryview]:
    """The side's lines, some at a time; each piece is valid until the next is asked for."""
    page = side.page
    if side.direct:
        only = side.placements[0]
        return documents[only.page.document].draw(only, (0, 0, page.width, page.height), page.kind)
    kind = "sgray_8" if page.kind == "black_1" else page.kind
    layers = _layers(side, kind, documents)
    if not layers:
        return kinds.white(page)
    if len(layers) == 1 and (layers[0].width, layers[0].height) == (page.width, page.height):
        pieces = layers[0].pieces
    else:
        pieces = lines.merged(layers, page.width, page.height, 3 if kind == "srgb_8" else 1)
    surface = kinds.surface(kind, page.width, page.height, page.resolution)
    return kinds.converted(pieces, surface, page.kind, side.placements[0].ticket)


def _layers(side: Composition, kind: str, documents: Documents) -> list[lines.Layer]:
    """The visible part of each placed page, in the side's kind; nothing for a page that lies outside."""
    layers = []
    for cell, drawn in zip(side.placements, side.kinds, strict=True):
        left, top = max(cell.x, cell.clip[0], 0), max(cell.y, cell.clip[1], 0)
        right = min(cell.x + cell.width, cell.clip[2], side.page.width)
        bottom = min(cell.y + cell.height, cell.clip[3], side.page.height)
        if left < right and top < bottom:
            part = (left - cell.x, top - cell.y, right - cell.x, bottom - cell.y)
            lone = len(side.placements) == 1
            asked = kind if drawn == "srgb_8" else "sgray_8"
            pieces = documents[cell.page.document].draw(cell, part, asked, lone)
            if asked != kind or drawn == "black_1":
                pieces = _toned(pieces, right - left, kind, cell)
            layers.append(lines.Layer(left, top, right - left, bottom - top, pieces))
    return layers


def _toned(pieces: Iterator[memoryview], width: int, kind: str, cell: Placement) -> Iterator[memoryview]:
    """Gray lines for a side of a richer kind; black and white only if the page's colour mode says so."""
    gray = kinds.surface("sgray_8", width, 1, (1, 1))
    if cell.ticket.color_mode in kinds.BI_LEVEL:
        pieces = kinds.converted(pieces, gray, "black_1", cell.ticket)
        pieces = kinds.converted(pieces, kinds.surface("black_1", width, 1, (1, 1)), "sgray_8", cell.ticket)
    return kinds.converted(pieces, gray, kind, cell.ticket)
