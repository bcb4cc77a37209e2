"""The marking engine against a simulated mechanism: the page comes out, the rules are kept, faults are survived."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from board.engine.marking import Engine
from board.engine.mechanism import load_head
from board.parts.head_wired import WiredHead
from firmware.core.errors import PartError
from tests.board.engine.bench import NAMES, Bench, bench, changed


def page(dots: int, lines: int, seed: int, *shares: float) -> list[int]:
    """Noise, some lines at each share of black."""
    rng = random.Random(seed)
    width = 8 * ((dots + 7) // 8)
    out = []
    for number in range(lines):
        share = shares[number * len(shares) // lines]
        out.append(sum(1 << (width - 1 - dot) for dot in range(dots) if rng.random() < share))
    return out


@pytest.mark.parametrize("name", NAMES)
def test_every_dot_lands_where_it_should_on_every_mechanism(name: str) -> None:
    one = bench(name)
    lines = page(one.real.dots, 120, 1, 0.02, 0.5, 1.0, 0.0)
    assert one.print(lines) == lines
    assert one.broken == set()


@settings(max_examples=25, deadline=None)
@given(
    name=st.sampled_from(NAMES),
    celsius=st.floats(-5, 79),
    volts=st.floats(0.8, 1.15),
    lines=st.lists(st.integers(0, 2**576 - 1), min_size=1, max_size=12),
    gaps=st.lists(st.floats(0, 30000), max_size=4),
)
def test_no_page_at_no_temperature_breaks_a_rule(
    name: str, celsius: float, volts: float, lines: list[int], gaps: list[float]
) -> None:
    one = bench(name)
    one.wires.faults.celsius = celsius
    one.wires.faults.volts = volts * one.real.heat.volts
    mask = sum(one.real.masks)
    for line in lines:
        one.engine.feed((line & mask).to_bytes(one.real.octets))
    waits = list(gaps)
    while one.engine.waiting:
        if waits:
            one.wires.wait(one.wires.now() + waits.pop())  # data comes late
        one.engine.mark()
    assert one.broken == set()
    assert len(one.seen()) == len(lines)


def test_a_group_that_was_fired_last_rests_before_it_is_fired_first() -> None:
    one = bench()
    full = (1 << 384) - 1
    lines = [full, (1 << 64) - 1, full, full, (1 << 64) - 1]
    assert one.print(lines) == lines
    assert one.broken == set()


class NeverOff(WiredHead):
    """A head whose supply can't be switched off."""

    def supply(self, on: bool) -> None:
        super().supply(True)


BELIEFS = {
    "too much current": ("heat", {"amperes": 5.0}),
    "on too long": ("heat", {"longest_us": 9000.0, "history": 0.0}),
    "too little rest": ("heat", {"rest_us": 0.0}),
    "strobe before latch": ("latch", {"wait_us": 0.5}),
    "latch too early": ("latch", {"setup_us": 0.0}),
}


@pytest.mark.parametrize("rule", BELIEFS)
def test_an_engine_that_takes_the_mechanism_for_another_is_caught(rule: str) -> None:
    section, values = BELIEFS[rule]
    real = load_head("ltpd245")
    believed = changed(real, section, **values)
    if rule == "on too long":
        real = changed(real, "heat", longest_us=900.0)
    if rule == "too little rest":
        real = changed(real, "heat", rest_us=7000.0)
    if rule == "latch too early":
        real = changed(real, "latch", setup_us=3.0)
    one = Bench(real, believed)
    one.print(page(384, 40, 2, 1.0))
    assert rule in one.broken


def test_a_supply_that_stays_on_is_caught() -> None:
    one = Bench(load_head("ltpd245"), head=NeverOff)
    one.print(page(384, 5, 2, 0.5))
    one.wires.wait(one.wires.now() + 1e6)
    assert "supply on for nothing" in one.broken


FAULTS = {
    "cover-open": ("cover_open", True),
    "media-empty": ("paper_left", 0),
    "marker-thermistor-failure": ("thermistor", "open"),
    "marker-over-temperature": ("celsius", 95.0),
    "marker-under-temperature": ("celsius", -30.0),
    "marker-recoverable-failure": ("volts", 3.0),
}


