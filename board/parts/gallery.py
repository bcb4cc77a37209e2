"""The folder of finished sheets, to be looked at."""

from __future__ import annotations

from pathlib import Path


class FolderGallery:
    """Finds the pictures that the virtual sink left in its folder."""

    def __init__(self, out: Path) -> None:
        self._out = out

    def sheets(self, job_id: int) -> list[Path]:
        """Pictures of the job's sheet sides, in output order; of several folders with its number, the newest."""
        folders = sorted(self._out.glob(f"{job_id:04d}-*"), key=lambda path: path.stat().st_mtime)
        if not folders:
            return []
        # Front sorts behind back by name, but comes first off the press.
        return sorted(folders[-1].glob("sheet-*.png"), key=lambda path: (path.name[:10], "back" in path.name))
