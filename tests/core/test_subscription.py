"""Subscriptions and events: what belongs to what, and which numbers a subscriber sees."""

from __future__ import annotations

import pytest

from firmware.core.clock import Moment
from firmware.core.subscription import PARENTS, Event, Subscription, is_printer_event, lineage
from firmware.ipp import registry


def event(name: str = "printer-stopped", number: int = 1) -> Event:
    return Event(1, number, name, Moment(1), (), "")


def subscription(*events: str, interval: int | None = None) -> Subscription:
    return Subscription(1, 1, "", "alice", "ipp://x/ipp/print", events, 1, interval=interval)


@pytest.mark.parametrize("name", [*PARENTS, *PARENTS.values()])
def test_events_are_registered_and_stay_among_their_kind(name: str) -> None:
    assert name in registry.keywords("notify-events")
    assert {each.partition("-")[0] for each in lineage(name)} == {name.partition("-")[0]}
    assert is_printer_event(name) == name.startswith("printer-")


def test_the_closest_word_is_told() -> None:
    """RFC 3995 section 8.1."""
    both = subscription("printer-state-changed", "printer-stopped")
    assert both.subscribed("printer-stopped") == "printer-stopped"
    assert both.subscribed("printer-shutdown") == "printer-state-changed"


def test_the_last_event_has_the_number_of_the_subscription() -> None:
    told = subscription("printer-stopped")
    told.sequence = 7
    told.queue.extend(event(number=number) for number in (10, 20, 30))
    assert [(number, each.number) for number, each in told.told(1)] == [(5, 10), (6, 20), (7, 30)]
    assert [number for number, _ in told.told(7)] == [7]
    assert told.told(8) == []


@pytest.mark.parametrize(
    ("interval", "last", "up", "soon"),
    [(None, 1, 2, False), (0, 1, 1, False), (10, None, 5, False), (10, 1, 10.9, True), (10, 1, 11, False)],
)
def test_progress_may_be_too_soon(interval: int | None, last: float | None, up: float, soon: bool) -> None:
    """RFC 3995 section 5.3.9; nothing else ever is."""
    told = subscription("job-progress", interval=interval)
    told.progress = last
    assert told.too_soon(event("job-progress"), up) is soon
    assert not told.too_soon(event("job-completed"), up)
