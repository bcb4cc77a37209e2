"""Messages, groups, attributes, values: what equals what, and where things are found."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.ipp import (
    Attribute,
    AttributeGroup,
    Collection,
    DateTime,
    Enum,
    GroupTag,
    Keyword,
    Message,
    Name,
    NameWithLanguage,
    Resolution,
    Text,
    TextWithLanguage,
)
from firmware.ipp.tags import ValueTag, group_label, label
from tests.ipp import strategies


def test_equal_means_the_same_syntax_too() -> None:
    assert Attribute("x", Keyword("a")) == Attribute("x", Keyword("a"))
    assert Attribute("x", Keyword("a")) != Attribute("x", Name("a"))
    assert Attribute("x", 1) != Attribute("x", True)
    assert Attribute("x", 1) != Attribute("x", Enum(1))
    assert Attribute("x", TextWithLanguage("a", "b")) != Attribute("x", NameWithLanguage("a", "b"))
    assert Attribute("x", 1) != Attribute("x", 1, 1)
    assert Attribute("x", 1) != Attribute("y", 1)
    assert Collection.of([Attribute("m", 1)]) == Collection.of([Attribute("m", 1)])
    assert Collection.of([Attribute("m", 1)]) != Collection.of([Attribute("m", Enum(1))])
    assert Attribute("x", 1) != "x"


@given(strategies.attributes)
@settings(max_examples=50, deadline=None)
def test_equal_attributes_have_equal_hashes(attribute: Attribute) -> None:
    again = Attribute(attribute.name, *attribute.values)
    assert again == attribute
    assert hash(again) == hash(attribute)
    assert repr(attribute).startswith("Attribute(")


def test_strings_compare_as_strings() -> None:
    assert Keyword("none") == "none"
    assert Keyword("none") in ("none", "gzip")
    assert Text("a") + "b" == "ab"


def test_the_first_of_a_name_and_of_a_tag() -> None:
    one, two = AttributeGroup(GroupTag.JOB), AttributeGroup(GroupTag.JOB)
    one.add("job-id", 1)
    one.add("job-id", 2)
    two.add("job-id", 3)
    message = Message(0, 1, [one, two])
    assert message.get("job-id", GroupTag.JOB) == Attribute("job-id", 1)
    assert message.get("job-id") is None
    assert message.all_groups(GroupTag.JOB) == [one, two]
    assert one.names() == ["job-id", "job-id"]
    assert list(one) == [Attribute("job-id", 1), Attribute("job-id", 2)]
    assert "job-id" in one
    assert "job-name" not in one


def test_a_request_begins_with_charset_and_language() -> None:
    message = Message.request(0x0B, [Attribute("limit", 1)], 9, (1, 1))
    assert message.groups[0].names() == ["attributes-charset", "attributes-natural-language", "limit"]
    assert (message.code, message.request_id, message.version) == (0x0B, 9, (1, 1))


@given(st.integers(0, 4_000_000_000), st.integers(0, 9))
@settings(max_examples=50, deadline=None)
def test_moments_are_told_in_utc_to_a_tenth_of_a_second(seconds: int, tenths: int) -> None:
    told = DateTime.at(seconds + tenths / 10 + 0.01)
    assert told.moment == datetime.fromtimestamp(seconds, UTC) + timedelta(milliseconds=100 * tenths)
    assert (told.direction, told.utc_hours, told.utc_minutes) == ("+", 0, 0)


def test_moments_of_other_zones() -> None:
    assert DateTime(2026, 1, 1, 12, 0, 0, 0, "-", 3, 30).moment == datetime(
        2026, 1, 1, 12, tzinfo=timezone(-timedelta(hours=3, minutes=30))
    )
    assert DateTime(2016, 12, 31, 23, 59, 60).moment.second == 59
    with pytest.raises(ValueError, match="month"):
        _ = DateTime(2026, 13, 1, 0, 0, 0).moment


def test_resolutions_in_dots_per_inch() -> None:
    assert Resolution(600, 300).dpi == (600, 300)
    assert Resolution(236, 118, 4).dpi == (599, 300)


def test_tags_by_their_names() -> None:
    assert label(ValueTag.TEXT) == "textWithoutLanguage"
    assert label(ValueTag.BEG_COLLECTION) == "collection"
    assert label(ValueTag.ENUM) == "enum"
    assert label(0x6F) == "0x6f"
    assert group_label(GroupTag.OPERATION) == "operation-attributes-tag"
    assert group_label(GroupTag.EVENT_NOTIFICATION) == "event-notification-attributes-tag"
    assert group_label(0x0F) == "group-0x0f"
