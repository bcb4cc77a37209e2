"""One request as a handler sees it, and its answer."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar, cast

from firmware.core.access import OPEN, Caller, Door, Link, Policy, Role, doors, owns
from firmware.core.clock import Now
from firmware.core.document import Document
from firmware.core.errors import IppError
from firmware.core.job import Job
from firmware.core.printer import Printer, System
from firmware.ipp import Attribute, AttributeGroup, Encoded, GroupTag, Message, Operation, Status
from firmware.ipp.values import NameWithLanguage, TextWithLanguage, Value

if TYPE_CHECKING:
    from firmware.core.engine import Engine
    from firmware.core.events import Order

ValueType = TypeVar("ValueType")


@dataclass(frozen=True, slots=True)
class Context:
    """What an attribute's value may depend on besides its owner."""

    now: Now
    caller: Caller
    authority: str = "localhost"
    """host[:port] by which the client reached us: URIs in the answer name the same."""
    system: System | None = None
    user: str = ""
    """The caller's name, proven or merely said; empty when we ask ourselves."""
    policy: Policy = OPEN

    @property
    def doors(self) -> list[Door]:
        """The ways to reach the printers that this caller may be told of."""
        return doors(self.policy, self.caller.link)

    @property
    def ipp_scheme(self) -> str:
        return "ipps" if self.caller.link is Link.TLS else "ipp"

    @property
    def http_scheme(self) -> str:
        return "https" if self.caller.link is Link.TLS else "http"

    def printer_uri(self, printer: Printer, scheme: str = "") -> str:
        """By the caller's own scheme, or by another."""
        return f"{scheme or self.ipp_scheme}://{self.authority}{printer.path}"

    def job_uri(self, printer: Printer, job: Job) -> str:
        return f"{self.printer_uri(printer)}/{job.id}"

    def web_uri(self, path: str = "/") -> str:
        return f"{self.http_scheme}://{self.authority}{path}"


@dataclass(frozen=True, slots=True)
class Wait:
    """What an answer waits for: one of these topics to be called (``engine.call``), or the deadline."""

    topics: frozenset[Hashable]
    deadline: float
    """As printer-up-time."""


@dataclass(slots=True)
class Reply:
    """An answer on its way. ``accept`` asks the rim to take the rest of the body into that document's spool.
    ``finish`` completes the answer, after that and after every order that the rim takes its time for; with ``wait``
    when something has happened, or at once where it can't be waited for."""

    status: Status = Status.SUCCESSFUL_OK
    message: str = ""
    unsupported: list[Attribute] = field(default_factory=list)
    operation: list[Attribute] = field(default_factory=list)
    """Operation attributes of the answer, behind charset, language and message."""
    groups: list[AttributeGroup] = field(default_factory=list)
    subscriptions: list[AttributeGroup] = field(default_factory=list)
    """What became of the request's subscription groups; they come last (RFC 3995 section 11.1.3.2)."""
    accept: Document | None = None
    wait: Wait | None = None
    firm: bool = False
    """It tells of what may not be unsaid: it leaves when all of that is on disk."""
    finish: Callable[[Now], Reply] | None = None
    challenge: int = 0
    """The HTTP status that is the answer instead: clients ask for a password on 401, and change to TLS on 426."""

    def group(self, tag: GroupTag, attributes: Iterable[Attribute | Encoded] = ()) -> AttributeGroup:
        """Open another group of attributes."""
        group = AttributeGroup(tag, list(attributes))
        self.groups.append(group)
        return group

    def ignore(self, attributes: Iterable[Attribute]) -> None:
        """The request is served, but these attributes were not honoured (RFC 8011 section 4.1.7)."""
        for attribute in attributes:
            self.unsupported.append(attribute)
            if self.status is Status.SUCCESSFUL_OK:
                self.status = Status.SUCCESSFUL_OK_IGNORED_OR_SUBSTITUTED_ATTRIBUTES


@dataclass(slots=True)
class Call:
    """A request whose frame is sound: right version, charset, target, syntaxes and rights."""

    engine: Engine
    request: Message
    operation: Operation
    context: Context
    user: str
    """The authenticated user, or the requesting-user-name."""
    has_data: bool
    """Document data follows the attributes."""
    target: Printer | None = None
    target_job: Job | None = None
    target_document: Document | None = None
    reply: Reply = field(default_factory=Reply)
    newborn: dict[str, Any] = field(default_factory=dict)
    """Fields that checks want a new job to be born with."""
    judge: Callable[[], None] | None = None
    """Set by ``first``: what has to agree before the handler may run."""

    @property
    def printer(self) -> Printer:
        assert self.target is not None
        return self.target

    @property
    def job(self) -> Job:
        assert self.target_job is not None
        return self.target_job

    @property
    def document(self) -> Document:
        assert self.target_document is not None
        return self.target_document

    @property
    def now(self) -> Now:
        return self.context.now

    @property
    def is_operator(self) -> bool:
        return self.context.caller.role >= Role.OPERATOR

    def owns(self, job: Job) -> bool:
        """Is it the caller's own?"""
        return owns(self.context.caller, self.user, job.user, job.user_proven)

    def order(self, order: Order) -> None:
        """Have the rim do something, once this call has succeeded."""
        self.engine.order(order)

    def first(self, order: Order, judge: Callable[[], None]) -> None:
        """For a check: have the rim do something and report it before the handler runs; then ``judge`` refuses, or
        does not. The rim's taker of the order must give it a future."""
        self.engine.order(order)
        self.judge = judge

    def attribute(self, name: str) -> Attribute | None:
        """An operation attribute of the request."""
        return self.request.get(name)

    def value(self, name: str, default: ValueType) -> ValueType:
        """The first value of an operation attribute; its syntax was checked against the declaration."""
        attribute = self.request.get(name)
        return default if attribute is None else cast(ValueType, attribute.value)

    def text(self, name: str, default: str = "") -> str:
        """A text or name operation attribute without its language."""
        attribute = self.request.get(name)
        return default if attribute is None else plain_text(attribute.value)

    def values(self, name: str) -> tuple[Value, ...]:
        attribute = self.request.get(name)
        return () if attribute is None else attribute.values

    def group(self, tag: GroupTag) -> AttributeGroup:
        """The request's first group with that delimiter, or an empty one."""
        return self.request.group(tag) or AttributeGroup(tag)

    def refuse(self, status: Status, message: str, unsupported: Iterable[Attribute] = ()) -> IppError:
        return IppError(status, message, unsupported)


def plain_text(value: Value) -> str:
    """A text or name value as str."""
    return value.text if isinstance(value, TextWithLanguage | NameWithLanguage) else str(value)
