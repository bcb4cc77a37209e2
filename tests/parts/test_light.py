"""The port StatusLight against its parts, and what it is told to show."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import get_args

import pytest

from board.config import LightConfig
from board.lighting import Lighting, light
from board.parts.light_simulated import SimulatedLight
from board.parts.light_sysfs import SysfsLight
from firmware.core.events import Fact
from firmware.core.network import RadioChanged, WifiState
from firmware.core.printer import PrinterState
from firmware.ports import LightState, StatusLight
from tests.printer import Desk


def led(folder: Path) -> Path:
    """A folder as the kernel has one for each LED."""
    path = folder / "ACT"
    path.mkdir()
    for name, text in (("brightness", "0"), ("max_brightness", "255"), ("trigger", "mmc0")):
        (path / name).write_text(text)
    return path


@pytest.mark.parametrize("part", ["sysfs", "simulated"])
def test_contract(part: str, tmp_path: Path) -> None:
    led(tmp_path)

    async def all_states() -> None:
        lamp: StatusLight = SysfsLight("ACT", tmp_path) if part == "sysfs" else SimulatedLight()
        for state in get_args(LightState):
            lamp.show(state)
            lamp.show(state)
        lamp.close()
        lamp.close()

    asyncio.run(all_states())


def test_steady_blinking_and_dark(tmp_path: Path) -> None:
    path = led(tmp_path)

    async def until(value: str) -> None:
        async with asyncio.timeout(30):
            while (path / "brightness").read_text() != value:
                await asyncio.sleep(0.01)

    async def some() -> None:
        lamp = SysfsLight("ACT", tmp_path)
        assert (path / "trigger").read_text() == "none"
        lamp.show("ready")
        assert (path / "brightness").read_text() == "255"
        lamp.show("error")
        for value in ("255", "0", "255"):
            await until(value)
        lamp.close()
        assert (path / "brightness").read_text() == "0"

    asyncio.run(some())


def test_a_led_that_is_not_there_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    assert light(LightConfig(part="sysfs", led="no-such-led")) is None
    assert light(LightConfig()) is None
    assert "no status light" in caplog.text


def test_the_most_urgent_is_shown() -> None:
    lamp, desk = SimulatedLight(), Desk()
    printer = desk.printer
    lighting = Lighting(lamp, printer)
    lighting.start()
    lighting.happened(RadioChanged(WifiState.JOINING, "x"))
    printer.move(PrinterState.PROCESSING, desk.now)
    lighting.happened(Fact())
    lighting.happened(Fact())
    printer.set_reasons({"media-jam-error"}, set(), desk.now)
    lighting.happened(Fact())
    printer.set_reasons({"media-low-warning"}, {"media-jam-error"}, desk.now)
    printer.move(PrinterState.IDLE, desk.now)
    lighting.happened(RadioChanged(WifiState.ON, "x"))
    lighting.close()
    assert lamp.shown == ["ready", "wifi", "printing", "error", "ready"]
    assert not lamp.lit
