"""``inkstand release`` and ``inkstand accounting`` beside a printer that runs: nothing tells the PIN to anybody."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import wire
from tests.desk import COMMAND, Desk, desk

PIN = "drowssap-4711"


@pytest.fixture
def printer(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path / "desk", "--trace", str(tmp_path / "trace"), "--log-level", "debug") as running:
        yield running


def said(printer: Desk, *arguments: str) -> tuple[int, str]:
    """Exit status and all that a command wrote."""
    command = [str(COMMAND), *arguments, "--port", str(printer.port)]
    done = subprocess.run(
        command, env=printer.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60
    )
    return done.returncode, done.stdout + done.stderr


def test_a_pin_at_the_printer(printer: Desk, tmp_path: Path) -> None:
    paper = tmp_path / "secret.txt"
    paper.write_text("For my eyes only.\n")
    status, text = said(printer, "print", str(paper), "--pin", PIN)
    assert (status, "inkstand release 1" in text) == (0, True), text
    status, text = said(printer, "release")
    assert status == 1
    assert "secret.txt" in text
    assert "its PIN" in text
    assert "say which" in text
    status, text = said(printer, "release", "1", "--pin", "drowssap-4712")
    assert status == 1
    assert "not the job-password" in text
    assert said(printer, "release", "2")[0] == 1
    assert not printer.folders(1)
    assert said(printer, "release", "1", "--pin", PIN) == (0, "Job 1 is released.\n")
    printer.wait_for_job(1)
    assert printer.record(1)["counters"]["sheets"] == 1
    assert said(printer, "release", "1", "--pin", PIN)[0] == 1
    _the_pin_is_nowhere(printer, tmp_path)


def _the_pin_is_nowhere(printer: Desk, folder: Path) -> None:
    trace = (folder / "trace").read_text()
    assert trace.count("job-password (not shown)") == 3
    files = [path for path in (*folder.rglob("*"), printer.log) if path.is_file()]
    assert len(files) > 8
    for file in files:
        assert PIN.encode() not in file.read_bytes(), file


def test_a_button_at_the_printer(printer: Desk, tmp_path: Path) -> None:
    with printer.client() as client:
        action = wire.attribute("keyword", "job-release-action", "button-press")
        kind = wire.attribute("mime", "document-format", "text/plain")
        assert client.ask(wire.PRINT_JOB, action, kind, data=b"Press.\n").code == wire.OK
    assert "press of the printer's button" in said(printer, "jobs")[1]
    assert said(printer, "release", "1") == (0, "Job 1 is released.\n")
    printer.wait_for_job(1)


def test_the_accounting_log(printer: Desk, tmp_path: Path) -> None:
    assert said(printer, "accounting") == (0, "No job has ended yet.\n")
    paper = tmp_path / "=2+3.txt"
    paper.write_text("Somebody pays.\n")
    assert said(printer, "print", str(paper), "-o", "job-account-id=4711")[0] == 0
    (record,) = [json.loads(line) for line in said(printer, "accounting", "--json")[1].splitlines()]
    assert (record["job-state"], record["job-account-id"], record["job-media-sheets-completed"]) == (
        "completed",
        "4711",
        1,
    )
    table = said(printer, "accounting")[1]
    assert "ACCOUNT" in table
    assert "4711" in table
    head, line = said(printer, "accounting", "--csv")[1].splitlines()
    assert head.startswith("job-uuid,printer-name,job-id,")
    assert ",'=2+3.txt," in line
    printer.stop()
    printer.start()
    assert len(said(printer, "accounting", "--json")[1].splitlines()) == 1
