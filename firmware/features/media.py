"""Media – PWG 5100.3, PWG 5100.7 and PWG 5101.1: sizes, sources, types, margins, and what is loaded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from firmware.core.call import Context
from firmware.core.clock import Now
from firmware.core.engine import Engine
from firmware.core.events import Announce, JobDone, TrayChanged
from firmware.core.feature import Feature
from firmware.core.media import custom_name, dimensions, size_collection, to_collection
from firmware.core.printer import Printer
from firmware.core.ticket import Media
from firmware.ipp import NO_VALUE, UNSUPPORTED, Attribute, Collection, Keyword, RangeOfInteger
from firmware.ipp.values import Name, Value

media = Feature("media")

TOLERANCE = 50
"""Hosts round sizes to points and back: 1/100 mm by which a size may be off and still be the named one."""

LOW = 10
"""Percent of a tray's capacity below which it is low."""

MEMBERS = (
    "media-bottom-margin",
    "media-color",
    "media-left-margin",
    "media-right-margin",
    "media-size",
    "media-size-name",
    "media-source",
    "media-top-margin",
    "media-type",
    "media-weight-metric",
)
LABEL_MEMBERS = ("media-top-offset", "media-tracking")
"""IPP Label Printing Extensions: of printers of labels."""
_MARGINS = {"media-left-margin": "left", "media-top-margin": "top", "media-right-margin": "right"} | {
    "media-bottom-margin": "bottom"
}


@dataclass(frozen=True, slots=True)
class Loaded:
    """What lies in a tray; nothing when there is no size."""

    source: str
    size: str
    type: str
    color: str
    weight: int
    capacity: int
    level: int | None = None
    """Sheets; None where nobody counts."""

    @property
    def ready(self) -> bool:
        return bool(self.size) and self.level != 0


@media.part(Printer, keep=False)
@dataclass
class Trays:
    """The trays as their sensors see them: told by facts, not kept, since somebody may load one while it is off."""

    changed: tuple[Loaded, ...] = ()

    def all(self, printer: Printer) -> list[Loaded]:
        found = {tray.source: tray for tray in self.changed}
        return [
            found.get(tray.source) or Loaded(tray.source, tray.size, tray.type, tray.color, tray.weight, tray.capacity)
            for tray in printer.model.media.trays
        ]


@media.on(TrayChanged)
def tray_changed(engine: Engine, fact: TrayChanged, now: Now) -> None:
    """New media is a new configuration; a sheet less is not, unless it was the last one."""
    printer = engine.system.printers[fact.printer_id]
    before = printer[Trays].all(printer)
    after = [
        Loaded(tray.source, fact.size, fact.type, tray.color, tray.weight, tray.capacity, fact.level)
        if tray.source == fact.source
        else tray
        for tray in before
    ]
    printer[Trays].changed = tuple(after)
    out = any(not tray.ready for tray in after)
    low = any(tray.level is not None and 0 < tray.level * 100 < LOW * tray.capacity for tray in after)
    told = {"media-empty-report": out, "media-low-report": low}
    printer.set_reasons({name for name in told if told[name]}, {name for name in told if not told[name]}, now)
    if [(tray.size, tray.type, tray.ready) for tray in before] != [
        (tray.size, tray.type, tray.ready) for tray in after
    ]:
        printer.configured(now)
        engine.order(Announce(printer.id))


@media.on(JobDone)
def nobody_waits(engine: Engine, fact: JobDone, now: Now) -> None:
    """Media is needed by a job; when that is gone, nobody needs it."""
    engine.system.printers[fact.printer_id].set_reasons(set(), {"media-needed", "media-empty"}, now)


def ready(printer: Printer) -> list[Loaded]:
    """The trays that can be printed from."""
    return [tray for tray in printer[Trays].all(printer) if tray.ready]


def usual_type(printer: Printer, name: str, source: str = "auto") -> str:
    """The type of what is loaded in this size; a job that does not care takes it as it is."""
    types = [tray.type for tray in ready(printer) if tray.size == name and source in ("auto", tray.source)]
    return types[0] if types else printer.model.media.types[0]


def default_media(printer: Printer) -> Media:
    """The sheet that a job gets which does not care."""
    setting = printer.setting("media-col-default") or printer.setting("media-default")
    if setting is not None and isinstance(setting.value, Collection):
        return from_collection(printer, setting.value)
    if setting is not None:
        return from_name(printer, str(setting.value))
    return plain_default(printer)


def plain_default(printer: Printer) -> Media:
    """The model's own default."""
    model = printer.model.media
    tray = next((tray for tray in model.trays if tray.size == model.default), model.trays[0])
    return from_name(printer, model.default or tray.size)


def from_name(printer: Printer, name: str) -> Media:
    """A size with the usual margins, of any source and the type that is loaded."""
    width, height = dimensions(name)
    margin = printer.model.media.margins[0]
    return Media(name, width, height, *(margin,) * 4, source="auto", type=usual_type(printer, name))


