"""The engine: three entrances and one exit.

``dispatch`` – a client asked; ``report`` – the world changed; ``tick`` – time passed; ``outbox`` – what the rim
shall do. Nothing else changes a printer's state. All calls come from one thread; none of them waits.
"""

from __future__ import annotations

import uuid
from collections.abc import Hashable
from dataclasses import replace

from firmware.core import validate
from firmware.core.access import OPEN, Access, Caller, Link, Policy, Role, may_print, permitted
from firmware.core.call import Call, Context, Reply, plain_text
from firmware.core.catalog import Catalog
from firmware.core.changes import Changes
from firmware.core.clock import Now
from firmware.core.deadlines import Deadlines
from firmware.core.describe import Describer
from firmware.core.document import Document
from firmware.core.errors import IppError
from firmware.core.events import DropDocuments, Fact, Happened, JobFact, Order, PartFailed, Started
from firmware.core.feature import OperationDef
from firmware.core.job import Job
from firmware.core.kept import Kept
from firmware.core.printer import Printer, System
from firmware.core.scheduler import press_fact, schedule
from firmware.ipp import (
    Attribute,
    AttributeGroup,
    Charset,
    Encoded,
    GroupTag,
    Message,
    NaturalLanguage,
    Operation,
    Status,
    Text,
)

HISTORY = 500
"""Ended jobs that a printer remembers; the oldest go first."""
READING = frozenset(
    {
        Operation.GET_PRINTER_ATTRIBUTES,
        Operation.GET_JOB_ATTRIBUTES,
        Operation.GET_JOBS,
        Operation.GET_DOCUMENTS,
        Operation.GET_DOCUMENT_ATTRIBUTES,
    }
)
"""Operations that change nothing: the same request gets the same answer while ``revision`` and the second stay."""
SENDING = frozenset({Operation.SEND_DOCUMENT, Operation.SEND_URI})
"""They bring something to print, as all that create jobs do."""
_INSIDE = Caller(Link.LOCAL, Role.ADMINISTRATOR)
"""Ourselves: nothing is private."""


