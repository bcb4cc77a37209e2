"""USB descriptors as data – USB 2.0 and 3.2 chapter 9, IPP over USB 1.0.

Frozen dataclasses with the fields that matter; `Packer` turns them into the bytes a host reads, at any speed,
and `parse_configuration` turns a host's bytes back into them. Pure: no I/O, no device, no state.

String fields hold the text itself. The string indexes of the wire are dealt out by `Packer`, in the order
manufacturer, product, serial number, then as the configurations mention them.
"""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum, IntFlag

DEVICE, CONFIGURATION, STRING, INTERFACE, ENDPOINT = 1, 2, 3, 4, 5
DEVICE_QUALIFIER, OTHER_SPEED_CONFIGURATION, INTERFACE_ASSOCIATION = 6, 7, 11
BOS, DEVICE_CAPABILITY, COMPANION = 15, 16, 48
IPP_USB = 0x21
"""Descriptor types – USB 3.2 table 9-6; IPP_USB is the class descriptor of IPP over USB 1.0."""

DIR_IN = 0x80
BULK = 2
ENGLISH = 0x0409
"""The one language of our strings – USB language identifiers 1.0."""


class Speed(IntEnum):
    """Speed of a connection, numbered as Linux' `enum usb_device_speed` and the USB/IP protocol do."""

    FULL = 2
    HIGH = 3
    SUPER = 5

    @property
    def bulk_packet_size(self) -> int:
        """Octets of the largest bulk packet – USB 2.0 §5.8.3, USB 3.2 §9.6.6."""
        return {Speed.FULL: 64, Speed.HIGH: 512, Speed.SUPER: 1024}[self]


class Capabilities(IntFlag):
    """wBasicCapabilities of the class descriptor – IPP over USB 1.0."""

    PRINT = 1
    SCAN = 2
    FAX = 4
    OTHER = 8
    HTTP = 16
    """Anything else over HTTP: web pages, eSCL."""
    USERNAME = 32
    """Bits 5 and 6 are one field: 0 no authentication, 1 user name, 3 negotiable."""
    NEGOTIABLE = 96


class DescriptorError(ValueError):
    """Bytes that are no descriptor."""


@dataclass(frozen=True, slots=True)
class EndpointDescriptor:
    """An endpoint and, at SuperSpeed, its companion – USB 2.0 §9.6.6, USB 3.2 §9.6.7."""

    address: int
    """Number 1..15, | 0x80 for IN."""
    attributes: int = BULK
    max_packet_size: int | None = None
    """Octets; None: the largest a bulk endpoint may have at the speed in force."""
    interval: int = 0
    max_burst: int = 0
    """Packets after the first in one burst, SuperSpeed only."""

    @property
    def is_in(self) -> bool:
        return bool(self.address & DIR_IN)

    @property
    def is_bulk(self) -> bool:
        return self.attributes & 3 == BULK

    def packet_size(self, speed: Speed) -> int:
        """Octets of the largest packet at `speed`."""
        return self.max_packet_size if self.max_packet_size is not None else speed.bulk_packet_size


@dataclass(frozen=True, slots=True)
class IppUsbDescriptor:
    """What an IPP-USB device can do: class descriptor 0x21 – IPP over USB 1.0."""

    capabilities: Capabilities = Capabilities.PRINT | Capabilities.HTTP
    ipp_versions: str = ""
    """E.g. "1.1,2.0"; empty: not told."""
    printer_uuid: str = ""
    extra: bytes = b""
    """Further sub-descriptors (type, length, content), vendor specific, packed."""


@dataclass(frozen=True, slots=True)
class InterfaceDescriptor:
    """One alternate setting of an interface – USB 2.0 §9.6.5."""

    number: int
    alternate: int
    triple: tuple[int, int, int]
    """bInterfaceClass, bInterfaceSubClass, bInterfaceProtocol."""
    name: str = ""
    endpoints: tuple[EndpointDescriptor, ...] = ()
    ipp_usb: IppUsbDescriptor | None = None
    other: tuple[bytes, ...] = ()
    """Class and vendor descriptors not known here, whole."""

    @property
    def is_ipp_usb(self) -> bool:
        """7/1/4, or 255/9/1 as one vendor has it."""
        return self.triple in ((7, 1, 4), (255, 9, 1))

    @property
    def is_legacy_printer(self) -> bool:
        return self.triple[:2] == (7, 1) and self.triple[2] in (1, 2, 3)

    def bulk(self, direction_in: bool) -> EndpointDescriptor | None:
        """The first bulk endpoint of that direction: the one hosts use."""
        return next((e for e in self.endpoints if e.is_bulk and e.is_in == direction_in), None)


@dataclass(frozen=True, slots=True)
class ConfigurationDescriptor:
    """A configuration with all alternate settings of its interfaces – USB 2.0 §9.6.3."""

    interfaces: tuple[InterfaceDescriptor, ...]
    value: int = 1
    name: str = ""
    self_powered: bool = True
    remote_wakeup: bool = False
    max_power: int = 2
    """Milliampere drawn from the bus."""

    def setting(self, number: int, alternate: int) -> InterfaceDescriptor | None:
        """The alternate setting `alternate` of interface `number`, if there is one."""
        return next((i for i in self.interfaces if (i.number, i.alternate) == (number, alternate)), None)

    def numbers(self) -> list[int]:
        """Interface numbers, each once, in order."""
        return list(dict.fromkeys(i.number for i in self.interfaces))


