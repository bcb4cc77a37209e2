"""The printer's status page and icons: what printer-more-info, job-more-info and printer-icons point to.

It is a client of the same attributes as everybody else: nothing here is known that IPP does not tell.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Protocol

from aiohttp import web

from firmware.core.access import Caller, Role
from firmware.core.call import Context, plain_text
from firmware.core.describe import Wanted
from firmware.core.engine import Engine
from firmware.core.job import Job
from firmware.core.media import short_name
from firmware.core.printer import Printer, PrinterState
from firmware.core.privacy import may_see
from firmware.ipp import Attribute
from firmware.ipp.values import DateTime
from firmware.net import auth
from firmware.net.auth import Authenticator
from firmware.runtime.clock import Clock

STATIC = Path(__file__).with_name("static")
ICONS = {48: "icon-48.png", 128: "icon-128.png", 512: "icon-512.png"}
SHOWN = 50
"""Ended jobs on the page."""
REFRESH = 10
"""Seconds after which the page asks again."""


class Gallery(Protocol):
    """Where the sheets that a printer made can be looked at."""

    def sheets(self, job_id: int) -> list[Path]:
        """Pictures of the job's sheet sides, in output order."""


class Pages:
    """All pages of one print system."""

    def __init__(
        self, engine: Engine, clock: Clock, authenticator: Authenticator, galleries: Mapping[int, Gallery]
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._authenticator = authenticator
        self._galleries = galleries

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/", self.root),
            web.get("/printers/{printer:\\d{1,9}}", self.printer),
            web.get("/jobs/{job:\\d{1,9}}", self.job),
            web.get("/jobs/{job:\\d{1,9}}/{side:\\d{1,6}}.png", self.sheet),
            web.get("/icons/{printer:\\d{1,9}}-{size:48|128|512}.png", self.icon),
            web.get("/privacy", self.privacy),
            web.get("/style.css", self.style),
            web.get("/login", self.login),
        ]

    async def root(self, request: web.Request) -> web.Response:
        printers = list(self._engine.system.printers.values())
        if len(printers) == 1:
            return self._printer_page(request, printers[0])
        rows = [f'<li><a href="/printers/{each.id}">{escape(each.name)}</a> {_state(each)}</li>' for each in printers]
        return _page("Printers", f"<h1>Printers</h1><ul class=plain>{''.join(rows)}</ul>")

    async def printer(self, request: web.Request) -> web.Response:
        return self._printer_page(request, self._find(request))

    async def job(self, request: web.Request) -> web.Response:
        printer, job = self._find_job(request)
        context = self._context(request)
        heading = f"<h1>Job {job.id}</h1><p class=back><a href=/>{escape(printer.name)}</a></p>"
        said = self._told(job, context)
        rows = [
            ("Name", said("job-name")),
            ("From", said("job-originating-user-name")),
            ("State", said("job-state-message")),
            ("Sheets", str(job.sheets_completed)),
            ("Sides", str(job.impressions_completed)),
            ("Received", _when(job.created.wall)),
            ("Ended", _when(job.completed.wall) if job.completed else "–"),
        ]
        return _page(f"Job {job.id}", heading + _table(rows) + self._pictures(context, printer, job))

    async def sheet(self, request: web.Request) -> web.StreamResponse:
        """A sheet side as it came out. What others print is not for everybody, whatever job-privacy-scope says."""
        printer, job = self._find_job(request)
        if not _may_look(printer, job, self._context(request)):
            words = "Sheets are shown to their owner and the printer's operators only.\n"
            self._authenticator.require(request, Role.OPERATOR, words)
            raise web.HTTPForbidden(text=words)
        pictures = self._sheets(printer, job)
        index = int(request.match_info["side"]) - 1
        if not 0 <= index < len(pictures):
            raise web.HTTPNotFound(text="There is no such sheet.\n")
        return web.FileResponse(pictures[index], headers={"Content-Type": "image/png"})

    async def login(self, request: web.Request) -> web.Response:
        """Have the browser ask for a password, which it then sends with every request."""
        if auth.caller(request).user is None:
            self._authenticator.require(request, Role.ADMINISTRATOR, "There is nobody to log in as.\n")
        raise web.HTTPSeeOther("/")

    async def icon(self, request: web.Request) -> web.StreamResponse:
        self._find(request)
        return web.FileResponse(STATIC / ICONS[int(request.match_info["size"])])

    async def privacy(self, request: web.Request) -> web.Response:
        """printer-privacy-policy-uri: what is kept, for how long, and who sees it."""
        context = self._context(request)
        sections = [self._policy(printer, context) for printer in self._engine.system.printers.values()]
        return _page("Privacy", f"<h1>Privacy</h1><p class=back><a href=/>Printer</a></p>{_POLICY}{''.join(sections)}")

    async def style(self, request: web.Request) -> web.StreamResponse:
        return web.FileResponse(STATIC / "style.css")

    # --------------------------------------------------------------------------------------- pieces

    def _printer_page(self, request: web.Request, printer: Printer) -> web.Response:
        context = self._context(request)
        body = [
            f"<header><img src=/icons/{printer.id}-128.png alt='' width=64 height=64>"
            f"<div><h1>{escape(printer.name)}</h1><p>{escape(printer.model.make_and_model)}"
            f"{self._place(printer, context)}</p></div></header>",
            f"<p class=state>{_state(printer)} {escape(printer.message)}{_reasons(printer)}</p>",
            "<h2>Jobs</h2>",
            self._jobs(printer, context),
            "<h2>Media</h2>",
            _table([(tray.source, f"{short_name(tray.size)}, {tray.type}") for tray in printer.model.media.trays]),
            "<h2 id=supplies>Supplies</h2>",
            self._supplies(printer, context),
            "<h2>About</h2>",
            _table(self._about(printer, context)),
            _who(context.caller),
        ]
        return _page(printer.name, "".join(body), refresh=REFRESH)

    def _policy(self, printer: Printer, context: Context) -> str:
        rows = []
        for kind in ("job", "document"):
            said = self._engine.describe.value(printer, f"{kind}-privacy-attributes", context)
            scope = self._engine.describe.value(printer, f"{kind}-privacy-scope", context)
            if said is not None and scope is not None:
                rows.append((f"Private of a {kind}", ", ".join(map(str, said.values))))
                rows.append(("Shown to", _SCOPES[str(scope.value)]))
        return f"<h2>{escape(printer.name)}</h2>{_table(rows)}"

    def _place(self, printer: Printer, context: Context) -> str:
        location = self._engine.describe.value(printer, "printer-location", context)
        return f", {escape(str(location.value))}" if location is not None and location.value else ""

    def _supplies(self, printer: Printer, context: Context) -> str:
        attribute = self._engine.describe.value(printer, "printer-supply", context)
        if attribute is None:
            return "<p>None.</p>"
        rows = []
        for value in attribute.values:
            assert isinstance(value, bytes)
            keys = dict(part.partition("=")[::2] for part in value.decode().split(";") if part)
            level, name = int(keys["level"]), keys["colorantname"]
            meter = f"<meter min=0 max=100 low=10 value={level}>{level} %</meter>"
            rows.append(f"<tr><th scope=row>{escape(name)}<td>{meter} {level} %")
        return f"<table>{''.join(rows)}</table>"

    def _about(self, printer: Printer, context: Context) -> list[tuple[str, str]]:
        return [
            ("Printer URI", context.printer_uri(printer)),
            ("UUID", printer.uuid),
            ("Sheets printed", str(printer.sheets_completed)),
            ("Sides printed", str(printer.impressions_completed)),
            ("Formats", ", ".join(printer.model.formats)),
        ]

    def _told(self, job: Job, context: Context) -> Callable[[str], str]:
        """What IPP tells this caller of a job, by name; a dash for what is private."""
        found = self._engine.describe.job(job, context, _SHOWN_OF_JOB)
        words = {entry.name: plain_text(entry.value) for entry in found if isinstance(entry, Attribute)}
        return lambda name: words.get(name, "–")

    def _jobs(self, printer: Printer, context: Context) -> str:
        jobs = [*printer.waiting, *printer.finished[:SHOWN]]
        if not jobs:
            return "<p>None yet.</p>"
        rows = []
        for job in jobs:
            said = self._told(job, context)
            cells = [said(name) for name in ("job-name", "job-originating-user-name", "job-state-message")]
            rows.append(
                f'<tr><td><a href="/jobs/{job.id}">{job.id}</a>'
                f"{''.join(f'<td>{escape(cell)}' for cell in cells)}<td>{job.sheets_completed}"
            )
        head = "<tr><th>Job<th>Name<th>From<th>State<th>Sheets"
        return f"<table class=jobs><thead>{head}</thead><tbody>{''.join(rows)}</tbody></table>"

    def _pictures(self, context: Context, printer: Printer, job: Job) -> str:
        if not _may_look(printer, job, context):
            return ""
        count = len(self._sheets(printer, job))
        images = [
            f'<a href="/jobs/{job.id}/{number}.png"><img src="/jobs/{job.id}/{number}.png" '
            f'loading=lazy alt="Side {number}"></a>'
            for number in range(1, min(count, 200) + 1)
        ]
        return f"<h2>Sheets</h2><div class=sheets>{''.join(images)}</div>" if images else ""

    def _sheets(self, printer: Printer, job: Job) -> list[Path]:
        gallery = self._galleries.get(printer.id)
        return gallery.sheets(job.id) if gallery is not None else []

    def _context(self, request: web.Request) -> Context:
        return self._engine.context(self._clock.now(), auth.caller(request), auth.authority(request))

    def _find(self, request: web.Request) -> Printer:
        printer = self._engine.system.printers.get(int(request.match_info["printer"]))
        if printer is None:
            raise web.HTTPNotFound(text="There is no such printer.\n")
        return printer

    def _find_job(self, request: web.Request) -> tuple[Printer, Job]:
        number = int(request.match_info["job"])
        for printer in self._engine.system.printers.values():
            if number in printer.jobs:
                return printer, printer.jobs[number]
        raise web.HTTPNotFound(text="There is no such job (any more).\n")


