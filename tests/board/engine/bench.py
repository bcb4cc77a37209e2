"""A workbench for engines: a mechanism on simulated wires, with other figures on either side where a test wants to see
a violation."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace

from board.engine.marking import Engine, Marked
from board.engine.mechanism import HEADS, Mechanism, load_head
from board.engine.paper import marked
from board.parts.head_wired import WiredHead, WiredMotor, WiredSensors
from board.parts.wires_simulated import SimulatedWires

NAMES = sorted(path.stem for path in HEADS.glob("*.toml"))


def changed(mechanism: Mechanism, section: str, **values: Any) -> Mechanism:
    """The mechanism with other figures in one section."""
    return replace(mechanism, **{section: replace(getattr(mechanism, section), **values)})


@dataclass
class Bench:
    """``real`` is the mechanism that stands on the bench, ``believed`` what the engine takes it for."""

    real: Mechanism
    believed: Mechanism | None = None
    head: type[WiredHead] = WiredHead
    lines: list[Marked] = field(default_factory=list)

    def __post_init__(self) -> None:
        mechanism = self.believed or self.real
        self.wires = wires = SimulatedWires(self.real, "standard")
        self.engine = Engine(
            mechanism,
            "standard",
            self.head(mechanism, wires),
            WiredMotor(wires),
            WiredSensors(mechanism, wires),
            wires.now,
            wires.wait,
        )
        self.engine.watch = self.lines.append

    def print(self, lines: list[int]) -> list[int]:
        """Mark lines (bits, the leftmost dot highest in whole octets); those that are seen on the paper."""
        for line in lines:
            self.engine.feed(line.to_bytes(self.real.octets))
        while self.engine.waiting:
            self.engine.mark()
        return self.seen()

    def seen(self) -> list[int]:
        """What is on the paper since it was last looked at."""
        return marked(self.wires.strip.cut(), self.real.dots)

    @property
    def broken(self) -> set[str]:
        return {violation.rule for violation in self.wires.rules.broken}


def bench(name: str = "ltpd245") -> Bench:
    return Bench(load_head(name))
