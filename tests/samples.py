"""Documents that the tests print, made when they are first wanted by other people's writers.

Ghostscript writes the PDF, PostScript and most PWG files, MuPDF some of the PWG files, Pillow the JPEG and PNG ones.
Every page is dense and unlike the others: text, lines and a picture, so that a comparison finds a page that is
missing, blank, shifted or another one.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tests.desk import need

ROOT = Path(__file__).parents[1]
POINTS = {
    "a4": (595, 842),
    "letter": (612, 792),
    "a5": (420, 595),
    "a6": (298, 420),
    "4x6": (288, 432),
    "a4-wide": (842, 595),
}
"""Paper in points, as Ghostscript's pages are."""
SPACES = {"black-1": (3, 1, 1), "sgray-8": (18, 8, 8), "srgb-8": (19, 8, 24), "srgb-16": (19, 16, 48),
          "cmyk-8": (6, 8, 32)}  # fmt: skip
"""cupsColorSpace, cupsBitsPerColor and cupsBitsPerPixel (PWG 5102.4 section 4.3)."""
MUTOOL = {"black-1": "mono", "sgray-8": "gray", "srgb-8": "rgb", "cmyk-8": "cmyk"}

_PAGE = r"""
%!PS
/w {width} def /h {height} def /color {color} def
/ink {{ color {{ setrgbcolor }} {{ 0.11 mul exch 0.59 mul add exch 0.3 mul add setgray }} ifelse }} def
/say {{ 10 string cvs show }} def
/page {{ /n exch def
  /u w 60 div def /size u 1.7 mul def
  n 3 mod 0 eq {{ .85 .2 .1 }} {{ n 3 mod 1 eq {{ .1 .3 .8 }} {{ .1 .55 .2 }} ifelse }} ifelse ink
  u 3 mul h u 9 mul sub w u 6 mul sub u 6 mul rectfill
  1 setgray /Helvetica-Bold findfont u 4 mul scalefont setfont u 5 mul h u 7.6 mul sub moveto
  (Page ) show n say ( of ) show ({name}) show
  .1 .1 .15 ink
  /y h u 12 mul sub def
  {{ y h .45 mul lt {{ exit }} if
    /Helvetica findfont size scalefont setfont u 3 mul n 2 mod 2 mul u mul add y moveto
    (Sheet ) show n say (, height ) show y cvi say (: when paper meets ink, every letter counts. ) show
    y n mul 3 mul cvi say /y y size 1.25 mul sub def }} loop
  % a picture that depends on the page
  gsave u 3 mul u 3 mul translate w .45 mul h .38 mul scale
  256 256 8 [256 0 0 -256 0 256] {{ picture }} false 3
  /row 0 def /picture {{ /s 768 string def
    0 1 255 {{ /x exch def
      s x 3 mul x n 40 mul add 255 and put
      s x 3 mul 1 add row put
      s x 3 mul 2 add x row add n 31 mul add 2 mul 255 and put
      color not {{ /g s x 3 mul get s x 3 mul 1 add get add 2 idiv def 0 1 2 {{ s exch x 3 mul add g put }} for }} if
    }} for /row row 1 add def s }} def
  colorimage grestore
  % ruled lines and bars
  gsave w .55 mul u 3 mul translate
  0 1 11 {{ /i exch def
    i n add 3 mod 0 eq {{ .9 .6 .1 }} {{ i n add 3 mod 1 eq {{ .2 .2 .2 }} {{ .3 .6 .8 }} ifelse }} ifelse ink
    0 h .38 mul 12 div i mul w .4 mul i n add 7 mod 1 add 8 div mul h .38 mul 18 div rectfill }} for
  0 setgray .5 setlinewidth 0 1 8 {{ /i exch def i w .05 mul mul dup 0 moveto h .38 mul lineto stroke }} for
  grestore
  0 setgray 1 setlinewidth u 2 mul u 2 mul w u 4 mul sub h u 4 mul sub rectstroke
  showpage }} def
<< /PageSize [w h] >> setpagedevice
{first} 1 {last} {{ page }} for
"""


def _run(*command: str | Path) -> None:
    need(str(command[0]), packages=("ghostscript", "mupdf-tools"))
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, f"{command}: {done.stderr or done.stdout}"


