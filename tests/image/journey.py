"""An image from power to paper: booted by its own boot loader, printed through over the network and over USB.

The same document goes to a desk printer; sheets must have the same pixels. USB is the kernel's loop-back controller
inside the board: its own host side sees the printer and prints.
"""

from __future__ import annotations

import hashlib
import http.client
import io
import time
from pathlib import Path
from typing import Any

from PIL import Image

from tests import samples, wire
from tests.desk import Desk
from tests.image import made
from tests.image.emulator import BOOT, Emulator

USB_CLIENT = """
import pathlib, sys
import usb.backend.libusb1
from usb_gadget.host import find
backend = usb.backend.libusb1.get_backend(find_library=lambda name: "libusb-1.0.so.0")  # the image has no ldconfig
(printer,) = find(backend=backend)
request = pathlib.Path(sys.argv[1]).read_bytes()
with printer.open(printer.settings()[0]) as channel:
    answer = channel.post_ipp("/ipp/print", request, 240)
    print("http", answer.status, "ipp", answer.body[2:4].hex())
printer.close()
"""
"""Prints over USB from inside the board: host_http on pyusb, which shares nothing with the gadget's side."""


PIXELS = """
import hashlib, sys
from PIL import Image
(path,) = sys.argv[1:]
with Image.open(path) as picture:
    print(hashlib.sha256(repr((picture.mode, picture.size)).encode() + picture.tobytes()).hexdigest())
"""


def run() -> dict[str, Any]:
    folder = made.work("boot")
    document = raster()
    expected = desk_pixels(folder, document)
    request = folder / "request"
    request.write_bytes(usb_request(document).ljust(1 << 20, b"\0"))
    card, loader = made.card(folder / "card.img"), made.image() / "u-boot.bin"
    with Emulator(card, loader, folder / "console.log", extra=request) as board:
        wait_ready(board)
        ready = board.seconds
        over_network = print_network(board, document)
        assert over_network == expected, "the network's sheet is not the desk's"
        board.wait_text(r"developer# ")
        facts = look(board)
        over_usb = print_usb(board, len(usb_request(document)))
        assert over_usb == expected, "the cable's sheet is not the desk's"
    return {"ready_seconds": round(ready, 1), "marks": {k: round(v, 1) for k, v in board.marks.items()}, **facts}


def raster() -> bytes:
    """A page that tells its pixels apart, as PWG raster of another's making."""
    made_ = samples.samples()
    return made_.pwg(made_.pdf("a6", 1), "srgb-8", 150).read_bytes()


def desk_pixels(folder: Path, document: bytes) -> str:
    """What the desk makes of it."""
    desk = Desk(folder)
    desk.start()
    try:
        with desk.client() as client:
            assert client.print_job(document, "image/pwg-raster", name="page").code == wire.OK
        desk.wait_for_job(1)
        (sheet,) = desk.folders(1)[0].glob("sheet-*.png")
        return pixels(sheet.read_bytes())
    finally:
        desk.close()


def pixels(png: bytes) -> str:
    """A hash of a picture's size and pixels."""
    with Image.open(io.BytesIO(png)) as picture:
        return hashlib.sha256(repr((picture.mode, picture.size)).encode() + picture.tobytes()).hexdigest()


def wait_ready(board: Emulator, seconds: float = BOOT) -> None:
    """Until it answers IPP."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            with wire.Client(board.port, timeout=10) as client:
                assert client.ask(wire.GET_PRINTER).code == wire.OK
                return
        except (OSError, http.client.HTTPException) as error:
            if time.monotonic() > deadline:
                raise AssertionError(f"not ready in {seconds:g} s:\n{board.text()[-2500:]}") from error
            time.sleep(1)


def print_network(board: Emulator, document: bytes) -> str:
    """Print over the network; the pixels of the sheet."""
    with wire.Client(board.port, timeout=300) as client:
        assert client.print_job(document, "image/pwg-raster", name="page").code == wire.OK
    completed(board.port, 1)
    return sheet(board, 1)


def sheet(board: Emulator, number: int) -> str:
    """The pixels of the only side of a job, as `pixels` hashes them; the page shows them to its owner alone."""
    board.put("/tmp/pixels.py", PIXELS.encode())
    return board.shell(f"python3 /tmp/pixels.py /data/printer/sheets/{number:04d}-*/sheet-*.png", 120).split()[-1]


def completed(port: int, number: int) -> None:
    """Until a job is printed."""
    deadline = time.monotonic() + 600
    while time.monotonic() < deadline:
        with wire.Client(port, timeout=300) as client:
            state = client.job(number).one("job-state")
            if state in wire.ENDED:
                assert state == wire.COMPLETED
                return
        time.sleep(1)
    raise AssertionError(f"job {number} does not end")


def usb_request(document: bytes) -> bytes:
    """A Print-Job request with its document."""
    head = [wire.attribute("name", "job-name", "cable"), wire.attribute("mime", "document-format", "image/pwg-raster")]
    return wire.request(wire.PRINT_JOB, "ipp://localhost/ipp/print", *head) + document


def print_usb(board: Emulator, size: int) -> str:
    """Print over the board's own USB loop, as its host; the request lies on the other disk."""
    board.shell(f"head -c {size} /dev/vdb >/tmp/request")
    board.put("/tmp/print.py", USB_CLIENT.encode())
    said = board.shell("python3 /tmp/print.py /tmp/request", 600)
    assert "http 200 ipp 0000" in said, said
    completed(board.port, 2)
    return sheet(board, 2)


def wait_good(board: Emulator) -> None:
    """Until the slot has its attempts back. Without that the boot loader would leave it after the third start."""
    board.shell("for i in $(seq 150); do [ $(fw_printenv -n BOOT_A_LEFT) = 3 ] && break; sleep 2; done", 400)
    if "3" not in board.shell("fw_printenv -n BOOT_A_LEFT").split():
        raise AssertionError(board.shell("systemctl status -l --no-pager inkstand-good; fw_setenv BOOT_A_LEFT 3", 120))


def look(board: Emulator) -> dict[str, Any]:
    """What the system itself says of its start."""
    failed = board.shell("systemctl --failed --no-legend --plain --no-pager")
    board.shell("until systemd-analyze time >/dev/null 2>&1; do sleep 2; done", 300)
    chain = board.shell("systemd-analyze critical-chain inkstand.service --no-pager", 120)
    wrong = [word for word in ("udev", "network", ".device") if word in chain]
    assert not wrong, f"the printer waited for {wrong}:\n{chain}"
    wait_good(board)
    left = board.shell("fw_printenv").splitlines()
    memory = dict(line.split()[:2] for line in board.shell("cat /proc/meminfo").splitlines())
    started = board.shell("systemctl show -P ActiveEnterTimestampMonotonic inkstand").strip()
    assert board.shell("ls /sys/class/udc").strip()
    return {
        "failed_units": failed.split(),
        "critical_chain": chain.splitlines(),
        "boot_state": [line for line in left if line.startswith("BOOT_")],
        "memory_used_mb": (int(memory["MemTotal:"]) - int(memory["MemAvailable:"])) // 1024,
        "ready_uptime": round(int(started) / 1e6, 1),
        "exposure": board.shell("systemd-analyze security inkstand.service --no-pager | tail -1").strip(),
        "data": board.shell("df -h /data | tail -1").split(),
    }
