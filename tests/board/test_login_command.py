"""``inkstand user``, ``inkstand certificate`` and printing over TLS, as a person at a terminal has them."""

from __future__ import annotations

import base64
import http.client
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from board.config import BOARDS
from firmware.net import certificate
from tests import wire
from tests.desk import COMMAND, Desk, desk, until
from tests.net.client import blind

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def printer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with desk(tmp_path_factory.mktemp("printer"), "--operators", "nobody") as running:
        yield running


def call(printer: Desk, *arguments: str, typed: str = "") -> tuple[int, str, str]:
    """Status, output and errors of a command."""
    done = subprocess.run(
        [str(COMMAND), *arguments], env=printer.environment, input=typed, capture_output=True, text=True, timeout=60
    )
    return done.returncode, done.stdout, done.stderr


def about(printer: Desk, *arguments: str, typed: str = "") -> str:
    """What a command about this printer says; it must do."""
    code, out, errors = call(printer, *arguments, "--port", str(printer.port), typed=typed)
    assert (code, errors) == (0, ""), errors
    return out.strip()


def refused(printer: Desk, *arguments: str, typed: str = "") -> str:
    """The one line with which a command fails."""
    code, _, errors = call(printer, *arguments, typed=typed)
    assert code == 1
    assert errors.startswith("inkstand: ")
    assert errors.count("\n") == 1
    return errors


def status(printer: Desk, name: str, password: str) -> int:
    """Of an operator's request by this person, over TLS: of HTTP, or when that is well of IPP."""
    connection = http.client.HTTPSConnection("localhost", printer.port, timeout=20, context=blind())
    word = base64.b64encode(f"{name}:{password}".encode()).decode()
    headers = {"Content-Type": "application/ipp", "Authorization": f"Basic {word}"}
    try:
        connection.request("POST", "/ipp/print", wire.request(wire.RESUME, printer.uri), headers)
        response = connection.getresponse()
        return wire.parse(response.read()).code if response.status == 200 else response.status
    finally:
        connection.close()


def test_users(printer: Desk) -> None:
    """Somebody is let in, is let do more, gets another password, and is let in no more; the printer runs on."""
    port = ("--port", str(printer.port))
    assert "inkstand user add NAME" in about(printer, "user", "list")
    assert about(printer, "user", "add", "ada", "--role", "administrator", typed=f"{PASSWORD}\n").startswith("ada may")
    about(printer, "user", "add", "bob", typed=f"{PASSWORD}\n")
    assert about(printer, "user", "list") == "ada  administrator\nbob  owner"
    until(lambda: status(printer, "ada", PASSWORD) == wire.OK, "the password to count")
    assert status(printer, "bob", PASSWORD) == wire.NOT_AUTHORIZED
    about(printer, "user", "role", "bob", "operator")
    until(lambda: status(printer, "bob", PASSWORD) == wire.OK, "the role to count")
    about(printer, "user", "password", "bob", typed="another long one\n")
    until(lambda: status(printer, "bob", "another long one") == wire.OK, "the new password to count")
    assert status(printer, "bob", PASSWORD) == 401
    assert "is there already" in refused(printer, "user", "add", "bob", *port, typed=f"{PASSWORD}\n")
    assert "'inkstand user list' shows them" in refused(printer, "user", "remove", "carol", *port)
    assert "last administrator" in refused(printer, "user", "role", "ada", "owner", *port)
    refused(printer, "user", "add", "dan", *port, typed="\n")
    about(printer, "user", "remove", "bob")
    until(lambda: status(printer, "bob", "another long one") == 401, "him to be forgotten")
    assert about(printer, "user", "list") == "ada  administrator"
    assert PASSWORD not in printer.said


