"""The root of a slot: squashfs, and behind it the tree of hashes that dm-verity reads it by (kernel's
admin-guide/device-mapper/verity.rst)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from board.image.tools import run

BLOCK = 4096
_UUID = "6b736e69-0000-4000-8000-000000000001"
OWNERS = {"etc/shadow": (0o640, 0, 42)}
"""Files that are not root's with the mode that they have: mode, user, group."""


@dataclass(frozen=True, slots=True)
class Root:
    """A file system and its tree, one behind the other in ``path``."""

    path: Path
    blocks: int
    """Of 4096 octets, that hold the file system."""
    hash: str
    salt: str

    def table(self, device: str) -> str:
        """The device-mapper line that proves what is on ``device``, which begins with the file system. A block that is
        not what it was stops the system: the boot loader's counter then comes to the other slot."""
        return (
            f"0 {self.blocks * 8} verity 1 {device} {device} {BLOCK} {BLOCK} {self.blocks} {self.blocks} sha256 "
            f"{self.hash} {self.salt} 1 restart_on_corruption"
        )


def squash(tree: Path, out: Path, epoch: int, level: int = 19) -> Path:
    """A file system of a tree; everything in it belongs to root, but for OWNERS."""
    out.unlink(missing_ok=True)
    pseudo = [
        word for name, (mode, user, group) in OWNERS.items() if (tree / name).exists()
        for word in ("-p", f"{name} m {mode:o} {user} {group}")
    ]  # fmt: skip
    run(
        "mksquashfs", tree, out, "-comp", "zstd", "-Xcompression-level", str(level), "-b", "128K", "-all-root",
        "-no-xattrs", "-no-exports", "-noappend", "-no-progress", "-quiet", "-mkfs-time", str(epoch),
        "-all-time", str(epoch), *pseudo,
    )  # fmt: skip
    return out


def seal(squashfs: Path, salt: str) -> Root:
    """Append the tree of hashes."""
    size = -(-squashfs.stat().st_size // BLOCK) * BLOCK
    with squashfs.open("r+b") as file:
        file.truncate(size)
    root_hash = squashfs.with_suffix(".hash")
    run(
        "veritysetup", "format", "--no-superblock", f"--hash-offset={size}", f"--data-blocks={size // BLOCK}",
        f"--salt={salt}", f"--uuid={_UUID}", f"--root-hash-file={root_hash}", squashfs, squashfs,
    )  # fmt: skip
    return Root(squashfs, size // BLOCK, root_hash.read_text().strip(), salt)


def verify(root: Root) -> None:
    """ImageError when a block is not what the tree says."""
    run(
        "veritysetup", "verify", "--no-superblock", f"--hash-offset={root.blocks * BLOCK}",
        f"--data-blocks={root.blocks}", f"--salt={root.salt}", root.path, root.path, root.hash,
    )  # fmt: skip
