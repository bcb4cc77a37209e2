"""Fonts of the system for plain text: a monospaced one, and for each character one that has it.

Runs in the renderer process only. Coverage is read from a font file's ``cmap`` table (OpenType 1.9, "cmap"),
formats 4 and 12; a font that can't be read is passed over.
"""

from __future__ import annotations

import os
import re
import struct
from bisect import bisect_right
from collections.abc import Iterable
from functools import lru_cache

from PIL import ImageFont

MOST = 600
"""Font files looked at."""
_FILE = re.compile(r"\.(ttf|otf|ttc)$", re.IGNORECASE)
_STYLED = re.compile(
    r"bold|italic|oblique|black|light|thin|medium|heavy|condensed|-it\b|-bd\b|emoji|math", re.IGNORECASE
)
_FAVOURITES = (
    "dejavusansmono",
    "liberationmono",
    "notosansmono-",
    "nimbusmonops",
    "freemono",
    "cousine",
    "ubuntumono",
)


class Fonts:
    """``primary`` draws what it can; ``path_for`` finds another font for the rest."""

    def __init__(self, folders: Iterable[str]) -> None:
        self._paths = sorted(_files(folders), key=_rank)[:MOST]
        self._coverage: dict[str, list[int]] = {}
        self._found: dict[str, str] = {}
        self.primary = next((path for path in self._paths if _covers(self._ranges(path), ord("A"))), None)

    def path_for(self, char: str) -> str:
        """The first font that has the character; the primary one, which draws a box, if none has."""
        found = self._found.get(char)
        if found is None:
            assert self.primary is not None
            order = (self.primary, *self._paths)
            point = ord(char)
            found = next((path for path in order if _covers(self._ranges(path), point)), self.primary)
            self._found[char] = found
        return found

    def _ranges(self, path: str) -> list[int]:
        if path not in self._coverage:
            try:
                self._coverage[path] = _read_cmap(path)
            except (OSError, struct.error, ValueError, IndexError):
                self._coverage[path] = []
        return self._coverage[path]


@lru_cache(32)
def load(path: str, size: float) -> ImageFont.FreeTypeFont:
    """A font at a size in pixels."""
    return ImageFont.truetype(path, size)


def is_monospaced(font: ImageFont.FreeTypeFont) -> bool:
    return abs(font.getlength("iiii") - font.getlength("MMMM")) < 0.01 * font.getlength("MMMM")


def _files(folders: Iterable[str]) -> Iterable[str]:
    for folder in folders:
        for root, _, names in os.walk(folder):
            yield from (os.path.join(root, name) for name in sorted(names) if _FILE.search(name))


def _rank(path: str) -> tuple[int, int, str]:
    """Monospaced favourites first, then other monospaced ones, then the rest; plain styles before others."""
    name = os.path.basename(path).lower()
    styled = 1 if _STYLED.search(name) else 0
    for rank, favourite in enumerate(_FAVOURITES):
        if name.startswith(favourite):
            return styled, rank, name
    return styled, len(_FAVOURITES) + ("mono" not in name), name


def _covers(ranges: list[int], point: int) -> bool:
    """``ranges`` holds first and last + 1 in turn, ascending."""
    return bisect_right(ranges, point) % 2 == 1


def _read_cmap(path: str) -> list[int]:
    with open(path, "rb") as file:
        head = file.read(12)
        if head[:4] == b"ttcf":
            (start,) = struct.unpack(">I", file.read(4))
            file.seek(start)
            head = file.read(12)
        (count,) = struct.unpack(">H", head[4:6])
        tables = file.read(16 * count)
        for index in range(count):
            tag, _, offset, length = struct.unpack_from(">4sIII", tables, 16 * index)
            if tag == b"cmap" and length <= 1 << 22:
                file.seek(offset)
                return _parse_cmap(file.read(length))
    return []


def _parse_cmap(table: bytes) -> list[int]:
    """The ranges of the best Unicode subtable."""
    (count,) = struct.unpack_from(">H", table, 2)
    best: list[int] = []
    for index in range(count):
        platform, encoding, offset = struct.unpack_from(">HHI", table, 4 + 8 * index)
        if (platform, encoding) not in ((0, 3), (0, 4), (0, 6), (3, 1), (3, 10)):
            continue
        (kind,) = struct.unpack_from(">H", table, offset)
        ranges = _format_12(table, offset) if kind == 12 else _format_4(table, offset) if kind == 4 else []
        best = max(best, ranges, key=len)
    return best


def _format_12(table: bytes, offset: int) -> list[int]:
    (groups,) = struct.unpack_from(">I", table, offset + 12)
    flat: list[int] = []
    for index in range(min(groups, 1 << 16)):
        first, last, _ = struct.unpack_from(">III", table, offset + 16 + 12 * index)
        _append(flat, first, last)
    return flat


def _format_4(table: bytes, offset: int) -> list[int]:
    (double,) = struct.unpack_from(">H", table, offset + 6)
    lasts = struct.unpack_from(f">{double // 2}H", table, offset + 14)
    firsts = struct.unpack_from(f">{double // 2}H", table, offset + 16 + double)
    flat: list[int] = []
    for first, last in zip(firsts, lasts, strict=True):
        if last != 0xFFFF:
            _append(flat, first, last)
    return flat


def _append(flat: list[int], first: int, last: int) -> None:
    if first > last or (flat and first < flat[-1]):
        return
    if flat and flat[-1] == first:
        flat[-1] = last + 1
    else:
        flat += (first, last + 1)
