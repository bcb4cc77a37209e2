"""Rooms: all that one spec adds to the printer.

A room is one module in ``firmware.features``. It makes a ``Feature`` and contributes to it templates, attributes,
operations, parts, reactions to facts, document formats, gates, checks, afters and views, and nothing else; the catalog
derives the rest (``operations-supported``, ``…-default``, ``…-supported``, validation, access).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypeVar

from firmware.core.access import Access, Caller, Link
from firmware.core.clock import Now
from firmware.core.document import Document
from firmware.core.events import Fact
from firmware.core.job import Job
from firmware.core.printer import Printer
from firmware.core.subscription import Subscription
from firmware.ipp import Attribute, Collection, GroupTag, Operation, registry
from firmware.ipp.syntax import Syntax, parse

if TYPE_CHECKING:
    from firmware.core.call import Call, Context
    from firmware.core.engine import Engine

Type = TypeVar("Type", bound=type)
FactType = TypeVar("FactType", bound=Fact)

Values: TypeAlias = Any
"""What a reader may give: one value, a tuple or list of values, or None where there is no such attribute. Plain
``str`` and ``int`` take the attribute's registered syntax."""
Handler: TypeAlias = "Callable[[Call], None]"
Writer: TypeAlias = "Callable[[Call, Mapping[str, Attribute | None]], None]"
"""Does what a Set asks for, with all of its attributes at once; None takes one back. It may refuse the call."""
Reaction: TypeAlias = Callable[["Engine", Any, Now], None]
Gate: TypeAlias = "Callable[[Printer, Job, Now], str | Until | None]"
Check: TypeAlias = "Callable[[Call], None]"
After: TypeAlias = "Callable[[Call], None]"
View: TypeAlias = "Callable[[Any, frozenset[str], Context], frozenset[str]]"


class Until(NamedTuple):
    """A gate is shut until a time of day: seconds after the Unix epoch."""

    reason: str
    wall: float


@dataclass(frozen=True)
class Template:
    """A Job Template attribute.

    ``supported`` gives the values of xxx-supported, ``default`` those of xxx-default (None: there is no such
    attribute). ``allows`` judges one value of a client; without it the value has to lie in ``supported``.
    ``coherent`` judges all values together. ``part`` divides a collection into what can be honoured and what can't.
    ``resolve`` turns accepted values into fields: of PageTicket when ``per_page`` (then overrides may change it
    too), else of Ticket. A default that does not ``bind`` is told, but leaves the ticket's field alone until
    somebody sets it. ``twin`` says the same in another syntax: a job has only one of them, and
    setting one default takes back the other.
    """

    name: str
    supported: Callable[[Printer], Values]
    default: Callable[[Printer], Values] | None
    allows: Callable[[Printer, Any], bool] | None
    resolve: Callable[[Printer, tuple[Any, ...]], Mapping[str, Any]]
    per_page: bool
    syntax: Syntax
    coherent: Callable[[tuple[Any, ...]], bool] | None = None
    part: Callable[[Printer, Collection], tuple[Collection | None, Collection | None]] | None = None
    binds: bool = True
    twin: str = ""

    def offered(self, printer: Printer) -> bool:
        """Does this model have it at all?"""
        return self.supported(printer) not in (None, [], ())


@dataclass(frozen=True)
class AttributeDef:
    """A description or status attribute of a Printer, Job or Subscription.

    ``read`` takes the owner alone: for a Printer its value is encoded once for each configuration. ``tell`` takes
    the context too and is asked every time. ``settable`` gives it to Set-*-Attributes; ``allows`` judges a new value,
    ``choices`` are what Get-Printer-Supported-Values tells. What was set on a printer is told in place of what
    ``read`` gives; setting it takes back its ``twin``. ``on_request`` keeps it out of all groups: it comes only
    by its name.

    What is set by ``write`` is not kept among the printer's settings: attributes of one writer go to it together.
    ``fitted`` says whether the printer has the thing at all that is to be set; ``setters`` who may set it, besides
    what the operation asks of its caller.
    """

    name: str
    owner: type
    read: Callable[[Any], Values] | None
    tell: Callable[[Any, Context], Values] | None
    syntax: Syntax
    settable: bool = False
    allows: Callable[[Any, Any], bool] | None = None
    choices: Callable[[Any], Values] | None = None
    on_request: bool = False
    twin: str = ""
    write: Writer | None = None
    fitted: Callable[[Any], bool] | None = None
    setters: Callable[[Any, Caller], bool] | None = None


