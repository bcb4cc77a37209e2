"""Release actions in any order against a reference (PWG 5100.11): nothing prints unreleased, nobody guesses faster
than he may, nothing that waits is lost or opened by a power cut, and days take microseconds."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from firmware.core.access import Caller, Link
from firmware.core.events import ButtonPressed, CheckSecret, HashSecret
from firmware.core.job import JobState
from firmware.core.pin import SecretChecked, SecretHashed
from firmware.ipp import Attribute, Operation, Status
from tests.printer import Desk, keyword

DAY = 86400.0
PINS = ("pin-one", "pin-two", "pin-three")
REASONS = {
    "button-press": "job-held-for-button-press",
    "job-password": "job-password-wait",
    "owner-authorized": "job-held-for-authorization",
}
share = st.floats(0, 1, exclude_max=True)


@dataclass
class Waiting:
    """What the reference knows of a job that waits."""

    action: str
    pin: str
    until: float
    guesses: dict[str, list[float]] = field(default_factory=dict)

    def blocked(self, client: str, now: float) -> bool:
        """So many guesses, so long a wait: 1, 2, 4 … seconds from the third on, for all from the twelfth on."""
        return any(
            len(times) >= free and now < times[-1] + min(2.0 ** (len(times) - free), most)
            for times, free, most in (
                (self.guesses.get(client, []), 3, 300.0),
                (sorted(time for times in self.guesses.values() for time in times), 12, 60.0),
            )
        )


class QuickDesk(Desk):
    """Its locksmith is not slow."""

    def locksmith(self) -> None:
        orders = [order for order in self.engine.outbox if isinstance(order, HashSecret | CheckSecret)]
        for order in orders:
            self.engine.outbox.remove(order)
            hashed = hashlib.blake2b(order.secret).hexdigest()
            if isinstance(order, HashSecret):
                self.report(SecretHashed(order.key, hashed))
            else:
                self.report(SecretChecked(order.key, hashed == order.hashed))


class Releasing(RuleBasedStateMachine):
    """Clients, a button, a clock and a power switch."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = QuickDesk()
        self.waiting: dict[int, Waiting] = {}
        self.printed: set[int] = set()
        self.expired: set[int] = set()

    # --------------------------------------------------------------------------------------- what happens

    @rule(action=st.sampled_from(("none", *REASONS)), pin=st.sampled_from(PINS))
    def submit(self, action: str, pin: str) -> None:
        extra = [keyword("job-release-action", action)]
        if action == "job-password":
            extra += [Attribute("job-password", pin.encode()), keyword("job-password-encryption", "none")]
        answer = self.desk.ask(Operation.PRINT_JOB, *extra, data=True, caller=Caller(Link.USB))
        answer = self.desk.deliver(answer)
        assert answer.status == Status.SUCCESSFUL_OK
        job = self.desk.job(answer)
        if action == "none":
            self.printed.add(job.id)
        else:
            self.waiting[job.id] = Waiting(action, pin, self.desk.up + DAY)
        self.print_all()

    @precondition(lambda self: self.waiting)
    @rule(which=share, pin=st.sampled_from(PINS), client=st.sampled_from(("192.0.2.1", "192.0.2.2", "192.0.2.3")))
    def guess(self, which: float, pin: str, client: str) -> None:
        number, waiting = self.choose(which)
        password = [Attribute("job-password", pin.encode()), keyword("job-password-encryption", "none")]
        caller = Caller(Link.TLS, peer=client)
        status = self.desk.ask(Operation.RELEASE_JOB, *password, job=number, caller=caller).status
        if waiting.action == "button-press":
            assert status == Status.CLIENT_ERROR_NOT_POSSIBLE
        elif waiting.action == "owner-authorized":
            assert status == Status.CLIENT_ERROR_NOT_AUTHENTICATED
        elif waiting.blocked(client, self.desk.up):
            assert status == Status.SERVER_ERROR_BUSY
        elif pin != waiting.pin:
            assert status == Status.CLIENT_ERROR_NOT_AUTHORIZED
            waiting.guesses.setdefault(client, []).append(self.desk.up)
        else:
            assert status == Status.SUCCESSFUL_OK
            self.let_go(number)
        self.print_all()

    @precondition(lambda self: self.waiting)
    @rule(which=share, proven=st.sampled_from(("alice", "eve")))
    def owner(self, which: float, proven: str) -> None:
        number, waiting = self.choose(which)
        caller = Caller(Link.TLS, user=proven)
        status = self.desk.ask(Operation.RELEASE_JOB, job=number, caller=caller, user="alice").status
        if proven == "alice" and waiting.action == "owner-authorized":
            assert status == Status.SUCCESSFUL_OK
            self.let_go(number)
        else:
            assert status >= Status.CLIENT_ERROR_BAD_REQUEST
        self.print_all()

    @rule(which=st.none() | share)
    def button(self, which: float | None) -> None:
        chosen = self.choose(which)[0] if which is not None and self.waiting else None
        self.desk.report(ButtonPressed(1, chosen))
        among = [number for number, waiting in self.waiting.items() if waiting.action == "button-press"]
        released = [number for number in sorted(among) if chosen in (None, number)][:1]
        for number in released:
            self.let_go(number)
        self.print_all()

    @rule(seconds=st.sampled_from((0.5, 1.0, 5.0, 400.0, DAY / 2)))
    def wait(self, seconds: float) -> None:
        self.desk.wait(seconds)
        for number in [number for number, waiting in self.waiting.items() if waiting.until <= self.desk.up]:
            del self.waiting[number]
            self.expired.add(number)

    @precondition(lambda self: self.waiting)
    @rule(which=share)
    def cancel(self, which: float) -> None:
        number, _ = self.choose(which)
        assert self.desk.ask(Operation.CANCEL_JOB, job=number).status == Status.SUCCESSFUL_OK
        del self.waiting[number]

    @rule()
    def power_fails(self) -> None:
        before = self.desk.up
        self.desk.restart()
        for waiting in self.waiting.values():
            waiting.until -= before - self.desk.up
            waiting.guesses.clear()  # whoever can do this stands at the printer

    # ------------------------------------------------------------------------------------------- helpers

    def choose(self, which: float) -> tuple[int, Waiting]:
        numbers = sorted(self.waiting)
        number = numbers[int(which * len(numbers))]
        return number, self.waiting[number]

    def let_go(self, number: int) -> None:
        del self.waiting[number]
        self.printed.add(number)

    def print_all(self) -> None:
        """The press does what it gets; it gets what was released, and nothing else."""
        while self.desk.printer.current is not None:
            job = self.desk.printer.jobs[self.desk.printer.current]
            assert job.id in self.printed
            self.desk.press(job)
        self.desk.engine.outbox.clear()

    # ---------------------------------------------------------------------------------------- invariants

    @invariant()
    def what_waits_waits_for_its_own_key(self) -> None:
        jobs = self.desk.printer.jobs
        assert {job.id for job in jobs.values() if job.state is JobState.HELD} == set(self.waiting)
        for number, waiting in self.waiting.items():
            assert jobs[number].reasons == {"job-release-wait", REASONS[waiting.action]}

    @invariant()
    def what_was_released_was_printed_and_what_expired_says_so(self) -> None:
        jobs = self.desk.printer.jobs
        assert {number for number in self.printed if jobs[number].state is not JobState.COMPLETED} == set()
        for number in self.expired:
            assert jobs[number].state is JobState.CANCELED
            assert jobs[number].reasons == {"job-canceled-after-timeout"}

    @invariant()
    def nothing_of_a_pin_is_kept(self) -> None:
        self.desk.keep()
        for _, record in self.desk.records.values():
            assert not any(pin.encode() in record for pin in PINS)


TestReleasing = Releasing.TestCase
TestReleasing.settings = settings(max_examples=15, stateful_step_count=30, deadline=None)
