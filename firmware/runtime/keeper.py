"""Keeping: what changed is in SQLite before anybody hears of it.

``save`` is called on the event loop; a thread commits whatever has gathered meanwhile in one transaction (group
commit). Nothing here knows what a job is: a record is an object's kept fields as JSON, named by kind and key.
"""

from __future__ import annotations

import asyncio
import base64
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, get_type_hints

import msgspec

from firmware.core.document import Document
from firmware.core.job import Job
from firmware.core.kept import Kept
from firmware.core.notices import Notices
from firmware.core.printer import Printer, System
from firmware.core.subscription import Event, Subscription
from firmware.ipp import Attribute, decode_attribute, encode_attribute

SCHEMA = 1
UPGRADES: dict[int, Callable[[sqlite3.Connection], None]] = {}
"""From each older schema to the next."""

Row = tuple[str, str, bytes | None]
"""(kind, key, JSON); None forgets the record."""


@dataclass(slots=True)
class _Batch:
    rows: list[Row]
    done: Callable[[BaseException | None], None]


class Keeper:
    """The store of one print system. ``close`` waits for what was handed in."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._queue: queue.SimpleQueue[_Batch | None] = queue.SimpleQueue()
        self._names: dict[int, tuple[str, str]] = {}
        self._thread: threading.Thread | None = None
        with sqlite3.connect(path) as connection:
            _prepare(connection)
        connection.close()

    # ------------------------------------------------------------------------------------------ loading

    def load(self, system: System) -> bool:
        """Bring everything back into ``system``, whose printers are furnished. False: there was nothing."""
        for printer in system.printers.values():
            for kind, part in printer.parts.items():
                if isinstance(part, Kept):
                    self._names[id(part)] = ("part", f"{printer.id}/{kind.__name__}")
        connection = sqlite3.connect(self._path)
        try:
            rows = connection.execute("SELECT kind, key, data FROM records").fetchall()
        finally:
            connection.close()
        for kind, key, data in sorted(rows, key=lambda row: _ORDER.index(row[0])):
            _restore(system, kind, key, msgspec.json.decode(data))
        return bool(rows)

    # ------------------------------------------------------------------------------------------- saving

    def start(self) -> None:
        self._thread = threading.Thread(target=self._work, name="keeper", daemon=True)
        self._thread.start()

    def save(self, changed: Iterable[Kept], gone: Iterable[Kept] = ()) -> asyncio.Future[None]:
        """Write what changed, forget what is gone. The future is done when both are on disk; it raises OSError
        when the disk does not take them, and they are tried again with the next ones."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()

        def done(error: BaseException | None) -> None:
            loop.call_soon_threadsafe(_settle, future, error)

        rows: list[Row] = [(*self._name(thing), None) for thing in gone]
        rows += [(*self._name(thing), pack(thing)) for thing in changed]
        self._queue.put(_Batch(rows, done))
        return future

    async def close(self) -> None:
        if self._thread is not None:
            self._queue.put(None)
            await asyncio.to_thread(self._thread.join)

    def _name(self, thing: Kept) -> tuple[str, str]:
        if isinstance(thing, Job):
            return "job", f"{thing.printer_id}/{thing.id}"
        if isinstance(thing, Document):
            return "document", f"{thing.printer_id}/{thing.job_id}/{thing.number}"
        if isinstance(thing, Subscription):
            return "subscription", f"{thing.printer_id}/{thing.id}"
        if isinstance(thing, Event):
            return "event", f"{thing.printer_id}/{thing.number}"
        if isinstance(thing, Printer):
            return "printer", str(thing.id)
        if isinstance(thing, System):
            return "system", "0"
        return self._names[id(thing)]

    def _work(self) -> None:
        connection = sqlite3.connect(self._path)
        connection.execute("PRAGMA synchronous=FULL")
        backlog: list[Row] = []
        ended = False
        while not ended:
            batches = [self._queue.get()]
            while not self._queue.empty():
                batches.append(self._queue.get())
            ended = None in batches
            work = [batch for batch in batches if batch is not None]
            rows = backlog + [row for batch in work for row in batch.rows]
            error = _commit(connection, rows)
            backlog = rows if error is not None else []
            for batch in work:
                batch.done(error)
        connection.close()


