"""What a raster file says and how it is coded, for people: every header field in words, a map of run lengths."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields
from enum import IntEnum
from typing import Any

from raster_ext._scan import RunScanner
from raster_ext.cups import SIZE, SIZE_1, SYNCS, CupsHeader
from raster_ext.decoder import Decoder, Resume
from raster_ext.page import Page, RasterError
from raster_ext.pwg import MEDIA_POSITIONS, PwgHeader
from raster_ext.urf import MEDIA_TYPES, OUTPUT_BINS, UrfHeader
from raster_ext.urf import SIZE as URF_SIZE

Header = PwgHeader | UrfHeader | CupsHeader

SHADES = " .:=*#@"
"""One step for each halving of the mean run length: a blank for 64 pixels and more, @ for less than 2."""


@dataclass(frozen=True, slots=True)
class PageReport:
    """One page of a file."""

    page: Page
    header: Header
    point: Resume
    """Where it starts; a decoder can start there."""
    octets: int
    """Its length in the file without the header."""
    lines: int
    """Lines that are coded; the others repeat the one before them."""
    equal: int
    """Runs of equal pixels."""
    different: int
    """Runs of different pixels."""
    fills: int
    """Lines that a code fills with white to their end."""
    map: tuple[tuple[float, ...], ...]
    """Mean length in pixels of the runs that begin in each cell of the page, 0 where none begins."""

    def text(self) -> str:
        """The map as lines of characters, see ``SHADES``."""
        return "\n".join("".join(_shade(length) for length in row).rstrip() for row in self.map)


def describe(header: Header) -> list[tuple[str, str]]:
    """Every field as (its name in the specification, its value in words), in the order of the file."""
    rows = []
    for field in fields(header):
        value = getattr(header, field.name)
        word = _WORDS.get((type(header), field.name)) or _WORDS.get((None, field.name)) or _plain
        rows.append((_camel(field.name), word(value)))
    return rows


def inspect(pieces: Iterable[bytes], *, rows: int = 48, columns: int = 64) -> Iterator[PageReport]:
    """The pages of a file that comes in pieces. RasterError where it is broken."""
    source = _Source(pieces)
    decoder = Decoder()
    sync = source.take(4)
    if sync == b"UNIR":
        sync += source.take(8)
    _headers(decoder, sync)
    size = URF_SIZE if len(sync) == 12 else SIZE_1 if SYNCS[sync][0] == 1 else SIZE
    number = 0
    while head := source.take(size, optional=True):
        number += 1
        start = source.offset - size
        decoder = Decoder.resume(Resume(sync, start, number))
        page = _headers(decoder, head)
        coded = len(sync) == 12 or SYNCS[sync][0] == 2
        scanner = _scan(source, page, coded, number, (rows, columns))
        cells = [n / runs if runs else 0.0 for n, runs in zip(scanner.pixels, scanner.runs, strict=True)]
        header = page.header
        assert header is not None
        yield PageReport(
            page,
            header,
            decoder.point,
            source.offset - start - size,
            scanner.lines,
            scanner.equal,
            scanner.different,
            scanner.fills,
            tuple(tuple(cells[y * columns : (y + 1) * columns]) for y in range(rows)),
        )


def _headers(decoder: Decoder, data: bytes) -> Page:
    page = next(iter(decoder.feed(data)), None)
    return page if isinstance(page, Page) else _NOTHING


_NOTHING: Any = None


def _scan(source: _Source, page: Page, coded: bool, number: int, size: tuple[int, int]) -> RunScanner:
    unit = (page.bits_per_pixel + 7) // 8
    scanner = RunScanner(page.bytes_per_line // unit, unit, page.height, *size)
    if not coded:
        missing = source.skip(page.bytes_per_line * page.height)
        if missing:
            line = page.height - (missing - 1) // page.bytes_per_line
            raise RasterError("the input ends inside a page", page=number, line=line, offset=source.offset)
        return scanner
    while not scanner.done:
        piece = source.some()
        if not piece:
            raise RasterError("the input ends inside a page", page=number, line=scanner.line, offset=source.offset)
        try:
            source.used(scanner.feed(piece))
        except ValueError as error:
            offset = source.offset + scanner.at
            raise RasterError(str(error), page=number, line=scanner.line, offset=offset) from None
    return scanner


class _Source:
    """Octets by number from pieces of any length."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._piece = memoryview(b"")
        self.offset = 0

    def some(self) -> memoryview:
        """What is left of the piece at hand, or the next; empty at the end."""
        while not self._piece:
            piece = next(self._pieces, None)
            if piece is None:
                break
            self._piece = memoryview(piece)
        return self._piece

    def used(self, n: int) -> None:
        self._piece = self._piece[n:]
        self.offset += n

    def take(self, n: int, optional: bool = False) -> bytes:
        """The next ``n`` octets; none at the end if that is ``optional``."""
        data = b""
        while len(data) < n and (piece := self.some()):
            part = piece[: n - len(data)]
            data += part
            self.used(len(part))
        if len(data) < n and not (optional and not data):
            raise RasterError("the input ends inside a header", offset=self.offset)
        return data

    def skip(self, n: int) -> int:
        """Pass over ``n`` octets; how many of them are not there."""
        while n and (piece := self.some()):
            part = min(n, len(piece))
            self.used(part)
            n -= part
        return n


