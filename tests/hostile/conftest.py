"""One printer for a file of bad input: what one test does to it, the next one would notice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.desk import Desk, desk
from tests.samples import Samples, samples
from tests.wire import Client

MEMORY = 220 << 20
"""Octets that the printer itself may ever hold: three times what it needs to print A4 at 600 dpi."""


@pytest.fixture(scope="module")
def printer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with desk(tmp_path_factory.mktemp("printer")) as running:
        yield running
        assert running.peak() < MEMORY, f"{running.peak() >> 20} MiB"


@pytest.fixture
def client(printer: Desk) -> Iterator[Client]:
    """A fresh connection; afterwards the printer serves others as if nothing had happened."""
    with printer.client() as connection:
        yield connection
    printer.check()


@pytest.fixture(scope="session")
def papers() -> Samples:
    return samples()
