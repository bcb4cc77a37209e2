"""``inkstand wifi``: as a person types it, at a printer with a simulated radio."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from board.build import Instance, Places
from board.config import AccessPointConfig, Board, WifiConfig
from board.places import control_socket
from tests.house.sources import ROOT
from tests.net.support import desk, run

AIR = (AccessPointConfig("Hall & Büro", "paper and ink"), AccessPointConfig("Guests"))
WITH_RADIO = msgspec.structs.replace(desk(), wifi=WifiConfig("simulated", air=AIR, seconds=0.1))


async def wifi(port: int, *arguments: str, stdin: str = "") -> tuple[int, str]:
    """Exit status and everything that it says."""
    command = [sys.executable, "-m", "board.main", "wifi", *arguments, *(["--port", str(port)] if arguments else [])]
    done = await asyncio.to_thread(
        subprocess.run, command, input=stdin, capture_output=True, text=True, cwd=ROOT, env=dict(os.environ), timeout=60
    )
    return done.returncode, done.stdout + done.stderr


async def started(folder: Path, board: Board) -> Instance:
    out = folder / "out"
    out.mkdir()
    instance = Instance(board, Places(out, folder / "state", control_socket(board.network.port)))
    await instance.start()
    return instance


@pytest.fixture(autouse=True)
def own_runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setattr("firmware.net.wifi.DWELL", 0.5)


def test_from_the_box_to_the_network(tmp_path: Path) -> None:
    async def test() -> None:
        instance = await started(tmp_path, WITH_RADIO)
        port = instance.port
        try:
            assert await wifi(port, "status") == (0, "Wi-Fi is not set up: inkstand wifi join NETWORK\n")
            code, said = await wifi(port, "scan")
            assert (code, [line.split("  ")[0] for line in said.splitlines()]) == (
                0,
                ["NETWORK", "Hall & Büro", "Guests"],
            )
            assert await wifi(port, "join", "Hall & Büro", stdin="paper and glue\n") == (
                1,
                "Hall & Büro can't be joined: is the password right?\n",
            )
            assert await wifi(port, "join", "Hall & Büro", stdin="paper and ink\n") == (0, "On Hall & Büro.\n")
            assert await wifi(port, "join", "Guests", "--open") == (0, "On Guests.\n")
            assert await wifi(port, "join", "Nowhere", "--open") == (1, "Nowhere is not in reach.\n")
            assert await wifi(port, "forget") == (0, "")
            assert (await wifi(port, "status"))[1].startswith("Wi-Fi is not set up")
        finally:
            await instance.close()

    run(test())


def test_mistakes_in_a_line(tmp_path: Path) -> None:
    async def test() -> None:
        instance = await started(tmp_path, WITH_RADIO)
        try:
            code, said = await wifi(instance.port, "join", "Guests")
            assert code == 1
            assert "joined with --open" in said
            code, said = await wifi(instance.port, "join", "Guests", stdin="short\n")
            assert code == 1
            assert "printer-wifi-password" in said
        finally:
            await instance.close()
        code, said = await wifi(instance.port, "status")
        assert code == 1
        assert "no printer runs on port" in said

    run(test())


def test_a_printer_without_a_radio(tmp_path: Path) -> None:
    async def test() -> None:
        instance = await started(tmp_path, desk())
        try:
            assert await wifi(instance.port, "status") == (1, "inkstand: this printer has no radio\n")
            assert await wifi(instance.port, "scan") == (1, "inkstand: this board has no radio\n")
            code, said = await wifi(instance.port, "join", "Guests", "--open")
            assert code == 1
            assert "not supported" in said
        finally:
            await instance.close()

    run(test())
