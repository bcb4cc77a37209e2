"""A radio that is none, among access points of the board file: for desks, and for tests of what goes wrong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

from firmware.core.network import WifiState
from firmware.ports import JoinFailed, Network, RadioStatus


@dataclass
class AccessPoint:
    """A network in the simulated air; without a password it is open."""

    ssid: bytes
    password: bytes = field(default=b"", repr=False)
    hidden: bool = False
    security: str = "wpa2"
    in_reach: bool = True
    signal: int = -50


class SimulatedRadio:
    """``refuse``, ``vanish`` and ``appear`` make it misbehave."""

    def __init__(self, air: list[AccessPoint], seconds: float = 1.0) -> None:
        """``seconds`` is the time that it takes to join or to give up."""
        self._air = {point.ssid: point for point in air}
        self._seconds = seconds
        self._network: AccessPoint | None = None
        """What it is to be on; the service's memory."""
        self._status = RadioStatus(WifiState.NOT_CONFIGURED)
        self._changed = asyncio.Event()
        self._refusing = False

    # ------------------------------------------------------------------------------------------- radio

    async def watch(self) -> AsyncGenerator[RadioStatus, None]:
        while True:
            self._changed.clear()
            yield self._status
            await self._changed.wait()

    async def join(self, ssid: bytes, password: bytes | None) -> None:
        before, self._network = self._network, None
        if password is None and before is not None and before.ssid == ssid:
            password = before.password
        wanted = AccessPoint(ssid, password or b"")
        self._set(WifiState.JOINING, ssid)
        try:
            await asyncio.sleep(self._seconds)
        except asyncio.CancelledError:
            self._network = before
            raise
        state = self._outcome(wanted)
        worked = before if before is not None and self._outcome(before) is WifiState.ON else None
        self._network = wanted if state is WifiState.ON or worked is None else worked
        self._settle()
        if state is not WifiState.ON:
            raise JoinFailed(state, f"simulated: {state.name.lower()}")

    async def forget(self) -> None:
        self._network = None
        self._settle()

    async def scan(self) -> list[Network]:
        await asyncio.sleep(self._seconds)
        found = [point for point in self._air.values() if point.in_reach and not point.hidden]
        networks = [Network(point.ssid, point.security if point.password else "open", point.signal) for point in found]
        return sorted(networks, key=lambda network: -network.signal)

    # ------------------------------------------------------------------------------------ misbehaviour

    @property
    def air(self) -> list[bytes]:
        """Names of the networks that there are."""
        return list(self._air)

    def refuse(self, refusing: bool = True) -> None:
        """No network takes it any more, whatever the password."""
        self._refusing = refusing
        self._settle()

    def vanish(self, ssid: bytes) -> None:
        """The access point is out of reach."""
        self._air[ssid].in_reach = False
        self._settle()

    def appear(self, ssid: bytes) -> None:
        self._air[ssid].in_reach = True
        self._settle()

    # ------------------------------------------------------------------------------------------ inside

    def _outcome(self, wanted: AccessPoint) -> WifiState:
        point = self._air.get(wanted.ssid)
        if point is None or not point.in_reach:
            return WifiState.NOT_VISIBLE
        good = point.password == wanted.password and not self._refusing
        return WifiState.ON if good else WifiState.CANNOT_JOIN

    def _settle(self) -> None:
        if self._network is None:
            self._set(WifiState.NOT_CONFIGURED, b"")
        else:
            self._set(self._outcome(self._network), self._network.ssid)

    def _set(self, state: WifiState, ssid: bytes) -> None:
        self._status = RadioStatus(state, ssid)
        self._changed.set()
