"""The pages that benchmarks are run on: A4, made here, encoded by libcups (not by the writer under test).

text    a page full of 10.5 point serifs, antialiased
office  heading, text, a bar chart, a gradient, a ruled table and a photograph
photo   soft shapes and colours, with the contrast and the grain that a photograph has
white   nothing
noise   every octet by chance: nothing can be coded
"""

from __future__ import annotations

import random
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

PAGES = ("text", "office", "photo", "white", "noise")
KINDS = {"srgb_8": (19, 8, 3), "sgray_8": (18, 8, 1), "black_1": (3, 1, 1)}
"""Page kind → (colour space, bits, colours) as libcups numbers them."""


@dataclass(frozen=True)
class Corpus:
    """Files in ``folder``, made when they are first asked for. ``writer`` is the compiled ``cupswrite.c``."""

    folder: Path
    writer: Path
    dpi: int = 600

    @property
    def size(self) -> tuple[int, int]:
        return 21000 * self.dpi // 2540, 29700 * self.dpi // 2540

    def file(self, page: str, kind: str, format: str) -> Path:
        """The page as ``pwg`` or ``urf``."""
        path = self.folder / f"{page}-{self.dpi}-{kind}.{format}"
        if not path.exists():
            space, bits, colors = KINDS[kind]
            width, height = self.size
            numbers = [width, height, space, bits, colors, self.dpi, self.dpi, 1]
            command = [str(self.writer), format, *map(str, numbers)]
            pixels = self.pixels(page, kind)
            with path.with_suffix(".part").open("wb") as out:
                subprocess.run(command, input=pixels, stdout=out, check=True)
            path.with_suffix(".part").rename(path)
        return path

    def raw(self, page: str, kind: str) -> Path:
        """The page as nothing but its lines."""
        path = self.folder / f"{page}-{self.dpi}-{kind}.raw"
        if not path.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self._make(page, kind))
        return path

    def pixels(self, page: str, kind: str) -> bytes:
        return self.raw(page, kind).read_bytes()

    def _make(self, page: str, kind: str) -> bytes:
        width, height = self.size
        if page == "noise":
            _, bits, colors = KINDS[kind]
            return np.random.default_rng(4).bytes((width * bits * colors + 7) // 8 * height)
        if kind == "srgb_8":
            return self._picture(page).tobytes()
        gray = Image.frombytes("RGB", (width, height), self.pixels(page, "srgb_8")).convert("L")
        if kind == "sgray_8":
            return gray.tobytes()
        # Text is cut at half, as an engine at 600 dpi does; a photograph needs dots.
        dots = gray.convert("1") if page == "photo" else gray.point(lambda v: 255 * (v > 127), "1")
        return dots.tobytes("raw", "1;I")

    def _picture(self, page: str) -> Image.Image:
        width, height = self.size
        if page == "white":
            return Image.new("RGB", (width, height), "white")
        if page == "photo":
            return Image.fromarray(photograph(width, height))
        picture = self._rendered(page)
        if page == "office":
            inset = Image.fromarray(photograph(width // 3, height // 6))
            picture.paste(inset, (width // 2, height * 7 // 10))
        return picture

    def _rendered(self, page: str) -> Image.Image:
        script = self.folder / f"{page}.ps"
        script.write_text(_text() if page == "text" else _office())
        out = self.folder / f"{page}-{self.dpi}.ppm"
        quiet = ["gs", "-q", "-dBATCH", "-dNOPAUSE", "-dSAFER", "-sDEVICE=ppmraw"]
        quality = ["-dTextAlphaBits=4", "-dGraphicsAlphaBits=4", f"-r{self.dpi}", "-g{}x{}".format(*self.size)]
        subprocess.run([*quiet, *quality, f"-sOutputFile={out}", str(script)], check=True)
        with Image.open(out) as picture:
            rendered = picture.convert("RGB")
        out.unlink()
        return rendered


@cache
def photograph(width: int, height: int) -> NDArray[np.uint8]:
    """Soft shapes of several sizes on film: deep shadows, bright lights, grain; uint8[height, width, 3].

    The grain is a camera's after JPEG: ±3 in the lightness of each pixel, ±4 in the colours at half the resolution,
    which are smoothed on their way back. Contrast, film and grain are chosen so that an A4 page is coded in as many
    octets as the photograph from which the goals come, whose pixels are not known: 103.1 MB of sRGB, 37.3 of gray and
    3.57 of one bit, where that one has 103.3, 37.1 and 3.60.
    """

    def upscaled(coarse: NDArray[np.float32], filter: Image.Resampling) -> NDArray[np.float32]:
        return np.asarray(Image.fromarray(coarse).resize((width, height), filter))

    def soft(size: int, seed: int) -> NDArray[np.float32]:
        coarse = np.random.default_rng(seed).random((height // size + 4, width // size + 4), dtype=np.float32) - 0.5
        return upscaled(coarse, Image.Resampling.BICUBIC)

    def color(seed: int) -> NDArray[np.float32]:
        coarse = np.random.default_rng(seed).uniform(-4, 4, (height // 2 + 1, width // 2 + 1)).astype(np.float32)
        return 60 * soft(600, seed) + upscaled(coarse, Image.Resampling.BILINEAR)

    shapes = soft(1500, 1) + 0.5 * soft(400, 2) + 0.3 * soft(100, 3)
    light = film(128 + 520 * shapes) + np.random.default_rng(6).integers(-3, 4, shapes.shape)
    red, blue = color(4), color(5)
    channels = np.stack([light + red, light - (red / 2 + blue / 5), light + blue], 2)
    made: NDArray[np.uint8] = np.clip(np.round(channels), 0, 255).astype(np.uint8)
    return made


def film(light: NDArray[np.float32], shoulder: int = 30) -> NDArray[np.float32]:
    """Straight between the shoulders; beyond them it comes near to 0 and 255, but never reaches them."""
    dark = shoulder * np.exp(np.minimum(light / shoulder - 1, 0))
    bright = 255 - shoulder * np.exp(np.minimum((255 - light) / shoulder - 1, 0))
    return np.where(light < shoulder, dark, np.where(light > 255 - shoulder, bright, light)).astype(np.float32)


def _words(count: int, seed: int) -> list[str]:
    rng = random.Random(seed)
    letters = "etaoinshrdlcumwfgypbvk"
    weights = [1 / (i + 2) for i in range(len(letters))]
    return ["".join(rng.choices(letters, weights, k=rng.randint(2, 9))) for _ in range(count)]


def _lines(x: float, top: float, bottom: float, step: float, columns: int, seed: int) -> str:
    words = iter(_words(4000, seed))
    out, y = [], top
    while y > bottom:
        line = ""
        while len(line) < columns:
            line += next(words) + " "
        out.append(f"{x} {y:.1f} moveto ({line.strip().capitalize()}.) show")
        y -= step
    return "\n".join(out)


def _text() -> str:
    return f"%!\n/Times-Roman findfont 10.5 scalefont setfont\n{_lines(50, 790, 45, 12.6, 92, 1)}\nshowpage\n"


def _office() -> str:
    bars = "\n".join(
        f"{0.2 + i * 0.09} {0.3} {0.9 - i * 0.1} setrgbcolor {70 + i * 34} 520 24 {30 + i * 17 % 90} rectfill"
        for i in range(7)
    )
    rules = "\n".join(f"60 {250 + i * 14} moveto 290 {250 + i * 14} lineto stroke" for i in range(11))
    columns = "\n".join(f"{60 + i * 46} 250 moveto {60 + i * 46} 390 lineto stroke" for i in range(6))
    shade = "\n".join(f"{i / 255:.3f} setgray {330 + i * 0.8:.1f} 540 1 60 rectfill" for i in range(256))
    return f"""%!
/Helvetica-Bold findfont 20 scalefont setfont 60 780 moveto (Quarterly report of the whole company) show
/Times-Roman findfont 10.5 scalefont setfont
{_lines(60, 755, 640, 12.6, 86, 2)}
{bars}
{shade}
0 setgray 0.4 setlinewidth
{rules}
{columns}
/Helvetica findfont 8 scalefont setfont
{_lines(64, 380, 250, 14, 44, 3)}
/Times-Roman findfont 10.5 scalefont setfont
{_lines(60, 230, 60, 12.6, 38, 4)}
showpage
"""
