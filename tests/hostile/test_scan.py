"""A scan from the network: ten thousand requests and handshakes that are none, idle crowds, a trickle. The printer goes
on serving, and its memory does not grow with what it was told."""

from __future__ import annotations

import itertools
import random
import socket
import ssl
import threading
import time
from contextlib import ExitStack, suppress

import pytest

from tests import wire
from tests.desk import Desk, until
from tests.net.client import UPGRADE, blind
from tests.wire import Client

COUNT = 10_000
GROWTH = 24 << 20
"""Octets that its memory may grow in the second half of a scan, once the first has warmed everything up."""

HELLO = (
    bytes.fromhex("160301007a010000760303") + bytes(32) + bytes.fromhex("00000e130113021303c02bc02fcca9cca80100003f")
)
HEADS = (
    b"GET / HTTP/1.1\r\nHost: localhost\r\n",
    b"POST /ipp/print HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/ipp\r\nContent-Length: 9\r\n\r\n\x02",
    b"POST /ipp/print HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    b"POST /ipp/print HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    b"POST /ipp/print HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nX: a\r\n b\r\n\r\n",
    b"GET / HTTP/1.1\nHost: localhost\n\n",
    b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    b"GET /../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /icons/..%2f..%2fetc%2fpasswd HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n" + UPGRADE.encode() + b"\r\n\x16\x03\x01garbage",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic !!!!\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    HELLO,
    HELLO[:40],
    b"\x16\x03\x01\xff\xff" + b"\x01" * 100,
    b"\x16",
    b"\x80\x2e\x01\x03\x01",
)


def memory(printer: Desk) -> int:
    """Octets that the printer holds now."""
    with open(f"/proc/{printer.pid}/statm") as file:
        return int(file.read().split()[1]) * 4096


def hostile(count: int, seed: int) -> list[bytes]:
    """The samples in turn, each third one with some octets changed or cut off."""
    chance = random.Random(seed)
    found = []
    for number, head in zip(range(count), itertools.cycle(HEADS), strict=False):
        data = bytearray(head)
        if number % 3 == 0:
            for _ in range(chance.randrange(1, 6)):
                data[chance.randrange(len(data))] = chance.randrange(256)
        if number % 7 == 0:
            del data[chance.randrange(len(data)) :]
        found.append(bytes(data))
    return found


def throw(printer: Desk, samples: list[bytes]) -> None:
    for sample in samples:
        with suppress(OSError), socket.create_connection(("127.0.0.1", printer.port), 10) as connection:
            connection.sendall(sample)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass


@pytest.mark.timeout(300)
def test_ten_thousand_requests_and_handshakes_that_are_none(printer: Desk, client: Client) -> None:
    halves = []
    for seed in (1, 2):
        samples = hostile(COUNT // 2, seed)
        threads = [threading.Thread(target=throw, args=(printer, samples[start::4])) for start in range(4)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            assert client.ask(wire.GET_PRINTER).code == wire.OK, "others are served meanwhile"
            time.sleep(0.2)
        halves.append(memory(printer))
    assert halves[1] - halves[0] < GROWTH, [half >> 20 for half in halves]
    assert client.ask(wire.GET_PRINTER).code == wire.OK


@pytest.mark.parametrize("kind", ["silent", "plain", "tls", "half a handshake"])
def test_five_hundred_idle_connections(printer: Desk, client: Client, kind: str) -> None:
    """They leave room for others, whatever they have said before they fell silent."""
    before = memory(printer)
    with ExitStack() as crowd:
        for _ in range(500):
            connection = crowd.enter_context(socket.create_connection(("127.0.0.1", printer.port), 20))
            if kind == "plain":
                connection.sendall(b"GET /static/style.css HTTP/1.1\r\nHost: localhost\r\n\r\n")
                connection.recv(100)
            elif kind == "tls":
                crowd.enter_context(blind().wrap_socket(connection))
            elif kind == "half a handshake":
                connection.sendall(HELLO[:50])
        for _ in range(20):
            assert client.ask(wire.GET_PRINTER).code == wire.OK
        with printer.client(20) as other, suppress(ssl.SSLError):
            assert other.ask(wire.GET_PRINTER).code == wire.OK
        assert memory(printer) - before < 160 << 20, (memory(printer) - before) >> 20


def test_a_body_of_one_octet_a_second(printer: Desk, client: Client) -> None:
    """It may take its time; everybody else is served."""
    body = wire.request(wire.GET_PRINTER, printer.uri)
    head = "POST /ipp/print HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/ipp\r\n"
    head += f"Content-Length: {len(body)}\r\n\r\n"
    with ExitStack() as crowd:
        slow = [crowd.enter_context(socket.create_connection(("127.0.0.1", printer.port), 20)) for _ in range(50)]
        for connection in slow:
            connection.sendall(head.encode())
        for octet in body[:5]:
            for connection in slow:
                connection.sendall(bytes([octet]))
            assert client.ask(wire.GET_PRINTER).code == wire.OK
            time.sleep(1)
        answer = client.print_job(b"between the drops\n", "text/plain")
        assert answer.code == wire.OK
        assert printer.wait_for_job(answer.one("job-id")).one("job-state") == wire.COMPLETED
        slow[0].sendall(body[5:])
        until(lambda: slow[0].recv(12, socket.MSG_PEEK), "the slow one to be answered")
