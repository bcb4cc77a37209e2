"""Passwords: who is let in as what, where a password may be sent, how slowly it can be guessed."""

from __future__ import annotations

import base64
from asyncio import to_thread
from pathlib import Path

import pytest

from board.logins import LoginFailure, Logins
from board.parts.identity_memory import MemoryIdentity
from firmware.core.access import Role
from firmware.ipp import Attribute, AttributeGroup, GroupTag, Name, Operation, Status, Text, decode, encode
from firmware.net.auth import credentials
from firmware.net.users import FILE, Throttle, TooManyGuesses, Users, parse
from tests.net.client import answer, request, tcp, tls
from tests.net.support import ask, desk, run, running

PASSWORD = "correct horse"
NOBODY: dict[str, object] = {"operators": "nobody"}
IPP = "Content-Type: application/ipp\r\n"


def basic(name: str, password: str = PASSWORD) -> str:
    return f"Authorization: Basic {base64.b64encode(f'{name}:{password}'.encode()).decode()}\r\n"


def setting() -> bytes:
    message = ask(Operation.SET_PRINTER_ATTRIBUTES)
    message.groups.append(AttributeGroup(GroupTag.PRINTER, [Attribute("printer-location", Text("here"))]))
    return encode(message)


def let_in(folder: Path) -> Logins:
    logins = Logins(folder / "state" / "identity")
    for name, role in (("alice", "administrator"), ("bob", "owner"), ("Zoë", "operator")):
        logins.add(name, role, PASSWORD)
    return logins


def test_a_setting_asks_for_a_password_over_tls_and_for_tls_in_the_clear(tmp_path: Path) -> None:
    """RFC 7617, RFC 2817: CUPS and ipptool ask their user on 401, and change to TLS on 426."""
    let_in(tmp_path)

    def client(port: int) -> None:
        with tls(port) as secure:

            def said(credentials: str) -> tuple[int, dict[str, str], bytes]:
                secure.sendall(request("POST", "/ipp/print", IPP + credentials, setting()))
                return answer(secure)

            status, headers, _ = said("")
            assert status == 401
            assert headers["www-authenticate"] == 'Basic realm="Inkstand Desk", charset="UTF-8"'
            for name in ("alice", "Zoë", "Zoe\u0308"):
                status, _, body = said(basic(name))
                assert (status, decode(body)[0].code) == (200, Status.SUCCESSFUL_OK), name
            status, _, body = said(basic("bob"))
            assert (status, decode(body)[0].code) == (200, Status.CLIENT_ERROR_NOT_AUTHORIZED)
            for wrong in (basic("alice", "wrong"), "Authorization: Digest x\r\n", "Authorization: Basic !\r\n"):
                assert said(wrong)[0] == 401
        with tcp(port) as plain:
            for credentials in ("", basic("alice")):
                plain.sendall(request("POST", "/ipp/print", IPP + credentials, setting()))
                status, headers, _ = answer(plain)
                assert status == 426
                assert headers["upgrade"].startswith("TLS/")

    async def test() -> None:
        async with running(tmp_path, desk(access=NOBODY)) as instance:
            await to_thread(client, instance.port)
        async with running(tmp_path, desk(access=NOBODY, network={"tls": "off"})) as instance:
            await to_thread(clear, instance.port)

    def clear(port: int) -> None:
        with tcp(port) as plain:
            plain.sendall(request("POST", "/ipp/print", IPP + basic("alice"), setting()))
            assert answer(plain)[0] == 403
            plain.sendall(request("POST", "/ipp/print", IPP, setting()))
            status, _, body = answer(plain)
            assert (status, decode(body)[0].code) == (200, Status.CLIENT_ERROR_NOT_AUTHORIZED)

    run(test())


def test_the_proven_name_is_the_job_s_and_printing_needs_none(tmp_path: Path) -> None:
    let_in(tmp_path)
    job = encode(ask(Operation.PRINT_JOB, Attribute("requesting-user-name", Name("eve")))) + b"text\n"

    def client(port: int) -> None:
        with tls(port) as secure:
            for headers in ("", basic("bob")):
                secure.sendall(request("POST", "/ipp/print", IPP + headers, job))
                assert answer(secure)[0] == 200

    async def test() -> None:
        async with running(tmp_path, desk(access=NOBODY)) as instance:
            await to_thread(client, instance.port)
            jobs = instance.engine.system.printers[1].jobs
            assert [(each.user, each.user_proven) for each in jobs.values()] == [("eve", False), ("bob", True)]
        async with running(tmp_path, desk(access={**NOBODY, "printing": "users"})) as instance:
            await to_thread(users_only, instance.port)

    def users_only(port: int) -> None:
        with tls(port) as secure:
            for headers, status in (("", 401), (basic("bob"), 200)):
                secure.sendall(request("POST", "/ipp/print", IPP + headers, job))
                assert answer(secure)[0] == status

    run(test())


