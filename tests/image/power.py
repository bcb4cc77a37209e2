"""Power cuts: every write to the card is recorded while the board boots for the first time, takes over its owner's
settings, prints and is configured. A thousand beginnings of that record are looked at as the next boot would find them:
the data partition is repaired by e2fsck alone, the state opens whole, every job that was acknowledged by then is in it;
nothing wrote to the slots, and the boot state has a whole copy. Five of them are booted and printed on.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from board.image.disk import BOOT_STATE, SIZES
from board.image.slot import MIB, parse_environment
from tests import wire
from tests.image import journey, made
from tests.image.emulator import Emulator
from tests.image.writes import Write, apply, writes

PREFIXES, BOOTED = 1000, 5
SETTINGS = 'name = "After the cut"\n[user]\nname = "alice"\npassword = "correct horse"\n'
BOOT, SLOT_A, SLOT_B, DATA = (start * MIB for start in SIZES.starts())


def run() -> dict[str, Any]:
    folder = made.work("power")
    card = made.card(folder / "card.img")
    put_settings(card, folder)
    record = folder / "writes"
    acknowledged = live(card, folder, record)
    found = list(writes(record))
    outside = [write for write in found if SLOT_A <= write.to < DATA]
    assert not outside, f"{len(outside)} writes to the slots"
    points = sorted({round(number * len(found) / PREFIXES) for number in range(1, PREFIXES + 1)})
    figures = replay(folder, record, found, points, acknowledged)
    boots = [boot(folder, number) for number in range(BOOTED)]
    shutil.rmtree(folder / "kept")
    return {"writes": len(found), "acknowledged": len(acknowledged), **figures, "booted_ready_seconds": boots}


def put_settings(card: Path, folder: Path) -> None:
    """inkstand.toml on the boot partition."""
    (folder / "inkstand.toml").write_text(SETTINGS)
    subprocess.run(["mcopy", "-i", f"{card}@@{BOOT}", folder / "inkstand.toml", "::"], check=True)


def live(card: Path, folder: Path, record: Path) -> dict[int, int]:
    """Boot, print and change settings with every write recorded; then the power goes, while a job is printed. Jobs that
    were acknowledged, and where the record had come to by then. It runs on a copy: the record begins with the card."""
    used = folder / "used.img"
    subprocess.run(["cp", "--sparse=always", card, used], check=True)
    record.touch()
    acknowledged: dict[int, int] = {}
    document = journey.raster()
    with Emulator(used, made.image() / "u-boot.bin", folder / "console.log", record=record) as board:
        journey.wait_ready(board)
        until = time.monotonic() + 240
        with wire.Client(board.port, timeout=300) as client:
            while time.monotonic() < until:
                answer = client.print_job(document, "image/pwg-raster", name="page")
                assert answer.code == wire.OK
                acknowledged[int(answer.one("job-id"))] = record.stat().st_size
                time.sleep(1)
        board.cut()
    used.unlink()
    return acknowledged


def replay(
    folder: Path, record: Path, found: list[Write], points: list[int], acknowledged: dict[int, int]
) -> dict[str, Any]:  # fmt: skip
    """Look at the card as each of these beginnings would leave it."""
    current = folder / "current.img"
    shutil.move(folder / "card.img", current)
    kept = folder / "kept"
    kept.mkdir()
    keep = {points[len(points) * (2 * number + 1) // (2 * BOOTED)]: number for number in range(BOOTED)}
    repaired = jobs = 0
    done = 0
    with _opened(record, os.O_RDONLY) as source, _opened(current, os.O_RDWR) as disk:
        for point in points:
            while done < point:
                apply(found[done], source, disk)
                done += 1
            os.fsync(disk)
            reached = found[done - 1].end
            known = {job for job, at in acknowledged.items() if at <= reached}
            clean, seen = look(current, folder / "data.img", known)
            repaired += not clean
            jobs = max(jobs, seen)
            if point in keep:
                subprocess.run(["cp", "--sparse=always", current, kept / f"{keep[point]}.img"], check=True)
    return {"prefixes": len(points), "repaired": repaired, "jobs_at_most": jobs}


def look(card: Path, data: Path, known: set[int]) -> tuple[bool, int]:
    """As the next boot: whether the data was clean, and how many jobs there are."""
    states = []
    with card.open("rb") as file:
        for at in BOOT_STATE:
            file.seek(at)
            states.append(parse_environment(file.read(512)))
        file.seek(510)
        assert file.read(2) == b"\x55\xaa"
    assert any(states), "no whole boot state"
    partition(card, data)
    first = _run("e2fsck", "-p", str(data)).returncode
    assert first in (0, 1), f"e2fsck -p gives up ({first}): the boot would have to force it"
    assert _run("e2fsck", "-fn", str(data)).returncode == 0, "still not clean"
    return first == 0, jobs_in(data, known)


def partition(card: Path, data: Path) -> None:
    """The data partition as a file: as far as the file system reaches, whatever the table says by now."""
    data.unlink(missing_ok=True)
    with _opened(card, os.O_RDONLY) as source, _opened(data, os.O_RDWR | os.O_CREAT) as out:
        end = os.fstat(source).st_size
        os.ftruncate(out, end - DATA)
        at = DATA
        while at < end:
            try:
                at = os.lseek(source, at, os.SEEK_DATA)
            except OSError:
                return
            stop = os.lseek(source, at, os.SEEK_HOLE)
            while at < stop:
                chunk = os.pread(source, min(MIB, stop - at), at)
                os.pwrite(out, chunk, at - DATA)
                at += len(chunk)


def jobs_in(data: Path, known: set[int]) -> int:
    """Jobs in the state, all those that are known among them; none before there is a state."""
    folder = data.with_name("state")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name in ("state.db", "state.db-wal"):
        _run("debugfs", "-R", f"dump /printer/state/{name} {folder / name}", str(data))
    if not (folder / "state.db").exists() or not (folder / "state.db").stat().st_size:
        assert not known
        return 0
    connection = sqlite3.connect(folder / "state.db")
    try:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
        rows = connection.execute("SELECT kind, key FROM records").fetchall() if "records" in tables else []
    finally:
        connection.close()
    jobs = {int(key.rpartition("/")[2]) for kind, key in rows if kind == "job"}
    assert known <= jobs, f"acknowledged and lost: {sorted(known - jobs)}"
    return len(jobs)


def boot(folder: Path, number: int) -> float:
    """Boot one of the cards and print on it; seconds until it was ready."""
    card = folder / "kept" / f"{number}.img"
    with Emulator(card, made.image() / "u-boot.bin", folder / f"console-{number}.log") as board:
        journey.wait_ready(board)
        ready = round(board.seconds, 1)
        with wire.Client(board.port, timeout=300) as client:
            answer = client.print_job(journey.raster(), "image/pwg-raster", name="after")
            assert answer.code == wire.OK
        journey.completed(board.port, int(answer.one("job-id")))
    return ready


def _run(*command: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(command, capture_output=True, check=False)


@contextmanager
def _opened(path: Path, flags: int) -> Iterator[int]:
    file = os.open(path, flags, 0o644)
    try:
        yield file
    finally:
        os.close(file)
