"""A simulated circuit board between Linux and a mechanism: what is clocked out and set on lines becomes what the head
sees. It reads octets and levels, and knows of no plan.

The circuit is the one that docs/head.md draws: a gate for each strobe group lets the pulse of the second bus through, a
one-shot ends strobes on lines, a charge pump lets the supply on while the heartbeat goes on.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby

from board.engine.mechanism import Mechanism
from board.parts.wires_linux import safe_levels
from board.parts.wires_simulated import SimulatedWires
from board.wiring import Analog, Inputs, MotorWiring, StrobeWiring, WiresConfig

DATA, PULSE, CONVERTER = "/dev/spidev1.0", "/dev/spidev0.0", "/dev/spidev0.1"
FULL_STEPS = ("1010", "0110", "0101", "1001")
DIVIDER = 30.0
"""Volts of the supply at the converter's reference."""


def wiring(mechanism: Mechanism, strobe: str = "pulse") -> WiresConfig:
    """A board for this mechanism."""
    groups = len(mechanism.strobe.groups)
    longest = mechanism.heat.longest_us
    by_pulse = StrobeWiring(
        pulse=PULSE,
        hz=1_000_000,
        inverted=mechanism.strobe.active == "low",
        select=tuple(range(20, 20 + groups)) if groups > 1 else (),
    )
    by_lines = StrobeWiring(lines=tuple(range(20, 20 + groups)), one_shot_us=longest)
    return WiresConfig(
        data=DATA,
        latch="GPIO24",
        supply="GPIO25",
        heartbeat="GPIO8",
        cutter="GPIO7",
        strobe=by_pulse if strobe == "pulse" else by_lines,
        motor=MotorWiring(phases=(4, 5, 6, 12)) if strobe == "pulse" else MotorWiring(step="STEP", enable="EN"),
        inputs=Inputs(paper=13, cover=16, home=17, gap=18, peeled=19),
        thermistor=Analog(spi=CONVERTER, converter="mcp3208", channel=5),
        volts=Analog(spi=CONVERTER, converter="mcp3208", channel=2, volts=DIVIDER),
    )


class Bus:
    """One SPI device of the board."""

    def __init__(self, board: HeadBoard, path: str, hz: int) -> None:
        self._board, self._path, self._hz = board, path, hz

    def write(self, data: bytes) -> None:
        if self._path == DATA:
            self._board.wires.shift(data)
        else:
            self._board.pulse(data, self._hz)

    def exchange(self, data: bytes) -> bytes:
        return self._board.convert(data)


class HeadBoard:
    """``Devices`` and ``Clock`` for ``LinuxWires``, with a simulated mechanism at their other end."""

    def __init__(self, mechanism: Mechanism, wires: SimulatedWires, config: WiresConfig) -> None:
        self.wires, self.config = wires, config
        self.levels = safe_levels(mechanism, config)
        self.beats = 0
        self.closed = False
        self._active = mechanism.strobe.active == "high"
        self._groups = len(mechanism.strobe.groups)
        self._fixed = int(self._groups == 1)
        self._strobed: int | None = None
        self._late = 0.0
        """What the clock is ahead of the mechanism's while a strobe on a line lasts."""
        self._winding: int | None = None

    # -------------------------------------------------------------------------------------------- Clock

    def now(self) -> float:
        return self.wires.now() + self._late

    def wait(self, until: float) -> None:
        if self._strobed is not None:
            self._late = max(self._late, until - self.wires.now())
        else:
            self.wires.wait(until)

    # ------------------------------------------------------------------------------------------ Devices

    def spi(self, path: str, hz: int) -> Bus:
        return Bus(self, path, hz)

    def set(self, levels: Mapping[str, bool]) -> None:
        before = dict(self.levels)
        assert set(levels) <= set(before), "lines that nobody asked for"
        self.levels.update(levels)
        changed = {name for name, high in levels.items() if high != before[name]}
        self.beats += "heartbeat" in changed
        for name in ("latch", "supply", "cutter"):
            if name in levels:
                self.wires.set(name, levels[name])
        if any(name.startswith("strobe") for name in levels):
            self._strobe_lines()
        if any(name.startswith("phase") for name in levels):
            self._turn()
        if "step" in changed and self.levels["step"]:
            self.wires.step(1)

    def get(self, line: str) -> bool:
        return self.wires.get(line)

    def number(self, file: str) -> float:
        raise FileNotFoundError(file)

    def close(self) -> None:
        self.closed = True

    # ------------------------------------------------------------------------------------------ circuit

    def pulse(self, data: bytes, hz: int) -> None:
        """Runs of ones are strobes of the groups that are let through."""
        groups = sum(1 << index for index in range(self._groups) if self.levels.get(f"select{index}")) or self._fixed
        bits = "".join(f"{octet:08b}" for octet in data)
        assert bits[0] == "0", "the line has to rest low"
        assert bits[-1] == "0", "the line has to rest low"
        for high, run in groupby(bits):
            us = len(list(run)) * 1e6 / hz
            if high == "1" and groups:
                self.wires.strobe(groups, self._active, us)
            else:
                self.wires.wait(self.wires.now() + us)

    def convert(self, data: bytes) -> bytes:
        """A Microchip MCP3208: start, single-ended, three bits of channel; a bit to think, a null bit, twelve bits."""
        assert len(data) == 3
        bits = "".join(f"{octet:08b}" for octet in data)
        start = bits.index("1")
        assert bits[start + 1] == "1", "single-ended"
        name = {5: "thermistor", 2: "volts"}[int(bits[start + 2 : start + 5], 2)]
        share = self.wires.analog(name) / (1.0 if name == "thermistor" else DIVIDER)
        answer = ("0" * (start + 7) + f"{min(4095, round(share * 4095)):012b}").ljust(24, "0")
        return int(answer, 2).to_bytes(3)

    def _strobe_lines(self) -> None:
        on = sum(1 << index for index in range(self._groups) if self.levels[f"strobe{index}"] is self._active)
        if self._strobed is None and on:
            self._strobed = on
        elif self._strobed is not None and not on:
            groups, us = self._strobed, min(self._late, self.config.strobe.one_shot_us)
            self._strobed, self._late = None, 0.0
            self.wires.strobe(groups, self._active, us)

    def _turn(self) -> None:
        """A motor follows only from one winding to the next."""
        windings = "".join(str(int(self.levels[f"phase{index}"])) for index in range(4))
        if windings == "0000":
            return
        now = FULL_STEPS.index(windings)
        if self._winding is not None:
            assert (now - self._winding) % 4 == 1, "the motor is jerked"
        self._winding = now
        self.wires.step(1)
