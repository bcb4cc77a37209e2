"""Jobs sent while the printer is killed at random moments: what it acknowledged, it knows, and prints at most once.

    python -m tests.hostile.kills 1000

prints what came of that many kills.
"""

from __future__ import annotations

import http.client
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from tests import wire
from tests.desk import Desk
from tests.samples import Samples, samples
from tests.wire import Client, attribute

CLIENTS = 2
ROUND = 10
"""Kills between two looks at the whole ledger: the printer remembers its last 500 jobs."""
PAUSE = 0.2
"""Seconds, at most, between two jobs of a client: about as many come in as are marked."""
LOST = (OSError, http.client.HTTPException)
"""What a client sees of a kill."""


@dataclass
class Account:
    """What one client was told since the ledger was last looked at."""

    number: int
    acknowledged: dict[str, int] = field(default_factory=dict)
    """job-id by job-name."""
    unanswered: set[str] = field(default_factory=set)
    """Requests cut off: the printer may know them or not."""
    sent: int = 0

    def name(self) -> str:
        self.sent += 1
        return f"client {self.number} job {self.sent}"


@dataclass
class Outcome:
    """What came of it all."""

    kills: int = 0
    acknowledged: int = 0
    kept_unanswered: int = 0
    """Jobs whose acknowledgement never reached the client."""
    states: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        states = ", ".join(f"{count} {state}" for state, count in sorted(self.states.items()))
        return (
            f"{self.kills} kills, {self.acknowledged} jobs acknowledged ({states}), none lost, none twice; "
            f"{self.kept_unanswered} more kept whose answer was cut off"
        )


class Trial:
    """A printer that is killed again and again, its clients, and what was seen of its jobs."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.printer = Desk(folder)
        self.outcome = Outcome()
        self._accounts = [Account(number) for number in range(CLIENTS)]
        self._rng = random.Random(seed)
        self._papers = samples()
        self._looked_at = 0
        """The last job-id of the rounds before."""

    def round(self, kills: int) -> None:
        """AssertionError when afterwards the printer's ledger is not the clients' list."""
        for _ in range(kills):
            self._live_and_die()
            self.outcome.kills += 1
        self.printer.start()
        self._give_up()
        self.printer.idle(300)
        self._balance()
        self.printer.check_log()
        self.printer.kill()

    def _live_and_die(self) -> None:
        """One life of the printer, from its start to a kill in the middle of its work."""
        self.printer.start()
        ended = threading.Event()
        with ThreadPoolExecutor(CLIENTS) as pool:
            clients = [
                pool.submit(_client, self.printer, account, self._papers, self._rng.random(), ended)
                for account in self._accounts
            ]
            time.sleep(self._rng.random() * 1.5)
            self.printer.kill()
            ended.set()
        for client in clients:
            client.result()

    def _give_up(self) -> None:
        """Cancel what waits for documents that nobody will send: the printer would wait for them much longer."""
        with self.printer.client() as client:
            wanted = attribute("keyword", "requested-attributes", "job-id", "job-name", "job-state-reasons")
            for job in client.ask(wire.GET_JOBS, wanted).group(wire.JOB):
                if "job-data-insufficient" in job["job-state-reasons"]:
                    assert any(job["job-name"][0] in account.unanswered for account in self._accounts), job
                    answer = client.ask(wire.CANCEL_JOB, attribute("integer", "job-id", job["job-id"][0]))
                    assert answer.code == wire.OK

    def _balance(self) -> None:
        """The ledger is the clients' list, and each job is on at most one pile of sheets."""
        ledger = self._ledger()
        self._looked_at = max((job["job-id"][0] for job in ledger.values()), default=self._looked_at)
        for account in self._accounts:
            for name, number in account.acknowledged.items():
                assert name in ledger, f"{name} was acknowledged as job {number} and is lost"
                job = ledger.pop(name)
                assert job["job-id"] == [number], (name, number, job)
                state = _judge(self.printer, job)
                assert state in ("completed", "aborted"), (name, job)
                self.outcome.states[state] += 1
            self.outcome.acknowledged += len(account.acknowledged)
            for name in account.unanswered & ledger.keys():
                _judge(self.printer, ledger.pop(name))
                self.outcome.kept_unanswered += 1
            account.acknowledged.clear()
            account.unanswered.clear()
        assert not ledger, f"jobs that nobody sent: {sorted(ledger)}"

    def _ledger(self) -> dict[str, wire.Values]:
        """The ended jobs that were not looked at before, by name."""
        wanted = ("job-id", "job-name", "job-state", "job-state-reasons", "job-impressions-completed")
        asked = [attribute("keyword", "requested-attributes", *wanted), attribute("keyword", "which-jobs", "completed")]
        with self.printer.client() as client:
            answer = client.ask(wire.GET_JOBS, *asked)
        assert answer.code == wire.OK
        jobs = [job for job in answer.group(wire.JOB) if job["job-id"][0] > self._looked_at]
        named = {job["job-name"][0]: job for job in jobs}
        assert len(named) == len(jobs), "a job is there twice"
        return named


