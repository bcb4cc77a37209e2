"""Subscriptions: who wants to hear of what (RFC 3995), and events: what was heard of and when."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import ClassVar

from firmware.core.clock import Moment
from firmware.core.events import Fact
from firmware.core.kept import Kept
from firmware.ipp import Attribute

PARENTS = {
    "document-created": "document-state-changed",
    "document-completed": "document-state-changed",
    "document-stopped": "document-state-changed",
    "job-created": "job-state-changed",
    "job-completed": "job-state-changed",
    "job-stopped": "job-state-changed",
    "printer-restarted": "printer-state-changed",
    "printer-shutdown": "printer-state-changed",
    "printer-stopped": "printer-state-changed",
    "printer-media-changed": "printer-config-changed",
    "printer-finishings-changed": "printer-config-changed",
}
"""Events that those are told of too who want the wider one (RFC 3995 section 5.3.3.4)."""


def lineage(event: str) -> tuple[str, ...]:
    """The event and those that it is a case of, itself first."""
    return (event, PARENTS[event]) if event in PARENTS else (event,)


def is_printer_event(event: str) -> bool:
    """Told to subscriptions of every job too, not only to those of one."""
    return event.startswith("printer-")


@dataclass
class Event(Kept):
    """One event, told once and kept once, however many subscriptions it goes to."""

    printer_id: int
    number: int
    """Counts the printer's events; what a subscriber sees is the number within his subscription."""
    name: str
    happened: Moment
    attributes: tuple[Attribute, ...]
    """What every notification of it has to say of its object (RFC 3995 section 9.1)."""
    text: str
    """The same for people; ``{job}`` stands where the job is named."""
    job_id: int | None = None
    job_name: str = ""
    user: str = ""
    """Whose job it is."""
    active: int | None = None
    """The job that was printed then."""
    extras: tuple[tuple[int, tuple[Attribute, ...]], ...] = ()
    """What notify-attributes of its subscriptions asked for: of the printer under 0, of a job under its id."""
    skipped: tuple[int, ...] = ()
    """Subscriptions that wanted it, but not so soon (notify-time-interval)."""
    expires: float = 0.0
    """printer-up-time at which it is forgotten."""

    transient: ClassVar[frozenset[str]] = frozenset({"expires"})

    def extra(self, subject: int) -> tuple[Attribute, ...]:
        return next((attributes for key, attributes in self.extras if key == subject), ())


@dataclass
class Subscription(Kept):
    """One subscription. All but the lease is fixed at its birth; what it was told so far follows from the events."""

    id: int
    printer_id: int
    uuid: str
    user: str
    uri: str
    """printer-uri of the request that made it (RFC 3995 section 5.4.5)."""
    events: tuple[str, ...]
    born: int
    """The number of the first event that it can be told of."""
    base: int = 0
    """Events that it was told before that one: when its job was begun again."""
    last: int | None = None
    """The number of the last event that it can be told of: its job has ended."""
    job_id: int | None = None
    attributes: tuple[str, ...] = ()
    user_data: bytes | None = None
    charset: str = "utf-8"
    language: str = "en"
    interval: int | None = None
    """notify-time-interval: seconds between two job-progress events."""
    lease: int = 0
    """Seconds granted; begun anew when the printer is switched on. Subscriptions of jobs have none."""

    expires: float | None = None
    """printer-up-time at which it ends; None while its job lives."""
    sequence: int = 0
    """notify-sequence-number: events told so far."""
    queue: deque[Event] = field(default_factory=deque)
    """The last of these, as far as they are kept; the very last has the number ``sequence``."""
    progress: float | None = None
    """printer-up-time of its last job-progress."""

    transient: ClassVar[frozenset[str]] = frozenset({"expires", "sequence", "queue", "progress"})

    @property
    def ended(self) -> bool:
        """Nothing more will come."""
        return self.last is not None

    @property
    def topic(self) -> tuple[str, int, int]:
        """What a waiting client waits for."""
        return ("subscription", self.printer_id, self.id)

    def lives_at(self, event: int) -> bool:
        """Could it be told of the event with this number?"""
        return self.born <= event and (self.last is None or event <= self.last)

    def subscribed(self, event: str) -> str:
        """notify-subscribed-event: the word in ``events`` that the event answers to; the closest."""
        return next(name for name in lineage(event) if name in self.events)

    def told(self, since: int) -> list[tuple[int, Event]]:
        """Events with their sequence numbers, from the number ``since`` on."""
        first = self.sequence - len(self.queue) + 1
        return [(number, event) for number, event in enumerate(self.queue, first) if number >= since]

    def too_soon(self, event: Event, up: float) -> bool:
        """May this event not be told yet? (RFC 3995 section 5.3.9)"""
        if event.name != "job-progress" or not self.interval or self.progress is None:
            return False
        return up < self.progress + self.interval


@dataclass(frozen=True, slots=True)
class EventsExpired(Fact):
    """The oldest event that a printer keeps has been kept long enough."""

    printer_id: int


@dataclass(frozen=True, slots=True)
class SubscriptionExpired(Fact):
    """The time of a subscription is over: its lease, or what remains after its job."""

    printer_id: int
    subscription_id: int
