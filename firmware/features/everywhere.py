"""IPP Everywhere – PWG 5100.14: the printer that needs no driver."""

from __future__ import annotations

from firmware.core.feature import Feature
from firmware.core.printer import Printer
from firmware.ipp import Operation

everywhere = Feature("everywhere", requires=["ipp2", "identify", "job_extensions", "overrides", "raster", "supplies"])

ATTRIBUTES = (
    "identify-actions-default",
    "identify-actions-supported",
    "job-creation-attributes-supported",
    "job-ids-supported",
    "media-bottom-margin-supported",
    "media-col-database",
    "media-col-default",
    "media-col-ready",
    "media-col-supported",
    "media-left-margin-supported",
    "media-ready",
    "media-right-margin-supported",
    "media-size-supported",
    "media-source-supported",
    "media-top-margin-supported",
    "media-type-supported",
    "multiple-document-jobs-supported",
    "multiple-operation-time-out",
    "multiple-operation-time-out-action",
    "overrides-supported",
    "page-ranges-supported",
    "preferred-attributes-supported",
    "print-color-mode-default",
    "print-color-mode-supported",
    "print-content-optimize-default",
    "print-content-optimize-supported",
    "print-rendering-intent-default",
    "print-rendering-intent-supported",
    "printer-config-change-date-time",
    "printer-config-change-time",
    "printer-current-time",
    "printer-device-id",
    "printer-geo-location",
    "printer-get-attributes-supported",
    "printer-icons",
    "printer-organization",
    "printer-organizational-unit",
    "printer-state-change-date-time",
    "printer-state-change-time",
    "printer-state-message",
    "printer-supply",
    "printer-supply-description",
    "printer-supply-info-uri",
    "printer-uuid",
    "pwg-raster-document-resolution-supported",
    "pwg-raster-document-type-supported",
    "which-jobs-supported",
)


def applies(printer: Printer) -> bool:
    """A model without PWG raster is no IPP Everywhere printer, and none that fails."""
    return "image/pwg-raster" in printer.model.formats


everywhere.profile(
    "IPP Everywhere",
    keyword="ipp-everywhere",
    operations=(
        Operation.CREATE_JOB,
        Operation.SEND_DOCUMENT,
        Operation.CANCEL_MY_JOBS,
        Operation.CLOSE_JOB,
        Operation.IDENTIFY_PRINTER,
    ),
    printer_attributes=ATTRIBUTES,
    job_attributes=("date-time-at-creation", "job-impressions-completed", "job-state-message", "job-uuid"),
    formats=("image/pwg-raster",),
    applies=applies,
)
everywhere.profile(
    "IPP Everywhere in colour",
    formats=("image/jpeg",),
    applies=lambda printer: applies(printer) and printer.model.color,
)
everywhere.profile(
    "IPP Everywhere on both sides",
    printer_attributes=("pwg-raster-document-sheet-back",),
    applies=lambda printer: applies(printer) and len(printer.model.sides) > 1,
)
