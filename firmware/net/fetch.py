"""Fetching: documents of Print-URI and Send-URI, from the hosts that the board allows into the spool.

A client chooses what the printer asks for here, so nothing is taken on trust: every hop is checked against the list,
every connection against the address that it really goes to, redirects and proxies of the environment decide nothing,
and time and size are bounded.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from dataclasses import dataclass

from aiohttp import (
    AddrInfoType,
    ClientConnectorCertificateError,
    ClientConnectorError,
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    TCPConnector,
    hdrs,
)
from yarl import URL

from firmware.core.document import Document
from firmware.core.errors import DocumentError
from firmware.core.events import FetchDocument
from firmware.core.references import AllowedHosts
from firmware.document.stages import OCTET_STREAM
from firmware.ipp.dump import bare_uri
from firmware.net.intake import Intake
from firmware.net.signature import SERVER

log = logging.getLogger("inkstand.fetch")

REDIRECTS = frozenset({301, 302, 303, 307, 308})
MOST_HOPS = 5
MOST_AT_ONCE = 4
"""Documents that are fetched at the same time; the others wait their turn."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds that a host may take: to its next octet, and for the whole document."""

    idle: float = 30.0
    whole: float = 3600.0


PATIENCE = Patience()


class Fetcher:
    """Takes FetchDocument. ``close`` breaks off what is on its way: it is fetched again after the next start."""

    def __init__(self, hosts: AllowedHosts, intake: Intake, patience: Patience = PATIENCE) -> None:
        self._hosts = hosts
        self._intake = intake
        self._patience = patience
        self._slots = asyncio.Semaphore(MOST_AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    def take(self, order: FetchDocument) -> None:
        if self._closed:
            return
        task = asyncio.get_running_loop().create_task(self._fetch(order))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        self._closed = True
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _fetch(self, order: FetchDocument) -> None:
        async with self._slots:
            document = self._wanted(order)
            if document is None:
                return
            formats = self._intake.pump.engine.system.printers[order.printer_id].model.formats
            source = Source(document, self._hosts, formats, self._intake.spool.quota, self._patience)
            try:
                fact = await self._intake.take(document, b"", source)
            finally:
                await source.close()
            self._intake.pump.report(fact)

    def _wanted(self, order: FetchDocument) -> Document | None:
        """The document, unless its job was canceled or forgotten meanwhile."""
        job = self._intake.pump.engine.system.printers[order.printer_id].jobs.get(order.job_id)
        if job is None or job.ended:
            return None
        document = job.documents[order.number]
        return None if document.ended else document


class Source:
    """One document at the other end, piece by piece (``intake.Pieces``). Whatever goes wrong is a DocumentError."""

    def __init__(
        self, document: Document, hosts: AllowedHosts, formats: tuple[str, ...], quota: int, patience: Patience
    ) -> None:
        self._uri = document.uri
        self._declared = document.format
        self._hosts = hosts
        self._formats = formats
        self._left = quota
        self._idle = patience.idle
        self._deadline = asyncio.get_running_loop().time() + patience.whole
        self._session: ClientSession | None = None
        self._response: ClientResponse | None = None

    async def read(self) -> bytes:
        """The next octets; ``b""`` at the end."""
        until = min(asyncio.get_running_loop().time() + self._idle, self._deadline)
        try:
            async with asyncio.timeout_at(until):
                if self._response is None:
                    self._response = await self._open()
                piece = await self._response.content.readany()
        except TimeoutError:
            raise self._failed("the host took too long") from None
        except (ClientError, OSError, ValueError) as error:
            raise self._failed(_reason(error)) from error
        self._left -= len(piece)
        if self._left < 0:
            raise self._failed("it is larger than the spool")
        return piece

    async def close(self) -> None:
        if self._response is not None:
            self._response.close()
        if self._session is not None:
            await self._session.close()

    async def _open(self) -> ClientResponse:
        connector = TCPConnector(socket_factory=self._socket, force_close=True)
        self._session = ClientSession(
            connector=connector,
            cookie_jar=DummyCookieJar(),
            auto_decompress=False,
            timeout=ClientTimeout(total=None),  # ours is in read
        )
        url = URL(self._uri)
        for _ in range(MOST_HOPS + 1):
            self._check(url)
            log.debug("fetching", extra={"uri": bare_uri(str(url))})
            response = await self._session.get(
                url,
                allow_redirects=False,
                headers={hdrs.ACCEPT_ENCODING: "identity", hdrs.USER_AGENT: SERVER},
            )
            if response.status not in REDIRECTS:
                return self._accepted(response)
            response.close()
            url = self._next(url, response)
        raise self._failed("it is redirected for ever")

    def _check(self, url: URL) -> None:
        if url.raw_user is not None or url.raw_password is not None:
            raise self._failed("it holds a user name or password")
        if not url.raw_host or not self._hosts.allows(url.scheme, url.raw_host, url.explicit_port):
            raise self._failed(f"nothing is fetched from {url.raw_host or 'nowhere'}")

    def _next(self, url: URL, response: ClientResponse) -> URL:
        location = response.headers.get(hdrs.LOCATION)
        if not location:
            raise self._failed(f"({response.status}) without a location")
        target = url.join(URL(location))
        if url.scheme == "https" and target.scheme != "https":
            raise self._failed("it is redirected from https to something less safe")
        return target

    def _socket(self, info: AddrInfoType) -> socket.socket:
        """A socket for a connection; the last word on where it may go, after names are resolved."""
        family, kind, protocol, _, where = info
        if not self._hosts.reaches(str(where[0]), int(where[1])):
            raise PermissionError(f"nothing is fetched from {where[0]}")
        return socket.socket(family, kind, protocol)

    def _accepted(self, response: ClientResponse) -> ClientResponse:
        """The answer, if it is the document: all of it, as it is, and of a format that may be."""
        problem = ""
        if response.status != 200:
            problem = f"({response.status}) {bare_uri(self._uri)}"  # as RFC 8011 section 4.1.6.4 writes it
        elif response.headers.get(hdrs.CONTENT_ENCODING, "identity").lower() != "identity":
            problem = "the host has packed it, though it was asked not to"
        elif response.content_length is not None and response.content_length > self._left:
            problem = "it is larger than the spool"
        if problem:
            response.close()
            raise self._failed(problem)
        known = {OCTET_STREAM, *(name.lower() for name in self._formats)}
        if self._declared == OCTET_STREAM and response.content_type.lower() not in known:
            response.close()
            message = f"The document from {bare_uri(self._uri)} is {response.content_type}, which is not printed here."
            raise DocumentError("unsupported-document-format", message)
        return response

    def _failed(self, why: str) -> DocumentError:
        return DocumentError("document-access-error", f"{bare_uri(self._uri)} was not fetched: {why}.")


def _reason(error: Exception) -> str:
    """A few words without the URI, which may hold secrets in its query."""
    if isinstance(error, ClientConnectorCertificateError):
        return "the host's certificate is not trusted"
    if isinstance(error, ClientConnectorError):
        return f"no connection to {error.host} ({error.os_error.strerror or error.os_error})"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return "the connection broke off" if isinstance(error, ClientError) else "its address is malformed"