_ORDER = ("system", "printer", "part", "job", "document", "subscription", "event")


def _prepare(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(
        "CREATE TABLE IF NOT EXISTS records"
        " (kind TEXT, key TEXT, data BLOB NOT NULL, PRIMARY KEY (kind, key)) WITHOUT ROWID"
    )
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    for old in range(version or SCHEMA, SCHEMA):
        UPGRADES[old](connection)
    connection.execute(f"PRAGMA user_version={SCHEMA}")


def _commit(connection: sqlite3.Connection, rows: list[Row]) -> OSError | None:
    try:
        with connection:
            for kind, key, data in rows:
                if data is None:
                    connection.execute("DELETE FROM records WHERE kind=? AND key=?", (kind, key))
                else:
                    connection.execute("INSERT OR REPLACE INTO records VALUES (?,?,?)", (kind, key, data))
    except sqlite3.Error as error:
        return OSError(f"the state can't be written: {error}")
    return None


def _settle(future: asyncio.Future[None], error: BaseException | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(None)
    else:
        future.set_exception(error)


# ------------------------------------------------------------------------------------------------ records


def pack(thing: Kept) -> bytes:
    """The kept fields as JSON; attributes as the octets that the wire would carry."""
    kept = {name: getattr(thing, name) for name in kept_names(type(thing))}
    return msgspec.json.encode(kept, enc_hook=_encode_hook)


def kept_names(kind: type) -> list[str]:
    """The kept fields of a dataclass that subclasses Kept."""
    return [field.name for field in fields(kind) if field.name not in kind.transient]  # type: ignore[attr-defined]


def unpack(kind: type, data: dict[str, Any]) -> dict[str, Any]:
    """Field values of a ``kind``; fields that it no longer has are dropped, missing ones keep their default."""
    hints = get_type_hints(kind)
    names = kept_names(kind)
    return {
        name: msgspec.convert(value, hints[name], dec_hook=_decode_hook, strict=False)
        for name, value in data.items()
        if name in names
    }


def _encode_hook(value: Any) -> Any:
    if isinstance(value, Attribute):
        return base64.b64encode(encode_attribute(value)).decode()
    raise NotImplementedError(f"can't keep {value!r}")


def _decode_hook(kind: type, value: Any) -> Any:
    if kind is Attribute:
        return decode_attribute(base64.b64decode(value))
    raise NotImplementedError(f"can't read {kind}")


def _restore(system: System, kind: str, key: str, data: dict[str, Any]) -> None:
    if kind == "system":
        _fill(system, data)
        return
    printer = system.printers.get(int(key.partition("/")[0]))
    if printer is None:
        return  # the board no longer has this printer; its records wait for it
    if kind == "printer":
        _fill(printer, data)
    elif kind == "part":
        name = key.partition("/")[2]
        part = next((part for part_kind, part in printer.parts.items() if part_kind.__name__ == name), None)
        if part is not None:
            _fill(part, data)
    elif kind == "job":
        job = Job(**unpack(Job, data))
        printer.jobs[job.id] = job
    elif kind in ("subscription", "event"):
        notices = printer.parts.get(Notices)
        if notices is not None:
            thing = Subscription if kind == "subscription" else Event
            notices.restore(thing(**unpack(thing, data)))
    else:
        document = Document(**unpack(Document, data))
        parent = printer.jobs.get(document.job_id)
        if parent is not None:
            parent.documents = dict(sorted({**parent.documents, document.number: document}.items()))


def _fill(thing: Kept, data: dict[str, Any]) -> None:
    for name, value in unpack(type(thing), data).items():
        setattr(thing, name, value)
