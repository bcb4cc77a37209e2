"""Documents: what a job is made of (PWG 5100.5)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from firmware.core.clock import Moment
from firmware.core.kept import Kept


class DocumentState(IntEnum):
    """document-state (PWG 5100.5)."""

    PENDING = 3
    PROCESSING = 5
    PROCESSING_STOPPED = 6
    CANCELED = 7
    ABORTED = 8
    COMPLETED = 9


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
    arrived: bool = False
    """All of it is in the spool."""
    state: DocumentState = DocumentState.PENDING

    @property
    def real_format(self) -> str:
        return self.format_detected or self.format

    def move(self, state: DocumentState) -> None:
        """Change the state; staying where it is is no move, and an illegal one is a bug of ours."""
        if state is self.state:
            return
        if state not in _MOVES[self.state]:
            raise RuntimeError(f"document {self.number} of job {self.job_id}: {self.state.name} to {state.name}")
        self.state = state
