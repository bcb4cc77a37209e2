"""Simulated input trays: they hold what the model says until somebody loads something else (``inkstand ctl load``).

With an attentive operator nothing is ever missing: trays are filled up as they are used, and media that is in none of
them is fed by hand. Without one each tray holds its capacity and runs empty. A tray that was loaded by command holds
what was said, whoever is there.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

from firmware.core.errors import PartError
from firmware.core.media import dimensions, short_name
from firmware.core.model import Tray
from firmware.core.ticket import Media

SLACK = 100
"""1/100 mm by which a sheet may differ from what is asked for."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What lies in one tray."""

    source: str
    size: str
    type: str
    sheets: int | None
    """None: as many as are wanted."""
    color: str = ""
    weight: int = 0

    def suits(self, media: Media) -> bool:
        if not self.size or media.source not in ("auto", self.source):
            return False
        width, height = dimensions(self.size)
        wide = abs(width - media.width) <= SLACK
        long = abs(height - media.height) <= SLACK or self.size.startswith("roll_")
        return wide and long and all(
            asked in ("", "auto", 0, mine)
            for asked, mine in ((media.type, self.type), (media.color, self.color), (media.weight, self.weight))
        )  # fmt: skip


class SimulatedTrays:
    """``changed`` is told of every tray that changes, in whichever thread it does."""

    def __init__(self, trays: Iterable[Tray], attentive: bool, changed: Callable[[Loaded], None]) -> None:
        self.attentive = attentive
        self._changed = changed
        self._loaded = {
            tray.source: Loaded(
                tray.source, tray.size, tray.type, None if attentive else tray.capacity, tray.color, tray.weight
            )
            for tray in trays
        }
        self._lock = threading.Lock()

    @property
    def loaded(self) -> list[Loaded]:
        with self._lock:
            return list(self._loaded.values())

    def load(self, source: str, size: str, kind: str = "", sheets: int | None = None) -> None:
        """Put other media into a tray, or take all out (no ``size``). ValueError says what is wrong."""
        if source not in self._loaded:
            raise ValueError(f"there is no tray {source!r}; there are: {', '.join(self._loaded)}")
        if size:
            dimensions(size)
        if sheets is not None and sheets < 0:
            raise ValueError(f"{sheets} sheets can't be loaded")
        with self._lock:
            before = self._loaded[source]
            kind = kind or before.type
            now = Loaded(source, size, kind, sheets, before.color, before.weight) if size else empty(before)
            self._loaded[source] = now
        self._changed(now)

    def take(self, media: Media) -> Media:
        with self._lock:
            suited = [tray for tray in self._loaded.values() if tray.suits(media)]
            tray = next((tray for tray in suited if tray.sheets != 0), None)
            if tray is None:
                if suited:
                    name = short_name(suited[0].size)
                    raise PartError(
                        "media-empty", f"tray {suited[0].source} is empty: put {name} into it", partial(self.has, media)
                    )
                if not self.attentive:
                    raise PartError("media-needed", f"load {_told(media)}", partial(self.has, media))
                return replace(media, source=next(iter(self._loaded)) if media.source == "auto" else media.source)
            if tray.sheets is not None:
                tray = replace(tray, sheets=tray.sheets - 1)
                self._loaded[tray.source] = tray
        if tray.sheets is not None:
            self._changed(tray)
        color, weight = media.color or tray.color, media.weight or tray.weight
        return replace(media, source=tray.source, type=tray.type, color=color, weight=weight)

    def has(self, media: Media) -> bool:
        """Could a sheet be taken now?"""
        with self._lock:
            return any(tray.suits(media) and tray.sheets != 0 for tray in self._loaded.values())


class TrayDesk:
    """The trays as the control socket shows and changes them."""

    def __init__(self, trays: SimulatedTrays) -> None:
        self._trays = trays

    def state(self) -> dict[str, Any]:
        return {"trays": [asdict(tray) for tray in self._trays.loaded]}

    def set(self, changes: Mapping[str, Any]) -> None:
        """Load ``tray`` with ``size``, ``type`` and ``sheets``; without a size it is emptied. ValueError for what
        can't be."""
        sheets = changes.get("sheets")
        if sheets is not None and type(sheets) is not int:
            raise ValueError("sheets is no number")
        size, kind = str(changes.get("size") or ""), str(changes.get("type") or "")
        self._trays.load(str(changes.get("tray")), size, kind, sheets)


def empty(tray: Loaded) -> Loaded:
    return replace(tray, size="", sheets=0)


def _told(media: Media) -> str:
    kind = "" if media.type in ("auto", "") else f" ({media.type})"
    where = "" if media.source == "auto" else f" into {media.source}"
    return f"{short_name(media.name)}{kind}{where}"
