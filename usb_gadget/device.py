"""Control requests, answered from descriptors – USB 2.0 §9.4, Printer class 1.1 §4.2.

Pure: `Device.control` takes a setup packet and returns the answer with the events that follow from it;
whoever moves the bytes acts on these. The USB/IP server asks it everything, the FunctionFS gadget the class
requests only (the kernel answers the rest).
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass, field

from usb_gadget import descriptors as d
from usb_gadget.descriptors import DeviceDescriptor, Packer, Speed
from usb_gadget.layout import PortStatus

STANDARD, CLASS, VENDOR = 0x00, 0x20, 0x40
TO_DEVICE, TO_INTERFACE, TO_ENDPOINT, TO_OTHER = 0, 1, 2, 3

GET_STATUS, CLEAR_FEATURE, SET_FEATURE, SET_ADDRESS = 0, 1, 3, 5
GET_DESCRIPTOR, GET_CONFIGURATION, SET_CONFIGURATION = 6, 8, 9
GET_INTERFACE, SET_INTERFACE, SET_SEL, SET_ISOCH_DELAY = 10, 11, 48, 49
ENDPOINT_HALT, REMOTE_WAKEUP, U1_ENABLE, U2_ENABLE = 0, 1, 48, 49

GET_DEVICE_ID, GET_PORT_STATUS, SOFT_RESET = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Setup:
    """A setup packet – USB 2.0 §9.3."""

    request_type: int
    request: int
    value: int = 0
    index: int = 0
    length: int = 0

    @classmethod
    def parse(cls, data: bytes) -> "Setup":
        """From the eight octets of the wire."""
        return cls(*struct.unpack("<BBHHH", data))

    def pack(self) -> bytes:
        return struct.pack("<BBHHH", self.request_type, self.request, self.value, self.index, self.length)

    @property
    def is_in(self) -> bool:
        return bool(self.request_type & 0x80)

    @property
    def kind(self) -> int:
        return self.request_type & 0x60

    @property
    def recipient(self) -> int:
        return self.request_type & 0x1F


@dataclass(frozen=True, slots=True)
class Configured:
    """SET_CONFIGURATION: all interfaces are at alternate setting 0 and fresh; value 0 is none."""

    value: int


@dataclass(frozen=True, slots=True)
class AlternateSet:
    """SET_INTERFACE: this interface is fresh."""

    interface: int
    alternate: int


@dataclass(frozen=True, slots=True)
class SoftReset:
    """SOFT_RESET: the host wants this interface fresh."""

    interface: int


@dataclass(frozen=True, slots=True)
class HaltChanged:
    """The host halted an endpoint or cleared its halt."""

    address: int
    halted: bool


ControlEvent = Configured | AlternateSet | SoftReset | HaltChanged


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a setup packet."""

    data: bytes | None
    """IN data, b"" for a plain acknowledgement, None for a stall."""
    events: tuple[ControlEvent, ...] = ()


STALL = Answer(None)
DONE = Answer(b"")


