"""What ``inkstand jobs`` and ``inkstand status`` show of the control socket's answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from board.ask import AskFailure, ask, duration, show_jobs, show_status, table

JOB: dict[str, Any] = {
    "job-id": 12,
    "job-state": "completed",
    "job-state-message": "Printed.",
    "job-name": "letter",
    "job-originating-user-name": "alice",
    "job-media-sheets-completed": 3,
}
STATUS: dict[str, Any] = {
    "version": "1",
    "pid": 5,
    "port": 8631,
    "out": "/out",
    "uptime": 3661,
    "usb": "none",
    "faults": [],
    "printers": [
        {
            "name": "Desk",
            "path": "/ipp/print",
            "printer-make-and-model": "Test Mono",
            "printer-state": "idle",
            "printer-state-reasons": ["media-jam"],
            "printer-state-message": "Ready.",
            "queued-job-count": 2,
            "printer-impressions-completed": 4,
            "printer-media-sheets-completed": 3,
        }
    ],
}


def test_jobs_as_a_table() -> None:
    shown = show_jobs(
        {"jobs": [JOB, {**JOB, "job-id": 3, "job-state": "aborted", "job-state-message": "No PDF."}]}, False, False
    )
    assert [line.split() for line in shown.splitlines()] == [
        ["JOB", "STATE", "SHEETS", "FROM", "NAME"],
        ["12", "completed", "3", "alice", "letter"],
        ["3", "aborted", "3", "alice", "letter", "No", "PDF."],
    ]


def test_no_jobs_and_too_many() -> None:
    assert show_jobs({"jobs": []}, False, False) == "No jobs yet."
    assert show_jobs({"jobs": [JOB] * 30}, False, False).count("letter") == 20
    assert show_jobs({"jobs": [JOB] * 30}, False, True).count("letter") == 30


def test_as_json() -> None:
    assert json.loads(show_jobs({"jobs": [JOB]}, True, False)) == {"jobs": [JOB]}
    assert json.loads(show_status(STATUS, True)) == STATUS


def test_the_status() -> None:
    shown = show_status(STATUS, False)
    assert "up 1:01:01" in shown
    assert "idle: Ready. (media-jam)" in shown
    assert "ipp://localhost:8631/ipp/print" in shown


@pytest.mark.parametrize(("seconds", "told"), [(0, "0:00:00"), (59, "0:00:59"), (86400, "24:00:00")])
def test_durations(seconds: int, told: str) -> None:
    assert duration(seconds) == told


def test_what_clients_sent_can_t_spoil_the_terminal() -> None:
    assert table([("a\x1b[2J", "b\nc")]) == "a?[2J  b?c"


def test_a_socket_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(AskFailure, match="no printer runs on port 8631"):
        ask(tmp_path / "8631.sock", "/control/jobs")


def test_a_socket_that_nobody_listens_on(tmp_path: Path) -> None:
    import socket

    path = tmp_path / "8631.sock"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    with pytest.raises(AskFailure, match="no printer runs"):
        ask(path, "/control/jobs")
