"""The control socket's JSON: for the ``inkstand`` command and for laboratories.

IPP works on the control socket too; here is what IPP has no word for. Callers on other links get 404.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from aiohttp import web

from firmware.core.access import Link
from firmware.core.engine import Engine
from firmware.core.events import ButtonPressed, Fact
from firmware.core.job import Job
from firmware.core.printer import Printer
from firmware.core.resolve import plain
from firmware.features.query import told
from firmware.net import auth
from firmware.ports import Network


class Faults(Protocol):
    """Misbehaviour on purpose that can be switched while the printer runs."""

    def active(self) -> Mapping[str, Any]:
        """Parameters of the faults that are on."""

    def set(self, name: str, parameters: dict[str, Any]) -> None:
        """Switch one on; ValueError for what there is not."""

    def clear(self, name: str | None = None) -> None:
        """Switch one off, or all."""


class Part(Protocol):
    """A simulated part of the board that a person can look at and lay hands on."""

    def state(self) -> Mapping[str, Any]: ...
    def set(self, changes: Mapping[str, Any]) -> None:
        """Change it; ValueError for what there is not. None puts something back to what is usual."""


class Control:
    """What the running instance tells its owner, and what he may switch."""

    def __init__(
        self,
        engine: Engine,
        report: Callable[[Fact], Awaitable[None]],
        about: Callable[[], Mapping[str, Any]],
        faults: Faults,
        scan: Callable[[], Awaitable[list[Network]]],
        parts: Mapping[str, Part] | None = None,
        look: Callable[[], None] = lambda: None,
        certificate: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        self._certificate = certificate
        self._look = look
        self._scan = scan
        self._engine = engine
        self._report = report
        self._about = about
        self._faults = faults
        self._parts = parts or {}

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/control/status", self.status),
            web.get("/control/jobs", self.jobs),
            web.get("/control/faults", self.faults),
            web.post("/control/faults", self.switch),
            web.post("/control/button", self.button),
            web.get("/control/certificate", self.certificate),
            web.post("/control/certificate", self.new_certificate),
            web.get("/control/networks", self.networks),
            web.get("/control/parts/{name}", self.part),
            web.post("/control/parts/{name}", self.change_part),
        ]

    async def part(self, request: web.Request) -> web.Response:
        self._local_only(request)
        return web.json_response(self._part(request).state())

    async def change_part(self, request: web.Request) -> web.Response:
        """``{"name": value, …}``; null puts back what is usual."""
        self._local_only(request)
        part = self._part(request)
        try:
            part.set(dict(await request.json()))
        except (ValueError, TypeError) as error:
            raise web.HTTPBadRequest(text=f"{error}\n") from None
        return web.json_response(part.state())

    def _part(self, request: web.Request) -> Part:
        part = self._parts.get(request.match_info["name"])
        if part is None:
            raise web.HTTPBadRequest(text=f"this board has no {request.match_info['name']}\n")
        return part

    async def faults(self, request: web.Request) -> web.Response:
        self._local_only(request)
        return web.json_response({"faults": self._faults.active()})

    async def switch(self, request: web.Request) -> web.Response:
        """``{"fault": name, "on": true, "parameters": {…}}``; no name and ``"on": false`` clears all."""
        self._local_only(request)
        try:
            asked = await request.json()
            name = asked.get("fault")
            if asked.get("on", True):
                self._faults.set(str(name), dict(asked.get("parameters", {})))
            else:
                self._faults.clear(name)
        except (ValueError, TypeError, AttributeError) as error:
            raise web.HTTPBadRequest(text=f"{error}\n") from None
        return await self.faults(request)

    async def button(self, request: web.Request) -> web.Response:
        """The panel's button is pressed: ``{"printer": 1, "job": 7}``; no job is the first that waits for it."""
        self._local_only(request)
        try:
            asked = await request.json()
            printer, job = int(asked.get("printer", 1)), asked.get("job")
            known = self._engine.system.printers[printer]
            number = None if job is None else known.jobs[int(job)].id
        except (ValueError, TypeError, AttributeError, KeyError):
            raise web.HTTPBadRequest(text="There is no such printer or job.\n") from None
        await self._report(ButtonPressed(printer, number))
        return await self.jobs(request)

    async def networks(self, request: web.Request) -> web.Response:
        """Wi-Fi networks in reach; octets that are no UTF-8 as ``\\xNN``."""
        self._local_only(request)
        try:
            found = await self._scan()
        except OSError as error:
            raise web.HTTPBadRequest(text=f"{error}\n") from None
        networks = [
            {"ssid": each.ssid.decode("utf-8", "backslashreplace"), "security": each.security, "signal": each.signal}
            for each in found
        ]
        return web.json_response({"networks": networks})

    async def certificate(self, request: web.Request) -> web.Response:
        """The certificate in use."""
        self._local_only(request)
        return web.json_response(self._certificate())

    async def new_certificate(self, request: web.Request) -> web.Response:
        """Another certificate was put in place: use it from now on."""
        self._local_only(request)
        self._look()
        return web.json_response({})

    async def status(self, request: web.Request) -> web.Response:
        self._local_only(request)
        printers = [_printer(printer) for printer in self._engine.system.printers.values()]
        return web.json_response({**self._about(), "printers": printers})

    async def jobs(self, request: web.Request) -> web.Response:
        self._local_only(request)
        jobs = [
            _job(printer, job)
            for printer in self._engine.system.printers.values()
            for job in (*printer.waiting, *printer.finished)
        ]
        return web.json_response({"jobs": jobs})

    def _local_only(self, request: web.Request) -> None:
        if auth.link(request) is not Link.LOCAL:
            raise web.HTTPNotFound


def _printer(printer: Printer) -> dict[str, Any]:
    return {
        "id": printer.id,
        "name": printer.name,
        "path": printer.path,
        "uuid": printer.uuid,
        "printer-make-and-model": printer.model.make_and_model,
        "printer-state": printer.state.name.lower(),
        "printer-state-reasons": sorted(printer.reasons),
        "printer-state-message": printer.message,
        "queued-job-count": len(printer.waiting),
        "printer-impressions-completed": printer.impressions_completed,
        "printer-media-sheets-completed": printer.sheets_completed,
    }


def _job(printer: Printer, job: Job) -> dict[str, Any]:
    return {
        "printer": printer.name,
        "printer-id": printer.id,
        "printer-path": printer.path,
        "job-id": job.id,
        "job-uuid": job.uuid,
        "job-name": job.name,
        "job-originating-user-name": job.user,
        "job-state": job.state.name.lower(),
        "job-state-reasons": sorted(job.reasons),
        "job-state-message": job.message or told(job),
        "job-impressions-completed": job.impressions_completed,
        "job-media-sheets-completed": job.sheets_completed,
        "job-k-octets": (job.octets + 1023) // 1024,
        "job-release-action": job.release_action,
        "ticket": plain(job.attributes),
    }