@dataclass(frozen=True)
class Samples:
    """Files in a folder, made once."""

    folder: Path

    def made(self, name: str, make: Callable[[Path], None]) -> Path:
        """The file of that name; ``make`` writes it if it is not there. Several may do so at once."""
        path = self.folder / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_name(f".{os.getpid()}-{threading.get_ident()}-{path.name}")
            make(part)
            part.replace(path)
        return path

    def _ghostscript(self, name: str, device: str, source: Path, *options: str) -> Path:
        command = ("gs", "-q", "-dNOPAUSE", "-dBATCH", "-dSAFER", f"-sDEVICE={device}", *options)
        # All fonts go into the file: renderers have not all the same Helvetica.
        fonts = ("-c", "<< /NeverEmbed [ ] >> setdistillerparams", "-f") if device == "pdfwrite" else ()
        read = f"--permit-file-read={source.parent}/"
        return self.made(name, lambda path: _run(*command, read, "-o", path, *fonts, source))

    def _program(self, size: str, pages: range, color: bool, label: str) -> Path:
        width, height = POINTS[size]
        text = _PAGE.format(
            width=width, height=height, color=str(color).lower(), name=label, first=pages[0], last=pages[-1]
        )
        digest = hashlib.sha256(text.encode()).hexdigest()[:8]
        return self.made(f"{label}-{size}-{digest}.txt", lambda path: void(path.write_text(text)))

    def pdf(self, size: str, pages: int, color: bool = True, first: int = 1) -> Path:
        """A PDF of distinct pages, numbered from ``first``."""
        tint = "color" if color else "gray"
        program = self._program(size, range(first, first + pages), color, f"{pages}-{tint}")
        return self._ghostscript(f"{program.stem}.pdf", "pdfwrite", program)

    def postscript(self, pdf: Path) -> Path:
        return self._ghostscript(f"{pdf.stem}.ps", "ps2write", pdf)

    def photo(self, color: bool = True, size: tuple[int, int] = (1200, 800), kind: str = "jpg") -> Path:
        """A picture as a camera might take it."""
        name = f"photo-{'color' if color else 'gray'}-{size[0]}x{size[1]}.{kind}"

        def make(path: Path) -> None:
            image = Image.fromarray(scene(*size))
            image = image if color else image.convert("L")
            image.save(path, "JPEG" if kind == "jpg" else "PNG", **({"quality": 92} if kind == "jpg" else {}))

        return self.made(name, make)

    def framed(self, photo: Path) -> Path:
        """A PDF of one 4 by 6 inch page that the picture fills, turned upright."""
        with Image.open(photo) as image:
            (width, height), bands = image.size, len(image.getbands())
        text = (
            f"%!PS\n<< /PageSize [288 432] >> setpagedevice 90 rotate 0 -288 translate 432 288 scale "
            f"/Device{'RGB' if bands == 3 else 'Gray'} setcolorspace << /ImageType 1 /Width {width} /Height {height} "
            f"/BitsPerComponent 8 /Decode [{'0 1 ' * bands}] /ImageMatrix [{width} 0 0 -{height} 0 {height}] "
            f"/DataSource ({photo}) (r) file /DCTDecode filter >> image showpage\n"
        )
        program = self.made(f"{photo.stem}-4x6.txt", lambda path: void(path.write_text(text)))
        return self._ghostscript(f"{photo.stem}-4x6.pdf", "pdfwrite", program)

    def pwg(self, pdf: Path, space: str, dpi: int, writer: str = "gs") -> Path:
        """PWG raster of a PDF, by Ghostscript or by MuPDF."""
        name = f"{pdf.stem}-{space}-{dpi}dpi-{writer}.pwg"
        if writer == "mutool":
            options = ("-q", "-F", "pwg", "-c", MUTOOL[space], "-r", str(dpi))
            return self.made(name, lambda path: _run("mutool", "draw", *options, "-o", path, pdf))
        number, bits, pixel = SPACES[space]
        return self._ghostscript(
            name, "pwgraster", pdf, f"-r{dpi}", f"-dcupsColorSpace={number}", f"-dcupsBitsPerColor={bits}",
            f"-dcupsBitsPerPixel={pixel}", "-dcupsColorOrder=0",
        )  # fmt: skip


def scene(width: int, height: int) -> NDArray[np.uint8]:
    """Sky, hills, a sun and some grain."""
    y, x = np.mgrid[0:height, 0:width]
    across, down = x / width, y / height
    image = np.empty((height, width, 3))
    image[...] = np.stack([90 + 120 * down, 130 + 80 * down, 235 - 60 * down], -1)
    image[(across - 0.75) ** 2 * (width / height) ** 2 + (down - 0.25) ** 2 < 0.012] = (250, 220, 80)
    for level, tint in ((0.55, (60, 110, 70)), (0.7, (40, 80, 45)), (0.85, (95, 60, 30))):
        hill = level + 0.06 * np.sin(across * 21 * level) + 0.03 * np.sin(across * 57 + level * 9)
        image[down > hill] = tint
    image += np.random.default_rng(7).normal(0, 4, image.shape)
    return np.clip(image, 0, 255).astype(np.uint8)


def void(_: object) -> None:
    """For lambdas that must give nothing."""


def samples() -> Samples:
    """The samples of this version of this file, kept from run to run under ``build/``."""
    digest = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:12]
    return Samples(ROOT / "build" / "samples" / digest)
