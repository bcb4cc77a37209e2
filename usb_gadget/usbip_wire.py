"""The USB/IP protocol's packets, all big-endian – Linux Documentation/usb/usbip_protocol.rst. Pure."""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from usb_gadget.descriptors import DeviceDescriptor, Speed

VERSION = 0x0111
REQ_DEVLIST, REP_DEVLIST, REQ_IMPORT, REP_IMPORT = 0x8005, 0x0005, 0x8003, 0x0003
ST_OK, ST_NA, ST_BUSY, ST_ERROR, ST_NO_DEVICE = 0, 1, 2, 3, 4
CMD_SUBMIT, CMD_UNLINK, RET_SUBMIT, RET_UNLINK = 1, 2, 3, 4

URB_SHORT_NOT_OK = 1
"""Transfer flag: an IN transfer that ends early is an error to the host."""
EPIPE, EREMOTEIO, EOVERFLOW, ECONNRESET, ESHUTDOWN = 32, 121, 75, 104, 108
"""Linux error numbers of the protocol, whatever the system underneath calls them."""

URB_HEADER = 48
"""Octets of every packet after the import."""
TRANSFER_LIMIT = 16 << 20
"""Octets of the largest transfer taken; Linux hosts send no larger one."""

OP_HEADER = struct.Struct(">HHI")
_BASIC = struct.Struct(">5I")
_SUBMIT = struct.Struct(">5IIiiii8s")
_DEVICE = struct.Struct(">256s32sIIIHHHBBBBBB")


class WireError(ValueError):
    """What came is not the USB/IP protocol; the connection cannot be trusted any more."""


class Submit(NamedTuple):
    """CMD_SUBMIT: a transfer the host wants; of one to the device, the data follows piece by piece."""

    seq: int
    is_in: bool
    endpoint: int
    """Number 0..15."""
    flags: int
    length: int
    """Octets to be sent or received at most."""
    setup: bytes

    @property
    def address(self) -> int:
        """Endpoint address, with the direction bit."""
        return self.endpoint | 0x80 if self.is_in else self.endpoint


class Unlink(NamedTuple):
    """CMD_UNLINK: the host no longer wants transfer `victim`."""

    seq: int
    victim: int


class UrbParser:
    """The stream of a host after the import, packet by packet."""

    def __init__(self) -> None:
        self._head = bytearray()
        self._left = 0  # of the data of the last Submit

    def feed(self, data: memoryview) -> Iterator[Submit | Unlink | memoryview]:
        """Packets, and data of the Submit before it as soon as it is there; WireError for what is neither.

        After a Submit to the device with a length that is not 0, so many octets follow in one view or more.
        """
        while data:
            if self._left:
                part = data[: self._left]
                self._left -= len(part)
                data = data[len(part) :]
                yield part
                continue
            missing = URB_HEADER - len(self._head)
            self._head += data[:missing]
            data = data[missing:]
            if len(self._head) == URB_HEADER:
                packet = self._packet()
                self._head.clear()
                if isinstance(packet, Submit) and not packet.is_in:
                    self._left = packet.length
                yield packet

    def _packet(self) -> Submit | Unlink:
        command, seq, _, direction, endpoint, flags, length, _, packets, _, setup = _SUBMIT.unpack(self._head)
        if command == CMD_UNLINK:
            return Unlink(seq, flags)
        if command != CMD_SUBMIT or direction > 1 or not 0 <= length <= TRANSFER_LIMIT:
            raise WireError(f"no packet of this protocol: command {command}, length {length}")
        if packets > 0 or endpoint > 15:
            raise WireError("isochronous transfer, or an endpoint that cannot be")
        return Submit(seq, direction == 1, endpoint, flags, length, setup)


def ret_submit(seq: int, status: int, actual: int, data: bytes | memoryview = b"") -> bytes:
    """The answer to a CMD_SUBMIT; `status` is 0 or a negative error number."""
    return _SUBMIT.pack(RET_SUBMIT, seq, 0, 0, 0, status & 0xFFFFFFFF, actual, 0, 0, 0, bytes(8)) + data


def ret_unlink(seq: int, status: int) -> bytes:
    """The answer to a CMD_UNLINK: -ECONNRESET if the transfer was still waiting, 0 if it was answered."""
    return _SUBMIT.pack(RET_UNLINK, seq, 0, 0, 0, status & 0xFFFFFFFF, 0, 0, 0, 0, bytes(8))


def device_entry(device: DeviceDescriptor, speed: Speed, bus: int, number: int) -> bytes:
    """`struct usbip_usb_device`, 312 octets."""
    path = f"/sys/devices/usb_gadget/usb{bus}/{bus_id(bus, number)}".encode()
    configuration = device.configurations[0]
    return _DEVICE.pack(
        path, bus_id(bus, number).encode(), bus, number, speed, device.vendor_id, device.product_id,
        device.release, *device.device_class, configuration.value, len(device.configurations),
        len(configuration.numbers()),
    )  # fmt: skip


def interface_entries(device: DeviceDescriptor) -> bytes:
    """Four octets for each interface, as its first alternate setting is."""
    configuration = device.configurations[0]
    settings = (configuration.setting(number, 0) for number in configuration.numbers())
    return b"".join(struct.pack("4B", *setting.triple, 0) for setting in settings if setting)


def bus_id(bus: int, number: int) -> str:
    """The name by which a device is imported."""
    return f"{bus}-{number}"