_SCOPES = {
    "all": "everybody",
    "default": "its owner and the printer's operators",
    "none": "nobody",
    "owner": "its owner",
}
_POLICY = (
    "<p>The printer keeps a document until it is printed or its job is canceled, and longer only where its owner asked "
    "for that. It remembers the last 500 ended jobs with their names, owners, tickets and counters, and writes one "
    "line for each ended job into its accounting log. PINs and passwords are kept as hashes only. "
    "Whether pictures of printed sheets are kept is up to whoever runs this printer. "
    "Nothing is sent to anybody else.</p>"
)


def _page(title: str, body: str, refresh: int = 0) -> web.Response:
    again = f"<meta http-equiv=refresh content={refresh}>" if refresh else ""
    text = (
        f"<!DOCTYPE html><html lang=en><head><meta charset=utf-8><title>{escape(title)}</title>"
        f"<meta name=viewport content='width=device-width'>{again}"
        "<link rel=icon href=/icons/1-48.png><link rel=stylesheet href=/style.css></head>"
        f"<body><main>{body}</main></body></html>"
    )
    return web.Response(text=text, content_type="text/html")


_WORDS = {PrinterState.IDLE: "idle", PrinterState.PROCESSING: "processing", PrinterState.STOPPED: "stopped"}


def _state(printer: Printer) -> str:
    word = _WORDS[printer.state]
    return f"<span class='light {word}'>{word}</span>"


