"""Page headers as tables: one row for each field, so that reading, writing and showing never disagree."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from typing import Any

Row = tuple[str, int, str]
"""(name, offset, struct code without byte order); ``64s`` is text ended by NUL, ``2I`` a tuple."""


def read(rows: Iterable[Row], data: bytes, order: str) -> dict[str, Any]:
    """Every field of a header; ``order`` is ``>`` or ``<``. Text that is not UTF-8 is read as Latin-1."""
    values: dict[str, Any] = {}
    for name, offset, code in rows:
        found = struct.unpack_from(order + code, data, offset)
        if code == "64s":
            values[name] = _text(found[0])
        else:
            values[name] = found if len(found) > 1 else found[0]
    return values


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
