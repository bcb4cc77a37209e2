"""The other end of the cable: printers on the bus as a host sees them, by pyusb.

Any printer, not only ours. `find` lists devices that have a printer interface, `UsbDevice` asks one what it
says of itself and sends HTTP to it. What is out of order is judged in `host_checks`. IPP is not understood
here: requests and answers are bytes.
"""

import contextlib
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import usb.core
import usb.util

from usb_gadget import descriptors as d
from usb_gadget.descriptors import (
    ConfigurationDescriptor,
    DescriptorError,
    InterfaceDescriptor,
    IppUsbDescriptor,
    Speed,
    parse_configuration,
    parse_ipp_usb,
)
from usb_gadget.host_http import HttpResponse, exchange, request_bytes
from usb_gadget.layout import PortStatus

CONTROL_TIMEOUT = 5.0
"""Seconds."""


def _milliseconds(seconds: float) -> int:
    return max(1, int(seconds * 1000))


@dataclass
class Channel:
    """A claimed interface's bulk pair; see `host_http.Bulk`."""

    device: Any
    out: int
    in_: int

    def write(self, data: bytes, timeout: float) -> None:
        with _errors():
            self.device.write(self.out, data, _milliseconds(timeout))

    def read(self, size: int, timeout: float) -> bytes:
        with _errors():
            return bytes(self.device.read(self.in_, size, _milliseconds(timeout)))

    def request(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        fields: dict[str, str] | None = None,
        timeout: float = 5.0,
    ) -> HttpResponse:
        """One HTTP exchange."""
        return exchange(self, request_bytes(method, path, body, fields), timeout)

    def post_ipp(self, path: str, message: bytes, timeout: float = 5.0) -> HttpResponse:
        """Send an IPP message, e.g. `get_printer_attributes`; the body of the answer is one too."""
        return self.request("POST", path, message, {"Content-Type": "application/ipp"}, timeout)

    def drain(self) -> int:
        """Throw away what an earlier session left; octets."""
        octets = 0
        with contextlib.suppress(OSError):
            while data := self.read(16384, 0.2):
                octets += len(data)
        return octets


@contextmanager
def _errors() -> Iterator[None]:
    """pyusb's errors as the built-in ones."""
    try:
        yield
    except usb.core.USBTimeoutError as error:
        raise TimeoutError(str(error)) from error
    except usb.core.USBError as error:
        raise OSError(error.errno or 0, str(error)) from error


