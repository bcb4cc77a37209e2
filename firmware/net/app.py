"""The application: which path is served by whom."""

from __future__ import annotations

from aiohttp import web
from aiohttp.typedefs import Handler

from firmware.net.control import Control
from firmware.net.ipp import IppHandler
from firmware.net.web.pages import Pages

_SECURITY = {
    "Content-Security-Policy": "default-src 'none'; img-src 'self'; style-src 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def build(ipp: IppHandler, pages: Pages, control: Control) -> web.Application:
    """Everything that is reachable by HTTP, over whatever link. Bodies have no limit here: documents stream."""
    app = web.Application(client_max_size=0, middlewares=[_secure])
    app.router.add_post("/ipp/print", ipp.post)
    app.router.add_post("/ipp/print/{name:.+}", ipp.post)
    app.add_routes(pages.routes())
    app.add_routes(control.routes())
    return app


@web.middleware
async def _secure(request: web.Request, handler: Handler) -> web.StreamResponse:
    response = await handler(request)
    if response.content_type == "text/html":
        response.headers.update(_SECURITY)
    return response