@dataclass(frozen=True)
class OperationDef:
    """An operation: which object it is for, who may ask, what it reads, who serves it."""

    code: Operation
    target: type
    access: Access
    attributes: Mapping[str, Syntax]
    """Operation attributes that it honours, beyond charset, language, target and requesting-user-name."""
    group: GroupTag | None
    """The group of object attributes that may follow the operation attributes."""
    links: frozenset[Link]
    handler: Handler
    creates_job: bool
    takes_document: bool
    """A document, or the wish for one, comes with it: its attributes may be in a group of their own."""


@dataclass(frozen=True)
class PartDef:
    """Something that a room puts on each object of a kind; a kept part subclasses Kept."""

    owner: type
    kind: type
    keep: bool


@dataclass(frozen=True)
class Format:
    """A document format; ``command`` is what the IEEE 1284 device id calls it."""

    name: str
    command: str


@dataclass(frozen=True)
class Extension:
    """Operation attributes that one room adds to operations of others."""

    operations: frozenset[Operation] | None
    """None: every operation that creates a job."""
    attributes: Mapping[str, Syntax]

    def concerns(self, definition: OperationDef) -> bool:
        return definition.creates_job if self.operations is None else definition.code in self.operations


@dataclass(frozen=True)
class Profile:
    """What must be there before a version or feature keyword is claimed."""

    title: str
    version: tuple[int, int] | None
    keyword: str | None
    operations: tuple[Operation, ...]
    printer_attributes: tuple[str, ...]
    job_attributes: tuple[str, ...]
    formats: tuple[str, ...]
    applies: Callable[[Printer], bool]


_GROUPS = {
    Printer: registry.PRINTER,
    Job: registry.JOB,
    Document: registry.DOCUMENT,
    Subscription: registry.SUBSCRIPTION,
}
"""Where the registry has the attributes of each kind of object."""


