"""Notifications – RFC 3995: subscriptions are made, looked at, renewed and ended; events are written down."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from firmware.core.access import Access, permitted
from firmware.core.call import Call
from firmware.core.describe import Wanted
from firmware.core.feature import Feature
from firmware.core.job import Job
from firmware.core.notices import Notices
from firmware.core.printer import Printer
from firmware.core.subscription import Subscription
from firmware.core.subscriptions import end, found, may, start_lease
from firmware.ipp import (
    UNSUPPORTED,
    Attribute,
    AttributeGroup,
    Enum,
    GroupTag,
    Operation,
    RangeOfInteger,
    Status,
    registry,
)

notifications = Feature("notifications", requires=["query", "submission", "events"])

MAX_EVENTS = 20
LEASE = 86_400
LONGEST_LEASE = 7 * LEASE
"""Seconds. No lease is for ever: a subscriber that was thrown away would be told things for ever."""
TEMPLATE = ("Subscription Template",)
NOT_FOR_PUSH = "notify-recipient-uri"

notifications.attribute("notify-pull-method-supported", Printer, read=lambda printer: ["ippget"])
notifications.attribute("notify-max-events-supported", Printer, read=lambda printer: MAX_EVENTS)
notifications.attribute(
    "notify-lease-duration-supported", Printer, read=lambda printer: [RangeOfInteger(1, LONGEST_LEASE)]
)
notifications.attribute(
    "notify-lease-duration-default",
    Printer,
    read=lambda printer: LEASE,
    settable=True,
    allows=lambda printer, value: 1 <= value <= LONGEST_LEASE,
    choices=lambda printer: [RangeOfInteger(1, LONGEST_LEASE)],
)

# --------------------------------------------------------------------------------- subscription attributes


def of_printer(subscription: Subscription, value: Any) -> Any:
    """Subscriptions of jobs have no lease and what goes with it (RFC 3995 sections 5.3.8, 5.4.3 and 5.4.4)."""
    return value if subscription.job_id is None else None


notifications.attribute("notify-subscription-id", Subscription, read=lambda each: each.id)
notifications.attribute("notify-subscription-uuid", Subscription, read=lambda each: f"urn:uuid:{each.uuid}")
notifications.attribute("notify-printer-uri", Subscription, read=lambda each: each.uri)
notifications.attribute("notify-job-id", Subscription, read=lambda each: each.job_id)
notifications.attribute("notify-subscriber-user-name", Subscription, read=lambda each: each.user)
notifications.attribute("notify-pull-method", Subscription, read=lambda each: "ippget")
notifications.attribute("notify-events", Subscription, read=lambda each: each.events)
notifications.attribute("notify-attributes", Subscription, read=lambda each: each.attributes or None)
notifications.attribute("notify-user-data", Subscription, read=lambda each: each.user_data)
notifications.attribute("notify-charset", Subscription, read=lambda each: each.charset)
notifications.attribute("notify-natural-language", Subscription, read=lambda each: each.language)
notifications.attribute("notify-time-interval", Subscription, read=lambda each: each.interval)
notifications.attribute("notify-sequence-number", Subscription, read=lambda each: each.sequence)
notifications.attribute("notify-lease-duration", Subscription, read=lambda each: of_printer(each, each.lease))
notifications.attribute(
    "notify-lease-expiration-time", Subscription, read=lambda each: of_printer(each, int(each.expires or 0))
)
notifications.attribute(
    "notify-printer-up-time", Subscription, tell=lambda each, context: of_printer(each, int(context.now.up))
)


# ------------------------------------------------------------------------- what a subscription is made of


@dataclass(slots=True)
class Wish:
    """A subscription group of a request: what can be had of it, and what not (RFC 3995 section 5.2)."""

    values: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    refused: list[Attribute] = field(default_factory=list)
    status: Status = Status.SUCCESSFUL_OK

    @property
    def granted(self) -> bool:
        return self.status < Status.CLIENT_ERROR_BAD_REQUEST

    def first(self, name: str, default: Any = None) -> Any:
        return self.values.get(name, (default,))[0]

    def refuse(self, attribute: Attribute) -> None:
        """This attribute, or these of its values, will not be honoured."""
        self.refused.append(attribute)
        if self.status is Status.SUCCESSFUL_OK:
            self.status = Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES


def read(call: Call, group: AttributeGroup, of_job: bool) -> Wish:
    """Judge one group."""
    wish = Wish()
    for attribute in group:
        _sort(call, attribute, of_job, wish)
    _choose_events(call, wish)
    if NOT_FOR_PUSH in wish.values:
        wish.refuse(Attribute(NOT_FOR_PUSH, *wish.values[NOT_FOR_PUSH]))
        wish.status = Status.CLIENT_ERROR_URI_SCHEME_NOT_SUPPORTED
    elif "notify-pull-method" not in wish.values or not wish.values["notify-events"]:
        wish.status = Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED
    return wish


def _sort(call: Call, attribute: Attribute, of_job: bool, wish: Wish) -> None:
    name, syntax = attribute.name, registry.syntax(attribute.name, TEMPLATE)
    if syntax is None or name == "notify-max-events-supported" or (name == "notify-lease-duration" and of_job):
        wish.refuse(Attribute(name, UNSUPPORTED))
    elif name == "notify-lease-duration" and type(attribute.value) is int:
        wish.values[name] = (granted_lease(attribute.value),)
        if wish.values[name] != attribute.values:
            wish.status = Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES
    elif syntax.problem(attribute) is not None:
        wish.refuse(attribute)
    else:
        able = _able(call, name)
        good = [value for value in attribute.values if able is None or value in able]
        bad = [value for value in attribute.values if value not in good]
        if bad:
            wish.refuse(Attribute(name, *bad))
        if good:
            wish.values[name] = tuple(good)


_SUPPORTED = {
    "notify-pull-method": "notify-pull-method-supported",
    "notify-attributes": "notify-attributes-supported",
    "notify-charset": "charset-supported",
    "notify-natural-language": "generated-natural-language-supported",
}


def _able(call: Call, name: str) -> tuple[Any, ...] | None:
    """Values that the attribute may have; None: any."""
    return told(call, _SUPPORTED[name]) if name in _SUPPORTED else None


def told(call: Call, name: str) -> tuple[Any, ...]:
    """Values of a printer attribute."""
    attribute = call.engine.describe.value(call.printer, name, call.context)
    return () if attribute is None else attribute.values


def _choose_events(call: Call, wish: Wish) -> None:
    """notify-events: those that can happen, as many as there may be (RFC 3995 sections 5.3.3 and 5.3.3.4.1)."""
    asked = wish.values.get("notify-events")
    if asked is None:
        refused = any(attribute.name == "notify-events" for attribute in wish.refused)
        asked = () if refused else told(call, "notify-events-default")
    able = set(told(call, "notify-events-supported")) - {"none"}
    chosen = list(dict.fromkeys(event for event in asked[:MAX_EVENTS] if event in able))
    wish.values["notify-events"] = tuple(map(str, chosen))
    bad = [event for index, event in enumerate(asked) if event not in able or index >= MAX_EVENTS]
    if bad:
        wish.refuse(Attribute("notify-events", *bad))
    if len(asked) > MAX_EVENTS:
        wish.status = Status.SUCCESSFUL_OK_TOO_MANY_EVENTS


def granted_lease(asked: int) -> int:
    """The lease that comes closest; 0 asks for one without end."""
    return LONGEST_LEASE if asked == 0 else max(1, min(asked, LONGEST_LEASE))


# ----------------------------------------------------------------------------------------- making them


@notifications.check
def check_groups(call: Call) -> None:
    """A group must say how to deliver, or nothing at all is done (RFC 3995 section 5.2, rule 4)."""
    groups = call.request.all_groups(GroupTag.SUBSCRIPTION)
    if not groups or not (creates_job(call) or call.operation in _CREATE):
        return
    for group in groups:
        ways = [name for name in ("notify-pull-method", NOT_FOR_PUSH) if name in group]
        if len(ways) != 1:
            message = "a subscription wants notify-pull-method" + (f", not {' and '.join(ways)}" if ways else "")
            raise call.refuse(Status.CLIENT_ERROR_BAD_REQUEST, message)


_CREATE = (Operation.CREATE_PRINTER_SUBSCRIPTIONS, Operation.CREATE_JOB_SUBSCRIPTIONS)


def creates_job(call: Call) -> bool:
    return call.printer.catalog.operations[call.operation].creates_job


@notifications.after
def subscribe_to_new_job(call: Call) -> None:
    """Subscription groups of job creations, and of Validate-Job (RFC 3995 sections 11.1.3 and 11.2.2)."""
    if not creates_job(call) or not call.request.all_groups(GroupTag.SUBSCRIPTION):
        return
    wishes = _make(call, True, call.target_job)
    if not all(wish.granted for wish in wishes):
        call.reply.status = Status.SUCCESSFUL_OK_IGNORED_SUBSCRIPTIONS


@notifications.operation(Operation.CREATE_PRINTER_SUBSCRIPTIONS, Printer, group=GroupTag.SUBSCRIPTION)
def create_printer_subscriptions(call: Call) -> None:
    _create(call, None)


@notifications.operation(
    Operation.CREATE_JOB_SUBSCRIPTIONS, Printer, attributes=("notify-job-id",), group=GroupTag.SUBSCRIPTION
)
def create_job_subscriptions(call: Call) -> None:
    if call.attribute("notify-job-id") is None:
        raise call.refuse(Status.CLIENT_ERROR_BAD_REQUEST, "notify-job-id is missing")
    job = _job(call)
    if not permitted(Access.OWNER, call.context.caller, call.user, job.user):
        raise call.refuse(Status.CLIENT_ERROR_NOT_AUTHORIZED, f"job {job.id} belongs to somebody else")
    if job.ended:
        raise call.refuse(Status.CLIENT_ERROR_NOT_POSSIBLE, f"job {job.id} has ended")
    _create(call, job)


def _job(call: Call) -> Job:
    number = call.value("notify-job-id", 0)
    job = call.printer.jobs.get(number)
    if job is None:
        raise call.refuse(Status.CLIENT_ERROR_NOT_FOUND, f"there is no job {number}")
    return job


def _create(call: Call, job: Job | None) -> None:
    if not call.request.all_groups(GroupTag.SUBSCRIPTION):
        raise call.refuse(Status.CLIENT_ERROR_BAD_REQUEST, "there is no group of subscription attributes")
    wishes = _make(call, job is not None, job)
    if not any(wish.granted for wish in wishes):
        call.reply.status = Status.CLIENT_ERROR_IGNORED_ALL_SUBSCRIPTIONS
        call.reply.message = "no subscription was made: see notify-status-code"
    elif not all(wish.granted for wish in wishes):
        call.reply.status = Status.SUCCESSFUL_OK_IGNORED_SUBSCRIPTIONS


def _make(call: Call, of_job: bool, job: Job | None) -> list[Wish]:
    """A subscription for each group that can have one; without the job (Validate-Job) only the answer to it."""
    wishes = []
    for group in call.request.all_groups(GroupTag.SUBSCRIPTION):
        wish = read(call, group, of_job)
        made = None
        if wish.granted and call.printer[Notices].is_full:
            wish = Wish(status=Status.CLIENT_ERROR_TOO_MANY_SUBSCRIPTIONS)
        elif wish.granted and not (of_job and job is None):
            made = _subscribe(call, wish, job)
        call.reply.subscriptions.append(_answer(wish, made))
        wishes.append(wish)
    return wishes


def _answer(wish: Wish, made: Subscription | None) -> AttributeGroup:
    group = AttributeGroup(GroupTag.SUBSCRIPTION)
    if made is not None:
        group.add("notify-subscription-id", made.id)
        if made.job_id is None:
            group.add("notify-lease-duration", made.lease)
    if wish.status is not Status.SUCCESSFUL_OK:
        group.add("notify-status-code", Enum(wish.status))
    group.attributes += wish.refused
    return group


def _subscribe(call: Call, wish: Wish, job: Job | None) -> Subscription:
    printer, notices = call.printer, call.printer[Notices]
    number = notices.next_id
    notices.next_id = number + 1
    uri = call.attribute("printer-uri")
    subscription = Subscription(
        id=number,
        printer_id=printer.id,
        uuid=str(uuid.uuid5(uuid.UUID(printer.uuid), f"subscription-{number}")),
        user=call.user,
        uri=str(uri.value) if uri is not None else call.context.printer_uri(printer),
        events=wish.values["notify-events"],
        born=notices.next_event,
        job_id=job.id if job is not None else None,
        attributes=tuple(dict.fromkeys(map(str, wish.values.get("notify-attributes", ())))),
        user_data=wish.first("notify-user-data"),
        charset=str(wish.first("notify-charset", told(call, "charset-configured")[0])),
        language=str(wish.first("notify-natural-language", _language(call))),
        interval=wish.first("notify-time-interval"),
    )
    notices.add(subscription)
    call.engine.adopt(subscription)
    if job is None:
        lease = wish.first("notify-lease-duration", told(call, "notify-lease-duration-default")[0])
        start_lease(call.engine, subscription, lease, call.now)
    return subscription


def _language(call: Call) -> Any:
    """The request's language if we speak it, else our own (RFC 3995 section 5.3.7)."""
    asked = call.value("attributes-natural-language", "")
    able = told(call, "generated-natural-language-supported")
    return asked if asked in able else told(call, "natural-language-configured")[0]


