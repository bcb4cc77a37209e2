"""The reader of recorded writes, which the record run of power cuts stands on."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import pytest

from tests.image.writes import MAGIC, Write, apply, writes


def record(path: Path, *entries: tuple[int, int, bytes]) -> Path:
    """Entries of sector, flags and data, as the kernel's header says."""
    blob = struct.pack("<QQQI", MAGIC, 1, 0, 512).ljust(512, b"\0")
    for sector, flags, data in entries:
        count = len(data) // 512
        blob += struct.pack("<QQQQ", sector, count, flags, 0).ljust(512, b"\0")
        blob += b"" if flags & 4 else data
    path.write_bytes(blob + bytes(2048))
    return path


def test_writes_in_order(tmp_path: Path) -> None:
    file = record(tmp_path / "r", (3, 0, b"a" * 512), (0, 1, b""), (2, 2, b"b" * 1024), (3, 4, b"-" * 512))
    found = list(writes(file))
    assert [(write.to, write.length, write.zeros) for write in found] == [
        (1536, 512, False), (1024, 1024, False), (1536, 512, True)
    ]  # fmt: skip
    disk = tmp_path / "disk"
    disk.write_bytes(b"." * 4096)
    seen = []
    source, out = os.open(file, os.O_RDONLY), os.open(disk, os.O_RDWR)
    for write in found:
        apply(write, source, out)
        seen.append(disk.read_bytes()[1024:2560:512])
    os.close(source)
    os.close(out)
    assert seen == [b".a.", b"bb.", b"b\0."]


def test_what_is_no_record(tmp_path: Path) -> None:
    (tmp_path / "r").write_bytes(bytes(1024))
    with pytest.raises(AssertionError, match="no record"):
        list(writes(tmp_path / "r"))


def test_where_a_write_ends() -> None:
    assert (Write(512, 0, 1024, False).end, Write(512, 0, 1024, True).end) == (1536, 512)
