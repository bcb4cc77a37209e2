"""Bulk endpoints as the pipes see them, whatever controller they belong to – USB 2.0 §5.8.

The controllers (FunctionFS, USB/IP, memory) implement these two protocols. All calls and callbacks are on the
event loop's thread, and a callback never runs inside the read or write that caused it.
"""

from collections.abc import Callable
from typing import Protocol

TRANSFER_LIMIT = 65536
"""Octets of the largest IN transfer that the pipes make, and of the largest read of most controllers."""


class OutEndpoint(Protocol):
    """Host to device. While no read is outstanding the host gets NAK and waits."""

    @property
    def packet_size(self) -> int:
        """Octets of the largest packet at the speed in force."""

    @property
    def transfer_size(self) -> int:
        """Octets of the largest read worth asking for, a multiple of every packet size."""

    def open(self, received: Callable[[memoryview], None]) -> None:
        """Call `received` once for each read, in their order; the data is valid during that call only."""

    def read(self, size: int) -> None:
        """Take a transfer of at most `size` octets, a multiple of the packet size.

        It ends at a short packet, which may be empty, or when `size` octets are there. Reads queue up.
        """

    def cancel(self) -> None:
        """Forget all outstanding reads; those that are complete already are handed to `received` first."""


class InEndpoint(Protocol):
    """Device to host. While nothing is written the host gets NAK and waits."""

    @property
    def packet_size(self) -> int:
        """Octets of the largest packet at the speed in force."""

    def open(self, sent: Callable[[], None]) -> None:
        """Call `sent` once for each write, in their order, when the host has taken it."""

    def write(self, data: bytes) -> None:
        """Queue one transfer; b"" is a zero-length packet. No short packet is added to a full last one."""

    def cancel(self) -> None:
        """Forget all that is not sent; `sent` is not called for these."""

    def halt(self) -> None:
        """Stall until the host clears it: an error in a stream that has no other way to tell of one."""
