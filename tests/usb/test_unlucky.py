"""Hosts that are hostile or unlucky, and the real printer behind the plug: it is never wedged, the next job prints, and
no job that it acknowledged is lost."""

from __future__ import annotations

import asyncio
import json
import random
import struct
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import h11

from board.build import Instance
from board.run import free_port
from firmware.core.job import Job
from tests import wire
from tests.document.press_kit import SGRAY, simple_pwg
from tests.net.support import desk, running, until
from tests.usb.support import Cable, Client, UsbipHost, eventually, run
from usb_gadget.device import Setup
from usb_gadget.memory import MemoryLink
from usb_gadget.pipe import Pipe
from usb_gadget.usbip import UsbipServer

IPP = (("Content-Type", "application/ipp"),)
CARD = (wire.attribute("keyword", "media", "na_index-4x6_4x6in"), wire.attribute("enum", "print-quality", 3))
"""Small and coarse: the jobs of these tests are many."""


def print_job(document: bytes = b"A line of text.\n") -> bytes:
    plain = wire.attribute("mime", "document-format", "text/plain")
    return wire.request(wire.PRINT_JOB, "ipp://localhost/ipp/print", plain, job=CARD) + document


def over_http(message: bytes, chunk: int) -> bytes:
    """A request as octets, chunked if `chunk` is not 0."""
    http = h11.Connection(h11.CLIENT)
    framing = ("Transfer-Encoding", "chunked") if chunk else ("Content-Length", str(len(message)))
    fields = [("Host", "localhost"), framing, *IPP]
    out = http.send(h11.Request(method="POST", target="/ipp/print", headers=fields)) or b""
    for i in range(0, len(message), chunk or len(message)):
        out += http.send(h11.Data(message[i : i + (chunk or len(message))])) or b""
    return out + (http.send(h11.EndOfMessage()) or b"")


def print_raster() -> bytes:
    """A page that needs no renderer."""
    raster = wire.attribute("mime", "document-format", "image/pwg-raster")
    data, _ = simple_pwg(1, kind=SGRAY, size=(600, 900), dpi=150)
    return wire.request(wire.PRINT_JOB, "ipp://localhost/ipp/print", raster, job=CARD) + data


async def acknowledged(cable: Cable, message: bytes = b"") -> int:
    """Print a job; its number, once the printer has promised to print it."""
    status, body = await Client(cable).request("POST", "/ipp/print", message or print_job(), headers=IPP)
    assert status == 200
    answer = wire.parse(body)
    assert answer.code == wire.OK
    number: int = answer.one("job-id")
    return number


async def all_printed(printer: Instance, numbers: list[int]) -> None:
    """Nothing is left waiting, and each of these jobs has its sheet."""
    await until(lambda: not printer.engine.system.printers[1].waiting, 60)
    for number in numbers:
        (folder,) = printer.places.out.glob(f"{number:04d}-*")
        record = json.loads((folder / "job.json").read_text())
        assert (record["job-state"], record["counters"]["impressions"]) == ("completed", 1)
        assert len(list(folder.glob("sheet-*.png"))) == 1


def test_unplugged_at_a_random_octet_a_thousand_times(tmp_path: Path) -> None:
    """After each unplug the interface is fresh and the next job prints."""

    async def main() -> None:
        dice, taken, whole = random.Random(5), [], print_raster()
        async with running(tmp_path, desk(sink={"formats": ("png",)})) as printer:
            link = MemoryLink()
            pipe = Pipe(link.out, link.in_, printer.server.factory)
            pipe.start()

            def waiting() -> Sequence[Job]:
                return printer.engine.system.printers[1].waiting

            for _ in range(1000):
                document = b"cut off\n" * dice.choice([1, 60, 500])
                job = over_http(print_job(document), dice.choice([0, 512, 4096]))
                cut, piece = dice.randrange(1, len(job)), dice.choice([64, 512, 4096])
                for i in range(0, cut, piece):
                    await link.write(job[i : min(cut, i + piece)])
                for _ in range(dice.randrange(20)):
                    await asyncio.sleep(0)
                link.unplug()
                pipe.stop()
                pipe.start()
                taken.append(await acknowledged(link, whole))
                if len(waiting()) > 100:  # it takes no more than 200
                    await until(lambda: not waiting(), 60)
            await all_printed(printer, taken)
            states = {job.state.name for job in printer.engine.system.printers[1].jobs.values()}
            assert states == {"ABORTED", "COMPLETED"}
            pipe.stop()
        assert len(set(taken)) == 1000

    run(main(), 110)


