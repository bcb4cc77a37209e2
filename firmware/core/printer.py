"""Printers and the system that holds them (RFC 8011 section 5.4, PWG 5100.22)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from firmware.core.clock import Moment, Now
from firmware.core.job import ENDED, Job, JobState
from firmware.core.kept import Kept
from firmware.core.model import Model
from firmware.ipp import Attribute

if TYPE_CHECKING:
    from firmware.core.catalog import Catalog

PartType = TypeVar("PartType")


class PrinterState(IntEnum):
    """printer-state (RFC 8011 section 5.4.11)."""

    IDLE = 3
    PROCESSING = 4
    STOPPED = 5


MOVES: dict[PrinterState, frozenset[PrinterState]] = {
    PrinterState.IDLE: frozenset({PrinterState.PROCESSING, PrinterState.STOPPED}),
    PrinterState.PROCESSING: frozenset({PrinterState.IDLE, PrinterState.STOPPED}),
    PrinterState.STOPPED: frozenset({PrinterState.IDLE, PrinterState.PROCESSING}),
}


_BEGINNING = Moment(1)


@dataclass
class Printer(Kept):
    """One printer, named by its path under /ipp/print; what rooms add is in its parts."""

    id: int
    uuid: str
    name: str
    """What people see; printer-dns-sd-name begins as this."""
    path: str
    model: Model

    accepting: bool = True
    paused: bool = False
    """It begins no jobs until it is resumed."""
    halted: frozenset[str] = frozenset()
    """printer-state-reasons of larger standstills: deactivated, shutdown."""
    next_job_id: int = 1
    settings: tuple[Attribute, ...] = ()
    """Values that somebody set, in place of the model's."""
    impressions_completed: int = 0
    sheets_completed: int = 0

    state: PrinterState = PrinterState.IDLE
    reasons: frozenset[str] = frozenset()
    message: str = ""
    state_changed: Moment = _BEGINNING
    config_changed: Moment = _BEGINNING
    config_version: int = 0
    """Counts changes of configuration: encoded attributes of an older version are stale."""
    status_version: int = 0
    """Counts changes of how its parts fare, which state and reasons do not show."""
    jobs: dict[int, Job] = field(default_factory=dict)
    parts: dict[type, Any] = field(default_factory=dict)
    current: int | None = None
    """The job that the press has."""

    transient: ClassVar[frozenset[str]] = frozenset(
        {"model", "path", "state", "reasons", "message", "state_changed", "config_changed", "config_version"}
        | {"status_version", "jobs", "parts", "current", "_catalog"}
    )

    def furnish(self, catalog: Catalog) -> None:
        """These rooms serve it from now on; the parts that they want on it are put there."""
        self._catalog = catalog
        for part in catalog.parts:
            if part.owner is Printer:
                self.parts.setdefault(part.kind, part.kind())

    @property
    def catalog(self) -> Catalog:
        """The rooms that serve it."""
        return self._catalog

    def __getitem__(self, part: type[PartType]) -> PartType:
        """The part that a room put on this printer."""
        found: PartType = self.parts[part]
        return found

    def setting(self, name: str) -> Attribute | None:
        return next((attribute for attribute in self.settings if attribute.name == name), None)

    def change_settings(self, changes: dict[str, Attribute | None], now: Now) -> None:
        """Set some values, or go back to the model's with None."""
        kept = [attribute for attribute in self.settings if attribute.name not in changes]
        self.settings = (*kept, *(attribute for attribute in changes.values() if attribute is not None))
        self.configured(now)

    def configured(self, now: Now) -> None:
        """Something that clients may have remembered is different now."""
        self.config_changed = Moment.of(now)
        self.config_version += 1

    def move(self, state: PrinterState, now: Now, message: str = "") -> None:
        """Go to another state; staying is no move, an illegal one is a bug of ours."""
        if state is not self.state:
            if state not in MOVES[self.state]:
                raise RuntimeError(f"printer {self.id}: no way from {self.state.name} to {state.name}")
            self.state = state
            self.state_changed = Moment.of(now)
        self.message = message

    def set_reasons(self, add: set[str], drop: set[str], now: Now) -> None:
        """Change printer-state-reasons."""
        reasons = (self.reasons - drop) | add
        if reasons != self.reasons:
            self.reasons = frozenset(reasons)
            self.state_changed = Moment.of(now)

    def fares(self, now: Now) -> None:
        """A part of it fares differently, and an attribute of its own says how."""
        self.status_version += 1
        self.state_changed = Moment.of(now)

    @property
    def waiting(self) -> list[Job]:
        """Jobs that have not ended, next to print first (RFC 8011 section 4.2.6.2)."""
        return sorted((job for job in self.jobs.values() if job.state not in ENDED), key=_turn)

    @property
    def finished(self) -> list[Job]:
        """Jobs that have ended, newest end first."""
        ended = [job for job in self.jobs.values() if job.state in ENDED]
        return sorted(ended, key=_end, reverse=True)


def _turn(job: Job) -> tuple[bool, tuple[int, ...]]:
    running = job.state in (JobState.PROCESSING, JobState.STOPPED)
    return (not running, job.turn)


def _end(job: Job) -> tuple[int, float, int]:
    moment = job.completed or Moment(0)
    return (moment.up, moment.wall or 0.0, job.id)


@dataclass
class System(Kept):
    """All the printers of one process."""

    uuid: str
    printers: dict[int, Printer] = field(default_factory=dict)

    transient: ClassVar[frozenset[str]] = frozenset({"printers"})

    def at_path(self, path: str) -> Printer | None:
        return next((printer for printer in self.printers.values() if printer.path == path), None)

    def watch_all(self, watcher: Callable[[Kept], None]) -> None:
        """Watch the system and everything in it."""
        self.watch(watcher)
        for printer in self.printers.values():
            printer.watch(watcher)
            for part in printer.parts.values():
                if isinstance(part, Kept):
                    part.watch(watcher)
            for job in printer.jobs.values():
                job.watch(watcher)
                for document in job.documents.values():
                    document.watch(watcher)
