"""Constraints and resolvers – PWG 5100.13: what can't be had together, what is done instead, and Validate-Job's word
on what would be preferred.

The model has them as data. A default never conflicts with a client's wish: it gives way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product
from typing import Any

from firmware.core.call import Call
from firmware.core.describe import to_attribute
from firmware.core.errors import IppError, StartError
from firmware.core.feature import Feature
from firmware.core.model import Constraint
from firmware.core.printer import Printer
from firmware.core.resolve import default_values, over, resolve
from firmware.core.validate import TemplateCheck
from firmware.ipp import Attribute, Collection, GroupTag, Keyword, Name, Operation, Status

constraints = Feature("constraints", requires=["job_template", "media", "submission"])

MEDIA = {"media-type": "type", "media-size-name": "name", "media-source": "source"}
"""Members of media-col that a constraint may name, and the fields of a ticket's Media that they become."""
JOBS = (Operation.PRINT_JOB, Operation.PRINT_URI, Operation.VALIDATE_JOB, Operation.CREATE_JOB)
DOCUMENTS = (Operation.SEND_DOCUMENT, Operation.SEND_URI, Operation.VALIDATE_DOCUMENT)


# ---------------------------------------------------------------------------------------------- told


def supported(printer: Printer) -> list[Collection]:
    """job-constraints-supported."""
    return [_told(printer, entry, entry.conflict) for entry in printer.model.constraints]


def resolvers(printer: Printer) -> list[Collection]:
    """job-resolvers-supported."""
    single = [(entry, {name: (value,) for name, value in entry.resolve.items()}) for entry in printer.model.constraints]
    return [_told(printer, entry, values) for entry, values in single]


def _told(printer: Printer, entry: Constraint, values: dict[str, tuple[Any, ...]]) -> Collection:
    plain = [_typed(printer, name, *given) for name, given in values.items() if name not in MEDIA]
    sheets = _sheets({name: given for name, given in values.items() if name in MEDIA})
    media = [Attribute("media-col", *sheets)] if sheets else []
    return Collection.of([Attribute("resolver-name", Name(entry.name)), *plain, *media])


def _sheets(members: dict[str, tuple[Any, ...]]) -> list[Collection]:
    """Every combination of these members, as media-col values."""
    if not members:
        return []
    return [
        Collection.of([Attribute(name, Keyword(value)) for name, value in zip(members, values, strict=True)])
        for values in product(*members.values())
    ]


def _typed(printer: Printer, name: str, *values: Any) -> Attribute:
    template = printer.catalog.templates.get(name)
    attribute = to_attribute(name, template.syntax, values) if template is not None else None
    if attribute is None:
        raise StartError(f"{printer.name}: a constraint is about {name}, which no room has")
    return attribute


constraints.attribute("job-constraints-supported", Printer, read=supported)
constraints.attribute("job-resolvers-supported", Printer, read=resolvers)
constraints.attribute("preferred-attributes-supported", Printer, read=lambda printer: True)


# -------------------------------------------------------------------------------------------- judged


def conflicts(printer: Printer, attributes: Iterable[Attribute]) -> Iterator[Constraint]:
    """The constraints that a job with these attributes, and the defaults for the rest, runs into."""
    given = {attribute.name: attribute.values for attribute in attributes}
    sheet = resolve(printer, attributes, False).page.media if printer.model.constraints else None

    def values(name: str) -> tuple[Any, ...]:
        if name in MEDIA:
            return (getattr(sheet, MEDIA[name]),)
        return given.get(name) or default_values(printer, printer.catalog.templates[name])

    for entry in printer.model.constraints:
        if all(any(value in listed for value in values(name)) for name, listed in entry.conflict.items()):
            yield entry


def resolved(
    printer: Printer, attributes: list[Attribute], settled: tuple[Attribute, ...] = ()
) -> tuple[list[Attribute], list[Attribute]]:
    """A client's attributes without conflicts, and those of them that had to change. ``settled`` are those of the job
    that a document comes to."""
    before = {attribute.name: attribute for attribute in attributes}
    after = list(attributes)
    for _ in printer.model.constraints:
        entry = next(conflicts(printer, over(settled, tuple(after))), None)
        if entry is None:
            break
        for name, value in entry.resolve.items():
            after = _put(printer, after, name, value)
    now = {attribute.name: attribute for attribute in after}
    return after, [attribute for name, attribute in before.items() if now.get(name) != attribute]


