"""What the USB tests share: a server, hosts that speak HTTP over bytes, a USB/IP host."""

import asyncio
import hashlib
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Protocol, TypeVar

import h11
from aiohttp import web

from usb_gadget.descriptors import Speed
from usb_gadget.device import Setup
from usb_gadget.layout import UsbPrinter
from usb_gadget.memory import MemoryLink
from usb_gadget.pipe import Pipe
from usb_gadget.plug import Plug

T = TypeVar("T")

PRINTER = UsbPrinter(
    "Inkstand", "Test printer", "SN0001", "MFG:Inkstand;MDL:Test printer;CMD:PWGRaster;CLS:PRINTER;",
    ipp_versions="1.1,2.0", printer_uuid="6c7f5a2c-0000-4000-8000-000000000001",
)  # fmt: skip


def run(main: Coroutine[Any, Any, T], seconds: float = 60.0) -> T:
    """Run a test's coroutine; it must end in time and leave no task behind that failed unseen."""

    async def timed() -> T:
        async with asyncio.timeout(seconds):
            return await main

    return asyncio.run(timed())


class Server:
    """An HTTP server with the habits that matter to a pipe, and a book of what it saw."""

    def __init__(self) -> None:
        self.requests: list[str] = []
        self.broken = 0
        """Bodies that ended with an error."""
        self.octets = 0
        self.go = asyncio.Event()
        self.made = 0
        """Protocols made."""
        self.links: set[object] = set()
        self._web = web.Server(self.handle, keepalive_timeout=3600)

    def __call__(self) -> asyncio.Protocol:
        self.made += 1
        return self._web()

    async def shutdown(self) -> None:
        await self._web.shutdown(1)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        self.requests.append(f"{request.method} {request.path}")
        if request.transport is None:  # unplugged before the handler ran
            raise ConnectionResetError
        self.links.add(request.transport.get_extra_info("inkstand.link"))
        if "Expect" in request.headers:
            request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        match request.path.split("/")[1]:
            case "refuse":  # early, body unread
                return web.Response(status=401, text="no")
            case "close":
                response = web.Response(text="bye")
                response.force_close()
                return response
            case "size":
                return web.Response(body=bytes(int(request.path.split("/")[2])))
            case "stream":
                return await self._stream(request, int(request.path.split("/")[2]))
            case "wait":
                await self.go.wait()
            case "cut":
                return await self._cut(request)
        return await self._swallow(request)

    async def _swallow(self, request: web.BaseRequest) -> web.Response:
        digest, size = hashlib.sha256(), 0
        try:
            async for data in request.content.iter_any():
                digest.update(data)
                size += len(data)
                self.octets += len(data)
        except BaseException:
            self.broken += 1
            raise
        return web.Response(text=f"{size} {digest.hexdigest()}")

    async def _stream(self, request: web.BaseRequest, chunks: int) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(chunks):
            await response.write(b"x" * 1000)
        await response.write_eof()
        return response

    async def _cut(self, request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b"x" * 100)
        assert request.transport is not None
        request.transport.close()
        return response


def receipt(body: bytes) -> bytes:
    """What `Server` answers to a body that arrived whole."""
    return f"{len(body)} {hashlib.sha256(body).hexdigest()}".encode()


class Cable(Protocol):
    """The bulk pipes of an interface, from the host."""

    async def write(self, data: bytes) -> None: ...

    async def read(self, size: int) -> bytes: ...


