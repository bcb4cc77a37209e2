"""Faults of descriptors, control requests and bulk endpoints; see `fault` for what a fault is.

Where a real printer is named, it is where the behaviour was seen first; the faults do not know it.
"""

from dataclasses import dataclass, replace
from typing import Literal

from usb_gadget import descriptors as d
from usb_gadget.descriptors import Capabilities
from usb_gadget.device import (
    GET_CONFIGURATION,
    GET_DESCRIPTOR,
    SET_INTERFACE,
    STALL,
    TO_DEVICE,
    Answer,
    Setup,
)
from usb_gadget.fault import Fault, FaultLink
from usb_gadget.layout import IPP_USB_TRIPLE, Triple, UsbPrinter, interfaces


def _descriptor(setup: Setup) -> tuple[int, int] | None:
    """Type and index of the descriptor that a GET_DESCRIPTOR wants of the device."""
    if setup.request_type == 0x80 and setup.request == GET_DESCRIPTOR:
        return setup.value >> 8, setup.value & 0xFF
    return None


@dataclass(frozen=True)
class VendorClass(Fault, name="vendor-class", where="layout"):
    """IPP-USB interfaces show a vendor's class triple.

    HP M426fdn and M278 show 255/9/1; hosts know it together with vendor 03f0.
    """

    triple: Triple = (255, 9, 1)

    def layout(self, printer: UsbPrinter) -> UsbPrinter:
        shown = tuple(
            tuple(self.triple if triple == IPP_USB_TRIPLE else triple for triple in settings)
            for settings in interfaces(printer)
        )
        return replace(printer, interfaces=shown)


@dataclass(frozen=True)
class SparseInterfaces(Fault, name="sparse-interfaces", where="layout"):
    """Interface numbers are not contiguous.

    Ricoh SP 377SFNwx.
    """

    first: int = 1
    step: int = 2

    def layout(self, printer: UsbPrinter) -> UsbPrinter:
        numbers = (self.first + self.step * i for i in range(len(interfaces(printer))))
        return replace(printer, numbers=tuple(numbers))


@dataclass(frozen=True)
class FewInterfaces(Fault, name="few-interfaces", where="layout"):
    """There are fewer IPP-USB interfaces than hosts want.

    `ipp-usb` ignores a device with one.
    """

    count: int = 1

    def layout(self, printer: UsbPrinter) -> UsbPrinter:
        kept, left = [], self.count
        for settings in interfaces(printer):
            ipp = IPP_USB_TRIPLE in settings
            if not ipp or left > 0:
                kept.append(settings)
                left -= ipp
        return replace(printer, interfaces=tuple(kept), numbers=None)


@dataclass(frozen=True)
class LegacyOneWay(Fault, name="legacy-one-way", where="layout"):
    """The legacy interface says that it is unidirectional.

    Its triple is 7/1/1; 53 printers in CUPS' quirks must be taken so.
    """

    def layout(self, printer: UsbPrinter) -> UsbPrinter:
        shown = tuple(
            tuple((7, 1, 1) if triple == (7, 1, 2) else triple for triple in settings)
            for settings in interfaces(printer)
        )
        return replace(printer, interfaces=shown)


@dataclass(frozen=True)
class ClaimedCapabilities(Fault, name="capabilities", where="layout"):
    """The class descriptor claims these capabilities.

    `bits` as wBasicCapabilities; e.g. 0x13 claims a scanner, 0x15 a fax. HP M406, Pantum BM5100ADN.
    """

    bits: int = 0x17

    def layout(self, printer: UsbPrinter) -> UsbPrinter:
        return replace(printer, capabilities=Capabilities(self.bits))


@dataclass(frozen=True)
class CapabilitiesMissing(Fault, name="capabilities-missing", where="usbip"):
    """GET_DESCRIPTOR(0x21) stalls, is cut short or has no bits set.

    Canon SELPHY CP1200 and others; hosts assume printing, scanning and fax.
    """

    how: Literal["stall", "short", "zero"] = "stall"

    def control(self, setup: Setup, answer: Answer, link: FaultLink) -> Answer:
        wanted = _descriptor(setup)
        if wanted is None or wanted[0] != d.IPP_USB or answer.data is None:
            return answer
        if self.how == "stall":
            return STALL
        if self.how == "short":
            return Answer(answer.data[:4])
        return Answer(answer.data[:6] + bytes(2) + answer.data[8:])


@dataclass(frozen=True)
class StringsAsleep(Fault, name="strings-asleep", where="usbip"):
    """String descriptors fail once the device is configured, until a bus reset.

    Power saving of Xerox B205, B210 and B215.
    """

    how: Literal["stall", "empty"] = "stall"

    def control(self, setup: Setup, answer: Answer, link: FaultLink) -> Answer:
        wanted = _descriptor(setup)
        if wanted is None or wanted[0] != d.STRING or link.configured_at is None or link.resets:
            return answer
        return STALL if self.how == "stall" else Answer(bytes([2, d.STRING])[: setup.length])


@dataclass(frozen=True)
class LanguageIdsMalformed(Fault, name="language-ids-malformed", where="usbip"):
    """The first reads of string descriptor 0 are malformed.

    Pantum BP5100DN; a second try succeeds. Counts from the first configuration on, since the kernel of the
    host reads strings too.
    """

    count: int = 1

    def control(self, setup: Setup, answer: Answer, link: FaultLink) -> Answer:
        if _descriptor(setup) != (d.STRING, 0) or link.configured_at is None:
            return answer
        done: int = link.notes.setdefault(self.name, 0)
        link.notes[self.name] = done + 1
        return Answer(b"\x00\x00") if done < self.count else answer


