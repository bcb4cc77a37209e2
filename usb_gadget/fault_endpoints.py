"""Bulk endpoints with the faults in front of them."""

import asyncio
from collections import deque
from collections.abc import Callable

from usb_gadget.endpoint import InEndpoint, OutEndpoint
from usb_gadget.fault import FaultLink


def wrap_out(link: FaultLink, interface: int, out: OutEndpoint) -> OutEndpoint:
    """`out` as the faults make it; the wrapper made for it before is forgotten."""
    gate = link.gates[out] = FaultyOut(link, interface, out)
    return gate


def wrap_in(link: FaultLink, interface: int, in_: InEndpoint) -> InEndpoint:
    """`in_` as the faults make it; the wrapper made for it before is forgotten."""
    gate = link.gates[in_] = FaultyIn(link, interface, in_)
    return gate


class FaultyOut:
    """An OUT endpoint with the faults in front of it."""

    def __init__(self, link: FaultLink, interface: int, inner: OutEndpoint) -> None:
        self._link, self._interface, self._inner = link, interface, inner
        self._received: Callable[[memoryview], None] = lambda data: None
        self._wanted: deque[int] = deque()  # reads not passed on yet
        self._asked: deque[int] = deque()  # reads passed on
        self._held: bytes | None = None  # waits for a packet behind it
        self._late: list[asyncio.TimerHandle] = []

    @property
    def packet_size(self) -> int:
        return self._inner.packet_size

    @property
    def transfer_size(self) -> int:
        return self._inner.transfer_size

    def open(self, received: Callable[[memoryview], None]) -> None:
        self._received = received
        self._inner.open(self._arrived)

    def read(self, size: int) -> None:
        self._wanted.append(size)
        self.update()

    def cancel(self) -> None:
        self._inner.cancel()
        self._wanted.clear()
        self._asked.clear()
        self._held = None
        for handle in self._late:
            handle.cancel()
        self._late.clear()

    def update(self) -> None:
        if not self._link.silent(self._interface):
            while self._wanted:
                self._asked.append(self._wanted.popleft())
                self._inner.read(self._asked[-1])
        elif self._asked:
            self._inner.cancel()
            self._wanted.extendleft(reversed(self._asked))
            self._asked.clear()

    def _arrived(self, data: memoryview) -> None:
        self._asked.popleft()
        if not self._link.busy and self._held is None:
            self._received(data)
            return
        delay = 0.0
        for fault in self._link.faults:
            fault.arrived(data, self._interface, self._link)
            delay = max(delay, fault.delay)
        if delay:
            self._late = [handle for handle in self._late if handle.when() > self._link.now]
            loop = asyncio.get_running_loop()
            self._late.append(loop.call_later(delay, self._pass_on, memoryview(bytes(data))))
        else:
            self._pass_on(data)

    def _pass_on(self, data: memoryview) -> None:
        held, self._held = self._held, None
        if held is not None:
            self._received(memoryview(held))
        full = len(data) > 0 and len(data) % self.packet_size == 0
        if full and any(fault.waits_for_empty for fault in self._link.faults):
            self._held = bytes(data)
        else:
            self._received(data)


class FaultyIn:
    """An IN endpoint with the faults in front of it."""

    def __init__(self, link: FaultLink, interface: int, inner: InEndpoint) -> None:
        self._link, self._interface, self._inner = link, interface, inner
        self._sent: Callable[[], None] = lambda: None
        self._waiting: deque[bytes] = deque()
        self._parts: deque[bool] = deque()  # of the transfers under way: is it the last one of a write?

    @property
    def packet_size(self) -> int:
        return self._inner.packet_size

    def open(self, sent: Callable[[], None]) -> None:
        self._sent = sent
        self._inner.open(self._part_sent)

    def write(self, data: bytes) -> None:
        self._waiting.append(data)
        self.update()

    def cancel(self) -> None:
        self._waiting.clear()
        self._parts.clear()
        self._inner.cancel()

    def halt(self) -> None:
        self._inner.halt()

    def update(self) -> None:
        while self._waiting and not self._link.silent(self._interface):
            transfers = [self._waiting.popleft()]
            for fault in self._link.faults:
                transfers = [part for whole in transfers for part in fault.transfers(whole)]
            for last, part in enumerate(transfers, 1 - len(transfers)):
                self._parts.append(last == 0)
                self._inner.write(part)

    def _part_sent(self) -> None:
        if self._parts.popleft():
            self._sent()
