"""An image in QEMU's arm64 board, booted by its own boot loader, with a console and a port that leads to its 631."""

from __future__ import annotations

import base64
import os
import re
import socket
import subprocess
import threading
import time
from pathlib import Path

BOOT = 900.0
"""Seconds that a boot may take in software emulation on a busy machine."""
_MARKS = {
    b"U-Boot 20": "boot loader", b": attempts left": "boot script", b"Starting kernel": "kernel handed over",
    b"developer#": "console",
}  # fmt: skip


class Emulator:
    """A board that runs; a context manager. Only loopback reaches it, and it reaches nobody."""

    def __init__(
        self, card: Path, loader: Path, log: Path, record: Path | None = None, extra: Path | None = None
    ) -> None:
        """``record``: a file for every write to the card, in dm-log-writes' form; ``extra``: a file to be seen as
        /dev/vdb."""
        self.port = _free_port()
        self.marks: dict[str, float] = {}
        self._log = log.open("wb")
        self._seen = bytearray()
        self._command = [
            "qemu-system-aarch64", "-M", "virt", "-cpu", "cortex-a53", "-smp", "2", "-m", "512",
            "-accel", "tcg,thread=multi", "-nographic", "-nodefaults", "-serial", "stdio", "-action", "reboot=reset",
            "-device", "virtio-rng-pci", "-device", "i6300esb", "-bios", str(loader), *_drive(card, record),
            "-netdev", f"user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:{self.port}-:631",
            "-device", "virtio-net-pci,netdev=net,romfile=",
        ]  # fmt: skip
        if extra is not None:
            drive = f"file={extra},format=raw,if=none,id=extra,readonly=on"
            self._command += ["-drive", drive, "-device", "virtio-blk-pci,drive=extra"]

    def __enter__(self) -> Emulator:
        self.started = time.monotonic()
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        threading.Thread(target=self._read, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()
        self._log.close()

    def cut(self) -> None:
        """The power goes."""
        self._process.kill()
        self._process.wait()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started

    def _read(self) -> None:
        assert self._process.stdout is not None
        while chunk := os.read(self._process.stdout.fileno(), 4096):
            self._log.write(chunk)
            self._log.flush()
            self._seen += chunk
            for text, name in _MARKS.items():
                if name not in self.marks and text in self._seen:
                    self.marks[name] = self.seconds

    def text(self) -> str:
        """All that the console said."""
        return bytes(self._seen).decode(errors="replace").replace("\r", "")

    def wait_text(self, pattern: str, seconds: float = BOOT, since: int = 0) -> re.Match[str]:
        """Until the console says something; AssertionError with its last words."""
        deadline = time.monotonic() + seconds
        while not (found := re.compile(pattern).search(self.text(), since)):
            alive = self._process.poll() is None
            if not alive or time.monotonic() > deadline:
                raise AssertionError(f"no {pattern!r} on the console:\n{self.text()[-2500:]}")
            time.sleep(0.3)
        return found

    def shell(self, line: str, seconds: float = 300) -> str:
        """What a line says at the developers' console; AssertionError when it fails."""
        self.wait_text(r"developer# ")
        assert self._process.stdin is not None
        mark = f"END{time.monotonic_ns()}"
        since = len(self.text())
        self._process.stdin.write(f"{line}; echo {mark[:3]}''{mark[3:]} $?\n".encode())
        self._process.stdin.flush()
        found = self.wait_text(rf"{mark} (\d+)", seconds, since)
        said = self.text()[since : found.start()].partition("\n")[2]
        assert found[1] == "0", f"{line}: exit status {found[1]}\n{said}"
        return said

    def put(self, path: str, data: bytes) -> None:
        """A file on the board, through the console."""
        text = base64.b64encode(data).decode()
        self.shell(f": >{path}.b64")
        for at in range(0, len(text), 800):
            self.shell(f"echo {text[at : at + 800]} >>{path}.b64")
        self.shell(f"base64 -d {path}.b64 >{path}")


def _drive(card: Path, record: Path | None) -> list[str]:
    if record is None:
        drive = f"file={card},format=raw,if=none,id=card,cache=unsafe"
        return ["-drive", drive, "-device", "virtio-blk-pci,drive=card"]
    return [
        "-blockdev", f"driver=file,filename={card},node-name=base,cache.no-flush=on",
        "-blockdev", f"driver=file,filename={record},node-name=record,cache.no-flush=on",
        "-blockdev", "driver=blklogwrites,node-name=card,log-append=off,log-sector-size=512,file=base,log=record",
        "-device", "virtio-blk-pci,drive=card",
    ]  # fmt: skip


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
