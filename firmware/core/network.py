"""Facts of the network: how the board's radio fares, and what the printer is called there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from firmware.core.events import Fact


class WifiState(IntEnum):
    """printer-wifi-state (IPP Wi-Fi Configuration Extensions v1.0)."""

    OFF = 3
    NOT_CONFIGURED = 4
    NOT_VISIBLE = 5
    CANNOT_JOIN = 6
    JOINING = 7
    ON = 8


@dataclass(frozen=True, slots=True)
class RadioChanged(Fact):
    """The board's radio fares differently. ``ssid`` is the network that it is on or wants to be on."""

    state: WifiState
    ssid: str = ""


@dataclass(frozen=True, slots=True)
class NameTaken(Fact):
    """The name under which the printer is found on the network (DNS-SD)."""

    printer_id: int
    name: str
