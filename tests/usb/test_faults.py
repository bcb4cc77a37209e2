"""Every fault is seen from the host, and the same look finds nothing when it is off."""

import asyncio
import inspect
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.usb.support import PRINTER, Client, Server, UsbipHost, attached, eventually, run
from tests.usb.test_legacy import Jobs
from usb_gadget import faults as table
from usb_gadget.descriptors import Speed, parse_configuration
from usb_gadget.device import Setup
from usb_gadget.faults import REGISTRY, FaultError, Faults, parameters_of
from usb_gadget.layout import Legacy, UsbPrinter
from usb_gadget.plug import Plug
from usb_gadget.usbip import UsbipServer

Look = Callable[[UsbipHost, Server], Awaitable[bool]]
"""Whether the fault is seen."""

SOON = 0.25
"""Seconds after which something counts as silent."""


async def _times_out(waiting: Awaitable[object], seconds: float = SOON) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await waiting
    except TimeoutError:
        return True
    return False


def _ask(host: UsbipHost, path: str = "/", endpoint: int = 1, **more: Any) -> Awaitable[tuple[int, bytes]]:
    return Client(host.cable(endpoint)).request("GET", path, **more)


async def _triples(host: UsbipHost) -> list[tuple[int, tuple[int, int, int]]]:
    data = await host.control(Setup(0x80, 6, 0x0200, 0, 1024))
    assert data is not None
    return [(i.number, i.triple) for i in parse_configuration(data).interfaces]


async def vendor_class(host: UsbipHost, _: Server) -> bool:
    return (0, (255, 9, 1)) in await _triples(host)


async def sparse_interfaces(host: UsbipHost, _: Server) -> bool:
    return [number for number, _ in await _triples(host)] == [1, 3, 5]


async def few_interfaces(host: UsbipHost, _: Server) -> bool:
    return len(await _triples(host)) == 1


async def legacy_one_way(host: UsbipHost, _: Server) -> bool:
    return (0, (7, 1, 1)) in await _triples(host)


async def capabilities(host: UsbipHost, _: Server) -> bool:
    data = await host.control(Setup(0x80, 6, 0x2100, 0, 256))
    return data is not None and data[6] == 0x17


async def capabilities_missing(host: UsbipHost, _: Server) -> bool:
    data = await host.control(Setup(0x80, 6, 0x2100, 0, 256))
    return data is None or len(data) < 10 or data[6:8] == b"\0\0"


async def strings_asleep(host: UsbipHost, _: Server) -> bool:
    read = Setup(0x80, 6, 0x0301, 0x0409, 255)
    before = await host.control(read)
    assert await host.control(Setup(0x80, 6, 0x0100, 0, 64))  # what follows a bus reset
    assert await host.control(Setup(0x00, 9, 1)) == b""
    after = await host.control(read)
    assert after is not None
    assert len(after) > 2
    return before is None or len(before) == 2


async def language_ids_malformed(host: UsbipHost, _: Server) -> bool:
    answers = [await host.control(Setup(0x80, 6, 0x0300, 0, 255)) for _ in range(3)]
    assert answers[1] == answers[2] == b"\x04\x03\x09\x04"
    return answers[0] != answers[1]


async def configuration_value(host: UsbipHost, _: Server) -> bool:
    return await host.control(Setup(0x80, 8, 0, 0, 1)) == b"\2"


async def no_alternate_setting(host: UsbipHost, _: Server) -> bool:
    return await host.control(Setup(0x01, 11, 0, 0)) is None


async def silent(host: UsbipHost, _: Server) -> bool:
    seen = await _times_out(_ask(host))
    assert seen == await _times_out(_ask(host, endpoint=2))
    return seen


async def silent_until(host: UsbipHost, _: Server) -> bool:
    seen = await _times_out(_ask(host))
    assert await host.control(Setup(0x21, 2, 0, 0)) == b""
    await host.configure()
    assert not await _times_out(_ask(host))
    return seen


async def soft_reset_kills(host: UsbipHost, _: Server) -> bool:
    assert not await _times_out(_ask(host))
    assert await host.control(Setup(0x21, 2, 0, 0)) == b""
    await host.configure()
    return await _times_out(_ask(host))


async def deaf_after(host: UsbipHost, _: Server) -> bool:
    assert not await _times_out(_ask(host))
    await asyncio.sleep(0.3)
    return await _times_out(_ask(host))


async def deaf_after_release(host: UsbipHost, _: Server) -> bool:
    assert not await _times_out(_ask(host))
    assert await host.control(Setup(0x01, 11, 0, 0)) == b""
    return await _times_out(_ask(host))


async def late_intake(host: UsbipHost, server: Server) -> bool:
    started = time.monotonic()
    assert (await _ask(host))[0] == 200
    late = time.monotonic() - started > 0.2
    await host.write(1, b"GET /lost HTTP/1.1\r\nHost: localhost\r\n\r\n")
    await asyncio.sleep(0.02)
    assert await host.control(Setup(0x01, 11, 0, 0)) == b""
    await asyncio.sleep(0.5)
    return late and "GET /lost" not in server.requests


