"""Production printing – PWG 5100.3: covers, inserted and separator sheets, job sheets, imposition, image shift."""

from __future__ import annotations

import pytest

from firmware.core.ticket import Cover, ExtraSheets, Insert, Ticket
from firmware.features.production import production
from firmware.ipp import UNSUPPORTED, Attribute, Collection, Enum, Name, Operation, RangeOfInteger, Status
from firmware.ipp.values import Text
from tests.printer import A5, FINISHER, LETTER, MONO, Desk, keyword


def col(name: str, *members: Attribute) -> Attribute:
    return Attribute(name, Collection.of(members))


def ticket(*asked: Attribute) -> Ticket:
    desk = Desk(FINISHER)
    answer = desk.submit(*asked)
    assert answer.status == Status.SUCCESSFUL_OK, answer.unsupported
    desk.deliver(answer)
    return desk.order().ticket


def test_only_a_model_that_does_such_things_tells_of_them() -> None:
    told = set(Desk(FINISHER).ask(Operation.GET_PRINTER_ATTRIBUTES).printer.names())
    names = {f"{template.name}-supported" for template in production.templates}
    assert names <= told
    plain = set(Desk(MONO).ask(Operation.GET_PRINTER_ATTRIBUTES).printer.names())
    assert plain & names == {"job-sheets-supported"}, "RFC 8011 wants this one of everybody: none"
    answer = Desk(MONO).submit(keyword("imposition-template", "booklet"))
    assert answer.unsupported == [Attribute("imposition-template", UNSUPPORTED)]


def test_covers() -> None:
    found = ticket(
        col("cover-front", keyword("cover-type", "print-both"), keyword("media", LETTER)),
        col("cover-back", keyword("cover-type", "no-cover")),
    )
    assert found.cover_front is not None
    assert (found.cover_front.kind, found.cover_front.media.name) == ("print-both", LETTER)  # type: ignore[union-attr]
    assert found.cover_back is None
    assert ticket(col("cover-back", keyword("cover-type", "print-none"))).cover_back == Cover("print-none")


def test_inserts_in_their_order() -> None:
    def insert(after: int, count: int) -> Collection:
        return Collection.of([Attribute("insert-after-page-number", after), Attribute("insert-count", count)])

    assert ticket(Attribute("insert-sheet", insert(2, 1), insert(0, 3))).inserts == (Insert(2, 1), Insert(0, 3))


def test_sheets_that_the_printer_adds() -> None:
    found = ticket(
        col("separator-sheets", keyword("separator-sheets-type", "slip-sheets")),
        keyword("job-sheets", "standard"),
        Attribute("job-sheet-message", Text("Room 7")),
        Attribute("job-recipient-name", Name("Zoë")),
        Attribute("job-message-to-operator", Text("Blue paper, please")),
        col("job-error-sheet", keyword("job-error-sheet-type", "standard"), keyword("job-error-sheet-when", "always")),
        col("job-accounting-sheets", keyword("job-accounting-sheets-type", "standard")),
    )
    assert found.separators.kind == "slip-sheets"
    assert (found.job_sheets, found.sheet_message) == (ExtraSheets("standard"), "Room 7")
    assert (found.recipient, found.operator_message) == ("Zoë", "Blue paper, please")
    assert (found.error_sheet.kind, found.error_sheet.when) == ("standard", "always")
    assert found.accounting_sheets.kind == "standard"
    assert ticket(col("job-sheets-col", keyword("job-sheets", "job-end-sheet"))).job_sheets.kind == "job-end-sheet"


def test_pages_on_sheets() -> None:
    found = ticket(
        keyword("imposition-template", "signature"),
        keyword("page-delivery", "reverse-order-face-up"),
        Attribute("force-front-side", 2, 5),
        keyword("x-image-position", "left"),
        Attribute("x-image-shift", 500),
        Attribute("x-side2-image-shift", -500),
        Attribute("y-image-shift", 100),
        Attribute("image-orientation", Enum(6)),
    )
    assert (found.imposition, found.delivery, found.force_front) == ("signature", "reverse-order-face-up", (2, 5))
    assert (found.page.x_position, found.page.orientation) == ("left", 6)
    assert (found.page.shift(False), found.page.shift(True)) == ((500, 100), (-500, 100))


def test_a_shift_may_be_overridden_for_a_page() -> None:
    pages = Attribute("pages", RangeOfInteger(2, 2))
    found = ticket(Attribute("overrides", Collection.of([pages, Attribute("x-image-shift", 700)])))
    assert [found.for_page(1, number, 1).shift(False) for number in (1, 2)] == [(0, 0), (700, 0)]


@pytest.mark.parametrize(
    "wrong",
    [
        col("cover-front", keyword("cover-type", "gold")),
        col("cover-front", keyword("cover-type", "print-none"), keyword("media", "iso_a0_841x1189mm")),
        col("insert-sheet", Attribute("insert-count", 101)),
        col("insert-sheet", Attribute("insert-after-page-number", 1), keyword("media", A5), col("media-col")),
        col("separator-sheets", keyword("separator-sheets-type", "slips")),
        col("job-error-sheet", keyword("job-error-sheet-when", "never")),
        Attribute("x-image-shift", 50_001),
        Attribute("force-front-side", 65_536),
        keyword("page-delivery", "by-hand"),
    ],
)
def test_what_can_t_be_done_is_told(wrong: Attribute) -> None:
    answer = Desk(FINISHER).submit(wrong)
    assert [attribute.name for attribute in answer.unsupported] == [wrong.name]
