"""Production printing – PWG 5100.3: covers, inserted and separator sheets, job sheets, imposition, image shift."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from firmware.core.catalog import allows
from firmware.core.feature import Feature
from firmware.core.printer import Printer
from firmware.core.ticket import Cover, ExtraSheets, Insert, Media
from firmware.ipp import NO_VALUE, UNSUPPORTED, Attribute, Collection, Keyword, RangeOfInteger
from firmware.ipp.values import Name, Text

production = Feature("production", requires=["job_template", "media"])

MEDIA = ("media", "media-col")
COVERS = ("no-cover", "print-none", "print-front", "print-back", "print-both")
SEPARATORS = ("none", "slip-sheets", "start-sheet", "end-sheet", "both-sheets")
JOB_SHEETS = ("none", "standard", "job-start-sheet", "job-end-sheet", "job-both-sheets", "job-both-sheet")
"""The last one is what PWG 5100.3 calls the one before it."""
DELIVERIES = (
    "system-specified",
    "same-order-face-down",
    "same-order-face-up",
    "reverse-order-face-down",
    "reverse-order-face-up",
)
SHIFT = 50_000
"""How far an image may be shifted, in 1/100 mm."""
INSERTS = 100
"""Sheets that one value of insert-sheet may insert."""
PAGES = 65_535

Judge = Callable[[Any], bool]


def able(printer: Printer, values: Any) -> Any:
    """What a printer supports that does such things, or nothing."""
    return values if printer.model.production else None


def one_of(*words: str) -> Judge:
    return lambda value: isinstance(value, Keyword | Name) and str(value) in words


def within(lowest: int, highest: int) -> Judge:
    return lambda value: isinstance(value, int) and lowest <= value <= highest


def judged(judges: Mapping[str, Judge]) -> Callable[[Printer, Collection], tuple[Collection | None, Collection | None]]:
    """Divide a collection: one with anything that can't be honoured is not honoured at all."""

    def divide(printer: Printer, collection: Collection) -> tuple[Collection | None, Collection | None]:
        bad = [wrong for member in collection.members if (wrong := _wrong(printer, judges, member)) is not None]
        if {"media", "media-col"} <= {member.name for member in collection.members}:
            return None, collection
        return (None, Collection.of(bad)) if bad or not printer.model.production else (collection, None)

    return divide


def _wrong(printer: Printer, judges: Mapping[str, Judge], member: Attribute) -> Attribute | None:
    if member.name in MEDIA:
        media = printer.catalog.templates[member.name]
        return None if all(allows(media, printer, value) for value in member.values) else member
    judge = judges.get(member.name)
    if judge is None:
        return Attribute(member.name, UNSUPPORTED)
    return None if all(map(judge, member.values)) else member


def media_of(printer: Printer, collection: Collection) -> Media | None:
    """The media of a sheet that is added; None: that of the pages."""
    for name in MEDIA:
        member = collection.get(name)
        if member is not None:
            found: Media = printer.catalog.templates[name].resolve(printer, member.values)["media"]
            return found
    return None


def word(collection: Collection, name: str, default: str) -> str:
    member = collection.get(name)
    return str(member.value) if member is not None else default


def number(collection: Collection, name: str, default: int) -> int:
    member = collection.get(name)
    return member.value if member is not None and isinstance(member.value, int) else default


def plain(name: str, value: str) -> Collection:
    return Collection.of([Attribute(name, Keyword(value))])


def collection(
    name: str,
    judges: Mapping[str, Judge],
    default: Any,
    resolve: Callable[[Printer, tuple[Any, ...]], Mapping[str, Any]],
    twin: str = "",
) -> None:
    """A collection that says which sheets to add; all of them may name media."""
    production.template(
        name,
        supported=lambda printer: able(printer, [*judges, *MEDIA]),
        default=lambda printer: able(printer, default),
        part=judged(judges),
        resolve=resolve,
        twin=twin,
        binds=not twin,
    )


# ------------------------------------------------------------------------------------------------- covers


def _cover(field: str) -> Callable[[Printer, tuple[Any, ...]], Mapping[str, Any]]:
    def resolve(printer: Printer, values: tuple[Any, ...]) -> Mapping[str, Any]:
        kind = word(values[0], "cover-type", "no-cover")
        return {field: None if kind == "no-cover" else Cover(kind, media_of(printer, values[0]))}

    return resolve


for _field in ("cover_front", "cover_back"):
    collection(
        _field.replace("_", "-"),
        {"cover-type": one_of(*COVERS)},
        plain("cover-type", "no-cover"),
        _cover(_field),
    )
production.attribute("cover-type-supported", Printer, read=lambda printer: able(printer, list(COVERS)))

# ------------------------------------------------------------------------- inserted and separator sheets


def _inserts(printer: Printer, values: tuple[Any, ...]) -> Mapping[str, Any]:
    return {
        "inserts": tuple(
            Insert(
                number(value, "insert-after-page-number", 0),
                number(value, "insert-count", 1),
                media_of(printer, value),
            )
            for value in values
            if isinstance(value, Collection)
        )
    }