async def overrun(host: UsbipHost, _: Server) -> bool:
    client = Client(host.cable(1))
    assert not await _times_out(client.check(bytes(5000)))
    seen = await _times_out(client.check(bytes(300_000)))
    await host.configure()
    assert not await _times_out(client.check(bytes(5000)))
    return seen


async def zero_length_packets(host: UsbipHost, _: Server) -> bool:
    await host.write(1, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    reads = [await host.read(1, 16384)]
    while not reads[-1]:
        reads.append(await host.read(1, 16384))
    return len(reads) == 2


async def needs_zero_length_packet(host: UsbipHost, _: Server) -> bool:
    request = b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ".ljust(508, b"x") + b"\r\n\r\n"
    await host.write(1, request)
    answer = asyncio.ensure_future(host.read(1, 16384))
    seen = await _times_out(asyncio.shield(answer))
    await host.write(1, b"")
    assert (await answer).startswith(b"HTTP/1.1 200")
    return seen


async def stale_after_reset(host: UsbipHost, _: Server) -> bool:
    await host.write(1, b"GET /size/100000 HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert await host.read(1, 512)
    await host.configure()
    await host.write(1, b"HEAD /size/1 HTTP/1.1\r\nHost: localhost\r\n\r\n")
    return b"Content-Length: 1\r\n" not in await host.read(1, 512)


async def multi_interface_hang(host: UsbipHost, _: Server) -> bool:
    assert not await _times_out(_ask(host))
    assert not await _times_out(_ask(host))
    await _times_out(_ask(host, endpoint=2))
    return await _times_out(_ask(host))


async def http_status(host: UsbipHost, _: Server) -> bool:
    await Client(host.cable(2)).request("POST", "/elsewhere", bytes(50_000))
    return (await _ask(host))[0] == 404


async def http_hang(host: UsbipHost, _: Server) -> bool:
    assert not await _times_out(_ask(host))
    return await _times_out(_ask(host, "/ipp/faxout"))


async def http_garbage(host: UsbipHost, _: Server) -> bool:
    await host.write(1, b"GET /ipp/faxout HTTP/1.1\r\nHost: localhost\r\n\r\n")
    seen = not (await host.read(1, 16384)).startswith(b"HTTP/")
    assert (await _ask(host))[0] == 200
    return seen


async def http_delay(host: UsbipHost, _: Server) -> bool:
    started = time.monotonic()
    await Client(host.cable(1)).check(bytes(200_000))
    return time.monotonic() - started > 0.2


async def http_response_stall(host: UsbipHost, _: Server) -> bool:
    assert not await _times_out(_ask(host, "/size/5000", headers=(("Connection", "keep-alive"),)))
    return await _times_out(_ask(host, "/size/5000"))


async def http_upgrade(host: UsbipHost, _: Server) -> bool:
    upgrade = (("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="))
    lines = "".join(f"{name}: {value}\r\n" for name, value in upgrade)
    await host.write(1, f"GET /ws HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n".encode())
    answer = await host.read(1, 16384)
    granted = answer.startswith(b"HTTP/1.1 101") and b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in answer
    await asyncio.sleep(0.15)
    seen = granted and await _times_out(_ask(host))
    await host.configure()
    assert not await _times_out(_ask(host))
    return seen


PARAMETERS: dict[str, dict[str, Any]] = {
    "deaf-after": {"seconds": 0.3},
    "late-intake": {"delay": 0.3},
    "overrun": {"rate": 100_000},
    "http-delay": {"seconds": 0.3},
}


def _look(name: str) -> Look:
    look: Look = globals()[name.replace("-", "_")]
    return look


def _printer(name: str) -> UsbPrinter:
    return replace(PRINTER, legacy=Legacy.BESIDE) if name == "legacy-one-way" else PRINTER


@pytest.mark.parametrize("name", sorted(REGISTRY))
@pytest.mark.parametrize("on", [True, False])
def test_seen_by_the_host_when_on_and_only_then(name: str, on: bool) -> None:
    async def main() -> None:
        faults = Faults({name: PARAMETERS.get(name, {})} if on else {})
        async with attached(_printer(name), faults=faults) as (server, host, _):
            assert await _look(name)(host, server) == on

    run(main())


@pytest.mark.parametrize("name", sorted(n for n, fault in REGISTRY.items() if fault.where != "layout"))
def test_switched_while_the_device_is_plugged_in(name: str) -> None:
    """On in the middle of it, then off: the next session is a good one."""

    async def main() -> None:
        faults = Faults()
        async with attached(faults=faults) as (server, host, _):
            await Client(host.cable(1)).check()
            faults.set(name, **PARAMETERS.get(name, {}))
            if name == "deaf-after":
                await host.configure()  # the alarm is set then
            seen = await _look(name)(host, server)
            # What lies in the past when it is switched on does not count.
            assert seen or name in ("multi-interface-hang",)
            faults.clear(name)
            await host.configure()
            for endpoint in (1, 2, 3):
                await Client(host.cable(endpoint)).check()

    run(main())


def test_layout_faults_show_at_the_next_plug_in() -> None:
    async def main() -> None:
        faults, server = Faults(), Server()
        async with UsbipServer(port=0) as usbip:
            device = usbip.add(Plug(PRINTER, server, faults=faults), Speed.HIGH)
            for name in (None, "vendor-class", "few-interfaces", None):
                faults.clear()
                if name:
                    faults.set(name)
                host = await UsbipHost.connect(usbip.port)
                assert await host.attach() == 0
                await host.configure()
                assert await vendor_class(host, server) == (name == "vendor-class")
                assert await few_interfaces(host, server) == (name == "few-interfaces")
                device.unplug()
                await host.closed()
                await eventually(lambda: device.link is None)

    run(main())


def test_all_faults_at_once_do_not_wedge_the_server() -> None:
    async def main() -> None:
        faults = Faults({name: {} for name in REGISTRY if REGISTRY[name].where != "layout"})
        async with attached(faults=faults) as (_, host, _plug):
            await _times_out(_ask(host))
            faults.clear()
            await host.configure()
            await Client(host.cable(1)).check()

    run(main())


def test_late_intake_loses_the_tail_of_a_legacy_job() -> None:
    async def main() -> None:
        jobs = Jobs()
        printer = replace(PRINTER, legacy=Legacy.BESIDE)
        faults = Faults({"late-intake": {"delay": 0.2}})
        async with attached(printer, legacy_jobs=lambda: jobs, faults=faults) as (_, host, _plug):
            await host.write(1, b"first part, ")
            await asyncio.sleep(0.4)
            await host.write(1, b"second part")
            assert await host.control(Setup(0x01, 11, 0, 0)) == b""
            await eventually(lambda: len(jobs.done) == 1)
            assert jobs.done[0][0] == b"first part, "

    run(main())


def test_a_fault_that_lasts_some_time() -> None:
    """Minutes of 503 after switching on, with an incomplete body and a zero-length packet instead of its end."""

    async def main() -> None:
        parameters = {"status": 503, "seconds": 0.4, "missing": 1, "zero_length_packet": True}
        async with attached(faults=Faults({"http-status": parameters})) as (_, host, _plug):
            await host.write(1, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            answer = await host.read(1, 16384)
            assert answer.startswith(b"HTTP/1.1 503")
            assert not answer.endswith(b"\n")
            assert await host.read(1, 16384) == b""
            await asyncio.sleep(0.5)
            await Client(host.cable(1)).check()

    run(main())


def test_hangs_of_the_whole_device_and_of_two_interfaces() -> None:
    async def main() -> None:
        async with attached(faults=Faults({"http-hang": {"whole": True}})) as (_, host, _plug):
            assert not await _times_out(_ask(host, endpoint=2))
            assert await _times_out(_ask(host, "/ipp/faxout"))
            assert await _times_out(_ask(host, endpoint=2))
        only = {"paths": ["/eSCL"], "interfaces": 2}
        async with attached(faults=Faults({"http-hang": only})) as (_, host, _plug):
            assert not await _times_out(_ask(host, "/eSCL/ScannerCapabilities"))
            assert not await _times_out(_ask(host, endpoint=2))
            assert await _times_out(_ask(host, "/eSCL/ScannerCapabilities"))

    run(main())


@pytest.mark.parametrize("request_", [Setup(0x40, 0x33), Setup(0x80, 6, 0x0100, 0, 64)])
def test_silent_until_other_requests(request_: Setup) -> None:
    async def main() -> None:
        until = "vendor-request" if request_.kind else "bus-reset"
        async with attached(faults=Faults({"silent-until": {"request": until}})) as (_, host, _plug):
            assert await _times_out(_ask(host))
            await host.configure()
            await host.control(request_)
            await host.configure()
            await Client(host.cable(1)).check()

    run(main())


def test_names_and_parameters_are_checked() -> None:
    faults = Faults({"deaf-after": {"seconds": 2}})
    assert faults.active() == {"deaf-after": {"seconds": 2}}
    with pytest.raises(FaultError, match="no fault named"):
        faults.set("no-such-fault")
    with pytest.raises(FaultError, match="no parameter minutes"):
        faults.set("deaf-after", minutes=1)
    with pytest.raises(FaultError, match="no fault named"):
        faults.clear("no-such-fault")
    faults.clear("silent")
    faults.clear()
    assert faults.active() == {}
    assert parameters_of("overrun") == {"rate": 1_000_000, "window": 1.0}


def test_the_table_lists_every_fault_as_its_docstring_says() -> None:
    assert table.__doc__
    rows = dict(re.findall(r"^    ([a-z-]+)  +(\S.*)$", table.__doc__, re.MULTILINE))
    assert rows == {name: (inspect.getdoc(kind) or "").splitlines()[0] for name, kind in REGISTRY.items()}
    for name, kind in REGISTRY.items():
        assert hasattr(kind, "__dataclass_fields__")
        assert callable(_look(name))
