"""IPP/2.0, 2.1 and 2.2 – PWG 5100.12 sections 6.2 to 6.4: the levels above IPP/1.1."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from firmware.core.feature import Feature
from firmware.core.printer import Printer
from firmware.ipp import Operation

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

OPERATIONS_21 = (
    Operation.CREATE_JOB,
    Operation.SEND_DOCUMENT,
    Operation.HOLD_JOB,
    Operation.RELEASE_JOB,
    Operation.RESTART_JOB,
    Operation.PAUSE_PRINTER,
    Operation.RESUME_PRINTER,
    Operation.PURGE_JOBS,
    Operation.SET_PRINTER_ATTRIBUTES,
    Operation.SET_JOB_ATTRIBUTES,
    Operation.GET_PRINTER_SUPPORTED_VALUES,
    Operation.CREATE_PRINTER_SUBSCRIPTIONS,
    Operation.GET_SUBSCRIPTION_ATTRIBUTES,
    Operation.GET_SUBSCRIPTIONS,
    Operation.RENEW_SUBSCRIPTION,
    Operation.CANCEL_SUBSCRIPTION,
    Operation.GET_NOTIFICATIONS,
    Operation.ENABLE_PRINTER,
    Operation.DISABLE_PRINTER,
    Operation.CANCEL_CURRENT_JOB,
    Operation.CANCEL_JOBS,
    Operation.CANCEL_MY_JOBS,
    Operation.CLOSE_JOB,
    Operation.RESUBMIT_JOB,
)
ATTRIBUTES_21 = (
    "ippget-event-life",
    "job-hold-until-default",
    "job-hold-until-supported",
    "job-priority-default",
    "job-priority-supported",
    "job-settable-attributes-supported",
    "job-sheets-default",
    "job-sheets-supported",
    "media-col-database",
    "media-col-default",
    "media-col-supported",
    "media-size-supported",
    "multiple-operation-time-out",
    "notify-events-default",
    "notify-events-supported",
    "notify-lease-duration-default",
    "notify-lease-duration-supported",
    "notify-max-events-supported",
    "notify-pull-method-supported",
    "printer-alert",
    "printer-alert-description",
    "printer-settable-attributes-supported",
    "printer-state-change-time",
)
OPERATIONS_22 = (
    Operation.CREATE_JOB_SUBSCRIPTIONS,
    Operation.PAUSE_PRINTER_AFTER_CURRENT_JOB,
    Operation.HOLD_NEW_JOBS,
    Operation.RELEASE_HELD_NEW_JOBS,
    Operation.RESTART_PRINTER,
    Operation.SHUTDOWN_PRINTER,
    Operation.STARTUP_PRINTER,
    Operation.REPROCESS_JOB,
    Operation.SUSPEND_CURRENT_JOB,
    Operation.RESUME_JOB,
    Operation.PROMOTE_JOB,
    Operation.SCHEDULE_JOB_AFTER,
    Operation.CANCEL_DOCUMENT,
    Operation.GET_DOCUMENT_ATTRIBUTES,
    Operation.GET_DOCUMENTS,
    Operation.SET_DOCUMENT_ATTRIBUTES,
)
ATTRIBUTES_22 = (
    "job-creation-attributes-supported",
    "job-ids-supported",
    "media-col-ready",
    "media-ready",
    "multiple-document-jobs-supported",
    "number-up-default",
    "number-up-supported",
    "overrides-supported",
    "page-ranges-supported",
    "printer-device-id",
    "printer-message-from-operator",
    "which-jobs-supported",
)


def reached(operations: Iterable[Operation], attributes: Iterable[str]) -> Callable[[Printer], bool]:
    """A level is claimed as soon as the rooms have all of it."""
    wanted, names = frozenset(operations), frozenset(attributes)
    return lambda printer: (
        wanted <= printer.catalog.operations.keys() and names <= printer.catalog.printer_attributes.keys()
    )


ipp2.profile(
    "IPP/2.1",
    version=(2, 1),
    operations=OPERATIONS_21,
    printer_attributes=ATTRIBUTES_21,
    applies=reached(OPERATIONS_21, ATTRIBUTES_21),
)
ipp2.profile(
    "IPP/2.2",
    version=(2, 2),
    operations=(*OPERATIONS_21, *OPERATIONS_22),
    printer_attributes=(*ATTRIBUTES_21, *ATTRIBUTES_22),
    applies=reached((*OPERATIONS_21, *OPERATIONS_22), (*ATTRIBUTES_21, *ATTRIBUTES_22)),
)
