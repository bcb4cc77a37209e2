"""The plug on a board: the printer as a USB device, on a real controller or over USB/IP."""

from __future__ import annotations

import hashlib
import logging
import os
import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn, Protocol

from board.config import ConfigError, UsbConfig
from firmware.core.model import UsbModel
from firmware.core.printer import Printer, PrinterState
from firmware.features.driverless import device_id
from usb_gadget.configfs import CONTROLLERS, GadgetPlan, KernelFunction
from usb_gadget.descriptors import Speed
from usb_gadget.layout import Legacy, PortStatus, UsbPrinter, parse_interfaces
from usb_gadget.plug import Plug, UsbEvent

log = logging.getLogger("inkstand.usb")

_SPEEDS = {"full": Speed.FULL, "high": Speed.HIGH, "super": Speed.SUPER}
_EMPTY = frozenset({"media-empty", "media-needed", "input-tray-missing"})


class Cable(Protocol):
    """A way to be a USB device."""

    async def start(self) -> None: ...
    async def stop(self) -> None: ...


def usb_printer(printer: Printer, usb: UsbModel) -> UsbPrinter:
    """What the printer says of itself on the bus."""
    model = printer.model
    return UsbPrinter(
        manufacturer=model.make,
        product=model.model,
        serial_number=serial_number(printer),
        device_id=device_id(printer),
        vendor_id=usb.vendor,
        product_id=usb.product,
        release=usb.release,
        ipp_interfaces=usb.interfaces,
        legacy=Legacy(usb.legacy),
        ipp_versions=",".join(f"{major}.{minor}" for major, minor in printer.catalog.versions(printer)),
        printer_uuid=printer.uuid,
        interfaces=parse_interfaces(list(usb.layout)) if usb.layout else None,
    )


def serial_number(printer: Printer) -> str:
    """Twelve characters that stay the same for this printer: hosts tell their queues apart by them."""
    return hashlib.sha256(printer.uuid.encode()).hexdigest()[:12].upper()


def port_status(printer: Printer) -> PortStatus:
    """The truth of the moment for GET_PORT_STATUS (Printer class 1.1 section 4.2.2)."""
    plain = {
        reason.removesuffix("-error").removesuffix("-warning").removesuffix("-report") for reason in printer.reasons
    }
    status = PortStatus.SELECTED if printer.accepting else PortStatus(0)
    if plain & _EMPTY:
        status |= PortStatus.PAPER_EMPTY
    if printer.state is not PrinterState.STOPPED:
        status |= PortStatus.NOT_ERROR
    return status


def told(event: UsbEvent) -> None:
    """What happens on the cable, for the log."""
    extra = {} if event.interface is None else {"interface": event.interface}
    log.info("usb %s", event.kind.value, extra=extra)


def cable(config: UsbConfig, plug: Plug, state: Path) -> Cable:
    """The board's way to be a USB device; ConfigError when it can't be one. ``state`` is a folder for notes."""
    if config.part == "usbip":
        from usb_gadget.usbip import UsbipServer

        server = UsbipServer(config.bind, config.port)
        server.add(plug, _SPEEDS[config.speed])
        return server
    return _gadget(config, plug, state)


def how_to_attach(plugged: Cable) -> str:
    """How a host gets at it."""
    from usb_gadget.usbip import PORT, UsbipServer

    if not isinstance(plugged, UsbipServer):
        return "plugged in as a USB printer"
    port = "" if plugged.port == PORT else f"--tcp-port {plugged.port} "
    return f"usbip {port}attach -r {plugged.host} -b 1-1   (as root; modprobe vhci-hcd first)"


def _gadget(config: UsbConfig, plug: Plug, state: Path) -> Cable:
    if find_spec("functionfs") is None:
        raise ConfigError("a USB controller wants the functionfs package: pip install 'inkstand[gadget]'")
    from usb_gadget.gadget import FunctionfsGadget, GadgetOptions

    functions = tuple(
        KernelFunction(entry.kind, entry.name, tuple(entry.attributes.items())) for entry in config.functions
    )
    options = GadgetOptions(config.udc or only_controller(), config.name, functions)
    gadget = FunctionfsGadget(plug, options)
    if os.geteuid() == 0:
        return gadget
    file = state / "usb-plan.json"
    if not gadget.plan.is_set_up() or (file.is_file() and file.read_text() != gadget.plan.to_json()):
        _ask_root(gadget.plan, file)
    return FunctionfsGadget(plug, replace(options, prepared=True))


def _ask_root(plan: GadgetPlan, file: Path) -> NoReturn:
    """What only root can do is done once; the line to type is all that the user needs."""
    file.write_text(plan.to_json())
    command = f"sudo {sys.executable} -m usb_gadget.configfs up <{file}"
    raise ConfigError(f"a USB gadget must be set up by root, once: type this, then start again:  {command}")


def can_be_device(config: UsbConfig) -> bool:
    """False where the controller is missing and the board can do without; that is told."""
    if config.part != "gadget" or config.required or any(CONTROLLERS.glob("*")):
        return True
    log.error("no USB device controller: the printer is on the network only")
    return False


def only_controller() -> str:
    """The machine's USB device controller, if there is one and no other."""
    found = sorted(path.name for path in CONTROLLERS.glob("*")) if CONTROLLERS.is_dir() else []
    if not found:
        raise ConfigError("this machine has no USB device controller (/sys/class/udc): use --board lab for USB/IP")
    if len(found) > 1:
        raise ConfigError(f"several USB device controllers: choose one of {', '.join(found)} with --udc")
    return found[0]
