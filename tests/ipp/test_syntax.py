"""How a value must look – RFC 8011 section 5.1: every syntax that is registered, and both sides of every bound."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.ipp import (
    NO_VALUE,
    UNKNOWN,
    UNSUPPORTED,
    Attribute,
    Charset,
    Collection,
    DateTime,
    Enum,
    Keyword,
    MimeMediaType,
    Name,
    NameWithLanguage,
    NaturalLanguage,
    RangeOfInteger,
    Resolution,
    Text,
    TextWithLanguage,
    Uri,
    UriScheme,
    Value,
    iana,
)
from firmware.ipp.syntax import MAX, MIN, Alternative, Fault, Syntax, parse, with_members
from tests.ipp import strategies

REGISTERED = sorted(
    {text for table in (iana.ATTRIBUTES, iana.MEMBERS) for group in table.values() for text in group.values() if text}
)

# A good value of each kind: the one that stands for its kind below.
GOOD: dict[str, Value] = {
    "integer": 1,
    "boolean": True,
    "enum": Enum(3),
    "octetString": b"x",
    "dateTime": DateTime(2026, 1, 1, 0, 0, 0),
    "resolution": Resolution(600, 600),
    "rangeOfInteger": RangeOfInteger(1, 2),
    "collection": Collection(),
    "text": Text("x"),
    "name": Name("x"),
    "keyword": Keyword("x"),
    "uri": Uri("x:"),
    "uriScheme": UriScheme("x"),
    "charset": Charset("utf-8"),
    "naturalLanguage": NaturalLanguage("en"),
    "mimeMediaType": MimeMediaType("a/b"),
    "no-value": NO_VALUE,
    "unknown": UNKNOWN,
}


def fault(text: str, *values: Value) -> Fault | None:
    problem = parse(text).problem(Attribute("x", *values))
    return None if problem is None else problem.fault


@pytest.mark.parametrize("text", REGISTERED)
def test_every_registered_syntax(text: str) -> None:
    syntax = parse(text)
    assert set(syntax.kinds) <= set(GOOD)
    assert syntax.many == ("1setOf" in text)
    for kind, value in GOOD.items():
        mine = kind in syntax.kinds
        problem = syntax.value_problem(value)
        if not mine:
            assert problem is not None
            assert problem.fault is Fault.SYNTAX
        elif problem is not None:
            assert problem.fault is Fault.RANGE


def test_the_registry_has_them_all() -> None:
    assert len(REGISTERED) > 80
    assert {kind for text in REGISTERED for kind in parse(text).kinds} == set(GOOD)


def test_the_notation() -> None:
    either = parse("1setOf (keyword | name(MAX))")
    assert either == Syntax((Alternative("keyword"), Alternative("name")), True)
    assert parse("integer(0:MAX)") == Syntax((Alternative("integer", 0, MAX),))
    assert parse("integer(MIN:MAX) | no-value") == Syntax((Alternative("integer", MIN, MAX), Alternative("no-value")))
    assert parse("rangeOfInteger(MAX)") == Syntax((Alternative("rangeOfInteger"),))
    assert parse("text(127)") == Syntax((Alternative("text", None, 127),))
    assert parse("1setOf enum").kinds == ("enum",)


@pytest.mark.parametrize("text", ["", "keywords", "integer(1:", "keyword or name", "(keyword", "1setOf", "integer | "])
def test_what_is_no_notation(text: str) -> None:
    with pytest.raises(ValueError, match="no attribute syntax"):
        parse(text)


@pytest.mark.parametrize("low", [MIN, -5, 0, 1])
@pytest.mark.parametrize("high", [1, 100, MAX])
def test_bounds_of_integers_and_ranges(low: int, high: int) -> None:
    syntax = f"integer({low}:{high})"
    assert fault(syntax, low) is None
    assert fault(syntax, high) is None
    assert low == MIN or fault(syntax, low - 1) is Fault.RANGE
    assert high == MAX or fault(syntax, high + 1) is Fault.RANGE
    syntax = f"rangeOfInteger({low}:{high})"
    assert fault(syntax, RangeOfInteger(low, high)) is None
    assert low == MIN or fault(syntax, RangeOfInteger(low - 1, high)) is Fault.RANGE
    assert high == MAX or fault(syntax, RangeOfInteger(low, high + 1)) is Fault.RANGE


def test_a_range_that_is_upside_down() -> None:
    assert fault("rangeOfInteger(1:MAX)", RangeOfInteger(2, 1)) is Fault.SYNTAX
    assert fault("rangeOfInteger(1:MAX)", RangeOfInteger(2, 2)) is None


@pytest.mark.parametrize(
    ("kind", "most"),
    [
        ("text", 1023),
        ("name", 255),
        ("keyword", 255),
        ("uri", 1023),
        ("uriScheme", 63),
        ("charset", 63),
        ("naturalLanguage", 63),
        ("mimeMediaType", 255),
    ],
)
def test_the_longest_strings(kind: str, most: int) -> None:
    """RFC 8011 section 5.1, the maximum of each syntax; text(MAX) and the like mean the same."""
    string = type(GOOD[kind])
    for syntax in (kind, f"{kind}(MAX)"):
        assert fault(syntax, string("a" * most)) is None  # type: ignore[call-arg, arg-type]
        assert fault(syntax, string("a" * (most + 1))) is Fault.TOO_LONG  # type: ignore[call-arg, arg-type]
    assert fault(f"{kind}(7)", string("a" * 8)) is Fault.TOO_LONG  # type: ignore[call-arg, arg-type]


def test_lengths_are_octets_not_characters() -> None:
    assert fault("name(4)", Name("éé")) is None
    assert fault("name(4)", Name("ééa")) is Fault.TOO_LONG
    assert fault("text(4)", TextWithLanguage("fr", "ééa")) is Fault.TOO_LONG
    assert fault("octetString(3)", b"abcd") is Fault.TOO_LONG
    assert fault("octetString(MAX)", b"a" * 1023) is None
    assert fault("octetString", b"a" * 1024) is Fault.TOO_LONG


@pytest.mark.parametrize(("kind", "string"), [("text", Text), ("name", Name)])
def test_people_s_words_may_be_anything_that_is_utf_8(kind: str, string: type[Text]) -> None:
    assert fault(kind, string("")) is None
    assert fault(kind, string("Büro 3, links\n")) is None
    assert fault(kind, string("\udcff")) is Fault.SYNTAX


@pytest.mark.parametrize("kind", ["keyword", "uri", "uriScheme", "charset", "naturalLanguage", "mimeMediaType"])
@pytest.mark.parametrize("text", ["", "a b", "a\n", "é", "\udcff", "\x7f"])
def test_protocol_words_are_printable_ascii_without_blanks(kind: str, text: str) -> None:
    assert fault(kind, type(GOOD[kind])(text)) is Fault.SYNTAX  # type: ignore[call-arg, arg-type]


def test_a_language_may_stand_where_text_or_name_does() -> None:
    assert fault("text(127)", TextWithLanguage("de", "hier")) is None
    assert fault("name(MAX)", NameWithLanguage("de", "hier")) is None
    assert fault("text(127)", NameWithLanguage("de", "hier")) is Fault.SYNTAX
    assert fault("keyword", NameWithLanguage("de", "hier")) is Fault.SYNTAX


@pytest.mark.parametrize(
    "value", [Resolution(0, 1), Resolution(1, 0), Resolution(-1, 1), Resolution(1, 1, 0), Resolution(1, 1, 5)]
)
def test_no_resolution(value: Resolution) -> None:
    assert fault("resolution", value) is Fault.SYNTAX
    assert fault("resolution", Resolution(1, 1, 4)) is None


def test_one_value_or_a_set() -> None:
    assert fault("keyword", Keyword("a"), Keyword("b")) is Fault.SYNTAX
    assert fault("1setOf keyword", Keyword("a"), Keyword("b")) is None
    assert fault("1setOf keyword", Keyword("a"), Name("b")) is Fault.SYNTAX
    assert fault("1setOf keyword") is Fault.SYNTAX


def test_out_of_band_values_only_where_the_syntax_has_them() -> None:
    assert fault("integer(0:MAX) | no-value", NO_VALUE) is None
    assert fault("dateTime | unknown", UNKNOWN) is None
    assert fault("integer(0:MAX) | no-value", UNKNOWN) is Fault.SYNTAX
    assert fault("integer(0:MAX)", NO_VALUE) is Fault.SYNTAX
    assert fault("1setOf keyword", UNSUPPORTED) is Fault.SYNTAX


def test_an_integer_is_no_enum_and_no_boolean() -> None:
    assert fault("integer", Enum(1)) is Fault.SYNTAX
    assert fault("integer", True) is Fault.SYNTAX
    assert fault("enum", 1) is Fault.SYNTAX
    assert fault("boolean", 1) is Fault.SYNTAX


def test_one_of_several_alternatives_is_enough() -> None:
    either = parse("integer(1:5) | integer(10:15)")
    assert either.value_problem(3) is None
    assert either.value_problem(12) is None
    problem = either.value_problem(7)
    assert problem is not None
    assert problem.fault is Fault.RANGE


def test_members_of_collections() -> None:
    size = with_members(parse("collection"), {"x": parse("integer(1:MAX)"), "y": parse("integer(1:MAX)")})
    outer = with_members(parse("1setOf collection"), {"size": size})

    def problem(*members: Attribute) -> Fault | None:
        found = outer.value_problem(Collection.of([Attribute("size", Collection.of(members))]))
        return None if found is None else found.fault

    assert problem(Attribute("x", 1), Attribute("y", 1)) is None
    assert problem(Attribute("z", Keyword("not judged here"))) is None
    assert problem(Attribute("x", 0)) is Fault.RANGE
    assert problem(Attribute("x", Keyword("1"))) is Fault.SYNTAX
    assert problem(Attribute("x", 1, 2)) is Fault.SYNTAX
    assert problem(Attribute("x", 1), Attribute("x", 1)) is Fault.SYNTAX


@given(st.sampled_from(REGISTERED), strategies.attributes)
@settings(max_examples=100, deadline=None)
def test_any_attribute_is_judged(text: str, attribute: Attribute) -> None:
    """Nothing that a client can send makes the judge fall over."""
    problem = parse(text).problem(attribute)
    assert problem is None or problem.message
