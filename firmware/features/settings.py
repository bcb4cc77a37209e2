"""Settings – RFC 3380: set attributes of the printer and of jobs, and tell what may be set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from firmware.core import validate
from firmware.core.access import Access, Caller
from firmware.core.call import Call
from firmware.core.catalog import as_values
from firmware.core.clock import Moment, Now
from firmware.core.describe import to_attribute
from firmware.core.engine import Engine
from firmware.core.events import Announce, Started
from firmware.core.feature import AttributeDef, Feature, Writer
from firmware.core.job import Job, JobState
from firmware.core.kept import Kept
from firmware.core.printer import Printer
from firmware.ipp import (
    ADMIN_DEFINE,
    DELETE_ATTRIBUTE,
    NO_VALUE,
    UNKNOWN,
    UNSUPPORTED,
    Attribute,
    DateTime,
    GroupTag,
    Operation,
    OutOfBand,
    Status,
    Text,
)
from firmware.ipp.dump import SECRET
from firmware.ipp.syntax import Fault

settings = Feature("settings", requires=["query", "job_control", "job_times"])

MESSAGE = "printer-message-from-operator"
OF_PRINTER = (Operation.PAUSE_PRINTER, Operation.RESUME_PRINTER, Operation.PURGE_JOBS)
OF_JOB = (Operation.CANCEL_JOB, Operation.HOLD_JOB, Operation.RELEASE_JOB, Operation.RESTART_JOB)

EVEN_WHEN_BEGUN = frozenset(
    {
        "job-name",
        "job-priority",
        "job-hold-until",
        "job-hold-until-time",
        "job-delay-output-until",
        "job-delay-output-until-time",
        "job-retain-until",
        "job-retain-until-interval",
        "job-retain-until-time",
    }
)
"""What may be changed of a job some sheets of which are on paper: nothing that its other sheets come of."""


def fitted(printer: Printer) -> dict[str, AttributeDef]:
    """The printer's attributes, without those of things that it lacks."""
    definitions = printer.catalog.printer_attributes.items()
    return {name: entry for name, entry in definitions if entry.fitted is None or entry.fitted(printer)}


def settable(printer: Printer, caller: Caller) -> dict[str, AttributeDef]:
    """The printer's attributes that Set-Printer-Attributes may change for this caller."""
    return {
        name: entry
        for name, entry in fitted(printer).items()
        if entry.settable and (entry.setters is None or entry.setters(printer, caller))
    }


def job_settable(printer: Printer) -> dict[str, AttributeDef]:
    return {name: entry for name, entry in printer.catalog.job_attributes.items() if entry.settable}


settings.attribute(
    "printer-settable-attributes-supported",
    Printer,
    tell=lambda printer, context: sorted(settable(printer, context.caller)),
)
settings.attribute("job-settable-attributes-supported", Printer, read=lambda printer: sorted(job_settable(printer)))


@settings.part(Printer, keep=True)
@dataclass
class OperatorMessage(Kept):
    """When printer-message-from-operator was said."""

    said: Moment | None = None


def moment(message: OperatorMessage) -> DateTime | OutOfBand:
    if message.said is None:
        return NO_VALUE
    return UNKNOWN if message.said.wall is None else DateTime.at(message.said.wall)


settings.attribute(MESSAGE, Printer, read=lambda printer: Text(""), settable=True)
settings.attribute(
    "printer-message-time",
    Printer,
    tell=lambda printer, context: said.up if (said := printer[OperatorMessage].said) else NO_VALUE,
)
settings.attribute("printer-message-date-time", Printer, tell=lambda printer, context: moment(printer[OperatorMessage]))
settings.attribute("job-message-from-operator", Job, read=lambda job: job.operator_message or None)
settings.extend(MESSAGE, operations=OF_PRINTER)
settings.extend("job-message-from-operator", operations=OF_JOB)


@settings.on(Started)
def started(engine: Engine, fact: Started, now: Now) -> None:
    for printer in engine.system.printers.values():
        said = printer[OperatorMessage].said
        if said is not None and said.up:
            printer[OperatorMessage].said = said.before_this_start()


@settings.check
def said_with_it(call: Call) -> None:
    """RFC 3380 section 6: operations that an operator may give reasons for."""
    if call.operation in OF_PRINTER and (message := call.attribute(MESSAGE)) is not None:
        call.printer.change_settings({MESSAGE: message}, call.now)
        call.printer[OperatorMessage].said = Moment.of(call.now)
    elif call.operation in OF_JOB and call.is_operator:
        call.job.operator_message = call.text("job-message-from-operator") or call.job.operator_message


