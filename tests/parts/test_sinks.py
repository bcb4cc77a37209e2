"""Page sinks: one contract for every part that takes pages, then what is special to the virtual ones."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from board.parts.sink_files import safe_name
from board.parts.sink_memory import MemorySink
from board.parts.sink_virtual import Speed, VirtualSink
from firmware.core.errors import PartError
from firmware.core.ticket import Media, PageTicket, Ticket
from firmware.document.job import Capabilities, DocumentSource, PressJob
from firmware.document.page import Page
from firmware.document.pipeline import run
from firmware.ports import Counters, PageSink, Side, SinkJob, SinkResult
from raster_ext import ColorSpace, PwgWriter

ROOT = Path(__file__).parents[2]
MEDIA = Media("na_index-4x6_4x6in", 10160, 15240)
SPACES = {
    "srgb_8": (ColorSpace.SRGB, 8, 3),
    "sgray_8": (ColorSpace.SGRAY, 8, 1),
    "black_1": (ColorSpace.BLACK, 1, 1),
}
COMPLETED = SinkResult("completed", ("job-completed-successfully",), Counters())
CANCELED = SinkResult("canceled", ("job-canceled-by-user",), Counters())


def page(kind: str, width: int = 203, height: int = 305) -> Page:
    return Page(width, height, (50, 50), *SPACES[kind])


def pixels(one: Page, seed: int) -> bytes:
    """Noise; the bits behind the end of a line are zero."""
    lines = np.random.default_rng(seed).integers(0, 256, (one.height, one.bytes_per_line), np.uint8)
    if one.bits_per_color == 1 and one.width % 8:
        lines[:, -1] &= 0xFF << (8 - one.width % 8) & 0xFF
    return lines.tobytes()


def side(one: Page, sheet: int = 1, back: bool = False, sides: str = "one-sided") -> Side:
    return Side(sheet, back, one, MEDIA, "face-down", sides, content=((1, 2 * sheet - 1 + back),))


def job(number: int = 1, name: str = "a job", **ticket: Any) -> SinkJob:
    return SinkJob("ink", number, f"urn:uuid:{number}", name, "alice", ticket)


def mark(sink: PageSink, one: Side, data: bytes, lines: int = 64, upto: int | None = None) -> None:
    """Write a side in bands out of one buffer that is used again and again."""
    sink.start_page(one)
    length = one.page.bytes_per_line
    buffer = bytearray(lines * length)
    for start in range(0, (one.page.height if upto is None else upto) * length, lines * length):
        piece = data[start : start + lines * length]
        buffer[: len(piece)] = piece
        sink.write_band(memoryview(buffer)[: len(piece)])
        buffer[:] = b"\x55" * len(buffer)
    if upto is None:
        sink.end_page()


def rgb(one: Page, data: bytes) -> Image.Image:
    """What a person should see."""
    size = (one.width, one.height)
    if one.kind == "black_1":
        return Image.frombytes("1", size, bytes(octet ^ 0xFF for octet in data)).convert("RGB")
    return Image.frombytes("RGB" if one.num_colors == 3 else "L", size, data).convert("RGB")


@dataclass
class Bench:
    """A sink on the bench: where it comes from and how to see what it marked, in output order."""

    sink: PageSink
    seen: Callable[[], list[Image.Image]]


def memory_bench(folder: Path) -> Bench:
    sink = MemorySink()
    return Bench(sink, lambda: [rgb(marked.page, bytes(marked.pixels)) for marked in sink.sides])


def png_bench(folder: Path) -> Bench:
    return Bench(VirtualSink(folder, pdf=False), lambda: [shown(path) for path in pictures(folder)])


def pdf_bench(folder: Path) -> Bench:
    def seen() -> list[Image.Image]:
        return [image for file in sorted(folder.glob("*/job.pdf")) for image in rendered(file)]

    return Bench(VirtualSink(folder, png=False), seen)


def pwg_bench(folder: Path) -> Bench:
    def seen() -> list[Image.Image]:
        return [image for file in sorted(folder.glob("*/job.pwg")) for image in decoded(file.read_bytes())]

    return Bench(VirtualSink(folder, png=False, pdf=False, pwg=True), seen)


def paced_bench(folder: Path) -> Bench:
    sink = VirtualSink(folder, pwg=True, pace="model", speed=Speed(6000, 6000))
    return Bench(sink, lambda: [shown(path) for path in pictures(folder)])


def pictures(folder: Path) -> list[Path]:
    """Fronts before backs."""
    return sorted(folder.glob("*/sheet-*.png"), key=lambda path: (path.parent, path.name[:10], "back" in path.name))


def rendered(file: Path) -> list[Image.Image]:
    """The pages of a PDF, pixel for pixel, by MuPDF."""
    with tempfile.TemporaryDirectory() as folder:
        options = ["-q", "-r", "50", "-A", "0", "-c", "rgb", "-o", f"{folder}/%04d.png"]
        subprocess.run(["mutool", "draw", *options, str(file)], check=True, capture_output=True)
        return [shown(path) for path in sorted(Path(folder).iterdir())]


def shown(path: Path) -> Image.Image:
    with Image.open(path) as image:
        return image.convert("RGB")


def decoded(data: bytes) -> list[Image.Image]:
    """PWG Raster read by the book (PWG 5102.4 section 4.3 and 4.4), sharing nothing with the writer."""
    assert data[:4] == b"RaS2"
    at, images = 4, []
    while at < len(data):
        head = data[at : at + 1796]
        width, height = (int.from_bytes(head[o : o + 4], "big") for o in (372, 376))
        bits, length, space = (int.from_bytes(head[o : o + 4], "big") for o in (388, 392, 400))
        unit, at, lines = max(1, bits // 8), at + 1796, bytearray()
        while len(lines) < height * length:
            repeat, line, at = data[at] + 1, bytearray(), at + 1
            while len(line) < length:
                code, at = data[at], at + 1
                if code < 128:
                    line += data[at : at + unit] * (code + 1)
                    at += unit
                else:
                    line += data[at : at + unit * (257 - code)]
                    at += unit * (257 - code)
            lines += line * repeat
        kind = {(1, 3): "black_1", (8, 18): "sgray_8", (24, 19): "srgb_8"}[bits, space]
        images.append(rgb(Page(width, height, (50, 50), *SPACES[kind]), bytes(lines)))
    return images


BENCHES = [memory_bench, png_bench, pdf_bench, pwg_bench, paced_bench]


@pytest.fixture(params=BENCHES, ids=lambda make: make.__name__.removesuffix("_bench"))
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Bench:
    made: Bench = request.param(tmp_path)
    return made


def same(seen: list[Image.Image], expected: list[Image.Image]) -> bool:
    return len(seen) == len(expected) and all(
        a.size == b.size and a.tobytes() == b.tobytes() for a, b in zip(seen, expected, strict=True)
    )


# The contract


def test_every_kind_that_it_offers_is_marked_dot_for_dot(bench: Bench) -> None:
    assert bench.sink.kinds
    assert set(bench.sink.kinds) <= set(SPACES)
    bench.sink.start_job(job())
    expected = []
    for number, kind in enumerate(bench.sink.kinds, 1):
        one = page(kind)
        data = pixels(one, number)
        mark(bench.sink, side(one, number), data)
        expected.append(rgb(one, data))
    bench.sink.end_job(COMPLETED)
    assert same(bench.seen(), expected)
    assert not same(bench.seen(), [*expected[:-1], expected[-1].transpose(Image.Transpose.FLIP_TOP_BOTTOM)])
    assert not same(bench.seen(), expected[1:] + expected[:1])


@pytest.mark.parametrize("lines", [1, 7, 305])
def test_bands_may_have_any_height(bench: Bench, lines: int) -> None:
    one = page(bench.sink.kinds[0])
    data = pixels(one, 1)
    bench.sink.start_job(job())
    mark(bench.sink, side(one), data, lines)
    bench.sink.end_job(COMPLETED)
    assert same(bench.seen(), [rgb(one, data)])


def test_both_sides_of_sheets(bench: Bench) -> None:
    one = page(bench.sink.kinds[0])
    bench.sink.start_job(job())
    for number in range(4):
        mark(bench.sink, side(one, number // 2 + 1, number % 2 == 1, "two-sided-long-edge"), pixels(one, number))
    bench.sink.end_job(COMPLETED)
    assert same(bench.seen(), [rgb(one, pixels(one, number)) for number in range(4)])


def test_a_side_that_was_not_finished_is_not_there_and_the_next_job_is_untouched(bench: Bench) -> None:
    one = page(bench.sink.kinds[0])
    first, second = pixels(one, 1), pixels(one, 2)
    bench.sink.start_job(job(1))
    mark(bench.sink, side(one, 1), first)
    mark(bench.sink, side(one, 2), second, upto=128)
    bench.sink.end_job(CANCELED)
    bench.sink.start_job(job(2))
    mark(bench.sink, side(one, 1), second)
    bench.sink.end_job(COMPLETED)
    assert same(bench.seen(), [rgb(one, first), rgb(one, second)])


def test_a_job_may_have_no_sides(bench: Bench) -> None:
    bench.sink.start_job(job())
    bench.sink.end_job(SinkResult("aborted", ("aborted-by-system",), Counters(), "no page in it"))
    assert bench.seen() == []


def test_pages_come_before_nothing_but_a_job(bench: Bench) -> None:
    with pytest.raises(ValueError, match="no job"):
        bench.sink.start_page(side(page(bench.sink.kinds[0])))
    with pytest.raises(ValueError, match="no job"):
        bench.sink.end_job(COMPLETED)


# The virtual sink's folder


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def record(folder: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((folder / "job.json").read_text("utf-8"))
    return loaded


def test_the_folder_of_a_job(out: Path) -> None:
    sink = VirtualSink(out, pwg=True)
    sink.start_job(job(42, "Monthly report: März/April", copies=2, media="iso_a4_210x297mm"))
    one = page("srgb_8")
    mark(sink, side(one, 1, False, "two-sided-long-edge"), pixels(one, 1))
    mark(sink, side(one, 1, True, "two-sided-long-edge"), pixels(one, 2))
    mark(sink, replace(side(one, 2), copy=2), pixels(one, 3))
    counters = Counters(impressions=3, color=3, sheets=2, pages=3)
    sink.end_job(SinkResult("completed", ("job-completed-successfully",), counters))
    folder = out / "0042-Monthly-report-März-April"
    assert sink.folder == folder
    assert sorted(path.name for path in folder.iterdir()) == [
        "job.json",
        "job.pdf",
        "job.pwg",
        "sheet-0001-back.png",
        "sheet-0001-front.png",
        "sheet-0002-front.png",
    ]
    told = record(folder)
    assert told["counters"] == {"impressions": 3, "color": 3, "blank": 0, "sheets": 2, "pages": 3}
    assert told["ticket"] == {"copies": 2, "media": "iso_a4_210x297mm"}
    assert (told["job-state"], told["job-state-reasons"]) == ("completed", ["job-completed-successfully"])
    assert [sheet["sheet"] for sheet in told["sheets"]] == [1, 2]
    first = told["sheets"][0]
    assert first["media"]["name"] == MEDIA.name
    assert first["sides"] == "two-sided-long-edge"
    assert first["front"]["content"] == [{"document": 1, "page": 1}]
    assert first["back"]["file"] == "sheet-0001-back.png"
    assert told["sheets"][1]["copy"] == 2
    assert "unfinished" not in told
    with Image.open(folder / "sheet-0001-front.png") as picture:
        assert round(picture.info["dpi"][0]) == 50


def test_headers_of_job_pwg(out: Path) -> None:
    sink = VirtualSink(out, png=False, pdf=False, pwg=True)
    sink.start_job(job())
    mark(sink, side(page("sgray_8"), 1, True, "two-sided-short-edge"), pixels(page("sgray_8"), 1))
    sink.end_job(COMPLETED)
    assert sink.folder
    head = (sink.folder / "job.pwg").read_bytes()[4:]

    def number(offset: int) -> int:
        return int.from_bytes(head[offset : offset + 4], "big")

    assert head[:10] == b"PwgRaster\0"
    assert (number(272), number(368)) == (1, 1)  # Duplex, Tumble
    assert (number(456), number(460)) == (1, 1)  # upright
    assert (number(352), number(356)) == (288, 432)  # points
    assert head[1732:1796].rstrip(b"\0").decode() == MEDIA.name
    assert [path.name for path in sink.folder.iterdir() if path.suffix == ".png"] == []


def test_a_canceled_job_says_so_and_keeps_its_sheets(out: Path) -> None:
    sink = VirtualSink(out)
    one = page("sgray_8")
    sink.start_job(job())
    mark(sink, side(one, 1), pixels(one, 1))
    mark(sink, side(one, 2), pixels(one, 2), upto=100)
    sink.end_job(replace(CANCELED, counters=Counters(impressions=1, sheets=1)))
    assert sink.folder
    told = record(sink.folder)
    assert told["job-state"] == "canceled"
    assert told["job-state-reasons"] == ["job-canceled-by-user"]
    assert told["unfinished"] == {"sheet": 2, "side": "front", "copy": 1}
    assert [sheet["sheet"] for sheet in told["sheets"]] == [1]
    assert len(rendered(sink.folder / "job.pdf")) == 1
    assert [path.name for path in sink.folder.iterdir() if path.name.startswith(".")] == []


def test_an_older_job_of_the_same_number_keeps_its_folder(out: Path) -> None:
    one = page("sgray_8")
    for seed in range(3):
        sink = VirtualSink(out)
        sink.start_job(job(7, "same"))
        mark(sink, side(one), pixels(one, seed))
        sink.end_job(COMPLETED)
    assert sorted(path.name for path in out.iterdir()) == ["0007-same", "0007-same-2", "0007-same-3"]
    for seed, name in enumerate(("0007-same", "0007-same-2", "0007-same-3")):
        assert same([shown(out / name / "sheet-0001-front.png")], [rgb(one, pixels(one, seed))])


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("Report", "Report"),
        ("../../etc/passwd", "etc-passwd"),
        ("..", "untitled"),
        ("", "untitled"),
        ("\0\0", "untitled"),
        ("a\0b/c\\d\ne", "a-b-c-d-e"),
        (".hidden", "hidden"),
        ("-rf *", "rf"),
        ("a..b...c", "a.b.c"),
        ("ünïcode 漢字 العربية", "ünïcode-漢字-العربية"),
        ("e\u0301", "é"),
        ("\u202egnp.exe\u202c", "gnp.exe"),
        ("\ud800bad", "bad"),
        ("CON", "CON"),
        ("x" * 1000, "x" * 80),
        ("漢" * 1000, "漢" * 26),
        ("🖨️ printer", "printer"),
        ("notes.txt.", "notes.txt"),
    ],
)
def test_hostile_names(name: str, safe: str, out: Path) -> None:
    assert safe_name(name) == safe
    sink = VirtualSink(out)
    sink.start_job(job(1, name))
    sink.end_job(COMPLETED)
    assert sink.folder
    assert sink.folder.parent == out
    assert record(sink.folder)["job-id"] == 1


def test_big_job_numbers_and_several_outputs_off(out: Path) -> None:
    sink = VirtualSink(out, png=False, pdf=False)
    sink.start_job(job(123456, "x"))
    mark(sink, side(page("black_1")), pixels(page("black_1"), 1))
    sink.end_job(COMPLETED)
    assert [path.name for path in (out / "123456-x").iterdir()] == ["job.json"]
    with pytest.raises(ValueError, match="pace"):
        VirtualSink(out, pace="fast")


def test_what_a_crash_leaves_never_looks_finished(out: Path) -> None:
    program = f"""
