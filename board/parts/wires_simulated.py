"""Simulated wires with a mechanism at their other end: it takes octets, levels, pulses and steps at their times, and
computes what lands on the paper. It can be told to fail.

The mechanism is read here from its data sheet once more, on its own: nothing of what plans and marks is used.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field

from board.engine.mechanism import Mechanism
from board.engine.paper import Strip
from board.engine.rules import Rules

EACH_US = 1.0
"""What setting or reading a line takes."""
DOT_COOLS_US = 1500.0
"""A dot loses 63 % of its heat in this time."""
KEEPS = 0.25
"""Share of a dot's heat of a moment ago that helps it now."""
HEAD_HOLDS = 12000.0
"""mJ that warm the head by a degree; it loses 63 % of that in ``HEAD_COOLS_US``."""
HEAD_COOLS_US = 40e6
BLADE_US = 300e3
"""What the blade takes there and back."""


@dataclass
class Faults:
    """What is wrong with the mechanism. Anything may change at any time."""

    cover_open: bool = False
    paper_left: int | None = None
    """Lines until the roll is empty; None is enough for ever."""
    thermistor: str = ""
    """``open`` or ``shorted``."""
    celsius: float | None = None
    """A temperature instead of the computed one."""
    volts: float | None = None
    spi: bool = False
    """The bus fails."""
    dead: set[int] = field(default_factory=set)
    """Dots that never get warm."""
    worn: dict[int, float] = field(default_factory=dict)
    """How many times their resistance dots have."""
    shorted: set[int] = field(default_factory=set)
    """Dots that are on with every strobe of their group."""
    slip: int = 0
    """Every so many steps, one does not move the paper."""
    cutter_jam: bool = False
    """The blade gets stuck on its way."""
    label_waits: bool = False
    """Nobody takes the label that hangs at the peeler."""
    skew: float = 0.0
    """Lines by which the right end of the head lies behind the left one."""


