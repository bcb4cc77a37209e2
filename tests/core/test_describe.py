"""Attributes as a reply wants them – RFC 8011 sections 4.2.5.1 and 4.3.4.1."""

from __future__ import annotations

import pytest

from firmware.core.describe import Wanted, to_attribute
from firmware.core.feature import Feature
from firmware.core.printer import Printer
from firmware.features import ROOMS
from firmware.ipp import (
    UNKNOWN,
    Attribute,
    Encoded,
    Enum,
    Keyword,
    MimeMediaType,
    Name,
    Operation,
    RangeOfInteger,
    Text,
    Uri,
    decode_attribute,
    registry,
)
from firmware.ipp.syntax import parse
from tests.printer import MONO, Desk


@pytest.mark.parametrize(
    ("syntax", "given", "told"),
    [
        ("keyword | name(MAX)", "a", (Keyword("a"),)),
        ("name(MAX)", "a", (Name("a"),)),
        ("1setOf text(MAX)", ["a", "b"], (Text("a"), Text("b"))),
        ("no-value | uri", "x:", (Uri("x:"),)),
        ("mimeMediaType", "a/b", (MimeMediaType("a/b"),)),
        ("keyword | name(MAX)", Name("a"), (Name("a"),)),
        ("1setOf enum", [3, 4], (Enum(3), Enum(4))),
        ("1setOf enum", [Operation.PRINT_JOB], (Enum(2),)),
        ("integer(0:MAX)", 5, (5,)),
        ("boolean", False, (False,)),
        ("rangeOfInteger(1:MAX)", RangeOfInteger(1, 2), (RangeOfInteger(1, 2),)),
        ("uri | unknown", UNKNOWN, (UNKNOWN,)),
        ("octetString", b"a", (b"a",)),
    ],
)
def test_plain_values_take_the_registered_syntax(syntax: str, given: object, told: tuple[object, ...]) -> None:
    assert to_attribute("x", parse(syntax), given) == Attribute("x", *told)  # type: ignore[arg-type]


@pytest.mark.parametrize("nothing", [None, (), []])
def test_no_values_no_attribute(nothing: object) -> None:
    assert to_attribute("x", parse("integer"), nothing) is None


def names(desk: Desk, *wanted: str) -> set[str]:
    found = desk.engine.describe.printer(desk.printer, desk.engine.context(desk.now), Wanted(wanted))
    return {attribute.name for attribute in found}


def test_group_keywords_divide_the_printer_s_attributes() -> None:
    desk = Desk()
    everything = names(desk, "all")
    templates, description = names(desk, "job-template"), names(desk, "printer-description")
    subscriptions = names(desk, "subscription-template")
    assert len(templates) + len(description) + len(subscriptions) == len(everything)
    assert templates | description | subscriptions == everything
    assert {"notify-events-supported", "notify-events-default", "notify-max-events-supported"} <= subscriptions
    assert {"copies-default", "copies-supported", "media-ready", "media-col-ready"} <= templates
    assert {"printer-state", "printer-name", "operations-supported", "job-creation-attributes-supported"} <= description
    for name in templates:
        assert registry.in_requested_group("job-template", name) or name.rpartition("-")[0] in desk.catalog.templates


def test_the_database_of_media_comes_only_by_its_name() -> None:
    """PWG 5100.7 section 6.3: it is large."""
    desk = Desk()
    for group in ("all", "job-template", "printer-description"):
        assert "media-col-database" not in names(desk, group)
    assert names(desk, "media-col-database") == {"media-col-database"}
    assert "media-col-database" in names(desk, "all", "media-col-database")


def test_names_and_strangers() -> None:
    desk = Desk()
    assert names(desk, "printer-name", "copies-default", "no-such-attribute") == {"printer-name", "copies-default"}
    assert names(desk, "none") == set()
    assert names(desk, "job-description") == set()


def test_what_rests_is_encoded_once_for_each_configuration() -> None:
    desk = Desk()
    context = desk.engine.context(desk.now)

    def told(name: str) -> Attribute | Encoded | None:
        return desk.engine.describe.printer_attribute(desk.printer, desk.catalog.printer_attributes[name], context)

    first = told("printer-info")
    assert isinstance(first, Encoded)
    assert told("printer-info") is first
    assert isinstance(told("printer-state"), Attribute)
    changed = Attribute("printer-info", Text("new"))
    desk.printer.change_settings({"printer-info": changed}, desk.now)
    again = told("printer-info")
    assert isinstance(again, Encoded)
    assert decode_attribute(again.octets) == changed
    assert desk.engine.describe.value(desk.printer, "printer-info", context) == changed


def test_each_reader_is_asked_once_for_each_configuration() -> None:
    """An attribute that did not change is not encoded again."""
    asked: list[str] = []
    room = Feature("slow")
    room.attribute("printer-detailed-status-messages", Printer, read=lambda printer: asked.append("x") or "hello")  # type: ignore[func-returns-value]
    desk = Desk(MONO, rooms=[*ROOMS, room])
    asked.clear()
    for _ in range(5):
        names(desk, "all")
    assert len(asked) == 1


def test_one_value_of_a_printer() -> None:
    desk = Desk()
    context = desk.engine.context(desk.now)
    assert desk.engine.describe.value(desk.printer, "printer-state", context) == Attribute("printer-state", Enum(3))
    assert desk.engine.describe.value(desk.printer, "no-such-attribute", context) is None


def test_a_job_s_attributes() -> None:
    desk = Desk()
    job = desk.held()
    context = desk.engine.context(desk.now)

    def told(*wanted: str) -> set[str]:
        return {attribute.name for attribute in desk.engine.describe.job(job, context, Wanted(wanted))}

    assert told("job-template") == {"job-hold-until"}
    assert "job-hold-until" not in told("job-description")
    assert told("all") == told("job-template") | told("job-description")
    assert {"job-id", "job-uri", "job-state", "time-at-creation"} <= told("job-description")
