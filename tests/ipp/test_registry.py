"""The registry – IANA IPP registrations: what is generated is what the tables say, and it can be asked."""

from __future__ import annotations

import re

import pytest

from firmware.ipp import (
    Attribute,
    Collection,
    Enum,
    Keyword,
    Operation,
    RangeOfInteger,
    Status,
    generate,
    iana,
    registry,
)


def test_iana_is_what_generate_would_write() -> None:
    assert generate.render() == generate.TARGET.read_text()


def test_every_operation_and_status_has_its_registered_name() -> None:
    assert Operation(0x0002).label == "Print-Job"
    assert Operation(0x0039).label == "Cancel-My-Jobs"
    assert Status(0x0001).label == "successful-ok-ignored-or-substituted-attributes"
    assert Status(0x0503).label == "server-error-version-not-supported"
    for code in (*Operation, *Status):
        assert re.fullmatch(r"[A-Za-z0-9-]+", code.label)
        assert generate.constant(code.label) == code.name


@pytest.mark.parametrize(
    ("syntax", "mended"),
    [
        ("type2 keyword | name(MAX)", "keyword | name(MAX)"),
        ("1setOf type1 enum", "1setOf enum"),
        ("integer:0:MAX", "integer(0:MAX)"),
        ("integer(MIN:MIN)", "integer(MIN:MAX)"),
        ("1setOf rangeOfInteger(MAX)", "1setOf rangeOfInteger(1:MAX)"),
        ("1setOf (keyword | name(MAX)", "1setOf (keyword | name(MAX))"),
        ("text(255) | 'no-value'", "text(255) | no-value"),
        ("syntax", ""),
    ],
)
def test_slips_of_the_registry_are_mended(syntax: str, mended: str) -> None:
    assert generate.normal(syntax) == mended


def test_the_newest_document_wins() -> None:
    old = {"flags": "", "doc": "cs-a-20010212", "reference": ""}
    new = {"flags": "", "doc": "cs-a-20230210", "reference": ""}
    gone = {"flags": "obsolete", "doc": "cs-a-20240101", "reference": ""}
    assert generate.edition(gone) < generate.edition(old) < generate.edition(new)


def test_references_among_members_are_followed_once() -> None:
    members = {
        "outer": {"own": "integer", '<Any "inner" member attribute>': ""},
        "inner": {"x": "keyword", '<Any "outer" member attribute>': ""},
        "other": {'<Any "nowhere" member attribute>': "", "<Any Job Template attribute>": ""},
    }
    resolved = generate.resolve_members(members)
    assert resolved == {"inner": {"x": "keyword", "own": "integer"}, "outer": {"own": "integer", "x": "keyword"}}


def test_the_syntax_of_an_attribute_depends_on_its_group() -> None:
    copies = registry.syntax("copies", registry.JOB_TEMPLATE)
    assert copies is not None
    assert copies.problem(Attribute("copies", 1)) is None
    assert copies.problem(Attribute("copies", 0)) is not None
    assert registry.syntax("copies", registry.OPERATION) is None
    assert registry.syntax("no-such-attribute", registry.PRINTER) is None


def test_collections_know_their_members_to_any_depth() -> None:
    media = registry.syntax("media-col", registry.JOB_TEMPLATE)
    assert media is not None

    def size(x: int | RangeOfInteger) -> Attribute:
        inner = Collection.of([Attribute("x-dimension", x), Attribute("y-dimension", 29700)])
        return Attribute("media-col", Collection.of([Attribute("media-size", inner)]))

    assert media.problem(size(21000)) is None
    assert media.problem(size(0)) is not None
    assert media.problem(size(RangeOfInteger(1, 2))) is not None
    member = registry.member_syntax("media-col", "media-type")
    assert member is not None
    assert member.problem(Attribute("media-type", Keyword("labels"))) is None
    assert registry.member_syntax("media-col", "no-such-member") is None


def test_keywords_and_enums_by_name() -> None:
    assert "two-sided-long-edge" in registry.keywords("sides")
    assert registry.keywords("no-such-attribute") == ()
    assert registry.enum_label("print-quality", 4) == "normal"
    assert registry.enum_label("print-quality-default", 5) == "high"
    assert registry.enum_label("orientation-requested-supported", 7) == "none"
    assert registry.enum_label("job-state", 99) == "99"
    assert registry.enum_label("no-such-attribute", Enum(3)) == "3"


def test_groups_of_requested_attributes() -> None:
    """RFC 8011 section 4.2.5.1."""
    assert registry.in_requested_group("job-template", "copies-supported")
    assert registry.in_requested_group("printer-description", "printer-state")
    assert not registry.in_requested_group("job-template", "printer-state")
    assert not registry.in_requested_group("no-such-group", "printer-state")


def test_keywords_and_values_are_words() -> None:
    """The tables' marks such as "(deprecated)" and references such as "<any …>" are not values."""
    for values in iana.KEYWORDS.values():
        assert all(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._+-]*", value) for value in values), values
        assert len(set(values)) == len(values)
    for group in iana.ATTRIBUTES.values():
        assert all(re.fullmatch(r"[a-z0-9-]+", name) for name in group), group
