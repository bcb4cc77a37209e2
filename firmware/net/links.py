"""The machine's network links: which addresses it has, and the news that they are others (rtnetlink)."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import Callable
from typing import NamedTuple

log = logging.getLogger("inkstand.links")

_ROUTE, _LINK, _ADDRESS_4, _ADDRESS_6 = 0, 0x1, 0x10, 0x100
"""Of linux/rtnetlink.h: NETLINK_ROUTE, and RTMGRP_LINK, RTMGRP_IPV4_IFADDR and RTMGRP_IPV6_IFADDR."""
SETTLE = 0.5
"""Seconds of quiet before news is told: addresses come in twos and threes."""
POLL = 5.0
"""Seconds between looks where the kernel brings no news."""


class Address(NamedTuple):
    """An address, and the index of its link."""

    link: int
    ip: str


def addresses() -> frozenset[Address]:
    """What others can reach this machine by: without loopback; with link-local addresses, which may be all there is."""
    import ifaddr

    found = set()
    for adapter in ifaddr.get_adapters():
        for entry in adapter.ips:
            ip = entry.ip if isinstance(entry.ip, str) else entry.ip[0]
            if not ip.startswith("127.") and ip != "::1":
                found.add(Address(adapter.index or 0, ip))
    return frozenset(found)


def listened(bind: str) -> frozenset[Address]:
    """Those of the addresses that are listened on, when the server is bound to ``bind``."""
    if bind in ("", "::"):
        return addresses()
    return frozenset(each for each in addresses() if each.ip == bind or (bind == "0.0.0.0" and ":" not in each.ip))


class Watcher:
    """Calls when links or addresses may have changed."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._socket: socket.socket | None = None

    def start(self) -> None:
        try:
            news = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK, _ROUTE)
            news.bind((0, _LINK | _ADDRESS_4 | _ADDRESS_6))
        except (OSError, AttributeError) as error:  # a sandbox, or no Linux
            log.debug("no news of addresses, they are looked at", extra={"error": str(error)})
            self._timer = self._loop.call_later(POLL, self._look)
        else:
            self._socket = news
            self._loop.add_reader(news.fileno(), self._heard, news)

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._socket is not None:
            self._loop.remove_reader(self._socket.fileno())
            self._socket.close()

    def _heard(self, news: socket.socket) -> None:
        """What it is does not matter; lost news (ENOBUFS) is news too."""
        with contextlib.suppress(OSError):
            while news.recv(1 << 16):
                pass
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(SETTLE, self._changed)

    def _look(self) -> None:
        self._timer = self._loop.call_later(POLL, self._look)
        self._changed()
