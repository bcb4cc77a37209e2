"""Whatever printer it is and whatever it does: every attribute that it reports has its registered syntax."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.core.events import ImpressionDone, MarkingStarted, PartFailed
from firmware.core.model import Model
from firmware.ipp import (
    ADMIN_DEFINE,
    NO_VALUE,
    UNKNOWN,
    Attribute,
    GroupTag,
    Operation,
    RangeOfInteger,
    Status,
    registry,
)
from firmware.ipp.syntax import parse
from tests.core import models
from tests.printer import A4, MODELS, OPERATOR, Answer, Desk, group, keyword

NOT_YET = (
    "job-impressions",
    "job-media-sheets",
    "job-pages",
    "printer-message-time",
    "printer-message-date-time",
    "insert-sheet-default",
    "image-orientation-default",
    "media-ready",
    "media-col-ready",
)
"""Totals that are known when the job is printed, and when the operator last said something: until then no-value, which
the public suites allow. And defaults that are none, as the public test of PWG 5100.3 has them; trays without media."""


DATES = ("date-time-at-creation", "date-time-at-processing", "date-time-at-completed", "printer-state-change-date-time")
"""Unknown on a board that does not know the date."""


def may_be_open(attribute: Attribute) -> bool:
    """Is it one of the out-of-band values that stand beside the registered syntax?"""
    return (attribute.name in NOT_YET and attribute.values == (NO_VALUE,)) or (
        attribute.name in DATES and attribute.values == (UNKNOWN,)
    )


FORGOTTEN = {"separator-sheets-type-supported": parse("1setOf keyword")}
"""PWG 5100.3 and its public tests have it, the registry does not."""


def check(attributes: Iterable[Attribute], groups: tuple[str, ...]) -> None:
    seen = []
    for attribute in attributes:
        syntax = registry.syntax(attribute.name, groups) or FORGOTTEN.get(attribute.name)
        assert syntax is not None, f"{attribute.name} is not registered"
        problem = syntax.problem(attribute)
        assert problem is None or may_be_open(attribute), problem
        seen.append(attribute.name)
    assert len(set(seen)) == len(seen), "an attribute twice"


def printer_says(desk: Desk, *wanted: str) -> Answer:
    answer = desk.ask(Operation.GET_PRINTER_ATTRIBUTES, keyword("requested-attributes", *wanted))
    assert answer.status == Status.SUCCESSFUL_OK
    check(answer.printer, registry.PRINTER)
    return answer


def jobs_say(desk: Desk) -> Answer:
    answer = desk.ask(Operation.GET_JOBS, keyword("which-jobs", "all"), keyword("requested-attributes", "all"))
    for job in answer.jobs:
        check(job, registry.JOB)
    assert len(answer.jobs) == len(desk.printer.jobs)
    return answer


def busy(desk: Desk) -> None:
    """Jobs in every state, and something wrong with the printer."""
    for outcome in ("completed", "canceled", "aborted"):
        job = desk.print()
        if outcome == "canceled":
            desk.ask(Operation.CANCEL_JOB, job=job.id)
        desk.press(job, outcome)
    desk.held()
    desk.create()
    printing = desk.print()
    desk.submit()
    desk.report(MarkingStarted(1, printing.id))
    for _ in range(96):
        desk.report(ImpressionDone(1, printing.id, 1, False, True, False, A4))
    desk.report(PartFailed(1, "media-jam", "in tray 1"))


@given(models.models(custom=False), st.sampled_from((None, 1_800_000_000.0)))
@settings(max_examples=20, deadline=None)
def test_any_printer(model: Model, wall: float | None) -> None:
    desk = Desk(model, wall=wall)
    printer_says(desk, "all", "media-col-database")
    busy(desk)
    printer_says(desk, "all")
    jobs_say(desk)


@given(models.models())
@settings(max_examples=20, deadline=None)
def test_custom_sizes(model: Model) -> None:
    printer_says(Desk(model), "all")


@pytest.mark.parametrize("name", MODELS)
def test_after_off_and_on(name: str) -> None:
    desk = Desk(MODELS[name])
    busy(desk)
    desk.restart()
    printer_says(desk, "all")
    jobs_say(desk)


ALONE = ("job-hold-until", "job-delay-output-until", "job-retain-until")
"""Families of which a job has only one; tried where they are at home."""


@given(models.models(custom=False), st.data())
@settings(max_examples=20, deadline=None)
def test_every_value_that_is_told_as_supported_can_be_asked_for(model: Model, data: st.DataObject) -> None:
    """Never advertise what is not there: a job of any supported values is accepted as it is."""
    desk = Desk(model)
    answer = printer_says(desk, "all")
    templates = [entry for entry in desk.catalog.templates.values() if entry.part is None]
    offered = {entry.name for entry in templates if entry.offered(desk.printer)}
    open_ended = {
        "page-ranges",
        "copies",
        "proof-copies",
        "job-sheet-message",
        "job-message-to-operator",
        "job-pages-per-set",
        "force-front-side",
    }
    plain = sorted(name for name in offered - open_ended if not name.endswith("-shift"))
    plain = [name for name in plain if not name.startswith(ALONE)]
    wanted = []
    for name in plain:
        supported = answer.printer.get(f"{name}-supported")
        assert supported is not None
        if supported.values != (True,):  # any value will do
            wanted.append(Attribute(name, data.draw(st.sampled_from(supported.values))))
    accepted = desk.submit(*wanted, format=model.formats[-1])
    assert accepted.status == Status.SUCCESSFUL_OK, accepted.unsupported


@given(models.models(), st.data())
@settings(max_examples=20, deadline=None)
def test_every_sheet_in_the_database_can_be_asked_for(model: Model, data: st.DataObject) -> None:
    desk = Desk(model)
    wanted = keyword("requested-attributes", "media-col-database", "media-col-ready", "media-col-default")
    printer = desk.ask(Operation.GET_PRINTER_ATTRIBUTES, wanted).printer
    sheets = [value for attribute in printer for value in attribute.values]
    fixed = [sheet for sheet in sheets if "media-size-name" in sheet]  # type: ignore[operator]
    assert len(sheets) - len(fixed) == (len(model.media.margins) if model.media.custom else 0)
    answer = desk.submit(Attribute("media-col", data.draw(st.sampled_from(fixed))))
    assert answer.status == Status.SUCCESSFUL_OK, answer.unsupported


@given(models.models(custom=False), st.data())
@settings(max_examples=10, deadline=None)
def test_every_supported_value_of_a_setting_can_be_set(model: Model, data: st.DataObject) -> None:
    """RFC 3380 section 4.3: what Get-Printer-Supported-Values tells, Set-Printer-Attributes takes."""
    desk = Desk(model)
    answer = desk.ask(Operation.GET_PRINTER_SUPPORTED_VALUES)
    choices = [attribute for attribute in answer.printer if attribute.name.endswith("-default")]
    assert len(choices) > 10
    for attribute in choices:
        ranges = ("copies-default", "job-retain-until-interval-default")
        if attribute.name not in ranges and attribute.value != ADMIN_DEFINE:
            value = data.draw(st.sampled_from(attribute.values))
            if isinstance(value, RangeOfInteger):
                value = data.draw(st.integers(value.lower, value.upper))
            chosen = Attribute(attribute.name, value)
            groups = [group(GroupTag.PRINTER, chosen)]
            done = desk.ask(Operation.SET_PRINTER_ATTRIBUTES, caller=OPERATOR, groups=groups)
            assert done.status == Status.SUCCESSFUL_OK, chosen
    printer_says(desk, "all")
