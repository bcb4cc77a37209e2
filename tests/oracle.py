"""Does a sheet show what it should? A comparison of pictures that finds blank, shifted and wrong pages.

Both are averaged to 75 dpi, where renderers that set the same dots a little differently agree, and compared by
structural similarity (Wang, Bovik, Sheikh and Simoncelli, 2004), each colour by itself: ``GOOD`` and more is the
page, below ``OTHER`` is another one. ``judge`` shows with every sheet that it can tell: a blank page, the page shifted
by 2 mm and a neighbouring page must fail.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tests.desk import need

GOOD = 0.97
OTHER = 0.93
DPI = 75
WINDOW = 7
Pixels = NDArray[np.float64]


class Picture:
    """A page as pixels."""

    def __init__(self, image: Image.Image, dpi: int) -> None:
        self.image = image
        self.dpi = dpi

    def gray(self) -> Picture:
        """What is left without colours, by the luminance of ITU-R BT.601."""
        return Picture(self.image.convert("L").convert("RGB"), self.dpi)

    def turned(self, quarters: int) -> Picture:
        """Turned counter-clockwise."""
        return Picture(self.image.rotate(90 * quarters, expand=True), self.dpi)

    def on(self, size: tuple[int, int]) -> Picture:
        """On paper of that many pixels, top left corners together: renderers round a page's size up or down."""
        if size == self.image.size:
            return self
        paper = Image.new(self.image.mode, size, "white")
        paper.paste(self.image, (0, 0))
        return Picture(paper, self.dpi)

    @cached_property
    def reduced(self) -> Pixels:
        """Averaged to 75 dpi."""
        width, height = (max(1, round(length * DPI / self.dpi)) for length in self.image.size)
        small = self.image.convert("RGB").resize((width, height), Image.Resampling.BOX)
        return np.asarray(small, dtype=np.float64)


def sheet(path: Path) -> Picture:
    """A finished side; its own file tells its resolution."""
    with Image.open(path) as image:
        image.load()
        dpi = image.info["dpi"]
        return Picture(image.convert("RGB"), round(dpi[0]))


def similarity(one: Picture, other: Picture) -> float:
    """Structural similarity of two pictures of the same paper; 1 is the same. The worst colour counts."""
    return _similarity(one.reduced, other.on(one.image.size).reduced)


def _similarity(first: Pixels, second: Pixels) -> float:
    return min(_similarities(first, second))


def _similarities(first: Pixels, second: Pixels) -> Iterator[float]:
    """By colour, green first: the eye's best."""
    assert first.shape == second.shape
    return (_ssim(first[..., channel], second[..., channel]) for channel in (1, 0, 2))


def _ssim(a: Pixels, b: Pixels) -> float:
    mean_a, mean_b = _mean(a), _mean(b)
    var_a, var_b = _mean(a * a) - mean_a**2, _mean(b * b) - mean_b**2
    both = _mean(a * b) - mean_a * mean_b
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    top = (2 * mean_a * mean_b + c1) * (2 * both + c2)
    return float(np.mean(top / ((mean_a**2 + mean_b**2 + c1) * (var_a + var_b + c2))))


def _mean(a: Pixels) -> Pixels:
    """Of each window of 7 by 7 pixels."""
    total = np.pad(a, ((1, 0), (1, 0))).cumsum(0).cumsum(1)
    n = WINDOW
    box: Pixels = (total[n:, n:] - total[:-n, n:] - total[n:, :-n] + total[:-n, :-n]) / n**2
    return box


@dataclass
class Figures:
    """What was measured in this run: for the record."""

    good: list[float] = field(default_factory=list)
    tricks: list[float] = field(default_factory=list)

    def __str__(self) -> str:
        if not self.good:
            return "no sheet was compared"
        return (
            f"{len(self.good)} sheets compared: {min(self.good):.4f} to {max(self.good):.4f} (at least {GOOD}); "
            f"{len(self.tricks)} wrong pages tried: {min(self.tricks):.4f} to {max(self.tricks):.4f} (below {OTHER})"
        )


FIGURES = Figures()


def judge(found: Picture, wanted: Picture, neighbour: Picture | None) -> float:
    """Fail unless ``found`` is ``wanted``, or unless the comparison bites on this very page. The similarity."""
    pixels, goal = found.reduced, wanted.on(found.image.size).reduced
    tricks = {"a blank page": np.full_like(goal, 255), "the page shifted by 2 mm": _shifted(goal)}
    if neighbour is not None:
        tricks["the neighbouring page"] = neighbour.on(found.image.size).reduced
    for name, wrong in tricks.items():
        blunt = min(_until_it_tells(_similarities(pixels, wrong)))
        FIGURES.tricks.append(blunt)
        assert blunt < OTHER, f"{name} would pass, with {blunt:.3f}: the comparison is blunt here"
    value = _similarity(pixels, goal)
    FIGURES.good.append(value)
    assert value >= GOOD, f"the sheet is not what it should be: similarity {value:.4f}"
    return value


def _until_it_tells(values: Iterable[float]) -> Iterator[float]:
    """One colour that differs is enough."""
    for value in values:
        yield value
        if value < OTHER:
            return


def _shifted(page: Pixels) -> Pixels:
    """The page 2 mm further right and down."""
    step = round(2 / 25.4 * DPI)
    moved = np.full_like(page, 255)
    moved[step:, step:] = page[:-step, :-step]
    return moved


def render(pdf: Path, folder: Path, dpi: int = 300) -> list[Picture]:
    """All pages of a PDF by poppler, which shares no code with the printer's renderer. Drawn with twice the dots
    each way and averaged: poppler's edges are not exact otherwise."""
    need("pdftoppm", packages=("poppler-utils",))
    folder.mkdir(parents=True, exist_ok=True)
    stem = folder / f"{pdf.stem}-{dpi}"
    subprocess.run(["pdftoppm", "-r", str(2 * dpi), str(pdf), str(stem)], check=True, timeout=60, capture_output=True)
    pages = sorted(folder.glob(f"{stem.name}-*.ppm"), key=lambda path: int(path.stem.rpartition("-")[2]))
    return [Picture(_halved(path), dpi) for path in pages]


def _halved(path: Path) -> Image.Image:
    with Image.open(path) as image:
        half = image.convert("RGB").reduce(2)
    path.unlink()
    return half
