"""``inkstand release``: the panel of a printer that has none. Its button and its keys, by the control socket."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from board.ask import AskFailure, ask, table
from board.client import Client, ClientError
from firmware.ipp import Attribute, Keyword, Operation

_ASKS = {
    "button-press": "a press of the button",
    "job-password": "its PIN",
    "none": "inkstand",
    "owner-authorized": "its owner",
}


class ReleaseFailure(Exception):
    """It was not released: one line that says why."""


def release_job(control: Path, number: int | None, pin: str | None) -> str:
    """Release one job as somebody who stands at the printer; asks for what was not given. One line for people."""
    try:
        waiting = _waiting(control)
        if number is None:
            number = _choose(waiting)
        job = next((job for job in waiting if job["job-id"] == number), None)
        if job is None:
            raise ReleaseFailure(f"job {number} does not wait: 'inkstand release' shows what does")
        _release(control, job, pin)
    except (AskFailure, ClientError) as error:
        raise ReleaseFailure(str(error)) from error
    return f"Job {number} is released."


def _waiting(control: Path) -> list[dict[str, Any]]:
    return [job for job in ask(control, "/control/jobs")["jobs"] if job["job-state"] in ("held", "stopped")]


def _choose(waiting: list[dict[str, Any]]) -> int:
    if not waiting:
        raise ReleaseFailure("no job waits")
    rows: list[tuple[str, ...]] = [("JOB", "FROM", "NAME", "WAITS FOR")]
    rows += [
        (str(job["job-id"]), job["job-originating-user-name"], job["job-name"], _ASKS[job["job-release-action"]])
        for job in waiting
    ]
    click.echo(table(rows))
    if not sys.stdin.isatty():
        raise ReleaseFailure("say which: inkstand release JOB")
    return int(click.prompt("Job", type=int, default=waiting[0]["job-id"]))


def _release(control: Path, job: dict[str, Any], pin: str | None) -> None:
    number, action = job["job-id"], job["job-release-action"]
    if action == "button-press" and "job-release-wait" in job["job-state-reasons"]:
        after = ask(control, "/control/button", {"printer": job["printer-id"], "job": number})["jobs"]
        if any("job-release-wait" in entry["job-state-reasons"] for entry in after if entry["job-id"] == number):
            raise ReleaseFailure(f"job {number} still waits")
        return
    attributes = [Attribute("job-id", number)]
    if action == "job-password":
        typed = pin if pin is not None else click.prompt("PIN", hide_input=True)
        attributes += [
            Attribute("job-password", typed.encode()),
            Attribute("job-password-encryption", Keyword("none")),
        ]
    Client(f"ipp://localhost{job['printer-path']}", control).request(Operation.RELEASE_JOB, attributes)