# --------------------------------------------------------------------------------------- looking at them


def _asked_for(call: Call) -> Subscription:
    if call.attribute("notify-subscription-id") is None:
        raise call.refuse(Status.CLIENT_ERROR_BAD_REQUEST, "notify-subscription-id is missing")
    return found(call, "notify-subscription-id", call.value("notify-subscription-id", 0))


def _wanted(call: Call, default: str) -> Wanted:
    return Wanted([str(name) for name in call.values("requested-attributes")] or [default])


@notifications.operation(
    Operation.GET_SUBSCRIPTION_ATTRIBUTES, Printer, attributes=("notify-subscription-id", "requested-attributes")
)
def get_subscription_attributes(call: Call) -> None:
    _describe(call, _asked_for(call), _wanted(call, "all"))


@notifications.operation(
    Operation.GET_SUBSCRIPTIONS,
    Printer,
    attributes=("notify-job-id", "notify-subscription-ids", "limit", "requested-attributes", "my-subscriptions"),
)
def get_subscriptions(call: Call) -> None:
    """Who is no operator sees his own, whatever my-subscriptions says (RFC 3995 section 11.2.5)."""
    job_id = _job(call).id if call.attribute("notify-job-id") is not None else None
    subscriptions: Iterable[Subscription] = call.printer[Notices].of_job(job_id)
    if call.value("my-subscriptions", False):
        subscriptions = (each for each in subscriptions if each.user == call.user)
    named = call.values("notify-subscription-ids")
    chosen = [each for each in subscriptions if may(call, each) and (not named or each.id in named)]
    wanted = _wanted(call, "notify-subscription-id")
    for subscription in chosen[: call.value("limit", len(chosen))]:
        _describe(call, subscription, wanted)


