"""What happens, told to browsers as it happens: server-sent events (HTML, section 9.2), or a number to ask for.

A browser that is slow to read loses nothing that it can't ask for again: an event is a topic with some data, the
newest of a topic replaces one that was not sent yet, and what comes by the hundred (``every=True``) is dropped with
``lost`` when nobody fetches it.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Mapping
from typing import Any

from aiohttp import hdrs, web

from firmware.core.access import Link
from firmware.core.events import (
    ButtonPressed,
    Fact,
    Happened,
    ImpressionDone,
    MarkingStarted,
    PartFailed,
    SheetDone,
    ShuttingDown,
    TrayChanged,
)
from firmware.net import auth

PATH = "/events"
MOST = 96
"""Browsers that may listen at once; more ask from time to time."""
WAITING = 512
"""Events that may wait for one browser."""
GATHER = 0.2
"""Seconds in which events are gathered before they are sent."""
BEAT = 15.0
"""Seconds after which something is sent, to notice who is gone."""

Event = tuple[str, dict[str, Any]]


class Listener:
    """One browser."""

    def __init__(self) -> None:
        self._newest: dict[str, dict[str, Any]] = {}
        self._all: deque[Event] = deque()
        self._lost = False
        self._called = asyncio.Event()

    def tell(self, topic: str, data: dict[str, Any], every: bool) -> None:
        if not every:
            self._newest[topic] = data
        elif len(self._all) < WAITING:
            self._all.append((topic, data))
        else:
            self._lost = True
        self._called.set()

    def hang_up(self) -> None:
        self._called.set()

    async def gather(self) -> list[Event]:
        """What happened since; nothing, when nothing did for a while."""
        try:
            await asyncio.wait_for(self._called.wait(), BEAT)
            await asyncio.sleep(GATHER)
        except TimeoutError:
            return []
        self._called.clear()
        found: list[Event] = [("lost", {})] if self._lost else []
        found += [*self._all, *self._newest.items()]
        self._newest, self._lost = {}, False
        self._all.clear()
        return found


class Feed:
    """All browsers that listen, and a number that changes whenever something happens."""

    def __init__(self) -> None:
        self.number = 0
        self._listeners: dict[Listener, frozenset[str]] = {}
        self._closing = False

    @property
    def listeners(self) -> int:
        return len(self._listeners)

    def heard(self, topic: str) -> bool:
        """Does anybody listen to this topic?"""
        return any(not topics or topic in topics for topics in self._listeners.values())

    def happened(self, fact: Fact) -> None:
        """For ``pump.listen``."""
        if isinstance(fact, ShuttingDown):
            self.close()
        told = topic_of(fact)
        if told is not None:
            self.publish(*told)

    def publish(self, topic: str, data: Mapping[str, Any] | None = None, *, every: bool = False) -> None:
        """Tell who listens to ``topic``. ``every``: each one counts, not just the newest; no page changes by it."""
        if not every:
            self.number += 1
        for listener, topics in self._listeners.items():
            if not topics or topic in topics:
                listener.tell(topic, dict(data or {}), every)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """``?topics=job,sheet`` chooses; all but those of ``every`` otherwise. JSON to who does not want a stream."""
        if "text/event-stream" not in request.headers.get(hdrs.ACCEPT, ""):
            return web.json_response({"number": self.number}, headers={hdrs.CACHE_CONTROL: "no-store"})
        # A held answer would take one of the cable's three pipes: 204 has the browser ask from time to time.
        if auth.link(request) is Link.USB or len(self._listeners) >= MOST or self._closing:
            return web.Response(status=204)
        topics = frozenset(filter(None, request.query.get("topics", "").split(",")))
        headers = {hdrs.CONTENT_TYPE: "text/event-stream", hdrs.CACHE_CONTROL: "no-store", "X-Accel-Buffering": "no"}
        response = web.StreamResponse(headers=headers)
        listener = Listener()
        self._listeners[listener] = topics
        try:
            await response.prepare(request)
            await response.write(_written("hello", {"number": self.number}))
            while not self._closing:
                events = await listener.gather()
                lines = b"".join(_written(topic, data) for topic, data in events)
                await response.write(lines or b":\n\n")
        except ConnectionError:
            pass  # it went away
        finally:
            del self._listeners[listener]
        return response

    def close(self) -> None:
        """The printer is being switched off: nobody is kept waiting."""
        self._closing = True
        for listener in self._listeners:
            listener.hang_up()


def _written(topic: str, data: Mapping[str, Any]) -> bytes:
    return f"event: {topic}\ndata: {json.dumps(data)}\n\n".encode()


def topic_of(fact: Fact) -> tuple[str, dict[str, Any]] | None:
    """What a fact is for a page: a topic, and which thing it is about."""
    if isinstance(fact, Happened):
        kind = "printer" if fact.event.startswith("printer-") else "job"
        return kind, {"printer": fact.printer_id, "job": fact.job_id, "event": fact.event}
    if isinstance(fact, SheetDone | ImpressionDone):
        return "sheet", {"printer": fact.printer_id, "job": fact.job_id, "sheet": fact.sheet}
    if isinstance(fact, MarkingStarted):
        return "job", {"printer": fact.printer_id, "job": fact.job_id}
    if isinstance(fact, PartFailed | TrayChanged | ButtonPressed):
        return "printer", {"printer": fact.printer_id}
    return None
