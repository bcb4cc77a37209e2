"""A whole instance in this process, on a free port, without discovery."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
from aiohttp import ClientSession, UnixConnector

from board.build import Instance, Places
from board.config import Board, load_board
from board.run import free_port
from firmware.ipp import Attribute, AttributeGroup, Message, Operation, Uri, decode, encode


def desk(**sections: dict[str, object]) -> Board:
    """The desk board with some values replaced, on a free port and unannounced."""
    board = load_board("desk")
    changes = dict(sections)
    changes["network"] = {"port": free_port(), "discovery": False, "bind": "127.0.0.1", **sections.get("network", {})}
    for section, values in changes.items():
        part = msgspec.structs.replace(getattr(board, section), **values)
        board = msgspec.structs.replace(board, **{section: part})
    return board


@asynccontextmanager
async def running(folder: Path, board: Board | None = None, trace: Path | None = None) -> AsyncIterator[Instance]:
    """An instance that serves while the block lasts."""
    out = folder / "out"
    out.mkdir(exist_ok=True)
    instance = Instance(board or desk(), Places(out, folder / "state", folder / "control.sock", trace))
    await instance.start()
    try:
        yield instance
    finally:
        await instance.close()


def ask(operation: Operation, *attributes: Attribute, path: str = "/ipp/print") -> Message:
    """A request to the only printer."""
    return Message.request(operation, [Attribute("printer-uri", Uri(f"ipp://localhost{path}")), *attributes])


async def post(
    instance: Instance,
    message: Message,
    data: bytes = b"",
    *,
    local: bool = False,
    headers: dict[str, str] | None = None,
) -> Message:
    """Send a request by TCP, or by the control socket."""
    connector = UnixConnector(str(instance.places.control)) if local else None
    async with ClientSession(connector=connector) as session:
        url = f"http://localhost:{instance.port}/ipp/print" if not local else "http://localhost/ipp/print"
        head = {"Content-Type": "application/ipp", **(headers or {})}
        async with session.post(url, data=encode(message) + data, headers=head) as response:
            assert response.status == 200, await response.text()
            assert response.content_type == "application/ipp"
            answer, rest = decode(await response.read())
            assert not rest
            return answer


async def get(instance: Instance, path: str, *, local: bool = False) -> tuple[int, str, bytes]:
    """Status, content type and body of a page."""
    connector = UnixConnector(str(instance.places.control)) if local else None
    async with ClientSession(connector=connector) as session:
        url = f"http://localhost{'' if local else f':{instance.port}'}{path}"
        async with session.get(url) as response:
            return response.status, response.content_type, await response.read()


async def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    """Wait for something to become true."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


def run(test: Awaitable[None]) -> None:
    """Run an async test to its end."""

    async def main() -> None:
        await test

    asyncio.run(main())


def raw(port: int, octets: bytes, *, half_close: bool = True, limit: int = 1 << 20) -> bytes:
    """What the server answers to octets that no HTTP library would send."""
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        connection.sendall(octets)
        if half_close:
            connection.shutdown(socket.SHUT_WR)
        found = b""
        while piece := connection.recv(65536):
            found += piece
            if len(found) > limit:
                break
        return found


__all__ = ["AttributeGroup", "ask", "desk", "get", "post", "raw", "run", "running", "until"]
