"""Jobs and printers against a small reference: legal and illegal operations in any order, by hypothesis.

A record is made with ``python -m tests.core.reference 100000``.
"""

from __future__ import annotations

import random

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from firmware.core.job import Job
from tests.core.reference import CREATORS, OF_OPERATOR, OF_OWNER, OF_PRINTER, USERS, World, main

shares = st.floats(0, 1)
users = st.sampled_from(USERS)


class Operating(RuleBasedStateMachine):
    """Whatever is asked, both say and become the same; ``World`` compares after each step."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()

    @rule(
        name=st.sampled_from(CREATORS),
        user=users,
        priority=st.sampled_from((1, 50, 100)),
        hold=st.booleans(),
        retain=st.booleans(),
    )
    def submit(self, name: str, user: str, priority: int, hold: bool, retain: bool) -> None:
        self.world.submit(name, user, priority=priority, hold=hold, retain=retain)

    @rule(which=shares, user=users, last=st.booleans())
    def send_document(self, which: float, user: str, last: bool) -> None:
        self.world.send(self.world.some_job(which), user, last)

    @rule(
        name=st.sampled_from((*OF_OWNER, *OF_OPERATOR)),
        which=shares,
        user=users,
        other=shares,
        operator=st.booleans(),
    )
    def change_a_job(self, name: str, which: float, user: str, other: float, operator: bool) -> None:
        world = self.world
        world.change(name, world.some_job(which), user, world.some_job(other), operator=operator)

    @rule(name=st.sampled_from(OF_PRINTER), operator=st.sampled_from((True, True, True, False)), user=users)
    def operate_the_printer(self, name: str, operator: bool, user: str) -> None:
        self.world.operate(name, operator=operator, user=user)

    @rule(what=st.sampled_from(("sheet", "aside", "completed", "aborted")))
    def press(self, what: str) -> None:
        self.world.press(what)

    @rule()
    def power_fails(self) -> None:
        self.world.power_fails()


Operating.TestCase.settings = settings(max_examples=12, stateful_step_count=40, deadline=None)
TestOperating = Operating.TestCase


def test_a_walk() -> None:
    """The record's own driver, for some steps."""
    main(400, 7)


def test_a_divergence_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs that forget their priority are found out."""
    monkeypatch.setattr(Job, "turn", property(lambda job: job.place or (0, 0, job.id)))
    world, chance = World(), random.Random(7)

    def walk() -> None:
        for _ in range(400):
            world.step(chance)

    with pytest.raises(AssertionError):
        walk()
