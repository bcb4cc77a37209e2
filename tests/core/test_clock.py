"""Time as an argument – RFC 8011 section 5.4.29."""

from __future__ import annotations

from firmware.core.clock import Moment, Now


def test_moments_are_whole_seconds_of_up_time() -> None:
    assert Moment.of(Now(1.99, 5.5)) == Moment(1, 5.5)
    assert Moment.of(Now(3.0)) == Moment(3, None)


def test_what_was_before_this_start_has_no_up_time() -> None:
    assert Moment(99, 5.5).before_this_start() == Moment(0, 5.5)
