"""A real printer for tests: ``inkstand run`` as a process of its own, with folders of its own, on a free port."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from tests import wire

Found = TypeVar("Found")

COMMAND = Path(sys.executable).with_name("inkstand")
_READY = re.compile(r"^  printer  ipp://localhost:(\d+)/ipp/print$", re.MULTILINE)
_BAD = re.compile(
    r"^.*(Traceback \(most recent call last\)|Exception ignored|was never (?:awaited|retrieved)|[a-z]Warning: ).*$"
    r"|^\d\d:\d\d:\d\d (?:error|critical) .*$",
    re.MULTILINE,
)
"""What a printer never logs when all is well, whatever clients do."""


def until(condition: Callable[[], Found | None], what: str, seconds: float = 60) -> Found:
    """Wait until ``condition`` gives something true, and return that."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds:g} seconds for {what}")
        time.sleep(0.02)
    return found


class Desk:
    """One printer. It may be started again on the same folders and port.

    ``check`` fails on tracebacks, warnings of Python and errors in the log, but those that a test ``allowed``.
    """

    def __init__(
        self, folder: Path, *options: str, out: Path | None = None, state: Path | None = None, port: int = 0
    ) -> None:
        self.folder = folder
        self.out = out or folder / "out"
        self.state = state or folder / "state"
        self.log = folder / "printer.log"
        self.port = port
        self.options = options
        self.allowed: list[str] = []
        self.before_exec: Callable[[], None] | None = None
        """Runs in the new process before the printer, for limits."""
        self._checked = 0
        self._runtime = Path(tempfile.mkdtemp(prefix="desk-"))  # short: a socket's path has 108 octets
        self._process: subprocess.Popen[bytes] | None = None

    # ------------------------------------------------------------------------------------------ life

    def start(self) -> None:
        """Start it and wait until it serves."""
        self.folder.mkdir(parents=True, exist_ok=True)
        command = [str(COMMAND), "run", "--port", str(self.port), "--out", str(self.out), "--state", str(self.state)]
        begin = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*command, "--no-discovery", *self.options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self.environment,
                preexec_fn=self.before_exec,
            )
        ready = until(lambda: self._is_ready(begin), "the printer to be ready")
        self.port = int(ready[1])

    def _is_ready(self, begin: int) -> re.Match[str] | None:
        said = self.log.read_bytes()[begin:].decode()
        assert self._process is not None
        if self._process.poll() is not None:
            raise AssertionError(f"the printer ended with status {self._process.returncode}:\n{said}")
        return _READY.search(said)

    @property
    def environment(self) -> dict[str, str]:
        """For the printer and for ``inkstand`` commands that ask it."""
        return {
            **os.environ,
            "XDG_RUNTIME_DIR": str(self._runtime),
            "PYTHONWARNINGS": "default",
            "PYTHONUNBUFFERED": "1",
        }

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """As if the power failed."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self, seconds: float = 30) -> None:
        """Switch it off properly, and see that it ended well."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            status = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the printer did not stop within {seconds:g} seconds") from None
        self._process = None
        assert status == 0, f"the printer ended with status {status}:\n{self.said[-3000:]}"
        self.check_log()

    def close(self) -> None:
        """Whatever happened, nothing of it stays."""
        self.kill()
        shutil.rmtree(self._runtime, ignore_errors=True)

    # --------------------------------------------------------------------------------------- its words

    @property
    def uri(self) -> str:
        return f"ipp://localhost:{self.port}/ipp/print"

    @property
    def said(self) -> str:
        """All that it logged."""
        return self.log.read_text(errors="replace")

    def client(self, timeout: float = 60) -> wire.Client:
        return wire.Client(self.port, timeout)

    def check(self) -> None:
        """It still serves, and it has nothing to complain of."""
        assert self.alive, f"the printer died:\n{self.said[-3000:]}"
        with self.client(10) as client:
            answer = client.ask(wire.GET_PRINTER)
        assert answer.code == wire.OK
        assert answer.one("printer-is-accepting-jobs")
        self.check_log()

    def check_log(self) -> None:
        """What it logged since this was last asked."""
        said, self._checked = self.said[self._checked :], len(self.said)
        bad = [match[0] for match in _BAD.finditer(said)]
        bad = [line for line in bad if not any(re.search(allowed, line) for allowed in self.allowed)]
        assert not bad, f"in the printer's log: {bad[:5]}\n{said[-6000:]}"

    # -------------------------------------------------------------------------------------- its jobs

    def wait_for_job(self, number: int, seconds: float = 60) -> wire.Answer:
        """The job's attributes once it has ended."""

        def ended() -> wire.Answer | None:
            answer = client.job(number)
            return answer if answer.one("job-state") in wire.ENDED else None

        with self.client() as client:
            return until(ended, f"job {number} to end", seconds)

    def idle(self, seconds: float = 60) -> None:
        """Wait until it has nothing to do: no job waits or prints, but those that are held."""

        def resting() -> bool:
            states = [group["job-state"][0] for group in client.ask(wire.GET_JOBS, wanted).group(wire.JOB)]
            return all(state == wire.HELD for state in states)

        wanted = wire.attribute("keyword", "requested-attributes", "job-id", "job-state")
        with self.client() as client:
            until(resting, "the printer to be idle", seconds)

    def folders(self, number: int) -> list[Path]:
        """The folders that a job's sheets lie in: one, unless it was begun more than once."""
        return sorted(self.out.glob(f"{number:04d}-*"))

    def record(self, number: int) -> dict[str, Any]:
        """The job.json of a job that ended at the sink."""
        (folder,) = self.folders(number)
        record: dict[str, Any] = json.loads((folder / "job.json").read_text())
        return record

    def command(self, *arguments: str) -> str:
        """What an ``inkstand`` command about this printer says."""
        command = [str(COMMAND), *arguments, "--port", str(self.port)]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=60, check=True)
        return done.stdout

    # ------------------------------------------------------------------------------------- its memory

    def peak(self) -> int:
        """Octets of memory that the printer itself ever held at once."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        match = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
        assert match is not None
        return int(match[1]) << 10

    def children(self) -> list[int]:
        """Its renderer processes."""
        tasks = Path(f"/proc/{self.pid}/task").glob("*/children")
        return [int(child) for task in tasks for child in task.read_text().split()]


@contextmanager
def desk(folder: Path, *options: str, **places: Any) -> Iterator[Desk]:
    """A printer that runs; afterwards it must still serve, and stop well."""
    printer = Desk(folder, *options, **places)
    try:
        printer.start()
        yield printer
        printer.check()
        printer.stop()
    finally:
        printer.close()


def need(*programs: str, packages: Sequence[str]) -> None:
    """Fail, and never skip, when a program that the tests need is not there."""
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    missing = [program for program in programs if shutil.which(program, path=path) is None]
    if missing:
        line = f"sudo apt-get install --no-install-recommends {' '.join(packages)}"
        raise AssertionError(f"{', '.join(missing)} not found. Type this, then try again:  {line}")
