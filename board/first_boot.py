"""Before the printer starts on an image, as root, and only when there is something to do: factory reset, identity, the
owner's settings.

    /data/factory/identity.json         who the board is, for life
    /data/printer/{owner.toml,state,…}  the printer's own, as its user
    /data/wifi/wpa_supplicant.conf      the network and its password, root's
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
from pathlib import Path

from board.factory import keep_factory, make_factory, soc_serial
from board.owner import OwnerUser, take_over, wpa_supplicant, write_durably
from firmware.runtime.spool import sync_folder

DATA, BOOT = Path("/data"), Path("/boot/firmware")
USER = "inkstand"
RESET = "reset-wanted"
"""In the printer's folder: everything of its owner shall go."""


def reset(data: Path) -> bool:
    """If that was asked for, forget Wi-Fi, users, jobs, settings and the owner's certificates; what it is for life
    stays. The request goes last: a reset that is cut short is done again."""
    wanted = data / "printer" / RESET
    if not wanted.exists():
        return False
    for path in sorted((data / "printer").iterdir()):
        if path != wanted:
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    shutil.rmtree(data / "wifi", ignore_errors=True)
    sync_folder(data)
    os.sync()
    wanted.unlink()
    sync_folder(wanted.parent)
    return True


def furnish(data: Path, serial: str) -> None:
    """The folders, the identity, and a radio's file without a network; what is there stays."""
    for name, mode in (("factory", 0o755), ("printer", 0o755), ("wifi", 0o700)):
        (data / name).mkdir(exist_ok=True)
        (data / name).chmod(mode)  # whatever the umask is
    if not (data / "wifi/wpa_supplicant.conf").exists():
        write_durably(data / "wifi/wpa_supplicant.conf", wpa_supplicant(None), 0o600)
    identity = data / "factory/identity.json"
    if not identity.exists():
        keep_factory(make_factory(serial), identity)


def add_user(data: Path, user: OwnerUser) -> None:
    """The owner's first user, an administrator; if he is there already, his password changes."""
    from board.config import ConfigError
    from board.logins import LoginFailure, Logins

    logins = Logins(data / "printer/state/identity")
    try:
        try:
            logins.known(user.name)
        except LoginFailure:
            logins.add(user.name, "administrator", user.password)
        else:
            logins.change(user.name, "administrator", user.password)
    except LoginFailure as error:
        raise ConfigError(f"user: {error}") from None


def hand_over(folder: Path, user: int, group: int) -> None:
    """The printer's folder is the printer's."""
    os.chown(folder, user, group)
    for place, folders, files in os.walk(folder):
        for name in (*folders, *files):
            os.chown(Path(place) / name, user, group, follow_symlinks=False)


def main() -> None:
    if reset(DATA):
        print("reset to how it left the factory")
    furnish(DATA, soc_serial())
    remount("rw")
    try:
        told = take_over(BOOT, DATA, lambda user: add_user(DATA, user))
    finally:
        remount("ro")
    if told is not None:
        print(told)
    owner = pwd.getpwnam(USER)
    hand_over(DATA / "printer", owner.pw_uid, owner.pw_gid)
    os.sync()


def remount(mode: str) -> None:
    """The boot partition is writable only while it must be."""
    if os.path.ismount(BOOT):
        subprocess.run(["mount", "-o", f"remount,{mode}", str(BOOT)], check=False, stdout=sys.stderr)


if __name__ == "__main__":
    main()
