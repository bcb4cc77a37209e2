"""Job release – PWG 5100.11 (Enterprise Printing Extensions): jobs that wait for a PIN, a button or their owner.

job-password comes in as the client hid it (job-password-encryption), is hashed once more by the rim, and only that
hash is kept. Release-Job takes the same attributes. Guesses are throttled (``core.throttle``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from firmware.core import pin
from firmware.core.access import Caller, Link, Role
from firmware.core.call import Call, Context
from firmware.core.clock import Now
from firmware.core.engine import Engine
from firmware.core.events import ButtonPressed, CheckSecret, HashSecret, HoldExpired, JobCreated, JobEnded, Started
from firmware.core.feature import Feature
from firmware.core.job import Job, JobState
from firmware.core.pin import SecretChecked, SecretHashed
from firmware.core.printer import Printer
from firmware.core.scheduler import end_of_job
from firmware.core.throttle import Throttle
from firmware.ipp import UNSUPPORTED, Attribute, Operation, RangeOfInteger, Status

release = Feature("release", requires=["submission", "job_control"])

ACTIONS = {
    "button-press": "job-held-for-button-press",
    "job-password": "job-password-wait",
    "none": "",
    "owner-authorized": "job-held-for-authorization",
}
"""job-release-action, and the reason that a job has while it waits for it, beside job-release-wait."""

MODES = {"passthrough": "none", "release-action": "button-press", "release-printing": "owner-authorized"}
"""printer-mode-configured (PWG 5100.18), and what it asks of jobs that ask for no action themselves."""

MOST_WAITING = 16
"""Secrets that may wait for the locksmith: each takes him a good part of a tenth of a second."""


@release.part(Printer)
@dataclass
class Lock:
    """What the printer knows of guesses and hashes that are on their way; nothing of it is kept."""

    hold_for: float = 86400.0
    """Seconds that a job waits for its release before it is canceled; 0 for ever. The board says it."""
    key: int = 0
    waiting: set[int] = field(default_factory=set)
    hashed: dict[int, str] = field(default_factory=dict)
    checked: dict[int, bool] = field(default_factory=dict)
    throttle: Throttle = field(default_factory=Throttle)

    def new_key(self) -> int:
        """A number for the next order; nobody is served when too many wait already."""
        self.key += 1
        self.waiting.add(self.key)
        return self.key


# -------------------------------------------------------------------------------------- attributes


def encryptions(caller: Caller) -> list[str]:
    """job-password-encryption-supported: in clear only where nobody listens."""
    return [*pin.HASHED, *(["none"] if caller.confidential else [])]


release.attribute("job-password-supported", Printer, read=lambda printer: pin.MOST_OCTETS)
release.attribute("job-password-length-supported", Printer, read=lambda printer: RangeOfInteger(*pin.LENGTHS))
release.attribute(
    "job-password-encryption-supported", Printer, tell=lambda printer, context: encryptions(context.caller)
)
release.attribute("job-password-repertoire-supported", Printer, read=lambda printer: list(pin.REPERTOIRES))
release.attribute(
    "job-password-repertoire-configured",
    Printer,
    read=lambda printer: "iana_us-ascii_any",
    settable=True,
    allows=lambda printer, value: value in pin.REPERTOIRES,
    choices=lambda printer: list(pin.REPERTOIRES),
)
release.attribute("job-release-action-supported", Printer, read=lambda printer: list(ACTIONS))
_DEFAULTS = [action for action in ACTIONS if action != "job-password"]
"""A default can't bring a password with it."""
release.attribute(
    "job-release-action-default",
    Printer,
    read=lambda printer: "none",
    settable=True,
    allows=lambda printer, value: value in _DEFAULTS,
    choices=lambda printer: _DEFAULTS,
)
release.attribute("job-release-action", Job, read=lambda job: job.release_action)
release.attribute("printer-mode-supported", Printer, read=lambda printer: list(MODES))
release.attribute(
    "printer-mode-configured",
    Printer,
    read=lambda printer: "passthrough",
    settable=True,
    allows=lambda printer, value: value in MODES,
    choices=lambda printer: list(MODES),
)
release.extend("job-password", "job-password-encryption", "job-release-action")
release.extend("job-password", "job-password-encryption", operations=[Operation.RELEASE_JOB])
release.profile(
    "PWG 5100.11 job release",
    keyword="job-release",
    operations=(Operation.RELEASE_JOB, Operation.CANCEL_JOB),
    printer_attributes=("job-release-action-default", "job-release-action-supported"),
    job_attributes=("job-release-action",),
)


def _set(printer: Printer, name: str, otherwise: str) -> str:
    setting = printer.setting(name)
    return str(setting.value) if setting is not None else otherwise


# ------------------------------------------------------------------------------------------ submission


@release.check
def how_to_release(call: Call) -> None:
    """A new job's release action, and its password to the locksmith before there is a job."""
    if not call.engine.catalog.operations[call.operation].creates_job:
        return
    action = _action(call)
    if action == "none":
        return
    call.newborn["release_action"] = action
    if action != "job-password":
        return
    encryption, secret = _password(call)
    if encryption == "none":
        _check_clear(call, secret)
    if call.operation is not Operation.VALIDATE_JOB:
        call.newborn |= {"pin_encryption": encryption, "pin_octets": len(secret)}
        _hash_first(call, secret)


