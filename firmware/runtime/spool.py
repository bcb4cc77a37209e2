"""The spool: documents on disk, written as they arrive, read by the press while they still do.

A document lies in ``<folder>/<printer>-<job>-<document>``. Writing happens on the event loop's behalf in a thread
pool, reading in the press's thread. The quota bounds what lies there: a writer over it waits until the press has
read on; what was read of a document larger than the quota is given back to the disk at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import ctypes.util
import errno
import os
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from firmware.core.errors import DocumentError

QUOTA = 4 << 30
"""Octets of documents that may lie in the spool."""
FULL_WAIT = 60.0
"""Seconds that a writer waits for room before the job is given up."""
_PUNCH = 4 << 20
"""Read octets are given back in pieces of this size."""
_KEEP_SIZE_PUNCH_HOLE = 3
_libc = ctypes.CDLL(ctypes.util.find_library("c"), use_errno=True)


class SpoolFull(OSError):
    """There is no room for the document."""


@dataclass(slots=True)
class Entry:
    """One document in the spool. ``condition`` guards the rest."""

    path: Path
    condition: threading.Condition = field(default_factory=threading.Condition)
    written: int = 0
    consumed: int = 0
    punched: int = 0
    complete: bool = False
    failure: DocumentError | None = None
    punching: bool = False
    """It has outgrown the quota: what was read is given back."""


class Spool:
    """All documents of one print system."""

    def __init__(self, folder: Path, quota: int = QUOTA) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.quota = quota
        self._entries: dict[tuple[int, int, int], Entry] = {}
        self._pool = ThreadPoolExecutor(2, "spool")

    def path(self, printer: int, job: int, document: int) -> Path:
        return self.folder / f"{printer}-{job}-{document}"

    def used(self) -> int:
        """Octets that lie on disk now."""
        return sum(entry.written - entry.punched for entry in self._entries.values())

    def expect(self, printer: int, job: int, document: int) -> Entry:
        """A place for a document that is about to arrive: it can be opened, and read as it comes."""
        key = printer, job, document
        return self._entries.setdefault(key, Entry(self.path(*key)))

    def create(self, printer: int, job: int, document: int) -> Writer:
        """Write a document that begins to arrive."""
        return Writer(self, self.expect(printer, job, document))

    def open(self, printer: int, job: int, document: int) -> Reader:
        """The document, from its beginning; it may still be arriving."""
        entry = self._entries.get((printer, job, document))
        if entry is None:
            path = self.path(printer, job, document)
            if not path.exists():
                raise DocumentError("document-access-error", "the document is no longer in the spool")
            entry = Entry(path, written=path.stat().st_size, complete=True)
            self._entries[printer, job, document] = entry
        return Reader(entry)

    def consumed(self, printer: int, job: int, document: int, octets: int) -> None:
        """The press has read so far and will not go back; called from its thread."""
        entry = self._entries.get((printer, job, document))
        if entry is not None:
            with entry.condition:
                entry.consumed = max(entry.consumed, octets)
                if entry.punching and entry.consumed - entry.punched >= _PUNCH:
                    entry.punched += _punch(entry.path, entry.punched, entry.consumed - entry.punched)

    def whole(self, printer: int, job: int, numbers: Iterable[int]) -> bool:
        """Can these documents be read from their beginning once more?"""
        entries = [self._entries.get((printer, job, number)) for number in numbers]
        return not any(entry is not None and entry.punched for entry in entries)

    def share(self, printer: int, job: int, numbers: Iterable[int], other: int) -> None:
        """Another job gets the same documents: the same blocks on disk under a second name. A document that is not
        there any more is missed when the other job is printed."""
        for number in numbers:
            path = self.path(printer, other, number)
            with contextlib.suppress(FileNotFoundError):
                os.link(self.path(printer, job, number), path)
                self._entries[printer, other, number] = Entry(path, written=path.stat().st_size, complete=True)
        sync_folder(self.folder)

    def drop(self, printer: int, job: int, numbers: Iterable[int]) -> None:
        """Free the disk of documents that are not wanted any more. Readers that have them open may finish."""
        for number in numbers:
            entry = self._entries.pop((printer, job, number), None)
            self.path(printer, job, number).unlink(missing_ok=True)
            if entry is not None:
                with entry.condition:
                    if not entry.complete and entry.failure is None:
                        entry.failure = DocumentError("job-canceled-by-user", "the job has ended")
                    entry.condition.notify_all()

    def sweep(self, wanted: Iterable[tuple[int, int, int]]) -> None:
        """At start: take note of what is wanted, remove what a crash left behind."""
        names = {self.path(*key).name for key in wanted}
        for path in self.folder.iterdir():
            if path.name not in names:
                path.unlink(missing_ok=True)
        for key in wanted:
            path = self.path(*key)
            if path.exists():
                self._entries[key] = Entry(path, written=path.stat().st_size, complete=True)

    def close(self) -> None:
        self._pool.shutdown(wait=True)

    async def make_room(self, entry: Entry, octets: int) -> None:
        """Wait until the quota has room for that many octets more. SpoolFull when it won't."""
        deadline = asyncio.get_running_loop().time() + FULL_WAIT
        seen = entry.consumed
        while self.used() + octets > self.quota:
            entry.punching = True
            await asyncio.sleep(0.05)
            if entry.consumed != seen:  # the press is at it: patience
                seen = entry.consumed
                deadline = asyncio.get_running_loop().time() + FULL_WAIT
            if asyncio.get_running_loop().time() > deadline:
                raise SpoolFull(errno.ENOSPC, "the spool is full")

    async def in_thread(self, function: object, *arguments: object) -> object:
        return await asyncio.get_running_loop().run_in_executor(self._pool, function, *arguments)  # type: ignore[arg-type]


