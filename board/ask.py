"""Ask a running printer by its control socket."""

from __future__ import annotations

import http.client
import json
import socket
from pathlib import Path
from typing import Any, cast


class AskFailure(Exception):
    """No answer: one line, with what to do."""


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: Path, timeout: float = 60) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def ask(path: Path, resource: str, request: dict[str, Any] | None = None) -> dict[str, Any]:
    """GET a JSON resource, or POST ``request`` to it."""
    connection = UnixConnection(path, 10)
    try:
        if request is None:
            connection.request("GET", resource)
        else:
            connection.request("POST", resource, json.dumps(request), {"Content-Type": "application/json"})
        response = connection.getresponse()
        body = response.read()
    except (FileNotFoundError, ConnectionRefusedError):
        raise AskFailure(not_running(path)) from None
    except OSError as error:
        raise AskFailure(f"the printer does not answer: {error}") from error
    finally:
        connection.close()
    if response.status == 400:
        raise AskFailure(body.decode("utf-8", "replace").strip())
    if response.status != 200:
        raise AskFailure(f"the printer answered {response.status} {response.reason}")
    return cast(dict[str, Any], json.loads(body))


def not_running(path: Path) -> str:
    return f"no printer runs on port {path.stem} here: start one with 'inkstand run', or give --port"


def show_jobs(answer: dict[str, Any], as_json: bool, everything: bool) -> str:
    if as_json:
        return json.dumps(answer, indent=2)
    found = answer["jobs"] if everything else answer["jobs"][:20]
    if not found:
        return "No jobs yet."
    rows: list[tuple[str, ...]] = [("JOB", "STATE", "SHEETS", "FROM", "NAME", "")]
    rows += [
        (
            str(job["job-id"]),
            job["job-state"],
            str(job["job-media-sheets-completed"]),
            job["job-originating-user-name"],
            job["job-name"],
            job["job-state-message"] if job["job-state"] in ("aborted", "canceled", "held") else "",
        )
        for job in found
    ]
    return table(rows)


def show_status(answer: dict[str, Any], as_json: bool) -> str:
    if as_json:
        return json.dumps(answer, indent=2)
    lines = [f"inkstand {answer['version']}, process {answer['pid']}, up {duration(answer['uptime'])}"]
    for printer in answer["printers"]:
        reasons = ", ".join(printer["printer-state-reasons"])
        lines += [
            f"{printer['name']} ({printer['printer-make-and-model']})",
            f"  state    {printer['printer-state']}: {printer['printer-state-message']}"
            + (f" ({reasons})" if reasons else ""),
            f"  queue    {counted(printer['queued-job-count'], 'job')}",
            f"  printed  {counted(printer['printer-media-sheets-completed'], 'sheet')}, "
            f"{counted(printer['printer-impressions-completed'], 'side')}",
            f"  printer  ipp://localhost:{answer['port']}{printer['path']}",
        ]
    if answer["faults"]:
        lines.append(f"  faults   {', '.join(answer['faults'])}")
    return "\n".join([*lines, f"  sheets   {answer['out']}"])


def show_trays(answer: dict[str, Any]) -> str:
    rows: list[tuple[str, ...]] = [("TRAY", "SHEETS", "SIZE", "TYPE")]
    for tray in answer["trays"]:
        level = "enough" if tray["sheets"] is None else str(tray["sheets"])
        rows.append((tray["source"], level, tray["size"] or "empty", tray["type"]))
    return table(rows)


def duration(seconds: int) -> str:
    hours, rest = divmod(seconds, 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}"


def counted(number: int, thing: str) -> str:
    """``1 sheet``, ``2 sheets``."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


def table(rows: list[tuple[str, ...]]) -> str:
    safe = [tuple("".join(char if char.isprintable() else "?" for char in cell) for cell in row) for row in rows]
    widths = [max(len(row[index]) for row in safe) for index in range(len(safe[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in safe
    )
