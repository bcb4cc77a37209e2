"""The host's end against our device, by pyusb over USB/IP in user space; and that it sees what is out of order."""

import asyncio
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web

from tests.usb.support import PRINTER
from tests.usb.usbip_backend import UsbipBackend
from usb_gadget import host_checks
from usb_gadget.descriptors import Capabilities, Speed
from usb_gadget.faults import Faults
from usb_gadget.host import UsbDevice, find, get_printer_attributes
from usb_gadget.host_checks import Finding, Probe, Severity, examine
from usb_gadget.host_http import exchange, request_bytes, unchunk
from usb_gadget.layout import Legacy, PortStatus, UsbPrinter
from usb_gadget.plug import Plug
from usb_gadget.usbip import UsbipServer


async def answer(request: web.BaseRequest) -> web.StreamResponse:
    body = await request.read()
    if request.path == "/ipp/print":
        return web.Response(body=body[:2] + struct.pack(">H", 0) + body[4:8] + b"\x03", content_type="application/ipp")
    if request.path.startswith("/size/"):
        return web.Response(body=bytes(int(request.path[6:])))
    if request.path == "/chunks":
        response = web.StreamResponse()
        await response.prepare(request)
        for n in range(5):
            await response.write(b"%d" % n * 1000)
        await response.write_eof()
        return response
    return web.Response(status=404, text="no")


@contextmanager
def served(printer: UsbPrinter, speed: Speed, faults: Faults) -> Iterator[UsbipBackend]:
    """A USB/IP server that runs in a thread, as a pyusb backend sees it."""
    started, port, loop = threading.Event(), 0, asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        nonlocal port
        server = web.Server(answer, keepalive_timeout=3600)
        async with UsbipServer(port=0) as usbip:
            usbip.add(Plug(printer, server, faults=faults), speed)
            port = usbip.port
            started.set()
            await stop.wait()
        await server.shutdown(1)

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    started.wait(10)
    backend = UsbipBackend(port)
    try:
        yield backend
    finally:
        backend.close()
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()


@contextmanager
def exported(printer: UsbPrinter = PRINTER, speed: Speed = Speed.HIGH, **faults: dict[str, Any]) -> Iterator[UsbDevice]:
    """A device with these faults (underscores for their hyphens), as the host's end sees it."""
    named = {name.replace("_", "-"): parameters for name, parameters in faults.items()}
    with served(printer, speed, Faults(named)) as backend:
        (device,) = find(backend=backend)
        device.device.set_configuration()
        yield device


def ipp_status(message: bytes) -> int:
    if len(message) < 9:
        raise ValueError("short")
    return int.from_bytes(message[2:4], "big")


def findings(device: UsbDevice) -> list[Finding]:
    return examine(Probe(device, ipp_status=ipp_status))


@pytest.mark.parametrize("speed", list(Speed))
def test_our_own_printer_is_in_order(speed: Speed) -> None:
    with exported(speed=speed) as device:
        assert findings(device) == []
        assert device.speed == speed


@pytest.mark.parametrize("legacy", list(Legacy))
def test_in_order_beside_and_behind_a_legacy_interface(legacy: Legacy) -> None:
    with exported(replace(PRINTER, legacy=legacy)) as device:
        assert findings(device) == []
        assert len(device.settings()) == 3
        assert bool(device.settings(ipp_usb=False)) == (legacy is not Legacy.NONE)


def test_what_a_device_says_of_itself() -> None:
    with exported() as device:
        assert device.names() == {
            "manufacturer": PRINTER.manufacturer, "product": PRINTER.product, "serial_number": PRINTER.serial_number
        }  # fmt: skip
        setting = device.settings()[0]
        assert device.device_id(setting) == PRINTER.device_id
        assert device.port_status(setting) == PortStatus.READY
        assert device.class_descriptor().capabilities == Capabilities.PRINT | Capabilities.HTTP
        device.soft_reset(setting)
        assert str(device) == "001:001 1d6b:0104"