collection(
    "insert-sheet",
    {"insert-after-page-number": within(0, PAGES), "insert-count": within(0, INSERTS)},
    NO_VALUE,
    _inserts,
)
production.attribute(
    "insert-after-page-number-supported", Printer, read=lambda printer: able(printer, RangeOfInteger(0, PAGES))
)
production.attribute("insert-count-supported", Printer, read=lambda printer: able(printer, RangeOfInteger(0, INSERTS)))


def _extra(field: str, member: str) -> Callable[[Printer, tuple[Any, ...]], Mapping[str, Any]]:
    def resolve(printer: Printer, values: tuple[Any, ...]) -> Mapping[str, Any]:
        value = values[0]
        when = word(value, "job-error-sheet-when", "on-error")
        return {field: ExtraSheets(word(value, member, "none"), media_of(printer, value), when)}

    return resolve


collection(
    "separator-sheets",
    {"separator-sheets-type": one_of(*SEPARATORS)},
    plain("separator-sheets-type", "none"),
    _extra("separators", "separator-sheets-type"),
)
production.attribute(
    "separator-sheets-type-supported",
    Printer,
    read=lambda printer: able(printer, list(SEPARATORS)),
    syntax="1setOf keyword",
)

# ------------------------------------------------------------------------------- the printer's own sheets

production.template(
    "job-sheets",
    supported=lambda printer: able(printer, list(JOB_SHEETS)) or ["none"],
    default=lambda printer: "none",
    resolve=lambda printer, values: {"job_sheets": ExtraSheets(str(values[0]))},
    twin="job-sheets-col",
)
collection(
    "job-sheets-col",
    {"job-sheets": one_of(*JOB_SHEETS)},
    plain("job-sheets", "none"),
    _extra("job_sheets", "job-sheets"),
    twin="job-sheets",
)
production.template(
    "job-sheet-message",
    supported=lambda printer: able(printer, True),
    default=lambda printer: able(printer, Text("")),
    allows=lambda printer, value: printer.model.production,
    resolve=lambda printer, values: {"sheet_message": str(values[0])},
)
production.template(
    "job-message-to-operator",
    supported=lambda printer: able(printer, True),
    default=lambda printer: able(printer, Text("")),
    allows=lambda printer, value: printer.model.production,
    resolve=lambda printer, values: {"operator_message": str(values[0])},
)
production.template(
    "job-recipient-name",
    supported=lambda printer: able(printer, True),
    allows=lambda printer, value: printer.model.production,
    resolve=lambda printer, values: {"recipient": str(values[0])},
)
collection(
    "job-error-sheet",
    {
        "job-error-sheet-type": one_of("none", "standard"),
        "job-error-sheet-when": one_of("on-error", "always"),
    },
    plain("job-error-sheet-type", "none"),
    _extra("error_sheet", "job-error-sheet-type"),
)
production.attribute(
    "job-error-sheet-type-supported", Printer, read=lambda printer: able(printer, ["none", "standard"])
)
production.attribute(
    "job-error-sheet-when-supported", Printer, read=lambda printer: able(printer, ["on-error", "always"])
)
collection(
    "job-accounting-sheets",
    {"job-accounting-sheets-type": one_of("none", "standard")},
    plain("job-accounting-sheets-type", "none"),
    _extra("accounting_sheets", "job-accounting-sheets-type"),
)
production.attribute(
    "job-accounting-sheets-type-supported", Printer, read=lambda printer: able(printer, ["none", "standard"])
)

# ------------------------------------------------------------------------------------- pages on sheets

production.template(
    "imposition-template",
    supported=lambda printer: able(printer, ["none", "signature", "booklet"]),
    default=lambda printer: able(printer, "none"),
    field="imposition",
    binds=False,
)
production.template(
    "page-delivery",
    supported=lambda printer: able(printer, list(DELIVERIES)),
    default=lambda printer: able(printer, DELIVERIES[0]),
    field="delivery",
)
production.template(
    "force-front-side",
    supported=lambda printer: able(printer, RangeOfInteger(1, PAGES)),
    resolve=lambda printer, values: {"force_front": tuple(int(value) for value in values)},
)
production.template(
    "image-orientation",
    supported=lambda printer: able(printer, [3, 4, 5, 6]),
    default=lambda printer: able(printer, NO_VALUE),
    per_page=True,
    binds=False,
    resolve=lambda printer, values: {"orientation": int(values[0])},
)
for _axis, _places in (("x", ["none", "left", "center", "right"]), ("y", ["none", "bottom", "center", "top"])):
    production.template(
        f"{_axis}-image-position",
        supported=lambda printer, places=_places: able(printer, places),  # type: ignore[misc]
        default=lambda printer: able(printer, "none"),
        per_page=True,
        field=f"{_axis}_position",
    )
    # A shift of one side goes before the one for both; its default binds nobody until somebody sets it.
    for _which, _name in (("", "both"), ("side1-", "front"), ("side2-", "back")):
        production.template(
            f"{_axis}-{_which}image-shift",
            supported=lambda printer: able(printer, RangeOfInteger(-SHIFT, SHIFT)),
            default=lambda printer: able(printer, 0),
            per_page=True,
            field=f"{_axis}_shift_{_name}",
            binds=not _which,
        )
