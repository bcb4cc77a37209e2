"""A record of every write to a disk, as QEMU's blklogwrites keeps it (the kernel's admin-guide/device-mapper/
log-writes.rst), and a disk made of a beginning of it."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

MAGIC = 0x6A736677736872
SECTOR = 512
_DISCARD, _FLUSH = 4, 1


@dataclass(frozen=True, slots=True)
class Write:
    """So many octets to the disk at ``to``, which lie in the record at ``at``; none of them for zeros (discard)."""

    at: int
    to: int
    length: int
    zeros: bool

    @property
    def end(self) -> int:
        """Where the record had come to when it was made."""
        return self.at + (0 if self.zeros else self.length)


def writes(record: Path) -> Iterator[Write]:
    """All of them in order. The record's own count may be behind when the power went: entries end where none is."""
    size = record.stat().st_size
    with record.open("rb") as file:
        magic, _, _, sector = struct.unpack("<QQQI", file.read(28))
        assert (magic, sector) == (MAGIC, SECTOR), "no record of writes"
        at = SECTOR
        while at + SECTOR <= size:
            file.seek(at)
            to, count, flags, _ = struct.unpack("<QQQQ", file.read(32))
            if not count and not flags & _FLUSH:
                return
            at += SECTOR
            zeros = bool(flags & _DISCARD)
            if count:
                yield Write(at, to * SECTOR, count * SECTOR, zeros)
            at += 0 if zeros else count * SECTOR


def apply(write: Write, record: int, disk: int) -> None:
    """Carry one out, on open files."""
    left = write.length
    while left:
        octets = min(left, 1 << 20)
        done = write.length - left
        data = bytes(octets) if write.zeros else os.pread(record, octets, write.at + done)
        os.pwrite(disk, data, write.to + done)
        left -= octets
