"""The printer's page as a whole: its views, and what belongs to none of them."""

from __future__ import annotations

from pathlib import Path

from aiohttp import hdrs, web

from firmware.core.access import Link, Role
from firmware.net import auth
from firmware.net.web import feed
from firmware.net.web.site import LANGUAGE, Site, Visit
from firmware.net.web.views import VIEWS
from firmware.net.web.words import languages

STATIC = Path(__file__).with_name("static")
ICONS = {48: "icon-48.png", 128: "icon-128.png", 512: "icon-512.png"}
_TYPES = {".css": "text/css", ".js": "text/javascript", ".png": "image/png", ".svg": "image/svg+xml"}


class Pages:
    """All pages of one print system."""

    def __init__(self, site: Site) -> None:
        site.views = [view(site) for view in VIEWS]
        self._site = site
        self._files = {path.name: path for path in STATIC.iterdir() if path.suffix in _TYPES}

    def routes(self) -> list[web.RouteDef]:
        own = [
            web.get(feed.PATH, self._site.feed.serve),
            web.get("/static/{file}", self.static),
            web.get("/icons/{printer:\\d{1,9}}-{size:48|128|512}.png", self.icon),
            web.get("/favicon.ico", self.favicon),
            web.get("/privacy", self.privacy),
            web.get("/login", self.login),
            web.post("/login", self.log_in),
            web.post("/logout", self.log_out),
            web.post("/language", self.language),
        ]
        return [*(route for view in self._site.views for route in view.routes()), *own]

    async def close(self, app: web.Application) -> None:
        """No browser is kept listening."""
        self._site.feed.close()

    async def static(self, request: web.Request) -> web.StreamResponse:
        path = self._files.get(request.match_info["file"])
        if path is None:
            raise web.HTTPNotFound
        headers = {hdrs.CONTENT_TYPE: _TYPES[path.suffix], hdrs.CACHE_CONTROL: "no-cache"}
        return web.FileResponse(path, headers=headers)

    async def icon(self, request: web.Request) -> web.StreamResponse:
        self._site.visit(request)  # is there such a printer?
        return web.FileResponse(STATIC / ICONS[int(request.match_info["size"])])

    async def favicon(self, request: web.Request) -> web.StreamResponse:
        return web.FileResponse(STATIC / ICONS[48], headers={hdrs.CONTENT_TYPE: "image/png"})

    async def privacy(self, request: web.Request) -> web.Response:
        """printer-privacy-policy-uri: what is kept, for how long, and who sees it."""
        visit = self._site.visit(request)
        return visit.page("privacy.html", lambda: {"kinds": list(_private(visit))}, fresh=True)

    async def login(self, request: web.Request) -> web.Response:
        """A form for people; a challenge for programs, and on a cable, whose cookies other programs would see."""
        visit, caller = self._site.visit(request), auth.caller(request)
        if caller.user is not None:
            raise web.HTTPSeeOther("/")
        wants_form = "text/html" in request.headers.get(hdrs.ACCEPT, "") and caller.link is not Link.USB
        if caller.challenge == 426 or (caller.challenge and not wants_form):
            visit.require(Role.ADMINISTRATOR, "There is nobody to log in as.\n")
        return visit.page("login.html", lambda: {"wrong": False, "name": ""}, fresh=True)

    async def log_in(self, request: web.Request) -> web.Response:
        visit = self._site.visit(request)
        if visit.caller.link is not Link.TLS:
            raise web.HTTPForbidden(text="Passwords are taken over TLS only: use an https: URI.\n")
        given = await visit.form()
        name = given.get("name", "")
        user = await self._site.authenticator.log_in(request, name, given.get("password", ""))
        if user is None:
            return visit.page("login.html", lambda: {"wrong": True, "name": name}, status=403, fresh=True)
        response = web.Response(status=303, headers={hdrs.LOCATION: "/"})
        self._site.authenticator.sessions.begin(response, user)
        return response

    async def log_out(self, request: web.Request) -> web.Response:
        response = web.Response(status=303, headers={hdrs.LOCATION: "/"})
        self._site.authenticator.sessions.end(request, response)
        return response

    async def language(self, request: web.Request) -> web.Response:
        """Another language than the browser's."""
        visit = self._site.visit(request)
        chosen = (await visit.form()).get("language", "")
        response = visit.done()
        if chosen in languages():
            year = 365 * 86400
            response.set_cookie(LANGUAGE, chosen, max_age=year, path="/", httponly=True, samesite="Strict")
        return response


def _private(visit: Visit) -> list[tuple[str, str, str]]:
    """(what of, which attributes, shown to whom)."""
    found = []
    for kind in ("job", "document"):
        attributes, scope = visit.text(f"{kind}-privacy-attributes"), visit.text(f"{kind}-privacy-scope")
        if attributes and scope:
            found.append((kind, attributes, _SCOPES[scope]))
    return found


_SCOPES = {
    "all": "everybody",
    "default": "its owner and the printer's operators",
    "none": "nobody",
    "owner": "its owner",
}
