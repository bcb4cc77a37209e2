"""A pyusb backend that reaches devices over USB/IP from user space: pyusb without a kernel, root or a bus."""

import errno
import socket
import struct
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import usb.core
from usb.backend import IBackend


class Remote:
    """One imported device, spoken to with blocking sockets."""

    def __init__(self, port: int, bus_id: str, entry: bytes) -> None:
        self.bus_id, self.entry = bus_id, entry
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.sendall(struct.pack(">HHI32s", 0x0111, 0x8003, 0, bus_id.encode()))
        assert self._exactly(8)[4:] == bytes(4)
        self._exactly(312)
        self._seq = 0

    def _exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            part = self.socket.recv(size - len(data))
            if not part:
                raise usb.core.USBError("device gone", errno=errno.ENODEV)
            data += part
        return data

    def _command(self, command: int, direction: int, endpoint: int, body: bytes) -> int:
        self._seq += 1
        self.socket.sendall(struct.pack(">5I", command, self._seq, 0, direction, endpoint) + body)
        return self._seq

    def transfer(self, endpoint: int, data: bytes, length: int, setup: bytes, timeout: int) -> bytes:
        """One transfer; what came in, or b"" for OUT. `timeout` in milliseconds."""
        is_in = endpoint >> 7
        body = struct.pack(">Iiiii8s", 0, length if is_in else len(data), 0, 0, 0, setup)
        seq = self._command(1, is_in, endpoint & 15, body + (b"" if is_in else data))
        self.socket.settimeout(timeout / 1000 or None)
        try:
            head = self._exactly(48)
        except TimeoutError:
            self.socket.settimeout(None)
            self._command(2, 0, 0, struct.pack(">I24x", seq))
            head = self._exactly(48)
            if struct.unpack_from(">I", head)[0] == 4:
                raise usb.core.USBTimeoutError("timed out", errno=errno.ETIMEDOUT) from None
            late = self._take(head, is_in)  # it came while we gave up
            self._exactly(48)
            return late
        self.socket.settimeout(None)
        return self._take(head, is_in)

    def _take(self, head: bytes, is_in: int) -> bytes:
        status, actual = struct.unpack_from(">ii", head, 20)
        received = self._exactly(actual) if is_in and actual > 0 else b""
        if status:
            raise usb.core.USBError(f"status {status}", errno=-status)
        return received

    def control(self, kind: int, request: int, value: int, index: int, data: bytes, length: int, timeout: int) -> bytes:
        setup = struct.pack("<BBHHH", kind, request, value, index, length)
        return self.transfer(kind & 0x80, data, length, setup, timeout)


