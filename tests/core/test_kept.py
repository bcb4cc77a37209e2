"""Objects that outlive a power cut tell of their changes themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from firmware.core.kept import Kept


@dataclass
class Thing(Kept):
    color: str = "red"
    warmth: int = 0

    transient: ClassVar[frozenset[str]] = frozenset({"warmth"})


def test_every_change_is_told() -> None:
    thing, told = Thing(), []  # type: ignore[var-annotated]
    thing.color = "green"
    thing.watch(told.append)
    assert told == []
    thing.color = "blue"
    thing.color = "blue"
    assert [each is thing for each in told] == [True, True]


def test_transient_fields_are_silent() -> None:
    thing, told = Thing(), []  # type: ignore[var-annotated]
    thing.watch(told.append)
    thing.warmth = 5
    assert told == []
    assert thing.warmth == 5


def test_being_watched_is_no_field() -> None:
    thing = Thing()
    thing.watch(lambda changed: None)
    assert thing == Thing()
    assert repr(thing).endswith("Thing(color='red', warmth=0)")
