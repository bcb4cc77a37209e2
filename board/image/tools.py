"""Running other people's programs, and what is needed to get the same octets from them twice."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

PACKAGES = {
    "apt-get": "apt", "dpkg-deb": "dpkg", "mksquashfs": "squashfs-tools", "veritysetup": "cryptsetup-bin",
    "mkfs.vfat": "dosfstools", "mcopy": "mtools", "mkfs.ext4": "e2fsprogs", "sfdisk": "fdisk",
    "mkimage": "u-boot-tools", "depmod": "kmod", "zstd": "zstd", "xz": "xz-utils", "dtc": "device-tree-compiler",
    "fdtoverlay": "device-tree-compiler", "aarch64-linux-gnu-gcc": "gcc-aarch64-linux-gnu", "tar": "tar",
}  # fmt: skip
"""Debian's package of each program that the recipe runs."""


class ImageError(Exception):
    """No image: one line, with what to do."""


def check_tools(names: Sequence[str] = tuple(PACKAGES)) -> None:
    """ImageError names the packages of all programs that are missing, and the line to type."""
    missing = sorted({PACKAGES[name] for name in names if find_program(name) is None})
    if missing:
        line = f"sudo apt-get install --no-install-recommends {' '.join(missing)}"
        raise ImageError(f"programs are missing: type this, then try again:  {line}")


def find_program(name: str) -> str | None:
    """Also where only root looks."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")


def run(*command: str | Path, stdin: bytes | None = None, cwd: Path | None = None, epoch: int = 0) -> bytes:
    """Run a program and return what it writes; ImageError with its last words when it fails."""
    program, *arguments = map(str, command)
    environment = {**os.environ, "LC_ALL": "C", "TZ": "UTC", "MTOOLS_SKIP_CHECK": "1"}
    if epoch:
        environment |= {"SOURCE_DATE_EPOCH": str(epoch), "E2FSPROGS_FAKE_TIME": str(epoch)}
    found = find_program(program)
    if found is None:
        raise ImageError(f"there is no program {program}")
    done = subprocess.run(
        [found, *arguments], input=stdin, stdin=None if stdin is not None else subprocess.DEVNULL, capture_output=True,
        check=False, cwd=cwd, env=environment,
    )  # fmt: skip
    if done.returncode:
        words = (done.stderr or done.stdout).decode(errors="replace").strip().splitlines()
        raise ImageError(f"{program} failed: {' / '.join(words[-4:]) or f'exit status {done.returncode}'}")
    return done.stdout


def sha256(path: Path) -> str:
    """Hash of a file, as hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fresh(folder: Path) -> Path:
    """An empty folder."""
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    return folder


def put(path: Path, text: str | bytes, mode: int = 0o644) -> None:
    """Write a file, with the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    path.chmod(mode)


def link(path: Path, target: str) -> None:
    """A symbolic link, in place of what is there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.symlink_to(target)
