"""The sink of a line head: pages come out as they were, whatever goes wrong on the way."""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from board.config import HeadConfig
from board.engine.marking import Marked
from board.engine.paper import marked
from board.parts.heads import SimulatedHead
from board.parts.sink_virtual import VirtualSink
from firmware.core.errors import PartError
from firmware.core.ticket import Media
from firmware.document.job import Capabilities
from firmware.document.pipeline import run
from firmware.ports import Counters, Side, SinkJob, SinkResult
from raster_ext import ColorSpace, Page, PwgWriter
from tests.document.press_kit import Recorder, press_job, source, ticket

RECEIPT = Media("custom_receipt_48.05x20.02mm", 4805, 2002)
PWG = "image/pwg-raster"
CAPABILITIES = Capabilities(((203, 203),), {4: (203, 203)}, color=False)


@pytest.fixture
def head(tmp_path: Path) -> SimulatedHead:
    return SimulatedHead(HeadConfig(), VirtualSink(tmp_path / "out", kinds=("black_1",)), pace=False)


def document(pages: int, seed: int, share: float = 0.3) -> tuple[bytes, list[list[int]]]:
    """Noise of dots as PWG raster as wide as the head, and the lines of each page."""
    one = Page(384, 160, (203, 203), ColorSpace.BLACK, 1, 1)
    rng = random.Random(seed)
    data, lines = bytearray(), []
    with PwgWriter(data.extend) as writer:
        for _ in range(pages):
            page = [sum(1 << x for x in range(384) if rng.random() < share) for _ in range(one.height)]
            writer.start_page(one)
            writer.write_band(b"".join(line.to_bytes(48) for line in page))
            writer.end_page()
            lines.append(page)
    return bytes(data), lines


class Papers:
    """Keeps the paper of each page before it is developed."""

    def __init__(self, head: SimulatedHead) -> None:
        self.pages: list[list[int]] = []
        strip = head.wires.strip
        cut = strip.cut

        def keep() -> list[object]:
            rows = cut()
            if rows:
                self.pages.append(marked(rows, 384))
            return rows  # type: ignore[return-value]

        strip.cut = keep  # type: ignore[method-assign,assignment]


def printed(head: SimulatedHead, data: bytes, progress: Recorder) -> str:
    job = press_job([source(data, PWG)], ticket(RECEIPT), capabilities=CAPABILITIES)
    return run(job, head.sink, progress).state


def test_pages_come_out_dot_for_dot(head: SimulatedHead, tmp_path: Path) -> None:
    data, pages = document(3, 1, 0.05)
    papers, progress = Papers(head), Recorder()
    assert printed(head, data, progress) == "completed"
    assert papers.pages[:3] == pages
    assert progress.count("impression") == 3
    folder = next((tmp_path / "out").iterdir())
    report = json.loads((folder / "timing.json").read_text())
    assert report["violations"] == []
    assert [sheet["lines"] for sheet in report["sheets"]] == [160, 160, 160]
    picture = Image.open(folder / "sheet-0001-front.png")
    assert picture.size == (4 * 384, 4 * 160)
    whole = picture.resize((384, 160), Image.Resampling.BOX)
    cells = whole.tobytes()
    dark = [sum(1 << (383 - x) for x in range(384) if cells[384 * y + x] < 150) for y in range(160)]
    wrong = sum((one ^ other).bit_count() for one, other in zip(dark, pages[0], strict=True))
    assert wrong < 384 * 160 * 0.01  # dots that came a step late lie a little lower


