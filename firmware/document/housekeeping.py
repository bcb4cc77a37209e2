"""Sheets of the printer's own, as plain text: job-sheets, job-error-sheet, job-accounting-sheets (PWG 5100.3)."""

from __future__ import annotations

from firmware.core.ticket import Ticket
from firmware.ports import Counters, SinkJob

START = ("standard", "job-start-sheet", "job-both-sheet", "job-both-sheets")
END = ("job-end-sheet", "job-both-sheet", "job-both-sheets")
RULE = "=" * 40


def banner(job: SinkJob, ticket: Ticket) -> str:
    """Whose job it is."""
    lines = [*_head(job), f"Copies:   {ticket.copies}"]
    if ticket.recipient:
        lines.insert(-1, f"For:      {_shown(ticket.recipient)}")
    if ticket.operator_message:
        lines += ["", f"To the operator: {_shown(ticket.operator_message)}"]
    if ticket.sheet_message:
        lines += ["", ticket.sheet_message]
    return _page(lines)


def account(job: SinkJob, counters: Counters) -> str:
    """What the job took, up to this sheet."""
    lines = [
        *_head(job),
        "",
        f"Sheets:                {counters.sheets}",
        f"Impressions:           {counters.impressions}",
        f"  of them in colour:   {counters.color}",
        f"Pages:                 {counters.pages}",
    ]
    return _page(lines)


def errors(job: SinkJob, message: str) -> str:
    """Why there is no more of it."""
    return _page([*_head(job), "", message])


def _head(job: SinkJob) -> list[str]:
    return [
        RULE,
        f"Job {job.id}: {_shown(job.name)}",
        RULE,
        "",
        f"User:     {_shown(job.user)}",
        f"Printer:  {_shown(job.printer)}",
    ]


def _page(lines: list[str]) -> str:
    return "\n" * 3 + "\n".join(lines) + "\n"


def _shown(text: str) -> str:
    """One line of it, whatever a client put into a name."""
    return "".join(char if char.isprintable() else " " for char in text)[:120]
