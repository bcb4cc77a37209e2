"""The gate that every request passes before anybody serves it: the right name, the right site, TLS, who calls."""

from __future__ import annotations

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from firmware.core.access import Link, Policy
from firmware.net import auth, upgrade
from firmware.net.auth import CALLER, LINK, Authenticator
from firmware.net.names import Names, host_of
from firmware.net.tls import Tls

UPGRADE = web.RequestKey("upgrade", bool)
"""The client offered to change to TLS, and may be taken at its word before the answer."""
SAFE = (hdrs.METH_GET, hdrs.METH_HEAD, hdrs.METH_OPTIONS)
ALWAYS = ("/healthz",)
"""Open in the clear even where TLS is required: it tells nothing."""


class Gate:
    """A middleware, and a hook for when an answer is about to be written."""

    def __init__(self, policy: Policy, names: Names, authenticator: Authenticator, tls: Tls | None) -> None:
        self._policy = policy
        self._names = names
        self._authenticator = authenticator
        self._tls = tls

    @web.middleware
    async def check(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        request[LINK] = auth.link(request)
        await self._upgrade(request)
        self._check_host(request)
        if request.method not in SAFE and auth.is_cross_origin(request):
            raise web.HTTPForbidden(text="Requests from other web sites are refused.\n")
        self._check_tls(request)
        request[CALLER] = await self._authenticator.identify(request)
        return await handler(request)

    async def before_answer(self, request: web.BaseRequest, response: web.StreamResponse) -> None:
        """The body is read: now is the time to change to TLS, if the client offered to. With a body half-read we
        don't; an offer may be left alone."""
        if request.get(UPGRADE) and self._tls is not None and request.content.at_eof():
            request[UPGRADE] = False
            await upgrade.switch(request, self._tls.context)

    async def _upgrade(self, request: web.Request) -> None:
        if self._tls is None or request[LINK] is not Link.PLAIN or not upgrade.wanted(request):
            return
        if request.body_exists:
            request[UPGRADE] = True
        else:
            await upgrade.switch(request, self._tls.context)
            request[LINK] = Link.TLS

    def _check_host(self, request: web.Request) -> None:
        """HTTP/1.1 has to name the host (RFC 9112 section 3.2); a name that is not ours is refused (RFC 9110
        section 15.5.20). On a cable it is the host's affair how it calls us, but for what a browser sends."""
        if request[LINK] is Link.LOCAL:
            return
        given = request.headers.getall(hdrs.HOST, [])
        if not given and request.version < (1, 1):
            return
        host = host_of(given[0]) if len(given) == 1 else None
        on_cable = request[LINK] is Link.USB and not _is_browser(request)
        if host is None and not (on_cable and len(given) == 1):
            raise web.HTTPBadRequest(text="One Host header, please, with a host in it.\n")
        if host is not None and not on_cable and not self._names.knows(host):
            raise web.HTTPMisdirectedRequest(
                text=f"This printer is not called {host}. Use its address, or have its owner add the name to "
                "'names' under [network].\n"
            )

    def _check_tls(self, request: web.Request) -> None:
        if self._policy.tls != "required" or request[LINK] is not Link.PLAIN or request.get(UPGRADE):
            return
        if request.path in ALWAYS:
            return
        if request.method in (hdrs.METH_GET, hdrs.METH_HEAD):
            raise web.HTTPMovedPermanently(f"https://{auth.authority(request)}{request.path_qs}")
        raise self._authenticator.challenge(426)


def _is_browser(request: web.Request) -> bool:
    names = (hdrs.ORIGIN, "Sec-Fetch-Site", hdrs.REFERER)
    return any(name in request.headers for name in names) or "Mozilla/" in request.headers.get(hdrs.USER_AGENT, "")
