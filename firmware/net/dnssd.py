"""Discovery – DNS-SD (RFC 6763) over multicast DNS: ``_ipp._tcp`` with the subtypes ``_print`` and ``_universal``.

Every TXT key is derived from an attribute (PWG 5100.14 section 4.2, Bonjour Printing Specification).
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from firmware.core.access import Caller, Link
from firmware.core.engine import Engine
from firmware.core.media import dimensions
from firmware.core.printer import Printer
from firmware.net.names import addresses, service_host
from firmware.runtime.clock import Clock

if TYPE_CHECKING:
    from zeroconf import ServiceInfo
    from zeroconf.asyncio import AsyncZeroconf

log = logging.getLogger("inkstand.dnssd")

TYPE = "_ipp._tcp.local."
SUBTYPES = ("_print", "_universal")
LONGEST = 255
"""Octets of one key=value pair."""


class Discovery:
    """Makes the printers of one system known, on one port."""

    def __init__(self, engine: Engine, clock: Clock, port: int) -> None:
        self._engine = engine
        self._clock = clock
        self._port = port
        self._zeroconf: AsyncZeroconf | None = None
        self._services: dict[int, list[ServiceInfo]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Announce every printer. Without a network that lets us there is none to be found in: it is logged."""
        from zeroconf.asyncio import AsyncZeroconf

        try:
            self._zeroconf = AsyncZeroconf()
            for printer in self._engine.system.printers.values():
                await self._announce(printer)
        except Exception as error:
            log.warning("not announced on the network", extra={"error": repr(error)})

    def update(self, printer_id: int) -> None:
        """Something that discovery tells may be different now."""
        if self._zeroconf is not None:
            task = asyncio.get_running_loop().create_task(self._update(printer_id))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        if self._zeroconf is not None:
            await self._zeroconf.async_unregister_all_services()
            await self._zeroconf.async_close()

    def host(self) -> str:
        """Our own name: no other responder of this machine has a say in it."""
        return service_host(self._engine.system.uuid)

    def txt(self, printer: Printer) -> dict[str, str]:
        """The TXT record of a printer."""
        caller = Caller(Link.PLAIN)
        context = self._engine.context(self._clock.now(), caller, f"{self.host()}:{self._port}")

        def values(name: str) -> list[str]:
            attribute = self._engine.describe.value(printer, name, context)
            return [] if attribute is None else [str(value) for value in attribute.values]

        device = dict(part.partition(":")[::2] for part in "".join(values("printer-device-id")).split(";"))
        pairs = {
            "txtvers": "1",
            "qtotal": "1",
            "rp": printer.path.lstrip("/"),
            "ty": "".join(values("printer-make-and-model")),
            "adminurl": "".join(values("printer-more-info")),
            "note": "".join(values("printer-location")),
            "priority": "0",
            "product": f"({printer.model.model})",
            "pdl": ",".join(values("document-format-supported")),
            "kind": ",".join(values("printer-kind")),
            "UUID": printer.uuid,
            "URF": ",".join(values("urf-supported")),
            "Color": "T" if printer.model.color else "F",
            "Duplex": "T" if len(values("sides-supported")) > 1 else "F",
            "Copies": "T" if printer.model.copies > 1 else "F",
            "PaperMax": paper_max(printer),
            "TLS": "none",
            "usb_MFG": device.get("MFG", ""),
            "usb_MDL": device.get("MDL", ""),
            "usb_CMD": device.get("CMD", ""),
        }
        return {key: fit(key, value) for key, value in pairs.items() if value or key == "note"}

    async def _announce(self, printer: Printer) -> None:
        assert self._zeroconf is not None
        services = self._infos(printer)
        for number, service in enumerate(services):
            # The subtypes share the instance name on purpose: only the first may be renamed on a clash.
            waiting = await self._zeroconf.async_register_service(
                service, allow_name_change=number == 0, cooperating_responders=number > 0
            )
            await waiting
            if number == 0 and service.name != services[1].name:
                for other in services[1:]:
                    other.name = service.name
        self._services[printer.id] = services

    async def _update(self, printer_id: int) -> None:
        assert self._zeroconf is not None
        for service in self._services.pop(printer_id, []):
            await (await self._zeroconf.async_unregister_service(service))
        await self._announce(self._engine.system.printers[printer_id])

    def _infos(self, printer: Printer) -> list[ServiceInfo]:
        from zeroconf import ServiceInfo

        context = self._engine.context(self._clock.now())
        named = self._engine.describe.value(printer, "printer-dns-sd-name", context)
        label = label_of(str(named.value) if named is not None else printer.name)
        shared: dict[str, Any] = {
            "port": self._port,
            "properties": self.txt(printer),
            "server": f"{self.host()}.",
            "parsed_addresses": addresses() or ["127.0.0.1"],
        }
        infos = []
        for subtype in ("", *SUBTYPES):
            kind = f"{subtype}._sub.{TYPE}" if subtype else TYPE
            info = ServiceInfo(kind, f"{label}.{TYPE}", **shared)
            info.key = f"{info.key}{subtype}"  # else zeroconf takes the subtypes for three of one name
            infos.append(info)
        return infos


def label_of(name: str) -> str:
    """A DNS label: at most 63 octets, and no dot, which zeroconf would take for a separator."""
    raw = name.replace(".", "‧").encode()[:63]
    return raw.decode("utf-8", "ignore").strip() or "Printer"


def fit(key: str, value: str) -> str:
    """Cut a value so that the pair fits; lists lose whole entries."""
    room = LONGEST - len(key.encode()) - 1
    while len(value.encode()) > room:
        value = value.rpartition(",")[0] if "," in value else value.encode()[:room].decode("utf-8", "ignore")
    return value


def paper_max(printer: Printer) -> str:
    """PaperMax, by the widest size (1/100 mm)."""
    widest = max(min(dimensions(name)) for name in printer.model.media.sizes)
    for limit, word in ((21590, "legal-A4"), (29700, "tabloid-A3"), (42000, "isoC-A2")):
        if widest <= limit:
            return word if widest >= 21000 else "<legal-A4"
    return ">isoC-A2"