@pytest.mark.parametrize("keyword", FAULTS)
def test_a_fault_stops_it_before_the_next_line_and_it_goes_on_afterwards(keyword: str) -> None:
    fault, value = FAULTS[keyword]
    one = bench()
    lines = page(384, 60, 3, 0.3)
    for line in lines:
        one.engine.feed(line.to_bytes(48))
    for _ in range(32):
        one.engine.mark()
    usual = getattr(one.wires.faults, fault)
    setattr(one.wires.faults, fault, value)
    with pytest.raises(PartError) as caught:
        one.engine.mark()
    assert caught.value.reason == keyword
    assert not one.engine.ready()
    assert one.engine.waiting == 28
    one.wires.wait(one.wires.now() + 5e6)
    setattr(one.wires.faults, fault, usual)
    assert one.engine.ready()
    while one.engine.waiting:
        one.engine.mark()
    assert one.seen() == lines
    assert one.broken == set()


@pytest.mark.parametrize("keyword", FAULTS)
@pytest.mark.parametrize("line", [3, 10, 11, 30])
def test_a_fault_within_a_line_lets_no_other_be_fired(keyword: str, line: int) -> None:
    """It comes while the paper moves on from a line: that one is on paper, the next is not begun."""
    fault, value = FAULTS[keyword]
    one = bench()
    lines = page(384, 40, 6, 0.4)
    step, usual = one.wires.step, getattr(one.wires.faults, fault)

    def breaks(steps: int) -> None:
        if len(one.wires.strip.rows) == line and one.engine._owed == 1:
            setattr(one.wires.faults, fault, value)
        step(steps)

    one.wires.step = breaks  # type: ignore[method-assign]
    for each in lines:
        one.engine.feed(each.to_bytes(48))
    for _ in range(line):
        one.engine.mark()
    with pytest.raises(PartError) as caught:
        one.engine.mark()
    assert caught.value.reason == keyword
    assert one.engine.waiting == 40 - line
    one.wires.step = step  # type: ignore[method-assign]
    one.wires.wait(one.wires.now() + 1e6)
    setattr(one.wires.faults, fault, usual)
    while one.engine.waiting:
        one.engine.mark()
    assert one.seen() == lines
    assert one.broken == set()


class Failing:
    """One call of the wires, counted from the first, ends with an error of the kernel's."""

    CALLS = ("shift", "set", "strobe", "step", "release", "get", "analog")

    def __init__(self, one: Bench, at: int) -> None:
        self.left = at
        for name in self.CALLS:
            setattr(one.wires, name, self._counted(getattr(one.wires, name)))

    def _counted(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*given: Any) -> Any:
            self.left -= 1
            if self.left == 0:
                raise OSError(5, "Input/output error")
            return call(*given)

        return counted


def interrupted(one: Bench, lines: list[int], at: int) -> int:
    """Mark lines though a call fails; how many errors were told."""
    failing = Failing(one, at)
    for line in lines:
        one.engine.feed(line.to_bytes(one.real.octets))
    told = 0
    while one.engine.waiting:
        try:
            one.engine.mark()
        except PartError:
            told += 1
            one.wires.wait(one.wires.now() + 1e5)  # long enough for a supply that is still on to be seen
    failing.left = 0
    one.engine.advance(1)  # what the last line still owes
    one.wires.wait(one.wires.now() + 1e5)
    return told


@settings(max_examples=40, deadline=None)
@given(name=st.sampled_from(NAMES), at=st.integers(1, 400), seed=st.integers(0, 99))
def test_whichever_call_fails_the_supply_is_off_and_nothing_is_burnt_twice(name: str, at: int, seed: int) -> None:
    one = bench(name)
    lines = page(one.real.dots, 10, seed, 0.1, 1.0, 0.5)
    interrupted(one, lines, at)
    assert one.broken == set()
    seen = one.seen()
    assert len(seen) == len(lines) + 1
    assert sum(one != other for one, other in zip(seen, lines, strict=False)) <= 1  # the one at hand, in part
    assert all(one & ~other == 0 for one, other in zip(seen, lines, strict=False))


class Careless(Engine):
    """Leaves things as they are when something fails."""

    @contextlib.contextmanager
    def safely(self) -> Iterator[None]:
        yield


class Forgetful(WiredHead):
    """Leaves things as they are when a wire fails."""

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise PartError("marker-recoverable-failure", str(error)) from error


def test_a_supply_that_stays_on_after_an_error_is_caught() -> None:
    one = Bench(load_head("ltpd245"), head=Forgetful)
    one.engine.__class__ = Careless
    for at in range(1, 60):
        interrupted(one, page(384, 3, at, 1.0), at)
    assert one.broken == {"supply on for nothing"}


def test_a_shorted_thermistor_is_told_from_an_open_one() -> None:
    one = bench()
    one.wires.faults.thermistor = "shorted"
    one.engine.feed(bytes(48))
    with pytest.raises(PartError, match="shorted"):
        one.engine.mark()