def _action(call: Call) -> str:
    """What the client asks for, or what the printer's default and mode ask of everybody."""
    asked, password = call.attribute("job-release-action"), call.attribute("job-password")
    if asked is not None and asked.value not in ACTIONS:
        message = f"job-release-action {asked.value!s} is not supported"
        raise call.refuse(Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED, message, [asked])
    if password is None and call.attribute("job-password-encryption") is not None:
        raise call.refuse(Status.CLIENT_ERROR_BAD_REQUEST, "job-password-encryption without job-password")
    action = str(asked.value) if asked is not None else ""
    if action == "job-password" and password is None:
        raise call.refuse(Status.CLIENT_ERROR_BAD_REQUEST, "job-release-action job-password without job-password")
    if password is not None and action not in ("", "job-password"):
        message = f"job-password is not for job-release-action {action}"
        raise call.refuse(Status.CLIENT_ERROR_CONFLICTING_ATTRIBUTES, message, [Attribute("job-password", UNSUPPORTED)])
    if password is not None:
        return "job-password"
    mode = MODES[_set(call.printer, "printer-mode-configured", "passthrough")]
    if action == "none" and mode != "none" and asked is not None:
        call.reply.ignore([asked])  # nothing passes this printer unreleased
        return mode
    default = _set(call.printer, "job-release-action-default", "none")
    return action or (default if default != "none" else mode)


def _password(call: Call) -> tuple[str, bytes]:
    """(job-password-encryption, job-password) of a request that has them; refused when they can't be."""
    name = call.attribute("job-password-encryption")
    encryption = str(name.value) if name is not None else "none"
    secret = call.value("job-password", b"")
    if encryption not in encryptions(call.context.caller):
        message = f"job-password-encryption {encryption} is not supported"
        if encryption == "none":
            message = "job-password may not come in clear here: hash it, or use TLS"
        wrong = name or Attribute("job-password", UNSUPPORTED)
        raise call.refuse(Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED, message, [wrong])
    if encryption != "none" and not pin.looks_right(encryption, secret):
        raise _no_password(call, f"is no {encryption} hash")
    return encryption, secret


def _check_clear(call: Call, secret: bytes) -> None:
    fault = pin.fault(secret, _set(call.printer, "job-password-repertoire-configured", "iana_us-ascii_any"))
    if fault:
        raise _no_password(call, fault)


def _no_password(call: Call, fault: str) -> Exception:
    """The refusal of a password, which it does not repeat."""
    wrong = [Attribute("job-password", UNSUPPORTED)]
    return call.refuse(Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED, f"job-password {fault}", wrong)


def _hash_first(call: Call, secret: bytes) -> None:
    lock = _free_lock(call)
    key = lock.new_key()

    def judge() -> None:
        hashed = lock.hashed.pop(key, "")
        if not hashed:
            raise call.refuse(Status.SERVER_ERROR_TEMPORARY_ERROR, "job-password could not be hashed")
        call.newborn["pin"] = hashed

    call.first(HashSecret(key, secret), judge)


def _free_lock(call: Call) -> Lock:
    lock = call.printer[Lock]
    if len(lock.waiting) >= MOST_WAITING:
        raise call.refuse(Status.SERVER_ERROR_BUSY, "too many passwords at once")
    return lock


# --------------------------------------------------------------------------------------------- release


def waits(job: Job) -> bool:
    """Does it wait for its release? What is only stored need not: nothing comes out of it."""
    return job.release_action != "none" and not job.unlocked and not job.ended and job.storage != "store-only"


@release.gate
def release_wait(printer: Printer, job: Job, now: Now) -> str | None:
    return "job-release-wait" if waits(job) else None


@release.gate
def release_wait_for(printer: Printer, job: Job, now: Now) -> str | None:
    return ACTIONS[job.release_action] if waits(job) else None


@release.check
def may_release(call: Call) -> None:
    """Release-Job: the job's own key, whoever turns it."""
    if call.operation is not Operation.RELEASE_JOB or not waits(call.job):
        return
    job, judge = call.job, _JUDGES[call.job.release_action]
    judge(call, job)


def _needs_button(call: Call, job: Job) -> None:
    raise call.refuse(Status.CLIENT_ERROR_NOT_POSSIBLE, f"job {job.id} waits for a button at the printer")


def _needs_owner(call: Call, job: Job) -> None:
    """The owner, with proof of who he is; or an operator who stands at the printer and sees his badge."""
    caller = call.context.caller
    beside = caller.role >= Role.OPERATOR and caller.link in (Link.LOCAL, Link.USB)
    if caller.user != job.user and not beside:
        status = Status.CLIENT_ERROR_NOT_AUTHORIZED if caller.user else Status.CLIENT_ERROR_NOT_AUTHENTICATED
        raise call.refuse(status, f"job {job.id} waits for its owner to prove who he is")
    job.unlocked = True


