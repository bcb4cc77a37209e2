"""Supplies – PWG 5100.13: what is used up by printing, and how much is left."""

from __future__ import annotations

from dataclasses import dataclass

from firmware.core.call import Context
from firmware.core.clock import Now
from firmware.core.engine import Engine
from firmware.core.events import ImpressionDone
from firmware.core.feature import Feature
from firmware.core.kept import Kept
from firmware.core.model import Supply
from firmware.core.printer import Printer

supplies = Feature("supplies", requires=["query"])

LOW = 10
"""Percent below which a supply is low."""


@supplies.part(Printer, keep=True)
@dataclass
class Supplies(Kept):
    """Impressions made with each supply of the model, in the model's order, since it was put in."""

    used: tuple[int, ...] = ()


def level(printer: Printer, index: int) -> int:
    """Percent left."""
    used = printer[Supplies].used
    spent = used[index] if index < len(used) else 0
    supply = printer.model.supplies[index]
    return max(0, 100 - 100 * spent // supply.pages)


def described(printer: Printer, index: int, supply: Supply) -> bytes:
    """printer-supply, keys of PWG 5100.13 section 5.6."""
    role = "process"
    return (
        f"index={index + 1};class=supplyThatIsConsumed;type={supply.type};unit=percent;"
        f"maxcapacity=100;level={level(printer, index)};colorantname={supply.color};colorantrole={role};"
    ).encode()


def each(printer: Printer, context: Context) -> list[bytes]:
    return [described(printer, index, supply) for index, supply in enumerate(printer.model.supplies)]


supplies.attribute("printer-supply", Printer, tell=each)
supplies.attribute(
    "printer-supply-description",
    Printer,
    read=lambda printer: [
        supply.name or f"{supply.color.capitalize()} {supply.type}" for supply in printer.model.supplies
    ],
)
supplies.attribute(
    "printer-supply-info-uri",
    Printer,
    tell=lambda printer, context: context.web_uri("/#supplies") if printer.model.supplies else None,
)


@supplies.on(ImpressionDone)
def consumed(engine: Engine, fact: ImpressionDone, now: Now) -> None:
    """Black takes part in every impression that is not blank, the colours in those that have some."""
    if fact.blank:
        return
    printer = engine.system.printers[fact.printer_id]
    used = list(printer[Supplies].used) + [0] * len(printer.model.supplies)
    for index, supply in enumerate(printer.model.supplies):
        used[index] += 1 if supply.color == "black" or fact.color else 0
    printer[Supplies].used = tuple(used[: len(printer.model.supplies)])
    low = any(level(printer, index) < LOW for index in range(len(printer.model.supplies)))
    reason = {"marker-supply-low-report"}
    printer.set_reasons(reason if low else set(), set() if low else reason, now)
