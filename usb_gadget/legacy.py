"""A legacy printer interface, 7/1/1 and 7/1/2: bytes without framing, cut into jobs – Printer class 1.1 §3.

Nothing on the wire says where a job ends. A job begins with the first octet; it ends when the host has been
quiet for long enough, chose an alternate setting (a host's software lets go of the interface so), reset it or
went away. The consumer is told which, and knows from the format whether the document is whole.

Large reads would wait for a short packet that may not come, so many reads of one packet are kept outstanding.
"""

import asyncio
import logging
from collections import deque
from enum import Enum
from typing import Protocol

from usb_gadget.endpoint import InEndpoint, OutEndpoint

logger = logging.getLogger(__name__)

READS = 32
"""One-packet reads kept outstanding."""
PIECE = 65536
"""Octets handed to the consumer at most at once, and kept at most (and a round of reads) while it is busy."""


class JobEnd(Enum):
    """Why a legacy job ended."""

    IDLE = "idle"
    """The host sent nothing for the idle time-out."""
    RELEASED = "released"
    """SET_INTERFACE or SET_CONFIGURATION: the host's software let go of the interface or took hold of it."""
    SOFT_RESET = "soft-reset"
    """The host gave the job up."""
    GONE = "gone"
    """Bus reset, unplugged or shut down."""


class LegacyJobs(Protocol):
    """Takes the jobs of one legacy interface: `begin`, `data` as often as needed, `end`, in that order.

    Nothing more is read from the host while a call is awaited. An exception from `begin` or `data` drops the
    rest of the job; `end` is called nevertheless if `begin` succeeded.
    """

    async def begin(self) -> None:
        """The first octets of a job are there."""

    async def data(self, data: bytes) -> None:
        """More of the job."""

    async def end(self, reason: JobEnd) -> None:
        """All of the job that the host sent has been given to `data`."""


class LegacyPipe:
    """The endpoint pair of a legacy interface; the same face as `pipe.Pipe`."""

    def __init__(self, out: OutEndpoint, in_: InEndpoint, jobs: LegacyJobs | None, idle_timeout: float = 30.0) -> None:
        """Without `jobs` data is taken and dropped. `idle_timeout` is in seconds."""
        self._out, self._in, self._jobs, self._idle_timeout = out, in_, jobs, idle_timeout
        self._active = False
        self._reads = 0
        self._items: deque[bytes | JobEnd] = deque()
        self._size = 0
        self._job = False  # octets of a job have been queued, and not its end
        self._worker: asyncio.Task[None] | None = None
        self._more = asyncio.Event()

    @property
    def busy(self) -> bool:
        """A job is under way."""
        return self._job or bool(self._items)

    def start(self) -> None:
        """The interface is configured and fresh."""
        self._active = True
        self._out.open(self._received)
        self._in.open(lambda: None)
        self._read_more()

    def stop(self, error: Exception | None = None, reason: JobEnd = JobEnd.GONE) -> None:
        """The interface is gone, or about to be started anew."""
        self._active = False
        self._cut(reason)

    def reset(self, error: Exception | None = None) -> None:
        """The host gives the job at hand up."""
        self._cut(JobEnd.SOFT_RESET)
        if self._active:
            self._read_more()

    def _cut(self, reason: JobEnd) -> None:
        self._out.cancel()
        self._in.cancel()
        self._reads = 0
        self._end(reason)

    def _end(self, reason: JobEnd) -> None:
        if self._job:
            self._job = False
            self._queue(reason)

    def _read_more(self) -> None:
        while self._active and self._size < PIECE and self._reads < READS:
            self._reads += 1
            self._out.read(self._out.packet_size)

    def _received(self, data: memoryview) -> None:
        self._reads -= 1
        if data:
            self._job = True
            self._size += len(data)
            self._queue(bytes(data))
        self._read_more()

    def _queue(self, item: bytes | JobEnd) -> None:
        self._items.append(item)
        self._more.set()
        if self._worker is None:
            self._worker = asyncio.get_running_loop().create_task(self._work())

    async def _work(self) -> None:
        """Hand over what is queued; the idle time runs from when the consumer has taken all of it."""
        begun = dropped = False
        try:
            while (item := await self._take()) is not None:
                try:
                    if isinstance(item, JobEnd):
                        was, begun, dropped = begun, False, False
                        if was and self._jobs:
                            await self._jobs.end(item)
                    elif self._jobs and not dropped:
                        if not begun:
                            await self._jobs.begin()
                            begun = True
                        await self._jobs.data(item)
                except Exception:
                    logger.exception("legacy job dropped")
                    dropped = not isinstance(item, JobEnd)
                self._read_more()
        finally:
            self._worker = None

    async def _take(self) -> bytes | JobEnd | None:
        """What is next in the queue: the end of the job after the idle time, None when there is no job."""
        if not self._items and self._job:
            self._more.clear()
            try:
                async with asyncio.timeout(self._idle_timeout):
                    await self._more.wait()
            except TimeoutError:
                self._end(JobEnd.IDLE)
        if not self._items:
            return None
        item = self._items.popleft()
        if isinstance(item, JobEnd):
            return item
        parts, size = [item], len(item)
        while self._items and isinstance(self._items[0], bytes) and size < PIECE:
            part = self._items.popleft()
            assert isinstance(part, bytes)
            parts.append(part)
            size += len(part)
        self._size -= size
        return b"".join(parts)

    async def drained(self) -> None:
        """All that was read has been handed over; to be awaited after `stop`."""
        while self._worker:
            await asyncio.wait([self._worker])
