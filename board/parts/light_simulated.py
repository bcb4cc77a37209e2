"""A status light that remembers what it showed."""

from __future__ import annotations

from firmware.ports import LightState


class SimulatedLight:
    """The port StatusLight; ``shown`` is all that it showed, in order."""

    def __init__(self) -> None:
        self.shown: list[LightState] = []
        self.lit = False

    def show(self, state: LightState) -> None:
        self.shown.append(state)
        self.lit = True

    def close(self) -> None:
        self.lit = False