class Client:
    """An HTTP client on a cable, by h11: it shares no code with what is tested."""

    def __init__(self, cable: Cable) -> None:
        self.cable = cable

    async def request(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        chunked: int = 0,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> tuple[int, bytes]:
        """Status and body of the answer; `chunked`: octets per chunk, each sent as a transfer of its own."""
        http = h11.Connection(h11.CLIENT)
        framing = ("Transfer-Encoding", "chunked") if chunked else ("Content-Length", str(len(body)))
        fields = [("Host", "localhost"), framing, *headers]
        head = http.send(h11.Request(method=method, target=path, headers=fields))
        if not chunked:
            await self.cable.write(_some(head) + (_some(http.send(h11.Data(body))) if body else b""))
        else:
            await self.cable.write(_some(head))
            for i in range(0, len(body), chunked):
                await self.cable.write(_some(http.send(h11.Data(body[i : i + chunked]))))
            await self.cable.write(_some(http.send(h11.EndOfMessage())))
        if not chunked:
            http.send(h11.EndOfMessage())
        return await self.response(http)

    async def response(self, http: h11.Connection) -> tuple[int, bytes]:
        status, data = 0, b""
        while True:
            event = http.next_event()
            if event is h11.NEED_DATA:
                http.receive_data(await self.cable.read(16384) or b"")
            elif isinstance(event, h11.Response):
                status = event.status_code
            elif isinstance(event, h11.Data):
                data += event.data
            elif isinstance(event, h11.EndOfMessage):
                return status, data

    async def check(self, body: bytes = b"still alive") -> None:
        """The interface works."""
        assert await self.request("POST", "/ipp/print", body) == (200, receipt(body))


def _some(data: bytes | None) -> bytes:
    return data or b""


@asynccontextmanager
async def interface(speed: Speed = Speed.HIGH) -> AsyncIterator[tuple[Server, MemoryLink, Pipe]]:
    """A pipe in front of a server, on a cable in memory."""
    server, link = Server(), MemoryLink(speed)
    pipe = Pipe(link.out, link.in_, server)
    pipe.start()
    try:
        yield server, link, pipe
    finally:
        pipe.stop()
        await asyncio.sleep(0)
        await server.shutdown()


class UsbipHost:
    """A host's USB/IP: what `usbip` and vhci_hcd send, packet by packet."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.answers: dict[int, asyncio.Future[tuple[int, int, bytes]]] = {}
        self._directions: dict[int, int] = {}
        self._seq = 0
        self.entry = b""
        self._task: asyncio.Task[None] | None = None

    @classmethod
    async def connect(cls, port: int) -> "UsbipHost":
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def devices(self) -> list[tuple[str, bytes, bytes]]:
        """Bus id, device entry and interface entries of each device listed."""
        self.writer.write(struct.pack(">HHI", 0x0111, 0x8005, 0))
        version, code, status, count = struct.unpack(">HHII", await self.reader.readexactly(12))
        assert (version, code, status) == (0x0111, 5, 0)
        found = []
        for _ in range(count):
            entry = await self.reader.readexactly(312)
            interfaces = await self.reader.readexactly(4 * entry[311])
            found.append((entry[256:288].rstrip(b"\0").decode(), entry, interfaces))
        return found

    async def attach(self, bus_id: str = "1-1") -> int:
        """Import a device; the status, 0 if it worked."""
        self.writer.write(struct.pack(">HHI32s", 0x0111, 0x8003, 0, bus_id.encode()))
        _, code, status = struct.unpack(">HHI", await self.reader.readexactly(8))
        assert code == 3
        if status == 0:
            self.entry = await self.reader.readexactly(312)
            self._task = asyncio.create_task(self._receive())
        return int(status)

    async def _receive(self) -> None:
        try:
            while True:
                head = await self.reader.readexactly(48)
                command, seq, *_, status, actual = struct.unpack_from(">5Iii", head)
                direction = self._directions.pop(seq, 0) if command == 3 else 0
                data = await self.reader.readexactly(actual) if direction and actual > 0 else b""
                future = self.answers.pop(seq)
                if not future.done():
                    future.set_result((status, actual, data))
        except (asyncio.IncompleteReadError, ConnectionError):
            for future in self.answers.values():
                if not future.done():
                    future.set_exception(ConnectionError("detached"))

    def submit(
        self, endpoint: int, data: bytes = b"", *, length: int = 0, setup: bytes = bytes(8), flags: int = 0
    ) -> tuple[int, asyncio.Future[tuple[int, int, bytes]]]:
        """Send a transfer: IN if `length` is for receiving; its number and its answer to come."""
        self._seq += 1
        seq, direction = self._seq, int(endpoint >= 0x80)
        self._directions[seq] = direction
        self.answers[seq] = asyncio.get_running_loop().create_future()
        self.writer.write(
            struct.pack(">5IIiiii8s", 1, seq, 0x10001, direction, endpoint & 0x7F, flags,
                        length if direction else len(data), 0, 0, 0, setup)
            + (b"" if direction else data)
        )  # fmt: skip
        return seq, self.answers[seq]

    async def unlink(self, victim: int) -> int:
        self._seq += 1
        self.answers[self._seq] = answer = asyncio.get_running_loop().create_future()
        self.writer.write(struct.pack(">5II24x", 2, self._seq, 0x10001, 0, 0, victim))
        status: int = (await answer)[0]
        if status:
            self.answers.pop(victim).cancel()
        return status

    async def control(self, setup: Setup, data: bytes = b"") -> bytes | None:
        """The answer, None for a stall."""
        endpoint = 0x80 if setup.is_in else 0
        _, answer = self.submit(endpoint, data, length=setup.length, setup=setup.pack())
        status, _, received = await answer
        assert status in (0, -32)
        return None if status else received

    async def configure(self, value: int = 1) -> None:
        assert await self.control(Setup(0x00, 9, value)) == b""

    async def write(self, endpoint: int, data: bytes) -> None:
        status, actual, _ = await self.submit(endpoint, data)[1]
        if status:
            raise OSError(-status, "bulk OUT")
        assert actual == len(data)

    async def read(self, endpoint: int, size: int) -> bytes:
        status, _, data = await self.submit(endpoint | 0x80, length=size)[1]
        if status:
            raise OSError(-status, "bulk IN")
        return data

    def cable(self, endpoint: int) -> "UsbipCable":
        return UsbipCable(self, endpoint)

    def close(self) -> None:
        self.writer.transport.abort()

    async def closed(self) -> None:
        self.close()
        if self._task:
            await self._task
        for future in self.answers.values():
            future.cancel()


class UsbipCable:
    """An endpoint pair of a `UsbipHost`; large transfers go in pieces of 16 KiB, as libusb sends them."""

    def __init__(self, host: UsbipHost, endpoint: int) -> None:
        self.host, self.endpoint = host, endpoint

    async def write(self, data: bytes) -> None:
        pieces = [data[i : i + 16384] for i in range(0, len(data), 16384)] or [b""]
        answers = [self.host.submit(self.endpoint, piece)[1] for piece in pieces]
        for status, _, _ in await asyncio.gather(*answers):
            if status:
                raise OSError(-status, "bulk OUT")

    async def read(self, size: int) -> bytes:
        return await self.host.read(self.endpoint, size)


@asynccontextmanager
async def attached(
    printer: UsbPrinter = PRINTER, speed: Speed = Speed.HIGH, **more: Any
) -> AsyncIterator[tuple[Server, UsbipHost, Plug]]:
    """A device on a USB/IP server, attached and configured."""
    from usb_gadget.usbip import UsbipServer

    server = Server()
    plug = Plug(printer, server, **more)
    async with UsbipServer(port=0) as usbip:
        usbip.add(plug, speed)
        host = await UsbipHost.connect(usbip.port)
        assert await host.attach() == 0
        await host.configure()
        try:
            yield server, host, plug
        finally:
            await host.closed()
    await server.shutdown()


async def eventually(condition: Callable[[], bool] | Callable[[], Awaitable[bool]], seconds: float = 5) -> None:
    """Wait until `condition` holds."""
    async with asyncio.timeout(seconds):
        while True:
            result = condition()
            if result if isinstance(result, bool) else await result:
                return
            await asyncio.sleep(0.005)
