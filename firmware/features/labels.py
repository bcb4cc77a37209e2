"""Labels – IPP Label Printing Extensions v1.0: how dark, how fast, and what becomes of each label.

media-tracking and media-top-offset are members of media-col: the room of media has them. Of the registered modes only
those are offered that a mechanism here can do: ``cutter-delayed``, applicators and rewinders are not among them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from firmware.core.catalog import within
from firmware.core.feature import Feature
from firmware.core.model import Labels
from firmware.core.printer import Printer
from firmware.ipp import RangeOfInteger

labels = Feature("labels", requires=["media", "settings"])

MODE, TEAR_OFFSET, DARKNESS = "label-mode-configured", "label-tear-offset-configured", "printer-darkness-configured"
USUAL_DARKNESS = 50
STEPS = 100
"""Of darkness that can be told from each other, for the printer and for a job alike."""


def of(what: Callable[[Labels], Any]) -> Callable[[Printer], Any]:
    """What a printer of labels has, and no other."""
    return lambda printer: what(printer.model.labels) if printer.model.labels is not None else None


def prints_labels(printer: Printer) -> bool:
    return printer.model.labels is not None


def configured(printer: Printer, name: str, usual: Any) -> Any:
    setting = printer.setting(name)
    return usual if setting is None else setting.value


def tear_offset(entry: Labels) -> RangeOfInteger:
    return RangeOfInteger(*entry.tear_offset)


def darkness(printer: Printer, asked: int) -> int:
    """Percent: what is configured, and from there as far to either end as a job asks."""
    base: int = configured(printer, DARKNESS, USUAL_DARKNESS)
    return base + (STEPS - base if asked > 0 else base) * asked // 100


def burn(printer: Printer, values: tuple[Any, ...]) -> Mapping[str, Any]:
    """What a job asks for goes to the engine together with what the printer was told for all."""
    entry = printer.model.labels
    if entry is None:
        return {}
    return {
        "darkness": darkness(printer, int(values[0])),
        "label_mode": str(configured(printer, MODE, entry.modes[0])),
        "tear_offset": int(configured(printer, TEAR_OFFSET, 0)),
    }


labels.template(
    "print-darkness",
    supported=of(lambda entry: STEPS),
    default=of(lambda entry: 0),
    allows=lambda printer, value: isinstance(value, int) and -100 <= value <= 100,
    per_page=True,
    resolve=burn,
)
labels.template(
    "print-speed",
    supported=of(lambda entry: RangeOfInteger(*entry.speeds)),
    default=of(lambda entry: entry.speeds[1]),
    per_page=True,
    field="speed",
)
labels.attribute(
    DARKNESS,
    Printer,
    read=of(lambda entry: USUAL_DARKNESS),
    settable=True,
    allows=lambda printer, value: isinstance(value, int) and 0 <= value <= 100,
    fitted=prints_labels,
)
labels.attribute("printer-darkness-supported", Printer, read=of(lambda entry: STEPS))
labels.attribute(
    MODE,
    Printer,
    read=of(lambda entry: entry.modes[0]),
    settable=True,
    allows=lambda printer, value: value in printer.model.labels.modes,
    choices=of(lambda entry: list(entry.modes)),
    fitted=prints_labels,
)
labels.attribute("label-mode-supported", Printer, read=of(lambda entry: list(entry.modes)))
labels.attribute(
    TEAR_OFFSET,
    Printer,
    read=of(lambda entry: 0),
    settable=True,
    allows=lambda printer, value: within(value, [tear_offset(printer.model.labels)]),
    choices=of(tear_offset),
    fitted=prints_labels,
)
labels.attribute("label-tear-offset-supported", Printer, read=of(tear_offset))
labels.attribute("media-tracking-supported", Printer, read=of(lambda entry: list(entry.tracking)))
labels.attribute("media-top-offset-supported", Printer, read=of(lambda entry: RangeOfInteger(0, entry.top_offset)))
