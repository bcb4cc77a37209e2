"""The one place where parts meet firmware: a board file becomes a running printer."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

from board.config import Board, load_model
from board.doors import doors, identity_folder, policy
from board.factory import load_factory
from board.lighting import Lighting, light
from board.meaning import capabilities, policies, with_media
from board.parts.documents import keep_documents
from board.parts.gallery import FolderGallery
from board.parts.heads import RealHead, SimulatedHead, check_model, check_no_labels
from board.parts.legacy_jobs import PrinterJobs
from board.parts.panel_console import ConsolePanel
from board.parts.radio import radio
from board.parts.sink_virtual import KINDS, Speed, VirtualSink
from board.parts.stapler import StapleDesk
from board.parts.trays import Loaded, SimulatedTrays, TrayDesk
from board.parts.usb import Cable, cable, can_be_device, port_status, told, usb_printer
from board.profiles import FaultSwitch, Profile, with_profile
from firmware.core.catalog import Catalog
from firmware.core.engine import Engine
from firmware.core.errors import StartError
from firmware.core.events import (
    Announce,
    CheckSecret,
    DropDocuments,
    ExpectDocument,
    FetchDocument,
    ForgetNetwork,
    HashSecret,
    Identify,
    JoinNetwork,
    PrintJob,
    RecordJob,
    ShareDocuments,
    StaplesLoaded,
    StopDocument,
    StopJob,
    SuspendJob,
    TrayChanged,
)
from firmware.core.model import Model
from firmware.core.printer import Printer, System
from firmware.core.references import AllowedHosts
from firmware.document import stages
from firmware.features import ROOMS
from firmware.features.driverless import Program
from firmware.features.finishings import staples_left
from firmware.features.identify import Panel as PanelPart
from firmware.features.print_uri import References, print_uri
from firmware.features.release import Lock
from firmware.features.user_policy import Policies
from firmware.features.wifi import Wifi
from firmware.net.app import build
from firmware.net.control import Control, Part
from firmware.net.dnssd import Discovery
from firmware.net.fetch import Fetcher
from firmware.net.intake import Intake
from firmware.net.ipp import IppHandler
from firmware.net.metrics import Metrics
from firmware.net.server import Server
from firmware.net.trace import Trace
from firmware.net.web.pages import Pages
from firmware.net.web.site import Site
from firmware.net.wifi import Wireless
from firmware.ports import Announcement, PageSink, Panel
from firmware.runtime.clock import Clock
from firmware.runtime.keeper import Keeper
from firmware.runtime.ledger import Ledger
from firmware.runtime.locksmith import Locksmith
from firmware.runtime.press import Press, drop, expect, share
from firmware.runtime.pump import Pump
from firmware.runtime.spool import Spool
from usb_gadget.plug import Plug, UsbEvent

log = logging.getLogger("inkstand.board")

ACCOUNTING = "accounting.jsonl"
"""In the folder of the state."""
PRINTER_PATH = "/ipp/print"


@dataclass(frozen=True, slots=True)
class Places:
    """Where this instance keeps its things."""

    out: Path
    """Sheets."""
    state: Path
    """Jobs, documents, settings; must survive."""
    control: Path
    """The control socket."""
    trace: Path | None = None


class Instance:
    """A printer that runs. ``start``, then ``close``."""

    def __init__(self, board: Board, places: Places, profile: Profile | None = None) -> None:
        self.board = board
        self.places = places
        self.profile = profile
        self.faults = FaultSwitch()
        self.port = 0
        self.discovery: Discovery | None = None
        self.cable: Cable | None = None
        self.usb_state = "none" if board.usb.part == "none" else "deconfigured"
        self.parts: dict[str, Part] = {}
        self._closing = AsyncExitStack()

    async def start(self) -> None:
        """Bring everything up, or nothing: StartError or OSError when it can't be."""
        try:
            await self._start()
        except BaseException:
            await self._closing.aclose()
            raise

    async def close(self) -> None:
        """Stop in order: no new requests, no new jobs, everything to disk."""
        await self._closing.aclose()

    async def announce(self) -> None:
        """Tell the network; after everything else, since it takes its time."""
        if self.discovery is not None:
            self._closing.push_async_callback(self.discovery.close)
            await self.discovery.start()

    # ------------------------------------------------------------------------------------------ pieces

    async def _start(self) -> None:
        """Each thing that must be closed says so as soon as it is open; they close in the opposite order."""
        later = self._closing
        later.callback(lock(self.places.state).close)
        if self.profile is not None:
            self.faults.apply(self.profile)
        self.clock = Clock()
        model = with_media(load_model(self.board.printer.model), self.board.printer.media)
        self.engine = self._engine(model)
        self.spool = Spool(self.places.state / "spool", self.board.spool.quota)
        later.callback(self.spool.close)
        self._sweep()
        later.push_async_callback(self.keeper.close)
        self.keeper.start()
        self.pump = Pump(self.engine, self.keeper, self.clock)
        self.locksmith = Locksmith(self.pump)
        later.callback(self.locksmith.close)
        self.ledger = Ledger(self.places.state / ACCOUNTING, self.pump)
        later.callback(self.ledger.close)
        self.trace = Trace(self.places.trace) if self.places.trace is not None else None
        if self.trace is not None:
            later.callback(self.trace.close)
        self.sink = self._sink(model)
        self.trays = SimulatedTrays(model.media.trays, self.board.trays.operator == "attentive", self._tray_changed)
        self.parts["trays"] = TrayDesk(self.trays)
        self.panel: Panel = ConsolePanel()
        self.radio = radio(self.board.wifi)
        self.wireless = Wireless(self.radio, self.pump.report)
        await self._start_net()
        self._start_engine(model)
        later.push_async_callback(self._stop_printing)
        self._light_up()
        await self._plug_in(model)

    def _light_up(self) -> None:
        """The status light, where the board has one."""
        lamp = light(self.board.light)
        if lamp is not None:
            lighting = Lighting(lamp, self.engine.system.printers[1])
            self.pump.listen(lighting.happened)
            self._closing.callback(lighting.close)
            lighting.start()

    def _sink(self, model: Model) -> PageSink:
        """Where pages are marked; a simulated head's sheets are files as well."""
        marks = self.board.sink.part == "head"
        self.sheets = VirtualSink(
            self.places.out,
            png="png" in self.board.sink.formats,
            pdf="pdf" in self.board.sink.formats,
            pwg="pwg" in self.board.sink.formats,
            pace="none" if marks else self.board.sink.pace,
            keep_jobs=self.board.sink.keep_jobs,
            kinds=("black_1",) if model.levels == 2 else KINDS,
            speed=Speed(model.pages_per_minute, model.pages_per_minute_color or model.pages_per_minute),
        )
        if not marks:
            check_no_labels(model)
            return self.sheets
        check_model(self.board.head, model)
        head: RealHead | SimulatedHead
        if self.board.head.wires == "linux":
            head = RealHead(self.board.head, self.board.wires)
        else:
            head = SimulatedHead(self.board.head, self.sheets, self.board.sink.pace == "model")
        self._closing.callback(head.close)
        self.parts["head"] = head
        return head.sink

    async def _plug_in(self, model: Model) -> None:
        """Become a USB device, where the board has a plug."""
        if self.board.usb.part == "none" or not can_be_device(self.board.usb):
            return
        printer = self.engine.system.printers[1]
        usb = with_profile(model.usb, self.profile) if self.profile is not None else model.usb
        plug = Plug(
            usb_printer(printer, usb),
            self.server.factory,
            port_status=lambda: port_status(printer),
            legacy_jobs=lambda: PrinterJobs(self.pump, self.intake, printer.path),
            events=self._on_cable,
            faults=self.faults.usb,
        )
        self.cable = cable(self.board.usb, plug, self.places.state)
        await self.cable.start()
        self._closing.push_async_callback(self.cable.stop)

    def _on_cable(self, event: UsbEvent) -> None:
        self.usb_state = event.kind.value
        told(event)

    async def _stop_printing(self) -> None:
        self.pump.close()
        await self.press.close()
        await asyncio.sleep(0)  # its last facts

    def _engine(self, model: Model) -> Engine:
        fitted = (print_uri,) if self.board.fetch.hosts else ()
        catalog = Catalog((*ROOMS, *fitted))
        unknown = [name for name in catalog.formats if name not in stages.FORMATS]
        if unknown:
            raise StartError(f"there is no code for {', '.join(unknown)}")
        born = load_factory(Path(self.board.identity.factory) if self.board.identity.factory else None)
        printer = Printer(1, born.printer, self.board.printer.name, PRINTER_PATH, model)
        system = System(born.system, {1: printer})
        printer.furnish(catalog)
        self.keeper = Keeper(self.places.state / "state.db")
        known = self.keeper.load(system)
        printer.name = self.board.printer.name
        engine = Engine(catalog, system, policy(self.board))
        if not known:
            for thing in (system, printer):
                engine.note(thing)
        return engine

    def _sweep(self) -> None:
        wanted = [
            (printer.id, job.id, number)
            for printer in self.engine.system.printers.values()
            for job in printer.jobs.values()
            if not job.ended or job.retained
            for number, document in job.documents.items()
            if document.arrived
        ]
        self.spool.sweep(wanted)

    async def _start_net(self) -> None:
        self.doors = doors(self.board, self.places.state, self.engine.system.uuid)
        self._closing.callback(self.doors.close)
        authenticator = self.doors.authenticator
        self.intake = Intake(self.pump, self.spool)
        handler = IppHandler(self.pump, self.intake, authenticator, self.faults.ipp, self.trace)
        gallery = {1: FolderGallery(self.places.out)}
        site = Site(self.pump, authenticator, gallery, self.parts, notice=self.board.printer.notice)
        self.pump.listen(site.feed.happened)
        pages = Pages(site)
        scan, parts = self.wireless.scan, self.parts
        look, shown = self.doors.look, self.doors.certificate
        control = Control(self.engine, self.pump.report, self.about, self.faults, scan, parts, look, shown)
        app = build(self.doors.gate, handler, pages, control, self._metrics(handler))
        self.server = Server(app, handler.memory, self.doors.tls)
        self._closing.push_async_callback(self.server.close)
        await self.server.start()
        self.port = self.server.listen_tcp(self.board.network.bind, self.board.network.port)
        self.server.listen_unix(self.places.control)

    def _metrics(self, handler: IppHandler) -> Metrics:
        metrics = Metrics(
            self.engine,
            self.spool,
            self.doors.authenticator,
            self.board.access.metrics,
            connections=lambda: self.server.connections,
            usb=lambda: self.usb_state,
            durable=lambda: self.keeper.save([]),
        )
        handler.answered = metrics.ipp
        return metrics

    def _start_engine(self, model: Model) -> None:
        printer = self.engine.system.printers[1]
        printer[PanelPart].actions = self.panel.actions
        printer[Program].version = version("inkstand")
        if model.finisher is not None and "printer-finisher-supplies" in printer.catalog.printer_attributes:
            load = partial(self.pump.report, StaplesLoaded(1))
            self.parts["staples"] = StapleDesk(model.finisher.staples, partial(staples_left, printer), load)
        printer[Lock].hold_for = self.board.release.hold_for
        printer[Policies].rules = policies(self.board)
        printer[Wifi].fitted, printer[Wifi].over_tls = self.radio is not None, self.board.wifi.over_tls
        self.press = Press(
            1,
            printer.name,
            self.sink,
            capabilities(model),
            self.spool,
            self.pump.report,
            self.places.state,
            self.trays,
            keep_documents(self.sheets, self.spool) if self.board.sink.keep_documents else None,
        )
        if self.board.network.discovery:
            self.discovery = Discovery(self.engine, self.clock, self.port, self.pump.report, self.board.network.bind)
        hosts = AllowedHosts(self.board.fetch.hosts)
        if hosts:
            printer[References].hosts = hosts
        self.fetcher = Fetcher(hosts, self.intake)
        takers = {
            PrintJob: self.press.print,
            StopDocument: self.press.stop_document,
            StopJob: self.press.stop,
            SuspendJob: self.press.suspend,
            ExpectDocument: expect(self.spool),
            FetchDocument: self.fetcher.take,
            ShareDocuments: share(self.spool),
            DropDocuments: drop(self.spool),
            RecordJob: self.ledger.record,
            HashSecret: self.locksmith.hash,
            CheckSecret: self.locksmith.check,
            Identify: self._identify,
            Announce: self._announce,
            JoinNetwork: self.wireless.join,
            ForgetNetwork: self.wireless.forget,
        }
        self._closing.push_async_callback(self.fetcher.close)
        self.pump.start(takers)  # type: ignore[arg-type]
        self.wireless.start()
        self._closing.push_async_callback(self.wireless.close)
        self._loop = asyncio.get_running_loop()
        for tray in self.trays.loaded:
            self._tray_changed(tray)

    def _tray_changed(self, tray: Loaded) -> None:
        """From any thread."""
        fact = TrayChanged(1, tray.source, tray.size, tray.type, tray.sheets)
        self._loop.call_soon_threadsafe(self.pump.report, fact)

    def _identify(self, order: Identify) -> None:
        self.panel.announce(Announcement(order.actions, order.message))

    def _announce(self, order: Announce) -> None:
        if self.discovery is not None:
            self.discovery.update(order.printer_id)

    def about(self) -> Mapping[str, Any]:
        """What the control socket tells of this instance."""
        return {
            "version": version("inkstand"),
            "pid": os.getpid(),
            "port": self.port,
            "out": str(self.places.out),
            "state": str(self.places.state),
            "uptime": int(self.clock.now().up),
            "accounting": str(self.places.state / ACCOUNTING),
            "usb": self.board.usb.part,
            "tls": self.board.network.tls,
            "identity": str(identity_folder(self.board, self.places.state) or ""),
            "faults": sorted(self.faults.active()),
        }


def lock(state: Path) -> IO[str]:
    """Make sure that nobody else uses this state; StartError otherwise. Held until closed."""
    state.mkdir(parents=True, exist_ok=True)
    file = (state / "lock").open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise StartError(f"another printer uses {state}: stop it, or choose another folder with --out") from None
    file.write(f"{os.getpid()}\n")
    file.flush()
    return file
