"""Attributes of objects as a reply wants them: chosen by requested-attributes, encoded once where they rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from firmware.core.catalog import Catalog, as_values
from firmware.core.clock import Moment
from firmware.core.feature import AttributeDef
from firmware.core.printer import Printer
from firmware.ipp import (
    NO_VALUE,
    Attribute,
    DateTime,
    Encoded,
    Enum,
    Keyword,
    Name,
    OutOfBand,
    Text,
    encode_attribute,
    registry,
)
from firmware.ipp.syntax import Syntax
from firmware.ipp.values import Charset, MimeMediaType, NaturalLanguage, Uri, UriScheme, Value

if TYPE_CHECKING:
    from firmware.core.call import Context

_STRINGS: dict[str, type] = {
    "text": Text,
    "name": Name,
    "keyword": Keyword,
    "uri": Uri,
    "uriScheme": UriScheme,
    "charset": Charset,
    "naturalLanguage": NaturalLanguage,
    "mimeMediaType": MimeMediaType,
}


def to_attribute(name: str, syntax: Syntax, values: Any) -> Attribute | None:
    """What a reader gave, as an attribute; plain str and int take their type from the syntax."""
    typed = tuple(_typed(value, syntax) for value in as_values(values))
    return Attribute(name, *typed) if typed else None


def _typed(value: Any, syntax: Syntax) -> Value:
    if type(value) is str:
        kind = next(kind for kind in syntax.kinds if kind in _STRINGS)
        typed: Value = _STRINGS[kind](value)
        return typed
    if isinstance(value, int) and type(value) not in (bool, Enum) and "enum" in syntax.kinds:
        return Enum(value)
    if isinstance(value, int) and type(value) not in (bool, Enum, int):
        return int(value)
    return value  # type: ignore[no-any-return]


def resting(printer: Printer, definition: AttributeDef) -> Attribute | None:
    """An attribute that rests in the printer's configuration: what was set, or what the room says."""
    setting = printer.setting(definition.name) if definition.settable else None
    if setting is not None:
        return setting
    assert definition.read is not None
    return to_attribute(definition.name, definition.syntax, definition.read(printer))


def date(wall: float | None, otherwise: OutOfBand) -> DateTime | OutOfBand:
    """Seconds after the epoch as dateTime."""
    return otherwise if wall is None else DateTime.at(wall)


def moment(when: Moment | None) -> int | OutOfBand:
    """time-at-xxx of something that may not have happened yet."""
    return NO_VALUE if when is None else when.up


def kilo(octets: int) -> int:
    """In units of 1024 octets, rounded up (RFC 8011 section 5.3.17.1)."""
    return (octets + 1023) // 1024


ACTUALS = ("job-actual", "job-actuals")
"""Group keyword for xxx-actual: as registered, and as PWG 5100.8 is understood by its tests."""


class Wanted:
    """requested-attributes: single names and group keywords (RFC 8011 sections 4.2.5.1 and 4.3.4.1)."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = frozenset(names)
        self.everything = "all" in self.names

    def __call__(self, definition: AttributeDef, template: bool) -> bool:
        if definition.name in self.names:
            return True
        if definition.on_request:
            return False
        if self.everything:
            return True
        owner = definition.owner.__name__.lower()
        if template:
            return ("document-template" if owner == "document" else "job-template") in self.names
        if registry.in_requested_group("subscription-template", definition.name):
            return "subscription-template" in self.names
        if definition.name.endswith("-actual") and not self.names.isdisjoint(ACTUALS):
            return True
        return f"{owner}-description" in self.names


ALL = Wanted(["all"])
SUBMITTED = Wanted(
    [
        "job-id",
        "job-uri",
        "job-state",
        "job-state-reasons",
        "job-state-message",
        "job-uuid",
        "number-of-intervening-jobs",
    ]
)


class Describer:
    """Reads objects by the catalog's definitions. Values of a printer that rest in its configuration are encoded
    once per configuration; everything else is read each time."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._encoded: dict[int, tuple[int, dict[str, Encoded | None]]] = {}
        self._template_side = self._names_on_template_side()

    def printer(self, printer: Printer, context: Context, wanted: Wanted = ALL) -> list[Attribute | Encoded]:
        """The printer's attributes that are wanted, in the catalog's order."""
        found = []
        for definition in self._wanted(self._catalog.printer_attributes, wanted):
            attribute = self.printer_attribute(printer, definition, context)
            if attribute is not None:
                found.append(attribute)
        return found

    def printer_attribute(
        self, printer: Printer, definition: AttributeDef, context: Context
    ) -> Attribute | Encoded | None:
        if definition.tell is not None:
            return to_attribute(definition.name, definition.syntax, definition.tell(printer, context))
        version, cache = self._encoded.get(printer.id, (-1, {}))
        if version != printer.config_version:
            cache = {}
            self._encoded[printer.id] = (printer.config_version, cache)
        if definition.name not in cache:
            attribute = resting(printer, definition)
            encoded = None if attribute is None else Encoded(attribute.name, encode_attribute(attribute))
            cache[definition.name] = encoded
        return cache[definition.name]

    def value(self, printer: Printer, name: str, context: Context) -> Attribute | None:
        """One attribute of a printer, decoded: for discovery, pages and checks."""
        definition = self._catalog.printer_attributes.get(name)
        if definition is None:
            return None
        if definition.tell is None:
            return resting(printer, definition)
        return to_attribute(name, definition.syntax, definition.tell(printer, context))

    def job(self, job: Any, context: Context, wanted: Wanted = ALL) -> list[Attribute | Encoded]:
        """The job's attributes that are wanted."""
        return self._read(job, self._catalog.job_attributes, context, wanted)

    def document(self, document: Any, context: Context, wanted: Wanted = ALL) -> list[Attribute | Encoded]:
        """The document's attributes that are wanted."""
        return self._read(document, self._catalog.document_attributes, context, wanted)

    def subscription(self, subscription: Any, context: Context, wanted: Wanted = ALL) -> list[Attribute | Encoded]:
        """The subscription's attributes that are wanted."""
        return self._read(subscription, self._catalog.subscription_attributes, context, wanted)

    def _read(
        self, thing: Any, definitions: Mapping[str, AttributeDef], context: Context, wanted: Wanted
    ) -> list[Attribute | Encoded]:
        found: list[Attribute | Encoded] = []
        chosen = list(self._wanted(definitions, wanted))
        seen = self._catalog.visible(thing, (entry.name for entry in chosen), context)
        for definition in chosen:
            if definition.name not in seen:
                continue
            values = definition.tell(thing, context) if definition.tell else definition.read(thing)  # type: ignore[misc]
            attribute = to_attribute(definition.name, definition.syntax, values)
            if attribute is not None:
                found.append(attribute)
        return found

    def submitted(self, job: Any, context: Context) -> list[Attribute | Encoded]:
        """What the answer to a submission says of the new job (RFC 8011 section 4.2.1.2)."""
        return self.job(job, context, SUBMITTED)

    def _wanted(self, definitions: Mapping[str, AttributeDef], wanted: Wanted) -> Iterable[AttributeDef]:
        return (entry for entry in definitions.values() if wanted(entry, entry.name in self._template_side))

    def _names_on_template_side(self) -> frozenset[str]:
        """Attributes that belong to the group keyword job-template."""
        names = {
            name
            for template in self._catalog.templates
            for name in (template, f"{template}-default", f"{template}-supported", f"{template}-ready")
        }
        names |= {
            name for name in self._catalog.printer_attributes if registry.in_requested_group("job-template", name)
        }
        return frozenset(names)
