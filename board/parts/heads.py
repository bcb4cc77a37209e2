"""A marking engine with all that belongs to it, as a board file describes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from board.config import ConfigError, HeadConfig
from board.engine.marking import Engine
from board.engine.mechanism import Mechanism, load_head
from board.engine.wires import Wires
from board.parts.developer import Developer
from board.parts.head_wired import WiredCutter, WiredHead, WiredMotor, WiredSensors
from board.parts.linux_devices import LinuxDevices
from board.parts.sink_head import HeadSink
from board.parts.sink_virtual import VirtualSink
from board.parts.wires_linux import LinuxWires, check_wiring, safe_levels
from board.parts.wires_simulated import Faults, SimulatedWires
from board.wiring import WiresConfig
from firmware.core.errors import PartError
from firmware.core.model import Model


class RealHead:
    """A head on wires of this machine. Its paper is paper: nobody makes a picture of it."""

    def __init__(self, config: HeadConfig, wiring: WiresConfig | None) -> None:
        if wiring is None:
            raise ConfigError('[head] wires = "linux" wants a [wires] table: see docs/head.md')
        mechanism = load_head(config.mechanism)
        check_wiring(mechanism, wiring)
        devices = LinuxDevices(wiring, safe_levels(mechanism, wiring))
        try:
            self._wires = LinuxWires(mechanism, wiring, devices)
            self.engine = wired_engine(mechanism, config.paper, self._wires)
        except (OSError, PartError) as error:
            devices.close()
            raise ConfigError(f"the head's wires: {error}") from error
        self.sink = HeadSink(self.engine)

    def state(self) -> Mapping[str, Any]:
        return self.engine.state()

    def set(self, changes: Mapping[str, Any]) -> None:
        """Nothing can be made wrong here."""
        if changes:
            raise ValueError("this head is real: only a simulated one has faults to set")

    def close(self) -> None:
        """Everything off."""
        self._wires.close()


def wired_engine(mechanism: Mechanism, paper: str, wires: Wires) -> Engine:
    """The marking engine of a mechanism on wires of whatever kind."""
    head, motor, sensors = WiredHead(mechanism, wires), WiredMotor(wires), WiredSensors(mechanism, wires)
    cutter = WiredCutter(wires) if mechanism.cutter.kind in ("partial", "full") else None
    return Engine(mechanism, paper, head, motor, sensors, wires.now, wires.wait, cutter)


class SimulatedHead:
    """A head on simulated wires; its sheets show what landed on the paper."""

    def __init__(self, config: HeadConfig, sheets: VirtualSink, pace: bool) -> None:
        mechanism = load_head(config.mechanism)
        self.wires = SimulatedWires(mechanism, config.paper, pace=pace)
        if config.label:
            self.wires.labels = round(config.label / mechanism.pitch), round(config.gap / mechanism.pitch)
        self.engine = wired_engine(mechanism, config.paper, self.wires)
        self.sink = HeadSink(self.engine, Developer(self.wires, self.engine, sheets))

    def close(self) -> None:
        """There is nothing to give back."""

    def state(self) -> Mapping[str, Any]:
        """How it fares, and what is wrong with it on purpose."""
        usual = Faults()
        wrong = {
            field.name: plain(getattr(self.wires.faults, field.name))
            for field in fields(Faults)
            if getattr(self.wires.faults, field.name) != getattr(usual, field.name)
        }
        return {**self.engine.state(), "faults": wrong}

    def set(self, changes: Mapping[str, Any]) -> None:
        """Make something wrong, or right again with null; ValueError for what there is not."""
        usual = Faults()
        for name, value in changes.items():
            if not hasattr(usual, name):
                raise ValueError(f"a head has no {name}: {', '.join(field.name for field in fields(Faults))}")
            setattr(self.wires.faults, name, getattr(usual, name) if value is None else typed(name, value, usual))


def typed(name: str, value: Any, usual: Faults) -> Any:
    """A value from outside as the fault's own type; ValueError."""
    try:
        if name in ("dead", "shorted"):
            return {int(dot) for dot in value}
        if name == "worn":
            return {int(dot): float(times) for dot, times in dict(value).items()}
        if name in ("celsius", "volts", "skew"):
            return float(value)
        if name in ("paper_left", "slip"):
            return max(0, int(value))
        if name == "thermistor" and value not in ("", "open", "shorted"):
            raise ValueError("open or shorted")
        return type(getattr(usual, name))(value)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name}={value!r}: {error}") from None


def plain(value: Any) -> Any:
    """For JSON."""
    return sorted(value) if isinstance(value, set) else value


def check_no_labels(model: Model) -> None:
    """Gaps, peeler and darkness are a mechanism's: a model that has them wants one. ConfigError."""
    if model.labels is not None:
        raise ConfigError(
            f'"{model.make_and_model}" prints labels and wants a print head: try --board label-sim'
        )


def check_model(config: HeadConfig, model: Model) -> None:
    """A model on a head prints in the head's resolution and no other, and promises nothing that the mechanism has not;
    ConfigError."""
    mechanism = load_head(config.mechanism)
    mechanism.paper(config.paper)
    name, sensors = mechanism.model, mechanism.sensors
    if model.resolutions != (mechanism.dpi,):
        raise ConfigError(f"a {name} prints {mechanism.dpi} dpi: the model's resolutions must be that alone")
    blade = mechanism.cutter.kind in ("partial", "full")
    if not blade and model.finisher is not None and any(one.startswith("trim") for one in model.finisher.finishings):
        raise ConfigError(f"a {name} has no cutter: the model can't trim")
    labels = model.labels
    if labels is None:
        return
    tracked = {"gap": "web", "mark": "mark"}.get(sensors.gap)
    if unseen := [one for one in labels.tracking if one not in ("continuous", tracked)]:
        raise ConfigError(f"a {name} has no sensor for media-tracking {unseen[0]}")
    if "peel-off" in labels.modes and not sensors.peeler:
        raise ConfigError(f"a {name} does not see whether a label was taken: the model can't peel-off")
    if "cutter" in labels.modes and not (blade and mechanism.cutter.distance == 0):
        raise ConfigError(f"a {name} has no cutter at its heating line: the model can't cut labels")
    fastest = 1e8 * mechanism.pitch / mechanism.motor.ramp_us[-1]
    if labels.speeds[1] > fastest + 1:
        raise ConfigError(f"a {name} goes no faster than {fastest:.0f}/100 mm per second")
