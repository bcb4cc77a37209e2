"""Job Template – RFC 8011 section 5.2 and PWG 5100.3: copies, sides, ranges, number-up and their kin."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from firmware.core.feature import Feature
from firmware.core.printer import Printer
from firmware.ipp import NO_VALUE, RangeOfInteger, Resolution

job_template = Feature("job_template")

NUMBER_UP = (1, 2, 4, 6, 8, 9, 12, 16)
DIRECTIONS = (
    "toright-tobottom",
    "tobottom-toright",
    "toleft-tobottom",
    "tobottom-toleft",
    "toright-totop",
    "totop-toright",
    "toleft-totop",
    "totop-toleft",
)
HANDLINGS = (
    "single-document",
    "separate-documents-uncollated-copies",
    "separate-documents-collated-copies",
    "single-document-new-sheet",
)
MAX_RANGES = 100


def ascending(ranges: tuple[Any, ...]) -> bool:
    """Ranges must rise and not overlap (RFC 8011 section 5.2.7)."""
    return len(ranges) <= MAX_RANGES and all(one.upper < after.lower for one, after in pairwise(ranges))


job_template.template(
    "copies",
    supported=lambda printer: RangeOfInteger(1, printer.model.copies),
    default=lambda printer: 1,
    field="copies",
)
job_template.template(
    "sides",
    supported=lambda printer: list(printer.model.sides),
    default=lambda printer: printer.model.sides[0],
    per_page=True,
    field="sides",
)
job_template.template(
    "page-ranges",
    supported=lambda printer: True,
    coherent=ascending,
    resolve=lambda printer, values: {"page_ranges": tuple((one.lower, one.upper) for one in values)},
)
job_template.attribute("max-page-ranges-supported", Printer, read=lambda printer: MAX_RANGES)
job_template.template(
    "number-up",
    supported=lambda printer: list(NUMBER_UP),
    default=lambda printer: 1,
    field="number_up",
)
job_template.template(
    "presentation-direction-number-up",
    supported=lambda printer: list(DIRECTIONS),
    default=lambda printer: DIRECTIONS[0],
    field="presentation",
)
job_template.template(
    "orientation-requested",
    supported=lambda printer: [3, 4, 5, 6, 7],
    default=lambda printer: NO_VALUE,
    per_page=True,
    binds=False,
    resolve=lambda printer, values: {"orientation": None if values[0] == 7 else int(values[0])},
)
job_template.template(
    "print-quality",
    supported=lambda printer: [3, 4, 5],
    default=lambda printer: 4,
    per_page=True,
    resolve=lambda printer, values: {"quality": int(values[0])},
)


def same_resolution(printer: Printer, value: Any) -> bool:
    """A resolution in dots per centimetre is supported when it means one of ours."""
    return isinstance(value, Resolution) and value.dpi in {(dpi, dpi) for dpi in printer.model.resolutions}


job_template.template(
    "printer-resolution",
    supported=lambda printer: [Resolution(dpi, dpi) for dpi in printer.model.resolutions],
    default=lambda printer: Resolution(*(printer.model.resolution_for(4),) * 2),
    allows=same_resolution,
    per_page=True,
    binds=False,  # without a wish the resolution follows print-quality
    resolve=lambda printer, values: {"resolution": values[0].dpi},
)
job_template.template(
    "multiple-document-handling",
    supported=lambda printer: list(HANDLINGS),
    default=lambda printer: HANDLINGS[0],
    field="document_handling",
)
job_template.template(
    "sheet-collate",
    supported=lambda printer: ["collated", "uncollated"],
    default=lambda printer: "collated",
    resolve=lambda printer, values: {"collated": values[0] != "uncollated"},
)
job_template.template(
    "job-priority", supported=lambda printer: 100, default=lambda printer: 50, allows=lambda p, v: True
)
job_template.template(
    "output-bin",
    supported=lambda printer: list(printer.model.output_bins),
    default=lambda printer: printer.model.output_bins[0],
    per_page=True,
    field="output_bin",
)
