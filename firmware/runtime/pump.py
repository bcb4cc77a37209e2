"""The pump: brings requests and facts to the engine, and what comes out of it to disk and to its takers.

Everything here runs on the event loop. A reply leaves only when what it tells of is durable.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import Any

from firmware.core.access import Caller, Link
from firmware.core.call import Reply, Wait
from firmware.core.engine import Engine
from firmware.core.errors import StartError
from firmware.core.events import ORDERS, DropDocuments, Fact, FetchDocument, Order, PrintJob, RecordJob, ShuttingDown
from firmware.ipp import Message, Status
from firmware.runtime.clock import Clock
from firmware.runtime.keeper import Keeper

log = logging.getLogger("inkstand.pump")

Taker = Callable[[Any], "asyncio.Future[None] | None"]
"""Takes an order. What it gives, if it gives something, is done when the order is carried out and reported."""

WAITING = {Link.USB: 1}
"""Answers that may wait at once on a link: three pipes of a cable are few, and a print job needs one."""
MOST_WAITING = 64
"""On any other."""
_AFTERWARDS = (DropDocuments, RecordJob, FetchDocument)
"""Orders that wait until what they follow from is on disk: a job's end, or its beginning."""
LOOK = 1.0
"""Seconds between two looks whether a client that waits is still there."""


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
        self._saved: asyncio.Future[None] | None = None
        """The last thing that was handed to the keeper."""
        self._waiting: dict[Hashable, set[asyncio.Event]] = {}
        """Answers that wait, by topic."""
        self._waiters: Counter[Link] = Counter()

    def start(self, takers: Mapping[type[Order], Taker]) -> None:
        """Begin to serve: every kind of order has its one taker, or we do not start."""
        missing = [kind.__name__ for kind in ORDERS if kind not in takers]
        if missing:
            raise StartError(f"nobody takes {', '.join(missing)}")
        self._takers = takers
        self.engine.start(self.clock.now())
        self._settle()

    def listen(self, listener: Callable[[Fact], None]) -> None:
        """Hear of every fact that was reported, and of every event that followed (``Happened``), after the engine."""
        self._listeners.append(listener)

    async def dispatch(
        self,
        request: Message,
        caller: Caller,
        authority: str,
        has_data: bool,
        gone: Callable[[], bool] = lambda: False,
    ) -> Reply:
        """Serve a request; what a successful reply tells of is on disk when this returns. A reply that waits is
        given up, with ConnectionResetError, when its client is ``gone``."""
        reply = self.engine.dispatch(request, caller, self.clock.now(), authority=authority, has_data=has_data)
        while reply.finish is not None and reply.accept is None:  # it waits for an event, or for what a taker does
            with self._listening(reply.wait, caller.link) as called:
                reply = await self._durably(reply)
                if called is not None and reply.wait is not None:
                    await self._wait(called, reply.wait.deadline, gone)
            if reply.finish is not None:
                reply = self.engine.finish(reply, self.clock.now())
        return await self._durably(reply)

    def read(self, request: Message, caller: Caller, authority: str) -> Reply:
        """Serve a request for an operation that changes nothing (``engine.READING``), at once."""
        reply = self.engine.dispatch(request, caller, self.clock.now(), authority=authority)
        self._settle()
        return reply

    async def finish(self, reply: Reply, fact: Fact) -> Reply:
        """The document of ``reply`` came or failed, as ``fact`` tells: the rest of the answer."""
        reported = self.report(fact)
        return await self._durably(self.engine.finish(reply, self.clock.now()), reported)

    def report(self, fact: Fact) -> asyncio.Future[None]:
        """The world changed. The future is done when that is on disk."""
        self.engine.report(fact, self.clock.now())
        for listener in self._listeners:
            listener(fact)
        return self._settle()

    def close(self) -> None:
        """Begin no more jobs: those in line are found in line at the next start. Who waits is answered."""
        if not self._closing:
            self._closing = True
            self.report(ShuttingDown())
        for called in set().union(*self._waiting.values()):
            called.set()
        if self._timer is not None:
            self._timer.cancel()

    @contextlib.contextmanager
    def _listening(self, until: Wait | None, link: Link) -> Iterator[asyncio.Event | None]:
        """An event that is set when a topic of ``until`` is called; None where there is none, or too many wait."""
        if until is None or self._closing or self._waiters[link] >= WAITING.get(link, MOST_WAITING):
            yield None
            return
        called = asyncio.Event()
        self._waiters[link] += 1
        for topic in until.topics:
            self._waiting.setdefault(topic, set()).add(called)
        try:
            yield called
        finally:
            self._waiters[link] -= 1
            for topic in until.topics:
                self._waiting[topic].discard(called)
                if not self._waiting[topic]:
                    del self._waiting[topic]

    async def _wait(self, called: asyncio.Event, deadline: float, gone: Callable[[], bool]) -> None:
        """Until something is called, or the deadline; ConnectionResetError when the client is gone."""
        while not called.is_set() and (left := self.clock.seconds_until(deadline)) > 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(called.wait(), min(left, LOOK))
            if gone():
                raise ConnectionResetError("the client went away while it waited")

    async def _durably(self, reply: Reply, *before: asyncio.Future[None]) -> Reply:
        try:
            await asyncio.gather(*before)
            await self._settle()
            if reply.firm and self._saved is not None:
                await asyncio.shield(self._saved)
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
        self._tell_of_events()
        if changed or gone:
            saved = self._saved = self._keeper.save(changed, gone)
            saved.add_done_callback(_note_failure)
        else:
            saved = asyncio.get_running_loop().create_future()
            saved.set_result(None)
        slow: list[asyncio.Future[None]] = []
        for order in orders:
            if isinstance(order, _AFTERWARDS):
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

    def _tell_of_events(self) -> None:
        """To those who listen, and to answers that wait."""
        happened, called = self.engine.happened, self.engine.called
        self.engine.happened, self.engine.called = [], set()
        for topic in called & self._waiting.keys():
            for waiting in self._waiting[topic]:
                waiting.set()
        for fact in happened:
            for listener in self._listeners:
                listener(fact)

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
