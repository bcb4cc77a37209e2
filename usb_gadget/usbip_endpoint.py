"""Bulk endpoints behind USB/IP: the host's transfers wait here until the device reads or writes.

A transfer that waits is what NAK is on a wire.
"""

import asyncio
from collections import deque
from collections.abc import Callable

from usb_gadget.usbip_wire import (
    EOVERFLOW,
    EPIPE,
    EREMOTEIO,
    ESHUTDOWN,
    URB_SHORT_NOT_OK,
    Submit,
    ret_submit,
)

Send = Callable[[bytes], None]


class UsbipOut:
    """Host to device."""

    def __init__(self, send: Send, packet_size: int) -> None:
        self._send, self.packet_size = send, packet_size
        self._received: Callable[[memoryview], None] = lambda data: None
        self._urbs: deque[tuple[Submit, memoryview]] = deque()  # with what is left of their data
        self._reads: deque[int] = deque()
        self._scheduled = False
        self.halted = False
        self.waiting = 0
        """Octets of transfers that wait."""

    def open(self, received: Callable[[memoryview], None]) -> None:
        self._received = received

    def read(self, size: int) -> None:
        self._reads.append(size)
        self._schedule()

    def cancel(self) -> None:
        self._reads.clear()

    @property
    def urbs(self) -> int:
        """Transfers that wait."""
        return len(self._urbs)

    def submit(self, urb: Submit) -> None:
        """The host sends."""
        if self.halted:
            self._send(ret_submit(urb.seq, -EPIPE, 0))
        else:
            self._urbs.append((urb, memoryview(urb.data)))
            self.waiting += urb.length
            self._schedule()

    def unlink(self, victim: int) -> bool:
        """The host takes a transfer back; whether it was still waiting."""
        found = next((item for item in self._urbs if item[0].seq == victim), None)
        if found is None:
            return False
        self._urbs.remove(found)
        self.waiting -= len(found[1])
        return True

    def set_halt(self, halted: bool) -> None:
        """The host halted the endpoint or cleared its halt."""
        self.halted = halted
        if halted:
            self._fail(-EPIPE)

    def refresh(self) -> None:
        """The endpoint is enabled anew: what the host had queued before is void."""
        self.halted = False
        self._fail(-ESHUTDOWN)

    def _fail(self, status: int) -> None:
        while self._urbs:
            urb, rest = self._urbs.popleft()
            self.waiting -= len(rest)
            self._send(ret_submit(urb.seq, status, 0))

    def _schedule(self) -> None:
        if self._reads and self._urbs and not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._move)

    def _move(self) -> None:
        self._scheduled = False
        while self._reads and self._urbs:
            urb, rest = self._urbs[0]
            size = self._reads.popleft()
            self.waiting -= min(size, len(rest))
            if len(rest) > size:
                self._urbs[0] = urb, rest[size:]
            else:
                # Nothing waits for a full buffer here: the end of the host's transfer is known.
                self._urbs.popleft()
                self._send(ret_submit(urb.seq, 0, urb.length))
            self._received(rest[:size])


class UsbipIn:
    """Device to host."""

    def __init__(self, send: Send, packet_size: int) -> None:
        self._send, self.packet_size = send, packet_size
        self._sent: Callable[[], None] = lambda: None
        self._urbs: deque[Submit] = deque()
        # What is to be sent, and whether `sent` is to be called for it; the first may be the rest of one.
        self._transfers: deque[tuple[memoryview, bool]] = deque()
        self._partial = bytearray()  # of the first waiting URB
        self._done = 0
        self.halted = False

    def open(self, sent: Callable[[], None]) -> None:
        self._sent = sent

    def write(self, data: bytes) -> None:
        self._transfers.append((memoryview(data), True))
        self._move()

    def cancel(self) -> None:
        self._transfers.clear()
        self._partial.clear()
        self._done = 0

    def halt(self) -> None:
        self.set_halt(True)

    def set_halt(self, halted: bool) -> None:
        """Stall from now on, or no longer."""
        self.halted = halted
        while halted and self._urbs:
            self._finish(-EPIPE)
        self._move()

    def refresh(self) -> None:
        """The endpoint is enabled anew: what the host had queued before is void."""
        self.halted = False
        while self._urbs:
            self._finish(-ESHUTDOWN)

    @property
    def urbs(self) -> int:
        """Transfers that wait."""
        return len(self._urbs)

    def submit(self, urb: Submit) -> None:
        """The host wants to receive."""
        self._urbs.append(urb)
        if self.halted:
            self._finish(-EPIPE)
        else:
            self._move()

    def unlink(self, victim: int) -> bool:
        """The host takes a transfer back; whether it was still waiting. What it has is kept for the next."""
        found = next((urb for urb in self._urbs if urb.seq == victim), None)
        if found is None:
            return False
        if found is self._urbs[0] and self._partial:
            self._transfers.appendleft((memoryview(bytes(self._partial)), False))
            self._partial.clear()
        self._urbs.remove(found)
        self._move()
        return True

    def _move(self) -> None:
        """Packets go to the first waiting URB until a short one or its length ends it."""
        while self._urbs and self._transfers:
            urb, (transfer, tell) = self._urbs[0], self._transfers[0]
            room = urb.length - len(self._partial)
            if room < min(len(transfer), self.packet_size):
                self._finish(-EOVERFLOW)  # a packet larger than what the host has room for
                continue
            room -= room % self.packet_size if len(transfer) > room else 0
            part, rest = transfer[:room], transfer[room:]
            self._partial += part
            if rest:
                self._transfers[0] = rest, tell
            else:
                self._transfers.popleft()
                if tell:
                    self._tell()
            short = not rest and (not transfer or len(transfer) % self.packet_size)
            if short or len(self._partial) == urb.length:
                self._finish(0)

    def _finish(self, status: int) -> None:
        urb = self._urbs.popleft()
        data = bytes(self._partial)
        self._partial.clear()
        if status == 0 and urb.flags & URB_SHORT_NOT_OK and len(data) < urb.length:
            status = -EREMOTEIO
        self._send(ret_submit(urb.seq, status, len(data), data))

    def _tell(self) -> None:
        self._done += 1
        asyncio.get_running_loop().call_soon(self._call)

    def _call(self) -> None:
        if self._done:
            self._done -= 1
            self._sent()
