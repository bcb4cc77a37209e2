"""Identify-Printer – PWG 5100.13: which of the printers in this room is it?"""

from __future__ import annotations

import pytest

from firmware.core.events import Identify
from firmware.features.identify import Panel
from firmware.ipp import Attribute, Operation, Status, Text, TextWithLanguage
from tests.printer import PLAIN, USB, Desk, keyword, values


@pytest.fixture
def desk() -> Desk:
    """A printer that can show and sound."""
    desk = Desk()
    desk.printer[Panel].actions = ("display", "sound")
    desk.printer.configured(desk.now)
    return desk


def test_what_the_panel_can_do(desk: Desk) -> None:
    told = desk.ask(Operation.GET_PRINTER_ATTRIBUTES).printer
    assert values(told, "identify-actions-supported") == ("display", "sound")
    assert values(told, "identify-actions-default") == ("display",)


def test_without_a_wish_it_does_the_usual(desk: Desk) -> None:
    assert desk.ask(Operation.IDENTIFY_PRINTER).status == Status.SUCCESSFUL_OK
    assert desk.orders(Identify) == [Identify(1, ("display",))]


def test_a_wish_and_a_message(desk: Desk) -> None:
    message = Attribute("message", Text("third floor"))
    answer = desk.ask(Operation.IDENTIFY_PRINTER, keyword("identify-actions", "sound"), message)
    assert answer.status == Status.SUCCESSFUL_OK
    assert desk.orders(Identify) == [Identify(1, ("sound",), "third floor")]
    desk.ask(Operation.IDENTIFY_PRINTER, Attribute("message", TextWithLanguage("fr", "ici")))
    assert desk.orders(Identify) == [Identify(1, ("display",), "ici")]


def test_what_it_can_of_what_is_wished(desk: Desk) -> None:
    answer = desk.ask(Operation.IDENTIFY_PRINTER, keyword("identify-actions", "speak", "sound", "flash"))
    assert answer.status == Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES
    assert answer.unsupported == [keyword("identify-actions", "speak", "flash")]
    assert desk.orders(Identify) == [Identify(1, ("sound",))]


def test_nothing_of_what_is_wished(desk: Desk) -> None:
    wish = keyword("identify-actions", "speak")
    answer = desk.ask(Operation.IDENTIFY_PRINTER, wish)
    assert answer.status == Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED
    assert answer.unsupported == [wish]
    assert desk.orders(Identify) == []


def test_a_message_that_is_too_long(desk: Desk) -> None:
    answer = desk.ask(Operation.IDENTIFY_PRINTER, Attribute("message", Text("m" * 128)))
    assert answer.status == Status.CLIENT_ERROR_REQUEST_VALUE_TOO_LONG
    assert desk.orders(Identify) == []


def test_anybody_may_look_for_it(desk: Desk) -> None:
    for caller in (PLAIN, USB):
        assert desk.ask(Operation.IDENTIFY_PRINTER, caller=caller).status == Status.SUCCESSFUL_OK
