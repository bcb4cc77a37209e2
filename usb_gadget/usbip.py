"""A USB/IP server: the device for `usbip attach` from any Linux machine, virtual machine or WSL.

It can be what a kernel gadget cannot: show the class descriptor 0x21, have IPP-USB as an alternate setting,
any layout. Many devices in one server; each can be attached by one host at a time. Wire format: `usbip_wire`.

USB/IP has no access control: whoever reaches the port has the cable. The server binds to loopback unless told
otherwise, and only a loopback or AF_UNIX peer counts as a "usb" link.
"""

import asyncio
import contextlib
import ipaddress
import logging
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from usb_gadget import usbip_wire as wire
from usb_gadget.descriptors import DeviceDescriptor, Speed
from usb_gadget.layout import describe
from usb_gadget.plug import Plug
from usb_gadget.usbip_link import UsbipLink

logger = logging.getLogger(__name__)

PORT = 3240
BUS = 1
IMPORT_TIMEOUT = 30.0
"""Seconds within which a connection must say what it wants."""

RECEIVE_SIZE = 1 << 18
"""Octets received at once, into a buffer that is used again."""


@dataclass
class Exported:
    """A device of the server."""

    plug: Plug
    speed: Speed
    number: int
    link: UsbipLink | None = None
    """The host that has attached it."""

    @property
    def bus_id(self) -> str:
        return wire.bus_id(BUS, self.number)

    @property
    def device_id(self) -> int:
        """busnum << 16 | devnum, as vhci_hcd wants it."""
        return BUS << 16 | self.number

    def descriptor(self) -> DeviceDescriptor:
        """As it would be plugged in now."""
        return describe(self.plug.faults.layout(self.plug.printer))

    def entry(self) -> bytes:
        return wire.device_entry(self.descriptor(), self.speed, BUS, self.number)

    def connect(self, transport: asyncio.Transport, local: bool) -> UsbipLink:
        """A host attaches it."""
        self.link = UsbipLink(self.plug, self.descriptor(), self.speed, transport, "usb" if local else "plain")
        return self.link

    def unplug(self) -> None:
        """The cable is pulled; whoever has attached it loses it."""
        if self.link:
            self.link.abort()


class UsbipServer:
    """Exports plugs; an async context manager."""

    def __init__(self, host: str = "127.0.0.1", port: int = PORT) -> None:
        """`port` 0: any that is free, see `port` once started."""
        self.host, self.port = host, port
        self._devices: dict[str, Exported] = {}
        self._server: asyncio.Server | None = None
        self._connections: set[_Connection] = set()

    def add(self, plug: Plug, speed: Speed = Speed.HIGH) -> Exported:
        """Export a device; it shows at once."""
        taken = {device.number for device in self._devices.values()}
        number = next(n for n in range(1, 65536) if n not in taken)
        device = Exported(plug, speed, number)
        self._devices[device.bus_id] = device
        return device

    def remove(self, device: Exported) -> None:
        """Unplug a device and export it no more."""
        self._devices.pop(device.bus_id, None)
        device.unplug()

    def __iter__(self) -> Iterator[Exported]:
        return iter(list(self._devices.values()))

    def find(self, bus_id: str) -> Exported | None:
        return self._devices.get(bus_id)

    async def __aenter__(self) -> "UsbipServer":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._connection, self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Unplug all devices and stop listening."""
        if self._server:
            self._server.close()
            self._server = None
        for connection in list(self._connections):
            connection.transport.abort()
        while self._connections:
            await asyncio.sleep(0)
        for device in self:
            if device.link:
                await device.link.drained()

    def _connection(self) -> "_Connection":
        return _Connection(self)

    async def attach(self, device: Exported, end: socket.socket) -> None:
        """Serve a device on one end of a socket pair whose other end is a host's."""

        def connected() -> _Connection:
            return _Connection(self, device)

        await asyncio.get_running_loop().connect_accepted_socket(connected, end)

    def opened(self, connection: "_Connection") -> None:
        self._connections.add(connection)

    def closed(self, connection: "_Connection") -> None:
        self._connections.discard(connection)


