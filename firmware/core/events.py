"""What happened (facts) and what shall happen (orders): dataclasses, never strings.

Facts enter by ``engine.report`` and fan out to the rooms that listen. Orders leave by ``engine.outbox``; each has
exactly one taker in the rim. Printers and jobs are named by their ids: the rim holds no objects of ours.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from firmware.core.ticket import PageTicket, Ticket


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that happened."""


@dataclass(frozen=True, slots=True)
class Started(Fact):
    """The printer is up; what was kept is loaded."""


@dataclass(frozen=True, slots=True)
class JobFact(Fact):
    """Something that happened to a job."""

    printer_id: int
    job_id: int


@dataclass(frozen=True, slots=True)
class DocumentReceived(JobFact):
    """All of a document is in the spool; ``octets`` as they came, before decompression."""

    document: int
    octets: int


@dataclass(frozen=True, slots=True)
class DocumentFailed(JobFact):
    """A document did not arrive whole. ``reason`` is a job-state-reasons keyword."""

    document: int
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class DocumentDetected(JobFact):
    """What the first octets of an application/octet-stream say it is."""

    document: int
    format: str


@dataclass(frozen=True, slots=True)
class DocumentOpened(JobFact):
    """The press begins to read a document."""

    document: int
    alone: bool
    """Those before it are on paper, and no copy goes back to them."""


@dataclass(frozen=True, slots=True)
class MarkingStarted(JobFact):
    """The first dot is about to be made: from here on the job can't be started again unnoticed."""


@dataclass(frozen=True, slots=True)
class ImpressionDone(JobFact):
    """One side of a sheet was marked."""

    sheet: int
    back: bool
    color: bool
    blank: bool
    media: str
    documents: tuple[int, ...] = ()
    """Those that have a page on it."""
    role: str = "pages"
    """``pages``, or the Job Template attribute that asked for the sheet."""
    ticket: PageTicket | None = None
    """What was done, with the media that was fed."""
    finishings: tuple[str, ...] = ()
    executed: tuple[str, ...] = ()
    """Job Template attributes of the whole job that this side carries out."""


@dataclass(frozen=True, slots=True)
class PageDone(JobFact):
    """An input page of a document is on paper."""

    document: int
    page: int
    copy: int


@dataclass(frozen=True, slots=True)
class SheetDone(JobFact):
    """A sheet is complete, in its output bin."""

    sheet: int
    media: str
    documents: tuple[int, ...] = ()
    """Those that have a page on it."""
    back: bool = False
    """It has two sides."""
    color: bool = False
    blank: bool = False
    """Nothing is on either side."""
    staples: int = 0
    """That went into the set which this sheet completes."""


@dataclass(frozen=True, slots=True)
class JobDone(JobFact):
    """The press is through with a job. ``outcome`` is completed, canceled or aborted."""

    outcome: str
    reasons: tuple[str, ...] = ()
    message: str = ""
    """One line for people: why it was aborted."""
    pages: int = 0
    copies: int = 0
    """Whole copies that came out."""


@dataclass(frozen=True, slots=True)
class TrayChanged(Fact):
    """Somebody loaded a tray, or a sheet was taken from it. A tray without media has level 0."""

    printer_id: int
    source: str
    size: str
    type: str
    level: int | None
    """Sheets in it; None where nobody counts."""


@dataclass(frozen=True, slots=True)
class StaplesLoaded(Fact):
    """Somebody put a full staple cartridge into the finisher."""

    printer_id: int


@dataclass(frozen=True, slots=True)
class JobSuspended(JobFact):
    """The press has put a job aside at the end of a sheet: whatever of it is on paper was told before."""


@dataclass(frozen=True, slots=True)
class JobCreated(JobFact):
    """A new job is there. The engine tells this itself."""


@dataclass(frozen=True, slots=True)
class JobEnded(JobFact):
    """A job came to its end, wherever it was; its documents are still there, and whoever wants to keep them says so on
    the job. The engine tells this itself."""


@dataclass(frozen=True, slots=True)
class JobAccounted(JobFact):
    """The job's record is in the accounting log."""


@dataclass(frozen=True, slots=True)
class HoldExpired(JobFact):
    """Nobody released the job in the time that the printer gives."""


@dataclass(frozen=True, slots=True)
class ButtonPressed(Fact):
    """Somebody pressed the printer's button, for a job that he chose or for the first in line."""

    printer_id: int
    job_id: int | None = None


@dataclass(frozen=True, slots=True)
class HoldEnded(JobFact):
    """A time of day that a job was held until has come."""


@dataclass(frozen=True, slots=True)
class RetentionEnded(JobFact):
    """The documents of an ended job need not be kept any longer."""


