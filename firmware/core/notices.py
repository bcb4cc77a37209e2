"""The notice board of a printer: its subscriptions, and the events of the last minutes for those who ask.

An event is kept once. What each subscription was told, and under which number, follows from the events: after a power
cut it is told again, from ``counts``, which only move when old events are thrown away.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import ClassVar

from firmware.core.kept import Kept
from firmware.core.subscription import Event, Subscription, is_printer_event, lineage

EVENT_LIFE = 60
"""ippget-event-life, as RFC 3996 section 8.1 recommends: seconds in which an event can be fetched."""
KEPT = 2 * EVENT_LIFE
"""Seconds for which events are really kept: who asks every EVENT_LIFE seconds misses none."""
MOST_EVENTS = 1000
"""Events that a printer keeps, however young."""
_BATCH = 100
"""So many are thrown away at once when there are too many."""
MOST_SUBSCRIPTIONS = 2000
"""Subscriptions of a printer and its jobs: a bound for memory."""

_Index = dict[tuple[str, int | None], dict[int, Subscription]]


@dataclass
class Notices(Kept):
    """A part of every printer that can be subscribed to."""

    next_id: int = 1
    """notify-subscription-id of the next subscription."""
    first: int = 1
    """The number of the oldest event that is kept, or of the next one."""
    counts: tuple[tuple[int, int], ...] = ()
    """Subscriptions and how many events each was told before ``first``."""

    subscriptions: dict[int, Subscription] = field(default_factory=dict)
    log: deque[Event] = field(default_factory=deque)
    """The events that are kept, the oldest first."""
    index: _Index = field(default_factory=dict)
    """Who wants what: by event, and by job where the event is of one and the subscription is too."""

    transient: ClassVar[frozenset[str]] = frozenset({"subscriptions", "log", "index"})

    @property
    def next_event(self) -> int:
        return self.log[-1].number + 1 if self.log else self.first

    @property
    def is_full(self) -> bool:
        return len(self.subscriptions) >= MOST_SUBSCRIPTIONS

    # ------------------------------------------------------------------------------------ subscriptions

    def add(self, subscription: Subscription) -> None:
        self.subscriptions[subscription.id] = subscription
        for key in _keys(subscription):
            self.index.setdefault(key, {})[subscription.id] = subscription

    def remove(self, subscription: Subscription) -> None:
        del self.subscriptions[subscription.id]
        self._silence(subscription)

    def of_job(self, job_id: int | None) -> list[Subscription]:
        """Those of a job; those of the printer for None."""
        return [each for each in self.subscriptions.values() if each.job_id == job_id]

    def end_of_job(self, job_id: int) -> list[Subscription]:
        """Tell no more to the subscriptions of a job that has ended; which they are."""
        ending = [each for each in self.of_job(job_id) if not each.ended]
        for subscription in ending:
            subscription.last = self.next_event - 1
            self._silence(subscription)
        return ending

    def revive(self, job_id: int) -> list[Subscription]:
        """A job that had ended is begun again, and its subscriptions with it (RFC 3995 section 11.2.1)."""
        back = [each for each in self.of_job(job_id) if each.ended]
        for subscription in back:
            subscription.base, subscription.born, subscription.last = subscription.sequence, self.next_event, None
            self.add(subscription)
        return back

    def _silence(self, subscription: Subscription) -> None:
        for key in _keys(subscription):
            interested = self.index.get(key, {})
            interested.pop(subscription.id, None)
            if not interested:
                self.index.pop(key, None)

    # ------------------------------------------------------------------------------------------- events

    def interested(self, event: str, job_id: int | None) -> list[Subscription]:
        """Who is to be told, each once."""
        scopes = (None,) if is_printer_event(event) or job_id is None else (None, job_id)
        found: dict[int, Subscription] = {}
        for name in lineage(event):
            for scope in scopes:
                found.update(self.index.get((name, scope), {}))
        return list(found.values())

    def post(self, event: Event, interested: Iterable[Subscription], up: float) -> list[Subscription]:
        """Tell an event; whom it was told. Nobody: then it is not worth keeping."""
        told, skipped = [], []
        for subscription in interested:
            if subscription.too_soon(event, up):
                skipped.append(subscription.id)
            else:
                told.append(subscription)
        if not told:
            return []
        event.skipped = tuple(skipped)
        event.expires = up + KEPT
        self.log.append(event)
        for subscription in told:
            _tell(subscription, event, up)
        return told

    def expired(self, up: float) -> list[Event]:
        """Take away events that are too old, or too many."""
        gone = []
        most = MOST_EVENTS - _BATCH if len(self.log) > MOST_EVENTS else MOST_EVENTS
        while self.log and (self.log[0].expires <= up or len(self.log) > most):
            gone.append(self.log.popleft())
        if gone:
            self.first = gone[-1].number + 1
            counts = []
            for subscription in self.subscriptions.values():
                while subscription.queue and subscription.queue[0].number < self.first:
                    subscription.queue.popleft()
                counts.append((subscription.id, subscription.sequence - len(subscription.queue)))
            self.counts = tuple(entry for entry in counts if entry[1])
        return gone

    # ---------------------------------------------------------------------------------------- a new start

    def restore(self, thing: Subscription | Event) -> None:
        """Something that was kept, in any order; ``begin`` follows."""
        if isinstance(thing, Event):
            self.log.append(thing)
        else:
            self.subscriptions[thing.id] = thing

    def begin(self, up: float) -> None:
        """Bring to order what was kept: tell all events once more, in their order."""
        self.log = deque(sorted(self.log, key=lambda event: event.number))
        kept = sorted(self.subscriptions.values(), key=lambda subscription: subscription.id)
        self.subscriptions, self.index = {}, {}
        counts = dict(self.counts)
        for subscription in kept:
            self.add(subscription)
            again = subscription.born > self.first
            subscription.sequence = subscription.base if again else counts.get(subscription.id, 0)
        for event in self.log:
            event.expires = up + KEPT
            event.happened = event.happened.before_this_start()
            for subscription in self.interested(event.name, event.job_id):
                if subscription.lives_at(event.number) and subscription.id not in event.skipped:
                    _tell(subscription, event, None)
        for subscription in kept:
            if subscription.ended:
                self._silence(subscription)


def _keys(subscription: Subscription) -> list[tuple[str, int | None]]:
    return [(name, None if is_printer_event(name) else subscription.job_id) for name in subscription.events]


def _tell(subscription: Subscription, event: Event, up: float | None) -> None:
    subscription.sequence += 1
    subscription.queue.append(event)
    if event.name == "job-progress":
        subscription.progress = up
