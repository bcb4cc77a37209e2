"""A host that prints, run inside the laboratory with nothing but other people's software: ipptool, CUPS, lp.

`python -m tests.lab.printing '["name", [arguments], {named}]'` prints the value of the function as JSON on its last
line. The printer is `inkstand run` on port 8631, its sheets are in /run/printer/out.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests import wire
from tests.clients.cups import Cups
from tests.conformance import suites
from tests.conformance.suites import Suite
from tests.desk import Desk

HOME = Path("/run/printer")
PORT = 8631
CANCEL_JOBS = 0x0038
"""PWG 5100.11 section 4.1."""


def desk() -> Desk:
    """The running printer, to be asked and looked at."""
    return Desk(HOME, out=HOME / "out", port=PORT)


def suite(name: str, options: list[str], folder: str, uri: str) -> list[dict[str, Any]]:
    """Run a public suite of ipptool, prepared in a folder; its results. Its jobs are cancelled: that they print is
    shown where it takes no minutes."""
    results = suites.run(Suite(name, tuple(options)), Path(folder), uri)
    with desk().client() as client:
        assert client.ask(CANCEL_JOBS).code == wire.OK
    return [asdict(result) for result in results]


def sheets(printer: Desk, known: set[Path]) -> list[str]:
    """SHA-256 of the sides of the one job that is not among the known folders, in their order."""
    printer.idle(120)
    (folder,) = set(printer.out.glob("0*")) - known
    return [hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.glob("sheet-*.png"))]


class LabCups(Cups):
    """Runs as root, as Debian's does: only so it may use its usb backend."""

    _as_root = False  # no other user to become

    def add_raw(self, name: str, uri: str) -> None:
        """Documents go as they are, since nothing can be asked of a legacy printer."""
        self._run("lpadmin", "-p", name, "-m", "raw", "-E", "-v", uri)


def devices() -> list[str]:
    """URIs that CUPS' usb backend finds on the bus."""
    done = subprocess.run(["/usr/lib/cups/backend/usb"], capture_output=True, text=True, timeout=60)
    found = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("direct ")]
    assert found, done.stderr
    return found


def lp(queues: dict[str, str], files: list[str], options: list[str]) -> list[list[list[str]]]:
    """Print each file on each queue (URIs by name) with a CUPS of our own; digests of the sides, by file and queue."""
    printer, cups = desk(), LabCups()
    printer.idle(300)
    try:
        cups.start()
        for name, uri in queues.items():
            cups.add(name, uri)
        return [[_printed(printer, cups, name, Path(file), options) for name in queues] for file in files]
    finally:
        cups.stop()


def _printed(printer: Desk, cups: Cups, queue: str, file: Path, options: list[str]) -> list[str]:
    known = set(printer.out.glob("0*"))
    number = cups.lp(queue, file, *options)
    try:
        cups.wait(number, 120)
    except AssertionError as error:
        raise AssertionError(f"{error}\n{cups.about(number)}") from None
    return sheets(printer, known)


def lp_usb(file: str) -> list[Any]:
    """What CUPS finds on the bus, and what comes out of a file over the legacy interface and over TCP."""
    printer, cups = desk(), LabCups()
    printer.idle(300)
    try:
        cups.start()
        bus = devices()
        cups.add_raw("legacy", bus[0])
        over_usb = _printed(printer, cups, "legacy", Path(file), [])
    finally:
        cups.stop()
    known = set(printer.out.glob("0*"))
    with printer.client() as client:
        assert client.print_job(Path(file).read_bytes(), "application/octet-stream").code == wire.OK
    return [bus, over_usb, sheets(printer, known)]


def main() -> None:
    name, arguments, named = json.loads(sys.argv[1])
    print(json.dumps(globals()[name](*arguments, **named)))


if __name__ == "__main__":
    main()
