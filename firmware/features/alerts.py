"""Alerts – PWG 5100.9 (Printer State Extensions): printer-state-reasons in the words of the Printer MIB (RFC 3805).

Each reason that tells of something to look after is one alert. Codes are the labels of PrtAlertCodeTC; those that no
table names follow the rule of 5100.9 section 6: the keyword in camel case.
"""

from __future__ import annotations

from typing import NamedTuple

from firmware.core.feature import Feature
from firmware.core.printer import Printer
from firmware.ipp import registry

alerts = Feature("alerts", requires=["query"])

CODES = {
    "developer-empty": "markerDeveloperEmpty",
    "developer-low": "markerDeveloperAlmostEmpty",
    "fuser-over-temp": "markerFuserOverTemperature",
    "fuser-under-temp": "markerFuserUnderTemperature",
    "input-tray-missing": "inputMediaTrayMissing",
    "marker-supply-empty": "markerInkEmpty",
    "marker-supply-low": "markerInkAlmostEmpty",
    "marker-waste-almost-full": "markerWasteTonerReceptacleAlmostFull",
    "marker-waste-full": "markerWasteTonerReceptacleFull",
    "media-empty": "inputMediaSupplyEmpty",
    "media-jam": "jam",
    "media-low": "inputMediaSupplyLow",
    "media-needed": "inputMediaChangeRequest",
    "opc-life-over": "markerOpcLifeOver",
    "opc-near-eol": "markerOpcLifeAlmostOver",
    "output-area-almost-full": "outputMediaTrayAlmostFull",
    "output-area-full": "outputMediaTrayFull",
    "output-tray-missing": "outputMediaTrayMissing",
    "shutdown": "powerDown",
    "toner-empty": "markerTonerEmpty",
    "toner-low": "markerTonerAlmostEmpty",
}
"""The classic reasons of RFC 8011 and their codes (from memory of 5100.9 table 6-1: no stored source)."""

NO_ALERTS = frozenset(
    {"paused", "moving-to-paused", "stopping", "stopped-partly", "connecting-to-device", "hold-new-jobs", "deactivated"}
    | {"identify-printer-requested", "wifi-not-configured", "timed-out", "spool-area-full"}
)
"""Reasons that tell what somebody wanted or what software waits for."""

GROUPS = {
    "cover": "cover",
    "door": "cover",
    "input": "input",
    "interlock": "cover",
    "interpreter": "interpreter",
    "jam": "mediaPath",
    "marker": "marker",
    "media": "mediaPath",
    "output": "output",
}
"""PrtAlertGroupTC by how a code begins; any other is of the printer as a whole."""

SEVERITIES = {"report": "other", "warning": "warning", "error": "critical"}
"""PrtAlertSeverityLevelTC by the reason's suffix; without one it is an error (RFC 8011 section 5.4.12)."""
KNOWN = frozenset(registry.keywords("printer-state-reasons"))
READY = "printerReadyToPrint"


class Alert(NamedTuple):
    """One row of the alert table."""

    code: str
    severity: str
    description: str


def present(printer: Printer) -> list[Alert]:
    """What there is to look after, the worst first; one that says so when there is nothing."""
    order = list(SEVERITIES.values())
    found = [alert for reason in sorted(printer.reasons) if (alert := _alert(reason)) is not None]
    found.sort(key=lambda alert: -order.index(alert.severity))
    return found or [Alert(READY, "other", "Nothing to look after.")]


def _alert(reason: str) -> Alert | None:
    name, dash, suffix = reason.rpartition("-")
    if not dash or suffix not in SEVERITIES or reason in KNOWN:  # some keywords end in -error themselves
        name, suffix = reason, "error"
    if name in NO_ALERTS:
        return None
    first, *rest = name.split("-")
    code = CODES.get(name) or first + "".join(part.capitalize() for part in rest)
    return Alert(code, SEVERITIES[suffix], f"{name.replace('-', ' ').capitalize()}.")


def encoded(index: int, alert: Alert) -> bytes:
    """printer-alert, keys of 5100.9 section 5.1."""
    begins = next((group for word, group in GROUPS.items() if alert.code.startswith(word)), "generalPrinter")
    help_wanted = "noInterventionRequired" if alert.code == READY else "untrained"
    return f"code={alert.code};index={index};severity={alert.severity};training={help_wanted};group={begins}".encode()


alerts.attribute(
    "printer-alert",
    Printer,
    tell=lambda printer, context: [encoded(index, alert) for index, alert in enumerate(present(printer), 1)],
)
alerts.attribute(
    "printer-alert-description",
    Printer,
    tell=lambda printer, context: [alert.description for alert in present(printer)],
)
