"""TLS as ``openssl s_client`` sees it: protocols, ciphers, and the names of the certificate."""

from __future__ import annotations

import re
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.desk import Desk, desk, need

WEAK = "ALL:COMPLEMENTOFALL:@SECLEVEL=0"
"""All that OpenSSL can still do, if it must."""


@pytest.fixture(scope="module")
def printer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    need("openssl", packages=["openssl"])
    with desk(tmp_path_factory.mktemp("printer")) as running:
        yield running


def s_client(printer: Desk, *options: str) -> tuple[bool, str]:
    """Was there a handshake, and all that it says."""
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{printer.port}", *options]
    done = subprocess.run(command, input="", capture_output=True, text=True, timeout=30)
    return done.returncode == 0, done.stdout + done.stderr


def hung_up(said: str) -> bool:
    """The client asked, and it was the printer that would not: asyncio closes without an alert."""
    return re.search(r"has read \d+ bytes and written [1-9]", said) is not None and "Cipher is (NONE)" in said


@pytest.mark.parametrize(("option", "version"), [("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")])
def test_protocols_and_what_is_agreed_on(printer: Desk, option: str, version: str) -> None:
    """RFC 9325 sections 3 and 4: forward secrecy, authenticated encryption, no compression, no renegotiation."""
    good, said = s_client(printer, option, "-alpn", "http/1.1")
    assert good, said
    cipher = re.search(r"New, (\S+), Cipher is (\S+)", said)
    assert cipher is not None
    assert cipher[1] == version
    assert re.fullmatch(r"(TLS|ECDHE-ECDSA)[-_](AES|CHACHA20).*(GCM|POLY1305).*", cipher[2])
    assert re.search(r"Server Temp Key: (X25519|ECDH, prime256v1), 25[36] bits", said)
    for line in ("Server public key is 256 bit", "Compression: NONE", "ALPN protocol: http/1.1"):
        assert line in said
    assert "TLS session ticket" not in said, "CUPS' GnuTLS waits for ever after one"


@pytest.mark.parametrize("option", ["-tls1", "-tls1_1"])
def test_old_protocols_are_refused(printer: Desk, option: str) -> None:
    """RFC 8996."""
    good, said = s_client(printer, option, "-cipher", WEAK)
    assert not good
    assert hung_up(said), said


@pytest.mark.parametrize(
    "ciphers",
    ["kRSA", "kDHE", "aNULL", "eNULL", "SHA1", "SHA256", "SHA384", "AESCCM", "CAMELLIA", "ARIA"],
)
def test_weak_ciphers_of_tls_1_2_are_refused(printer: Desk, ciphers: str) -> None:
    """The words are those of openssl-ciphers(1); SHA1 and its like are the authentication of CBC."""
    good, said = s_client(printer, "-tls1_2", "-cipher", f"{ciphers}:@SECLEVEL=0")
    assert not good
    assert hung_up(said), said


def test_the_names_in_the_certificate(printer: Desk, tmp_path: Path) -> None:
    """What the printer hands out is what ``inkstand certificate show --pem`` gives to those who shall trust it."""
    pem = tmp_path / "printer.pem"
    pem.write_text(printer.command("certificate", "show", "--pem"))
    command = ["openssl", "x509", "-in", str(pem), "-noout", "-ext", "subjectAltName,extendedKeyUsage"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    for name in ("DNS:localhost", f"DNS:{socket.gethostname().lower()}", "IP Address:127.0.0.1"):
        assert name in told
    assert re.search(r"DNS:[\w-]+\.local\b", told)
    assert "TLS Web Server Authentication" in told
    trusting = ("-CAfile", str(pem), "-verify_return_error")
    for check in (("-verify_hostname", "localhost"), ("-verify_ip", "127.0.0.1"), ("-verify_ip", "::1")):
        good, said = s_client(printer, *trusting, *check)
        assert good, said
        assert "Verify return code: 0 (ok)" in said
    good, said = s_client(printer, *trusting, "-verify_hostname", "elsewhere.example")
    assert not good
    assert "hostname mismatch" in said.lower()
