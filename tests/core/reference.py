"""A small printer that only remembers: what jobs and printers must be after each operation (RFC 8011, 3998, 5100.7).

It knows nothing of the code: a line of jobs, who waits for what, what the press has. ``World`` asks it and the real one
the same and compares. ``python -m tests.core.reference STEPS [SEED]`` goes on for as many steps as one likes.
"""

from __future__ import annotations

import random
import sys
from dataclasses import dataclass, field
from typing import Any

from firmware.core.events import (
    ImpressionDone,
    JobDone,
    JobSuspended,
    MarkingStarted,
    PrintJob,
    SheetDone,
    StopJob,
    SuspendJob,
)
from firmware.ipp import Attribute, GroupTag, MimeMediaType, Operation, Status
from tests.printer import A4, OPERATOR, PDF, PLAIN, Answer, Desk, group, keyword

FRONT = (-1, 0, 0)
"""The anchor of promoted jobs: before every priority and age."""
ALIVE = ("pending", "pending-held", "processing", "processing-stopped")
NAMES = {3: "pending", 4: "pending-held", 5: "processing", 6: "processing-stopped"} | {
    7: "canceled",
    8: "aborted",
    9: "completed",
}
USERS = ("alice", "bob")


@dataclass
class Item:
    """A job as the reference sees it."""

    id: int
    user: str
    priority: int = 50
    wish: str = "no-hold"
    retain: bool = False
    closed: bool = True
    documents: int = 1
    state: str = "pending"
    anchor: tuple[int, int, int] = FRONT
    unheld: bool = False
    aside: str = ""
    """Why it is processing-stopped: job-suspended, or printer-stopped."""
    suspending: bool = False
    stopping: bool = False
    marked: bool = False
    sheets: int = 0
    kept: bool = False
    """It has ended, and its documents are there."""

    @property
    def key(self) -> tuple[int, int, int]:
        return (0, -self.priority, self.id)


@dataclass
class Reference:
    """The printer as it must be."""

    accepting: bool = True
    paused: bool = False
    halted: set[str] = field(default_factory=set)
    held_from: int = 0
    next_id: int = 1
    jobs: dict[int, Item] = field(default_factory=dict)
    line: list[int] = field(default_factory=list)
    current: int | None = None
    told_to_stop: set[int] = field(default_factory=set)
    """What the press has been told of its job: nothing, or to put it aside."""

    def add(self, item: Item) -> None:
        self.next_id = item.id + 1
        self.jobs[item.id] = item
        self.enter(item)

    def enter(self, item: Item) -> None:
        """Into the line by priority and age."""
        item.anchor = item.key
        later = (index for index, number in enumerate(self.line) if self.jobs[number].anchor >= item.key)
        self.line.insert(next(later, len(self.line)), item.id)

    def first(self, item: Item) -> None:
        self.line.remove(item.id)
        item.anchor = FRONT
        self.line.insert(0, item.id)

    def behind(self, item: Item, other: Item) -> None:
        self.line.remove(item.id)
        item.anchor = other.anchor
        self.line.insert(self.line.index(other.id) + 1, item.id)

    def end(self, item: Item, state: str) -> None:
        self.line.remove(item.id)
        item.state, item.aside = state, ""
        item.kept = item.retain and item.documents > 0
        item.stopping = item.suspending = False

    def settle(self) -> None:
        """Hold, let go, and begin the next."""
        for number in self.line:
            item = self.jobs[number]
            if item.state in ("pending", "pending-held"):
                held = not item.unheld and (item.wish != "no-hold" or 0 < self.held_from <= item.id)
                item.state = "pending-held" if held else "pending"
        if self.current is None and not self.paused and not self.halted:
            ready = [self.jobs[number] for number in self.line if self._ready(self.jobs[number])]
            ready.sort(key=lambda item: item.aside != "printer-stopped")
            if ready:
                self.current = ready[0].id
                ready[0].state, ready[0].aside = "processing", ""

    @staticmethod
    def _ready(item: Item) -> bool:
        return item.aside == "printer-stopped" or (item.state == "pending" and item.closed and item.documents > 0)

    def printer(self) -> tuple[str, set[str]]:
        reasons = set(self.halted) | ({"hold-new-jobs"} if self.held_from else set())
        if self.current is not None:
            return "processing", reasons | ({"moving-to-paused"} if self.paused or self.halted else set())
        if self.paused or self.halted:
            return "stopped", reasons | ({"paused"} if self.paused else set())
        return "idle", reasons


