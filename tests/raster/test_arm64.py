"""The arm64 build: the decoder's and the writers' tests, and the same checksums as here, under emulation."""

from __future__ import annotations

import re

import pytest

from tests.raster import arm64
from tests.raster.digests import digests

TESTS = ("test_decoder.py", "test_malformed.py", "test_write.py", "test_headers.py")
"""Those that need nothing that is compiled but the package itself."""

pytestmark = pytest.mark.timeout(1200)


def test_decoder_and_writers() -> None:
    files = [f"tests/raster/{name}" for name in TESTS]
    plugins = [
        "-p",
        "no:cacheprovider",
        "-p",
        "no:hypothesispytest",
        "-p",
        "no:_hypothesis_pytestplugin",
        "-p",
        "no:timeout",
    ]
    left_out = "not c_struct and not linear and not other_threads and not memory_is"
    done = arm64.python("-m", "pytest", "-q", *plugins, "-o", "addopts=--import-mode=importlib", "-o", "timeout=0",
                        "-k", left_out, "-W", "ignore::pytest.PytestConfigWarning", *files)  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed is not None
    assert int(passed[1]) > 300


def test_the_same_results_as_here() -> None:
    done = arm64.python("-m", "tests.raster.digests")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [f"{what}: {digest}" for what, digest in digests()]
