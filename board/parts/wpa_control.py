"""A client of wpa_supplicant's control interface: datagrams to a Unix socket, a command and its answer at a time,
events between them (wpa_supplicant's doc/ctrl_iface.doxygen)."""

from __future__ import annotations

import asyncio
import re
import socket
from pathlib import Path

FOLDER = Path("/run/wpa_supplicant")
ANSWER = 10.0
"""Seconds to wait for an answer."""
_LEVEL = re.compile(rb"<\d>")
_ESCAPE = re.compile(rb"\\(x[0-9a-fA-F]{2}|.)")
_PLAIN = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"e": b"\x1b"}


class WpaFailure(OSError):
    """It said FAIL."""


class WpaControl:
    """One interface of a running wpa_supplicant. OSError: it does not answer."""

    def __init__(self, interface: str, folder: Path = FOLDER) -> None:
        self._path = folder / interface
        self._socket: socket.socket | None = None
        self._answer: asyncio.Future[bytes] | None = None
        self._turn = asyncio.Lock()
        self._listeners: list[asyncio.Queue[str | None]] = []

    def open(self) -> None:
        """Connect; the socket's own address is one that the kernel makes up."""
        control = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        try:
            control.bind("")
            control.connect(str(self._path))
        except OSError as error:
            control.close()
            raise OSError(f"wpa_supplicant's socket {self._path}: {error.strerror}") from error
        self._socket = control
        asyncio.get_running_loop().add_reader(control.fileno(), self._receive, control)

    def close(self) -> None:
        """Also when it is gone: whoever waits for an answer or an event hears of it."""
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket.fileno())
            self._socket.close()
            self._socket = None
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionResetError("wpa_supplicant ended"))
        for queue in self._listeners:
            queue.put_nowait(None)

    async def ask(self, *words: str) -> str:
        """The answer to a command."""
        async with self._turn:
            if self._socket is None:
                raise ConnectionResetError("wpa_supplicant is not there")
            self._answer = asyncio.get_running_loop().create_future()
            try:
                self._socket.send(" ".join(words).encode())
                async with asyncio.timeout(ANSWER):
                    return (await self._answer).decode("utf-8", "replace")
            except TimeoutError:
                raise OSError("wpa_supplicant does not answer") from None
            finally:
                self._answer = None

    async def do(self, *words: str) -> None:
        """A command that is answered OK; WpaFailure otherwise, which tells its first words: the last may be secret."""
        answer = await self.ask(*words)
        if answer.strip() != "OK":
            raise WpaFailure(f"wpa_supplicant: {' '.join(words[:3])}: {answer.strip()[:40]}")

    def listen(self) -> asyncio.Queue[str | None]:
        """Events from now on; None: it is gone."""
        queue: asyncio.Queue[str | None] = asyncio.Queue()
        self._listeners.append(queue)
        return queue

    def unlisten(self, queue: asyncio.Queue[str | None]) -> None:
        self._listeners.remove(queue)

    def _receive(self, control: socket.socket) -> None:
        try:
            data = control.recv(1 << 16)
        except BlockingIOError:
            return
        except OSError:  # it went without a word
            self.close()
            return
        event = _LEVEL.match(data)
        if event is None:
            if self._answer is not None and not self._answer.done():
                self._answer.set_result(data)
            return
        text = data[event.end() :].decode("utf-8", "replace")
        for queue in self._listeners:
            queue.put_nowait(text)
        if text.startswith("CTRL-EVENT-TERMINATING"):
            self.close()


def unescape(text: str) -> bytes:
    """An SSID as it is printed (printf_encode): ``\\xNN``, ``\\n``, ``\\e`` and the like."""

    def octet(match: re.Match[bytes]) -> bytes:
        word = match[1]
        return bytes([int(word[1:], 16)]) if word[:1] == b"x" and len(word) == 3 else _PLAIN.get(word, word)

    return _ESCAPE.sub(octet, text.encode())


def pairs(answer: str) -> dict[str, str]:
    """``key=value`` lines."""
    return dict(line.partition("=")[::2] for line in answer.splitlines() if "=" in line)


def rows(answer: str) -> list[list[str]]:
    """A table of cells between tabs, without its heading."""
    return [line.split("\t") for line in answer.splitlines()[1:]]
