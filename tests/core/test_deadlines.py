"""Deadlines: the earliest first, each key once, and no litter however often dates are moved."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from firmware.core.deadlines import Deadlines
from firmware.core.events import SubmissionTimedOut

steps = st.lists(
    st.one_of(
        st.tuples(st.just("set"), st.integers(0, 5), st.integers(0, 50)),
        st.tuples(st.just("drop"), st.integers(0, 5), st.just(0)),
        st.tuples(st.just("due"), st.just(0), st.integers(0, 60)),
    )
)


def fact(number: int) -> SubmissionTimedOut:
    return SubmissionTimedOut(1, number)


@given(steps)
def test_as_a_dictionary_would_do_it(steps: list[tuple[str, int, int]]) -> None:
    deadlines, plain = Deadlines(), dict[int, int]()
    for step, key, at in steps:
        if step == "set":
            deadlines.set(key, at, fact(key))
            plain[key] = at
        elif step == "drop":
            deadlines.drop(key)
            plain.pop(key, None)
        else:
            found = deadlines.due(at)
            earliest = min(plain.values(), default=None)
            if earliest is None or earliest > at:
                assert found is None
            else:
                assert isinstance(found, SubmissionTimedOut)
                assert plain.pop(found.job_id) == earliest
        assert deadlines.next() == min(plain.values(), default=None)
        assert deadlines.dates() == plain
        assert len(deadlines) == len(plain)


def test_of_the_same_moment_the_first_that_was_set() -> None:
    deadlines = Deadlines()
    for number in (3, 1, 2):
        deadlines.set(number, 5, fact(number))
    assert [deadlines.due(5) for _ in range(4)] == [fact(3), fact(1), fact(2), None]


def test_dates_that_are_moved_leave_no_litter() -> None:
    deadlines = Deadlines()
    for number in range(10_000):
        deadlines.set("lease", number, fact(1))
    assert len(deadlines._heap) < 100
    assert deadlines.next() == 9_999
