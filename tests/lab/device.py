"""The device under test, run inside the laboratory: a small IPP server behind the plug.

    python -m tests.lab.device --board gadget --udc dummy_udc.0 [OPTIONS]
    python -m tests.lab.device --board lab [--vhci | --port 3240] [OPTIONS]

A stand-in for `inkstand run`, which takes the same two boards: what is tested with it is the cable, not the
printer. It answers Get-Printer-Attributes well enough for hosts to take it, and any other request with the
size and SHA-256 of what came. SIGTERM ends it. `--record FILE` keeps events and legacy jobs as lines of JSON;
lines written to the FIFO `--control` switch faults: a JSON object of parameters by name, all others are
cleared.
"""

import argparse
import asyncio
import contextlib
import hashlib
import json
import os
import signal
import struct
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path

from aiohttp import web

from usb_gadget import vhci
from usb_gadget.configfs import KernelFunction
from usb_gadget.descriptors import Speed
from usb_gadget.faults import Faults
from usb_gadget.gadget import FunctionfsGadget, GadgetOptions
from usb_gadget.layout import Legacy, PortStatus, UsbPrinter, parse_interfaces
from usb_gadget.legacy import JobEnd
from usb_gadget.plug import Plug, UsbEvent
from usb_gadget.usbip import UsbipServer

PRINTER = UsbPrinter(
    "Inkstand", "Laboratory", "LAB0001", "MFG:Inkstand;MDL:Laboratory;CMD:PWGRaster,JPEG;CLS:PRINTER;SN:LAB0001;",
    ipp_versions="1.1,2.0", printer_uuid="12345678-9abc-4def-8012-3456789abcde",
)  # fmt: skip

ATTRIBUTES: list[tuple[int, str, bytes]] = [
    (0x47, "attributes-charset", b"utf-8"),
    (0x48, "attributes-natural-language", b"en"),
    (0x04, "", b""),
    (0x41, "printer-make-and-model", b"Inkstand Laboratory"),
    (0x41, "printer-info", b"Inkstand Laboratory"),
    (0x42, "printer-dns-sd-name", b"Inkstand Laboratory"),
    (0x45, "printer-uuid", b"urn:uuid:12345678-9abc-4def-8012-3456789abcde"),
    (0x41, "printer-device-id", PRINTER.device_id.encode()),
    (0x49, "document-format-supported", b"image/pwg-raster"),
    (0x44, "printer-kind", b"document"),
    (0x44, "sides-supported", b"one-sided"),
    (0x44, "urf-supported", b"V1.4"),
    (0x22, "color-supported", b"\x01"),
    (0x23, "printer-state", struct.pack(">i", 3)),
    (0x44, "printer-state-reasons", b"none"),
    (0x22, "printer-is-accepting-jobs", b"\x01"),
    (0x21, "queued-job-count", struct.pack(">i", 0)),
    (0x45, "printer-uri-supported", b"ipp://localhost/ipp/print"),
    (0x44, "uri-security-supported", b"none"),
    (0x44, "uri-authentication-supported", b"none"),
]
"""Value tag, name, value; tag 4 starts the printer's group."""


def ipp(status: int, request: bytes, attributes: list[tuple[int, str, bytes]]) -> bytes:
    """An IPP response to `request` – RFC 8010 §3.1."""
    out = request[:2] + struct.pack(">H", status) + request[4:8] + b"\x01"
    for tag, name, value in attributes:
        if tag < 0x10:
            out += bytes([tag])
        else:
            out += struct.pack(">BH", tag, len(name)) + name.encode() + struct.pack(">H", len(value)) + value
    return out + b"\x03"


async def handle(request: web.BaseRequest) -> web.StreamResponse:
    """Answer as a small IPP printer; a host that goes away in the middle is no error of ours."""
    try:
        return await answer(request)
    except ConnectionError:
        return web.Response(status=500)


async def answer(request: web.BaseRequest) -> web.StreamResponse:
    if request.path.startswith("/size/"):
        return web.Response(body=bytes(int(request.path[6:])))
    if not request.path.startswith("/ipp/print"):
        await request.read()
        return web.Response(status=404, text="no such thing\n")
    digest, size, start = hashlib.sha256(), 0, b""
    async for data in request.content.iter_any():
        digest.update(data)
        size += len(data)
        if len(start) < 8:
            start += data[:8]
    if start[2:4] == b"\x00\x0b":  # Get-Printer-Attributes
        return web.Response(body=ipp(0, start, ATTRIBUTES), content_type="application/ipp")
    return web.Response(text=f"{size} {digest.hexdigest()}\n")


