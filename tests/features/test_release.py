"""Job release – PWG 5100.11: PINs, buttons, owners; printer modes – PWG 5100.18."""

from __future__ import annotations

import hashlib

import pytest

from firmware.core.access import Caller, Link, Role
from firmware.core.events import ButtonPressed, CheckSecret, DropDocuments, HashSecret, JobDone, PrintJob
from firmware.core.job import Job, JobState
from firmware.core.pin import SecretChecked, SecretHashed
from firmware.core.throttle import FREE
from firmware.features.release import MOST_WAITING, Lock
from firmware.ipp import Attribute, AttributeGroup, GroupTag, Message, Name, Operation, RangeOfInteger, Status, Uri
from tests.printer import OPERATOR, PLAIN, URI, USB, Answer, Desk, keyword, reasons, state, value, values

TLS = Caller(Link.TLS, peer="192.0.2.7")
ALICE = Caller(Link.TLS, user="alice", peer="192.0.2.7")
EVE = Caller(Link.TLS, user="eve", peer="192.0.2.8")
FAR = Caller(Link.PLAIN, peer="192.0.2.9")
LOOPBACK = Caller(Link.PLAIN, peer="127.0.0.1")
ME = Name("alice")
UNSUPPORTED = Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED
NOT_AUTHORIZED = Status.CLIENT_ERROR_NOT_AUTHORIZED


def clear(password: str) -> tuple[Attribute, ...]:
    return Attribute("job-password", password.encode()), keyword("job-password-encryption", "none")


def sha256(password: str) -> tuple[Attribute, ...]:
    digest = hashlib.sha256(password.encode()).digest()
    return Attribute("job-password", digest), keyword("job-password-encryption", "sha2-256")


def action(name: str) -> Attribute:
    return keyword("job-release-action", name)


def submit(desk: Desk, *attributes: Attribute, caller: Caller = PLAIN, user: str = "alice") -> Answer:
    answer = desk.ask(Operation.PRINT_JOB, *attributes, data=True, caller=caller, user=user)
    return desk.deliver(answer) if answer.reply.accept is not None else answer


def job_with(desk: Desk, *attributes: Attribute, caller: Caller = TLS, user: str = "alice") -> Job:
    answer = submit(desk, *attributes, caller=caller, user=user)
    assert answer.status == Status.SUCCESSFUL_OK, answer.said
    return desk.job(answer)


def let_go(desk: Desk, job: Job, *attributes: Attribute, caller: Caller = TLS, user: str = "alice") -> Answer:
    return desk.ask(Operation.RELEASE_JOB, *attributes, job=job.id, caller=caller, user=user)


# ------------------------------------------------------------------------------------------ attributes


def test_what_the_printer_tells() -> None:
    told = Desk().ask(Operation.GET_PRINTER_ATTRIBUTES).printer
    assert value(told, "job-password-supported") == 255
    assert value(told, "job-password-length-supported") == RangeOfInteger(4, 255)
    assert value(told, "job-password-repertoire-configured") in values(told, "job-password-repertoire-supported")
    assert set(values(told, "job-release-action-supported")) == {
        "button-press", "job-password", "none", "owner-authorized",
    }  # fmt: skip
    assert value(told, "job-release-action-default") == "none"
    assert "job-release" in values(told, "ipp-features-supported")
    created = set(values(told, "job-creation-attributes-supported"))
    assert {"job-password", "job-password-encryption", "job-release-action"} <= created


@pytest.mark.parametrize(
    ("caller", "offered"), [(FAR, False), (LOOPBACK, True), (TLS, True), (USB, True), (OPERATOR, True)]
)
def test_in_clear_only_where_nobody_listens(caller: Caller, offered: bool) -> None:
    desk = Desk()
    told = values(
        desk.ask(Operation.GET_PRINTER_ATTRIBUTES, caller=caller).printer, "job-password-encryption-supported"
    )
    assert ("none" in told) is offered
    assert "sha2-256" in told
    assert (submit(desk, *clear("1234"), caller=caller).status == Status.SUCCESSFUL_OK) is offered
    assert len(desk.printer.jobs) == offered


# ------------------------------------------------------------------------------------------ passwords


def test_a_job_waits_for_its_password() -> None:
    desk = Desk()
    job = job_with(desk, *sha256("1234"))
    assert state(job) is JobState.HELD
    assert reasons(job) == {"job-password-wait", "job-release-wait"}
    told = desk.ask(Operation.GET_JOB_ATTRIBUTES, job=job.id).job
    assert value(told, "job-release-action") == "job-password"
    assert not [name for name in told.names() if "pin" in name or "password" in name]
    assert desk.orders(PrintJob) == []
    assert let_go(desk, job, *sha256("1234")).status == Status.SUCCESSFUL_OK
    assert state(job) is JobState.PROCESSING
    assert desk.order().job_id == job.id


