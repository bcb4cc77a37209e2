"""The folder of finished sheets, to be looked at."""

from __future__ import annotations

import time
from pathlib import Path

SETTLED = 1_000_000_000
"""Nanoseconds after which a folder that did not change since is taken for known: its time has coarse steps."""


class FolderGallery:
    """Finds the pictures that the virtual sink left in its folder. The folder is read only when it has changed: there
    may be thousands of jobs in it."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self._folders: dict[int, list[Path]] = {}
        self._read = 0

    def sheets(self, job_id: int) -> list[Path]:
        """Pictures of the job's sheet sides, in output order; of several folders with its number, the newest."""
        self._look()
        folders = [folder for folder in self._folders.get(job_id, ()) if folder.is_dir()]
        if not folders:
            return []
        newest = max(folders, key=lambda path: path.stat().st_mtime)
        # Front sorts behind back by name, but comes first off the press.
        return sorted(newest.glob("sheet-*.png"), key=lambda path: (path.name[:10], "back" in path.name))

    def _look(self) -> None:
        try:
            changed = self._out.stat().st_mtime_ns
        except OSError:
            self._folders, self._read = {}, 0
            return
        if changed == self._read:
            return
        self._folders = {}
        for path in self._out.iterdir():
            number = path.name.partition("-")[0]
            if number.isascii() and number.isdecimal():
                self._folders.setdefault(int(number), []).append(path)
        self._read = changed if time.time_ns() - changed > SETTLED else 0
