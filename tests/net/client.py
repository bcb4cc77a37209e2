"""The other end of TLS, made of sockets and ``ssl`` alone: what goes over the wire is seen."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from tests.net.support import raw

UPGRADE = "Connection: Upgrade\r\nUpgrade: TLS/1.2,TLS/1.1,TLS/1.0\r\n"
"""As CUPS says it."""


def blind() -> ssl.SSLContext:
    """Trusts anybody."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def trusting(pem: bytes) -> ssl.SSLContext:
    """Trusts this certificate alone, and looks at the name."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=pem.decode())
    return context


@contextmanager
def tcp(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), 20) as connection:
        yield connection


@contextmanager
def tls(port: int, context: ssl.SSLContext | None = None, name: str = "localhost") -> Iterator[ssl.SSLSocket]:
    with tcp(port) as plain, (context or blind()).wrap_socket(plain, server_hostname=name) as connection:
        yield connection


def answer(connection: socket.socket) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of one framed answer, and not an octet more."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        piece = connection.recv(1)
        assert piece, f"closed after {head!r}"
        head += piece
    first, *lines = head.decode("latin-1").strip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = b""
    while len(body) < int(headers.get("content-length", 0)):
        piece = connection.recv(65536)
        assert piece
        body += piece
    return int(first.split()[1]), headers, body


def request(method: str, path: str, headers: str = "", body: bytes = b"", host: str = "localhost") -> bytes:
    length = f"Content-Length: {len(body)}\r\n" if body or method == "POST" else ""
    return f"{method} {path} HTTP/1.1\r\nHost: {host}\r\n{length}{headers}\r\n".encode() + body


__all__ = ["UPGRADE", "answer", "blind", "raw", "request", "tcp", "tls", "trusting"]
