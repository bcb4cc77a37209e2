"""The wires between the board and a mechanism: what the real part does with the kernel's SPI and GPIO, and the
simulated one with numbers. Levels here are electrical; what they mean is the mechanism's affair.

Names of outputs: ``latch``, ``supply`` (a high level switches the head's voltage on), ``cutter``. Of inputs: ``paper``,
``cover``, ``home``, ``gap``, ``peeled``. Of analogue inputs: ``thermistor``, ``volts``.
"""

from __future__ import annotations

from typing import Protocol


class Wires(Protocol):
    """Times are microseconds on a clock that starts anywhere. What can't be done raises OSError."""

    def now(self) -> float: ...

    def wait(self, until: float) -> None:
        """Return when it is that late, or later."""

    def shift(self, data: bytes) -> None:
        """Clock octets into the head, the most significant bit first."""

    def set(self, line: str, high: bool) -> None: ...

    def strobe(self, groups: int, high: bool, us: float) -> None:
        """Put the strobes whose bits are set in ``groups`` to this level for so long, and back. Returns when it is
        over. It is hardware that ends the pulse, never the caller."""

    def step(self, steps: int) -> None:
        """Move the paper motor on."""

    def release(self) -> None:
        """No current through the motor."""

    def get(self, line: str) -> bool:
        """Is this input high?"""

    def analog(self, name: str) -> float:
        """``thermistor``: the voltage as a share of the reference; ``volts``: the head's supply."""
