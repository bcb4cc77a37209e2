"""Opening documents: from a spooled source to pages that can be laid out and drawn."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from firmware.core.errors import DocumentError
from firmware.core.ticket import PageTicket
from firmware.document import layout, stages
from firmware.document.formats.pclm import PclmDocument
from firmware.document.formats.pwg import PwgDocument
from firmware.document.formats.urf import UrfDocument
from firmware.document.job import DocumentSource, PressJob
from firmware.document.layout import InputPage
from firmware.document.pagestore import Octets, Scratch
from firmware.document.placement import Placement
from firmware.document.rendered import RenderedDocument, options

_RASTERS = {"image/pwg-raster": PwgDocument, "image/urf": UrfDocument}


class Document(Protocol):
    """An open document. ``pages`` is gone through once; earlier pages can be drawn again."""

    def pages(self) -> Iterator[InputPage]: ...

    def draw(
        self, placement: Placement, part: tuple[int, int, int, int], kind: str, alone: bool = True
    ) -> Iterator[memoryview]:
        """Lines of a part (left, top, right, bottom) of the placed page, in a sink kind. Each piece is valid
        until the next is asked for; ``alone`` promises that nothing else is drawn meanwhile."""

    def untouched(self, placement: Placement) -> bool:
        """Whether drawing it so costs no more than reading it."""
        ...

    def rest(self) -> None:
        """Let go of what costs memory and is made again when needed."""

    def close(self) -> None: ...


class Documents:
    """The documents of a job, opened one after the other as their pages are asked for."""

    def __init__(
        self,
        job: PressJob,
        scratch: Scratch,
        consumed: Callable[[int, int], None],
        cancelled: Callable[[], bool],
    ) -> None:
        self._job = job
        self._scratch = scratch
        self._consumed = consumed
        self._cancelled = cancelled
        self._open: dict[int, Document] = {}
        self._awake: list[int] = []
        self._most_awake = max(2, *(ticket.number_up for ticket in (job.ticket, *dict(job.ticket.documents).values())))
        self._sources: dict[int, DocumentSource] = {}

    def __iter__(self) -> Iterator[Iterable[InputPage]]:
        for source in self._job.documents:
            if not layout.returns(self._job.ticket):
                self._close(number for number in self._open if number > 0)  # what came before is on paper
            self._sources[source.number] = source
            self._open[source.number] = self._opened(source)
            yield self[source.number].pages()

    def dropped(self, number: int) -> bool:
        """Nobody wants any more of this document."""
        return self._sources[number].dropped()

    def __getitem__(self, number: int) -> Document:
        """The document, awake; the one that nobody has used for longest may be sent to rest for it."""
        if number in self._awake:
            self._awake.remove(number)
        self._awake.append(number)
        while len(self._awake) > self._most_awake:
            self._open[self._awake.pop(0)].rest()
        return self._open[number]

    def house(self, number: int, text: str, ticket: PageTicket) -> Iterator[InputPage]:
        """Pages of a text of the printer's own: job sheets. ``number`` is below 1, so as to be no document's."""
        file = self._scratch.file()
        self._scratch.write(file, text.encode())
        descriptor = file.fileno()
        limits = self._job.limits
        told = options("text/plain", ticket, self._job.capabilities.resolution(ticket, None)[0], limits, None)
        self._open[number] = RenderedDocument(
            "text/plain",
            lambda: os.fdopen(os.dup(descriptor), "rb", buffering=0),
            told,
            number,
            limits,
            self._cancelled,
        )
        return self._open[number].pages()

    def close(self) -> None:
        self._close(self._open)

    def _close(self, numbers: Iterable[int]) -> None:
        for number in tuple(numbers):
            self._open.pop(number).close()
            if number in self._awake:
                self._awake.remove(number)

    def _opened(self, source: DocumentSource) -> Document:
        job, limits = self._job, self._job.limits
        octets = Octets(source, limits, self._scratch, self._consumed)
        media_type = stages.plain_format(source.format)
        if media_type in ("", stages.OCTET_STREAM):
            media_type = stages.sniff(octets.peek(stages.SNIFFED))
        page = job.ticket.of(source.number).page
        if media_type in _RASTERS or media_type == stages.PCLM:
            self._check_magic(octets, media_type)
            if layout.returns(job.ticket):
                octets.keep()
            choices = () if job.media_asked or source.media_asked else job.capabilities.media
            back = job.capabilities.sheet_back
            if media_type == stages.PCLM:
                return PclmDocument(octets, source.number, limits, choices, back, page.sides, self._cancelled)
            return _RASTERS[media_type](octets, source.number, limits, choices, back)
        if media_type not in stages.RENDERED:
            raise DocumentError("unsupported-document-format", f"{media_type} can't be printed")
        density = job.capabilities.resolution(page, None)[0]
        told = options(media_type, page, density, limits, source.password)
        return RenderedDocument(media_type, octets.whole(), told, source.number, limits, self._cancelled)

    @staticmethod
    def _check_magic(octets: Octets, media_type: str) -> None:
        head = octets.peek(64)
        if not stages.is_a(head, media_type):
            raise DocumentError(
                "document-format-error", f"no {media_type}: it begins with {head[:8].hex(' ') or 'nothing'}"
            )
