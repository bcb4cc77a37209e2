"""Wires of Linux: what of a board file is refused, and why; what is missing on a machine."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from board.config import ConfigError, HeadConfig, load_board
from board.engine.mechanism import load_head
from board.parts.heads import RealHead
from board.parts.linux_devices import LinuxDevices, missing
from board.parts.wires_linux import SystemClock, check_wiring, safe_levels
from board.wiring import Analog, Inputs, Line, MotorWiring, StrobeWiring, WiresConfig
from tests.board.engine.bench import changed
from tests.parts.head_board import wiring

HEAD = load_head("ltpd245")
GOOD = wiring(HEAD)
SIX = tuple(range(6))


@pytest.mark.parametrize("name", ["ltpd245", "ltpd347", "ltp02-245", "ftp-628", "label-106"])
@pytest.mark.parametrize("strobe", ["pulse", "lines"])
def test_good_wiring_is_taken(name: str, strobe: str) -> None:
    mechanism = load_head(name)
    check_wiring(mechanism, wiring(mechanism, strobe))


def test_our_board_for_a_pi_is_good() -> None:
    board = load_board("pi-ltpd245")
    assert board.wires is not None
    mechanism = load_head(board.head.mechanism)
    check_wiring(mechanism, board.wires)
    pulled_up = {f"GPIO{number}" for number in range(9)}  # BCM2835 ARM peripherals, table 6-31
    safe = safe_levels(mechanism, board.wires)
    outputs = board.wires.outputs()
    low = [name for name in outputs if name in ("supply", "heartbeat") or name.startswith("select")]
    assert not any(safe[name] for name in low)
    assert not {outputs[name].line for name in low} & pulled_up


WRONG = {
    "no strobe": (replace(GOOD, strobe=StrobeWiring()), "give either 'pulse'"),
    "both": (replace(GOOD, strobe=replace(GOOD.strobe, lines=SIX, one_shot_us=900.0)), "give either 'pulse'"),
    "no one-shot": (replace(GOOD, strobe=StrobeWiring(lines=SIX)), "fit a one-shot that ends them and say so"),
    "long one-shot": (replace(GOOD, strobe=StrobeWiring(lines=SIX, one_shot_us=9e3)), "one_shot_us of at most 2600"),
    "few lines": (replace(GOOD, strobe=StrobeWiring(lines=(1,), one_shot_us=900.0)), "has 6 strobe groups"),
    "rests high": (replace(GOOD, strobe=replace(GOOD.strobe, inverted=True)), "low must be no heat"),
    "few selects": (replace(GOOD, strobe=replace(GOOD.strobe, select=(1, 2))), "has 6 strobe groups"),
    "fast bits": (replace(GOOD, strobe=replace(GOOD.strobe, hz=20_000_000)), "more than 4096 octets"),
    "slow bits": (replace(GOOD, strobe=replace(GOOD.strobe, hz=50_000)), "too coarse"),
    "no motor": (replace(GOOD, motor=MotorWiring()), "four 'phases' or 'step'"),
    "three phases": (replace(GOOD, motor=MotorWiring(phases=(1, 2, 3))), "four 'phases' or 'step'"),
    "no thermistor": (replace(GOOD, thermistor=Analog()), "thermistor: give either"),
    "no scale": (replace(GOOD, volts=Analog(file="/sys/x")), "volts.full"),
    "no sensors": (replace(GOOD, inputs=Inputs(paper=3)), "sensors for cover"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wiring_that_cant_work_or_could_harm_says_why(case: str) -> None:
    config, told = WRONG[case]
    with pytest.raises(ConfigError, match=told):
        check_wiring(HEAD, config)


def test_a_cutter_and_a_low_strobe_want_their_own() -> None:
    cutting = load_head("ltpd347")
    with pytest.raises(ConfigError, match="cutter"):
        check_wiring(cutting, replace(wiring(cutting), cutter=None))
    low = changed(HEAD, "strobe", active="low")
    with pytest.raises(ConfigError, match="inverting gate"):
        check_wiring(low, GOOD)


def test_safe_levels_heat_nothing_and_hold_nothing() -> None:
    levels = safe_levels(HEAD, GOOD)
    assert [name for name, high in levels.items() if high] == ["latch"]  # active low
    low = load_head("ltpd347")
    levels = safe_levels(low, wiring(low, "lines"))
    assert all(levels[f"strobe{index}"] for index in range(2))
    assert not levels["supply"]


def test_what_is_missing_is_told_a_line_each(tmp_path: Path) -> None:
    number = tmp_path / "in_voltage0_raw"
    number.write_text("2048\n")
    config = replace(
        GOOD,
        data=str(tmp_path / "spidev7.0"),
        chip=str(tmp_path / "gpiochip7"),
        strobe=replace(GOOD.strobe, pulse=str(tmp_path / "spidev8.0")),
        thermistor=Analog(file=str(number), full=4095),
        volts=Analog(file=str(tmp_path / "hwmon7" / "in1_input"), full=3300),
    )
    lines = list(missing(config))
    assert [line.partition(" is not there: ")[2] for line in lines] == [
        "switch SPI on in the device tree, and give it a node for spidev",
        "switch SPI on in the device tree, and give it a node for spidev",
        "look at what gpiodetect lists",
        "load the sensor's driver",
    ]
    with pytest.raises(ConfigError, match=r"spidev7\.0 is not there: switch SPI on"):
        LinuxDevices(config, safe_levels(HEAD, config))


def test_a_chip_that_is_none_has_no_lines(tmp_path: Path) -> None:
    chip = tmp_path / "gpiochip7"
    chip.touch()
    config = replace(GOOD, data=str(chip), strobe=replace(GOOD.strobe, pulse=str(chip)), chip=str(chip))
    config = replace(config, thermistor=Analog(file=str(chip), full=1), volts=Analog(file=str(chip), full=1))
    lines = list(missing(config))
    assert lines[0] == f"{chip} has no line GPIO24 for latch: look at what gpioinfo lists"
    assert len(lines) == len(config.outputs()) + len(config.sensors())


def test_a_real_head_wants_wires() -> None:
    with pytest.raises(ConfigError, match=r"\[wires\]"):
        RealHead(HeadConfig(wires="linux"), None)


def test_lines_are_had_by_name_and_by_number() -> None:
    config = WiresConfig(
        data="/dev/spidev1.0",
        latch=24,
        supply=Line(line="VH", chip="/dev/gpiochip1", inverted=True),
        strobe=GOOD.strobe,
        motor=GOOD.motor,
        thermistor=GOOD.thermistor,
        volts=GOOD.volts,
    )
    outputs = config.outputs()
    assert (outputs["latch"].line, outputs["latch"].chip) == (24, "/dev/gpiochip0")
    assert (outputs["supply"].line, outputs["supply"].chip, outputs["supply"].inverted) == (
        "VH",
        "/dev/gpiochip1",
        True,
    )
    assert "/dev/gpiochip1" in config.files()


def test_the_clock_does_not_return_early() -> None:
    clock = SystemClock()
    for us in (0.0, 20.0, 400.0):
        until = clock.now() + us
        clock.wait(until)
        assert clock.now() >= until
