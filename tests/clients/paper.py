"""What a sheet should look like: pages set by poppler, pictures by Pillow, put on paper with plain arithmetic.

Lengths are 1/100 mm from the top left corner of the upright side. Turns are quarters, counter-clockwise, as
orientation-requested counts them (RFC 8011 section 5.2.10).
"""

from __future__ import annotations

import io
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from PIL import Image

from tests.oracle import Picture
from tests.samples import POINTS

Size = tuple[float, float]


@dataclass(frozen=True)
class Box:
    left: float
    top: float
    right: float
    bottom: float

    @property
    def size(self) -> Size:
        return self.right - self.left, self.bottom - self.top

    def around(self, size: Size) -> Box:
        """A box of that size with the same centre."""
        x, y = (self.left + self.right) / 2, (self.top + self.bottom) / 2
        return Box(x - size[0] / 2, y - size[1] / 2, x + size[0] / 2, y + size[1] / 2)

    def cells(self, columns: int, rows: int) -> list[Box]:
        """Row by row from the top left."""
        width, height = self.size[0] / columns, self.size[1] / rows
        return [
            Box(
                self.left + x * width,
                self.top + y * height,
                self.left + (x + 1) * width,
                self.top + (y + 1) * height,
            )
            for y in range(rows)
            for x in range(columns)
        ]


@dataclass(frozen=True)
class Paper:
    """A sheet side, upright, and the dots that the printer sets on it."""

    width: int
    height: int
    dpi: int = 300
    margin: int = 423

    @property
    def pixels(self) -> tuple[int, int]:
        """Whole dots only (PWG 5102.4 section 4.3)."""
        return self.width * self.dpi // 2540, self.height * self.dpi // 2540

    @property
    def sheet(self) -> Box:
        return Box(0, 0, self.width, self.height)

    @property
    def printable(self) -> Box:
        return Box(self.margin, self.margin, self.width - self.margin, self.height - self.margin)


A4, LETTER, A5 = Paper(21000, 29700), Paper(21590, 27940), Paper(14800, 21000)


class Source(Protocol):
    """Something that can be set in any size."""

    @property
    def size(self) -> Size: ...

    def image(self, width: int, height: int) -> Image.Image: ...


@dataclass(frozen=True)
class Page:
    """A page of a PDF."""

    pdf: Path
    number: int = 1
    paper: str = "a4"

    @property
    def size(self) -> Size:
        width, height = POINTS[self.paper]
        return width * 2540 / 72, height * 2540 / 72

    def image(self, width: int, height: int) -> Image.Image:
        return _drawn(self, width, height)


@dataclass(frozen=True)
class Photo:
    """A picture, which has no size of its own but a shape."""

    path: Path

    @property
    def size(self) -> Size:
        with Image.open(self.path) as image:
            return float(image.width), float(image.height)

    def image(self, width: int, height: int) -> Image.Image:
        with Image.open(self.path) as image:
            return image.convert("RGB").resize((width, height), Image.Resampling.BICUBIC)


@lru_cache(12)
def _drawn(page: Page, width: int, height: int) -> Image.Image:
    """Twice as large and averaged, as in ``oracle.render``, unless there are dots enough."""
    times = 2 if width * height < 10_000_000 else 1
    number = str(page.number)
    size = ["-scale-to-x", str(times * width), "-scale-to-y", str(times * height)]
    command = ["pdftoppm", "-f", number, "-l", number, *size]
    done = subprocess.run([*command, str(page.pdf)], check=True, timeout=60, capture_output=True)
    assert done.stdout, f"there is no page {number} in {page.pdf}"
    with Image.open(io.BytesIO(done.stdout)) as image:
        return image.convert("RGB").reduce(times)


def turned(size: Size, turn: int) -> Size:
    return (size[1], size[0]) if turn % 2 else size


def natural(source: Source, area: Box, turn: int = 0) -> Box:
    """In its own size, centred."""
    return area.around(turned(source.size, turn))


def fit(source: Source, area: Box, turn: int = 0) -> Box:
    """As large as it can be without being cropped, centred."""
    return _scaled(source, area, turn, fill=False)


def fill(source: Source, area: Box, turn: int = 0) -> Box:
    """As large as it must be to leave nothing white, centred; what is too much falls off the paper."""
    return _scaled(source, area, turn, fill=True)


def _scaled(source: Source, area: Box, turn: int, fill: bool) -> Box:
    width, height = turned(source.size, turn)
    ratios = area.size[0] / width, area.size[1] / height
    scale = max(ratios) if fill else min(ratios)
    return area.around((width * scale, height * scale))


def compose(paper: Paper, *placed: tuple[Source, Box, int]) -> Picture:
    """A side with sources in their boxes."""
    side = Image.new("RGB", paper.pixels, "white")
    for source, box, turn in placed:
        left, top, right, bottom = (round(length * paper.dpi / 2540) for length in _edges(box))
        width, height = right - left, bottom - top
        image = source.image(*((height, width) if turn % 2 else (width, height)))
        side.paste(image.rotate(90 * turn, expand=True), (left, top))
    return Picture(side, paper.dpi)


def _edges(box: Box) -> Iterable[float]:
    return box.left, box.top, box.right, box.bottom


@lru_cache(12)
def plain(source: Source, paper: Paper = A4) -> Picture:
    """A page on paper of its own size."""
    return compose(paper, (source, natural(source, paper.sheet), 0))
