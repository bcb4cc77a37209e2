"""PDFs made by hand, object by object, for tests: boxes, turns, forms, and files that are meant to hurt."""

from __future__ import annotations

import random
from collections.abc import Iterable

CHARACTERS = range(33, 127)
"""Those that the font has glyphs for."""


WORDS = ["the", "quick", "brown", "fox", "jumps", "over", "a", "lazy", "dog", "and", "sleeps"]


def font(first: int) -> str:
    """A Type 3 font that every renderer draws alike; its glyphs are the objects from ``first`` on."""
    names = " ".join(f"/c{code}" for code in CHARACTERS)
    glyphs = " ".join(f"/c{code} {first + index} 0 R" for index, code in enumerate(CHARACTERS))
    return (
        "<< /Type /Font /Subtype /Type3 /FontBBox [0 0 6 8] /FontMatrix [0.125 0 0 0.125 0 0] /Resources << >>"
        f" /FirstChar 32 /LastChar 126 /Widths [{'5 ' * 95}] /CharProcs << {glyphs} >>"
        f" /Encoding << /Type /Encoding /Differences [33 {names}] >> >>"
    )


def glyph(code: int) -> str:
    """Squares in a grid of 4 by 6, different for each character."""
    rng = random.Random(code)
    cells = [(x, y) for x in range(4) for y in range(6) if rng.random() < 0.6]
    content = "5 0 0 0 5 8 d1 " + " ".join(f"{x} {y} 1 1 re" for x, y in cells) + " f"
    return stream(content)


def stream(content: str, entries: str = "") -> str:
    return f"<< {entries} /Length {len(content)} >>\nstream\n{content}\nendstream"


def pdf(pages: Iterable[str], contents: Iterable[str], catalog: str = "", extra: Iterable[str] = ()) -> bytes:
    """Objects: 1 catalog, 2 page tree, 3 font, then ``extra`` ones from 4 on, then a page and its content
    each.

    ``pages`` are the entries of each page's dictionary, such as ``/MediaBox [0 0 595 842]``.
    """
    extra, pages, contents = list(extra), list(pages), list(contents)
    first = 4 + len(extra)
    kids = " ".join(f"{first + 2 * i} 0 R" for i in range(len(pages)))
    objects = [
        f"<< /Type /Catalog /Pages 2 0 R {catalog} >>",
        f"<< /Type /Pages /Count {len(pages)} /Kids [{kids}] >>",
        font(first + 2 * len(pages)),
        *extra,
    ]
    for i, (page, content) in enumerate(zip(pages, contents, strict=True)):
        resources = "" if "/Resources" in page else "/Resources << /Font << /F 3 0 R >> >>"
        objects.append(f"<< /Type /Page /Parent 2 0 R {page} {resources} /Contents {first + 2 * i + 1} 0 R >>")
        objects.append(stream(content))
    objects += map(glyph, CHARACTERS)
    out = bytearray(b"%PDF-1.7\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1")
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{offset:010d} 00000 n \n".encode() for offset in offsets)
    out += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(out)


def text(lines: int, words: str, size: float = 13, top: float = 560) -> str:
    """Lines of text down a page."""
    rows = " ".join(f"({words} {row}) Tj 0 -{size * 1.3} Td" for row in range(lines))
    return f"BT /F {size} Tf 35 {top} Td {rows} ET"


def document(count: int, box: str = "[0 0 420 595]") -> bytes:
    """Pages full of text, A5, with a coloured bar and a slanted line, each page different."""
    words = [" ".join(random.Random(number).sample(WORDS, len(WORDS))) for number in range(count + 1)]
    contents = [
        text(30, f"Page {number}: {words[number]}, line")
        + f" 1 0 0 rg {40 * number} 40 80 40 re f 0 0.2 1 RG 4 w 70 {70 * number} m 350 {530 - 60 * number} l S"
        for number in range(1, count + 1)
    ]
    return pdf([f"/MediaBox {box}"] * count, contents)
