"""Documents: what a job is made of (PWG 5100.5)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from firmware.core.clock import Moment, Now
from firmware.core.kept import Kept
from firmware.ipp import Attribute


class DocumentState(IntEnum):
    """document-state (PWG 5100.5)."""

    PENDING = 3
    PROCESSING = 5
    PROCESSING_STOPPED = 6
    CANCELED = 7
    ABORTED = 8
    COMPLETED = 9


ENDED = frozenset({DocumentState.CANCELED, DocumentState.ABORTED, DocumentState.COMPLETED})

_MOVES: dict[DocumentState, frozenset[DocumentState]] = {
    DocumentState.PENDING: frozenset(DocumentState) - {DocumentState.PENDING},
    DocumentState.PROCESSING: frozenset(DocumentState) - {DocumentState.PROCESSING},
    DocumentState.PROCESSING_STOPPED: frozenset(DocumentState) - {DocumentState.PROCESSING_STOPPED},
    DocumentState.CANCELED: frozenset(),
    DocumentState.ABORTED: frozenset(),
    DocumentState.COMPLETED: frozenset(),
}


@dataclass
class Document(Kept):
    """One document of a job; its data is in the spool under (printer, job, number)."""

    printer_id: int
    job_id: int
    number: int
    created: Moment
    name: str = ""
    format: str = "application/octet-stream"
    format_detected: str = ""
    """What the first octets said, when the client left it open."""
    compression: str = "none"
    language: str = ""
    octets: int = 0
    metadata: tuple[bytes, ...] = ()
    """document-metadata (PWG 5100.13): key=value, kept and told as it came."""
    attributes: tuple[Attribute, ...] = ()
    """Its own Document Template attributes; for what is not here the job's hold."""
    uri: str = ""
    """Where it is fetched from; empty when its data came with the request."""
    arrived: bool = False
    """All of it is in the spool."""
    state: DocumentState = DocumentState.PENDING
    reasons: frozenset[str] = frozenset()
    """Why it ended; what it is about while it lives follows from its state."""
    message: str = ""
    processing: Moment | None = None
    completed: Moment | None = None
    impressions_completed: int = 0
    sheets_completed: int = 0
    pages_completed: int = 0
    octets_processed: int = 0

    @property
    def real_format(self) -> str:
        return self.format_detected or self.format

    @property
    def ended(self) -> bool:
        return self.state in ENDED

    def template(self, name: str) -> Attribute | None:
        return next((attribute for attribute in self.attributes if attribute.name == name), None)

    def move(self, state: DocumentState, now: Now, *reasons: str) -> None:
        """Change the state, for these document-state-reasons; staying where it is is no move, and an illegal one is
        a bug of ours."""
        if state is self.state:
            return
        if state not in _MOVES[self.state]:
            raise RuntimeError(f"document {self.number} of job {self.job_id}: {self.state.name} to {state.name}")
        self.state = state
        self.reasons = frozenset(reasons)
        if state is DocumentState.PROCESSING and self.processing is None:
            self.processing = Moment.of(now)
        if state in ENDED:
            self.completed = Moment.of(now)
        if state is DocumentState.COMPLETED:
            self.octets_processed = self.octets

    def begin_again(self) -> None:
        """As if it had never been printed."""
        self.state, self.reasons = DocumentState.PENDING, frozenset()
        self.processing = self.completed = None
        self.impressions_completed = self.sheets_completed = self.pages_completed = self.octets_processed = 0
