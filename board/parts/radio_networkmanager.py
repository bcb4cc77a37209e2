"""A radio run by NetworkManager, over D-Bus. The printer has one connection of its own there, ``Inkstand``, which
also brings the addresses; connections of others are gone back to, never changed."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass
from typing import Any

from dbus_fast import Variant

from board.parts.nm_bus import ROOT, NmBus, NmError, bare
from firmware.core.network import WifiState
from firmware.ports import JoinFailed, Network, RadioStatus

NAME = "Inkstand"
"""The id of the printer's connection."""
SETTINGS = f"{ROOT}/Settings"
NOTHING = "/"
JOINING = 75.0
"""Seconds for an attempt; NetworkManager itself gives up after 25 without an answer, and tries again."""
_UNMANAGED, _UNAVAILABLE, _DISCONNECTED, _ACTIVATED = 10, 20, 30, 100
_ACTIVE, _DEACTIVATED = 2, 4
_REFUSED = (7, 8, 9, 10, 11)
"""Of NMDeviceStateReason: no secrets, and what the supplicant says."""
_PSK, _SAE, _OTHER = 0x100, 0x400, 0x200 | 0x800 | 0x1000


@dataclass(frozen=True)
class Seen:
    """An access point in reach."""

    path: str
    ssid: bytes
    flags: int
    """NM80211ApSecurityFlags of WPA and RSN together."""
    locked: bool
    strength: int


