"""Sheets: what came out of the printer, side by side."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

from firmware.core.access import Role
from firmware.core.call import plain_text
from firmware.net.web.render import when
from firmware.net.web.site import Site

SHOWN = 50
"""Jobs on the page."""
SIDES = 200
"""Of one job."""


class SheetsView:
    name, title, path = "sheets", "Sheets", "/sheets"

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(self.path, self.show),
            web.get("/jobs/{job:\\d{1,9}}", self.job),
            web.get("/jobs/{job:\\d{1,9}}/{side:\\d{1,6}}.png", self.side),
        ]

    async def show(self, request: web.Request) -> web.Response:
        visit = self._site.visit(request)

        def jobs() -> dict[str, object]:
            found = []
            for job in [*visit.printer.waiting, *visit.printer.finished[:SHOWN]]:
                count = min(len(self._sides(visit.printer.id, job.id)), SIDES) if visit.may_look(job) else 0
                if count:
                    found.append({"id": job.id, "name": job.name, "sides": range(1, count + 1)})
            return {"jobs": found}

        return visit.page("sheets.html", jobs)

    async def job(self, request: web.Request) -> web.Response:
        visit = self._site.visit(request)
        job = visit.job(int(request.match_info["job"]))

        def values() -> dict[str, object]:
            told = visit.told(job, "job-name", "job-originating-user-name", "job-state-message")
            words = {name: plain_text(found[0]) for name, found in told.items()}
            facts = [
                ("From", words.get("job-originating-user-name", "–")),
                ("State", visit.words(words.get("job-state-message", "–"))),
                ("Sheets", job.sheets_completed),
                ("Sides", job.impressions_completed),
                ("Received", when(job.created.wall)),
                ("Ended", when(job.completed.wall) if job.completed else "–"),
            ]
            count = len(self._sides(job.printer_id, job.id)) if visit.may_look(job) else 0
            sides = range(1, min(count, SIDES) + 1)
            return {"job": job, "name": words.get("job-name", ""), "facts": facts, "sides": sides}

        return visit.page("job.html", values, view=self.name)

    async def side(self, request: web.Request) -> web.StreamResponse:
        """A sheet side as it came out."""
        visit = self._site.visit(request)
        job = visit.job(int(request.match_info["job"]))
        if not visit.may_look(job):
            words = "Sheets are shown to their owner and the printer's operators only.\n"
            visit.require(Role.OPERATOR, words)
            raise web.HTTPForbidden(text=words)
        pictures = self._sides(job.printer_id, job.id)
        index = int(request.match_info["side"]) - 1
        if not 0 <= index < len(pictures):
            raise web.HTTPNotFound(text="There is no such sheet.\n")
        return web.FileResponse(pictures[index], headers={"Content-Type": "image/png"})

    def _sides(self, printer_id: int, job_id: int) -> list[Path]:
        gallery = self._site.galleries.get(printer_id)
        return gallery.sheets(job_id) if gallery is not None else []
