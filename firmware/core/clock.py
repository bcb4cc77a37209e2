"""Time, as it comes in from outside."""

from __future__ import annotations

from typing import NamedTuple


class Now(NamedTuple):
    """The present. ``up`` counts seconds since this start of the printer, from 1, and never jumps; ``wall`` is
    seconds after the Unix epoch, None while the board does not know the date."""

    up: float
    wall: float | None = None


class Moment(NamedTuple):
    """When something happened. ``up`` is printer-up-time then; it is 0 for what happened before this start
    (RFC 8011 section 5.4.29)."""

    up: int
    wall: float | None = None

    @classmethod
    def of(cls, now: Now) -> Moment:
        return cls(int(now.up), now.wall)

    def before_this_start(self) -> Moment:
        return Moment(0, self.wall)
