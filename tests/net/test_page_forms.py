"""The page worked by its forms: logging in and out, the queue, what a stranger can't do, events as they happen."""

from __future__ import annotations

import asyncio
import json
import re
import time
from asyncio import to_thread
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from aiohttp import ClientSession

from board.build import Instance
from firmware.core.job import Job, JobState
from firmware.core.printer import Printer
from firmware.ipp import Attribute, AttributeGroup, GroupTag, Keyword, Operation
from firmware.net.sessions import COOKIE
from firmware.net.web.feed import MOST, WAITING, Feed, Listener
from firmware.net.web.words import choose
from tests.net.client import answer, request, tcp, tls
from tests.net.support import ask, desk, get, post, run, running, until
from tests.net.test_users import NOBODY, PASSWORD, let_in

FORM = "Content-Type: application/x-www-form-urlencoded\r\n"
JSON = FORM + "Accept: application/json\r\n"


def sent(connection: Any, path: str, headers: str = "", **fields: str) -> tuple[int, dict[str, str], bytes]:
    """A form's answer."""
    connection.sendall(request("POST", path, FORM + headers, urlencode(fields).encode()))
    return answer(connection)


def got(connection: Any, path: str, headers: str = "") -> tuple[int, dict[str, str], bytes]:
    connection.sendall(request("GET", path, "Accept: text/html\r\n" + headers))
    return answer(connection)


