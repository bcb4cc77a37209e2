"""Colour: against exact arithmetic, Pillow and LittleCMS, for every kind of page."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms

from raster_ext import ColorSpace, Converter, Page, is_colored, is_white
from raster_ext.color import BLACK_GENERATION, TARGETS
from raster_ext.page import color_count
from tests.raster import kit

SRGB = (ColorSpace.SRGB, 8)


def _convert(page: Page, data: bytes, kind: str, **options: object) -> NDArray[np.uint8]:
    converter = Converter(page, kind, **options)  # type: ignore[arg-type]
    assert converter.page.kind == kind
    made = np.frombuffer(bytes(converter.convert(data)), np.uint8)
    assert len(made) == converter.page.bytes_per_line * page.height
    return made


@pytest.fixture(scope="module")
def colors() -> NDArray[np.uint8]:
    """Corners, grays and 40 000 colours of chance."""
    corners = np.array(np.meshgrid(*[[0, 1, 127, 128, 254, 255]] * 3)).T.reshape(-1, 3)
    grays = np.repeat(np.arange(256)[:, None], 3, axis=1)
    chance = np.random.default_rng(1).integers(0, 256, (40_000, 3))
    return np.concatenate([corners, grays, chance]).astype(np.uint8)


def _of(colors: NDArray[np.uint8], space: ColorSpace = ColorSpace.SRGB) -> Page:
    return kit.page((space, 8), len(colors), 1)


def test_gray_is_bt_601_luma(colors: NDArray[np.uint8]) -> None:
    made = _convert(_of(colors), colors.tobytes(), "sgray_8").astype(int)
    exact = colors @ np.array([0.299, 0.587, 0.114])
    assert np.abs(made - exact).max() < 1
    pillow = np.asarray(Image.fromarray(colors[None]).convert("L"), int)[0]
    assert np.abs(made - pillow).max() <= 1
    assert (made[216:472] == np.arange(256)).all(), "a gray stays what it is"


def _light(values: NDArray[np.uint8]) -> NDArray[np.float64]:
    c = values / 255
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def _encoded(light: NDArray[np.float64]) -> NDArray[np.float64]:
    light = np.clip(light, 0, 1)
    return 255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def test_gray_of_linear_light(colors: NDArray[np.uint8]) -> None:
    made = _convert(_of(colors), colors.tobytes(), "sgray_8", gray="linear").astype(int)
    exact = _encoded(_light(colors) @ np.array([0.2126, 0.7152, 0.0722]))
    assert np.abs(made - exact).max() < 1.2
    assert np.abs(made[216:472] - np.arange(256)).max() <= 1
    assert made[216 + 255] == 255
    assert made[216] == 0


def test_adobe_rgb(colors: NDArray[np.uint8]) -> None:
    made = _convert(_of(colors, ColorSpace.ADOBE_RGB), colors.tobytes(), "srgb_8").reshape(-1, 3).astype(int)
    light = (colors / 255) ** (563 / 256)
    to_xyz = np.array([[0.57667, 0.18556, 0.18823], [0.29734, 0.62736, 0.07529], [0.02703, 0.07069, 0.99134]])
    to_srgb = np.array([[3.2406, -1.5372, -0.4986], [-0.9689, 1.8758, 0.0415], [0.0557, -0.2040, 1.0570]])
    exact = _encoded(light @ to_xyz.T @ to_srgb.T)
    assert np.abs(made - exact).max() < 1.6
    assert (made[216 + 255] == 255).all()


def test_lab_like_littlecms(colors: NDArray[np.uint8]) -> None:
    """ImageCms's 8-bit LAB has a* and b* as signed octets."""
    made = _convert(_of(colors, ColorSpace.CIE_LAB), colors.tobytes(), "srgb_8").reshape(-1, 3).astype(int)
    signed = colors.copy()
    signed[:, 1:] ^= 0x80
    transform = ImageCms.buildTransform(
        ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), "LAB", "RGB",
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC, flags=ImageCms.Flags.NOOPTIMIZE,
    )  # fmt: skip
    source = Image.frombytes("LAB", (len(colors), 1), signed.tobytes())
    result = ImageCms.applyTransform(source, transform)
    assert result is not None
    expected = np.asarray(result, int)[0]
    inside = ((expected > 0) & (expected < 255)).all(axis=1)
    assert inside.sum() > 1000
    assert np.abs(made - expected)[inside].max() <= 2
    white = _convert(kit.page((ColorSpace.CIE_LAB, 8), 1, 1), b"\xff\x80\x80", "srgb_8")
    assert white.min() >= 254


