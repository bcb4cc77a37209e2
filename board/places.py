"""Where an instance keeps its things, and where the command finds a running one."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path


def default_state(out: Path) -> Path:
    """Jobs and settings belong to the sheets: another folder is another printer."""
    return out / ".state"


def runtime_folder() -> Path:
    """A folder of this user alone for control sockets; PermissionError when somebody else owns it."""
    base = os.environ.get("XDG_RUNTIME_DIR")
    folder = Path(base) / "inkstand" if base else Path(tempfile.gettempdir()) / f"inkstand-{os.getuid()}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & 0o077:
        raise PermissionError(f"{folder} is not ours alone: remove it")
    return folder


def control_socket(port: int) -> Path:
    """The control socket of the printer on that port."""
    return runtime_folder() / f"{port}.sock"