@dataclass(frozen=True, slots=True)
class HistoryEnded(Fact):
    """Some ended job need not be remembered any longer."""

    printer_id: int


@dataclass(frozen=True, slots=True)
class PartFailed(Fact):
    """A part of the board can't go on, or can again: ``reason`` is a printer-state-reasons keyword. The job at hand
    ends with it, unless it ``waits`` until somebody helps."""

    printer_id: int
    reason: str
    message: str = ""
    cleared: bool = False
    waits: bool = False


@dataclass(frozen=True, slots=True)
class SubmissionTimedOut(JobFact):
    """multiple-operation-time-out went by since the job's last operation."""


@dataclass(frozen=True, slots=True)
class Happened(Fact):
    """An event in the sense of RFC 3995, found by comparing what is with what was. The engine tells this itself."""

    printer_id: int
    event: str
    """A keyword of notify-events."""
    job_id: int | None = None
    document: int | None = None
    """document-number, where it is of a document."""


@dataclass(frozen=True, slots=True)
class ShuttingDown(Fact):
    """The printer is about to be switched off."""


@dataclass(frozen=True, slots=True)
class Order:
    """Something to be done by the rim."""


@dataclass(frozen=True, slots=True)
class DocumentToPrint:
    """What the press must know of a document."""

    number: int
    format: str
    compression: str
    media_asked: bool = False
    """It has media of its own; if not, the job's word counts."""


@dataclass(frozen=True, slots=True)
class PrintJob(Order):
    """Hand the job to the press."""

    printer_id: int
    job_id: int
    uuid: str
    name: str
    user: str
    ticket: Ticket
    media_asked: bool
    """The client named media; if not, a raster page may choose its own."""
    record: dict[str, object]
    """The ticket's attributes as JSON values, to be kept with the sheets."""
    documents: tuple[DocumentToPrint, ...]
    sheets_done: int = 0
    """So many sheets are on paper from the last time: go on behind them."""


@dataclass(frozen=True, slots=True)
class StopJob(Order):
    """Stop marking as soon as paper allows."""

    printer_id: int
    job_id: int


@dataclass(frozen=True, slots=True)
class StopDocument(Order):
    """Begin no more pages of this document; the others of its job are printed."""

    printer_id: int
    job_id: int
    number: int


@dataclass(frozen=True, slots=True)
class SuspendJob(Order):
    """Put the job aside at the end of the sheet at hand, to be gone on with later."""

    printer_id: int
    job_id: int


@dataclass(frozen=True, slots=True)
class ShareDocuments(Order):
    """The documents of a job are those of another one too."""

    printer_id: int
    job_id: int
    numbers: tuple[int, ...]
    other: int
    """The job that gets them, under the same numbers."""


@dataclass(frozen=True, slots=True)
class ExpectDocument(Order):
    """A document is about to arrive: the press may read it from the spool before its first octet is there."""

    printer_id: int
    job_id: int
    number: int


@dataclass(frozen=True, slots=True)
class FetchDocument(Order):
    """Get a document from where its URI says: DocumentReceived or DocumentFailed tells how that ended."""

    printer_id: int
    job_id: int
    number: int


@dataclass(frozen=True, slots=True)
class DropDocuments(Order):
    """The job's documents will not be wanted again: free their spool."""

    printer_id: int
    job_id: int
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RecordJob(Order):
    """Append a job that ended to the accounting log."""

    printer_id: int
    job_id: int
    record: dict[str, Any]
    """JSON values."""


@dataclass(frozen=True, slots=True)
class HashSecret(Order):
    """Hash a secret so that it can be kept; slow on purpose, so not here. ``key`` comes back with the fact."""

    key: int
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class CheckSecret(Order):
    """Is ``secret`` what was hashed?"""

    key: int
    secret: bytes = field(repr=False)
    hashed: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Identify(Order):
    """Make a person find the printer (Identify-Printer)."""

    printer_id: int
    actions: tuple[str, ...]
    message: str = ""


@dataclass(frozen=True, slots=True)
class Announce(Order):
    """What discovery tells of a printer may have changed."""

    printer_id: int


@dataclass(frozen=True, slots=True)
class JoinNetwork(Order):
    """Put the board's radio on a network. No ``password``: the one that the network service has for it, if any;
    an empty one: an open network."""

    ssid: str
    password: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class ForgetNetwork(Order):
    """Take the board's radio off its network and forget the password."""


ORDERS: tuple[type[Order], ...] = tuple(
    kind
    for kind in list(globals().values())
    if isinstance(kind, type) and issubclass(kind, Order) and kind is not Order
)
