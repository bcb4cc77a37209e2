"""Every kept class comes back from its record as it was, whatever its fields hold."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import fields

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware import features
from firmware.core.clock import Moment
from firmware.core.document import Document, DocumentState
from firmware.core.job import Job, JobState
from firmware.core.kept import Kept
from firmware.core.notices import Notices
from firmware.core.printer import Printer, System
from firmware.core.subscription import Event, Subscription
from firmware.features.actuals import Totals
from firmware.features.admin import NewJobs
from firmware.features.dnssd import FoundAs
from firmware.features.finishings import Stapler
from firmware.features.settings import OperatorMessage
from firmware.features.supplies import Supplies
from firmware.runtime.keeper import kept_names, pack, unpack
from tests.ipp import strategies
from tests.printer import COLOR

words = st.text(max_size=20)
counts = st.integers(0, 2**40)
moments = st.builds(Moment, counts, st.none() | st.floats(allow_nan=False, allow_infinity=False))
attributes = st.lists(strategies.attributes, max_size=3).map(tuple)

KINDS: dict[type[Kept], st.SearchStrategy[Kept]] = {
    System: st.builds(System, words),
    Printer: st.builds(
        Printer,
        st.just(1),
        words,
        words,
        st.just("/ipp/print"),
        st.just(COLOR),
        accepting=st.booleans(),
        paused=st.booleans(),
        halted=st.frozensets(words, max_size=2),
        next_job_id=counts,
        settings=attributes,
        impressions_completed=counts,
        sheets_completed=counts,
    ),
    OperatorMessage: st.builds(OperatorMessage, st.none() | moments),
    NewJobs: st.builds(NewJobs, counts, words),
    Stapler: st.builds(Stapler, counts),
    Totals: st.builds(
        Totals,
        st.dictionaries(words, counts, max_size=3),
        st.dictionaries(words, counts, max_size=3),
        counts,
    ),
    FoundAs: st.builds(FoundAs, st.text(), st.text(), st.text()),
    Supplies: st.builds(Supplies, st.lists(counts).map(tuple)),
    Job: st.builds(
        Job,
        counts,
        counts,
        words,
        words,
        words,
        moments,
        fidelity=st.booleans(),
        attributes=attributes,
        state=st.sampled_from(JobState),
        reasons=st.frozensets(words, max_size=3),
        message=words,
        closed=st.booleans(),
        marked=st.booleans(),
        gated=st.frozensets(words, max_size=3),
        unheld=st.booleans(),
        place=st.lists(counts, max_size=3).map(tuple),
        retained=st.booleans(),
        purged=st.booleans(),
        processing=st.none() | moments,
        completed=st.none() | moments,
        impressions_completed=counts,
        impressions=st.dictionaries(words, counts, max_size=3),
        sheets=st.dictionaries(words, counts, max_size=3),
        actual=attributes,
    ),
    Notices: st.builds(
        Notices,
        next_id=counts,
        first=counts,
        counts=st.lists(st.tuples(counts, counts), max_size=3).map(tuple),
    ),
    Subscription: st.builds(
        Subscription,
        counts,
        counts,
        words,
        words,
        words,
        st.lists(words, max_size=3).map(tuple),
        counts,
        base=counts,
        last=st.none() | counts,
        job_id=st.none() | counts,
        attributes=st.lists(words, max_size=3).map(tuple),
        user_data=st.none() | st.binary(max_size=63),
        interval=st.none() | counts,
        lease=counts,
    ),
    Event: st.builds(
        Event,
        counts,
        counts,
        words,
        moments,
        attributes,
        words,
        job_id=st.none() | counts,
        user=words,
        active=st.none() | counts,
        extras=st.lists(st.tuples(counts, attributes), max_size=2).map(tuple),
        skipped=st.lists(counts, max_size=3).map(tuple),
    ),
    Document: st.builds(
        Document,
        counts,
        counts,
        counts,
        moments,
        name=words,
        format=words,
        octets=counts,
        arrived=st.booleans(),
        state=st.sampled_from(DocumentState),
    ),
}


def all_kept(kind: type[Kept] = Kept) -> set[type[Kept]]:
    for module in pkgutil.iter_modules(features.__path__):
        importlib.import_module(f"firmware.features.{module.name}")
    return {sub for sub in kind.__subclasses__() if sub.__module__.startswith("firmware.")}


def test_every_kept_class_is_tried() -> None:
    assert all_kept() == set(KINDS)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_it_comes_back(kind: type[Kept], data: st.DataObject) -> None:
    thing = data.draw(KINDS[kind])
    found = unpack(kind, msgspec.json.decode(pack(thing)))
    assert found == {name: getattr(thing, name) for name in kept_names(kind)}
    assert {name: type(value) for name, value in found.items()} == {
        name: type(getattr(thing, name)) for name in kept_names(kind)
    }


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_transient_fields_are_not_written(kind: type[Kept]) -> None:
    names = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    assert set(kept_names(kind)) == names - kind.transient


def test_what_can_t_be_kept_is_a_type_error() -> None:
    supplies = Supplies()
    supplies.used = (object(),)  # type: ignore[assignment]
    with pytest.raises(NotImplementedError, match="can't keep"):
        pack(supplies)
