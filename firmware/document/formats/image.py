"""What JPEG and PNG have in common: Pillow decodes, the picture is scaled strip by strip onto white, as sRGB
or gray.

Runs in the renderer process only.
"""

from __future__ import annotations

import io
import warnings
from typing import Any, BinaryIO

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from firmware.document.formats.rendering import Box, Facts, Options, Refused

_TURNS = {
    1: Image.Transpose.ROTATE_90,
    2: Image.Transpose.ROTATE_180,
    3: Image.Transpose.ROTATE_270,
}
_ORIENTATION = 0x0112
_GRAY = ("1", "L", "LA", "I", "I;16", "I;16B", "I;16L", "F")
ERRORS = (OSError, SyntaxError, ValueError, EOFError, KeyError, TypeError, IndexError, OverflowError)
"""What Pillow raises for files that are not what they claim to be."""
_Transform = Any


class Picture:
    """One image, one page. Pixels are decoded at the first ``draw``, when it is known how many are wanted."""

    def __init__(self, file: BinaryIO, options: Options, name: str, formats: tuple[str, ...]) -> None:
        self._name = name
        Image.MAX_IMAGE_PIXELS = None  # the limit is ours, below
        warnings.simplefilter("ignore")  # of Pillow's, about metadata
        try:
            self._image: Image.Image = Image.open(file, formats=list(formats))
        except UnidentifiedImageError:
            raise Refused("document-format-error", f"this is no {name} image") from None
        except ERRORS as error:
            raise self._broken(error) from None
        width, height = self._image.size
        if width * height > options.pixels or max(width, height) > options.pixels // 16:
            extent = f"{width} by {height} pixels"
            raise Refused("document-unprintable-error", f"the {name} image has {extent}, more than can be printed")
        turned = self._orientation() in (5, 6, 7, 8)
        xdpi, ydpi = self._density(options.density)
        size = (width / xdpi * 2540, height / ydpi * 2540)
        self._size = size[::-1] if turned else size
        self._kind = "sgray_8" if self._image.mode in _GRAY else "srgb_8"
        self._upright: Image.Image | None = None
        self._turned: tuple[int, Image.Image] | None = None
        self._profile: _Transform = None

    def page(self, number: int) -> Facts | None:
        return Facts(*self._size, self._kind, sized=False) if number == 1 else None

    def draw(self, number: int, box: Box, into: memoryview) -> None:
        try:
            image = self._oriented(box)
            across, down = image.width / box.width, image.height / box.height
            right, bottom = min(box.right * across, image.width), min(box.bottom * down, image.height)
            part = (box.left * across, box.top * down, right, bottom)
            strip = self._flat(image.resize(box.size, Image.Resampling.BICUBIC, part))
        except ERRORS as error:
            raise self._broken(error) from None
        data = strip.tobytes()
        into[: len(data)] = data

    def _orientation(self) -> int:
        """As EXIF has it. To look for it behind a PNG's pixels, Pillow would decode them all: too early."""
        if self._image.format == "PNG" and "exif" not in self._image.info:
            return 1
        try:
            return int(self._image.getexif().get(_ORIENTATION, 1))
        except ERRORS:  # the pixels may be good nevertheless
            return 1

    def _oriented(self, box: Box) -> Image.Image:
        """The decoded image, upright and then turned; the last turn is remembered."""
        if self._upright is None:
            self._upright = self._decode(box)
        if box.turn == 0:
            return self._upright
        if self._turned is None or self._turned[0] != box.turn:
            self._turned = (box.turn, self._upright.transpose(_TURNS[box.turn]))
        return self._turned[1]

    def _decode(self, box: Box) -> Image.Image:
        """All pixels, in a mode that ``_flat`` understands, as EXIF turns them."""
        image, orientation = self._image, self._orientation()
        longest = max(box.width, box.height)
        image.draft(None, (longest, longest))
        image.load()
        self._profile = _to_srgb(image, self._kind)
        if image.mode in ("I", "F") or image.mode.startswith("I;16"):
            image = _eight_bits(image)
        elif image.mode in ("1", "P", "PA") or "transparency" in image.info:
            has_alpha = image.has_transparency_data
            image = image.convert("RGBA" if has_alpha else "L" if self._kind == "sgray_8" else "RGB")
        if orientation != 1:
            ImageOps.exif_transpose(image, in_place=True)
        return image

    def _flat(self, strip: Image.Image) -> Image.Image:
        """To the page's kind: alpha on white, colours through the image's profile to sRGB."""
        alpha = strip.getchannel("A") if "A" in strip.getbands() else None
        if alpha is not None:
            strip = strip.convert("RGB" if strip.mode == "RGBA" else "L")
        if self._profile is not None and strip.mode in ("RGB", "CMYK"):
            strip = ImageCms.applyTransform(strip, self._profile) or strip
        mode = "L" if self._kind == "sgray_8" else "RGB"
        strip = strip if strip.mode == mode else strip.convert(mode)
        if alpha is None:
            return strip
        white = Image.new(mode, strip.size, "white")
        white.paste(strip, mask=alpha)
        return white

    def _density(self, fallback: float) -> tuple[float, float]:
        """Pixels per inch as the file claims them, when that is believable."""
        density = self._image.info.get("dpi")
        try:
            xdpi, ydpi = (float(value) for value in density or ())
        except (TypeError, ValueError, ZeroDivisionError):
            return fallback, fallback
        return (xdpi, ydpi) if 10 <= xdpi <= 10_000 and 10 <= ydpi <= 10_000 else (fallback, fallback)

    def _broken(self, error: BaseException) -> Refused:
        text = " ".join(str(error).split())[:120]
        return Refused("document-format-error", f"the {self._name} image is damaged: {text}")


def _eight_bits(image: Image.Image) -> Image.Image:
    """16 bits a pixel to 8: Pillow's own conversion would clip."""
    return image.convert("I").point(lambda value: value * (1 / 257) + 0.5).convert("L")


def _to_srgb(image: Image.Image, kind: str) -> _Transform:
    """A transform from the profile that the image brings, or None when it needs none or has a broken one."""
    data = image.info.get("icc_profile")
    if not data or kind == "sgray_8" or image.mode not in ("RGB", "RGBA", "CMYK"):
        return None
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(data))
        if "srgb" in ImageCms.getProfileDescription(profile).lower():
            return None
        mode = "CMYK" if image.mode == "CMYK" else "RGB"
        return ImageCms.buildTransform(profile, ImageCms.createProfile("sRGB"), mode, "RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None
