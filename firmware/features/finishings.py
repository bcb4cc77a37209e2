"""Finishings – PWG 5100.1: staples, holes, folds, booklets and cuts, by name or by place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from firmware.core.call import Context
from firmware.core.clock import Now
from firmware.core.engine import Engine
from firmware.core.events import SheetDone, StaplesLoaded
from firmware.core.feature import Feature
from firmware.core.finishing import EDGES, Finishing
from firmware.core.job import Job
from firmware.core.kept import Kept
from firmware.core.printer import Printer
from firmware.ipp import UNSUPPORTED, Attribute, Collection, Keyword, RangeOfInteger, registry

finishings = Feature("finishings", requires=["job_template"])

NONE = 3
BINDS = ("staple", "booklet")
EXPLICIT = {"stitching": "staple", "punching": "punch", "folding": "fold"}
"""Members of finishings-col with places of their own, and the family that carries them out."""
FARTHEST = 100_000
"""How far along or from an edge something may be, in 1/100 mm; beyond the sheet there is no mark."""
MOST = 8
"""Staples or holes that one finishings-col may ask for."""
ENUMS = {
    label: value for value in range(NONE, 102) if not (label := registry.enum_label("finishings", value)).isdigit()
}


@finishings.part(Printer, keep=True)
@dataclass
class Stapler(Kept):
    """Staples used since the cartridge was put in."""

    used: int = 0


def names(printer: Printer) -> tuple[str, ...]:
    """The finishing-template keywords of the model."""
    return printer.model.finisher.finishings if printer.model.finisher is not None else ()


def families(printer: Printer) -> set[str]:
    return {Finishing(name).family for name in names(printer)}


def has_staples(printer: Printer) -> bool:
    finisher = printer.model.finisher
    return finisher is not None and printer[Stapler].used < finisher.staples


def staples_left(printer: Printer) -> int:
    finisher = printer.model.finisher
    return max(0, finisher.staples - printer[Stapler].used) if finisher is not None else 0


def ready(printer: Printer) -> list[str]:
    """What can be done now: without staples nothing is bound."""
    return [name for name in names(printer) if has_staples(printer) or Finishing(name).family not in BINDS]


# ---------------------------------------------------------------------------------- finishings


def from_enums(printer: Printer, values: tuple[Any, ...]) -> dict[str, Any]:
    asked = tuple(Finishing(registry.enum_label("finishings", int(value))) for value in values if value != NONE)
    booklet = any(finishing.name == "booklet-maker" for finishing in asked)
    return {"finishings": asked} | ({"imposition": "booklet"} if booklet else {})


finishings.template(
    "finishings",
    supported=lambda printer: [NONE, *sorted(ENUMS[name] for name in names(printer))],
    default=lambda printer: NONE,
    resolve=from_enums,
    twin="finishings-col",
)
finishings.attribute(
    "finishings-ready",
    Printer,
    tell=lambda printer, context: [NONE, *sorted(ENUMS[name] for name in ready(printer))] if names(printer) else None,
)

# ------------------------------------------------------------------------------ finishings-col


def members(printer: Printer) -> list[str] | None:
    if not names(printer):
        return None
    explicit = [member for member, family in EXPLICIT.items() if family in families(printer)]
    return ["finishing-template", *explicit, *(["trimming"] if "trim" in families(printer) else [])]


def divide(printer: Printer, collection: Collection) -> tuple[Collection | None, Collection | None]:
    """A finishings-col that asks for anything that can't be done is not done at all: half a finishing is none."""
    bad = [wrong for member in collection.members if (wrong := _wrong(printer, member)) is not None]
    if not bad and len(collection.members) == 1:
        return collection, None
    return None, Collection.of(bad) if bad else collection


def _wrong(printer: Printer, member: Attribute) -> Attribute | None:
    if member.name not in (members(printer) or ()):
        return Attribute(member.name, UNSUPPORTED)
    if member.name == "finishing-template":
        return None if str(member.value) in ("none", *names(printer)) else member
    if member.name == "trimming":
        good = all(isinstance(value, Collection) and _trimming(value) in names(printer) for value in member.values)
        return None if good else member
    good = all(isinstance(value, Collection) and _places(member.name, value) is not None for value in member.values)
    return None if good else member


def _trimming(value: Collection) -> str:
    when = value.get("trimming-when")
    words = {"after-sheets": "pages", "after-documents": "documents", "after-sets": "copies", "after-job": "job"}
    others = [member for member in value.members if member.name not in ("trimming-when", "trimming-type")]
    return f"trim-after-{words.get(str(when.value), '')}" if when is not None and not others else ""


def _places(member: str, value: Collection) -> Finishing | None:
    """Explicit places; None when they make no sense."""
    edge = value.get(f"{member}-reference-edge")
    offset = _integers(value, f"{member}-offset")
    locations = _integers(value, f"{member}-locations")
    angle = _integers(value, f"{member}-angle")
    if edge is None or str(edge.value) not in EDGES or len(offset) != 1:
        return None
    if (member != "folding" and not 1 <= len(locations) <= MOST) or max((*offset, *locations)) > FARTHEST:
        return None
    return Finishing(EXPLICIT[member], str(edge.value), offset[0], locations, angle[0] if angle else 0)


def _integers(value: Collection, name: str) -> tuple[int, ...]:
    member = value.get(name)
    return tuple(one for one in member.values if isinstance(one, int)) if member is not None else ()


def from_collections(printer: Printer, values: tuple[Any, ...]) -> dict[str, Any]:
    asked = tuple(finishing for value in values for finishing in _asked(value))
    booklet = any(finishing.name == "booklet-maker" for finishing in asked)
    return {"finishings": asked} | ({"imposition": "booklet"} if booklet else {})


