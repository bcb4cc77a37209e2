"""TLS on the one port: from the first octet, and by Upgrade; the certificate, its names, and how it is renewed."""

from __future__ import annotations

import socket
import ssl
from asyncio import to_thread
from datetime import timedelta
from pathlib import Path

import pytest

from board.parts.identity_memory import MemoryIdentity
from firmware.core.errors import StartError
from firmware.ipp import Attribute, GroupTag, Keyword, Operation, decode, encode
from firmware.net import certificate
from firmware.net.names import Names
from firmware.net.tls import OWN, SELF_SIGNED, Files, Tls
from tests.net.client import UPGRADE, answer, blind, request, tcp, tls, trusting
from tests.net.support import ask, desk, run, running

IPP = "Content-Type: application/ipp\r\n"
DOORS = ("printer-uri-supported", "uri-security-supported", "uri-authentication-supported")


def question() -> bytes:
    wanted = Attribute("requested-attributes", *(Keyword(name) for name in DOORS))
    return encode(ask(Operation.GET_PRINTER_ATTRIBUTES, wanted))


def told(body: bytes) -> dict[str, list[str]]:
    group = decode(body)[0].group(GroupTag.PRINTER)
    assert group is not None
    return {attribute.name: [str(value) for value in attribute.values] for attribute in group}


# ---------------------------------------------------------------------------------------------- one port


def test_plain_and_tls_on_one_port_tell_the_same_doors(tmp_path: Path) -> None:
    """RFC 8011 sections 5.4.1 to 5.4.3: parallel values."""

    def client(port: int) -> None:
        with tcp(port) as plain, tls(port) as secure:
            for connection in (plain, secure):
                connection.sendall(request("POST", "/ipp/print", IPP, question()))
                status, _, body = answer(connection)
                assert status == 200
                assert told(body) == {
                    "printer-uri-supported": ["ipp://localhost/ipp/print", "ipps://localhost/ipp/print"],
                    "uri-security-supported": ["none", "tls"],
                    "uri-authentication-supported": ["requesting-user-name", "requesting-user-name"],
                }

    async def test() -> None:
        async with running(tmp_path) as instance:
            await to_thread(client, instance.port)

    run(test())


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_the_certificate_names_the_printer(tmp_path: Path, version: ssl.TLSVersion) -> None:
    """Name and address are verified by the client, and it is asked for in any version from 1.2 on."""

    def client(port: int, pem: bytes, service: str) -> None:
        for name in ("localhost", "127.0.0.1", "::1", socket.gethostname().lower(), service):
            context = trusting(pem)
            context.minimum_version = context.maximum_version = version
            with tls(port, context, name) as connection:
                assert connection.version() == {771: "TLSv1.2", 772: "TLSv1.3"}[version]
                cipher = connection.cipher()
                assert cipher is not None
                assert "GCM" in cipher[0] or "CHACHA20" in cipher[0]
        with pytest.raises(ssl.SSLCertVerificationError), tls(port, trusting(pem), "elsewhere.example"):
            pass

    async def test() -> None:
        async with running(tmp_path) as instance:
            assert instance.doors.tls is not None
            await to_thread(client, instance.port, instance.doors.tls.pem, instance.doors.names.service)

    run(test())


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning", "ignore:ssl.OP_NO:DeprecationWarning")
def test_old_protocols_and_ciphers_are_refused(tmp_path: Path) -> None:
    def client(port: int) -> None:
        old = blind()
        old.set_ciphers("ALL:@SECLEVEL=0")
        old.options &= ~(ssl.OP_NO_TLSv1 | ssl.OP_NO_TLSv1_1)
        old.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        old.maximum_version = ssl.TLSVersion.TLSv1_1
        weak = blind()
        weak.maximum_version = ssl.TLSVersion.TLSv1_2
        weak.set_ciphers("AES128-SHA:AES256-SHA:AES128-GCM-SHA256:ECDHE-ECDSA-AES128-SHA")
        for context in (old, weak):
            with pytest.raises((ssl.SSLError, ConnectionError)), tls(port, context):
                pass

    async def test() -> None:
        async with running(tmp_path) as instance:
            await to_thread(client, instance.port)

    run(test())


