"""Short, seeded runs of the fuzzer: the decoder holds, and one that lacks a check does not."""

from __future__ import annotations

import platform
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(
    sys.version_info >= (3, 12) or platform.machine() != "x86_64", reason="atheris has no wheel for this Python"
)


def fuzz(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    fixed = ("-seed=1", "-max_len=128", f"-artifact_prefix={folder}/")
    command = [sys.executable, "-m", "tests.ipp.fuzz_codec", *fixed, *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def test_the_decoder_holds(tmp_path: Path) -> None:
    result = fuzz(tmp_path, "-runs=12000")
    assert result.returncode == 0, result.stderr[-2000:]
    assert not list(tmp_path.iterdir())
    edges = [int(number) for number in re.findall(r"cov: (\d+)", result.stderr)]
    assert max(edges) > 150, "the decoder is not watched"


def test_a_missing_check_is_found(tmp_path: Path) -> None:
    result = fuzz(tmp_path, "--planted", "-runs=40000")
    assert result.returncode != 0, "the planted bug was not found"
    assert "a read that no check went before" in result.stderr + result.stdout
    assert [path.name.startswith("crash-") for path in tmp_path.iterdir()] == [True]
