"""Links: which addresses are told, and that changes are heard."""

from __future__ import annotations

import asyncio

import pytest

from firmware.net import links
from firmware.net.links import Address, Watcher, listened
from tests.net.support import run


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with two links."""
    found = {Address(2, "192.0.2.7"), Address(2, "fe80::7"), Address(3, "198.51.100.7")}
    monkeypatch.setattr(links, "addresses", lambda: frozenset(found))


@pytest.mark.parametrize(
    ("bind", "told"),
    [
        ("", {"192.0.2.7", "fe80::7", "198.51.100.7"}),
        ("::", {"192.0.2.7", "fe80::7", "198.51.100.7"}),
        ("0.0.0.0", {"192.0.2.7", "198.51.100.7"}),
        ("192.0.2.7", {"192.0.2.7"}),
        ("127.0.0.1", set()),
    ],
)
def test_only_what_is_listened_on(bind: str, told: set[str]) -> None:
    assert {address.ip for address in listened(bind)} == told


def test_without_news_from_the_kernel_it_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a sandbox that has no netlink."""

    def refused(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(links, "POLL", 0.01)

    async def test() -> None:
        monkeypatch.setattr("socket.socket", refused)
        looks = asyncio.Event()
        watcher = Watcher(looks.set)
        watcher.start()
        await asyncio.wait_for(looks.wait(), 5)
        watcher.close()

    run(test())