def from_collection(printer: Printer, collection: Collection) -> Media:
    """A media-col whose members were found good; what it leaves open is the default's."""
    base = plain_default(printer) if "media-size" not in collection else None
    name, width, height = (base.name, base.width, base.height) if base else _size(printer, collection)
    if "media-size-name" in collection and base is not None:
        name = _keyword(collection, "media-size-name", name)
        width, height = dimensions(name)
    usual = printer.model.media.margins[0]
    left, top, right, bottom = (_integer(collection, member, usual) for member in _MARGINS)
    source = _keyword(collection, "media-source", "auto")
    kind = _keyword(collection, "media-type", usual_type(printer, name, source))
    color, weight = _keyword(collection, "media-color", ""), _integer(collection, "media-weight-metric", 0)
    tracking, offset = _keyword(collection, "media-tracking", ""), _integer(collection, "media-top-offset", 0)
    return Media(name, width, height, left, top, right, bottom, source, kind, color, weight, tracking, offset)


def named(printer: Printer, width: int, height: int) -> str | None:
    """The supported size of these lengths, within tolerance."""
    for name in printer.model.media.sizes:
        x, y = dimensions(name)
        if abs(x - width) <= TOLERANCE and abs(y - height) <= TOLERANCE:
            return name
    return None


def is_custom(printer: Printer, width: int, height: int) -> bool:
    """Do the lengths lie in the custom range?"""
    custom = printer.model.media.custom
    if custom is None:
        return False
    return custom.min[0] <= width <= custom.max[0] and custom.min[1] <= height <= custom.max[1]


def is_size_name(printer: Printer, value: Value) -> bool:
    """Is this value of media a size that can be printed on?"""
    if not isinstance(value, Keyword | Name):
        return False
    if value in printer.model.media.sizes:
        return True
    try:
        width, height = dimensions(str(value))
    except ValueError:
        return False
    return value.startswith("custom_") and is_custom(printer, width, height)


def _size(printer: Printer, collection: Collection) -> tuple[str, int, int]:
    size = collection.get("media-size")
    assert size is not None
    assert isinstance(size.value, Collection)
    width, height = _integer(size.value, "x-dimension", 0), _integer(size.value, "y-dimension", 0)
    name = named(printer, width, height)
    if name is not None:
        return (name, *dimensions(name))
    return custom_name(width, height), width, height


def _integer(collection: Collection, name: str, default: int) -> int:
    member = collection.get(name)
    return member.value if member is not None and isinstance(member.value, int) else default


def _keyword(collection: Collection, name: str, default: str) -> str:
    member = collection.get(name)
    return str(member.value) if member is not None else default


def members(printer: Printer) -> list[str]:
    """Of media-col."""
    return sorted((*MEMBERS, *LABEL_MEMBERS)) if printer.model.labels is not None else list(MEMBERS)


def divide(printer: Printer, collection: Collection) -> tuple[Collection | None, Collection | None]:
    """A client's media-col: the members that can be honoured, and those that can't."""
    good: list[Attribute] = []
    bad: list[Attribute] = []
    for member in collection.members:
        if member.name not in members(printer):
            bad.append(Attribute(member.name, UNSUPPORTED))
        elif _member_is_good(printer, member):
            good.append(member)
        else:
            bad.append(member)
    return Collection.of(good) if good else None, Collection.of(bad) if bad else None


def _member_is_good(printer: Printer, member: Attribute) -> bool:
    model = printer.model.media
    if member.name in _MARGINS:
        return member.value in model.margins
    if member.name == "media-source":
        return member.value in sources(printer)
    if member.name == "media-type":
        return member.value in model.types
    if member.name == "media-color":
        return member.value in colors(printer)
    if member.name == "media-weight-metric":
        return isinstance(member.value, int) and weights(printer).lower <= member.value <= weights(printer).upper
    if member.name in LABEL_MEMBERS:
        return _label_member_is_good(printer, member)
    if member.name == "media-size-name":
        return is_size_name(printer, member.value)
    return isinstance(member.value, Collection) and _size_is_good(printer, member.value)


def _label_member_is_good(printer: Printer, member: Attribute) -> bool:
    labels = printer.model.labels
    assert labels is not None
    if member.name == "media-tracking":
        return member.value in labels.tracking
    return isinstance(member.value, int) and 0 <= member.value <= labels.top_offset


def _size_is_good(printer: Printer, size: Collection) -> bool:
    width, height = _integer(size, "x-dimension", 0), _integer(size, "y-dimension", 0)
    return named(printer, width, height) is not None or is_custom(printer, width, height)


def sources(printer: Printer) -> list[str]:
    return ["auto", *(tray.source for tray in printer.model.media.trays)]


def colors(printer: Printer) -> list[str]:
    return sorted({tray.color for tray in printer.model.media.trays})


def weights(printer: Printer) -> RangeOfInteger:
    """From the lightest media that is known to the heaviest."""
    known = [tray.weight for tray in printer.model.media.trays]
    return RangeOfInteger(min(known), max(known))


