"""20 MB Print-Jobs over the laboratory's USB stack, beside plain loops that only move the same octets through the same
endpoints; and what a job of 500 MB costs in memory.

Ours is `inkstand run`: HTTP, IPP, the document in the spool and on disk, the promise kept. The peer is
`tests.lab.plain`: blocking reads, no HTTP server. The host is one pyusb program that sends to each in turns.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator

from tests.bench.rows import Row, compare
from tests.lab.inkstand import PRINTER_ID, inkstand
from tests.lab.plain import PLAIN
from tests.lab.vm import Lab

MEGABYTES = 20
LARGE = 500
ROUNDS = 5
BACKENDS = ("gadget", "usbip")
PLAIN_GADGET = "plain"
PLAIN_ID = (PLAIN.vendor_id, PLAIN.product_id)


def rows() -> Iterator[Row]:
    with Lab(memory=2560) as lab:
        lab.warm_up()
        for backend in BACKENDS:
            yield from _rows(lab, backend)


def _rows(lab: Lab, backend: str) -> Iterator[Row]:
    with inkstand(lab, backend) as printer:
        peer = lab.start([sys.executable, "-m", "tests.lab.plain", backend, "dummy_udc.1"])
        lab.wait_for(f"lsusb -d {PLAIN_ID[0]:04x}:{PLAIN_ID[1]:04x}", 60)
        ours, theirs = _send(lab, MEGABYTES, ROUNDS, [PRINTER_ID, PLAIN_ID])
        peer.stop()
        lab.python("-m", "usb_gadget.configfs", "down", PLAIN_GADGET).check()
        speed = MEGABYTES / min(ours) * 1000, MEGABYTES / min(theirs) * 1000
        first, second = iter(ours), iter(theirs)
        yield compare(
            f"{MEGABYTES} MB Print-Job, {backend}", lambda: next(first), lambda: next(second), wanted=0.8, runs=ROUNDS,
            note=f"{speed[0]:.1f} and {speed[1]:.1f} MB/s, {lab.accelerator.partition(',')[0]}",
        )  # fmt: skip
        before = _peak(lab, printer.pid)
        _send(lab, LARGE, 1, [PRINTER_ID])
        after = _peak(lab, printer.pid)
        ratio = before / after
        yield Row(
            f"{LARGE} MB Print-Job, {backend}: peak memory", after, before, ratio, ratio, ratio, ratio, 0.9,
            f"MiB, beside that after {MEGABYTES} MB",
        )  # fmt: skip


def _send(lab: Lab, megabytes: int, rounds: int, devices: list[tuple[int, int]]) -> list[list[float]]:
    """Milliseconds of each round, by device."""
    message = json.dumps(["held_jobs", [megabytes, rounds, devices], {}])
    result = lab.run([sys.executable, "-m", "tests.lab.remote", message], 1200).check()
    found: list[list[float]] = json.loads(result.out.splitlines()[-1])
    return found


def _peak(lab: Lab, pid: int) -> float:
    """Most memory that the printer ever had, in MiB."""
    match = re.search(r"VmHWM:\s+(\d+) kB", lab.run(["cat", f"/proc/{pid}/status"]).out)
    assert match
    return int(match[1]) / 1024
