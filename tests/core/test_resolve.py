"""From attributes to tickets: the printer's defaults, then what the job says, then its overrides."""

from __future__ import annotations

from typing import Any

import pytest

from firmware.core.resolve import default_values, page_fields, plain, resolve
from firmware.core.ticket import Media, Override, Ticket
from firmware.ipp import (
    NO_VALUE,
    Attribute,
    Collection,
    DateTime,
    Enum,
    Keyword,
    Name,
    NameWithLanguage,
    RangeOfInteger,
    Resolution,
)
from tests.printer import A3, A4, COLOR, LETTER, LONG, MONO, SHORT, Desk, keyword


def ticket(*attributes: Attribute, settings: tuple[Attribute, ...] = (), desk: Desk | None = None) -> Ticket:
    desk = desk or Desk()
    desk.printer.change_settings({attribute.name: attribute for attribute in settings}, desk.now)
    return resolve(desk.printer, attributes, False)


def test_the_plainest_ticket() -> None:
    found = ticket()
    assert found.page.media == Media(A4, 21000, 29700, 423, 423, 423, 423)
    assert (found.page.sides, found.page.scaling, found.page.color_mode) == ("one-sided", "auto", "auto")
    assert (found.page.orientation, found.page.resolution, found.page.quality) == (None, None, 4)
    assert (found.copies, found.collated, found.number_up, found.page_ranges) == (1, True, 1, ())
    assert found.overrides == ()


@pytest.mark.parametrize(
    ("attribute", "field", "value"),
    [
        (Attribute("copies", 7), "copies", 7),
        (Attribute("page-ranges", RangeOfInteger(1, 2), RangeOfInteger(5, 5)), "page_ranges", ((1, 2), (5, 5))),
        (Attribute("number-up", 4), "number_up", 4),
        (keyword("presentation-direction-number-up", "totop-toleft"), "presentation", "totop-toleft"),
        (keyword("sheet-collate", "uncollated"), "collated", False),
        (
            keyword("multiple-document-handling", "separate-documents-collated-copies"),
            "document_handling",
            "separate-documents-collated-copies",
        ),
    ],
)
def test_attributes_of_the_whole_job(attribute: Attribute, field: str, value: object) -> None:
    assert getattr(ticket(attribute), field) == value


PAGE: list[tuple[Attribute, str, object]] = [
    (keyword("sides", LONG), "sides", LONG),
    (Attribute("orientation-requested", Enum(4)), "orientation", 4),
    (Attribute("orientation-requested", Enum(7)), "orientation", None),
    (Attribute("print-quality", Enum(5)), "quality", 5),
    (Attribute("printer-resolution", Resolution(600, 600)), "resolution", (600, 600)),
    (Attribute("printer-resolution", Resolution(236, 236, 4)), "resolution", (599, 599)),
    (keyword("print-color-mode", "monochrome"), "color_mode", "monochrome"),
    (keyword("print-scaling", "fill"), "scaling", "fill"),
    (keyword("output-bin", "face-up"), "output_bin", "face-up"),
    (keyword("media", A3), "media", Media(A3, 29700, 42000, 423, 423, 423, 423)),
]


@pytest.mark.parametrize(("attribute", "field", "value"), PAGE)
def test_attributes_of_pages(attribute: Attribute, field: str, value: object) -> None:
    assert getattr(ticket(attribute).page, field) == value
    assert page_fields(Desk().printer, [attribute]) == {field: value}


def test_overrides_change_pages_only() -> None:
    changes = [Attribute("pages", RangeOfInteger(2, 3)), keyword("sides", SHORT), keyword("media", LETTER)]
    found = ticket(Attribute("overrides", Collection.of(changes)))
    (override,) = found.overrides
    assert isinstance(override, Override)
    assert (override.pages, override.documents, override.copies) == (((2, 3),), (), ())
    assert dict(override.changes)["sides"] == SHORT
    assert found.for_page(1, 2, 1).media.name == LETTER
    assert found.for_page(1, 1, 1).media.name == A4
    assert page_fields(Desk().printer, [Attribute("copies", 2), keyword("no-such-attribute", "x")]) == {}


def test_settings_before_the_model_and_the_job_before_all() -> None:
    quality = Attribute("print-quality-default", Enum(5))
    settings = (keyword("sides-default", LONG), quality, keyword("media-default", LETTER))
    found = ticket(settings=settings)
    assert (found.page.sides, found.page.quality, found.page.media.name) == (LONG, 5, LETTER)
    found = ticket(keyword("sides", SHORT), keyword("media", A3), settings=settings)
    assert (found.page.sides, found.page.quality, found.page.media.name) == (SHORT, 5, A3)


def test_defaults_that_do_not_bind_wait_until_somebody_sets_them() -> None:
    """printer-resolution-default is told, but without a wish print-quality decides."""
    assert ticket().page.resolution is None
    setting = Attribute("printer-resolution-default", Resolution(150, 150))
    assert ticket(settings=(setting,)).page.resolution == (150, 150)
    assert ticket(settings=(Attribute("orientation-requested-default", Enum(4)),)).page.orientation == 4


def test_values_of_defaults() -> None:
    desk = Desk()
    templates = desk.catalog.templates
    assert default_values(desk.printer, templates["page-ranges"]) == ()
    assert default_values(desk.printer, templates["orientation-requested"]) == (NO_VALUE,)
    desk.printer.change_settings({"copies-default": Attribute("copies-default", 3)}, desk.now)
    assert default_values(desk.printer, templates["copies"]) == (3,)


@pytest.mark.parametrize("model", [MONO, COLOR])
def test_fidelity_is_on_the_ticket(model: Any) -> None:
    assert resolve(Desk(model).printer, (), True).fidelity


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        (Attribute("copies", 2), 2),
        (keyword("sides", LONG), LONG),
        (Attribute("print-quality", Enum(4)), "normal"),
        (Attribute("finishings", Enum(3), Enum(4)), ["none", "staple"]),
        (Attribute("page-ranges", RangeOfInteger(1, 2)), "1-2"),
        (Attribute("printer-resolution", Resolution(600, 600)), "600dpi"),
        (Attribute("x", True), True),
        (Attribute("x", b"\0\xff"), "AP8="),
        (Attribute("x", NO_VALUE), "no-value"),
        (Attribute("x", Name("Jos\xe9")), "Jos\xe9"),
        (Attribute("x", NameWithLanguage("fr", "a")), '"a"[fr]'),
        (Attribute("x", DateTime(2026, 1, 2, 3, 4, 5)), "2026-01-02T03:04:05.0+00:00"),
        (Attribute("media-col", Collection.of([keyword("media-type", "labels")])), {"media-type": "labels"}),
    ],
)
def test_records_are_plain_values(attribute: Attribute, value: object) -> None:
    assert plain([attribute]) == {attribute.name: value}


def test_records_keep_no_secret() -> None:
    secret = Attribute("job-password", b"sesame")
    record = plain([secret, Attribute("x", Collection.of([secret, Attribute("y", Keyword("z"))]))])
    assert record == {"x": {"y": "z"}}
