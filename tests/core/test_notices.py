"""The notice board against a plain list: whatever happens and however often the power fails, every subscriber sees
exactly the events that he asked for, each under its number.

The clock is an argument: leases of days pass in no time.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from firmware.core.events import PartFailed, SheetDone
from firmware.core.job import Job
from firmware.core.notices import KEPT, MOST_EVENTS, Notices
from firmware.core.subscription import lineage
from firmware.features.events import SWEEP
from firmware.ipp import Attribute, GroupTag, Name, Operation, Status
from tests.printer import OPERATOR, Desk, group, value
from tests.subscribers import create_for_job, get, made, subscribe, wish

WORDS = (
    "job-completed",
    "job-config-changed",
    "job-created",
    "job-progress",
    "job-state-changed",
    "printer-restarted",
    "printer-state-changed",
    "printer-stopped",
)
words = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3, unique=True)
users = st.sampled_from(("alice", "bob"))
any_one = st.floats(0, 1, exclude_max=True)


@dataclass
class Reader:
    """What a subscriber must see."""

    user: str
    events: tuple[str, ...]
    ends: float | None
    """printer-up-time of the end; None for a job's."""
    lease: int = 0
    job: int | None = None
    interval: int = 0
    progress: float | None = None
    over: bool = False
    told: list[tuple[str, float]] = field(default_factory=list)
    """Every word that he was ever told, and when it may be forgotten."""

    def hear(self, event: str, job: int | None, up: float) -> None:
        word = next((name for name in lineage(event) if name in self.events), None)
        if word is None or self.over or (self.job is not None and job is not None and job != self.job):
            return
        if event == "job-progress":
            if self.interval and self.progress is not None and up < self.progress + self.interval:
                return
            self.progress = up
        self.told.append((word, up + KEPT))


