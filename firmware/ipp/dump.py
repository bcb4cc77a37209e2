"""Messages as text, in the manner of ipptool: for traces, logs and failing tests."""

from __future__ import annotations

import re
from collections.abc import Iterator

from firmware.ipp import registry
from firmware.ipp.iana import Operation, Status
from firmware.ipp.message import Attribute, Message
from firmware.ipp.tags import ValueTag, group_label, label
from firmware.ipp.values import (
    Collection,
    DateTime,
    Enum,
    NameWithLanguage,
    OutOfBand,
    RangeOfInteger,
    RawValue,
    Resolution,
    TextWithLanguage,
    Uri,
    Value,
    _String,
)

SECRET = frozenset({"job-password", "document-password", "printer-wifi-password", "document-access"})
"""Attributes whose values are never written down."""

_USERINFO = re.compile(r"^((?:[^:/?#]*:)?/*)[^/?#]*@")

_PLAIN: dict[type, str] = {
    bool: "boolean",
    int: "integer",
    Enum: "enum",
    bytes: "octetString",
    DateTime: "dateTime",
    Resolution: "resolution",
    RangeOfInteger: "rangeOfInteger",
    TextWithLanguage: "textWithLanguage",
    NameWithLanguage: "nameWithLanguage",
    Collection: "collection",
}


def dump(message: Message, request: bool) -> str:
    """The whole message; ``request`` tells whether its code is an operation or a status."""
    return "\n".join(_lines(message, request)) + "\n"


def code_label(code: int, request: bool) -> str:
    try:
        return Operation(code).label if request else Status(code).label
    except ValueError:
        return f"0x{code:04x}"


def _lines(message: Message, request: bool) -> Iterator[str]:
    word = "OPERATION" if request else "STATUS"
    yield f"{word} {code_label(message.code, request)}"
    yield f"VERSION {message.version[0]}.{message.version[1]}"
    yield f"REQUEST-ID {message.request_id}"
    for group in message.groups:
        yield f"GROUP {group_label(group.tag)}"
        for attribute in group:
            yield "ATTR " + dump_attribute(attribute)


def dump_attribute(attribute: Attribute) -> str:
    """``syntax name value,value`` on one line."""
    if attribute.name in SECRET:
        return f"{kind(attribute.values[0])} {attribute.name} (not shown)"
    values = ",".join(dump_value(value, attribute.name) for value in attribute.values)
    return f"{kind(attribute.values[0])} {attribute.name} {values}"


def kind(value: Value) -> str:
    """The name of the value's syntax."""
    plain = _PLAIN.get(type(value))
    if plain is not None:
        return plain
    if isinstance(value, _String):
        return label(value.tag)
    if isinstance(value, OutOfBand | RawValue):
        return label(value.tag)
    return type(value).__name__


def dump_value(value: Value, name: str = "") -> str:
    """One value, as ipptool writes it; ``name`` finds an enum's label."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Enum):
        return code_label(value, True) if name == "operations-supported" else registry.enum_label(name, value)
    if isinstance(value, Collection):
        return "{" + " ".join(_member(member) for member in value.members) + "}"
    if isinstance(value, OutOfBand):
        return label(value.tag)
    if isinstance(value, RawValue):
        return f"<{value.data.hex()}>"
    if isinstance(value, bytes):
        return quote(value.decode()) if value.isascii() and value.decode().isprintable() else f"<{value.hex()}>"
    return _dump_compound(value, name)


def _member(member: Attribute) -> str:
    values = ",".join(dump_value(value, member.name) for value in member.values)
    return f"{member.name}={'(not shown)' if member.name in SECRET else values}"


def _dump_compound(value: Value, name: str) -> str:
    if isinstance(value, RangeOfInteger):
        return f"{value.lower}-{value.upper}"
    if isinstance(value, Resolution):
        across = f"{value.cross_feed}" if value.cross_feed == value.feed else f"{value.cross_feed}x{value.feed}"
        return across + {3: "dpi", 4: "dpcm"}.get(value.units, f"?{value.units}")
    if isinstance(value, DateTime):
        date = f"{value.year:04d}-{value.month:02d}-{value.day:02d}"
        time = f"{value.hour:02d}:{value.minute:02d}:{value.second:02d}.{value.decisecond}"
        return f"{date}T{time}{value.direction}{value.utc_hours:02d}:{value.utc_minutes:02d}"
    if isinstance(value, TextWithLanguage | NameWithLanguage):
        return f"{quote(value.text)}[{value.language}]"
    if isinstance(value, Uri):
        value = Uri(bare_uri(value)) if name == "document-uri" else Uri(_USERINFO.sub(r"\1", value))
    if isinstance(value, _String) and value.tag not in (ValueTag.TEXT, ValueTag.NAME):
        return quote(value) if not value.isprintable() or "," in value else str(value)
    return quote(value) if isinstance(value, str) else str(value)


def bare_uri(uri: str) -> str:
    """A URI for people, without what may be a secret in it: user and password, query, fragment."""
    return _USERINFO.sub(r"\1", uri).partition("#")[0].partition("?")[0]


def quote(text: str) -> str:
    """In double quotes, control characters and lone surrogates escaped: one line whatever came."""
    safe = text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    inner = "".join(char if char.isprintable() else repr(char)[1:-1] for char in safe)
    return '"' + inner.replace("\\", "\\\\").replace('"', '\\"') + '"'