def is_local(peer: object) -> bool:
    """Whether a peer name is that of this machine: loopback or AF_UNIX."""
    if not isinstance(peer, tuple):
        return True
    with contextlib.suppress(ValueError, IndexError):
        address = ipaddress.ip_address(str(peer[0]).partition("%")[0])
        mapped = getattr(address, "ipv4_mapped", None)
        return (mapped or address).is_loopback
    return False


class _Connection(asyncio.BufferedProtocol):
    """A TCP connection: requests of the `usbip` tool first, then the transfers of an imported device."""

    transport: asyncio.Transport

    def __init__(self, server: UsbipServer, device: Exported | None = None) -> None:
        self._server, self._device = server, device
        self._buffer = bytearray()
        self._arrived = memoryview(bytearray(RECEIVE_SIZE))
        self._timeout: asyncio.TimerHandle | None = None
        self._link: UsbipLink | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._server.opened(self)
        if self._device:
            self._link = self._device.connect(transport, local=True)
        else:
            self._timeout = asyncio.get_running_loop().call_later(IMPORT_TIMEOUT, transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        self._done_waiting()
        self._server.closed(self)
        if self._link:
            self._link.lost()
            assert self._device
            self._device.link = None

    def pause_writing(self) -> None:
        """What waits for a host that does not read is bounded: it has asked for every byte of it."""

    def resume_writing(self) -> None:
        """See `pause_writing`."""

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._arrived

    def buffer_updated(self, nbytes: int) -> None:
        data = self._arrived[:nbytes]
        try:
            if self._link:
                self._link.feed(data)
                return
            self._buffer += data
            while not self._link and self._operation():
                pass
        except wire.WireError as error:
            logger.warning("USB/IP peer dropped: %s", error)
            self.transport.abort()

    def _operation(self) -> bool:
        """Answer one request of the `usbip` tool; whether there was a whole one."""
        if len(self._buffer) < wire.OP_HEADER.size:
            return False
        version, code, _ = wire.OP_HEADER.unpack_from(self._buffer)
        handlers: dict[int, tuple[int, Callable[[bytes], None]]] = {
            wire.REQ_DEVLIST: (0, self._list),
            wire.REQ_IMPORT: (32, self._import),
        }
        if version >> 8 != wire.VERSION >> 8 or code not in handlers:
            raise wire.WireError(f"request {code:#06x} of version {version:#06x}")
        more, handler = handlers[code]
        size = wire.OP_HEADER.size + more
        if len(self._buffer) < size:
            return False
        body = bytes(self._buffer[wire.OP_HEADER.size : size])
        del self._buffer[:size]
        handler(body)
        return True

    def _list(self, _: bytes) -> None:
        free = [device for device in self._server if device.link is None]
        entries = (d.entry() + wire.interface_entries(d.descriptor()) for d in free)
        head = wire.OP_HEADER.pack(wire.VERSION, wire.REP_DEVLIST, wire.ST_OK)
        self.transport.write(head + len(free).to_bytes(4, "big") + b"".join(entries))

    def _import(self, body: bytes) -> None:
        device = self._server.find(body.partition(b"\0")[0].decode("ascii", "replace"))
        status = wire.ST_NO_DEVICE if device is None else wire.ST_BUSY if device.link else wire.ST_OK
        head = wire.OP_HEADER.pack(wire.VERSION, wire.REP_IMPORT, status)
        if device is None or status:
            self.transport.write(head)
            return
        self._done_waiting()
        self._device = device
        self.transport.write(head + device.entry())
        self._link = device.connect(self.transport, is_local(self.transport.get_extra_info("peername")))
        rest = memoryview(bytes(self._buffer))
        self._buffer.clear()
        self._link.feed(rest)

    def _done_waiting(self) -> None:
        if self._timeout:
            self._timeout.cancel()
            self._timeout = None
