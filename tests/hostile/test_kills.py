"""`kill -9` at random moments of a job stream: what was acknowledged is in the ledger, printed once or aborted."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hostile import kills

COUNT = 30


@pytest.mark.timeout(400)
def test_kills(tmp_path: Path) -> None:
    """``python -m tests.hostile.kills 1000`` does more of them."""
    outcome = kills.run(tmp_path, COUNT, seed=7)
    assert outcome.kills == COUNT
    assert outcome.acknowledged > COUNT, "the printer was hardly at work when it was killed"
    assert outcome.states["completed"]
    assert outcome.states["aborted"], "no kill came while a sheet was marked"
