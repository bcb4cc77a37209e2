"""The one place that asks the machine for the time."""

from __future__ import annotations

import time

import pytest

from firmware.runtime import clock
from firmware.runtime.clock import Clock


def test_up_time_counts_from_one_and_never_back() -> None:
    """RFC 8011 section 5.4.29: printer-up-time is 1 at start."""
    ticking = Clock()
    moments = [ticking.now() for _ in range(100)]
    ups = [moment.up for moment in moments]
    assert 1 <= ups[0] < 2
    assert ups == sorted(ups)
    assert all(moment.wall is not None and abs(moment.wall - time.time()) < 60 for moment in moments)


def test_a_date_that_can_t_be_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "PLAUSIBLE", time.time() + 1000)
    assert Clock().now().wall is None


def test_how_long_until() -> None:
    ticking = Clock()
    assert ticking.seconds_until(0.5) == 0
    assert 98 < ticking.seconds_until(100) <= 99
