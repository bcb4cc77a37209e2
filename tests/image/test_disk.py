"""The card: its table, boot state, slots and the root's hashes. Read back by hand, not by what wrote it."""

from __future__ import annotations

import os
import random
import re
import struct
import subprocess
import zlib
from pathlib import Path

import pytest

from board.image import disk, slot, verity
from board.image.disk import Sizes
from board.image.recipe import load_target
from board.image.tools import ImageError

MIB = 1 << 20
SMALL = Sizes(boot=36, slot=8, data=16)
EPOCH = 1735689600


def table(card: Path) -> list[tuple[int, int, int]]:
    """Type, start and length in MiB of the primary partitions (MBR)."""
    with card.open("rb") as file:
        sector = file.read(512)
    assert sector[510:] == b"\x55\xaa"
    rows = [struct.unpack_from("<4xB3xII", sector, 446 + 16 * number) for number in range(4)]
    return [(kind, start // 2048, length // 2048) for kind, start, length in rows]


def boot_state(card: Path, at: int) -> dict[str, str] | None:
    with card.open("rb") as file:
        file.seek(at)
        block = file.read(512)
    if zlib.crc32(block[4:]) != struct.unpack_from("<I", block)[0]:
        return None
    return dict(row.decode().split("=", 1) for row in block[4:].split(b"\0") if row)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> verity.Root:
    folder = tmp_path_factory.mktemp("root")
    (folder / "tree/etc").mkdir(parents=True)
    (folder / "tree/etc/shadow").write_text("root:*:\n")
    (folder / "tree/data").write_bytes(random.Random(1).randbytes(1 << 20))
    return verity.seal(verity.squash(folder / "tree", folder / "root.squashfs", EPOCH, 3), "00" * 32)


def card(folder: Path, root: verity.Root) -> Path:
    folder.mkdir()
    boot = folder / "tree"
    boot.mkdir()
    (boot / "config.txt").write_text("arm_64bit=1\n")
    parts = [b"kernel" * 1000, b"initramfs" * 100, b"tree"]
    _, at = slot.layout(parts)
    system = slot.assemble(parts, root, "1.2", folder / "slot.img", at)
    return disk.assemble(
        disk.boot_partition(boot, folder / "boot.vfat", EPOCH, SMALL.boot), system,
        disk.data_partition(folder / "data.ext4", EPOCH, SMALL.data), folder / "card.img", SMALL,
    )  # fmt: skip


def test_partitions(tmp_path: Path, root: verity.Root) -> None:
    made = card(tmp_path / "a", root)
    assert table(made) == [(0x0C, 4, 36), (0x83, 40, 8), (0x83, 48, 8), (0x83, 56, 16)]
    with made.open("rb") as file:
        assert file.read(512)[440:444] == b"SKNI"
        file.seek(48 * MIB)
        assert set(file.read(8 * MIB)) == {0}, "slot B is not empty"
        file.seek(4 * MIB)
        assert file.read(512)[82:87] == b"FAT32"
        file.seek(56 * MIB + 1024 + 56)
        assert file.read(2) == b"\x53\xef", "no ext4 on the data partition"


def test_boot_state_has_a_copy_and_a_damaged_one_is_seen(tmp_path: Path, root: verity.Root) -> None:
    made = card(tmp_path / "a", root)
    first, second = disk.BOOT_STATE
    assert boot_state(made, first) == boot_state(made, second)
    assert boot_state(made, first) == {"BOOT_ORDER": "A B", "BOOT_A_LEFT": "3", "BOOT_B_LEFT": "0"}
    with made.open("r+b") as file:
        file.seek(first + 7)
        file.write(b"X")
    assert boot_state(made, first) is None
    assert boot_state(made, second) is not None


def test_the_same_octets_twice(tmp_path: Path, root: verity.Root) -> None:
    assert card(tmp_path / "a", root).read_bytes() == card(tmp_path / "b", root).read_bytes()


def test_a_slot_says_where_its_parts_are(tmp_path: Path, root: verity.Root) -> None:
    parts = [b"k" * 700, b"i" * 513, b"t"]
    system = slot.assemble(parts, root, "1.2", tmp_path / "slot.img", MIB).read_bytes()
    told = slot.parse_environment(system[:512])
    assert told is not None
    assert told["slot_version"] == "1.2"
    places = [4096 + int(told.get(name, "0"), 16) for name in ("", "slot_initramfs", "slot_tree")]
    assert [system[at : at + len(part)] for at, part in zip(places, parts, strict=True)] == parts
    assert int(told["slot_blocks"], 16) * 512 >= places[2] + 1 - 4096
    assert system[MIB : MIB + 4] == b"hsqs"


def test_a_damaged_header_is_seen() -> None:
    block = bytearray(slot.header([b"k", b"i"], "1"))
    assert slot.parse_environment(bytes(block)) is not None
    block[20] ^= 1
    assert slot.parse_environment(bytes(block)) is None
    assert slot.parse_environment(bytes(512)) is None, "an empty slot has no header"


def test_too_large_for_its_place(tmp_path: Path, root: verity.Root) -> None:
    with pytest.raises(ImageError, match="more than fit into 512"):
        slot.environment({"name": "x" * 600})
    with pytest.raises(ImageError, match="within what comes before it"):
        slot.assemble([b"k" * 2 * MIB], root, "1", tmp_path / "slot.img", MIB)
    system = tmp_path / "large.img"
    with system.open("wb") as file:
        file.truncate(9 * MIB)
    with pytest.raises(ImageError, match="a slot 8: leave packages out"):
        disk.assemble(system, system, system, tmp_path / "card.img", SMALL)


def test_the_root_is_proved(root: verity.Root, tmp_path: Path) -> None:
    verity.verify(root)
    damaged = bytearray(root.path.read_bytes())
    damaged[5000] ^= 1
    copy = tmp_path / "root.squashfs"
    copy.write_bytes(damaged)
    with pytest.raises(ImageError, match="veritysetup failed"):
        verity.verify(verity.Root(copy, root.blocks, root.hash, root.salt))


def test_the_table_for_the_kernel(root: verity.Root) -> None:
    words = root.table("/dev/x").split()
    assert words[:3] == ["0", str(root.blocks * 8), "verity"]
    assert words[4:9] == ["/dev/x", "/dev/x", "4096", "4096", str(root.blocks)]
    assert words[-1] == "restart_on_corruption"


@pytest.mark.parametrize("name", ["pi-zero-2w", "pi-4", "virt"])
def test_a_slot_is_read_beyond_the_unpacked_kernel(name: str) -> None:
    _, target = load_target(name)
    assert target.kernel_at % (2 * MIB) == 0, "arm64's booting.rst wants 2 MiB"
    assert target.slot_at - target.kernel_at >= 64 * MIB


@pytest.mark.parametrize(("kind", "words"), [("kernel", "-T kernel -C gzip"), ("initramfs", "-T ramdisk -C none")])
def test_boot_images_are_those_that_mkimage_makes(kind: str, words: str, tmp_path: Path) -> None:
    _, target = load_target("virt")
    (tmp_path / "data").write_bytes(b"octets" * 1000)
    at = hex(target.kernel_at)
    where = ["-a", at, "-e", at] if kind == "kernel" else []
    command = ["mkimage", "-A", "arm64", "-O", "linux", *words.split(), *where, "-n", kind, "-d", "data", "image"]
    subprocess.run(command, cwd=tmp_path, env={**os.environ, "SOURCE_DATE_EPOCH": "7"}, check=True, capture_output=True)
    ours = slot.boot_image(kind, (tmp_path / "data").read_bytes(), target, 7)
    assert ours == (tmp_path / "image").read_bytes()
    assert ours != slot.boot_image(kind, (tmp_path / "data").read_bytes(), target, 8)


@pytest.mark.parametrize("name", ["pi-zero-2w", "pi-4"])
def test_a_device_tree_is_a_boot_image_that_lies_beside_everything_else(name: str, tmp_path: Path) -> None:
    """mkimage can read what it can't make."""
    _, target = load_target(name)
    (tmp_path / "tree").write_bytes(slot.boot_image("device-tree", b"tree" * 5000, target, 7))
    told = subprocess.run(["mkimage", "-l", "tree"], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert "AArch64 Linux Flat Device Tree (uncompressed)" in told
    found = re.search(r"Load Address: (\w+)", told)
    assert found is not None
    load = int(found[1], 16)
    assert load >= target.kernel_at + 64 * MIB
    assert load + 20000 <= target.slot_at - 0x10000, "there lies the boot state"
    with pytest.raises(ImageError, match="there is room for"):
        slot.boot_image("device-tree", bytes(MIB), target, 7)
