"""Operations on a page's lines as they come: cropping, mirroring, scaling, turning, laying side by side.

A stream of lines is an iterator of memoryviews, each of some whole lines; a piece is valid until the next is
asked for. All but ``turned`` hold a few lines at a time; ``turned`` holds its picture once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from raster_ext import Scaler, mirror, rotate

Pieces = Iterator[memoryview]

CHUNK = 1 << 18
"""Octets that are handled at a time, to stay in the cache."""


def cut(pieces: Pieces, length: int, most: int) -> Pieces:
    """The same lines of ``length`` octets, at most ``most`` of them in a piece."""
    size = length * most
    for piece in pieces:
        if len(piece) <= size:
            yield piece
        else:
            for start in range(0, len(piece), size):
                yield piece[start : start + size]


def rows(pieces: Pieces, length: int, top: int, bottom: int) -> Pieces:
    """Lines ``top`` up to ``bottom`` only. What comes behind is not asked for."""
    y = 0
    for piece in pieces:
        count = len(piece) // length
        first, last = max(top - y, 0), min(bottom - y, count)
        if first < last:
            yield piece[first * length : last * length] if (first, last) != (0, count) else piece
        y += count
        if y >= bottom:
            return


def columns(pieces: Pieces, width: int, unit: int, left: int, right: int) -> Pieces:
    """Pixels ``left`` up to ``right`` of lines of ``width`` pixels of ``unit`` octets."""
    if (left, right) == (0, width):
        yield from pieces
        return
    length, part, start = width * unit, (right - left) * unit, left * unit
    for piece in pieces:
        out = bytearray(len(piece) // length * part)
        for y in range(len(piece) // length):
            at = y * length + start
            out[y * part : (y + 1) * part] = piece[at : at + part]
        yield memoryview(out)


def mirrored(pieces: Pieces, width: int, unit: int) -> Pieces:
    for piece in pieces:
        yield memoryview(mirror(piece, width, unit * 8))


def scaled(pieces: Pieces, source: tuple[int, int], target: tuple[int, int], unit: int) -> Pieces:
    """A picture of 8-bit samples at another size (width, height)."""
    if source == target:
        yield from pieces
        return
    scaler = Scaler(*source, *target, unit)
    # Few enough lines at a time that what comes out stays small however much it is enlarged.
    most = max(1, CHUNK * source[1] // (target[1] * target[0] * unit))
    for piece in cut(pieces, source[0] * unit, most):
        out = scaler.feed(piece)
        if len(out):
            yield out


def turned(pieces: Pieces, width: int, height: int, unit: int, turn: int) -> Pieces:
    """A picture, turned counter-clockwise by quarters. All of it is taken before the first line comes out."""
    canvas = memoryview(bytearray(width * height * unit))
    length = width * unit
    done = 0
    for piece in cut(pieces, length, max(1, CHUNK // length)):
        count = len(piece) // length
        block = memoryview(rotate(piece, width, count, unit, -turn))
        if turn == 2:
            start = (height - done - count) * length
            canvas[start : start + len(block)] = block
        else:
            column = done if turn == 1 else height - done - count
            _paste(canvas, height * unit, column * unit, block, count * unit, 0)
        done += count
    out = (height if turn % 2 else width) * unit
    step = max(1, CHUNK // out) * out
    for start in range(0, len(canvas), step):
        yield canvas[start : start + step]


@dataclass(slots=True)
class Layer:
    """A picture on a side: ``width`` by ``height`` pixels with its corner at (x, y), all of it inside."""

    x: int
    y: int
    width: int
    height: int
    pieces: Pieces
    left: memoryview = field(default_factory=lambda: memoryview(b""))
    """Lines that have come and are not used yet."""


def merged(layers: Iterable[Layer], width: int, height: int, unit: int) -> Pieces:
    """White lines with the layers on them, later ones above earlier ones."""
    stack = list(layers)
    length = width * unit
    step = max(1, CHUNK // length)
    strip = bytearray(step * length)
    white = b"\xff" * len(strip)
    with memoryview(strip) as view:
        for top in range(0, height, step):
            lines = min(step, height - top)
            strip[:] = white
            for layer in stack:
                _lay(layer, view, length, unit, top, top + lines)
            yield view[: lines * length]


def _lay(layer: Layer, view: memoryview, length: int, unit: int, top: int, bottom: int) -> None:
    """Put the layer's lines ``top`` up to ``bottom`` of the side into ``view``, which begins at ``top``."""
    y, end = max(top, layer.y), min(bottom, layer.y + layer.height)
    own = layer.width * unit
    while y < end:
        if not len(layer.left):
            layer.left = next(layer.pieces)
        count = min(end - y, len(layer.left) // own)
        at = (y - top) * length + layer.x * unit
        if own == length:
            view[at : at + count * length] = layer.left[: count * length]
        else:
            _paste(view[(y - top) * length :], length, layer.x * unit, layer.left[: count * own], own, 0)
        layer.left = layer.left[count * own :]
        y += count


def _paste(canvas: memoryview, length: int, column: int, block: memoryview, own: int, top: int) -> None:
    """Copy a block with lines of ``own`` octets to an octet column of a canvas with lines of ``length``."""
    at = top * length + column
    for start in range(0, len(block), own):
        canvas[at : at + own] = block[start : start + own]
        at += length
