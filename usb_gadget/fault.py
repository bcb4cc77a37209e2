"""What a fault is, and what faults must know of the cable; `faults` lists those there are."""

import asyncio
from collections.abc import Callable, Collection
from typing import Any, ClassVar, Protocol

from usb_gadget.device import Answer, Setup
from usb_gadget.framing import Head
from usb_gadget.layout import UsbPrinter

Factory = Callable[[], asyncio.Protocol]

REGISTRY: dict[str, type["Fault"]] = {}
"""Every fault class, by its name."""


class Fault:
    """One misbehaviour: every hook leaves things as they are unless a fault overrides it."""

    name: ClassVar[str]
    where: ClassVar[str]

    def __init_subclass__(cls, *, name: str, where: str) -> None:
        cls.name, cls.where = name, where
        REGISTRY[name] = cls

    def layout(self, printer: UsbPrinter) -> UsbPrinter:
        """The printer as it pretends to be."""
        return printer

    def control(self, setup: Setup, answer: Answer, link: "FaultLink") -> Answer:
        """The answer to a control request."""
        return answer

    def silent(self, interface: int, link: "FaultLink") -> bool:
        """Whether the bulk endpoints of an interface answer only NAK."""
        return False

    def transfers(self, data: bytes) -> list[bytes]:
        """The IN transfers made of one."""
        return [data]

    def arrived(self, data: memoryview, interface: int, link: "FaultLink") -> None:
        """OUT data came in."""

    def serve(self, head: Head, interface: int, link: "FaultLink", server: Factory) -> asyncio.Protocol | None:
        """A protocol to take the place of the server for one request."""
        return None

    def alarms(self) -> list[float]:
        """Seconds after configuration at which `silent` may change."""
        return []

    delay: ClassVar[float] = 0.0
    """Seconds by which OUT data is held back."""
    waits_for_empty: ClassVar[bool] = False
    keeps_stale: ClassVar[bool] = False


class Gate(Protocol):
    """An endpoint that may fall silent."""

    def update(self) -> None:
        """Look again whether to be silent."""


class FaultLink:
    """What faults must know of one connection to a host, from plug-in to unplug."""

    def __init__(self, faults: Collection[Fault]) -> None:
        """`faults` yields those that are on, whenever it is asked."""
        self.faults = faults
        self.configured_at: float | None = None
        """Loop time of the first configuration."""
        self.resets = 0
        """Bus resets after the first configuration."""
        self.soft_resets = self.vendor_requests = 0
        self.used: set[int] = set()
        """Interfaces that carried a request since the first configuration."""
        self.dead: set[int] = set()
        """Interfaces that a fault has silenced until the next reset."""
        self.notes: dict[str, Any] = {}
        """What single faults remember, by their name."""
        self.gates: dict[object, Gate] = {}
        """The wrapped endpoints, by the endpoints inside."""
        self._alarms: list[asyncio.TimerHandle] = []

    @property
    def now(self) -> float:
        return asyncio.get_running_loop().time()

    def since_configured(self) -> float:
        """Seconds; 0 before."""
        return self.now - self.configured_at if self.configured_at is not None else 0.0

    # What happens on the cable

    def control(self, setup: Setup, answer: Answer) -> Answer:
        """The answer as the faults make it."""
        if setup.kind == 0x40:
            self.vendor_requests += 1
            self.update()
        for fault in self.faults:
            answer = fault.control(setup, answer, self)
        return answer

    def configured(self) -> None:
        """SET_CONFIGURATION: the interfaces are fresh."""
        if self.configured_at is None:
            self.configured_at = self.now
        for handle in self._alarms:
            handle.cancel()
        loop = asyncio.get_running_loop()
        left = (s - self.since_configured() for fault in self.faults for s in fault.alarms())
        self._alarms = [loop.call_later(seconds, self.update) for seconds in left if seconds > 0]
        self.dead.clear()

    def bus_reset(self) -> None:
        """The host reset the device."""
        if self.configured_at is not None:
            self.resets += 1
        self.dead.clear()

    def soft_reset(self, interface: int) -> None:
        """SOFT_RESET."""
        self.soft_resets += 1
        self.dead.discard(interface)
        self.update()

    def unplug(self) -> None:
        """The host is gone; nothing more is asked of this."""
        for handle in self._alarms:
            handle.cancel()
        self.gates.clear()

    # What the endpoints and pipes ask

    @property
    def busy(self) -> bool:
        """Whether any fault is on."""
        return len(self.faults) > 0

    def silent(self, interface: int) -> bool:
        """Whether the bulk endpoints of an interface answer only NAK."""
        if interface in self.dead:
            return True
        return self.busy and any(f.silent(interface, self) for f in self.faults)

    @property
    def keeps_stale(self) -> bool:
        return any(f.keeps_stale for f in self.faults)

    def kill(self, interface: int) -> None:
        """Silence an interface until the next reset."""
        self.dead.add(interface)
        self.update()

    def update(self) -> None:
        """Something changed: endpoints may have fallen silent or woken up."""
        for gate in self.gates.values():
            gate.update()

    def intercept(self, interface: int, server: Factory) -> Callable[[Head], asyncio.Protocol | None]:
        """For `pipe.Pipe`."""

        def choose(head: Head) -> asyncio.Protocol | None:
            self.used.add(interface)
            found = (fault.serve(head, interface, self, server) for fault in self.faults)
            return next((protocol for protocol in found if protocol is not None), None)

        return choose
