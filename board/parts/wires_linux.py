"""Wires of a real head: SPI and GPIO of Linux, and the rules that keep a program that is never quite in time from
harming it.

A strobe is a run of ones on a second SPI bus: its controller ends it, whatever this program does meanwhile. Where
strobes are plain lines, the board must say that a one-shot ends them. PWM is no way out: the kernel's has no single
pulse, it repeats until somebody is in time to stop it.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Protocol

from board.config import ConfigError
from board.engine.mechanism import Mechanism
from board.wiring import Analog, WiresConfig

MOST = 4096
"""Octets of one SPI transfer, as spidev has it."""
SPIN_US = 120.0
"""A sleep is late by as much; the rest of a wait is spent awake."""
FULL_STEPS = ((1, 0, 1, 0), (0, 1, 1, 0), (0, 1, 0, 1), (1, 0, 0, 1))
"""A bipolar motor's phases, two windings on at each step."""
CONVERTERS = {"mcp3008": 1023, "mcp3208": 4095}


class Spi(Protocol):
    """One SPI device. OSError from any of these."""

    def write(self, data: bytes) -> None: ...
    def exchange(self, data: bytes) -> bytes:
        """What comes in while this goes out."""


class Devices(Protocol):
    """What the wires end in. OSError from any of these."""

    def spi(self, path: str, hz: int) -> Spi: ...
    def set(self, levels: Mapping[str, bool]) -> None:
        """Output lines by name."""

    def get(self, line: str) -> bool:
        """An input line by name."""

    def number(self, file: str) -> float:
        """What stands in a file."""

    def close(self) -> None: ...


class Clock(Protocol):
    """Microseconds that only go up."""

    def now(self) -> float: ...
    def wait(self, until: float) -> None: ...


class SystemClock:
    """The kernel's clock; waits sleep most of their time and are awake for the rest."""

    def now(self) -> float:
        return time.monotonic_ns() / 1e3

    def wait(self, until: float) -> None:
        left = until - self.now()
        if left > SPIN_US:
            time.sleep((left - SPIN_US) / 1e6)
        while self.now() < until:
            pass


class LinuxWires:
    """``Wires`` on devices of Linux."""

    def __init__(self, mechanism: Mechanism, config: WiresConfig, devices: Devices, clock: Clock | None = None) -> None:
        check_wiring(mechanism, config)
        self._mechanism, self._config, self._devices = mechanism, config, devices
        clock = clock or SystemClock()
        self.now, self.wait = clock.now, clock.wait
        self._data = devices.spi(config.data, min(config.data_hz, mechanism.shift.clock_hz))
        self._pulse = devices.spi(config.strobe.pulse, config.strobe.hz) if config.strobe.pulse else None
        converters = {each.spi for each in (config.thermistor, config.volts) if each.spi}
        self._converters = {path: devices.spi(path, 1_000_000) for path in converters}
        self._pulses: dict[int, bytes] = {}
        self._beat = False
        self._phase = 0
        self._over: dict[int, float] = {}
        """How much too long each group was on since the supply was switched on, for one line, that is."""

    def shift(self, data: bytes) -> None:
        self._data.write(data)

    def set(self, line: str, high: bool) -> None:
        levels = {line: high}
        if line == "supply":
            self._over.clear()
        if line == "supply" and high and self._config.heartbeat is not None:
            self._beat = not self._beat
            levels["heartbeat"] = self._beat
        self._devices.set(levels)

    def strobe(self, groups: int, high: bool, us: float) -> None:
        if us > self._mechanism.heat.longest_us * 1.001:
            raise ValueError(f"a strobe of {us:.0f} us: the head takes {self._mechanism.heat.longest_us:.0f}")
        if self._pulse is None:
            self._strobe_by_lines(groups, high, us)
            return
        selects = [f"select{index}" for index in range(len(self._config.strobe.select)) if groups >> index & 1]
        if selects:
            self._devices.set(dict.fromkeys(selects, True))
        try:
            self._pulse.write(self._octets(us))
        finally:
            if selects:
                self._devices.set(dict.fromkeys(selects, False))

    def step(self, steps: int) -> None:
        for _ in range(steps):
            if self._config.motor.phases:
                self._phase = (self._phase + (-1 if self._config.motor.reversed else 1)) % len(FULL_STEPS)
                self._devices.set({f"phase{index}": on > 0 for index, on in enumerate(FULL_STEPS[self._phase])})
            else:
                self._devices.set({"step": True, **({"enable": True} if self._config.motor.enable is not None else {})})
                self.wait(self.now() + 2.0)
                self._devices.set({"step": False})

    def release(self) -> None:
        if self._config.motor.phases:
            self._devices.set({f"phase{index}": False for index in range(4)})
        elif self._config.motor.enable is not None:
            self._devices.set({"enable": False})

    def get(self, line: str) -> bool:
        return self._devices.get(line)

    def analog(self, name: str) -> float:
        config = self._config.thermistor if name == "thermistor" else self._config.volts
        share = self._share(config)
        return share if name == "thermistor" else share * config.volts

    def close(self) -> None:
        """Everything off, and the lines given back."""
        try:
            self._devices.set({"supply": False})
            self.release()
        finally:
            self._devices.close()

    # ------------------------------------------------------------------------------------------- pieces

    def _octets(self, us: float) -> bytes:
        """A pulse as ones between zeros: the line rests low before and after it."""
        ones = round(us * self._config.strobe.hz / 1e6)
        octets = self._pulses.get(ones)
        if octets is None:
            length = (ones + 7) // 8
            bits = ((1 << ones) - 1) << (8 * length - ones)
            octets = self._pulses[ones] = b"\0" + bits.to_bytes(length) + b"\0"
        return octets

    def _strobe_by_lines(self, groups: int, high: bool, us: float) -> None:
        """What an earlier strobe of the line lasted too long is taken off the next one of its groups."""
        each = [index for index in range(len(self._config.strobe.lines)) if groups >> index & 1]
        wanted = us - max(self._over.get(index, 0.0) for index in each)
        if wanted <= 0:
            return
        lines, began = [f"strobe{index}" for index in each], self.now()
        try:
            self._devices.set(dict.fromkeys(lines, high))
            self.wait(began + wanted)
        finally:
            self._devices.set(dict.fromkeys(lines, not high))
        took = min(self.now() - began, self._config.strobe.one_shot_us)
        for index in each:
            self._over[index] = self._over.get(index, 0.0) + max(0.0, took - wanted)

    def _share(self, config: Analog) -> float:
        if config.file:
            return self._devices.number(config.file) / config.full
        # Microchip MCP3008 and MCP3208 data sheets: start bit, single-ended, channel; then a null bit and the value.
        bits = 0b11000 | config.channel
        if config.converter == "mcp3208":
            answer = self._converters[config.spi].exchange(bytes((bits >> 2, (bits & 3) << 6, 0)))
            value = (answer[1] & 0x0F) << 8 | answer[2]
        else:
            answer = self._converters[config.spi].exchange(bytes((1, (bits & 0x0F) << 4, 0)))
            value = (answer[1] & 0x03) << 8 | answer[2]
        return value / CONVERTERS[config.converter]