class Record:
    """Keeps what happens for the tests to read."""

    def __init__(self, path: str | None) -> None:
        self._file = open(path, "a", buffering=1) if path else None  # noqa: SIM115 (for the program's life)

    def __call__(self, **what: object) -> None:
        if self._file:
            self._file.write(json.dumps(what) + "\n")

    def close(self) -> None:
        if self._file:
            self._file.close()

    def event(self, event: UsbEvent) -> None:
        self(event=event.kind.value, interface=event.interface)


class Jobs:
    """Counts legacy jobs."""

    def __init__(self, record: Record) -> None:
        self._record, self._size, self._digest = record, 0, hashlib.sha256()

    async def begin(self) -> None:
        self._size, self._digest = 0, hashlib.sha256()

    async def data(self, data: bytes) -> None:
        self._size += len(data)
        self._digest.update(data)

    async def end(self, reason: JobEnd) -> None:
        self._record(job=self._size, sha256=self._digest.hexdigest(), end=reason.value)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--board", choices=["gadget", "lab"], required=True)
    parser.add_argument("--udc", default="dummy_udc.0")
    parser.add_argument("--name", default="inkstand")
    parser.add_argument("--vhci", action="store_true")
    parser.add_argument("--port", type=int, default=3240)
    parser.add_argument("--speed", choices=["full", "high", "super"], default="high")
    parser.add_argument("--serial", default=PRINTER.serial_number)
    parser.add_argument("--interfaces", type=int, default=3)
    parser.add_argument("--legacy", choices=[legacy.value for legacy in Legacy], default="none")
    parser.add_argument("--layout", nargs="*")
    parser.add_argument("--function", action="append", default=[], help="a kernel function beside, e.g. acm.gs0")
    parser.add_argument("--prepared", action="store_true")
    parser.add_argument("--faults", type=json.loads, default={})
    parser.add_argument("--status", type=lambda text: PortStatus(int(text, 0)), default=PortStatus.READY)
    parser.add_argument("--record")
    parser.add_argument("--control")
    parser.add_argument("--plan", action="store_true", help="print the set-up step's plan and end")
    return parser.parse_args()


def printer(options: argparse.Namespace) -> UsbPrinter:
    layout = parse_interfaces(options.layout) if options.layout else None
    return replace(
        PRINTER, serial_number=options.serial, ipp_interfaces=options.interfaces, legacy=Legacy(options.legacy),
        interfaces=layout,
    )  # fmt: skip


def gadget(options: argparse.Namespace, plug: Plug) -> FunctionfsGadget:
    functions = [KernelFunction(*text.split(".")) for text in options.function]
    return FunctionfsGadget(plug, GadgetOptions(options.udc, options.name, tuple(functions), options.prepared))


@asynccontextmanager
async def device(options: argparse.Namespace, plug: Plug) -> AsyncIterator[None]:
    """The plug on the board that was asked for."""
    if options.board == "gadget":
        async with gadget(options, plug):
            yield
        return
    speed = Speed[options.speed.upper()]
    async with UsbipServer(port=0 if options.vhci else options.port) as server:
        exported = server.add(plug, speed)
        if options.vhci:
            await vhci.attach(server, exported)
        yield


@contextmanager
def followed(path: str | None, faults: Faults) -> Iterator[None]:
    """Switch faults as the FIFO says."""
    if path is None:
        yield
        return
    with contextlib.suppress(FileExistsError):
        os.mkfifo(path)
    fifo = os.open(path, os.O_RDWR | os.O_NONBLOCK)  # for writing too, so that it never ends

    def switch() -> None:
        wanted = json.loads(os.read(fifo, 65536).splitlines()[-1])
        for name in set(faults.active()) - set(wanted):
            faults.clear(name)
        for name, parameters in wanted.items():
            faults.set(name, **parameters)

    loop = asyncio.get_running_loop()
    loop.add_reader(fifo, switch)
    try:
        yield
    finally:
        loop.remove_reader(fifo)
        os.close(fifo)


async def main() -> None:
    options = arguments()
    record = Record(options.record)
    server = web.Server(handle, keepalive_timeout=3600)
    faults = Faults(options.faults)
    plug = Plug(
        printer(options), server, port_status=lambda: options.status, legacy_jobs=lambda: Jobs(record),
        legacy_idle=2.0, events=record.event, faults=faults,
    )  # fmt: skip
    if options.plan:
        print(gadget(options, plug).plan.to_json())
        return
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    with followed(options.control, faults):
        async with device(options, plug):
            print("ready", flush=True)
            if options.record:
                Path(options.record + ".ready").touch()
            await stop.wait()
    await server.shutdown(1)
    record.close()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
