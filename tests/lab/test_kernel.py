"""The laboratory that can't be had says what to do; it is never skipped."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lab import kernel


def test_without_qemu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(kernel.LabError, match=r"qemu-system-x86_64.*apt-get install --no-install-recommends qemu"):
        kernel.prepare()
