"""Policies for users – PWG 5100.11: Get-User-Printer-Attributes tells each his own, and jobs are bound to it."""

from __future__ import annotations

import pytest

from firmware.core.job import Job
from firmware.features.user_policy import Policies, Policy
from firmware.ipp import (
    Attribute,
    AttributeGroup,
    Collection,
    GroupTag,
    MimeMediaType,
    Operation,
    RangeOfInteger,
    Status,
)
from tests.printer import Answer, Desk, keyword, value, values

GRAY = Policy(("guest",), color=False, both_sides=True, max_copies=2)
UNSUPPORTED = Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED
IGNORED = Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES


def bound(*rules: Policy) -> Desk:
    desk = Desk()
    desk.printer[Policies].rules = rules or (GRAY,)
    return desk


def told(desk: Desk, user: str, *wanted: str) -> AttributeGroup:
    attributes = [keyword("requested-attributes", *wanted)] if wanted else []
    answer = desk.ask(Operation.GET_USER_PRINTER_ATTRIBUTES, *attributes, user=user)
    assert answer.status == Status.SUCCESSFUL_OK
    return answer.printer


def submit(
    desk: Desk, *template: Attribute, user: str = "guest", extra: tuple[Attribute, ...] = ()
) -> tuple[Answer, Job]:
    answer = desk.deliver(desk.submit(*template, user=user, extra=extra))
    return answer, desk.job(answer)


def test_each_is_told_his_own_printer() -> None:
    desk = bound()
    guest = told(desk, "guest")
    modes = {str(mode) for mode in values(guest, "print-color-mode-supported")}
    assert "monochrome" in modes
    assert all("mono" in mode or "bi-level" in mode for mode in modes)
    assert value(guest, "print-color-mode-default") == "monochrome"
    assert value(guest, "color-supported") is False
    assert values(guest, "sides-supported") == ("two-sided-long-edge", "two-sided-short-edge")
    assert values(guest, "copies-supported") == (RangeOfInteger(1, 2),)
    everybody = desk.ask(Operation.GET_PRINTER_ATTRIBUTES, user="guest").printer
    alice = told(desk, "alice")
    assert alice.names() == everybody.names() == guest.names()
    for name in ("print-color-mode-supported", "color-supported", "copies-supported", "sides-default"):
        assert values(alice, name) == values(everybody, name)


def test_it_honours_what_is_asked() -> None:
    desk = bound()
    assert told(desk, "guest", "sides-supported").names() == ["sides-supported"]
    wrong = Attribute("document-format", MimeMediaType("application/x-nothing"))
    answer = desk.ask(Operation.GET_USER_PRINTER_ATTRIBUTES, wrong)
    assert answer.status == Status.CLIENT_ERROR_DOCUMENT_FORMAT_NOT_SUPPORTED


def test_what_a_job_leaves_open_is_within_the_policy() -> None:
    desk = bound()
    answer, _ = submit(desk)
    assert answer.status == Status.SUCCESSFUL_OK
    ticket = desk.order().ticket
    assert (ticket.page.color_mode, ticket.page.sides, ticket.copies) == ("monochrome", "two-sided-long-edge", 1)


def test_what_it_asks_beyond_is_replaced_and_told() -> None:
    desk = bound()
    answer, _ = submit(
        desk, keyword("print-color-mode", "color"), keyword("sides", "two-sided-short-edge"), Attribute("copies", 9)
    )
    assert answer.status == IGNORED
    assert sorted(attribute.name for attribute in answer.unsupported) == ["copies", "print-color-mode"]
    ticket = desk.order().ticket
    assert (ticket.page.color_mode, ticket.page.sides, ticket.copies) == ("monochrome", "two-sided-short-edge", 1)


@pytest.mark.parametrize(
    "insists", [Attribute("ipp-attribute-fidelity", True), keyword("job-mandatory-attributes", "print-color-mode")]
)
def test_who_insists_is_refused(insists: Attribute) -> None:
    desk = bound()
    answer = desk.submit(keyword("print-color-mode", "color"), user="guest", extra=[insists])
    assert answer.status == UNSUPPORTED
    assert not desk.printer.jobs


def test_overrides_and_later_changes_are_no_way_round() -> None:
    desk = bound()
    pages = Attribute("pages", RangeOfInteger(1, 1))
    override = Attribute("overrides", Collection((pages, keyword("sides", "one-sided"))))
    answer, _ = submit(desk, override)
    assert answer.status == IGNORED
    assert desk.order().ticket.overrides == ()
    answer, held = submit(desk, keyword("job-hold-until", "indefinite"))
    group = AttributeGroup(GroupTag.JOB, [keyword("print-color-mode", "color")])
    desk.ask(Operation.SET_JOB_ATTRIBUTES, job=held.id, user="guest", groups=[group])
    mode = held.template("print-color-mode")
    assert mode is not None
    assert mode.value == "monochrome"


def test_named_users_before_everybody() -> None:
    desk = bound(Policy(("*",), color=False), Policy(("alice",)))
    assert value(told(desk, "alice"), "color-supported") is True
    assert value(told(desk, "bob"), "color-supported") is False


def test_the_keyword_is_claimed_where_there_are_policies() -> None:
    for desk, claimed in ((bound(), True), (Desk(), False)):
        features = values(desk.ask(Operation.GET_PRINTER_ATTRIBUTES).printer, "ipp-features-supported")
        assert ("print-policy" in features) is claimed
