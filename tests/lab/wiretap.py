"""What a print head's wires carried, as the laboratory's recorder (``modules/headlab.c``) tells it, and the page that
somebody rebuilds who has nothing but that, the head's data sheet and the circuit.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from board.engine.mechanism import Mechanism
from board.engine.rules import Rules

LATCH, SUPPLY, HEARTBEAT, PAPER, COVER = 0, 1, 2, 13, 14
SELECT, PHASE = range(3, 9), range(9, 13)
LINES = 16
"""GPIO lines of the laboratory's head, by their offsets on its chip."""
WIRES = """
[wires]
chip = "/dev/{chip}"
data = "/dev/{data}"
latch = 0
supply = 1
heartbeat = 2
[wires.strobe]
pulse = "/dev/{pulse}"
select = [3, 4, 5, 6, 7, 8]
[wires.motor]
phases = [9, 10, 11, 12]
[wires.inputs]
paper = {{ line = 13, inverted = true }}
cover = 14
[wires.thermistor]
file = "{thermistor}"
full = 4095
[wires.volts]
file = "{volts}"
full = 4095
volts = 10.0
"""
FULL_STEPS = [(1, 0, 1, 0), (0, 1, 1, 0), (0, 1, 0, 1), (1, 0, 0, 1)]
_HEAD = struct.Struct("<QIIII")


@dataclass(frozen=True)
class Event:
    """Something that happened on a wire."""

    us: float
    kind: str
    """``data`` and ``pulse`` are SPI transfers that began; ``line`` was set."""
    a: int
    """Hz of a transfer, number of a line."""
    b: int
    octets: bytes


def events(record: bytes) -> Iterator[Event]:
    at = 0
    while at < len(record):
        time, kind, a, b, length = _HEAD.unpack_from(record, at)
        at += _HEAD.size
        yield Event(time / 1e3, ("data", "pulse", "line")[kind], a, b, record[at : at + length])
        at += length


@dataclass
class Rebuilt:
    """The paper, and what was seen on the way. ``base`` is the kernel's number of the chip's first line."""

    mechanism: Mechanism
    base: int
    lines: list[int] = field(default_factory=lambda: [0])
    """Dots that were heated, line by line; the last line is still at the head."""
    pulses: int = 0
    beats: int = 0
    unsupplied: int = 0
    """Pulses while the supply was off."""

    def __post_init__(self) -> None:
        self.rules = Rules(self.mechanism)
        self._levels = {LATCH: 1}  # at rest
        self._register = self._latched = 0
        self._latch_began = 0.0
        self._step: int | None = None
        self._steps = 0

    def take(self, record: bytes) -> Rebuilt:
        for event in events(record):
            if event.kind == "data":
                self._register = int.from_bytes(event.octets)
                self.rules.shifted(event.us + 8e6 * len(event.octets) / event.a)
            elif event.kind == "pulse":
                self._pulse(event)
            elif 0 <= event.a - self.base < LINES:
                before = self._levels.get(event.a - self.base, 0)
                self._levels[event.a - self.base] = event.b
                self._line(event.a - self.base, before, event.us)
        return self

    def _line(self, line: int, before: int, us: float) -> None:
        now = self._levels[line]
        if line == LATCH and before and not now:
            self._latch_began = us
        elif line == LATCH and now and not before:
            self._latched = self._register
            self.rules.latched(self._latch_began, us)
        elif line == HEARTBEAT:
            self.beats += now != before
        elif line in PHASE:
            self._turn()

    def _pulse(self, event: Event) -> None:
        """The circuit: gates let the pulse through to the groups that are selected."""
        bits = "".join(f"{octet:08b}" for octet in event.octets)
        ones = bits.count("1")
        assert "1" * ones in bits, "one pulse in one transfer"
        groups = [index for index, line in enumerate(SELECT) if self._levels.get(line)]
        if not groups:
            return
        self.pulses += 1
        if not self._levels.get(SUPPLY):
            self.unsupplied += 1
            return
        lit = self._latched & sum(self.mechanism.masks[index] for index in groups)
        self.lines[-1] |= lit
        heat, width = self.mechanism.heat, 8 * self.mechanism.octets
        dots = [dot for dot in range(self.mechanism.dots) if lit >> (width - 1 - dot) & 1]
        draw = heat.volts / (heat.resistance + heat.driver + heat.common * len(dots))
        began = event.us + bits.index("1") * 1e6 / event.a if ones else event.us
        self.rules.strobe(dots, draw * len(dots), began, ones * 1e6 / event.a, "")

    def _turn(self) -> None:
        """The motor goes on when its windings have come to the next full step; halfway there it stays."""
        windings = tuple(self._levels.get(line, 0) for line in PHASE)
        if windings not in FULL_STEPS:
            return
        now = FULL_STEPS.index(windings)
        if now == self._step:
            return
        assert self._step is None or (now - self._step) % 4 == 1, "the motor is jerked"
        self._step = now
        self._steps += 1
        if self._steps % self.mechanism.motor.steps_per_line == 0:
            self.lines.append(0)
            self.rules.line_over()
