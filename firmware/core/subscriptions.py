"""What rooms do to subscriptions, in one place: find them, end them, and what a caller may see of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from firmware.core.access import Access, permitted
from firmware.core.errors import IppError
from firmware.core.notices import KEPT, Notices
from firmware.core.subscription import Subscription, SubscriptionExpired
from firmware.ipp import Attribute, Status

if TYPE_CHECKING:
    from firmware.core.call import Call
    from firmware.core.clock import Now
    from firmware.core.engine import Engine
    from firmware.core.printer import Printer


def may(call: Call, subscription: Subscription) -> bool:
    """Is the caller the subscription's owner, or an operator? (RFC 3995 section 11.2)"""
    return permitted(Access.OWNER, call.context.caller, call.user, subscription.user)


def found(call: Call, name: str, number: int) -> Subscription:
    """The subscription that attribute ``name`` asks for with ``number``: IppError when there is none, or when it is
    not the caller's."""
    subscription = call.printer[Notices].subscriptions.get(number)
    if subscription is None:
        missing = [Attribute(name, number)]
        raise IppError(Status.CLIENT_ERROR_NOT_FOUND, f"there is no subscription {number}", missing)
    if not may(call, subscription):
        message = f"subscription {number} belongs to somebody else"
        raise IppError(Status.CLIENT_ERROR_NOT_AUTHORIZED, message)
    return subscription


def end(engine: Engine, printer: Printer, subscription: Subscription) -> None:
    """It is over: whoever waits for it is told."""
    printer[Notices].remove(subscription)
    engine.forget(subscription.topic)
    engine.drop(subscription)
    engine.call(subscription.topic)


def start_lease(engine: Engine, subscription: Subscription, seconds: int, now: Now) -> None:
    """From now on it lives so long."""
    if subscription.lease != seconds:
        subscription.lease = seconds
    _until(engine, subscription, now.up + seconds)


def linger(engine: Engine, subscription: Subscription, now: Now) -> None:
    """Its job has ended: what it was told can be fetched for a while, and whoever waits waits no longer."""
    _until(engine, subscription, now.up + KEPT)
    engine.call(subscription.topic)


def _until(engine: Engine, subscription: Subscription, up: float) -> None:
    subscription.expires = up
    engine.later(subscription.topic, up, SubscriptionExpired(subscription.printer_id, subscription.id))
