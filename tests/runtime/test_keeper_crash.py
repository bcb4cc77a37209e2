"""Killed at any moment: what was acknowledged is there, and the store is sound."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from firmware.runtime.keeper import Keeper
from tests.house.sources import ROOT
from tests.runtime.support import new_system

# Keeps a counter, and says each number as soon as it is promised.
SCRIPT = """
import asyncio, sys
from pathlib import Path
from firmware.runtime.keeper import Keeper
from tests.runtime.support import new_system

async def main():
    system = new_system()
    keeper = Keeper(Path(sys.argv[1]))
    keeper.load(system)
    keeper.start()
    printer = system.printers[1]
    while True:
        printer.next_job_id += 1
        await keeper.save([printer])
        print(printer.next_job_id, flush=True)

asyncio.run(main())
"""


@pytest.mark.parametrize("after", [1, 7, 30])
def test_kill(tmp_path: Path, after: int) -> None:
    path = tmp_path / "state.db"
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(path)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        assert process.stdout is not None
        for _ in range(after):
            promised = int(process.stdout.readline())
        os.kill(process.pid, signal.SIGKILL)
        promised = max([promised, *(int(line) for line in process.stdout if line.endswith("\n"))])
    system = new_system()
    assert Keeper(path).load(system)
    assert promised <= system.printers[1].next_job_id <= promised + 1
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
