"""Events – RFC 3995 sections 5.3.3.4 and 9, PWG 5100.13: what can happen, and what is written down of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from firmware.core.call import plain_text
from firmware.core.changes import READY
from firmware.core.clock import Moment, Now
from firmware.core.describe import Wanted
from firmware.core.engine import Engine
from firmware.core.events import Happened, ShuttingDown, Started
from firmware.core.feature import Feature
from firmware.core.job import Job, JobState
from firmware.core.notices import KEPT, MOST_EVENTS, Notices
from firmware.core.printer import Printer
from firmware.core.subscription import Event, EventsExpired, Subscription, SubscriptionExpired
from firmware.core.subscriptions import end, linger, start_lease
from firmware.ipp import Attribute

events = Feature("events", requires=["query"])
events.part(Printer, keep=True)(Notices)

ALWAYS = (
    "document-completed",
    "document-config-changed",
    "document-created",
    "document-state-changed",
    "document-stopped",
    "job-completed",
    "job-config-changed",
    "job-created",
    "job-progress",
    "job-state-changed",
    "job-stopped",
    "printer-config-changed",
    "printer-queue-order-changed",
    "printer-restarted",
    "printer-shutdown",
    "printer-state-changed",
    "printer-stopped",
)
"""Events that happen to every printer."""

SWEEP = KEPT / 4
"""Seconds that an event may be kept too long, so that many are thrown away at once."""

PRINTER = ("printer-state", "printer-state-reasons", "printer-is-accepting-jobs")
DOCUMENT = ("document-number", "document-state", "document-state-reasons")
JOB = ("job-id", "job-uuid", "job-state", "job-state-reasons")
COUNTED = ("job-progress", "job-completed")
"""Events that tell job-impressions-completed too (RFC 3995 section 9.1.2)."""

EXTRA_PRINTER = ("printer-name", "printer-state-message", "queued-job-count", "printer-config-change-time")
EXTRA_JOB = (
    "job-name",
    "job-originating-user-name",
    "job-state-message",
    "job-media-sheets-completed",
    "job-pages-completed",
    "job-k-octets",
    "job-k-octets-processed",
    "number-of-documents",
    "time-at-creation",
    "time-at-processing",
    "time-at-completed",
)
"""What notify-attributes may ask for: nothing that is told anyway, nothing that depends on who asks."""


def supported(printer: Printer) -> list[str]:
    """Events that can happen here: trays are loaded everywhere, staples only where there is a finisher."""
    moving = [event for event in READY if printer.model.finisher is not None or "finishings" not in event]
    return ["none", *sorted((*ALWAYS, *moving))]


def extras(printer: Printer) -> list[str]:
    catalog = printer.catalog
    mine = [name for name in EXTRA_PRINTER if name in catalog.printer_attributes]
    return mine + [name for name in EXTRA_JOB if name in catalog.job_attributes]


events.attribute("notify-events-supported", Printer, read=supported)
events.attribute(
    "notify-events-default",
    Printer,
    read=lambda printer: ["job-completed"],
    settable=True,
    allows=lambda printer, value: value in supported(printer),
    choices=supported,
)
events.attribute("notify-attributes-supported", Printer, read=extras)


# ------------------------------------------------------------------------------------------- writing down


@events.on(Happened)
def happened(engine: Engine, fact: Happened, now: Now) -> None:
    """Write the event down if anybody wants to hear of it, and call those who wait."""
    printer = engine.system.printers[fact.printer_id]
    notices = printer[Notices]
    if fact.event == "job-created" and fact.job_id is not None:
        for subscription in notices.revive(fact.job_id):
            engine.forget(subscription.topic)
    interested = notices.interested(fact.event, fact.job_id)
    if interested:
        event = write(engine, printer, fact, interested, now)
        told = notices.post(event, interested, now.up)
        if told:
            engine.note(event)
        for subscription in told:
            engine.call(subscription.topic)
        if len(notices.log) == 1 or len(notices.log) > MOST_EVENTS:
            sweep(engine, printer, now)
    if fact.event == "job-completed" and fact.job_id is not None:
        for subscription in notices.end_of_job(fact.job_id):
            linger(engine, subscription, now)


def write(engine: Engine, printer: Printer, fact: Happened, interested: list[Subscription], now: Now) -> Event:
    """The event with what is true right after it."""
    job = find_job(engine, printer, fact.job_id) if fact.job_id is not None else None
    context = engine.context(now)
    names = (*JOB, "job-impressions-completed") if fact.event in COUNTED else JOB
    attributes = (
        tuple(_of_printer(engine, printer, PRINTER, now))
        if job is None
        else tuple(cast(Attribute, each) for each in engine.describe.job(job, context, Wanted(names)))
    )
    document = job.documents.get(fact.document) if job is not None and fact.document is not None else None
    if document is not None:
        told = engine.describe.document(document, context, Wanted(DOCUMENT))
        attributes += tuple(cast(Attribute, each) for each in told)
    return Event(
        printer_id=printer.id,
        number=printer[Notices].next_event,
        name=fact.event,
        happened=Moment.of(now),
        attributes=attributes,
        text=sentence(engine, printer, job, fact.event, now),
        job_id=job.id if job is not None else None,
        job_name=job.name if job is not None else "",
        user=job.user if job is not None else "",
        active=printer.current,
        extras=tuple(_extras(engine, printer, job, interested, now)),
    )


def find_job(engine: Engine, printer: Printer, job_id: int) -> Job:
    """A job, be it just forgotten."""
    if job_id in printer.jobs:
        return printer.jobs[job_id]
    return next(
        thing
        for thing in reversed(engine.gone)
        if isinstance(thing, Job) and (thing.printer_id, thing.id) == (printer.id, job_id)
    )


def _of_printer(engine: Engine, printer: Printer, names: Iterable[str], now: Now) -> list[Attribute]:
    told = (engine.describe.value(printer, name, engine.context(now)) for name in names)
    return [attribute for attribute in told if attribute is not None]


def _extras(
    engine: Engine, printer: Printer, job: Job | None, interested: list[Subscription], now: Now
) -> Iterable[tuple[int, tuple[Attribute, ...]]]:
    """What notify-attributes ask for (RFC 3995 section 5.3.4): of the printer; of the event's job, the
    subscription's, or the one that is printed."""
    wanted: dict[int, set[str]] = {}
    for subscription in interested:
        subject = subject_of(subscription, job.id if job is not None else None, printer.current)
        for name in subscription.attributes:
            wanted.setdefault(0 if name in EXTRA_PRINTER else subject, set()).add(name)
    for key, names in sorted(wanted.items()):
        if key == 0:
            yield 0, tuple(_of_printer(engine, printer, sorted(names & set(EXTRA_PRINTER)), now))
        elif key in printer.jobs:
            told = engine.describe.job(printer.jobs[key], engine.context(now), Wanted(names))
            yield key, tuple(cast(Attribute, each) for each in told)


