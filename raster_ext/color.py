"""From the pixels of any page kind to the few that sinks take.

Every kind is first brought to 8-bit light (gray or RGB) or ink (CMYK), then to the target:

==========================  ==================================================================================
samples of 16 bits          to the nearest of 8 bits, v / 257
samples of 1, 2, 4 bits     stretched to 0 … 255
sgray, gray                 gray light
black                       ink: gray = 1 - black (also white, gold and silver ink of CUPS raster)
srgb, rgb                   RGB light; device RGB is taken for sRGB
adobe-rgb                   sRGB: gamma 563/256, primaries of Adobe RGB (1998), clipped
cie-xyz, cie-lab            sRGB, D50 adapted; XYZ 0 … 1.1, L* 0 … 100, a* and b* offset by 128 (CUPS raster)
cmyk and its CUPS cousins   ink: R = 1 - min(1, C + K), the inverse of the way to ink
device1 … device15, icc     ink: 1 is black, 2 black and gray, 3 CMY, 4 CMYK, more are CMYK and then inks that
                            nobody names: each counts as black of half its strength, so that it is seen
==========================  ==================================================================================

With an ICC ``profile`` of the page's samples LittleCMS converts to sRGB instead (Pillow's ImageCms).
"""

from __future__ import annotations

import functools
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from raster_ext import _color
from raster_ext.page import ColorSpace, Page, color_count

if TYPE_CHECKING:
    from raster_ext.halftone import Halftoner

Step = Callable[[memoryview, memoryview], None]
Data = bytes | bytearray | memoryview

TARGETS: dict[str, tuple[ColorSpace, int, int]] = {
    "srgb_8": (ColorSpace.SRGB, 8, 3),
    "sgray_8": (ColorSpace.SGRAY, 8, 1),
    "black_8": (ColorSpace.BLACK, 8, 1),
    "cmyk_8": (ColorSpace.CMYK, 8, 4),
    "black_1": (ColorSpace.BLACK, 1, 1),
}
"""The kinds that a Converter makes: (colour space, bits per colour, colours)."""

BLACK_GENERATION: dict[str, tuple[int, int]] = {
    "full": (0, 256),
    "half": (0, 128),
    "dark": (128, 256),
    "none": (0, 0),
}
"""How much of the ink that C, M and Y share becomes black: (where it starts, strength / 256)."""

_SLICE = 1 << 16
"""Octets of a band that go through all steps at a time, so that what lies between stays in the cache."""


@dataclass(frozen=True, slots=True)
class _Stage:
    run: Step
    line: int
    """Octets in a line that it makes."""


