"""An IPP-USB interface from the host's bytes to a real aiohttp server and back, on a cable in memory."""

import asyncio
import random
import time

import h11
import pytest

from tests.usb.support import Client, Server, eventually, interface, receipt, run
from usb_gadget.descriptors import Speed
from usb_gadget.endpoint import TRANSFER_LIMIT
from usb_gadget.framing import HEAD_LIMIT
from usb_gadget.memory import Halted, MemoryLink
from usb_gadget.pipe import READS, Pipe
from usb_gadget.session import HIGH_WATER


def sized(total: int, path: str = "/") -> bytes:
    """A GET request of exactly `total` octets."""
    head = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n".encode()
    while (left := total - len(head) - 2) > 0:
        size = left if left <= 1000 else min(1000, left - 10)
        head += b"X: " + b"x" * (size - 5) + b"\r\n"
    return head + b"\r\n"


async def answer(link: MemoryLink, method: str = "GET") -> tuple[int, bytes]:
    http = h11.Connection(h11.CLIENT)
    http.send(h11.Request(method=method, target="/", headers=[("Host", "localhost")]))
    http.send(h11.EndOfMessage())
    return await Client(link).response(http)


@pytest.mark.parametrize("speed", list(Speed))
def test_requests_and_answers(speed: Speed) -> None:
    async def main() -> None:
        async with interface(speed) as (server, link, _):
            client = Client(link)
            for size in (0, 1, 63, 64, 65, 511, 512, 513, 1024, 4096, 100_000, TRANSFER_LIMIT * 3):
                body = random.Random(size).randbytes(size)
                assert await client.request("POST", "/ipp/print", body) == (200, receipt(body))
                assert await client.request("POST", "/ipp/print", body, chunked=32768) == (200, receipt(body))
                assert await client.request("GET", f"/size/{size}") == (200, bytes(size))
            assert await client.request("GET", "/stream/30") == (200, b"x" * 30_000)
            assert server.made == 1  # one connection served them all
            assert server.links == {"usb"}

    run(main())


@pytest.mark.parametrize("total", [512, 1024, 2048, 16384])
def test_requests_that_end_with_a_full_packet_do_not_wait(total: int) -> None:
    async def main() -> None:
        async with interface() as (_, link, _pipe):
            for _ in range(3):
                await link.write(sized(total))
                assert (await answer(link))[0] == 200
            head = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n"
            length = total - len(head % total)
            await link.write(head % length + bytes(length))
            assert (await answer(link))[1] == receipt(bytes(length))

    run(main())