def _put(printer: Printer, attributes: list[Attribute], name: str, value: Any) -> list[Attribute]:
    if name not in MEDIA:
        kept = [attribute for attribute in attributes if attribute.name != name]
        return [*kept, _typed(printer, name, value)]
    old = next((attribute.value for attribute in attributes if attribute.name == "media-col"), Collection.of([]))
    assert isinstance(old, Collection)
    members = [member for member in old.members if member.name != name]
    if name == "media-size-name":
        members = [member for member in members if member.name != "media-size"]
    sheet = Collection.of([*members, Attribute(name, Keyword(value))])
    return [*(entry for entry in attributes if entry.name not in ("media", "media-col")), Attribute("media-col", sheet)]


def involved(printer: Printer, attributes: list[Attribute]) -> list[Attribute]:
    """The client's attributes that take part in a conflict."""
    names = {name for entry in conflicts(printer, attributes) for name in entry.conflict}
    if names & set(MEDIA):
        names |= {"media", "media-col"}
    return [attribute for attribute in attributes if attribute.name in names]


@constraints.check
def check(call: Call) -> None:
    """Before any room sees a new job or document: conflicts are refused, or resolved and told of."""
    if call.operation in JOBS:
        _check(call, GroupTag.JOB, (), fidelity=call.value("ipp-attribute-fidelity", False))
    if call.operation in DOCUMENTS:
        job = call.target_job
        fidelity = job.fidelity if job is not None else call.value("ipp-attribute-fidelity", False)
        _check(call, GroupTag.DOCUMENT, job.attributes if job is not None else (), fidelity=fidelity)
    elif call.operation in (Operation.PRINT_JOB, Operation.PRINT_URI):
        settled = TemplateCheck(call.printer, call.group(GroupTag.JOB)).accepted
        _check(call, GroupTag.DOCUMENT, tuple(settled), fidelity=call.value("ipp-attribute-fidelity", False))


def _check(call: Call, tag: GroupTag, settled: tuple[Attribute, ...], *, fidelity: bool) -> None:
    printer, group = call.printer, call.request.group(tag)
    if group is None:
        return
    known = printer.catalog.templates if tag is GroupTag.JOB else printer.catalog.document_templates
    sorted_out = TemplateCheck(printer, group, known)
    after, changed = resolved(printer, sorted_out.accepted, settled)
    preferred = _preferred(call, sorted_out, after, changed)
    must = {str(name) for name in call.values("job-mandatory-attributes")}
    if changed and (fidelity or any(attribute.name in must for attribute in changed)):
        taking_part = involved(printer, sorted_out.accepted) or changed
        message = f"{' and '.join(attribute.name for attribute in taking_part)} can't be had together"
        raise IppError(Status.CLIENT_ERROR_CONFLICTING_ATTRIBUTES, message, taking_part, preferred)
    try:
        sorted_out.insist(fidelity, must)
    except IppError as error:
        raise IppError(error.status, error.message, error.unsupported, preferred) from None
    call.reply.operation += preferred
    if after != sorted_out.accepted:
        mine = {attribute.name for attribute in (*after, *changed)}
        group.attributes = [*(entry for entry in group.attributes if entry.name not in mine), *after]
        call.reply.ignore([*sorted_out.unsupported, *changed])
    if changed:
        call.reply.status = Status.SUCCESSFUL_OK_CONFLICTING_ATTRIBUTES


def _preferred(
    call: Call, sorted_out: TemplateCheck, after: list[Attribute], changed: list[Attribute]
) -> list[Attribute]:
    """preferred-attributes of a Validate-Job answer: what would be done in place of what can't."""
    if call.operation is not Operation.VALIDATE_JOB:
        return []
    names = {attribute.name for attribute in (*sorted_out.unsupported, *changed)}
    found = [attribute for attribute in after if attribute.name in names]
    for name in sorted(names - {attribute.name for attribute in found}):
        template = call.printer.catalog.templates.get(name)
        values = default_values(call.printer, template) if template is not None else ()
        told = to_attribute(name, template.syntax, values) if template is not None and values else None
        found += [told] if told is not None else []
    return [Attribute("preferred-attributes", Collection.of(found))] if found else []
