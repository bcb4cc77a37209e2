"""IPP over HTTP (RFC 8010 section 4): a POST in, a message out, documents on the way to the spool."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Callable

from aiohttp import hdrs, web

from firmware.core.access import Caller
from firmware.core.call import Reply
from firmware.core.engine import respond
from firmware.ipp import Decoder, MalformedMessage, Message, Operation, Status, encode
from firmware.ipp.dump import code_label
from firmware.net import auth
from firmware.net.auth import Authenticator
from firmware.net.faults import IppFaults
from firmware.net.intake import Body, Gone, Intake
from firmware.net.shortcut import Memory
from firmware.net.trace import Trace
from firmware.runtime.pump import Pump

log = logging.getLogger("inkstand.ipp")

MEDIA_TYPE = "application/ipp"
ATTRIBUTES = 120.0
"""Seconds that a request's attributes may take in all, however steadily they trickle."""


class IppHandler:
    """Serves POST requests to the printers of one system."""

    def __init__(
        self, pump: Pump, intake: Intake, authenticator: Authenticator, faults: IppFaults, trace: Trace | None = None
    ) -> None:
        self._pump = pump
        self._intake = intake
        self._authenticator = authenticator
        self._faults = faults
        self._trace = trace
        self.answered: Callable[[str, str], None] = lambda operation, status: None
        """Hears the operation and status of every request: its words are those of the registry."""
        self._numbers = itertools.count(1)
        self.memory = Memory(self)

    async def post(self, request: web.Request) -> web.StreamResponse:
        """One IPP request. HTTP errors are for what is no IPP at all."""
        if request.content_type != MEDIA_TYPE:
            raise web.HTTPUnsupportedMediaType(text=f"POST {MEDIA_TYPE} here, not {request.content_type}.\n")
        if request.headers.get(hdrs.CONTENT_ENCODING, "identity").lower() != "identity":
            # IPP has its own compression, which is bounded; this one would unpack before anybody has looked.
            identity = {hdrs.ACCEPT_ENCODING: "identity"}
            raise web.HTTPUnsupportedMediaType(text="Use the attribute compression.\n", headers=identity)
        body = Body(request.content)
        try:
            async with asyncio.timeout(ATTRIBUTES):
                message, rest = await self._message(body)
        except MalformedMessage as error:
            return self._malformed(request, error)
        except TimeoutError:
            raise web.HTTPRequestTimeout(text="The request did not come.\n") from None
        except Gone as error:
            return _broken_off(error)
        try:
            response = await self._answer(request, message, rest, body)
            await response.prepare(request)
            await response.write_eof()
            self.memory.answered(request, message, auth.caller(request), auth.authority(request))
            return response
        except Gone as error:
            return _broken_off(error)

    def stamp(self) -> object:
        """See ``shortcut.Asks``."""
        if self._faults or self._trace is not None or log.isEnabledFor(logging.DEBUG):
            return None
        return self._pump.engine.revision, int(self._pump.clock.now().up)

    def ask(self, request: Message, caller: Caller, authority: str) -> bytes | None:
        """See ``shortcut.Asks``."""
        try:
            reply = self._pump.read(request, caller, authority)
            if reply.challenge:
                return None
            return encode(respond(reply, request.request_id, self._pump.engine.version(request)))
        except Exception:
            log.exception("request failed", extra={"operation": code_label(request.code, True)})
            return None

    def sent(self, request: Message, status: int) -> None:
        """See ``shortcut.Asks``."""
        self.answered(code_label(request.code, True), Status(status).label)

    async def _message(self, body: Body) -> tuple[Message, bytes]:
        decoder = Decoder()
        while True:
            piece = await body.read()
            if not piece:
                decoder.end()
            rest = decoder.feed(piece)
            if rest is not None:
                assert decoder.message is not None
                return decoder.message, rest

    async def _answer(self, request: web.Request, message: Message, rest: bytes, body: Body) -> web.Response:
        number = next(self._numbers)
        caller = auth.caller(request)
        if self._trace is not None:
            self._trace.request(number, message, caller, request.path)
        try:
            first = rest or await body.read()
            reply = await self._pump.dispatch(
                message, caller, auth.authority(request), bool(first), lambda: _is_gone(request)
            )
            if reply.accept is not None:
                fact = await self._intake.take(reply.accept, first, body)
                reply = await self._pump.finish(reply, fact)
        except TimeoutError:
            reply = Reply(Status.CLIENT_ERROR_TIMEOUT, "The request did not come to its end.")
        except (Gone, ConnectionError):
            raise
        except Exception:
            log.exception("request failed", extra={"operation": code_label(message.code, True)})
            reply = Reply(Status.SERVER_ERROR_INTERNAL_ERROR, "This is a bug of the printer: see its log.")
        if reply.challenge:
            raise self._challenge(number, message, reply)
        return self._send(number, message, reply, str(caller.link))

    def _challenge(self, number: int, message: Message, reply: Reply) -> web.HTTPException:
        """The answer that has the client ask for a password: there is no word for it in IPP."""
        self.answered(code_label(message.code, True), reply.status.label)
        log.info(code_label(message.code, True), extra={"http": reply.challenge, "detail": reply.message})
        if self._trace is not None:
            self._trace.note(f"< {number} HTTP {reply.challenge}: {reply.message}")
        return self._authenticator.challenge(reply.challenge)

    def _send(self, number: int, message: Message, reply: Reply, link: str) -> web.Response:
        version = self._pump.engine.version(message)
        octets = self._encode(message, respond(reply, message.request_id, version))
        known = message.code in self._pump.engine.catalog.operations
        self.answered(code_label(message.code, True) if known else "other", reply.status.label)
        level = logging.INFO if message.code in _WORTH_TELLING else logging.DEBUG
        details = {"status": reply.status.label, "link": link}
        if reply.message:
            details["detail"] = reply.message
        log.log(level, code_label(message.code, True), extra=details)
        if self._trace is not None:
            self._trace.response(number, octets)
        return web.Response(body=octets, headers={hdrs.CONTENT_TYPE: MEDIA_TYPE, hdrs.CACHE_CONTROL: "no-cache"})

    def _encode(self, request: Message, answer: Message) -> bytes:
        if not self._faults:
            return encode(answer)
        self._faults.spoil(request, answer)
        return self._faults.spoil_octets(encode(answer))

    def _malformed(self, request: web.Request, error: MalformedMessage) -> web.Response:
        if error.header is None:
            raise web.HTTPBadRequest(text=f"No IPP message: {error}.\n") from None
        version, code, request_id = error.header
        message = Message(code, request_id, [], version)
        reply = Reply(Status.CLIENT_ERROR_BAD_REQUEST, str(error))
        if self._trace is not None:
            self._trace.note(f"malformed request from {request.remote}: {error}")
        return self._send(next(self._numbers), message, reply, str(auth.link(request)))


def _is_gone(request: web.Request) -> bool:
    """Nobody is there any more to hear the answer."""
    return request.transport is None or request.transport.is_closing()


def _broken_off(error: Gone) -> web.Response:
    """To a body that is no HTTP; nobody hears it when the connection is lost."""
    response = web.Response(status=400, text=f"The request broke off: {error}.\n")
    response.force_close()
    return response


_WORTH_TELLING = frozenset(
    {
        Operation.PRINT_JOB,
        Operation.PRINT_URI,
        Operation.CREATE_JOB,
        Operation.SEND_DOCUMENT,
        Operation.SEND_URI,
        Operation.CANCEL_JOB,
        Operation.CANCEL_JOBS,
        Operation.CANCEL_MY_JOBS,
        Operation.SET_PRINTER_ATTRIBUTES,
        Operation.SET_JOB_ATTRIBUTES,
        Operation.IDENTIFY_PRINTER,
        Operation.PAUSE_PRINTER,
        Operation.RESUME_PRINTER,
    }
)
