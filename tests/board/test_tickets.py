"""``-o name=value``: job template attributes as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from board.tickets import OptionError, parse_option, split
from firmware.ipp import (
    Attribute,
    Collection,
    Enum,
    Keyword,
    Name,
    RangeOfInteger,
    Resolution,
    Value,
    iana,
    registry,
)
from tests.printer import Desk, keyword


@pytest.mark.parametrize(
    ("option", "values"),
    [
        ("copies=2", (2,)),
        ("sides=two-sided-long-edge", (Keyword("two-sided-long-edge"),)),
        ("page-ranges=1-3,5-5", (RangeOfInteger(1, 3), RangeOfInteger(5, 5))),
        ("page-ranges=7", (RangeOfInteger(7, 7),)),
        ("print-quality=high", (Enum(5),)),
        ("print-quality=5", (Enum(5),)),
        ("finishings=staple,punch", (Enum(4), Enum(5))),
        ("orientation-requested=landscape", (Enum(4),)),
        ("printer-resolution=600dpi", (Resolution(600, 600),)),
        ("printer-resolution=600x300dpi", (Resolution(600, 300),)),
        ("printer-resolution=118dpcm", (Resolution(118, 118, 4),)),
        ("media=na_index-4x6_4x6in", (Keyword("na_index-4x6_4x6in"),)),
        ("media=My Paper", (Name("My Paper"),)),
        ("job-priority=1", (1,)),
        ("job-account-id=a=b", (Name("a=b"),)),
        ("media-col={media-type=labels media-top-margin=0}",
         (Collection.of([keyword("media-type", "labels"), Attribute("media-top-margin", 0)]),)),
        ("media-col={media-size={x-dimension=21000 y-dimension=29700}}",
         (Collection.of([Attribute("media-size", Collection.of(
             [Attribute("x-dimension", 21000), Attribute("y-dimension", 29700)]))]),)),
        ("overrides={pages=1-2,4 sides=one-sided},{pages=9 print-quality=draft}",
         (Collection.of(
             [Attribute("pages", RangeOfInteger(1, 2), RangeOfInteger(4, 4)), keyword("sides", "one-sided")]),
          Collection.of([Attribute("pages", RangeOfInteger(9, 9)), Attribute("print-quality", Enum(3))]))),
    ],
)  # fmt: skip
def test_what_people_write(option: str, values: tuple[Value, ...]) -> None:
    name = option.partition("=")[0]
    assert parse_option(option) == Attribute(name, *values)


@pytest.mark.parametrize(
    ("option", "says"),
    [
        ("side=x", "did you mean sides"),
        ("copie=2", "did you mean copies"),
        ("zzzzzz=1", "'zzzzzz' is no job template attribute"),
        ("copies", "-o copies=VALUE"),
        ("copies=", "-o copies=VALUE"),
        ("copies=two", "'two' is no integer"),
        ("copies=0", "0 is not in 1:"),
        ("copies=1,2", "one is the most"),
        ("copies=99999999999", "is no integer"),
        ("copies=9999999999", "not in"),
        ("sides=Two Sided", "is no keyword"),
        ("sides=", "VALUE"),
        ("page-ranges=0-3", "not in"),
        ("page-ranges=3-1", "upside down"),
        ("page-ranges=a", "is no rangeOfInteger"),
        ("printer-resolution=600", "is no resolution"),
        ("printer-resolution=0dpi", "no resolution"),
        ("print-quality=best", "'best' is no enum"),
        ("media-col=labels", "is no collection"),
        ("media-col={mood=good}", "'mood' is no member of media-col"),
        ("media-col={media-size={x-dimension=0}}", "not in"),
    ],
)
def test_what_can_t_be_understood_is_told_in_one_line(option: str, says: str) -> None:
    with pytest.raises(OptionError) as caught:
        parse_option(option)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "parts"), [("a", ["a"]), ("a,b", ["a", "b"]), ("{a,b},c", ["{a,b}", "c"]), ("{a={b,c}}", ["{a={b,c}}"])]
)
def test_commas_within_braces_divide_nothing(text: str, parts: list[str]) -> None:
    assert split(text) == parts


@given(st.sampled_from(sorted(iana.ATTRIBUTES["Job Template"])), st.text(max_size=20))
@settings(max_examples=200, deadline=None)
def test_whatever_is_typed_is_an_attribute_of_its_syntax_or_an_error(name: str, text: str) -> None:
    try:
        attribute = parse_option(f"{name}={text}")
    except OptionError:
        return
    syntax = registry.syntax(name, registry.JOB_TEMPLATE)
    assert syntax is not None
    assert syntax.problem(attribute) is None


@pytest.mark.parametrize("name", ["sides", "print-color-mode", "print-scaling", "sheet-collate", "output-bin"])
def test_every_keyword_that_the_printer_tells_can_be_typed(name: str) -> None:
    desk = Desk()
    for value in desk.catalog.templates[name].supported(desk.printer):
        assert desk.submit(parse_option(f"{name}={value}")).unsupported == []