def _describe(call: Call, subscription: Subscription, wanted: Wanted) -> None:
    call.reply.group(GroupTag.SUBSCRIPTION, call.engine.describe.subscription(subscription, call.context, wanted))


# --------------------------------------------------------------------------------- renewing, ending them


@notifications.operation(
    Operation.RENEW_SUBSCRIPTION,
    Printer,
    attributes=("notify-subscription-id", "notify-lease-duration"),
    group=GroupTag.SUBSCRIPTION,
)
def renew_subscription(call: Call) -> None:
    """notify-lease-duration belongs in the subscription group; clients put it beside the id too."""
    subscription = _asked_for(call)
    if subscription.job_id is not None:
        message = f"subscription {subscription.id} lives as long as job {subscription.job_id}"
        raise call.refuse(Status.CLIENT_ERROR_NOT_POSSIBLE, message)
    group = call.group(GroupTag.SUBSCRIPTION)
    asked = group.get("notify-lease-duration") or call.attribute("notify-lease-duration")
    if asked is not None and type(asked.value) is not int:
        raise call.refuse(Status.CLIENT_ERROR_BAD_REQUEST, "notify-lease-duration is no integer")
    lease = told(call, "notify-lease-duration-default")[0] if asked is None else granted_lease(int(asked.value))  # type: ignore[arg-type]
    start_lease(call.engine, subscription, lease, call.now)
    if asked is not None and lease != asked.value:
        call.reply.status = Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES
    call.reply.ignore(Attribute(each.name, UNSUPPORTED) for each in group if each.name != "notify-lease-duration")
    call.reply.group(GroupTag.SUBSCRIPTION, [Attribute("notify-lease-duration", lease)])


@notifications.operation(Operation.CANCEL_SUBSCRIPTION, Printer, attributes=("notify-subscription-id",))
def cancel_subscription(call: Call) -> None:
    end(call.engine, call.printer, _asked_for(call))
