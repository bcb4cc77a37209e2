"""Upgrade to TLS within HTTP/1.1 (RFC 2817, RFC 9110 section 7.8).

A request without a body is answered 101 at once, and is then served as if it had come by TLS. A body comes to its end
in the clear first, as a sender can't change the protocol in the middle of a message: such a request has the trust of
a plain one, and only its answer is secret.
"""

from __future__ import annotations

import asyncio
import logging
import ssl

from aiohttp import hdrs, web

from firmware.net.tls import HANDSHAKE

log = logging.getLogger("inkstand.tls")

PROTOCOLS = "TLS/1.2, HTTP/1.1"
"""What a 426 or 101 offers (RFC 2817 section 4)."""
_ANSWER = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: " + PROTOCOLS.encode() + b"\r\nConnection: Upgrade\r\n\r\n"


def wanted(request: web.BaseRequest) -> bool:
    """Does the client offer to change to TLS?"""
    tokens = [
        token.strip().lower() for value in request.headers.getall(hdrs.CONNECTION, ()) for token in value.split(",")
    ]
    offers = [offer.strip().upper() for value in request.headers.getall(hdrs.UPGRADE, ()) for offer in value.split(",")]
    return request.version >= (1, 1) and "upgrade" in tokens and any(offer.startswith("TLS/") for offer in offers)


async def switch(request: web.BaseRequest, context: ssl.SSLContext) -> None:
    """Go over to TLS, at a moment when the request is read and nothing of the answer is written.
    ConnectionResetError when the client did not follow."""
    protocol, transport = request.protocol, request.transport
    if transport is None or transport.is_closing():  # start_tls would wait for nobody, and hold 300 KiB meanwhile
        raise ConnectionResetError("the connection is lost")
    assert isinstance(transport, asyncio.Transport)
    transport.write(_ANSWER)
    loop = asyncio.get_running_loop()
    try:
        secure = await loop.start_tls(transport, protocol, context, server_side=True, ssl_handshake_timeout=HANDSHAKE)
    except (OSError, ssl.SSLError) as error:
        log.info("upgrade failed", extra={"peer": request.remote, "error": str(error)})
        transport.abort()
        # start_tls does not tell it. Not of this error: with its traceback it would keep all of this alive.
        loop.call_soon(protocol.connection_lost, None)
        raise ConnectionResetError("no TLS handshake") from None
    if secure is None:
        raise ConnectionResetError("the connection is lost")
    protocol.transport = secure
    for cached in ("ssl_context", "peername", "sockname"):
        protocol._cache.pop(cached, None)
