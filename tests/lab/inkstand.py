"""`inkstand run` inside the laboratory: the real printer, on the bus of the virtual machine that it runs in."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.lab.vm import Lab, Process

HOME = "/run/printer"
PRINTER_ID = (0x1209, 0x0001)
VIDPID = "1209:0001"
ENVIRONMENT = {"XDG_RUNTIME_DIR": "/run/user", "PYTHONUNBUFFERED": "1"}
LEFT = "ls /sys/kernel/config/usb_gadget; grep functionfs /proc/mounts; ls -A /run/inkstand-usb"
"""What a gadget consists of: nothing, when it is gone."""


def prepare(lab: Lab) -> None:
    """A place for it, and a model: the board's own with a legacy interface beside, and coarse for emulation's sake."""
    lab.run(f"mkdir -p {HOME} /run/user; chmod 700 /run/user; rm -rf {HOME}/out*").check()
    lab.run(
        f"(sed 's/^resolutions = .*/resolutions = [150]/' board/models/office-color.toml; "
        f"""printf '\\n[usb]\\nlegacy = "beside"\\n') >{HOME}/model.toml"""
    ).check()


def start(lab: Lab, backend: str, *options: str, out: str = "out") -> Process:
    """Start it and wait until it is ready and, with a gadget, on the bus."""
    board = ["--board", "gadget"] if backend == "gadget" else ["--board", "lab"]
    if backend == "gadget" and "--udc" not in options:
        board += ["--udc", "dummy_udc.0"]
    common = ["--out", f"{HOME}/{out}", "--model", f"{HOME}/model.toml", "--no-discovery"]
    process = lab.start(
        [sys.executable, "-m", "board.main", "run", *board, *common, *options], ENVIRONMENT, f"printer-{backend}"
    )
    lab.wait_for(f"grep -q ready {process.log_file} || [ ! -e /proc/{process.pid}/exe ]", 90)
    assert "ready" in process.log(), process.log()
    return process


def attach(lab: Lab, port: int) -> None:
    """Plug in what is exported on a TCP port of the laboratory. The tool gives up ("open vhci_driver") while the kernel
    is at work on an earlier device."""
    lab.wait_for(f"usbip --tcp-port {port} attach -r 127.0.0.1 -b 1-1", 30)


@contextmanager
def inkstand(lab: Lab, backend: str, *options: str) -> Iterator[Process]:
    """A printer that is plugged in; afterwards it ends well and leaves nothing."""
    prepare(lab)
    process = start(lab, backend, "--port", "8631", *options)
    try:
        if backend == "usbip":
            attach(lab, 3240)
        lab.wait_for(f"lsusb -d {VIDPID}", 30)
        yield process
    finally:
        status, log = process.stop(), process.log()
        print(log[-3000:])
    assert status == 0, log
    assert "Traceback" not in log
    assert lab.run(LEFT).out == ""