def test_create_job_tells_at_once_that_it_is_held() -> None:
    answer = Desk().ask(Operation.CREATE_JOB, *sha256("1234"))
    assert value(answer.job, "job-state") == JobState.HELD
    assert "job-password-wait" in values(answer.job, "job-state-reasons")


@pytest.mark.parametrize("given", [(), clear("4321"), sha256("4321")])
def test_a_wrong_password_is_refused(given: tuple[Attribute, ...]) -> None:
    desk = Desk()
    job = job_with(desk, *sha256("1234"))
    assert let_go(desk, job, *given).status == NOT_AUTHORIZED
    assert state(job) is JobState.HELD


def test_typed_in_clear_it_is_hidden_as_the_client_did() -> None:
    """What the panel and the command do."""
    desk = Desk()
    job = job_with(desk, *sha256("1234"), caller=FAR)
    assert let_go(desk, job, *clear("1234"), caller=OPERATOR, user="root").status == Status.SUCCESSFUL_OK
    shaken = (Attribute("job-password", hashlib.shake_256(b"1234").digest(48)),)
    other = job_with(desk, *shaken, keyword("job-password-encryption", "shake-256"))
    assert let_go(desk, other, *clear("1234")).status == Status.SUCCESSFUL_OK


def test_a_hash_does_not_open_what_came_in_clear() -> None:
    desk = Desk()
    job = job_with(desk, *clear("1234"))
    answer = let_go(desk, job, *sha256("1234"))
    assert answer.status == UNSUPPORTED
    assert [attribute.name for attribute in answer.unsupported] == ["job-password-encryption"]
    assert let_go(desk, job, *clear("1234")).status == Status.SUCCESSFUL_OK


@pytest.mark.parametrize("name", ["md2", "md4", "md5", "sha", "shake-512", "sha3-512_256", "rot13"])
def test_broken_hashes_are_refused_and_not_echoed(name: str) -> None:
    desk = Desk()
    answer = submit(desk, Attribute("job-password", b"secret-secret-16"), keyword("job-password-encryption", name))
    assert answer.status == UNSUPPORTED
    assert [attribute.name for attribute in answer.unsupported] == ["job-password-encryption"]
    assert not desk.printer.jobs


@pytest.mark.parametrize(
    ("attributes", "status"),
    [
        ((keyword("job-password-encryption", "none"),), Status.CLIENT_ERROR_BAD_REQUEST),
        ((action("job-password"),), Status.CLIENT_ERROR_BAD_REQUEST),
        ((action("knock-twice"),), UNSUPPORTED),
        ((action("button-press"), *clear("1234")), Status.CLIENT_ERROR_CONFLICTING_ATTRIBUTES),
        ((action("none"), *clear("1234")), Status.CLIENT_ERROR_CONFLICTING_ATTRIBUTES),
        (clear("123"), UNSUPPORTED),
        ((Attribute("job-password", b"1234"), keyword("job-password-encryption", "sha2-256")), UNSUPPORTED),
        ((Attribute("job-password", bytes(256)), keyword("job-password-encryption", "none")),
         Status.CLIENT_ERROR_REQUEST_VALUE_TOO_LONG),
    ],
)  # fmt: skip
@pytest.mark.parametrize("operation", [Operation.PRINT_JOB, Operation.VALIDATE_JOB, Operation.CREATE_JOB])
def test_errors_of_submissions(operation: Operation, attributes: tuple[Attribute, ...], status: Status) -> None:
    desk = Desk()
    answer = desk.ask(operation, *attributes, caller=TLS, data=operation is Operation.PRINT_JOB)
    assert answer.status == status
    assert not desk.printer.jobs
    assert not any(attribute.values == (b"1234",) for attribute in answer.unsupported)


def test_validate_job_hashes_nothing() -> None:
    desk = Desk()
    assert desk.ask(Operation.VALIDATE_JOB, *sha256("1234")).status == Status.SUCCESSFUL_OK
    assert desk.orders(HashSecret) == []


def test_the_repertoire_is_enforced_where_it_can_be_seen() -> None:
    desk = Desk()
    digits = AttributeGroup(GroupTag.PRINTER, [keyword("job-password-repertoire-configured", "iana_us-ascii_digits")])
    assert desk.ask(Operation.SET_PRINTER_ATTRIBUTES, caller=OPERATOR, groups=[digits]).status == Status.SUCCESSFUL_OK
    answer = submit(desk, *clear("12a4"), caller=TLS)
    assert answer.status == UNSUPPORTED
    assert "iana_us-ascii_digits" in answer.said
    assert "12a4" not in answer.said
    assert submit(desk, *clear("1234"), caller=TLS).status == Status.SUCCESSFUL_OK


