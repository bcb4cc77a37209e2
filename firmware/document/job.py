"""What the press is given and what it tells while it works: the job, its documents, the printer's abilities.

Nothing here runs; ``pipeline.run`` does. Resolutions are (cross-feed, feed) in dots per inch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from firmware.core.ticket import Media, PageTicket, Ticket
from firmware.ports import Side, SinkJob, SinkResult

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30


class Reader(Protocol):
    """A document's octets as they lie in the spool, in order, once.

    ``read`` blocks until there is something, gives ``b""`` at the end, and raises DocumentError with the
    reason that the job ends with when the upload was given up.
    """

    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class DocumentSource:
    """One document of a job: where its octets come from and what the client said of them."""

    number: int
    """document-number, from 1."""
    format: str
    """document-format as a MIME media type; ``application/octet-stream`` is found out from the octets."""
    reader: Reader
    path: Path | None = None
    """The spool file that the reader reads, growing while it arrives; None when octets are gone once read."""
    compression: str = "none"
    name: str = ""
    password: bytes | None = None
    """document-password (PWG 5100.13 section 5.1.4)."""
    media_asked: bool = False
    """It has media of its own, whatever the job says."""
    dropped: Callable[[], bool] = lambda: False
    """Whether to begin no more of its pages: it was canceled. Asked before each."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What this printer can do with a page."""

    resolutions: tuple[tuple[int, int], ...] = ((300, 300), (600, 600))
    """printer-resolution-supported."""
    qualities: Mapping[int, tuple[int, int]] = field(
        default_factory=lambda: {3: (300, 300), 4: (300, 300), 5: (600, 600)}
    )
    """The resolution that each print-quality stands for."""
    color: bool = True
    sheet_back: str = "normal"
    """pwg-raster-document-sheet-back, and the DM code in urf-supported: how clients transform back sides. PWG
    pages say it again in their headers; Apple Raster pages do not."""
    media: tuple[Media, ...] = ()
    """Sizes that a raster page may choose for itself when the job names no media (see
    ``PressJob.media_asked``)."""

    stapler: int = 0
    """Sheets that the stapler can bind; 0 without one."""

    def resolution(self, ticket: PageTicket, native: tuple[int, int] | None) -> tuple[int, int]:
        """A side's resolution: the one asked for, else the document's own, else the quality's."""
        if ticket.resolution in self.resolutions:
            return ticket.resolution
        if native in self.resolutions:
            return native
        chosen = self.qualities.get(ticket.quality)
        return chosen if chosen is not None else self.resolutions[0]


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a document may cost before it is given up."""

    page_seconds: float = 120.0
    """Wall-clock time that the renderer may take for a page."""
    page_cpu_seconds: int = 90
    """Processor time that the renderer may take for a page."""
    renderer_memory: int = 2 * GIB
    """Address space of the renderer process, in octets."""
    pixels: int = 250_000_000
    """Pixels of one image, and of one page of a raster."""
    raster_side: int = 1 << 18
    """Pixels of a raster page along either edge."""
    scratch: int = 8 * GIB
    """Octets of disk for going back to pages, and for documents that must be unpacked first."""
    document: int = 4 * GIB
    """Octets of one document after decompression, when it must be whole before its first page."""
    bomb_ratio: int = 200
    """Octets out for each octet in that a compressed document may reach once it is past ``bomb_floor``
    octets."""
    bomb_floor: int = 64 * MIB
    canvas: int = GIB
    """Octets of a page that must be whole in memory because it is turned."""
    strip: int = 8 * MIB
    """Octets of the buffer in which rendered pixels come back."""


@dataclass(frozen=True, slots=True)
class PressJob:
    """A job ready for the press."""

    job: SinkJob
    ticket: Ticket
    documents: Iterable[DocumentSource]
    """In order; iterating may block until the client has sent the next document or closed the job."""
    capabilities: Capabilities = field(default_factory=Capabilities)
    limits: Limits = field(default_factory=Limits)
    scratch: Path | None = None
    """A folder for temporary files, which have no name and vanish with the process; None for the system's
    own."""
    sheets_done: int = 0
    """So many sheets are on paper from before the job was put aside: nothing of them is marked again."""
    media_asked: bool = True
    """False when the client named no media: a raster page may then choose its own size of
    ``capabilities.media``."""


class Progress(Protocol):
    """What the press tells while it works; called from its thread. Sinks are not told of it."""

    def marking(self) -> None:
        """The first dot is about to be marked. Called once; may block, for example until the printer is
        resumed."""

    def feed(self, media: Media) -> Media:
        """A new sheet is wanted. Gives what is fed, with its real source and type. PartError when there is none."""

    def impression(self, side: Side, color: bool, blank: bool) -> None:
        """A side was marked; ``color`` when it has at least one coloured dot, ``blank`` when it has none at
        all."""

    def sheet(self, number: int, last: Side) -> None:
        """A sheet is complete; ``last`` is the side marked last. Numbers count from 1 over the whole job."""

    def page(self, document: int, number: int) -> None:
        """An input page was put on paper; told again for each copy."""

    def stopped(self, reason: str, message: str) -> None:
        """The sink can't go on until somebody helps; ``reason`` is a printer-state-reasons keyword."""

    def going_on(self, reason: str) -> None:
        """Somebody helped."""

    def consumed(self, document: int, octets: int) -> None:
        """So many octets of this document's spool have been read in all and are not gone back to: their disk
        may be given up. Not told of documents whose spool file is needed until the job's end."""

    def cancelled(self) -> bool:
        """Whether to stop. Asked at least once for each band, and ten times a second while a page is
        rendered."""
        ...

    def suspended(self) -> bool:
        """Whether to put the job aside. Asked before each sheet."""
        ...


@dataclass(frozen=True, slots=True)
class PressResult(SinkResult):
    """How the job ended, and what it means for the printer."""

    printer_reasons: tuple[str, ...] = ()
    """printer-state-reasons keywords (without severity) of a part that could not go on."""
    copies: int = 0
    """Whole copies that came out."""
