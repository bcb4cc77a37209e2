"""What has changed since last time: the one place where states become events (RFC 3995 section 5.3.3.4).

The engine looks whenever a call or a fact has done its work, and once more when the scheduler has. Rooms need do
nothing to have their changes told.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from firmware.core.document import ENDED as DOCUMENT_ENDED
from firmware.core.document import Document, DocumentState
from firmware.core.events import Happened
from firmware.core.job import ENDED, Job, JobState
from firmware.core.kept import Kept
from firmware.core.printer import Printer, PrinterState
from firmware.ipp import Attribute

if TYPE_CHECKING:
    from firmware.core.call import Context
    from firmware.core.describe import Describer

READY = {
    "printer-media-changed": ("media-ready", "media-col-ready"),
    "printer-finishings-changed": ("finishings-ready", "finishings-col-ready"),
}
"""The events that tell of what is loaded, and the attributes that do."""


@dataclass(frozen=True, slots=True)
class _Printer:
    state: PrinterState
    reasons: frozenset[str]
    accepting: bool
    status: int
    config: int
    ready: tuple[tuple[Attribute | None, ...], ...]
    order: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Job:
    state: JobState
    reasons: frozenset[str]
    sheets: int
    attributes: tuple[Attribute, ...]
    name: str

    @classmethod
    def of(cls, job: Job) -> _Job:
        return cls(job.state, job.reasons, job.sheets_completed, job.attributes, job.name)


@dataclass(frozen=True, slots=True)
class _Document:
    state: DocumentState
    reasons: frozenset[str]
    described: tuple[object, ...]

    @classmethod
    def of(cls, document: Document) -> _Document:
        return cls(document.state, document.reasons, (document.name, document.metadata, document.attributes))


class Changes:
    """Remembers how printers, jobs and documents were."""

    def __init__(self, describe: Describer) -> None:
        self._describe = describe
        self._printers: dict[int, _Printer] = {}
        self._jobs: dict[tuple[int, int], _Job] = {}
        self._documents: dict[tuple[int, int], dict[int, _Document]] = {}
        """By printer and job, then by document-number."""

    def learn(self, printers: Iterable[Printer], context: Context) -> None:
        """How everything is: nothing of this is news."""
        for printer in printers:
            self._printers[printer.id] = self._printer(printer, context)
            for job in printer.jobs.values():
                self._jobs[printer.id, job.id] = _Job.of(job)
                known = {number: _Document.of(document) for number, document in job.documents.items()}
                self._documents[printer.id, job.id] = known

    def look(self, printers: Iterable[Printer], touched: Iterable[Kept], context: Context) -> list[Happened]:
        """What is new. ``touched`` are the kept objects that may have changed."""
        jobs: dict[int, list[Job]] = {}
        documents: dict[tuple[int, int], list[Document]] = {}
        for thing in touched:
            if isinstance(thing, Job):
                jobs.setdefault(thing.printer_id, []).append(thing)
            elif isinstance(thing, Document):
                documents.setdefault((thing.printer_id, thing.job_id), []).append(thing)
        found: list[Happened] = []
        for printer in printers:
            reordered = False
            for job in sorted(jobs.get(printer.id, ()), key=lambda job: job.id):
                events = self._job_events(printer, job)
                reordered = reordered or bool(events)
                after = [Happened(printer.id, event, job.id) for event in events]
                born = after[:1] if events[:1] == ["job-created"] else []  # before its documents; its end after theirs
                found += [*born, *self._document_events(printer, job.id, documents), *after[len(born) :]]
            for job_id in sorted(job for of, job in documents if of == printer.id):
                found += self._document_events(printer, job_id, documents)
            found += [Happened(printer.id, event) for event in self._printer_events(printer, context, reordered)]
        return found

    # --------------------------------------------------------------------------------------------- jobs

    def _job_events(self, printer: Printer, job: Job) -> list[str]:
        key, now = (printer.id, job.id), _Job.of(job)
        before = self._jobs.get(key)
        if job.id in printer.jobs:
            self._jobs[key] = now
        else:
            self._jobs.pop(key, None)
        if before is None:
            born = ["job-created", "job-completed"] if job.ended else ["job-created"]
            return born if job.id in printer.jobs else []
        if job.id not in printer.jobs:  # purged
            return [] if before.state in ENDED else ["job-completed"]
        events = ["job-progress"] if now.sheets > before.sheets else []
        if (now.attributes, now.name) != (before.attributes, before.name):
            events.append("job-config-changed")
        return events + _job_state_events(before, now)

    # ---------------------------------------------------------------------------------------- documents

    def _document_events(
        self, printer: Printer, job_id: int, touched: dict[tuple[int, int], list[Document]]
    ) -> list[Happened]:
        """What is new of a job's documents; they are taken out of ``touched``."""
        key = (printer.id, job_id)
        if job_id not in printer.jobs:
            self._documents.pop(key, None)
        found = []
        for document in sorted(touched.pop(key, ()), key=lambda document: document.number):
            if job_id not in printer.jobs:
                continue
            known = self._documents.setdefault(key, {})
            before, now = known.get(document.number), _Document.of(document)
            known[document.number] = now
            found += [Happened(printer.id, event, job_id, document.number) for event in _of_document(before, now)]
        return found

    # ----------------------------------------------------------------------------------------- printers

    def _printer(self, printer: Printer, context: Context) -> _Printer:
        ready = tuple(tuple(self._ready(printer, names, context)) for names in READY.values())
        standing = (printer.state, printer.reasons, printer.accepting, printer.status_version)
        return _Printer(*standing, printer.config_version, ready, _order(printer))

    def _ready(self, printer: Printer, names: tuple[str, ...], context: Context) -> Iterable[Attribute | None]:
        return (self._describe.value(printer, name, context) for name in names)

    def _printer_events(self, printer: Printer, context: Context, reordered: bool) -> list[str]:
        before = self._printers[printer.id]
        standing = (printer.state, printer.reasons, printer.accepting, printer.status_version)
        changed = standing != (before.state, before.reasons, before.accepting, before.status)
        configured = printer.config_version != before.config
        if not changed and not configured and not reordered:
            return []
        now = self._printers[printer.id] = self._printer(printer, context)
        events = [event for event, old, new in zip(READY, before.ready, now.ready, strict=True) if old != new]
        if configured and not events:
            events.append("printer-config-changed")
        if changed:
            stopped = now.state is PrinterState.STOPPED and before.state is not PrinterState.STOPPED
            events.append("printer-stopped" if stopped else "printer-state-changed")
        stayed = set(before.order) & set(now.order)
        if [each for each in before.order if each in stayed] != [each for each in now.order if each in stayed]:
            events.append("printer-queue-order-changed")
        return events


