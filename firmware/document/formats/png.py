"""PNG: every colour type, 1 to 16 bits, transparency on white. Renderer process only."""

from __future__ import annotations

from typing import BinaryIO

from firmware.document.formats.image import Picture
from firmware.document.formats.rendering import Options


def open(file: BinaryIO, options: Options) -> Picture:
    return Picture(file, options, "PNG", ("PNG",))
