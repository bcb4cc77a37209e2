"""Dots: the right number of them, evenly spread, the same however the page is cut."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from raster_ext import Halftoner
from raster_ext.halftone import METHODS, choose, thresholds

LEVELS = {1: 1, 2: 3, 4: 15}


def _dots(gray: NDArray[np.uint8], **options: object) -> NDArray[np.uint8]:
    """Ink levels of each pixel."""
    height, width = gray.shape
    bits = int(str(options.get("bits", 1)))
    toner = Halftoner(width, **options)  # type: ignore[arg-type]
    packed = np.frombuffer(bytes(toner.feed(gray.tobytes())), np.uint8).reshape(height, -1)
    assert packed.shape[1] == (width * bits + 7) // 8
    spread = np.unpackbits(packed, axis=1)
    assert not spread[:, width * bits :].any(), "what fills the last octet is no ink"
    return (spread[:, : width * bits].reshape(height, width, bits) @ (1 << np.arange(bits)[::-1])).astype(np.uint8)


def _flat(gray: int, size: int = 256) -> NDArray[np.uint8]:
    return np.full((size, size), gray, np.uint8)


@pytest.mark.parametrize("bits", [1, 2, 4])
@pytest.mark.parametrize("method", METHODS)
def test_as_much_ink_as_the_tone_asks_for(method: str, bits: int) -> None:
    for gray in (0, 1, 3, 17, 64, 85, 127, 128, 170, 200, 238, 252, 254, 255):
        levels = _dots(_flat(gray), method=method, bits=bits)
        mean = levels.mean() * 255 / LEVELS[bits]
        assert abs(mean - (255 - gray)) < 1, gray
        if gray in (0, 255):
            assert (levels == (255 - gray) * LEVELS[bits] // 255).all()
        below = (255 - gray) * LEVELS[bits] // 255
        if method in ("clustered", "dispersed"):
            assert set(np.unique(levels)) <= {below, below + 1}, "only the two levels next to the tone"


@pytest.mark.parametrize("bits", [1, 2, 4])
@pytest.mark.parametrize("method", METHODS)
def test_cut_bands_give_the_same_dots(method: str, bits: int) -> None:
    rng = np.random.default_rng(2)
    for width, channels in itertools.product((1, 7, 128, 203), (1, 3)):
        data = rng.integers(0, 256, 150 * width * channels, dtype=np.uint8).tobytes()
        options = {"bits": bits, "method": method, "channels": channels}
        whole = bytes(Halftoner(width, **options).feed(data))  # type: ignore[arg-type]
        toner, cut, line = Halftoner(width, **options), b"", width * channels  # type: ignore[arg-type]
        for lines in (1, 2, 3, 60, 0, 16, 17, 51):
            cut += bytes(toner.feed(data[:lines * line]))  # fmt: skip
            data = data[lines * line :]
        assert cut == whole


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("method", ["clustered", "dispersed"])
@pytest.mark.parametrize("width", [1, 7, 8, 9, 127, 128, 129, 2047, 2048, 2049, 4960])
def test_an_ordered_dot_is_one_comparison(width: int, method: str, channels: int) -> None:
    """Of each gray with the tile's threshold at its place; exactly, whatever way the code packs them."""
    gray = np.random.default_rng(width).integers(0, 256, (131, width), dtype=np.uint8)
    tile = np.frombuffer(thresholds(method), np.uint8).reshape(128, 128)
    expected = gray < np.tile(tile, (2, -(-width // 128)))[:131, :width]
    made = Halftoner(width, method=method, channels=channels).feed(gray.repeat(channels).tobytes())
    assert bytes(made) == np.packbits(expected, axis=1).tobytes()


@pytest.mark.parametrize("method", METHODS)
def test_rgb_is_taken_by_its_luma(method: str) -> None:
    colors = np.random.default_rng(3).integers(0, 256, (40, 200, 3), dtype=np.uint8)
    gray = ((colors @ np.array([77, 150, 29]) + 128) >> 8).astype(np.uint8)
    made = bytes(Halftoner(200, method=method, channels=3).feed(colors.tobytes()))
    assert made == bytes(Halftoner(200, method=method).feed(gray.tobytes()))


def _plain_floyd_steinberg(gray: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The textbook's, in sixteenths."""
    height, width = gray.shape
    owed = np.zeros((height + 1, width + 2), np.int64)
    dots = np.zeros((height, width), np.uint8)
    for y in range(height):
        right = 0
        for x in range(width):
            value = 255 - int(gray[y, x]) + ((right + int(owed[y, x + 1]) + 8) >> 4)
            dots[y, x] = value > 127
            error = value - 255 * int(dots[y, x])
            right = error * 7
            owed[y + 1, x : x + 3] += np.array([3, 5, 1]) * error
    return dots


@pytest.mark.parametrize(("width", "height"), [(1, 5), (7, 3), (64, 40), (203, 37), (33, 1)])
def test_floyd_steinberg_like_the_textbook(width: int, height: int) -> None:
    gray = np.random.default_rng(4).integers(0, 256, (height, width), dtype=np.uint8)
    assert (_dots(gray, method="floyd-steinberg") == _plain_floyd_steinberg(gray)).all()


def _power(gray: int, method: str) -> NDArray[np.float64]:
    """Energy of the dots of a flat tone by frequency, in 64 rings up to half a cycle a pixel; white noise is 1."""
    size = 256
    mean = (255 - gray) / 255
    dots = _dots(_flat(gray, size + 128), method=method)[128:, 64:-64]
    power = np.abs(np.fft.fft2(dots - mean)) ** 2 / (size * size * mean * (1 - mean))
    ring = (np.hypot(np.fft.fftfreq(size)[:, None], np.fft.fftfreq(size)[None, :]) * 128).astype(int)
    return np.bincount(ring.ravel(), power.ravel())[:64] / np.bincount(ring.ravel())[:64]


@pytest.mark.parametrize("gray", [60, 100, 140, 200, 230])
@pytest.mark.parametrize("method", ["dispersed", "diffusion"])
def test_dots_are_blue_noise(method: str, gray: int) -> None:
    """Next to nothing in the low frequencies, that the eye sees, and no pattern that stands out among the high."""
    rings = _power(gray, method)
    assert rings[1:8].mean() < 0.12
    assert rings.max() < 8


def test_clustered_dots_have_one_period_of_45_degrees() -> None:
    """Eight pixels across and down, the second dot in the middle: 106 dots to the inch at 600 dpi."""
    power = np.abs(np.fft.fft2(_dots(_flat(140), method="clustered") - 115 / 255)) ** 2
    top = np.argsort(power.ravel())[-4:]
    places = {(int(at) // 256, int(at) % 256) for at in top}
    assert places == {(32, 32), (32, 224), (224, 32), (224, 224)}
    dots = _dots(_flat(215, 64), method="clustered")
    alone = dots[1:-1, 1:-1] & ~(dots[:-2, 1:-1] | dots[2:, 1:-1] | dots[1:-1, :-2] | dots[1:-1, 2:])
    assert not alone.any(), "no pixel stands alone in a dark enough tone"


@pytest.mark.parametrize("method", ["clustered", "dispersed"])
def test_tiles_hold_every_threshold_equally_often(method: str) -> None:
    tile = np.frombuffer(thresholds(method), np.uint8)
    assert tile.size == 128 * 128
    counts = np.bincount(tile, minlength=256)
    assert counts[0] == 0
    assert counts[1:].min() >= 64
    assert counts[1:].max() <= 128


def test_the_blue_noise_tile_is_what_its_generator_makes() -> None:
    from raster_ext.generate import ranks

    order = ranks()
    assert (np.frombuffer(thresholds("dispersed"), np.uint8) == (255 - order * 255 // 128**2).ravel()).all()


def test_a_smaller_tone_never_has_less_ink() -> None:
    for method in ("clustered", "dispersed"):
        last = np.zeros((128, 128), np.uint8)
        for gray in range(255, -1, -1):
            dots = _dots(_flat(gray, 128), method=method)
            assert (dots >= last).all()
            last = dots


def test_a_curve_comes_first() -> None:
    gray = np.random.default_rng(5).integers(0, 256, (50, 130), dtype=np.uint8)
    curve = bytes(min(255, v * 2) for v in range(256))
    mapped = np.frombuffer(curve, np.uint8)[gray]
    for method, bits in itertools.product(METHODS, (1, 2)):
        made = _dots(gray, method=method, bits=bits, curve=curve)
        assert (made == _dots(mapped, method=method, bits=bits)).all()


def test_choice_by_quality_and_content() -> None:
    assert {choose(quality, content) for quality in (3, 4, 5) for content in ("auto", "photo", "graphic", "text")} == {
        *METHODS
    }
    assert choose(3, "photo") == "dispersed"
    assert choose(5, "photo") == "diffusion"


def test_what_it_cannot_do() -> None:
    for options in ({"bits": 3}, {"method": "x"}, {"channels": 4}, {"width": 0}):
        with pytest.raises(ValueError, match="no halftone"):
            Halftoner(**{"width": 8, **options})  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="curve"):
        Halftoner(8, curve=b"")
    with pytest.raises(ValueError, match="no whole lines"):
        Halftoner(8).feed(bytes(9))
