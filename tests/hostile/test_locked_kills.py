"""`kill -9` at random moments while locked and stored jobs come in and go out: all there afterwards, still locked."""

from __future__ import annotations

import hashlib
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests import wire
from tests.desk import Desk
from tests.hostile.kills import LOST

KILLS = 5
PIN, WRONG = hashlib.sha256(b"4711").digest(), hashlib.sha256(b"0815").digest()
REASONS = {
    "pin": "job-password-wait",
    "button": "job-held-for-button-press",
    "owner": "job-held-for-authorization",
    "hold": "job-hold-until-specified",
    "stored": "job-stored",
}
RESUBMIT_JOB = 0x003A


@dataclass
class Book:
    """What the clients were told."""

    held: dict[int, str] = field(default_factory=dict)
    """Kind by job-id: acknowledged, and no release of it was even asked for."""
    asked: set[int] = field(default_factory=set)
    """Jobs whose release was asked for: held or printed, but once."""


def password(value: bytes) -> list[bytes]:
    return [
        wire.attribute("octetString", "job-password", value),
        wire.attribute("keyword", "job-password-encryption", "sha2-256"),
    ]


def submit(client: wire.Client, kind: str) -> int:
    """Send a job that waits; its job-id once it is acknowledged."""
    about = [wire.attribute("mime", "document-format", "text/plain")]
    if kind == "pin":
        about += password(PIN)
    elif kind == "stored":
        disposition = wire.member("keyword", "job-storage-disposition", "store-only")
        about.append(wire.collection("job-storage", disposition))
    elif kind != "hold":
        action = {"button": "button-press", "owner": "owner-authorized"}[kind]
        about.append(wire.attribute("keyword", "job-release-action", action))
    template = [wire.attribute("keyword", "job-hold-until", "indefinite")] if kind == "hold" else []
    answer = client.ask(wire.PRINT_JOB, *about, job=template, data=f"{kind}\n".encode())
    assert answer.code == wire.OK, hex(answer.code)
    return int(answer.one("job-id"))


def release(client: wire.Client, number: int, value: bytes | None) -> int:
    target = wire.attribute("integer", "job-id", number)
    return int(client.ask(wire.RELEASE_JOB, target, *(password(value) if value is not None else [])).code)


def live(printer: Desk, book: Book, rng: random.Random, ended: threading.Event) -> None:
    """Send jobs that wait; now and then release one with its PIN."""
    while not ended.is_set():
        try:
            with printer.client(10) as client:
                kind = rng.choice(["pin", "pin", *REASONS])
                book.held[submit(client, kind)] = kind
                locked = [number for number, kind in book.held.items() if kind == "pin"]
                if len(locked) > 2 and rng.random() < 0.4:
                    number = rng.choice(locked)
                    del book.held[number]
                    book.asked.add(number)
                    assert release(client, number, PIN) == wire.OK
        except LOST:
            continue


@pytest.mark.timeout(200)
def test_locked_jobs_survive_kills(tmp_path: Path) -> None:
    rng, book, printer = random.Random(11), Book(), Desk(tmp_path)
    try:
        for _ in range(KILLS):
            printer.start()
            ended = threading.Event()
            with ThreadPoolExecutor(1) as pool:
                client = pool.submit(live, printer, book, random.Random(rng.random()), ended)
                time.sleep(0.2 + rng.random())
                printer.kill()
                ended.set()
            client.result()
        printer.start()
        assert len(set(book.held.values())) > 2, "too little was sent"
        _all_there_and_locked(printer, book)
        _opens_with_the_right_key(printer, book)
        _prints_what_it_stored(printer, book)
        printer.check()
        printer.stop()
    finally:
        printer.close()


def _all_there_and_locked(printer: Desk, book: Book) -> None:
    with printer.client() as client:
        for number, kind in book.held.items():
            job = client.job(number)
            waits = wire.COMPLETED if kind == "stored" else wire.HELD
            assert job.one("job-state") == waits, (number, kind, job.groups)
            assert REASONS[kind] in job.all("job-state-reasons"), (number, kind)
            assert not printer.folders(number), f"job {number} was marked while it was locked"
        for number in book.asked:
            assert client.job(number).one("job-state") != wire.CANCELED
            assert len(printer.folders(number)) <= 1


def _prints_what_it_stored(printer: Desk, book: Book) -> None:
    stored = [number for number, kind in book.held.items() if kind == "stored"]
    assert stored, "nothing was stored"
    with printer.client() as client:
        answer = client.ask(RESUBMIT_JOB, wire.attribute("integer", "job-id", stored[0]))
        assert answer.code == wire.OK, hex(answer.code)
        again = int(answer.one("job-id"))
    assert printer.wait_for_job(again).one("job-state") == wire.COMPLETED
    assert len(printer.folders(again)) == 1


def _opens_with_the_right_key(printer: Desk, book: Book) -> None:
    locked = next(number for number, kind in book.held.items() if kind == "pin")
    with printer.client() as client:
        assert release(client, locked, None) == wire.NOT_AUTHORIZED
        assert release(client, locked, WRONG) == wire.NOT_AUTHORIZED
        assert release(client, locked, PIN) == wire.OK
    assert printer.wait_for_job(locked).one("job-state") == wire.COMPLETED
    assert len(printer.folders(locked)) == 1
