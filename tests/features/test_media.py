"""Media – PWG 5100.3, PWG 5100.7 and PWG 5101.1: sizes, sources, types, margins, and what is loaded."""

from __future__ import annotations

import pytest

from firmware.core.media import dimensions, size_collection, to_collection
from firmware.core.ticket import Media
from firmware.features.media import (
    MEMBERS,
    TOLERANCE,
    database,
    default_media,
    divide,
    from_collection,
    from_name,
    is_size_name,
    loaded,
    named,
)
from firmware.ipp import (
    UNSUPPORTED,
    Attribute,
    Collection,
    GroupTag,
    Keyword,
    Name,
    Operation,
    RangeOfInteger,
    Status,
    Value,
)
from tests.printer import A4, A5, COLOR, CUSTOM, LETTER, MONO, OPERATOR, Desk, group, keyword, values

A4_MM = size_collection(21000, 29700)


def col(*members: Attribute) -> Collection:
    return Collection.of(members)


def media_col(*members: Attribute) -> Attribute:
    return Attribute("media-col", col(*members))


def size(width: int, height: int) -> Attribute:
    return Attribute("media-size", size_collection(width, height))


# ---------------------------------------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("value", "good"),
    [
        (Keyword(A4), True),
        (Name(A4), True),
        (Keyword("custom_mine_100x150mm"), True),
        (Keyword("custom_mine_4x6in"), True),
        (Keyword("custom_tiny_10x10mm"), False),
        (Keyword("iso_a0_841x1189mm"), False),
        (Keyword("iso_a6_105x148mm"), False),
        (Keyword("a4"), False),
        (Name("my paper"), False),
        (1, False),
    ],
)
def test_names_of_sizes(value: Value, good: bool) -> None:
    assert is_size_name(Desk(COLOR).printer, value) is good
    if isinstance(value, Keyword):
        answer = Desk(COLOR).submit(Attribute("media", value))
        assert answer.unsupported == ([] if good else [Attribute("media", value)])


def test_custom_names_only_where_there_are_custom_sizes() -> None:
    assert not is_size_name(Desk(MONO).printer, Keyword("custom_mine_100x150mm"))


def test_a_name_means_the_usual_sheet_of_that_size() -> None:
    assert from_name(Desk().printer, LETTER) == Media(LETTER, 21590, 27940, 423, 423, 423, 423)


# ------------------------------------------------------------------------------------------- media-col


@pytest.mark.parametrize(("off", "found"), [(0, A4), (TOLERANCE, A4), (-TOLERANCE, A4), (TOLERANCE + 1, None)])
def test_sizes_are_found_within_tolerance(off: int, found: str | None) -> None:
    """Hosts round to points and back."""
    assert named(Desk(MONO).printer, 21000 + off, 29700 - off) == found


def test_a_whole_collection() -> None:
    sheet = Media(A5, 14800, 21000, 0, 423, 423, 0, "alternate", "labels")
    printer = Desk(COLOR).printer
    assert divide(printer, to_collection(sheet)) == (to_collection(sheet), None)
    assert from_collection(printer, to_collection(sheet)) == sheet


def test_what_a_collection_leaves_open() -> None:
    printer = Desk(COLOR).printer
    assert from_collection(printer, col(size(14800, 21000))).name == A5
    sheet = from_collection(printer, col(keyword("media-type", "labels")))
    assert (sheet.name, sheet.type, sheet.source, sheet.top) == (A4, "labels", "auto", 423)
    by_name = from_collection(printer, col(keyword("media-size-name", LETTER)))
    assert (by_name.name, by_name.width) == (LETTER, 21590)


def test_a_size_that_is_nobody_s() -> None:
    sheet = from_collection(Desk(COLOR).printer, col(size(10000, 12345)))
    assert (sheet.name, sheet.width, sheet.height) == ("custom_custom_100x123.45mm", 10000, 12345)


@pytest.mark.parametrize(
    ("member", "good"),
    [
        (size(21000, 29700), True),
        (size(21010, 29690), True),
        (size(10000, 12345), True),
        (size(1, 1), False),
        (Attribute("media-size", Collection()), False),
        (Attribute("media-size", size_collection(RangeOfInteger(1, 2), 29700)), False),
        (keyword("media-size-name", A4), True),
        (keyword("media-size-name", "iso_a0_841x1189mm"), False),
        (keyword("media-type", "labels"), True),
        (keyword("media-type", "gold"), False),
        (keyword("media-source", "auto"), True),
        (keyword("media-source", "alternate"), True),
        (keyword("media-source", "tray-9"), False),
        (Attribute("media-top-margin", 0), True),
        (Attribute("media-top-margin", 423), True),
        (Attribute("media-top-margin", 100), False),
    ],
)
def test_each_member(member: Attribute, good: bool) -> None:
    able, unable = divide(Desk(COLOR).printer, col(member))
    assert able == (col(member) if good else None)
    assert unable == (None if good else col(member))


def test_members_that_are_not_known_are_told_as_such() -> None:
    answer = Desk(COLOR).submit(media_col(size(21000, 29700), keyword("media-tooth", "smooth")))
    assert answer.status == Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES
    assert answer.unsupported == [media_col(Attribute("media-tooth", UNSUPPORTED))]


def test_one_bad_member_does_not_spoil_the_others() -> None:
    desk = Desk(COLOR)
    desk.print(media_col(size(14800, 21000), keyword("media-source", "tray-9")))
    order = desk.order()
    assert (order.ticket.page.media.name, order.ticket.page.media.source) == (A5, "auto")
    assert order.media_asked


