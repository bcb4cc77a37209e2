"""From a job's attributes to a ticket that can be executed, and to a record that can be read."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from firmware.core.catalog import as_values
from firmware.core.feature import Template
from firmware.core.printer import Printer
from firmware.core.ticket import PageTicket, Ticket
from firmware.ipp import Attribute, Enum, registry
from firmware.ipp.dump import SECRET, dump_value
from firmware.ipp.values import Collection, Value


def resolve(
    printer: Printer,
    attributes: Iterable[Attribute],
    fidelity: bool,
    documents: Mapping[int, tuple[Attribute, ...]] | None = None,
) -> Ticket:
    """The ticket of a job: the printer's defaults, then what the job says. ``documents`` are those of its documents
    by their numbers: what one says goes before what the job says, for itself (PWG 5100.5)."""
    given = tuple(attributes)
    ticket = _resolve(printer, given, fidelity)
    own = [
        (number, _resolve(printer, over(given, attributes), fidelity))
        for number, attributes in (documents or {}).items()
        if attributes
    ]
    return replace(ticket, documents=tuple(own))


def over(job: Iterable[Attribute], document: tuple[Attribute, ...]) -> tuple[Attribute, ...]:
    """A document's attributes, and those of the job that they leave in force."""
    taken = {attribute.name for attribute in document}
    if taken & {"media", "media-col"}:
        taken |= {"media", "media-col"}
    return (*(attribute for attribute in job if attribute.name not in taken), *document)


def _resolve(printer: Printer, attributes: Iterable[Attribute], fidelity: bool) -> Ticket:
    page: dict[str, Any] = {}
    whole: dict[str, Any] = {}
    given = {attribute.name: attribute for attribute in attributes}
    for template in printer.catalog.templates.values():
        values = default_values(printer, template)
        if values and (template.binds or printer.setting(f"{template.name}-default") is not None):
            (page if template.per_page else whole).update(template.resolve(printer, values))
    for template in printer.catalog.templates.values():
        attribute = given.get(template.name)
        if attribute is not None:
            (page if template.per_page else whole).update(template.resolve(printer, attribute.values))
    return Ticket(page=PageTicket(**page), fidelity=fidelity, **whole)


def page_fields(printer: Printer, attributes: Iterable[Attribute]) -> dict[str, Any]:
    """Fields of PageTicket that some per-page attributes set: the changes of an override."""
    fields: dict[str, Any] = {}
    for attribute in attributes:
        template = printer.catalog.templates.get(attribute.name)
        if template is not None and template.per_page:
            fields.update(template.resolve(printer, attribute.values))
    return fields


def default_values(printer: Printer, template: Template) -> tuple[Any, ...]:
    """The values of xxx-default in force on this printer."""
    if template.default is None:
        return ()
    setting = printer.setting(f"{template.name}-default")
    return setting.values if setting is not None else as_values(template.default(printer))


def plain(attributes: Iterable[Attribute]) -> dict[str, object]:
    """Attributes as JSON values: keywords and names as strings, enums as their names, collections as objects."""
    return {attribute.name: _plain_values(attribute) for attribute in attributes if attribute.name not in SECRET}


def _plain_values(attribute: Attribute) -> object:
    values = [_plain(value, attribute.name) for value in attribute.values]
    return values[0] if len(values) == 1 else values


def _plain(value: Value, name: str) -> object:
    if isinstance(value, Collection):
        return plain(value.members)
    if isinstance(value, bool):
        return value
    if isinstance(value, Enum):
        return registry.enum_label(name, value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, str):
        return str(value)
    return dump_value(value)
