"""The rules that no firmware may break, watched from the mechanism's side of the wires.

Nothing here is shared with the code that plans and marks: what is watched are levels and their times alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from board.engine.mechanism import Mechanism

SLACK = 1.001
"""Numbers that were rounded on the way are no violation."""
IDLE_US = 20000.0
"""The head's supply may stay on for so long without a strobe: a line's shifting and settling, not a pause."""


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that was broken, and when."""

    rule: str
    at: float
    detail: str


@dataclass
class Rules:
    """Watches one mechanism. ``broken`` is what it saw."""

    mechanism: Mechanism
    broken: list[Violation] = field(default_factory=list)

    def __post_init__(self) -> None:
        dots = self.mechanism.dots
        self._shifted = 0.0
        self._latched: float | None = None
        self._supplied: float | None = None
        self._strobed = 0.0
        self._on_us = [0.0] * dots
        """For the line at hand, of each dot."""
        self._off_at = [-1e12] * dots
        """When each dot was last on, in an earlier line."""
        self._touched: dict[int, float] = {}

    def shifted(self, at: float) -> None:
        self._shifted = at

    def latched(self, began: float, ended: float) -> None:
        """A whole latch pulse."""
        timing = self.mechanism.latch
        if began - self._shifted < timing.setup_us / SLACK - 1e-6:
            self._break("latch too early", began, f"{began - self._shifted:.2f} us after the last clock")
        if ended - began < timing.width_us / SLACK - 1e-6:
            self._break("latch too short", began, f"{ended - began:.3f} us")
        self._latched = ended

    def supply(self, on: bool, at: float) -> None:
        if on and self._supplied is None:
            self._supplied = self._strobed = at
        elif not on and self._supplied is not None:
            self._idle(at)
            self._supplied = None

    def time(self, at: float) -> None:
        """Time passed: is the supply on for nothing?"""
        if self._supplied is not None:
            self._idle(at)

    def strobe(self, dots: list[int], amperes: float, began: float, us: float, harm: str) -> None:
        """These dots were on. ``harm`` says why none should have been."""
        heat = self.mechanism.heat
        if self._latched is None or began - self._latched < self.mechanism.latch.wait_us / SLACK - 1e-6:
            why = "nothing latched" if self._latched is None else "too soon after it"
            self._break("strobe before latch", began, why)
        if harm:
            self._break("fired in spite", began, harm)
        if amperes > heat.amperes * SLACK:
            self._break("too much current", began, f"{amperes:.2f} A for {len(dots)} dots")
        for dot in dots:
            if dot not in self._touched and began - self._off_at[dot] < heat.rest_us / SLACK - 1e-6:
                self._break("too little rest", began, f"dot {dot} after {began - self._off_at[dot]:.0f} us")
            self._on_us[dot] += us
            self._touched[dot] = began + us
            if self._on_us[dot] > heat.longest_us * SLACK:
                self._break("on too long", began, f"dot {dot} for {self._on_us[dot]:.0f} us")
        self._strobed = began + us

    def line_over(self) -> None:
        """The paper moved on to the next line."""
        for dot, ended in self._touched.items():
            self._off_at[dot] = ended
            self._on_us[dot] = 0.0
        self._touched.clear()

    def _idle(self, at: float) -> None:
        if at - self._strobed > IDLE_US:
            self._break("supply on for nothing", at, f"{(at - self._strobed) / 1e3:.0f} ms without a strobe")
            self._strobed = at

    def _break(self, rule: str, at: float, detail: str) -> None:
        self.broken.append(Violation(rule, at, detail))
