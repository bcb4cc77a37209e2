"""Page overrides – PWG 5100.6: other templates for some pages, documents or copies."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from firmware.core.catalog import allows
from firmware.core.feature import Feature
from firmware.core.printer import Printer
from firmware.core.resolve import page_fields
from firmware.core.ticket import Override
from firmware.ipp import UNSUPPORTED, Attribute, Collection, RangeOfInteger

overrides = Feature("overrides")

SELECTORS = ("document-copies", "document-numbers", "pages")
ALIAS = "document-number"
"""Older editions of IPP Everywhere call document-numbers so; both are understood."""


def supported(printer: Printer) -> list[str]:
    names = [
        name for name, template in printer.catalog.templates.items() if template.per_page and template.offered(printer)
    ]
    return [*SELECTORS, ALIAS, *sorted(names)]


def divide(printer: Printer, collection: Collection) -> tuple[Collection | None, Collection | None]:
    """A client's override: an override with anything that can't be honoured is not honoured at all."""
    bad = [wrong for member in collection.members if (wrong := _wrong(printer, member)) is not None]
    return (None, Collection.of(bad)) if bad else (collection, None)


def _wrong(printer: Printer, member: Attribute) -> Attribute | None:
    if member.name in (*SELECTORS, ALIAS):
        return None if _rising(member.values) else member
    template = printer.catalog.templates.get(member.name)
    if template is None or not template.per_page:
        return Attribute(member.name, UNSUPPORTED)
    good = template.syntax.problem(member) is None and all(allows(template, printer, value) for value in member.values)
    return None if good else member


def _rising(values: tuple[Any, ...]) -> bool:
    """Selector ranges rise and do not overlap."""
    if not all(isinstance(value, int | RangeOfInteger) for value in values):
        return False
    ranges = [_as_range(value) for value in values]
    whole = all(1 <= one.lower <= one.upper for one in ranges)
    return whole and all(one.upper < after.lower for one, after in pairwise(ranges))


def resolve(printer: Printer, values: tuple[Any, ...]) -> dict[str, Any]:
    return {"overrides": tuple(_override(printer, collection) for collection in values)}


def _override(printer: Printer, collection: Collection) -> Override:
    changes = [member for member in collection.members if member.name not in (*SELECTORS, ALIAS)]
    return Override(
        pages=_ranges(collection, "pages"),
        documents=_ranges(collection, "document-numbers") or _ranges(collection, ALIAS),
        copies=_ranges(collection, "document-copies"),
        changes=tuple(page_fields(printer, changes).items()),
    )


def _ranges(collection: Collection, name: str) -> tuple[tuple[int, int], ...]:
    member = collection.get(name)
    if member is None:
        return ()
    return tuple((one.lower, one.upper) for one in map(_as_range, member.values))


def _as_range(value: object) -> RangeOfInteger:
    """A range; a single number, as ``document-number`` may have it, is a range too."""
    if isinstance(value, RangeOfInteger):
        return value
    assert isinstance(value, int)
    return RangeOfInteger(value, value)


overrides.template("overrides", supported=supported, part=divide, resolve=resolve)