@asynccontextmanager
async def on_usbip(folder: Path) -> AsyncIterator[tuple[Instance, UsbipHost]]:
    """A printer on the lab board, and a host that has it attached and configured."""
    port = free_port()
    async with running(folder, desk(sink={"formats": ("png",)}, usb={"part": "usbip", "port": port})) as printer:
        host = await UsbipHost.connect(port)
        assert await host.attach() == 0
        await host.configure()
        try:
            yield printer, host
        finally:
            await host.closed()


def test_reset_in_the_middle_of_a_document(tmp_path: Path) -> None:
    """SET_CONFIGURATION, SET_INTERFACE, SOFT_RESET while a document comes: that job is aborted, the next one prints."""

    async def main() -> None:
        async with on_usbip(tmp_path) as (printer, host):
            jobs, taken = printer.engine.system.printers[1].jobs, []
            for reset in (Setup(0x00, 9, 1), Setup(0x01, 11, 0, 0), Setup(0x21, 2, 0, 0)) * 3:
                before = set(jobs)
                await host.write(1, over_http(print_job(bytes(100_000)), 0)[:50_000])
                await until(lambda before=before: len(jobs) == len(before) + 1)  # type: ignore[misc]
                (cut,) = set(jobs) - before
                assert await host.control(reset) == b""
                await until(lambda cut=cut: jobs[cut].state.name == "ABORTED")  # type: ignore[misc]
                taken.append(await acknowledged(host.cable(1)))
            await all_printed(printer, taken)

    run(main())


def test_jobs_on_all_interfaces_at_once(tmp_path: Path) -> None:
    async def main() -> None:
        async with on_usbip(tmp_path) as (printer, host):

            async def jobs(endpoint: int) -> list[int]:
                return [await acknowledged(host.cable(endpoint)) for _ in range(10)]

            numbers = await asyncio.gather(*(jobs(endpoint) for endpoint in (1, 2, 3)))
            taken = [number for some in numbers for number in some]
            await all_printed(printer, taken)
            assert len(set(taken)) == 30

    run(main())


def test_ten_open_pages_and_a_job(tmp_path: Path) -> None:
    """They share three interfaces, as programs behind `ipp-usb` do; each page is seen whole again and again, and so is
    the job."""

    async def main() -> None:
        async with on_usbip(tmp_path) as (printer, host):
            free: asyncio.Queue[Cable] = asyncio.Queue()
            for endpoint in (1, 2, 3):
                free.put_nowait(host.cable(endpoint))

            async def request(method: str, path: str, body: bytes = b"") -> bytes:
                cable = await free.get()
                status, answer = await Client(cable).request(method, path, body, headers=IPP if body else ())
                free.put_nowait(cable)
                assert status == 200
                return answer

            async def page() -> None:
                for _ in range(10):
                    assert (await request("GET", "/")).startswith(b"<!")
                    assert b"{" in await request("GET", "/static/style.css")
                    assert (await request("GET", "/icons/1-512.png")).startswith(b"\x89PNG")

            pages = asyncio.gather(*(page() for _ in range(10)))
            answer = wire.parse(await request("POST", "/ipp/print", print_job(b"word " * 200)))
            await pages
            await all_printed(printer, [answer.one("job-id")])

    run(main())