def run(folder: Path, kills: int, seed: int, out: TextIO | None = None) -> Outcome:
    """Kill a printer that many times; AssertionError when it forgot, invented or repeated a job."""
    trial = Trial(folder, seed)
    try:
        while (left := kills - trial.outcome.kills) > 0:
            trial.round(min(ROUND, left))
            if out is not None:
                print(trial.outcome, file=out, flush=True)
    finally:
        trial.printer.close()
    return trial.outcome


def _client(printer: Desk, account: Account, papers: Samples, seed: float, ended: threading.Event) -> None:
    """Send one job after the other until the printer is gone."""
    rng = random.Random(seed)
    raster = papers.pwg(papers.pdf("a6", 2), "sgray-8", 150).read_bytes()
    while not ended.is_set():
        name = account.name()
        account.unanswered.add(name)
        try:
            with printer.client(10) as client:
                number = _print(client, name, raster, rng)
        except LOST:
            continue
        account.acknowledged[name] = number
        account.unanswered.remove(name)
        time.sleep(rng.random() * PAUSE)


def _print(client: Client, name: str, raster: bytes, rng: random.Random) -> int:
    """Print-Job, or Create-Job and Send-Document twice; the job-id once all of it is acknowledged."""
    if rng.random() < 0.7:
        answer = client.print_job(raster, "image/pwg-raster", attribute("integer", "copies", 2), name=name)
        assert answer.code == wire.OK, hex(answer.code)
        return int(answer.one("job-id"))
    answer = client.ask(wire.CREATE_JOB, attribute("name", "job-name", name))
    assert answer.code == wire.OK, hex(answer.code)
    number = int(answer.one("job-id"))
    for last in (0, 1):
        about = [attribute("integer", "job-id", number), attribute("mime", "document-format", "image/pwg-raster")]
        answer = client.ask(wire.SEND_DOCUMENT, *about, attribute("boolean", "last-document", last), data=raster)
        assert answer.code == wire.OK, hex(answer.code)
    return number


def _judge(printer: Desk, job: wire.Values) -> str:
    """What became of a job: printed once and whole, or reported aborted with a reason."""
    number, state = job["job-id"][0], job["job-state"][0]
    piles = printer.folders(number)
    assert len(piles) <= 1, f"job {number} was marked twice: {piles}"
    if state == wire.COMPLETED:
        record = printer.record(number)
        sides = len(list(piles[0].glob("sheet-*.png")))
        assert sides == job["job-impressions-completed"][0] == record["counters"]["impressions"] == 4, (number, record)
        return "completed"
    assert state in (wire.ABORTED, wire.CANCELED), job
    assert job["job-state-reasons"] != ["none"], job
    return "aborted" if state == wire.ABORTED else "canceled"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        run(Path(place), int(sys.argv[1]) if len(sys.argv) > 1 else 100, seed=time.time_ns(), out=sys.stdout)
