"""The application: which path is served by whom."""

from __future__ import annotations

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from firmware.net.control import Control
from firmware.net.gate import Gate
from firmware.net.ipp import IppHandler
from firmware.net.metrics import Metrics
from firmware.net.signature import SERVER
from firmware.net.web.pages import Pages

_SECURITY = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def build(gate: Gate, ipp: IppHandler, pages: Pages, control: Control, metrics: Metrics) -> web.Application:
    """Everything that is reachable by HTTP, over whatever link. Bodies have no limit here: documents stream."""
    app = web.Application(client_max_size=0, middlewares=[metrics.measure, _secure, gate.check, _options])
    app.on_response_prepare.append(gate.before_answer)
    app.on_response_prepare.append(_sign)
    app.router.add_post("/ipp/print", ipp.post)
    app.router.add_post("/ipp/print/{name:.+}", ipp.post)
    app.on_shutdown.append(pages.close)
    app.add_routes(pages.routes())
    app.add_routes(control.routes())
    app.add_routes(metrics.routes())
    return app


async def _sign(request: web.BaseRequest, response: web.StreamResponse) -> None:
    """Who answers: CUPS and others match printers' bugs by this."""
    response.headers[hdrs.SERVER] = SERVER


@web.middleware
async def _options(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Asked of a path, or of ``*``: the whole server (RFC 9110 section 9.3.7). Hosts probe printers with it."""
    if request.method == hdrs.METH_OPTIONS:
        return web.Response(headers={hdrs.ALLOW: "GET, HEAD, OPTIONS, POST"})
    return await handler(request)


@web.middleware
async def _secure(request: web.Request, handler: Handler) -> web.StreamResponse:
    response = await handler(request)
    if response.content_type == "text/html":
        response.headers.update(_SECURITY)
    return response