def test_a_hot_head_goes_on_only_when_it_has_cooled_down() -> None:
    one = bench()
    one.engine.feed(b"\xff" * 48)
    one.wires.faults.celsius = 85.0
    with pytest.raises(PartError, match="cools"):
        one.engine.mark()
    one.wires.faults.celsius = 70.0
    assert not one.engine.ready()
    one.wires.faults.celsius = 55.0
    assert one.engine.ready()


def test_a_bus_that_fails_within_a_line_burns_nothing_twice() -> None:
    one = bench()
    lines = page(384, 20, 4, 1.0)
    for line in lines:
        one.engine.feed(line.to_bytes(48))
    for _ in range(10):
        one.engine.mark()
    strobes = 0
    strobe = one.wires.strobe

    def fails(groups: int, high: bool, us: float) -> None:
        nonlocal strobes
        strobes += 1
        if strobes == 3:
            raise OSError(5, "Input/output error")
        strobe(groups, high, us)

    one.wires.strobe = fails  # type: ignore[method-assign]
    with pytest.raises(PartError, match="can't be reached") as caught:
        one.engine.mark()
    assert caught.value.reason == "marker-recoverable-failure"
    one.wires.strobe = strobe  # type: ignore[method-assign]
    while one.engine.waiting:
        one.engine.mark()
    seen = one.seen()
    assert len(seen) == 20
    assert seen[:10] + seen[11:] == lines[:10] + lines[11:]
    assert seen[10] & ~lines[10] == 0  # a part of it
    assert one.broken == set()


def test_late_data_slows_the_paper_down_to_a_stand() -> None:
    one = bench()
    for _ in range(60):
        one.engine.feed(bytes(48))
    while one.engine.waiting:
        one.engine.mark()
    periods = [line.period for line in one.lines]
    ramp = list(one.real.motor.ramp_us)
    assert periods[: len(ramp)] == pytest.approx(ramp)
    assert periods[-len(ramp) :] == pytest.approx(ramp[::-1])
    one.wires.wait(one.wires.now() + 1e6)
    one.engine.feed(bytes(48))
    one.engine.mark()
    assert one.lines[-1].period == pytest.approx(ramp[0])
    assert one.lines[-1].at - one.lines[-2].at >= 1e6


def test_lines_of_a_page_are_fired_in_parts_that_the_supply_carries() -> None:
    one = bench()
    one.print(page(384, 5, 5, 1.0))
    assert 2.0 < max(line.amperes for line in one.lines) <= one.real.heat.amperes


@pytest.mark.parametrize("distance", [0.0, 7.0])
def test_it_moves_on_to_the_next_label_wherever_the_sensor_is(distance: float) -> None:
    mechanism = changed(load_head("label-106"), "sensors", gap_distance=distance)
    one = Bench(mechanism)
    one.wires.labels = (300, 24)
    for used in (300, 120, 310, 5):  # one is too long and takes a part of the next label's place
        one.print(page(one.real.dots, used, 3, 0.01))
        assert one.engine.to_label(1000)
        assert one.wires._lines % 324 == 0
    one.wires.labels = None
    one.print(page(one.real.dots, 5, 3, 0.01))
    assert not one.engine.to_label(50)
    assert one.broken == set()


def test_darker_is_darker_and_never_more_than_the_head_bears() -> None:
    shares = []
    for darkness in (0, 50, 100):
        one = bench("label-106")
        one.engine.prefer(darkness, 0)
        for line in page(one.real.dots, 60, 1, 0.3):
            one.engine.feed(line.to_bytes(one.real.octets))
        while one.engine.waiting:
            one.engine.mark()
        rows = [row for row in one.wires.strip.cut()[30:] if row is not None]
        dots = [share for row in rows for share in row.shares if share > 0]
        shares.append(sum(dots) / len(dots))
        assert one.broken == set()
    assert shares[0] < 0.8 * shares[1]
    assert shares[2] > 1.2 * shares[1]


def test_a_job_that_wants_it_slow_gets_it_slow() -> None:
    one = bench("label-106")
    one.engine.prefer(50, 5000)
    one.print(page(one.real.dots, 100, 1, 0.02))
    slowest = min(line.period for line in one.lines)
    assert slowest >= 1e8 * one.real.pitch / 5000
    one.engine.prefer(50, 0)
    one.lines.clear()
    one.print(page(one.real.dots, 100, 1, 0.02))
    assert min(line.period for line in one.lines) == one.real.motor.ramp_us[-1]
