"""Random mutations of sound requests over one keep-alive connection: every one is answered, none does harm."""

from __future__ import annotations

from tests.desk import Desk
from tests.hostile import mutate
from tests.wire import Client

COUNT = 1500


def test_mutations(printer: Desk, client: Client) -> None:
    """RFC 8010 section 3: an answer to each, well formed, with its request-id, and never internal-error.
    ``python -m tests.hostile.mutate 10000`` does more of them."""
    outcome = mutate.run(printer, COUNT, seed=2)
    assert outcome.requests == COUNT
    assert outcome.answers["0x0400"] > COUNT // 10
    assert outcome.answers["0x0000"] > COUNT // 30, "hardly any mutation left a request sound"
    printer.check()
