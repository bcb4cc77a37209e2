"""Misbehaviour on purpose: what real firmware does wrong on the cable, each fault named, switched and tuned
alone.

A fault is a small dataclass: its fields are its parameters, its docstring's first line is its description,
and the hooks it overrides are all it does. `Faults` holds those that are on; profiles and the control socket
switch them by name. The layers below know these names, and no printer models.

Of the layout, seen at the next plug-in:
    vendor-class              IPP-USB interfaces show a vendor's class triple.
    sparse-interfaces         Interface numbers are not contiguous.
    few-interfaces            There are fewer IPP-USB interfaces than hosts want.
    legacy-one-way            The legacy interface says that it is unidirectional.
    capabilities              The class descriptor claims these capabilities.
Of control requests that the kernel answers on a real controller, so USB/IP only:
    capabilities-missing      GET_DESCRIPTOR(0x21) stalls, is cut short or has no bits set.
    strings-asleep            String descriptors fail once the device is configured, until a bus reset.
    language-ids-malformed    The first reads of string descriptor 0 are malformed.
    configuration-value       GET_CONFIGURATION answers a value that no configuration has.
    no-alternate-setting      SET_INTERFACE stalls.
Of the bulk endpoints:
    silent                    The bulk endpoints answer nothing but NAK.
    silent-until              The bulk endpoints are silent until a certain request comes.
    soft-reset-kills          The bulk endpoints are silent after a SOFT_RESET, until the device is plugged in anew.
    deaf-after                The bulk endpoints go silent some time after configuration.
    deaf-after-release        The bulk endpoints of a used interface are silent after its next SET_INTERFACE.
    late-intake               OUT data is taken in late, and lost if the interface is reset before.
    overrun                   An interface goes silent when the host sends too fast.
    zero-length-packets       IN data has zero-length packets before it.
    needs-zero-length-packet  OUT data that ends with a full packet is seen only once an empty one follows.
    stale-after-reset         Resets forget nothing: the next session gets bytes of the old one.
    multi-interface-hang      All interfaces go silent some time after a second one is used.
Of HTTP:
    http-status               Requests are answered with a status and nothing else.
    http-hang                 Requests are never answered.
    http-garbage              Requests are answered with bytes that are no HTTP.
    http-delay                Requests are passed on late.
    http-response-stall       Responses stop halfway unless the Connection field suits.
    http-upgrade              A WebSocket upgrade is granted, and takes the interface away.

The classes are in `faults_usb` and `faults_http`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields
from typing import Any

from usb_gadget import faults_http, faults_usb
from usb_gadget.fault import REGISTRY, Fault, FaultLink
from usb_gadget.layout import UsbPrinter

__all__ = ["REGISTRY", "Fault", "FaultError", "FaultLink", "Faults", "parameters_of"]

_CLASSES = faults_http, faults_usb  # importing them filled REGISTRY


class FaultError(ValueError):
    """No such fault, or no such parameter of it."""


class Faults:
    """The faults that are on; one object for a device, kept while it is plugged in and out."""

    def __init__(self, settings: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        """`settings`: parameters by fault name, as in a profile; FaultError for what is unknown."""
        self._on: dict[str, Fault] = {}
        self._links: list[FaultLink] = []
        for name, parameters in (settings or {}).items():
            self.set(name, **parameters)

    def __iter__(self) -> Iterator[Fault]:
        return iter(list(self._on.values()))

    def __len__(self) -> int:
        return len(self._on)

    def __contains__(self, fault: object) -> bool:
        return fault in self._on.values()

    def set(self, name: str, **parameters: Any) -> None:
        """Switch a fault on, or change its parameters."""
        if name not in REGISTRY:
            raise FaultError(f"no fault named {name!r}")
        kind = REGISTRY[name]
        unknown = set(parameters) - set(parameters_of(name))
        if unknown:
            raise FaultError(f"fault {name!r} has no parameter {', '.join(sorted(unknown))}")
        self._on[name] = kind(**parameters)
        self._changed()

    def clear(self, name: str | None = None) -> None:
        """Switch one fault off; all of them without a name."""
        if name is None:
            self._on.clear()
        elif self._on.pop(name, None) is None and name not in REGISTRY:
            raise FaultError(f"no fault named {name!r}")
        self._changed()

    def active(self) -> dict[str, dict[str, Any]]:
        """Parameters of the faults that are on."""
        return {name: asdict(fault) for name, fault in self._on.items()}  # type: ignore[call-overload]

    def layout(self, printer: UsbPrinter) -> UsbPrinter:
        """The printer as it pretends to be."""
        for fault in self:
            printer = fault.layout(printer)
        return printer

    def plug_in(self) -> "FaultLink":
        """A host is there; to be called on the event loop. `unplug` ends it."""
        link = FaultLink(self)
        self._links.append(link)
        return link

    def unplug(self, link: "FaultLink") -> None:
        """That host is gone."""
        link.unplug()
        if link in self._links:
            self._links.remove(link)

    def _changed(self) -> None:
        for link in self._links:
            link.update()


def parameters_of(name: str) -> dict[str, Any]:
    """Parameters of a fault with their defaults."""
    return {f.name: f.default for f in fields(REGISTRY[name])}  # type: ignore[arg-type]
