"""How a value must look: the attribute syntaxes of RFC 8011 section 5.1, as the registry writes them.

``parse("1setOf (keyword | name(MAX))")`` gives a ``Syntax``; ``Syntax.problem(attribute)`` says what is wrong with
an attribute, or None. Lengths are octets on the wire, ranges are inclusive.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum as PythonEnum
from functools import cache

from firmware.ipp.message import Attribute
from firmware.ipp.values import (
    NO_VALUE,
    UNKNOWN,
    Charset,
    Collection,
    DateTime,
    Enum,
    Keyword,
    MimeMediaType,
    Name,
    NameWithLanguage,
    NaturalLanguage,
    OutOfBand,
    RangeOfInteger,
    Resolution,
    Text,
    TextWithLanguage,
    Uri,
    UriScheme,
    Value,
)

MAX = 2**31 - 1
MIN = -(2**31)

_TYPES: dict[str, tuple[type, ...]] = {
    "integer": (int,),
    "boolean": (bool,),
    "enum": (Enum,),
    "octetString": (bytes,),
    "dateTime": (DateTime,),
    "resolution": (Resolution,),
    "rangeOfInteger": (RangeOfInteger,),
    "collection": (Collection,),
    "text": (Text, TextWithLanguage),
    "name": (Name, NameWithLanguage),
    "keyword": (Keyword,),
    "uri": (Uri,),
    "uriScheme": (UriScheme,),
    "charset": (Charset,),
    "naturalLanguage": (NaturalLanguage,),
    "mimeMediaType": (MimeMediaType,),
}
_LENGTHS = {
    "text": 1023,
    "name": 255,
    "keyword": 255,
    "uri": 1023,
    "uriScheme": 63,
    "charset": 63,
    "naturalLanguage": 63,
    "mimeMediaType": 255,
    "octetString": 1023,
}
_OUT_OF_BAND = {"no-value": NO_VALUE, "unknown": UNKNOWN}
_TERM = re.compile(r"(no-value|unknown|[A-Za-z]+)\s*(?:\(\s*([^()]*?)\s*\))?")
_NO_BLANKS = re.compile(r"[\x21-\x7e]+")


class Fault(PythonEnum):
    """What kind of wrong: it decides the status-code."""

    SYNTAX = "syntax"
    TOO_LONG = "too long"
    RANGE = "range"


@dataclass(frozen=True, slots=True)
class Problem:
    fault: Fault
    message: str


@dataclass(frozen=True, slots=True)
class Alternative:
    """One of the syntaxes that an attribute may have. ``low`` and ``high`` bound integers; ``high`` bounds octets."""

    kind: str
    low: int | None = None
    high: int | None = None

    def matches(self, value: Value) -> bool:
        if self.kind in _OUT_OF_BAND:
            return value == _OUT_OF_BAND[self.kind]
        return type(value) in _TYPES[self.kind]

    def problem(self, value: Value) -> Problem | None:
        """What is wrong with a value of this kind."""
        if isinstance(value, OutOfBand | Collection | bool | DateTime):
            return None
        if isinstance(value, int):
            return self._outside(value)
        if isinstance(value, RangeOfInteger):
            if value.lower > value.upper:
                return Problem(Fault.SYNTAX, f"range {value.lower}-{value.upper} is upside down")
            return self._outside(value.lower) or self._outside(value.upper)
        if isinstance(value, Resolution):
            good = value.cross_feed > 0 and value.feed > 0 and value.units in (3, 4)
            return None if good else Problem(Fault.SYNTAX, f"no resolution: {value}")
        return self._string_problem(value)

    def _outside(self, number: int) -> Problem | None:
        low = MIN if self.low is None else self.low
        high = MAX if self.high is None else self.high
        return None if low <= number <= high else Problem(Fault.RANGE, f"{number} is not in {low}:{high}")

    def _string_problem(self, value: Value) -> Problem | None:
        text: str | bytes = value.text if isinstance(value, TextWithLanguage | NameWithLanguage) else value  # type: ignore[assignment]
        most = _LENGTHS[self.kind] if self.high is None else self.high
        try:
            octets = text if isinstance(text, bytes) else text.encode()
        except UnicodeEncodeError:
            return Problem(Fault.SYNTAX, f"the {self.kind} is not UTF-8")
        if len(octets) > most:
            return Problem(Fault.TOO_LONG, f"{len(octets)} octets of {self.kind}, the most is {most}")
        if isinstance(text, str) and self.kind not in ("text", "name") and not _NO_BLANKS.fullmatch(text):
            return Problem(Fault.SYNTAX, f"{text!r} is no {self.kind}")
        return None


@dataclass(frozen=True, slots=True)
class Syntax:
    """One or more alternatives, once or as a set. ``members`` are the syntaxes of a collection's members;
    members without an entry are not judged here."""

    alternatives: tuple[Alternative, ...]
    many: bool = False
    members: tuple[tuple[str, Syntax], ...] = ()

    def problem(self, attribute: Attribute) -> Problem | None:
        """The first thing wrong with the attribute, or None."""
        if not attribute.values:
            return Problem(Fault.SYNTAX, f"{attribute.name} has no value")
        if len(attribute.values) > 1 and not self.many:
            return Problem(Fault.SYNTAX, f"{attribute.name} has {len(attribute.values)} values, one is the most")
        for value in attribute.values:
            problem = self.value_problem(value)
            if problem is not None:
                return Problem(problem.fault, f"{attribute.name}: {problem.message}")
        return None

    def value_problem(self, value: Value) -> Problem | None:
        """What is wrong with one of the values."""
        fitting = [alternative for alternative in self.alternatives if alternative.matches(value)]
        if not fitting:
            kinds = " or ".join(dict.fromkeys(alternative.kind for alternative in self.alternatives))
            return Problem(Fault.SYNTAX, f"wants {kinds}")
        problems = [alternative.problem(value) for alternative in fitting]
        if all(problems):
            return problems[0]
        return self._member_problem(value) if isinstance(value, Collection) else None

    def _member_problem(self, value: Collection) -> Problem | None:
        members = dict(self.members)
        names = [member.name for member in value.members]
        if len(set(names)) != len(names):
            return Problem(Fault.SYNTAX, "a member attribute twice")
        for member in value.members:
            syntax = members.get(member.name)
            problem = syntax.problem(member) if syntax is not None else None
            if problem is not None:
                return problem
        return None

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(alternative.kind for alternative in self.alternatives)


@cache
def parse(text: str) -> Syntax:
    """The registry's notation to a Syntax; ValueError when it is none."""
    many = "1setOf" in text
    body = text.replace("1setOf", "").strip()
    while body.startswith("(") and body.endswith(")"):
        body = body[1:-1].strip()
    alternatives = []
    for term in body.split("|"):
        match = _TERM.fullmatch(term.strip())
        if match is None or (match[1] not in _TYPES and match[1] not in _OUT_OF_BAND):
            raise ValueError(f"no attribute syntax: {text!r}")
        alternatives.append(_alternative(match[1], match[2]))
    return Syntax(tuple(alternatives), many)


def with_members(syntax: Syntax, members: Mapping[str, Syntax]) -> Syntax:
    """The same syntax for a collection whose members are known."""
    return Syntax(syntax.alternatives, syntax.many, tuple(members.items()))


def _alternative(kind: str, bounds: str | None) -> Alternative:
    if not bounds:
        return Alternative(kind)
    low, _, high = bounds.partition(":")
    if not high:
        return Alternative(kind, None, None if low == "MAX" else int(low))
    return Alternative(kind, _number(low), _number(high))


def _number(text: str) -> int:
    named = {"MIN": MIN, "MAX": MAX}
    text = text.strip()
    return named[text] if text in named else int(text)
