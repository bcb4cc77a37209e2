"""What rooms do to subscriptions: whose they are, how long they live, and that those who wait hear of their end."""

from __future__ import annotations

from firmware.core.notices import KEPT
from firmware.core.subscriptions import end, linger, start_lease
from tests.printer import Desk
from tests.subscribers import kept, subscribe


def test_a_lease_moves_the_end() -> None:
    desk = Desk()
    subscription = kept(desk, subscribe(desk, "job-created"))
    desk.engine.changed.clear()
    start_lease(desk.engine, subscription, 50, desk.now)
    assert (subscription.lease, subscription.expires) == (50, 51)
    assert list(desk.engine.changed.values()) == [subscription]
    desk.engine.changed.clear()
    desk.wait(10)
    start_lease(desk.engine, subscription, 50, desk.now)
    assert subscription.expires == 61
    assert not desk.engine.changed, "the same lease once more is nothing to write down"
    assert desk.engine.next_deadline() == 61


def test_an_end_is_an_end() -> None:
    desk = Desk()
    subscription = kept(desk, subscribe(desk, "job-created"))
    desk.engine.called.clear()
    end(desk.engine, desk.printer, subscription)
    assert desk.engine.called == {subscription.topic}
    assert desk.engine.gone == [subscription]
    assert subscription not in desk.engine.changed.values()
    assert desk.engine.next_deadline() is None


def test_who_waits_hears_of_the_job_s_end_at_once() -> None:
    desk = Desk()
    subscription = kept(desk, subscribe(desk, "job-created"))
    linger(desk.engine, subscription, desk.now)
    assert desk.engine.called == {subscription.topic}
    assert subscription.expires == 1 + KEPT
