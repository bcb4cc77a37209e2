"""Facts of the network: printer-wifi-state has the numbers and names of the registry."""

from __future__ import annotations

from firmware.core.network import RadioChanged, WifiState
from firmware.ipp import registry


def test_states_are_those_of_the_registry() -> None:
    labels = {state.name.lower().replace("_", "-"): int(state) for state in WifiState}
    assert labels == {registry.enum_label("printer-wifi-state", number): number for number in range(3, 9)}


def test_without_a_network_there_is_no_name() -> None:
    assert RadioChanged(WifiState.NOT_CONFIGURED).ssid == ""
