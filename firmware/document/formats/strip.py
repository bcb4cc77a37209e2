"""JPEG strips of a page, one after the other in the same file. Renderer process only."""

from __future__ import annotations

import io
import os
import warnings
from typing import BinaryIO

from PIL import Image, UnidentifiedImageError

from firmware.document.formats.image import ERRORS
from firmware.document.formats.rendering import Box, Facts, Options, Refused


def open(file: BinaryIO, options: Options) -> Strips:
    return Strips(file, options)


class Strips:
    """``page`` looks at the strip that is in the file now; ``draw`` gives lines of it in its own size."""

    def __init__(self, file: BinaryIO, options: Options) -> None:
        self._descriptor = file.fileno()
        self._options = options
        self._image: Image.Image | None = None
        Image.MAX_IMAGE_PIXELS = None  # the limit is ours, below
        warnings.simplefilter("ignore")  # of Pillow's, about metadata

    def page(self, number: int) -> Facts:
        """Width and height are pixels."""
        octets = os.pread(self._descriptor, os.fstat(self._descriptor).st_size, 0)
        try:
            image: Image.Image = Image.open(io.BytesIO(octets), formats=["JPEG"])
            if image.width * image.height > self._options.pixels:
                raise Refused("document-unprintable-error", f"a strip of {image.width} by {image.height} pixels")
            kind = "sgray_8" if image.mode == "L" else "srgb_8"
            self._image = image if image.mode in ("L", "RGB") else image.convert("RGB")
        except UnidentifiedImageError:
            raise Refused("document-format-error", "a strip is no JPEG image") from None
        except ERRORS as error:
            raise _broken(error) from None
        return Facts(image.width, image.height, kind)

    def draw(self, number: int, box: Box, into: memoryview) -> None:
        assert self._image is not None
        try:
            data = self._image.crop((box.left, box.top, box.right, box.bottom)).tobytes()
        except ERRORS as error:
            raise _broken(error) from None
        into[: len(data)] = data


def _broken(error: BaseException) -> Refused:
    return Refused("document-format-error", f"a strip's JPEG image is damaged: {' '.join(str(error).split())[:120]}")
