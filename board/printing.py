"""``inkstand print``: send files as one job and watch it become paper."""

from __future__ import annotations

import hashlib
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from board.ask import counted, not_running
from board.client import Client, ClientError, Trust, job_value
from board.tickets import OptionError, parse_option
from firmware.core.call import plain_text
from firmware.core.job import ENDED, JobState
from firmware.ipp import (
    Attribute,
    AttributeGroup,
    GroupTag,
    Keyword,
    Message,
    MimeMediaType,
    Name,
    Operation,
    dump,
)

POLL = 0.25
"""Seconds between questions how far it is."""


class PrintFailure(Exception):
    """It was not printed: one line, with what to do."""


def print_files(
    files: list[Path],
    options: list[str],
    printer: str | None,
    control: Path,
    title: str | None,
    media_type: str | None,
    wait: bool,
    pin: str | None = None,
    trust: Trust | None = None,
) -> bool:
    """Print; False when the job ended other than completed."""
    if printer is None and not control.exists():
        raise PrintFailure(not_running(control))
    try:
        template = AttributeGroup(GroupTag.JOB, [parse_option(option) for option in options])
        client = Client(printer or "ipp://localhost/ipp/print", control if printer is None else None, trust or Trust())
        number = _send(client, files, template, title or files[0].name, media_type, pin)
        click.echo(f"Job {number} sent.")
        return _watch(client, number) if wait else True
    except (OptionError, ClientError) as error:
        raise PrintFailure(str(error)) from error


def _send(
    client: Client,
    files: list[Path],
    template: AttributeGroup,
    title: str,
    media_type: str | None,
    pin: str | None,
) -> int:
    about = [Attribute("job-name", Name(title)), *_locked(pin)]
    groups = [template] if template.attributes else []
    if len(files) == 1:
        answer = _document(client, Operation.PRINT_JOB, about, groups, files[0], media_type)
        return job_value(answer, "job-id")
    answer = client.request(Operation.CREATE_JOB, about, groups)
    _warn(answer)
    number = job_value(answer, "job-id")
    for file in files:
        target = [Attribute("job-id", number), Attribute("last-document", file is files[-1])]
        _document(client, Operation.SEND_DOCUMENT, target, [], file, media_type)
    return number


def _locked(pin: str | None) -> list[Attribute]:
    """The job's PIN, hidden as every printer that takes PINs understands it (PWG 5100.11)."""
    if pin is None:
        return []
    hidden = Attribute("job-password", hashlib.sha256(pin.encode()).digest())
    return [hidden, Attribute("job-password-encryption", Keyword("sha2-256"))]


def _document(
    client: Client,
    operation: Operation,
    attributes: list[Attribute],
    groups: list[AttributeGroup],
    file: Path,
    media_type: str | None,
) -> Message:
    described = [*attributes, Attribute("document-name", Name(file.name))]
    if media_type:
        described.append(Attribute("document-format", MimeMediaType(media_type)))
    with file.open("rb") as data, _progress(file) as sent:
        answer = client.request(operation, described, groups, data, sent)
    _warn(answer)
    return answer


@contextmanager
def _progress(file: Path) -> Iterator[Callable[[int], None]]:
    """A progress bar for the octets of a file; silent where nobody looks, or where the end is not known."""
    size = file.stat().st_size if file.is_file() else 0
    if not size:
        yield lambda octets: None
        return
    with click.progressbar(range(size), size, label=f"Sending {file.name}") as bar:
        yield bar.update


def _warn(answer: Message) -> None:
    """What the printer did not honour."""
    ignored = answer.group(GroupTag.UNSUPPORTED)
    for attribute in ignored or ():
        click.echo(f"Not honoured: {dump.dump_attribute(attribute)}", err=True)


def _watch(client: Client, number: int) -> bool:
    """Follow the job to its end."""
    wanted = ("job-state", "job-state-message", "job-impressions-completed", "job-media-sheets-completed")
    attributes = [Attribute("job-id", number), Attribute("requested-attributes", *(Keyword(name) for name in wanted))]
    shown = ""
    while True:
        answer = client.request(Operation.GET_JOB_ATTRIBUTES, attributes)
        state = JobState(job_value(answer, "job-state"))
        line = _line(answer)
        if line != shown and (state in ENDED or sys.stdout.isatty()):
            click.echo(f"\r\x1b[K{line}" if shown else line, nl=state in ENDED)
            shown = line
        if state is JobState.HELD:
            click.echo(f"It waits: 'inkstand release {number}' when you stand at the printer.")
            return True
        if state in ENDED:
            return state is JobState.COMPLETED
        time.sleep(POLL)


def _line(answer: Message) -> str:
    said = answer.get("job-state-message", GroupTag.JOB)
    sides = counted(job_value(answer, "job-impressions-completed"), "side")
    sheets = counted(job_value(answer, "job-media-sheets-completed"), "sheet")
    return f"{plain_text(said.value) if said is not None else ''} {sides} on {sheets}."