import os, sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from test_sinks import *
sink = VirtualSink(Path({str(out)!r}), pwg=True)
sink.start_job(job(3, "crash"))
one = page("srgb_8")
mark(sink, side(one, 1), pixels(one, 1))
mark(sink, side(one, 2), pixels(one, 2), upto=200)
os.kill(os.getpid(), 9)
"""
    path = os.pathsep.join([str(ROOT), *filter(None, sys.path)])
    done = subprocess.run([sys.executable, "-c", program], env={"PYTHONPATH": path}, capture_output=True)
    assert done.returncode == -9, done.stderr
    folder = out / "0003-crash"
    finished = [path.name for path in folder.iterdir() if not path.name.startswith(".")]
    assert finished == ["sheet-0001-front.png"]
    one = page("srgb_8")
    assert same([shown(folder / finished[0])], [rgb(one, pixels(one, 1))])


# A full disk


@contextlib.contextmanager
def small_files() -> Iterator[None]:
    """No file may grow beyond 100 kB: what a full disk does to a writer, without one."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.mark.parametrize("outputs", [{"pdf": False}, {"png": False}, {"png": False, "pdf": False, "pwg": True}])
def test_a_full_disk_is_a_full_output_tray(outputs: dict[str, Any], out: Path) -> None:
    sink = VirtualSink(out, **outputs)
    one, large = page("sgray_8"), page("srgb_8")
    with small_files():
        sink.start_job(job(1, "full"))
        mark(sink, side(one, 1), pixels(one, 1))
        with pytest.raises(PartError) as caught:
            mark(sink, side(large, 2), pixels(large, 2))
        assert caught.value.reason == "output-area-full"
        counters = Counters(impressions=1, sheets=1)
        sink.end_job(SinkResult("aborted", ("aborted-by-system",), counters, caught.value.message))
    folder = out / "0001-full"
    told = record(folder)
    assert told["unfinished"] == {"sheet": 2, "side": "front", "copy": 1}
    assert [sheet["sheet"] for sheet in told["sheets"]] == [1]
    if outputs.get("png", True):
        assert [path.name for path in folder.glob("*.png")] == ["sheet-0001-front.png"]
    elif "pwg" in outputs:
        assert same(decoded((folder / "job.pwg").read_bytes()), [rgb(one, pixels(one, 1))])
    else:
        assert same(rendered(folder / "job.pdf"), [rgb(one, pixels(one, 1))])
    assert not list(folder.glob(".*"))
    sink.start_job(job(2, "next"))
    mark(sink, side(one, 1), pixels(one, 1))
    sink.end_job(COMPLETED)


