"""The strips of PCLm pages, unpacked: a few lines at a time, whatever a strip claims to be."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from firmware.document.formats.rendering import Box
from firmware.document.job import Limits
from firmware.document.lines import CHUNK
from firmware.document.renderer import Renderer
from firmware.document.stages import JPEG_STRIPS, PIECE
from raster_ext import RasterError

JPEG = 1 << 26
"""Octets of one JPEG strip."""


@dataclass(slots=True)
class Strip:
    width: int
    height: int
    channels: int
    filter: str | None
    page: int = 1

    @property
    def line(self) -> int:
        return self.width * self.channels

    @property
    def kind(self) -> str:
        return "srgb_8" if self.channels == 3 else "sgray_8"


class Decoders:
    """What makes pixels of strips. JPEG ones go through one renderer process, started when it is needed."""

    def __init__(self, limits: Limits, cancelled: Callable[[], bool]) -> None:
        self._limits = limits
        self._cancelled = cancelled
        self._renderer: Renderer | None = None
        self._file = -1
        self._inside: bytes | None = None
        """The strip that the process looks at."""

    def pixels(self, strip: Strip, length: int, pieces: Iterator[bytes]) -> Iterator[memoryview]:
        """A strip's lines from the ``length`` octets that ``pieces`` has. One without any is white."""
        if strip.line > self._limits.raster_side * 3 or strip.height > self._limits.raster_side:
            raise RasterError(f"a strip of {strip.width} by {strip.height} pixels")
        if length == 0:
            return _white(strip)
        if strip.filter == "DCTDecode":
            return self._jpeg(strip, length, pieces)
        return _whole_lines(self.unpacked(pieces, strip.filter, strip.line * strip.height), strip)

    def unpacked(self, pieces: Iterator[bytes], filter: Any, most: int) -> Iterator[bytes]:
        """At most ``most`` octets of a stream."""
        if filter is None:
            return _bounded(pieces, most)
        if filter == "FlateDecode":
            return _bounded(_inflated(pieces), most)
        if filter == "RunLengthDecode":
            return _bounded(_run_lengths(pieces), most)
        raise RasterError(f"a stream packed with {str(filter)[:40]}")

    def close(self) -> None:
        """End the process until somebody needs it again."""
        if self._renderer is not None:
            self._renderer.close()
            os.close(self._file)
            self._renderer, self._inside = None, None

    def _jpeg(self, strip: Strip, length: int, pieces: Iterator[bytes]) -> Iterator[memoryview]:
        if length > JPEG:
            raise RasterError(f"a JPEG strip of {length} octets")
        octets = b"".join(pieces)
        step = max(1, CHUNK // strip.line)
        for top in range(0, strip.height, step):
            bottom = min(top + step, strip.height)
            renderer = self._looking_at(strip, octets)
            box = Box(strip.width, strip.height, 0, 0, top, strip.width, bottom)
            for piece in renderer.draw(strip.page, box, strip.kind):
                yield memoryview(bytes(piece))  # another page of the document may be drawn before the next

    def _looking_at(self, strip: Strip, octets: bytes) -> Renderer:
        """The process with this strip before it."""
        if self._renderer is None:
            self._file = os.memfd_create("strip")
            with os.fdopen(os.dup(self._file), "rb") as file:
                self._renderer = Renderer(
                    JPEG_STRIPS, file, {"pixels": self._limits.pixels}, self._limits, self._cancelled
                )
        if self._inside is octets:
            return self._renderer
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, octets, 0)
        facts = self._renderer.page(strip.page)
        if facts is None or (facts.width, facts.height, facts.kind) != (strip.width, strip.height, strip.kind):
            raise RasterError(f"a JPEG strip that is not {strip.width} by {strip.height} pixels in {strip.kind}")
        self._inside = octets
        return self._renderer


def _white(strip: Strip) -> Iterator[memoryview]:
    step = max(1, CHUNK // strip.line)
    white = memoryview(b"\xff" * (min(step, strip.height) * strip.line))
    for top in range(0, strip.height, step):
        yield white[: min(step, strip.height - top) * strip.line]


def _whole_lines(pieces: Iterator[bytes], strip: Strip) -> Iterator[memoryview]:
    """``pieces`` again, each some whole lines."""
    rest, left = b"", strip.height
    for piece in pieces:
        rest = rest + piece if rest else piece
        if count := len(rest) // strip.line:
            yield memoryview(rest)[: count * strip.line]
            rest = rest[count * strip.line :]
            left -= count
    if left:
        raise RasterError(f"a strip that is {left} lines short")


def _bounded(pieces: Iterator[bytes], most: int) -> Iterator[bytes]:
    for piece in pieces:
        yield piece[:most]
        most -= len(piece)
        if most <= 0:
            return


def _inflated(pieces: Iterator[bytes]) -> Iterator[bytes]:
    stream = zlib.decompressobj()
    try:
        for piece in pieces:
            while (data := stream.decompress(piece, PIECE)) or stream.unconsumed_tail:
                yield data
                piece = stream.unconsumed_tail
                if not piece and len(data) < PIECE:
                    break
            if stream.eof:
                return
    except zlib.error as error:
        raise RasterError(f"a strip's Flate data is damaged: {error}") from None


def _run_lengths(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """ISO 32000-1 section 7.4.5: 0 to 127 and so many octets more, 129 to 255 and one that is repeated, 128 ends."""
    data, size = b"", 0
    out: list[bytes] = []
    for piece in pieces:
        data, at = data + piece, 0
        while at < len(data):
            code = data[at]
            if code == 128:
                yield b"".join(out)
                return
            end = at + (code + 2 if code < 128 else 2)
            if end > len(data):
                break
            run = data[at + 1 : end] if code < 128 else data[at + 1 : end] * (257 - code)
            at = end
            out.append(run)
            size += len(run)
            if size >= PIECE:
                yield b"".join(out)
                out, size = [], 0
        data = data[at:]
    yield b"".join(out)
