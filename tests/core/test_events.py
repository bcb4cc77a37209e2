"""Facts and orders: values that can't change, and a list of orders that misses none."""

from __future__ import annotations

import dataclasses

import pytest

from firmware.core import events
from firmware.core.events import ORDERS, Fact, JobFact, Order


def all_kinds(kind: type) -> list[type]:
    """Every kind of fact, or of order."""
    classes = [each for each in vars(events).values() if isinstance(each, type)]
    return [each for each in classes if issubclass(each, kind) and each is not kind]


@pytest.mark.parametrize("kind", [*all_kinds(Fact), *all_kinds(Order)])
def test_each_is_a_frozen_value(kind: type) -> None:
    assert dataclasses.is_dataclass(kind)
    assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert kind.__module__ == events.__name__


def test_every_order_is_listed_once() -> None:
    assert list(ORDERS) == all_kinds(Order)
    below = {kind.__name__ for kind in Order.__subclasses__()}
    assert below == {kind.__name__ for kind in ORDERS}, "an order that is not in core.events"


def test_facts_of_jobs_name_printer_and_job_first() -> None:
    """The rim holds none of our objects: it names them by their ids."""
    for kind in all_kinds(JobFact):
        assert [field.name for field in dataclasses.fields(kind)][:2] == ["printer_id", "job_id"]