def safe_levels(mechanism: Mechanism, config: WiresConfig) -> dict[str, bool]:
    """Each output's level when nothing is to happen."""
    strobe = mechanism.strobe.active == "low"
    return {
        name: strobe if name.startswith("strobe") else mechanism.latch.active == "low" if name == "latch" else False
        for name in config.outputs()
    }


def check_wiring(mechanism: Mechanism, config: WiresConfig) -> None:
    """ConfigError for what can't work, or could harm a head."""
    problem = _strobe_problem(mechanism, config) or _line_problem(mechanism, config)
    if problem:
        raise ConfigError(f"[wires] {problem}")


def _strobe_problem(mechanism: Mechanism, config: WiresConfig) -> str:
    strobe, groups, longest = config.strobe, len(mechanism.strobe.groups), mechanism.heat.longest_us
    if bool(strobe.pulse) == bool(strobe.lines):
        return "strobe: give either 'pulse', the SPI device that makes strobes, or 'lines' behind a hardware one-shot"
    if strobe.lines:
        if not 0 < strobe.one_shot_us <= longest:
            return (
                "strobe.lines: a program ends strobes too late now and then, which burns paper and head. Use "
                f"strobe.pulse, or fit a one-shot that ends them and say so: one_shot_us of at most {longest:.0f}"
            )
        return "" if len(strobe.lines) == groups else f"strobe.lines: the head has {groups} strobe groups"
    if (mechanism.strobe.active == "high") is strobe.inverted:
        return (
            "strobe.inverted: an SPI line rests low, so low must be no heat. Strobes that are active high want the "
            "pulse as it is, those that are active low an inverting gate (inverted = true)"
        )
    if len(strobe.select) != (groups if groups > 1 or strobe.select else 0):
        return f"strobe.select: the head has {groups} strobe groups, each wants its line"
    if longest * strobe.hz / 8e6 + 3 > MOST:
        return f"strobe.hz: {longest:.0f} us are more than {MOST} octets at {strobe.hz} Hz"
    if strobe.hz < 100_000:
        return f"strobe.hz: {strobe.hz} Hz is too coarse for a pulse: take 100000 at least"
    return ""


def _line_problem(mechanism: Mechanism, config: WiresConfig) -> str:
    motor = config.motor
    if (len(motor.phases) == 4) is (motor.step is not None) or len(motor.phases) not in (0, 4):
        return "motor: give either four 'phases' or 'step'"
    for name, analog in (("thermistor", config.thermistor), ("volts", config.volts)):
        if bool(analog.file) == bool(analog.spi):
            return f"{name}: give either 'file' or 'spi'"
        if analog.file and analog.full <= 0:
            return f"{name}.full: say what {analog.file} shows at the reference's voltage"
    mounted, sensors = mechanism.sensors, config.sensors()
    needed = {"paper": mounted.paper, "cover": mounted.cover, "home": mounted.home, "gap": mounted.gap != "none"}
    needed["peeled"] = mounted.peeler
    missing = [name for name, there in needed.items() if there and name not in sensors]
    if missing:
        return f"inputs: the mechanism has sensors for {', '.join(missing)}: give their lines, or take them out of it"
    if mechanism.cutter.kind in ("partial", "full") and config.cutter is None:
        return f"cutter: the mechanism has one that cuts ({mechanism.cutter.kind}): give its line, or take it out"
    return ""
