"""Targets, the initramfs's order of modules, records of packages."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path

import pytest

from board.config import ConfigError, load_board, names
from board.image import initramfs, rootfs
from board.image.debian import Cache, sources
from board.image.recipe import TARGETS, load_target
from board.image.tools import ImageError, sha256


@pytest.mark.parametrize("name", names(TARGETS))
def test_every_target_has_its_board(name: str) -> None:
    _, target = load_target(name)
    board = load_board(target.board)
    assert board.identity.factory == "/data/factory/identity.json"
    assert board.usb.part == "gadget"
    assert board.access.operators == "nobody", "an image on a network trusts nobody without a password"
    assert target.usb_device.endswith(".")


def test_documentation_names_every_target() -> None:
    text = (Path(__file__).parents[2] / "docs/image.md").read_text()
    assert [name for name in names(TARGETS) if f"`{name}`" not in text] == []


def test_an_unknown_target() -> None:
    with pytest.raises(ConfigError, match="no image target 'pi-9'; there are: pi-4, pi-zero-2w, virt"):
        load_target("pi-9")


def test_an_unknown_key(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text((TARGETS / "virt.toml").read_text() + "colour = 1\n")
    with pytest.raises(ConfigError, match=r"mine\.toml.*colour"):
        load_target(str(path))


def modules(folder: Path) -> Path:
    """An index of modules, as depmod writes it."""
    (folder / "modules.dep").write_text(
        "kernel/fs/ext4/ext4.ko: kernel/lib/jbd2.ko kernel/lib/mbcache.ko\nkernel/lib/jbd2.ko:\n"
        "kernel/lib/mbcache.ko:\n"
        "kernel/crypto/crc32c_generic.ko:\nkernel/drivers/md/dm-verity.ko: kernel/drivers/md/dm-mod.ko\n"
        "kernel/drivers/md/dm-mod.ko:\nkernel/sound/snd.ko:\n"
    )
    (folder / "modules.softdep").write_text("# Soft dependencies\nsoftdep ext4 pre: crypto-crc32c\n")
    (folder / "modules.alias").write_text("alias crypto-crc32c crc32c_generic\n")
    (folder / "modules.builtin").write_text("kernel/drivers/block/virtio_blk.ko\n")
    return folder


def test_modules_come_after_what_they_need(tmp_path: Path) -> None:
    order = [path.stem for path in initramfs.load_order(modules(tmp_path), ["dm-verity", "ext4", "virtio_blk"])]
    assert sorted(order) == ["crc32c_generic", "dm-mod", "dm-verity", "ext4", "jbd2", "mbcache"]
    assert order.index("dm-mod") < order.index("dm-verity")
    assert order.index("ext4") == len(order) - 1


def test_a_module_that_the_kernel_has_not(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="no module nvme"):
        initramfs.load_order(modules(tmp_path), ["nvme"])


def test_modules_that_stay(tmp_path: Path) -> None:
    kept = rootfs.kept(modules(tmp_path) / "modules.dep", ("fs/ext4",))
    assert kept == {"kernel/fs/ext4/ext4.ko", "kernel/lib/jbd2.ko", "kernel/lib/mbcache.ko"}


def test_others_read_our_archive(tmp_path: Path) -> None:
    blob = initramfs.archive({"bin": (stat.S_IFDIR | 0o755, b""), "bin/init": (stat.S_IFREG | 0o755, b"#!/bin/sh\n")})
    done = subprocess.run(["busybox", "cpio", "-i", "-d"], input=blob, cwd=tmp_path, capture_output=True, check=False)
    assert (tmp_path / "bin/init").read_bytes() == b"#!/bin/sh\n", done.stderr
    assert stat.S_IMODE((tmp_path / "bin/init").stat().st_mode) == 0o755


def test_accounts_have_fixed_numbers(tmp_path: Path) -> None:
    master = tmp_path / "usr/share/base-passwd"
    master.mkdir(parents=True)
    (master / "passwd.master").write_text("root:*:0:0:root:/root:/bin/bash\n")
    (master / "group.master").write_text("root:*:0:\nshadow:*:42:\n")
    declared = tmp_path / "usr/lib/sysusers.d"
    declared.mkdir(parents=True)
    (declared / "basic.conf").write_text('u! systemd-network - "Network"\ng input - -\n')
    rootfs.accounts(tmp_path)
    assert f"inkstand:x:{rootfs.CONTENTS.users['inkstand']}:" in (tmp_path / "etc/passwd").read_text()
    assert {line.split(":")[1] for line in (tmp_path / "etc/shadow").read_text().splitlines()} == {"*"}
    (declared / "new.conf").write_text("u newcomer -\n")
    with pytest.raises(ImageError, match="without a fixed number: newcomer"):
        rootfs.accounts(tmp_path)


def test_nothing_is_anybody_without_a_password() -> None:
    assert "nullok" not in Path(rootfs.__file__).read_text()


def test_a_package_that_is_another(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    source = tmp_path / "package.deb"
    source.write_bytes(b"octets")
    digest = sha256(source)
    assert cache.file(source.as_uri(), digest).read_bytes() == b"octets"
    with pytest.raises(ImageError, match="is not what was recorded"):
        cache.file(source.as_uri(), "00" * 32)
    assert not (tmp_path / "cache/files" / ("00" * 32)).exists()
    (tmp_path / "cache/files" / digest).write_bytes(b"others")
    with pytest.raises(ImageError, match="was changed"):
        cache.check([digest])


def test_apt_checks_signatures() -> None:
    assert all("signed-by=" in line and "trusted" not in line for line in sources("http://mirror").splitlines())