@dataclass(frozen=True)
class ConfigurationValue(Fault, name="configuration-value", where="usbip"):
    """GET_CONFIGURATION answers a value that no configuration has.

    HP LaserJet Enterprise M406.
    """

    value: int = 2

    def control(self, setup: Setup, answer: Answer, link: FaultLink) -> Answer:
        asked = setup.request_type == 0x80 | TO_DEVICE and setup.request == GET_CONFIGURATION
        return Answer(bytes([self.value])) if asked and answer.data else answer


@dataclass(frozen=True)
class NoAlternateSetting(Fault, name="no-alternate-setting", where="usbip"):
    """SET_INTERFACE stalls.

    CUPS' quirk no-alt-set.
    """

    def control(self, setup: Setup, answer: Answer, link: FaultLink) -> Answer:
        return STALL if (setup.request_type, setup.request) == (0x01, SET_INTERFACE) else answer


def _chosen(interface: int, only: int) -> bool:
    return only < 0 or interface == only


@dataclass(frozen=True)
class Silent(Fault, name="silent", where="usb"):
    """The bulk endpoints answer nothing but NAK.

    Of one interface, or of all (-1). Canon SELPHY at start, HP M605 without a network.
    """

    interface: int = -1

    def silent(self, interface: int, link: FaultLink) -> bool:
        return _chosen(interface, self.interface)


@dataclass(frozen=True)
class SilentUntil(Fault, name="silent-until", where="usb"):
    """The bulk endpoints are silent until a certain request comes.

    HP OfficeJet Pro 8710 after a long rest wants a SOFT_RESET; old printers of CUPS' quirk usb-init a vendor
    request.
    """

    request: Literal["soft-reset", "vendor-request", "bus-reset"] = "soft-reset"

    def silent(self, interface: int, link: FaultLink) -> bool:
        seen = {
            "soft-reset": link.soft_resets, "vendor-request": link.vendor_requests, "bus-reset": link.resets
        }  # fmt: skip
        return not seen[self.request]


@dataclass(frozen=True)
class SoftResetKills(Fault, name="soft-reset-kills", where="usb"):
    """The bulk endpoints are silent after a SOFT_RESET, until the device is plugged in anew.

    Epson ET-4750.
    """

    def silent(self, interface: int, link: FaultLink) -> bool:
        return link.soft_resets > 0


@dataclass(frozen=True)
class DeafAfter(Fault, name="deaf-after", where="usb"):
    """The bulk endpoints go silent some time after configuration.

    HP OfficeJet 4630, after a minute.
    """

    seconds: float = 60.0

    def silent(self, interface: int, link: FaultLink) -> bool:
        return link.configured_at is not None and link.since_configured() >= self.seconds

    def alarms(self) -> list[float]:
        return [self.seconds + 0.001]


@dataclass(frozen=True)
class DeafAfterRelease(Fault, name="deaf-after-release", where="usb"):
    """The bulk endpoints of a used interface are silent after its next SET_INTERFACE.

    CUPS' quirk no-reattach: giving the interface back to the kernel's driver does this.
    """

    def arrived(self, data: memoryview, interface: int, link: FaultLink) -> None:
        link.notes.setdefault(self.name, set()).add(interface)

    def control(self, setup: Setup, answer: Answer, link: FaultLink) -> Answer:
        used = link.notes.get(self.name, set())
        if (setup.request_type, setup.request) == (0x01, SET_INTERFACE) and setup.index in used:
            link.kill(setup.index)
        return answer


@dataclass(frozen=True)
class LateIntake(Fault, name="late-intake", where="usb"):
    """OUT data is taken in late, and lost if the interface is reset before.

    CUPS' quirk delay-close: hosts must not let go right after the last byte.
    """

    delay: float = 1.0  # type: ignore[misc]


@dataclass(frozen=True)
class Overrun(Fault, name="overrun", where="usb"):
    """An interface goes silent when the host sends too fast.

    `rate` in octets per second, measured over windows of `window` seconds. HP X677 loses large rasters.
    """

    rate: int = 1_000_000
    window: float = 1.0

    def arrived(self, data: memoryview, interface: int, link: FaultLink) -> None:
        windows = link.notes.setdefault(self.name, {})
        start, octets = windows.get(interface, (link.now, 0))
        if link.now - start > self.window:
            start, octets = link.now, 0
        windows[interface] = start, octets + len(data)
        if octets + len(data) > self.rate * self.window:
            del windows[interface]
            link.kill(interface)


@dataclass(frozen=True)
class ZeroLengthPackets(Fault, name="zero-length-packets", where="usb"):
    """IN data has zero-length packets before it.

    Epson ET-4750, HP M28, ENVY 5530.
    """

    count: int = 1

    def transfers(self, data: bytes) -> list[bytes]:
        return [b""] * self.count + [data]


@dataclass(frozen=True)
class NeedsZeroLengthPacket(Fault, name="needs-zero-length-packet", where="usb"):
    """OUT data that ends with a full packet is seen only once an empty one follows."""

    waits_for_empty: bool = True  # type: ignore[misc]


@dataclass(frozen=True)
class StaleAfterReset(Fault, name="stale-after-reset", where="usb"):
    """Resets forget nothing: the next session gets bytes of the old one."""

    keeps_stale: bool = True  # type: ignore[misc]


@dataclass(frozen=True)
class MultiInterfaceHang(Fault, name="multi-interface-hang", where="usb"):
    """All interfaces go silent some time after a second one is used.

    Brother QL-810W, in minutes.
    """

    seconds: float = 0.0

    def silent(self, interface: int, link: FaultLink) -> bool:
        if len(link.used) < 2:
            return False
        since: float = link.notes.setdefault(self.name, link.now)
        return link.now - since >= self.seconds
