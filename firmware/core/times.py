"""Times of day: when "night" is, and what a dateTime means. Local time, by the rules given to the process."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from firmware.ipp import DateTime

PERIODS: dict[str, tuple[int, int]] = {
    "day-time": (6, 18),
    "evening": (18, 24),
    "night": (18, 6),
    "second-shift": (16, 24),
    "third-shift": (0, 8),
}
"""From when to when, in hours; what is day and what is night is ours to say (RFC 8011 section 5.2.2)."""
NAMED = (*PERIODS, "weekend")


def begins(name: str, wall: float) -> float:
    """When that time of day is: ``wall`` itself if it is now, else its next beginning."""
    now = datetime.fromtimestamp(wall)
    if name == "weekend":
        if now.weekday() >= 5:
            return wall
        return _midnight(now, 5 - now.weekday()).timestamp()
    start, end = PERIODS[name]
    inside = start <= now.hour < end if start < end else now.hour >= start or now.hour < end
    if inside:
        return wall
    today = _midnight(now, 0).replace(hour=start)
    return (today if today > now else _midnight(now, 1).replace(hour=start)).timestamp()


def _midnight(now: datetime, days: int) -> datetime:
    """Local midnight some days on, whatever the clocks are put to meanwhile."""
    return datetime(now.year, now.month, now.day) + timedelta(days=days)


def moment(value: Any) -> float | None:
    """A dateTime in seconds after the Unix epoch; None if there is no such moment."""
    if not isinstance(value, DateTime):
        return None
    try:
        return value.moment.timestamp()
    except (ValueError, OverflowError):
        return None