def _shade(length: float) -> str:
    if not length:
        return " "
    steps = max(0, int(length).bit_length() - 1)
    return SHADES[max(0, len(SHADES) - 1 - steps)]


def _camel(name: str) -> str:
    """``hw_resolution`` → ``HWResolution``, ``cups_bits_per_color`` → ``cupsBitsPerColor``."""
    parts = name.split("_")
    first = "cups" if parts[0] == "cups" else parts[0].capitalize()
    text = first + "".join(part.capitalize() for part in parts[1:])
    return text.replace("HwRes", "HWRes").replace("Bbox", "BBox")


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, IntEnum):
        return f"{value.name.lower().replace('_', ' ')} ({int(value)})"
    if isinstance(value, bytes):
        return value.rstrip(b"\0").hex(" ") or "none"
    if isinstance(value, tuple):
        return ", ".join(str(part) for part in value) if any(value) else "none"
    return str(value) if value != "" else "not given"


def _keyword(words: tuple[str, ...]) -> Callable[[int], str]:
    return lambda value: f"{words[value]} ({value})" if value < len(words) else f"unknown ({value})"


def _unit(unit: str, zero: str = "") -> Callable[[int], str]:
    return lambda value: zero if zero and not value else f"{value} {unit.removesuffix('s') if value == 1 else unit}"


def _transform(value: int) -> str:
    return {1: "as it is (1)", -1: "mirrored (-1)"}.get(value, f"unknown ({value})")


def _pair(unit: str) -> Callable[[tuple[float, float]], str]:
    return lambda value: f"{value[0]:g} × {value[1]:g} {unit}"


_WORDS: dict[tuple[type | None, str], Callable[[Any], str]] = {
    (None, "hw_resolution"): _pair("dpi"),
    (None, "page_size"): _pair("points"),
    (None, "cups_page_size"): _pair("points"),
    (None, "width"): _unit("pixels"),
    (None, "height"): _unit("lines"),
    (None, "cups_width"): _unit("pixels"),
    (None, "cups_height"): _unit("lines"),
    (None, "num_copies"): lambda value: str(value or "not given"),
    (PwgHeader, "media_position"): _keyword(MEDIA_POSITIONS),
    (PwgHeader, "media_weight_metric"): _unit("g/m²", "not given"),
    (PwgHeader, "total_page_count"): _unit("pages", "unknown"),
    (PwgHeader, "cross_feed_transform"): _transform,
    (PwgHeader, "feed_transform"): _transform,
    (PwgHeader, "color_order"): lambda value: "chunky (0)" if value == 0 else f"unknown ({value})",
    (PwgHeader, "alternate_primary"): lambda value: f"#{value:06x}",
    (PwgHeader, "vendor_identifier"): lambda value: f"{value:04x}" if value else "none",
    (UrfHeader, "media_type"): _keyword(MEDIA_TYPES),
    (UrfHeader, "input_slot"): _keyword(MEDIA_POSITIONS),
    (UrfHeader, "output_bin"): _keyword(OUTPUT_BINS),
    (UrfHeader, "copies"): lambda value: str(value or "not given"),
    (UrfHeader, "resolution"): _unit("dpi"),
}
