"""The pump: brings requests and facts to the engine, and what comes out of it to disk and to its takers.

Everything here runs on the event loop. A reply leaves only when what it tells of is durable.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Any

from firmware.core.access import Caller
from firmware.core.call import Reply
from firmware.core.engine import Engine
from firmware.core.errors import StartError
from firmware.core.events import ORDERS, DropDocuments, Fact, Order, PrintJob, RecordJob
from firmware.ipp import Message, Status
from firmware.runtime.clock import Clock
from firmware.runtime.keeper import Keeper

log = logging.getLogger("inkstand.pump")

Taker = Callable[[Any], "asyncio.Future[None] | None"]
"""Takes an order. What it gives, if it gives something, is done when the order is carried out and reported."""


class Pump:
    """Owns the engine; the only one that calls it."""

    def __init__(self, engine: Engine, keeper: Keeper, clock: Clock) -> None:
        self.engine = engine
        self.clock = clock
        self._keeper = keeper
        self._takers: Mapping[type[Order], Taker] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._listeners: list[Callable[[Fact], None]] = []
        self._closing = False

    def start(self, takers: Mapping[type[Order], Taker]) -> None:
        """Begin to serve: every kind of order has its one taker, or we do not start."""
        missing = [kind.__name__ for kind in ORDERS if kind not in takers]
        if missing:
            raise StartError(f"nobody takes {', '.join(missing)}")
        self._takers = takers
        self.engine.start(self.clock.now())
        self._settle()

    def listen(self, listener: Callable[[Fact], None]) -> None:
        """Hear of every fact, after the engine."""
        self._listeners.append(listener)

    async def dispatch(self, request: Message, caller: Caller, authority: str, has_data: bool) -> Reply:
        """Serve a request; what a successful reply tells of is on disk when this returns."""
        reply = self.engine.dispatch(request, caller, self.clock.now(), authority=authority, has_data=has_data)
        reply = await self._durably(reply)
        while reply.finish is not None and reply.accept is None:  # it waited for what a taker does
            reply = await self._durably(self.engine.finish(reply, self.clock.now()))
        return reply

    async def finish(self, reply: Reply, fact: Fact) -> Reply:
        """The document of ``reply`` came or failed, as ``fact`` tells: the rest of the answer."""
        self.report(fact)
        return await self._durably(self.engine.finish(reply, self.clock.now()))

    def report(self, fact: Fact) -> asyncio.Future[None]:
        """The world changed. The future is done when that is on disk."""
        self.engine.report(fact, self.clock.now())
        for listener in self._listeners:
            listener(fact)
        return self._settle()

    def close(self) -> None:
        """Begin no more jobs: those in line are found in line at the next start."""
        self._closing = True
        if self._timer is not None:
            self._timer.cancel()

    async def _durably(self, reply: Reply) -> Reply:
        try:
            await self._settle()
        except OSError as error:
            log.error("not durable", extra={"error": str(error)})
            if reply.status < Status.CLIENT_ERROR_BAD_REQUEST:
                return Reply(Status.SERVER_ERROR_TEMPORARY_ERROR, str(error))
        return reply

    def _settle(self) -> asyncio.Future[None]:
        """Hand on what the engine left: changes to the keeper, orders to their takers, deadlines to the clock."""
        engine = self.engine
        changed, gone, orders = list(engine.changed.values()), engine.gone, engine.outbox
        engine.changed, engine.gone, engine.outbox = {}, [], []
        if changed or gone:
            saved = self._keeper.save(changed, gone)
            saved.add_done_callback(_note_failure)
        else:
            saved = asyncio.get_running_loop().create_future()
            saved.set_result(None)
        slow: list[asyncio.Future[None]] = []
        for order in orders:
            if isinstance(order, DropDocuments | RecordJob):  # not before the job's end is on disk
                saved.add_done_callback(lambda _, order=order: self._takers[type(order)](order))  # type: ignore[misc]
            elif not (self._closing and isinstance(order, PrintJob)):
                taken = self._takers[type(order)](order)
                slow += [taken] if taken is not None else []
        if not self._closing:
            self._set_timer()
        if not slow:
            return saved
        done = asyncio.ensure_future(_all(saved, slow))
        done.add_done_callback(_note_failure)
        return done

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        deadline = self.engine.next_deadline()
        if deadline is not None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self.clock.seconds_until(deadline), self._tick)

    def _tick(self) -> None:
        self._timer = None
        self.engine.tick(self.clock.now())
        self._settle()


async def _all(saved: asyncio.Future[None], slow: list[asyncio.Future[None]]) -> None:
    await asyncio.gather(*slow)
    await saved


def _note_failure(future: asyncio.Future[None]) -> None:
    """A failed save that nobody waits for must not go unheard."""
    if not future.cancelled() and future.exception() is not None:
        log.error("state not written", extra={"error": str(future.exception())})
