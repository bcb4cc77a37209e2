"""The keeper: what is promised is on disk, many changes cost one commit, and nothing is lost by a full disk."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from pathlib import Path
from typing import Any

import msgspec
import pytest

from firmware.core.clock import Moment
from firmware.core.document import Document
from firmware.core.job import Job, JobState
from firmware.core.kept import Kept
from firmware.features.supplies import Supplies
from firmware.ipp import Attribute, Keyword
from firmware.runtime import keeper as keeper_module
from firmware.runtime.keeper import Keeper
from tests.runtime.support import full_disk, held_up, new_system, run, things


def a_job(number: int = 1, **more: Any) -> Job:
    return Job(number, 1, f"uuid-{number}", "name", "alice", Moment(5, 7.5), **more)


def loaded(path: Path) -> Any:
    """What another start finds."""
    system = new_system()
    Keeper(path).load(system)
    return system.printers[1]


async def save(path: Path, changed: list[Kept], gone: list[Kept] | None = None) -> None:
    keeper = Keeper(path)
    keeper.load(new_system())
    keeper.start()
    await keeper.save(changed, gone or [])
    await keeper.close()


def test_everything_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "state.db"

    async def test() -> None:
        system = new_system()
        printer = system.printers[1]
        keeper = Keeper(path)
        assert not keeper.load(system)
        system.uuid = "another"
        printer.next_job_id, printer.paused, printer.name = 9, True, "Büro"
        printer.settings = (Attribute("sides-default", Keyword("one-sided")),)
        printer[Supplies].used = (3, 4)
        job = a_job(8, state=JobState.HELD, reasons=frozenset({"b", "a"}), attributes=(Attribute("copies", 2),))
        job.documents = {number: Document(1, 8, number, Moment(6), octets=number * 10) for number in (1, 2, 11)}
        printer.jobs[8] = job
        keeper.start()
        await keeper.save(things(system))
        await keeper.close()

        again = new_system()
        assert Keeper(path).load(again)
        assert again == system
        assert list(again.printers[1].jobs[8].documents) == [1, 2, 11]

    run(test())


def test_what_is_gone_does_not_come_back(tmp_path: Path) -> None:
    path, job = tmp_path / "state.db", a_job()
    run(save(path, [job, a_job(2)]))
    run(save(path, [], [job]))
    assert list(loaded(path).jobs) == [2]


def test_the_last_word_counts(tmp_path: Path) -> None:
    path = tmp_path / "state.db"

    async def test() -> None:
        keeper = Keeper(path)
        keeper.start()
        job = a_job()
        for number in range(50):
            job.impressions_completed = number
            keeper.save([job])
        await keeper.close()

    run(test())
    assert loaded(path).jobs[1].impressions_completed == 49


def test_a_promise_is_kept_before_it_is_given(tmp_path: Path) -> None:
    path = tmp_path / "state.db"

    async def test() -> None:
        keeper = Keeper(path)
        keeper.start()
        with held_up(path):
            saved = keeper.save([a_job()])
            await asyncio.sleep(0.1)
            assert not saved.done()
        await saved
        assert list(loaded(path).jobs) == [1]
        await keeper.close()

    run(test())


def test_what_gathers_is_one_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "state.db"
    commits: list[int] = []
    commit = keeper_module._commit

    def counting(connection: sqlite3.Connection, rows: list[Any]) -> OSError | None:
        commits.append(len(rows))
        return commit(connection, rows)

    monkeypatch.setattr(keeper_module, "_commit", counting)

    async def test() -> None:
        keeper = Keeper(path)
        keeper.start()
        with held_up(path):
            saved = [keeper.save([a_job(1)])]
            while not commits:
                await asyncio.sleep(0.005)
            saved += [keeper.save([a_job(number)]) for number in range(2, 102)]
        await asyncio.gather(*saved)
        await keeper.close()

    run(test())
    assert commits[:2] == [1, 100]
    assert len(loaded(path).jobs) == 101


def test_the_loop_waits_for_no_disk(tmp_path: Path) -> None:
    async def test() -> None:
        keeper = Keeper(tmp_path / "state.db")
        keeper.start()
        with held_up(tmp_path / "state.db"):
            saved = [keeper.save([a_job(number)]) for number in range(20)]
            turns = 0
            while turns < 100:
                await asyncio.sleep(0)
                turns += 1
            assert not any(future.done() for future in saved)
        await asyncio.gather(*saved)
        await keeper.close()

    run(test())


def test_a_full_disk_is_told_and_made_good_later(tmp_path: Path) -> None:
    path = tmp_path / "state.db"

    async def test() -> None:
        keeper = Keeper(path)
        keeper.start()
        await keeper.save([a_job(1)])
        with full_disk():
            lost = keeper.save([a_job(2)])
            with pytest.raises(OSError, match="can't be written"):
                await lost
        assert list(loaded(path).jobs) == [1]
        await keeper.save([a_job(3)])
        assert list(loaded(path).jobs) == [1, 2, 3]
        await keeper.close()

    run(test())


def test_what_a_full_disk_left_is_written_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "state.db"

    async def test() -> None:
        keeper = Keeper(path)
        keeper.start()
        await keeper.save([a_job(1)])
        with full_disk():
            lost = keeper.save([a_job(2)])
            with pytest.raises(OSError, match="can't be written"):
                await lost
        await keeper.close()

    run(test())
    assert list(loaded(path).jobs) == [1, 2]


def test_closing_waits_for_what_was_handed_in(tmp_path: Path) -> None:
    path = tmp_path / "state.db"

    async def test() -> None:
        keeper = Keeper(path)
        keeper.start()
        for number in range(1, 31):
            keeper.save([a_job(number)])
        await keeper.close()
        assert not [thread for thread in threading.enumerate() if thread.name == "keeper"]

    run(test())
    assert len(loaded(path).jobs) == 30


# ------------------------------------------------------------------------------- records of other times


def put(path: Path, kind: str, key: str, data: dict[str, Any]) -> None:
    """Write a record as it is."""
    Keeper(path)
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT OR REPLACE INTO records VALUES (?,?,?)", (kind, key, msgspec.json.encode(data)))
    connection.close()


def record(**changes: Any) -> dict[str, Any]:
    plain = {"id": 1, "printer_id": 1, "uuid": "u", "name": "n", "user": "a", "created": [1, None]}
    return {**plain, **changes}


def test_fields_that_are_no_more_are_dropped_and_new_ones_have_their_default(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    put(path, "job", "1/1", record(mood="good", state=3))
    (job,) = loaded(path).jobs.values()
    assert job == Job(1, 1, "u", "n", "a", Moment(1))


def test_parts_and_printers_that_are_no_more_wait(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    put(path, "part", "1/Stapler", {"staples": 5})
    put(path, "job", "7/1", record(printer_id=7))
    put(path, "printer", "7", {"id": 7, "name": "gone"})
    put(path, "document", "1/9/1", {"printer_id": 1, "job_id": 9, "number": 1, "created": [1, None]})
    printer = loaded(path)
    assert printer.jobs == {}
    run(save(path, [a_job()]))
    with sqlite3.connect(path) as connection:
        kinds = {row[0] for row in connection.execute("SELECT kind FROM records WHERE key LIKE '7%' OR kind='part'")}
    connection.close()
    assert kinds == {"part", "job", "printer"}


def test_a_new_store_has_the_newest_schema(tmp_path: Path) -> None:
    Keeper(tmp_path / "state.db")
    assert version(tmp_path / "state.db") == keeper_module.SCHEMA


def test_an_old_store_is_upgraded_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, steps = tmp_path / "state.db", []
    put(path, "job", "1/1", record(name="old"))
    upgrades = {1: lambda connection: steps.append(1), 2: lambda connection: steps.append(2)}
    monkeypatch.setattr(keeper_module, "SCHEMA", 3)
    monkeypatch.setattr(keeper_module, "UPGRADES", upgrades)
    Keeper(path)
    Keeper(path)
    assert steps == [1, 2]
    assert version(path) == 3
    assert loaded(path).jobs[1].name == "old"


def version(path: Path) -> int:
    with sqlite3.connect(path) as connection:
        (found,) = connection.execute("PRAGMA user_version").fetchone()
    connection.close()
    return int(found)


def test_writes_are_synced(tmp_path: Path) -> None:
    """WAL alone may lose what it has acknowledged; with synchronous=FULL it does not."""
    modes: list[tuple[str, int]] = []
    connect = sqlite3.connect(tmp_path / "state.db")
    keeper_module._prepare(connect)
    (mode,) = connect.execute("PRAGMA journal_mode").fetchone()
    (level,) = connect.execute("PRAGMA synchronous").fetchone()
    modes.append((mode, level))
    connect.close()
    assert modes == [("wal", 2)]
