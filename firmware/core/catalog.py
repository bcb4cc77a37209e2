"""All rooms assembled: what this firmware can do. Immutable once made; a clash or a gap is a start-up error."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from firmware.core.document import Document
from firmware.core.errors import StartError
from firmware.core.events import Fact
from firmware.core.feature import (
    After,
    AttributeDef,
    Check,
    Feature,
    Format,
    Gate,
    OperationDef,
    PartDef,
    Profile,
    Reaction,
    Template,
    View,
)
from firmware.core.job import Job
from firmware.core.printer import Printer
from firmware.core.subscription import Subscription
from firmware.ipp import Collection, Operation, RangeOfInteger, registry
from firmware.ipp.syntax import Syntax, parse

if TYPE_CHECKING:
    from firmware.core.call import Context

Key = TypeVar("Key")
Entry = TypeVar("Entry")


class Catalog:
    """Everything that the rooms contribute, by name."""

    def __init__(self, rooms: Iterable[Feature]) -> None:
        self.rooms = tuple(rooms)
        self._check_requirements()
        self.templates: Mapping[str, Template] = _unique(
            "template attribute",
            ((template.name, template) for room in self.rooms for template in room.templates),
        )
        self.twins = {name: template.twin for name, template in self.templates.items() if template.twin}
        self.operations: Mapping[Operation, OperationDef] = _unique(
            "operation", ((entry.code, self._extended(entry)) for room in self.rooms for entry in room.operations)
        )
        self.formats: Mapping[str, Format] = _unique(
            "format", ((entry.name, entry) for room in self.rooms for entry in room.formats)
        )
        declared = [entry for room in self.rooms for entry in room.attributes]
        self.printer_attributes = self._attributes(Printer, declared)
        self.job_attributes = self._attributes(Job, declared)
        self.document_templates: Mapping[str, Template] = MappingProxyType(
            {
                name: template
                for name, template in self.templates.items()
                if registry.syntax(name, registry.DOCUMENT_TEMPLATE) is not None
            }
        )
        """Those that a document may have of its own (PWG 5100.5)."""
        self.document_attributes = self._attributes(Document, declared)
        self.subscription_attributes: Mapping[str, AttributeDef] = _unique(
            "Subscription attribute", ((entry.name, entry) for entry in declared if entry.owner is Subscription)
        )
        self.parts: tuple[PartDef, ...] = tuple(part for room in self.rooms for part in room.parts)
        self.gates: tuple[Gate, ...] = tuple(gate for room in self.rooms for gate in room.gates)
        self.checks: tuple[Check, ...] = tuple(check for room in self.rooms for check in room.checks)
        self.afters: tuple[After, ...] = tuple(after for room in self.rooms for after in room.afters)
        self._views: tuple[tuple[type, View], ...] = tuple(view for room in self.rooms for view in room.views)
        self.profiles: tuple[Profile, ...] = tuple(profile for room in self.rooms for profile in room.profiles)
        self._reactions: dict[type[Fact], list[Reaction]] = {}
        for room in self.rooms:
            for fact, reaction in room.reactions:
                self._reactions.setdefault(fact, []).append(reaction)

    def reactions(self, fact: Fact) -> list[Reaction]:
        return self._reactions.get(type(fact), [])

    def visible(self, thing: Any, names: Iterable[str], context: Context) -> frozenset[str]:
        """Which of these attributes of an object a caller may see."""
        seen = frozenset(names)
        for owner, view in self._views:
            if isinstance(thing, owner):
                seen = view(thing, seen, context)
        return seen

    def versions(self, printer: Printer) -> list[tuple[int, int]]:
        """IPP versions that may be claimed, lowest first."""
        return sorted(entry.version for entry in self.profiles if entry.version and entry.applies(printer))

    def keywords(self, printer: Printer) -> list[str]:
        """ipp-features-supported that may be claimed."""
        return [entry.keyword for entry in self.profiles if entry.keyword and entry.applies(printer)]

    def check_profiles(self, printer: Printer, names: frozenset[str]) -> None:
        """Refuse to start when a claim is not kept; ``names`` are the attributes that the printer really has."""
        for profile in self.profiles:
            if not profile.applies(printer):
                continue
            missing = [entry.label for entry in profile.operations if entry not in self.operations]
            missing += [name for name in profile.printer_attributes if name not in names]
            missing += [name for name in profile.job_attributes if name not in self.job_attributes]
            missing += [name for name in profile.formats if name not in printer.model.formats]
            if missing:
                raise StartError(f"{printer.name}: {profile.title} asks for {', '.join(missing)}")

    def check_model(self, printer: Printer) -> None:
        """Refuse a model that asks for a format which no room has."""
        unknown = [name for name in printer.model.formats if name not in self.formats]
        if unknown:
            raise StartError(f"{printer.name}: no room prints {', '.join(unknown)}")

    def _check_requirements(self) -> None:
        names = [room.name for room in self.rooms]
        for room in self.rooms:
            missing = [name for name in room.requires if name not in names]
            if missing:
                raise StartError(f"room {room.name} wants {', '.join(missing)}")

    def _extended(self, definition: OperationDef) -> OperationDef:
        """An operation with what other rooms add to it."""
        added = [entry.attributes for room in self.rooms for entry in room.extensions if entry.concerns(definition)]
        if not added:
            return definition
        names = [*definition.attributes.items(), *(item for attributes in added for item in attributes.items())]
        return replace(definition, attributes=_unique(f"attribute of {definition.code.label}", names))

    def _attributes(self, owner: type, declared: list[AttributeDef]) -> Mapping[str, AttributeDef]:
        mine = [(entry.name, entry) for entry in declared if entry.owner is owner]
        derive = {Printer: _printer_side, Job: _job_side, Document: _document_side}[owner]
        templates = self.document_templates if owner is Document else self.templates
        mine += [(entry.name, entry) for template in templates.values() for entry in derive(template)]
        return _unique(f"{owner.__name__} attribute", mine)


def _printer_side(template: Template) -> list[AttributeDef]:
    """xxx-supported and, where there is a default, a settable xxx-default."""
    name = f"{template.name}-supported"
    entries = [AttributeDef(name, Printer, template.supported, None, _syntax(name, template))]
    if template.default is not None:
        name = f"{template.name}-default"
        entries.append(
            AttributeDef(
                name,
                Printer,
                template.default,
                None,
                _syntax(name, template),
                settable=True,
                allows=lambda printer, value: allows(template, printer, value),
                choices=None if template.part is not None else partial(_choices, template),
                twin=f"{template.twin}-default" if template.twin else "",
            )
        )
    return entries


def _choices(template: Template, printer: Printer) -> Any:
    """What Get-Printer-Supported-Values tells; nothing where any value will do (xxx-supported is true)."""
    supported = template.supported(printer)
    return None if supported is True else supported


def _job_side(template: Template) -> list[AttributeDef]:
    return [_ticket_side(template, Job)]


def _document_side(template: Template) -> list[AttributeDef]:
    return [_ticket_side(template, Document)]


def _ticket_side(template: Template, owner: type) -> AttributeDef:
    def read(thing: Job | Document) -> Any:
        attribute = thing.template(template.name)
        return None if attribute is None else attribute.values

    def judge(thing: Job | Document, value: Any) -> bool:
        raise TypeError("templates are judged with their printer")

    return AttributeDef(template.name, owner, read, None, template.syntax, settable=True, allows=judge)


def _syntax(name: str, template: Template) -> Syntax:
    """The registered syntax of a derived attribute; sets of the template's own where the registry has none."""
    found = registry.syntax(name, registry.PRINTER)
    if found is not None:
        return found
    if name.endswith("-default"):
        return template.syntax
    return Syntax(template.syntax.alternatives + parse("boolean").alternatives, True, template.syntax.members)


def allows(template: Template, printer: Printer, value: Any) -> bool:
    """Is this one value among what the printer supports?"""
    if template.part is not None:
        return isinstance(value, Collection) and template.part(printer, value)[1] is None
    if template.allows is not None:
        return template.allows(printer, value)
    return within(value, as_values(template.supported(printer)))


def as_values(values: Any) -> tuple[Any, ...]:
    """What a reader gave, as a tuple: none, one or several values."""
    if values is None:
        return ()
    return tuple(values) if type(values) in (tuple, list, frozenset, set) else (values,)


def within(value: Any, supported: Iterable[Any]) -> bool:
    """A value lies in a set of values and ranges; a lone True supports everything (page-ranges-supported)."""
    for entry in supported:
        if entry is True:
            return True
        if isinstance(entry, RangeOfInteger):
            if isinstance(value, int) and entry.lower <= value <= entry.upper:
                return True
        elif entry == value:
            return True
    return False


def _unique(what: str, entries: Iterable[tuple[Key, Entry]]) -> Mapping[Key, Entry]:
    found: dict[Key, Entry] = {}
    for key, entry in entries:
        if key in found:
            raise StartError(f"two rooms claim the {what} {key}")
        found[key] = entry
    return MappingProxyType(found)
