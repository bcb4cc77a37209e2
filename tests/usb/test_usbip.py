"""The USB/IP server over TCP on loopback, asked by a host that is written from the protocol's description."""

import asyncio
import random
import struct
from dataclasses import replace

import pytest

from tests.usb.support import PRINTER, Client, Server, UsbipHost, attached, eventually, receipt, run
from tests.usb.test_legacy import Jobs
from usb_gadget.descriptors import Speed, parse_configuration
from usb_gadget.device import Setup
from usb_gadget.layout import Legacy, PortStatus, parse_interfaces
from usb_gadget.legacy import JobEnd
from usb_gadget.plug import Plug, UsbEvent, UsbEventKind
from usb_gadget.usbip import UsbipServer, is_local
from usb_gadget.usbip_endpoint import UsbipIn
from usb_gadget.usbip_wire import Submit, ret_submit

SET_CONFIGURATION = Setup(0x00, 9, 1)


def test_device_list() -> None:
    async def main() -> None:
        server = Server()
        async with UsbipServer(port=0) as usbip:
            usbip.add(Plug(PRINTER, server))
            usbip.add(Plug(replace(PRINTER, product_id=0x0105, legacy=Legacy.BESIDE), server), Speed.SUPER)
            host = await UsbipHost.connect(usbip.port)
            (first, entry, interfaces), (second, other, more) = await host.devices()
            assert (first, second) == ("1-1", "1-2")
            assert struct.unpack(">IIIHHHBBBBBB", entry[288:]) == (
                1, 1, 3, 0x1D6B, 0x0104, 0x0100, 0, 0, 0, 1, 1, 3,
            )  # fmt: skip
            assert struct.unpack_from(">III", other, 288) == (1, 2, 5)
            assert interfaces == bytes([7, 1, 4, 0]) * 3
            assert more == bytes([7, 1, 2, 0]) + bytes([7, 1, 4, 0]) * 3
            assert await host.attach("1-7") == 4
            again = await UsbipHost.connect(usbip.port)
            assert await host.attach("1-2") == 0
            assert host.entry == other
            assert await again.attach("1-2") == 2  # one host at a time
            assert [bus for bus, _, _ in await again.devices()] == ["1-1"]
            await host.closed()
            await eventually(lambda: all(device.link is None for device in usbip))
            assert await again.attach("1-2") == 0
            await again.closed()

    run(main())


@pytest.mark.parametrize("speed", list(Speed))
def test_http_over_every_speed(speed: Speed) -> None:
    async def main() -> None:
        async with attached(speed=speed) as (server, host, _):
            for endpoint in (1, 2, 3):
                client = Client(host.cable(endpoint))
                for size in (0, 512, 1024, 100_000, 1_000_000):
                    body = random.Random(size).randbytes(size)
                    assert await client.request("POST", "/ipp/print", body) == (200, receipt(body))
                    assert await client.request("POST", "/", body, chunked=32768) == (200, receipt(body))
                    assert await client.request("GET", f"/size/{size}") == (200, bytes(size))
            assert server.links == {"usb"}

    run(main())


def test_descriptors_and_class_requests() -> None:
    async def main() -> None:
        status = PortStatus.PAPER_EMPTY
        async with attached(port_status=lambda: status) as (_, host, _plug):
            data = await host.control(Setup(0x80, 6, 0x0200, 0, 1024))
            assert data is not None
            assert [i.triple for i in parse_configuration(data).interfaces] == [(7, 1, 4)] * 3
            assert await host.control(Setup(0x80, 6, 0x2100, 0, 256)) == bytes.fromhex("0a21010100041100 0405")
            assert await host.control(Setup(0xA1, 1, 0, 0, 1)) == b"\x20"
            status = PortStatus.READY
            assert await host.control(Setup(0xA1, 1, 0, 0, 1)) == b"\x18"
            identity = await host.control(Setup(0xA1, 0, 0, 0, 1024))
            assert identity is not None
            assert identity[2:] == PRINTER.device_id.encode()
            assert await host.control(Setup(0xC0, 0x33, 0, 0, 64)) is None

    run(main())


