"""The board's radio: which part has it, and which interface it is."""

from __future__ import annotations

from pathlib import Path

from board.config import ConfigError, WifiConfig
from firmware.ports import Radio

INTERFACES = Path("/sys/class/net")


def radio(config: WifiConfig) -> Radio | None:
    """The part that the board file names; ConfigError when it can't be had."""
    if config.part == "none":
        return None
    if config.part == "simulated":
        from board.parts.radio_simulated import AccessPoint, SimulatedRadio

        air = [
            AccessPoint(point.ssid.encode(), point.password.encode(), point.hidden, point.security)
            for point in config.air
        ]
        return SimulatedRadio(air, config.seconds)
    interface = config.interface or only_interface()
    if config.part == "networkmanager":
        from board.parts.radio_networkmanager import NetworkManagerRadio

        return NetworkManagerRadio(interface)
    from board.parts.radio_wpa import WpaRadio

    return WpaRadio(interface)


def only_interface() -> str:
    """The machine's Wi-Fi interface, if there is one and no other."""
    found = sorted(path.parent.name for path in INTERFACES.glob("*/phy80211"))
    if not found:
        raise ConfigError('this machine has no Wi-Fi interface: set part = "none" under [wifi] in the board file')
    if len(found) > 1:
        raise ConfigError(f"several Wi-Fi interfaces: choose one of {', '.join(found)} with --wifi-interface")
    return found[0]