class SimulatedWires:
    """``Wires`` with a virtual clock. With ``pace`` that clock is not ahead of the real one by more than a moment."""

    def __init__(self, mechanism: Mechanism, paper: str, *, ambient: float = 25.0, pace: bool = False) -> None:
        self.mechanism = mechanism
        self.faults = Faults()
        self.strip = Strip(mechanism.dots)
        self.rules = Rules(mechanism)
        self._needs = mechanism.paper(paper)
        self.labels: tuple[int, int] | None = None
        """On a roll of labels: lines of a label, and of the gap behind it."""
        self._ambient = ambient
        self._time = 0.0
        self._pace = pace
        self._started = time.monotonic()
        self._register = 0
        self._latched = 0
        self._latch_high = mechanism.latch.active == "low"
        self._latch_began = 0.0
        self._supply = False
        self._head = ambient
        self._head_at = 0.0
        self._warm = [0.0] * mechanism.dots
        self._warm_at = [0.0] * mechanism.dots
        self._steps = 0
        self._taken = 0
        self._lines = 0
        self._groups = self._group_dots()
        self._blade = 0.0
        """How far it is on its way there and back; it leaves its home at a twentieth."""
        self._cutting: float | None = None
        """When it would have set out, had it gone without a rest."""
        self.cuts: list[int] = []
        """Where the paper was cut: lines that had passed the head by then."""

    @property
    def celsius(self) -> float:
        """The head's temperature."""
        if self.faults.celsius is not None:
            return self.faults.celsius
        gone = self._time - self._head_at
        self._head = self._ambient + (self._head - self._ambient) * math.exp(-gone / HEAD_COOLS_US)
        self._head_at = self._time
        return self._head

    # ------------------------------------------------------------------------------------------- Wires

    def now(self) -> float:
        return self._time

    def wait(self, until: float) -> None:
        if until > self._time:
            self._pass(until - self._time)

    def shift(self, data: bytes) -> None:
        if self.faults.spi:
            raise OSError(5, "Input/output error")
        self._pass(8e6 * len(data) / self.mechanism.shift.clock_hz)
        width = 8 * self.mechanism.octets
        if self.mechanism.shift.black == "low":
            data = bytes(octet ^ 0xFF for octet in data)
        bits = int.from_bytes(data)
        if self.mechanism.shift.first == "right":
            bits = int(format(bits, f"0{width}b")[::-1], 2)
        self._register = bits
        self.rules.shifted(self._time)

    def set(self, line: str, high: bool) -> None:
        self._pass(EACH_US)
        if line == "latch":
            self._set_latch(high)
        elif line == "supply":
            self._supply = high
            self.rules.supply(high, self._time)
        elif line == "cutter":
            self._set_cutter(high)

    def strobe(self, groups: int, high: bool, us: float) -> None:
        if high is (self.mechanism.strobe.active == "high") and self._supply:
            self._fire(groups, us)
        self._pass(us)

    def step(self, steps: int) -> None:
        for _ in range(steps):
            self._taken += 1
            if self.faults.slip and self._taken % self.faults.slip == 0:
                continue
            self._steps += 1
            if self._steps == self.mechanism.motor.steps_per_line:
                self._steps = 0
                self._next_line()

    def release(self) -> None:
        self._pass(EACH_US)

    def get(self, line: str) -> bool:
        if line == "paper":
            return self.faults.paper_left is None or self.faults.paper_left > 0
        if line == "gap":
            ahead = round(self.mechanism.sensors.gap_distance / self.mechanism.pitch)
            return self.labels is not None and (self._lines + ahead) % sum(self.labels) >= self.labels[0]
        if line == "home":
            return not 0.05 < self._blade_at() < 1.0
        return self.faults.label_waits if line == "peeled" else self.faults.cover_open

    def analog(self, name: str) -> float:
        if name == "volts":
            return self.faults.volts if self.faults.volts is not None else self.mechanism.heat.volts
        ends = {"open": 1.0, "shorted": 0.0}
        if self.faults.thermistor:
            end = ends[self.faults.thermistor]
            return end if self.mechanism.thermistor.pull == "up" else 1.0 - end
        return self.mechanism.thermistor.share(self.celsius)

    # ------------------------------------------------------------------------------------------- physics

    def _set_latch(self, high: bool) -> None:
        active = self.mechanism.latch.active == "high"
        if high is active and self._latch_high is not active:
            self._latch_began = self._time
        elif high is not active and self._latch_high is active:
            self._latched = self._register
            self.rules.latched(self._latch_began, self._time)
        self._latch_high = high

    def _set_cutter(self, on: bool) -> None:
        if on:
            if self._blade == 0:
                self.cuts.append(self._lines)
            self._cutting = self._time - self._blade * BLADE_US
        else:
            self._blade = self._blade_at() % 1.0
            self._cutting = None

    def _blade_at(self) -> float:
        if self._cutting is None:
            return self._blade
        gone = (self._time - self._cutting) / BLADE_US
        return min(gone, 0.5 if self.faults.cutter_jam else 1.0)

    def _fire(self, groups: int, us: float) -> None:
        """Heat: each dot takes power by the voltage that is left for it."""
        heat, faults = self.mechanism.heat, self.faults
        dots = self._lit(groups)
        if not dots:
            return
        volts = faults.volts if faults.volts is not None else heat.volts
        draw = volts / (heat.resistance + heat.driver + heat.common * len(dots))
        self.rules.strobe(dots, draw * len(dots), self._time, us, self._harm())
        needed = max(self._needs.energy - self._needs.slope * (self.celsius - 25.0), 1e-6)
        total = 0.0
        for dot in dots:
            ohm = heat.resistance * faults.worn.get(dot, 1.0)
            amperes = volts / (ohm + heat.driver + heat.common * len(dots))
            millijoules = 0.0 if dot in faults.dead else amperes * amperes * ohm * us * 1e-3
            total += millijoules
            left = self._warm[dot] * math.exp((self._warm_at[dot] - self._time) / DOT_COOLS_US)
            self.strip.take(dot, (millijoules + KEEPS * left * (self._new_line(dot))) / needed, self._step_of(dot))
            self._warm[dot], self._warm_at[dot] = left + millijoules, self._time
        self._head += total / HEAD_HOLDS

    def _new_line(self, dot: int) -> bool:
        """Old heat counts once for each line."""
        row = self.strip.rows[-1]
        return row is None or row.shares[dot] == 0.0

    def _step_of(self, dot: int) -> int:
        late = self.faults.skew * dot / self.mechanism.dots * self.mechanism.motor.steps_per_line
        return min(self.mechanism.motor.steps_per_line - 1, self._steps + round(late))

    def _lit(self, groups: int) -> list[int]:
        width = 8 * self.mechanism.octets
        latched = self._latched
        lit = []
        for index, dots in enumerate(self._groups):
            if groups >> index & 1:
                lit += [dot for dot in dots if latched >> (width - 1 - dot) & 1 or dot in self.faults.shorted]
        return lit

    def _harm(self) -> str:
        """Why nothing should be fired now."""
        if self.faults.cover_open:
            return "the cover is open"
        if self.faults.paper_left == 0:
            return "there is no paper"
        if self.faults.thermistor:
            return f"the thermistor is {self.faults.thermistor}"
        if self.celsius > self.mechanism.thermistor.hottest + 1:
            return f"the head has {self.celsius:.0f} degrees"
        return ""

    def _next_line(self) -> None:
        self.rules.line_over()
        self.strip.move()
        self._lines += 1
        if self.faults.paper_left:
            self.faults.paper_left -= 1

    def _group_dots(self) -> list[range]:
        starts, first = [], 0
        for size in self.mechanism.strobe.groups:
            starts.append(range(first, first + size))
            first += size
        return starts

    def _pass(self, us: float) -> None:
        self._time += us
        self.rules.time(self._time)
        if self._pace:
            ahead = self._time / 1e6 - (time.monotonic() - self._started)
            if ahead > 0.01:
                time.sleep(ahead)
