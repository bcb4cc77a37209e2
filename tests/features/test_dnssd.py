"""Discovery – PWG 5100.14 section 4.2, RFC 6762, RFC 6763: the name by which the printer is found."""

from __future__ import annotations

import pytest

from firmware.core.events import Announce
from firmware.core.network import NameTaken
from firmware.ipp import DELETE_ATTRIBUTE, Attribute, GroupTag, Name, Operation, Status
from firmware.ipp.values import Value
from tests.printer import OPERATOR, Answer, Desk, group, value

NAME = "printer-dns-sd-name"


def told(desk: Desk) -> Value:
    return value(desk.ask(Operation.GET_PRINTER_ATTRIBUTES).printer, NAME)


def set_name(desk: Desk, *values: Value) -> Answer:
    groups = [group(GroupTag.PRINTER, Attribute(NAME, *values))]
    return desk.ask(Operation.SET_PRINTER_ATTRIBUTES, caller=OPERATOR, groups=groups)


def test_it_is_called_as_the_board_calls_it() -> None:
    assert told(Desk()) == "Desk"


def test_the_network_has_the_last_word() -> None:
    """The name is remembered, as long as the same is wanted."""
    desk = Desk()
    desk.report(NameTaken(1, "Desk (2)"))
    assert told(desk) == "Desk (2)"
    desk.restart()
    assert told(desk) == "Desk (2)"
    assert set_name(desk, Name("Büro")).status == Status.SUCCESSFUL_OK
    assert desk.orders(Announce) == [Announce(1)]
    assert told(desk) == "Büro"
    desk.report(NameTaken(1, "Büro (3)"))
    assert told(desk) == "Büro (3)"
    desk.restart()
    assert told(desk) == "Büro (3)"
    assert set_name(desk, DELETE_ATTRIBUTE).status == Status.SUCCESSFUL_OK
    assert told(desk) == "Desk"


def test_a_new_name_is_a_change_of_configuration() -> None:
    desk = Desk()
    desk.wait(10)
    desk.report(NameTaken(1, "Desk"))
    assert desk.printer.config_changed.up == 1
    desk.report(NameTaken(1, "Desk (2)"))
    assert desk.printer.config_changed.up == 11


@pytest.mark.parametrize("name", ["", "  ", "x" * 64, "ü" * 32])
def test_no_label(name: str) -> None:
    desk = Desk()
    answer = set_name(desk, Name(name))
    assert answer.status in (
        Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED,
        Status.CLIENT_ERROR_REQUEST_VALUE_TOO_LONG,
    )
    assert told(desk) == "Desk"
