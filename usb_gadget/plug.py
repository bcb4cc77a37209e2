"""The one entry for whoever builds a printer: what the device is, what is behind it, and what it reports.

A `Plug` is given to a backend, `usbip.UsbipServer` or `functionfs.FunctionfsGadget`, which make the same
device of it.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from usb_gadget.descriptors import InterfaceDescriptor
from usb_gadget.endpoint import InEndpoint, OutEndpoint
from usb_gadget.fault import FaultLink
from usb_gadget.fault_endpoints import wrap_in, wrap_out
from usb_gadget.faults import Faults
from usb_gadget.layout import PortStatus, UsbPrinter
from usb_gadget.legacy import LegacyJobs, LegacyPipe
from usb_gadget.pipe import Pipe


class UsbEventKind(Enum):
    """What happened on the cable."""

    CONFIGURED = "configured"
    """A host has configured the device."""
    DECONFIGURED = "deconfigured"
    """No host has it configured: bus reset, unplugged."""
    SUSPENDED = "suspended"
    RESUMED = "resumed"
    SOFT_RESET = "soft-reset"
    ALTERNATE_SET = "alternate-set"
    """A host chose an alternate setting of an interface."""


@dataclass(frozen=True, slots=True)
class UsbEvent:
    """A `UsbEventKind` and the number of the interface it concerns; None: the device."""

    kind: UsbEventKind
    interface: int | None = None


@dataclass(frozen=True)
class Plug:
    """A USB printer, whatever controller makes it one. Callbacks run on the event loop and must not block."""

    printer: UsbPrinter
    protocol_factory: Callable[[], asyncio.Protocol]
    """The HTTP server, e.g. an aiohttp `web.Server`; called for each connection."""
    port_status: Callable[[], PortStatus] = lambda: PortStatus.READY
    """The truth of the moment, for GET_PORT_STATUS."""
    legacy_jobs: Callable[[], LegacyJobs] | None = None
    """Consumer for one legacy interface; None: their data is dropped."""
    legacy_idle: float = 30.0
    """Seconds of silence that end a legacy job."""
    events: Callable[[UsbEvent], None] = lambda event: None
    faults: Faults = field(default_factory=Faults)

    def open_pipe(
        self, setting: InterfaceDescriptor, out: OutEndpoint, in_: InEndpoint, link: str, faults: FaultLink
    ) -> Pipe | LegacyPipe | None:
        """What serves this alternate setting; None if nothing does. `link` is told to the HTTP server."""
        number = setting.number
        out, in_ = wrap_out(faults, number, out), wrap_in(faults, number, in_)
        if setting.is_ipp_usb:
            intercept = faults.intercept(number, self.protocol_factory)
            return Pipe(out, in_, self.protocol_factory, link=link, interface=number, intercept=intercept)
        if setting.is_legacy_printer:
            jobs = self.legacy_jobs() if self.legacy_jobs else None
            return LegacyPipe(out, in_, jobs, self.legacy_idle)
        return None