def logged_in(connection: Any, name: str = "alice") -> str:
    """The cookie as a header."""
    status, headers, _ = sent(connection, "/login", name=name, password=PASSWORD)
    assert status == 303
    cookie = headers["set-cookie"]
    assert {"Secure", "HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))
    return f"Cookie: {cookie.partition(';')[0]}\r\n"


def only(instance: Instance) -> Printer:
    return instance.engine.system.printers[1]


async def held(instance: Instance) -> Job:
    """A job that waits for Release-Job."""
    message = ask(Operation.PRINT_JOB)
    message.groups.append(AttributeGroup(GroupTag.JOB, [Attribute("job-hold-until", Keyword("indefinite"))]))
    before = set(only(instance).jobs)
    await post(instance, message, b"text\n")
    (number,) = set(only(instance).jobs) - before
    job = only(instance).jobs[number]
    await until(lambda: not job.receiving)
    return job


# ----------------------------------------------------------------------------------------------- logging in


def test_a_cookie_stands_for_a_password_until_it_is_given_back(tmp_path: Path) -> None:
    let_in(tmp_path)

    def client(port: int) -> None:
        with tls(port) as secure:
            assert b'name="password"' in got(secure, "/login")[2]
            status, headers, body = sent(secure, "/login", name="<b>", password="wrong")
            assert (status, "set-cookie" in headers) == (403, False)
            assert b'role="alert"' in body
            assert b"&lt;b&gt;" in body
            assert sent(secure, "/queue", do="pause")[0] == 401
            cookie = logged_in(secure)
            page = got(secure, "/queue", cookie)[2]
            assert b"alice" in page
            assert b'action="/logout"' in page
            assert sent(secure, "/queue", cookie, do="pause")[0] == 303
            assert b"alice" not in got(secure, "/queue")[2]  # nobody else gets the page that was made for her
            assert sent(secure, "/logout", cookie)[0] == 303
            assert sent(secure, "/queue", cookie, do="resume")[0] == 401

    async def test() -> None:
        async with running(tmp_path, desk(access=NOBODY)) as instance:
            await to_thread(client, instance.port)
            assert only(instance).paused

    run(test())


def test_a_cookie_is_worth_what_its_user_is(tmp_path: Path) -> None:
    """An owner of jobs operates nothing; a user whose password changed, or who is gone, is not known any more."""
    logins = let_in(tmp_path)

    def client(port: int) -> None:
        with tls(port) as secure:
            bob, zoe, alice = (logged_in(secure, name) for name in ("bob", "Zoë", "alice"))
            status, _, body = sent(secure, "/queue", bob + JSON.removeprefix(FORM), do="pause")
            assert (status, json.loads(body)["good"]) == (200, False)
            logins.change("Zoë", "operator", PASSWORD + "!")
            logins.add("carol", "administrator", PASSWORD)
            logins.remove("alice")
            late = time.monotonic() + 20
            for cookie in (zoe, alice):  # the password file is looked at from time to time
                while sent(secure, "/queue", cookie, do="resume")[0] != 401:
                    assert time.monotonic() < late
                    time.sleep(0.1)
                assert sent(secure, "/queue", cookie, do="pause")[0] == 401

    async def test() -> None:
        async with running(tmp_path, desk(access=NOBODY)) as instance:
            await to_thread(client, instance.port)
            assert not only(instance).paused

    run(test())


def test_neither_password_nor_cookie_counts_in_the_clear(tmp_path: Path) -> None:
    let_in(tmp_path)

    def client(port: int) -> None:
        with tls(port) as secure, tcp(port) as plain:
            cookie = logged_in(secure)
            status, headers, _ = sent(plain, "/login", name="alice", password=PASSWORD)
            assert (status, "set-cookie" in headers) == (403, False)
            assert sent(plain, "/queue", cookie, do="pause")[0] == 426
            assert sent(secure, "/queue", cookie + "Origin: https://evil.example\r\n", do="pause")[0] == 403
            for wrong in ("x", "x" * 3000, "\u00e4"):
                assert sent(secure, "/queue", f"Cookie: {COOKIE}={quote(wrong)}\r\n", do="pause")[0] == 401

    async def test() -> None:
        async with running(tmp_path, desk(access=NOBODY)) as instance:
            await to_thread(client, instance.port)
            assert not only(instance).paused

    run(test())


def test_the_form_is_no_faster_way_to_guess(tmp_path: Path) -> None:
    let_in(tmp_path)

    def client(port: int) -> None:
        with tls(port) as secure:
            seen = []
            for number in range(20):
                status, headers, _ = sent(secure, "/login", name="alice", password=f"wrong {number}")
                seen.append(status)
                if status == 429:
                    assert int(headers["retry-after"]) > 0
                    break
            assert seen[0] == 403
            assert seen[-1] == 429

    async def test() -> None:
        async with running(tmp_path, desk(access=NOBODY)) as instance:
            await to_thread(client, instance.port)

    run(test())


# ------------------------------------------------------------------------------------------------- the queue


def test_jobs_are_released_held_and_canceled(tmp_path: Path) -> None:
    async def test() -> None:
        async with running(tmp_path) as instance, ClientSession() as session:
            home = f"http://localhost:{instance.port}"

            async def work(job: Job, do: str) -> dict[str, Any]:
                head = {"Accept": "application/json"}
                async with session.post(f"{home}/queue/{job.id}", data={"do": do}, headers=head) as response:
                    assert response.status == 200
                    told: dict[str, Any] = await response.json()
                    return told

            first, second = await held(instance), await held(instance)
            body = (await get(instance, "/queue"))[2].decode()
            row = re.search(rf'<li class="job held" id="job-{first.id}">.*?</li>', body, re.DOTALL)
            assert row is not None
            assert 'value="release"' in row[0]
            assert (await work(first, "release"))["good"]
            await until(lambda: first.ended)
            assert first.state is JobState.COMPLETED
            assert (await work(second, "cancel"))["good"]
            assert second.state is JobState.CANCELED
            told = await work(second, "cancel")
            assert not told["good"]
            assert told["message"]
            async with session.post(f"{home}/queue", data={"do": "pause"}, allow_redirects=True) as response:
                assert "The printer is paused." in await response.text()
            assert only(instance).paused
            assert "The printer is paused." not in (await get(instance, "/queue"))[2].decode()  # it is said once

    run(test())


def test_a_stranger_works_nothing(tmp_path: Path) -> None:
    async def test() -> None:
        async with running(tmp_path, desk(access=NOBODY)) as instance, ClientSession() as session:
            job = await held(instance)
            page = (await get(instance, "/queue"))[2].decode()
            assert 'value="cancel"' not in page
            assert 'value="pause"' not in page
            for path, do in (
                ("/queue", "pause"),
                (f"/queue/{job.id}", "cancel"),
                (f"/queue/{job.id}", "next"),
                (f"/queue/{job.id}", "button"),
            ):
                url = f"http://localhost:{instance.port}{path}"
                async with session.post(url, data={"do": do}, headers={"Accept": "application/json"}) as response:
                    refused = response.status in (401, 403, 426) or not (await response.json())["good"]
                    assert refused, (path, do)
            assert (only(instance).paused, job.state) == (False, JobState.HELD)

    run(test())


@pytest.mark.parametrize(
    ("path", "kind", "body", "status"),
    [
        ("/queue", "application/x-www-form-urlencoded", b"do=explode", 400),
        ("/queue", "application/x-www-form-urlencoded", b"\xff\xfe=%ff&&&=", 400),
        ("/queue/1", "application/x-www-form-urlencoded", b"do=cancel", 404),
        ("/queue", "multipart/form-data; boundary=x", b"--x--", 415),
        ("/queue", "application/x-www-form-urlencoded", b"a=1&" * 300, 413),
        ("/queue", "application/x-www-form-urlencoded", b"x" * 70_000, 413),
        ("/login", "application/x-www-form-urlencoded", b"a=1&" * 300, 403),
    ],
)
def test_forms_that_are_none(tmp_path: Path, path: str, kind: str, body: bytes, status: int) -> None:
    async def test() -> None:
        async with running(tmp_path) as instance, ClientSession() as session:
            url = f"http://localhost:{instance.port}{path}"
            async with session.post(url, data=body, headers={"Content-Type": kind}) as response:
                assert response.status == status
            assert (await get(instance, "/"))[0] == 200

    run(test())


def test_the_panel_shows_what_lies_in_the_trays(tmp_path: Path) -> None:
    async def test() -> None:
        async with running(tmp_path) as instance:
            assert "Letter, stationery" in (await get(instance, "/"))[2].decode()
            instance.trays.load("alternate", "iso_a5_148x210mm", "labels")
            instance.trays.load("main", "")
            page = (await get(instance, "/"))[2].decode()
            assert "A5, labels" in page
            assert "Letter, stationery" not in page
            assert re.search(r"main</th><td>empty<", page)

    run(test())


# ---------------------------------------------------------------------------------------------------- events


def test_events_come_as_they_happen(tmp_path: Path) -> None:
    async def test() -> None:
        async with running(tmp_path) as instance, ClientSession() as session:
            home = f"http://localhost:{instance.port}/events"
            head = {"Accept": "text/event-stream"}
            async with session.get(home + "?topics=job,sheet", headers=head) as response:
                assert response.content_type == "text/event-stream"
                seen: set[str] = set()

                async def listen() -> None:
                    async for line in response.content:
                        if line.startswith(b"event: "):
                            seen.add(line[7:].strip().decode())

                listening = asyncio.create_task(listen())
                await until(lambda: "hello" in seen)
                async with session.get(home) as asked:
                    before = (await asked.json())["number"]
                await post(instance, ask(Operation.PRINT_JOB), b"text\n")
                await until(lambda: {"job", "sheet"} <= seen)
                assert "printer" not in seen
                async with session.get(home) as asked:
                    assert (await asked.json())["number"] > before
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)

    run(test())


