"""What the printer claims to be on the bus, and the descriptors that follow from it.

`UsbPrinter` is what a model file says; `describe` makes a DeviceDescriptor of it. Pure.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, IntFlag

from usb_gadget.descriptors import (
    BULK,
    DIR_IN,
    Capabilities,
    ConfigurationDescriptor,
    DeviceDescriptor,
    EndpointDescriptor,
    InterfaceDescriptor,
    IppUsbDescriptor,
    Speed,
)

Triple = tuple[int, int, int]
IPP_USB_TRIPLE: Triple = (7, 1, 4)
LEGACY_TRIPLE: Triple = (7, 1, 2)

DEVELOPMENT_IDS = 0x1D6B, 0x0104
"""Linux Foundation's composite gadget: for development only; a product brings its own."""


class PortStatus(IntFlag):
    """Answer to GET_PORT_STATUS – Printer class 1.1 §4.2.2."""

    NOT_ERROR = 0x08
    SELECTED = 0x10
    PAPER_EMPTY = 0x20
    READY = NOT_ERROR | SELECTED


class Legacy(Enum):
    """Where the 7/1/2 printer interface is."""

    NONE = "none"
    BESIDE = "beside"
    """An interface of its own, before those of IPP-USB."""
    ALTERNATE = "alternate"
    """Alternate setting 0 of every interface, IPP-USB being 1, as most printers have it."""


@dataclass(frozen=True, slots=True)
class UsbPrinter:
    """A printer as its USB descriptors tell of it."""

    manufacturer: str
    product: str
    serial_number: str
    """All three must be non-empty for `ipp-usb` to take the device."""
    device_id: str
    """IEEE 1284 device id, "MFG:…;MDL:…;CMD:…;"."""
    vendor_id: int = DEVELOPMENT_IDS[0]
    product_id: int = DEVELOPMENT_IDS[1]
    release: int = 0x0100
    ipp_interfaces: int = 3
    """IPP-USB interfaces, each one HTTP connection; hosts want two at least."""
    legacy: Legacy = Legacy.NONE
    capabilities: Capabilities = Capabilities.PRINT | Capabilities.HTTP
    ipp_versions: str = ""
    printer_uuid: str = ""
    class_descriptor: bool = True
    """Whether 0x21 is shown. The kernel's gadget layer cannot show it, whatever this says."""
    max_power: int = 2
    self_powered: bool = True
    speeds: frozenset[Speed] = frozenset(Speed)
    interfaces: tuple[tuple[Triple, ...], ...] | None = None
    """Any layout: the class triples of each interface's alternate settings; else as the two above say."""
    numbers: tuple[int, ...] | None = None
    """bInterfaceNumber of each interface; None: 0, 1, 2, …"""


def parse_interfaces(words: list[str]) -> tuple[tuple[Triple, ...], ...]:
    """Layout from text: one word per interface, alternate settings joined by "|", e.g. "7/1/2|7/1/4"."""
    return tuple(tuple(_triple(setting) for setting in word.split("|")) for word in words)


def _triple(text: str) -> Triple:
    parts = text.split("/")
    if len(parts) != 3 or not all(part.isdecimal() and int(part) <= 255 for part in parts):
        raise ValueError(f"not a class/subclass/protocol triple: {text!r}")
    return int(parts[0]), int(parts[1]), int(parts[2])


def interfaces(printer: UsbPrinter) -> tuple[tuple[Triple, ...], ...]:
    """Class triples per interface and alternate setting."""
    if printer.interfaces is not None:
        return printer.interfaces
    if printer.legacy is Legacy.ALTERNATE:
        return ((LEGACY_TRIPLE, IPP_USB_TRIPLE),) * printer.ipp_interfaces
    ipp = ((IPP_USB_TRIPLE,),) * printer.ipp_interfaces
    return ((LEGACY_TRIPLE,), *ipp) if printer.legacy is Legacy.BESIDE else ipp


def describe(printer: UsbPrinter) -> DeviceDescriptor:
    """Descriptors of `printer`: one configuration, one bulk pair per interface for all alternate settings."""
    configuration = ConfigurationDescriptor(
        tuple(_settings(printer)), self_powered=printer.self_powered, max_power=printer.max_power
    )
    return DeviceDescriptor(
        printer.vendor_id, printer.product_id, (configuration,), printer.release, printer.manufacturer,
        printer.product, printer.serial_number, speeds=printer.speeds,
    )  # fmt: skip


def _settings(printer: UsbPrinter) -> Iterator[InterfaceDescriptor]:
    layout = interfaces(printer)
    numbers = printer.numbers or tuple(range(len(layout)))
    if len(numbers) != len(layout) or len(layout) > 15:
        raise ValueError(f"{len(layout)} interfaces with {len(numbers)} numbers; fifteen is the most")
    told = IppUsbDescriptor(printer.capabilities, printer.ipp_versions, printer.printer_uuid)
    for endpoint, (number, alternates) in enumerate(zip(numbers, layout, strict=True), 1):
        for alternate, triple in enumerate(alternates):
            found = InterfaceDescriptor(number, alternate, triple, endpoints=_pair(endpoint))
            shown = told if found.is_ipp_usb and printer.class_descriptor else None
            yield InterfaceDescriptor(number, alternate, triple, endpoints=_pair(endpoint), ipp_usb=shown)


def _pair(number: int) -> tuple[EndpointDescriptor, EndpointDescriptor]:
    return EndpointDescriptor(number, BULK), EndpointDescriptor(number | DIR_IN, BULK)