def test_http_over_the_pipe() -> None:
    with exported() as device, device.open(device.settings()[1]) as channel:
        for size in (0, 1000, 16384, 100_000):
            response = channel.request("GET", f"/size/{size}")
            assert (response.status, response.body) == (200, bytes(size))
        assert channel.request("GET", "/chunks").body == b"".join(b"%d" % n * 1000 for n in range(5))
        assert channel.post_ipp("/ipp/print", get_printer_attributes()).body[2:4] == b"\0\0"
        assert channel.request("GET", "/nothing").status == 404
        assert channel.drain() == 0
        response = exchange(channel, request_bytes("HEAD", "/size/10", fields={}))
        assert response.body == b""


def test_padding_and_chunks() -> None:
    for total in (200, 512, 1024):
        data = request_bytes("POST", "/", b"body", total=total)
        assert len(data) == total
        assert data.endswith(b"\r\n\r\nbody")
    assert unchunk(b"3;x\r\nabc\r\n1\r\nd\r\n0\r\nX: y\r\n\r\n") == b"abcd"


@pytest.mark.parametrize(
    ("fault", "parameters", "severity", "check", "words"),
    [
        ("few_interfaces", {}, Severity.ERROR, "interfaces", "two or more"),
        ("sparse_interfaces", {}, Severity.WARNING, "configuration", "not contiguous"),
        ("vendor_class", {}, Severity.WARNING, "interfaces", "one vendor"),
        ("configuration_value", {"value": 7}, Severity.WARNING, "configuration", "GET_CONFIGURATION says 7"),
        ("capabilities_missing", {}, Severity.NOTE, "class_descriptor", "no class descriptor"),
        ("capabilities_missing", {"how": "short"}, Severity.WARNING, "class_descriptor", "ten octets"),
        ("capabilities_missing", {"how": "zero"}, Severity.WARNING, "class_descriptor", "no capability"),
        ("capabilities", {"bits": 0x13}, Severity.WARNING, "services", "scanner is claimed"),
        ("capabilities", {"bits": 0x15}, Severity.WARNING, "services", "fax is claimed"),
        ("strings_asleep", {}, Severity.ERROR, "strings", "no serial number"),
        ("strings_asleep", {"how": "empty"}, Severity.ERROR, "strings", "no serial number"),
        ("http_status", {}, Severity.ERROR, "attributes", "HTTP status 404"),
        ("http_status", {"status": 503, "missing": 1}, Severity.ERROR, "attributes", "octets of an answer"),
        ("http_garbage", {}, Severity.ERROR, "services", "not HTTP"),
        ("http_hang", {}, Severity.ERROR, "services", "/ipp/faxout"),
        ("http_response_stall", {"octets": 10}, Severity.ERROR, "attributes", "octets of an answer"),
        (
            "http_response_stall",
            {"octets": 10, "unless": "close"},
            Severity.ERROR,
            "attributes",
            "10 octets of an answer",
        ),
        ("zero_length_packets", {"count": 3}, Severity.NOTE, "attributes", "zero-length packets"),
        ("needs_zero_length_packet", {}, Severity.ERROR, "framing", "without a zero-length packet"),
        ("silent", {}, Severity.ERROR, "attributes", "Get-Printer-Attributes"),
    ],
)
def test_what_is_out_of_order_is_found(
    fault: str,
    parameters: dict[str, Any],
    severity: Severity,
    check: str,
    words: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(host_checks, "FRAMING_TIMEOUT", 0.3)
    faults: dict[str, Any] = {fault: parameters}
    with exported(**faults) as device:
        found = findings(device)
    assert any((f.severity, f.check) == (severity, check) and words in f.text for f in found), found


def test_other_things_out_of_order() -> None:
    with exported(replace(PRINTER, serial_number="", device_id="MFG:x;MDL:y;")) as device:
        texts = [f.text for f in findings(device)]
    assert any("no serial number" in text for text in texts)
    assert any("lacks CMD or COMMAND SET" in text for text in texts)


def test_a_printer_without_ipp_usb_is_listed_when_asked_for() -> None:
    with served(replace(PRINTER, interfaces=(((7, 1, 2),),)), Speed.HIGH, Faults()) as backend:
        assert find(backend=backend) == []
        backend.close()
        (device,) = find(0x1D6B, 0x0104, ipp_usb=False, backend=backend)
        assert device.names()["product"] == PRINTER.product