def loaded(printer: Printer) -> list[Media]:
    """What lies in the trays."""
    sheets = []
    for tray in ready(printer):
        width, height = dimensions(tray.size)
        for margin in printer.model.media.margins:
            more = (tray.source, tray.type, tray.color, tray.weight)
            sheets.append(Media(tray.size, width, height, *(margin,) * 4, *more))
    return sheets


def database(printer: Printer) -> Iterator[Collection]:
    """Every size with every margin, custom ranges last."""
    model = printer.model.media
    for name in model.sizes:
        width, height = dimensions(name)
        for margin in model.margins:
            yield to_collection(Media(name, width, height, *(margin,) * 4, type=model.types[0]), source=False)
    if model.custom is not None:
        for margin in model.margins:
            yield Collection.of(
                [
                    Attribute("media-size", _custom_size(printer)),
                    *(Attribute(member, margin) for member in sorted(_MARGINS)),
                ]
            )


def _custom_size(printer: Printer) -> Collection:
    custom = printer.model.media.custom
    assert custom is not None
    (low_x, low_y), (high_x, high_y) = custom.min, custom.max
    return size_collection(RangeOfInteger(low_x, high_x), RangeOfInteger(low_y, high_y))


def supported_names(printer: Printer) -> list[str]:
    names = list(printer.model.media.sizes)
    custom = printer.model.media.custom
    if custom is not None:
        names.append(custom_name(*custom.min, label="min"))
        names.append(custom_name(*custom.max, label="max"))
    return names


def supported_sizes(printer: Printer) -> list[Collection]:
    sizes = [size_collection(*dimensions(name)) for name in printer.model.media.sizes]
    return [*sizes, _custom_size(printer)] if printer.model.media.custom else sizes


media.template(
    "media",
    supported=supported_names,
    default=lambda printer: default_media(printer).name,
    allows=is_size_name,
    per_page=True,
    resolve=lambda printer, values: {"media": from_name(printer, str(values[0]))},
    twin="media-col",
)
media.template(
    "media-col",
    supported=members,
    default=lambda printer: to_collection(default_media(printer)),
    part=divide,
    per_page=True,
    resolve=lambda printer, values: {"media": from_collection(printer, values[0])},
    twin="media",
)
media.attribute(
    "media-ready",
    Printer,
    read=lambda printer: list(dict.fromkeys(tray.size for tray in ready(printer))) or NO_VALUE,
)
media.attribute(
    "media-col-ready", Printer, read=lambda printer: [to_collection(sheet) for sheet in loaded(printer)] or NO_VALUE
)
media.attribute("media-col-database", Printer, read=lambda printer: list(database(printer)), on_request=True)
media.attribute("media-size-supported", Printer, read=supported_sizes)
media.attribute("media-source-supported", Printer, read=sources)
media.attribute("media-color-supported", Printer, read=colors)
media.attribute("media-weight-metric-supported", Printer, read=weights)
media.attribute("media-type-supported", Printer, read=lambda printer: list(printer.model.media.types))
for _member in sorted(_MARGINS):
    media.attribute(f"{_member}-supported", Printer, read=lambda printer: sorted(printer.model.media.margins))


def input_trays(printer: Printer, context: Context) -> list[bytes]:
    """printer-input-tray (PWG 5100.13), one for each source. Lengths are micrometers (RFC 3805 PrtMediaUnitTC); where
    sheets are not counted the level is -3, "something"."""
    told = ["type=other;mediafeed=-2;mediaxfeed=-2;maxcapacity=-2;level=-3;status=0;name=auto;"]
    for tray in printer[Trays].all(printer):
        width, height = dimensions(tray.size) if tray.size else (0, 0)
        kind = "sheetFeedManual" if tray.source == "manual" else "sheetFeedAutoRemovableTray"
        kind = "continuousRoll" if "roll" in tray.source else kind
        level = -3 if tray.level is None else tray.level
        told.append(
            f"type={kind};dimunit=micrometers;mediafeed={height * 10};mediaxfeed={width * 10};unit=sheets;"
            f"maxcapacity={tray.capacity};level={level};status={0 if tray.ready else 9};name={tray.source};"
        )
    return [text.encode() for text in told]


def output_trays(printer: Printer) -> list[bytes]:
    """printer-output-tray (PWG 5100.13), one for each output bin: sheets that come out face up lie in reverse."""
    told = []
    for name in printer.model.output_bins:
        order = "lastToFirst;pagedelivery=faceUp" if name == "face-up" else "firstToLast;pagedelivery=faceDown"
        told.append(f"type=unRemovableBin;maxcapacity=-2;remaining=-2;status=0;name={name};stackingorder={order};")
    return [text.encode() for text in told]


media.attribute("printer-input-tray", Printer, tell=input_trays)
media.attribute("printer-output-tray", Printer, read=output_trays)
