"""A printer on paper: an engine with a model, asked by messages, with a clock that is wound by hand.

No I/O. What the rim does – taking documents in, marking, keeping what changed – a test does by ``deliver``,
``press`` and ``restart``. Requests and answers go through the codec, so that a test can send and see nothing that the
wire could not carry.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar, cast

import msgspec

from firmware.core.access import OPEN, Caller, Link, Policy, Role
from firmware.core.call import Reply
from firmware.core.catalog import Catalog
from firmware.core.clock import Now
from firmware.core.document import Document, DocumentState
from firmware.core.engine import Engine, respond
from firmware.core.events import (
    CheckSecret,
    DocumentFailed,
    DocumentOpened,
    DocumentReceived,
    Fact,
    HashSecret,
    ImpressionDone,
    JobDone,
    MarkingStarted,
    Order,
    PrintJob,
    SheetDone,
)
from firmware.core.feature import Feature
from firmware.core.job import Job, JobState
from firmware.core.kept import Kept
from firmware.core.model import CustomSizes, Finisher, MediaModel, Model, Supply, Tray
from firmware.core.notices import Notices
from firmware.core.pin import SecretChecked, SecretHashed
from firmware.core.printer import Printer, PrinterState, System
from firmware.core.subscription import Event, Subscription
from firmware.features import ROOMS
from firmware.ipp import (
    Attribute,
    AttributeGroup,
    GroupTag,
    Keyword,
    Message,
    MimeMediaType,
    Name,
    Operation,
    Status,
    Uri,
    decode,
    encode,
)
from firmware.ipp.values import Value
from firmware.runtime.keeper import pack, unpack
from firmware.runtime.locksmith import check_secret, hash_secret

WALL = 1_800_000_000.0
URI = "ipp://printer.test/ipp/print"
A4, LETTER, A5, A3 = "iso_a4_210x297mm", "na_letter_8.5x11in", "iso_a5_148x210mm", "iso_a3_297x420mm"
PDF, PWG, TEXT, JPEG = "application/pdf", "image/pwg-raster", "text/plain", "image/jpeg"
PLAIN, USB = Caller(Link.PLAIN), Caller(Link.USB)
OPERATOR = Caller(Link.LOCAL, Role.OPERATOR)
LONG, SHORT = "two-sided-long-edge", "two-sided-short-edge"

_MONO_MEDIA = MediaModel(
    sizes=(A4, LETTER, A5),
    types=("stationery", "labels"),
    trays=(Tray(source="main", size=A4), Tray(source="alternate", size=LETTER)),
    margins=(423,),
)
_COLOR_MEDIA = MediaModel(
    sizes=(A4, LETTER, A5, A3, "na_index-4x6_4x6in", "iso_dl_110x220mm"),
    types=("stationery", "labels", "photographic-glossy"),
    trays=(
        Tray(source="main", size=A4),
        Tray(source="alternate", size=LETTER),
        Tray(source="photo", size="na_index-4x6_4x6in", type="photographic-glossy"),
    ),
    margins=(423, 0),
    custom=CustomSizes(min=(7000, 10000), max=(30000, 120000)),
)
MONO = Model(
    make="Test",
    model="Mono",
    sides=("one-sided", LONG, SHORT),
    sheet_back="rotated",
    resolutions=(300, 600),
    raster_types=("black_1", "sgray_8"),
    media=_MONO_MEDIA,
    supplies=(Supply(color="black", pages=100),),
)
COLOR = Model(
    make="Test",
    model="Color",
    color=True,
    sides=("one-sided", LONG, SHORT),
    resolutions=(150, 300, 600),
    raster_types=("black_1", "sgray_8", "srgb_8"),
    urf_kinds=("W8", "SRGB24"),
    pages_per_minute_color=10,
    output_bins=("face-down", "face-up"),
    media=_COLOR_MEDIA,
    supplies=tuple(Supply(color=color, pages=100) for color in ("black", "cyan", "magenta", "yellow")),
)
SIMPLEX = msgspec.structs.replace(MONO, model="Simplex", sides=("one-sided",), resolutions=(300,))
_CUSTOM_MEDIA = msgspec.structs.replace(_MONO_MEDIA, custom=CustomSizes(min=(5000, 5000), max=(21600, 60000)))
CUSTOM = msgspec.structs.replace(MONO, model="Custom", media=_CUSTOM_MEDIA)
FINISHER = msgspec.structs.replace(
    COLOR,
    model="Finisher",
    production=True,
    finisher=Finisher(
        finishings=("staple", "staple-top-left", "staple-dual-left", "punch-dual-left", "fold-half", "booklet-maker"),
        sheets=3,
        staples=5,
    ),
)
MODELS = {"mono": MONO, "color": COLOR, "simplex": SIMPLEX, "custom": CUSTOM, "finisher": FINISHER}

OrderType = TypeVar("OrderType", bound=Order)


@dataclass
class Answer:
    """What a client gets; ``reply`` is what the rim would go on with."""

    message: Message
    reply: Reply

    @property
    def status(self) -> Status:
        return Status(self.message.code)

    @property
    def said(self) -> str:
        attribute = self.message.get("status-message")
        return "" if attribute is None else str(attribute.value)

    @property
    def unsupported(self) -> list[Attribute]:
        return [attribute for group in self.message.all_groups(GroupTag.UNSUPPORTED) for attribute in group]

    @property
    def jobs(self) -> list[AttributeGroup]:
        return self.message.all_groups(GroupTag.JOB)

    @property
    def job(self) -> AttributeGroup:
        (group,) = self.jobs
        return group

    @property
    def subscriptions(self) -> list[AttributeGroup]:
        return self.message.all_groups(GroupTag.SUBSCRIPTION)

    @property
    def events(self) -> list[AttributeGroup]:
        return self.message.all_groups(GroupTag.EVENT_NOTIFICATION)

    @property
    def printer(self) -> AttributeGroup:
        (group,) = self.message.all_groups(GroupTag.PRINTER)
        return group


class Desk:
    """One printer and the world around it."""

    def __init__(
        self,
        model: Model = COLOR,
        rooms: Iterable[Feature] = ROOMS,
        wall: float | None = WALL,
        policy: Policy = OPEN,
    ) -> None:
        self.model = model
        self.policy = policy
        self.rooms = tuple(rooms)
        self.up = 1.0
        self.wall = wall
        self.records: dict[tuple[int, int, int, str], tuple[type, bytes]] = {}
        self.begin(lambda printer: None)

    def begin(self, furnish: Callable[[Printer], None]) -> None:
        """Make a printer, let ``furnish`` put on it what was written down, start the engine."""
        self.catalog = Catalog(self.rooms)
        self.printer = Printer(1, "2d9cdd3e-4d8f-4a4c-8f62-9f8b8d3f2a01", "Desk", "/ipp/print", self.model)
        self.system = System("7f3c1a52-6c4d-4f6e-9a55-0a4d6f0c7b02", {1: self.printer})
        self.printer.furnish(self.catalog)
        furnish(self.printer)
        self.engine = Engine(self.catalog, self.system, self.policy)
        self.engine.start(self.now)

    # ------------------------------------------------------------------------------------------- time

    @property
    def now(self) -> Now:
        return Now(self.up, self.wall)

    def wait(self, seconds: float) -> None:
        """Time passes."""
        self.up += seconds
        if self.wall is not None:
            self.wall += seconds
        self.engine.tick(self.now)

    def deadlines(self, kind: str) -> list[int]:
        """Jobs for which the engine waits for something of a kind."""
        return [key[2] for key in self.engine._deadlines.dates() if key[0] == kind]

    def report(self, fact: Fact) -> None:
        self.engine.report(fact, self.now)

    # --------------------------------------------------------------------------------------- requests

    def ask(
        self,
        code: int,
        *attributes: Attribute,
        job: int | None = None,
        user: str | None = "alice",
        caller: Caller = PLAIN,
        groups: Iterable[AttributeGroup] = (),
        data: bool = False,
        version: tuple[int, int] = (2, 0),
    ) -> Answer:
        """Send a request for the printer, or for one of its jobs."""
        target = [Attribute("printer-uri", Uri(URI))]
        if job is not None:
            target.append(Attribute("job-id", job))
        if user is not None:
            target.append(Attribute("requesting-user-name", Name(user)))
        message = Message.request(code, [*target, *attributes], 17, version)
        message.groups += list(groups)
        return self.send(message, caller, data)

    def send(self, message: Message, caller: Caller = PLAIN, data: bool = False) -> Answer:
        """Send a message as it is."""
        message, _ = decode(encode(message))
        reply = self.engine.dispatch(message, caller, self.now, authority="printer.test", has_data=data)
        while reply.finish is not None and reply.accept is None and reply.wait is None:
            self.locksmith()
            reply = self.engine.finish(reply, self.now)
        return self._answer(message, reply)

    def locksmith(self) -> None:
        """Secrets are hashed and checked, as the rim does it."""
        for order in [order for order in self.engine.outbox if isinstance(order, HashSecret | CheckSecret)]:
            self.engine.outbox.remove(order)
            if isinstance(order, HashSecret):
                self.report(SecretHashed(order.key, hash_secret(order.secret)))
            else:
                self.report(SecretChecked(order.key, check_secret(order.hashed, order.secret)))

    def _answer(self, request: Message, reply: Reply) -> Answer:
        octets = encode(respond(reply, request.request_id, self.engine.version(request)))
        message, rest = decode(octets)
        assert not rest
        self._request = request
        return Answer(message, reply)

    def deliver(self, answer: Answer, octets: int = 1000, *, fail: str = "") -> Answer:
        """The document that ``answer`` waits for comes, or fails for a reason; the final answer."""
        document = waited_for(answer)
        where = (document.printer_id, document.job_id, document.number)
        if fail:
            self.report(DocumentFailed(*where, fail, "it did not come whole"))
        else:
            self.report(DocumentReceived(*where, octets))
        return self._answer(self._request, self.engine.finish(answer.reply, self.now))

    def says(self) -> tuple[PrinterState, set[str]]:
        """printer-state and printer-state-reasons."""
        return self.printer.state, set(self.printer.reasons)

    # ------------------------------------------------------------------------------------------- jobs

    def submit(
        self, *template: Attribute, format: str = PDF, user: str = "alice", extra: Iterable[Attribute] = ()
    ) -> Answer:
        """Print-Job up to where its document is waited for, or is refused."""
        attributes = [Attribute("document-format", MimeMediaType(format)), *extra]
        groups = [AttributeGroup(GroupTag.JOB, list(template))] if template else []
        return self.ask(Operation.PRINT_JOB, *attributes, user=user, groups=groups, data=True)

    def print(self, *template: Attribute, format: str = PDF, user: str = "alice") -> Job:
        """Print-Job with its document."""
        answer = self.deliver(self.submit(*template, format=format, user=user))
        assert answer.status < Status.CLIENT_ERROR_BAD_REQUEST, answer.said
        return self.job(answer)

    def create(self, *template: Attribute, user: str = "alice") -> Job:
        """Create-Job."""
        groups = [AttributeGroup(GroupTag.JOB, list(template))] if template else []
        answer = self.ask(Operation.CREATE_JOB, user=user, groups=groups)
        assert answer.status < Status.CLIENT_ERROR_BAD_REQUEST, answer.said
        return self.job(answer)

    def send_document(self, job: Job, last: bool, *, format: str = PDF, user: str = "alice") -> Answer:
        """Send-Document up to where its document is waited for, or is refused."""
        attributes = [Attribute("last-document", last), Attribute("document-format", MimeMediaType(format))]
        return self.ask(Operation.SEND_DOCUMENT, *attributes, job=job.id, user=user, data=True)

    def job(self, answer: Answer) -> Job:
        """The job that an answer tells of."""
        number = answer.job.get("job-id")
        assert number is not None
        return self.printer.jobs[cast(int, number.value)]

    def held(self, **more: str) -> Job:
        """A job that waits for Release-Job."""
        return self.print(Attribute("job-hold-until", Keyword("indefinite")), **more)

    # ------------------------------------------------------------------------------------------ orders

    def orders(self, kind: type[OrderType]) -> list[OrderType]:
        """Orders of a kind that have come out since the last look at any; the others are thrown away."""
        found, self.engine.outbox = self.engine.outbox, []
        return [order for order in found if isinstance(order, kind)]

    def order(self) -> PrintJob:
        """The one job that was handed to the press since the last look."""
        (order,) = self.orders(PrintJob)
        return order

    def press(self, job: Job, outcome: str = "completed", *, sides: int = 1, color: bool = False) -> None:
        """The press does its part: marks some sides, each on its sheet, and is done."""
        where = (job.printer_id, job.id)
        alone = not any(attribute.name == "copies" for attribute in job.attributes)
        for number in [number for number, document in job.documents.items() if not document.ended]:
            self.report(DocumentOpened(*where, number, alone))
        if sides:
            self.report(MarkingStarted(*where))
        for number in range(1, sides + 1):
            self.report(ImpressionDone(*where, number, False, color, False, A4))
            self.report(SheetDone(*where, number, A4))
        self.report(JobDone(*where, outcome))

    # ------------------------------------------------------------------------------------------ records

    def keep(self) -> None:
        """Write down what changed, as the keeper would."""
        for thing in self.engine.changed.values():
            self.records[_key(thing)] = (type(thing), pack(thing))
        for thing in self.engine.gone:
            self.records.pop(_key(thing), None)
        self.engine.changed.clear()
        self.engine.gone.clear()

    def restart(self) -> None:
        """Off and on again: what was written down comes back, and nothing else does."""
        self.keep()
        self.up = 1.0
        self.begin(self._restore)

    def _restore(self, printer: Printer) -> None:
        for _, (kind, record) in sorted(self.records.items(), key=lambda entry: entry[0]):
            found = unpack(kind, msgspec.json.decode(record))
            if kind is Job:
                job = Job(**found)
                printer.jobs[job.id] = job
            elif kind is Document:
                document = Document(**found)
                parent = printer.jobs[document.job_id]
                parent.documents = {**parent.documents, document.number: document}
            elif kind in (Subscription, Event):
                printer[Notices].restore(kind(**found))
            else:
                thing = printer if kind is Printer else printer.parts.get(kind)
                for name, value in found.items():
                    setattr(thing, name, value)


def _key(thing: Kept) -> tuple[int, int, int, str]:
    """Printers and parts first, then jobs, documents, subscriptions, events."""
    if isinstance(thing, Job):
        return 1, thing.id, 0, ""
    if isinstance(thing, Document):
        return 2, thing.job_id, thing.number, ""
    if isinstance(thing, Subscription):
        return 3, thing.id, 0, ""
    if isinstance(thing, Event):
        return 4, thing.number, 0, ""
    return 0, 0, 0, type(thing).__name__


def waited_for(answer: Answer) -> Document:
    """The document that an answer waits for."""
    assert answer.reply.accept is not None, f"{answer.status.label}: {answer.said}"
    return answer.reply.accept


def state(thing: Job | Document) -> JobState | DocumentState:
    """The state now; a function, so that type checkers don't think it stays."""
    return thing.state


def reasons(job: Job) -> set[str]:
    return set(job.reasons)


def keyword(name: str, *values: str) -> Attribute:
    """An attribute of keywords."""
    return Attribute(name, *(Keyword(value) for value in values))


def value(group: AttributeGroup, name: str) -> Value:
    """The first value of an attribute that must be there."""
    attribute = group.get(name)
    assert attribute is not None, f"no {name}"
    return attribute.value


def values(group: AttributeGroup, name: str) -> tuple[Value, ...]:
    """All values of an attribute; none when it is not there."""
    attribute = group.get(name)
    return () if attribute is None else attribute.values


def group(tag: GroupTag, *attributes: Attribute) -> AttributeGroup:
    return AttributeGroup(tag, list(attributes))
