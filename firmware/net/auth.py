"""Who is calling: settled here from the connection and the request's headers, before the engine is asked."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from aiohttp import web

from firmware.core.access import Caller, Link, Role

POLICIES = ("this-machine", "everyone", "nobody")
"""Who may operate the printer over plain HTTP without a password: callers on the printer's own machine, everybody
(a laboratory behind closed doors), or nobody. The cable and the control socket always may."""

_AUTHORITY = re.compile(r"(?:[A-Za-z0-9._~-]{1,253}|\[[0-9A-Fa-f:.%a-z]{2,60}\])(?::\d{1,5})?")


def link(request: web.BaseRequest) -> Link:
    """How the caller reached us; a transport that knows says so itself."""
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


def caller(request: web.BaseRequest, operators: str) -> Caller:
    """The caller of a request, under one of ``POLICIES``."""
    way = link(request)
    trusted = way in (Link.USB, Link.LOCAL) or operators == "everyone"
    if not trusted and operators == "this-machine":
        trusted = _is_loopback(request)
    return Caller(way, Role.OPERATOR if trusted else Role.ANYONE, peer=_peer(request))


def _peer(request: web.BaseRequest) -> str:
    """The address that the request came from; empty for cables and sockets."""
    peer = request.transport.get_extra_info("peername") if request.transport else None
    return str(peer[0]).partition("%")[0] if isinstance(peer, tuple) else ""


def _is_loopback(request: web.BaseRequest) -> bool:
    try:
        address = ipaddress.ip_address(_peer(request))
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def authority(request: web.BaseRequest) -> str:
    """host[:port] that the caller used; ``localhost`` where the Host header is no such thing."""
    host = request.headers.get("Host", "")
    return host if _AUTHORITY.fullmatch(host) else "localhost"


def is_cross_origin(request: web.BaseRequest) -> bool:
    """A browser sends this for another site: host daemons re-export even the cable to every page on the host."""
    origin = request.headers.get("Origin")
    return origin is not None and urlsplit(origin).netloc.lower() != request.headers.get("Host", "").lower()
