"""A printer with a fault profile, on USB/IP, and a host that looks at it with pyusb: for `test_profiles`."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from board.build import Instance, Places
from board.misbehave import switch
from board.profiles import Profile
from board.run import free_port
from tests.desk import need
from tests.net.support import desk
from tests.usb.usbip_backend import UsbipBackend
from tests.wire import Client
from usb_gadget.host import Channel, UsbDevice, find, get_printer_attributes
from usb_gadget.host_http import HttpResponse

IMPATIENT = 0.4
"""Seconds after which something counts as silent, where silence is expected. Elsewhere a host waits for long."""
PATIENT = 20.0

ATTRIBUTES_TEST = """{ NAME "Get-Printer-Attributes"
OPERATION Get-Printer-Attributes
GROUP operation-attributes-tag
ATTR charset attributes-charset utf-8
ATTR naturalLanguage attributes-natural-language en
ATTR uri printer-uri $uri
ATTR keyword requested-attributes $wanted
STATUS successful-ok }
"""


@dataclass
class Host:
    """A host that has the printer attached; everything is done as other hosts do it."""

    device: UsbDevice
    printer: Instance
    folder: Path
    patience: float
    stack: ExitStack

    def __post_init__(self) -> None:
        self._open: dict[int, Channel] = {}

    def channel(self, interface: int = 0, legacy: bool = False) -> Channel:
        """The n-th IPP-USB interface, or the legacy one; claimed once."""
        key = -1 if legacy else interface
        if key not in self._open:
            setting = self.device.settings(ipp_usb=not legacy)[interface]
            self._open[key] = self.stack.enter_context(self.device.open(setting))
        return self._open[key]

    def ask(
        self,
        path: str = "/ipp/print",
        fields: dict[str, str] | None = None,
        interface: int = 0,
        method: str = "POST",
    ) -> HttpResponse | None:
        """A request on an IPP-USB interface; None when nothing, or not all of an answer comes."""
        fields = {**({"Content-Type": "application/ipp"} if method == "POST" else {}), **(fields or {})}
        body = get_printer_attributes() if method == "POST" else None
        try:
            return self.channel(interface).request(method, path, body, fields, self.patience)
        except TimeoutError:
            return None

    def silent(self, path: str = "/ipp/print", interface: int = 0) -> bool:
        return self.ask(path, interface=interface) is None

    def blocked(self, write: Callable[[], object]) -> bool:
        """Whether the device takes no more data."""
        try:
            write()
        except TimeoutError:
            return True
        return False

    def configure(self) -> None:
        """SET_CONFIGURATION, as a host that starts anew."""
        self.device.device.set_configuration()

    def ipptool(self, wanted: str = "all") -> str:
        """What CUPS' reader of IPP makes of the printer's attributes."""
        need("ipptool", packages=("cups-ipp-utils",))
        file = self.folder / "attributes.test"
        file.write_text(ATTRIBUTES_TEST)
        command = ["ipptool", "-tv", "-V", "2.0", "-d", f"wanted={wanted}"]
        uri = f"ipp://localhost:{self.printer.port}/ipp/print"
        return subprocess.run([*command, uri, str(file)], capture_output=True, text=True, timeout=60).stdout

    def client(self) -> Client:
        return Client(self.printer.port)


@contextmanager
def running(folder: Path, profile: Profile | None) -> Iterator[Instance]:
    """A printer on the lab board, in a thread of its own."""
    board = desk(usb={"part": "usbip", "port": free_port()})
    folder.mkdir()
    loop, started, stop = asyncio.new_event_loop(), threading.Event(), asyncio.Event()
    instance = Instance(board, Places(folder / "out", folder / "state", folder / "control"), profile)

    async def serve() -> None:
        await instance.start()
        started.set()
        await stop.wait()
        await instance.close()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    try:
        assert started.wait(30), "the printer did not start"
        yield instance
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(30)
        loop.close()


@contextmanager
def plugged(instance: Instance, folder: Path, patience: float) -> Iterator[Host]:
    """The printer attached to a host, which configures it."""
    backend = UsbipBackend(instance.board.usb.port)
    deadline = time.monotonic() + 20
    while not (devices := find(ipp_usb=False, backend=backend)):  # until an earlier host is gone
        assert time.monotonic() < deadline
        time.sleep(0.01)
    try:
        with ExitStack() as stack:
            devices[0].device.set_configuration()
            yield Host(devices[0], instance, folder, patience, stack)
            with contextlib.suppress(OSError):
                stack.close()
    finally:
        backend.close()


def ctl(instance: Instance, fault: str | None, on: bool, *parameters: str) -> None:
    """`inkstand ctl fault` and `clear`."""
    switch(instance.places.control, {"fault": fault, "on": on}, parameters)
