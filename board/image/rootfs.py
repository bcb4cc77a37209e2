"""The root file system: packages unpacked, and what their maintainer scripts would have done, done on this machine.

No program of the target runs. Users and groups have fixed numbers (`rootfs.toml`): what lies on the data partition
outlives the system that wrote it.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

from board.config import load
from board.image.recipe import HERE, Target
from board.image.tools import ImageError, fresh, link, put, run

_SHELL = "/bin/sh"
_NOLOGIN = "/usr/sbin/nologin"
_RADIOS = re.compile(r"(brcmfmac|cyfmac)(43430|43436|43455|43456)")


class Contents(Struct, frozen=True, forbid_unknown_fields=True):
    """``rootfs.toml``."""

    packages: tuple[str, ...]
    development: tuple[str, ...]
    module_folders: tuple[str, ...]
    firmware: tuple[str, ...]
    pruned: tuple[str, ...]
    masked: tuple[str, ...]
    users: dict[str, int]
    groups: dict[str, int]
    enabled: dict[str, tuple[str, ...]]


CONTENTS = load(HERE / "rootfs.toml", Contents)


def finish(root: Path, target: Target, name: str, development: bool) -> str:
    """Make of unpacked packages a system; its kernel's release."""
    accounts(root)
    name_services(root)
    pam(root)
    certificates(root)
    files(root)
    board_files(root, target, name, development)
    units(root, development)
    release = modules(root)
    radios(root)
    licences = gather_licences(root)
    prune(root)
    licences.rename(root / "usr/share/doc")
    for folder in ("proc", "sys", "dev", "run", "tmp", "var", "data", "boot/firmware", "mnt", "srv"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    strip_privileges(root)
    return release


def accounts(root: Path) -> None:
    """passwd, group and shadow; nobody has a password."""
    users = (root / "usr/share/base-passwd/passwd.master").read_text()
    groups = (root / "usr/share/base-passwd/group.master").read_text()
    users = re.sub(r"(?m)^(root:)[^:]*(:.*:).*$", rf"\1x\2{_SHELL}", users)
    users = re.sub(r"(?m)^(\w[^:]*):\*:", r"\1:x:", users)
    for user, number in CONTENTS.users.items():
        users += f"{user}:x:{number}:{number}::/:{_NOLOGIN}\n"
        groups += f"{user}:x:{number}:\n"
    for group, number in CONTENTS.groups.items():
        groups += f"{group}:x:{number}:{'inkstand' if group in ('gpio', 'spi') else ''}\n"
    names = [line.partition(":")[0] for line in users.splitlines()]
    put(root / "etc/passwd", users)
    put(root / "etc/group", groups)
    put(root / "etc/shadow", "".join(f"{user}:*:20000:0:99999:7:::\n" for user in names), 0o600)
    missing = set(_wanted_accounts(root)) - {line.partition(":")[0] for line in (users + groups).splitlines()}
    if missing:
        names_ = ", ".join(sorted(missing))
        raise ImageError(f"packages want accounts without a fixed number: {names_}; see rootfs.toml")


def _wanted_accounts(root: Path) -> Iterable[str]:
    """Users and groups that packages declare (sysusers.d(5))."""
    for path in sorted(root.glob("usr/lib/sysusers.d/*.conf")):
        for line in path.read_text().splitlines():
            words = line.split()
            if words and words[0] in ("u", "u!", "g"):
                yield words[1]


def name_services(root: Path) -> None:
    rows = {
        "passwd": "files", "group": "files", "shadow": "files", "hosts": "files resolve [!UNAVAIL=return] dns",
        "networks": "files", "protocols": "files", "services": "files",
    }  # fmt: skip
    put(root / "etc/nsswitch.conf", "".join(f"{name}: {sources}\n" for name, sources in rows.items()))
    link(root / "etc/resolv.conf", "../run/systemd/resolve/stub-resolv.conf")
    put(root / "etc/hostname", "inkstand\n")
    put(root / "etc/hosts", "127.0.0.1 localhost\n::1 localhost\n127.0.1.1 inkstand\n")
    link(root / "etc/mtab", "../proc/self/mounts")
    put(root / "etc/machine-id", "uninitialized\n", 0o444)  # the initramfs puts the board's own over it
    link(root / "etc/localtime", "/usr/share/zoneinfo/UTC")


def pam(root: Path) -> None:
    """What pam-auth-update would write: plain Unix accounts. A null password opens nothing."""
    stacks = {
        "auth": "auth required pam_unix.so", "account": "account required pam_unix.so",
        "password": "password required pam_unix.so yescrypt", "session": "session required pam_unix.so",
        "session-noninteractive": "session required pam_unix.so",
    }  # fmt: skip
    for name, line in stacks.items():
        put(root / f"etc/pam.d/common-{name}", f"{line}\n")


def certificates(root: Path) -> None:
    """One file of all authorities that Debian trusts."""
    authorities = sorted((root / "usr/share/ca-certificates/mozilla").glob("*.crt"))
    put(root / "etc/ssl/certs/ca-certificates.crt", b"".join(path.read_bytes() for path in authorities))
    if not (root / "usr/bin/awk").exists():
        link(root / "usr/bin/awk", "mawk")
    for library in root.glob("usr/lib/aarch64-linux-gnu/libaio.so.1t64"):
        link(library.with_name("libaio.so.1"), library.name)  # the name that its users know it by


def files(root: Path) -> None:
    """Our own files, as they lie under files/."""
    base = HERE / "files"
    for path in sorted(base.rglob("*")):
        if path.is_file():
            put(root / path.relative_to(base), path.read_bytes(), 0o755 if _is_program(path) else 0o644)


def _is_program(path: Path) -> bool:
    return path.read_bytes()[:2] == b"#!"


def board_files(root: Path, target: Target, name: str, development: bool) -> None:
    """What differs from board to board."""
    put(root / "etc/inkstand/modules", "".join(f"{module}\n" for module in target.modules))
    put(root / "etc/inkstand/target", f"{name}\n")
    put(root / "etc/fw_env.config", f"{target.disk} 0x100000 0x200\n")
    kind = "development" if development else "release"
    text = (root / "usr/lib/os-release").read_text()
    text = re.sub(r"(?m)^(PRETTY_NAME|NAME|ID|VARIANT\w*|IMAGE\w*)=.*\n", "", text)
    own = (
        f'NAME="Inkstand"\nPRETTY_NAME="Inkstand for {target.title}"\nID=inkstand\nID_LIKE=debian\n'
        f"IMAGE_ID={name}\nVARIANT_ID={kind}\n"
    )
    put(root / "usr/lib/os-release", own + text)
    if development:
        put(root / "etc/inkstand/development", "This image lets whoever is at its console in.\n")


def units(root: Path, development: bool) -> None:
    """Enable and mask by links, as systemctl would."""
    system = root / "etc/systemd/system"
    shutil.rmtree(system / "multi-user.target.wants", ignore_errors=True)
    for wanting, names in CONTENTS.enabled.items():
        for name in names:
            _enable(root, wanting, name)
    link(system / "default.target", "/usr/lib/systemd/system/multi-user.target")
    link(system / "dbus-org.freedesktop.network1.service", "/usr/lib/systemd/system/systemd-networkd.service")
    link(system / "dbus-org.freedesktop.resolve1.service", "/usr/lib/systemd/system/systemd-resolved.service")
    link(system / "sys-subsystem-net-devices-wlan0.device.wants/wpa_supplicant@wlan0.service",
         "/usr/lib/systemd/system/wpa_supplicant@.service")  # fmt: skip
    for name in CONTENTS.masked:
        link(system / name, "/dev/null")
    if development:
        _enable(root, "multi-user.target", "inkstand-console.service")
    else:
        link(system / "inkstand-console.service", "/dev/null")


def _enable(root: Path, wanting: str, name: str) -> None:
    found = [folder for folder in ("etc", "usr/lib") if (root / folder / "systemd/system" / name).is_file()]
    if not found:
        raise ImageError(f"there is no unit {name}: its package is missing")
    link(root / f"etc/systemd/system/{wanting}.wants/{name}", f"/{found[0]}/systemd/system/{name}")


def modules(root: Path) -> str:
    """Keep the modules of `Contents` and what they depend on; index them."""
    base = root / "usr/lib/modules"
    release = sorted(path.name for path in base.iterdir())[-1]
    tree = base / release / "kernel"
    run("depmod", "-b", root, release)
    keep = kept(base / release / "modules.dep", CONTENTS.module_folders)
    for path in sorted(tree.rglob("*.ko*")):
        if path.relative_to(base / release).as_posix() not in keep:
            path.unlink()
    run("depmod", "-b", root, release)
    return release


def kept(index: Path, folders: tuple[str, ...]) -> set[str]:
    """Modules in these folders, and all that they need, as paths in modules.dep(5)."""
    needs = {}
    for line in index.read_text().splitlines():
        name, _, rest = line.partition(":")
        needs[name] = rest.split()
    wanted = [f"kernel/{folder}" for folder in folders]
    found = {name for name in needs if any(name.startswith((f"{each}/", f"{each}.ko")) for each in wanted)}
    return found | {need for name in found for need in needs[name]}


def radios(root: Path) -> None:
    """Of the firmware blobs only those of radios on the boards that we know."""
    for folder in (root / "usr/lib/firmware", root / "lib/firmware"):
        for path in sorted(folder.glob("*")):
            if path.name not in CONTENTS.firmware:
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        for path in sorted(folder.glob("regulatory.*-debian")):
            link(path.with_name(path.name.removesuffix("-debian")), path.name)
        for path in sorted(folder.glob("*/*")):
            if not _RADIOS.match(path.name) and not path.is_dir():
                path.unlink()


def gather_licences(root: Path) -> Path:
    """The copyright file of each package, and the common licences, and nothing else of the documentation."""
    kept_ = fresh(root.with_name("doc"))
    for path in sorted((root / "usr/share/doc").glob("*/copyright")):
        put(kept_ / path.parent.name / "copyright", path.read_bytes())
    return kept_


def prune(root: Path) -> None:
    for pattern in CONTENTS.pruned:
        for path in sorted(root.glob(pattern)):
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink(missing_ok=True)
    shutil.rmtree(root / "usr/share/doc", ignore_errors=True)
    for cache in sorted(root.rglob("__pycache__")):
        shutil.rmtree(cache)


def strip_privileges(root: Path) -> None:
    """No program gets root by its mode bits: nobody here needs it."""
    for path in sorted(root.rglob("*")):
        if path.is_file() and not path.is_symlink():
            mode = path.stat().st_mode & 0o7777
            if mode & 0o6000:
                path.chmod(mode & 0o1777)
