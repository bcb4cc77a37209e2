"""Messages as text: complete, one line for each attribute, and silent about secrets."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.ipp import (
    NO_VALUE,
    Attribute,
    AttributeGroup,
    Collection,
    DateTime,
    Encoded,
    Enum,
    Keyword,
    Message,
    MimeMediaType,
    Name,
    NameWithLanguage,
    OutOfBand,
    RangeOfInteger,
    RawValue,
    Resolution,
    Text,
    TextWithLanguage,
    Uri,
    Value,
    encode_attribute,
)
from firmware.ipp.dump import SECRET, bare_uri, code_label, dump, dump_attribute, quote
from tests.ipp import strategies


def test_a_request() -> None:
    message = Message.request(0x0002, [Attribute("printer-uri", Uri("ipp://h/ipp/print"))], 5, (2, 0))
    message.groups.append(AttributeGroup(2, [Attribute("copies", 2), Attribute("sides", Keyword("one-sided"))]))
    assert dump(message, request=True).splitlines() == [
        "OPERATION Print-Job",
        "VERSION 2.0",
        "REQUEST-ID 5",
        "GROUP operation-attributes-tag",
        "ATTR charset attributes-charset utf-8",
        "ATTR naturalLanguage attributes-natural-language en",
        "ATTR uri printer-uri ipp://h/ipp/print",
        "GROUP job-attributes-tag",
        "ATTR integer copies 2",
        "ATTR keyword sides one-sided",
    ]


def test_a_response_and_strangers() -> None:
    message = Message(0x0001, 5, [AttributeGroup(0x0E)], (1, 1))
    assert dump(message, request=False).splitlines() == [
        "STATUS successful-ok-ignored-or-substituted-attributes",
        "VERSION 1.1",
        "REQUEST-ID 5",
        "GROUP group-0x0e",
    ]
    assert code_label(0x4001, request=True) == "0x4001"
    assert code_label(0x3FFF, request=False) == "0x3fff"


@pytest.mark.parametrize(
    ("attribute", "line"),
    [
        (Attribute("job-name", Name('a "b", c')), 'nameWithoutLanguage job-name "a \\"b\\", c"'),
        (Attribute("x", Text("a\nb")), 'textWithoutLanguage x "a\\\\nb"'),
        (Attribute("x", TextWithLanguage("fr", "é")), 'textWithLanguage x "é"[fr]'),
        (Attribute("x", NameWithLanguage("fr", "é")), 'nameWithLanguage x "é"[fr]'),
        (Attribute("x", True, False), "boolean x true,false"),
        (Attribute("print-quality", Enum(4)), "enum print-quality normal"),
        (Attribute("operations-supported", Enum(2), Enum(0x4001)), "enum operations-supported Print-Job,0x4001"),
        (Attribute("x", RangeOfInteger(1, 5)), "rangeOfInteger x 1-5"),
        (Attribute("x", Resolution(600, 600)), "resolution x 600dpi"),
        (Attribute("x", Resolution(600, 300, 4)), "resolution x 600x300dpcm"),
        (Attribute("x", Resolution(1, 1, 9)), "resolution x 1?9"),
        (Attribute("x", DateTime(2026, 1, 2, 3, 4, 5, 6, "-", 7, 8)), "dateTime x 2026-01-02T03:04:05.6-07:08"),
        (Attribute("x", b"abc"), 'octetString x "abc"'),
        (Attribute("x", b"a\0c"), "octetString x <610063>"),
        (Attribute("x", NO_VALUE), "no-value x no-value"),
        (Attribute("x", OutOfBand(0x1E, b"zz")), "0x1e x 0x1e"),
        (Attribute("x", RawValue(0x4B, b"\1")), "0x4b x <01>"),
        (Attribute("x", MimeMediaType("a,b")), 'mimeMediaType x "a,b"'),
        (Attribute("x", Keyword("\udcff")), 'keyword x "\\\\xff"'),
        (
            Attribute("media-col", Collection.of([Attribute("a", 1, 2), Attribute("b", Collection())])),
            "collection media-col {a=1,2 b={}}",
        ),
    ],
)
def test_each_kind_of_value(attribute: Attribute, line: str) -> None:
    assert dump_attribute(attribute) == line


@given(strategies.attributes_of(strategies.plain_values, st.from_regex(r"[a-z-]{1,20}", fullmatch=True)))
@settings(max_examples=150, deadline=None)
def test_one_line_for_each_attribute(attribute: Attribute) -> None:
    for value in attribute.values:
        if not _told_as_it_came(value):
            line = dump_attribute(Attribute(attribute.name, value))
            assert line.isprintable()
            assert line.splitlines() == [line]


def _told_as_it_came(value: Value) -> bool:
    """Languages and directions of time zones that are no such thing."""
    if isinstance(value, TextWithLanguage | NameWithLanguage):
        return not value.language.isprintable()
    return isinstance(value, DateTime) and not value.direction.isprintable()


@pytest.mark.parametrize("name", sorted(SECRET))
def test_secrets_are_not_shown(name: str) -> None:
    secret = Attribute(name, b"sesame", Text("sesame"))
    within = Attribute("x", Collection.of([Attribute("y", Collection.of([secret]))]))
    for attribute in (secret, within):
        line = dump_attribute(attribute)
        assert "(not shown)" in line
        assert "sesame" not in line
        assert b"sesame".hex() not in line


@pytest.mark.parametrize(
    ("uri", "bare"),
    [
        ("http://h:80/a?token=sesame#b", "http://h:80/a"),
        ("http://bob:sesame@h/a@b", "http://h/a@b"),
        ("http://bob:ses@me@h", "http://h"),
        ("//bob:sesame@h/", "//h/"),
        ("http:bob:sesame@h", "http:h"),
        ("urn:uuid:1", "urn:uuid:1"),
        ("", ""),
    ],
)
def test_uris_are_shown_without_what_may_be_a_secret(uri: str, bare: str) -> None:
    assert bare_uri(uri) == bare
    assert dump_attribute(Attribute("document-uri", Uri(uri))) == f"uri document-uri {bare}"


def test_passwords_in_any_uri_are_not_shown() -> None:
    assert dump_attribute(Attribute("job-uri", Uri("ipp://bob:sesame@h/1?x=y"))) == "uri job-uri ipp://h/1?x=y"


def test_quotes_and_escapes() -> None:
    assert quote("plain") == '"plain"'
    assert quote('\\"') == '"\\\\\\""'
    assert quote("\x00\u2028").isprintable()


def test_attributes_that_are_octets_already_are_not_read_back() -> None:
    """What goes out encoded is dumped from the wire: ``dump(decode(octets))``."""
    group = AttributeGroup(2, [Encoded("copies", encode_attribute(Attribute("copies", 1)))])
    assert "copies" not in dump(Message(0, 1, [group]), request=False)