def test_alternate_settings() -> None:
    """IPP-USB as alternate setting 1 of a legacy interface, switched while it runs."""

    async def main() -> None:
        jobs: list[Jobs] = []
        printer = replace(PRINTER, legacy=Legacy.ALTERNATE, ipp_interfaces=2)

        def make() -> Jobs:
            jobs.append(Jobs())
            return jobs[-1]

        async with attached(printer, legacy_jobs=make) as (_, host, _plug):
            for n in range(3):
                await host.write(1, b"%!PS legacy job")
                assert await host.control(Setup(0x01, 11, 1, 0)) == b""
                await eventually(lambda n=n: sum(len(job.done) for job in jobs) == n + 1)
                await Client(host.cable(1)).check()
                assert await host.control(Setup(0x01, 11, 0, 0)) == b""
            assert [job.done for job in jobs if job.done] == [[(b"%!PS legacy job", JobEnd.RELEASED)]] * 3

    run(main())


def test_any_layout() -> None:
    async def main() -> None:
        layout = parse_interfaces(["255/255/255|7/1/4", "7/1/2|7/1/4", "8/6/80"])
        async with attached(replace(PRINTER, interfaces=layout, numbers=(2, 5, 9))) as (_, host, _plug):
            for number, endpoint in (2, 1), (5, 2):
                assert await host.control(Setup(0x01, 11, 1, number)) == b""
                await Client(host.cable(endpoint)).check()
            _, waiting = host.submit(3, b"nobody reads this")
            await asyncio.sleep(0.05)
            assert not waiting.done()

    run(main())


def test_events() -> None:
    async def main() -> None:
        seen: list[UsbEvent] = []
        async with attached(events=seen.append) as (_, host, _plug):
            await host.control(Setup(0x21, 2, 0, 1))
            await host.control(Setup(0x01, 11, 0, 2))
        kind = UsbEventKind
        assert seen == [
            UsbEvent(kind.CONFIGURED), UsbEvent(kind.SOFT_RESET, 1), UsbEvent(kind.ALTERNATE_SET, 2),
            UsbEvent(kind.DECONFIGURED),
        ]  # fmt: skip

    run(main())


# Resets in the middle of things