@settings.operation(
    Operation.SET_PRINTER_ATTRIBUTES,
    Printer,
    access=Access.OPERATOR,
    attributes=("document-format",),
    group=GroupTag.PRINTER,
)
def set_printer_attributes(call: Call) -> None:
    group = call.group(GroupTag.PRINTER)
    definitions = settable(call.printer, call.context.caller)
    validate.changes(group, definitions, fitted(call.printer))
    if not group.attributes:
        raise call.refuse(Status.CLIENT_ERROR_BAD_REQUEST, "nothing to set")
    changes: dict[str, Attribute | None] = {}
    wrong: list[Attribute] = []
    for attribute in group:
        if attribute.values == (DELETE_ATTRIBUTE,):
            changes[attribute.name] = None
            continue
        changes[attribute.name] = attribute
        if not _acceptable(call, definitions[attribute.name], attribute):
            wrong.append(attribute)
    _refuse_wrong(call, wrong)
    for write, given in _written(definitions, changes).items():
        write(call, given)
    twins: dict[str, Attribute | None] = {definitions[name].twin: None for name in changes}
    twins.pop("", None)
    call.printer.change_settings({**twins, **changes}, call.now)
    if MESSAGE in changes:
        call.printer[OperatorMessage].said = Moment.of(call.now) if changes[MESSAGE] is not None else None
    call.order(Announce(call.printer.id))


def _written(
    definitions: Mapping[str, AttributeDef], changes: dict[str, Attribute | None]
) -> dict[Writer, dict[str, Attribute | None]]:
    """Take out of the changes what is for writers, sorted by writer."""
    found: dict[Writer, dict[str, Attribute | None]] = {}
    for name in list(changes):
        write = definitions[name].write
        if write is not None:
            found.setdefault(write, {})[name] = changes.pop(name)
    return found


def _acceptable(call: Call, definition: AttributeDef, attribute: Attribute) -> bool:
    problem = definition.syntax.problem(attribute)
    if problem is not None and problem.fault is Fault.TOO_LONG:
        raise call.refuse(Status.CLIENT_ERROR_REQUEST_VALUE_TOO_LONG, problem.message)
    if problem is not None:
        return False
    return definition.allows is None or all(definition.allows(call.printer, value) for value in attribute.values)


def _refuse_wrong(call: Call, wrong: list[Attribute]) -> None:
    if wrong:
        message = f"can't set {', '.join(attribute.name for attribute in wrong)} to that"
        told = [Attribute(each.name, UNSUPPORTED) if each.name in SECRET else each for each in wrong]
        raise call.refuse(Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED, message, told)


@settings.operation(
    Operation.GET_PRINTER_SUPPORTED_VALUES, Printer, attributes=("requested-attributes", "document-format")
)
def get_printer_supported_values(call: Call) -> None:
    names = {str(name) for name in call.values("requested-attributes")} or {"all"}
    group = call.reply.group(GroupTag.PRINTER)
    for name, definition in settable(call.printer, call.context.caller).items():
        if not names & {name, "all", "printer-description", "job-template"}:
            continue
        choices = as_values(definition.choices(call.printer)) if definition.choices is not None else ()
        attribute = to_attribute(name, definition.syntax, choices) if choices else None
        group.attributes.append(attribute or Attribute(name, ADMIN_DEFINE))


@settings.operation(Operation.SET_JOB_ATTRIBUTES, Job, access=Access.OWNER, group=GroupTag.JOB)
def set_job_attributes(call: Call) -> None:
    job, group = call.job, call.group(GroupTag.JOB)
    validate.changes(group, job_settable(call.printer), call.printer.catalog.job_attributes)
    if not group.attributes:
        raise call.refuse(Status.CLIENT_ERROR_BAD_REQUEST, "nothing to set")
    if job.state not in (JobState.PENDING, JobState.HELD):
        raise call.refuse(Status.CLIENT_ERROR_NOT_POSSIBLE, f"job {job.id} can't be changed any more")
    given = [attribute for attribute in group if attribute.name != "job-name"]
    deleted = {attribute.name for attribute in given if attribute.values == (DELETE_ATTRIBUTE,)}
    kept = [attribute for attribute in given if attribute.name not in deleted]
    check = validate.TemplateCheck(call.printer, kept)
    _refuse_wrong(call, check.unsupported)
    if job.begun and (late := set(group.names()) - EVEN_WHEN_BEGUN):
        raise call.refuse(Status.CLIENT_ERROR_NOT_POSSIBLE, f"job {job.id} is half printed: {', '.join(sorted(late))}")
    name = group.get("job-name")
    if name is not None and not _acceptable(call, call.printer.catalog.job_attributes["job-name"], name):
        _refuse_wrong(call, [name])
    _change_job(call, check.accepted, deleted, name)


def _change_job(call: Call, accepted: list[Attribute], deleted: set[str], name: Attribute | None) -> None:
    job = call.job
    replaced = deleted | {attribute.name for attribute in accepted}
    job.change(accepted, call.printer.catalog.twins, without=deleted)
    if name is not None:
        job.name = str(name.value)
    if "job-priority" in replaced:
        job.place = ()
    if not job.begun:
        job.ticket = None
    if any(name.startswith(("job-hold-until", "job-delay-output-until")) for name in replaced):
        job.unheld = False
