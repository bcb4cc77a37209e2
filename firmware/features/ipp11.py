"""IPP/1.1 – RFC 8011 section 7: what every printer must have before it may call itself one."""

from __future__ import annotations

from firmware.core.feature import Feature
from firmware.ipp import Operation

ipp11 = Feature("ipp11", requires=["query", "submission", "job_control"])

OPERATIONS = (
    Operation.PRINT_JOB,
    Operation.VALIDATE_JOB,
    Operation.CANCEL_JOB,
    Operation.GET_JOB_ATTRIBUTES,
    Operation.GET_JOBS,
    Operation.GET_PRINTER_ATTRIBUTES,
)

ipp11.profile(
    "IPP/1.1",
    version=(1, 1),
    operations=OPERATIONS,
    printer_attributes=(
        "charset-configured",
        "charset-supported",
        "compression-supported",
        "document-format-default",
        "document-format-supported",
        "generated-natural-language-supported",
        "ipp-versions-supported",
        "natural-language-configured",
        "operations-supported",
        "pdl-override-supported",
        "printer-is-accepting-jobs",
        "printer-name",
        "printer-state",
        "printer-state-reasons",
        "printer-up-time",
        "printer-uri-supported",
        "queued-job-count",
        "uri-authentication-supported",
        "uri-security-supported",
    ),
    job_attributes=(
        "attributes-charset",
        "attributes-natural-language",
        "job-id",
        "job-name",
        "job-originating-user-name",
        "job-printer-up-time",
        "job-printer-uri",
        "job-state",
        "job-state-reasons",
        "job-uri",
        "time-at-completed",
        "time-at-creation",
        "time-at-processing",
    ),
)
