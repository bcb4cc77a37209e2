"""IPP/2.0 – PWG 5100.12 section 6.2: the levels above IPP/1.1."""

from __future__ import annotations

from firmware.core.feature import Feature

ipp2 = Feature("ipp2", requires=["ipp11", "media", "job_template", "driverless"])

ipp2.profile(
    "IPP/2.0",
    version=(2, 0),
    printer_attributes=(
        "color-supported",
        "copies-default",
        "copies-supported",
        "finishings-default",
        "finishings-supported",
        "media-default",
        "media-supported",
        "orientation-requested-default",
        "orientation-requested-supported",
        "output-bin-default",
        "output-bin-supported",
        "pages-per-minute",
        "print-quality-default",
        "print-quality-supported",
        "printer-info",
        "printer-location",
        "printer-make-and-model",
        "printer-more-info",
        "printer-resolution-default",
        "printer-resolution-supported",
        "sides-default",
        "sides-supported",
    ),
)