def test_certificates(printer: Desk, tmp_path: Path) -> None:
    """Shown, replaced by one's own, and back; each counts from the next connection on."""

    def served() -> str:
        return certificate.read(ssl.get_server_certificate(("127.0.0.1", printer.port)).encode()).fingerprint

    first = about(printer, "certificate", "show")
    assert "made by the printer" in first
    assert "localhost" in first
    assert served() in first
    mine = certificate.self_signed(["printer.example"], certificate.now())
    key, _, rest = mine.partition(b"-----BEGIN CERT")
    (tmp_path / "cert.pem").write_bytes(b"-----BEGIN CERT" + rest)
    (tmp_path / "key.pem").write_bytes(key)
    files = (str(tmp_path / "cert.pem"), str(tmp_path / "key.pem"))
    said = about(printer, "certificate", "install", *files)
    assert "installed by its owner" in said
    assert "printer.example" in said
    assert served() in said
    assert "no PEM" in refused(printer, "certificate", "install", *files[::-1], "--port", str(printer.port))
    about(printer, "certificate", "self-signed")
    again = about(printer, "certificate", "show")
    assert "made by the printer" in again
    assert served() in again
    assert "PRIVATE" not in about(printer, "certificate", "show", "--pem")


def test_a_certificate_that_the_board_names(tmp_path: Path) -> None:
    mine = certificate.self_signed(["printer.example"], certificate.now())
    file = tmp_path / "mine.pem"
    file.write_bytes(mine)
    board = tmp_path / "board.toml"
    text = (BOARDS / "desk.toml").read_text()
    named = f'certificate = "{file}"\nkey = "{file}"\n'
    head, separator, rest = text.partition("[network]\n")
    board.write_text(f"{head}[network]\n{named}{rest}" if separator else f"{text}\n[network]\n{named}")
    with desk(tmp_path / "printer", "--board", str(board)) as printer:
        said = about(printer, "certificate", "show")
        assert f"named by the board: {file}" in said
        assert certificate.read(mine).fingerprint in said
        for change in (("install", str(file), str(file)), ("self-signed",)):
            line = refused(printer, "certificate", *change, "--port", str(printer.port))
            assert f"the board file names {file}" in line
        assert about(printer, "certificate", "show") == said


def test_of_a_printer_that_does_not_run(printer: Desk, tmp_path: Path) -> None:
    """Its state folder is enough; where there is none, a line says so."""
    state = ("--state", str(tmp_path / "state"))
    assert "there is no certificate yet" in refused(printer, "certificate", "show", *state)
    assert call(printer, "user", "add", "ada", *state, typed=f"{PASSWORD}\n")[0] == 0
    assert call(printer, "user", "list", *state)[1] == "ada  owner\n"
    assert "made by the printer" in call(printer, "certificate", "show", "--state", str(printer.state))[1]
    assert "name one with --state" in refused(printer, "user", "list", "--port", "9")


def test_printing_over_tls(printer: Desk, tmp_path: Path) -> None:
    """Who the printer is is looked at, unless one says not to; each way out is told in the line that refuses."""
    pem, text = tmp_path / "printer.pem", tmp_path / "hello.txt"
    pem.write_text(about(printer, "certificate", "show", "--pem"))
    text.write_text("Hello.\n")
    uri = f"ipps://localhost:{printer.port}/ipp/print"
    for trust in (("--cafile", str(pem)), ("--insecure",)):
        code, out, errors = call(printer, "print", "-p", uri, *trust, str(text))
        assert (code, errors) == (0, "")
        assert "1 side on 1 sheet" in out
    line = refused(printer, "print", "-p", uri, str(text))
    assert "is not trusted (self-signed certificate)" in line
    assert "--cafile" in line
    assert "--insecure" in line
    assert "speaks no TLS" not in line
    other = tmp_path / "other.pem"
    other.write_bytes(certificate.self_signed(["localhost"], certificate.now()).partition(b"-----BEGIN CERT")[2])
    other.write_bytes(b"-----BEGIN CERT" + other.read_bytes())
    assert "is not trusted" in refused(printer, "print", "-p", uri, "--cafile", str(other), str(text))
    elsewhere = uri.replace("localhost", "127.0.0.2")
    assert "a name or address that is in it" in refused(
        printer, "print", "-p", elsewhere, "--cafile", str(pem), str(text)
    )
    assert "as PEM" in refused(printer, "print", "-p", uri, "--cafile", str(text), str(text))
    assert "are for TLS" in refused(printer, "print", "-p", printer.uri, "--insecure", str(text))
    assert "exclude each other" in refused(printer, "print", "-p", uri, "--insecure", "--cafile", str(pem), str(text))
