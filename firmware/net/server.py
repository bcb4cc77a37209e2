"""HTTP on a TCP port and on the control socket: one application, whatever the link.

A connection is handed to the HTTP parser when its first octet is there. Connections that say nothing cost a socket
and are closed after a while; more than ``MOST`` of them at once, and the oldest silent one makes room.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import ssl
from collections.abc import Callable
from pathlib import Path

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from firmware.net.shortcut import Memory, Shortcut
from firmware.net.tls import HANDSHAKE, Tls

log = logging.getLogger("inkstand.server")
_http_log = logging.getLogger("inkstand.http")


def _in_a_line(record: logging.LogRecord) -> bool:
    """What a client did wrong is worth a line, not a traceback, and is no error of the printer's."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, HttpProcessingError | ConnectionError):
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        record.msg, record.args = "bad request from %s: %s", (*(record.args or ("?",)), reason)
        record.levelno, record.levelname, record.exc_info = logging.INFO, "INFO", None
    return True


_http_log.addFilter(_in_a_line)

SILENCE = 30.0
"""Seconds that a new connection may keep silent."""
READ_AHEAD = 1 << 18
"""Octets of a body read ahead of whoever takes them: so much goes to the disk at once."""
MOST = 512
"""Connections that may wait silently at once."""
MOST_OPEN = 256
"""Connections of HTTP at once: for one more, the one closes that has been idle longest. With TLS each takes 80 KiB."""
MOST_SHAKING = 64
"""TLS handshakes at once: for one more, the oldest is given up."""
HANDSHAKE_RECORD = b"\x16"


class Listener:
    """Accepts on one socket for a protocol factory."""

    def __init__(
        self,
        listening: socket.socket,
        factory: Callable[[], asyncio.Protocol],
        context: ssl.SSLContext | None = None,
        make_room: Callable[[], bool] = lambda: True,
    ) -> None:
        self._listening = listening
        self._factory = factory
        self._context = context
        self._make_room = make_room
        self._silent: dict[socket.socket, asyncio.TimerHandle] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._shaking: dict[asyncio.Task[None], None] = {}
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(listening.fileno(), self._accept)

    @property
    def port(self) -> int:
        name = self._listening.getsockname()
        return int(name[1]) if isinstance(name, tuple) else 0

    async def close(self) -> None:
        self._loop.remove_reader(self._listening.fileno())
        self._listening.close()
        for waiting in list(self._silent):
            self._give_up(waiting)
        for task in self._tasks:
            task.cancel()

    def _accept(self) -> None:
        for _ in range(64):
            try:
                connection, _ = self._listening.accept()
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:  # out of descriptors: the oldest silent one goes, the rest waits its turn
                log.warning("can't accept", extra={"error": str(error)})
                self._give_up_oldest()
                return
            connection.setblocking(False)
            if len(self._silent) >= MOST:
                self._give_up_oldest()
            self._silent[connection] = self._loop.call_later(SILENCE, self._give_up, connection)
            self._loop.add_reader(connection.fileno(), self._speaks, connection)

    def _speaks(self, connection: socket.socket) -> None:
        self._forget(connection)
        task = self._loop.create_task(self._hand_over(connection))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _hand_over(self, connection: socket.socket) -> None:
        """The first octet tells TLS from HTTP: no method begins with that of a handshake (RFC 8446 section 5.1)."""
        try:
            first = connection.recv(1, socket.MSG_PEEK)
            secure = self._context is not None and first == HANDSHAKE_RECORD
            if not first or not self._make_room():  # one that left without a word needs no room
                connection.close()
            elif secure:
                await self._shake_hands(connection)
            else:
                await self._loop.connect_accepted_socket(self._factory, connection)
        except OSError as error:  # ssl.SSLError is one
            log.debug("no connection", extra={"error": str(error)})
            connection.close()

    async def _shake_hands(self, connection: socket.socket) -> None:
        task = asyncio.current_task()
        assert task is not None
        if len(self._shaking) >= MOST_SHAKING:
            next(iter(self._shaking)).cancel()
        self._shaking[task] = None
        try:
            await self._loop.connect_accepted_socket(
                self._factory, connection, ssl=self._context, ssl_handshake_timeout=HANDSHAKE
            )
        finally:
            self._shaking.pop(task, None)

    def _give_up(self, connection: socket.socket) -> None:
        self._forget(connection)
        connection.close()

    def _give_up_oldest(self) -> None:
        if self._silent:
            self._give_up(next(iter(self._silent)))

    def _forget(self, connection: socket.socket) -> None:
        self._silent.pop(connection).cancel()
        self._loop.remove_reader(connection.fileno())


class Server:
    """The application on its sockets."""

    def __init__(self, app: web.Application, memory: Memory, tls: Tls | None = None) -> None:
        self.memory = memory
        self._tls = tls
        self._runner = web.AppRunner(
            app,
            access_log=None,
            logger=_http_log,
            handle_signals=False,
            keepalive_timeout=75,
            read_bufsize=READ_AHEAD,
        )
        self._listeners: list[Listener] = []
        self._sockets: list[Path] = []

    async def start(self) -> None:
        await self._runner.setup()

    @property
    def factory(self) -> Callable[[], asyncio.Protocol]:
        """Makes an HTTP protocol for a new transport, whatever carries it."""
        assert self._runner.server is not None
        return self._runner.server

    def _with_shortcut(self) -> asyncio.Protocol:
        return Shortcut(self.factory(), self.memory)

    def listen_tcp(self, bind: str, port: int) -> int:
        """Listen on ``bind`` ("" is every address of both families); the port that it became. OSError."""
        context = self._tls.context if self._tls is not None else None
        listener = Listener(_tcp_socket(bind, port), self._with_shortcut, context, self._make_room)
        self._listeners.append(listener)
        return listener.port

    def listen_unix(self, path: Path) -> None:
        """The control socket: for its owner alone."""
        path.unlink(missing_ok=True)
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        mask = os.umask(0o177)
        try:
            listening.bind(str(path))
        finally:
            os.umask(mask)
        listening.setblocking(False)
        listening.listen(64)
        self._sockets.append(path)
        self._listeners.append(Listener(listening, self._with_shortcut))

    @property
    def connections(self) -> int:
        """Open connections of HTTP, by whatever link."""
        return len(self._runner.server.connections) if self._runner.server is not None else 0

    def _make_room(self) -> bool:
        """May one more connection be opened? Among too many, the oldest that is being served nothing closes."""
        assert self._runner.server is not None
        open_now = self._runner.server.connections
        if len(open_now) < MOST_OPEN:
            return True
        # A cable has as many connections as pipes, and no way to open another.
        idle = (
            each
            for each in open_now
            if each._current_request is None and not each._messages and isinstance(each.peername, tuple)
        )
        oldest = next(idle, None)
        if oldest is not None and oldest.transport is not None:
            oldest.transport.abort()  # TLS would wait for the other side's goodbye
        return oldest is not None

    async def close(self) -> None:
        for listener in self._listeners:
            await listener.close()
        await self._runner.cleanup()
        for path in self._sockets:
            path.unlink(missing_ok=True)


def _tcp_socket(bind: str, port: int) -> socket.socket:
    family = socket.AF_INET if "." in bind or not _has_ipv6() else socket.AF_INET6
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        listening.bind((bind or ("::" if family == socket.AF_INET6 else "0.0.0.0"), port))
        listening.listen(1024)
        listening.setblocking(False)
    except OSError:
        listening.close()
        raise
    return listening


def _has_ipv6() -> bool:
    if not socket.has_ipv6:
        return False
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True
