"""What the kernel and `lsusb` see is what the descriptors say."""

import re
from dataclasses import replace
from typing import Any

import pytest

from tests.lab.conftest import BACKENDS, SYSTEM, Call, Plugged
from tests.lab.device import PRINTER
from tests.lab.vm import Lab
from usb_gadget.descriptors import Packer, Speed, split
from usb_gadget.layout import Legacy, PortStatus, describe, parse_interfaces


def without_addresses(data: bytes) -> list[bytes]:
    """Descriptors with only the direction left of endpoint addresses: a real controller deals out the numbers."""
    parts = []
    for part in split(data):
        if part[1] == 5:
            part = part[:2] + bytes([part[2] & 0x80]) + part[3:]
        parts.append(part)
    return parts


@pytest.mark.parametrize(("speed", "legacy"), list(zip(Speed, Legacy, strict=True)))
def test_usbip_is_seen_octet_by_octet(plugged: Plugged, call: Call, speed: Speed, legacy: Legacy) -> None:
    packer = Packer(describe(replace(PRINTER, legacy=legacy)), speed)
    with plugged("usbip", "--speed", speed.name.lower(), "--legacy", legacy.value):
        assert bytes.fromhex(call("descriptors")) == packer.device() + (packer.configuration(0) or b"")


@pytest.mark.parametrize("legacy", [Legacy.NONE, Legacy.BESIDE])
def test_the_gadget_is_seen_octet_by_octet_but_for_endpoint_numbers(
    plugged: Plugged, call: Call, legacy: Legacy
) -> None:
    packer = Packer(describe(replace(PRINTER, legacy=legacy, class_descriptor=False)), Speed.HIGH)
    with plugged("gadget", "--legacy", legacy.value):
        expected = packer.device() + (packer.configuration(0) or b"")
        assert without_addresses(bytes.fromhex(call("descriptors"))) == without_addresses(expected)


@pytest.mark.parametrize("backend", BACKENDS)
def test_lsusb(plugged: Plugged, lab: Lab, backend: str) -> None:
    with plugged(backend):
        text = lab.run(["lsusb", "-v", "-d", SYSTEM]).out
    fields = re.findall(r"^ *(\w+) +(\S+) *(.*)$", text, re.MULTILINE)
    values: dict[str, list[tuple[str, str]]] = {}
    for name, value, meaning in fields:
        values.setdefault(name, []).append((value, meaning.strip()))
    assert values["idVendor"][0][0] == "0x1d6b"
    assert values["iManufacturer"] == [("1", PRINTER.manufacturer)]
    assert values["iProduct"] == [("2", PRINTER.product)]
    assert values["iSerial"] == [("3", PRINTER.serial_number)]
    assert values["bNumInterfaces"] == [("3", "")]
    assert [v for v, _ in values["bInterfaceClass"]] == ["7"] * 3
    assert [v for v, _ in values["bInterfaceSubClass"]] == ["1"] * 3
    assert [v for v, _ in values["bInterfaceProtocol"]] == ["4"] * 3
    assert [v for v, _ in values["wMaxPacketSize"]] == ["0x0200"] * 6
    assert "Device Qualifier" in text
    assert "Self Powered" in text
    assert ("IPP Printer Descriptor" in text) == (backend == "usbip"), text


def test_any_layout(plugged: Plugged, call: Call) -> None:
    words = ["255/255/255|7/1/4", "7/1/2|7/1/4", "8/6/80"]
    packer = Packer(describe(replace(PRINTER, interfaces=parse_interfaces(words))), Speed.HIGH)
    with plugged("usbip", "--layout", *words):
        assert bytes.fromhex(call("descriptors")) == packer.device() + (packer.configuration(0) or b"")
        assert call("names")["product"] == PRINTER.product


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("status", [PortStatus.READY, PortStatus.PAPER_EMPTY | PortStatus.SELECTED])
def test_class_requests(plugged: Plugged, call: Call, backend: str, status: PortStatus) -> None:
    with plugged(backend, "--legacy", "beside", "--status", str(int(status))):
        facts: dict[str, Any] = call("facts")
    assert facts["names"] == {
        "manufacturer": PRINTER.manufacturer, "product": PRINTER.product, "serial_number": PRINTER.serial_number
    }  # fmt: skip
    assert facts["ids"] == [PRINTER.device_id] * 4
    assert facts["status"] == [int(status)] * 4
    assert facts["speed"] == Speed.HIGH
