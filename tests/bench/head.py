"""What a marking engine costs: the whole way from PWG raster through halftone, plan and engine to wires that only keep
time, beside the time that the paper takes for a line. A quarter of it is what one core may spend."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

from msgspec.structs import replace

from board.engine.marking import Engine
from board.engine.mechanism import Mechanism, load_head
from board.parts.head_wired import WiredHead, WiredMotor, WiredSensors
from board.parts.sink_head import HeadSink
from firmware.core.ticket import Media, PageTicket, Ticket
from firmware.document.job import Capabilities, DocumentSource, PressJob
from firmware.document.pipeline import run
from firmware.ports import SinkJob
from raster_ext import ColorSpace, Page, PwgWriter
from tests.bench.rows import Row
from tests.document.press_kit import Recorder, Spooled

PAGES = 600
HEADS = (("ltpd245", "384 dots, 203 dpi, 100 mm/s", 100.0), ("label-106", "1248 dots, 300 dpi, 150 mm/s", 150.0))


class SilentWires:
    """Wires that nothing hangs on: they keep time."""

    def __init__(self, mechanism: Mechanism) -> None:
        self._time = 0.0
        self._share = mechanism.thermistor.share(30.0)
        self._volts = mechanism.heat.volts

    def now(self) -> float:
        return self._time

    def wait(self, until: float) -> None:
        self._time = max(self._time, until)

    def shift(self, data: bytes) -> None: ...
    def set(self, line: str, high: bool) -> None: ...

    def strobe(self, groups: int, high: bool, us: float) -> None:
        self._time += us

    def step(self, steps: int) -> None: ...
    def release(self) -> None: ...

    def get(self, line: str) -> bool:
        return line != "cover"

    def analog(self, name: str) -> float:
        return self._volts if name == "volts" else self._share


def rows() -> Iterator[Row]:
    for name, told, speed in HEADS:
        mechanism = load_head(name)
        lines, data, media = _document(mechanism)
        took = _print(mechanism, data, media)
        ours = 1e6 * took / lines
        each = 1e6 * mechanism.pitch / speed
        ratio = each / ours
        yield Row(
            f"head: {told}, CPU of a line", ours / 1e3, each / 1e3, ratio, ratio, ratio, ratio, 4.0,
            f"{ours:.0f} of {each:.0f} us a line, {lines} lines, {PAGES} pages",
        )  # fmt: skip


def _document(mechanism: Mechanism) -> tuple[int, bytes, Media]:
    """Pages like receipts: lines of text with white between them, in gray."""
    page = Page(mechanism.dots, mechanism.dpi * 4, (mechanism.dpi,) * 2, ColorSpace.SGRAY, 8, 1)
    rng = random.Random(1)
    text = [bytes(0 if rng.random() < 0.3 else 255 for _ in range(page.width)) for _ in range(16)]
    white = b"\xff" * page.width
    pixels = b"".join(text[y % 16] if y // 16 % 2 else white for y in range(page.height))
    data = bytearray()
    with PwgWriter(data.extend) as writer:
        for _ in range(PAGES):
            writer.start_page(page)
            writer.write_band(memoryview(pixels))
            writer.end_page()
    wide, high = (round(edge * 2540 / mechanism.dpi) + 2 for edge in (page.width, page.height))
    return PAGES * page.height, bytes(data), Media(f"custom_bench_{wide / 100}x{high / 100}mm", wide, high)


def _print(mechanism: Mechanism, data: bytes, media: Media) -> float:
    """Seconds of processor time, of all threads."""
    wires = SilentWires(mechanism)
    mechanism = replace(mechanism, sensors=replace(mechanism.sensors, gap="none"))
    head, motor, sensors = WiredHead(mechanism, wires), WiredMotor(wires), WiredSensors(mechanism, wires)
    engine = Engine(mechanism, "standard", head, motor, sensors, wires.now, wires.wait)
    resolution = (mechanism.dpi, mechanism.dpi)
    job = PressJob(
        SinkJob("bench", 1, "urn:uuid:0", "receipts", "bench", {}),
        Ticket(PageTicket(media)),
        [DocumentSource(1, "image/pwg-raster", Spooled(data, 1 << 18))],
        Capabilities((resolution,), {4: resolution}, color=False),
    )
    began = time.process_time()
    result = run(job, HeadSink(engine), Recorder())
    assert result.state == "completed", result
    assert engine.lines >= PAGES * mechanism.dpi * 4
    return time.process_time() - began
