"""One contract for every head: simulated wires, and those of Linux on a simulated board."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from board.engine.marking import Engine
from board.engine.mechanism import Mechanism, load_head
from board.engine.paper import marked
from board.engine.wires import Wires
from board.parts.head_wired import WiredCutter, WiredHead, WiredMotor, WiredSensors
from board.parts.heads import wired_engine
from board.parts.wires_linux import LinuxWires
from board.parts.wires_simulated import SimulatedWires
from firmware.core.errors import PartError
from tests.board.engine.bench import NAMES
from tests.parts.head_board import HeadBoard, wiring
from tests.parts.head_contract import marks_every_dot_where_it_belongs

KINDS = ("simulated", "pulse", "lines")


@dataclass
class Stand:
    """A mechanism with wires of one kind."""

    mechanism: Mechanism
    there: SimulatedWires
    """Its own side of them."""
    wires: Wires
    board: HeadBoard | None = None

    def engine(self) -> Engine:
        return wired_engine(self.mechanism, "standard", self.wires)

    def head(self) -> WiredHead:
        return WiredHead(self.mechanism, self.wires)

    def lines(self) -> list[int]:
        return marked(self.there.strip.cut(), self.mechanism.dots, 0.7)  # on its ramp the head is a little cooler


def stand(kind: str, name: str = "ltpd347") -> Stand:
    mechanism = load_head(name)
    there = SimulatedWires(mechanism, "standard")
    if kind == "simulated":
        return Stand(mechanism, there, there)
    config = wiring(mechanism, kind)
    board = HeadBoard(mechanism, there, config)
    return Stand(mechanism, there, LinuxWires(mechanism, config, board, board), board)


@pytest.fixture(params=KINDS)
def one(request: pytest.FixtureRequest) -> Stand:
    return stand(request.param)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_dot_lands_where_it_belongs(kind: str, name: str) -> None:
    this = stand(kind, name)
    marks_every_dot_where_it_belongs(this.engine(), this)
    assert this.there.rules.broken == []


def test_the_supply_is_on_within_a_line_alone(one: Stand) -> None:
    engine, seen = one.engine(), list[bool]()
    strobe, there = one.there.strobe, one.there

    def look(groups: int, high: bool, us: float) -> None:
        seen.append(there._supply)
        strobe(groups, high, us)

    there.strobe = look  # type: ignore[method-assign]
    for _ in range(5):
        engine.feed(b"\xff" * one.mechanism.octets)
    while engine.waiting:
        assert not there._supply
        engine.mark()
    assert seen
    assert all(seen)
    assert not there._supply


def test_temperature_and_supply_are_measured(one: Stand) -> None:
    head = one.head()
    for celsius in (-5.0, 25.0, 70.0):
        one.there.faults.celsius = celsius
        assert head.temperature() == pytest.approx(celsius, abs=0.5)
    for volts in (18.0, 24.0):
        one.there.faults.volts = volts
        assert head.volts() == pytest.approx(volts, abs=0.02)


@pytest.mark.parametrize("broken", ["open", "shorted"])
def test_a_thermistor_that_is_broken_is_told(one: Stand, broken: str) -> None:
    one.there.faults.thermistor = broken
    with pytest.raises(PartError, match=broken) as caught:
        one.head().temperature()
    assert caught.value.reason == "marker-thermistor-failure"


def test_sensors_see(one: Stand) -> None:
    sensors = WiredSensors(one.mechanism, one.wires)
    seen = sensors.read()
    assert (seen.paper, seen.cover_open, seen.home, seen.gap) == (True, False, True, False)
    one.there.faults.cover_open = True
    one.there.faults.paper_left = 0
    one.there.labels = (0, 5)
    seen = sensors.read()
    assert (seen.paper, seen.cover_open, seen.gap) == (False, True, True)


def test_a_bus_that_fails_is_told_and_the_supply_is_off(one: Stand) -> None:
    head = one.head()
    head.supply(True)
    one.there.faults.spi = True
    with pytest.raises(PartError, match="Input/output") as caught:
        head.load(bytes(one.mechanism.octets))
    assert caught.value.reason == "marker-recoverable-failure"
    assert not one.there._supply
    one.there.faults.spi = False
    head.load(bytes(one.mechanism.octets))


def test_a_line_of_another_width_is_refused(one: Stand) -> None:
    with pytest.raises(ValueError, match="octets"):
        one.head().load(bytes(one.mechanism.octets + 1))


def test_the_motor_steps_and_rests(one: Stand) -> None:
    motor = WiredMotor(one.wires)
    motor.step(2 * one.mechanism.motor.steps_per_line)
    motor.release()
    motor.step(one.mechanism.motor.steps_per_line)
    assert len(one.lines()) == 3


def test_the_cutter_goes_there_and_back(one: Stand) -> None:
    cutter = WiredCutter(one.wires)
    cutter.cut()
    one.there.step(7 * one.mechanism.motor.steps_per_line)
    cutter.cut()
    assert one.there.cuts == [0, 7]
    assert one.wires.get("home")


def test_a_blade_that_is_stuck_is_told_and_its_motor_is_off(one: Stand) -> None:
    cutter = WiredCutter(one.wires)
    one.there.faults.cutter_jam = True
    with pytest.raises(PartError) as caught:
        cutter.cut()
    assert caught.value.reason == "trimmer-jam"
    assert one.there._cutting is None
    one.there.faults.cutter_jam = False
    cutter.cut()
    assert one.wires.get("home")


# ------------------------------------------------------------------------------------- of Linux alone


def test_the_heartbeat_changes_with_every_line_that_is_fired() -> None:
    this = stand("pulse")
    engine = this.engine()
    for line in (b"\xff", b"\0", b"\xff", b"\xff"):
        engine.feed(line * this.mechanism.octets)
    while engine.waiting:
        engine.mark()
    assert this.board is not None
    assert this.board.beats == 3


def test_a_strobe_on_a_line_is_ended_by_the_one_shot() -> None:
    """Somebody who is late is not the head's affair."""
    this = stand("lines")
    assert this.board is not None
    wait, board = this.board.wait, this.board

    def late(until: float) -> None:
        wait(until + (5e3 if board._strobed is not None else 0.0))

    board.wait = late  # type: ignore[method-assign]
    this.wires = LinuxWires(this.mechanism, board.config, board, board)
    engine = this.engine()
    engine.feed(b"\xff" * this.mechanism.octets)
    engine.mark()
    assert this.there.rules.broken == []
    assert this.lines() == [(1 << this.mechanism.dots) - 1]


def test_no_strobe_is_longer_than_the_head_takes() -> None:
    for kind in ("pulse", "lines"):
        this = stand(kind)
        with pytest.raises(ValueError, match="the head takes"):
            this.wires.strobe(1, True, this.mechanism.heat.longest_us + 50)
        assert this.lines() == []


def test_closing_switches_everything_off() -> None:
    this = stand("pulse")
    assert this.board is not None
    this.wires.set("supply", True)
    this.wires.step(1)
    assert isinstance(this.wires, LinuxWires)
    this.wires.close()
    assert this.board.closed
    assert not any(this.board.levels[name] for name in ("supply", "phase0", "phase1", "phase2", "phase3"))
