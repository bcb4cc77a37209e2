"""A print head on the kernel's own SPI and GPIO (spidev, gpio-sim), and a recorder at the other end of the wires."""

from __future__ import annotations

import random
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from board.engine.mechanism import load_head
from board.engine.place import placed
from board.parts.sink_memory import MemorySink
from firmware.core.ticket import Media
from firmware.document.job import Capabilities
from firmware.document.pipeline import run
from raster_ext import ColorSpace, Page, PwgWriter
from tests.document.press_kit import Recorder, press_job, source, ticket
from tests.lab.building import modules
from tests.lab.inkstand import ENVIRONMENT
from tests.lab.kernel import LabError
from tests.lab.vm import Lab, Process
from tests.lab.wiretap import COVER, LINES, PAPER, PHASE, SELECT, SUPPLY, WIRES, Rebuilt

HOME = "/run/head"
BOARD = f"{HOME}/board.toml"
SIM = "/sys/kernel/config/gpio-sim/head"
MECHANISM = load_head("ltpd245")
THERMISTOR, VOLTS = f"{HOME}/in_voltage0_raw", f"{HOME}/in_voltage1_raw"
WIDTH, HEIGHT = 464, 160
PAPER_SIZE = "custom_receipt_58x20mm"
PORT = "8639"


@dataclass
class Wires:
    """The laboratory's head, from outside."""

    lab: Lab
    base: int
    """Number of the chip's first line in the kernel."""
    sysfs: str

    def record(self) -> bytes:
        """What went over the wires since it was last asked."""
        return self.lab.run(["cat", "/dev/headlab"]).check().out.encode("latin-1")

    def pull(self, line: int, up: bool) -> None:
        """What is at the other end of an input."""
        self.lab.run(f"echo pull-{'up' if up else 'down'} >{self.sysfs}/sim_gpio{line}/pull").check()

    def level(self, line: int) -> int:
        return int(self.lab.run(["cat", f"{self.sysfs}/sim_gpio{line}/value"]).check().out)

    def number(self, file: str, share: float) -> None:
        self.lab.run(f"echo {round(4095 * share)} >{file}").check()


@pytest.fixture(scope="module")
def wires(lab: Lab) -> Iterator[Wires]:
    try:
        built = modules()
    except LabError as error:
        pytest.fail(str(error), pytrace=False)
    for module in built:
        lab.run(["insmod", str(module)]).check()
    lab.run(
        f"mkdir -p {HOME} {SIM}/bank0 && cd {SIM} && echo {LINES} >bank0/num_lines && echo print-head >bank0/label && "
        "echo 1 >live"
    ).check()
    names = lab.run(
        f"cat {SIM}/dev_name {SIM}/bank0/chip_name; for n in 0 1; do "
        "basename /sys/devices/platform/headlab.$n/spi_master/*/*/spidev/*; done; "
        "for c in /sys/class/gpio/gpiochip*; do grep -q print-head $c/label && cat $c/base; done"
    ).check()
    device, chip, data, pulse, base = names.out.split()
    there = Wires(lab, int(base), f"/sys/devices/platform/{device}/{chip}")
    there.number(THERMISTOR, MECHANISM.thermistor.share(25.0))
    there.number(VOLTS, 0.72)
    there.pull(PAPER, up=False)
    there.pull(COVER, up=False)
    board = (
        '[printer]\nmodel = "thermal-58"\n[sink]\npart = "head"\n[head]\nmechanism = "ltpd245"\nwires = "linux"\n'
        + WIRES.format(chip=chip, data=data, pulse=pulse, thermistor=THERMISTOR, volts=VOLTS)
    )
    lab.run(f"cat >{BOARD}", data=board.encode()).check()
    yield there
    lab.run(f"echo 0 >{SIM}/live; rmdir {SIM}/bank0 {SIM}; rmmod headlab gpio-sim").check()