def test_zero_length_packets_are_tolerated() -> None:
    async def main() -> None:
        async with interface() as (_, link, _pipe):
            for _ in range(3):
                await link.write(b"")
                await link.write(sized(512), zero_length_packet=True)
                await link.write(b"")
                assert (await answer(link))[0] == 200
            await link.write(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\n")
            for octet in (b"a", b"", b"b", b"", b"", b"cd"):
                await link.write(octet)
            assert (await answer(link))[1] == receipt(b"abcd")

    run(main())


def test_a_full_last_packet_of_an_answer_is_followed_by_an_empty_one() -> None:
    async def main() -> None:
        async with interface() as (_, link, _pipe):
            await link.write(sized(100, "/size/1000"))
            head = len(await link.read(65536)) - 1000 - len("1000")
            for total in (1024, 4096, TRANSFER_LIMIT, 2 * TRANSFER_LIMIT):
                body = total - head - len(str(total - head - len(str(total))))
                await link.write(sized(100, f"/size/{body}"))
                data = await link.read(4 * TRANSFER_LIMIT)  # would wait for more without the empty packet
                assert len(data) == total

    run(main())


def test_a_large_body_is_not_read_by_the_packet() -> None:
    """The way out of the trap: one read per packet would be thirty times slower on a real controller."""

    async def main() -> None:
        async with interface() as (_, link, _pipe):
            sizes: list[int] = []
            read = link.out.read

            def count(size: int) -> None:
                sizes.append(size)
                read(size)

            link.out.read = count  # type: ignore[method-assign]
            body = bytes(4 << 20)
            assert (await Client(link).request("POST", "/ipp/print", body))[0] == 200
            assert len(sizes) < 100
            del sizes[:]
            assert (await Client(link).request("POST", "/ipp/print", body, chunked=32768))[0] == 200
            assert len(sizes) < 1000

    run(main())


def test_a_slow_server_leaves_the_host_waiting() -> None:
    """Back-pressure reaches the cable, and memory is bounded."""

    async def main() -> None:
        async with interface() as (server, link, pipe):
            body = bytes(20 << 20)
            sending = asyncio.create_task(Client(link).request("POST", "/wait", body))
            await eventually(lambda: bool(server.requests))
            await asyncio.sleep(0.1)
            held = sum(len(part) for part in pipe._held)
            assert not sending.done()
            assert held <= READS * TRANSFER_LIMIT
            assert server.octets == 0
            server.go.set()
            assert await sending == (200, receipt(body))

    run(main())


def test_a_host_that_does_not_read_stops_the_server() -> None:
    async def main() -> None:
        async with interface() as (_, link, pipe):
            await link.write(sized(200, "/stream/2000"))
            await asyncio.sleep(0.2)
            assert 0 < pipe.unsent <= HIGH_WATER + 2000
            assert (await answer(link)) == (200, b"x" * 2_000_000)
            await Client(link).check()

    run(main())


def test_requests_without_waiting_for_answers_are_answered_in_turn_and_in_bounded_memory() -> None:
    async def main() -> None:
        async with interface() as (server, link, pipe):
            get = b"GET /size/20000 HTTP/1.1\r\nHost: localhost\r\n\r\n"
            await link.write(get)
            one = len(await link.read(65536))
            sending = asyncio.create_task(link.write(get * 1000))
            await asyncio.sleep(0.2)
            assert not sending.done()
            assert pipe.unsent < HIGH_WATER + 30_000
            assert len(server.requests) < 50
            left = 1000 * one
            while left:
                left -= len(await link.read(65536))
            await sending
            await Client(link).check()

    run(main())


# A connection that the server closes


def test_a_closed_connection_becomes_a_fresh_one() -> None:
    async def main() -> None:
        async with interface() as (server, link, _):
            client = Client(link)
            for _ in range(3):
                assert await client.request("GET", "/close") == (200, b"bye")
                assert await client.request("POST", "/close", bytes(100_000)) == (200, b"bye")
                assert await client.request("GET", "/", headers=(("Connection", "close"),)) == (200, receipt(b""))
                await client.check()
            assert server.made == 10  # the last of each round is kept for the first of the next

    run(main())


@pytest.mark.parametrize("chunked", [0, 5000])
def test_early_answers_go_out_while_the_body_still_arrives(chunked: int) -> None:
    """401 and 413 must not wait for the end of a body; the rest is read and dropped."""

    async def main() -> None:
        async with interface() as (_, link, _pipe):
            framing = b"Transfer-Encoding: chunked" if chunked else b"Content-Length: 1000000"
            await link.write(b"POST /refuse HTTP/1.1\r\nHost: localhost\r\n" + framing + b"\r\n\r\n")
            assert await answer(link) == (401, b"no")
            for _ in range(200):
                await link.write(b"1388\r\n" + bytes(5000) + b"\r\n" if chunked else bytes(5000))
            if chunked:
                await link.write(b"0\r\n\r\n")
            await Client(link).check()

    run(main())


def test_an_abandoned_body_of_an_answered_request_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("usb_gadget.pipe.GIVE_UP", 0.2)

    async def main() -> None:
        async with interface() as (server, link, _):
            head = b"POST /close HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n"
            await link.write(head + bytes(5000))
            assert await answer(link) == (200, b"bye")
            await server.shutdown()  # ends the server's own patience with the body
            await asyncio.sleep(0.4)
            await link.write(sized(1024))  # a multiple of the packet: nothing ends a read that is too large
            assert (await answer(link))[0] == 200

    run(main())


def test_expect_continue() -> None:
    async def main() -> None:
        async with interface() as (_, link, _pipe):
            head = b"POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 1000000\r\n\r\n"
            await link.write(head)
            assert await link.read(512) == b"HTTP/1.1 100 Continue\r\n\r\n"
            await link.write(bytes(1_000_000))
            assert await answer(link) == (200, receipt(bytes(1_000_000)))

    run(main())


class _Refuses(asyncio.Protocol):
    """Refuses a head without having said "100 Continue"."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        if data.startswith(b"POST"):
            self.transport.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
        elif data.startswith(b"GET"):
            self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


@pytest.mark.parametrize("sends_body", [False, True])
def test_a_host_that_waits_for_continue_and_is_refused(sends_body: bool) -> None:
    """It may send the body nevertheless, or go on with its next request."""

    async def main() -> None:
        link = MemoryLink()
        pipe = Pipe(link.out, link.in_, _Refuses)
        pipe.start()
        for _ in range(3):
            size = b"Content-Length: 100000\r\n"
            await link.write(b"POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n" + size + b"\r\n")
            assert (await answer(link))[0] == 413
            if sends_body:
                await link.write(b"\x02\x00" + b"GET / HTTP/1.1\r\n\r\n".ljust(99_998, b"x"))
            await link.write(sized(512))
            assert (await answer(link))[0] == 200
        pipe.stop()

    run(main())


def test_a_response_that_stops_halfway_halts_the_endpoint() -> None:
    async def main() -> None:
        async with interface() as (_, link, _pipe):
            await link.write(sized(200, "/cut"))
            data = await link.read(4096)
            assert data.endswith(b"x" * 100)
            with pytest.raises(Halted):
                await link.read(4096)
            await Client(link).check()

    run(main())


class _Leaves(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.transport.close()
        self.transport.write(b"too late")


def test_a_connection_closed_without_an_answer_gets_one() -> None:
    async def main() -> None:
        link = MemoryLink()
        pipe = Pipe(link.out, link.in_, _Leaves)
        pipe.start()
        for _ in range(3):
            assert await Client(link).request("POST", "/", bytes(3000)) == (503, b"")
        pipe.stop()

    run(main())


# Nonsense


@pytest.mark.parametrize(
    "nonsense",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01",
        b"%PDF-1.7\n" + bytes(100_000),
        b"GET / HTTP/1.1\r\nX: " + b"x" * (HEAD_LIMIT + 10_000),
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -3\r\n\r\n" + b"abc" * 5000,
        b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n" + bytes(10_000),
        b"GET / HTTP/1.1\r\nno field\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
    ],
)
def test_nonsense_is_refused_and_the_next_request_works(nonsense: bytes) -> None:
    async def main() -> None:
        async with interface() as (_, link, _pipe):
            for _ in range(3):
                writing = asyncio.create_task(link.write(nonsense))
                assert b" 400 " in (await link.read(16384))[:20]
                await writing
                await Client(link).check()

    run(main())


# Resets


def test_a_reset_in_the_middle_of_a_head_a_body_and_an_answer() -> None:
    async def main() -> None:
        async with interface() as (server, link, pipe):
            client = Client(link)
            await link.write(b"POST /ipp/print HT")
            pipe.reset()
            await client.check()
            await link.write(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n" + bytes(50_000))
            await eventually(lambda: server.octets >= 50_000)
            pipe.reset()
            await client.check()
            assert server.broken == 1
            await link.write(sized(100, "/stream/1000"))
            await link.read(512)
            pipe.reset()
            link.unplug()
            await client.check()

    run(main())


def test_what_an_old_connection_still_says_goes_nowhere() -> None:
    async def main() -> None:
        async with interface() as (server, link, pipe):
            await link.write(sized(100, "/wait"))
            await eventually(lambda: "GET /wait" in server.requests)
            pipe.reset()
            server.go.set()
            await Client(link).check()

    run(main())


def test_stopped_and_started_again() -> None:
    async def main() -> None:
        async with interface() as (_, link, pipe):
            for _ in range(3):
                await Client(link).check()
                await link.write(b"POST / HTTP/1.1\r\nContent-Le")
                pipe.stop()
                link.unplug()
                pipe.start()

    run(main())


def encoded(body: bytes, chunk: int) -> bytes:
    """A job as bytes, chunked if `chunk` is not 0."""
    http = h11.Connection(h11.CLIENT)
    framing = ("Transfer-Encoding", "chunked") if chunk else ("Content-Length", str(len(body)))
    fields = [("Host", "localhost"), framing]
    out = http.send(h11.Request(method="POST", target="/ipp/print", headers=fields)) or b""
    for i in range(0, len(body), chunk or len(body) + 1):
        out += http.send(h11.Data(body[i : i + (chunk or len(body))])) or b""
    return out + (http.send(h11.EndOfMessage()) or b"")


def test_unplugged_at_a_random_octet_a_thousand_times() -> None:
    """Each time the next job prints; every job that was acknowledged had arrived whole."""

    async def main() -> None:
        dice, whole = random.Random(3), 0
        async with interface() as (server, link, pipe):
            client = Client(link)
            for n in range(1000):
                body = dice.randbytes(dice.choice([0, 100, 512, 5000, 70_000]))
                job = encoded(body, dice.choice([0, 512, 4096]))
                cut, piece = dice.randrange(len(job) * 11 // 10), dice.choice([512, 4096, 16384])
                for i in range(0, min(cut, len(job)), piece):
                    await link.write(job[i : min(cut, i + piece)])
                if cut >= len(job) and dice.randrange(2):
                    assert await answer(link, "POST") == (200, receipt(body))
                    whole += 1
                for _ in range(dice.randrange(20)):
                    await asyncio.sleep(0)
                link.unplug()
                pipe.stop()
                pipe.start()
                if n % 10 == 0:
                    await client.check(b"%d" % n)
            await client.check()
            assert server.broken > 300
            assert whole > 20

    run(main())


def test_memory_stays_flat_for_a_large_job() -> None:
    async def main() -> None:
        async with interface() as (server, link, pipe):
            most = 0
            await link.write(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 104857600\r\n\r\n")
            block = bytes(1 << 20)
            for _ in range(100):
                await link.write(block)
                most = max(most, sum(len(part) for part in pipe._held))
            assert (await answer(link))[0] == 200
            assert server.octets == 100 << 20
            assert most <= 4 * TRANSFER_LIMIT

    run(main())


def test_several_interfaces_do_not_wait_for_each_other() -> None:
    async def main() -> None:
        server, links = Server(), [MemoryLink() for _ in range(3)]
        pipes = [Pipe(link.out, link.in_, server, interface=i) for i, link in enumerate(links)]
        for pipe in pipes:
            pipe.start()
        upload = asyncio.create_task(Client(links[0]).request("POST", "/wait", bytes(10 << 20)))
        start = time.monotonic()
        for _ in range(50):
            await asyncio.gather(Client(links[1]).check(), Client(links[2]).check())
        assert time.monotonic() - start < 5
        assert not upload.done()
        server.go.set()
        assert (await upload)[0] == 200
        for pipe in pipes:
            pipe.stop()
        await server.shutdown()

    run(main())
