"""When "night" is, and what a dateTime means."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime

import pytest

from firmware.core.times import NAMED, begins, moment
from firmware.ipp import DateTime, registry


@pytest.fixture(autouse=True, params=["UTC", "Europe/Berlin", "Pacific/Auckland"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Times of day are local ones."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", request.param)
        time.tzset()
        yield
    time.tzset()


def at(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


@pytest.mark.parametrize(
    ("name", "now", "then"),
    [
        ("day-time", "2026-06-03T05:59:59", "2026-06-03T06:00:00"),
        ("day-time", "2026-06-03T06:00:00", "now"),
        ("day-time", "2026-06-03T18:00:00", "2026-06-04T06:00:00"),
        ("evening", "2026-06-03T12:00:00", "2026-06-03T18:00:00"),
        ("evening", "2026-06-03T23:59:00", "now"),
        ("evening", "2026-06-04T00:00:00", "2026-06-04T18:00:00"),
        ("night", "2026-06-03T03:00:00", "now"),
        ("night", "2026-06-03T06:00:00", "2026-06-03T18:00:00"),
        ("night", "2026-06-03T22:00:00", "now"),
        ("second-shift", "2026-06-03T00:30:00", "2026-06-03T16:00:00"),
        ("third-shift", "2026-06-03T08:00:00", "2026-06-04T00:00:00"),
        ("third-shift", "2026-12-31T23:00:00", "2027-01-01T00:00:00"),
        ("weekend", "2026-06-03T12:00:00", "2026-06-06T00:00:00"),  # a Wednesday
        ("weekend", "2026-06-05T23:59:59", "2026-06-06T00:00:00"),
        ("weekend", "2026-06-07T23:59:59", "now"),
        ("weekend", "2026-06-08T00:00:00", "2026-06-13T00:00:00"),
    ],
)
def test_when_it_is(name: str, now: str, then: str) -> None:
    assert begins(name, at(now)) == (at(now) if then == "now" else at(then))


@pytest.mark.parametrize("name", NAMED)
def test_the_names_are_registered(name: str) -> None:
    assert name in registry.keywords("job-hold-until")


@pytest.mark.parametrize("name", NAMED)
def test_the_time_that_is_told_is_the_time(name: str) -> None:
    """Clocks that are put forward or back meanwhile change nothing."""
    for hours in range(0, 24 * 366, 7):
        now = at("2026-01-01T00:30:00") + hours * 3600
        then = begins(name, now)
        assert now <= then <= now + 6 * 24 * 3600
        assert begins(name, then) == then


def test_moments() -> None:
    assert moment(DateTime.at(1_800_000_000.0)) == 1_800_000_000.0
    assert moment(DateTime(2026, 1, 1, 1, 0, 0, 0, "+", 1, 0)) == moment(DateTime(2026, 1, 1, 0, 0, 0))
    assert moment(DateTime(2026, 13, 1, 0, 0, 0)) is None
    assert moment("tomorrow") is None
