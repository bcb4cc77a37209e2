"""``inkstand accounting``: the accounting log, for people, spreadsheets and scripts."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime
from pathlib import Path
from typing import Any

from board.ask import ask, table
from firmware.runtime.ledger import read

_COLUMNS = ("ENDED", "JOB", "FROM", "ACCOUNT", "STATE", "SHEETS", "SIDES", "NAME")


def show_accounts(control: Path, form: str | None) -> str:
    """Every record of the running printer's log; ``form`` is json, csv, or None for a table."""
    records = read(Path(ask(control, "/control/status")["accounting"]))
    if form == "json":
        return "\n".join(json.dumps(record, ensure_ascii=False) for record in records)
    if form == "csv":
        return _as_csv(records)
    if not records:
        return "No job has ended yet."
    return table([_COLUMNS, *(_row(record) for record in records)])


def _row(record: dict[str, Any]) -> tuple[str, ...]:
    ended = record["time-at-completed"]
    return (
        "–" if ended is None else datetime.fromtimestamp(ended).strftime("%Y-%m-%d %H:%M"),
        str(record["job-id"]),
        record["job-originating-user-name"],
        record["job-account-id"] or "–",
        record["job-state"],
        str(record["job-media-sheets-completed"]),
        str(record["job-impressions-completed"]),
        record["job-name"],
    )


def _as_csv(records: list[dict[str, Any]]) -> str:
    names = list(records[-1]) if records else []
    file = io.StringIO()
    writer = csv.DictWriter(file, names, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for record in records:
        flat = {name: " ".join(value) if isinstance(value, list) else value for name, value in record.items()}
        writer.writerow({name: _tame(value) for name, value in flat.items()})
    return file.getvalue().rstrip("\n")


def _tame(value: Any) -> Any:
    """Names come from strangers: a spreadsheet must not take one for a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