def test_no_session_tickets(tmp_path: Path) -> None:
    """CUPS 2.4 with GnuTLS waits for ever when a ticket comes before the answer."""

    def client(port: int) -> None:
        with tls(port) as connection:
            connection.sendall(request("GET", "/static/style.css"))
            assert answer(connection)[0] == 200
            assert connection.session is None or not connection.session.has_ticket

    async def test() -> None:
        async with running(tmp_path) as instance:
            await to_thread(client, instance.port)

    run(test())


# ----------------------------------------------------------------------------------------------- upgrade


def test_options_upgrades_and_is_answered_over_tls(tmp_path: Path) -> None:
    """RFC 2817 section 3: as ipptool -E and lpadmin do it; what follows has the trust of TLS."""

    def client(port: int) -> None:
        with tcp(port) as plain:
            plain.sendall(request("OPTIONS", "*", UPGRADE))
            status, headers, _ = answer(plain)
            assert status == 101
            assert headers["upgrade"].startswith("TLS/1.2")
            assert headers["connection"].lower() == "upgrade"
            with blind().wrap_socket(plain) as secure:
                status, headers, _ = answer(secure)
                assert (status, headers["allow"]) == (200, "GET, HEAD, OPTIONS, POST")
                secure.sendall(request("POST", "/ipp/print", IPP, question()))
                status, _, body = answer(secure)
                assert status == 200
                assert told(body)["uri-security-supported"] == ["none", "tls"]

    async def test() -> None:
        async with running(tmp_path) as instance:
            await to_thread(client, instance.port)

    run(test())


@pytest.mark.parametrize("expect", [False, True])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_comes_in_the_clear_before_the_upgrade(tmp_path: Path, expect: bool, chunked: bool) -> None:
    """RFC 9110 section 7.8: 100 comes before 101, and nobody changes the protocol within a message. The answer, and
    the next request, are secret."""
    body = question()
    framing = "Transfer-Encoding: chunked\r\n" if chunked else f"Content-Length: {len(body)}\r\n"
    head = f"POST /ipp/print HTTP/1.1\r\nHost: localhost\r\n{IPP}{UPGRADE}{framing}"
    head += "Expect: 100-continue\r\n\r\n" if expect else "\r\n"

    def client(port: int) -> None:
        with tcp(port) as plain:
            plain.sendall(head.encode())
            if expect:
                assert answer(plain)[0] == 100
            plain.sendall(b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body) if chunked else body)
            assert answer(plain)[0] == 101
            with blind().wrap_socket(plain) as secure:
                for _ in range(2):
                    status, _, said = answer(secure)
                    assert status == 200
                    assert told(said)["uri-security-supported"] == ["none", "tls"]
                    secure.sendall(request("POST", "/ipp/print", IPP, body))

    async def test() -> None:
        async with running(tmp_path) as instance:
            await to_thread(client, instance.port)

    run(test())


