"""The rim without a network: an engine, its keeper, its pump, and a disk that can be held up or filled."""

from __future__ import annotations

import asyncio
import resource
import sqlite3
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from firmware.core.call import Reply
from firmware.core.catalog import Catalog
from firmware.core.engine import Engine
from firmware.core.events import ORDERS, Order
from firmware.core.kept import Kept
from firmware.core.printer import Printer, System
from firmware.features import ROOMS
from firmware.ipp import Attribute, AttributeGroup, GroupTag, Message, MimeMediaType, Operation, Uri
from firmware.runtime.clock import Clock
from firmware.runtime.keeper import Keeper
from firmware.runtime.pump import Pump
from tests.printer import COLOR, PDF, PLAIN, URI

SECONDS = 10.0


def run(test: Coroutine[Any, Any, None]) -> None:
    """Run a test on a loop, for so long."""

    async def limited() -> None:
        async with asyncio.timeout(SECONDS):
            await test

    asyncio.run(limited())


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something has become true."""
    while not condition():
        await asyncio.sleep(0.005)


def new_system() -> System:
    """One printer with its parts, as before anything is loaded."""
    printer = Printer(1, "2d9cdd3e-4d8f-4a4c-8f62-9f8b8d3f2a01", "Desk", "/ipp/print", COLOR)
    printer.furnish(Catalog(ROOMS))
    return System("7f3c1a52-6c4d-4f6e-9a55-0a4d6f0c7b02", {1: printer})


def things(system: System) -> list[Kept]:
    """Everything in it that is kept."""
    found: list[Kept] = [system]
    for printer in system.printers.values():
        found += [printer, *(part for part in printer.parts.values() if isinstance(part, Kept))]
        for job in printer.jobs.values():
            found += [job, *job.documents.values()]
    return found


class Rim:
    """Engine, keeper and pump; every order that comes out is noted with what else went on."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "state.db"
        self.keeper = Keeper(self.path)
        self.system = new_system()
        self.known = self.keeper.load(self.system)
        self.engine = Engine(Catalog(ROOMS), self.system)
        self.clock = Clock()
        self.pump = Pump(self.engine, self.keeper, self.clock)
        self.orders: list[Order] = []

    async def __aenter__(self) -> Rim:
        self.keeper.start()
        self.pump.start(dict.fromkeys(ORDERS, self.orders.append))
        return self

    async def __aexit__(self, *error: object) -> None:
        self.pump.close()
        await self.keeper.close()

    @property
    def printer(self) -> Printer:
        return self.system.printers[1]

    def taken(self, kind: type[Order]) -> list[Order]:
        return [order for order in self.orders if isinstance(order, kind)]

    async def ask(self, code: Operation, *attributes: Attribute, template: tuple[Attribute, ...] = ()) -> Reply:
        message = Message.request(code, [Attribute("printer-uri", Uri(URI)), *attributes])
        if template:
            message.groups.append(AttributeGroup(GroupTag.JOB, list(template)))
        return await self.pump.dispatch(message, PLAIN, "printer.test", code is Operation.PRINT_JOB)

    async def submit(self, format: str = PDF, *template: Attribute) -> Reply:
        """Print-Job, up to where its document is waited for."""
        return await self.ask(Operation.PRINT_JOB, document_format(format), template=template)


def document_format(name: str) -> Attribute:
    return Attribute("document-format", MimeMediaType(name))


@contextmanager
def held_up(path: Path) -> Iterator[None]:
    """Nobody can commit while the block lasts: another connection is writing."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


@contextmanager
def full_disk() -> Iterator[None]:
    """No file of this process can grow while the block lasts."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
