"""The measure for our throughput: plain loops that only move bytes through the same endpoints.

    python -m tests.lab.plain gadget UDC
    python -m tests.lab.plain usbip

One interface, one request at a time, no event loop, no HTTP server, blocking reads as large as they can be: a request
is read to the octet that Content-Length names, hashed like `tests.lab.device` does, and answered.
"""

import contextlib
import errno
import hashlib
import re
import signal
import socket
import struct
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import NoReturn

from tests.lab.device import PRINTER
from usb_gadget import configfs, vhci
from usb_gadget.configfs import GadgetPlan
from usb_gadget.descriptors import Speed
from usb_gadget.device import Device, Setup
from usb_gadget.layout import describe

BUFFER = 65536
PLAIN = replace(PRINTER, ipp_interfaces=1, serial_number="PLAIN")
Read = Callable[[memoryview], int]
Write = Callable[[bytes], object]


def serve(read: Read, write: Write) -> None:
    """Answer requests until the device is gone."""
    buffer = memoryview(bytearray(BUFFER))
    while True:
        head = bytes(buffer[: read(buffer[:512])])
        end = head.index(b"\r\n\r\n") + 4
        length = re.search(rb"(?i)content-length: (\d+)", head)
        size = left = int(length[1]) if length else 0
        digest = hashlib.sha256(head[end:])
        left -= len(head) - end
        while left > 0:
            got = read(buffer[: min(BUFFER, -(-left // 512) * 512)])
            digest.update(buffer[:got])
            left -= got
        body = f"{size} {digest.hexdigest()}\n".encode()
        write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)


def gadget(udc: str) -> None:
    """FunctionFS with blocking reads and writes."""
    import functionfs

    from usb_gadget.functionfs import Function

    plan = GadgetPlan.of(PLAIN, 1, udc, "plain")

    class Plain(Function):
        def __init__(self) -> None:
            super().__init__(plan.mount_point(0), (7, 1, 4), lambda setup: None, lambda name: None)
            self.enabled = threading.Event()

        def onEnable(self) -> None:
            self.enabled.set()

        def onDisable(self) -> None:
            self.enabled.clear()

    configfs.set_up(plan)
    function = Plain()
    functionfs.Function.__enter__(function)
    configfs.bind(plan)

    def loop() -> None:
        out, in_ = function.getEndpoint(1), function.getEndpoint(2)
        while True:
            function.enabled.wait()
            with contextlib.suppress(OSError, ValueError):
                serve(out.readinto, in_.write)

    threading.Thread(target=loop, daemon=True).start()

    def stop(*_: object) -> NoReturn:
        configfs.unbind(plan.name)
        functionfs.Function.__exit__(function, None, None, None)
        configfs.tear_down(plan.name)
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, stop)
    print("ready", flush=True)
    function.processEventsForever()


class Usbip:
    """A USB/IP device on a socket pair: the transfers of endpoint 1 as a byte stream."""

    def __init__(self, sock: socket.socket) -> None:
        self._file = sock.makefile("rb", buffering=1 << 18)
        self._socket = sock
        self._device = Device(describe(PLAIN), Speed.HIGH, PRINTER.device_id)
        self._waiting: list[int] = []
        self._rest = memoryview(b"")
        self._answer = b""

    def read(self, buffer: memoryview) -> int:
        """Data of the next OUT transfer; other requests are answered on the way."""
        while not self._rest:
            self._next()
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size

    def write(self, data: bytes) -> None:
        """Answer the waiting or the next IN transfer."""
        self._answer = data
        while self._answer:
            if self._waiting:
                self._reply(self._waiting.pop(0), 0, len(self._answer), self._answer)
                self._answer = b""
            else:
                self._next()

    def _reply(self, seq: int, status: int, actual: int, data: bytes = b"", command: int = 3) -> None:
        self._socket.sendall(struct.pack(">5Iii20x", command, seq, 0, 0, 0, status, actual) + data)

    def _next(self) -> None:
        head = self._file.read(48)
        if len(head) < 48:
            raise SystemExit(0)
        command, seq, _, direction, endpoint, first, length = struct.unpack_from(">5Iii", head)
        if command == 2:
            found = first in self._waiting
            self._waiting = [other for other in self._waiting if other != first]
            self._reply(seq, -errno.ECONNRESET if found else 0, 0, command=4)
        elif endpoint == 0:
            answer = self._device.control(Setup.parse(head[40:])).data
            data = (answer or b"") if direction else b""
            self._reply(seq, -errno.EPIPE if answer is None else 0, len(data) if direction else length, data)
        elif direction:
            self._waiting.append(seq)
        else:
            self._rest = memoryview(self._file.read(length))
            self._reply(seq, 0, length)


def usbip() -> None:
    """USB/IP with blocking sockets."""
    ours, theirs = socket.socketpair()
    device = Usbip(ours)
    port = vhci.free_port(Speed.HIGH)
    (vhci.CONTROLLER / "attach").write_text(f"{port} {theirs.fileno()} {0x10001} {int(Speed.HIGH)}")
    theirs.close()
    print("ready", flush=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    serve(device.read, device.write)


if __name__ == "__main__":
    usbip() if sys.argv[1] == "usbip" else gadget(sys.argv[2])