class Engine:
    """A print system that only thinks."""

    def __init__(self, catalog: Catalog, system: System, policy: Policy = OPEN) -> None:
        self.catalog = catalog
        self.system = system
        self.policy = policy
        self.describe = Describer(catalog)
        self.outbox: list[Order] = []
        self.changed: dict[int, Kept] = {}
        """Kept objects that changed since the rim last looked, by identity."""
        self.gone: list[Kept] = []
        """Kept objects that were forgotten since the rim last looked."""
        self.revision = 0
        """Counts whatever may make an answer another one."""
        self.happened: list[Happened] = []
        """Events since the rim last looked: for those who don't subscribe by IPP."""
        self.called: set[Hashable] = set()
        """Topics that were called since the rim last looked: answers may wait for one of them."""
        self._deadlines = Deadlines()
        self._changes = Changes(self.describe)
        self._touched: dict[int, Kept] = {}
        """Kept objects that changed since we last looked for events."""

    # -------------------------------------------------------------------------------------- entrances

    def start(self, now: Now) -> None:
        """Begin: parts in place, claims checked, what was kept brought to order."""
        for printer in self.system.printers.values():
            printer.furnish(self.catalog)
            self.catalog.check_model(printer)
            printer.state_changed = printer.state_changed._replace(wall=now.wall)
            printer.configured(now)
            context = self.context(now)
            present = frozenset(
                name
                for name in self.catalog.printer_attributes
                if self.describe.value(printer, name, context) is not None
            )
            self.catalog.check_profiles(printer, present)
        self._changes.learn(self.system.printers.values(), self.context(now))
        self.system.watch_all(self.note)
        self.report(Started(), now)

    def dispatch(
        self,
        request: Message,
        caller: Caller,
        now: Now,
        *,
        authority: str = "localhost",
        has_data: bool = False,
    ) -> Reply:
        """Serve a request. A reply that wants a document has ``accept`` and ``finish``."""
        if request.code not in READING:
            self.revision += 1
        try:
            reply = self._serve(request, self.context(now, caller, authority), has_data)
        except IppError as error:
            reply = refusal(error)
        finally:
            self._settle(now)
        return reply

    def version(self, request: Message) -> tuple[int, int]:
        """The version in which to answer."""
        return validate.nearest(request, self._versions())

    def finish(self, reply: Reply, now: Now) -> Reply:
        """What ``reply`` waited for was reported: complete the answer."""
        assert reply.finish is not None
        self.revision += 1
        try:
            return reply.finish(now)
        except IppError as error:
            return refusal(error)
        finally:
            self._settle(now)

    def report(self, fact: Fact, now: Now) -> None:
        """The world changed."""
        self.revision += 1
        if isinstance(fact, JobFact | PartFailed):
            press_fact(self, fact, now)
        self.tell(fact, now)
        self._settle(now)

    def tick(self, now: Now) -> None:
        """Time passed: what was due by now happens."""
        for _ in range(len(self._deadlines)):  # what is set anew meanwhile has its turn at the next tick
            fact = self._deadlines.due(now.up)
            if fact is None:
                break
            self.report(fact, now)

    def next_deadline(self) -> float | None:
        """printer-up-time at which ``tick`` has something to do."""
        return self._deadlines.next()

    # -------------------------------------------------------------------------------------- for rooms

    def tell(self, fact: Fact, now: Now) -> None:
        """Tell the rooms what has just become of our own objects."""
        for reaction in self.catalog.reactions(fact):
            reaction(self, fact, now)

    def context(self, now: Now, caller: Caller = _INSIDE, authority: str = "localhost") -> Context:
        """For reading attributes: for a caller, or for our own use."""
        return Context(now, caller, authority, self.system, caller.user or "", self.policy)

    def order(self, order: Order) -> None:
        self.outbox.append(order)

    def happen(self, happened: Happened, now: Now) -> None:
        """An event: rooms hear of it, and the rim."""
        self.happened.append(happened)
        self.tell(happened, now)

    def call(self, topic: Hashable) -> None:
        """Let answers go on that wait for this."""
        self.called.add(topic)

    def later(self, key: Hashable, at: float, fact: Fact) -> None:
        """Report ``fact`` when printer-up-time is ``at``; a new date under the same key replaces the old one."""
        self._deadlines.set(key, at, fact)

    def forget(self, key: Hashable) -> None:
        self._deadlines.drop(key)

    def note(self, thing: Kept) -> None:
        """A kept object is new or changed."""
        self.revision += 1
        self.changed[id(thing)] = thing
        self._touched[id(thing)] = thing

    def adopt(self, thing: Kept) -> None:
        """A new kept object: keep it, and watch it."""
        thing.watch(self.note)
        self.note(thing)

    def job_uuid(self, printer: Printer, job_id: int) -> str:
        """A name for a job that is the same for ever and needs no chance (RFC 9562 version 5)."""
        return str(uuid.uuid5(uuid.UUID(printer.uuid), f"job-{job_id}"))

    def ended(self, printer: Printer, job: Job) -> None:
        """A job came to its end: let the history not grow beyond bounds."""
        for old in printer.finished[HISTORY:]:
            if not old.stored:
                self.drop_job(printer, old)
        if job.purged:
            self.drop_job(printer, job)

    def drop_job(self, printer: Printer, job: Job) -> None:
        """Forget a job wholly."""
        if printer.jobs.pop(job.id, None) is None:
            return
        if job.retained:
            self.order(DropDocuments(printer.id, job.id, tuple(job.documents)))
        for thing in (job, *job.documents.values()):
            self.drop(thing)

    def drop(self, thing: Kept) -> None:
        """Keep it no longer."""
        self.changed.pop(id(thing), None)
        self._touched[id(thing)] = thing
        self.gone.append(thing)

    # ---------------------------------------------------------------------------------------- the exit

    def _settle(self, now: Now) -> None:
        """What follows from a call or a fact: events, jobs that can start, and the events of that."""
        self._look(now)
        schedule(self, now)
        self._look(now)

    def _look(self, now: Now) -> None:
        touched, self._touched = self._touched, {}
        for happened in self._changes.look(self.system.printers.values(), touched.values(), self.context(now)):
            self.happen(happened, now)

    # -------------------------------------------------------------------------------------- requests

    def _serve(self, request: Message, context: Context, has_data: bool) -> Reply:
        validate.version(request, self._versions())
        validate.frame(request)
        definition = validate.operation(request, self.catalog)
        self._check_link(definition, context)
        printer, job = validate.target(request, definition, self.system)
        document = validate.document(request, job) if definition.target is Document and job is not None else None
        unknown = validate.operation_attributes(request, definition)
        validate.groups(request, definition)
        user = self._user(request, context)
        self._check_access(definition, context, user, job)
        context = replace(context, user=user)
        call = Call(self, request, definition.code, context, user, has_data, printer, job, document)
        for check in self.catalog.checks:
            check(call)

        def handle(now: Now) -> Reply:
            call.context = replace(call.context, now=now)
            call.reply.finish = None
            if call.judge is not None:
                call.judge()
            definition.handler(call)
            for after in self.catalog.afters:
                after(call)
            call.reply.ignore(unknown)
            return call.reply

        if call.judge is None:
            return handle(context.now)
        return Reply(finish=handle)

    def _versions(self) -> list[tuple[int, int]]:
        return sorted(
            {version for printer in self.system.printers.values() for version in self.catalog.versions(printer)}
        )

    def _check_link(self, definition: OperationDef, context: Context) -> None:
        if context.caller.link not in definition.links:
            message = f"{definition.code.label} is not for callers by {context.caller.link}"
            raise IppError(Status.CLIENT_ERROR_FORBIDDEN, message)

    def _user(self, request: Message, context: Context) -> str:
        if context.caller.user is not None:
            return context.caller.user
        name = request.get("requesting-user-name")
        return plain_text(name.value) if name is not None else "anonymous"

    def _check_access(self, definition: OperationDef, context: Context, user: str, job: Job | None) -> None:
        caller = context.caller
        owner, proven = (job.user, job.user_proven) if job is not None else (None, False)
        sends = definition.creates_job or definition.code in SENDING
        public = definition.access is Access.READER and job is not None and job.public
        allowed = public or permitted(definition.access, caller, user, owner, proven)
        if allowed and (not sends or may_print(self.policy, caller)):
            return
        message = f"{user} may not {definition.code.label}" + (f" job {job.id}" if job else "")
        if caller.challenge:
            raise IppError(Status.CLIENT_ERROR_NOT_AUTHENTICATED, message, challenge=caller.challenge)
        raise IppError(Status.CLIENT_ERROR_NOT_AUTHORIZED, message)