def test_a_foreigner_with_the_password_is_still_a_foreigner() -> None:
    desk = Desk()
    job = job_with(desk, *sha256("1234"))
    assert let_go(desk, job, *sha256("1234"), user="eve").status == NOT_AUTHORIZED
    assert state(job) is JobState.HELD


def test_the_hash_alone_is_kept() -> None:
    desk = Desk()
    job_with(desk, *clear("4711-secret"))
    desk.keep()
    digest = hashlib.sha256(b"4711-secret").hexdigest().encode()
    for _, record in desk.records.values():
        assert b"4711-secret" not in record
        assert digest not in record
    assert any(b"$argon2id$" in record for _, record in desk.records.values())


def test_hold_and_set_job_attributes_are_no_way_round() -> None:
    desk = Desk()
    job = job_with(desk, *sha256("1234"))
    for operation in (Operation.HOLD_JOB, Operation.RELEASE_JOB):
        desk.ask(operation, keyword("job-hold-until", "no-hold"), job=job.id, caller=TLS)
        assert state(job) is JobState.HELD
    for hold in ("indefinite", "no-hold"):
        group = AttributeGroup(GroupTag.JOB, [keyword("job-hold-until", hold)])
        desk.ask(Operation.SET_JOB_ATTRIBUTES, job=job.id, groups=[group], caller=TLS)
        assert state(job) is JobState.HELD
        assert {"job-password-wait", "job-release-wait"} <= reasons(job)
    assert desk.orders(PrintJob) == []


# ------------------------------------------------------------------------------------------- throttle


def test_guesses_are_throttled_for_each_client() -> None:
    desk = Desk()
    job = job_with(desk, *sha256("1234"))
    for _ in range(FREE):
        assert let_go(desk, job, *sha256("0000"), caller=EVE, user="alice").status == NOT_AUTHORIZED
    for _ in range(FREE):
        assert let_go(desk, job, *sha256("0000"), caller=TLS).status == NOT_AUTHORIZED
    answer = let_go(desk, job, *sha256("1234"))
    assert answer.status == Status.SERVER_ERROR_BUSY
    assert "wait 1 second" in answer.said
    assert let_go(desk, job, *sha256("1234"), caller=ALICE).status == Status.SUCCESSFUL_OK


def test_after_the_wait_the_owner_may_try_again() -> None:
    desk = Desk()
    job = job_with(desk, *sha256("1234"))
    for _ in range(FREE):
        let_go(desk, job, *sha256("0000"))
    desk.wait(0.5)
    assert let_go(desk, job, *sha256("1234")).status == Status.SERVER_ERROR_BUSY
    desk.wait(1)
    assert let_go(desk, job, *sha256("1234")).status == Status.SUCCESSFUL_OK


def test_guesses_at_once_gain_nothing() -> None:
    """Guesses that the locksmith has not looked at yet count as wrong."""
    desk = Desk()
    job = job_with(desk, *sha256("1234"))
    target = [Attribute("printer-uri", Uri(URI)), Attribute("job-id", job.id), Attribute("requesting-user-name", ME)]
    message = Message.request(Operation.RELEASE_JOB, [*target, *sha256("0000")])
    replies = [desk.engine.dispatch(message, TLS, desk.now) for _ in range(FREE + 3)]
    assert [reply.finish is not None for reply in replies] == [True] * FREE + [False] * 3
    assert {reply.status for reply in replies[FREE:]} == {Status.SERVER_ERROR_BUSY}


def test_the_locksmith_is_not_flooded() -> None:
    desk = Desk()
    desk.printer[Lock].waiting = set(range(100, 100 + MOST_WAITING))
    assert submit(desk, *sha256("1234")).status == Status.SERVER_ERROR_BUSY
    assert not desk.printer.jobs


# ------------------------------------------------------------------------------------ buttons and owners


def test_a_button_at_the_printer() -> None:
    desk = Desk()
    first, second = job_with(desk, action("button-press")), job_with(desk, action("button-press"))
    assert reasons(first) == {"job-held-for-button-press", "job-release-wait"}
    assert let_go(desk, first).status == Status.CLIENT_ERROR_NOT_POSSIBLE
    desk.report(ButtonPressed(1, second.id))
    assert (state(first), state(second)) == (JobState.HELD, JobState.PROCESSING)
    desk.press(second)
    desk.report(ButtonPressed(1))
    assert state(first) is JobState.PROCESSING
    desk.report(ButtonPressed(1))  # nobody waits


