"""Coverage-guided fuzzing of the package as it is installed: ``python -m tests.raster.fuzz.with_atheris -runs=100000``.

Options are libFuzzer's. Python code guides it; the compiled modules are guided by ``sanitized``. atheris has wheels for
x86-64 and Python up to 3.11.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["raster_ext", "tests.raster.fuzz.target"]):
    from tests.raster.fuzz import target
from tests.raster.fuzz.seeds import seeds


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for number, seed in enumerate(seeds()):
            Path(folder, f"seed-{number:03}").write_bytes(seed)
        atheris.Setup([*sys.argv, folder], lambda data: target.one(memoryview(data)))
        atheris.Fuzz()


if __name__ == "__main__":
    main()