def test_offers_that_are_left_alone(tmp_path: Path) -> None:
    """HTTP/1.0, another protocol, no Connection: the answer comes in the clear, and the connection stays good."""

    def client(port: int) -> None:
        for headers in (
            "Connection: Upgrade\r\nUpgrade: h2c\r\n",
            "Upgrade: TLS/1.2\r\n",
            "Connection: Upgrade\r\nUpgrade: XTLS/1.2\r\n",
        ):
            with tcp(port) as plain:
                for _ in range(2):
                    plain.sendall(request("OPTIONS", "*", headers))
                    assert answer(plain)[0] == 200
        with tls(port) as secure:
            secure.sendall(request("OPTIONS", "*", UPGRADE))
            assert answer(secure)[0] == 200
        with tcp(port) as plain:
            plain.sendall(request("OPTIONS", "*", UPGRADE).replace(b"HTTP/1.1", b"HTTP/1.0"))
            assert answer(plain)[0] == 200

    async def test() -> None:
        async with running(tmp_path) as instance:
            await to_thread(client, instance.port)
        async with running(tmp_path, desk(network={"tls": "off"})) as instance:
            await to_thread(off, instance.port)

    def off(port: int) -> None:
        with tcp(port) as plain:
            plain.sendall(request("OPTIONS", "*", UPGRADE))
            assert answer(plain)[0] == 200
            plain.sendall(request("POST", "/ipp/print", IPP, question()))
            assert told(answer(plain)[2])["printer-uri-supported"] == ["ipp://localhost/ipp/print"]
        with pytest.raises((ssl.SSLError, ConnectionError)), tls(port):
            pass

    run(test())


def test_upgrades_that_come_to_nothing_leave_nothing(tmp_path: Path) -> None:
    """Rubbish instead of a handshake, or nobody any more: the connection is forgotten."""

    async def test() -> None:
        async with running(tmp_path) as instance:
            await to_thread(client, instance.port)
            import asyncio

            for _ in range(100):
                if not instance.server.connections:
                    break
                await asyncio.sleep(0.05)
            assert instance.server.connections == 0

    def client(port: int) -> None:
        for rubbish in (b"POST /ipp/print HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x00\x05hello", b""):
            with tcp(port) as plain:
                plain.sendall(request("OPTIONS", "*", UPGRADE))
                assert answer(plain)[0] == 101
                plain.sendall(rubbish)
                plain.shutdown(socket.SHUT_WR)
                while plain.recv(1000):
                    pass

    run(test())


def test_where_tls_is_required_plain_requests_are_sent_there(tmp_path: Path) -> None:
    def client(port: int) -> None:
        with tcp(port) as plain:
            plain.sendall(request("POST", "/ipp/print", IPP, question()))
            status, headers, body = answer(plain)
            assert status == 426
            assert headers["upgrade"].startswith("TLS/1.2")
            assert headers["connection"].lower() == "upgrade"
            assert b"ipps" in body
        with tcp(port) as plain:
            plain.sendall(request("GET", "/jobs/1?a=b", host=f"localhost:{port}"))
            status, headers, _ = answer(plain)
            assert (status, headers["location"]) == (301, f"https://localhost:{port}/jobs/1?a=b")
        with tls(port) as secure:
            secure.sendall(request("POST", "/ipp/print", IPP, question()))
            assert told(answer(secure)[2]) == {
                "printer-uri-supported": ["ipps://localhost/ipp/print"],
                "uri-security-supported": ["tls"],
                "uri-authentication-supported": ["requesting-user-name"],
            }

    async def test() -> None:
        async with running(tmp_path, desk(network={"tls": "required"})) as instance:
            await to_thread(client, instance.port)

    run(test())


# ------------------------------------------------------------------------------------------- certificate

NOW = certificate.now()


class House:
    """A network that can change."""

    def __init__(self) -> None:
        self.addresses = ["192.0.2.7"]
        self.names = Names("inkstand-1234.local", ["printer.example"])
        self.store = MemoryIdentity()

    def tls(self, files: Files | None = None) -> Tls:
        return Tls(self.store, self.names, files, lambda: self.addresses)


async def started(house: House, files: Files | None = None) -> Tls:
    made = house.tls(files)
    made.start()
    made.close()
    return made