def document() -> bytes:
    """Noise of all grays as wide as the paper: the printer halftones it."""
    page = Page(WIDTH, HEIGHT, (203, 203), ColorSpace.SGRAY, 8, 1)
    rng = random.Random(5)
    data = bytearray()
    with PwgWriter(data.extend) as writer:
        writer.start_page(page)
        for y in range(HEIGHT):
            writer.write_band(bytes(min(255, rng.randrange(256) + y // 2) for _ in range(WIDTH)))
        writer.end_page()
    return bytes(data)


def halftoned(data: bytes) -> list[int]:
    """The same page from the pipeline, without head and wires."""
    sink = MemorySink(kinds=("black_1",))
    margins = (500,) * 4
    job = press_job(
        [source(data, "image/pwg-raster")],
        ticket(Media(PAPER_SIZE, 5800, 2000, *margins, type="continuous"), scaling="none"),
        capabilities=Capabilities(((203, 203),), {4: (203, 203)}, color=False),
    )
    assert run(job, sink, Recorder()).state == "completed"
    (side,) = sink.sides
    place, octets = placed(MECHANISM, side.page.width), side.page.bytes_per_line
    lines = [side.pixels[start : start + octets] for start in range(0, len(side.pixels), octets)]
    return [int.from_bytes(place(bytes(line))) for line in lines]


def inkstand(lab: Lab, *words: str) -> str:
    return lab.run([sys.executable, "-m", "board.main", *words, "--port", PORT], 120, ENVIRONMENT).check().out


def until_told(lab: Lab, what: str, word: str, seconds: float = 120) -> None:
    """Wait until a command of ours says so."""
    deadline = time.monotonic() + seconds
    while word not in (said := inkstand(lab, what, "--json")):
        assert time.monotonic() < deadline, said
        time.sleep(0.2)


@pytest.fixture(scope="module")
def printer(wires: Wires) -> Iterator[Process]:
    lab = wires.lab
    lab.run("mkdir -p /run/user; chmod 700 /run/user").check()
    process = lab.start(
        [sys.executable, "-m", "board.main", "run", "--board", BOARD, "--out", f"{HOME}/out", "--no-discovery",
         "--port", PORT],
        ENVIRONMENT, "printer-head",
    )  # fmt: skip
    lab.wait_for(f"grep -q ready {process.log_file} || [ ! -e /proc/{process.pid}/exe ]", 90)
    assert "ready" in process.log(), process.log()
    yield process
    ended, log = process.stop(), process.log()
    assert ended == 0, log
    assert "Traceback" not in log


def test_the_machine_has_what_the_board_wants(wires: Wires) -> None:
    told = wires.lab.run([sys.executable, "-m", "board.main", "check", BOARD]).check().out
    assert "everything that it wants is here" in told
    assert "heartbeat" not in told


def test_the_contract_of_every_head(wires: Wires) -> None:
    arguments = ["contract", BOARD, str(wires.base)]
    told = wires.lab.run([sys.executable, "-W", "error", "-m", "tests.lab.head", *arguments], 120).check().out
    kept, pulses, beats, unsupplied = told.split()[-4:]
    assert (kept, beats, unsupplied) == ("kept", "36", "0")  # 36 lines with a dot in them
    assert int(pulses) > 36
    assert wires.level(SUPPLY) == 0


def test_a_process_that_is_killed_leaves_the_supply_off(wires: Wires) -> None:
    process = wires.lab.start([sys.executable, "-m", "tests.lab.head", "hold", BOARD], name="hold")
    wires.lab.wait_for(f"grep -q holding {process.log_file}")
    assert wires.level(SUPPLY) == 1
    assert process.stop(signal.SIGKILL) == -signal.SIGKILL
    levels = [wires.level(line) for line in (SUPPLY, *SELECT, *PHASE)]
    assert not any(levels)


def test_the_wires_carry_the_halftoned_page_dot_for_dot(wires: Wires, printer: Process) -> None:
    """With an open cover nothing is fired, and the printer says why; closed, the page comes whole."""
    lab, data = wires.lab, document()
    lab.run(f"cat >{HOME}/page.pwg", data=data).check()
    wires.record()
    wires.pull(COVER, up=True)
    options = ["-o", f"media={PAPER_SIZE}", "-o", "print-scaling=none", "--no-wait"]
    inkstand(lab, "print", f"{HOME}/page.pwg", *options)
    until_told(lab, "status", '"cover-open"')
    before = Rebuilt(MECHANISM, wires.base).take(wires.record())
    assert (before.pulses, before.lines) == (0, [0])
    wires.pull(COVER, up=False)
    until_told(lab, "jobs", '"completed"')
    rebuilt = before.take(wires.record())
    expected = halftoned(data)
    assert sum(line.bit_count() for line in expected) > 10_000
    assert rebuilt.lines[: len(expected)] == expected
    assert not any(rebuilt.lines[len(expected) :])
    assert rebuilt.unsupplied == 0
    assert rebuilt.beats == sum(line > 0 for line in expected)
    assert {violation.rule for violation in rebuilt.rules.broken} <= {"supply on for nothing"}
    assert wires.level(SUPPLY) == 0
