"""The marking engine: lines of dots go in, heat and motion come out, and nothing that would harm paper or head.

Before every line the cover, the paper, the thermistor and the supply's voltage are looked at. The head's supply is on
only while a line is fired. Whatever goes wrong, it is off and the motor without current before anybody is told; a line
that was begun is never fired a second time.
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import repeat

from board.engine.heat import amperes
from board.engine.mechanism import Mechanism
from board.engine.motion import Motion
from board.engine.plan import LinePlan, Load, Planner
from firmware.core.errors import PartError
from firmware.ports import Cutter, Motor, PrintHead, Seen, Sensors

LIGHTEST = 0.6
"""Share of a paper's energy that a dot gets at darkness 0; at 100 it gets as much more as it here gets less."""
SAG = 0.75
"""Share of its voltage below which the supply has failed."""


@dataclass(frozen=True, slots=True)
class Marked:
    """One line as it was marked, for those who watch. Times in us."""

    at: float
    period: float
    heating: float
    amperes: float
    celsius: float


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A line that was fed: its dots, those of the line before, what was planned for them in which epoch, and how fast
    it may go. Its plan is for a line before it that goes at the same place of the ramp."""

    dots: int
    before: int
    plan: LinePlan
    place: int
    epoch: int


class Engine:
    """Marks lines. ``feed`` them, then ``mark`` until nothing waits; the more are fed ahead, the faster it goes."""

    def __init__(
        self,
        mechanism: Mechanism,
        paper: str,
        head: PrintHead,
        motor: Motor,
        sensors: Sensors,
        now: Callable[[], float],
        wait: Callable[[float], None],
        cutter: Cutter | None = None,
    ) -> None:
        self.mechanism = mechanism
        self._head, self._motor, self._sensors, self._cutter = head, motor, sensors, cutter
        self._now, self._wait = now, wait
        self._planner = Planner(mechanism, mechanism.paper(paper))
        self._motion = Motion(mechanism.motor)
        self._waiting: deque[_Waiting] = deque()
        self._due = 0.0
        self._celsius = 25.0
        self._before = 0
        self._cold = True
        self._warmest = mechanism.thermistor.hottest
        self._period = self._amperes = 0.0
        self._owed = 0
        """Steps that the line at hand still has to go."""
        self._stepped = self._fired = -1e12
        """When the motor last moved, and when the last strobe was over."""
        self._gap = False
        self._gone = 0
        """Lines that the paper has moved in all."""
        self._label: int | None = None
        """Where in those the label begins whose beginning the gap's sensor saw last."""
        self.lines = 0
        """Lines marked in all."""
        self.watch: Callable[[Marked], None] | None = None

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    @property
    def reach(self) -> int:
        """How many lines ahead it looks."""
        return self._motion.reach

    def lines_of(self, hundredths: float) -> int:
        """So many lines are a length in 1/100 mm; none where it is negative."""
        return max(0, round(hundredths / 100 / self.mechanism.pitch))

    def label_waits(self) -> bool:
        """Does a label hang at the peeler?"""
        return self._sensors.read().waiting

    def feed(self, line: bytes) -> None:
        """A line to be marked, as many octets as the head has; bits behind the last dot are zero."""
        dots = int.from_bytes(line)
        top = self.reach - 1
        plan = self._planner.line(dots, self._before, top)
        place = self._motion.fastest(self._busy(plan))
        if place != top and self._before & dots:
            plan = self._planner.line(dots, self._before, place)
        self._waiting.append(_Waiting(dots, self._before, plan, place, self._planner.epoch))
        self._before = dots

    def mark(self) -> None:
        """Mark the next line and move on by one. PartError leaves the lines behind it waiting, and this one too, unless
        it was begun."""
        with self.safely():
            self._look()
            self._hurry_up()
            plan = self._plan()
            period = self._motion.next(line.place for line in self._waiting)
            self._wait(self._due)
            began = self._now()
            self._line(plan, began, period, self._waiting.popleft)
            self._due = max(began + period, self._stepped, self._fired + self.mechanism.heat.rest_us)
            self.lines += 1
            if self.watch is not None:
                self._tell(plan, began)

    def prefer(self, darkness: int, speed: int) -> None:
        """How dark and how fast the lines that are fed from now on become. ``darkness`` in percent, 50 is what the
        paper wants; ``speed`` in 1/100 mm per second, 0 is as fast as may be."""
        self._planner.burn(LIGHTEST + (1 - LIGHTEST) * darkness / 50)
        self._motion.limit(1e8 * self.mechanism.pitch / speed if speed else 0.0)

    def drop(self) -> None:
        """Forget what waits, and let the motor rest."""
        self._waiting.clear()
        self._before = 0
        self._rest()

    def advance(self, lines: int) -> None:
        """Move on without marking."""
        for left in range(lines, 0, -1):
            with self.safely():
                self._look()
                self._move(left)
        self._rest()

    def to_label(self, most: int) -> bool:
        """Move on until a label begins under the head; False when that does not come within so many lines."""
        for _ in range(most):
            with self.safely():
                self._look()
                left = -1 if self._label is None else self._label - self._gone
                if left == 0:
                    break
                self._move(left if left > 0 else most)
        self._rest()
        return self._label == self._gone

    def cut(self) -> None:
        """Cut the paper where it is, with the motor at rest. PartError when the blade does not come back."""
        if self._cutter is not None:
            with self.safely():
                self._look()
                self._cutter.cut()

    def ready(self) -> bool:
        """Could a line be marked now? A white one is shifted in, to see that the head can be reached."""
        try:
            self._look()
            self._head.load(bytes(self.mechanism.octets))
        except PartError:
            return False
        return True

    def state(self) -> dict[str, float | str]:
        """What a person may want to know of it."""
        seen = self._sensors.read()
        return {
            "mechanism": f"{self.mechanism.make} {self.mechanism.model}",
            "dots": self.mechanism.dots,
            "dpi": self.mechanism.dpi,
            "paper-mm": self.mechanism.width,
            "temperature": round(self._celsius, 1),
            "volts": round(self._planner.volts, 2),
            "cover": "open" if seen.cover_open else "closed",
            "paper": "there" if seen.paper else "out",
            "lines": self.lines,
            "line-us": round(self._period),
            "ampere": round(self._amperes, 2),
        }

    @contextlib.contextmanager
    def safely(self) -> Iterator[None]:
        """Supply off, motor without current, before an error gets any further."""
        try:
            yield
        except BaseException:
            with contextlib.suppress(PartError):
                self._head.supply(False)
            self._rest()
            raise

    # ------------------------------------------------------------------------------------------- pieces

    def _move(self, left: int) -> None:
        """One line without a dot; so many come, with this one."""
        self._hurry_up()
        period = self._motion.next(repeat(self._motion.fastest(0), min(left, self._motion.reach)))
        self._wait(self._due)
        began = self._now()
        self._line((), began, period, lambda: None)
        self._due = max(began + period, self._stepped)

    def _look(self) -> Seen:
        """Everything that a line must not be fired in spite of."""
        seen = self._sensors.read()
        if seen.cover_open:
            raise PartError("cover-open", "The cover is open: close it.")
        if not seen.paper:
            raise PartError("media-empty", "There is no paper: put a roll in.")
        if self._gap and not seen.gap:
            self._label = self._gone + self.lines_of(100 * self.mechanism.sensors.gap_distance)
        self._gap = seen.gap
        self._celsius = celsius = self._head.temperature()
        limits = self.mechanism.thermistor
        if celsius > self._warmest:
            self._warmest = limits.again
            raise PartError("marker-over-temperature", f"The head has {celsius:.0f} °C: it cools down.")
        self._warmest = limits.hottest
        self._planner.temperature(celsius)
        if celsius < limits.coldest:
            raise PartError("marker-under-temperature", f"The head has {celsius:.0f} °C: it must get warmer.")
        self._look_at_supply()
        return seen

    def _look_at_supply(self) -> None:
        volts, wanted = self._head.volts(), self.mechanism.heat.volts
        if volts < SAG * wanted:
            raise PartError("marker-recoverable-failure", f"The head's supply is at {volts:.1f} V of {wanted:.1f} V.")
        if abs(volts - self._planner.volts) > 0.01 * wanted:
            self._planner.supply(volts)

    def _plan(self) -> LinePlan:
        """The next line's plan, made anew when the head has changed since, when it stood and is cold, or when the line
        before it came at another pace."""
        line = self._waiting[0]
        warm, place = line.before & line.dots, self._motion.place
        if line.epoch == self._planner.epoch and not (warm and (self._cold or place != line.place)):
            return line.plan
        return self._planner.line(line.dots, 0 if self._cold else line.before, place)

    def _hurry_up(self) -> None:
        """A line that comes too late finds the motor standing. What a line that failed left of its way comes first."""
        while self._owed:
            self._wait(self._stepped + self.mechanism.motor.ramp_us[0] / self.mechanism.motor.steps_per_line)
            self._step(0.0)
        now = self._now()
        if self._motion.stands or now > self._due + self.mechanism.motor.ramp_us[-1]:
            self._cold = now > self._due + self.mechanism.motor.hold_us
            self._motion.stop()
            self._due = now
        else:
            self._cold = False

    def _line(self, plan: LinePlan, began: float, period: float, begun: Callable[[], object]) -> None:
        """Fire, and step in between: the steps of a line are spread over its time, the last comes at its end. ``begun``
        is called when there is no way back: before that an error leaves the line as it was."""
        steps = self.mechanism.motor.steps_per_line
        each = period / steps
        if plan:
            self._head.supply(True)
            self._load(plan[0])
        begun()
        self._owed = steps
        for number, load in enumerate(plan):
            if number:
                self._load(load)
            for firing in load.firings:
                self._head.fire(firing.groups, firing.us)
                if self._owed > 1 and self._now() >= began + each * (steps - self._owed + 1):
                    self._step(each)
        if plan:
            self._head.supply(False)
            self._fired = self._now()
        while self._owed:
            self._wait(began + each * (steps - self._owed + 1))
            self._step(each)
        self._gone += 1

    def _load(self, load: Load) -> None:
        self._head.load(load.dots.to_bytes(self.mechanism.octets))

    def _step(self, apart: float) -> None:
        """One step, not sooner after the one before than the motor's fastest; ``apart`` us is how they should be."""
        self._wait(self._stepped + min(apart, self.mechanism.motor.ramp_us[-1] / self.mechanism.motor.steps_per_line))
        self._stepped = self._now()
        self._motor.step(1)
        self._owed -= 1

    def _busy(self, plan: LinePlan) -> float:
        """How long a line keeps the head busy, in us."""
        mechanism = self.mechanism
        latch = mechanism.latch
        load_us = mechanism.shift_us + latch.setup_us + latch.width_us + latch.wait_us
        return sum(load_us + sum(firing.us for firing in load.firings) for load in plan) + mechanism.heat.rest_us

    def _rest(self) -> None:
        self._motion.stop()
        self._motor.release()

    def _tell(self, plan: LinePlan, began: float) -> None:
        firings = [firing for load in plan for firing in load.firings]
        most = max((firing.dots for firing in firings), default=0)
        self._period = self._due - began
        self._amperes = amperes(self.mechanism.heat, most, self._planner.volts)
        assert self.watch is not None
        self.watch(Marked(began, self._period, sum(one.us for one in firings), self._amperes, self._celsius))
