"""Radios: the contract (``radio_contract``) for the simulated one, at a whole printer; and its misbehaviour."""

from __future__ import annotations

import asyncio
import base64
import logging
from pathlib import Path

import msgspec
import pytest

from board.build import Instance
from board.config import AccessPointConfig, Board, WifiConfig
from board.logs import TextFormatter
from board.parts.radio_simulated import SimulatedRadio
from firmware.core.call import plain_text
from firmware.features.wifi import PASSWORD as PASSWORD_NAME
from firmware.features.wifi import SSID
from firmware.ipp import (
    DELETE_ATTRIBUTE,
    Attribute,
    AttributeGroup,
    GroupTag,
    Message,
    Name,
    Operation,
    Status,
    registry,
)
from tests.net.support import ask, desk, post, run, running
from tests.parts.radio_contract import AWKWARD, HIDDEN, MODERN, PASSWORD, PLAIN, WRONG, contract

AIR = (
    AccessPointConfig(PLAIN, PASSWORD.decode()),
    AccessPointConfig(AWKWARD, PASSWORD.decode()),
    AccessPointConfig(MODERN, PASSWORD.decode(), security="wpa3"),
    AccessPointConfig(HIDDEN, hidden=True),
)
WIFI = WifiConfig("simulated", air=AIR, seconds=0.2)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A failed attempt is told for half a second."""
    monkeypatch.setattr("firmware.net.wifi.DWELL", 0.5)


class ByControl:
    """A printer in this process, asked by its control socket."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance

    async def set(self, ssid: str, password: bytes) -> None:
        await self._set(Attribute(SSID, Name(ssid)), Attribute(PASSWORD_NAME, password))

    async def forget(self) -> None:
        await self._set(Attribute(SSID, DELETE_ATTRIBUTE))

    async def until(self, state: str, ssid: str) -> None:
        async with asyncio.timeout(10):
            while await self._how() != (state, ssid):
                await asyncio.sleep(0.02)

    async def until_not(self, state: str) -> None:
        async with asyncio.timeout(10):
            while (await self._how())[0] == state:
                await asyncio.sleep(0.02)

    async def reasons(self) -> list[str]:
        found = (await self._get()).get("printer-state-reasons", GroupTag.PRINTER)
        assert found is not None
        return [str(value) for value in found.values]

    async def networks(self) -> dict[str, str]:
        return {network.ssid.decode(): network.security for network in await self._instance.wireless.scan()}

    async def _how(self) -> tuple[str, str]:
        answer = await self._get()
        state, ssid = answer.get("printer-wifi-state", GroupTag.PRINTER), answer.get(SSID, GroupTag.PRINTER)
        assert state is not None
        assert ssid is not None
        assert isinstance(state.value, int)
        return registry.enum_label("printer-wifi-state", state.value), plain_text(ssid.value)

    async def _get(self) -> Message:
        return await post(self._instance, ask(Operation.GET_PRINTER_ATTRIBUTES), local=True)

    async def _set(self, *attributes: Attribute) -> None:
        message = ask(Operation.SET_PRINTER_ATTRIBUTES)
        message.groups.append(AttributeGroup(GroupTag.PRINTER, list(attributes)))
        answer = await post(self._instance, message, local=True)
        assert answer.code == Status.SUCCESSFUL_OK


class Reach:
    """All of a simulated radio's networks at once."""

    def __init__(self, radio: SimulatedRadio) -> None:
        self._radio = radio

    def vanish(self) -> None:
        for point in self._radio.air:
            self._radio.vanish(point)

    def appear(self) -> None:
        for point in self._radio.air:
            self._radio.appear(point)


def test_contract(tmp_path: Path) -> None:
    async def test() -> None:
        async with running(tmp_path, radio_desk()) as instance:
            assert isinstance(instance.radio, SimulatedRadio)
            await contract(ByControl(instance), Reach(instance.radio))

    run(test())


def test_refused_while_it_is_on(tmp_path: Path) -> None:
    async def test() -> None:
        async with running(tmp_path, radio_desk()) as instance:
            station, radio = ByControl(instance), instance.radio
            assert isinstance(radio, SimulatedRadio)
            await station.set(PLAIN, PASSWORD)
            await station.until("on", PLAIN)
            radio.refuse()
            await station.until("cannot-join", PLAIN)
            radio.refuse(False)
            await station.until("on", PLAIN)

    run(test())


def test_a_later_wish_replaces_an_attempt(tmp_path: Path) -> None:
    """Nothing of the first is heard any more, and what worked before is still there to go back to."""

    async def test() -> None:
        async with running(tmp_path, radio_desk()) as instance:
            station = ByControl(instance)
            await station.set(PLAIN, PASSWORD)
            await station.until("on", PLAIN)
            await station.set(MODERN, PASSWORD)
            await station.set("Nowhere", WRONG)
            await station.until("not-visible", "Nowhere")
            await station.until("on", PLAIN)

    run(test())


def test_the_password_leaves_no_trace(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Neither in the log, nor in the record of exchanges, nor in anything that is kept."""

    async def test() -> None:
        async with running(tmp_path, radio_desk(), tmp_path / "trace") as instance:
            station = ByControl(instance)
            for ssid, password in ((PLAIN, WRONG), (PLAIN, PASSWORD)):
                await station.set(ssid, password)
                await station.until("on" if password == PASSWORD else "cannot-join", ssid)

    with caplog.at_level(logging.DEBUG):
        run(test())
    log = "\n".join(map(TextFormatter().format, caplog.records))
    assert f"ssid={PLAIN}" in log
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {"trace", "state.db"} <= {path.name for path in kept}
    for octets in (log.encode(), *(path.read_bytes() for path in kept)):
        for secret in (PASSWORD, WRONG):
            assert secret not in octets
            assert secret.hex().encode() not in octets
            assert base64.b64encode(secret)[:-2] not in octets
    assert f"{PASSWORD_NAME} (not shown)" in (tmp_path / "trace").read_text()


def radio_desk() -> Board:
    return msgspec.structs.replace(desk(), wifi=WIFI)
