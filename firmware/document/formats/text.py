"""Plain text in a monospaced font, laid out for the media: 10 points on 12, as a line printer's six lines an
inch.

Runs in the renderer process only. FreeType draws with the system's fonts, shaped and in both directions where
Pillow has Raqm; without any fonts PDFium draws with its own Courier.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import BinaryIO

from PIL import Image, ImageDraw, features

from firmware.document.formats import typeset
from firmware.document.formats.fonts import Fonts, is_monospaced, load
from firmware.document.formats.frame import LEADING, SIZE, Frame, Pages
from firmware.document.formats.rendering import Box, Facts, Options, Refused, Rendering

LARGEST = 64 << 20
RIGHT_TO_LEFT = ("R", "AL")


def open(file: BinaryIO, options: Options) -> Rendering:
    data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise Refused("document-unprintable-error", f"the text has more than {LARGEST} octets")
    if b"\0" in data and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Refused("document-format-error", "this is no text: it has NUL octets")
    fonts = Fonts(options.fonts)
    frame = Frame(options.media)
    if fonts.primary is None:
        from firmware.document.formats.courier import Courier

        return Courier(typeset.decode(data), frame)
    return Text(typeset.decode(data), frame, fonts)


class Text:
    def __init__(self, text: str, frame: Frame, fonts: Fonts) -> None:
        assert fonts.primary is not None
        self._frame, self._fonts = frame, fonts
        probe = load(fonts.primary, 1000)
        self._monospaced = is_monospaced(probe)
        self._advance = SIZE * (probe.getlength("M") / 1000 if self._monospaced else 0.6)
        self._pages = Pages(text, frame.columns(self._advance), frame.lines)
        self._turned: tuple[object, Image.Image] | None = None

    def page(self, number: int) -> Facts | None:
        if self._pages.get(number) is None:
            return None
        return Facts(self._frame.width, self._frame.height, "sgray_8")

    def draw(self, number: int, box: Box, into: memoryview) -> None:
        if box.turn == 0:
            strip = self._strip(number, (box.width, box.height), (box.left, box.top), box.size)
        else:
            strip = self._whole(number, box).crop((box.left, box.top, box.right, box.bottom))
        data = strip.tobytes()
        into[: len(data)] = data

    def _whole(self, number: int, box: Box) -> Image.Image:
        """The page turned; remembered for its other strips."""
        key = (number, box.width, box.height, box.turn)
        if self._turned is None or self._turned[0] != key:
            self._turned = None
            size = (box.height, box.width) if box.turn % 2 else (box.width, box.height)
            page = self._strip(number, size, (0, 0), size)
            turn = {
                1: Image.Transpose.ROTATE_90,
                2: Image.Transpose.ROTATE_180,
                3: Image.Transpose.ROTATE_270,
            }
            self._turned = (key, page.transpose(turn[box.turn]))
        return self._turned[1]

    def _strip(self, number: int, page: tuple[int, int], corner: tuple[int, int], size: tuple[int, int]) -> Image.Image:
        """A part of the upright page, which is ``page`` pixels large."""
        strip = Image.new("L", size, 255)
        draw = ImageDraw.Draw(strip)
        scale = page[0] / self._frame.width
        top, leading = self._frame.top * scale, LEADING * scale
        for row, line in enumerate(self._pages.get(number) or ()):
            baseline = top + row * leading + 0.8 * leading - corner[1]
            if -leading < baseline < size[1] + leading:
                self._line(draw, line, -corner[0], baseline, scale)
        return strip

    def _line(self, draw: ImageDraw.ImageDraw, line: str, left: float, baseline: float, scale: float) -> None:
        advance = self._advance * scale
        if _right_to_left(line) and features.check("raqm"):
            font = load(self._fonts.path_for(_first_strong(line)), SIZE * scale)
            draw.text((left + self._frame.right * scale, baseline), line, 0, font, anchor="rs", direction="rtl")
            return
        for column, run, path in self._runs(line):
            x = left + self._frame.left * scale + column * advance
            draw.text((x, baseline), run, 0, load(path, SIZE * scale), anchor="ls")

    def _runs(self, line: str) -> Iterator[tuple[int, str, str]]:
        """(column, text, font) of pieces that are drawn in one go: words, so that letters join, but wide
        characters one by one. Marks stay with the letter that they belong to."""
        column = start = 0
        run, path = "", ""
        for char in line:
            cells = typeset.width(char)
            font = path if cells == 0 and run else self._fonts.path_for(char)
            if run and (font != path or (cells and self._alone(char, run, font))):
                yield start, run, path
                run = ""
            if not run:
                start, path = column, font
            run += char
            column += cells
        if run:
            yield start, run, path

    def _alone(self, char: str, run: str, font: str) -> bool:
        if char == " " or run == " " or typeset.width(char) == 2 or typeset.width(run[0]) == 2:
            return True
        return font == self._fonts.primary and not self._monospaced


def _first_strong(line: str) -> str:
    strong = ("L", *RIGHT_TO_LEFT)
    return next((char for char in line if unicodedata.bidirectional(char) in strong), "A")


def _right_to_left(line: str) -> bool:
    return not line.isascii() and unicodedata.bidirectional(_first_strong(line)) in RIGHT_TO_LEFT
