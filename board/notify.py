"""Telling systemd how it goes, as sd_notify(3): a datagram to the socket that it names. Without systemd, nothing."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Mapping


class Supervisor:
    """Whoever started us and waits to hear."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._path = environment.get("NOTIFY_SOCKET", "")
        ours = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        self.period = int(environment.get("WATCHDOG_USEC", "0")) / 1e6 if ours else 0.0
        """Seconds within which it wants to hear that we live; 0: it does not."""

    def tell(self, state: str) -> None:
        """Send one line such as READY=1; what can't be sent is not missed."""
        if not self._path:
            return
        address = f"\0{self._path[1:]}" if self._path.startswith("@") else self._path
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
            try:
                out.sendto(state.encode(), address)
            except OSError:
                return

    async def live(self) -> None:
        """Say so for ever, three times in each period: as long as the event loop turns, the printer serves."""
        while self._path and self.period:
            self.tell("WATCHDOG=1")
            await asyncio.sleep(self.period / 3)
