"""A plug on a real USB device controller: FunctionFS functions, the gadget that holds them, and their pipes."""

import asyncio
import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from usb_gadget import configfs
from usb_gadget.configfs import GadgetPlan, KernelFunction
from usb_gadget.descriptors import ConfigurationDescriptor, DeviceDescriptor, InterfaceDescriptor, Speed
from usb_gadget.device import Device, Setup, SoftReset
from usb_gadget.fault import FaultLink
from usb_gadget.layout import Triple, describe, interfaces
from usb_gadget.legacy import JobEnd, LegacyPipe
from usb_gadget.pipe import Pipe
from usb_gadget.plug import Plug, UsbEvent, UsbEventKind

if TYPE_CHECKING:
    from usb_gadget.functionfs import Function


@dataclass(frozen=True)
class GadgetOptions:
    """Where and beside what a plug appears."""

    udc: str
    """Controller, as in /sys/class/udc."""
    name: str = "inkstand"
    """Of the gadget in configfs; one per controller."""
    functions: tuple[KernelFunction, ...] = ()
    prepared: bool = False
    """`configfs up` has been run for us with this plan: no root is needed."""


class FunctionfsGadget:
    """A plug on a controller; an async context manager. Several may run in one process."""

    def __init__(self, plug: Plug, options: GadgetOptions) -> None:
        self._plug, self._options = plug, options
        shown = replace(plug.faults.layout(plug.printer), class_descriptor=False, numbers=None)
        self._triples = [_gadget_triple(settings) for settings in interfaces(shown)]
        self._printer = shown
        self._interfaces: list[_Interface] = []
        self._suspended = False

    @property
    def plan(self) -> GadgetPlan:
        """What the privileged set-up step is to make."""
        owner = (os.getuid(), os.getgid())
        o = self._options
        return GadgetPlan.of(self._printer, len(self._triples), o.udc, o.name, o.functions, owner)

    def descriptor(self) -> DeviceDescriptor:
        """What a host reads; interface and endpoint numbers are the kernel's."""
        return describe(replace(self._printer, interfaces=tuple((triple,) for triple in self._triples)))

    async def __aenter__(self) -> "FunctionfsGadget":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Appear on the bus. configfs.GadgetError says why not."""
        from usb_gadget.functionfs import Function

        loop = asyncio.get_running_loop()
        plan = self.plan
        if not self._options.prepared:
            await loop.run_in_executor(None, configfs.set_up, plan)
        self._faults = self._plug.faults.plug_in()
        try:
            for number, triple in enumerate(self._triples):
                interface = _Interface(self, number, triple)
                interface.function = Function(plan.mount_point(number), triple, interface.control, interface.event)
                interface.function.open()
                self._interfaces.append(interface)
            await loop.run_in_executor(None, configfs.bind, plan)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Leave the bus, and clear away what was made."""
        loop = asyncio.get_running_loop()
        name = self._options.name
        await loop.run_in_executor(None, configfs.unbind, name)
        found, self._interfaces = self._interfaces, []
        for interface in found:
            await interface.close()
        self._plug.faults.unplug(self._faults)
        if not self._options.prepared:
            await loop.run_in_executor(None, configfs.tear_down, name)

    # What the interfaces report

    @property
    def plug(self) -> Plug:
        return self._plug

    def enabled(self, interface: "_Interface") -> None:
        """The host configured the device or chose an alternate setting of this interface."""
        first = not any(other.pipe for other in self._interfaces)
        self._suspended = False
        self._faults.configured()
        if self._faults.keeps_stale and isinstance(interface.pipe, Pipe):
            interface.pipe.resume()
            return
        interface.stop(JobEnd.RELEASED)
        interface.start(self._faults)
        if first:
            self.tell(UsbEventKind.CONFIGURED)

    def disabled(self, interface: "_Interface") -> None:
        """The host reset the device, deconfigured it or is gone."""
        if interface.pipe is None or self._faults.keeps_stale:
            return
        interface.stop(JobEnd.GONE)
        if not any(other.pipe for other in self._interfaces):
            self._faults.bus_reset()
            self.tell(UsbEventKind.DECONFIGURED)

    def suspended(self, suspended: bool) -> None:
        """The bus went to sleep or woke. A controller that cannot see the plug reports unplugging so."""
        if suspended == self._suspended:
            return
        self._suspended = suspended
        for interface in self._interfaces if suspended else []:
            if interface.pipe and interface.pipe.busy:
                interface.pipe.reset(ConnectionResetError("USB suspended"))
        self.tell(UsbEventKind.SUSPENDED if suspended else UsbEventKind.RESUMED)

    def control(self, asked: "_Interface", setup: Setup) -> bytes | None:
        """A class or vendor request that reached `asked`; None for a stall."""
        target = asked
        if setup.recipient > 1:
            # "Other" requests reach the first function, whatever interface they are about.
            target = next((i for i in self._interfaces if i.is_number(setup.index & 0xFF)), asked)
            setup = replace(setup, index=0)
        answer = self._faults.control(setup, target.device.control(setup))
        if any(isinstance(event, SoftReset) for event in answer.events):
            if target.pipe and not self._faults.keeps_stale:
                target.pipe.reset()
            self._faults.soft_reset(target.number)
            self.tell(UsbEventKind.SOFT_RESET, target.number)
        return answer.data

    def tell(self, kind: UsbEventKind, interface: int | None = None) -> None:
        self._plug.events(UsbEvent(kind, interface))


