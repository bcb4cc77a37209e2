"""Page headers as tables: one row for each field, so that reading, writing and showing never disagree."""

from __future__ import annotations

import functools
import struct
from collections.abc import Iterable, Mapping
from typing import Any

Row = tuple[str, int, str]
"""(name, offset, struct code without byte order); ``64s`` is text ended by NUL, ``2I`` a tuple."""


def read(rows: tuple[Row, ...], data: bytes, order: str) -> dict[str, Any]:
    """Every field of a header; ``order`` is ``>`` or ``<``. Text that is not UTF-8 is read as Latin-1."""
    layout, parts = _layout(rows, order)
    found = layout.unpack_from(data)
    values: dict[str, Any] = {}
    for name, start, end, text in parts:
        if text:
            values[name] = _text(found[start]) if found[start][0] else ""
        else:
            values[name] = found[start] if end == start + 1 else found[start:end]
    return values


@functools.cache
def _layout(rows: tuple[Row, ...], order: str) -> tuple[struct.Struct, tuple[tuple[str, int, int, bool], ...]]:
    """One ``struct`` for the whole header, and which of its values are which field's: (name, from, to, is it text)."""
    code, at, parts, count = order, 0, [], 0
    for name, offset, kind in rows:
        size, values = (
            struct.calcsize(order + kind),
            len(struct.unpack(order + kind, bytes(struct.calcsize(order + kind)))),
        )
        code += f"{offset - at}x{kind}"
        parts.append((name, count, count + values, kind == "64s"))
        at, count = offset + size, count + values
    return struct.Struct(code), tuple(parts)


def write(rows: Iterable[Row], size: int, values: Mapping[str, Any], order: str) -> bytes:
    """The header again, zero where no row writes. Raises ValueError for a value that does not fit."""
    data = bytearray(size)
    for name, offset, code in rows:
        value = values[name]
        try:
            if code == "64s":
                value = _octets(value)
            elif isinstance(value, tuple):
                struct.pack_into(order + code, data, offset, *value)
                continue
            struct.pack_into(order + code, data, offset, value)
        except (struct.error, UnicodeError) as error:
            raise ValueError(f"{name} cannot be {value!r}: {error}") from None
    return bytes(data)


def _text(raw: bytes) -> str:
    raw = raw.split(b"\0", 1)[0]
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _octets(text: str) -> bytes:
    raw = text.encode()
    if len(raw) > 63 or b"\0" in raw:
        raise ValueError(f"longer than 63 octets, or with a NUL: {text!r}")
    return raw
