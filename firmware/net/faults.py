"""Misbehaviour on purpose, in IPP: what real firmware answers wrong, each fault named, switched and tuned alone.

A fault is a small dataclass: its fields are its parameters, its docstring's first line is its description, and the
hooks it overrides are all it does. Profiles and the control socket switch them by name.

    ipp-status                 Answers carry a wrong status-code, and valid attributes all the same.
    ipp-attribute-fails        A request that asks for a certain attribute fails.
    ipp-attribute-text         A text or name attribute says something else.
    ipp-text-with-language     Text and name attributes come with a language.
    ipp-duplicate-attributes   Attributes come twice.
    ipp-members-named          Collection members are sent as named attributes, without memberAttrName.
    ipp-collection-open        Some collections have no end.
    ipp-member-outside         The last member of a collection stands outside of it, and an empty value is added.
    job-never-completes        Jobs print and stay processing for ever.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar, NamedTuple

from firmware.core.job import JobState
from firmware.ipp import (
    NO_VALUE,
    Attribute,
    Encoded,
    Enum,
    GroupTag,
    Keyword,
    Message,
    Status,
    Text,
    ValueTag,
    decode_attribute,
    iana,
)
from firmware.ipp.tags import LAST_DELIMITER
from firmware.ipp.values import MimeMediaType, Name, NameWithLanguage, TextWithLanguage, Value

REGISTRY: dict[str, type[IppFault]] = {}
"""Every fault of this layer, by its name."""


class Item(NamedTuple):
    """One delimiter (name and value are None) or one value of the wire."""

    tag: int
    name: bytes | None
    value: bytes | None


class IppFault:
    """One misbehaviour: every hook leaves things as they are unless a fault overrides it."""

    name: ClassVar[str]

    def __init_subclass__(cls, *, name: str) -> None:
        cls.name = name
        REGISTRY[name] = cls

    def answer(self, request: Message, answer: Message) -> None:
        """Spoil an answer; its attributes are all decoded."""

    def wire(self, items: list[Item]) -> list[Item]:
        """Spoil what goes over the wire."""
        return items


@dataclass
class WrongStatus(IppFault, name="ipp-status"):
    """Answers carry a wrong status-code, and valid attributes all the same."""

    status: str = "server-error-internal-error"
    operation: str = "Get-Printer-Attributes"

    def answer(self, request: Message, answer: Message) -> None:
        if request.code == _operation(self.operation):
            answer.code = next(code for code in Status if code.label == self.status)


@dataclass
class AttributeFails(IppFault, name="ipp-attribute-fails"):
    """A request that asks for a certain attribute fails."""

    attribute: str = "media-col-database"
    status: str = "server-error-internal-error"

    def answer(self, request: Message, answer: Message) -> None:
        wanted = request.get("requested-attributes")
        if wanted is not None and self.attribute in wanted.values:
            answer.code = next(code for code in Status if code.label == self.status)
            answer.groups = [group for group in answer.groups if group.tag == GroupTag.OPERATION]


@dataclass
class AttributeText(IppFault, name="ipp-attribute-text"):
    """A text or name attribute says something else."""

    attribute: str = "printer-info"
    text: str = "No Active Peripheral"

    def answer(self, request: Message, answer: Message) -> None:
        for group in answer.groups:
            group.attributes = [
                Attribute(self.attribute, type(old.value)(self.text))
                if isinstance(old, Attribute) and old.name == self.attribute and isinstance(old.value, Text | Name)
                else old
                for old in group.attributes
            ]


@dataclass
class WithLanguage(IppFault, name="ipp-text-with-language"):
    """Text and name attributes come with a language."""

    language: str = "en"

    def answer(self, request: Message, answer: Message) -> None:
        for group in answer.groups:
            if group.tag != GroupTag.OPERATION:
                group.attributes = [
                    Attribute(old.name, *map(self._value, old.values)) if isinstance(old, Attribute) else old
                    for old in group.attributes
                ]

    def _value(self, value: Value) -> Value:
        if isinstance(value, Text):
            return TextWithLanguage(self.language, str(value))
        return NameWithLanguage(self.language, str(value)) if isinstance(value, Name) else value


@dataclass
class Duplicates(IppFault, name="ipp-duplicate-attributes"):
    """Attributes come twice."""

    attribute: str = ""
    """Only this one; empty for all."""

    def answer(self, request: Message, answer: Message) -> None:
        for group in answer.groups:
            if group.tag != GroupTag.OPERATION:
                twice = [old for old in group.attributes if not self.attribute or old.name == self.attribute]
                group.attributes = [*group.attributes, *twice]


@dataclass
class MembersNamed(IppFault, name="ipp-members-named"):
    """Collection members are sent as named attributes, without memberAttrName."""

    def wire(self, items: list[Item]) -> list[Item]:
        spoiled, member = [], b""
        for item in items:
            if item.tag == ValueTag.MEMBER_ATTR_NAME:
                member = item.value or b""
            elif member:
                spoiled.append(item._replace(name=member))
                member = b""
            else:
                spoiled.append(item)
        return spoiled


@dataclass
class CollectionOpen(IppFault, name="ipp-collection-open"):
    """Some collections have no end."""

    attributes: tuple[str, ...] = ("media-col-default", "media-col-ready")

    def wire(self, items: list[Item]) -> list[Item]:
        spoiled, depth, inside = [], 0, False
        for item in items:
            if depth == 0 and item.name:
                inside = item.name.decode() in self.attributes
            depth += {ValueTag.BEG_COLLECTION: 1, ValueTag.END_COLLECTION: -1}.get(item.tag, 0)  # type: ignore[call-overload]
            if not (inside and item.tag == ValueTag.END_COLLECTION and depth == 0):
                spoiled.append(item)
        return spoiled


@dataclass
class MemberOutside(IppFault, name="ipp-member-outside"):
    """The last member of a collection stands outside of it, and an empty value is added."""

    attribute: str = "media-col-default"

    def wire(self, items: list[Item]) -> list[Item]:
        spoiled: list[Item] = []
        inside, depth, start = False, 0, 0
        for item in items:
            if depth == 0 and item.name:
                inside = item.name.decode() == self.attribute
            if depth == 1 and item.tag == ValueTag.MEMBER_ATTR_NAME:
                start = len(spoiled)
            depth += {ValueTag.BEG_COLLECTION: 1, ValueTag.END_COLLECTION: -1}.get(item.tag, 0)  # type: ignore[call-overload]
            spoiled.append(item)
            if inside and depth == 0 and item.tag == ValueTag.END_COLLECTION:
                spoiled = self._move_out(spoiled, start)
                inside = False
        return spoiled

    def _move_out(self, items: list[Item], start: int) -> list[Item]:
        name, *values, end = items[start:]
        if not values:
            return items
        first = values[0]._replace(name=name.value)
        empty = Item(MimeMediaType.tag, b"document-format-preferred", b"")
        return [*items[:start], end, first, *values[1:], empty]


@dataclass
class NeverCompletes(IppFault, name="job-never-completes"):
    """Jobs print and stay processing for ever, as far as clients are told."""

    def answer(self, request: Message, answer: Message) -> None:
        for group in answer.all_groups(GroupTag.JOB):
            state = group.get("job-state")
            if state is not None and state.value == JobState.COMPLETED:
                group.attributes = [self._still_at_it(each) for each in group.attributes]

    def _still_at_it(self, attribute: Attribute | Encoded) -> Attribute | Encoded:
        told: dict[str, Value] = {
            "job-state": Enum(JobState.PROCESSING),
            "job-state-reasons": Keyword("job-printing"),
            "job-state-message": Text("Printing."),
            "time-at-completed": NO_VALUE,
            "date-time-at-completed": NO_VALUE,
        }
        return Attribute(attribute.name, told[attribute.name]) if attribute.name in told else attribute


class IppFaults:
    """The faults of this layer that are on."""

    def __init__(self) -> None:
        self._on: dict[str, IppFault] = {}

    def __iter__(self) -> Iterator[IppFault]:
        return iter(list(self._on.values()))

    def __bool__(self) -> bool:
        return bool(self._on)

    def set(self, name: str, **parameters: Any) -> None:
        """Switch a fault on, or change its parameters; LookupError or TypeError for what there is not."""
        kind = REGISTRY[name]
        known = {field.name for field in fields(kind)}  # type: ignore[arg-type]
        unknown = set(parameters) - known
        if unknown:
            raise TypeError(f"fault {name} has no parameter {', '.join(sorted(unknown))}")
        given = {key: tuple(value) if isinstance(value, list) else value for key, value in parameters.items()}
        self._on[name] = kind(**given)

    def clear(self, name: str | None = None) -> None:
        """Switch one fault off; all of them without a name."""
        if name is None:
            self._on.clear()
        else:
            self._on.pop(name, None)

    def active(self) -> Mapping[str, Mapping[str, Any]]:
        return {name: asdict(fault) for name, fault in self._on.items()}  # type: ignore[call-overload]

    def spoil(self, request: Message, answer: Message) -> None:
        """Let every fault have its way with an answer."""
        for group in answer.groups:
            group.attributes = [
                decode_attribute(each.octets) if isinstance(each, Encoded) else each for each in group.attributes
            ]
        for fault in self:
            fault.answer(request, answer)

    def spoil_octets(self, octets: bytes) -> bytes:
        """Let every fault have its way with an encoded message."""
        found = items(octets)
        for fault in self:
            found = fault.wire(found)
        return octets[:8] + b"".join(map(_join, found))


def items(octets: bytes) -> list[Item]:
    """An encoded message of our own, value by value."""
    found, at = [], 8
    while at < len(octets):
        tag = octets[at]
        at += 1
        if tag <= LAST_DELIMITER:
            found.append(Item(tag, None, None))
            continue
        name, at = _string(octets, at)
        value, at = _string(octets, at)
        found.append(Item(tag, name, value))
    return found


def _string(octets: bytes, at: int) -> tuple[bytes, int]:
    (length,) = struct.unpack_from(">H", octets, at)
    return octets[at + 2 : at + 2 + length], at + 2 + length


def _join(item: Item) -> bytes:
    if item.name is None or item.value is None:
        return bytes([item.tag])
    lengths = struct.pack(">H", len(item.name)), struct.pack(">H", len(item.value))
    return bytes([item.tag]) + lengths[0] + item.name + lengths[1] + item.value


def _operation(label: str) -> int:
    return next(code for code in iana.Operation if code.label == label)