def fill(sink: VirtualSink, one: Page) -> None:
    for number in range(1, 10):
        mark(sink, side(one, number), pixels(one, number))


def test_a_really_full_disk(out: Path) -> None:
    """On a tmpfs of half a megabyte, where tests run as root."""
    out.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", out], capture_output=True)
    if mounted.returncode:
        pytest.skip("only root can mount a small disk; the same with a limit on file sizes ran above")
    try:
        sink, one = VirtualSink(out), page("srgb_8")
        sink.start_job(job(1, "full"))
        with pytest.raises(PartError, match="No space left") as caught:
            fill(sink, one)
        assert caught.value.reason == "output-area-full"
        sink.end_job(SinkResult("aborted", ("aborted-by-system",), Counters(), ""))
        folder = out / "0001-full"
        sheets = [sheet["sheet"] for sheet in record(folder)["sheets"]]
        assert sheets
        assert len(list(folder.glob("sheet-*.png"))) == len(sheets) == len(rendered(folder / "job.pdf"))
    finally:
        subprocess.run(["umount", "-l", out], check=True)


def test_a_folder_that_can_t_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    sink = VirtualSink(tmp_path / "file" / "out")
    sink.start_job(job())
    with pytest.raises(PartError) as caught:
        sink.start_page(side(page("sgray_8"), 1))
    assert caught.value.reason == "output-tray-missing"


