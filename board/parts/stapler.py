"""The staple cartridge as the control socket shows and fills it (``inkstand ctl staples``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass
class StapleDesk:
    """``left`` counts the staples in the cartridge, of which ``full`` fit; ``load`` tells that it is full again."""

    full: int
    left: Callable[[], int]
    load: Callable[[], object]

    def state(self) -> dict[str, Any]:
        return {"staples": self.left(), "full": self.full}

    def set(self, changes: Mapping[str, Any]) -> None:
        """``{"load": true}`` puts a full cartridge in. ValueError for anything else."""
        if changes != {"load": True}:
            raise ValueError("a cartridge can only be put in full")
        self.load()
