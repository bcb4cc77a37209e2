"""The gate: names, sites, framing. What a browser can be made to do, and what smugglers do."""

from __future__ import annotations

import socket
from asyncio import to_thread
from pathlib import Path

import pytest

from firmware.ipp import Operation, encode
from firmware.net.names import Names, host_of
from tests.net.client import answer, raw, request, tcp
from tests.net.support import ask, desk, run, running

IPP = "Content-Type: application/ipp\r\n"


@pytest.mark.parametrize(
    ("authority", "host"),
    [
        ("localhost", "localhost"),
        ("LocalHost.:631", "localhost"),
        ("[::1]:8631", "[::1]"),
        ("[fe80::1%25eth0]", "[fe80::1%25eth0]"),
        ("192.0.2.1:80", "192.0.2.1"),
        ("", None),
        ("a b", None),
        ("evil/../x", None),
        ("user@host", None),
        ("host:99999", None),
        ("host:", None),
        (".", None),
        ("x" * 254, None),
    ],
)
def test_hosts(authority: str, host: str | None) -> None:
    assert host_of(authority) == host


def test_names_that_are_ours() -> None:
    names = Names("inkstand-1234.local", ["printer.example", "*.lab.example"])
    label = socket.gethostname().lower().partition(".")[0]
    for good in (
        "localhost", "inkstand-1234.local", "inkstand-1234-2.local", "printer.example", "a.lab.example", label,
        f"{label}.local", f"{label}-3.local", "192.0.2.99", "[2001:db8::1]", "[fe80::1%25eth0]",
    ):  # fmt: skip
        assert names.knows(good), good
    for bad in (
        "evil.example", "lab.example", "a.b.lab.example", "localhost.evil.example", "inkstand-1234.local.evil.example",
        "xinkstand-1234.local", "printer.example.evil", f"{label}.evil.example", "1.2.3.4.evil.example",
    ):  # fmt: skip
        assert not names.knows(bad), bad


def test_another_site_s_name_is_misdirected(tmp_path: Path) -> None:
    """DNS rebinding: the attacker's name points to us, so Origin and Host agree (RFC 9110 section 15.5.20)."""
    body = encode(ask(Operation.GET_PRINTER_ATTRIBUTES))

    def client(port: int) -> None:
        with tcp(port) as plain:
            for host in ("evil.example", f"evil.example:{port}"):
                plain.sendall(request("POST", "/ipp/print", f"{IPP}Origin: http://{host}\r\n", body, host))
                assert answer(plain)[0] == 421
                plain.sendall(request("GET", "/", host=host))
                status, _, said = answer(plain)
                assert status == 421
                assert b"names" in said
            for host in (f"127.0.0.1:{port}", "printer.example", f"localhost:{port}"):
                plain.sendall(request("POST", "/ipp/print", IPP, body, host))
                assert answer(plain)[0] == 200
        for head in (b"GET / HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n"):
            with tcp(port) as plain:
                plain.sendall(head)
                assert answer(plain)[0] == 400
        with tcp(port) as plain:
            plain.sendall(b"GET /static/style.css HTTP/1.0\r\n\r\n")
            assert answer(plain)[0] == 200

    async def test() -> None:
        async with running(tmp_path, desk(network={"names": ("printer.example",)})) as instance:
            await to_thread(client, instance.port)

    run(test())


def test_other_sites_can_t_post(tmp_path: Path) -> None:
    """CSRF: by Origin, by Sec-Fetch-Site, and by content types that need no asking first."""
    body = encode(ask(Operation.GET_PRINTER_ATTRIBUTES))
    good = f"{IPP}Origin: http://localhost\r\nSec-Fetch-Site: same-origin\r\n"

    def client(port: int) -> None:
        with tcp(port) as plain:
            for headers, status in (
                (good, 200),
                (IPP + "Origin: http://evil.example\r\n", 403),
                (IPP + "Origin: null\r\n", 403),
                (IPP + "Sec-Fetch-Site: cross-site\r\n", 403),
                (IPP + "Sec-Fetch-Site: same-site\r\n", 403),
                ("Content-Type: text/plain\r\n", 415),
                ("Content-Type: multipart/form-data\r\n", 415),
            ):
                plain.sendall(request("POST", "/ipp/print", headers, body))
                assert answer(plain)[0] == status, headers
            plain.sendall(request("OPTIONS", "/ipp/print", "Origin: http://evil.example\r\n"))
            assert not [name for name in answer(plain)[1] if name.startswith("access-control")]

    async def test() -> None:
        async with running(tmp_path) as instance:
            await to_thread(client, instance.port)

    run(test())


SECOND = b"GET /static/style.css HTTP/1.1\r\nHost: localhost\r\n\r\n"
SMUGGLED = {
    "length and chunks": b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two lengths": b"Content-Length: 0\r\nContent-Length: 44\r\n\r\n",
    "a list of lengths": b"Content-Length: 0, 44\r\n\r\n",
    "folded": b"X: a\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "space before colon": b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "unknown coding": b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunked twice": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "bare line feed": b"X: a\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "null": b"X: a\0b\r\n\r\n",
}


@pytest.mark.parametrize("rest", SMUGGLED.values(), ids=SMUGGLED.keys())
def test_nothing_is_smuggled(tmp_path: Path, rest: bytes) -> None:
    """RFC 9112 sections 2.2, 5.1, 5.2, 6.3: doubtful framing is answered 400, and what follows is not a request."""

    async def test() -> None:
        async with running(tmp_path) as instance:
            octets = b"POST /ipp/print HTTP/1.1\r\nHost: localhost\r\n" + rest + SECOND
            said = await to_thread(raw, instance.port, octets)
            assert said.count(b"HTTP/1.1 ") <= 1, said
            assert not said or said.split()[1] == b"400", said[:100]

    run(test())