class UsbDevice:
    """A device that has a printer interface."""

    def __init__(self, device: Any) -> None:
        """`device`: a pyusb Device."""
        self.device = device
        self.vendor_id, self.product_id = int(device.idVendor), int(device.idProduct)
        self.bus, self.address = int(device.bus), int(device.address)
        self.release = int(device.bcdDevice)
        self._detached: set[int] = set()

    def __str__(self) -> str:
        return f"{self.bus:03}:{self.address:03} {self.vendor_id:04x}:{self.product_id:04x}"

    @property
    def speed(self) -> Speed | None:
        """As libusb tells it; None for one that is none of ours."""
        return {2: Speed.FULL, 3: Speed.HIGH, 4: Speed.SUPER, 5: Speed.SUPER}.get(int(self.device.speed or 0))

    def control(self, request_type: int, request: int, value: int = 0, index: int = 0, length: int = 0) -> bytes:
        """A control request; OSError for a stall."""
        with _errors():
            answer = self.device.ctrl_transfer(
                request_type, request, value, index, length or None, _milliseconds(CONTROL_TIMEOUT)
            )
        return bytes(answer) if request_type & 0x80 else b""

    def raw_configuration(self) -> bytes:
        """The first configuration, whole."""
        (total,) = struct.unpack_from("<H", self.control(0x80, 6, d.CONFIGURATION << 8, 0, 9), 2)
        return self.control(0x80, 6, d.CONFIGURATION << 8, 0, total)

    def configuration(self) -> ConfigurationDescriptor:
        """The first configuration; DescriptorError if it cannot be read. Texts of its strings are left out."""
        return parse_configuration(self.raw_configuration())

    def string(self, index: int) -> str:
        """String `index` in English; OSError or DescriptorError if the device does not give it."""
        data = self.control(0x80, 6, d.STRING << 8 | index, d.ENGLISH if index else 0, 255)
        if len(data) < 2 or data[1] != d.STRING or data[0] > len(data):
            raise DescriptorError(f"string {index} is malformed: {data.hex()}")
        return data[2 : data[0]].decode("utf-16-le", "replace")

    def names(self) -> dict[str, str]:
        """Manufacturer, product and serial number; "" where there is none or it cannot be read."""
        found = {}
        for name, index in (
            ("manufacturer", self.device.iManufacturer),
            ("product", self.device.iProduct),
            ("serial_number", self.device.iSerialNumber),
        ):
            found[name] = ""
            with contextlib.suppress(OSError, DescriptorError):
                found[name] = self.string(int(index)) if index else ""
        return found

    def settings(self, *, ipp_usb: bool = True) -> list[InterfaceDescriptor]:
        """Alternate settings with IPP-USB, or with a legacy printer interface."""
        return [i for i in self.configuration().interfaces if (i.is_ipp_usb if ipp_usb else i.is_legacy_printer)]

    def device_id(self, setting: InterfaceDescriptor) -> str:
        """IEEE 1284 device id; DescriptorError if its length is wrong – Printer class 1.1 §4.2.1."""
        self.detach(setting.number)
        data = self.control(0xA1, 0, 0, setting.number << 8 | setting.alternate, 1024)
        if len(data) < 2 or int.from_bytes(data[:2], "big") != len(data):
            raise DescriptorError(f"device id of {len(data)} octets says {data[:2].hex()}")
        return data[2:].decode("utf-8", "replace")

    def port_status(self, setting: InterfaceDescriptor) -> PortStatus:
        """GET_PORT_STATUS – Printer class 1.1 §4.2.2."""
        self.detach(setting.number)
        return PortStatus(self.control(0xA1, 1, 0, setting.number, 1)[0])

    def soft_reset(self, setting: InterfaceDescriptor) -> None:
        """SOFT_RESET – Printer class 1.1 §4.2.3."""
        self.detach(setting.number)
        self.control(0x21, 2, 0, setting.number)

    def class_descriptor(self) -> IppUsbDescriptor:
        """Class descriptor 0x21, asked of the device as hosts do; OSError, DescriptorError if there is none."""
        return parse_ipp_usb(self.control(0x80, 6, d.IPP_USB << 8, 0, 256))

    @contextmanager
    def open(self, setting: InterfaceDescriptor) -> Iterator[Channel]:
        """Claim an interface at this alternate setting, taking it from the kernel's driver."""
        out, in_ = setting.bulk(False), setting.bulk(True)
        if out is None or in_ is None:
            raise DescriptorError(f"interface {setting.number} lacks a bulk endpoint")
        number = setting.number
        self.detach(number)
        with _errors():
            usb.util.claim_interface(self.device, number)
        try:
            with _errors():
                self.device.set_interface_altsetting(number, setting.alternate)
            yield Channel(self.device, out.address, in_.address)
        finally:
            with contextlib.suppress(usb.core.USBError):
                usb.util.release_interface(self.device, number)

    def detach(self, interface: int) -> None:
        """Take an interface from the kernel's driver, which has legacy printers; `close` gives it back."""
        with _errors(), contextlib.suppress(NotImplementedError):
            if self.device.is_kernel_driver_active(interface):
                self.device.detach_kernel_driver(interface)
                self._detached.add(interface)

    def close(self) -> None:
        """Let go of the device."""
        usb.util.dispose_resources(self.device)
        for interface in self._detached:
            with contextlib.suppress(usb.core.USBError):
                self.device.attach_kernel_driver(interface)
        self._detached.clear()
        usb.util.dispose_resources(self.device)


def find(
    vendor_id: int | None = None, product_id: int | None = None, *, ipp_usb: bool = True, backend: Any = None
) -> list[UsbDevice]:
    """Devices with an IPP-USB interface, or with any printer interface; `backend`: pyusb's, None for its choice."""
    wanted = {"idVendor": vendor_id, "idProduct": product_id}
    given = {name: value for name, value in wanted.items() if value is not None}
    found = usb.core.find(find_all=True, backend=backend, custom_match=lambda dev: _matches(dev, ipp_usb), **given)
    return [UsbDevice(device) for device in found or ()]


def _matches(device: Any, ipp_usb: bool) -> bool:
    """From the descriptors that the operating system holds already: no device is woken for this."""
    triples = {
        (i.bInterfaceClass, i.bInterfaceSubClass, i.bInterfaceProtocol)
        for configuration in device
        for i in configuration
    }
    settings = (InterfaceDescriptor(0, 0, triple) for triple in triples)
    return any(s.is_ipp_usb or (s.is_legacy_printer and not ipp_usb) for s in settings)


def get_printer_attributes(uri: str = "ipp://localhost/ipp/print", version: tuple[int, int] = (2, 0)) -> bytes:
    """A Get-Printer-Attributes request as bytes – RFC 8011 §4.2.5, RFC 8010 §3.1."""

    def attribute(tag: int, name: str, value: str) -> bytes:
        parts = name.encode(), value.encode()
        return bytes([tag]) + b"".join(struct.pack(">H", len(part)) + part for part in parts)

    return (
        bytes(version) + b"\x00\x0b\x00\x00\x00\x01\x01" + attribute(0x47, "attributes-charset", "utf-8")
        + attribute(0x48, "attributes-natural-language", "en") + attribute(0x45, "printer-uri", uri) + b"\x03"
    )  # fmt: skip
