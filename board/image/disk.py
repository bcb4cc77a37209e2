"""The card: partition table, boot state, boot partition, slots and data, as one sparse file.

The boot state (`BOOT_STATE`) are two sectors between the table and the first partition: the boot loader writes one
and then the other, so that a power cut leaves one of them whole, and no file system is written to at boot.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from board.image.slot import ENVIRONMENT, MIB, environment
from board.image.tools import ImageError, run

SIGNATURE = 0x494E4B53
BOOT_STATE = (1 * MIB, 1 * MIB + 4096)
TRIES = 3
FIRST_STATE = {"BOOT_ORDER": "A B", "BOOT_A_LEFT": f"{TRIES}", "BOOT_B_LEFT": "0"}
_FAT_ID = "494E4B53"
_DATA_UUID = "6b736e69-0000-4000-8000-000000000002"
_DATA_HASH = "6b736e69-0000-4000-8000-000000000003"


@dataclass(frozen=True, slots=True)
class Sizes:
    """Of the partitions, in MiB."""

    boot: int = 64
    slot: int = 320
    data: int = 128

    def starts(self) -> tuple[int, int, int, int]:
        """Of boot, A, B and data, in MiB."""
        a = 4 + self.boot
        return 4, a, a + self.slot, a + 2 * self.slot

    @property
    def total(self) -> int:
        return self.starts()[3] + self.data


SIZES = Sizes()


def table(sizes: Sizes = SIZES) -> str:
    """The partition table, as sfdisk reads it."""
    boot, a, b, data = sizes.starts()
    return (
        f"label: dos\nlabel-id: {SIGNATURE:#010x}\n"
        f"start={boot}MiB, size={sizes.boot}MiB, type=c, bootable\n"
        f"start={a}MiB, size={sizes.slot}MiB, type=83\n"
        f"start={b}MiB, size={sizes.slot}MiB, type=83\n"
        f"start={data}MiB, size={sizes.data}MiB, type=83\n"
    )


def boot_partition(tree: Path, out: Path, epoch: int, mib: int = SIZES.boot) -> Path:
    """A FAT file system that every computer opens: here the owner puts inkstand.toml."""
    out.unlink(missing_ok=True)
    with out.open("wb") as file:
        file.truncate(mib * MIB)
    run("mkfs.vfat", "-F", "32", "-n", "INKSTAND", "-i", _FAT_ID, "--invariant", out, epoch=epoch)
    for path in sorted(tree.rglob("*")):
        name = f"::{path.relative_to(tree).as_posix()}"
        if path.is_dir():
            run("mmd", "-i", out, name, epoch=epoch)
        else:
            run("mcopy", "-i", out, path, name, epoch=epoch)
    return out


def data_partition(out: Path, epoch: int, mib: int = SIZES.data) -> Path:
    """An empty ext4: what is wanted there is made at the first boot."""
    out.unlink(missing_ok=True)
    with out.open("wb") as file:
        file.truncate(mib * MIB)
    run(
        "mkfs.ext4", "-q", "-F", "-L", "data", "-m", "0", "-U", _DATA_UUID, "-O", "^orphan_file,^metadata_csum_seed",
        "-E", f"hash_seed={_DATA_HASH},lazy_itable_init=0,lazy_journal_init=0,root_owner=0:0,nodiscard", out,
        epoch=epoch,
    )  # fmt: skip
    return out


def assemble(boot: Path, slot: Path, data: Path, out: Path, sizes: Sizes = SIZES) -> Path:
    """Write the card. Slot B stays empty."""
    if slot.stat().st_size > sizes.slot * MIB:
        raise ImageError(f"the system has {slot.stat().st_size // MIB} MiB, a slot {sizes.slot}: leave packages out")
    out.unlink(missing_ok=True)
    with out.open("wb") as file:
        file.truncate(sizes.total * MIB)
    run("sfdisk", "--quiet", out, stdin=table(sizes).encode())
    first = environment(FIRST_STATE, ENVIRONMENT)
    starts = sizes.starts()
    with out.open("r+b") as file:
        for at in BOOT_STATE:
            file.seek(at)
            file.write(first)
        for source, start in ((boot, starts[0]), (slot, starts[1]), (data, starts[3])):
            _copy(source, file.fileno(), start * MIB)
    return out


def _copy(source: Path, out: int, at: int) -> None:
    """Copy all but zeros: they are there already."""
    import os

    with source.open("rb") as file:
        while chunk := file.read(MIB):
            if chunk.strip(b"\0"):
                os.pwrite(out, chunk, at)
            at += len(chunk)
