"""Runs inside the laboratory: programs that have a print head on the kernel's SPI and GPIO.

python -m tests.lab.head contract BOARD BASE    the contract of every head, read back from the recorder
python -m tests.lab.head hold BOARD             switch the supply on and wait to be killed
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from board.config import load_board
from board.engine.mechanism import load_head
from board.parts.heads import RealHead
from tests.lab.wiretap import Rebuilt
from tests.parts.head_contract import marks_every_dot_where_it_belongs

RECORDER = Path("/dev/headlab")


class Tapped:
    """Paper, as the wires tell."""

    def __init__(self, base: int) -> None:
        RECORDER.read_bytes()
        self.rebuilt = Rebuilt(load_head("ltpd245"), base)

    def lines(self) -> list[int]:
        return self.rebuilt.take(RECORDER.read_bytes()).lines[:-1]


def main(what: str, board: str, base: str = "0") -> None:
    config = load_board(board)
    head = RealHead(config.head, config.wires)
    if what == "contract":
        paper = Tapped(int(base))
        marks_every_dot_where_it_belongs(head.engine, paper)
        rebuilt = paper.rebuilt
        broken = [violation for violation in rebuilt.rules.broken if violation.rule != "supply on for nothing"]
        assert not broken, broken
        print("kept", rebuilt.pulses, rebuilt.beats, rebuilt.unsupplied)
        head.close()
    else:
        head._wires.set("supply", True)
        print("holding", flush=True)
        time.sleep(600)


if __name__ == "__main__":
    main(*sys.argv[1:])
