"""Discovery – PWG 5100.14 section 4.2, RFC 6762, RFC 6763: the name by which the printer is found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from firmware.core.call import Call, plain_text
from firmware.core.clock import Now
from firmware.core.engine import Engine
from firmware.core.feature import Feature
from firmware.core.kept import Kept
from firmware.core.network import NameTaken
from firmware.core.printer import Printer
from firmware.ipp import Attribute
from firmware.ipp.values import Value

dnssd = Feature("dnssd", requires=["settings"])

NAME = "printer-dns-sd-name"


@dnssd.part(Printer, keep=True)
@dataclass
class FoundAs(Kept):
    """The name on the network. It is remembered, so that of two printers of one name each keeps its own
    (RFC 6762 section 9)."""

    wish: str = ""
    """What somebody set."""
    name: str = ""
    """What the network let it have,"""
    base: str = ""
    """when it wanted this."""


def base(printer: Printer) -> str:
    """The name that it would have if it were alone."""
    return printer[FoundAs].wish or printer.name


def found_as(printer: Printer) -> str:
    """The name that it has, or will ask for."""
    part = printer[FoundAs]
    return part.name if part.name and part.base == base(printer) else base(printer)


def good_name(printer: Printer, value: Value) -> bool:
    """A label of DNS (RFC 6763 section 4.1.1)."""
    return 1 <= len(plain_text(value).strip().encode()) <= 63


def write(call: Call, given: Mapping[str, Attribute | None]) -> None:
    name = given[NAME]
    call.printer[FoundAs].wish = "" if name is None else plain_text(name.value)


@dnssd.on(NameTaken)
def name_taken(engine: Engine, fact: NameTaken, now: Now) -> None:
    """What the network calls it is what it says."""
    printer = engine.system.printers[fact.printer_id]
    if found_as(printer) != fact.name:
        printer[FoundAs].name, printer[FoundAs].base = fact.name, base(printer)
        printer.configured(now)


dnssd.attribute(NAME, Printer, read=found_as, allows=good_name, write=write)
