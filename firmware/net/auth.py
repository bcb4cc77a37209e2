"""Who is calling: settled here from the connection and the request's headers, before the engine is asked."""

from __future__ import annotations

import base64
import binascii
import hashlib
import ipaddress
import math
import os
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from aiohttp import hdrs, web

from firmware.core.access import TRUST, Caller, Link, Policy, Role
from firmware.net import upgrade
from firmware.net.names import host_of
from firmware.net.sessions import Sessions
from firmware.net.users import TooManyGuesses, User, Users

CALLER = web.RequestKey("caller", Caller)
LINK = web.RequestKey("link", Link)
"""What ``net.gate`` notes on a request."""


def link(request: web.BaseRequest) -> Link:
    """How the caller reached us; a transport that knows says so itself. A request keeps what it came by, even when
    its connection changes to TLS for the answer."""
    return request.get(LINK) or _link(request)


def _link(request: web.BaseRequest) -> Link:
    transport = request.transport
    if transport is None:
        return Link.PLAIN
    told = transport.get_extra_info("inkstand.link")
    if told is not None:
        return Link(told)
    if transport.get_extra_info("ssl_object") is not None:
        return Link.TLS
    peer = transport.get_extra_info("peername")
    return Link.PLAIN if isinstance(peer, tuple) else Link.LOCAL


def caller(request: web.BaseRequest) -> Caller:
    """The caller of a request, as the gate found him."""
    return request[CALLER]


def authority(request: web.BaseRequest) -> str:
    """host[:port] that the caller used; ``localhost`` where the Host header is no such thing."""
    host = request.headers.get(hdrs.HOST, "")
    return host if host_of(host) is not None else "localhost"


def is_cross_origin(request: web.BaseRequest) -> bool:
    """A browser sends this for another site: host daemons re-export even the cable to every page on the host."""
    if request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
        return True
    origin = request.headers.get(hdrs.ORIGIN)
    return origin is not None and urlsplit(origin).netloc.lower() != request.headers.get(hdrs.HOST, "").lower()


class Authenticator:
    """Finds out who a caller is. What a connection proved once it need not prove again."""

    def __init__(self, policy: Policy, users: Users, realm: str) -> None:
        self._policy = policy
        self._users = users
        self.sessions = Sessions(users)
        self._realm = "".join(char for char in realm if char.isascii() and char.isprintable() and char not in '"\\')
        self._salt = os.urandom(16)
        self._proven: WeakKeyDictionary[Any, tuple[bytes, User]] = WeakKeyDictionary()

    async def identify(self, request: web.BaseRequest) -> Caller:
        """The caller; HTTP 401 for a wrong password, 426 or 403 for one that was sent where others could read it."""
        way = link(request)
        user = await self._user(request, way)
        role = self._policy.role(way, _is_loopback(request), user.role if user is not None else Role.ANYONE)
        can_ask = TRUST[way].passwords or (way is Link.PLAIN and self._policy.tls != "off")
        name = user.name if user is not None else None
        peer = _peer(request)
        return Caller(way, role, name, str(peer) if peer is not None else "", can_ask and bool(self._users.all()))

    def challenge(self, status: int, text: str = "") -> web.HTTPException:
        """The HTTP answer that has a client ask for a password (RFC 7617), or change to TLS first (RFC 2817)."""
        if status == 401:
            header = {hdrs.WWW_AUTHENTICATE: f'Basic realm="{self._realm or "Inkstand"}", charset="UTF-8"'}
            return web.HTTPUnauthorized(headers=header, text=text or "Give a user name and password.\n")
        if status == 426:
            header = {hdrs.UPGRADE: upgrade.PROTOCOLS, hdrs.CONNECTION: "Upgrade"}
            return web.HTTPUpgradeRequired(headers=header, text=text or "Use TLS: an ipps: or https: URI.\n")
        return web.HTTPForbidden(text=text or "This is not for you.\n")

    def require(self, request: web.BaseRequest, role: Role, text: str) -> None:
        """Let nobody pass who has less than this role; who can prove more is asked to."""
        who = caller(request)
        if who.role >= role:
            return
        if who.challenge == 426 and request.method in (hdrs.METH_GET, hdrs.METH_HEAD):
            raise web.HTTPFound(f"https://{authority(request)}{request.path_qs}")
        raise self.challenge(who.challenge or 403, text)

    async def log_in(self, request: web.BaseRequest, name: str, password: str) -> User | None:
        """The user who gave this name and password; None for wrong ones, HTTP 429 for too many of them."""
        try:
            return await self._users.check(name, password, _network(request))
        except TooManyGuesses as error:
            again = {hdrs.RETRY_AFTER: str(math.ceil(error.wait))}
            raise web.HTTPTooManyRequests(headers=again, text="Too many wrong passwords: wait a little.\n") from None

    async def _user(self, request: web.BaseRequest, way: Link) -> User | None:
        header = request.headers.get(hdrs.AUTHORIZATION)
        if header is None and way is Link.TLS:
            return self.sessions.user(request)
        if header is None or way is Link.LOCAL:
            return None
        if not TRUST[way].passwords:
            status = 426 if self._policy.tls != "off" else 403
            raise self.challenge(status, "Passwords are taken over TLS only: use an ipps: or https: URI.\n")
        digest = hashlib.blake2b(header.encode("utf-8", "surrogateescape"), key=self._salt).digest()
        known = self._proven.get(request.transport)
        if known is not None and known[0] == digest and self._users.all().get(known[1].name) == known[1]:
            return known[1]
        given = credentials(header)
        if given is None:
            raise self.challenge(401, "Only Basic authentication is known here.\n")
        user = await self.log_in(request, *given)
        if user is None:
            raise self.challenge(401, "The name or the password is wrong.\n")
        if request.transport is not None:
            self._proven[request.transport] = (digest, user)
        return user


def credentials(header: str) -> tuple[str, str] | None:
    """Name and password of a Basic Authorization header (RFC 7617); None when it is none."""
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "basic" or len(token) > 4096:
        return None
    try:
        name, colon, password = base64.b64decode(token.strip(), validate=True).decode("utf-8").partition(":")
    except (binascii.Error, ValueError):
        return None
    return (name, password) if colon else None


def _network(request: web.BaseRequest) -> str:
    """What guesses are counted by: an IPv4 address, or the 64 bits of IPv6 that one customer has at least."""
    address = _peer(request)
    if address is None:
        return "cable"
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((int(address) >> 64 << 64, 64)))
    return str(address)


def _is_loopback(request: web.BaseRequest) -> bool:
    address = _peer(request)
    return address is not None and address.is_loopback


def _peer(request: web.BaseRequest) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    peer = request.transport.get_extra_info("peername") if request.transport else None
    if not isinstance(peer, tuple):
        return None
    try:
        address = ipaddress.ip_address(str(peer[0]).partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