class Board(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk()
        self.desk.engine.happened.clear()
        self.readers: dict[int, Reader] = {}
        self.last_id = 0

    # ------------------------------------------------------------------------------------------- helpers

    def after(self) -> None:
        """Tell the readers what happened, as the engine says; the end of a job ends its readers."""
        happened, self.desk.engine.happened = self.desk.engine.happened, []
        for fact in happened:
            for reader in self.readers.values():
                reader.hear(fact.event, fact.job_id, self.desk.up)
                if fact.event == "job-completed" and reader.job == fact.job_id and not reader.over:
                    reader.over, reader.ends = True, self.desk.up + KEPT
        up = self.desk.up
        self.readers = {
            number: reader for number, reader in self.readers.items() if reader.ends is None or reader.ends > up
        }

    def pick(self, share: float, jobs: list[Job]) -> Job:
        return jobs[int(share * len(jobs))]

    @property
    def living(self) -> list[Job]:
        return [job for job in self.desk.printer.jobs.values() if not job.ended]

    def remember(self, number: int, reader: Reader) -> None:
        assert number > self.last_id, "an id was given twice"
        self.last_id = number
        self.readers[number] = reader

    # ------------------------------------------------------------------------------------------- readers

    @rule(events=words, user=users, lease=st.integers(1, 200_000), interval=st.sampled_from((0, 5, 30)))
    def subscribe(self, events: list[str], user: str, lease: int, interval: int) -> None:
        more = (Attribute("notify-lease-duration", lease), Attribute("notify-time-interval", interval))
        number = subscribe(self.desk, *events, user=user, more=more)
        self.remember(number, Reader(user, tuple(events), self.desk.up + lease, lease, interval=interval))
        self.after()

    @precondition(lambda self: self.living)
    @rule(events=words, share=any_one, interval=st.sampled_from((0, 5, 30)))
    def subscribe_to_job(self, events: list[str], share: float, interval: int) -> None:
        job = self.pick(share, self.living)
        groups = wish(*events, more=(Attribute("notify-time-interval", interval),))
        answer = create_for_job(self.desk, job.id, groups, user=job.user)
        assert answer.status == Status.SUCCESSFUL_OK
        self.remember(made(answer), Reader(job.user, tuple(events), None, job=job.id, interval=interval))
        self.after()

    @rule(events=words, user=users)
    def create_job(self, events: list[str], user: str) -> None:
        answer = self.desk.ask(
            Operation.CREATE_JOB,
            user=user,
            groups=[group(GroupTag.JOB, Attribute("job-priority", 50)), wish(*events)],
        )
        self.remember(made(answer), Reader(user, tuple(events), None, job=self.desk.job(answer).id))
        self.after()

    @precondition(lambda self: self.readers)
    @rule(share=any_one, owner=st.booleans(), lease=st.integers(1, 200_000))
    def renew(self, share: float, owner: bool, lease: int) -> None:
        number = list(self.readers)[int(share * len(self.readers))]
        reader = self.readers[number]
        answer = self.desk.ask(
            Operation.RENEW_SUBSCRIPTION,
            Attribute("notify-subscription-id", number),
            Attribute("notify-lease-duration", lease),
            user=reader.user if owner else "eve",
        )
        if not owner:
            assert answer.status == Status.CLIENT_ERROR_NOT_AUTHORIZED
        elif reader.job is not None:
            assert answer.status == Status.CLIENT_ERROR_NOT_POSSIBLE
        else:
            assert answer.status == Status.SUCCESSFUL_OK
            reader.ends, reader.lease = self.desk.up + lease, lease

    @precondition(lambda self: self.readers)
    @rule(share=any_one, owner=st.booleans())
    def cancel(self, share: float, owner: bool) -> None:
        number = list(self.readers)[int(share * len(self.readers))]
        user = self.readers[number].user if owner else "eve"
        answer = self.desk.ask(Operation.CANCEL_SUBSCRIPTION, Attribute("notify-subscription-id", number), user=user)
        assert answer.status == (Status.SUCCESSFUL_OK if owner else Status.CLIENT_ERROR_NOT_AUTHORIZED)
        if owner:
            del self.readers[number]

    # --------------------------------------------------------------------------------------- what happens

    @precondition(lambda self: self.living)
    @rule(share=any_one, seconds=st.sampled_from((0, 1, 6, 40)))
    def sheets(self, share: float, seconds: float) -> None:
        job = self.pick(share, self.living)
        for _ in range(2):
            self.desk.report(SheetDone(1, job.id, 1, "iso_a4_210x297mm"))
            self.after()
            self.wait(seconds)

    @precondition(lambda self: self.living)
    @rule(share=any_one)
    def rename(self, share: float) -> None:
        job = self.pick(share, self.living)
        groups = [group(GroupTag.JOB, Attribute("job-name", Name(f"{job.name}!")))]
        self.desk.ask(Operation.SET_JOB_ATTRIBUTES, job=job.id, user=job.user, groups=groups)
        self.after()

    @precondition(lambda self: self.living)
    @rule(share=any_one)
    def cancel_job(self, share: float) -> None:
        job = self.pick(share, self.living)
        self.desk.ask(Operation.CANCEL_JOB, job=job.id, user=job.user)
        self.after()

    @rule(paused=st.booleans(), jammed=st.booleans())
    def move_printer(self, paused: bool, jammed: bool) -> None:
        self.desk.ask(Operation.PAUSE_PRINTER if paused else Operation.RESUME_PRINTER, caller=OPERATOR)
        self.desk.report(PartFailed(1, "media-jam", cleared=not jammed))
        self.after()

    @rule(seconds=st.sampled_from((1, 20, KEPT, KEPT + SWEEP, 3_600, 86_400)))
    def wait(self, seconds: float) -> None:
        """One step of the clock at a time, so that both sides see each date."""
        while seconds > 0:
            deadline = self.desk.engine.next_deadline()
            step = seconds if deadline is None else max(0.0, min(seconds, deadline - self.desk.up))
            self.desk.wait(step)
            self.after()
            if step == 0:
                break
            seconds -= step

    @rule()
    def power_fails(self) -> None:
        """What was told is forgotten later, since the clock begins anew; leases too."""
        up = self.desk.up
        self.desk.restart()
        for reader in self.readers.values():
            reader.progress = None
            reader.told = [(word, 1 + KEPT if until > up else 0.0) for word, until in reader.told]
            if reader.job is None:
                reader.ends = self.desk.up + reader.lease
            elif reader.over:
                reader.ends = self.desk.up + KEPT
        self.after()

    # ------------------------------------------------------------------------------------------ the truth

    @invariant()
    def the_same_subscriptions_live(self) -> None:
        assert list(self.desk.printer[Notices].subscriptions) == list(self.readers)

    @invariant()
    def everybody_sees_what_he_should(self) -> None:
        for number, reader in self.readers.items():
            answer = get(self.desk, number, user=reader.user)
            complete = answer.status == Status.SUCCESSFUL_OK_EVENTS_COMPLETE
            assert complete == reader.over, (answer.status, reader)
            found = {
                value(event, "notify-sequence-number"): str(value(event, "notify-subscribed-event"))
                for event in answer.events
            }
            whole = {at: word for at, (word, _) in enumerate(reader.told, 1)}
            must = {at: word for at, (word, until) in enumerate(reader.told, 1) if until > self.desk.up}
            assert found.items() <= whole.items(), (found, whole)
            assert must.items() <= found.items(), (found, must)

    @invariant()
    def nobody_sees_what_is_not_his(self) -> None:
        for number in list(self.readers)[:2]:
            assert get(self.desk, number, user="eve").status == Status.CLIENT_ERROR_NOT_AUTHORIZED

    @invariant()
    def little_is_kept(self) -> None:
        board = self.desk.printer[Notices]
        assert len(board.log) <= MOST_EVENTS
        assert {key for interested in board.index.values() for key in interested} <= set(board.subscriptions)
        assert all(board.index.values()), "an empty entry"


TestBoard = Board.TestCase
TestBoard.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
