"""What the status light shows: the most urgent thing that is true of the printer."""

from __future__ import annotations

import logging

from board.config import LightConfig
from firmware.core.events import Fact
from firmware.core.network import RadioChanged, WifiState
from firmware.core.printer import Printer, PrinterState
from firmware.ports import LightState, StatusLight

log = logging.getLogger("inkstand.light")

_SEEKING = (WifiState.JOINING, WifiState.CANNOT_JOIN, WifiState.NOT_VISIBLE)


def light(config: LightConfig) -> StatusLight | None:
    """The part that the board file names; a LED that is missing is told, and stops nothing."""
    if config.part == "none":
        return None
    from board.parts.light_sysfs import SysfsLight

    try:
        return SysfsLight(config.led)
    except OSError as error:
        log.warning("no status light", extra={"led": config.led, "error": str(error)})
        return None


class Lighting:
    """Follows the printer; listens to the pump."""

    def __init__(self, light: StatusLight, printer: Printer) -> None:
        self._light, self._printer = light, printer
        self._radio = WifiState.NOT_CONFIGURED
        self._shown: LightState | None = None

    def happened(self, fact: Fact) -> None:
        """After each fact: show what is true now, if it is another thing than before."""
        if isinstance(fact, RadioChanged):
            self._radio = fact.state
        state = self.state()
        if state != self._shown:
            self._shown = state
            self._light.show(state)

    def state(self) -> LightState:
        """An error before printing before a network that is not there yet."""
        wrong = any(reason.endswith("-error") for reason in self._printer.reasons)
        if wrong or self._printer.state is PrinterState.STOPPED:
            return "error"
        if self._printer.state is PrinterState.PROCESSING:
            return "printing"
        return "wifi" if self._radio in _SEEKING else "ready"

    def start(self) -> None:
        self.happened(Fact())

    def close(self) -> None:
        self._light.close()
