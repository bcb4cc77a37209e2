"""A line head, its motor and sensors on wires: SPI data, a latch, strobes, inputs – real ones or simulated ones."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from board.engine.mechanism import Mechanism
from board.engine.wires import Wires
from firmware.core.errors import PartError
from firmware.ports import Seen

REVERSED = bytes(int(f"{octet:08b}"[::-1], 2) for octet in range(256))
INVERTED = bytes(255 - octet for octet in range(256))
CUT_US = 1.5e6
"""The longest that a blade takes there and back; a motor that is held up for longer burns."""
LOOK_US = 1000.0


class WiredHead:
    """A ``PrintHead`` as its data sheet says: order of dots, active levels, set-up times."""

    def __init__(self, mechanism: Mechanism, wires: Wires) -> None:
        self._mechanism = mechanism
        self._wires = wires
        self._mirrored = mechanism.shift.first == "right"
        self._inverted = mechanism.shift.black == "low"
        self._latch = mechanism.latch.active == "high"
        self._strobe = mechanism.strobe.active == "high"
        self._since_latch = 0.0
        self._latching = False
        self.supply(False)
        with self._errors():
            wires.set("latch", not self._latch)

    def load(self, line: bytes) -> None:
        if len(line) != self._mechanism.octets:
            raise ValueError(f"a line of {len(line)} octets for a head of {self._mechanism.octets}")
        if self._mirrored:
            line = line.translate(REVERSED)[::-1]
        if self._inverted:
            line = line.translate(INVERTED)
        timing, wires = self._mechanism.latch, self._wires
        with self._errors():
            if self._latching:  # an error came in between
                wires.set("latch", not self._latch)
                self._latching = False
            wires.shift(line)
            wires.wait(wires.now() + timing.setup_us)
            self._latching = True
            wires.set("latch", self._latch)
            wires.wait(wires.now() + timing.width_us)
            wires.set("latch", not self._latch)
            self._latching = False
        self._since_latch = wires.now()

    def fire(self, groups: int, us: float) -> None:
        with self._errors():
            self._wires.wait(self._since_latch + self._mechanism.latch.wait_us)
            self._wires.strobe(groups, self._strobe, us)

    def supply(self, on: bool) -> None:
        with self._errors():
            self._wires.set("supply", on)

    def temperature(self) -> float:
        with self._errors():
            share = self._wires.analog("thermistor")
        try:
            return self._mechanism.thermistor.celsius(share)
        except ValueError as error:
            raise PartError("marker-thermistor-failure", f"The head's thermistor is {error}.") from None

    def volts(self) -> float:
        with self._errors():
            return self._wires.analog("volts")

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        """A wire that fails is a marker that fails; what can still be switched off is."""
        try:
            yield
        except OSError as error:
            with contextlib.suppress(OSError):
                self._wires.set("supply", False)
            raise PartError("marker-recoverable-failure", f"The head can't be reached: {error}.") from error


class WiredMotor:
    """A ``Motor`` on wires."""

    def __init__(self, wires: Wires) -> None:
        self._wires = wires

    def step(self, steps: int) -> None:
        try:
            self._wires.step(steps)
        except OSError as error:
            raise PartError("marker-motor-failure", f"The paper motor can't be reached: {error}.") from error

    def release(self) -> None:
        with contextlib.suppress(OSError):  # whoever stops for an error has said so already
            self._wires.release()


class WiredCutter:
    """A ``Cutter`` on wires: its motor turns until the blade has left its home and come back to it."""

    def __init__(self, wires: Wires) -> None:
        self._wires = wires

    def cut(self) -> None:
        wires = self._wires
        try:
            wires.set("cutter", True)
            try:
                self._there_and_back(wires.now() + CUT_US)
            finally:
                wires.set("cutter", False)
        except OSError as error:
            raise PartError("trimmer-recoverable-failure", f"The cutter can't be reached: {error}.") from error

    def _there_and_back(self, latest: float) -> None:
        wires, left = self._wires, False
        while wires.now() < latest:
            home = wires.get("home")
            if home and left:
                return
            left = left or not home
            wires.wait(wires.now() + LOOK_US)
        raise PartError("trimmer-jam", "The cutter's blade does not come back: free it, and take out what is stuck.")


class WiredSensors:
    """``Sensors`` on wires. A high level is what each is named for: paper there, cover open, home, gap."""

    def __init__(self, mechanism: Mechanism, wires: Wires) -> None:
        self._mounted = mechanism.sensors
        self._wires = wires

    def read(self) -> Seen:
        wires, mounted = self._wires, self._mounted
        try:
            return Seen(
                paper=not mounted.paper or wires.get("paper"),
                cover_open=mounted.cover and wires.get("cover"),
                home=not mounted.home or wires.get("home"),
                gap=mounted.gap != "none" and wires.get("gap"),
                waiting=mounted.peeler and wires.get("peeled"),
            )
        except OSError as error:
            raise PartError("marker-recoverable-failure", f"The sensors can't be read: {error}.") from error