def until(condition: object, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture
def printing(head: SimulatedHead) -> Iterator[tuple[SimulatedHead, Papers, Recorder, list[list[int]], list[str]]]:
    """A job of three pages in a thread, which stops for want of paper in the middle of the second."""
    data, pages = document(3, 2)
    papers, progress, ended = Papers(head), Recorder(), list[str]()
    head.set({"paper_left": 200})
    thread = threading.Thread(target=lambda: ended.append(printed(head, data, progress)))
    thread.start()
    until(lambda: ("stopped", "media-empty") in progress.events)
    yield head, papers, progress, pages, ended
    thread.join(20)
    assert not thread.is_alive()


def test_paper_that_runs_out_stops_the_job_and_new_paper_lets_it_go_on(
    printing: tuple[SimulatedHead, Papers, Recorder, list[list[int]], list[str]],
) -> None:
    head, papers, progress, pages, ended = printing
    assert progress.count("impression") == 1
    head.set({"paper_left": None})
    until(lambda: ended)
    assert ended == ["completed"]
    assert papers.pages[:3] == pages
    assert ("going on", "media-empty") in progress.events
    assert head.state()["faults"] == {}
    assert head.wires.rules.broken == []


def test_a_job_that_waits_for_paper_can_be_cancelled_and_the_next_one_prints(
    printing: tuple[SimulatedHead, Papers, Recorder, list[list[int]], list[str]],
) -> None:
    head, papers, progress, _, ended = printing
    progress.cancel_asked = 1
    until(lambda: ended)
    assert ended == ["canceled"]
    assert progress.count("impression") == 1
    head.set({"paper_left": None})
    papers.pages.clear()
    data, pages = document(1, 3)
    assert printed(head, data, Recorder()) == "completed"
    assert pages[0] in papers.pages
    assert head.wires.rules.broken == []


FAULTS: dict[str, dict[str, Any]] = {
    "cover-open": {"cover_open": True},
    "media-empty": {"paper_left": 0},
    "marker-thermistor-failure": {"thermistor": "shorted"},
    "marker-recoverable-failure": {"volts": 4.0},
    "SPI": {"spi": True},
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_within_a_page_is_told_and_the_job_goes_on_where_it_was(head: SimulatedHead, fault: str) -> None:
    keyword = "marker-recoverable-failure" if fault == "SPI" else fault
    data, pages = document(3, 4)
    papers, progress, ended = Papers(head), Recorder(), list[str]()
    move, moved = head.wires.strip.move, 0

    def breaks() -> None:
        nonlocal moved
        move()
        moved += 1
        if moved == 230:
            head.set(FAULTS[fault])

    head.wires.strip.move = breaks  # type: ignore[method-assign]
    thread = threading.Thread(target=lambda: ended.append(printed(head, data, progress)))
    thread.start()
    until(lambda: ("stopped", keyword) in progress.events)
    assert progress.count("impression") == 1
    assert head.wires._supply is False
    head.set(dict.fromkeys(FAULTS[fault]))
    until(lambda: ended)
    thread.join(20)
    assert ended == ["completed"]
    assert progress.count("impression") == 3
    assert ("going on", keyword) in progress.events
    assert papers.pages[:3] == pages
    assert head.wires.rules.broken == []


def test_bands_are_taken_while_earlier_ones_are_marked(head: SimulatedHead) -> None:
    """The engine is at the first line of the first band while the second one comes."""
    one = Page(384, 64, (203, 203), ColorSpace.BLACK, 1, 1)
    go, begun, mark = threading.Event(), threading.Event(), head.engine.mark

    def held() -> None:
        begun.set()
        assert go.wait(20)
        mark()

    head.engine.mark = held  # type: ignore[method-assign]
    band = memoryview(bytes(48 * 32))
    job = SinkJob("ink", 7, "urn:uuid:0", "a job", "alice", {})
    head.sink.start_job(job)
    head.sink.start_page(Side(1, False, one, RECEIPT, "face-up", "one-sided"))
    head.sink.write_band(band)
    assert begun.wait(20)
    head.sink.write_band(band)
    assert head.engine.lines == 0
    go.set()
    head.sink.end_page()
    assert head.engine.lines == 64
    head.sink.end_job(SinkResult("completed", (), Counters(1, 0, 0, 1, 1)))


def test_data_that_is_late_slows_the_paper_down_and_no_line_comes_twice(head: SimulatedHead) -> None:
    """Each band comes when the one before is on paper."""
    one = Page(384, 96, (203, 203), ColorSpace.BLACK, 1, 1)
    lines = document(1, 9)[1][0][:96]
    papers, periods = Papers(head), list[float]()
    watch = head.engine.watch
    assert watch is not None

    def both(line: Marked) -> None:
        periods.append(line.period)
        watch(line)

    head.engine.watch = both
    head.sink.start_job(SinkJob("ink", 7, "urn:uuid:0", "a job", "alice", {}))
    head.sink.start_page(Side(1, False, one, RECEIPT, "face-up", "one-sided"))
    for start in range(0, 96, 32):
        head.sink.write_band(memoryview(b"".join(line.to_bytes(48) for line in lines[start : start + 32])))
        until(lambda start=start: head.engine.lines == start + 32)
    head.sink.end_page()
    head.sink.end_job(SinkResult("completed", (), Counters(1, 0, 0, 1, 1)))
    assert papers.pages[0] == lines
    slowest = head.engine.mechanism.motor.ramp_us[0]
    assert [periods[place] for place in (31, 63, 95)] == pytest.approx([slowest] * 3)
    assert min(periods) < slowest / 1.5
    assert head.wires.rules.broken == []


def test_what_can_be_wrong_with_a_head_is_checked(head: SimulatedHead) -> None:
    head.set({"cover_open": True, "dead": ["3", "7"], "worn": {"9": "1.5"}, "celsius": "70"})
    assert head.state()["faults"] == {"cover_open": True, "dead": [3, 7], "worn": {9: 1.5}, "celsius": 70.0}
    head.set({"cover_open": None, "dead": None, "worn": None, "celsius": None})
    assert head.state()["faults"] == {}
    for changes in ({"lid": True}, {"thermistor": "melted"}, {"dead": 7}, {"celsius": "warm"}, {"paper_left": "no"}):
        with pytest.raises(ValueError, match=next(iter(changes))):
            head.set(changes)


LABEL = Media("oe_label_101.6x25.4mm", 10160, 2540)


@pytest.fixture
def labels(tmp_path: Path) -> SimulatedHead:
    """A roll of labels an inch long."""
    config = HeadConfig("label-106", "label", label=25.4, gap=3.0)
    return SimulatedHead(config, VirtualSink(tmp_path / "out", kinds=("black_1",)), pace=False)


class Places:
    """Where on the roll each label's page began: lines behind a label's beginning."""

    def __init__(self, head: SimulatedHead, height: int = 300) -> None:
        self.offsets: list[int] = []
        assert head.wires.labels is not None
        length = sum(head.wires.labels)
        developer = head.sink._developer
        assert developer is not None
        page = developer.page

        def keep(side: Side) -> None:
            self.offsets.append((head.wires._lines - height) % length)
            page(side)

        developer.page = keep  # type: ignore[method-assign]


def stick(head: SimulatedHead, count: int, progress: Recorder, **asked: Any) -> str:
    """Print labels of noise."""
    one = Page(1200, 300, (300, 300), ColorSpace.BLACK, 1, 1)
    rng = random.Random(4)
    data = bytearray()
    with PwgWriter(data.extend) as writer:
        for _ in range(count):
            writer.start_page(one)
            writer.write_band(rng.randbytes(150 * 300))
            writer.end_page()
    capabilities = Capabilities(((300, 300),), {4: (300, 300)}, color=False)
    media = asked.pop("media", LABEL)
    job = press_job([source(bytes(data), PWG)], ticket(media, scaling="none", **asked), capabilities=capabilities)
    return run(job, head.sink, progress).state


def test_every_label_begins_where_it_begins(labels: SimulatedHead, tmp_path: Path) -> None:
    places = Places(labels)
    assert stick(labels, 3, Recorder()) == "completed"
    assert places.offsets == [0, 0, 0]
    for number in (1, 2, 3):
        (sheet,) = (tmp_path / "out").glob(f"*/sheet-{number:04d}-front.png")
        with Image.open(sheet) as picture:
            assert picture.size == (4 * 1248, 4 * 300)
    assert labels.wires.rules.broken == []


def test_without_tracking_the_gaps_are_run_over(labels: SimulatedHead) -> None:
    places = Places(labels)
    assert stick(labels, 3, Recorder(), media=replace(LABEL, tracking="continuous")) == "completed"
    assert places.offsets == [0, 300, 265]


def test_a_label_whose_print_lies_lower(labels: SimulatedHead) -> None:
    """The picture shows the white lines above it."""
    places = Places(labels, 318)
    assert stick(labels, 2, Recorder(), media=replace(LABEL, top_offset=150)) == "completed"
    assert places.offsets == [0, 0]


def test_a_roll_without_gaps_is_told(labels: SimulatedHead) -> None:
    usual, labels.wires.labels = labels.wires.labels, None
    progress, ended = Recorder(), list[str]()
    thread = threading.Thread(target=lambda: ended.append(stick(labels, 1, progress)))
    thread.start()
    until(lambda: ("stopped", "media-jam") in progress.events)
    labels.wires.labels = usual
    until(lambda: ended)
    thread.join(20)
    assert ended == ["completed"]


def test_a_label_waits_until_it_is_taken(labels: SimulatedHead) -> None:
    labels.set({"label_waits": True})
    progress, ended = Recorder(), list[str]()
    thread = threading.Thread(target=lambda: ended.append(stick(labels, 2, progress, label_mode="peel-off")))
    thread.start()
    until(lambda: ("stopped", "output-area-full") in progress.events)
    where = labels.wires._lines
    assert progress.count("impression") == 0
    labels.set({"label_waits": None})
    until(lambda: ended)
    thread.join(20)
    assert ended == ["completed"]
    assert labels.wires._lines - where < 2 * 335 + 100
    assert stick(labels, 1, Recorder()) == "completed"  # who tears off needs not be waited for


@pytest.mark.parametrize(("offset", "lines"), [(0, 94), (500, 154), (-500, 35)])
def test_the_last_label_comes_out_as_far_as_the_tear_bar(labels: SimulatedHead, offset: int, lines: int) -> None:
    assert stick(labels, 1, Recorder(), tear_offset=offset) == "completed"
    assert abs(labels.wires._lines - 335 - lines) <= 1


def test_paper_is_cut_behind_each_page_that_asks_for_it(tmp_path: Path) -> None:
    """When the page is so far; nothing else of it comes twice when the blade is stuck."""
    head = SimulatedHead(HeadConfig("ltpd347"), VirtualSink(tmp_path / "out", kinds=("black_1",)), pace=False)
    wide = Page(576, 160, (203, 203), ColorSpace.BLACK, 1, 1)
    media = Media("custom_receipt_72.07x20.02mm", 7207, 2002, tracking="continuous")
    behind = head.engine.lines_of(100 * head.engine.mechanism.cutter.distance)
    head.sink.start_job(SinkJob("ink", 7, "urn:uuid:0", "a job", "alice", {}))
    for number in (1, 2):
        side = Side(number, False, wide, media, "face-up", "one-sided", finishings=("trim-after-pages",))
        head.sink.start_page(side)
        head.sink.write_band(memoryview(bytes(72 * 160)))
        if number == 2:
            head.set({"cutter_jam": True})
            with pytest.raises(PartError) as caught:
                head.sink.end_page()
            assert caught.value.reason == "trimmer-jam"
            head.set({"cutter_jam": None})
        head.sink.end_page()
    head.sink.end_job(SinkResult("completed", (), Counters(2, 0, 0, 2, 2)))
    assert head.wires.cuts == [160 + behind, 2 * (160 + behind)]
