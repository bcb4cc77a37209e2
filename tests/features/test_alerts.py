"""Alerts – PWG 5100.9."""

from __future__ import annotations

import re

import pytest

from firmware.core.events import PartFailed
from firmware.features.alerts import CODES, NO_ALERTS
from firmware.ipp import Operation, registry
from tests.printer import Desk, values

SHAPE = re.compile(
    r"code=[A-Za-z]+(;index=-?\d+)?(;severity=[a-zA-Z]+)?(;training=[a-zA-Z]+)?(;group=[a-zA-Z]+)?(;groupindex=-?\d+)?"
)


def told(desk: Desk) -> list[tuple[str, str]]:
    """Each alert and its description."""
    printer = desk.ask(Operation.GET_PRINTER_ATTRIBUTES).printer
    alerts, texts = values(printer, "printer-alert"), values(printer, "printer-alert-description")
    assert len(alerts) == len(texts)
    found = [(str(alert, "ascii"), str(text)) for alert, text in zip(alerts, texts, strict=True)]  # type: ignore[arg-type]
    assert all(SHAPE.fullmatch(alert) for alert, _ in found)
    return found


def test_a_printer_with_nothing_to_look_after_says_so() -> None:
    ((alert, text),) = told(Desk())
    assert alert.startswith("code=printerReadyToPrint;")
    assert text


def test_alerts_come_and_go_with_their_reasons_the_worst_first() -> None:
    desk = Desk()
    desk.report(PartFailed(1, "marker-supply-low-report"))
    desk.report(PartFailed(1, "media-low-warning"))
    desk.report(PartFailed(1, "media-jam"))
    assert told(desk) == [
        ("code=jam;index=1;severity=critical;training=untrained;group=mediaPath", "Media jam."),
        ("code=inputMediaSupplyLow;index=2;severity=warning;training=untrained;group=input", "Media low."),
        ("code=markerInkAlmostEmpty;index=3;severity=other;training=untrained;group=marker", "Marker supply low."),
    ]
    for reason in ("marker-supply-low-report", "media-low-warning", "media-jam"):
        desk.report(PartFailed(1, reason, cleared=True))
    assert told(desk)[0][0].startswith("code=printerReadyToPrint;")


@pytest.mark.parametrize(
    ("reason", "code", "group"),
    [
        ("cover-open", "coverOpen", "cover"),
        ("interlock-open-error", "interlockOpen", "cover"),
        ("marker-thermistor-failure", "markerThermistorFailure", "marker"),
        ("input-media-tray-feed-error", "inputMediaTrayFeedError", "input"),
        ("subunit-over-temperature-warning", "subunitOverTemperature", "generalPrinter"),
    ],
)
def test_other_reasons_follow_the_rule(reason: str, code: str, group: str) -> None:
    desk = Desk()
    desk.report(PartFailed(1, reason))
    ((alert, _),) = told(desk)
    assert f"code={code};" in alert
    assert f";group={group}" in alert


def test_what_somebody_wanted_is_no_alert() -> None:
    desk = Desk()
    for reason in NO_ALERTS:
        desk.report(PartFailed(1, reason))
    assert [alert.split(";")[0] for alert, _ in told(desk)] == ["code=printerReadyToPrint"]


def test_every_reason_of_the_tables_is_registered() -> None:
    assert {*CODES, *NO_ALERTS} <= set(registry.keywords("printer-state-reasons"))
