"""A raster reader written straight from the specification, slow and plain, for the writers under test.

It shares no code with ``raster_ext``: PWG 5102.4 section 4 for PWG Raster, the CUPS raster format description for
versions 1 to 3, and the layout that libcups reads for Apple Raster.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

LIGHT = {0, 1, 17, 18, 19, 20}
"""Colour spaces whose white is all ones."""
URF_SPACES = {0: (18, 1), 1: (19, 3), 2: (16, 3), 3: (20, 3), 4: (0, 1), 5: (1, 3), 6: (6, 4)}
"""Apple's colour space → (PWG's, colours)."""


@dataclass
class Picture:
    width: int
    height: int
    bits: int
    colors: int
    space: int
    resolution: tuple[int, int]
    header: bytes
    codes: list[int]
    """Every run code in the page, and -1 - repeat for each coded line."""
    data: bytes = b""

    @property
    def line(self) -> int:
        return (self.width * self.bits * self.colors + 7) // 8


def read(data: bytes) -> list[Picture]:
    """All pages of a file; AssertionError where it breaks a rule."""
    if data[:8] == b"UNIRAST\0":
        return _pages(data, 12, 32, _urf, coded=True, fill=True)
    order, version = {
        b"RaS2": (">", 2), b"2SaR": ("<", 2), b"RaS3": (">", 3), b"3SaR": ("<", 3), b"RaSt": (">", 1), b"tSaR": ("<", 1)
    }[data[:4]]  # fmt: skip
    size = 420 if version == 1 else 1796
    pages = _pages(data, 4, size, lambda head: _cups(head, order, version), coded=version == 2, fill=False)
    for page in pages:
        if order == "<" and page.bits == 16:
            page.data = b"".join(page.data[i + 1 : i + 2] + page.data[i : i + 1] for i in range(0, len(page.data), 2))
    return pages


def _pages(
    data: bytes, at: int, size: int, header: Callable[[bytes], Picture], coded: bool, fill: bool
) -> list[Picture]:
    found = []
    while at < len(data):
        page = header(data[at : at + size])
        at += size
        if coded:
            at = _lines(page, data, at, fill)
        else:
            page.data = data[at : at + page.line * page.height]
            at += page.line * page.height
        assert len(page.data) == page.line * page.height
        found.append(page)
    assert at == len(data)
    return found


def _urf(head: bytes) -> Picture:
    space, colors = URF_SPACES[head[1]]
    width, height, dpi = struct.unpack(">III", head[12:24])
    return Picture(width, height, head[0] // colors, colors, space, (dpi, dpi), head, [])


def _cups(head: bytes, order: str, version: int) -> Picture:
    def at(offset: int) -> int:
        return int(struct.unpack(order + "I", head[offset : offset + 4])[0])

    colors = at(388) // at(384)
    assert version == 1 or at(420) == colors
    page = Picture(at(372), at(376), at(384), colors, at(400), (at(276), at(280)), head, [])
    assert at(392) == page.line
    assert at(396) == 0
    return page


def _lines(page: Picture, data: bytes, at: int, fill: bool) -> int:
    unit = (page.bits * page.colors + 7) // 8
    white = b"\xff" if page.space in LIGHT else b"\0"
    lines: list[bytes] = []
    while len(lines) < page.height:
        repeat, line = data[at], b""
        at += 1
        page.codes.append(-1 - repeat)
        while len(line) < page.line:
            code = data[at]
            at += 1
            page.codes.append(code)
            if code < 128:
                line += data[at : at + unit] * (code + 1)
                at += unit
            elif code > 128:
                line += data[at : at + unit * (257 - code)]
                at += unit * (257 - code)
            else:
                assert fill, "code 128 outside Apple Raster"
                line += white * (page.line - len(line))
        assert len(line) == page.line, "a run crosses the end of its line"
        lines += [line] * (repeat + 1)
    assert len(lines) == page.height, "a repeat crosses the end of the page"
    page.data = b"".join(lines)
    return at