class UsbipBackend(IBackend):  # type: ignore[misc]
    """All devices of a USB/IP server on this machine."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self._port = port
        self._remotes: list[Remote] = []

    def close(self) -> None:
        """Unplug all devices that were listed."""
        for remote in self._remotes:
            remote.socket.close()

    def enumerate_devices(self) -> Iterator[Remote]:
        with socket.create_connection(("127.0.0.1", self._port)) as listing:
            listing.sendall(struct.pack(">HHI", 0x0111, 0x8005, 0))
            with listing.makefile("rb") as file:
                (count,) = struct.unpack(">8xI", file.read(12))
                entries = []
                for _ in range(count):
                    entry = file.read(312)
                    file.read(4 * entry[311])
                    entries.append(entry)
        for entry in entries:
            self._remotes.append(Remote(self._port, entry[256:288].rstrip(b"\0").decode(), entry))
            yield self._remotes[-1]

    def get_device_descriptor(self, dev: Remote) -> SimpleNamespace:
        d = struct.unpack("<BBHBBBBHHHBBBB", dev.control(0x80, 6, 0x0100, 0, b"", 18, 1000))
        names = (
            "bLength bDescriptorType bcdUSB bDeviceClass bDeviceSubClass bDeviceProtocol bMaxPacketSize0 idVendor "
            "idProduct bcdDevice iManufacturer iProduct iSerialNumber bNumConfigurations"
        )
        found = SimpleNamespace(**dict(zip(names.split(), d, strict=True)))
        bus, address, speed = struct.unpack_from(">III", dev.entry, 288)
        found.bus, found.address, found.port_number, found.port_numbers = bus, address, None, None
        found.speed = {2: 2, 3: 3, 5: 4}[speed]
        return found

    def _parts(self, dev: Remote, config: int) -> list[bytes]:
        data = dev.control(0x80, 6, 0x0200 | config, 0, b"", 4096, 1000)
        parts = []
        while data:
            parts.append(data[: data[0]])
            data = data[data[0] :]
        return parts

    def get_configuration_descriptor(self, dev: Remote, config: int) -> SimpleNamespace:
        d = struct.unpack("<BBHBBBBB", self._parts(dev, config)[0])
        names = (
            "bLength bDescriptorType wTotalLength bNumInterfaces bConfigurationValue iConfiguration bmAttributes "
            "bMaxPower"
        )
        return SimpleNamespace(**dict(zip(names.split(), d, strict=True)), extra_descriptors=[])

    def _settings(self, dev: Remote, config: int) -> list[list[list[bytes]]]:
        """Per interface, per alternate setting: its descriptors."""
        found: dict[int, list[list[bytes]]] = {}
        current: list[bytes] = []
        for part in self._parts(dev, config)[1:]:
            if part[1] == 4:
                current = []
                found.setdefault(part[2], []).append(current)
            current.append(part)
        return list(found.values())

    def get_interface_descriptor(self, dev: Remote, intf: int, alt: int, config: int) -> SimpleNamespace:
        d = self._settings(dev, config)[intf][alt][0]
        names = (
            "bLength bDescriptorType bInterfaceNumber bAlternateSetting bNumEndpoints bInterfaceClass "
            "bInterfaceSubClass bInterfaceProtocol iInterface"
        )
        return SimpleNamespace(**dict(zip(names.split(), d, strict=True)), extra_descriptors=[])

    def get_endpoint_descriptor(self, dev: Remote, ep: int, intf: int, alt: int, config: int) -> SimpleNamespace:
        parts = [p for p in self._settings(dev, config)[intf][alt] if p[1] == 5]
        d = struct.unpack_from("<BBBBHB", parts[ep])
        names = "bLength bDescriptorType bEndpointAddress bmAttributes wMaxPacketSize bInterval"
        return SimpleNamespace(
            **dict(zip(names.split(), d, strict=True)), bRefresh=0, bSynchAddress=0, extra_descriptors=[]
        )

    def open_device(self, dev: Remote) -> Remote:
        return dev

    def close_device(self, dev_handle: Remote) -> None:
        """The connection is kept: pyusb opens and closes as it likes."""

    def set_configuration(self, dev_handle: Remote, config_value: int) -> None:
        dev_handle.control(0x00, 9, config_value, 0, b"", 0, 1000)

    def get_configuration(self, dev_handle: Remote) -> int:
        return dev_handle.control(0x80, 8, 0, 0, b"", 1, 1000)[0]

    def set_interface_altsetting(self, dev_handle: Remote, intf: int, altsetting: int) -> None:
        dev_handle.control(0x01, 11, altsetting, intf, b"", 0, 1000)

    def claim_interface(self, dev_handle: Remote, intf: int) -> None:
        """Nobody else is there."""

    def release_interface(self, dev_handle: Remote, intf: int) -> None:
        """Nobody else is there."""

    def bulk_write(self, dev_handle: Remote, ep: int, intf: int, data: Any, timeout: int) -> int:
        dev_handle.transfer(ep, bytes(data), 0, bytes(8), timeout)
        return len(data)

    def bulk_read(self, dev_handle: Remote, ep: int, intf: int, buff: Any, timeout: int) -> int:
        data = dev_handle.transfer(ep, b"", len(buff) * buff.itemsize, bytes(8), timeout)
        memoryview(buff).cast("B")[: len(data)] = data
        return len(data)

    def ctrl_transfer(
        self, dev_handle: Remote, bmRequestType: int, bRequest: int, wValue: int, wIndex: int, data: Any, timeout: int
    ) -> int:
        if not bmRequestType & 0x80:
            octets = bytes(data)
            dev_handle.control(bmRequestType, bRequest, wValue, wIndex, octets, len(octets), timeout)
            return len(octets)
        answer = dev_handle.control(bmRequestType, bRequest, wValue, wIndex, b"", len(data) * data.itemsize, timeout)
        memoryview(data).cast("B")[: len(answer)] = answer
        return len(answer)

    def is_kernel_driver_active(self, dev_handle: Remote, intf: int) -> bool:
        return False