class Converter:
    """Whole lines of ``page`` to lines of kind ``kind``, one of ``TARGETS``; ``page`` is then the resulting
    page.

    ``gray`` is ``601`` (ITU-R BT.601 luma of the encoded values, as nearly everyone does it) or ``linear``
    (luminance of the light, BT.709 weights, encoded again: what a photographic film would see). ``black`` is
    one of ``BLACK_GENERATION``. ``method`` is that of the halftone for ``black_1``. ``profile`` is an ICC
    profile of the page's samples. ValueError for a kind or colour space that it cannot do.
    """

    def __init__(
        self,
        page: Page,
        kind: str,
        *,
        gray: str = "601",
        black: str = "full",
        method: str = "dispersed",
        profile: bytes | None = None,
    ) -> None:
        if kind not in TARGETS or gray not in ("601", "linear") or black not in BLACK_GENERATION:
            raise ValueError(f"no conversion to {kind}, gray {gray}, black {black}")
        space, bits, colors = TARGETS[kind]
        self.page = Page(page.width, page.height, page.resolution, space, bits, colors, page.header)
        self._source = page
        self._halftoner: Halftoner | None = None
        self._out = bytearray()
        self._between: list[memoryview] = []
        self._stages = (
            [] if kind == page.kind and profile is None else self._plan(page, kind, gray, black, profile, method)
        )

    def convert(self, data: Data) -> memoryview:
        """The same lines as the other kind, valid until the next call; it may be ``data`` itself."""
        source = memoryview(data)
        if self._stages:
            source = self._run(source)
        return source if self._halftoner is None else self._halftoner.feed(source)

    def _run(self, source: memoryview) -> memoryview:
        length, made = self._source.bytes_per_line, self._stages[-1].line
        lines, rest = divmod(len(source), length)
        if rest:
            raise ValueError(f"{len(source)} octets are no whole lines of {length}")
        if len(self._out) < lines * made:
            self._out = bytearray(lines * made)
        out = memoryview(self._out)[: lines * made]
        if len(self._stages) == 1:
            self._stages[0].run(source, out)
            return out
        step = max(1, min(lines, _SLICE // length))
        self._between = self._between or [memoryview(bytearray()) for _ in self._stages[1:]]
        for y in range(0, lines, step):
            n = min(step, lines - y)
            part = source[y * length : (y + n) * length]
            for i, stage in enumerate(self._stages[:-1]):
                part = self._through(i, stage, part, n)
            self._stages[-1].run(part, out[y * made : (y + n) * made])
        return out

    def _through(self, i: int, stage: _Stage, part: memoryview, lines: int) -> memoryview:
        size = lines * stage.line
        if len(self._between[i]) < size:
            self._between[i] = memoryview(bytearray(size))
        out = self._between[i][:size]
        stage.run(part, out)
        return out

    def _plan(self, page: Page, kind: str, gray: str, black: str, profile: bytes | None, method: str) -> list[_Stage]:
        width = page.width
        if kind == "black_1" and page.kind == "sgray_1":
            return [_Stage(_color.invert, page.bytes_per_line)]
        steps, canon = _samples(page), _canon(page.color_space)
        if profile is not None:
            steps.append((_profiled(profile, page), 3))
            canon = "rgb"
        else:
            steps += _to_canon(page)
        target = "sgray_8" if kind == "black_1" else kind
        if not (kind == "black_1" and canon == "rgb" and gray == "601"):
            steps += _to_target(canon, target, gray, black)
            canon = "gray"
        if kind == "black_1":
            from raster_ext.halftone import Halftoner

            self._halftoner = Halftoner(width, channels=3 if canon == "rgb" else 1, method=method)
        return [_Stage(run, width * samples) for run, samples in steps]


def _canon(space: ColorSpace) -> str:
    if space in (ColorSpace.SGRAY, ColorSpace.GRAY, *_BLACKS):
        return "gray"
    return "rgb" if space in _RGBS else "cmyk"


_BLACKS = (
    ColorSpace.BLACK,
    ColorSpace.WHITE,
    ColorSpace.GOLD,
    ColorSpace.SILVER,
    ColorSpace.DEVICE1,
    ColorSpace.ICC1,
)
_RGBS = (
    ColorSpace.SRGB, ColorSpace.RGB, ColorSpace.ADOBE_RGB, ColorSpace.RGBA, ColorSpace.CIE_XYZ,
    ColorSpace.CIE_LAB, ColorSpace.CMY, ColorSpace.YMC, ColorSpace.DEVICE3, ColorSpace.ICC3,
)  # fmt: skip
_REORDER: dict[ColorSpace, tuple[int, bytes]] = {
    ColorSpace.YMC: (3, b"\2\1\0"),
    ColorSpace.YMCK: (4, b"\2\1\0\3"),
    ColorSpace.KCMY: (4, b"\1\2\3\0"),
    ColorSpace.KCMYCM: (6, b"\1\2\3\0\4\5"),
    ColorSpace.GMCK: (4, b"\2\1\0\3"),
    ColorSpace.GMCS: (4, b"\2\1\0\3"),
    ColorSpace.DEVICE2: (2, b"\0\1"),
}
"""CUPS's other orders of inks → C, M, Y, K, then others. Gold stands for yellow, silver for black."""


def _samples(page: Page) -> list[tuple[Step, int]]:
    """8-bit samples in the page's own space; packed black is turned into gray light on the way."""
    bits, samples, colors = page.bits_per_color, page.num_colors, color_count(page.color_space)
    if bits == 16:
        return [(_color.narrow, samples)]
    if bits == 8:
        return []
    table, per_line = unpacked(bits, page.color_space in _BLACKS), page.width * samples
    steps: list[tuple[Step, int]] = [(lambda src, out: _color.unpack(src, out, per_line, bits, table), samples)]
    if samples > colors:
        rest = bytes(range(samples - colors, samples))
        steps.append((lambda src, out: _color.pick(src, out, samples, rest), colors))
    return steps


def _to_canon(page: Page) -> list[tuple[Step, int]]:
    """8-bit samples of the page's space to gray or RGB light or CMYK ink."""
    space, colors = page.color_space, color_count(page.color_space)
    steps: list[tuple[Step, int]] = []
    if space in _REORDER and space is not ColorSpace.DEVICE2:
        per, which = _REORDER[space]
        steps.append((lambda src, out: _color.pick(src, out, per, which), per))
    if space in _BLACKS:
        return [(_color.invert, 1)] if page.bits_per_color >= 8 else []
    if space in (ColorSpace.CMY, ColorSpace.YMC, ColorSpace.DEVICE3, ColorSpace.ICC3):
        return [*steps, (_color.invert, 3)]
    if space is ColorSpace.RGBA:
        return [(_color.over_white, 3)]
    if space is ColorSpace.RGBW:
        return [(_color.invert, 4)]
    if space is ColorSpace.ADOBE_RGB or space is ColorSpace.CIE_XYZ:
        matrix = _adobe_matrix() if space is ColorSpace.ADOBE_RGB else _xyz_matrix()
        return [(lambda src, out: _color.rgb_from_tables(src, out, matrix, encode_table()), 3)]
    if space is ColorSpace.CIE_LAB:
        lab = memoryview(array("f", [v for row in _rows(_XYZ_D50_TO_SRGB, _D50) for v in row]))
        square = lab.cast("B").cast("f", (3, 3))
        return [(lambda src, out: _color.rgb_from_lab(src, out, square, encode_table()), 3)]
    if colors == 2:
        return [(_color.cmyk_from_two, 4)]
    if colors > 4:
        return [*steps, (lambda src, out: _color.cmyk_from_inks(src, out, colors), 4)]
    return steps


def _to_target(canon: str, kind: str, gray: str, black: str) -> list[tuple[Step, int]]:
    start, gain = BLACK_GENERATION[black]

    def to_cmyk(src: memoryview, out: memoryview) -> None:
        _color.cmyk_from_rgb(src, out, start, gain)

    if kind == "black_8":
        return [*_to_target(canon, "sgray_8", gray, black), (_color.invert, 1)]
    if canon == "cmyk" and kind == "sgray_8" and gray == "linear":
        return [(_color.rgb_from_cmyk, 3), (_linear_gray, 1)]
    steps: dict[tuple[str, str], list[tuple[Step, int]]] = {
        ("gray", "srgb_8"): [(_color.rgb_from_gray, 3)],
        ("gray", "cmyk_8"): [(_color.cmyk_from_gray, 4)],
        ("rgb", "sgray_8"): [(_linear_gray if gray == "linear" else _color.gray_from_rgb, 1)],
        ("rgb", "cmyk_8"): [(to_cmyk, 4)],
        ("cmyk", "sgray_8"): [(_color.gray_from_cmyk, 1)],
        ("cmyk", "srgb_8"): [(_color.rgb_from_cmyk, 3)],
    }
    return steps.get((canon, kind), [])


def _linear_gray(src: memoryview, out: memoryview) -> None:
    red, green, blue = _luminance()
    _color.gray_from_rgb_tables(src, out, red, green, blue, encode_table())


def _profiled(profile: bytes, page: Page) -> Step:
    """8-bit samples with a profile → sRGB, through LittleCMS. ValueError for a profile that does not fit."""
    import io

    from PIL import Image, ImageCms

    modes = {1: "L", 3: "RGB", 4: "CMYK"}
    mode = "LAB" if page.color_space is ColorSpace.CIE_LAB else modes.get(page.num_colors)
    if mode is None:
        raise ValueError(f"no profile can be used with {page.num_colors} colors")
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        transform = ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), mode, "RGB")
    except (ImageCms.PyCMSError, OSError) as error:
        raise ValueError(f"the ICC profile does not fit {page.kind}: {error}") from None
    width = page.width

    def run(src: memoryview, out: memoryview) -> None:
        image = Image.frombytes(mode, (width, len(out) // (3 * width)), bytes(src), "raw", mode, 0, 1)
        result = ImageCms.applyTransform(image, transform)
        if result is not None:
            out[:] = result.tobytes()

    return run


# Tables. sRGB: IEC 61966-2-1; Adobe RGB (1998): 4.3.4.2; matrices for D65, and D50 adapted by Bradford for
# XYZ and Lab.

_D50 = (0.9642, 1.0, 0.8249)
_ADOBE_TO_SRGB = ((1.39836, -0.39836, 0.0), (0.0, 1.0, 0.0), (0.0, -0.04293, 1.04293))
_XYZ_D50_TO_SRGB = (
    (3.1338561, -1.6168667, -0.4906146),
    (-0.9787684, 1.9161415, 0.0334540),
    (0.0719453, -0.2289914, 1.4052427),
)


def _rows(matrix: tuple[tuple[float, ...], ...], scale: tuple[float, ...]) -> list[list[float]]:
    return [[a * b for a, b in zip(row, scale, strict=True)] for row in matrix]


def _light(v: int) -> float:
    """The light of an sRGB value of 8 bits, 0 … 1."""
    c = v / 255
    return c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4


@functools.cache
def encode_table() -> bytes:
    """4096 steps of light → sRGB values of 8 bits."""

    def encode(light: float) -> float:
        return 12.92 * light if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055

    return bytes(min(255, round(255 * encode((i + 0.5) / 4096))) for i in range(4096))


@functools.cache
def _luminance() -> tuple[array[int], array[int], array[int]]:
    """16-bit luminance that each channel's value adds: BT.709 weights."""
    light = [_light(v) * 65535 for v in range(256)]
    red = array("H", [round(0.2126 * v) for v in light])
    blue = array("H", [round(0.0722 * v) for v in light])
    green = array("H", [round(v) - r - b for v, r, b in zip(light, red, blue, strict=True)])
    return red, green, blue


def _matrix(rows: list[list[float]], light: list[float]) -> memoryview:
    values = array("i", [round(weight * v * 65535) for row in rows for weight in row for v in light])
    return memoryview(values).cast("B").cast("i", (3, 3, 256))


@functools.cache
def _adobe_matrix() -> memoryview:
    return _matrix(_rows(_ADOBE_TO_SRGB, (1, 1, 1)), [(v / 255) ** (563 / 256) for v in range(256)])


@functools.cache
def _xyz_matrix() -> memoryview:
    return _matrix(_rows(_XYZ_D50_TO_SRGB, (1, 1, 1)), [v / 255 * 1.1 for v in range(256)])


@functools.cache
def unpacked(bits: int, inverted: bool) -> array[int]:
    """For each octet the 8-bit samples that are packed in it, as the integer that lays them out in memory."""
    import sys

    per, top = 8 // bits, (1 << bits) - 1
    table = array("Q")
    for octet in range(256):
        samples = [(octet >> (8 - bits * (i + 1)) & top) * 255 // top for i in range(per)]
        raw = bytes(s ^ (255 if inverted else 0) for s in samples)
        table.append(int.from_bytes(raw.ljust(8, b"\0"), sys.byteorder))
    return table
