"""One attached device: the host's transfers on one side, the device's endpoints and pipes on the other."""

import asyncio

from usb_gadget import usbip_wire as wire
from usb_gadget.descriptors import DEVICE, DeviceDescriptor, EndpointDescriptor, Speed
from usb_gadget.device import (
    GET_DESCRIPTOR,
    AlternateSet,
    Configured,
    ControlEvent,
    Device,
    HaltChanged,
    Setup,
    SoftReset,
)
from usb_gadget.legacy import JobEnd, LegacyPipe
from usb_gadget.pipe import Pipe
from usb_gadget.plug import Plug, UsbEvent, UsbEventKind
from usb_gadget.usbip_endpoint import UsbipIn, UsbipOut

MOST_OCTETS = 64 << 20
"""OUT data of one host that may wait. A Linux host queues sixteen mebibyte unless it was told otherwise; past
this much we stop listening to it until some is taken."""
MOST_URBS = 1 << 16
"""Transfers of one host that may wait; more is no host."""


class UsbipLink:
    """A host that has attached the device, until its connection goes."""

    def __init__(
        self, plug: Plug, descriptor: DeviceDescriptor, speed: Speed, transport: asyncio.Transport, trust: str
    ) -> None:
        self._plug, self._transport, self._trust = plug, transport, trust
        self._device = Device(descriptor, speed, plug.printer.device_id, plug.port_status)
        self._faults = plug.faults.plug_in()
        self._parser = wire.UrbParser()
        self._endpoints: dict[int, UsbipOut | UsbipIn] = {}
        for endpoint in (e for c in descriptor.configurations for i in c.interfaces for e in i.endpoints):
            self._endpoints.setdefault(endpoint.address, self._make(endpoint, speed))
        self._pipes: dict[int, Pipe | LegacyPipe] = {}
        self._stopped: list[LegacyPipe] = []
        """Legacy pipes that may still hand over what they read."""
        self._holding = False
        self._filling: UsbipOut | None = (
            None  # where the data goes that comes after a Submit; None: endpoint 0, nowhere
        )
        self._request: wire.Submit | None = None  # for endpoint 0, whose data is still coming
        self._request_data = b""
        self._unsent: list[bytes] = []

    def _make(self, endpoint: EndpointDescriptor, speed: Speed) -> UsbipOut | UsbipIn:
        return (UsbipIn if endpoint.is_in else UsbipOut)(self._send, endpoint.packet_size(speed))

    def _send(self, packet: bytes) -> None:
        if not self._unsent:
            asyncio.get_running_loop().call_soon(self._flush)
        self._unsent.append(packet)
        if self._holding and self._waiting < MOST_OCTETS // 2:
            self._holding = False
            self._transport.resume_reading()

    def _flush(self) -> None:
        """Send the answers of one turn of the loop at once."""
        self._transport.write(b"".join(self._unsent))
        self._unsent.clear()

    @property
    def _waiting(self) -> int:
        return sum(e.waiting for e in self._endpoints.values() if isinstance(e, UsbipOut))

    def abort(self) -> None:
        """Pull the cable."""
        self._transport.abort()

    def lost(self) -> None:
        """The host is gone."""
        self._close_all(ConnectionResetError("USB device unplugged"))
        self._plug.faults.unplug(self._faults)
        if self._device.configuration:
            self._tell(UsbEventKind.DECONFIGURED)

    def feed(self, data: memoryview) -> None:
        """What the host sent, valid during this call only; wire.WireError if it makes no sense."""
        for packet in self._parser.feed(data):
            if isinstance(packet, memoryview):
                self._data(packet)
            elif isinstance(packet, wire.Unlink):
                self._unlink(packet)
            else:
                self._submit(packet)
        if sum(e.urbs for e in self._endpoints.values()) > MOST_URBS:
            raise wire.WireError("too many transfers at once")
        if self._waiting > MOST_OCTETS and not self._holding:
            self._holding = True
            self._transport.pause_reading()

    def _submit(self, urb: wire.Submit) -> None:
        self._filling = self._request = None
        endpoint = self._endpoints.get(urb.address)
        if urb.endpoint == 0:
            self._request, self._request_data = urb, b""
            if urb.is_in or not urb.length:
                self._control(urb, b"")
        elif endpoint is None or not self._device.configuration:
            self._send(wire.ret_submit(urb.seq, -wire.EPIPE, 0))
        else:
            self._filling = endpoint if isinstance(endpoint, UsbipOut) else None
            endpoint.submit(urb)

    def _data(self, part: memoryview) -> None:
        """Data of the transfer submitted last."""
        if self._filling:
            self._filling.data(part)
        elif self._request:
            self._request_data += part
            if len(self._request_data) == self._request.length:
                self._control(self._request, self._request_data)

    def _unlink(self, packet: wire.Unlink) -> None:
        found = any(endpoint.unlink(packet.victim) for endpoint in self._endpoints.values())
        self._send(wire.ret_unlink(packet.seq, -wire.ECONNRESET if found else 0))

    def _control(self, urb: wire.Submit, data: bytes) -> None:
        setup = Setup.parse(urb.setup)
        if _follows_reset(setup):
            self._faults.bus_reset()
        self._device.halted = {address for address, e in self._endpoints.items() if e.halted}
        answer = self._faults.control(setup, self._device.control(setup, data))
        for event in answer.events:
            self._act(event)
        if answer.data is None:
            self._send(wire.ret_submit(urb.seq, -wire.EPIPE, 0))
        elif urb.is_in:
            answered = answer.data[: urb.length]
            self._send(wire.ret_submit(urb.seq, 0, len(answered), answered))
        else:
            self._send(wire.ret_submit(urb.seq, 0, urb.length))

    # What control requests lead to

    def _act(self, event: ControlEvent) -> None:
        match event:
            case Configured(value):
                self._configured(value)
            case AlternateSet(interface):
                self._open(interface)
                self._tell(UsbEventKind.ALTERNATE_SET, interface)
            case SoftReset(interface):
                self._soft_reset(interface)
            case HaltChanged(address, halted) if address in self._endpoints:
                self._endpoints[address].set_halt(halted)

    def _configured(self, value: int) -> None:
        if not value:
            self._close_all(ConnectionResetError("USB device deconfigured"))
            self._tell(UsbEventKind.DECONFIGURED)
            return
        self._faults.configured()
        for number in self._device.descriptor.configurations[0].numbers():
            self._open(number)
        self._tell(UsbEventKind.CONFIGURED)

    def _open(self, interface: int) -> None:
        """The interface is fresh, at the alternate setting in force."""
        pipe = self._pipes.get(interface)
        if pipe and self._faults.keeps_stale and isinstance(pipe, Pipe):
            pipe.resume()
            return
        self._close(interface, JobEnd.RELEASED)
        setting = self._device.setting(interface)
        out, in_ = (setting.bulk(direction) if setting else None for direction in (False, True))
        if setting is None or out is None or in_ is None:
            return
        ends = self._endpoints[out.address], self._endpoints[in_.address]
        assert isinstance(ends[0], UsbipOut)
        assert isinstance(ends[1], UsbipIn)
        for end in ends:
            end.refresh()
        opened = self._plug.open_pipe(setting, ends[0], ends[1], self._trust, self._faults)
        if opened:
            self._pipes[interface] = opened
            opened.start()

    def _soft_reset(self, interface: int) -> None:
        setting = self._device.setting(interface)
        for endpoint in setting.endpoints if setting else ():
            self._endpoints[endpoint.address].set_halt(False)
        pipe = self._pipes.get(interface)
        if pipe and not self._faults.keeps_stale:
            pipe.reset()
        self._faults.soft_reset(interface)
        self._tell(UsbEventKind.SOFT_RESET, interface)

    def _close(self, interface: int, reason: JobEnd) -> None:
        pipe = self._pipes.pop(interface, None)
        if isinstance(pipe, LegacyPipe):
            pipe.stop(reason=reason)
            self._stopped = [each for each in (*self._stopped, pipe) if each.busy]
        elif pipe:
            pipe.stop(ConnectionResetError("USB interface reset"))

    def _close_all(self, error: Exception) -> None:
        for pipe in self._pipes.values():
            pipe.stop(error)
        self._stopped += [pipe for pipe in self._pipes.values() if isinstance(pipe, LegacyPipe)]
        self._pipes.clear()

    async def drained(self) -> None:
        """Everything that was read has been handed over; to be awaited once the host is gone."""
        for pipe in self._stopped:
            await pipe.drained()

    def _tell(self, kind: UsbEventKind, interface: int | None = None) -> None:
        self._plug.events(UsbEvent(kind, interface))


def _follows_reset(setup: Setup) -> bool:
    """Whether a bus reset has just been.

    Resets do not travel over USB/IP, but what hosts ask first after one does: the start of the device
    descriptor, 64 octets or 8 of it.
    """
    wanted = setup.request_type, setup.request, setup.value
    return wanted == (0x80, GET_DESCRIPTOR, DEVICE << 8) and setup.length in (8, 64)
