"""The accounting log: one line of JSON for each job that ended, on disk before anybody says so. It only grows."""

from __future__ import annotations

import asyncio
import errno
import json
import logging
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from firmware.core.events import JobAccounted, RecordJob

if TYPE_CHECKING:
    from firmware.runtime.pump import Pump

log = logging.getLogger("inkstand.ledger")

_TAIL = 1 << 18
"""Octets looked at for records that were written when the power failed: many more than could be under way."""


class Ledger:
    """Takes the order RecordJob."""

    def __init__(self, path: Path, pump: Pump) -> None:
        self._path = path
        self._pump = pump
        self._bench = ThreadPoolExecutor(1, thread_name_prefix="ledger")
        self._written = _mend(path)
        self._closed = False

    def record(self, order: RecordJob) -> asyncio.Future[None] | None:
        if self._closed:
            return None  # it is asked again at the next start
        writing = None
        if _name(order.record) not in self._written:
            loop = asyncio.get_running_loop()
            writing = loop.run_in_executor(self._bench, _append, self._path, order.record)
        return asyncio.ensure_future(self._note(order, writing))

    async def _note(self, order: RecordJob, writing: asyncio.Future[None] | None) -> None:
        try:
            if writing is not None:
                await writing
        except OSError as error:  # it is tried again at the next start
            log.error("accounting log not written", extra={"job": order.job_id, "error": str(error)})
            return
        self._written.discard(_name(order.record))
        await self._pump.report(JobAccounted(order.printer_id, order.job_id))

    def close(self) -> None:
        self._closed = True
        self._bench.shutdown()


def read(path: Path) -> list[dict[str, Any]]:
    """All records, oldest first."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_bytes().splitlines() if line]


def _append(path: Path, record: dict[str, Any]) -> None:
    new = not path.exists()
    line = json.dumps(record, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
    with path.open("ab", buffering=0) as file:
        before = file.tell()
        try:
            if file.write(line) != len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(file.fileno())
        except OSError:
            file.truncate(before)  # half a line would spoil the next one
            raise
    if new:
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _mend(path: Path) -> set[tuple[Any, ...]]:
    """Cut off half a line that a power cut left; the jobs that the last lines tell of."""
    if not path.exists():
        return set()
    with path.open("r+b") as file:
        file.seek(max(0, path.stat().st_size - _TAIL))
        start, tail = file.tell(), file.read()
        whole = tail.rfind(b"\n") + 1
        if whole < len(tail):
            file.truncate(start + whole)
    lines = tail[:whole].splitlines()[1 if start else 0 :]
    return {_name(json.loads(line)) for line in lines if line}


def _name(record: dict[str, Any]) -> tuple[Any, ...]:
    """Names one end of one job: one that is restarted ends again."""
    return record["job-uuid"], record.get("time-at-completed")
