"""``python -m tests.bench``: every module here that has ``rows``, in one run; prints a table, writes ``bench.json``.

Name modules to run only those: ``python -m tests.bench raster``.
"""

from __future__ import annotations

import importlib
import json
import sys
from dataclasses import asdict
from pathlib import Path

from tests.bench.rows import Row, table

HERE = Path(__file__).parent


def main() -> None:
    names = sys.argv[1:] or sorted(path.stem for path in HERE.glob("*.py") if not path.stem.startswith("__"))
    found: list[Row] = []
    for name in names:
        module = importlib.import_module(f"tests.bench.{name}")
        if hasattr(module, "rows"):
            for row in module.rows():
                print(f"… {row.name}", file=sys.stderr)
                found.append(row)
    print("\n".join(table(found)))
    missed = [row.name for row in found if not row.met]
    print(f"\n{len(found) - len(missed)} of {len(found)} as wanted" + "".join(f"\nMISSED {name}" for name in missed))
    rows = [asdict(row) | {"met": row.met} for row in found]
    (HERE.parents[1] / "bench.json").write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
