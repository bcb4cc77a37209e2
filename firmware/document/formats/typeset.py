"""Plain text to pages of lines of at most so many columns. Pure.

Tabs stop at every eighth column, form feeds end the page, lines break at a space where there is one. Terminal
decorations (backspaces that overstrike, escape sequences) are taken out, other control characters are
dropped.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

TAB = 8
_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[ -/]*[0-~])?")
_OVERSTRUCK = re.compile(r".\x08")
_BREAK = re.compile(r"\r\n|[\r\n\v\x85\u2028]")


def decode(data: bytes) -> str:
    """UTF-8; UTF-16 with a byte order mark; otherwise Latin-1, whose control characters 0x80 … 0x9F are taken
    as the letters and quotes that Windows writes there."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def pages(text: str, columns: int, lines: int) -> Iterator[list[str]]:
    """Each page's lines. A form feed at the very end begins no page."""
    for part in _split(text, "\f"):
        page: list[str] = []
        for line in _lines(part):
            for row in wrap(clean(line), columns):
                page.append(row)
                if len(page) == lines:
                    yield page
                    page = []
        if page or not part:
            yield page


def _split(text: str, separator: str) -> Iterator[str]:
    start = 0
    while (end := text.find(separator, start)) >= 0:
        yield text[start:end]
        start = end + 1
    if start < len(text):
        yield text[start:]


def _lines(text: str) -> Iterator[str]:
    start = 0
    for found in _BREAK.finditer(text):
        yield text[start : found.start()]
        start = found.end()
    if start < len(text):
        yield text[start:]


def clean(line: str) -> str:
    """Without decorations; tabs become spaces."""
    line = _ESCAPE.sub("", line)
    while "\b" in line:
        line, count = _OVERSTRUCK.subn("", line)
        if not count:
            line = line.replace("\b", "")
    if line.isascii() and line.isprintable():
        return line
    out: list[str] = []
    column = 0
    for char in line:
        if char == "\t":
            step = TAB - column % TAB
            out.append(" " * step)
            column += step
        elif not unicodedata.category(char).startswith("C") or char in "\u200c\u200d":
            out.append(char)
            column += width(char)
    return "".join(out)


def wrap(line: str, columns: int) -> Iterator[str]:
    """Rows of at most ``columns`` cells. A line without a space in its second half is cut."""
    start = 0
    while True:
        end = _reach(line, start, columns)
        if end == len(line):
            yield line[start:]
            return
        space = line.rfind(" ", start + (end - start) // 2, end + 1)
        if space >= 0:
            yield line[start:space]
            start = space + 1
        else:
            yield line[start:end]
            start = end


def _reach(line: str, start: int, columns: int) -> int:
    """How far a row goes that begins at ``start``: at least one character."""
    if line.isascii():
        return min(len(line), start + columns)
    cells = 0
    for index in range(start, len(line)):
        cells += width(line[index])
        if cells > columns and index > start:
            return index
    return len(line)


@lru_cache(1 << 14)
def width(char: str) -> int:
    """Cells that a character takes: 2 for wide East Asian ones, 0 for marks that go over or under the one
    before."""
    if unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1