class Feature:
    """The contributions of one room."""

    def __init__(self, name: str, requires: Iterable[str] = ()) -> None:
        self.name = name
        self.requires = tuple(requires)
        self.templates: list[Template] = []
        self.attributes: list[AttributeDef] = []
        self.operations: list[OperationDef] = []
        self.parts: list[PartDef] = []
        self.reactions: list[tuple[type[Fact], Reaction]] = []
        self.gates: list[Gate] = []
        self.checks: list[Check] = []
        self.afters: list[After] = []
        self.views: list[tuple[type, View]] = []
        self.extensions: list[Extension] = []
        self.formats: list[Format] = []
        self.profiles: list[Profile] = []

    def template(
        self,
        name: str,
        *,
        supported: Callable[[Printer], Values],
        default: Callable[[Printer], Values] | None = None,
        allows: Callable[[Printer, Any], bool] | None = None,
        field: str = "",
        resolve: Callable[[Printer, tuple[Any, ...]], Mapping[str, Any]] | None = None,
        per_page: bool = False,
        coherent: Callable[[tuple[Any, ...]], bool] | None = None,
        part: Callable[[Printer, Collection], tuple[Collection | None, Collection | None]] | None = None,
        binds: bool = True,
        twin: str = "",
    ) -> None:
        """Add a Job Template attribute; ``field`` is short for a ``resolve`` that hands the first value over."""
        if resolve is None:
            resolve = _hand_over(field)
        syntax = _registered(name, registry.JOB_TEMPLATE)
        template = Template(name, supported, default, allows, resolve, per_page, syntax, coherent, part, binds, twin)
        self.templates.append(template)

    def attribute(
        self,
        name: str,
        owner: type,
        *,
        read: Callable[[Any], Values] | None = None,
        tell: Callable[[Any, Context], Values] | None = None,
        settable: bool = False,
        allows: Callable[[Any, Any], bool] | None = None,
        choices: Callable[[Any], Values] | None = None,
        on_request: bool = False,
        syntax: str = "",
        write: Writer | None = None,
        fitted: Callable[[Any], bool] | None = None,
        setters: Callable[[Any, Caller], bool] | None = None,
    ) -> None:
        """Add a description or status attribute of ``owner``. ``syntax`` is for a name that is in use and not
        registered."""
        found = parse(syntax) if syntax else _registered(name, _GROUPS[owner])
        definition = AttributeDef(
            name, owner, read, tell, found, settable or write is not None, allows, choices, on_request,
            write=write, fitted=fitted, setters=setters,
        )  # fmt: skip
        self.attributes.append(definition)

    def operation(
        self,
        code: Operation,
        target: type,
        *,
        access: Access = Access.ANYONE,
        attributes: Iterable[str] = (),
        group: GroupTag | None = None,
        links: Iterable[Link] = tuple(Link),
        creates_job: bool = False,
        takes_document: bool = False,
    ) -> Callable[[Handler], Handler]:
        """Decorate the handler of an operation."""
        syntaxes = {name: _registered(name, registry.OPERATION) for name in attributes}

        def add(handler: Handler) -> Handler:
            self.operations.append(
                OperationDef(
                    code, target, access, syntaxes, group, frozenset(links), handler, creates_job, takes_document
                )
            )
            return handler

        return add

    def part(self, owner: type, *, keep: bool = False) -> Callable[[Type], Type]:
        """Decorate a dataclass that every ``owner`` shall have."""

        def add(kind: Type) -> Type:
            self.parts.append(PartDef(owner, kind, keep))
            return kind

        return add

    def on(self, fact: type[Fact]) -> Callable[[Reaction], Reaction]:
        """Decorate a function that is told of such facts."""

        def add(reaction: Reaction) -> Reaction:
            self.reactions.append((fact, reaction))
            return reaction

        return add

    def format(self, name: str, command: str = "") -> None:
        """Add a document format. ``document.stages`` has the code for it under the same name."""
        self.formats.append(Format(name, command))

    def gate(self, gate: Gate) -> Gate:
        """Decorate a function that gives a job-state-reasons keyword while a job may not start: the job is held for
        it, and takes its turn as soon as no gate gives one (``scheduler.hold``)."""
        self.gates.append(gate)
        return gate

    def check(self, check: Check) -> Check:
        """Decorate a function that may refuse or adjust another room's call before its handler."""
        self.checks.append(check)
        return check

    def after(self, after: After) -> After:
        """Decorate a function that may complete another room's call after its handler."""
        self.afters.append(after)
        return after

    def view(self, owner: type) -> Callable[[View], View]:
        """Decorate a function that tells which of these attributes of an ``owner`` a caller may see."""

        def add(view: View) -> View:
            self.views.append((owner, view))
            return view

        return add

    def extend(self, *attributes: str, operations: Iterable[Operation] | None = None) -> None:
        """Have operations of other rooms take these operation attributes too: the operations named, or all that
        create jobs. A ``check`` of this room reads them."""
        syntaxes = {name: _registered(name, registry.OPERATION) for name in attributes}
        self.extensions.append(Extension(None if operations is None else frozenset(operations), syntaxes))

    def profile(
        self,
        title: str,
        *,
        version: tuple[int, int] | None = None,
        keyword: str | None = None,
        operations: Iterable[Operation] = (),
        printer_attributes: Iterable[str] = (),
        job_attributes: Iterable[str] = (),
        formats: Iterable[str] = (),
        applies: Callable[[Printer], bool] = lambda printer: True,
    ) -> None:
        """Claim a version or an ipp-features-supported keyword, if everything that it asks for is there."""
        self.profiles.append(
            Profile(
                title,
                version,
                keyword,
                tuple(operations),
                tuple(printer_attributes),
                tuple(job_attributes),
                tuple(formats),
                applies,
            )
        )


def _hand_over(field: str) -> Callable[[Printer, tuple[Any, ...]], Mapping[str, Any]]:
    def resolve(printer: Printer, values: tuple[Any, ...]) -> Mapping[str, Any]:
        return {field: values[0]} if field else {}

    return resolve


def _registered(name: str, groups: tuple[str, ...]) -> Syntax:
    syntax = registry.syntax(name, groups)
    if syntax is None:
        raise LookupError(f"{name} is not registered as {' or '.join(groups)}")
    return syntax
