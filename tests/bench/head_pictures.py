"""``python -m tests.bench.head_pictures``: a scene, tones and text on simulated thermal paper, for the docs.

Writes ``docs/head/NAME.png``: 384 dots across as a good head prints them, a worn one, one on a weak supply, and one
whose paper slips. Each dot is 2 × 2 pixels of the simulated paper.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from board.config import HeadConfig
from board.engine.paper import picture
from board.parts.heads import SimulatedHead
from board.parts.sink_virtual import VirtualSink
from raster_ext import Halftoner
from tests.bench.pictures import SCENE, WIDTH, Gray, scene, text
from tests.bench.workshop import ROOT

OUT = ROOT / "docs" / "head"
DOTS, RAMP = 384, 32


def weak(head: SimulatedHead) -> None:
    """The supply drops without the firmware seeing it: its measurement stays at what it was."""
    wires = head.wires
    analog = wires.analog
    wires.analog = lambda name: 7.2 if name == "volts" else analog(name)  # type: ignore[method-assign]
    wires.faults.volts = 6.3


def worn(head: SimulatedHead) -> None:
    """An old head: some dots have gone up in resistance, some are dead."""
    head.set({"worn": {dot: 1.25 + 0.05 * (dot % 7) for dot in range(90, 130)}, "dead": [60, 61, 200, 310]})


HEADS: dict[str, Callable[[SimulatedHead], None]] = {
    "good": lambda head: None,
    "worn": worn,
    "weak-supply": weak,
    "slipping": lambda head: head.set({"slip": 61}),
    "skewed": lambda head: head.set({"skew": 1.0}),
}


def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        page = _page(folder)
        for kind, harm in HEADS.items():
            head = SimulatedHead(HeadConfig(), VirtualSink(folder / kind), pace=False)
            harm(head)
            _save(head, page, OUT / f"{kind}.png")


def _page(folder: Path) -> Gray:
    made = [scene(DOTS, SCENE), np.tile(np.linspace(0, 255, DOTS), (RAMP, 1)), text(folder)[:, :DOTS]]
    assert WIDTH >= DOTS
    return np.vstack(made).round().astype(np.uint8)


def _save(head: SimulatedHead, page: Gray, path: Path) -> None:
    dots = bytes(Halftoner(DOTS, method="diffusion").feed(page.tobytes()))
    octets = DOTS // 8
    for start in range(0, len(dots), octets):
        head.engine.feed(dots[start : start + octets])
    while head.engine.waiting:
        head.engine.mark()
    rows = head.wires.strip.cut()
    lines = list(picture(rows, DOTS, head.engine.mechanism.motor.steps_per_line, 2))
    Image.frombytes("L", (2 * DOTS, len(lines)), b"".join(lines)).save(path, optimize=True)


if __name__ == "__main__":
    main()
