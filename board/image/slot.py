"""A slot: all that an update replaces, as one file.

    0      header: 512 octets of U-Boot environment with its CRC, that say where the rest is
    4096   kernel, initramfs and device tree as U-Boot images, each with a CRC of its own
    …      the root with its hashes (`verity`), from a whole MiB on

The header is what makes a slot bootable: an empty slot has none. The boot loader checks the images, the initramfs
holds the root's hash: one proves the next.
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

from board.image.recipe import Target
from board.image.tools import ImageError
from board.image.verity import Root

SECTOR = 512
HEADER = 4096
MIB = 1 << 20
ENVIRONMENT = 512
TREE_ROOM, STATE_ROOM = MIB, 0x10000
"""In memory below where a slot is read to: for the device tree, and above that for the boot state."""
_IMAGE = struct.Struct(">7I4B32s")
_MAGIC, _LINUX, _ARM64, _GZIP = 0x27051956, 5, 22, 1
_TYPES = {"kernel": 2, "initramfs": 3, "device-tree": 8}


def environment(values: dict[str, str], size: int = ENVIRONMENT) -> bytes:
    """Variables as U-Boot keeps them: CRC-32, then name=value with a NUL each and one more at the end."""
    data = b"".join(f"{name}={value}\0".encode() for name, value in values.items()) + b"\0"
    if len(data) > size - 4:
        raise ImageError(f"{len(data)} octets of boot state are more than fit into {size}")
    data = data.ljust(size - 4, b"\0")
    return zlib.crc32(data).to_bytes(4, "little") + data


def parse_environment(block: bytes) -> dict[str, str] | None:
    """What `environment` made; None when it was damaged."""
    if zlib.crc32(block[4:]) != int.from_bytes(block[:4], "little"):
        return None
    texts = block[4:].split(b"\0\0", 1)[0].split(b"\0")
    return dict(text.decode().split("=", 1) for text in texts if b"=" in text)


def boot_image(kind: str, data: bytes, target: Target, epoch: int) -> bytes:
    """A U-Boot image (its doc/usage/fit and include/image.h, legacy format): 64 octets with CRCs of themselves and of
    the data. Written here since mkimage makes none of a device tree."""
    load = {"kernel": target.kernel_at, "device-tree": target.slot_at - TREE_ROOM}.get(kind, 0)
    if kind == "device-tree" and len(data) > TREE_ROOM - STATE_ROOM:
        raise ImageError(f"a device tree of {len(data)} octets: there is room for {TREE_ROOM - STATE_ROOM}")
    start = load if kind == "kernel" else 0
    kinds = (_LINUX, _ARM64, _TYPES[kind], _GZIP if kind == "kernel" else 0)
    values = (epoch, len(data), load, start, zlib.crc32(data), *kinds, kind.encode())
    bare = _IMAGE.pack(_MAGIC, 0, *values)
    return _IMAGE.pack(_MAGIC, zlib.crc32(bare), *values) + data


def layout(parts: list[bytes]) -> tuple[list[int], int]:
    """Octets from the slot's start for each part, and for the root."""
    places, at = [], HEADER
    for part in parts:
        places.append(at)
        at += -(-len(part) // SECTOR) * SECTOR
    return places, -(-at // MIB) * MIB


def header(parts: list[bytes], version: str) -> bytes:
    """Where the parts are, in words of the boot script; numbers are hexadecimal, as U-Boot reads them."""
    places, _ = layout(parts)
    end = places[-1] + len(parts[-1])
    values = {
        "slot_version": version,
        "slot_blocks": f"{-(-(end - HEADER) // SECTOR):x}",
        "slot_initramfs": f"{places[1] - HEADER:x}",
        "slot_tree": f"{places[2] - HEADER:x}" if len(parts) > 2 else "",
    }
    return environment(values)


def assemble(parts: list[bytes], root: Root, version: str, out: Path, root_at: int) -> Path:
    """Write a slot: ``parts`` are kernel, initramfs and, where the boot loader has none of its own, device tree; the
    root comes at ``root_at``."""
    places, first = layout(parts)
    if root_at < first:
        raise ImageError(f"the root would lie at {root_at}, within what comes before it, which ends at {first}")
    with out.open("wb") as file:
        file.write(header(parts, version))
        for at, part in zip(places, parts, strict=True):
            file.seek(at)
            file.write(part)
        file.seek(root_at)
        with root.path.open("rb") as source:
            while chunk := source.read(MIB):
                file.write(chunk)
        file.truncate(-(-file.tell() // MIB) * MIB)
    return out
