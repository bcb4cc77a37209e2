"""JPEG (JFIF, Exif, Adobe CMYK, gray; the first picture of a multi-picture file). Renderer process only."""

from __future__ import annotations

from typing import BinaryIO

from firmware.document.formats.image import Picture
from firmware.document.formats.rendering import Options


def open(file: BinaryIO, options: Options) -> Picture:
    return Picture(file, options, "JPEG", ("JPEG", "MPO"))
