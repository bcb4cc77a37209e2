"""Plain text to pages of lines: pure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.core.ticket import Media, PageTicket
from firmware.document.formats import typeset
from firmware.document.rendered import reading_frame


def pages(text: str, columns: int = 20, lines: int = 4) -> list[list[str]]:
    return list(typeset.pages(text, columns, lines))


def test_lines_end_in_every_way() -> None:
    assert pages("a\nb\r\nc\rd") == [["a", "b", "c", "d"]]
    assert pages("a\n\nb\n") == [["a", "", "b"]]


def test_pages_fill_up() -> None:
    assert pages("\n".join("abcdefghi")) == [list("abcd"), list("efgh"), ["i"]]
    assert pages("\n".join("abcd") + "\n") == [list("abcd")]


def test_form_feeds_end_pages() -> None:
    assert pages("a\fb") == [["a"], ["b"]]
    assert pages("a\n\fb\f") == [["a"], ["b"]]
    assert pages("\fa") == [[], ["a"]]
    assert pages("a\f\fb") == [["a"], [], ["b"]]
    assert pages("a\nb\nc\nd\n\fe") == [list("abcd"), ["e"]]
    assert pages("") == []


def test_tabs_stop_at_every_eighth_column() -> None:
    assert pages("\ta\tb\n1234567\tc\n12345678\td", 40) == [
        ["        a       b", "1234567 c", "12345678        d"],
    ]


@pytest.mark.parametrize(
    ("line", "rows"),
    [
        ("short", ["short"]),
        ("exactly twenty chars", ["exactly twenty chars"]),
        ("exactly twenty chars!", ["exactly twenty", "chars!"]),
        ("the words are wrapped at spaces", ["the words are", "wrapped at spaces"]),
        ("a" * 45, ["a" * 20, "a" * 20, "a" * 5]),
        ("ab " + "c" * 30, ["ab " + "c" * 17, "c" * 13]),
        ("漢字" * 6, ["漢字" * 5, "漢字"]),
        ("e\u0301" * 25, ["e\u0301" * 20, "e\u0301" * 5]),
        ("", [""]),
    ],
)
def test_wrapping(line: str, rows: list[str]) -> None:
    assert list(typeset.wrap(line, 20)) == rows


def test_decorations_and_control_characters_are_taken_out() -> None:
    assert typeset.clean("B\bBo\bol\bld\bd _\bu") == "Bold u"
    assert typeset.clean("\x1b[1;31mred\x1b[0m \x1b(Bplain\x07\x00") == "red plain"
    assert typeset.clean("\b\ba\b") == ""
    assert typeset.clean("soft\u00adhyphen zero\u200bwidth join\u200djoin") == "softhyphen zerowidth join\u200djoin"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("Grüße €".encode(), "Grüße €"),
        (b"\xef\xbb\xbfbom", "bom"),
        ("Grüße".encode("latin-1"), "Grüße"),
        (b"\x93quoted\x94 \x80 \x81", "“quoted” € \ufffd"),
        ("wide".encode("utf-16"), "wide"),
        ("größe".encode("utf-16-be").join([b"\xfe\xff", b""]), "größe"),
        (b"\xff\xfeo", "\ufffd"),
    ],
)
def test_character_sets(data: bytes, text: str) -> None:
    assert typeset.decode(data) == text


@given(st.text(max_size=300), st.integers(8, 40), st.integers(1, 5))
def test_no_row_is_too_wide_and_no_page_too_long(text: str, columns: int, lines: int) -> None:
    for page in typeset.pages(text, columns, lines):
        assert len(page) <= lines
        for row in page:
            assert sum(map(typeset.width, row)) <= columns


@given(st.text(st.characters(categories=["L", "N", "P", "S"]), max_size=200))
def test_wrapping_loses_nothing_but_spaces(line: str) -> None:
    assert "".join(typeset.wrap(line, 13)) == line


def test_the_page_is_the_media_as_its_reader_turns_it() -> None:
    media = Media("m", 100, 200, left=1, top=2, right=3, bottom=4)
    frames = {value: reading_frame(PageTicket(media, orientation=value)) for value in (None, 3, 4, 5, 6, 7)}
    upright = {"width": 100, "height": 200, "left": 1, "top": 2, "right": 3, "bottom": 4}
    assert frames[None] == frames[3] == frames[7] == upright
    # Turned counter-clockwise, what is the reader's top lies at the media's left.
    assert frames[4] == {"width": 200, "height": 100, "left": 4, "top": 1, "right": 2, "bottom": 3}
    assert frames[5] == {"width": 200, "height": 100, "left": 2, "top": 3, "right": 4, "bottom": 1}
    assert frames[6] == {"width": 100, "height": 200, "left": 3, "top": 4, "right": 1, "bottom": 2}
