"""The queue: every job that waits, prints or was printed, and what may be done to it."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from firmware.core.access import Role
from firmware.core.call import plain_text
from firmware.core.events import ButtonPressed
from firmware.core.job import Job, JobState
from firmware.ipp import Attribute, Keyword, Operation
from firmware.net.web.render import when
from firmware.net.web.site import Site, Visit

SHOWN = 50
"""Ended jobs on the page."""
_TOLD = ("job-name", "job-originating-user-name", "job-state-message", "document-format-supplied")
_SIMPLE = {
    "cancel": (Operation.CANCEL_JOB, "Job {number} is canceled."),
    "hold": (Operation.HOLD_JOB, "Job {number} is held."),
    "release": (Operation.RELEASE_JOB, "Job {number} is released."),
    "again": (Operation.RESUBMIT_JOB, "Job {number} is printed again."),
    "next": (Operation.PROMOTE_JOB, "Job {number} is the next."),
    "resume": (Operation.RESUME_JOB, "Job {number} goes on."),
}
"""What is asked of a job: the operation, and what is said when it was carried out."""
_OF_PRINTER = {
    "pause": (Operation.PAUSE_PRINTER, "The printer is paused."),
    "resume": (Operation.RESUME_PRINTER, "The printer goes on."),
}
_LINKS = {"usb": "by USB", "local": "on this machine", "tls": "by network, encrypted", "plain": "by network"}


class QueueView:
    name, title, path = "queue", "Queue", "/queue"

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(self.path, self.show),
            web.post(self.path, self.work_printer),
            web.post(self.path + "/{job:\\d{1,9}}", self.work_job),
        ]

    async def show(self, request: web.Request) -> web.Response:
        visit = self._site.visit(request)
        return visit.page("queue.html", lambda: self._values(visit))

    async def work_printer(self, request: web.Request) -> web.Response:
        """``do``: pause or resume."""
        visit = self._site.visit(request)
        wanted = _OF_PRINTER.get((await visit.form()).get("do", ""))
        if wanted is None:
            raise web.HTTPBadRequest(text="There is no such thing to do.\n")
        reply = await visit.operate(wanted[0])
        return visit.answered(reply, visit.words(wanted[1]))

    async def work_job(self, request: web.Request) -> web.Response:
        """``do``: an operation on a job, with ``pin`` where it waits for one."""
        visit = self._site.visit(request)
        form = await visit.form()
        job, do = visit.job(int(request.match_info["job"])), form.get("do", "")
        if do == "button":
            visit.require(Role.OPERATOR, "The button is for operators.\n")
            await self._site.pump.report(ButtonPressed(job.printer_id, job.id))
            return visit.done(visit.words("Job {number} is released.", number=job.id))
        wanted = _SIMPLE.get(do)
        if wanted is None:
            raise web.HTTPBadRequest(text="There is no such thing to do.\n")
        password = form.get("pin", "")
        given = [
            Attribute("job-password", password.encode()),
            Attribute("job-password-encryption", Keyword("none")),
        ]
        reply = await visit.operate(wanted[0], *(given if password and do == "release" else ()), job=job)
        return visit.answered(reply, visit.words(wanted[1], number=job.id))

    def _values(self, visit: Visit) -> dict[str, Any]:
        printer = visit.printer
        return {
            "waiting": [row(visit, job) for job in printer.waiting],
            "ended": [row(visit, job) for job in printer.finished[:SHOWN]],
            "paused": printer.paused,
            "uri": visit.context.printer_uri(printer),
        }


def row(visit: Visit, job: Job) -> dict[str, Any]:
    """One job as this caller may see it."""
    told = {name: plain_text(values[0]) for name, values in visit.told(job, *_TOLD).items()}
    running = job.state in (JobState.PROCESSING, JobState.STOPPED)
    return {
        "id": job.id,
        "state": job.state.name.lower(),
        "name": told.get("job-name", ""),
        "user": told.get("job-originating-user-name", ""),
        "format": told.get("document-format-supplied", ""),
        "link": _LINKS.get(job.link, ""),
        "created": when(job.created.wall),
        "message": told.get("job-state-message", ""),
        "sheets": job.sheets_completed,
        "running": running,
        "pin": "job-password-wait" in job.reasons,
        "actions": actions(visit, job) if visit.may_look(job) else [],
    }


def actions(visit: Visit, job: Job) -> list[tuple[str, str, str]]:
    """What may be asked of a job in its state: (word, label, look)."""
    if job.ended:
        return [("again", "Print again", "quiet")] if job.retained else []
    found = []
    if "job-held-for-button-press" in job.reasons and visit.operates:
        found.append(("button", "Press the button", "main"))
    elif job.state is JobState.HELD or "job-suspended-for-approval" in job.reasons:
        found.append(("release", "Release", "main"))
    elif "job-suspended" in job.reasons:
        found.append(("resume", "Resume", "main"))
    if job.state is JobState.PENDING:
        if visit.operates:
            found.append(("next", "Print next", "quiet"))
        found.append(("hold", "Hold", "quiet"))
    if not job.stopping:
        found.append(("cancel", "Cancel", "danger"))
    return found
