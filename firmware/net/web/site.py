"""What every view of the page works with: the site, and the visit of one caller to it."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from aiohttp import hdrs, web

from firmware.core.access import Caller, Link, Role
from firmware.core.call import Context, Reply, plain_text
from firmware.core.describe import Wanted
from firmware.core.engine import Engine
from firmware.core.job import Job
from firmware.core.printer import Printer
from firmware.core.privacy import may_see
from firmware.ipp import Attribute, AttributeGroup, Message, Name, Operation, Status, Uri
from firmware.ipp.values import Value
from firmware.net import auth
from firmware.net.auth import Authenticator
from firmware.net.web import render
from firmware.net.web.feed import Feed
from firmware.net.web.words import Words, choose, languages, words
from firmware.runtime.pump import Pump

if TYPE_CHECKING:
    from firmware.net.control import Part

LANGUAGE = "inkstand-language"
"""The cookie of who chose a language other than his browser's."""
FORM = 1 << 16
"""Octets that a form may have."""
REMEMBERED = 64
"""Pages that are remembered until something happens."""
SAYINGS = 128
"""Answers to forms that wait for the page that shows them."""


class Gallery(Protocol):
    """Where the sheets that a printer made can be looked at."""

    def sheets(self, job_id: int) -> list[Path]:
        """Pictures of the job's sheet sides, in output order."""


class View(Protocol):
    """One entry of the navigation, and all that belongs to it."""

    name: str
    title: str
    path: str

    def routes(self) -> list[web.RouteDef]: ...


@dataclass
class Site:
    """What there is to show and to work."""

    pump: Pump
    authenticator: Authenticator
    galleries: Mapping[int, Gallery]
    parts: Mapping[str, Part] = field(default_factory=dict)
    """The board's simulated parts, by name: what has none can be looked at, not worked."""
    views: Sequence[View] = ()
    notice: str = ""
    """What every page says at its top."""
    feed: Feed = field(default_factory=Feed)
    _pages: OrderedDict[Any, tuple[object, str]] = field(default_factory=OrderedDict)
    _sayings: OrderedDict[str, tuple[bool, str]] = field(default_factory=OrderedDict)

    @property
    def engine(self) -> Engine:
        return self.pump.engine

    def visit(self, request: web.Request) -> Visit:
        return Visit(self, request)

    def remembered(self, key: Any, make: Callable[[], str]) -> str:
        """A page as it was made since something last happened, or made now."""
        now = self.feed.number, self.engine.revision
        made, text = self._pages.pop(key, ((-1, -1), ""))
        if made != now:
            text = make()
        self._pages[key] = now, text
        while len(self._pages) > REMEMBERED:
            self._pages.popitem(last=False)
        return text

    def keep_saying(self, good: bool, message: str) -> str:
        """For the page that a form leads to; the key to ask for it by, once."""
        key = secrets.token_urlsafe(9)
        self._sayings[key] = good, message
        while len(self._sayings) > SAYINGS:
            self._sayings.popitem(last=False)
        return key

    def saying(self, key: str) -> tuple[bool, str] | None:
        return self._sayings.pop(key, None)


