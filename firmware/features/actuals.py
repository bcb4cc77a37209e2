"""Actual attributes – PWG 5100.8: what was really done, from the press's facts alone; and counters by kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from firmware.core.call import Context
from firmware.core.clock import Now
from firmware.core.describe import to_attribute
from firmware.core.engine import Engine
from firmware.core.events import ImpressionDone, JobDone, PageDone, SheetDone
from firmware.core.feature import Feature
from firmware.core.job import Job
from firmware.core.kept import Kept
from firmware.core.media import to_collection
from firmware.core.printer import Printer
from firmware.core.resolve import default_values
from firmware.core.ticket import PageTicket
from firmware.ipp import UNKNOWN, Attribute, Collection, Keyword, RangeOfInteger, Resolution, registry

actuals = Feature("actuals", requires=["job_template", "media", "production", "finishings"])


@actuals.part(Printer, keep=True)
@dataclass
class Totals(Kept):
    """What the printer did in its life, by kind (PWG 5100.22); the members are those of a job's counters."""

    impressions: dict[str, int] = field(default_factory=dict)
    sheets: dict[str, int] = field(default_factory=dict)
    pages: int = 0


_BY_PAGE: dict[str, Callable[[PageTicket, ImpressionDone], Any]] = {
    "media": lambda ticket, fact: Keyword(ticket.media.name),
    "media-col": lambda ticket, fact: to_collection(ticket.media),
    "sides": lambda ticket, fact: Keyword(ticket.sides),
    "output-bin": lambda ticket, fact: Keyword(ticket.output_bin),
}
"""Of every side, also of sheets that the printer adds."""

_BY_IMAGE: dict[str, Callable[[PageTicket, ImpressionDone], Any]] = {
    "print-quality": lambda ticket, fact: ticket.quality,
    "print-color-mode": lambda ticket, fact: Keyword(color_mode(ticket, fact)),
    "print-content-optimize": lambda ticket, fact: Keyword(ticket.content),
    "printer-resolution": lambda ticket, fact: Resolution(*ticket.resolution) if ticket.resolution else None,
    "orientation-requested": lambda ticket, fact: ticket.orientation,
    "x-image-position": lambda ticket, fact: Keyword(ticket.x_position),
    "y-image-position": lambda ticket, fact: Keyword(ticket.y_position),
    "x-side1-image-shift": lambda ticket, fact: None if fact.back else ticket.shift(False)[0],
    "y-side1-image-shift": lambda ticket, fact: None if fact.back else ticket.shift(False)[1],
    "x-side2-image-shift": lambda ticket, fact: ticket.shift(True)[0] if fact.back else None,
    "y-side2-image-shift": lambda ticket, fact: ticket.shift(True)[1] if fact.back else None,
}
"""Of sides that pages are on."""

_BY_JOB = (
    "cover-back",
    "cover-front",
    "force-front-side",
    "imposition-template",
    "insert-sheet",
    "job-accounting-sheets",
    "job-error-sheet",
    "job-sheets",
    "job-sheets-col",
    "multiple-document-handling",
    "number-up",
    "page-delivery",
    "presentation-direction-number-up",
    "separator-sheets",
    "sheet-collate",
)
"""Of the whole job: what was in force, once a side carried it out."""

NAMES = (*_BY_PAGE, *_BY_IMAGE, *_BY_JOB, "copies", "finishings", "finishings-col", "page-ranges")


def color_mode(ticket: PageTicket, fact: ImpressionDone) -> str:
    """``auto`` was one or the other."""
    if ticket.color_mode in ("auto", "color"):
        return "color" if fact.color else "monochrome"
    return ticket.color_mode


def _tell(name: str) -> Callable[[Job, Context], Any]:
    def tell(job: Job, context: Context) -> Any:
        found = next((attribute for attribute in job.actual if attribute.name == name), None)
        if found is not None:
            return found.values
        assert context.system is not None
        template = context.system.printers[job.printer_id].catalog.templates[name.removesuffix("-actual")]
        asked = job.template(template.name) is not None
        return UNKNOWN if asked and not job.ended else None

    return tell


for _name in NAMES:
    actuals.attribute(f"{_name}-actual", Job, tell=_tell(f"{_name}-actual"))


@actuals.on(ImpressionDone)
def side_done(engine: Engine, fact: ImpressionDone, now: Now) -> None:
    printer = engine.system.printers[fact.printer_id]
    kind, totals = kind_of(fact.color, fact.blank), printer[Totals]
    totals.impressions = tallied(totals.impressions, kind)
    job = printer.jobs.get(fact.job_id)
    if job is None or job.ended:
        return
    job.impressions = tallied(job.impressions, kind)
    if fact.ticket is None:
        return
    ticket = fact.ticket
    for name, read in _BY_PAGE.items():
        _add(job, name, read(ticket, fact))
    if fact.role in ("pages", "cover-front", "cover-back") and not fact.blank:
        for name, read in _BY_IMAGE.items():
            _add(job, name, read(ticket, fact))
    if fact.role == "pages":
        _add_finishings(printer, job, fact.finishings)
    for name in fact.executed:
        for value in _in_force(printer, job, name):
            _add(job, name, value)