def _reasons(printer: Printer) -> str:
    return f" ({escape(', '.join(sorted(printer.reasons)))})" if printer.reasons else ""


def _who(caller: Caller) -> str:
    if caller.user is not None:
        return f"<p class=who>Logged in as {escape(caller.user)}.</p>"
    return "<p class=who><a href=/login>Log in</a></p>" if caller.challenge else ""


def _table(rows: Iterable[tuple[str, str]]) -> str:
    cells = [f"<tr><th scope=row>{escape(name)}<td>{escape(value)}" for name, value in rows]
    return f"<table>{''.join(cells)}</table>"


_SHOWN_OF_JOB = Wanted(["job-name", "job-originating-user-name", "job-state-message"])


def _may_look(printer: Printer, job: Job, context: Context) -> bool:
    """May the caller see what came out of a job?"""
    known = bool(context.user) and context.user == context.caller.user == job.user
    return (known or context.caller.role >= Role.OPERATOR) and may_see(printer, "job", job.user, context)


def _when(wall: float | None) -> str:
    if wall is None:
        return "–"
    return DateTime.at(wall).moment.strftime("%Y-%m-%d %H:%M:%S UTC")


def escape(text: str) -> str:
    """Text for a page. Control characters, which HTML does not allow, show as what they are: nothing readable."""
    return html.escape("".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text))
