"""A line of dots as firings: what is shifted in, which strobes are pulsed, and for how long.

Dots that are on together share the supply: a line is fired in as many parts as its current needs, whole strobe groups
where they fit, parts of a group where one alone is too much. A dot that was on in the line before is still warm: it
gets a share less, the more so the faster the lines come, so a line is fired once for the cold dots alone and once for
all.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from board.engine.heat import energy, most_dots, pulse_us
from board.engine.mechanism import Mechanism, Paper


@dataclass(frozen=True, slots=True)
class Firing:
    """Some strobes at once. ``groups`` has a bit for each strobe, bit 0 the leftmost."""

    groups: int
    us: float
    dots: int


@dataclass(frozen=True, slots=True)
class Load:
    """What is shifted in and latched, and the firings that use it, one after the other."""

    dots: int
    """The dots as bits, the leftmost highest (``Mechanism.masks``)."""
    firings: tuple[Firing, ...]


LinePlan = tuple[Load, ...]


class Planner:
    """Plans lines for one mechanism and paper. ``epoch`` changes when plans made before are no longer right: the head
    is warmer or colder by a degree, or the supply has another voltage."""

    def __init__(self, mechanism: Mechanism, paper: Paper, volts: float | None = None) -> None:
        self._mechanism = mechanism
        self._paper = paper
        ramp, heat = mechanism.motor.ramp_us, mechanism.heat
        self._spared = [heat.history * math.exp((ramp[-1] - us) / heat.cools_us) for us in ramp]
        """Which share a dot is spared that was on in the line before, by the place on the ramp between the two."""
        self._masks = [(1 << index, mechanism.masks[index]) for index in mechanism.order]
        self.epoch = 0
        self._strength = 1.0
        self.supply(volts or mechanism.heat.volts)

    def supply(self, volts: float) -> None:
        """The supply's voltage, measured."""
        self.volts = volts
        self._most = most_dots(self._mechanism.heat, volts)
        self._warm_to(25.0)

    def temperature(self, celsius: float) -> None:
        """The head's, measured."""
        if round(celsius) != self._celsius:
            self._warm_to(celsius)

    def burn(self, strength: float) -> None:
        """How much of the paper's energy a dot gets; never longer than the head bears."""
        if strength != self._strength:
            self._strength = strength
            self._warm_to(self._celsius)

    def line(self, dots: int, before: int, place: int = -1) -> LinePlan:
        """Plan one line; ``before`` are the dots that are still warm from the one before, which came at that place of
        the motor's ramp. A line without a dot needs no firing at all."""
        if not dots:
            return ()
        if not before & dots or not self._spared[place]:
            return tuple(self._loads(dots, self._full))
        extra, base = self._times.get(place) or self._parted(place)
        return (*self._loads(dots & ~before, extra), *self._loads(dots, base))

    def _warm_to(self, celsius: float) -> None:
        """Pulse times by how many dots are on together, kept until the temperature changes by a degree."""
        heat = self._mechanism.heat
        self._celsius = round(celsius)
        self.epoch += 1
        needed = self._strength * energy(self._paper, self._celsius)
        self._full = [
            min(pulse_us(heat, needed, count, self.volts), heat.longest_us) for count in range(self._most + 1)
        ]
        self._times: dict[int, tuple[list[float], list[float]]] = {}

    def _parted(self, place: int) -> tuple[list[float], list[float]]:
        """Pulse times for what cold dots get more, and for what all get."""
        spared = self._spared[place]
        self._times[place] = times = ([us * spared for us in self._full], [us * (1 - spared) for us in self._full])
        return times

    def _loads(self, dots: int, times: list[float]) -> Iterator[Load]:
        """Whole groups together as long as they may be; a group with too many dots in parts of its own."""
        whole: list[Firing] = []
        joined = groups = 0
        for bit, mask in self._masks:
            part = dots & mask
            count = part.bit_count()
            if not count:
                continue
            if count > self._most:
                for piece in _pieces(part, self._most):
                    size = piece.bit_count()
                    yield Load(piece, (Firing(bit, times[size], size),))
                continue
            if joined + count > self._most:
                whole.append(Firing(groups, times[joined], joined))
                joined = groups = 0
            groups |= bit
            joined += count
        if joined:
            whole.append(Firing(groups, times[joined], joined))
        if whole:
            yield Load(dots, tuple(whole))


def _pieces(dots: int, most: int) -> Iterator[int]:
    """Parts of at most so many dots, from the lowest bit on."""
    while dots:
        piece = dots
        if piece.bit_count() > most:
            low, high = 0, dots.bit_length()
            while high - low > 1:  # the widest run of low bits that holds no more
                middle = (low + high) // 2
                low, high = (middle, high) if (dots & ((1 << middle) - 1)).bit_count() <= most else (low, middle)
            piece = dots & ((1 << low) - 1)
        yield piece
        dots ^= piece