class Writer:
    """Takes a document as it arrives. Exactly one of ``finish`` and ``fail`` ends it."""

    def __init__(self, spool: Spool, entry: Entry) -> None:
        self._spool = spool
        self._entry = entry
        self._descriptor = -1

    @property
    def octets(self) -> int:
        return self._entry.written

    async def write(self, data: bytes) -> None:
        """Append. SpoolFull or another OSError when the disk does not take it, DocumentError when the job has ended
        and nobody wants the document any more."""
        if self._entry.failure is not None:
            raise self._entry.failure
        await self._spool.make_room(self._entry, len(data))
        await self._spool.in_thread(self._write, data)

    async def finish(self) -> None:
        """All is there: on disk, directory entry included, before this returns."""
        await self._spool.in_thread(self._sync)
        with self._entry.condition:
            self._entry.complete = True
            self._entry.condition.notify_all()

    def fail(self, reason: str, message: str) -> None:
        """It will not be completed: the press hears of it at its next read."""
        with self._entry.condition:
            if self._entry.failure is None:
                self._entry.failure = DocumentError(reason, message)
            self._entry.condition.notify_all()
        self._close()

    def _write(self, data: bytes) -> None:
        if self._descriptor < 0:
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
            self._descriptor = os.open(self._entry.path, flags, 0o600)
        view = memoryview(data)
        while view:
            view = view[os.write(self._descriptor, view) :]
        with self._entry.condition:
            self._entry.written += len(data)
            self._entry.condition.notify_all()

    def _sync(self) -> None:
        if self._descriptor < 0:
            self._write(b"")
        os.fsync(self._descriptor)
        self._close()
        sync_folder(self._entry.path.parent)

    def _close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


class Reader:
    """Reads a document once, in the press's thread; ``read`` waits for octets that are still to come."""

    def __init__(self, entry: Entry) -> None:
        self._entry = entry
        self._position = 0
        self._file: int | None = None
        self.cancelled = threading.Event()

    @property
    def path(self) -> Path:
        return self._entry.path

    def read(self, size: int, /) -> bytes:
        """Some octets, at most ``size``; ``b""`` at the end; DocumentError when the upload was given up."""
        entry = self._entry
        with entry.condition:
            while self._position >= entry.written and not entry.complete:
                if entry.failure is not None:
                    raise entry.failure
                if self.cancelled.is_set():
                    raise DocumentError("job-canceled-by-user", "the job was canceled")
                entry.condition.wait(0.5)
            available = entry.written - self._position
        if available <= 0:
            self.close()
            return b""
        if self._file is None:
            self._file = os.open(entry.path, os.O_RDONLY | os.O_CLOEXEC)
        data = os.pread(self._file, min(size, available), self._position)
        self._position += len(data)
        return data

    def wake(self) -> None:
        """Let a read that waits look at ``cancelled`` at once."""
        self.cancelled.set()
        with self._entry.condition:
            self._entry.condition.notify_all()

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


def sync_folder(folder: Path) -> None:
    """Make the folder's entries durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _punch(path: Path, start: int, length: int) -> int:
    """Give blocks back to the disk, keeping the file's length; octets freed. File systems without holes free
    nothing, and the quota then bounds the document."""
    with path.open("r+b") as file:
        arguments = (ctypes.c_int(file.fileno()), _KEEP_SIZE_PUNCH_HOLE)
        result = _libc.fallocate(*arguments, ctypes.c_int64(start), ctypes.c_int64(length))
    return length if result == 0 else 0
