"""Subscribers of a printer on paper: they subscribe, ask for events, and read what they get."""

from __future__ import annotations

from typing import Any, cast

from firmware.core.access import Caller
from firmware.core.notices import Notices
from firmware.core.subscription import Subscription
from firmware.ipp import Attribute, AttributeGroup, GroupTag, Keyword, Operation, Status
from tests.printer import PLAIN, Answer, Desk, group, keyword, value

PULL = Attribute("notify-pull-method", Keyword("ippget"))


def wish(*events: str, more: tuple[Attribute, ...] = ()) -> AttributeGroup:
    """A subscription group of a request."""
    named = (keyword("notify-events", *events),) if events else ()
    return group(GroupTag.SUBSCRIPTION, PULL, *named, *more)


def subscribe(desk: Desk, *events: str, user: str = "alice", more: tuple[Attribute, ...] = ()) -> int:
    """Create-Printer-Subscriptions; the notify-subscription-id."""
    answer = desk.ask(Operation.CREATE_PRINTER_SUBSCRIPTIONS, user=user, groups=[wish(*events, more=more)])
    assert answer.status == Status.SUCCESSFUL_OK, answer.said
    return made(answer)


def subscribe_to_job(desk: Desk, job: int, *events: str, user: str = "alice", more: tuple[Attribute, ...] = ()) -> int:
    """Create-Job-Subscriptions; the notify-subscription-id."""
    answer = create_for_job(desk, job, wish(*events, more=more), user=user)
    assert answer.status == Status.SUCCESSFUL_OK, answer.said
    return made(answer)


def create_for_job(
    desk: Desk, job: int, *groups: AttributeGroup, user: str = "alice", caller: Caller = PLAIN
) -> Answer:
    target = Attribute("notify-job-id", job)
    return desk.ask(Operation.CREATE_JOB_SUBSCRIPTIONS, target, user=user, groups=groups, caller=caller)


def made(answer: Answer) -> int:
    """The one subscription that an answer tells of."""
    (subscription,) = answer.subscriptions
    return cast(int, value(subscription, "notify-subscription-id"))


def get(desk: Desk, *numbers: int, since: tuple[int, ...] = (), wait: bool | None = None, **more: Any) -> Answer:
    """Get-Notifications."""
    attributes = [Attribute("notify-subscription-ids", *numbers)]
    attributes += [Attribute("notify-sequence-numbers", *since)] if since else []
    attributes += [Attribute("notify-wait", wait)] if wait is not None else []
    return desk.ask(Operation.GET_NOTIFICATIONS, *attributes, **more)


def heard(desk: Desk, number: int, since: int = 1, user: str = "alice") -> list[str]:
    """notify-subscribed-event of what there is."""
    answer = get(desk, number, since=(since,), user=user)
    assert answer.status < Status.CLIENT_ERROR_BAD_REQUEST, answer.said
    return [str(value(event, "notify-subscribed-event")) for event in answer.events]


def numbers(answer: Answer) -> list[int]:
    """notify-sequence-number of each event."""
    return [cast(int, value(event, "notify-sequence-number")) for event in answer.events]


def kept(desk: Desk, number: int) -> Subscription:
    """The subscription itself."""
    return desk.printer[Notices].subscriptions[number]
