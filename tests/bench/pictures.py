"""``python -m tests.bench.pictures``: one scene, tones and text under each halftone method and its peers, for the docs.

Writes ``docs/halftone/NAME.png``; every picture holds the same 480 × 420 dots, each drawn as 2 × 2 pixels:
a still life that is computed here, a ramp of all tones, and 9 point text at 300 dpi.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from raster_ext import Halftoner
from raster_ext.halftone import METHODS
from tests.bench.workshop import ROOT, peer, workshop

WIDTH, SCENE, RAMP, TEXT = 480, 280, 40, 100
"""Dots across, and lines of each part."""
OUT = ROOT / "docs" / "halftone"
Gray = NDArray[np.uint8]
Dots = NDArray[np.bool_]

SPHERES = (((-1.25, 0.75, 4.2), 0.75, 0.95), ((0.35, 1.0, 5.2), 1.0, 0.45), ((1.35, 0.45, 3.7), 0.45, 0.75))
"""Centre, radius and how light the surface is."""
SUN = np.array((-0.55, 0.75, -0.37))


def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        gray = np.vstack([scene(WIDTH, SCENE), np.tile(np.linspace(0, 255, WIDTH), (RAMP, 1)), text(folder)])
        made = gray.round().astype(np.uint8)
        Image.fromarray(made).resize((2 * WIDTH, 2 * len(made)), Image.Resampling.NEAREST).save(OUT / "gray.png")
        for name, halftone in methods(folder).items():
            save(halftone(made), OUT / f"{name}.png")


def methods(folder: Path) -> dict[str, Callable[[Gray], Dots]]:
    """How each picture comes from gray to ink."""

    def ours(method: str) -> Callable[[Gray], Dots]:
        return lambda gray: bits(bytes(Halftoner(gray.shape[1], method=method).feed(gray.tobytes())), gray.shape)

    return {
        **{f"ours-{method}": ours(method) for method in METHODS},
        "pillow": lambda gray: ~np.asarray(Image.fromarray(gray).convert("1")),
        "cups-filters": lambda gray: cups_filters(gray, folder),
        "ghostscript": lambda gray: ghostscript(gray, folder),
    }


def bits(packed: bytes, shape: tuple[int, ...]) -> Dots:
    rows = np.frombuffer(packed, np.uint8).reshape(shape[0], -1)
    return np.unpackbits(rows, axis=1)[:, : shape[1]].astype(bool)


def save(ink: Dots, path: Path) -> None:
    """Ink is black."""
    picture = Image.fromarray(~ink).resize((2 * ink.shape[1], 2 * ink.shape[0]), Image.Resampling.NEAREST)
    picture.save(path, optimize=True)


def cups_filters(gray: Gray, folder: Path) -> Dots:
    """cupsDither of libcupsfilters with two levels, as its drivers call it."""
    raw, out = folder / "gray.raw", folder / "dots.raw"
    raw.write_bytes(gray.tobytes())
    with peer(workshop().peers, "dither", raw, str(gray.shape[1]), out) as dither:
        dither()
    return np.frombuffer(out.read_bytes(), np.uint8).reshape(gray.shape) > 0


def ghostscript(gray: Gray, folder: Path) -> Dots:
    """Its one-bit device with the halftone that it has by default, each pixel one dot at 300 dpi."""
    height, width = gray.shape
    page, out = folder / "page.ps", folder / "page.pbm"
    page.write_text(
        f"%!PS\n<< /PageSize [{width * 0.24} {height * 0.24}] >> setpagedevice\n{width * 0.24} {height * 0.24} scale\n"
        f"{width} {height} 8 [{width} 0 0 {-height} 0 {height}] currentfile /ASCIIHexDecode filter image\n"
        f"{gray.tobytes().hex()}>\nshowpage\n"
    )
    _ghostscript("pbmraw", page, out)
    with Image.open(out) as picture:
        assert picture.size == (width, height)
        return ~np.asarray(picture)


def _ghostscript(device: str, page: Path, out: Path, *options: str) -> None:
    quiet = ["gs", "-q", "-dBATCH", "-dNOPAUSE", "-dSAFER", "-r300", f"-sDEVICE={device}", *options]
    subprocess.run([*quiet, f"-sOutputFile={out}", page], check=True)


def text(folder: Path) -> NDArray[np.float64]:
    """Black and gray 9 point text, antialiased."""
    page, out = folder / "text.ps", folder / "text.pgm"
    page.write_text(
        f"%!PS\n<< /PageSize [{WIDTH * 0.24} {TEXT * 0.24}] >> setpagedevice\n"
        "/Times-Roman findfont 9 scalefont setfont 2 14.5 moveto (Sphinx of black quartz,) show\n"
        "0.45 setgray 2 4 moveto (judge my vow: 45 % gray) show\n"
        "0.2 setlinewidth 0 setgray 98 2 moveto 114 22 lineto stroke 98 12 moveto 114 12 lineto stroke\nshowpage\n"
    )
    _ghostscript("pgmraw", page, out, "-dTextAlphaBits=4", "-dGraphicsAlphaBits=4")
    with Image.open(out) as picture:
        return np.asarray(picture.convert("L"), np.float64)


def scene(width: int, height: int) -> NDArray[np.float64]:
    """Three spheres on a board under a clouded sky, lit by one sun; float[height, width] of sRGB-encoded gray.

    Soft shades, deep shadows, highlights, edges and fine grain: what halftones of photographs are judged by.
    """
    x, y = np.meshgrid((np.arange(width) - width / 2) / height, (height / 2 - np.arange(height)) / height)
    ray = np.stack([x, y - 0.12, np.ones_like(x)], 2)
    ray /= np.linalg.norm(ray, axis=2, keepdims=True)
    eye = np.array((0.0, 1.25, 0.0))
    light = 0.55 + 0.4 * y + 0.05 * np.sin(7 * x + 3 * np.sin(5 * y)) * np.cos(9 * y)
    near = np.where(ray[..., 1] < -1e-3, -eye[1] / np.minimum(ray[..., 1], -1e-3), np.inf)
    ground = eye + ray * np.where(np.isfinite(near), near, 0)[..., None]
    grain = np.sin(26 * ground[..., 0] + 2 * np.sin(3 * ground[..., 2])) * 0.06
    board = (0.5 + grain) * (0.25 + 0.75 * lit(ground, np.array((0.0, 1.0, 0.0))))
    light = np.where(near < 40, board * np.exp(-0.03 * near) + 0.6 * (1 - np.exp(-0.03 * near)), light)
    for center, radius, shade in SPHERES:
        offset = eye - np.array(center)
        b = ray @ offset
        root = b * b - (offset @ offset - radius * radius)
        distance = np.where(root > 0, -b - np.sqrt(np.maximum(root, 0)), np.inf)
        hit = (distance > 0) & (distance < near)
        point = eye + ray * np.where(hit, distance, 0)[..., None]
        normal = (point - np.array(center)) / radius
        diffuse = lit(point, normal)
        mirror = ray - 2 * (ray * normal).sum(2)[..., None] * normal
        shine = np.maximum(mirror @ SUN, 0) ** 40 * (diffuse > 0)
        bounce = 0.10 + 0.08 * np.maximum(-normal[..., 1], 0)
        light = np.where(hit, shade * (bounce + 0.85 * diffuse) + 0.7 * shine, light)
        near = np.where(hit, distance, near)
    light += np.random.default_rng(1).normal(0, 0.006, light.shape)
    encoded: NDArray[np.float64] = 255 * np.clip(light, 0, 1) ** (1 / 2.2)
    return encoded


def lit(point: NDArray[np.float64], normal: NDArray[np.float64]) -> NDArray[np.float64]:
    """How much of the sun falls on points: its angle, and the spheres in its way with a soft edge."""
    sun = np.maximum((normal * SUN).sum(-1), 0)
    for center, radius, _ in SPHERES:
        offset = point - np.array(center)
        along = offset @ SUN
        apart = np.sqrt(np.maximum((offset**2).sum(-1) - along**2, 0))
        shadow = np.clip((radius + 0.06 - apart) / 0.12, 0, 1) * (along < -0.05)
        sun = sun * (1 - shadow)
    shade: NDArray[np.float64] = sun
    return shade


if __name__ == "__main__":
    main()