def test_a_button_is_no_password() -> None:
    desk = Desk()
    job = job_with(desk, *sha256("1234"))
    desk.report(ButtonPressed(1, job.id))
    desk.report(ButtonPressed(1))
    assert state(job) is JobState.HELD


def test_the_owner_with_proof() -> None:
    desk = Desk()
    job = job_with(desk, action("owner-authorized"))
    assert reasons(job) == {"job-held-for-authorization", "job-release-wait"}
    assert let_go(desk, job).status == Status.CLIENT_ERROR_NOT_AUTHENTICATED
    assert let_go(desk, job, caller=EVE, user="alice").status == NOT_AUTHORIZED
    assert state(job) is JobState.HELD
    assert let_go(desk, job, caller=ALICE).status == Status.SUCCESSFUL_OK
    assert state(job) is JobState.PROCESSING


def test_an_operator_beside_the_printer_may_stand_in_for_the_owner() -> None:
    desk = Desk()
    job = job_with(desk, action("owner-authorized"))
    far = Caller(Link.PLAIN, Role.OPERATOR, peer="192.0.2.1")
    assert let_go(desk, job, caller=far, user="root").status == Status.CLIENT_ERROR_NOT_AUTHENTICATED
    assert let_go(desk, job, caller=OPERATOR, user="root").status == Status.SUCCESSFUL_OK


def test_none_waits_for_nothing() -> None:
    desk = Desk()
    assert state(job_with(desk, action("none"))) is JobState.PROCESSING


def test_a_hold_and_a_release_are_two_things() -> None:
    desk = Desk()
    hold = AttributeGroup(GroupTag.JOB, [keyword("job-hold-until", "indefinite")])
    answer = desk.ask(Operation.CREATE_JOB, action("button-press"), groups=[hold])
    job = desk.job(answer)
    desk.deliver(desk.send_document(job, last=True))
    desk.report(ButtonPressed(1))
    assert state(job) is JobState.HELD
    assert reasons(job) == {"job-hold-until-specified"}
    assert let_go(desk, job).status == Status.SUCCESSFUL_OK
    assert state(job) is JobState.PROCESSING


# --------------------------------------------------------------------------------------------- modes


def set_printer(desk: Desk, name: str, word: str, caller: Caller = OPERATOR) -> Status:
    group = AttributeGroup(GroupTag.PRINTER, [keyword(name, word)])
    return desk.ask(Operation.SET_PRINTER_ATTRIBUTES, caller=caller, groups=[group]).status


@pytest.mark.parametrize(
    ("mode", "reason"),
    [("release-action", "job-held-for-button-press"), ("release-printing", "job-held-for-authorization")],
)
def test_a_mode_switches_the_whole_printer(mode: str, reason: str) -> None:
    desk = Desk()
    told = desk.ask(Operation.GET_PRINTER_ATTRIBUTES).printer
    assert value(told, "printer-mode-configured") == "passthrough"
    assert mode in values(told, "printer-mode-supported")
    assert set_printer(desk, "printer-mode-configured", mode, PLAIN) == NOT_AUTHORIZED
    assert set_printer(desk, "printer-mode-configured", mode) == Status.SUCCESSFUL_OK
    job = desk.print()
    assert reasons(job) == {reason, "job-release-wait"}
    answer = submit(desk, action("none"))
    assert answer.status == Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES
    assert [attribute.name for attribute in answer.unsupported] == ["job-release-action"]
    assert reasons(desk.job(answer)) == {reason, "job-release-wait"}
    assert "job-password-wait" in reasons(job_with(desk, *sha256("1234")))
    set_printer(desk, "printer-mode-configured", "passthrough")
    assert state(job) is JobState.HELD, "what was held under the mode waits for its release"
    assert state(desk.print()) is JobState.PROCESSING


def test_a_default_action_and_what_can_be_none() -> None:
    desk = Desk()
    assert set_printer(desk, "job-release-action-default", "job-password") == UNSUPPORTED
    assert set_printer(desk, "printer-mode-configured", "release-now") == UNSUPPORTED
    assert set_printer(desk, "job-release-action-default", "button-press") == Status.SUCCESSFUL_OK
    assert "job-held-for-button-press" in reasons(desk.print())
    assert state(job_with(desk, action("none"))) is JobState.PROCESSING


# ---------------------------------------------------------------------------------------------- time


