"""Messages: a code, a request-id, and groups of attributes in the order in which they came."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from firmware.ipp.tags import GroupTag
from firmware.ipp.values import Value


class Attribute:
    """A name and its values. Equal means: same name, same values, same syntaxes."""

    __slots__ = ("name", "values")

    def __init__(self, name: str, *values: Value) -> None:
        self.name = name
        self.values: tuple[Value, ...] = values

    @property
    def value(self) -> Value:
        """The first value."""
        return self.values[0]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Attribute):
            return NotImplemented
        return (
            self.name == other.name
            and len(self.values) == len(other.values)
            and all(
                type(mine) is type(its) and mine == its for mine, its in zip(self.values, other.values, strict=True)
            )
        )

    def __hash__(self) -> int:
        return hash((self.name, self.values))

    def __repr__(self) -> str:
        return f"Attribute({self.name!r}, {', '.join(map(repr, self.values))})"


@dataclass(frozen=True, slots=True)
class Encoded:
    """An attribute that is already octets: ``octets`` is the whole attribute as ``encode_attribute`` gives it."""

    name: str
    octets: bytes


@dataclass(slots=True)
class AttributeGroup:
    """One group. ``tag`` is usually a GroupTag; unknown delimiters are kept."""

    tag: int
    attributes: list[Attribute | Encoded] = field(default_factory=list)

    def get(self, name: str) -> Attribute | None:
        """The first attribute of that name."""
        for attribute in self.attributes:
            if attribute.name == name and isinstance(attribute, Attribute):
                return attribute
        return None

    def add(self, name: str, *values: Value) -> None:
        self.attributes.append(Attribute(name, *values))

    def names(self) -> list[str]:
        return [attribute.name for attribute in self.attributes]

    def __iter__(self) -> Iterator[Attribute]:
        return (attribute for attribute in self.attributes if isinstance(attribute, Attribute))

    def __contains__(self, name: object) -> bool:
        return any(attribute.name == name for attribute in self.attributes)


@dataclass(slots=True)
class Message:
    """A request (``code`` is an operation-id) or a response (``code`` is a status-code)."""

    code: int
    request_id: int
    groups: list[AttributeGroup] = field(default_factory=list)
    version: tuple[int, int] = (2, 0)

    def group(self, tag: int) -> AttributeGroup | None:
        """The first group with that delimiter."""
        return next((group for group in self.groups if group.tag == tag), None)

    def all_groups(self, tag: int) -> list[AttributeGroup]:
        return [group for group in self.groups if group.tag == tag]

    def get(self, name: str, tag: int = GroupTag.OPERATION) -> Attribute | None:
        """The first attribute of that name in the first group with that delimiter."""
        group = self.group(tag)
        return group.get(name) if group else None

    @classmethod
    def request(
        cls,
        operation: int,
        target: Iterable[Attribute],
        request_id: int = 1,
        version: tuple[int, int] = (2, 0),
    ) -> Message:
        """A request with charset, language and ``target`` attributes in its operation group."""
        from firmware.ipp.values import Charset, NaturalLanguage

        first: list[Attribute | Encoded] = [
            Attribute("attributes-charset", Charset("utf-8")),
            Attribute("attributes-natural-language", NaturalLanguage("en")),
        ]
        return cls(operation, request_id, [AttributeGroup(GroupTag.OPERATION, [*first, *target])], version)