class Visit:
    """One request of a caller: what he may see and do, in his language."""

    def __init__(self, site: Site, request: web.Request) -> None:
        self.site = site
        self.request = request
        self.caller: Caller = auth.caller(request)
        self.context: Context = site.engine.context(site.pump.clock.now(), self.caller, auth.authority(request))
        self.words: Words = _language(request)
        self.printer = self._printer()

    # --------------------------------------------------------------------------------------- what there is

    @property
    def printers(self) -> list[Printer]:
        return list(self.site.engine.system.printers.values())

    @property
    def operates(self) -> bool:
        """May he change settings, other people's jobs, and work simulated parts?"""
        return self.caller.role >= Role.OPERATOR

    @property
    def logged_in(self) -> bool:
        """By the page's form, so that he can log out again."""
        return self.site.authenticator.sessions.user(self.request) is not None

    @property
    def audience(self) -> tuple[object, ...]:
        """All that a page may depend on besides what happened."""
        caller, request = self.caller, self.request
        who = (caller.link, caller.role, caller.user, caller.challenge, self.logged_in)
        return (*who, request.path_qs, self.context.authority, self.words.language)

    def said(self, name: str) -> tuple[Value, ...]:
        """The values that IPP tells this caller of a printer's attribute; none for one that there is not."""
        attribute = self.site.engine.describe.value(self.printer, name, self.context)
        return attribute.values if attribute is not None else ()

    def text(self, name: str) -> str:
        """A printer's attribute in a line."""
        return ", ".join(plain_text(value) for value in self.said(name))

    def job(self, number: int) -> Job:
        """HTTP 404 when there is no such job any more."""
        for printer in self.printers:
            if number in printer.jobs:
                self.printer = printer
                return printer.jobs[number]
        raise web.HTTPNotFound(text="There is no such job (any more).\n")

    def told(self, job: Job, *names: str) -> dict[str, tuple[Value, ...]]:
        """What IPP tells this caller of a job; what is private is not there."""
        found = self.site.engine.describe.job(job, self.context, Wanted(names))
        return {attribute.name: attribute.values for attribute in found if isinstance(attribute, Attribute)}

    def may_look(self, job: Job) -> bool:
        """May the caller see what came out of a job? That is not for everybody, whatever job-privacy-scope says."""
        context = self.context
        known = bool(context.user) and context.user == self.caller.user == job.user
        printer = self.site.engine.system.printers[job.printer_id]
        return (known or self.operates) and may_see(printer, "job", job.user, context)

    # ------------------------------------------------------------------------------------- what may be done

    def require(self, role: Role, text: str) -> None:
        """HTTP 401, 403, or the way to TLS, for who has less than this role."""
        self.site.authenticator.require(self.request, role, text)

    async def operate(
        self,
        operation: Operation,
        *attributes: Attribute,
        job: Job | None = None,
        groups: Iterable[AttributeGroup] = (),
    ) -> Reply:
        """Carry out an IPP operation as this caller, with the same checks and the same durability as over the wire.
        HTTP 401 or 426 where a client would be asked for a password."""
        uri = self.context.printer_uri(self.printer)
        target = [Attribute("printer-uri", Uri(uri))]
        target += [Attribute("job-id", job.id)] if job is not None else []
        # Who is not logged in has no name of his own: what he may do depends on his link alone.
        name = self.caller.user or "page"
        message = Message.request(operation, [*target, Attribute("requesting-user-name", Name(name)), *attributes])
        message.groups += list(groups)
        reply = await self.site.pump.dispatch(message, self.caller, self.context.authority, False)
        if reply.challenge:
            raise self.site.authenticator.challenge(reply.challenge)
        return reply

    async def form(self) -> dict[str, str]:
        """The fields of a form; HTTP 413 for one that is too large, 415 for what is none."""
        if self.request.content_type != "application/x-www-form-urlencoded":
            raise web.HTTPUnsupportedMediaType(text="A form, please.\n")
        body = bytearray()
        async for piece in self.request.content.iter_any():
            body += piece
            if len(body) > FORM:
                raise web.HTTPRequestEntityTooLarge(FORM, len(body), text="That is too much for a form.\n")
        try:
            return render.fields(bytes(body))
        except ValueError as error:  # more fields than any form of ours has
            raise web.HTTPRequestEntityTooLarge(render.MOST_FIELDS, 0, text="Too many fields for a form.\n") from error

    def done(self, message: str = "", *, good: bool = True, back: str = "") -> web.Response:
        """The answer to a form: JSON for a script, or back to the page, which shows ``message``."""
        if "application/json" in self.request.headers.get(hdrs.ACCEPT, ""):
            return web.json_response({"good": good, "message": message, "next": back})
        url = back or self._referrer()
        if message:
            url += f"{'&' if '?' in url else '?'}said={self.site.keep_saying(good, message)}"
        return web.Response(status=303, headers={hdrs.LOCATION: url})

    def answered(self, reply: Reply, message: str, *, back: str = "") -> web.Response:
        """The answer to a form that asked for an IPP operation: ``message`` when it was carried out."""
        if reply.status < Status.CLIENT_ERROR_BAD_REQUEST:
            return self.done(message, back=back)
        return self.done(reply.message or reply.status.label, good=False, back=back)

    # --------------------------------------------------------------------------------------------- answers

    def page(
        self,
        template: str,
        values: Callable[[], Mapping[str, Any]] = dict,
        *,
        view: str = "",
        status: int = 200,
        fresh: bool = False,
    ) -> web.Response:
        """A whole page; remembered until something happens, unless it has to be ``fresh``. ``values``, which the
        template sees, are asked for only when it is made."""
        said = self.site.saying(self.request.query["said"]) if "said" in self.request.query else None

        def make() -> str:
            return render.page(template, {**self._frame(view), "saying": said, **values()}, self.words)

        text = make() if fresh or said else self.site.remembered((template, self.audience), make)
        headers = {hdrs.CACHE_CONTROL: "no-store", hdrs.VARY: "Accept-Language, Cookie"}
        headers[hdrs.CONTENT_LANGUAGE] = self.words.language
        return web.Response(text=text, status=status, content_type="text/html", headers=headers)

    def _frame(self, view: str) -> dict[str, Any]:
        """What the shell shows of the printer and the caller."""
        here = self.request.path
        return {
            "visit": self,
            "printer": self.printer,
            "notice": self.site.notice,
            "several": self.printers if len(self.printers) > 1 else [],
            "views": self.site.views,
            "here": view or next((each.name for each in self.site.views if each.path == here), ""),
            "caller": self.caller,
            "can_log_in": bool(self.caller.challenge),
            "can_log_out": self.logged_in,
            "polls": self.caller.link is Link.USB,
            "languages": languages(),
            "path": here,
        }

    def _referrer(self) -> str:
        """The page that the form was on, of ours."""
        path = urlsplit(self.request.headers.get(hdrs.REFERER, "/")).path
        return path if path.startswith("/") and not path.startswith("//") else "/"

    def _printer(self) -> Printer:
        given = self.request.match_info.get("printer") or self.request.query.get("printer")
        known = self.site.engine.system.printers
        if given is None:
            return next(iter(known.values()))
        printer = known.get(int(given)) if given.isascii() and given.isdecimal() and len(given) < 10 else None
        if printer is None:
            raise web.HTTPNotFound(text="There is no such printer.\n")
        return printer


def _language(request: web.Request) -> Words:
    chosen = request.cookies.get(LANGUAGE, "")
    return words(chosen) if chosen in languages() else choose(request.headers.get(hdrs.ACCEPT_LANGUAGE, ""))