def refusal(error: IppError) -> Reply:
    """The reply for an error."""
    operation = list(error.operation)
    return Reply(error.status, error.message, list(error.unsupported), operation, challenge=error.challenge)


def respond(reply: Reply, request_id: int, version: tuple[int, int]) -> Message:
    """The reply as a message: charset, language and status-message first, then the unsupported group, then the
    object groups (RFC 8011 section 4.1.4.2)."""
    operation = AttributeGroup(GroupTag.OPERATION)
    operation.add("attributes-charset", Charset("utf-8"))
    operation.add("attributes-natural-language", NaturalLanguage("en"))
    if reply.message:
        operation.add("status-message", Text(clip(reply.message, 255)))
    operation.attributes += reply.operation
    groups = [operation]
    if reply.unsupported:
        groups.append(AttributeGroup(GroupTag.UNSUPPORTED, merge(reply.unsupported)))
    return Message(reply.status, request_id, groups + reply.groups + reply.subscriptions, version)


def merge(attributes: list[Attribute]) -> list[Attribute | Encoded]:
    """One attribute of each name."""
    return list({attribute.name: attribute for attribute in attributes}.values())


def clip(text: str, octets: int) -> str:
    """As much of the text as fits, no character cut in two."""
    raw = text.encode("utf-8", "replace")
    return text if len(raw) <= octets else raw[:octets].decode("utf-8", "ignore")
