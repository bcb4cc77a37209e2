"""Wi-Fi configuration – IPP Wi-Fi Configuration Extensions v1.0: a printer on a cable is told its network."""

from __future__ import annotations

import pytest

from firmware.core.access import Caller, Link, Role
from firmware.core.changes import Changes
from firmware.core.events import ForgetNetwork, JoinNetwork
from firmware.core.network import RadioChanged, WifiState
from firmware.features.wifi import PASSWORD, SSID, Wifi, legible
from firmware.ipp import (
    ADMIN_DEFINE,
    DELETE_ATTRIBUTE,
    NOT_SETTABLE,
    UNSUPPORTED,
    Attribute,
    GroupTag,
    Keyword,
    Name,
    NameWithLanguage,
    Operation,
    Status,
    Text,
    encode,
)
from tests.printer import OPERATOR, Answer, Desk, group, value, values

CABLE = Caller(Link.USB, Role.OPERATOR)
LOGGED_IN = Caller(Link.TLS, Role.OPERATOR, "ada")
WRONG = Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED
FIXED = Status.CLIENT_ERROR_ATTRIBUTES_NOT_SETTABLE
OK = Status.SUCCESSFUL_OK
AWKWARD = 'it\'s "5\\n" $(halt)\n\t☕ café'


def ssid(name: str) -> Attribute:
    return Attribute(SSID, Name(name))


def password(octets: bytes) -> Attribute:
    return Attribute(PASSWORD, octets)


@pytest.fixture
def desk() -> Desk:
    """A printer with a radio that has no network."""
    desk = Desk()
    desk.printer[Wifi].fitted = True
    desk.report(RadioChanged(WifiState.NOT_CONFIGURED))
    return desk


def set_printer(desk: Desk, *attributes: Attribute, caller: Caller = CABLE) -> Answer:
    return desk.ask(Operation.SET_PRINTER_ATTRIBUTES, caller=caller, groups=[group(GroupTag.PRINTER, *attributes)])


def told(desk: Desk) -> tuple[object, object]:
    """printer-wifi-ssid and printer-wifi-state."""
    answer = desk.ask(Operation.GET_PRINTER_ATTRIBUTES)
    return value(answer.printer, SSID), value(answer.printer, "printer-wifi-state")


def test_out_of_the_box(desk: Desk) -> None:
    assert told(desk) == ("", WifiState.NOT_CONFIGURED)
    assert values(desk.ask(Operation.GET_PRINTER_ATTRIBUTES).printer, "printer-state-reasons") == (
        "wifi-not-configured-report",
    )


@pytest.mark.parametrize("name", ["Home", AWKWARD, "x" * 32, "☕" * 10, " "])
@pytest.mark.parametrize(
    "secret", [b"", b"paper & ink", b'"; reboot #', b"~" * 63, b"0123456789abcdefABCDEF" * 2 + b"0" * 20]
)
def test_set_is_answered_at_once_and_facts_tell_the_rest(desk: Desk, name: str, secret: bytes) -> None:
    assert set_printer(desk, ssid(name), password(secret)).status == OK
    assert desk.orders(JoinNetwork) == [JoinNetwork(name, secret)]
    assert told(desk) == (legible(name), WifiState.JOINING)
    assert not desk.printer.reasons
    for state in (WifiState.CANNOT_JOIN, WifiState.NOT_VISIBLE, WifiState.ON, WifiState.OFF):
        desk.report(RadioChanged(state, name))
        assert told(desk) == (legible(name), state)


def test_control_characters_are_told_by_their_pictures() -> None:
    """RFC 8011 names have none; ipptool calls such a value bad."""
    assert legible("a\nb\t\x00\x7f☕") == "a␊b␉␀␡☕"


def test_the_order_of_the_two_does_not_matter(desk: Desk) -> None:
    assert set_printer(desk, password(b"12345678"), ssid("Home"), Attribute("printer-info", Text("hall"))).status == OK
    assert desk.orders(JoinNetwork) == [JoinNetwork("Home", b"12345678")]
    assert values(desk.ask(Operation.GET_PRINTER_ATTRIBUTES).printer, "printer-info") == ("hall",)


def test_a_name_with_its_language(desk: Desk) -> None:
    assert set_printer(desk, Attribute(SSID, NameWithLanguage("de", "Büro")), password(b"")).status == OK
    assert desk.orders(JoinNetwork) == [JoinNetwork("Büro", b"")]


def test_a_network_alone(desk: Desk) -> None:
    """The service may know its password, else it is open."""
    assert set_printer(desk, ssid("Guests")).status == OK
    assert desk.orders(JoinNetwork) == [JoinNetwork("Guests", None)]


def test_a_password_alone_is_for_the_network_that_there_is(desk: Desk) -> None:
    answer = set_printer(desk, password(b"12345678"))
    assert answer.status == Status.CLIENT_ERROR_CONFLICTING_ATTRIBUTES
    assert desk.orders(JoinNetwork) == []
    desk.report(RadioChanged(WifiState.CANNOT_JOIN, "Home"))
    assert set_printer(desk, password(b"12345678")).status == OK
    assert desk.orders(JoinNetwork) == [JoinNetwork("Home", b"12345678")]


def test_taken_back(desk: Desk) -> None:
    desk.report(RadioChanged(WifiState.ON, "Home"))
    assert set_printer(desk, Attribute(SSID, DELETE_ATTRIBUTE)).status == OK
    assert desk.orders(ForgetNetwork) == [ForgetNetwork()]
    assert set_printer(desk, Attribute(PASSWORD, DELETE_ATTRIBUTE)).status == OK
    assert desk.orders(JoinNetwork) == [JoinNetwork("Home", b"")]


