"""Finishing as geometry (PWG 5100.1): what staples, holes, folds and cuts a named finishing makes, and where.

Lengths are 1/100 mm, on the front of the upright sheet as it lies in portrait; the values of ``finishings`` do not turn
with orientation-requested (RFC 8011 section 5.2.6: it is the client who turns them). The members of
``finishings-col`` count locations along an edge from the sheet's lower left corner and offsets from the edge inward.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

EDGES = ("bottom", "left", "right", "top")
STAPLE = 1200
"""Length of a staple."""
HOLE = 600
"""Diameter of a hole (ISO 838)."""
FROM_EDGE = {"staple": 600, "punch": 1200, "corner": 900}
"""Where marks of a named finishing lie, from the edge inward."""
SPACING = {"dual": (-4000, 4000), "triple": (-10800, 0, 10800), "quad": (-12000, -4000, 4000, 12000)}
"""Holes along an edge, from its middle: ISO 838 for two and four, the American 4 1/4 inches for three."""
SHARES = {"dual": (0.25, 0.75), "triple": (1 / 6, 0.5, 5 / 6)}
"""Staples along an edge, as shares of its length."""
FOLDS = {"fold-half": (0.5,), "fold-letter": (1 / 3, 2 / 3), "fold-z": (1 / 3, 2 / 3), "fold-half-z": (0.5, 0.75)}
"""Folds, as shares of the sheet's long edge from the top."""
PLAIN = {"staple": "staple-top-left", "punch": "punch-dual-left", "fold": "fold-half", "trim": "trim-after-pages"}
"""What the values without a place stand for here."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Something done to the sheet. ``x`` and ``y`` are from its top left corner, of a staple's or hole's centre; a fold
    runs all through the sheet at ``x`` (``turn`` 90: upright) or ``y`` (``turn`` 0)."""

    kind: str
    """``staple``, ``hole`` or ``fold``."""
    x: int
    y: int
    turn: int = 0
    """Degrees counter-clockwise from lying flat."""

    def from_behind(self, width: int, height: int, sides: str) -> Mark:
        """The same mark on the back of the sheet, which is turned over about the edge that ``sides`` names."""
        upright = (sides == "two-sided-short-edge") == (width > height)
        place = (width - self.x, self.y) if upright else (self.x, height - self.y)
        return replace(self, x=place[0], y=place[1], turn=-self.turn % 180)


@dataclass(frozen=True, slots=True)
class Finishing:
    """One thing to be done: by name alone, or with explicit places."""

    name: str
    """A finishing-template, such as ``staple-top-left``; the family (``staple``, ``punch``) for explicit places."""
    edge: str = ""
    offset: int = 0
    locations: tuple[int, ...] = ()
    angle: int = 0

    @property
    def family(self) -> str:
        """``staple``, ``punch``, ``fold``, ``trim``, ``booklet`` …"""
        return self.name.partition("-")[0]

    @property
    def when(self) -> str:
        """What a trimming comes after: ``pages``, ``documents``, ``copies`` or ``job``."""
        return PLAIN.get(self.name, self.name).rpartition("-")[2]

    def marks(self, width: int, height: int) -> tuple[Mark, ...]:
        """On the front of a sheet of this size."""
        name = PLAIN.get(self.name, self.name) if not self.edge else self.name
        if name == "booklet-maker":
            return _saddle(width, height)
        if self.family == "fold":
            return self._folds(name, width, height)
        kind = {"staple": "staple", "punch": "hole"}.get(self.family)
        if kind is None:
            return ()
        if self.edge:
            along = self.edge, self.offset
            return tuple(_at(kind, *along, place, width, height, self.angle) for place in self.locations)
        return _named(kind, self.family, name.split("-")[1:], width, height)

    def _folds(self, name: str, width: int, height: int) -> tuple[Mark, ...]:
        if self.edge:
            place = _at("fold", self.edge, self.offset, 0, width, height)
            return (replace(place, turn=90 if self.edge in ("left", "right") else 0),)
        return tuple(_across(share, width, height) for share in FOLDS.get(name, ()))


def _across(share: float, width: int, height: int) -> Mark:
    """A fold across the long edge."""
    if width > height:
        return Mark("fold", round(width * share), height // 2, 90)
    return Mark("fold", width // 2, round(height * share), 0)


def _saddle(width: int, height: int) -> tuple[Mark, ...]:
    """Two staples on the fold in the middle."""
    fold = _across(0.5, width, height)
    if fold.turn:
        return fold, *(Mark("staple", fold.x, round(height * share), 90) for share in SHARES["dual"])
    return fold, *(Mark("staple", round(width * share), fold.y, 0) for share in SHARES["dual"])


def _named(kind: str, family: str, words: list[str], width: int, height: int) -> tuple[Mark, ...]:
    many, edge = words
    length = height if edge in ("left", "right") else width
    if many in SPACING:
        places = [round(length / 2 + step) for step in SPACING[many]]
        if kind == "staple":
            places = [round(length * share) for share in SHARES[many]]
        return tuple(_at(kind, edge, FROM_EDGE[family], place, width, height) for place in places)
    # a corner, such as top-left
    inset = FROM_EDGE["corner" if kind == "staple" else "punch"]
    x = inset if edge == "left" else width - inset
    y = inset if many == "top" else height - inset
    return (Mark(kind, x, y, (45 if (many == "top") == (edge == "left") else 135) if kind == "staple" else 0),)


def _at(kind: str, edge: str, offset: int, place: int, width: int, height: int, angle: int = 0) -> Mark:
    """A mark that lies along an edge."""
    if edge in ("left", "right"):
        return Mark(kind, offset if edge == "left" else width - offset, height - place, (90 + angle) % 180)
    return Mark(kind, place, offset if edge == "top" else height - offset, angle % 180)
