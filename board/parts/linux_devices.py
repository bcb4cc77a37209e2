"""SPI, GPIO and files of Linux: ``spidev``, ``gpiod`` (version 2) and what the kernel's IIO and hwmon show.

Output lines are asked for with their safe levels, so that nothing moves or gets warm in between. When this process
ends, however it does, the kernel takes the lines back: their level is then the affair of the chip and of the board's
resistors.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from board.config import ConfigError
from board.wiring import Line, WiresConfig

if TYPE_CHECKING:
    from gpiod import LineRequest

CONSUMER = "inkstand"
EXTRA = "pip install 'inkstand[head]'"
WANT = {
    "spidev": "switch SPI on in the device tree, and give it a node for spidev",
    "gpiochip": "look at what gpiodetect lists",
    "iio": "load the converter's driver",
    "hwmon": "load the sensor's driver",
}


class SpiDevice:
    """One ``/dev/spidevB.C``."""

    def __init__(self, path: str, hz: int) -> None:
        import spidev

        self._device = spidev.SpiDev()
        self._device.open_path(path)
        self._device.mode = 0
        self._device.max_speed_hz = hz
        self.write = self._device.writebytes2

    def exchange(self, data: bytes) -> bytes:
        return bytes(self._device.xfer2(list(data)))

    def close(self) -> None:
        self._device.close()


class LinuxDevices:
    """``Devices`` of this machine; ConfigError when they are not to be had."""

    def __init__(self, config: WiresConfig, safe: Mapping[str, bool]) -> None:
        self._spis: dict[str, SpiDevice] = {}
        self._requests: list[LineRequest] = []
        self._where: dict[str, tuple[LineRequest, int]] = {}
        problems = list(missing(config))
        if problems:
            raise ConfigError(f"the head's wires: {problems[0]}")
        import gpiod

        self._on, self._off = gpiod.line.Value.ACTIVE, gpiod.line.Value.INACTIVE
        try:
            self._ask_for(config.outputs(), safe)
            self._ask_for(config.sensors(), None)
        except (OSError, ValueError) as error:
            self.close()
            raise ConfigError(f"the head's GPIO lines can't be had: {error}") from error

    def spi(self, path: str, hz: int) -> SpiDevice:
        if path not in self._spis:
            self._spis[path] = SpiDevice(path, hz)
        return self._spis[path]

    def set(self, levels: Mapping[str, bool]) -> None:
        """Lines of one chip change together."""
        together: dict[int, tuple[LineRequest, dict[int | str, Any]]] = {}
        for name, high in levels.items():
            request, offset = self._where[name]
            together.setdefault(id(request), (request, {}))[1][offset] = self._on if high else self._off
        for request, values in together.values():
            request.set_values(values)

    def get(self, line: str) -> bool:
        request, offset = self._where[line]
        return request.get_value(offset) is self._on

    def number(self, file: str) -> float:
        try:
            return float(Path(file).read_text())
        except ValueError as error:
            raise OSError(f"{file}: {error}") from None

    def close(self) -> None:
        for request in self._requests:
            request.release()
        for spi in self._spis.values():
            spi.close()
        self._requests.clear()
        self._spis.clear()

    def _ask_for(self, lines: Mapping[str, Line], safe: Mapping[str, bool] | None) -> None:
        """One request for each chip; with ``safe`` levels they are outputs."""
        import gpiod
        from gpiod.line import Bias, Direction

        biases = {"none": Bias.AS_IS, "up": Bias.PULL_UP, "down": Bias.PULL_DOWN}
        for chip in dict.fromkeys(line.chip for line in lines.values()):
            here = {name: line for name, line in lines.items() if line.chip == chip}
            with gpiod.Chip(chip) as opened:
                offsets = {name: opened.line_offset_from_id(line.line) for name, line in here.items()}
            settings = {
                offsets[name]: gpiod.LineSettings(
                    direction=Direction.INPUT if safe is None else Direction.OUTPUT,
                    active_low=line.inverted,
                    bias=biases[line.pull],
                    output_value=self._on if safe is not None and safe[name] else self._off,
                )
                for name, line in here.items()
            }
            if len(settings) != len(here):
                raise ValueError(f"two of {', '.join(here)} are the same line of {chip}")
            request = gpiod.request_lines(chip, consumer=CONSUMER, config=settings)  # type: ignore[arg-type]
            self._requests.append(request)
            self._where |= {name: (request, offset) for name, offset in offsets.items()}


def missing(config: WiresConfig) -> Iterator[str]:
    """What keeps this machine from driving these wires, each in a line that says what to do."""
    packages = [name for name in ("spidev", "gpiod") if not _usable(name)]
    for name in packages:
        yield f"the package {name} is not installed, or too old: {EXTRA}"
    reachable = set()
    for path in config.files():
        problem = _unreachable(Path(path))
        if problem:
            yield problem
        else:
            reachable.add(path)
    for name, line in (config.outputs() | config.sensors()).items():
        if line.chip in reachable and "gpiod" not in packages:
            problem = _line_problem(name, line)
            if problem:
                yield problem


def _usable(package: str) -> bool:
    try:
        module = importlib.import_module(package)
    except ImportError:
        return False
    return package != "gpiod" or hasattr(module, "request_lines")  # version 1 had another interface


def _unreachable(path: Path) -> str:
    if not path.exists():
        want = next((want for name, want in WANT.items() if name in str(path)), "look at the board file")
        return f"{path} is not there: {want}"
    need = os.R_OK if path.is_file() else os.R_OK | os.W_OK
    if not os.access(path, need):
        return f"{path} may not be used by this user: join the group it belongs to, or give it to one by a udev rule"
    return ""


def _line_problem(name: str, line: Line) -> str:
    import gpiod

    try:
        with gpiod.Chip(line.chip) as chip:
            info = chip.get_line_info(line.line)
    except (OSError, ValueError):
        return f"{line.chip} has no line {line.line} for {name}: look at what gpioinfo lists"
    return f"line {line.line} for {name} is used by {info.consumer or 'the kernel'}" if info.used else ""