def _add_finishings(printer: Printer, job: Job, names: tuple[str, ...]) -> None:
    labels = {label: value for value in range(3, 102) if (label := registry.enum_label("finishings", value))}
    for name in names or ("none",):
        _add(job, "finishings", labels[name])
        if job.template("finishings-col") is not None:
            _add(job, "finishings-col", Collection.of([Attribute("finishing-template", Keyword(name))]))


def _in_force(printer: Printer, job: Job, name: str) -> tuple[Any, ...]:
    """The job's values of a template that was carried out, or the printer's."""
    twins = (name, f"{name}-col") if f"{name}-actual" in _KNOWN else (name,)
    for candidate in twins:
        attribute = job.template(candidate)
        if attribute is not None:
            return attribute.values if candidate == name else ()
    template = printer.catalog.templates.get(name)
    return default_values(printer, template) if template is not None and f"{name}-actual" in _KNOWN else ()


_KNOWN = {f"{name}-actual" for name in NAMES}


@actuals.on(PageDone)
def page_done(engine: Engine, fact: PageDone, now: Now) -> None:
    """page-ranges-actual: the pages that are on paper, joined where they follow each other."""
    printer = engine.system.printers[fact.printer_id]
    printer[Totals].pages += 1
    job = printer.jobs.get(fact.job_id)
    if job is None or job.ended or job.template("page-ranges") is None:
        return
    found = next((attribute for attribute in job.actual if attribute.name == "page-ranges-actual"), None)
    ranges = [(one.lower, one.upper) for one in found.values if isinstance(one, RangeOfInteger)] if found else []
    if not any(lower <= fact.page <= upper for lower, upper in ranges):
        ranges = _joined(sorted([*ranges, (fact.page, fact.page)]))
        _set(job, Attribute("page-ranges-actual", *(RangeOfInteger(*one) for one in ranges)))


def _joined(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    whole: list[tuple[int, int]] = []
    for lower, upper in ranges:
        if whole and whole[-1][1] + 1 >= lower:
            whole[-1] = (whole[-1][0], max(whole[-1][1], upper))
        else:
            whole.append((lower, upper))
    return whole


def _add(job: Job, name: str, value: Any) -> None:
    """One more value of xxx-actual, unless it is there."""
    name = f"{name}-actual"
    if value is None or name not in _KNOWN:
        return
    found = next((attribute for attribute in job.actual if attribute.name == name), None)
    syntax = registry.syntax(name, registry.JOB)
    assert syntax is not None
    new = to_attribute(name, syntax, value)
    if new is not None and (found is None or new.value not in found.values):
        _set(job, Attribute(name, *(found.values if found is not None else ()), new.value))


def _set(job: Job, attribute: Attribute) -> None:
    job.actual = (*(other for other in job.actual if other.name != attribute.name), attribute)


# ------------------------------------------------------------------------------------------- counters


def copies_done(engine: Engine, fact: JobDone, now: Now) -> None:
    """copies-actual: whole copies, however many were asked for. Its syntax has no zero: then there is none."""
    job = engine.system.printers[fact.printer_id].jobs.get(fact.job_id)
    if job is not None and fact.copies:
        _set(job, Attribute("copies-actual", fact.copies))


actuals.on(JobDone)(copies_done)


@actuals.on(SheetDone)
def sheet_done(engine: Engine, fact: SheetDone, now: Now) -> None:
    printer = engine.system.printers[fact.printer_id]
    kind, totals = kind_of(fact.color, fact.blank), printer[Totals]
    job = printer.jobs.get(fact.job_id)
    counted: list[Totals | Job] = [totals] if job is None or job.ended else [totals, job]
    for counter in counted:
        counter.sheets = tallied(counter.sheets, kind)
        if fact.back:
            counter.impressions = tallied(counter.impressions, f"{kind}-two-sided")


def kind_of(color: bool, blank: bool) -> str:
    """The member of a -col counter that a side or sheet belongs to (PWG 5100.7)."""
    return "blank" if blank else "full-color" if color else "monochrome"


def tallied(counts: dict[str, int], kind: str) -> dict[str, int]:
    return {**counts, kind: counts.get(kind, 0) + 1}


COLORS = ("blank", "full-color", "monochrome")


def by_kind(counts: dict[str, int], kinds: tuple[str, ...]) -> Collection:
    """A -col counter: how many of each kind."""
    return Collection.of([Attribute(kind, counts.get(kind, 0)) for kind in kinds])


SIDES = (*COLORS, *(f"{kind}-two-sided" for kind in COLORS))

actuals.attribute("job-impressions-completed-col", Job, read=lambda job: by_kind(job.impressions, SIDES))
actuals.attribute("job-media-sheets-completed-col", Job, read=lambda job: by_kind(job.sheets, COLORS))
actuals.attribute(
    "printer-impressions-completed-col",
    Printer,
    tell=lambda printer, context: by_kind(printer[Totals].impressions, SIDES),
)
actuals.attribute(
    "printer-media-sheets-completed-col",
    Printer,
    tell=lambda printer, context: by_kind(printer[Totals].sheets, COLORS),
)
actuals.attribute("printer-pages-completed", Printer, tell=lambda printer, context: printer[Totals].pages)
