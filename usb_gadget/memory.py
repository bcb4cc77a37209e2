"""A cable in memory: a pair of bulk endpoints and the host's end of them, packet by packet.

It behaves as a real controller does where that matters to us: a read ends at a short packet or a full buffer,
the host's writes wait while nobody reads, a transfer has no end but a short packet. For tests, and for a
device and its host in one process.
"""

import asyncio
from collections import deque
from collections.abc import Callable

from usb_gadget.descriptors import Speed
from usb_gadget.endpoint import TRANSFER_LIMIT


class Unplugged(ConnectionError):
    """The cable is out, or the host reset the device."""


class Halted(ConnectionError):
    """The endpoint answered with a stall; it is cleared by having been told."""


class MemoryOut:
    """An OUT endpoint; `put` and `drop` are the host's side."""

    transfer_size = TRANSFER_LIMIT

    def __init__(self, packet_size: int) -> None:
        self.packet_size = packet_size
        self._received: Callable[[memoryview], None] = lambda data: None
        self._reads: deque[int] = deque()
        self._buffer = bytearray()
        self._packets: deque[tuple[bytes, asyncio.Future[None] | None]] = deque()
        self._done: deque[bytes] = deque()

    def open(self, received: Callable[[memoryview], None]) -> None:
        self._received = received

    def read(self, size: int) -> None:
        assert size % self.packet_size == 0, "reads are multiples of the packet size"
        self._reads.append(size)
        self._move()

    def cancel(self) -> None:
        while self._done:
            self._deliver()
        self._reads.clear()
        self._buffer.clear()

    def put(self, packets: list[bytes]) -> asyncio.Future[None]:
        """Offer packets; done when the last one is taken."""
        taken = asyncio.get_running_loop().create_future()
        self._packets.extend((packet, None) for packet in packets[:-1])
        self._packets.append((packets[-1], taken))
        self._move()
        return taken

    def drop(self, error: Exception) -> None:
        """Packets that nobody took are gone."""
        for _, taken in self._packets:
            if taken and not taken.done():
                taken.set_exception(error)
        self._packets.clear()

    def _move(self) -> None:
        while self._reads and self._packets:
            packet, taken = self._packets.popleft()
            self._buffer += packet
            if taken and not taken.done():
                taken.set_result(None)
            if len(packet) < self.packet_size or len(self._buffer) >= self._reads[0]:
                self._reads.popleft()
                self._done.append(bytes(self._buffer))
                self._buffer.clear()
                asyncio.get_running_loop().call_soon(self._deliver)

    def _deliver(self) -> None:
        if self._done:
            self._received(memoryview(self._done.popleft()))


class MemoryIn:
    """An IN endpoint; `take` is the host's side."""

    def __init__(self, packet_size: int) -> None:
        self.packet_size = packet_size
        self.halted = False
        self._sent: Callable[[], None] = lambda: None
        self._transfers: deque[memoryview] = deque()
        self._taken = 0
        self._ready = asyncio.Event()

    def open(self, sent: Callable[[], None]) -> None:
        self._sent = sent

    def write(self, data: bytes) -> None:
        self._transfers.append(memoryview(data))
        self._ready.set()

    def cancel(self) -> None:
        self._transfers.clear()
        self._taken = 0
        self._ready.clear()

    def halt(self) -> None:
        assert not self._transfers, "data is still to be sent"
        self.halted = True
        self._ready.set()

    async def take(self) -> bytes:
        """The next packet."""
        while not self._transfers:
            if self.halted:
                self.halted = False
                raise Halted
            self._ready.clear()
            await self._ready.wait()
        packet = bytes(self._transfers[0][: self.packet_size])
        self._transfers[0] = self._transfers[0][len(packet) :]
        if not self._transfers[0]:
            self._transfers.popleft()
            self._taken += 1
            asyncio.get_running_loop().call_soon(self._tell)
        return packet

    def _tell(self) -> None:
        if self._taken:
            self._taken -= 1
            self._sent()


class MemoryLink:
    """Both endpoints of an interface and what a host can do with them."""

    def __init__(self, speed: Speed = Speed.HIGH) -> None:
        self.out, self.in_ = MemoryOut(speed.bulk_packet_size), MemoryIn(speed.bulk_packet_size)

    async def write(self, data: bytes, *, zero_length_packet: bool = False) -> None:
        """One transfer, as a host's library sends it: without a zero-length packet unless told to."""
        size = self.out.packet_size
        packets = [data[i : i + size] for i in range(0, len(data), size)]
        if zero_length_packet or not data:
            packets.append(b"")
        await self.out.put(packets)

    async def read(self, size: int) -> bytes:
        """One transfer of at most `size` octets, a multiple of the packet size."""
        data = bytearray()
        while len(data) < size:
            packet = await self.in_.take()
            data += packet
            if len(packet) < self.in_.packet_size:
                break
        return bytes(data)

    def unplug(self) -> None:
        """The host is gone: what it was sending is lost. Tell the pipe as well."""
        self.out.drop(Unplugged())
        self.out.cancel()
        self.in_.cancel()
        self.in_.halted = False