def _needs_password(call: Call, job: Job) -> None:
    if call.attribute("job-password") is None:
        raise call.refuse(Status.CLIENT_ERROR_NOT_AUTHORIZED, f"job {job.id} waits for its job-password")
    secret = _as_kept(call, job)
    lock, client, up = _free_lock(call), _client(call.context), call.now.up
    delay = lock.throttle.wait(job.id, client, up)
    if delay:
        raise call.refuse(Status.SERVER_ERROR_BUSY, f"too many wrong passwords: wait {delay:.0f} seconds")
    lock.throttle.guess(job.id, client, up)
    key = lock.new_key()

    def judge() -> None:
        if not lock.checked.pop(key, False):
            raise call.refuse(Status.CLIENT_ERROR_NOT_AUTHORIZED, f"that is not the job-password of job {job.id}")
        lock.throttle.right(job.id)
        job.unlocked = True

    call.first(CheckSecret(key, secret, job.pin), judge)


_JUDGES: dict[str, Callable[[Call, Job], None]] = {
    "button-press": _needs_button,
    "job-password": _needs_password,
    "owner-authorized": _needs_owner,
}


def _as_kept(call: Call, job: Job) -> bytes:
    """The password as the job's client had sent it: one in clear is hidden the same way."""
    encryption, secret = _password(call)
    if encryption == job.pin_encryption:
        return secret
    if encryption == "none":
        return pin.hidden(job.pin_encryption, secret, job.pin_octets)
    wrong = call.attribute("job-password-encryption")
    message = f"the job-password of job {job.id} came with job-password-encryption {job.pin_encryption}"
    raise call.refuse(Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED, message, [wrong] if wrong else [])


def _client(context: Context) -> str:
    caller = context.caller
    return caller.user or caller.peer or str(caller.link)


# ----------------------------------------------------------------------------------------------- facts


@release.on(ButtonPressed)
def button_pressed(engine: Engine, fact: ButtonPressed, now: Now) -> None:
    """Somebody stands at the printer: the job he chose, or the first that waits for a button, is released."""
    printer = engine.system.printers[fact.printer_id]
    waiting = [job for job in printer.waiting if waits(job) and job.release_action == "button-press"]
    for job in waiting:
        if fact.job_id in (None, job.id):
            job.unlocked = True
            return


@release.on(SecretHashed)
def hashed(engine: Engine, fact: SecretHashed, now: Now) -> None:
    for lock in _locks(engine, fact.key):
        lock.hashed[fact.key] = fact.hashed
        _forget_old(lock.hashed)


@release.on(SecretChecked)
def checked(engine: Engine, fact: SecretChecked, now: Now) -> None:
    for lock in _locks(engine, fact.key):
        lock.checked[fact.key] = fact.good
        _forget_old(lock.checked)


def _locks(engine: Engine, key: int) -> list[Lock]:
    found = [printer[Lock] for printer in engine.system.printers.values() if key in printer[Lock].waiting]
    for lock in found:
        lock.waiting.discard(key)
    return found


def _forget_old(answers: dict[int, str] | dict[int, bool]) -> None:
    """Answers that nobody came for: their client went away."""
    while len(answers) > MOST_WAITING:
        del answers[next(iter(answers))]


@release.on(JobCreated)
def begin_to_wait(engine: Engine, fact: JobCreated, now: Now) -> None:
    printer = engine.system.printers[fact.printer_id]
    _set_limit(engine, printer, printer.jobs[fact.job_id], 0.0, now)


@release.on(Started)
def wait_on(engine: Engine, fact: Started, now: Now) -> None:
    """What has gone by of the time counts, where the board knew the date."""
    for printer in engine.system.printers.values():
        for job in printer.waiting:
            known = now.wall is not None and job.created.wall is not None
            gone = max(0.0, now.wall - job.created.wall) if known else 0.0  # type: ignore[operator]
            _set_limit(engine, printer, job, gone, now)


def _set_limit(engine: Engine, printer: Printer, job: Job, gone: float, now: Now) -> None:
    hold_for = printer[Lock].hold_for
    if waits(job) and hold_for:
        at = now.up + max(0.0, hold_for - gone)
        engine.later(("release", printer.id, job.id), at, HoldExpired(printer.id, job.id))


@release.on(HoldExpired)
def expired(engine: Engine, fact: HoldExpired, now: Now) -> None:
    printer = engine.system.printers[fact.printer_id]
    job = printer.jobs.get(fact.job_id)
    if job is not None and waits(job) and job.state is JobState.HELD:
        job.move(JobState.CANCELED, now, "job-canceled-after-timeout", message="Nobody released it in time.")
        end_of_job(engine, printer, job, now)


@release.on(JobEnded)
def no_more_guesses(engine: Engine, fact: JobEnded, now: Now) -> None:
    engine.forget(("release", fact.printer_id, fact.job_id))
    engine.system.printers[fact.printer_id][Lock].throttle.right(fact.job_id)
