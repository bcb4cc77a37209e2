"""Driver replacement – PWG 5100.13: what a host wants to know so as to need no driver."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from firmware.core.call import Context
from firmware.core.feature import Feature
from firmware.core.media import dimensions
from firmware.core.printer import Printer
from firmware.ipp import UNKNOWN, Text

driverless = Feature("driverless", requires=["query", "media", "formats"])

ICON_SIZES = (48, 128, 512)


def color_modes(printer: Printer) -> list[str]:
    gray = ["monochrome", "auto-monochrome", "process-monochrome", "bi-level", "process-bi-level"]
    return ["auto", "color", *gray] if printer.model.color else ["auto", *gray]


driverless.template(
    "print-color-mode",
    supported=color_modes,
    default=lambda printer: "auto",
    per_page=True,
    field="color_mode",
)
driverless.template(
    "print-scaling",
    supported=lambda printer: ["auto", "auto-fit", "fill", "fit", "none"],
    default=lambda printer: "auto",
    per_page=True,
    field="scaling",
)


def content_kinds(printer: Printer) -> list[str]:
    """print-content-optimize chooses the halftone (``raster_ext.halftone.choose``): where there is none, nothing."""
    more = ["graphic", "photo", "text", "text-and-graphic"] if printer.model.levels == 2 else []
    return ["auto", *more]


driverless.template(
    "print-content-optimize",
    supported=content_kinds,
    default=lambda printer: "auto",
    per_page=True,
    field="content",
)
# One way of rendering: more values come with more ways.
driverless.template("print-rendering-intent", supported=lambda printer: ["auto"], default=lambda printer: "auto")


@driverless.part(Printer)
@dataclass
class Program:
    """What runs the printer; the board says it."""

    version: str = ""


def _of_program(read: Callable[[str], Any]) -> Callable[[Printer], Any]:
    return lambda printer: read(printer[Program].version) if printer[Program].version else None


# One program, and no patches beside it.
driverless.attribute("printer-firmware-name", Printer, read=_of_program(lambda version: ["Inkstand"]))
driverless.attribute("printer-firmware-patches", Printer, read=_of_program(lambda version: [Text("")]))
driverless.attribute("printer-firmware-string-version", Printer, read=_of_program(lambda version: [Text(version)]))
driverless.attribute("printer-firmware-version", Printer, read=_of_program(lambda version: [version.encode()]))


def device_id(printer: Printer) -> str:
    """The IEEE 1284 device id (PWG 5107.2): keys that hosts match drivers by."""
    commands = [printer.catalog.formats[name].command for name in printer.model.formats]
    model = printer.model
    parts = {
        "MFG": model.make,
        "MDL": model.model,
        "CMD": ",".join(command for command in commands if command),
        "CLS": "PRINTER",
        "DES": model.make_and_model,
    }
    return "".join(f"{key}:{value.translate(_NO_SEPARATORS)};" for key, value in parts.items())


_NO_SEPARATORS = str.maketrans(":;", "  ")


def kinds(printer: Printer) -> list[str]:
    """printer-kind, from the sizes that it prints on (1/100 mm)."""
    found = ["document"]
    for name in printer.model.media.sizes:
        width, _ = dimensions(name)
        if name.startswith(("na_number-10", "iso_dl", "iso_c5", "na_monarch")):
            found.append("envelope")
        elif name.startswith(("na_index-4x6", "na_5x7", "om_small-photo", "oe_photo")):
            found.append("photo")
        elif name.startswith("jpn_hagaki"):
            found.append("postcard")
        elif width > 33000:
            found.append("large-format")
    return list(dict.fromkeys(found))


def icons(printer: Printer, context: Context) -> list[str]:
    return [context.web_uri(f"/icons/{printer.id}-{size}.png") for size in ICON_SIZES]


driverless.attribute("printer-uuid", Printer, read=lambda printer: f"urn:uuid:{printer.uuid}")
driverless.attribute("printer-device-id", Printer, read=device_id)
driverless.attribute("printer-kind", Printer, read=kinds)
driverless.attribute("printer-icons", Printer, tell=icons)
driverless.attribute("document-password-supported", Printer, read=lambda printer: 0)

# Told by people: Set-Printer-Attributes changes them (room settings).
driverless.attribute("printer-info", Printer, read=lambda printer: printer.name, settable=True)
driverless.attribute("printer-location", Printer, read=lambda printer: Text(""), settable=True)
driverless.attribute("printer-geo-location", Printer, read=lambda printer: UNKNOWN, settable=True)
driverless.attribute("printer-organization", Printer, read=lambda printer: Text(""), settable=True)
driverless.attribute("printer-organizational-unit", Printer, read=lambda printer: Text(""), settable=True)
