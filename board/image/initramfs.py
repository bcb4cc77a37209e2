"""The initramfs: what finds the card, proves the root, repairs and mounts the data, and hands over.

A static busybox, dmsetup and e2fsck with the libraries that they need, and modules in the order of their needs. The
program is ``init.sh``.
"""

from __future__ import annotations

import lzma
import re
import stat
from collections.abc import Iterable
from pathlib import Path

from board.image.recipe import HERE
from board.image.tools import ImageError, run

MODULES = ("dm-verity", "squashfs", "ext4", "vfat", "nls_ascii", "nls_cp437", "nls_iso8859-1", "nls_utf8")
"""On every board."""
PROGRAMS = ("usr/sbin/dmsetup", "usr/sbin/e2fsck", "usr/sbin/mke2fs")
_NEEDED = re.compile(r"\(NEEDED\).*\[(.+)\]")
_LIBRARIES = "usr/lib/aarch64-linux-gnu"
_LOADER = "usr/lib/ld-linux-aarch64.so.1"


def build(root: Path, release: str, early: Iterable[str], settings: str, out: Path) -> list[str]:
    """Write it, compressed; returns the modules in the order in which they are loaded. ``settings`` are shell
    variables for ``init.sh``."""
    order = load_order(root / "usr/lib/modules" / release, [*MODULES, *early])
    folders = ("bin", "dev", "lib", "modules", "proc", "root", "run", "sys", "etc", "sbin")
    entries: dict[str, tuple[int, bytes]] = dict.fromkeys(folders, (stat.S_IFDIR | 0o755, b""))
    entries["init"] = (stat.S_IFREG | 0o755, (HERE / "init.sh").read_bytes())
    entries["settings"] = (stat.S_IFREG | 0o644, settings.encode())
    entries["bin/busybox"] = (stat.S_IFREG | 0o755, (root / "usr/bin/busybox").read_bytes())
    entries["etc/mke2fs.conf"] = (stat.S_IFREG | 0o644, (root / "etc/mke2fs.conf").read_bytes())
    for program in PROGRAMS:
        entries[f"sbin/{Path(program).name}"] = (stat.S_IFREG | 0o755, (root / program).read_bytes())
    for path in libraries(root, PROGRAMS):
        entries[f"lib/{path.name}"] = (stat.S_IFREG | 0o755, path.read_bytes())
    for number, path in enumerate(order):
        entries[f"modules/{number:02}-{path.name.partition('.')[0]}.ko"] = (stat.S_IFREG | 0o644, plain(path))
    out.write_bytes(run("zstd", "-q", "-19", "-T1", "-c", stdin=archive(entries)))
    return [path.name.partition(".")[0] for path in order]


def plain(module: Path) -> bytes:
    """A module as the kernel loads it."""
    return lzma.decompress(module.read_bytes()) if module.suffix == ".xz" else module.read_bytes()


def libraries(root: Path, programs: Iterable[str]) -> list[Path]:
    """Shared libraries that programs need, and the loader."""
    found: dict[str, Path] = {"ld-linux-aarch64.so.1": root / _LOADER}
    waiting = [root / path for path in programs]
    while waiting:
        text = run("readelf", "--dynamic", "--wide", waiting.pop()).decode()
        for name in _NEEDED.findall(text):
            if name not in found:
                found[name] = root / _LIBRARIES / name
                if not found[name].exists():
                    raise ImageError(f"the initramfs needs {name}, which no package brought")
                waiting.append(found[name])
    return [found[name].with_name(name) for name in sorted(found)]


def load_order(base: Path, wanted: Iterable[str]) -> list[Path]:
    """Modules and what they need, hard (modules.dep) and soft (modules.softdep), each after its needs; what is built
    into the kernel is left out."""
    paths, needs = _needs(base)
    builtin = {_norm(path) for path in (base / "modules.builtin").read_text().split()}
    order: list[str] = []

    def add(name: str, asked: bool) -> None:
        if name in order or name in builtin:
            return
        if name not in paths:
            if asked:
                raise ImageError(f"the kernel has no module {name}: is its folder in rootfs.toml?")
            return
        for need in reversed(needs[name]):
            if need != name:
                add(need, False)
        if name not in order:
            order.append(name)

    for name in wanted:
        add(_norm(name), True)
    return [paths[name] for name in order]


def _needs(base: Path) -> tuple[dict[str, Path], dict[str, list[str]]]:
    """Each module's file, and what must be loaded before it."""
    paths, needs = {}, {}
    for line in (base / "modules.dep").read_text().splitlines():
        path, _, rest = line.partition(":")
        paths[_norm(path)] = base / path
        needs[_norm(path)] = [_norm(other) for other in rest.split()]
    aliases = _aliases(base)
    for line in (base / "modules.softdep").read_text().splitlines():
        words = line.split()
        if words and words[0] == "softdep" and _norm(words[1]) in needs:
            for word in words[2:]:
                name = _norm(word.removeprefix("crypto-"))
                names = [] if word.endswith(":") else [name, *aliases.get(name, [])]
                needs[_norm(words[1])] += [name for name in names if name in paths]
    return paths, needs


def _norm(path: str) -> str:
    return Path(path).name.partition(".ko")[0].replace("-", "_")


def _aliases(base: Path) -> dict[str, list[str]]:
    """Modules by the names that a softdep may call them: crc32c is whatever offers crypto-crc32c."""
    found: dict[str, list[str]] = {}
    for line in (base / "modules.alias").read_text().splitlines():
        words = line.split()
        if len(words) == 3 and words[0] == "alias" and "*" not in words[1]:
            found.setdefault(_norm(words[1].removeprefix("crypto-")), []).append(_norm(words[2]))
    return found


def archive(entries: dict[str, tuple[int, bytes]]) -> bytes:
    """A cpio archive of the kind that the kernel reads (buffer-format.rst), in the given order, with no times."""
    blob = bytearray()
    rows = [*entries.items(), ("dev/console", (stat.S_IFCHR | 0o600, b"")), ("TRAILER!!!", (0, b""))]
    for inode, (name, (mode, data)) in enumerate(rows, 1):
        device = (5, 1) if stat.S_ISCHR(mode) else (0, 0)
        path = name.encode() + b"\0"
        head = (inode, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(path), 0)
        blob += b"070701" + b"".join(b"%08X" % number for number in head) + path
        blob += b"\0" * (-len(blob) % 4)
        blob += data
        blob += b"\0" * (-len(blob) % 4)
    return bytes(blob)
