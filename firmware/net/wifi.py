"""Wi-Fi, the half that acts: hands orders of the room ``wifi`` to the board's radio and reports how it fares."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import aclosing
from typing import TYPE_CHECKING, cast

from firmware.core.events import Fact, ForgetNetwork, JoinNetwork
from firmware.core.network import RadioChanged, WifiState
from firmware.ports import JoinFailed, Network, Radio, RadioStatus

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

log = logging.getLogger("inkstand.wifi")

DWELL = 6.0
"""Seconds for which a failed attempt is told before how the radio fares with the old network: clients poll."""
RETRY = 3.0
"""Seconds between attempts to reach the network service."""


class Wireless:
    """The board's radio, or its absence."""

    def __init__(self, radio: Radio | None, report: Callable[[Fact], object]) -> None:
        self._radio = radio
        self._report = report
        self._seen = RadioStatus(WifiState.OFF)
        """What the radio said last."""
        self._told: RadioStatus | None = None
        self._watching: asyncio.Task[None] | None = None
        self._attempt: asyncio.Task[None] | None = None

    def start(self) -> None:
        if self._radio is not None:
            self._watching = asyncio.get_running_loop().create_task(self._watch(self._radio))

    async def close(self) -> None:
        """Leave the radio as it is; an attempt under way is given up."""
        for task in (self._attempt, self._watching):
            await _stop(task)

    def join(self, order: JoinNetwork) -> None:
        """Try this network, and no longer the one before."""
        self._told = RadioStatus(WifiState.JOINING, order.ssid.encode())
        self._begin(lambda radio: self._join(radio, order))

    def forget(self, order: ForgetNetwork) -> None:
        self._begin(self._forget)

    async def scan(self) -> list[Network]:
        """Networks in reach; OSError when there is no radio, or none that answers."""
        if self._radio is None:
            raise OSError("this board has no radio")
        return await self._radio.scan()

    # ------------------------------------------------------------------------------------------ inside

    def _begin(self, what: Callable[[Radio], object]) -> None:
        radio, before = self._radio, self._attempt
        if radio is not None:
            self._attempt = asyncio.get_running_loop().create_task(self._act(radio, what, before))

    async def _act(self, radio: Radio, what: Callable[[Radio], object], before: asyncio.Task[None] | None) -> None:
        await _stop(before)
        try:
            await cast("asyncio.Future[None]", what(radio))
        except OSError as error:
            log.warning("the network service does not answer", extra={"error": str(error)})
        except Exception:
            log.exception("the radio failed")
        finally:
            if self._attempt is asyncio.current_task():
                self._attempt = None
        self._tell(self._seen)

    async def _join(self, radio: Radio, order: JoinNetwork) -> None:
        ssid = order.ssid.encode()
        log.info("joining", extra={"ssid": order.ssid})
        try:
            await radio.join(ssid, order.password)
        except JoinFailed as failure:
            log.warning("not joined", extra={"ssid": order.ssid, "reason": str(failure)})
            self._tell(RadioStatus(failure.state, ssid))
            await asyncio.sleep(DWELL)
        else:
            self._seen = RadioStatus(WifiState.ON, ssid)

    async def _forget(self, radio: Radio) -> None:
        await radio.forget()
        self._seen = RadioStatus(WifiState.NOT_CONFIGURED)

    async def _watch(self, radio: Radio) -> None:
        complained = False
        while True:
            try:
                async with aclosing(cast("AsyncGenerator[RadioStatus, None]", radio.watch())) as statuses:
                    async for status in statuses:
                        complained = False
                        self._hear(status)
            except OSError as error:
                if not complained:
                    log.warning("no network service", extra={"error": str(error)})
                complained = True
            self._hear(RadioStatus(WifiState.OFF))
            await asyncio.sleep(RETRY)

    def _hear(self, status: RadioStatus) -> None:
        self._seen = status
        if self._attempt is None:
            self._tell(status)

    def _tell(self, status: RadioStatus) -> None:
        if status != self._told:
            self._told = status
            ssid = status.ssid.decode("utf-8", "replace")
            log.info("wifi %s", status.state.name.lower().replace("_", "-"), extra={"ssid": ssid})
            self._report(RadioChanged(status.state, ssid))


async def _stop(task: asyncio.Task[None] | None) -> None:
    if task is not None:
        task.cancel()
        await asyncio.wait([task])