def _asked(value: Collection) -> list[Finishing]:
    (member,) = value.members
    if member.name == "finishing-template":
        return [] if str(member.value) == "none" else [Finishing(str(member.value))]
    found = []
    for one in member.values:
        assert isinstance(one, Collection)
        place = Finishing(_trimming(one)) if member.name == "trimming" else _places(member.name, one)
        found += [place] if place is not None else []
    return found


def template(name: str) -> Collection:
    return Collection.of([Attribute("finishing-template", Keyword(name))])


finishings.template(
    "finishings-col",
    supported=members,
    default=lambda printer: template("none") if names(printer) else None,
    part=divide,
    binds=False,
    resolve=from_collections,
    twin="finishings",
)
finishings.attribute(
    "finishings-col-database",
    Printer,
    read=lambda printer: [template(name) for name in ("none", *names(printer))] if names(printer) else None,
    on_request=False,
)
finishings.attribute(
    "finishings-col-ready",
    Printer,
    tell=lambda printer, context: [template(name) for name in ("none", *ready(printer))] if names(printer) else None,
)
finishings.attribute(
    "finishing-template-supported", Printer, read=lambda printer: ["none", *names(printer)] if names(printer) else None
)


def _where(family: str, values: Any) -> Any:
    return lambda printer: values if family in families(printer) else None


for _member, _family in EXPLICIT.items():
    finishings.attribute(f"{_member}-reference-edge-supported", Printer, read=_where(_family, list(EDGES)))
    finishings.attribute(f"{_member}-offset-supported", Printer, read=_where(_family, RangeOfInteger(0, FARTHEST)))
    if _member != "folding":
        _range = RangeOfInteger(0, FARTHEST)
        finishings.attribute(f"{_member}-locations-supported", Printer, read=_where(_family, _range))
finishings.attribute("folding-direction-supported", Printer, read=_where("fold", ["inward"]))
finishings.attribute("stitching-angle-supported", Printer, read=_where("staple", RangeOfInteger(0, 359)))
finishings.attribute("stitching-method-supported", Printer, read=_where("staple", ["auto"]))
finishings.attribute("max-stitching-locations-supported", Printer, read=_where("staple", MOST))
finishings.attribute("punching-hole-diameter-configured", Printer, read=_where("punch", 600))
finishings.attribute("trimming-type-supported", Printer, read=_where("trim", ["full"]))
finishings.attribute(
    "trimming-when-supported",
    Printer,
    read=_where("trim", ["after-sheets", "after-documents", "after-sets", "after-job"]),
)
finishings.template(
    "job-pages-per-set",
    supported=lambda printer: True if names(printer) else None,
    field="pages_per_set",
)

# -------------------------------------------------------------------------------- the finisher itself

_TYPES = {"staple": "stitcher", "punch": "puncher", "fold": "folder", "booklet": "bookletMaker", "trim": "trimmer"}


def devices(printer: Printer) -> list[str]:
    found = families(printer)
    return [kind for family, kind in _TYPES.items() if family in found]


finishings.attribute(
    "printer-finisher",
    Printer,
    read=lambda printer: [
        f"type={kind};unit=sheets;maxcapacity={most(printer)};capacity=-3;index={index};presentonoff=on;status=0;".encode()
        for index, kind in enumerate(devices(printer), 1)
    ],
)
finishings.attribute(
    "printer-finisher-description",
    Printer,
    read=lambda printer: [kind.removesuffix("Maker").capitalize() for kind in devices(printer)],
)


def most(printer: Printer) -> int:
    return printer.model.finisher.sheets if printer.model.finisher is not None else 0


def supplies(printer: Printer, context: Context) -> list[bytes] | None:
    """printer-finisher-supplies: the staple cartridge."""
    finisher = printer.model.finisher
    if finisher is None or "staple" not in families(printer):
        return None
    left = staples_left(printer)
    told = (
        f"class=supplyThatIsConsumed;type=staples;unit=items;max={finisher.staples};level={left};index=1;deviceindex=1;"
    )
    return [told.encode()]


finishings.attribute("printer-finisher-supplies", Printer, tell=supplies)
finishings.attribute(
    "printer-finisher-supplies-description",
    Printer,
    read=lambda printer: ["Staples"] if "staple" in families(printer) else None,
)


@finishings.on(SheetDone)
def stapled(engine: Engine, fact: SheetDone, now: Now) -> None:
    """Staples are used up by what was really stapled."""
    if not fact.staples:
        return
    printer = engine.system.printers[fact.printer_id]
    printer[Stapler].used += fact.staples
    if not has_staples(printer):
        printer.set_reasons({"stapler-empty-warning"}, set(), now)


@finishings.on(StaplesLoaded)
def refilled(engine: Engine, fact: StaplesLoaded, now: Now) -> None:
    printer = engine.system.printers[fact.printer_id]
    printer[Stapler].used = 0
    printer.set_reasons(set(), {"stapler-empty-warning"}, now)


@finishings.gate
def staples_needed(printer: Printer, job: Job, now: Now) -> str | None:
    """A job that wants staples waits until there are some; jobs behind it go on."""
    if not names(printer) or has_staples(printer):
        return None
    asked: list[Finishing] = []
    for name, read in (("finishings", from_enums), ("finishings-col", from_collections)):
        attribute = job.template(name)
        asked += read(printer, attribute.values)["finishings"] if attribute is not None else ()
    return "resources-are-not-ready" if any(finishing.family in BINDS for finishing in asked) else None