def _order(printer: Printer) -> tuple[int, ...]:
    return tuple(job.id for job in printer.waiting)


def _job_state_events(before: _Job, now: _Job) -> list[str]:
    if (now.state, now.reasons) == (before.state, before.reasons):
        return []
    if now.state in ENDED:
        return ["job-completed"] if before.state not in ENDED else ["job-state-changed"]
    if before.state in ENDED:
        return ["job-created"]  # Restart-Job
    stopped = now.state is JobState.STOPPED and before.state is not JobState.STOPPED
    return ["job-stopped" if stopped else "job-state-changed"]


def _of_document(before: _Document | None, now: _Document) -> list[str]:
    ended = now.state in DOCUMENT_ENDED
    if before is None:
        return ["document-created", "document-completed"] if ended else ["document-created"]
    events = ["document-config-changed"] if now.described != before.described else []
    if (now.state, now.reasons) == (before.state, before.reasons):
        return events
    if before.state in DOCUMENT_ENDED and not ended:
        return [*events, "document-created"]  # its job is begun again
    if ended and before.state not in DOCUMENT_ENDED:
        return [*events, "document-completed"]
    stopped = DocumentState.PROCESSING_STOPPED
    return [*events, "document-stopped" if now.state is stopped is not before.state else "document-state-changed"]
