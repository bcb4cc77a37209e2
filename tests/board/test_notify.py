"""Telling systemd: datagrams as a real socket receives them."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from board.notify import Supervisor


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(20)
        yield listening


def test_it_is_told(systemd: socket.socket) -> None:
    Supervisor({"NOTIFY_SOCKET": systemd.getsockname()}).tell("READY=1")
    assert systemd.recv(100) == b"READY=1"


def test_in_the_abstract_namespace() -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind("")
        name = "@" + listening.getsockname()[1:].decode()
        Supervisor({"NOTIFY_SOCKET": name}).tell("READY=1")
        listening.settimeout(20)
        assert listening.recv(100) == b"READY=1"


def test_it_says_that_it_lives(systemd: socket.socket) -> None:
    supervisor = Supervisor({"NOTIFY_SOCKET": systemd.getsockname(), "WATCHDOG_USEC": "60000"})

    async def some() -> None:
        task = asyncio.create_task(supervisor.live())
        for _ in range(3):
            assert await asyncio.to_thread(systemd.recv, 100) == b"WATCHDOG=1"
        task.cancel()

    asyncio.run(some())


def test_nobody_asked(systemd: socket.socket) -> None:
    Supervisor({}).tell("READY=1")
    asyncio.run(Supervisor({}).live())
    other = Supervisor({"NOTIFY_SOCKET": systemd.getsockname(), "WATCHDOG_USEC": "60000", "WATCHDOG_PID": "1"})
    asyncio.run(other.live())
    systemd.setblocking(False)
    with pytest.raises(BlockingIOError):
        systemd.recv(100)


def test_a_supervisor_that_went_away(tmp_path: Path) -> None:
    Supervisor({"NOTIFY_SOCKET": str(tmp_path / "gone")}).tell("READY=1")
