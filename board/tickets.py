"""``-o name=value``: job template attributes from the command line, typed by the registry."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable

from firmware.ipp import (
    Attribute,
    Collection,
    Enum,
    Keyword,
    Name,
    RangeOfInteger,
    Resolution,
    Text,
    iana,
    registry,
)
from firmware.ipp.syntax import Syntax
from firmware.ipp.values import MimeMediaType, Uri, Value


class OptionError(Exception):
    """An option that can't be understood: one line."""


def parse_option(option: str) -> Attribute:
    """``sides=two-sided-long-edge``, ``page-ranges=1-3,5-5``, ``media-col={media-type=labels}``."""
    name, equals, text = option.partition("=")
    syntax = registry.syntax(name, registry.JOB_TEMPLATE)
    if syntax is None:
        near = difflib.get_close_matches(name, iana.ATTRIBUTES["Job Template"], 1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise OptionError(f"{name!r} is no job template attribute{hint}")
    if not equals or not text:
        raise OptionError(f"{name} needs a value: -o {name}=VALUE")
    return _attribute(name, text, syntax)


def _attribute(name: str, text: str, syntax: Syntax) -> Attribute:
    values = [_value(name, part, syntax) for part in split(text)]
    attribute = Attribute(name, *values)
    problem = syntax.problem(attribute)
    if problem is not None:
        raise OptionError(problem.message)
    return attribute


def split(text: str) -> list[str]:
    """By commas outside braces."""
    parts, depth, start = [], 0, 0
    for index, char in enumerate(text):
        depth += {"{": 1, "}": -1}.get(char, 0)
        if char == "," and depth == 0:
            parts.append(text[start:index])
            start = index + 1
    return [*parts, text[start:]]


def _value(name: str, text: str, syntax: Syntax) -> Value:
    for kind in syntax.kinds:
        reader = _READERS.get(kind)
        value = reader(name, text) if reader is not None else None
        if value is not None:
            return value
    raise OptionError(f"{name}: {text!r} is no {' or '.join(syntax.kinds)}")


def _integer(name: str, text: str) -> Value | None:
    return int(text) if re.fullmatch(r"-?\d{1,10}", text) else None


def _enum(name: str, text: str) -> Value | None:
    labels = {label: number for number, label in iana.ENUMS.get(name, {}).items()}
    if text in labels:
        return Enum(labels[text])
    return Enum(int(text)) if re.fullmatch(r"\d{1,10}", text) else None


def _boolean(name: str, text: str) -> Value | None:
    return {"true": True, "false": False}.get(text)


def _range(name: str, text: str) -> Value | None:
    match = re.fullmatch(r"(\d{1,9})(?:-(\d{1,9}))?", text)
    return RangeOfInteger(int(match[1]), int(match[2] or match[1])) if match else None


def _resolution(name: str, text: str) -> Value | None:
    match = re.fullmatch(r"(\d{1,6})(?:x(\d{1,6}))?(dpi|dpcm)", text)
    if match is None:
        return None
    return Resolution(int(match[1]), int(match[2] or match[1]), 3 if match[3] == "dpi" else 4)


def _keyword(name: str, text: str) -> Value | None:
    return Keyword(text) if re.fullmatch(r"[a-z0-9][a-z0-9._-]*", text) else None


def _collection(name: str, text: str) -> Value | None:
    if not (text.startswith("{") and text.endswith("}")):
        return None
    members = []
    for part in _members(text[1:-1]):
        member, _, value = part.partition("=")
        syntax = registry.member_syntax(name, member) or registry.syntax(member, registry.JOB_TEMPLATE)
        if syntax is None:
            raise OptionError(f"{member!r} is no member of {name}")
        members.append(_attribute(member, value, syntax))
    return Collection.of(members)


def _members(text: str) -> list[str]:
    """By blanks outside braces."""
    parts, depth, current = [], 0, ""
    for char in text:
        depth += {"{": 1, "}": -1}.get(char, 0)
        if char == " " and depth == 0:
            parts.append(current)
            current = ""
        else:
            current += char
    return [part for part in [*parts, current] if part]


_READERS: dict[str, Callable[[str, str], Value | None]] = {
    "integer": _integer,
    "enum": _enum,
    "boolean": _boolean,
    "rangeOfInteger": _range,
    "resolution": _resolution,
    "keyword": _keyword,
    "collection": _collection,
    "name": lambda name, text: Name(text),
    "text": lambda name, text: Text(text),
    "uri": lambda name, text: Uri(text),
    "mimeMediaType": lambda name, text: MimeMediaType(text),
}
