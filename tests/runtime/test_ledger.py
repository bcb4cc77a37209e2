"""The accounting log: every ended job once, whatever the power does."""

from __future__ import annotations

import asyncio
import resource
from pathlib import Path

import pytest

from firmware.core.events import ORDERS, RecordJob
from firmware.ipp import Attribute, Operation
from firmware.runtime.ledger import Ledger, _append, read
from tests.runtime.support import Rim, run


def plug(rim: Rim, ledger: Ledger) -> None:
    rim.pump._takers = {**dict.fromkeys(ORDERS, rim.orders.append), RecordJob: ledger.record}


async def a_canceled_job(rim: Rim) -> None:
    await rim.ask(Operation.CREATE_JOB)
    number = max(rim.printer.jobs)
    await rim.ask(Operation.CANCEL_JOB, Attribute("job-id", number))
    while not rim.printer.jobs[number].accounted:
        await asyncio.sleep(0.01)


def test_each_ended_job_leaves_one_line(tmp_path: Path) -> None:
    path = tmp_path / "accounting.jsonl"

    async def test() -> None:
        async with Rim(tmp_path) as rim:
            ledger = Ledger(path, rim.pump)
            plug(rim, ledger)
            for _ in range(3):
                await a_canceled_job(rim)
            ledger.close()

    run(test())
    assert [(line["job-id"], line["job-state"]) for line in read(path)] == [
        (1, "canceled"),
        (2, "canceled"),
        (3, "canceled"),
    ]


def test_a_cut_between_line_and_note_makes_no_second_line(tmp_path: Path) -> None:
    """The line is there, the note that it is there was lost; and half a line of another job is there too."""
    path = tmp_path / "accounting.jsonl"

    async def test() -> None:
        async with Rim(tmp_path) as rim:
            ledger = Ledger(path, rim.pump)
            plug(rim, ledger)
            await a_canceled_job(rim)
            job = rim.printer.jobs[1]
            job.accounted = False
            (line,) = read(path)
            with path.open("ab") as file:
                file.write(b'{"job-uuid": "urn:uu')
            again = Ledger(path, rim.pump)
            first = again.record(RecordJob(1, 1, line))
            assert first is not None
            await first
            assert job.accounted
            second = again.record(RecordJob(1, 2, {"job-uuid": "urn:uuid:other", "job-id": 2}))
            assert second is not None
            await second
            ledger.close()
            again.close()
            assert again.record(RecordJob(1, 3, {"job-uuid": "urn:uuid:late"})) is None, (
                "it is asked again at the next start"
            )

    run(test())
    assert [line["job-id"] for line in read(path)] == [1, 2]


def test_a_disk_that_does_not_take_it_is_asked_again_later(tmp_path: Path) -> None:
    async def test() -> None:
        async with Rim(tmp_path) as rim:
            (tmp_path / "folder").mkdir()
            ledger = Ledger(tmp_path / "accounting.jsonl", rim.pump)
            ledger._path = tmp_path / "folder"
            plug(rim, ledger)
            await rim.ask(Operation.CREATE_JOB)
            await rim.ask(Operation.CANCEL_JOB, Attribute("job-id", 1))
            await asyncio.sleep(0.1)
            assert not rim.printer.jobs[1].accounted
            ledger.close()

    run(test())


def test_no_log_is_an_empty_one(tmp_path: Path) -> None:
    assert read(tmp_path / "accounting.jsonl") == []


def test_half_a_line_does_not_stay(tmp_path: Path) -> None:
    """A disk that takes a part of a line: the lines before and after it can be read."""
    path = tmp_path / "accounting.jsonl"
    _append(path, {"job-uuid": "one"})
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 5, limit[1]))
        with pytest.raises(OSError, match=r"No space|too large"):
            _append(path, {"job-uuid": "two"})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    _append(path, {"job-uuid": "three"})
    assert [line["job-uuid"] for line in read(path)] == ["one", "three"]
