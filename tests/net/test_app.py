"""HTTP that is no IPP: who answers, and what it may be asked."""

from __future__ import annotations

import http.client
from asyncio import to_thread
from pathlib import Path

import pytest

from tests.net.support import run, running


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("OPTIONS", "*", 200),
        ("OPTIONS", "/ipp/print", 200),
        ("HEAD", "/", 200),
        ("GET", "/ipp/print", 405),
        ("GET", "/eSCL/ScannerCapabilities", 404),
        ("POST", "/ipp/faxout", 404),
        ("POST", "/ipp/print", 415),
    ],
)
def test_every_path_answers_framed_and_signed(tmp_path: Path, method: str, path: str, status: int) -> None:
    """What is not there says so at once, and the connection stays good (hosts ask for faxes and scans, too)."""

    def ask(port: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        for _ in range(2):
            connection.request(method, path)
            response = connection.getresponse()
            response.read()
            assert response.status == status
            assert response.headers["Server"].startswith("Inkstand/")
            assert not response.will_close
            if method == "OPTIONS":
                assert response.headers["Allow"] == "GET, HEAD, OPTIONS, POST"
        connection.close()

    async def test() -> None:
        async with running(tmp_path) as instance:
            await to_thread(ask, instance.port)

    run(test())
