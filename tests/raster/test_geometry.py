"""Scaling like Pillow's, line by line; turning and mirroring like NumPy's."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from raster_ext import ColorSpace, Scaler, flip, mirror, rotate, rotate_bits, transform_back
from raster_ext.pwg import SHEET_BACK
from tests.raster import kit

PILLOW = {
    "box": Image.Resampling.BOX,
    "bilinear": Image.Resampling.BILINEAR,
    "lanczos": Image.Resampling.LANCZOS,
}
MODES = {1: "L", 3: "RGB", 4: "CMYK"}


@pytest.mark.parametrize("filter", PILLOW)
@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize(
    ("source", "target"),
    [((60, 40), (30, 20)), ((60, 40), (61, 41)), ((61, 47), (200, 13)), ((7, 5), (40, 60)), ((300, 200), (7, 3)),
     ((9, 9), (9, 9)), ((1, 1), (5, 5)), ((50, 3), (50, 90)), ((40, 50), (120, 150)), ((30, 100), (30, 33))],
)  # fmt: skip
def test_scaling_like_pillow(filter: str, channels: int, source: tuple[int, int], target: tuple[int, int]) -> None:
    rng = np.random.default_rng(5)
    picture = rng.integers(0, 256, (source[1], source[0], channels), dtype=np.uint8)
    image = Image.frombytes(MODES[channels], source, picture.tobytes())
    # Pillow may take the other direction first; what overshoots is then clipped elsewhere.
    across = image.resize((target[0], source[1]), PILLOW[filter])
    expected = np.frombuffer(across.resize(target, PILLOW[filter]).tobytes(), np.uint8).astype(int)
    for step in (1, 7, 1000):
        scaler, made = Scaler(*source, *target, channels, filter), b""
        for y in range(0, source[1], step):
            made += scaler.feed(picture[y : y + step].tobytes())
        assert len(made) == target[0] * target[1] * channels
        assert np.abs(np.frombuffer(made, np.uint8) - expected).max() <= 1


def test_scaling_gives_lines_as_soon_as_they_are_ready() -> None:
    scaler = Scaler(100, 1000, 50, 500, 3, "box")
    ready = [len(scaler.feed(bytes(300))) // 150 for _ in range(1000)]
    assert sum(ready) == 500
    assert sum(ready[:500]) == 250


def test_scaling_refuses_what_does_not_fit() -> None:
    with pytest.raises(ValueError, match="no scaling"):
        Scaler(10, 10, 5, 5, 1, "cubic")
    with pytest.raises(ValueError, match="no scaling"):
        Scaler(10, 10, 0, 5, 1)
    scaler = Scaler(10, 2, 5, 1, 1)
    with pytest.raises(ValueError, match="no whole lines"):
        scaler.feed(bytes(11))
    with pytest.raises(ValueError, match="too many"):
        scaler.feed(bytes(30))


@pytest.mark.parametrize("size", [(1, 1), (40, 3), (33, 70), (64, 64), (100, 1)])
@pytest.mark.parametrize("unit", [1, 2, 3, 4, 6, 7])
def test_rotate_like_numpy(size: tuple[int, int], unit: int) -> None:
    width, height = size
    data = np.random.default_rng(6).integers(0, 256, (height, width, unit), dtype=np.uint8)
    for turns in (-1, 0, 1, 2, 3, 4, 5):
        assert bytes(rotate(data.tobytes(), width, height, unit, turns)) == np.rot90(data, -turns).tobytes()


@pytest.mark.parametrize("size", [(1, 1), (8, 3), (9, 5), (23, 64), (64, 23)])
def test_bits_like_numpy(size: tuple[int, int]) -> None:
    width, height = size
    bits = np.random.default_rng(7).integers(0, 2, (height, width), dtype=np.uint8)
    packed = np.packbits(bits, axis=1).tobytes()
    assert bytes(mirror(packed, width, 1)) == np.packbits(bits[:, ::-1], axis=1).tobytes()
    for turns in range(5):
        expected = np.packbits(np.rot90(bits, -turns), axis=1).tobytes()
        assert bytes(rotate_bits(packed, width, height, turns)) == expected


@pytest.mark.parametrize(("back", "transform"), SHEET_BACK.items())
@pytest.mark.parametrize("kind", ["srgb_8", "sgray_16", "black_1"])
def test_back_sides(back: tuple[str, str], transform: tuple[int, int], kind: str) -> None:
    """What a sender does to a back side and what a printer undoes are the same, and the same as turning the sheet."""
    page = kit.page(kit.PWG_KINDS[kind], 21, 9)
    samples = np.random.default_rng(8).integers(0, 2, (9, 21), dtype=np.uint8)
    unit = page.bits_per_pixel // 8

    def data(picture: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> bytes:
        return np.packbits(picture, axis=1).tobytes() if unit == 0 else np.repeat(picture, unit, axis=1).tobytes()

    cross, feed = transform
    sent = transform_back(data(samples), page, cross, feed)
    assert bytes(sent) == data(samples[::feed, ::cross])
    assert bytes(transform_back(sent, page, cross, feed)) == data(samples)


def test_shapes_are_checked() -> None:
    with pytest.raises(ValueError, match="are not"):
        rotate(bytes(11), 4, 3, 1, 1)
    with pytest.raises(ValueError, match="no whole lines"):
        mirror(bytes(11), 4, 8)
    with pytest.raises(ValueError, match="no whole lines"):
        mirror(bytes(3), 9, 1)
    with pytest.raises(ValueError, match="no mirroring"):
        mirror(bytes(12), 4, 4)
    with pytest.raises(ValueError, match="no whole lines"):
        flip(bytes(11), 4)
    page = kit.page((ColorSpace.SGRAY, 8), 4, 3)
    assert bytes(transform_back(bytes(12), page, 1, 1)) == bytes(12)
