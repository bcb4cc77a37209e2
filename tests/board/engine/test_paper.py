"""What lands on simulated paper, and its picture: dots grow with energy, worn heads show, pages lie in the middle."""

from __future__ import annotations

import random

import pytest

from board.engine.mechanism import load_head
from board.engine.paper import INK, WHITE, Row, picture
from board.engine.place import placed
from tests.board.engine.bench import bench


def gray(share: float) -> float:
    """The mean gray of a cell that took this share of its energy."""
    row = Row(1)
    row.shares[0] = share
    cell = b"".join(picture([row], 1, 2))
    assert len(cell) == 16
    return sum(cell) / 16


def test_a_dot_grows_with_its_energy_until_the_cell_is_black() -> None:
    grays = [gray(share / 20) for share in range(31)]
    assert grays == sorted(grays, reverse=True)
    assert grays[0] == WHITE
    assert grays[8] == WHITE  # too little to turn the paper at all
    assert grays[-1] == INK


def test_worn_dead_and_shorted_dots_show() -> None:
    one = bench()
    one.wires.faults.worn = {3: 3.0}
    one.wires.faults.dead = {5}
    one.wires.faults.shorted = {200}
    seen = one.print([0xFF << 376, 0x1 << 180])
    assert seen[0] == (0xFF ^ 0b00010100) << 376
    assert seen[1] == 0x1 << 180 | 1 << (383 - 200)  # with every strobe of its group


def test_a_slipping_motor_writes_lines_over_each_other() -> None:
    one = bench()
    one.wires.faults.slip = 4
    assert len(one.print([1 << 200] * 40)) < 40


def test_a_low_supply_takes_longer_and_prints_the_same() -> None:
    fast, slow = bench(), bench()
    slow.wires.faults.volts = 6.0
    lines = [random.Random(7).getrandbits(384) for _ in range(20)]
    assert fast.print(lines) == slow.print(lines) == lines
    assert sum(line.heating for line in slow.lines) > 1.2 * sum(line.heating for line in fast.lines)


def test_the_head_gets_warm_and_then_needs_less() -> None:
    one = bench()
    one.print([(1 << 384) - 1] * 400)
    assert one.wires.celsius > 26
    assert one.lines[-1].heating < one.lines[1].heating


def test_a_skewed_head_prints_lines_that_climb() -> None:
    one = bench()
    one.wires.faults.skew = 1.0
    one.engine.feed(b"\xff" * 48)
    one.engine.mark()
    top = next(picture(one.wires.strip.cut(), 384, 2))
    assert min(top[:400]) < 100  # the left end begins at the top of the line
    assert set(top[-400:]) == {WHITE}  # the right one a step later


@pytest.mark.parametrize(("width", "left"), [(384, 0), (464, 40), (463, 39), (400, 8), (200, -92)])
def test_a_page_lies_in_the_middle_of_the_head(width: int, left: int) -> None:
    mechanism = load_head("ltpd245")
    octets = (width + 7) // 8
    rng = random.Random(width)
    bits = [rng.random() < 0.5 for _ in range(width)]
    line = int("".join("01"[bit] for bit in bits).ljust(8 * octets, "0"), 2).to_bytes(octets)
    out = placed(mechanism, width)(line)
    seen = f"{int.from_bytes(out):0384b}"
    expected = "".join("01"[bits[dot + left]] if 0 <= dot + left < width else "0" for dot in range(384))
    assert seen == expected
