"""Built two times from one cache: equal octet for octet."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from tests.image import made


def run() -> dict[str, Any]:
    first = made.build(made.FOLDER)
    second = made.build(made.FOLDER / "again")
    sums = [(folder / "SHA256SUMS").read_text() for folder in (first, second)]
    different = [one for one, other in zip(sums[0].splitlines(), sums[1].splitlines(), strict=True) if one != other]
    assert not different, f"not the same twice: {different}"
    shutil.rmtree(second.parent)
    return {"files": _sizes(first), "equal": True}


def _sizes(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_size for path in sorted(folder.iterdir()) if path.is_file()}
