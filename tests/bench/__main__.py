"""``python -m tests.bench [NAME…]``: measure, print the table, write ``bench.json``.

A NAME is a module of this folder that has ``rows``, a generator of ``Row``; without a name all of them run: to add
measurements, put a module with ``rows`` here. With names, only their rows are replaced in ``bench.json``.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.bench.rows import HEAD, Row, line

HERE = Path(__file__).parent
RECORD = HERE.parents[1] / "bench.json"


def parts() -> list[str]:
    """The modules of this folder that measure something."""
    return sorted(path.stem for path in HERE.glob("*.py") if "\ndef rows() ->" in path.read_text())


def rows(part: str) -> Iterator[Row]:
    found: Iterator[Row] = importlib.import_module(f"tests.bench.{part}").rows()
    return found


def _recorded() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(RECORD.read_text()) if RECORD.exists() else []
    return found


def main() -> None:
    known = parts()
    names = sys.argv[1:] or known
    if unknown := [name for name in names if name not in known]:
        sys.exit(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(known)}")
    record = [row for row in _recorded() if row.get("part") in known and row["part"] not in names]
    found: list[Row] = []
    print(HEAD)
    for name in names:
        for row in rows(name):
            print(line(row), flush=True)
            found.append(row)
            record.append({"part": name, **row.record()})
    missed = [row.name for row in found if not row.met]
    print(f"\n{len(found) - len(missed)} of {len(found)} as wanted" + "".join(f"\nMISSED {name}" for name in missed))
    RECORD.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
