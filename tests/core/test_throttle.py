"""Throttle: wrong guesses are answered later and later, in bounded memory."""

from __future__ import annotations

from firmware.core.throttle import FREE, LONGEST, LONGEST_FOR_ALL, REMEMBERED, Throttle


def test_the_first_guesses_are_free() -> None:
    throttle = Throttle()
    for _ in range(FREE):
        assert throttle.wait(1, "eve", 0) == 0
        throttle.guess(1, "eve", 0)
    assert throttle.wait(1, "eve", 0) > 0


def test_each_wrong_guess_doubles_the_wait_up_to_a_bound() -> None:
    throttle, now, waits = Throttle(), 0.0, []
    for _ in range(20):
        throttle.guess(1, "eve", now)
        waits.append(throttle.wait(1, "eve", now))
        now += waits[-1]
        assert throttle.wait(1, "eve", now) == 0
    assert waits == sorted(waits)
    assert waits[FREE - 1 : FREE + 2] == [1, 2, 4]
    assert waits[-1] == LONGEST


def test_another_client_and_another_job_are_not_concerned() -> None:
    throttle = Throttle()
    for _ in range(5):
        throttle.guess(1, "eve", 0)
    assert throttle.wait(1, "alice", 0) == throttle.wait(2, "eve", 0) == 0


def test_many_clients_at_one_secret_make_everybody_wait_but_not_for_long() -> None:
    throttle = Throttle()
    for number in range(1000):
        throttle.guess(1, f"2001:db8::{number:x}", 0)
    assert throttle.wait(1, "new", 0) == LONGEST_FOR_ALL
    assert throttle.wait(2, "new", 0) == 0


def test_the_right_guess_forgets_the_wrong_ones() -> None:
    throttle = Throttle()
    for _ in range(10):
        throttle.guess(1, "alice", 0)
    throttle.right(1)
    assert throttle.wait(1, "alice", 0) == 0
    assert not len(throttle)


def test_memory_is_bounded_and_totals_outlive_crowds() -> None:
    throttle = Throttle()
    for job in range(100):
        for number in range(100):
            throttle.guess(job, f"client {number}", 0)
    assert len(throttle) == REMEMBERED
    assert all(throttle.wait(job, "new", 0) == LONGEST_FOR_ALL for job in range(100))