@dataclass
class Device:
    """A device's control endpoint: what it has to know of its own state, and its answers."""

    descriptor: DeviceDescriptor
    speed: Speed
    device_id: str = ""
    port_status: Callable[[], PortStatus] = lambda: PortStatus.READY
    configuration: int = 0
    alternates: dict[int, int] = field(default_factory=dict)
    """Alternate setting in force, per interface number."""
    halted: set[int] = field(default_factory=set)
    """Addresses of halted endpoints."""

    def __post_init__(self) -> None:
        self.packer = Packer(self.descriptor, self.speed)

    def reset(self) -> None:
        """Bus reset: back to no configuration."""
        self.configuration, self.alternates, self.halted = 0, {}, set()

    @property
    def _active(self) -> d.ConfigurationDescriptor | None:
        return next((c for c in self.descriptor.configurations if c.value == self.configuration), None)

    def setting(self, interface: int) -> d.InterfaceDescriptor | None:
        """The alternate setting in force of an interface; None when not configured or no such interface."""
        active = self._active
        return active.setting(interface, self.alternates.get(interface, 0)) if active else None

    def control(self, setup: Setup, data: bytes = b"") -> Answer:
        """The answer to `setup`; `data` is what came with an OUT request. Never raises."""
        if setup.kind == CLASS:
            return self.class_request(setup)
        if setup.kind != STANDARD:
            return STALL
        handler = _STANDARD.get((setup.is_in, setup.request))
        answer = handler(self, setup) if handler else STALL
        return Answer(answer.data[: setup.length], answer.events) if answer.data else answer

    # Class requests – Printer class 1.1 §4.2

    def class_request(self, setup: Setup) -> Answer:
        """GET_DEVICE_ID, GET_PORT_STATUS, SOFT_RESET; a stall for all others."""
        key = setup.request_type, setup.request
        if key == (0xA1, GET_DEVICE_ID):
            return self._device_id(setup)
        if key == (0xA1, GET_PORT_STATUS) and self._printer(setup.index):
            return Answer(bytes([self.port_status() & 0xFF])[: setup.length])
        # Version 1.0 of the class sent SOFT_RESET to "other", 1.1 to the interface; hosts try both.
        if key in ((0x21, SOFT_RESET), (0x23, SOFT_RESET)) and self._printer(setup.index):
            setting = self.setting(setup.index)
            assert setting is not None
            self.halted -= {e.address for e in setting.endpoints}
            return Answer(b"", (SoftReset(setup.index),))
        return STALL

    def _printer(self, interface: int) -> bool:
        setting = self.setting(interface)
        return setting is not None and (setting.is_ipp_usb or setting.is_legacy_printer)

    def _device_id(self, setup: Setup) -> Answer:
        """wValue: configuration index; wIndex: interface << 8 | alternate setting – Printer class 1.1 §4.2.1.

        Some hosts put the interface into the low octet as in every other request; the id is the same for all
        interfaces, so they get it too.
        """
        if not self.device_id or setup.value >= len(self.descriptor.configurations):
            return STALL
        setting = self.descriptor.configurations[setup.value].setting
        asked = setting(setup.index >> 8, setup.index & 0xFF) or setting(setup.index, 0)
        if asked is None or not (asked.is_ipp_usb or asked.is_legacy_printer):
            return STALL
        text = self.device_id.encode("utf-8")[: 0xFFFF - 2]
        return Answer((struct.pack(">H", len(text) + 2) + text)[: setup.length])

    # Standard requests – USB 2.0 §9.4, USB 3.2 §9.4

    def _get_descriptor(self, setup: Setup) -> Answer:
        kind, index = setup.value >> 8, setup.value & 0xFF
        allowed = kind == d.IPP_USB if setup.recipient == TO_INTERFACE else setup.recipient == TO_DEVICE
        if not allowed:
            return STALL
        return Answer(self.descriptor_bytes(kind, index, setup))

    def descriptor_bytes(self, kind: int, index: int, setup: Setup) -> bytes | None:
        """A whole descriptor of type `kind`; None: there is none."""
        pack = self.packer
        if kind == d.STRING:
            return pack.string(index) if setup.index in (0, d.ENGLISH) or index == 0 else None
        if kind == d.CONFIGURATION:
            return pack.configuration(index)
        if kind == d.OTHER_SPEED_CONFIGURATION:
            return pack.configuration(index, kind) if pack.device_qualifier() else None
        if index:
            return None
        if kind == d.IPP_USB:
            return self._ipp_usb(setup)
        whole = {d.DEVICE: pack.device, d.DEVICE_QUALIFIER: pack.device_qualifier, d.BOS: pack.bos}.get(kind)
        return whole() if whole else None

    def _ipp_usb(self, setup: Setup) -> bytes | None:
        """Asked of the device: that of the first interface which has one; of an interface: its own."""
        found = (i for c in self.descriptor.configurations for i in c.interfaces if i.ipp_usb)
        if setup.recipient == TO_INTERFACE:
            found = (i for i in found if i.number == setup.index)
        interface = next(found, None)
        return self.packer.ipp_usb(interface.ipp_usb) if interface and interface.ipp_usb else None

    def _get_status(self, setup: Setup) -> Answer:
        bits: int | None = None
        if setup.recipient == TO_DEVICE:
            active = self._active or self.descriptor.configurations[0]
            bits = int(active.self_powered)
        elif setup.recipient == TO_INTERFACE and self.setting(setup.index):
            bits = 0
        elif setup.recipient == TO_ENDPOINT and self._has_endpoint(setup.index):
            bits = int(setup.index in self.halted)
        return STALL if bits is None else Answer(struct.pack("<H", bits))

    def _has_endpoint(self, address: int) -> bool:
        if address & 0x7F == 0:
            return True
        settings = (self.setting(n) for n in (self._active.numbers() if self._active else []))
        return any(e.address == address for s in settings if s for e in s.endpoints)

    def _feature(self, setup: Setup) -> Answer:
        on = setup.request == SET_FEATURE
        halt = setup.recipient == TO_ENDPOINT and setup.value == ENDPOINT_HALT
        if halt and self._has_endpoint(setup.index):
            if setup.index & 0x7F == 0:
                return DONE  # endpoint 0 is never halted for longer than one request
            (self.halted.add if on else self.halted.discard)(setup.index)
            return Answer(b"", (HaltChanged(setup.index, on),))
        power = self.speed is Speed.SUPER and setup.value in (U1_ENABLE, U2_ENABLE) and self.configuration
        return DONE if setup.recipient == TO_DEVICE and power else STALL

    def _get_configuration(self, setup: Setup) -> Answer:
        return Answer(bytes([self.configuration])) if setup.recipient == TO_DEVICE else STALL

    def _set_configuration(self, setup: Setup) -> Answer:
        known = {0, *(c.value for c in self.descriptor.configurations)}
        if setup.recipient != TO_DEVICE or setup.value not in known:
            return STALL
        self.reset()
        self.configuration = setup.value
        return Answer(b"", (Configured(setup.value),))

    def _get_interface(self, setup: Setup) -> Answer:
        setting = self.setting(setup.index) if setup.recipient == TO_INTERFACE else None
        return Answer(bytes([setting.alternate])) if setting else STALL

    def _set_interface(self, setup: Setup) -> Answer:
        active = self._active
        setting = active.setting(setup.index, setup.value) if active else None
        if setup.recipient != TO_INTERFACE or setting is None:
            return STALL
        self.alternates[setup.index] = setup.value
        self.halted -= {e.address for e in setting.endpoints}
        return Answer(b"", (AlternateSet(setup.index, setup.value),))

    def _accept(self, setup: Setup) -> Answer:
        """SET_ADDRESS (the host controller's business), SET_SEL and SET_ISOCH_DELAY (nothing to do)."""
        if setup.request != SET_ADDRESS and self.speed is not Speed.SUPER:
            return STALL
        return DONE if setup.recipient == TO_DEVICE else STALL


_STANDARD: dict[tuple[bool, int], Callable[[Device, Setup], Answer]] = {
    (True, GET_STATUS): Device._get_status,
    (True, GET_DESCRIPTOR): Device._get_descriptor,
    (True, GET_CONFIGURATION): Device._get_configuration,
    (True, GET_INTERFACE): Device._get_interface,
    (False, SET_CONFIGURATION): Device._set_configuration,
    (False, SET_INTERFACE): Device._set_interface,
    (False, CLEAR_FEATURE): Device._feature,
    (False, SET_FEATURE): Device._feature,
    (False, SET_ADDRESS): Device._accept,
    (False, SET_SEL): Device._accept,
    (False, SET_ISOCH_DELAY): Device._accept,
}