class NetworkManagerRadio:
    """An interface of NetworkManager's."""

    def __init__(self, interface: str) -> None:
        self._interface = interface
        self._bus: NmBus | None = None

    # ------------------------------------------------------------------------------------------- watch

    async def watch(self) -> AsyncGenerator[RadioStatus, None]:
        bus = NmBus()
        try:
            await bus.open()
            changed = bus.listen()
            self._bus = bus
            told = None
            while True:
                with contextlib.suppress(NmError):  # something went while it was looked at: look again
                    status = await self._status(bus)
                    if status != told:
                        told = status
                        yield status
                await bus.news(changed, 10)
        finally:
            self._bus = None
            bus.close()

    async def _status(self, bus: NmBus) -> RadioStatus:
        device = await self._device(bus)
        state, reason = await bus.get(device, "Device", "StateReason")
        profile = await self._profile(bus, device)
        ssid = await self._ssid(bus, profile) if profile else b""
        if state <= _UNAVAILABLE:
            return RadioStatus(WifiState.OFF, ssid)
        if profile is None:
            return RadioStatus(WifiState.NOT_CONFIGURED)
        if state == _ACTIVATED:
            return RadioStatus(WifiState.ON, ssid)
        if _DISCONNECTED < state < _ACTIVATED:
            return RadioStatus(WifiState.JOINING, ssid)
        if not [seen for seen in await self._around(bus, device) if seen.ssid == ssid]:
            return RadioStatus(WifiState.NOT_VISIBLE, ssid)
        return RadioStatus(WifiState.CANNOT_JOIN if reason in _REFUSED else WifiState.JOINING, ssid)

    async def _device(self, bus: NmBus) -> str:
        try:
            (path,) = await bus.call(ROOT, "", "GetDeviceByIpIface", "s", self._interface)
        except NmError:
            raise OSError(f"NetworkManager knows no interface {self._interface}") from None
        return str(path)

    async def _profile(self, bus: NmBus, device: str) -> str | None:
        """The connection that is active, else the printer's own."""
        active = await bus.get(device, "Device", "ActiveConnection")
        if active != NOTHING:
            return str(await bus.get(active, "Connection.Active", "Connection"))
        return next(iter(await self._own(bus)), None)

    async def _own(self, bus: NmBus) -> list[str]:
        """The printer's connections."""
        found = []
        for path in await bus.get(SETTINGS, "Settings", "Connections"):
            settings = await self._read(bus, path)
            if settings.get("connection", {}).get("id") == NAME and "802-11-wireless" in settings:
                found.append(str(path))
        return found

    async def _read(self, bus: NmBus, profile: str) -> dict[str, Any]:
        """A connection's settings; secrets are not among them."""
        try:
            (settings,) = await bus.call(profile, "Settings.Connection", "GetSettings")
        except NmError:
            return {}
        found: dict[str, Any] = bare(settings)
        return found

    async def _ssid(self, bus: NmBus, profile: str) -> bytes:
        return bytes((await self._read(bus, profile)).get("802-11-wireless", {}).get("ssid", b""))

    # -------------------------------------------------------------------------------------------- join

    async def join(self, ssid: bytes, password: bytes | None) -> None:
        bus = self._there()
        device = await self._device(bus)
        own = await self._own(bus)
        before = await self._working(bus, device, own)
        if password is None and (known := [path for path in own if await self._ssid(bus, path) == ssid]):
            await self._activate(bus, device, known[0])
            return
        points = await self._find(bus, device, ssid)  # none: it may hide, and is called by its name when joined
        wpa3_only = bool(points) and all(point.flags & _SAE and not point.flags & _PSK for point in points)
        await self._try(bus, device, settings(ssid, password or b"", wpa3_only), own, before)

    async def _try(
        self, bus: NmBus, device: str, wanted: dict[str, dict[str, Variant]], own: list[str], before: str | None
    ) -> None:
        """Join, in memory first; kept is what is joined, or what there is when there is nothing to go back to."""
        changed = bus.listen()
        new = ""
        try:
            memory = {"persist": Variant("s", "memory")}
            new, active, _ = await bus.call(
                ROOT, "", "AddAndActivateConnection2", "a{sa{sv}}ooa{sv}", wanted, device, NOTHING, memory
            )
            await self._joined(bus, changed, active)
        except (JoinFailed, NmError) as failure:
            visible = await self._find(bus, device, ssid_of(wanted), look=False)
            if before is None and new:
                await self._save(bus, new, own)
            else:
                await self._undo(bus, device, new, before)
            if not visible:
                raise JoinFailed(WifiState.NOT_VISIBLE, "not in reach") from None
            raise JoinFailed(WifiState.CANNOT_JOIN, str(failure)) from None
        except asyncio.CancelledError:
            await asyncio.shield(self._undo(bus, device, new, None))
            raise
        finally:
            bus.unlisten(changed)
        await self._save(bus, new, own)

    async def _joined(self, bus: NmBus, changed: asyncio.Event, active: str) -> None:
        """Return when a connection is up, raise JoinFailed when it won't be."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(JOINING):
                while True:
                    try:
                        state = await bus.get(active, "Connection.Active", "State")
                    except NmError:
                        state = _DEACTIVATED  # the object is gone
                    if state == _ACTIVE:
                        return
                    if state == _DEACTIVATED:
                        raise JoinFailed(WifiState.CANNOT_JOIN, "refused, or no address")
                    await bus.news(changed, 5)
        raise JoinFailed(WifiState.CANNOT_JOIN, f"no answer in {JOINING:.0f} s")

    async def _working(self, bus: NmBus, device: str, own: list[str]) -> str | None:
        """The connection that is up, else one of the printer's that was."""
        if await bus.get(device, "Device", "State") == _ACTIVATED:
            return await self._profile(bus, device)
        for path in own:
            if (await self._read(bus, path)).get("connection", {}).get("timestamp", 0):
                return path
        return None

    async def _activate(self, bus: NmBus, device: str, profile: str) -> None:
        changed = bus.listen()
        try:
            (active,) = await bus.call(ROOT, "", "ActivateConnection", "ooo", profile, device, NOTHING)
            await self._joined(bus, changed, active)
        except NmError as error:
            raise JoinFailed(WifiState.CANNOT_JOIN, str(error)) from None
        finally:
            bus.unlisten(changed)

    async def _undo(self, bus: NmBus, device: str, new: str, before: str | None) -> None:
        """Forget the new connection and go back to the one before."""
        await self._delete(bus, [new] if new else [])
        if before is not None:
            with contextlib.suppress(NmError):
                await bus.call(ROOT, "", "ActivateConnection", "ooo", before, device, NOTHING)

    async def _save(self, bus: NmBus, new: str, own: list[str]) -> None:
        await bus.call(new, "Settings.Connection", "Save")
        await self._delete(bus, [path for path in own if path != new])

    async def _delete(self, bus: NmBus, profiles: Iterable[str]) -> None:
        for path in profiles:
            with contextlib.suppress(NmError):
                await bus.call(path, "Settings.Connection", "Delete")

    # -------------------------------------------------------------------------------------------- rest

    async def forget(self) -> None:
        bus = self._there()
        device = await self._device(bus)
        await self._delete(bus, await self._own(bus))
        if await bus.get(device, "Device", "ActiveConnection") != NOTHING:
            with contextlib.suppress(NmError):
                await bus.call(device, "Device", "Disconnect")

    async def scan(self) -> list[Network]:
        bus = self._there()
        device = await self._device(bus)
        await self._look_around(bus, device)
        strongest: dict[bytes, Network] = {}
        for seen in sorted(await self._around(bus, device), key=lambda each: -each.strength):
            if seen.ssid.strip(b"\0"):
                strongest.setdefault(seen.ssid, Network(seen.ssid, _security(seen), seen.strength))
        return list(strongest.values())

    async def _find(self, bus: NmBus, device: str, ssid: bytes, look: bool = True) -> list[Seen]:
        """Access points of a network; ``look`` around if there is none yet."""
        found = [seen for seen in await self._around(bus, device) if seen.ssid == ssid]
        if found or not look:
            return found
        await self._look_around(bus, device)
        return await self._find(bus, device, ssid, False)

    async def _look_around(self, bus: NmBus, device: str) -> None:
        """Scan, or wait for the scan that is under way. Not for names: Debian 12's NetworkManager 1.42 falls over a
        RequestScan with ``ssids`` while it is connected."""
        changed = bus.listen()
        try:
            last = await bus.get(device, "Device.Wireless", "LastScan")
            with contextlib.suppress(NmError):  # "not allowed while already scanning"
                await bus.call(device, "Device.Wireless", "RequestScan", "a{sv}", {})
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(10):
                    while await bus.get(device, "Device.Wireless", "LastScan") == last:
                        await bus.news(changed, 2)
        finally:
            bus.unlisten(changed)

    async def _around(self, bus: NmBus, device: str) -> list[Seen]:
        found = []
        for path in await bus.get(device, "Device.Wireless", "AccessPoints"):
            with contextlib.suppress(NmError):
                names = ("Ssid", "Flags", "WpaFlags", "RsnFlags", "Strength")
                ssid, flags, wpa, rsn, strength = [await bus.get(path, "AccessPoint", name) for name in names]
                found.append(Seen(path, bytes(ssid), wpa | rsn, bool(flags & 1), strength))
        return found

    def _there(self) -> NmBus:
        if self._bus is None:
            raise OSError("NetworkManager is not there")
        return self._bus


def settings(ssid: bytes, password: bytes, wpa3_only: bool) -> dict[str, dict[str, Variant]]:
    """A connection, of which anything but ours is left to NetworkManager. It is looked for by name: it may hide."""
    found = {
        "connection": {"id": Variant("s", NAME), "type": Variant("s", "802-11-wireless")},
        "802-11-wireless": {"ssid": Variant("ay", ssid), "hidden": Variant("b", True)},
    }
    if password:
        key = "sae" if wpa3_only else "wpa-psk"
        found["802-11-wireless-security"] = {
            "key-mgmt": Variant("s", key),
            "psk": Variant("s", password.decode("ascii")),
        }
    return found


def ssid_of(wanted: dict[str, dict[str, Variant]]) -> bytes:
    return bytes(wanted["802-11-wireless"]["ssid"].value)


def _security(seen: Seen) -> str:
    two, three = seen.flags & _PSK, seen.flags & _SAE
    if two or three:
        return "wpa2/wpa3" if two and three else ("wpa3" if three else "wpa2")
    return "other" if seen.flags & _OTHER or seen.locked else "open"
