"""One printer and, where it is wanted, one CUPS for a file of tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.cups import Cups
from tests.clients.tickets import Job
from tests.desk import Desk, desk
from tests.oracle import FIGURES
from tests.samples import Samples, samples


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    terminalreporter.write_line(str(FIGURES))


@pytest.fixture(scope="module")
def printer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with desk(tmp_path_factory.mktemp("printer"), "--keep-documents") as running:
        yield running


@pytest.fixture(scope="module")
def cups(printer: Desk) -> Iterator[Cups]:
    """With the queue ``desk``."""
    daemon = Cups()
    try:
        daemon.start()
        daemon.add("desk", printer.uri)
        yield daemon
    finally:
        daemon.stop()


@pytest.fixture
def job(printer: Desk, tmp_path: Path) -> Job:
    """Prints documents with a ticket, by ipptool."""
    return Job(printer, tmp_path)


@pytest.fixture(scope="session")
def papers() -> Samples:
    return samples()