@dataclass(frozen=True, slots=True)
class DeviceDescriptor:
    """The device – USB 2.0 §9.6.1."""

    vendor_id: int
    product_id: int
    configurations: tuple[ConfigurationDescriptor, ...]
    release: int = 0x0100
    """bcdDevice."""
    manufacturer: str = ""
    product: str = ""
    serial_number: str = ""
    device_class: tuple[int, int, int] = (0, 0, 0)
    usb_version: int = 0x0200
    """bcdUSB at full and high speed; 0x0320 is said at SuperSpeed."""
    speeds: frozenset[Speed] = field(default_factory=lambda: frozenset(Speed))

    def strings(self) -> list[str]:
        """Texts of string descriptors 1, 2, …, each once."""
        texts = [self.manufacturer, self.product, self.serial_number]
        for configuration in self.configurations:
            texts.append(configuration.name)
            for interface in configuration.interfaces:
                texts.append(interface.name)
                if interface.ipp_usb:
                    texts += [interface.ipp_usb.ipp_versions, interface.ipp_usb.printer_uuid]
        return list(dict.fromkeys(filter(None, texts)))


class Packer:
    """The bytes of a device's descriptors at one speed; each method returns a whole descriptor."""

    def __init__(self, device: DeviceDescriptor, speed: Speed) -> None:
        self.device_descriptor, self.speed = device, speed
        self._indexes = {text: i for i, text in enumerate(device.strings(), 1)}
        self._texts = device.strings()

    def _index(self, text: str) -> int:
        return self._indexes[text] if text else 0

    def device(self) -> bytes:
        d, fast = self.device_descriptor, self.speed is Speed.SUPER
        # At SuperSpeed bMaxPacketSize0 is an exponent: 2**9 octets.
        version, packet = (0x0320, 9) if fast else (d.usb_version, 64)
        strings = (self._index(text) for text in (d.manufacturer, d.product, d.serial_number))
        return struct.pack(
            "<BBHBBBBHHHBBBB", 18, DEVICE, version, *d.device_class, packet, d.vendor_id, d.product_id,
            d.release, *strings, len(d.configurations),
        )  # fmt: skip

    def device_qualifier(self) -> bytes | None:
        """How the device is at the other of full and high speed; None: it has but one – USB 2.0 §9.6.2."""
        if self.speed is Speed.SUPER or not {Speed.FULL, Speed.HIGH} <= self.device_descriptor.speeds:
            return None
        d = self.device_descriptor
        return struct.pack(
            "<BBHBBBBBB", 10, DEVICE_QUALIFIER, d.usb_version, *d.device_class, 64, len(d.configurations), 0
        )

    def bos(self) -> bytes | None:
        """USB 2.0 extension and SuperSpeed capability – USB 3.2 §9.6.2; None below SuperSpeed."""
        if self.speed is not Speed.SUPER:
            return None
        extension = struct.pack("<BBBI", 7, DEVICE_CAPABILITY, 2, 0)
        bits = {Speed.FULL: 2, Speed.HIGH: 4, Speed.SUPER: 8}
        speeds = sum(bits[s] for s in self.device_descriptor.speeds)
        lowest = min(self.device_descriptor.speeds)
        least = {Speed.FULL: 1, Speed.HIGH: 2, Speed.SUPER: 3}[lowest]
        superspeed = struct.pack("<BBBBHBBH", 10, DEVICE_CAPABILITY, 3, 0, speeds, least, 0, 0)
        return struct.pack("<BBHB", 5, BOS, 5 + 7 + 10, 2) + extension + superspeed

    def configuration(self, index: int, kind: int = CONFIGURATION) -> bytes | None:
        """Configuration number `index` (from 0) with all that belongs to it; None: there is none."""
        if index >= len(self.device_descriptor.configurations):
            return None
        c = self.device_descriptor.configurations[index]
        speed = self.speed
        if kind == OTHER_SPEED_CONFIGURATION:
            speed = Speed.FULL if self.speed is Speed.HIGH else Speed.HIGH
        body = b"".join(self.interface(i, speed) for i in c.interfaces)
        unit = 8 if speed is Speed.SUPER else 2  # of bMaxPower, in milliampere
        return struct.pack(
            "<BBHBBBBB", 9, kind, 9 + len(body), len(c.numbers()), c.value, self._index(c.name),
            0x80 | c.self_powered << 6 | c.remote_wakeup << 5, min(255, -(-c.max_power // unit)),
        ) + body  # fmt: skip

    def interface(self, i: InterfaceDescriptor, speed: Speed) -> bytes:
        """An alternate setting, its class descriptors and endpoints."""
        head = struct.pack("<9B", 9, INTERFACE, i.number, i.alternate, len(i.endpoints), *i.triple, self._index(i.name))
        own = [self.ipp_usb(i.ipp_usb)] if i.ipp_usb else []
        return b"".join([head, *own, *i.other, *(_endpoint(e, speed) for e in i.endpoints)])

    def ipp_usb(self, d: IppUsbDescriptor) -> bytes:
        """Class descriptor 0x21; one basic sub-descriptor, then those of `d.extra`."""
        count, rest = 1, d.extra
        while len(rest) >= 2:
            count, rest = count + 1, rest[2 + rest[1] :]
        size, strings = 10 + len(d.extra), (self._index(d.ipp_versions), self._index(d.printer_uuid))
        return struct.pack("<BBBBBBHBB", size, IPP_USB, 1, count, 0, 4, d.capabilities, *strings) + d.extra

    def string(self, index: int) -> bytes | None:
        """String descriptor `index`; 0 is the list of languages; None: there is none – USB 2.0 §9.6.7."""
        if index > len(self._texts):
            return None
        text = struct.pack("<H", ENGLISH) if index == 0 else self._texts[index - 1].encode("utf-16-le")[:252]
        return struct.pack("BB", 2 + len(text), STRING) + text


def _endpoint(e: EndpointDescriptor, speed: Speed) -> bytes:
    head = struct.pack("<BBBBHB", 7, ENDPOINT, e.address, e.attributes, e.packet_size(speed), e.interval)
    return head + struct.pack("<BBBBH", 6, COMPANION, e.max_burst, 0, 0) if speed is Speed.SUPER else head


def split(data: bytes) -> Iterator[bytes]:
    """Whole descriptors of a run of them; DescriptorError where a length does not fit."""
    at = 0
    while at < len(data):
        length = data[at]
        if length < 2 or at + length > len(data):
            raise DescriptorError(f"descriptor at {at} says {length} octets, {len(data) - at} are there")
        yield data[at : at + length]
        at += length


def parse_configuration(data: bytes, strings: Mapping[int, str] | None = None) -> ConfigurationDescriptor:
    """A host's view of a configuration.

    `data` is what GET_DESCRIPTOR(CONFIGURATION) returned; `strings` maps string indexes to texts, unknown
    ones become "". Descriptors of other classes are kept whole; what comes before the first interface is
    dropped.
    """
    texts = strings or {}
    parts = split(data)
    head = next(parts, b"")
    if len(head) < 9 or head[1] not in (CONFIGURATION, OTHER_SPEED_CONFIGURATION):
        raise DescriptorError("not a configuration")
    interfaces: list[_Interface] = []
    for part in parts:
        if part[1] == INTERFACE:
            interfaces.append(_Interface(part))
        elif interfaces:
            interfaces[-1].add(part, texts)
    return ConfigurationDescriptor(
        tuple(i.freeze(texts) for i in interfaces), value=head[5], name=texts.get(head[6], ""),
        self_powered=bool(head[7] & 0x40), remote_wakeup=bool(head[7] & 0x20), max_power=head[8] * 2,
    )  # fmt: skip


class _Interface:
    """An alternate setting while its descriptors are being read."""

    def __init__(self, head: bytes) -> None:
        if len(head) < 9:
            raise DescriptorError("short interface descriptor")
        self.head = head
        self.endpoints: list[EndpointDescriptor] = []
        self.other: list[bytes] = []
        self.ipp_usb: IppUsbDescriptor | None = None

    def add(self, part: bytes, texts: Mapping[int, str]) -> None:
        kind = part[1]
        if kind == ENDPOINT and len(part) >= 7:
            address, attributes, size, interval = struct.unpack_from("<BBHB", part, 2)
            self.endpoints.append(EndpointDescriptor(address, attributes, size, interval))
        elif kind == COMPANION and len(part) >= 6 and self.endpoints:
            e = self.endpoints[-1]
            self.endpoints[-1] = EndpointDescriptor(
                e.address, e.attributes, e.max_packet_size, e.interval, max_burst=part[2]
            )
        elif kind == IPP_USB and len(part) >= 10:
            self.ipp_usb = parse_ipp_usb(part, texts)
        else:
            self.other.append(part)

    def freeze(self, texts: Mapping[int, str]) -> InterfaceDescriptor:
        number, alternate, _, *triple, name = self.head[2:9]
        return InterfaceDescriptor(
            number, alternate, (triple[0], triple[1], triple[2]), texts.get(name, ""),
            tuple(self.endpoints), self.ipp_usb, tuple(self.other),
        )  # fmt: skip


def parse_ipp_usb(data: bytes, strings: Mapping[int, str] | None = None) -> IppUsbDescriptor:
    """Class descriptor 0x21 from a configuration or from GET_DESCRIPTOR; at least ten octets."""
    if len(data) < 10 or data[1] != IPP_USB:
        raise DescriptorError("not an IPP-USB class descriptor of ten octets or more")
    capabilities, versions, uuid = struct.unpack_from("<HBB", data, 6)
    texts = strings or {}
    return IppUsbDescriptor(
        Capabilities(capabilities), texts.get(versions, ""), texts.get(uuid, ""), data[10 : data[0]]
    )
