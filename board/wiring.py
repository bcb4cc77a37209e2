"""How a head is wired to Linux, as the ``[wires]`` of a board file say: SPI for dots and strobes, GPIO lines for the
rest, files or an SPI converter for what is analogue.

Levels are those at the head's connector; a line that the board turns around on the way is ``inverted``.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct, field

Above = Annotated[float, Meta(gt=0)]
Count = Annotated[int, Meta(ge=1)]


class Line(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A GPIO line: its name or its offset on the chip."""

    line: str | int
    chip: str = ""
    """Empty is the board's usual one."""
    inverted: bool = False
    pull: Literal["none", "up", "down"] = "none"
    """A resistor of the chip's own, for inputs."""


LineSpec = str | int | Line
"""Most lines are their name or offset alone."""


class StrobeWiring(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who ends a strobe. ``pulse``: a second SPI bus clocks the pulse out bit by bit, so its hardware does; ``select``
    are lines that let it through to one strobe group each, by a gate. ``lines``: this program does, too late now and
    then, and so only where a one-shot on the board ends every strobe after ``one_shot_us`` by itself."""

    pulse: str = ""
    hz: Count = 1_000_000
    """Of the pulse's bits; a rate that the controller makes exactly."""
    inverted: bool = False
    """The board turns the pulse around on its way to the head."""
    select: tuple[LineSpec, ...] = ()
    """One for each group, high to let the pulse through; none when the head has a single group."""
    lines: tuple[LineSpec, ...] = ()
    one_shot_us: Annotated[float, Meta(ge=0)] = 0.0


class MotorWiring(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The paper motor: four ``phases`` of a bipolar motor's two bridges (A, not A, B, not B), or a driver's ``step``
    (a rising edge is a step) with its ``enable``."""

    phases: tuple[LineSpec, ...] = ()
    step: LineSpec | None = None
    enable: LineSpec | None = None
    reversed: bool = False
    """Of the phases: the other way round."""


class Inputs(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Sensors; each is high when what it is named for is so."""

    paper: LineSpec | None = None
    cover: LineSpec | None = None
    """High: open."""
    home: LineSpec | None = None
    """High: the cutter's blade is at home."""
    gap: LineSpec | None = None
    peeled: LineSpec | None = None
    """High: a label hangs at the peeler and waits to be taken."""


class Analog(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A voltage: a ``file`` with a number in it (of IIO or hwmon), or a channel of a converter on SPI."""

    file: str = ""
    spi: str = ""
    converter: Literal["mcp3008", "mcp3208"] = "mcp3208"
    channel: Annotated[int, Meta(ge=0, le=7)] = 0
    full: float = 0.0
    """The number at the reference's voltage; a converter's is known."""
    volts: Above = 1.0
    """Of the head's supply at that number, behind its divider."""


class WiresConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything between the board and the mechanism."""

    data: str
    """SPI device that the dots are clocked out by."""
    latch: LineSpec
    supply: LineSpec
    """High switches the head's voltage on; low, and nothing driving it, switches it off."""
    strobe: StrobeWiring
    motor: MotorWiring
    thermistor: Analog
    volts: Analog
    chip: str = "/dev/gpiochip0"
    data_hz: Count = 4_000_000
    """No faster than the mechanism takes."""
    heartbeat: LineSpec | None = None
    """Changes its level with every line that is fired; a charge pump or watchdog on the board lets the supply on only
    while it does."""
    cutter: LineSpec | None = None
    """High: the blade moves."""
    inputs: Inputs = field(default_factory=Inputs)

    def outputs(self) -> dict[str, Line]:
        """By the names that ``board.engine.wires`` and the parts use."""
        specs: dict[str, LineSpec | None] = {
            "latch": self.latch,
            "supply": self.supply,
            "heartbeat": self.heartbeat,
            "cutter": self.cutter,
            "step": self.motor.step,
            "enable": self.motor.enable,
        }
        for name, several in (
            ("select", self.strobe.select), ("strobe", self.strobe.lines), ("phase", self.motor.phases),
        ):  # fmt: skip
            specs |= {f"{name}{index}": spec for index, spec in enumerate(several)}
        return self._lines(specs)

    def sensors(self) -> dict[str, Line]:
        """Inputs by name."""
        inputs = self.inputs
        return self._lines({name: getattr(inputs, name) for name in inputs.__struct_fields__})

    def files(self) -> list[str]:
        """What has to be there in the file system, each once."""
        buses = [self.data, self.strobe.pulse, self.thermistor.spi, self.volts.spi]
        chips = [line.chip for line in (*self.outputs().values(), *self.sensors().values())]
        files = [self.thermistor.file, self.volts.file]
        return list(dict.fromkeys(path for path in (*buses, *chips, *files) if path))

    def _lines(self, specs: dict[str, LineSpec | None]) -> dict[str, Line]:
        out = {}
        for name, spec in specs.items():
            if spec is None:
                continue
            line = spec if isinstance(spec, Line) else Line(line=spec)
            chip = line.chip or self.chip
            out[name] = Line(line=line.line, chip=chip, inverted=line.inverted, pull=line.pull)
        return out
