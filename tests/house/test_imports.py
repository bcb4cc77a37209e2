"""Rules 1, 2 and 4 of the house: who may import whom (``contracts.toml``), and that the contracts bite."""

from __future__ import annotations

import logging
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

from tests.house.sources import PACKAGES, ROOT

CONFIG = Path(__file__).with_name("contracts.toml")
CONTRACTS = tomllib.loads(CONFIG.read_text())["tool"]["importlinter"]["contracts"]

# A line that breaks the contract, and where it stands.
PLANTED = {
    "leaves": ("raster_ext/geometry.py", "import usb_gadget"),
    "upward": ("firmware/net/trace.py", "import board.places"),
    "plug": ("usb_gadget/descriptors.py", "import firmware.core.model"),
    "mind": ("firmware/ports.py", "import usb_gadget.pipe"),
    "layers": ("firmware/document/kinds.py", "import firmware.runtime.spool"),
    "rooms": ("firmware/features/admin.py", "from firmware.features.query import told"),
    "pure": ("firmware/core/clock.py", "import time"),
    "tools": ("firmware/core/media.py", "import firmware.ipp.generate"),
    "pixels": ("firmware/runtime/press.py", "import raster_ext.page"),
    "libraries": ("firmware/runtime/clock.py", "import aiohttp"),
}


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("imports"))


@pytest.fixture(autouse=True)
def loggers() -> Iterator[None]:
    """import-linter switches off every logger that is already there; on again, for the tests that come after."""
    here = [entry for entry in logging.root.manager.loggerDict.values() if isinstance(entry, logging.Logger)]
    yield
    for logger in here:
        logger.disabled = False


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract["id"])
def test_contract(contract: dict[str, str], cache: str, capsys: pytest.CaptureFixture[str]) -> None:
    broken = lint_imports(config_filename=str(CONFIG), cache_dir=cache, limit_to_contracts=(contract["id"],))
    assert not broken, capsys.readouterr().out


def test_each_contract_is_broken_by_a_planted_import(tmp_path: Path) -> None:
    assert set(PLANTED) == {contract["id"] for contract in CONTRACTS}
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=_other_than_python)
    for path, line in PLANTED.values():
        file = tmp_path / path
        file.write_text(f"{file.read_text()}\n{line}\n")
    command = (
        "from importlinter.cli import lint_imports; import sys; sys.exit(lint_imports(sys.argv[1], cache_dir='.c'))"
    )
    result = subprocess.run(
        [sys.executable, "-c", command, str(CONFIG)], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert f"0 kept, {len(CONTRACTS)} broken" in result.stdout, result.stdout[-3000:] + result.stderr[-2000:]


def _other_than_python(folder: str, names: list[str]) -> set[str]:
    return {name for name in names if ("." in name and not name.endswith(".py")) or name == "__pycache__"}
