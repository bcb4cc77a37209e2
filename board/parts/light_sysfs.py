"""The status light on one of the kernel's LEDs (Documentation/leds/leds-class.rst): patterns by switching it.

Steady: ready. Slow blinking: printing. Fast blinking: something is wrong. Short flashes: no Wi-Fi yet.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from pathlib import Path

from firmware.ports import LightState

log = logging.getLogger("inkstand.light")

LEDS = Path("/sys/class/leds")
PATTERNS: dict[LightState, tuple[float, ...]] = {
    "ready": (), "printing": (0.5, 0.5), "error": (0.12, 0.12), "wifi": (0.1, 1.4)
}  # fmt: skip
"""Seconds on and off; without any it stays on."""


class SysfsLight:
    """The port StatusLight on one LED; OSError when there is none of that name."""

    def __init__(self, led: str, folder: Path = LEDS) -> None:
        self._brightness = folder / led / "brightness"
        self._full = (folder / led / "max_brightness").read_text().strip()
        (folder / led / "trigger").write_text("none")
        self._blinking: asyncio.Task[None] | None = None

    def show(self, state: LightState) -> None:
        self.close()
        pattern = PATTERNS[state]
        if pattern:
            self._blinking = asyncio.get_running_loop().create_task(self._blink(pattern))
        else:
            self._switch(True)

    def close(self) -> None:
        if self._blinking is not None:
            self._blinking.cancel()
            self._blinking = None
        self._switch(False)

    async def _blink(self, pattern: tuple[float, ...]) -> None:
        while True:
            for number, seconds in enumerate(pattern):
                self._switch(number % 2 == 0)
                await asyncio.sleep(seconds)

    def _switch(self, on: bool) -> None:
        with contextlib.suppress(OSError):  # a LED that went away stops nothing
            self._brightness.write_text(self._full if on else "0")
