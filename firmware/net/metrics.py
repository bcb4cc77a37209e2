"""Metrics for laboratories – the Prometheus text format – and a sign of life.

Counting costs a few additions for each request; the client library is loaded when somebody first looks.
"""

from __future__ import annotations

import asyncio
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from aiohttp import web
from aiohttp.typedefs import Handler

from firmware.core.access import Role
from firmware.core.engine import Engine
from firmware.core.job import JobState
from firmware.core.printer import PrinterState
from firmware.net.auth import Authenticator
from firmware.runtime.spool import Spool

if TYPE_CHECKING:
    from prometheus_client.core import Metric

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the latency histogram, in seconds."""
EVENTS = "/events"
HEALTHY = 5.0
"""Seconds within which the state has to be on disk."""


class Latency:
    """How long answers took, in buckets."""

    def __init__(self) -> None:
        self.counts = [0] * (len(BUCKETS) + 1)
        self.sum = 0.0

    def add(self, seconds: float) -> None:
        self.counts[bisect_left(BUCKETS, seconds)] += 1
        self.sum += seconds

    def buckets(self) -> list[tuple[str, int]]:
        """Cumulative, as Prometheus has them."""
        total, found = 0, []
        for bound, count in zip((*map(str, BUCKETS), "+Inf"), self.counts, strict=True):
            total += count
            found.append((bound, total))
        return found


class Metrics:
    """Counts what passes, and tells of it."""

    def __init__(
        self,
        engine: Engine,
        spool: Spool,
        authenticator: Authenticator,
        access: str,
        connections: Callable[[], int],
        usb: Callable[[], str],
        durable: Callable[[], asyncio.Future[None]],
    ) -> None:
        self._engine = engine
        self._spool = spool
        self._authenticator = authenticator
        self._access = access
        self._connections = connections
        self._usb = usb
        self._durable = durable
        self._requests: Counter[tuple[str, str]] = Counter()
        """IPP requests by operation and status."""
        self._responses: Counter[tuple[str, int]] = Counter()
        """HTTP answers by method and status."""
        self._latency = Latency()

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/metrics", self.metrics), web.get("/healthz", self.healthz)]

    def ipp(self, operation: str, status: str) -> None:
        """An IPP request was answered. Both words are of the registry: there are only so many."""
        self._requests[operation, status] += 1

    @web.middleware
    async def measure(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Time from the head of a request to its answer; a document's way in is part of it. A stream of events has
        no end to be measured."""
        if request.path == EVENTS:
            return await handler(request)
        began, status = time.perf_counter(), 500
        try:
            response = await handler(request)
            status = response.status
            return response
        except web.HTTPException as error:
            status = error.status
            raise
        finally:
            method = request.method if request.method in ("GET", "HEAD", "POST", "OPTIONS") else "other"
            self._responses[method, status] += 1
            self._latency.add(time.perf_counter() - began)

    async def metrics(self, request: web.Request) -> web.Response:
        """For operators, unless the board opens it to everyone."""
        if self._access == "nobody":
            raise web.HTTPNotFound
        if self._access != "everyone":
            self._authenticator.require(request, Role.OPERATOR, "Metrics are for the printer's operators.\n")
        from prometheus_client import CollectorRegistry
        from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

        registry = CollectorRegistry(auto_describe=False)
        registry.register(self)
        return web.Response(body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def healthz(self, request: web.Request) -> web.Response:
        """200 while requests are served and the state can be written; it tells nothing else."""
        try:
            async with asyncio.timeout(HEALTHY):
                await self._durable()
        except (OSError, TimeoutError):
            return web.Response(status=503, text="The state can't be written.\n")
        return web.Response(text="ok\n", headers={"Cache-Control": "no-store"})

    def collect(self) -> Iterator[Metric]:
        """All of them, for the client library."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

        yield from self._printers(GaugeMetricFamily, CounterMetricFamily)
        requests = CounterMetricFamily("inkstand_requests", "IPP requests.", labels=["operation", "status"])
        for (operation, status), count in sorted(self._requests.items()):
            requests.add_metric([operation, status], count)
        yield requests
        responses = CounterMetricFamily("inkstand_http_responses", "HTTP answers.", labels=["method", "code"])
        for (method, code), count in sorted(self._responses.items()):
            responses.add_metric([method, str(code)], count)
        yield responses
        yield HistogramMetricFamily(
            "inkstand_request_seconds",
            "From a request's head to its answer.",
            buckets=self._latency.buckets(),
            sum_value=self._latency.sum,
        )
        yield GaugeMetricFamily("inkstand_connections", "Open HTTP connections.", value=self._connections())
        yield GaugeMetricFamily("inkstand_spool_bytes", "Documents on disk.", value=self._spool.used())
        usb = GaugeMetricFamily("inkstand_usb_state", "1 for the state that the USB device is in.", labels=["state"])
        usb.add_metric([self._usb()], 1)
        yield usb

    def _printers(self, gauge: Any, counter: Any) -> Iterator[Metric]:
        jobs = gauge("inkstand_jobs", "Jobs that the printer remembers.", labels=["printer", "state"])
        states = gauge("inkstand_printer_state", "1 for the state that it is in.", labels=["printer", "state"])
        impressions = counter("inkstand_impressions", "Sides marked.", labels=["printer"])
        sheets = counter("inkstand_media_sheets", "Sheets printed.", labels=["printer"])
        for printer in self._engine.system.printers.values():
            found = Counter(job.state for job in printer.jobs.values())
            for state in JobState:
                jobs.add_metric([printer.name, _word(state.name)], found[state])
            for condition in PrinterState:
                states.add_metric([printer.name, _word(condition.name)], int(printer.state is condition))
            impressions.add_metric([printer.name], printer.impressions_completed)
            sheets.add_metric([printer.name], printer.sheets_completed)
        yield from (jobs, states, impressions, sheets)


def _word(name: str) -> str:
    return name.lower().replace("_", "-")