def test_nobody_comes() -> None:
    desk = Desk()
    job = job_with(desk, *sha256("1234"))
    desk.orders(PrintJob)
    desk.wait(86399)
    assert state(job) is JobState.HELD
    desk.wait(2)
    assert state(job) is JobState.CANCELED
    assert reasons(job) == {"job-canceled-after-timeout"}
    assert [order.job_id for order in desk.orders(DropDocuments)] == [job.id]


def test_the_time_goes_on_while_it_is_switched_off() -> None:
    desk = Desk()
    job = job_with(desk, *sha256("1234"))
    desk.wait(50000)
    desk.restart()
    job = desk.printer.jobs[job.id]
    assert state(job) is JobState.HELD
    desk.wait(30000)
    assert state(job) is JobState.HELD
    desk.wait(7000)
    assert state(job) is JobState.CANCELED


def test_it_is_still_locked_after_a_restart() -> None:
    desk = Desk()
    locked, pressed = job_with(desk, *sha256("1234")), job_with(desk, action("button-press"))
    desk.restart()
    locked, pressed = desk.printer.jobs[locked.id], desk.printer.jobs[pressed.id]
    assert state(locked) is state(pressed) is JobState.HELD
    assert let_go(desk, locked, *sha256("0000")).status == NOT_AUTHORIZED
    assert let_go(desk, locked, *sha256("1234")).status == Status.SUCCESSFUL_OK
    assert state(locked) is JobState.PROCESSING


def test_for_ever_if_the_board_says_so() -> None:
    desk = Desk()
    desk.printer[Lock].hold_for = 0
    job = job_with(desk, *sha256("1234"))
    desk.wait(1e8)
    assert state(job) is JobState.HELD


def test_a_released_job_does_not_expire_in_line() -> None:
    desk = Desk()
    blocking, job = desk.print(), job_with(desk, *sha256("1234"))
    assert let_go(desk, job, *sha256("1234")).status == Status.SUCCESSFUL_OK
    desk.wait(90000)
    desk.report(JobDone(1, blocking.id, "completed"))
    assert state(job) is JobState.PROCESSING


def test_answers_for_clients_that_went_away_are_forgotten() -> None:
    desk = Desk()
    lock = desk.printer[Lock]
    for key in range(1, 100):
        lock.waiting.add(key)
        desk.report(SecretHashed(key, "x"))
        lock.waiting.add(key)
        desk.report(SecretChecked(key, True))
    assert len(lock.hashed) == len(lock.checked) == MOST_WAITING
    assert not lock.waiting


def test_a_released_job_can_be_released_only_once() -> None:
    desk = Desk()
    job = job_with(desk, action("owner-authorized"))
    let_go(desk, job, caller=ALICE)
    assert let_go(desk, job, caller=ALICE).status == Status.CLIENT_ERROR_NOT_POSSIBLE


def test_restarted_it_waits_for_its_password_again() -> None:
    desk = Desk()
    retain = AttributeGroup(GroupTag.JOB, [keyword("job-retain-until", "indefinite")])
    answer = desk.deliver(desk.ask(Operation.PRINT_JOB, *sha256("1234"), groups=[retain], data=True))
    job = desk.job(answer)
    assert let_go(desk, job, *sha256("1234")).status == Status.SUCCESSFUL_OK
    desk.press(job)
    assert desk.ask(Operation.RESTART_JOB, job=job.id).status == Status.SUCCESSFUL_OK
    assert state(job) is JobState.HELD
    assert "job-password-wait" in reasons(job)
    again = desk.ask(Operation.RELEASE_JOB, job=job.id)
    assert again.status == NOT_AUTHORIZED


def test_a_guess_costs_the_same_however_near_it_is() -> None:
    """One look by the locksmith and one answer for every guess: its time tells nothing of the password."""
    desk = Desk()
    job = job_with(desk, *clear("4711"))
    looks: list[int] = []
    work = desk.locksmith

    def counted() -> None:
        looks.append(sum(isinstance(order, CheckSecret) for order in desk.engine.outbox))
        work()

    desk.locksmith = counted  # type: ignore[method-assign]
    said = set()
    for number, guess in enumerate(("4712", "0000", "47110", "x" * 200)):
        answer = let_go(desk, job, *clear(guess), caller=Caller(Link.TLS, peer=f"192.0.2.{20 + number}"))
        assert answer.status == NOT_AUTHORIZED
        said.add(answer.said)
    assert (looks, len(said)) == ([1] * 4, 1)
    for guess in ("4711", "4712"):  # somebody else does not even get as far
        assert let_go(desk, job, *clear(guess), user="eve").status == NOT_AUTHORIZED
    assert looks[4:] == []
    assert let_go(desk, job, *clear("4711")).status == Status.SUCCESSFUL_OK
    assert looks[4:] == [1]