@pytest.mark.parametrize(
    "reset",
    [
        SET_CONFIGURATION,
        Setup(0x01, 11, 0, 0),
        Setup(0x21, 2, 0, 0),
        Setup(0x23, 2, 0, 0),
    ],
    ids=["SET_CONFIGURATION", "SET_INTERFACE", "SOFT_RESET", "SOFT_RESET of version 1.0"],
)
def test_a_reset_in_the_middle_of_a_body(reset: Setup) -> None:
    async def main() -> None:
        async with attached() as (server, host, _):
            for n in range(1, 4):
                await host.write(1, b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999\r\n\r\n" + bytes(5000))
                await eventually(lambda n=n: server.octets >= 5000 * n)
                assert await host.control(reset) == b""
                await Client(host.cable(1)).check(b"")
                assert server.broken == n
            await host.write(1, b"POST / HT")
            await host.control(reset)
            await host.write(1, b"GET /stream/10 HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert (await host.read(1, 512)).startswith(b"HTTP/1.1 200")
            await host.control(reset)
            await Client(host.cable(1)).check()

    run(main())


def test_a_reset_of_one_interface_leaves_the_others_alone() -> None:
    async def main() -> None:
        async with attached() as (server, host, _):
            upload = asyncio.create_task(Client(host.cable(1)).request("POST", "/wait", bytes(1 << 20)))
            await eventually(lambda: "POST /wait" in server.requests)
            assert await host.control(Setup(0x01, 11, 0, 1)) == b""
            assert await host.control(Setup(0x21, 2, 0, 2)) == b""
            for endpoint in (2, 3):
                await Client(host.cable(endpoint)).check()
            server.go.set()
            assert await upload == (200, receipt(bytes(1 << 20)))

    run(main())


def test_requests_on_all_interfaces_at_once() -> None:
    async def main() -> None:
        printer = replace(PRINTER, ipp_interfaces=8)
        async with attached(printer) as (_, host, _plug):

            async def work(endpoint: int) -> None:
                for n in range(20):
                    await Client(host.cable(endpoint)).check(bytes(n * 5000))

            await asyncio.gather(*(work(endpoint) for endpoint in range(1, 9)))

    run(main())


def test_a_long_upload_never_delays_a_status_poll() -> None:
    async def main() -> None:
        async with attached() as (server, host, _):
            upload = asyncio.create_task(Client(host.cable(1)).request("POST", "/wait", bytes(8 << 20)))
            await eventually(lambda: "POST /wait" in server.requests)
            for _ in range(20):
                async with asyncio.timeout(1):
                    await Client(host.cable(2)).check()
            server.go.set()
            assert (await upload)[0] == 200

    run(main())


def test_a_cut_response_stalls_until_the_halt_is_cleared() -> None:
    async def main() -> None:
        async with attached() as (_, host, _plug):
            await host.write(1, b"GET /cut HTTP/1.1\r\nHost: localhost\r\n\r\n")
            await host.read(1, 4096)
            for _ in range(2):
                with pytest.raises(OSError, match="32"):
                    await host.read(1, 4096)
            assert await host.control(Setup(0x82, 0, 0, 0x81, 2)) == b"\1\0"
            assert await host.control(Setup(0x02, 1, 0, 0x81)) == b""
            await Client(host.cable(1)).check()

    run(main())


# Transfers


def test_short_reads_and_overflows() -> None:
    async def main() -> None:
        async with attached() as (_, host, _plug):
            await host.write(1, b"GET /size/100 HTTP/1.1\r\nHost: localhost\r\n\r\n")
            status, actual, _ = await host.submit(0x81, length=16384, flags=1)[1]
            assert (status, actual > 100) == (-121, True)  # short, which the host did not want
            await host.write(1, b"GET /size/100 HTTP/1.1\r\nHost: localhost\r\n\r\n")
            with pytest.raises(OSError, match="75"):
                await host.read(1, 10)
            assert (await host.read(1, 512)).startswith(b"HTTP/1.1 200")

    run(main())


def test_unlink() -> None:
    async def main() -> None:
        async with attached() as (server, host, _):
            reading, _ = host.submit(0x81, length=512)
            assert await host.unlink(reading) == -104
            assert await host.unlink(reading) == 0
            head = b"POST /wait HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999999\r\n\r\n"
            await host.write(1, head)
            writing = [host.submit(1, bytes(16384))[0] for _ in range(100)]
            await eventually(lambda: "POST /wait" in server.requests)
            assert await host.unlink(writing[-1]) == -104  # while the server does not read
            await host.configure()
            await Client(host.cable(1)).check()

    run(main())


def test_data_in_a_transfer_that_is_unlinked_is_not_lost() -> None:
    """The host gives up on a transfer that has some packets already; the next one gets these."""

    async def main() -> None:
        endpoint_sent: list[bytes] = []
        endpoint = UsbipIn(endpoint_sent.append, 512)
        endpoint.submit(Submit(1, True, 1, 0, 4096, bytes(8)))
        endpoint.write(b"a" * 1024)
        assert endpoint_sent == []
        assert endpoint.unlink(1)
        endpoint.submit(Submit(2, True, 1, 0, 4096, bytes(8)))
        endpoint.write(b"b" * 10)
        assert endpoint_sent == [ret_submit(2, 0, 1034, b"a" * 1024 + b"b" * 10)]

    run(main())


def test_transfers_to_nowhere_stall() -> None:
    async def main() -> None:
        async with attached() as (_, host, _plug):
            assert (await host.submit(9, b"x")[1])[0] == -32
            assert (await host.submit(0x89, length=10)[1])[0] == -32
            await host.control(Setup(0x00, 9, 0))
            assert (await host.submit(1, b"x")[1])[0] == -32

    run(main())


# Hosts that are hostile or unlucky


@pytest.mark.parametrize(
    "packet",
    [
        struct.pack(">5IIiiii8s", 99, 1, 0, 0, 0, 0, 0, 0, 0, 0, bytes(8)),  # no such command
        struct.pack(">5IIiiii8s", 1, 1, 0, 2, 0, 0, 0, 0, 0, 0, bytes(8)),  # no such direction
        struct.pack(">5IIiiii8s", 1, 1, 0, 0, 1, 0, -1, 0, 0, 0, bytes(8)),  # negative length
        struct.pack(">5IIiiii8s", 1, 1, 0, 0, 1, 0, 1 << 30, 0, 0, 0, bytes(8)),  # too long
        struct.pack(">5IIiiii8s", 1, 1, 0, 0, 16, 0, 0, 0, 0, 0, bytes(8)),  # no such endpoint number
        struct.pack(">5IIiiii8s", 1, 1, 0, 0, 1, 0, 0, 0, 8, 0, bytes(8)),  # isochronous
    ],
)
def test_a_peer_that_does_not_speak_the_protocol_is_dropped(packet: bytes) -> None:
    async def main() -> None:
        async with attached() as (_, host, _plug):
            _, answer = host.submit(0x81, length=512)
            host.writer.write(packet)
            with pytest.raises(ConnectionError):
                await answer

    run(main())


def test_more_transfers_than_any_host_has() -> None:
    async def main() -> None:
        async with attached() as (_, host, _plug):
            packet = struct.pack(">5IIiiii8s", 1, 1, 0x10001, 1, 1, 0, 512, 0, 0, 0, bytes(8))
            _, answer = host.submit(0x81, length=512)
            host.writer.write(packet * 70_000)
            with pytest.raises(ConnectionError):
                await answer

    run(main())


def test_data_that_waits_is_bounded() -> None:
    """A host that queues more than any kernel does waits in its TCP connection; nothing is lost."""

    async def main() -> None:
        async with attached() as (server, host, _):
            body = bytes(100 << 20)
            head = b"POST /wait HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body)
            sending = asyncio.create_task(host.cable(1).write(head + body))
            await eventually(lambda: "POST /wait" in server.requests, 20)
            await asyncio.sleep(0.5)
            assert not sending.done()
            server.go.set()
            await sending
            assert (await host.read(1, 4096)).endswith(receipt(body))

    run(main())


def test_a_host_that_stops_reading_and_one_that_goes_away() -> None:
    async def main() -> None:
        async with attached() as (server, host, _):
            await host.write(1, b"GET /stream/5000 HTTP/1.1\r\nHost: localhost\r\n\r\n")
            await asyncio.sleep(0.1)
            await Client(host.cable(2)).check()
            await host.configure()
            await Client(host.cable(1)).check()
            await host.write(1, b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999\r\n\r\n" + bytes(500))
            await eventually(lambda: server.octets >= 500)
            await host.closed()
            await eventually(lambda: server.broken == 1)

    run(main())


def test_unplug_and_remove() -> None:
    async def main() -> None:
        server = Server()
        async with UsbipServer(port=0) as usbip:
            device = usbip.add(Plug(PRINTER, server))
            for _ in range(3):
                host = await UsbipHost.connect(usbip.port)
                assert await host.attach() == 0
                await host.configure()
                await Client(host.cable(1)).check()
                _, answer = host.submit(0x81, length=512)
                device.unplug()
                with pytest.raises(ConnectionError):
                    await answer
                await host.closed()
            usbip.remove(device)
            host = await UsbipHost.connect(usbip.port)
            assert await host.devices() == []
            host.close()
            assert usbip.add(Plug(PRINTER, server)).bus_id == "1-1"

    run(main())


def test_who_counts_as_the_cable() -> None:
    assert is_local("")  # AF_UNIX
    assert is_local(("127.0.0.1", 5))
    assert is_local(("::1", 5, 0, 0))
    assert is_local(("::ffff:127.0.0.1", 5, 0, 0))
    assert not is_local(("192.168.1.2", 5))
    assert not is_local(("fe80::1%eth0", 5, 0, 2))
    assert not is_local(("nonsense", 5))
