"""Jobs from the legacy USB interface: bytes without a name become jobs like all others.

The format is found out by looking (the pipeline's application/octet-stream); the owner is ``usb``.
"""

from __future__ import annotations

import asyncio
import logging

from firmware.core.access import Caller, Link, Role
from firmware.core.call import Reply
from firmware.core.events import Fact
from firmware.ipp import Attribute, Message, Name, Operation, Status, Uri
from firmware.net.intake import Gone, Intake
from firmware.runtime.pump import Pump
from usb_gadget.legacy import JobEnd

log = logging.getLogger("inkstand.legacy")

CALLER = Caller(Link.USB, Role.ANYONE, "usb")


class _Body:
    """What the cable brings, as the intake wants it: piece by piece, each asked for before the next is taken."""

    def __init__(self) -> None:
        self._pieces: asyncio.Queue[bytes | None] = asyncio.Queue(1)

    async def read(self) -> bytes:
        piece = await self._pieces.get()
        if piece is None:
            raise Gone("the host gave the job up")
        return piece

    async def put(self, piece: bytes | None) -> None:
        await self._pieces.put(piece)


class PrinterJobs:
    """The consumer of one legacy interface (``usb_gadget.legacy.LegacyJobs``)."""

    def __init__(self, pump: Pump, intake: Intake, path: str) -> None:
        self._pump = pump
        self._intake = intake
        self._path = path
        self._body = _Body()
        self._task: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """A job begins: the printer is asked as by Print-Job."""
        self._body = _Body()
        target = [Attribute("printer-uri", Uri(f"ipp://localhost{self._path}")), Attribute("job-name", Name("USB job"))]
        request = Message.request(Operation.PRINT_JOB, target)
        reply = await self._pump.dispatch(request, CALLER, "localhost", True)
        if reply.accept is None:
            raise OSError(f"the printer refused a legacy job: {reply.status.label}: {reply.message}")
        self._task = asyncio.get_running_loop().create_task(self._take(reply))

    async def data(self, data: bytes) -> None:
        """More of it; waits while the spool is busy. OSError when the printer has given the job up."""
        assert self._task is not None
        putting = asyncio.ensure_future(self._body.put(data))
        await asyncio.wait({putting, self._task}, return_when=asyncio.FIRST_COMPLETED)
        if not putting.done():
            putting.cancel()
            raise OSError("the printer has given the job up")

    async def end(self, reason: JobEnd) -> None:
        """The host is through with it, or gave it up."""
        if self._task is None:
            return
        whole = reason in (JobEnd.IDLE, JobEnd.RELEASED)
        if not self._task.done():
            await self.data_or_done(b"" if whole else None)
        await self._task
        self._task = None

    async def data_or_done(self, piece: bytes | None) -> None:
        """The last word to the intake, unless it has already stopped listening."""
        assert self._task is not None
        putting = asyncio.ensure_future(self._body.put(piece))
        await asyncio.wait({putting, self._task}, return_when=asyncio.FIRST_COMPLETED)
        putting.cancel()

    async def _take(self, reply: Reply) -> None:
        assert reply.accept is not None
        try:
            first = await self._body.read()
            fact: Fact = await self._intake.take(reply.accept, first, self._body)
            answer = await self._pump.finish(reply, fact)
        except Gone:
            return
        if answer.status >= Status.CLIENT_ERROR_BAD_REQUEST:
            log.warning("legacy job failed", extra={"status": answer.status.label, "detail": answer.message})
