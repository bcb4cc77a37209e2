"""What every head does, whatever it is made of. ``tests/parts/test_head_parts.py`` has all of them do it against a
simulated mechanism, ``tests/lab/test_head.py`` the real one on the kernel's SPI and GPIO."""

from __future__ import annotations

import random
from typing import Protocol

from board.engine.marking import Engine
from board.engine.mechanism import Mechanism


class Paper(Protocol):
    """What came of it, as somebody sees it who knows the wires alone."""

    def lines(self) -> list[int]:
        """Dots that were heated, line by line, the leftmost highest in whole octets; since it was last asked."""


def noise(mechanism: Mechanism, lines: int, *shares: float) -> list[int]:
    """Lines of dots, some at each share of black."""
    rng = random.Random(len(shares))
    width = 8 * mechanism.octets
    return [
        sum(1 << (width - 1 - dot) for dot in range(mechanism.dots) if rng.random() < shares[y * len(shares) // lines])
        for y in range(lines)
    ]


def marks_every_dot_where_it_belongs(engine: Engine, paper: Paper) -> None:
    """Sparse, dense, wholly black and wholly white lines."""
    lines = noise(engine.mechanism, 48, 0.05, 0.6, 1.0, 0.0)
    for line in lines:
        engine.feed(line.to_bytes(engine.mechanism.octets))
    while engine.waiting:
        engine.mark()
    engine.drop()
    assert paper.lines() == lines