# ------------------------------------------------------------------------------------------ what is told


def test_what_is_supported() -> None:
    told = Desk(COLOR).ask(Operation.GET_PRINTER_ATTRIBUTES).printer
    assert values(told, "media-supported") == (
        *COLOR.media.sizes, "custom_min_70x100mm", "custom_max_300x1200mm",
    )  # fmt: skip
    assert values(told, "media-col-supported") == MEMBERS
    assert values(told, "media-source-supported") == ("auto", "main", "alternate", "photo")
    assert values(told, "media-type-supported") == COLOR.media.types
    for side in ("top", "bottom", "left", "right"):
        assert values(told, f"media-{side}-margin-supported") == (0, 423)
    sizes = values(told, "media-size-supported")
    assert sizes[0] == A4_MM
    assert sizes[-1] == size_collection(RangeOfInteger(7000, 30000), RangeOfInteger(10000, 120000))
    assert len(sizes) == len(COLOR.media.sizes) + 1


def test_what_is_loaded() -> None:
    desk = Desk(COLOR)
    told = desk.ask(Operation.GET_PRINTER_ATTRIBUTES).printer
    assert values(told, "media-ready") == (A4, LETTER, "na_index-4x6_4x6in")
    assert values(told, "media-col-ready") == tuple(map(to_collection, loaded(desk.printer)))
    assert len(loaded(desk.printer)) == 3 * 2
    assert {sheet.source for sheet in loaded(desk.printer)} == {"main", "alternate", "photo"}


@pytest.mark.parametrize(("model", "count"), [(MONO, 3), (COLOR, 6 * 2 + 2), (CUSTOM, 3 + 1)])
def test_the_database_has_every_size_with_every_margin(model: object, count: int) -> None:
    sheets = list(database(Desk(model).printer))  # type: ignore[arg-type]
    assert len(sheets) == count
    assert len(set(sheets)) == count
    assert all("media-source" not in sheet for sheet in sheets)


# --------------------------------------------------------------------------------------------- defaults


def set_default(desk: Desk, attribute: Attribute) -> Status:
    groups = [group(GroupTag.PRINTER, attribute)]
    return desk.ask(Operation.SET_PRINTER_ATTRIBUTES, caller=OPERATOR, groups=groups).status


def defaults(desk: Desk) -> tuple[Value, Value]:
    told = desk.ask(Operation.GET_PRINTER_ATTRIBUTES).printer
    return values(told, "media-default")[0], values(told, "media-col-default")[0]


def test_the_default_is_the_model_s() -> None:
    desk = Desk(COLOR)
    assert default_media(desk.printer).name == A4
    assert defaults(desk) == (A4, to_collection(from_name(desk.printer, A4)))


def test_the_default_of_a_model_that_does_not_say() -> None:
    assert default_media(Desk(MONO).printer).name == MONO.media.trays[0].size


def test_media_default_and_media_col_default_say_the_same() -> None:
    """PWG 5100.7 section 6.9.11: setting one changes the other."""
    desk = Desk(COLOR)
    assert set_default(desk, keyword("media-default", LETTER)) == Status.SUCCESSFUL_OK
    assert defaults(desk) == (LETTER, to_collection(from_name(desk.printer, LETTER)))
    chosen = col(size(14800, 21000), keyword("media-type", "labels"))
    assert set_default(desk, Attribute("media-col-default", chosen)) == Status.SUCCESSFUL_OK
    assert defaults(desk) == (A5, chosen)
    assert default_media(desk.printer).type == "labels"
    assert set_default(desk, keyword("media-default", LETTER)) == Status.SUCCESSFUL_OK
    assert default_media(desk.printer) == from_name(desk.printer, LETTER)


def test_a_default_that_is_not_supported() -> None:
    desk = Desk(COLOR)
    wrong = Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED
    assert set_default(desk, keyword("media-default", "iso_a0_841x1189mm")) == wrong
    bad = col(size(14800, 21000), keyword("media-source", "tray-9"))
    assert set_default(desk, Attribute("media-col-default", bad)) == wrong
    assert defaults(desk)[0] == A4


def test_jobs_get_the_default_unless_they_say_so() -> None:
    desk = Desk(COLOR)
    set_default(desk, keyword("media-default", LETTER))
    desk.press(desk.print())
    assert desk.order().ticket.page.media.name == LETTER
    desk.print(keyword("media", A5))
    assert desk.order().ticket.page.media.name == A5


def test_trays_are_told_with_what_lies_in_them() -> None:
    """printer-input-tray and printer-output-tray, PWG 5100.13: one value for each source and each bin."""
    told = Desk(COLOR).ask(Operation.GET_PRINTER_ATTRIBUTES).printer
    trays = [_keys(tray) for tray in values(told, "printer-input-tray")]
    assert [tray["name"] for tray in trays] == list(values(told, "media-source-supported"))
    for tray, model in zip(trays[1:], COLOR.media.trays, strict=True):
        width, height = dimensions(model.size)
        assert (tray["mediaxfeed"], tray["mediafeed"]) == (str(width * 10), str(height * 10))
        assert tray["maxcapacity"] == str(model.capacity)
    bins = [_keys(tray) for tray in values(told, "printer-output-tray")]
    assert [tray["name"] for tray in bins] == list(values(told, "output-bin-supported"))


def _keys(tray: object) -> dict[str, str]:
    assert isinstance(tray, bytes)
    pairs = tray.decode().removesuffix(";").split(";")
    return {key: value for key, _, value in (pair.partition("=") for pair in pairs)}
