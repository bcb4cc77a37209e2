"""Intake: a document's octets from the connection into the spool."""

from __future__ import annotations

import asyncio
import errno
import logging
import zlib
from dataclasses import dataclass
from typing import Protocol

from aiohttp import StreamReader, web
from aiohttp.client_exceptions import ClientPayloadError

from firmware.core.document import Document
from firmware.core.errors import DocumentError
from firmware.core.events import DocumentDetected, DocumentFailed, DocumentReceived, Fact, PartFailed
from firmware.document.stages import OCTET_STREAM, SNIFFED, is_a, sniff
from firmware.runtime.pump import Pump
from firmware.runtime.spool import Spool, SpoolFull, Writer

log = logging.getLogger("inkstand.intake")

IDLE = 60.0
"""Seconds that a client may take for its next octet."""


class Gone(Exception):
    """The client went away in the middle of its request."""


class Pieces(Protocol):
    """A document on its way, piece by piece."""

    async def read(self) -> bytes:
        """The next octets; ``b""`` at the end; TimeoutError, or Gone when the sender is lost."""


class Body:
    """A request's body in pieces, with patience but not without end."""

    def __init__(self, content: StreamReader, idle: float = IDLE) -> None:
        self._content = content
        self._idle = idle

    async def read(self) -> bytes:
        """The next octets; ``b""`` at the end; TimeoutError, or Gone when the connection broke."""
        try:
            async with asyncio.timeout(self._idle):
                return await self._content.readany()
        except (ClientPayloadError, ConnectionError, web.RequestPayloadError) as error:
            raise Gone(str(error)) from error
        except RuntimeError as error:
            if str(error) != "Connection closed.":  # aiohttp's word for a connection lost before the read began
                raise
            raise Gone(str(error)) from error


@dataclass(slots=True)
class Intake:
    """Brings documents in for one print system."""

    pump: Pump
    spool: Spool

    async def take(self, document: Document, first: bytes, body: Pieces) -> Fact:
        """Spool the document that begins with ``first``, or with what ``body`` has first. The fact tells how that
        ended; Gone is told too, to the engine, before it is raised."""
        writer = self.spool.create(document.printer_id, document.job_id, document.number)
        try:
            await self._copy(document, writer, first, body)
            await writer.finish()
        except DocumentError as error:
            return self._failed(document, writer, error.reason, error.message)
        except TimeoutError:
            message = f"Nothing came from the client for {IDLE:.0f} seconds."
            return self._failed(document, writer, "submission-interrupted", message)
        except OSError as error:
            return self._disk_failed(document, writer, error)
        except asyncio.CancelledError:  # the printer is being switched off
            writer.fail("submission-interrupted", "The printer was switched off.")
            raise
        except Gone:
            message = "The client went away in the middle of the document."
            fact = self._failed(document, writer, "submission-interrupted", message)
            await self.pump.report(fact)
            raise
        self.pump.report(PartFailed(document.printer_id, "spool-area-full", cleared=True))
        return DocumentReceived(document.printer_id, document.job_id, document.number, writer.octets)

    async def _copy(self, document: Document, writer: Writer, first: bytes, body: Pieces) -> None:
        head = Head(document)
        piece = first or await body.read()
        while piece:
            self._tell(document, head.feed(piece))
            await writer.write(piece)
            piece = await body.read()
        self._tell(document, head.end())

    def _tell(self, document: Document, found: str) -> None:
        if found:
            fact = DocumentDetected(document.printer_id, document.job_id, document.number, found)
            self.pump.report(fact)

    def _failed(self, document: Document, writer: Writer, reason: str, message: str) -> DocumentFailed:
        writer.fail(reason, message)
        log.warning("document refused", extra={"job": document.job_id, "reason": reason, "detail": message})
        return DocumentFailed(document.printer_id, document.job_id, document.number, reason, message)

    def _disk_failed(self, document: Document, writer: Writer, error: OSError) -> DocumentFailed:
        full = isinstance(error, SpoolFull) or error.errno in (errno.ENOSPC, errno.EDQUOT)
        message = "The spool is full." if full else f"The spool can't be written: {error.strerror or error}."
        if full:
            self.pump.report(PartFailed(document.printer_id, "spool-area-full", message))
        return self._failed(document, writer, "resources-are-not-ready", message)


class Head:
    """Looks at a document's first octets: what it is when the client left that open, and whether it is what the
    client said. Compressed documents are looked at through a small decompressor."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._seen = bytearray()
        self._done = False
        self._inflate = None if document.compression == "none" else zlib.decompressobj(zlib.MAX_WBITS | 32)

    def feed(self, piece: bytes) -> str:
        """The detected format, once; an empty string before and after, and when it was no question."""
        if self._done:
            return ""
        try:
            self._seen += self._inflate.decompress(piece, SNIFFED) if self._inflate else piece[:SNIFFED]
        except zlib.error:
            self._done = True  # raw deflate, or rubbish: the press will tell
            return ""
        return self._judge() if len(self._seen) >= SNIFFED else ""

    def end(self) -> str:
        """All of it was seen, and it may have been short."""
        return "" if self._done else self._judge()

    def _judge(self) -> str:
        self._done = True
        head, declared = bytes(self._seen), self._document.format
        if declared == OCTET_STREAM:
            return sniff(head)
        self._insist(is_a(head, declared))
        return ""

    def _insist(self, good: bool) -> None:
        if not good:
            raise DocumentError("document-format-error", f"The document is no {self._document.format}.")
