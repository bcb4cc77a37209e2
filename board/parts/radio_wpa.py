"""A radio run by wpa_supplicant, which keeps the network in its own file (``update_config=1``); addresses are the
business of others, such as systemd-networkd. A printer has one network: one that is joined replaces all others.

The ssid and the password of WPA3 go as hexadecimal digits, that of WPA2 as the key derived from it
(IEEE 802.11 annex J.4): nothing that came from outside is quoted anywhere.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import re
from collections.abc import AsyncGenerator
from pathlib import Path

from board.parts.wpa_control import FOLDER, WpaControl, WpaFailure, pairs, rows, unescape
from firmware.core.network import WifiState
from firmware.ports import JoinFailed, Network, RadioStatus

JOINING = 45.0
"""Seconds for an attempt."""
MISSES = 3
"""Scans without the network after which it is not visible."""
REJECTS = 3
"""Answers of WPA3's handshake that say no: it is tried again at once, a mistaken password included."""
PING = 20.0
"""Seconds of silence after which it is asked whether it lives."""
SCAN = 15.0
_DISABLED = re.compile(r"CTRL-EVENT-SSID-TEMP-DISABLED id=(\d+) .*auth_failures=(\d+) .*reason=(\w+)")


class WpaRadio:
    """An interface of wpa_supplicant."""

    def __init__(self, interface: str, folder: Path = FOLDER) -> None:
        self._interface, self._folder = interface, folder
        self._control: WpaControl | None = None
        self._trouble: WifiState | None = None
        """Why it is not on, since it last tried."""
        self._unproven: str | None = None
        """The network that was kept though it could not be joined."""

    # ------------------------------------------------------------------------------------------- watch

    async def watch(self) -> AsyncGenerator[RadioStatus, None]:
        control = WpaControl(self._interface, self._folder)
        control.open()
        events = control.listen()
        try:
            await control.do("ATTACH")
            with contextlib.suppress(WpaFailure):
                await control.do("SET", "sae_pwe", "2")  # both ways of WPA3, where it knows of two
            self._control = control
            told = None
            while True:
                status = await self._status(control)
                if status != told:
                    told = status
                    yield status
                while not self._matters(await self._event(control, events)):
                    pass
        finally:
            self._control = None
            control.close()

    async def _event(self, control: WpaControl, events: asyncio.Queue[str | None]) -> str:
        while True:
            try:
                async with asyncio.timeout(PING):
                    event = await events.get()
            except TimeoutError:
                await control.ask("PING")
                return "CTRL-EVENT-NONE"
            if event is None:
                raise ConnectionResetError("wpa_supplicant ended")
            return event

    def _matters(self, event: str) -> bool:
        """Note what an event says of the network; whether the status may be another now."""
        if event.startswith(("CTRL-EVENT-CONNECTED", "CTRL-EVENT-DISCONNECTED")):
            self._trouble = None
        elif event.startswith("CTRL-EVENT-NETWORK-NOT-FOUND"):
            self._trouble = WifiState.NOT_VISIBLE
        elif event.startswith("CTRL-EVENT-SSID-TEMP-DISABLED"):
            self._trouble = WifiState.CANNOT_JOIN
        return event.startswith(("CTRL-EVENT", "RX-", "INTERFACE")) and "SCAN" not in event and "BSS" not in event

    async def _status(self, control: WpaControl) -> RadioStatus:
        status = pairs(await control.ask("STATUS"))
        state = status.get("wpa_state", "")
        if state == "COMPLETED":
            return RadioStatus(WifiState.ON, unescape(status.get("ssid", "")))
        networks = [(ssid, flags) for _, ssid, flags in await self._networks(control)]
        if state == "INTERFACE_DISABLED":
            return RadioStatus(WifiState.OFF, networks[0][0] if networks else b"")
        enabled = [ssid for ssid, flags in networks if "[DISABLED]" not in flags]
        if not enabled:
            return RadioStatus(WifiState.NOT_CONFIGURED)
        return RadioStatus(self._trouble or WifiState.JOINING, enabled[0])

    async def _networks(self, control: WpaControl) -> list[tuple[str, bytes, str]]:
        """(id, ssid, flags) of each network that is configured."""
        found = [row for row in rows(await control.ask("LIST_NETWORKS")) if len(row) >= 3]
        return [(row[0], unescape(row[1]), row[3] if len(row) > 3 else "") for row in found]

    # -------------------------------------------------------------------------------------------- join

    async def join(self, ssid: bytes, password: bytes | None) -> None:
        control = self._there()
        known = await self._networks(control)
        again = [number for number, name, _ in known if name == ssid] if password is None else []
        number = again[0] if again else await self._add(control, ssid, password or b"")
        events = control.listen()
        try:
            await control.do("SELECT_NETWORK", number)
            async with asyncio.timeout(JOINING):
                await self._joined(control, events, number, ssid)
        except (JoinFailed, TimeoutError) as failure:
            await self._fall_back(control, number, [each for each, _, _ in known if each != number], bool(again))
            if isinstance(failure, JoinFailed):
                raise
            raise JoinFailed(WifiState.CANNOT_JOIN, f"no answer in {JOINING:.0f} s") from None
        except asyncio.CancelledError:
            if not again:
                await asyncio.shield(control.ask("REMOVE_NETWORK", number))
            raise
        finally:
            control.unlisten(events)
        for other, _, _ in known:
            if other != number:
                await control.do("REMOVE_NETWORK", other)
        self._unproven = None
        await self._save(control)

    async def _add(self, control: WpaControl, ssid: bytes, password: bytes) -> str:
        number = (await control.ask("ADD_NETWORK")).strip()
        try:
            for name, value in _settings(ssid, password).items():
                await control.do("SET_NETWORK", number, name, value)
            if password and len(password) < 64:
                await self._add_wpa3(control, number, password)
        except OSError:
            await control.ask("REMOVE_NETWORK", number)
            raise
        return number

    async def _add_wpa3(self, control: WpaControl, number: str, password: bytes) -> None:
        """Beside WPA2, where wpa_supplicant was built with it."""
        with contextlib.suppress(WpaFailure):
            await control.do("SET_NETWORK", number, "sae_password", password.hex())
            await control.do("SET_NETWORK", number, "key_mgmt", "WPA-PSK WPA-PSK-SHA256 SAE")
            await control.do("SET_NETWORK", number, "ieee80211w", "1")

    async def _joined(self, control: WpaControl, events: asyncio.Queue[str | None], number: str, ssid: bytes) -> None:
        """Return when the network is joined, raise JoinFailed when it won't be."""
        misses = rejects = 0
        while True:
            event = await self._event(control, events)
            if event.startswith("CTRL-EVENT-CONNECTED"):
                if pairs(await control.ask("STATUS")).get("id") == number:
                    return
            elif event.startswith("CTRL-EVENT-NETWORK-NOT-FOUND"):
                misses += 1
                if misses >= MISSES:
                    raise await self._not_found(control, ssid)
            elif event.startswith("CTRL-EVENT-AUTH-REJECT"):
                rejects += 1
                if rejects >= REJECTS:
                    raise JoinFailed(WifiState.CANNOT_JOIN, "refused")
            elif disabled := _DISABLED.match(event):
                wrong = disabled[3] == "WRONG_KEY" or int(disabled[2]) > 1
                if disabled[1] == number and wrong:
                    raise JoinFailed(WifiState.CANNOT_JOIN, disabled[3].lower().replace("_", " "))

    async def _not_found(self, control: WpaControl, ssid: bytes) -> JoinFailed:
        """No network that fits: none of that name, or one that wants something else of us."""
        if any(network.ssid == ssid for network in await self._seen(control)):
            return JoinFailed(WifiState.CANNOT_JOIN, "its security is of another kind")
        return JoinFailed(WifiState.NOT_VISIBLE, "not in reach")

    async def _fall_back(self, control: WpaControl, number: str, others: list[str], again: bool) -> None:
        """To the network that worked; without one, stay with this."""
        worked = [other for other in others if other != self._unproven]
        if worked and not again:
            await control.do("REMOVE_NETWORK", number)
        if worked:
            self._trouble = None
            await control.do("SELECT_NETWORK", worked[0])
            return
        for other in others:
            await control.do("REMOVE_NETWORK", other)
        self._unproven = number
        await self._save(control)

    async def _save(self, control: WpaControl) -> None:
        try:
            await control.do("SAVE_CONFIG")
        except WpaFailure:
            raise OSError("wpa_supplicant does not keep networks: set update_config=1 in its file") from None

    # -------------------------------------------------------------------------------------------- rest

    async def forget(self) -> None:
        control = self._there()
        self._unproven = None
        await control.do("REMOVE_NETWORK", "all")
        await self._save(control)

    async def scan(self) -> list[Network]:
        control = self._there()
        events = control.listen()
        try:
            await control.ask("SCAN")  # it may be busy with one of its own
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SCAN):
                    while not (await self._event(control, events)).startswith("CTRL-EVENT-SCAN-RESULTS"):
                        pass
        finally:
            control.unlisten(events)
        strongest: dict[bytes, Network] = {}
        for network in sorted(await self._seen(control), key=lambda each: -each.signal):
            if network.ssid.strip(b"\0"):
                strongest.setdefault(network.ssid, network)
        return list(strongest.values())

    async def _seen(self, control: WpaControl) -> list[Network]:
        found = [row for row in rows(await control.ask("SCAN_RESULTS")) if len(row) >= 5]
        return [Network(unescape(row[4]), _security(row[3]), int(row[2])) for row in found]

    def _there(self) -> WpaControl:
        if self._control is None:
            raise OSError("wpa_supplicant is not there")
        return self._control


def _settings(ssid: bytes, password: bytes) -> dict[str, str]:
    """A network of wpa_supplicant's; hidden ones are asked for by name (scan_ssid)."""
    settings = {"ssid": ssid.hex(), "scan_ssid": "1"}
    if not password:
        return {**settings, "key_mgmt": "NONE"}
    if len(password) == 64:
        return {**settings, "key_mgmt": "WPA-PSK", "psk": password.decode("ascii")}
    return {**settings, "key_mgmt": "WPA-PSK", "psk": hashlib.pbkdf2_hmac("sha1", password, ssid, 4096, 32).hex()}


def _security(flags: str) -> str:
    two, three = "PSK" in flags, "SAE" in flags
    if two or three:
        return "wpa2/wpa3" if two and three else ("wpa3" if three else "wpa2")
    return "other" if any(word in flags for word in ("EAP", "WEP", "OWE", "WPA")) else "open"