def test_a_job_begun_again_before_its_first_side_leaves_nothing(out: Path) -> None:
    VirtualSink(out).start_job(job())
    assert not out.exists()


# Pace


def test_the_model_s_pace(out: Path) -> None:
    sink = VirtualSink(out, pdf=False, pace="model", speed=Speed(mono=300, color=150, duplex=0.5))
    sink.start_job(job())
    took = []
    for number, (kind, sides) in enumerate(
        [("sgray_8", "one-sided"), ("srgb_8", "one-sided"), ("sgray_8", "two-sided-long-edge")], 1
    ):
        one = page(kind)
        started = time.monotonic()
        mark(sink, side(one, number, sides=sides), pixels(one, number), lines=10)
        took.append(time.monotonic() - started)
    sink.end_job(COMPLETED)
    for seconds, expected in zip(took, (0.2, 0.4, 0.4), strict=True):
        assert expected <= seconds


class Told:
    """A Progress that is cancelled by a timer."""

    def __init__(self, after: float) -> None:
        self._stop = threading.Event()
        threading.Timer(after, self._stop.set).start()
        self.impressions = 0

    def marking(self) -> None: ...

    def feed(self, media: Media) -> Media:
        return media

    def impression(self, side: Side, color: bool, blank: bool) -> None:
        self.impressions += 1

    def sheet(self, number: int, last: Side) -> None: ...

    def page(self, document: int, number: int) -> None: ...

    def stopped(self, reason: str, message: str) -> None: ...

    def going_on(self, reason: str) -> None: ...

    def consumed(self, document: int, octets: int) -> None: ...

    def cancelled(self) -> bool:
        return self._stop.is_set()

    def suspended(self) -> bool:
        return False