def test_only_so_many_listen_and_none_is_kept_when_it_is_switched_off(tmp_path: Path) -> None:
    async def test() -> None:
        async with ClientSession() as session:
            async with running(tmp_path) as instance:
                home = f"http://localhost:{instance.port}/events"
                head = {"Accept": "text/event-stream"}
                crowd = [await session.get(home, headers=head) for _ in range(MOST)]
                assert {each.status for each in crowd} == {200}
                async with session.get(home, headers=head) as one_more:
                    assert one_more.status == 204
            for each in crowd:  # the printer is gone: every stream has an end
                async with asyncio.timeout(20):
                    await each.read()

    run(test())


def test_a_browser_that_does_not_read_costs_little() -> None:
    """Of what can be asked for again the newest counts; of what comes by the hundred so much is kept."""

    async def test() -> None:
        feed, listener = Feed(), Listener()
        feed._listeners[listener] = frozenset()
        for number in range(5 * WAITING):
            feed.publish("printer", {"n": number})
            feed.publish("trace", {"n": number}, every=True)
        events = await listener.gather()
        assert events[0] == ("lost", {})
        assert [data["n"] for topic, data in events if topic == "printer"] == [5 * WAITING - 1]
        assert len([topic for topic, _ in events if topic == "trace"]) == WAITING
        assert not listener._all

    run(test())


# ------------------------------------------------------------------------------------------------- languages


@pytest.mark.parametrize("header", ["", "xx", "de;q=x, ,;;;", "," * 5000, "en-GB;q=0.1, *", "\x00"])
def test_any_header_leads_to_a_language_that_there_is(header: str) -> None:
    words = choose(header)
    assert (words.language, words.direction) == ("en", "ltr")
    assert words("Job {number} is held.", number="{0}") == "Job {0} is held."


def test_no_choice_is_offered_where_there_is_one_language(tmp_path: Path) -> None:
    async def test() -> None:
        async with running(tmp_path) as instance:
            assert b'action="/language"' not in (await get(instance, "/"))[2]

    run(test())
