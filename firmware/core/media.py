"""PWG 5101.1 self-describing media size names, to lengths and back."""

from __future__ import annotations

import re
from functools import cache

from firmware.core.ticket import Media
from firmware.ipp import Attribute, Collection, Keyword, RangeOfInteger

HUNDREDTHS = {"mm": 100, "in": 2540}
"""1/100 mm in one unit of a name."""

_NAME = re.compile(
    r"(?P<class>custom|na|asme|roc|oe|roll|iso|jis|jpn|prc|om|disc)_(?P<size>[a-zA-Z0-9][-.a-zA-Z0-9_]*?)_"
    r"(?P<x>\d+(?:\.\d+)?)x(?P<y>\d+(?:\.\d+)?)(?P<unit>mm|in)"
)


@cache
def dimensions(name: str) -> tuple[int, int]:
    """(x, y) in 1/100 mm of a name such as ``iso_a4_210x297mm``; ValueError when it is no size name."""
    match = _NAME.fullmatch(name)
    if match is None:
        raise ValueError(f"no PWG media size name: {name!r}")
    scale = HUNDREDTHS[match["unit"]]
    return round(float(match["x"]) * scale), round(float(match["y"]) * scale)


def custom_name(x: int, y: int, prefix: str = "custom", label: str = "custom") -> str:
    """A name for a size in 1/100 mm, such as ``custom_custom_100x148.5mm``."""
    return f"{prefix}_{label}_{_millimetres(x)}x{_millimetres(y)}mm"


def _millimetres(hundredths: int) -> str:
    return f"{hundredths / 100:.2f}".rstrip("0").rstrip(".")


def short_name(name: str) -> str:
    """What people call it: ``A4``, ``Letter``, ``4x6``."""
    parts = name.split("_")
    label = parts[1] if len(parts) > 2 else name
    return label.upper() if re.fullmatch(r"[a-e]\d{1,2}", label) else label.replace("-", " ").capitalize()


def to_collection(sheet: Media, *, source: bool = True) -> Collection:
    """A sheet as media-col (PWG 5100.7)."""
    members = [
        Attribute("media-size", size_collection(sheet.width, sheet.height)),
        Attribute("media-size-name", Keyword(sheet.name)),
        Attribute("media-bottom-margin", sheet.bottom),
        Attribute("media-left-margin", sheet.left),
        Attribute("media-right-margin", sheet.right),
        Attribute("media-top-margin", sheet.top),
        Attribute("media-type", Keyword(sheet.type)),
    ]
    if source:
        members.append(Attribute("media-source", Keyword(sheet.source)))
    if sheet.color:
        members.append(Attribute("media-color", Keyword(sheet.color)))
    if sheet.weight:
        members.append(Attribute("media-weight-metric", sheet.weight))
    if sheet.tracking:
        members.append(Attribute("media-tracking", Keyword(sheet.tracking)))
    if sheet.top_offset:
        members.append(Attribute("media-top-offset", sheet.top_offset))
    return Collection.of(members)


def size_collection(x: int | RangeOfInteger, y: int | RangeOfInteger) -> Collection:
    return Collection.of([Attribute("x-dimension", x), Attribute("y-dimension", y)])
