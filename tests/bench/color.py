"""Colour and halftone of an office page of A4 at 600 dpi, against Pillow, cups-filters and a plain loop in C."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from PIL import Image

from raster_ext import Converter, Halftoner, Page
from tests.bench.rows import Row, timed
from tests.bench.workshop import compare, peer, workshop

PAGE = "office"


def _convert(page: Page, bands: list[memoryview], kind: str, gray: str = "601") -> None:
    converter = Converter(page, kind, gray=gray)
    for band in bands:
        converter.convert(band)


def _halftone(bands: list[memoryview], width: int, channels: int, method: str) -> None:
    toner = Halftoner(width, channels=channels, method=method)
    for band in bands:
        toner.feed(band)


def rows() -> Iterator[Row]:
    place = workshop()
    (width, _) = size = place.corpus.size
    rgb, rgb_bands = place.bands(PAGE, "srgb_8")
    _, gray_bands = place.bands(PAGE, "sgray_8")
    picture = Image.frombytes("RGB", size, place.corpus.pixels(PAGE, "srgb_8"))
    shades = Image.frombytes("L", size, place.corpus.pixels(PAGE, "sgray_8"))

    def converted(kind: str, gray: str = "601") -> Callable[[], float]:
        return timed(partial(_convert, rgb, rgb_bands, kind, gray))

    def dots(bands: list[memoryview], channels: int, method: str) -> Callable[[], float]:
        return timed(partial(_halftone, bands, width, channels, method))

    def pillow(image: Image.Image, mode: str) -> Callable[[], float]:
        return timed(partial(image.convert, mode))

    yield compare("sRGB to gray 601", converted("sgray_8"), pillow(picture, "L"), wanted=2.5, note="against Pillow")
    yield compare("sRGB to gray of linear light", converted("sgray_8", "linear"), pillow(picture, "L"),
                  note="against Pillow's 601")  # fmt: skip
    yield compare("sRGB to CMYK, full black", converted("cmyk_8"), pillow(picture, "CMYK"),
                  note="against Pillow, which makes no black")  # fmt: skip
    raw = place.corpus.raw(PAGE, "sgray_8")
    with peer(place.peers, "threshold", raw, str(width)) as plain:
        yield compare("gray to 1 bit, dispersed", dots(gray_bands, 1, "dispersed"), plain,
                      wanted=8.0, note="against a plain loop in C")  # fmt: skip
    yield compare("sRGB to 1 bit, fused", dots(rgb_bands, 3, "dispersed"), pillow(picture, "1"),
                  wanted=8.0, note="against Pillow's error diffusion")  # fmt: skip
    diffused = dots(gray_bands, 1, "floyd-steinberg")
    yield compare("Floyd-Steinberg", diffused, pillow(shades, "1"), wanted=1.3, note="against Pillow")
    with peer(place.peers, "dither", raw, str(width)) as dither:
        yield compare("Floyd-Steinberg, against another", diffused, dither, note="against cups-filters")
        yield compare("tone-dependent diffusion", dots(gray_bands, 1, "diffusion"), dither,
                      note="against cups-filters")  # fmt: skip