def test_our_own_is_kept_and_made_anew_when_an_address_changes_or_its_end_is_near() -> None:
    async def test() -> None:
        house = House()
        first = await started(house)
        said = certificate.read(first.pem)
        assert said.subject == "CN=inkstand-1234.local"
        assert {"inkstand-1234.local", "printer.example", "localhost", "192.0.2.7", "127.0.0.1", "::1"} <= set(
            said.names
        )
        assert said.key == "EC secp256r1"
        assert said.ends - said.begins < timedelta(days=827)
        again = await started(house)
        again.refresh()
        assert again.pem == first.pem, "the one of the last time"
        house.addresses = ["192.0.2.8", "2001:db8::1"]
        again.refresh()
        renewed = certificate.read(again.pem)
        assert {"192.0.2.8", "2001:db8::1"} <= set(renewed.names)
        assert "192.0.2.7" not in renewed.names
        old, new = (pem.partition(b"-----BEGIN CERT")[0] for pem in (key_of(first), key_of(again)))
        assert old == new, "the key stays: who trusts it still may"
        names = list(renewed.names)
        house.store.save(SELF_SIGNED, certificate.self_signed(names, NOW - timedelta(days=800)))
        again.refresh()
        assert certificate.read(again.pem).ends > NOW + timedelta(days=800), "its end was near"
        house.store.save(SELF_SIGNED, certificate.self_signed(names, NOW + timedelta(days=30)))
        again.refresh()
        assert certificate.read(again.pem).begins <= NOW, "the clock was wrong when it was made"
        house.store.save(SELF_SIGNED, b"rubbish")
        assert certificate.read((await started(house)).pem).names

    def key_of(tls: Tls) -> bytes:
        return tls._pem

    run(test())


def test_the_owner_s_certificate_counts_and_is_taken_up_without_a_restart(tmp_path: Path) -> None:
    async def test() -> None:
        house = House()
        mine = certificate.self_signed(["printer.example"], NOW)
        key, _, rest = mine.partition(b"-----BEGIN CERT")
        chain = b"-----BEGIN CERT" + rest
        running_tls = await started(house)
        assert not running_tls.is_own()
        house.store.save(OWN, certificate.own(chain, key))
        running_tls.refresh()
        assert running_tls.is_own()
        assert certificate.read(running_tls.pem).names == ("printer.example",)
        house.store.save(OWN, b"rubbish")
        running_tls.refresh()
        assert certificate.read(running_tls.pem).names == ("printer.example",), "the old one stays in use"
        house.store.remove(OWN)
        running_tls.refresh()
        assert certificate.read(running_tls.pem).subject == "CN=inkstand-1234.local"
        files = Files(tmp_path / "cert.pem", tmp_path / "key.pem")
        with pytest.raises(StartError, match="certificate and key"):
            await started(house, files)
        files.certificate.write_bytes(chain)
        files.key.write_bytes(key)
        from_files = await started(house, files)
        assert certificate.read(from_files.pem).names == ("printer.example",)
        files.certificate.unlink()
        from_files.refresh()
        assert certificate.read(from_files.pem).names == ("printer.example",)

    run(test())


def test_what_can_t_be_used_says_why() -> None:
    mine, other = (certificate.self_signed([name], NOW) for name in ("a.example", "b.example"))
    for chain, key, says in (
        (b"", mine, "no PEM"),
        (mine, b"", "no PEM"),
        (mine, other, "does not belong"),
    ):
        with pytest.raises(certificate.CertificateError, match=says) as caught:
            certificate.own(chain, key)
        assert "\n" not in str(caught.value)


def test_the_key_lies_in_the_identity_store_alone(tmp_path: Path) -> None:
    async def test() -> None:
        async with running(tmp_path):
            pass
        folder = tmp_path / "state" / "identity"
        assert folder.stat().st_mode & 0o077 == 0
        key = (folder / SELF_SIGNED).read_bytes()
        assert (folder / SELF_SIGNED).stat().st_mode & 0o777 == 0o600
        secret = key.split(b"\n")[1]
        for path in tmp_path.rglob("*"):
            if path.is_file() and path.parent != folder:
                assert secret not in path.read_bytes(), path

    run(test())
