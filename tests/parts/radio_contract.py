"""What every radio does, whoever runs it: told from outside, by a printer's attributes. ``tests/parts/test_radio.py``
has the simulated one do it, ``tests/lab/test_wifi.py`` wpa_supplicant and NetworkManager among real access points."""

from __future__ import annotations

from typing import Protocol

PLAIN, MODERN, HIDDEN = "Plain", "Modern", "Hidden"
"""Networks in the air: WPA2, nothing but WPA3, and an open one that does not show itself."""
AWKWARD = 'it\'s "5"\n$(halt) ☕'
"""One of WPA2."""
PASSWORD, WRONG = b'paper & "ink" \\$', b"plastic and air"


def legible(ssid: str) -> str:
    """How an ssid is told: IPP names have no control characters."""
    return ssid.replace("\n", "␊")


class Station(Protocol):
    """A printer with a radio."""

    async def set(self, ssid: str, password: bytes) -> None:
        """Set-Printer-Attributes."""

    async def forget(self) -> None: ...

    async def until(self, state: str, ssid: str) -> None:
        """Wait for printer-wifi-state and printer-wifi-ssid."""

    async def until_not(self, state: str) -> None: ...

    async def reasons(self) -> list[str]:
        """printer-state-reasons."""

    async def networks(self) -> dict[str, str]:
        """Security of the networks in reach."""


class Air(Protocol):
    """The access point with all its networks."""

    def vanish(self) -> None: ...
    def appear(self) -> None: ...


async def contract(station: Station, air: Air) -> None:
    """From the box, by way of everything that goes wrong, back into the box."""
    await station.until("not-configured", "")
    assert "wifi-not-configured-report" in await station.reasons()
    await mistakes_at_first(station)
    await station.set(AWKWARD, PASSWORD)
    await station.until("on", legible(AWKWARD))
    assert "wifi-not-configured-report" not in await station.reasons()
    await mistakes_later(station)
    await out_of_reach(station, air)
    await other_kinds(station)
    await station.forget()
    await station.until("not-configured", "")
    assert "wifi-not-configured-report" in await station.reasons()


async def mistakes_at_first(station: Station) -> None:
    """There is nothing to go back to: it keeps what it was told, and says why that is no network."""
    await station.set("Nowhere", PASSWORD)
    await station.until("joining", "Nowhere")
    await station.until("not-visible", "Nowhere")
    found = await station.networks()
    assert {PLAIN: "wpa2", AWKWARD: "wpa2", MODERN: "wpa3"}.items() <= found.items(), found
    assert HIDDEN not in found
    await station.set(PLAIN, WRONG)
    await station.until("joining", PLAIN)
    await station.until("cannot-join", PLAIN)


async def mistakes_later(station: Station) -> None:
    """It says so for a while, and is back on the network that worked."""
    for ssid, state in ((PLAIN, "cannot-join"), ("Nowhere", "not-visible")):
        await station.set(ssid, WRONG)
        await station.until("joining", ssid)
        await station.until(state, ssid)
        await station.until("on", legible(AWKWARD))


async def out_of_reach(station: Station, air: Air) -> None:
    """The access point is gone, and comes back."""
    air.vanish()
    await station.until_not("on")
    await station.until("not-visible", legible(AWKWARD))
    air.appear()
    await station.until("on", legible(AWKWARD))


async def other_kinds(station: Station) -> None:
    await station.set(MODERN, PASSWORD)
    await station.until("on", MODERN)
    await station.set(HIDDEN, b"")
    await station.until("on", HIDDEN)