def test_pages_log_in(tmp_path: Path) -> None:
    let_in(tmp_path)

    def client(port: int) -> None:
        with tls(port) as secure:
            for path, headers, status in (
                ("/", "", 200),
                ("/login", "", 401),
                ("/login", basic("bob"), 303),
                ("/metrics", basic("bob"), 403),
            ):
                secure.sendall(request("GET", path, headers))
                found, _, body = answer(secure)
                assert found == status, path
                if path == "/":
                    assert b"/login" in body
        with tcp(port) as plain:
            plain.sendall(request("GET", "/login", host=f"localhost:{port}"))
            status, headers_, _ = answer(plain)
            assert (status, headers_["location"]) == (302, f"https://localhost:{port}/login")

    async def test() -> None:
        async with running(tmp_path, desk(access=NOBODY)) as instance:
            await to_thread(client, instance.port)

    run(test())


def test_guesses_are_slow_and_what_is_remembered_of_them_is_bounded() -> None:
    throttle = Throttle(free=3, longest=60.0, most=10)
    now = 0.0
    waits = []
    for _ in range(12):
        throttle.failed("198.51.100.1", now)
        waits.append(throttle.wait("198.51.100.1", now))
        now += waits[-1]
    assert waits == [0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60]
    throttle.succeeded("198.51.100.1")
    assert throttle.wait("198.51.100.1", now) == 0
    for number in range(1000):
        throttle.failed(str(number), now)
    assert len(throttle) == 10


def test_a_guesser_is_turned_away_before_anything_is_hashed() -> None:
    async def test() -> None:
        users = Users(MemoryIdentity())
        try:
            for number in range(5):
                assert await users.check(f"name{number}", "guess", "198.51.100.1") is None
            with pytest.raises(TooManyGuesses):
                await users.check("other", "guess", "198.51.100.1")
            assert await users.check("other", "guess", "198.51.100.2") is None
        finally:
            users.close()

    run(test())


def test_a_broken_line_of_the_file_lets_nobody_in() -> None:
    found = parse(b"alice:operator:$argon2id$x\nbob\ncarol:king:$x\n:operator:x\n# a word\n\xff\xfe:owner:\n")
    assert list(found) == ["alice"]
    assert found["alice"].role is Role.OPERATOR


@pytest.mark.parametrize("header", ["", "Basic", "Basic !", "Basic bm9jb2xvbg==", "Bearer x", "Basic " + "A" * 9000])
def test_what_is_no_basic_header(header: str) -> None:
    assert credentials(header) is None


def test_the_password_file_by_command(tmp_path: Path) -> None:
    logins = Logins(tmp_path / "identity")
    assert "inkstand user add" in logins.list()
    for name, password, says in (
        ("a:b", PASSWORD, "no user name"),
        ("", PASSWORD, "no user name"),
        ("alice", "short", "short"),
    ):
        with pytest.raises(LoginFailure, match=says):
            logins.add(name, "owner", password)
    logins.add("alice", "administrator", PASSWORD)
    logins.add("bob", "owner", PASSWORD)
    assert logins.list().splitlines() == ["alice  administrator", "bob    owner"]
    with pytest.raises(LoginFailure, match="already"):
        logins.add("bob", "owner", PASSWORD)
    with pytest.raises(LoginFailure, match="no user"):
        logins.remove("carol")
    with pytest.raises(LoginFailure, match="last administrator"):
        logins.remove("alice")
    with pytest.raises(LoginFailure, match="last administrator"):
        logins.change("alice", role="owner")
    logins.change("bob", role="operator")
    before = (tmp_path / "identity" / FILE).read_bytes()
    logins.change("bob", password="another one")
    after = (tmp_path / "identity" / FILE).read_bytes()
    assert before != after
    assert b"another one" not in after
    assert (tmp_path / "identity" / FILE).stat().st_mode & 0o777 == 0o600
    logins.remove("bob")
    assert logins.list() == "alice  administrator"
