"""Wi-Fi configuration – IPP Wi-Fi Configuration Extensions v1.0: a printer on a cable is told its network.

A Set is answered at once; how the radio fares is told by printer-wifi-state. The password passes through: nothing
here keeps it. The registration leaves open what a Set without one of the two attributes means; here a network
without a password is open, unless the network service knows it, and a password without a network is a new one for
the network that the printer has.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass

from firmware.core.access import Caller, Link, Role
from firmware.core.call import Call, plain_text
from firmware.core.clock import Now
from firmware.core.engine import Engine
from firmware.core.events import ForgetNetwork, JoinNetwork
from firmware.core.feature import Feature
from firmware.core.network import RadioChanged, WifiState
from firmware.core.printer import Printer
from firmware.ipp import UNSUPPORTED, Attribute, Status
from firmware.ipp.values import Value

wifi = Feature("wifi", requires=["settings"])

SSID, PASSWORD = "printer-wifi-ssid", "printer-wifi-password"
LONGEST_SSID = 32
"""Octets (IEEE 802.11 section 9.4.2.2)."""
REASON = "wifi-not-configured-report"


@wifi.part(Printer)
@dataclass
class Wifi:
    """What is known of the radio. The network service keeps the network; this is asked anew at each start."""

    fitted: bool = False
    """The board has a radio."""
    over_tls: bool = False
    """Operators who proved by TLS who they are may set it too, not only those at the cable."""
    ssid: str = ""
    state: WifiState = WifiState.OFF


def legible(ssid: str) -> str:
    """An SSID may hold any octets, a name no control characters (RFC 8011 section 5.1.3, RFC 5198): their pictures."""
    return "".join(chr(0x2400 + ord(each)) if each < " " else "␡" if each == "\x7f" else each for each in ssid)


def is_fitted(printer: Printer) -> bool:
    return printer[Wifi].fitted


def may_set(printer: Printer, caller: Caller) -> bool:
    """Callers on the cable and on the control socket; by configuration those whom TLS protects and who logged in."""
    if caller.link in (Link.USB, Link.LOCAL):
        return True
    proved = caller.link is Link.TLS and caller.user is not None and caller.role >= Role.OPERATOR
    return proved and printer[Wifi].over_tls


def good_ssid(printer: Printer, value: Value) -> bool:
    return 1 <= len(plain_text(value).encode()) <= LONGEST_SSID


def good_password(printer: Printer, value: Value) -> bool:
    """None, a passphrase of 8 to 63 ASCII characters, or a key of 64 hexadecimal digits (IEEE 802.11 annex J.4)."""
    assert isinstance(value, bytes)
    if len(value) == 64:
        return all(octet in string.hexdigits.encode() for octet in value)
    return not value or (8 <= len(value) <= 63 and all(0x20 <= octet <= 0x7E for octet in value))


def write(call: Call, given: Mapping[str, Attribute | None]) -> None:
    """Join the network, or forget it where the ssid is taken back. Facts tell what comes of it."""
    part = call.printer[Wifi]
    if SSID in given and given[SSID] is None:
        call.order(ForgetNetwork())
        return
    ssid, password = given.get(SSID), given.get(PASSWORD)
    name = part.ssid if ssid is None else plain_text(ssid.value)
    if not name:
        message = f"a password for which network? Set {SSID} too"
        raise call.refuse(Status.CLIENT_ERROR_CONFLICTING_ATTRIBUTES, message, [Attribute(PASSWORD, UNSUPPORTED)])
    secret = password.value if password is not None else b""  # taken back: the network has none
    assert isinstance(secret, bytes)
    call.order(JoinNetwork(name, secret if PASSWORD in given else None))
    for printer in call.engine.system.printers.values():
        printer.configured(call.now)
        show(printer, RadioChanged(WifiState.JOINING, name), call.now)


def show(printer: Printer, fact: RadioChanged, now: Now) -> None:
    """The printer says from now on how the radio fares."""
    part = printer[Wifi]
    if (part.ssid, part.state) == (fact.ssid, fact.state):
        return
    part.ssid, part.state = fact.ssid, fact.state
    printer.fares(now)
    unset = fact.state is WifiState.NOT_CONFIGURED
    printer.set_reasons({REASON} if unset else set(), set() if unset else {REASON}, now)


@wifi.on(RadioChanged)
def radio_changed(engine: Engine, fact: RadioChanged, now: Now) -> None:
    """All printers of the system share the board's radio."""
    for printer in engine.system.printers.values():
        if printer[Wifi].fitted:
            show(printer, fact, now)


wifi.attribute(
    SSID,
    Printer,
    tell=lambda printer, context: legible(printer[Wifi].ssid) if printer[Wifi].fitted else None,
    allows=good_ssid,
    write=write,
    fitted=is_fitted,
    setters=may_set,
)
wifi.attribute(
    PASSWORD,
    Printer,
    tell=lambda printer, context: None,
    allows=good_password,
    write=write,
    fitted=is_fitted,
    setters=may_set,
)
wifi.attribute(
    "printer-wifi-state",
    Printer,
    tell=lambda printer, context: int(printer[Wifi].state) if printer[Wifi].fitted else None,
    fitted=is_fitted,
)
