"""Keys and password hashes as files of one user alone."""

from __future__ import annotations

import os
import stat
from pathlib import Path


class FolderIdentity:
    """The port IdentityStore in a folder (0700) of files (0600)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def load(self, name: str) -> bytes | None:
        try:
            return (self.folder / name).read_bytes()
        except FileNotFoundError:
            return None

    def save(self, name: str, secret: bytes) -> None:
        """Written beside, synced, and put in place: there is the old or the new, never half of one."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if stat.S_IMODE(self.folder.stat().st_mode) & 0o077:
            self.folder.chmod(0o700)
        new = self.folder / f".{name}.{os.getpid()}"
        new.unlink(missing_ok=True)
        file = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(file, "wb") as stream:
            stream.write(secret)
            stream.flush()
            os.fsync(stream.fileno())
        new.replace(self.folder / name)
        self._sync()

    def remove(self, name: str) -> None:
        (self.folder / name).unlink(missing_ok=True)
        self._sync()

    def _sync(self) -> None:
        if self.folder.is_dir():
            folder = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