def subject_of(subscription: Subscription, job_id: int | None, active: int | None) -> int:
    """The job that job attributes in notify-attributes are about; 0 for none."""
    return subscription.job_id or job_id or active or 0


# ----------------------------------------------------------------------------------------------- in words

_STATES = {JobState.CANCELED: "was canceled", JobState.ABORTED: "was aborted", JobState.COMPLETED: "is printed"}

_WORDS = {
    "document-created": "A document of {job} has come in.",
    "document-config-changed": "A document of {job} was changed.",
    "document-state-changed": "A document of {job} is further.",
    "document-stopped": "A document of {job} has stopped.",
    "document-completed": "A document of {job} has come to its end.",
    "job-created": "{job} has come in.",
    "job-config-changed": "{job} was changed.",
    "printer-config-changed": "Settings were changed.",
    "printer-finishings-changed": "What the finisher holds was changed.",
    "printer-media-changed": "The media that are loaded were changed.",
    "printer-queue-order-changed": "The jobs wait in another order.",
    "printer-restarted": "The printer was switched on.",
    "printer-shutdown": "The printer is being switched off.",
}


def sentence(engine: Engine, printer: Printer, job: Job | None, event: str, now: Now) -> str:
    """The event in words; ``{job}`` is where the job's name belongs."""
    if event in _WORDS:
        return _WORDS[event]
    if job is None:
        return _about_printer(printer)
    if event == "job-progress":
        sheets = job.sheets_completed
        return f"{{job}}: {sheets} sheet{'s are' if sheets != 1 else ' is'} done."
    if event == "job-completed":
        return f"{{job}} {_STATES.get(job.state, 'was canceled')}." + (f" {job.message}" if job.message else "")
    (message,) = engine.describe.job(job, engine.context(now), Wanted(["job-state-message"]))
    return f"{{job}}: {plain_text(cast(Attribute, message).value)}"


def _about_printer(printer: Printer) -> str:
    reasons = sorted(printer.reasons - {"paused", "moving-to-paused"})
    told = [printer.message or f"{printer.state.name.capitalize()}."]
    told += [f"{', '.join(reasons)}."] if reasons else []
    told += [] if printer.accepting else ["It takes no jobs."]
    return " ".join(told)


# -------------------------------------------------------------------------------------------- time passes


def sweep(engine: Engine, printer: Printer, now: Now) -> None:
    """Throw away what is too old, and see to it that this happens again."""
    notices = printer[Notices]
    for event in notices.expired(now.up):
        engine.drop(event)
    if notices.log:
        engine.later(("events", printer.id), notices.log[0].expires + SWEEP, EventsExpired(printer.id))


@events.on(EventsExpired)
def events_expired(engine: Engine, fact: EventsExpired, now: Now) -> None:
    sweep(engine, engine.system.printers[fact.printer_id], now)


@events.on(SubscriptionExpired)
def subscription_expired(engine: Engine, fact: SubscriptionExpired, now: Now) -> None:
    printer = engine.system.printers[fact.printer_id]
    subscription = printer[Notices].subscriptions.get(fact.subscription_id)
    if subscription is not None:
        end(engine, printer, subscription)


@events.on(Started)
def started(engine: Engine, fact: Started, now: Now) -> None:
    """Leases begin anew (RFC 3995 section 5.4.3), sequence numbers go on."""
    for printer in engine.system.printers.values():
        notices = printer[Notices]
        notices.begin(now.up)
        for subscription in notices.subscriptions.values():
            subscription.watch(engine.note)
            if subscription.job_id is None:
                start_lease(engine, subscription, subscription.lease, now)
            elif subscription.ended:
                linger(engine, subscription, now)
        sweep(engine, printer, now)
        engine.happen(Happened(printer.id, "printer-restarted"), now)


@events.on(ShuttingDown)
def shutting_down(engine: Engine, fact: ShuttingDown, now: Now) -> None:
    for printer in engine.system.printers.values():
        engine.happen(Happened(printer.id, "printer-shutdown"), now)
