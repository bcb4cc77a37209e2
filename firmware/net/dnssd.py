"""Discovery – DNS-SD (RFC 6763) over multicast DNS (RFC 6762): printers are found by name, whatever their address.

A name is asked for before it is taken, and given up when another has it too: then it gets a number, as on every
system, and the printer says so (printer-dns-sd-name). Addresses are followed as they come and go.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from firmware.core.access import Caller, Link
from firmware.core.call import plain_text
from firmware.core.engine import Engine
from firmware.core.events import Fact
from firmware.core.network import NameTaken
from firmware.core.printer import Printer
from firmware.features.dnssd import base, found_as
from firmware.ipp.values import Value
from firmware.net.dnssd_txt import Service, label_of, numbered, services
from firmware.net.links import Address, Watcher, listened
from firmware.net.names import service_host
from firmware.runtime.clock import Clock

if TYPE_CHECKING:
    from zeroconf import ServiceInfo
    from zeroconf.asyncio import AsyncZeroconf

log = logging.getLogger("inkstand.dnssd")

DOMAIN = "local."
PROBES, PROBE = 3, 0.25
"""How often, and how many seconds apart, a name is asked for (RFC 6762 section 8.1)."""
MOST_NAMES = 50
"""Names that are tried."""
_UNASKED: dict[str, Any] = {"cooperating_responders": True}
"""zeroconf need not ask for names: what is sent to one of several responders on a machine it may not hear."""
AGAIN = (2.0, 5.0)
"""Seconds after a change of addresses at which all is told again: a link that has just come up may lose the first
packets (RFC 6762 section 8.3 allows eight announcements)."""
RETRY = 5.0
"""Seconds after which a beginning that failed is tried again."""
GIVE_WAY = 3.0
"""Seconds that the one of two with the smaller host name waits, when both hold a name."""


@dataclass(frozen=True)
class Known:
    """What the network was told of a printer."""

    label: str
    services: list[Service]
    infos: list[ServiceInfo]


class Discovery:
    """Makes the printers of one system known, on one port of the addresses that it listens on."""

    def __init__(
        self, engine: Engine, clock: Clock, port: int, report: Callable[[Fact], object], bind: str = ""
    ) -> None:
        """``bind`` is the address that is listened on, empty for all."""
        self._bind = bind
        self._engine = engine
        self._clock = clock
        self._port = port
        self._report = report
        self._zeroconf: AsyncZeroconf | None = None
        self._known: dict[int, Known] = {}
        self._others: set[str] = set()
        """Names that others have, in small letters, since they were asked for last."""
        self._contested: set[int] = set()
        self._addresses: frozenset[Address] = frozenset()
        self._watcher: Watcher | None = None
        self._trying = False
        """A beginning failed, and will be tried again."""
        self._turn = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Announce every printer. Without a network there is none to be found in, until one comes."""
        self._watcher = Watcher(self._links_changed)
        self._watcher.start()
        async with self._turn:
            self._addresses = listened(self._bind)
            await self._begin()

    def update(self, printer_id: int) -> None:
        """Something that discovery tells may be different now."""
        self._later(self._update(printer_id))

    async def close(self) -> None:
        """Say goodbye."""
        if self._watcher is not None:
            self._watcher.close()
        for task in list(self._tasks):
            task.cancel()
        await self._end()

    def host(self) -> str:
        """Our own name: no other responder of this machine has a say in it."""
        return service_host(self._engine.system.uuid)

    def services(self, printer: Printer) -> list[Service]:
        """What a printer serves, as a caller on the network would be told."""
        context = self._engine.context(self._clock.now(), Caller(Link.PLAIN), f"{self.host()}:{self._port}")

        def values(name: str) -> list[str]:
            attribute = self._engine.describe.value(printer, name, context)
            return [] if attribute is None else [_plain(value) for value in attribute.values]

        return services(printer, values, self._port)

    # ------------------------------------------------------------------------------- beginning and end

    async def _begin(self) -> None:
        """Take part in the network, if there is one."""
        from zeroconf.asyncio import AsyncZeroconf

        logging.getLogger("zeroconf").setLevel(logging.ERROR)  # an address that goes is no news to be warned of
        if not self._addresses:
            return
        try:
            self._zeroconf = AsyncZeroconf(**_sockets(self._addresses))
            await self._zeroconf.zeroconf.async_wait_for_start()
            self._zeroconf.zeroconf.async_add_listener(_listener(self._answered), None)
            for printer in self._engine.system.printers.values():
                await self._announce(printer)
        except Exception as error:
            log.warning("not announced on the network, tried again soon", extra={"error": repr(error)})
            if not self._trying:
                self._trying = True
                self._later(self._try_again())
            await self._end()

    async def _try_again(self) -> None:
        """A busy machine may be too slow for zeroconf, or an address just gone: that is no reason to stay unknown."""
        await asyncio.sleep(RETRY)
        async with self._turn:
            self._trying = False
            if self._zeroconf is None:
                self._addresses = listened(self._bind)
                await self._begin()

    async def _end(self) -> None:
        zeroconf, self._zeroconf = self._zeroconf, None
        self._known.clear()
        if zeroconf is not None:
            await zeroconf.async_unregister_all_services()
            await zeroconf.async_close()

    # -------------------------------------------------------------------------------------- announcing

    async def _announce(self, printer: Printer) -> None:
        """Find a name that nobody has, and tell what is there under it."""
        found = self.services(printer)
        label = await self._free_label(printer, [service.type for service in found])
        self._known[printer.id] = known = Known(label, found, self._made(printer, label, found))
        self._report(NameTaken(printer.id, label))
        await self._send([await self._zero.async_register_service(each, **_UNASKED) for each in known.infos])
        log.info("announced", extra={"label": label})

    async def _withdraw(self, printer: Printer) -> None:
        known = self._known.pop(printer.id, None)
        if known is not None:
            await self._send([await self._zero.async_unregister_service(each) for each in known.infos])

    async def _refresh(self, printer: Printer) -> None:
        """Tell what is different, under the same name if that is still wanted."""
        known = self._known.get(printer.id)
        if known is None:
            return
        found = self.services(printer)
        same_kinds = [each.type for each in found] == [each.type for each in known.services]
        if not same_kinds or label_of(found_as(printer)) != known.label:
            await self._withdraw(printer)
            await self._announce(printer)
            return
        infos = self._made(printer, known.label, found)
        if infos_differ(infos, known.infos):
            self._known[printer.id] = Known(known.label, found, infos)
            await self._send([await self._zero.async_update_service(each) for each in infos])

    async def _send(self, broadcasts: list[Awaitable[Any]]) -> None:
        await asyncio.gather(*broadcasts)

    def _made(self, printer: Printer, label: str, found: list[Service]) -> list[ServiceInfo]:
        """Each service once for itself and once for each subtype, all under one name."""
        from zeroconf import ServiceInfo

        made = []
        for service in found:
            kind = f"{service.type}.{DOMAIN}"
            for subtype in ("", *service.subtypes):
                info = ServiceInfo(
                    f"{subtype}._sub.{kind}" if subtype else kind,
                    f"{label}.{kind}",
                    port=service.port,
                    properties=service.txt,
                    server=f"{self.host()}.",
                    parsed_addresses=sorted({address.ip for address in self._addresses}),
                )
                info.key = f"{info.key}{subtype}"  # else zeroconf takes the subtypes for several of one name
                made.append(info)
        return made

    # ------------------------------------------------------------------------------------------- names

    async def _free_label(self, printer: Printer, types: list[str]) -> str:
        """The name that it had last, else the one that is wanted, else that with the first number that is free."""
        wanted = [label_of(found_as(printer)), *(numbered(label_of(base(printer)), n) for n in range(1, MOST_NAMES))]
        for label in dict.fromkeys(wanted):
            if not await self._taken([f"{label}.{kind}.{DOMAIN}" for kind in types]):
                return label
        return numbered(label_of(base(printer)), random.randrange(MOST_NAMES, 10 * MOST_NAMES))

    async def _taken(self, names: list[str]) -> bool:
        """Ask whether somebody else has one of these names."""
        from zeroconf import DNSOutgoing, DNSQuestion, const  # type: ignore[attr-defined]

        lowered = {name.lower() for name in names}
        cached = [entry for name in lowered for entry in self._zero.zeroconf.cache.entries_with_name(name)]
        self._others = {entry.name.lower() for entry in cached if self._foreign(entry)}
        for _ in range(PROBES):
            question = DNSOutgoing(const._FLAGS_QR_QUERY)
            for name in names:
                question.add_question(DNSQuestion(name, const._TYPE_SRV, const._CLASS_IN))
            self._zero.zeroconf.async_send(question)
            await asyncio.sleep(PROBE)
            if self._others & lowered:
                return True
        await asyncio.sleep(PROBE)
        return bool(self._others & lowered)

    def _foreign(self, record: Any) -> bool:
        """Is this a record of another host's service, and no goodbye?"""
        from zeroconf import current_time_millis

        server = getattr(record, "server", None)
        if server is None or server.lower() == f"{self.host()}.":
            return False
        return record.ttl > 0 and not record.is_expired(current_time_millis())

    def _answered(self, record: Any) -> None:
        """A record came. When it is of somebody who holds our name, one of us must give it up."""
        if not self._foreign(record):
            return
        name = record.name.lower()
        self._others.add(name)
        for printer_id, known in self._known.items():
            if name in (info.name.lower() for info in known.infos) and printer_id not in self._contested:
                self._contested.add(printer_id)
                self._later(self._defend(printer_id, record.server.lower()))

    async def _defend(self, printer_id: int, other: str) -> None:
        """Ask again; of two that meet, the one with the smaller host name waits, and so most likely keeps the name."""
        await asyncio.sleep(GIVE_WAY if f"{self.host()}." < other else 0)
        async with self._turn:
            self._contested.discard(printer_id)
            known, printer = self._known.get(printer_id), self._engine.system.printers[printer_id]
            if known is not None and await self._taken([info.name for info in known.infos]):
                log.warning("another has this name", extra={"label": known.label, "host": other})
                await self._withdraw(printer)
                await self._announce(printer)

    # ------------------------------------------------------------------------------------------ changes

    async def _follow(self) -> None:
        """Addresses are others: tell them, on links that are new too, where others may have our names."""
        async with self._turn:
            now = listened(self._bind)
            if now == self._addresses:
                return
            came = {address.link for address in now} - {address.link for address in self._addresses}
            self._addresses = now
            log.info("addresses changed", extra={"addresses": ",".join(sorted(each.ip for each in now))})
            if self._zeroconf is None:
                await self._begin()
                self._later(self._repeat(now))
                return
            if not now:
                await self._end()
                return
            try:
                await self._zero.zeroconf.async_update_interfaces(**_sockets(now))
                for printer in self._engine.system.printers.values():
                    await self._refresh(printer)
            except Exception as error:  # an address went while it was told
                log.info("announced anew", extra={"error": repr(error)})
                await self._end()
                await self._begin()
        self._later(self._repeat(now))
        for printer_id in list(self._known) if came else ():
            await self._defend(printer_id, "")

    async def _repeat(self, then: frozenset[Address]) -> None:
        """Ask again whether our names are ours, and tell all again, while it is true."""
        for seconds in AGAIN:
            await asyncio.sleep(seconds)
            for printer_id in list(self._known):
                await self._defend(printer_id, "")
            async with self._turn:
                if self._addresses != then or self._zeroconf is None:
                    return
                for known in self._known.values():
                    await self._send([await self._zero.async_update_service(each) for each in known.infos])

    async def _update(self, printer_id: int) -> None:
        async with self._turn:
            if self._zeroconf is not None:
                await self._refresh(self._engine.system.printers[printer_id])

    def _links_changed(self) -> None:
        self._later(self._follow())

    def _later(self, what: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(what)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("discovery failed", exc_info=task.exception())

    @property
    def _zero(self) -> AsyncZeroconf:
        if self._zeroconf is None:
            raise RuntimeError("not on the network")
        return self._zeroconf


def _plain(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else plain_text(value)


def infos_differ(some: list[ServiceInfo], others: list[ServiceInfo]) -> bool:
    """Is there anything that has to be told?"""

    def told(infos: list[ServiceInfo]) -> list[Any]:
        return [(info.type, info.name, info.port, info.text, sorted(info.parsed_addresses())) for info in infos]

    return told(some) != told(others)


def _sockets(found: Iterable[Address]) -> dict[str, Any]:
    """What zeroconf speaks on: each IPv4 address, and each link with IPv6 by its number; not loopback."""
    from zeroconf import IPVersion

    four = sorted({address.ip for address in found if ":" not in address.ip})
    six = sorted({address.link for address in found if ":" in address.ip})
    return {"interfaces": [*four, *six], "ip_version": IPVersion.All if six else IPVersion.V4Only}


def _listener(answered: Callable[[Any], None]) -> Any:
    """Hears every record that comes."""
    from zeroconf import RecordUpdateListener

    class Listener(RecordUpdateListener):
        def async_update_records(self, zc: Any, now: float, records: list[Any]) -> None:
            for update in records:
                answered(update.new)

        def async_update_records_complete(self) -> None:
            pass

    return Listener()