def test_a_host_that_stops_reading(tmp_path: Path) -> None:
    """It asks and asks and takes no answer: the other interfaces print meanwhile, and its own after a reset."""

    async def main() -> None:
        async with on_usbip(tmp_path) as (printer, host):
            taken = []
            for _ in range(3):
                for _ in range(200):
                    host.submit(1, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
                taken.append(await acknowledged(host.cable(2)))
                await host.configure()
                taken.append(await acknowledged(host.cable(1)))
            await all_printed(printer, taken)

    run(main())


def test_unplugged_on_usbip_while_it_prints(tmp_path: Path) -> None:
    """The cable is out as soon as the answer is there: the job comes out all the same."""

    async def main() -> None:
        port = free_port()
        board = desk(sink={"formats": ("png",)}, usb={"part": "usbip", "port": port})
        async with running(tmp_path, board) as printer:
            taken = []
            for _ in range(10):
                host = await UsbipHost.connect(port)
                while await host.attach():
                    await host.closed()
                    host = await UsbipHost.connect(port)
                await host.configure()
                taken.append(await acknowledged(host.cable(1)))
                host.submit(2, over_http(print_job(bytes(50_000)), 0)[:9000])
                await host.closed()
            await all_printed(printer, taken)

    run(main())


def test_a_hundred_thousand_control_requests(tmp_path: Path) -> None:
    """Every bmRequestType and bRequest, then at random: the device answers each, and prints afterwards."""

    async def main() -> None:
        dice, whole = random.Random(1), print_raster()
        taken: list[int] = []
        every = [Setup(kind, request, 0, 0, 64) for kind in range(256) for request in range(256)]
        more = [
            Setup(dice.randrange(256), dice.randrange(256), *(dice.randrange(65536) for _ in range(3)))
            for _ in range(100_000 - len(every))
        ]
        requests = every + more
        async with on_usbip(tmp_path) as (printer, host):
            for i in range(0, len(requests), 1000):
                answers = []
                for setup in requests[i : i + 1000]:
                    data = b"" if setup.is_in else bytes(setup.length % 64)
                    length = setup.length if setup.is_in else 0
                    answers.append(host.submit(0x80 if setup.is_in else 0, data, length=length, setup=setup.pack())[1])
                for status, actual, data in await asyncio.gather(*answers):
                    assert status in (0, -32)
                    assert len(data) <= actual
                await host.configure()
                taken.append(await acknowledged(host.cable(1 + len(taken) % 3), whole))
            await all_printed(printer, taken)

    run(main(), 110)


def good_packets() -> list[bytes]:
    submit = struct.pack(">5IIiiii8s", 1, 7, 0x10001, 1, 0, 0, 64, 0, 0, 0, bytes.fromhex("8006000100004000"))
    write = struct.pack(">5IIiiii8s", 1, 8, 0x10001, 0, 1, 0, 4, 0, 0, 0, bytes(8)) + b"GET "
    unlink = struct.pack(">5II24x", 2, 9, 0x10001, 0, 0, 7)
    return [submit, write, unlink]


def test_malformed_packets(tmp_path: Path) -> None:
    """A thousand broken streams, before and after the import; the next host prints."""

    async def main() -> None:
        dice, taken, whole, port = random.Random(2), [], print_raster(), free_port()
        board = desk(sink={"formats": ("png",)}, usb={"part": "usbip", "port": port})
        async with running(tmp_path, board) as printer:
            assert isinstance(printer.cable, UsbipServer)
            (device,) = printer.cable
            for n in range(1000):
                host = await UsbipHost.connect(port)
                if imported := bool(n % 4):
                    assert await host.attach() == 0
                good = (
                    b"".join(dice.choices(good_packets(), k=4)) if imported else struct.pack(">HHI", 0x111, 0x8005, 0)
                )
                broken = bytearray(good)
                for _ in range(dice.randrange(1, 6)):
                    broken[dice.randrange(len(broken))] = dice.choice([0, 1, 0x7F, 0x80, 0xFF, dice.randrange(256)])
                host.writer.write(bytes(broken[: dice.randrange(1, len(broken) + 1)]))
                if n % 2:
                    await asyncio.sleep(0)
                await host.closed()
                await eventually(lambda: device.link is None)
                if n % 20 == 0:
                    host = await UsbipHost.connect(port)
                    assert await host.attach() == 0
                    await host.configure()
                    taken.append(await acknowledged(host.cable(1), whole))
                    await host.closed()
                    await eventually(lambda: device.link is None)
            await all_printed(printer, taken)

    run(main())