OK, NOT_POSSIBLE = Status.SUCCESSFUL_OK, Status.CLIENT_ERROR_NOT_POSSIBLE
NOT_AUTHORIZED, NOT_FOUND = Status.CLIENT_ERROR_NOT_AUTHORIZED, Status.CLIENT_ERROR_NOT_FOUND
NOT_ACCEPTING = Status.SERVER_ERROR_NOT_ACCEPTING_JOBS
DOWN = {"shutdown": Status.SERVER_ERROR_SERVICE_UNAVAILABLE, "deactivated": Status.SERVER_ERROR_PRINTER_IS_DEACTIVATED}
ANSWERED = {
    "shutdown": {"Startup-Printer", "Restart-Printer", "Shutdown-Printer"},
    "deactivated": {"Startup-Printer", "Restart-Printer", "Shutdown-Printer", "Activate-Printer", "Deactivate-Printer"}
    | {"Send-Document", "Close-Job", "Cancel-Job"},
}
OF_PRINTER = (
    "Pause-Printer",
    "Resume-Printer",
    "Pause-Printer-After-Current-Job",
    "Enable-Printer",
    "Disable-Printer",
    "Hold-New-Jobs",
    "Release-Held-New-Jobs",
    "Deactivate-Printer",
    "Activate-Printer",
    "Shutdown-Printer",
    "Startup-Printer",
    "Restart-Printer",
    "Purge-Jobs",
    "Cancel-Current-Job",
    "Suspend-Current-Job",
)
OF_OWNER = (
    "Cancel-Job",
    "Hold-Job",
    "Release-Job",
    "Restart-Job",
    "Reprocess-Job",
    "Resubmit-Job",
    "Resume-Job",
    "Close-Job",
    "Set-Job-Attributes",
)
OF_OPERATOR = ("Promote-Job", "Schedule-Job-After")
CREATORS = ("Print-Job", "Create-Job")
EFFECTS: dict[str, dict[str, Any]] = {
    "Pause-Printer": {"paused": True},
    "Pause-Printer-After-Current-Job": {"paused": True},
    "Resume-Printer": {"paused": False},
    "Enable-Printer": {"accepting": True},
    "Disable-Printer": {"accepting": False},
    "Release-Held-New-Jobs": {"held_from": 0},
    "Deactivate-Printer": {"accepting": False, "paused": True},
    "Activate-Printer": {"accepting": True, "paused": False},
    "Shutdown-Printer": {"accepting": False},
    "Startup-Printer": {"accepting": True, "paused": False},
    "Restart-Printer": {"accepting": True, "paused": False},
}
BY_NAME = {operation.label: operation for operation in Operation}


class World:
    """The real one, the reference, and the hands that work on both."""

    def __init__(self) -> None:
        self.desk, self.model = Desk(), Reference()
        self.begun: int | None = None
        """The job that the real press was given."""
        self.steps = 0

    # ------------------------------------------------------------------------------------------ clients

    def submit(self, name: str, user: str, *, priority: int, hold: bool, retain: bool) -> None:
        """Print-Job with its document, or Create-Job."""
        wishes = [Attribute("job-priority", priority)]
        wishes += [keyword("job-hold-until", "indefinite")] if hold else []
        wishes += [keyword("job-retain-until", "indefinite")] if retain else []
        item = Item(self.model.next_id, user, priority, "indefinite" if hold else "no-hold", retain)
        groups, more = [group(GroupTag.JOB, *wishes)], [Attribute("document-format", MimeMediaType(PDF))]
        if name == "Create-Job":
            item.closed, item.documents, more = False, 0, []
        expected = self._standstill(name) or (OK if self.model.accepting else NOT_ACCEPTING)
        answer = self.desk.ask(BY_NAME[name], *more, user=user, groups=groups, data=name == "Print-Job")
        if name == "Print-Job" and expected is OK:
            assert answer.reply.accept is not None, answer.said
            answer = self.desk.deliver(answer)
        self._said(name, answer, expected)
        if expected is OK:
            self.model.add(item)
        self.settle()

    def send(self, number: int, user: str, last: bool) -> None:
        """Send-Document with its document."""
        item = self.model.jobs.get(number)
        expected = NOT_FOUND if item is None else self._standstill("Send-Document") or self._owned(item, user)
        if expected is OK and item is not None:
            open_ = item.state in ALIVE and not item.closed and not item.stopping
            expected = OK if open_ else NOT_POSSIBLE
        more = [Attribute("last-document", last), Attribute("document-format", MimeMediaType(PDF))]
        answer = self.desk.ask(Operation.SEND_DOCUMENT, *more, job=number, user=user, data=True)
        if expected is OK:
            assert answer.reply.accept is not None, answer.said
            answer = self.desk.deliver(answer)
            assert item is not None
            item.documents, item.closed = item.documents + 1, last
        self._said("Send-Document", answer, expected)
        self.settle()

    def operate(self, name: str, *, operator: bool, user: str = "alice") -> None:
        """An operation on the printer."""
        mine = name in ("Cancel-Current-Job", "Suspend-Current-Job")
        caller = OPERATOR if operator else PLAIN
        expected = OK if operator or mine else NOT_AUTHORIZED
        if expected is OK:
            expected = self._standstill(name) or self._on_printer(name, operator, user)
        answer = self.desk.ask(BY_NAME[name], user=user, caller=caller)
        self._said(name, answer, expected)
        self.settle()

    def change(self, name: str, number: int, user: str, other: int, *, operator: bool) -> None:
        """An operation on a job."""
        item = self.model.jobs.get(number)
        more: list[Attribute] = []
        groups = []
        if name == "Schedule-Job-After":
            more = [Attribute("predecessor-job-id", other)]
        if name == "Set-Job-Attributes":
            groups = [group(GroupTag.JOB, Attribute("job-priority", 1 + other % 100))]
        if item is None:
            expected: Status = NOT_FOUND
        elif name in OF_OPERATOR:
            expected = OK if operator else NOT_AUTHORIZED
        else:
            expected = OK if operator else self._owned(item, user)
        if expected is OK and item is not None:
            expected = self._standstill(name) or self._on_job(name, item, user, other)
        caller = OPERATOR if operator else PLAIN
        answer = self.desk.ask(BY_NAME[name], *more, job=number, user=user, caller=caller, groups=groups)
        self._said(name, answer, expected)
        self.settle()

    def _said(self, name: str, answer: Answer, expected: Status) -> None:
        assert answer.status is expected, f"{name}: {answer.status.label} ({answer.said}), not {expected.label}"

    def _standstill(self, name: str) -> Status | None:
        for kind in ("shutdown", "deactivated"):
            if kind in self.model.halted and name not in ANSWERED[kind]:
                return DOWN[kind]
        return None

    def _owned(self, item: Item | None, user: str) -> Status:
        return NOT_FOUND if item is None else OK if item.user == user else NOT_AUTHORIZED

    # ------------------------------------------------------------------- what operations do to the printer

    def _on_printer(self, name: str, operator: bool, user: str) -> Status:
        model = self.model
        if name in ("Cancel-Current-Job", "Suspend-Current-Job"):
            return self._on_current(name, operator, user)
        if name == "Startup-Printer" and "shutdown" not in model.halted:
            return NOT_POSSIBLE
        if name == "Purge-Jobs":
            self._purge()
        if name == "Hold-New-Jobs":
            model.held_from = model.held_from or model.next_id
        for field_name, value in EFFECTS.get(name, {}).items():
            setattr(model, field_name, value)
        if name in ("Deactivate-Printer", "Shutdown-Printer"):
            model.halted.add("deactivated" if name == "Deactivate-Printer" else "shutdown")
        elif name in ("Startup-Printer", "Restart-Printer", "Activate-Printer"):
            model.halted.clear()
        return OK

    def _on_current(self, name: str, operator: bool, user: str) -> Status:
        current = self.model.jobs[self.model.current] if self.model.current is not None else None
        if current is None:
            return NOT_POSSIBLE
        if not operator and current.user != user:
            return NOT_AUTHORIZED
        if current.stopping or (current.suspending and name == "Suspend-Current-Job"):
            return NOT_POSSIBLE
        if name == "Cancel-Current-Job":
            current.stopping = True
        else:
            current.suspending = True
        return OK

    def _purge(self) -> None:
        for item in list(self.model.jobs.values()):
            if item.id == self.model.current:
                item.stopping = True
                self.purged = item.id
            else:
                if item.id in self.model.line:
                    self.model.line.remove(item.id)
                del self.model.jobs[item.id]

    purged = 0
    """The job at the press that is forgotten as soon as it has ended."""

    # ---------------------------------------------------------------------- what operations do to a job

    def _on_job(self, name: str, item: Item, user: str, other: int) -> Status:
        handler = getattr(self, "_" + name.lower().replace("-", "_"))
        status: Status = handler(item, user, other)
        return status

    def _cancel_job(self, item: Item, user: str, other: int) -> Status:
        if item.state not in ALIVE or item.stopping:
            return NOT_POSSIBLE
        if item.id == self.model.current:
            item.stopping = True
        else:
            self.model.end(item, "canceled")
        return OK

    def _hold_job(self, item: Item, user: str, other: int) -> Status:
        if item.state not in ("pending", "pending-held"):
            return NOT_POSSIBLE
        item.wish, item.unheld = "indefinite", False
        return OK

    def _release_job(self, item: Item, user: str, other: int) -> Status:
        if item.state != "pending-held":
            return NOT_POSSIBLE
        item.wish, item.unheld = "no-hold", True
        return OK

    def _restart_job(self, item: Item, user: str, other: int) -> Status:
        if not item.kept:
            return NOT_POSSIBLE
        item.kept = item.unheld = item.marked = False
        item.state, item.sheets = "pending", 0
        self.model.enter(item)
        return OK

    def _reprocess_job(self, item: Item, user: str, other: int) -> Status:
        return self._copy(item, item.user)

    def _resubmit_job(self, item: Item, user: str, other: int) -> Status:
        return self._copy(item, user)

    def _copy(self, item: Item, user: str) -> Status:
        if not item.kept:
            return NOT_POSSIBLE
        if not self.model.accepting:
            return NOT_ACCEPTING
        copy = Item(self.model.next_id, user, item.priority, item.wish, item.retain, documents=item.documents)
        self.model.add(copy)
        return OK

    def _resume_job(self, item: Item, user: str, other: int) -> Status:
        if item.suspending:
            item.suspending = False
        elif item.aside == "job-suspended":
            item.state, item.aside = "pending", ""
            self.model.first(item)
        else:
            return NOT_POSSIBLE
        return OK

    def _close_job(self, item: Item, user: str, other: int) -> Status:
        if item.state not in ALIVE or item.stopping:
            return NOT_POSSIBLE
        if not item.closed:
            item.closed = True
            if not item.documents:
                self.model.end(item, "aborted")
        return OK

    def _set_job_attributes(self, item: Item, user: str, other: int) -> Status:
        if item.state not in ("pending", "pending-held"):
            return NOT_POSSIBLE
        item.priority = 1 + other % 100
        self.model.line.remove(item.id)
        self.model.enter(item)
        return OK

    def _promote_job(self, item: Item, user: str, other: int) -> Status:
        if item.state != "pending":
            return NOT_POSSIBLE
        self.model.first(item)
        return OK

    def _schedule_job_after(self, item: Item, user: str, other: int) -> Status:
        before = self.model.jobs.get(other)
        if item.state != "pending":
            return NOT_POSSIBLE
        if before is None:
            return NOT_FOUND
        if before is item or before.state not in ALIVE:
            return NOT_POSSIBLE
        if before.id == self.model.current:
            self.model.first(item)
        else:
            self.model.behind(item, before)
        return OK

    # ------------------------------------------------------------------------------- the press, the power

    def press(self, what: str) -> None:
        """The press does something with the job that it has: a sheet, its end, or puts it aside if it was told to."""
        number = self.model.current
        if number is None:
            return
        item = self.model.jobs[number]
        if what == "sheet":
            if not item.marked:
                item.marked = True
                self.desk.report(MarkingStarted(1, number))
            item.sheets += 1
            self.desk.report(ImpressionDone(1, number, item.sheets, False, False, False, A4))
            self.desk.report(SheetDone(1, number, item.sheets, A4))
        elif what == "aside":
            if number not in self.model.told_to_stop:
                return
            self._aside(item)
            self.desk.report(JobSuspended(1, number))
        else:
            outcome = "canceled" if item.stopping and what == "aborted" else what
            self._ended(item, outcome)
            self.desk.report(JobDone(1, number, outcome))
        self.settle()

    def _aside(self, item: Item) -> None:
        if item.stopping:
            self._ended(item, "canceled")
            return
        self.model.current, self.begun = None, None
        item.state, item.aside = "processing-stopped", "job-suspended" if item.suspending else "printer-stopped"
        item.suspending = item.marked = False

    def _ended(self, item: Item, outcome: str) -> None:
        self.model.current, self.begun = None, None
        self.model.end(item, outcome)
        if item.id == self.purged:
            del self.model.jobs[item.id]

    def power_fails(self) -> None:
        """Off and on: what was half printed is aborted, everything else is as it was."""
        model = self.model
        if model.current is not None:
            item = model.jobs[model.current]
            if item.marked or item.stopping:
                self._ended(item, "aborted")
            else:
                item.state = "pending"
                item.suspending = False
        model.current, self.begun = None, None
        model.told_to_stop.clear()
        self.desk.restart()
        self.settle()

    # ------------------------------------------------------------------------------------------ comparing

    def settle(self) -> None:
        """After every step: both do what follows from it, and must agree."""
        self.steps += 1
        before = self.model.current
        self.model.settle()
        orders, self.desk.engine.outbox = self.desk.engine.outbox, []
        if before != self.model.current or self.model.current is None:
            self.model.told_to_stop.clear()
        for order in orders:
            self._take(order)
        self.compare()

    def _take(self, order: Any) -> None:
        if isinstance(order, PrintJob):
            assert self.begun is None, "the press has a job already"
            self.begun = order.job_id
            assert order.sheets_done == self.model.jobs[order.job_id].sheets, "a sheet is lost or comes out twice"
        elif isinstance(order, SuspendJob | StopJob):
            assert order.job_id == self.begun
            if isinstance(order, SuspendJob):
                self.model.told_to_stop.add(order.job_id)

    def compare(self) -> None:
        model, printer = self.model, self.desk.printer
        assert {number: NAMES[int(job.state)] for number, job in printer.jobs.items()} == {
            number: item.state for number, item in model.jobs.items()
        }
        for number, job in printer.jobs.items():
            item = model.jobs[number]
            assert job.sheets_completed == item.sheets
            assert job.retained == item.kept
            assert (item.aside in job.reasons) if item.aside else not {"job-suspended", "printer-stopped"} & job.reasons
            assert ("job-hold-until-specified" in job.reasons) == (item.state == "pending-held")
            assert job.stopping == item.stopping
        waiting = [job.id for job in printer.waiting if NAMES[int(job.state)] in ("pending", "pending-held")]
        assert waiting == [n for n in model.line if model.jobs[n].state in ("pending", "pending-held")]
        state, reasons = model.printer()
        told = set(printer.reasons) - {"marker-supply-low-report", "marker-supply-empty-report"}
        assert (printer.state.name.lower(), told) == (state, reasons)
        assert printer.accepting == model.accepting
        assert printer.current == model.current == self.begun

    # -------------------------------------------------------------------------------------------- at random

    def some_job(self, share: float) -> int:
        """A job, one that is alive more often than not; now and then one that never was."""
        alive = [*self.model.line] * 3 + [*self.model.jobs] + [self.model.next_id + 7]
        return alive[min(int(share * len(alive)), len(alive) - 1)]

    def step(self, chance: random.Random) -> None:
        """Anything."""
        kind = chance.random()
        user, operator = chance.choice(USERS), chance.random() < 0.5
        if kind < 0.2:
            wishes = {"hold": chance.random() < 0.2, "retain": chance.random() < 0.4}
            self.submit(chance.choice(CREATORS), user, priority=chance.choice((1, 50, 50, 50, 100)), **wishes)
        elif kind < 0.27:
            self.send(self.some_job(chance.random()), user, chance.random() < 0.6)
        elif kind < 0.6:
            names = (*OF_OWNER, *OF_OPERATOR)
            number, other = self.some_job(chance.random()), self.some_job(chance.random())
            self.change(chance.choice(names), number, user, other, operator=operator)
        elif kind < 0.73:
            name = chance.choice(OF_PRINTER)
            if name != "Purge-Jobs" or chance.random() < 0.1:
                self.operate(name, operator=chance.random() < 0.9, user=user)
        elif kind < 0.99:
            self.press(chance.choice(("sheet", "sheet", "aside", "aside", "completed", "aborted")))
        else:
            self.power_fails()
        if len(self.model.line) > 60:  # RFC 8011 has no bound, this printer has
            self.operate("Purge-Jobs", operator=True)


def main(steps: int, seed: int) -> None:
    """Go on until that many steps are done; what diverges is raised."""
    done = 0
    while done < steps:
        world, chance = World(), random.Random(seed)
        try:
            while world.steps < 2000 and done + world.steps < steps:
                world.step(chance)
        except AssertionError:
            print(f"diverged in world {seed} after {world.steps} steps", flush=True)
            raise
        done += world.steps
        seed += 1
        print(f"{done} steps, no divergence", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1)