@pytest.mark.parametrize(
    "attribute",
    [
        ssid(""),
        ssid("x" * 33),
        ssid("☕" * 11),
        Attribute(SSID, Keyword("home")),
        Attribute(SSID, Name("a"), Name("b")),
        password(b"1234567"),
        password(b"x" * 64),
        password(b"\n" * 8),
        password("ünicode-8".encode()),
        password(b"x" * 65),
        Attribute(PASSWORD, Name("12345678")),
    ],
    ids=str,
)
def test_no_network_and_no_password(desk: Desk, attribute: Attribute) -> None:
    answer = set_printer(desk, Attribute("printer-info", Text("hall")), attribute)
    assert answer.status == WRONG
    secret = attribute.name == PASSWORD
    assert answer.unsupported == [Attribute(PASSWORD, UNSUPPORTED) if secret else attribute]
    assert desk.orders(JoinNetwork) == []
    assert told(desk) == ("", WifiState.NOT_CONFIGURED)
    assert values(desk.ask(Operation.GET_PRINTER_ATTRIBUTES).printer, "printer-info") == ("Desk",)


@pytest.mark.parametrize("attribute", [ssid("Home"), password(b"12345678"), Attribute(SSID, DELETE_ATTRIBUTE)], ids=str)
@pytest.mark.parametrize(
    "caller",
    [Caller(Link.PLAIN, Role.ADMINISTRATOR), Caller(Link.TLS, Role.OPERATOR), LOGGED_IN],
    ids=["plain", "tls", "logged in"],
)
def test_nobody_else_may(desk: Desk, attribute: Attribute, caller: Caller) -> None:
    answer = set_printer(desk, attribute, caller=caller)
    assert answer.status == FIXED
    assert answer.unsupported == [Attribute(attribute.name, NOT_SETTABLE)]
    assert desk.orders(JoinNetwork) == []


def test_over_tls_where_the_board_says_so(desk: Desk) -> None:
    desk.printer[Wifi].over_tls = True
    assert set_printer(desk, ssid("Home"), caller=LOGGED_IN).status == OK
    assert set_printer(desk, ssid("Home"), caller=Caller(Link.TLS, Role.OPERATOR)).status == FIXED
    assert set_printer(desk, ssid("Home"), caller=Caller(Link.PLAIN, Role.OPERATOR, "ada")).status == FIXED


def test_the_state_is_not_settable(desk: Desk) -> None:
    assert set_printer(desk, Attribute("printer-wifi-state", 8)).status == FIXED


def test_what_is_settable_is_told_to_whom_may(desk: Desk) -> None:
    for caller, there in ((CABLE, True), (Caller(Link.PLAIN), False)):
        answer = desk.ask(Operation.GET_PRINTER_ATTRIBUTES, caller=caller)
        names = values(answer.printer, "printer-settable-attributes-supported")
        assert (SSID in names, PASSWORD in names) == (there, there)
        assert "printer-info" in names
        answer = desk.ask(Operation.GET_PRINTER_SUPPORTED_VALUES, caller=caller)
        assert values(answer.printer, SSID) == ((ADMIN_DEFINE,) if there else ())


def test_the_password_is_never_told(desk: Desk) -> None:
    set_printer(desk, ssid("Home"), password(b"sesame, open"))
    (order,) = desk.orders(JoinNetwork)
    assert "sesame" not in repr(order)
    for names in ((PASSWORD,), ("all", PASSWORD), ("printer-description",)):
        wanted = Attribute("requested-attributes", *(Keyword(name) for name in names))
        for caller in (CABLE, OPERATOR):
            answer = desk.ask(Operation.GET_PRINTER_ATTRIBUTES, wanted, caller=caller)
            assert values(answer.printer, PASSWORD) == ()
            assert b"sesame" not in encode(answer.message)
    desk.keep()
    assert not any(b"sesame" in record for _, record in desk.records.values())


def test_a_board_without_a_radio() -> None:
    desk = Desk()
    answer = desk.ask(Operation.GET_PRINTER_ATTRIBUTES)
    assert not [name for name in answer.printer.names() if "wifi" in name]
    assert not [name for name in values(answer.printer, "printer-settable-attributes-supported") if "wifi" in str(name)]
    for attribute in (ssid("Home"), password(b"12345678"), Attribute("printer-wifi-state", 8)):
        answer = set_printer(desk, attribute)
        assert answer.status == WRONG
        assert answer.unsupported == [Attribute(attribute.name, UNSUPPORTED)]
    desk.report(RadioChanged(WifiState.NOT_CONFIGURED))
    assert not desk.printer.reasons


def test_a_change_is_a_change_of_state(desk: Desk) -> None:
    """Subscribers hear of it, and printer-state-change-time moves."""
    desk.wait(10)
    desk.report(RadioChanged(WifiState.ON, "Home"))
    assert desk.printer.state_changed.up == 11
    desk.wait(10)
    desk.report(RadioChanged(WifiState.ON, "Home"))
    assert desk.printer.state_changed.up == 11


def test_each_state_is_an_event(desk: Desk) -> None:
    """Also two within a second."""
    context = desk.engine.context(desk.now)
    changes = Changes(desk.engine.describe)
    changes.learn([desk.printer], context)
    for state in (WifiState.JOINING, WifiState.CANNOT_JOIN, WifiState.ON):
        desk.report(RadioChanged(state, "Home"))
        found = changes.look([desk.printer], [], context)
        assert [each.event for each in found] == ["printer-state-changed"]
    desk.report(RadioChanged(WifiState.ON, "Home"))
    assert changes.look([desk.printer], [], context) == []
