"""Getting events – RFC 3996 ('ippget'): Get-Notifications, at once or as soon as there is something."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from firmware.core.access import Access, permitted
from firmware.core.call import Call, Context, Reply, Wait
from firmware.core.clock import Now
from firmware.core.engine import clip
from firmware.core.feature import Feature
from firmware.core.notices import EVENT_LIFE, Notices
from firmware.core.printer import Printer
from firmware.core.subscription import Event, Subscription
from firmware.core.subscriptions import found
from firmware.ipp import (
    UNKNOWN,
    Attribute,
    AttributeGroup,
    Charset,
    DateTime,
    GroupTag,
    Keyword,
    NaturalLanguage,
    Operation,
    Status,
    Text,
    Uri,
)

ippget = Feature("ippget", requires=["notifications", "events"])

PATIENCE = 25
"""Seconds that an answer waits for an event: less than clients and what lies between wait for an answer."""
AGAIN = 1
"""notify-get-interval for those who may wait: RFC 3996 section 5.2.1 asks for ippget-event-life at least, which would
keep who waits for news from hearing them for a minute after each."""
MOST = 500
"""Events in one answer; who asks goes on with the numbers that he got."""

ABOUT = ("job-id", "job-uuid", "job-state", "job-state-reasons", "job-impressions-completed")
"""What an event of a job is about, whoever hears of it."""

ippget.attribute("ippget-event-life", Printer, read=lambda printer: EVENT_LIFE)


@dataclass(frozen=True, slots=True)
class Ask:
    """Subscriptions asked for, each with the lowest sequence number wanted."""

    call: Call
    subscriptions: tuple[tuple[Subscription, int], ...]
    waits: bool
    deadline: float


@ippget.operation(
    Operation.GET_NOTIFICATIONS,
    Printer,
    attributes=("notify-subscription-ids", "notify-sequence-numbers", "notify-wait"),
)
def get_notifications(call: Call) -> None:
    numbers = call.values("notify-subscription-ids")
    if not numbers:
        raise call.refuse(Status.CLIENT_ERROR_BAD_REQUEST, "notify-subscription-ids is missing")
    since = [number for number in call.values("notify-sequence-numbers") if isinstance(number, int)]
    since += [1] * (len(numbers) - len(since))
    asked = dict(zip((number for number in numbers if isinstance(number, int)), since, strict=False))
    missing = [number for number in asked if number not in call.printer[Notices].subscriptions]
    if missing:
        message = f"there is no subscription {', '.join(map(str, missing))}"
        attribute = Attribute("notify-subscription-ids", *missing)
        raise call.refuse(Status.CLIENT_ERROR_NOT_FOUND, message, [attribute])
    subscriptions = tuple((found(call, "notify-subscription-ids", number), low) for number, low in asked.items())
    ask = Ask(call, subscriptions, call.value("notify-wait", False), call.now.up + PATIENCE)
    answer(ask, call.reply, call.now, first=True)


def answer(ask: Ask, reply: Reply, now: Now, first: bool = False) -> Reply:
    """What there is; or, the first time, a reply that waits for it (RFC 3996 section 5.2, table 2)."""
    call = ask.call
    context = replace(call.context, now=now)
    alive = call.printer[Notices].subscriptions
    told = [
        (subscription, number, event)
        for subscription, since in ask.subscriptions
        if subscription.id in alive
        for number, event in subscription.told(since)
    ]
    complete = all(each.ended or each.id not in alive for each, _ in ask.subscriptions)
    if first and ask.waits and not told and not complete:
        reply.wait = Wait(frozenset(each.topic for each, _ in ask.subscriptions), ask.deadline)
        reply.finish = lambda later: answer(ask, reply, later)
        return reply
    reply.wait = reply.finish = None
    reply.firm = True
    for subscription, number, event in told[:MOST]:
        reply.groups.append(notification(call, context, subscription, number, event))
    if complete and len(told) <= MOST:
        reply.status = Status.SUCCESSFUL_OK_EVENTS_COMPLETE
    else:
        waited = ask.waits and (bool(told) or now.up >= ask.deadline)
        interval = AGAIN if waited or len(told) > MOST else EVENT_LIFE
        reply.operation.append(Attribute("notify-get-interval", interval))
    reply.operation.append(Attribute("printer-up-time", int(now.up)))
    return reply


def notification(call: Call, context: Context, subscription: Subscription, number: int, event: Event) -> AttributeGroup:
    """One event as one subscription hears of it (RFC 3996 section 5.2.2, tables 3 to 6; PWG 5100.13)."""
    happened = event.happened
    group = AttributeGroup(
        GroupTag.EVENT_NOTIFICATION,
        [
            Attribute("notify-subscription-id", subscription.id),
            Attribute("notify-subscription-uuid", Uri(f"urn:uuid:{subscription.uuid}")),
            Attribute("notify-printer-uri", Uri(subscription.uri)),
            Attribute("notify-subscribed-event", Keyword(subscription.subscribed(event.name))),
            Attribute("notify-sequence-number", number),
            Attribute("notify-charset", Charset(subscription.charset)),
            Attribute("notify-natural-language", NaturalLanguage(subscription.language)),
            Attribute("notify-user-data", subscription.user_data or b""),
            Attribute("notify-text", Text(text(call.printer, event, _seen(call, context, event.job_id, event.user)))),
            Attribute("printer-up-time", max(1, happened.up)),  # 1: before this start
            Attribute("printer-current-time", UNKNOWN if happened.wall is None else DateTime.at(happened.wall)),
        ],
    )
    if event.job_id is not None:
        group.add("notify-job-id", event.job_id)  # RFC 3996 says job-id; clients in the field look for this one
    seen = _seen(call, context, event.job_id, event.user)
    group.attributes += [each for each in event.attributes if event.job_id is None or seen(each.name)]
    group.attributes += asked_for(call, context, subscription, event)
    return group


def asked_for(call: Call, context: Context, subscription: Subscription, event: Event) -> Iterable[Attribute]:
    """What notify-attributes adds."""
    subject = subscription.job_id or event.job_id or event.active or 0
    seen = _seen(call, context, subject, event.user if subject == event.job_id else "")
    found = {attribute.name: attribute for attribute in event.extra(0)}
    found |= {attribute.name: attribute for attribute in event.extra(subject) if seen(attribute.name)}
    return [found[name] for name in subscription.attributes if name in found]


def _seen(call: Call, context: Context, job_id: int | None, user: str) -> Callable[[str], bool]:
    """May the caller see an attribute of a job? Views decide; of a job that is forgotten its owner sees all, and
    others what the event is about."""
    job = call.printer.jobs.get(job_id) if job_id else None
    if job is not None:
        return lambda name: name in call.engine.catalog.visible(job, (name,), context)
    mine = bool(user) and permitted(Access.OWNER, context.caller, context.user, user)
    return lambda name: mine or name in ABOUT


def text(printer: Printer, event: Event, seen: Callable[[str], bool]) -> str:
    """notify-text: which printer, when, and what, for people (RFC 3995 section 9.2)."""
    when = ""
    if event.happened.wall is not None:
        when = f", {datetime.fromtimestamp(event.happened.wall, UTC):%Y-%m-%d %H:%M:%S} UTC"
    job = f"Job {event.job_id}" + (f" “{event.job_name}”" if seen("job-name") else "")
    said = event.text if event.job_id is None or seen("job-state-message") else f"{{job}}: {event.name}."
    return clip(f"{printer.name}{when}: {said.replace('{job}', job)}", 1023)
