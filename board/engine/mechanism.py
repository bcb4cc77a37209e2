"""A mechanism's data sheet as data (``board/heads/*.toml``). An unknown key or a wrong value is an error that names
it."""

from __future__ import annotations

import math
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from board.config import ConfigError, find, load

HEADS = Path(__file__).parent.parent / "heads"

Above = Annotated[float, Meta(gt=0)]
NotNegative = Annotated[float, Meta(ge=0)]
Count = Annotated[int, Meta(ge=1)]
Level = Literal["high", "low"]


class Shift(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The shift register that a line of dots is clocked into."""

    clock_hz: Count
    """The fastest that the register takes."""
    first: Literal["left", "right"] = "left"
    """Which dot is clocked in first."""
    black: Level = "high"


class Latch(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The pulse that moves the register into the drivers."""

    active: Level = "low"
    width_us: Above = 0.12
    setup_us: NotNegative = 0.3
    """From the last clock to the latch."""
    wait_us: NotNegative = 8.0
    """From the latch to the first strobe."""


class Strobe(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The strobes, from left to right: how many dots each lights, in which order they are used."""

    groups: tuple[Count, ...]
    active: Level = "high"
    order: tuple[Annotated[int, Meta(ge=0)], ...] = ()
    """Indices of groups; empty is from left to right."""


class Paper(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a kind of paper asks of the head."""

    energy: Above
    """mJ for a dot at 25 degrees."""
    slope: NotNegative = 0.0
    """mJ less for each degree above."""


class Heat(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The heating elements and what may be asked of them."""

    resistance: Above
    """Ohm of a dot."""
    driver: NotNegative = 0.0
    """Ohm in line with each dot: the driver's."""
    common: NotNegative = 0.0
    """Ohm in line with all dots that are on: the wiring's and the head's common electrode's."""
    volts: Above
    amperes: Above
    """The most that the head or its supply may carry."""
    longest_us: Above
    """The longest that a dot may be on for one line."""
    rest_us: NotNegative = 0.0
    """The shortest between two lines' pulses of one dot."""
    history: Annotated[float, Meta(ge=0, lt=1)] = 0.0
    """Which share of the energy a dot is spared when it was on in the line before, at the fastest line time."""
    cools_us: Above = 1500.0
    """In which a dot loses 63 % of its heat: at slower line times it is spared less."""
    papers: dict[str, Paper]


class Thermistor(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The head's thermistor, above or below a fixed resistor; and when the head is too hot."""

    ohm25: Above = 30000.0
    beta: Above = 3950.0
    pull_ohm: Above = 10000.0
    pull: Literal["up", "down"] = "up"
    """Where the fixed resistor goes to: the reference or ground."""
    hottest: float = 80.0
    again: float = 60.0
    """A head that was too hot goes on below this."""
    coldest: float = -10.0

    def celsius(self, share: float) -> float:
        """The temperature for a voltage, as a share of the reference. ValueError when it is open or shorted: no
        head is as cold or as hot as that."""
        if not 0.005 < share < 0.995:
            raise ValueError("open" if (share >= 0.995) == (self.pull == "up") else "shorted")
        ratio = share / (1 - share) if self.pull == "up" else (1 - share) / share
        return 1 / (1 / 298.15 + math.log(self.pull_ohm * ratio / self.ohm25) / self.beta) - 273.15

    def share(self, celsius: float) -> float:
        """The voltage at a temperature, as a share of the reference."""
        ohm = self.ohm25 * math.exp(self.beta * (1 / (celsius + 273.15) - 1 / 298.15))
        part = ohm / (ohm + self.pull_ohm)
        return part if self.pull == "up" else 1 - part


class MotorSheet(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The paper motor: how it gets up to speed and how far a step goes."""

    steps_per_line: Count
    ramp_us: tuple[Above, ...]
    """Times of a dot line while it speeds up, the slowest first; the last is the fastest the motor may go."""
    hold_us: NotNegative = 20000.0
    """A motor that stood for longer is let go."""


class Mounted(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which sensors the mechanism has."""

    paper: bool = True
    cover: bool = True
    home: bool = False
    """Of the cutter's blade."""
    gap: Literal["none", "gap", "mark"] = "none"
    gap_distance: NotNegative = 0.0
    """mm that the gap's sensor lies before the heating line."""
    peeler: bool = False
    """A label that was peeled off is seen until it is taken."""


class Cutter(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The cutter; ``distance`` is how far behind the heating line it cuts, in mm."""

    kind: Literal["none", "tear", "partial", "full"] = "tear"
    distance: NotNegative = 0.0


class Mechanism(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, dict=True):
    """One mechanism, as its maker describes it."""

    make: str
    model: str
    dots: Count
    pitch: Above
    """mm between dots, across and along the paper."""
    width: Above
    """mm of paper that it takes; the dots lie in its middle."""
    shift: Shift
    strobe: Strobe
    heat: Heat
    motor: MotorSheet
    latch: Latch = field(default_factory=Latch)
    thermistor: Thermistor = field(default_factory=Thermistor)
    sensors: Mounted = field(default_factory=Mounted)
    cutter: Cutter = field(default_factory=Cutter)
    source: str = ""
    """Where the figures are from, and which of them are guesses."""

    @property
    def octets(self) -> int:
        """Of a line of dots."""
        return (self.dots + 7) // 8

    @property
    def dpi(self) -> int:
        return round(25.4 / self.pitch)

    @cached_property
    def masks(self) -> tuple[int, ...]:
        """Which dots each strobe lights, as bits of a line read as one big-endian number: bit 0 is the last dot of
        the last octet."""
        width = 8 * self.octets
        ends = accumulate(self.strobe.groups)
        return tuple(((1 << size) - 1) << (width - end) for size, end in zip(self.strobe.groups, ends, strict=True))

    @property
    def order(self) -> tuple[int, ...]:
        return self.strobe.order or tuple(range(len(self.strobe.groups)))

    @property
    def shift_us(self) -> float:
        """How long clocking a line in takes."""
        return 8e6 * self.octets / self.shift.clock_hz

    def paper(self, name: str) -> Paper:
        """What this mechanism knows of a paper; ConfigError."""
        try:
            return self.heat.papers[name]
        except KeyError:
            raise ConfigError(f"{self.model} knows no paper {name!r}: {', '.join(self.heat.papers)}") from None


def load_head(name: str) -> Mechanism:
    """A mechanism by its name under heads/, or by the path of its file; ConfigError."""
    path = find(name, HEADS, "head")
    mechanism = load(path, Mechanism)
    problem = _problem(mechanism)
    if problem:
        raise ConfigError(f"{path}: {problem}")
    return mechanism


def _problem(mechanism: Mechanism) -> str:
    """What no type can say."""
    if sum(mechanism.strobe.groups) != mechanism.dots:
        return f"strobe.groups add up to {sum(mechanism.strobe.groups)} dots, not {mechanism.dots}"
    if sorted(mechanism.order) != list(range(len(mechanism.strobe.groups))):
        return "strobe.order must name each group once"
    if list(mechanism.motor.ramp_us) != sorted(mechanism.motor.ramp_us, reverse=True) or not mechanism.motor.ramp_us:
        return "motor.ramp_us must fall from the slowest line to the fastest"
    if not mechanism.heat.papers:
        return "heat.papers must name one paper at least"
    if mechanism.cutter.kind in ("partial", "full") and not mechanism.sensors.home:
        return 'a cutter wants a sensor that sees its blade at home: sensors.home = true, or cutter.kind = "tear"'
    return ""