class _Interface:
    """One printer interface, from its function to its pipe."""

    function: "Function"

    def __init__(self, gadget: FunctionfsGadget, number: int, triple: Triple) -> None:
        self._gadget, self.number = gadget, number
        self.setting = InterfaceDescriptor(number, 0, triple)
        # f_fs numbers a function's interfaces from 0, and this one has a single interface.
        alone = ConfigurationDescriptor((InterfaceDescriptor(0, 0, triple),))
        self.device = Device(
            DeviceDescriptor(0, 0, (alone,)), Speed.HIGH, gadget.plug.printer.device_id, gadget.plug.port_status,
            configuration=1,
        )  # fmt: skip
        self.pipe: Pipe | LegacyPipe | None = None

    def is_number(self, number: int) -> bool:
        """Whether it is the interface that the host knows by this number."""
        return self.pipe is not None and self.function.has_interface(number)

    def control(self, setup: Setup) -> bytes | None:
        return self._gadget.control(self, setup)

    def event(self, name: str) -> None:
        match name:
            case "enable":
                self._gadget.enabled(self)
            case "disable":
                self._gadget.disabled(self)
            case "suspend" | "resume":
                self._gadget.suspended(name == "suspend")

    def start(self, faults: FaultLink) -> None:
        function = self.function
        self.pipe = self._gadget.plug.open_pipe(self.setting, function.out, function.in_, "usb", faults)
        if self.pipe:
            self.pipe.start()

    def stop(self, reason: JobEnd) -> None:
        pipe, self.pipe = self.pipe, None
        if isinstance(pipe, LegacyPipe):
            pipe.stop(reason=reason)
        elif pipe:
            pipe.stop(ConnectionResetError("USB interface disabled"))

    async def close(self) -> None:
        pipe = self.pipe
        self.stop(JobEnd.GONE)
        if isinstance(pipe, LegacyPipe):
            await pipe.drained()
        self.function.close()


def _gadget_triple(settings: tuple[Triple, ...]) -> Triple:
    """What a controller shows of an interface with alternate settings: IPP-USB if that is one of them.

    FunctionFS has no alternate settings on the kernels in use.
    """
    found = [triple for triple in settings if InterfaceDescriptor(0, 0, triple).is_ipp_usb]
    return (found or list(settings))[0]
