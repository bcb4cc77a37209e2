"""Jobs: what was asked, and how far it is (RFC 8011 section 5.3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import ClassVar

from firmware.core.clock import Moment, Now
from firmware.core.document import Document, DocumentState
from firmware.core.kept import Kept
from firmware.core.ticket import Ticket
from firmware.ipp import Attribute, registry


class JobState(IntEnum):
    """job-state (RFC 8011 section 5.3.7)."""

    PENDING = 3
    HELD = 4
    PROCESSING = 5
    STOPPED = 6
    CANCELED = 7
    ABORTED = 8
    COMPLETED = 9


ENDED = frozenset({JobState.CANCELED, JobState.ABORTED, JobState.COMPLETED})

PASSING = frozenset(
    {
        "job-incoming",
        "job-data-insufficient",
        "job-interpreting",
        "job-printing",
        "job-queued",
        "job-suspended",
        "job-suspended-by-system",
        "job-suspended-for-approval",
        "job-suspending",
        "printer-stopped",
        "processing-to-stop-point",
    }
)
"""job-state-reasons that say what is going on, not why a job ended."""

MOVES: dict[JobState, frozenset[JobState]] = {
    JobState.PENDING: frozenset({JobState.HELD, JobState.PROCESSING, JobState.CANCELED, JobState.ABORTED}),
    JobState.HELD: frozenset({JobState.PENDING, JobState.CANCELED, JobState.ABORTED}),
    JobState.PROCESSING: frozenset(
        # back to pending: a restart found the job started but not a dot of it marked
        {JobState.STOPPED, JobState.PENDING, JobState.CANCELED, JobState.ABORTED, JobState.COMPLETED}
    ),
    JobState.STOPPED: frozenset({JobState.PROCESSING, JobState.PENDING, JobState.CANCELED, JobState.ABORTED}),
    JobState.CANCELED: frozenset(),
    JobState.ABORTED: frozenset(),
    JobState.COMPLETED: frozenset(),
}
"""Every way from one state to another; there are no others."""


@dataclass
class Job(Kept):
    """One job. The first block is fixed at its birth, the second moves."""

    id: int
    printer_id: int
    uuid: str
    name: str
    user: str
    created: Moment
    language: str = "en"
    fidelity: bool = False
    user_proven: bool = False
    """``user`` gave a password when he sent it, not only his name."""
    link: str = ""
    """How it came: ``usb``, ``local``, ``tls`` or ``plain``."""

    attributes: tuple[Attribute, ...] = ()
    """The Job Template attributes in force, as the client sent them."""
    state: JobState = JobState.PENDING
    reasons: frozenset[str] = frozenset()
    message: str = ""
    """Why it is in its state, for people; empty when the reasons say it all."""
    accounted: bool = False
    """It is in the accounting log."""
    release_action: str = "none"
    """job-release-action (PWG 5100.11)."""
    unlocked: bool = False
    """Its release action was done."""
    pin: str = ""
    """A slow hash of the job-password, as the client had hidden it."""
    pin_encryption: str = "none"
    pin_octets: int = 0
    storage: str = "none"
    """job-storage-disposition (PWG 5100.11): print-and-store, store-only."""
    storage_access: str = "owner"
    """job-storage-access: owner or public."""
    proofed: bool = False
    """Its proof-copies are on paper."""
    proof_sheets: int = 0
    """So many of its sheets were the proof's."""
    gated: frozenset[str] = frozenset()
    """Those of its reasons that gates gave."""
    unheld: bool = False
    """Somebody let it go: times of day and Hold-New-Jobs hold it no longer."""
    closed: bool = False
    """No more documents will come."""
    marked: bool = False
    """Marking has begun: after a crash it is aborted, never printed a second time."""
    operator_message: str = ""
    """job-message-from-operator (RFC 3380)."""
    place: tuple[int, ...] = ()
    """Its place in the line when somebody gave it one; else priority and age decide."""
    retained: bool = False
    """It has ended, and its documents are still in the spool."""
    purged: bool = False
    """To be forgotten as soon as it has ended."""
    processing: Moment | None = None
    completed: Moment | None = None
    impressions_completed: int = 0
    sheets_completed: int = 0
    pages_completed: int = 0
    impressions: dict[str, int] = field(default_factory=dict)
    """Of those completed, how many were of each kind: members of job-impressions-completed-col (PWG 5100.7)."""
    sheets: dict[str, int] = field(default_factory=dict)
    """Members of job-media-sheets-completed-col."""
    actual: tuple[Attribute, ...] = ()
    """The xxx-actual attributes (PWG 5100.8), as the press reported."""
    octets_processed: int = 0

    documents: dict[int, Document] = field(default_factory=dict)
    ticket: Ticket | None = None
    """What the press has begun to execute. Not kept: after a power cut it is resolved again, to the same."""

    transient: ClassVar[frozenset[str]] = frozenset({"documents", "ticket"})

    @property
    def ended(self) -> bool:
        return self.state in ENDED

    @property
    def stopping(self) -> bool:
        return "processing-to-stop-point" in self.reasons

    @property
    def stored(self) -> bool:
        """It has ended, and stays until somebody cancels it."""
        return self.retained and self.storage != "none"

    @property
    def public(self) -> bool:
        """It is stored for everybody."""
        return self.stored and self.storage_access == "public"

    @property
    def wants_proof(self) -> bool:
        return not self.proofed and self.template("proof-copies") is not None

    @property
    def begun(self) -> bool:
        """Something of it is on paper."""
        return self.impressions_completed > 0 or self.sheets_completed > 0

    @property
    def turn(self) -> tuple[int, ...]:
        """Jobs are printed in the order of this: rising (RFC 8011 section 5.2.1: by priority, then by age)."""
        wish = self.template("job-priority")
        priority = wish.value if wish is not None and isinstance(wish.value, int) else 50
        return self.place or (0, -priority, self.id)

    @property
    def octets(self) -> int:
        return sum(document.octets for document in self.documents.values())

    @property
    def receiving(self) -> bool:
        """Is a document on its way in?"""
        return any(
            not document.arrived and document.state is DocumentState.PENDING for document in self.documents.values()
        )

    def template(self, name: str) -> Attribute | None:
        return next((attribute for attribute in self.attributes if attribute.name == name), None)

    def change(self, attributes: Iterable[Attribute], twins: Mapping[str, str], without: Iterable[str] = ()) -> None:
        """These Job Template attributes are in force from now on, in place of those of the same name and their
        twins (``Catalog.twins``); those named in ``without`` are not any more."""
        changed = tuple(attributes)
        names = {attribute.name for attribute in changed}
        gone = {*without, *names, *(twins[name] for name in names if name in twins)}
        self.attributes = (*(entry for entry in self.attributes if entry.name not in gone), *changed)

    def add_reasons(self, *reasons: str) -> None:
        self.reasons = self.reasons | set(reasons)

    def drop_reasons(self, *reasons: str) -> None:
        self.reasons = self.reasons - set(reasons)

    def move(self, state: JobState, now: Now, *reasons: str, message: str = "") -> None:
        """Go to another state, for these job-state-reasons. An illegal move is a bug of ours."""
        if state not in MOVES[self.state]:
            raise RuntimeError(f"job {self.id}: no way from {self.state.name} to {state.name}")
        self.state = state
        self.reasons = frozenset(reasons)
        self.message = message
        if state is JobState.PROCESSING and self.processing is None:
            self.processing = Moment.of(now)
        if state in ENDED:
            self.completed = Moment.of(now)
        for document in self.documents.values():
            _follow(document, self, now)

    def begin_again(self) -> None:
        """As if it had never been printed: Restart-Job. Its documents must still be there."""
        documents = self.reprintable
        self.state, self.reasons, self.message = JobState.PENDING, frozenset(), ""
        self.gated, self.place = frozenset(), ()
        self.marked = self.retained = self.unheld = self.unlocked = self.accounted = self.proofed = False
        self.processing = self.completed = self.ticket = None
        self.impressions_completed = self.sheets_completed = self.pages_completed = self.octets_processed = 0
        self.proof_sheets = 0
        for document in documents:
            document.begin_again()

    @property
    def reprintable(self) -> list[Document]:
        """The documents of an ended job but for those that were canceled by themselves before."""
        return [
            document
            for document in self.documents.values()
            if document.state is not DocumentState.CANCELED
            or (self.state is JobState.CANCELED and document.completed == self.completed)
        ]


_WHY = {
    "job-canceled-by-user": "canceled-by-user",
    "job-canceled-by-operator": "canceled-by-operator",
    "job-canceled-at-device": "canceled-at-device",
    "job-completed-successfully": "completed-successfully",
    "job-completed-with-errors": "completed-with-errors",
    "job-completed-with-warnings": "completed-with-warnings",
}
_SHARED = frozenset(registry.keywords("document-state-reasons"))


def _follow(document: Document, job: Job, now: Now) -> None:
    """A document ends as its job does, for the same reasons, in its own words (PWG 5100.5); it stands while the job
    stands, and waits when the job is sent back to wait."""
    if document.ended:
        return
    if job.ended:
        words = {_WHY.get(reason, reason) for reason in job.reasons}
        document.move(DocumentState(int(job.state)), now, *(words & _SHARED))
    elif document.state is not DocumentState.PENDING and job.state in _LEADS:
        document.move(_LEADS[job.state], now)


_LEADS = {
    JobState.STOPPED: DocumentState.PROCESSING_STOPPED,
    JobState.PROCESSING: DocumentState.PROCESSING,
    JobState.PENDING: DocumentState.PENDING,
    JobState.HELD: DocumentState.PENDING,
}