class Octets:
    def __init__(self, data: bytes) -> None:
        self._data = data

    def read(self, size: int, /) -> bytes:
        data, self._data = self._data[:size], self._data[size:]
        return data


def test_a_slow_model_is_interrupted_by_cancelling(out: Path) -> None:
    data = bytearray()
    one = page("sgray_8", 200, 300)
    with PwgWriter(data.extend) as writer:
        writer.start_page(one)
        writer.write_band(pixels(one, 1))
        writer.end_page()
    sink = VirtualSink(out, pace="model", speed=Speed(1, 1))  # a minute a page
    press_job = PressJob(
        job(),
        Ticket(PageTicket(MEDIA)),
        [DocumentSource(1, "image/pwg-raster", Octets(bytes(data)))],
        Capabilities(((50, 50),), {}),
    )
    started = time.monotonic()
    result = run(press_job, sink, Told(0.5))
    assert result.state == "canceled"
    assert time.monotonic() - started < 5
    assert sink.folder
    assert record(sink.folder)["unfinished"]["sheet"] == 1


def test_only_the_newest_jobs_stay(tmp_path: Path) -> None:
    sink = VirtualSink(tmp_path, pdf=False, keep_jobs=2)
    one = page("sgray_8")
    (tmp_path / "notes").mkdir()
    for number in range(1, 5):
        sink.start_job(job(number))
        mark(sink, side(one), pixels(one, number))
        sink.end_job(SinkResult("completed", (), Counters()))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0003-a-job", "0004-a-job", "notes"]
