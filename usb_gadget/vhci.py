"""The host's end of USB/IP in this very kernel: a device given to vhci_hcd by a socket pair, without TCP or
tools.

Needs root and the module vhci-hcd – Linux drivers/usb/usbip/vhci_sysfs.c.
"""

import asyncio
import socket
from pathlib import Path

from usb_gadget.descriptors import Speed
from usb_gadget.usbip import Exported, UsbipServer

CONTROLLER = Path("/sys/devices/platform/vhci_hcd.0")
_FREE = "004"
"""VDEV_ST_NULL in a status file."""


class VhciError(OSError):
    """No vhci_hcd, or no port of it is free."""


def free_port(speed: Speed, controller: Path = CONTROLLER) -> int:
    """The first free port for a device of that speed."""
    hub = "ss" if speed is Speed.SUPER else "hs"
    try:
        lines = [line.split() for file in sorted(controller.glob("status*")) for line in _lines(file)]
    except OSError as error:
        raise VhciError(f"cannot read {controller}: {error}") from error
    for words in lines:
        if len(words) >= 3 and words[0] == hub and words[2] == _FREE:
            return int(words[1])
    raise VhciError(f"no free {hub} port in {controller}: is the module vhci-hcd loaded?")


def _lines(file: Path) -> list[str]:
    return file.read_text().splitlines()


async def attach(server: UsbipServer, device: Exported, controller: Path = CONTROLLER) -> int:
    """Plug `device` into this machine; the port it got, for `detach`."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        ours.setblocking(False)
        port = free_port(device.speed, controller)
        await server.attach(device, ours)
        line = f"{port} {theirs.fileno()} {device.device_id} {int(device.speed)}"
        # The kernel takes its own reference to the socket; the write may wait for the hub.
        await asyncio.get_running_loop().run_in_executor(None, (controller / "attach").write_text, line)
    except BaseException:
        ours.close()
        raise
    finally:
        theirs.close()
    return port


async def detach(port: int, controller: Path = CONTROLLER) -> None:
    """Unplug what is at `port`."""
    await asyncio.get_running_loop().run_in_executor(None, (controller / "detach").write_text, str(port))
