"""How long a dot must be on: from the paper's energy, the head's temperature and the dots that are on together."""

from __future__ import annotations

from board.engine.mechanism import Heat, Paper


def amperes(heat: Heat, dots: int, volts: float | None = None) -> float:
    """What so many dots draw together, through the wiring that they share."""
    return dots * (volts or heat.volts) / (heat.resistance + heat.driver + heat.common * dots)


def most_dots(heat: Heat, volts: float) -> int:
    """How many dots may be on together at this supply; one always may, a mechanism that can't is no mechanism."""
    room = volts - heat.common * heat.amperes
    if room <= 0:
        raise ValueError(f"{heat.common} ohm of wiring carry no {heat.amperes} A at {volts} V")
    return max(1, int(heat.amperes * (heat.resistance + heat.driver) / room))


def energy(paper: Paper, celsius: float) -> float:
    """mJ that a dot needs on a head of this temperature; never less than a fifth of what it needs at 25 degrees."""
    return max(paper.energy - paper.slope * (celsius - 25.0), paper.energy / 5)


def pulse_us(heat: Heat, millijoules: float, dots: int, volts: float) -> float:
    """How long the element has to be on to take this energy, when so many dots lower the voltage together."""
    path = heat.resistance + heat.driver + heat.common * dots
    watts = (volts / path) ** 2 * heat.resistance
    return 1e3 * millijoules / watts
