"""Raster formats – PWG 5102.4 and Apple Raster: which pixels hosts may send."""

from __future__ import annotations

from firmware.core.feature import Feature
from firmware.core.printer import Printer
from firmware.ipp import Resolution

raster = Feature("raster", requires=["media", "job_template"])

URF_VERSION = "V1.4"
_DUPLEX_MODES = {"normal": "DM1", "flipped": "DM2", "rotated": "DM3", "manual-tumble": "DM4"}
_MEDIA_TYPES = (
    "auto",
    "stationery",
    "transparency",
    "envelope",
    "cardstock",
    "labels",
    "stationery-letterhead",
    "disc",
    "photographic-matte",
    "photographic-satin",
    "photographic-semi-gloss",
    "photographic-glossy",
    "photographic-high-gloss",
    "other",
)
_SOURCES = (
    "auto", "main", "alternate", "large-capacity", "manual", "envelope", "disc", "photo", "hagaki", "main-roll",
    "alternate-roll", "top", "middle", "bottom", "side", "left", "right", "center", "rear",
    "by-pass-tray", *(f"tray-{number}" for number in range(1, 21)), *(f"roll-{number}" for number in range(1, 11)),
)  # fmt: skip
_BINS = (
    "auto", "top", "middle", "bottom", "side", "left", "right", "center", "rear", "face-up", "face-down",
    "large-capacity", "stacker", "my-mailbox", *(f"mailbox-{number}" for number in range(1, 11)),
    *(f"stacker-{number}" for number in range(1, 11)), *(f"tray-{number}" for number in range(1, 11)),
)  # fmt: skip


def _codes(prefix: str, table: tuple[str, ...], names: tuple[str, ...] | list[str]) -> list[str]:
    """One urf-supported code that lists the numbers of what is in the table."""
    numbers = [str(number) for number in sorted(table.index(name) for name in names if name in table)]
    return [prefix + "-".join(numbers)] if numbers else []


def urf_supported(printer: Printer) -> list[str]:
    """urf-supported, derived from the same facts as the PWG attributes."""
    model = printer.model
    codes = [URF_VERSION, "CP255" if model.copies > 1 else "CP1", "PQ3-4-5", "FN3"]
    codes += list(model.urf_kinds)
    codes.append("RS" + "-".join(map(str, model.resolutions)))
    if len(model.sides) > 1:
        codes.append(_DUPLEX_MODES[model.sheet_back])
    codes += _codes("IS", _SOURCES, [tray.source for tray in model.media.trays])
    codes += _codes("MT", _MEDIA_TYPES, model.media.types)
    codes += _codes("OB", _BINS, model.output_bins)
    return [*codes, "OFU0" if "face-down" in model.output_bins else "OFU1"]


raster.attribute(
    "pwg-raster-document-resolution-supported",
    Printer,
    read=lambda printer: [Resolution(dpi, dpi) for dpi in printer.model.resolutions],
)
raster.attribute("pwg-raster-document-type-supported", Printer, read=lambda printer: list(printer.model.raster_types))
raster.attribute(
    "pwg-raster-document-sheet-back",
    Printer,
    read=lambda printer: printer.model.sheet_back if len(printer.model.sides) > 1 else None,
)
raster.attribute("urf-supported", Printer, read=urf_supported)
