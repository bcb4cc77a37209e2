"""Bulk endpoints behind USB/IP: the host's transfers wait here until the device reads or writes.

A transfer that waits is what NAK is on a wire.
"""

import asyncio
from collections import deque
from collections.abc import Callable

from usb_gadget.endpoint import TRANSFER_LIMIT
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


class _Incoming:
    """A transfer to the device: what of its data is there and not taken, and what is still to come."""

    __slots__ = ("left", "parts", "urb")

    def __init__(self, urb: Submit) -> None:
        self.urb, self.left = urb, urb.length
        self.parts: deque[memoryview] = deque()

    @property
    def here(self) -> int:
        return sum(len(part) for part in self.parts)


class UsbipOut:
    """Host to device."""

    transfer_size = 4 * TRANSFER_LIMIT

    def __init__(self, send: Send, packet_size: int) -> None:
        self._send, self.packet_size = send, packet_size
        self._received: Callable[[memoryview], None] = lambda data: None
        self._urbs: deque[_Incoming] = deque()
        self._last: _Incoming | None = None  # whose data is still coming
        self._reads: deque[int] = deque()
        self._scheduled = False
        self.halted = False
        self.waiting = 0
        """Octets that wait."""

    def open(self, received: Callable[[memoryview], None]) -> None:
        self._received = received

    def read(self, size: int) -> None:
        self._reads.append(size)
        if self._urbs and not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._move)

    def cancel(self) -> None:
        self._reads.clear()

    @property
    def urbs(self) -> int:
        """Transfers that wait."""
        return len(self._urbs)

    def submit(self, urb: Submit) -> None:
        """The host sends; `data` follows."""
        self._last = _Incoming(urb)
        if self.halted:
            self._send(ret_submit(urb.seq, -EPIPE, 0))
        else:
            self._urbs.append(self._last)
            if not urb.length:
                self._move()

    def data(self, part: memoryview) -> None:
        """Data of the transfer submitted last, valid during this call only."""
        urb = self._last
        assert urb
        urb.left -= len(part)
        if self._urbs and self._urbs[-1] is urb:  # else it has been answered already
            urb.parts.append(part)
            self.waiting += len(part)
            self._move()
            if urb.parts:  # not taken at once
                urb.parts[-1] = memoryview(bytes(urb.parts[-1]))

    def unlink(self, victim: int) -> bool:
        """The host takes a transfer back; whether it was still waiting."""
        found = next((item for item in self._urbs if item.urb.seq == victim), None)
        if found is None:
            return False
        self._urbs.remove(found)
        self.waiting -= found.here
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
            self._send(ret_submit(self._urbs.popleft().urb.seq, status, 0))
        self.waiting = 0

    def _move(self) -> None:
        """Hand data over as it comes: nothing waits for a full buffer, for the end of the transfer is known."""
        self._scheduled = False
        while self._reads and self._urbs:
            first = self._urbs[0]
            if not first.parts and first.left:
                return
            part = first.parts.popleft() if first.parts else memoryview(b"")
            size = self._reads.popleft()
            if len(part) > size:
                first.parts.appendleft(part[size:])
                part = part[:size]
            self.waiting -= len(part)
            if not first.parts and not first.left:
                self._urbs.popleft()
                self._send(ret_submit(first.urb.seq, 0, first.urb.length))
            self._received(part)


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