@pytest.mark.parametrize("black", BLACK_GENERATION)
def test_cmyk_and_back(colors: NDArray[np.uint8], black: str) -> None:
    """C = 1 - R, less the black that all share: the inverse gives the same RGB, whatever the black."""
    ink = _convert(_of(colors), colors.tobytes(), "cmyk_8", black=black)
    inks = ink.reshape(-1, 4).astype(int)
    shared = (255 - colors.astype(int)).min(axis=1)
    start, gain = BLACK_GENERATION[black]
    assert (inks[:, 3] == np.maximum(shared - start, 0) * gain // 256).all()
    assert (inks[:, :3] + inks[:, 3:] == 255 - colors).all()
    back = _convert(_of(colors, ColorSpace.CMYK), ink.tobytes(), "srgb_8")
    assert (back.reshape(-1, 3) == colors).all()


def test_cmyk_to_gray() -> None:
    inks = np.random.default_rng(3).integers(0, 256, (5000, 4)).astype(np.uint8)
    made = _convert(kit.page((ColorSpace.CMYK, 8), 5000, 1), inks.tobytes(), "sgray_8").astype(int)
    exact = 255 - np.minimum(255, inks @ np.array([0.299, 0.587, 0.114, 1]))
    assert np.abs(made - exact).max() <= 1


def test_sixteen_bits_to_the_nearest_eight() -> None:
    values = np.arange(65536, dtype=">u2")
    made = _convert(kit.page((ColorSpace.SGRAY, 16), 65536, 1), values.tobytes(), "sgray_8")
    assert (made == np.round(np.arange(65536) / 257)).all()


@pytest.mark.parametrize("bits", [1, 2, 4])
@pytest.mark.parametrize("width", [1, 3, 8, 61])
def test_packed_samples(bits: int, width: int) -> None:
    page = kit.page((ColorSpace.SGRAY, bits), width, 5)
    data = kit.pixels(page, 4)
    bit = np.unpackbits(np.frombuffer(data, np.uint8).reshape(5, -1), axis=1)[:, : width * bits].reshape(5, width, bits)
    top = (1 << bits) - 1
    expected = (bit @ (1 << np.arange(bits)[::-1])) * 255 // top
    assert (_convert(page, data, "sgray_8").reshape(5, width) == expected).all()
    ink = kit.page((ColorSpace.BLACK, bits), width, 5)
    assert (_convert(ink, data, "sgray_8").reshape(5, width) == 255 - expected).all()
    assert (_convert(ink, data, "srgb_8").reshape(5, width, 3) == 255 - expected[:, :, None]).all()


def _everything() -> Iterator[tuple[ColorSpace, int]]:
    for space in ColorSpace:
        for bits in (1, 2, 4, 8, 16):
            if bits >= 8 or color_count(space) <= 6:
                yield space, bits


@pytest.mark.parametrize("target", TARGETS)
def test_white_stays_white_and_cuts_do_not_matter(target: str) -> None:
    for kind in _everything():
        page = kit.page(kind, 61, 9)
        if kind[0] in (ColorSpace.CIE_LAB, ColorSpace.CIE_XYZ, ColorSpace.RGBA):
            white = {ColorSpace.CIE_LAB: b"\xff\x80\x80", ColorSpace.CIE_XYZ: b"\xe0\xe8\xbf"}.get(kind[0], b"\xff" * 4)
            if kind[1] != 8:
                continue
            blank = white * 61 * 9
        else:
            blank = bytes([page.white]) * page.bytes_per_line * 9
        made = _convert(page, blank, target, method="clustered")
        result = Converter(page, target).page
        if target == "black_1":
            made = np.unpackbits(made.reshape(9, -1), axis=1)[:, :61]
        distance = np.abs(made.astype(int) - (result.white if target != "black_1" else 0))
        assert distance.max() <= (1 if kind[0] is ColorSpace.CIE_XYZ or target == "cmyk_8" else 0), kind
        data = kit.pixels(page, 5)
        whole = _convert(page, data, target, method="diffusion")
        converter, cut = Converter(page, target, method="diffusion"), b""
        for y in range(0, 9, 2):
            cut += bytes(converter.convert(memoryview(data)[y * page.bytes_per_line : (y + 2) * page.bytes_per_line]))
        assert cut == whole.tobytes(), kind


def test_inks_that_nobody_names() -> None:
    """The documented choice: 1 black, 2 black and gray, 3 CMY, 4 CMYK, then blacks of half strength."""

    def rgb(inks: list[int]) -> list[int]:
        page = kit.page((ColorSpace(47 + len(inks)), 8), 1, 1)
        return [int(v) for v in _convert(page, bytes(inks), "srgb_8")]

    assert rgb([200]) == [55, 55, 55]
    assert rgb([100, 100]) == [105, 105, 105]
    assert rgb([10, 20, 30]) == [245, 235, 225]
    assert rgb([10, 20, 30, 40]) == [205, 195, 185]
    assert rgb([0, 0, 0, 40, 100]) == [165, 165, 165]
    assert rgb([0] * 14 + [255]) == [127, 127, 127]


def test_orders_of_inks_in_cups_raster() -> None:
    for space, inks in (
        (ColorSpace.CMY, [10, 20, 30]), (ColorSpace.YMC, [30, 20, 10]), (ColorSpace.YMCK, [30, 20, 10, 0]),
        (ColorSpace.KCMY, [0, 10, 20, 30]), (ColorSpace.KCMYCM, [0, 10, 20, 30, 0, 0]),
        (ColorSpace.RGBW, [245, 235, 225, 255]), (ColorSpace.RGBA, [245, 235, 225, 255]),
    ):  # fmt: skip
        assert _convert(kit.page((space, 8), 1, 1), bytes(inks), "srgb_8").tolist() == [245, 235, 225], space
    assert _convert(kit.page((ColorSpace.RGBA, 8), 1, 1), b"\0\0\0\0", "srgb_8").tolist() == [255] * 3


def test_padded_pixels_of_cups() -> None:
    page = Page(2, 1, (300, 300), ColorSpace.RGB, 1, 4)
    assert _convert(page, b"\x4b", "srgb_8").tolist() == [255, 0, 0, 0, 255, 255]


def test_nothing_to_do_copies_nothing() -> None:
    page = kit.page(SRGB, 10, 2)
    data = memoryview(kit.pixels(page))
    assert Converter(page, "srgb_8").convert(data).obj is data.obj
    black = kit.page((ColorSpace.BLACK, 1), 10, 2)
    assert Converter(black, "black_1").convert(data[:4]).obj is data.obj


def test_an_icc_profile() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    page = kit.page(SRGB, 50, 40)
    data = kit.pixels(page)
    made = _convert(page, data, "srgb_8", profile=profile)
    assert np.abs(made.astype(int) - np.frombuffer(data, np.uint8)).max() <= 2
    gray = _convert(page, data, "sgray_8", profile=profile).astype(int)
    assert np.abs(gray - _convert(page, data, "sgray_8")).max() <= 2
    lab = io.BytesIO(ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes())
    space = kit.page((ColorSpace.CIE_LAB, 8), 50, 40)
    assert _convert(space, data, "srgb_8", profile=lab.getvalue()).shape == (6000,)
    for broken, kind in ((profile, (ColorSpace.CMYK, 8)), (b"no profile", SRGB), (profile, (ColorSpace.DEVICE7, 8))):
        with pytest.raises(ValueError, match="profile"):
            Converter(kit.page(kind, 5, 5), "srgb_8", profile=broken)


def _linear_profile() -> bytes:
    """A display whose samples are linear light with the primaries of sRGB exchanged: red is called green.

    ICC.1:2001-04: header of clause 6.1, a tag table, matrix and curve tags of clause 6.5.
    """

    def fixed(*values: float) -> bytes:
        return b"".join(struct.pack(">i", round(value * 65536)) for value in values)

    def text(kind: bytes, words: bytes) -> bytes:
        return kind + bytes(4) + words

    curve = b"curv" + bytes(4) + struct.pack(">I", 0)  # no entries: y = x
    name = b"linear\0"
    tags = {
        b"desc": text(b"desc", struct.pack(">I", len(name)) + name + bytes(8 + 3 + 67)),
        b"cprt": text(b"text", b"none\0"),
        b"wtpt": text(b"XYZ ", fixed(0.9642, 1.0, 0.8249)),
        b"gXYZ": text(b"XYZ ", fixed(0.4361, 0.2225, 0.0139)),
        b"rXYZ": text(b"XYZ ", fixed(0.3851, 0.7169, 0.0971)),
        b"bXYZ": text(b"XYZ ", fixed(0.1431, 0.0606, 0.7139)),
        **dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve),
    }
    at = 128 + 4 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    for tag, data in tags.items():
        table += tag + struct.pack(">II", at + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    size = struct.pack(">I", at + len(body))
    head = size + bytes(4) + bytes.fromhex("02100000") + b"mntrRGB XYZ " + bytes(12) + b"acsp"
    return head.ljust(68, b"\0") + fixed(0.9642, 1.0, 0.8249) + bytes(48) + table + body


def test_an_icc_profile_that_changes_colors() -> None:
    """The exchanged primaries come back in order, and light is encoded as IEC 61966-2-1 says."""
    page = kit.page(SRGB, 256, 3)
    ramp = np.zeros((3, 256, 3), np.uint8)
    for channel in range(3):
        ramp[channel, :, channel] = np.arange(256)
    made = _convert(page, ramp.tobytes(), "srgb_8", profile=_linear_profile()).reshape(3, 256, 3).astype(int)
    light = np.arange(256) / 255
    encoded = 255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    for channel, to in enumerate((1, 0, 2)):
        assert np.abs(made[channel, :, to] - encoded).max() <= 3
        others = np.delete(made[channel], to, axis=1)
        assert others.max() <= 20, "rounded primaries leave little of the others"


def test_what_it_cannot_do() -> None:
    page = kit.page(SRGB, 5, 5)
    for options in ({"kind": "srgb_16"}, {"kind": "sgray_8", "gray": "x"}, {"kind": "cmyk_8", "black": "x"}):
        with pytest.raises(ValueError, match="no conversion"):
            Converter(page, **options)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="no whole lines"):
        Converter(page, "sgray_8").convert(bytes(16))


@pytest.mark.parametrize("at", [0, 4095, 4096, 4097, 9998])
def test_colored_and_white(at: int) -> None:
    gray = np.repeat(np.random.default_rng(0).integers(0, 256, 9999).astype(np.uint8), 3)
    assert not is_colored(gray.tobytes())
    for channel in range(3):
        tinted = gray.copy()
        tinted[3 * at + channel] ^= 1
        assert is_colored(tinted.tobytes())
    white = np.full(9999, 255, np.uint8)
    assert is_white(white.tobytes())
    white[at] = 254
    assert not is_white(white.tobytes())
    assert is_white(bytes(5000), 0)
    assert is_white(b"")
    assert not is_colored(b"")
    with pytest.raises(ValueError, match="pixels"):
        is_colored(b"\0")
