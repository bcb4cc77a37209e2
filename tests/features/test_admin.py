"""Printer control – RFC 8011 sections 4.2.7 and 4.2.8: Pause-Printer and Resume-Printer."""

from __future__ import annotations

from firmware.core.events import PrintJob
from firmware.core.job import JobState
from firmware.core.printer import PrinterState
from firmware.ipp import Attribute, Operation, Status
from tests.printer import OPERATOR, PLAIN, Desk, keyword, state, value


def pause(desk: Desk) -> Status:
    return desk.ask(Operation.PAUSE_PRINTER, caller=OPERATOR).status


def resume(desk: Desk) -> Status:
    return desk.ask(Operation.RESUME_PRINTER, caller=OPERATOR).status


def test_a_paused_printer_takes_jobs_and_prints_none() -> None:
    desk = Desk()
    assert pause(desk) == Status.SUCCESSFUL_OK
    assert desk.says() == (PrinterState.STOPPED, {"paused"})
    job = desk.print()
    assert desk.orders(PrintJob) == []
    assert state(job) is JobState.PENDING
    assert resume(desk) == Status.SUCCESSFUL_OK
    assert desk.says() == (PrinterState.PROCESSING, set())
    assert state(job) is JobState.PROCESSING


def test_pausing_while_printing() -> None:
    desk = Desk()
    job = desk.print()
    pause(desk)
    assert desk.says() == (PrinterState.PROCESSING, {"moving-to-paused"})
    desk.press(job)
    assert desk.says() == (PrinterState.STOPPED, {"paused"})


def test_resuming_before_it_has_come_to_rest() -> None:
    desk = Desk()
    desk.print()
    pause(desk)
    resume(desk)
    assert desk.says() == (PrinterState.PROCESSING, set())


def test_twice_is_as_good_as_once() -> None:
    """RFC 8011 section 4.2.7: a printer that is paused already says successful-ok."""
    desk = Desk()
    assert pause(desk) == pause(desk) == Status.SUCCESSFUL_OK
    assert resume(desk) == resume(desk) == Status.SUCCESSFUL_OK
    assert desk.says() == (PrinterState.IDLE, set())


def test_what_clients_see() -> None:
    desk = Desk()
    desk.wait(9)
    pause(desk)
    wanted = keyword("requested-attributes", "printer-state", "printer-state-reasons", "printer-state-change-time",
                     "printer-is-accepting-jobs", "printer-state-message")  # fmt: skip
    told = desk.ask(Operation.GET_PRINTER_ATTRIBUTES, wanted).printer
    assert value(told, "printer-state") == 5
    assert value(told, "printer-state-reasons") == "paused"
    assert value(told, "printer-state-change-time") == 10
    assert value(told, "printer-state-message") == "Paused."
    assert value(told, "printer-is-accepting-jobs") is True


def test_it_is_not_for_everybody() -> None:
    desk = Desk()
    for operation in (Operation.PAUSE_PRINTER, Operation.RESUME_PRINTER):
        assert desk.ask(operation, caller=PLAIN).status == Status.CLIENT_ERROR_NOT_AUTHORIZED
    assert desk.says() == (PrinterState.IDLE, set())
    strange = desk.ask(Operation.PAUSE_PRINTER, Attribute("limit", 1), caller=OPERATOR)
    assert strange.status == Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES
