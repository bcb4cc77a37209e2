"""Jobs in any order of events: clients ask, documents come or fail, the press marks, time passes, the power fails.

Whatever happens, states move by the table, counters never fall, no job is lost, every job that ended has let go of
its documents, and every answer carries a status that its operation may give.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from firmware.core.document import DocumentState
from firmware.core.events import DropDocuments, ImpressionDone, JobDone, MarkingStarted, PrintJob, SheetDone, StopJob
from firmware.core.job import ENDED, MOVES, Job, JobState
from firmware.core.jobs import SUBMISSION_TIME_OUT
from firmware.core.printer import PrinterState
from firmware.core.scheduler import STREAMED
from firmware.ipp import DELETE_ATTRIBUTE, Attribute, GroupTag, MimeMediaType, Operation, Status
from tests.printer import A4, COLOR, OPERATOR, PDF, PWG, Answer, Desk, group, keyword, waited_for

OK = Status.SUCCESSFUL_OK
NOT_POSSIBLE = Status.CLIENT_ERROR_NOT_POSSIBLE
ENDS = {"completed": JobState.COMPLETED, "canceled": JobState.CANCELED, "aborted": JobState.ABORTED}
WAITING = (JobState.PENDING, JobState.HELD)

choices = st.tuples(st.floats(0, 1), st.sampled_from((True, True, True, False)))
"""Which job, and whether its owner asks."""
users = st.sampled_from(("alice", "bob"))
formats = st.sampled_from((PDF, PWG))
templates = st.lists(
    st.one_of(
        st.integers(1, 100).map(lambda number: Attribute("job-priority", number)),
        st.just(keyword("job-hold-until", "indefinite")),
    ),
    unique_by=lambda attribute: attribute.name,
)


def reachable(start: JobState) -> set[JobState]:
    """Every state that one event, with all that follows from it, may lead to."""
    found, edge = {start}, {start}
    while edge:
        edge = {after for before in edge for after in MOVES[before]} - found
        found |= edge
    return found


REACHABLE = {state: reachable(state) for state in JobState}


class Printing(RuleBasedStateMachine):
    """A printer, its clients, its press, and what they must have seen so far."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk(COLOR)
        self.uploads: dict[int, Answer] = {}
        """Answers that wait for a document, by job."""
        self.press: PrintJob | None = None
        self.marking = False
        self.stop_asked = False
        self.born: set[int] = set()
        self.dropped: dict[int, list[tuple[int, ...]]] = {}
        self.seen: dict[int, tuple[JobState, int, int]] = {}
        self.final: dict[int, tuple[Any, ...]] = {}

    # ------------------------------------------------------------------------------------------ helpers

    def choose(self, who: tuple[float, bool]) -> tuple[int, str, Job]:
        """A job, one that is alive more often than not, and the user who asks."""
        share, owner = who
        jobs = self.desk.printer.jobs
        alive = [job for job in jobs.values() if not job.ended] * 4
        among = [*alive, *jobs.values()]
        job = among[min(int(share * len(among)), len(among) - 1)]
        return job.id, job.user if owner else "eve", job

    def after(self) -> None:
        """Take the orders that came out."""
        orders, self.desk.engine.outbox = self.desk.engine.outbox, []
        for order in orders:
            if isinstance(order, PrintJob):
                self.take(order)
            elif isinstance(order, StopJob):
                assert self.press is not None
                assert order.job_id == self.press.job_id
                assert not self.stop_asked
                self.stop_asked = True
            elif isinstance(order, DropDocuments):
                self.dropped.setdefault(order.job_id, []).append(order.numbers)

    def take(self, order: PrintJob) -> None:
        assert self.press is None, "the press has a job already"
        job = self.desk.printer.jobs[order.job_id]
        assert not job.marked, "a job is begun twice"
        assert not self.desk.printer.paused
        assert job.closed
        assert order.documents
        assert [document.number for document in order.documents] == sorted(job.documents)
        assert all(document.arrived for document in list(job.documents.values())[:-1])
        last = job.documents[len(job.documents)]
        assert last.arrived or last.format in STREAMED
        self.press, self.marking, self.stop_asked = order, False, False

    def ask(self, operation: Operation, expected: Iterable[Status], *attributes: Attribute, **more: Any) -> Answer:
        answer = self.desk.ask(operation, *attributes, **more)
        assert answer.status in expected, f"{operation.label}: {answer.status.label}: {answer.said}"
        if answer.reply.accept is not None:
            self.uploads[answer.reply.accept.job_id] = answer
        self.after()
        return answer

    def expected(self, job: Job, user: str, possible: bool) -> list[Status]:
        """What an operation on a job may say to a user."""
        if job.user != user:
            return [Status.CLIENT_ERROR_NOT_AUTHORIZED]
        return [OK] if possible else [NOT_POSSIBLE]

    # ------------------------------------------------------------------------------------------ clients

    @rule(user=users, format=formats, template=templates)
    def print_job(self, user: str, format: str, template: list[Attribute]) -> None:
        answer = self.desk.submit(*template, format=format, user=user)
        assert answer.status == OK
        self.uploads[waited_for(answer).job_id] = answer
        self.born.add(waited_for(answer).job_id)
        self.after()

    @rule(user=users, template=templates)
    def create_job(self, user: str, template: list[Attribute]) -> None:
        self.born.add(self.desk.create(*template, user=user).id)
        self.after()

    @precondition(lambda self: self.born)
    @rule(who=choices, last=st.booleans(), format=formats)
    def send_document(self, who: tuple[float, bool], last: bool, format: str) -> None:
        number, user, job = self.choose(who)
        statuses = self.expected(job, user, not (job.closed or job.ended or job.stopping))
        if statuses == [OK] and number in self.uploads:
            statuses = [Status.SERVER_ERROR_BUSY]
        attributes = [Attribute("last-document", last), Attribute("document-format", MimeMediaType(format))]
        self.ask(Operation.SEND_DOCUMENT, statuses, *attributes, job=number, user=user, data=True)

    @precondition(lambda self: self.born)
    @rule(who=choices, by_close_job=st.booleans())
    def close(self, who: tuple[float, bool], by_close_job: bool) -> None:
        number, user, job = self.choose(who)
        if by_close_job:
            statuses = self.expected(job, user, not job.ended and not job.stopping)
            self.ask(Operation.CLOSE_JOB, statuses, job=number, user=user)
        elif number not in self.uploads:
            statuses = self.expected(job, user, not (job.closed or job.ended or job.stopping))
            self.ask(Operation.SEND_DOCUMENT, statuses, Attribute("last-document", True), job=number, user=user)

    @precondition(lambda self: self.born)
    @rule(who=choices)
    def cancel(self, who: tuple[float, bool]) -> None:
        number, user, job = self.choose(who)
        possible = not job.ended and not job.stopping
        self.ask(Operation.CANCEL_JOB, self.expected(job, user, possible), job=number, user=user)

    @precondition(lambda self: len(self.desk.printer.waiting) > 3)
    @rule(user=users)
    def cancel_my_jobs(self, user: str) -> None:
        self.ask(Operation.CANCEL_MY_JOBS, [OK], user=user)
        for job in self.desk.printer.waiting:
            assert job.user != user or job.stopping

    @precondition(lambda self: self.born)
    @rule(who=choices)
    def hold(self, who: tuple[float, bool]) -> None:
        number, user, job = self.choose(who)
        statuses = self.expected(job, user, job.state in WAITING)
        self.ask(Operation.HOLD_JOB, statuses, job=number, user=user)

    @precondition(lambda self: self.born)
    @rule(who=choices)
    def release(self, who: tuple[float, bool]) -> None:
        number, user, job = self.choose(who)
        statuses = self.expected(job, user, job.state is JobState.HELD)
        self.ask(Operation.RELEASE_JOB, statuses, job=number, user=user)

    @precondition(lambda self: self.born)
    @rule(
        who=choices,
        change=st.sampled_from(
            (
                Attribute("job-priority", 99),
                keyword("job-hold-until", "no-hold"),
                keyword("job-hold-until", "indefinite"),
                Attribute("job-hold-until", DELETE_ATTRIBUTE),
                Attribute("job-priority", DELETE_ATTRIBUTE),
            )
        ),
    )
    def change(self, who: tuple[float, bool], change: Attribute) -> None:
        number, user, job = self.choose(who)
        statuses = self.expected(job, user, job.state in WAITING)
        groups = [group(GroupTag.JOB, change)]
        self.ask(Operation.SET_JOB_ATTRIBUTES, statuses, job=number, user=user, groups=groups)

    @precondition(lambda self: self.desk.printer.waiting)
    @rule(operation=st.sampled_from((Operation.PAUSE_PRINTER, Operation.RESUME_PRINTER)))
    def pause_or_resume(self, operation: Operation) -> None:
        self.ask(operation, [OK], caller=OPERATOR)

    @precondition(lambda self: len(self.born) == 3)
    @rule(operation=st.sampled_from((Operation.CANCEL_JOB, Operation.HOLD_JOB, Operation.GET_JOB_ATTRIBUTES)))
    def nobody_s_job(self, operation: Operation) -> None:
        self.ask(operation, [Status.CLIENT_ERROR_NOT_FOUND], job=10_000)

    @precondition(lambda self: len(self.born) > 2)
    @rule(which=st.sampled_from(("all", "completed", "not-completed")))
    def look(self, which: str) -> None:
        wish = [keyword("which-jobs", which), keyword("requested-attributes", "all")]
        answer = self.ask(Operation.GET_JOBS, [OK], *wish)
        jobs = self.desk.printer.jobs.values()
        count = {"all": len(jobs), "completed": sum(job.ended for job in jobs)}
        assert len(answer.jobs) == count.get(which, len(self.desk.printer.waiting))

    # ------------------------------------------------------------------------------------- the connections

    @precondition(lambda self: self.uploads)
    @rule(data=st.data(), fails=st.booleans())
    def upload_ends(self, data: st.DataObject, fails: bool) -> None:
        number = data.draw(st.sampled_from(sorted(self.uploads)))
        job = self.desk.printer.jobs[number]
        gone = job.ended or job.stopping
        answer = self.desk.deliver(self.uploads.pop(number), fail="submission-interrupted" if fails or gone else "")
        if job.state is JobState.CANCELED or job.stopping:
            assert answer.status == Status.SERVER_ERROR_JOB_CANCELED
        elif job.state is JobState.ABORTED or fails:  # what is being marked is aborted by the press, a little later
            assert answer.status >= Status.CLIENT_ERROR_BAD_REQUEST
        else:
            assert answer.status == OK
        self.after()

    # ------------------------------------------------------------------------------------------- the press

    def where(self) -> tuple[int, int]:
        assert self.press is not None
        return 1, self.press.job_id

    @precondition(lambda self: self.press and not self.marking)
    @rule()
    def marking_starts(self) -> None:
        self.desk.report(MarkingStarted(*self.where()))
        self.marking = True
        self.after()

    @precondition(lambda self: self.marking)
    @rule(color=st.booleans())
    def a_sheet(self, color: bool) -> None:
        self.desk.report(ImpressionDone(*self.where(), 1, False, color, False, A4))
        self.desk.report(SheetDone(*self.where(), 1, A4))
        self.after()

    @precondition(lambda self: self.press and self.press.job_id not in self.uploads)
    @rule(sides=st.integers(1, 3), color=st.booleans())
    def press_works(self, sides: int, color: bool) -> None:
        """A whole job at a stretch."""
        if not self.marking:
            self.marking_starts()
        for _ in range(sides):
            self.a_sheet(color)
        self.press_is_done("completed")

    @precondition(lambda self: self.press)
    @rule(outcome=st.sampled_from(("completed", "aborted")))
    def press_is_done(self, outcome: str) -> None:
        """A press that was stopped says so, or it was too late, or it failed at the same moment."""
        where, number = self.where(), self.where()[1]
        if number in self.uploads:
            outcome = "aborted"
        elif self.stop_asked and outcome == "aborted":
            outcome = "canceled"
        self.press, self.marking = None, False
        self.desk.report(JobDone(*where, outcome))
        job = self.desk.printer.jobs[number]
        assert job.state is {"completed": JobState.COMPLETED, "canceled": JobState.CANCELED}.get(
            outcome, JobState.ABORTED
        )
        self.after()

    # -------------------------------------------------------------------------------------- time and power

    @precondition(lambda self: self.born)
    @rule(seconds=st.sampled_from((1, 1, 1, 10, 10, 60, SUBMISSION_TIME_OUT)))
    def time_passes(self, seconds: int) -> None:
        self.desk.wait(seconds)
        self.after()

    def half_streamed(self) -> bool:
        """Is a raster on its way in that the press has, and not a dot of it on paper?"""
        return self.press is not None and not self.marking and self.press.job_id in self.uploads

    @precondition(lambda self: len(self.desk.printer.waiting) > 1 and not self.half_streamed())
    @rule()
    def power_fails(self) -> None:
        interrupted, marking = set(self.uploads), self.press.job_id if self.press and self.marking else None
        ended = {number for number, job in self.desk.printer.jobs.items() if job.ended}
        counters = {number: (job.state, job.impressions_completed) for number, job in self.desk.printer.jobs.items()}
        self.uploads, self.press, self.marking, self.stop_asked = {}, None, False, False
        self.desk.restart()
        for number, job in self.desk.printer.jobs.items():
            assert job.impressions_completed == counters[number][1]
            if number in ended:
                assert job.state is counters[number][0]
            elif number in interrupted or number == marking:
                assert job.state is JobState.ABORTED, "what was half done is not done again"
        self.after()

    # ------------------------------------------------------------------------------------------ always true

    @invariant()
    def no_job_is_lost(self) -> None:
        assert set(self.desk.printer.jobs) == self.born

    @invariant()
    def states_move_by_the_table_and_counters_never_fall(self) -> None:
        for number, job in self.desk.printer.jobs.items():
            now = (job.state, job.impressions_completed, job.sheets_completed)
            before = self.seen.get(number, (JobState.PENDING, 0, 0))
            assert now[0] in REACHABLE[before[0]]
            assert now[1] >= before[1]
            assert now[2] >= before[2]
            self.seen[number] = now
        total = sum(job.impressions_completed for job in self.desk.printer.jobs.values())
        assert self.desk.printer.impressions_completed == total

    @invariant()
    def an_end_is_an_end(self) -> None:
        for number, job in self.desk.printer.jobs.items():
            if job.ended:
                now = (job.state, job.reasons, job.message, job.impressions_completed, job.attributes)
                assert self.final.setdefault(number, now) == now
                assert all(document.state == DocumentState(int(job.state)) for document in job.documents.values())
                assert job.completed is not None
                assert {reason.partition("-by-")[0] for reason in job.reasons} & {
                    "job-canceled", "aborted", "job-completed-successfully",
                }  # fmt: skip

    @invariant()
    def documents_are_dropped_once_and_at_the_end(self) -> None:
        for number, job in self.desk.printer.jobs.items():
            assert self.dropped.get(number, []) == ([tuple(job.documents)] if job.ended else [])

    @invariant()
    def the_press_has_what_the_printer_says(self) -> None:
        printer = self.desk.printer
        assert printer.current == (self.press.job_id if self.press else None)
        running = [job.id for job in printer.jobs.values() if job.state is JobState.PROCESSING]
        assert running == ([self.press.job_id] if self.press else [])
        if self.press is not None:
            expected, reasons = PrinterState.PROCESSING, {"moving-to-paused"} if printer.paused else set()
        else:
            expected, reasons = (PrinterState.STOPPED, {"paused"}) if printer.paused else (PrinterState.IDLE, set())
        assert self.desk.says() == (expected, reasons) or "marker-supply-low-report" in printer.reasons

    @invariant()
    def nothing_that_could_be_printed_waits(self) -> None:
        if self.press is None and not self.desk.printer.paused:
            for job in self.desk.printer.waiting:
                arrived = all(document.arrived for document in job.documents.values())
                assert job.state is JobState.HELD or not (job.closed and job.documents and arrived)

    @invariant()
    def the_queue_is_in_order(self) -> None:
        def turn(job: Job) -> tuple[bool, int, int]:
            wish = job.template("job-priority")
            priority = wish.value if wish is not None and isinstance(wish.value, int) else 50
            return job.state is not JobState.PROCESSING, -priority, job.id

        queue = self.desk.printer.waiting
        assert queue == sorted(queue, key=turn)
        ends = [job.completed for job in self.desk.printer.finished]
        assert [end.up for end in ends if end] == sorted((end.up for end in ends if end), reverse=True)

    @invariant()
    def open_jobs_wait_for_their_time_and_no_longer(self) -> None:
        engine = self.desk.engine
        deadlines = {key[2]: at for key, at in engine._deadlines.dates().items() if key[0] == "submission"}
        for job in self.desk.printer.jobs.values():
            waits = not job.closed and not job.ended and job.id not in self.uploads
            assert (job.id in deadlines) == waits
            if waits:
                assert self.desk.up < deadlines[job.id] <= self.desk.up + SUBMISSION_TIME_OUT

    @invariant()
    def incoming_is_told_while_something_comes(self) -> None:
        for job in self.desk.printer.jobs.values():
            if job.state in WAITING:
                assert ("job-incoming" in job.reasons) == (job.id in self.uploads or not job.closed)
                assert ("job-hold-until-specified" in job.reasons) == (job.state is JobState.HELD)
                assert job.state in MOVES or job.state in ENDED


Printing.TestCase.settings = settings(max_examples=30, stateful_step_count=40, deadline=None)
TestPrinting = Printing.TestCase
