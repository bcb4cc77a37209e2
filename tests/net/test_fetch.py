"""Fetching from a real HTTP server on this machine: what comes whole is printed, of anything else nothing is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from board.build import Instance
from firmware.core.job import Job, JobState
from firmware.ipp import Attribute, MimeMediaType, Operation, Status, Uri
from firmware.net.fetch import Patience
from tests.net.support import ask, desk, post, run, running, until
from tests.printer import reasons, state

TEXT = b"Fetched, not sent.\n" * 20


class Server:
    """A host with documents, some of them bad; ``asked`` are the paths that it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.port = 0
        self.gate = asyncio.Event()
        self.elsewhere = ""
        """Where /elsewhere leads."""

    def uri(self, path: str, host: str = "localhost") -> str:
        return f"http://{host}:{self.port}{path}"

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path)
        self.headers.append(dict(request.headers))
        handler = getattr(self, request.path.strip("/"), None)
        if handler is None:
            raise web.HTTPNotFound
        response: web.StreamResponse = await handler(request)
        return response

    async def text(self, request: web.Request) -> web.StreamResponse:
        return web.Response(body=TEXT, content_type="text/plain")

    async def later(self, request: web.Request) -> web.StreamResponse:
        await self.gate.wait()
        return await self.text(request)

    async def html(self, request: web.Request) -> web.StreamResponse:
        return web.Response(body=b"<p>Log in first", content_type="text/html")

    async def packed(self, request: web.Request) -> web.StreamResponse:
        return web.Response(body=TEXT, content_type="text/plain", headers={"Content-Encoding": "gzip"})

    async def near(self, request: web.Request) -> web.StreamResponse:
        raise web.HTTPFound("/text")

    async def elsewhere_(self, request: web.Request) -> web.StreamResponse:
        raise web.HTTPFound(self.elsewhere)

    async def circle(self, request: web.Request) -> web.StreamResponse:
        raise web.HTTPTemporaryRedirect("/circle")

    async def endless(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"x" * 65536)

    async def huge(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": str(1 << 40)})
        await response.prepare(request)
        await response.write(b"x")
        return response

    async def slow(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(TEXT)
        await self.gate.wait()
        return response

    async def dripping(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while not self.gate.is_set():
            await response.write(b"x")
            await asyncio.sleep(0.05)
        return response

    async def broken(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": str(len(TEXT) + 1)})
        await response.prepare(request)
        await response.write(TEXT)
        assert request.transport is not None
        request.transport.close()
        return response


@asynccontextmanager
async def serving() -> AsyncIterator[Server]:
    server = Server()
    app = web.Application()
    app.router.add_get("/{path:.*}", server.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.port = runner.addresses[0][1]
    try:
        yield server
    finally:
        server.gate.set()
        await runner.cleanup()


@asynccontextmanager
async def both(folder: Path, *more: str, quota: int = 4 << 30) -> AsyncIterator[tuple[Server, Instance]]:
    """A server, and a printer that may fetch from it by the name localhost."""
    async with serving() as server:
        board = desk(fetch={"hosts": (f"localhost:{server.port}", *more)}, spool={"quota": quota})
        async with running(folder, board) as instance:
            yield server, instance


async def print_uri(instance: Instance, uri: str, *extra: Attribute) -> Job:
    answer = await post(instance, ask(Operation.PRINT_URI, Attribute("document-uri", Uri(uri)), *extra))
    assert answer.code == Status.SUCCESSFUL_OK
    printer = instance.engine.system.printers[1]
    return printer.jobs[max(printer.jobs)]


async def refused(instance: Instance, uri: str, reason: str = "document-access-error") -> str:
    """It ends without a sheet, for this reason; what is told of it."""
    job = await print_uri(instance, uri)
    await until(lambda: job.ended)
    assert (state(job), reasons(job)) == (JobState.ABORTED, {"aborted-by-system", reason})
    assert (job.impressions_completed, list(instance.places.out.iterdir())) == (0, [])
    await until(lambda: not any((instance.places.state / "spool").iterdir()))
    assert instance.spool.used() == 0
    return job.message


def impatient(instance: Instance, idle: float, whole: float) -> None:
    instance.fetcher._patience = Patience(idle, whole)


def test_a_document_is_fetched_and_printed(tmp_path: Path) -> None:
    async def test() -> None:
        async with both(tmp_path) as (server, instance):
            for path in ("/text", "/near"):
                job = await print_uri(instance, server.uri(path))
                await until(lambda job=job: job.ended)  # type: ignore[misc]
                assert state(job) is JobState.COMPLETED, job.message
                assert (job.impressions_completed, job.documents[1].octets) == (1, len(TEXT))
            assert server.asked == ["/text", "/near", "/text"]
            assert not {"Cookie", "Authorization", "Referer"} & set(server.headers[0])
            assert list(instance.places.out.rglob("*.png"))

    run(test())


def test_what_does_not_come_whole_is_not_printed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def test() -> None:
        async with both(tmp_path) as (server, instance):
            said = await refused(instance, server.uri("/nothing?token=secret"))
            assert said.endswith(f"(404) {server.uri('/nothing')}.")
            assert "packed" in await refused(instance, server.uri("/packed"))
            assert "for ever" in await refused(instance, server.uri("/circle"))
            assert "larger than the spool" in await refused(instance, server.uri("/huge"))
            assert "broke off" in await refused(instance, server.uri("/broken"))
            said = await refused(instance, server.uri("/html"), "unsupported-document-format")
            assert "text/html" in said

    run(test())
    assert "secret" not in caplog.text


def test_a_format_that_it_is_not(tmp_path: Path) -> None:
    async def test() -> None:
        async with both(tmp_path) as (server, instance):
            pdf = Attribute("document-format", MimeMediaType("application/pdf"))
            job = await print_uri(instance, server.uri("/text"), pdf)
            await until(lambda: job.ended)
            assert reasons(job) == {"aborted-by-system", "document-format-error"}

    run(test())


def test_an_endless_body_ends_with_the_quota(tmp_path: Path) -> None:
    async def test() -> None:
        async with both(tmp_path, quota=1 << 20) as (server, instance):
            assert "larger than the spool" in await refused(instance, server.uri("/endless"))

    run(test())


def test_hosts_that_take_too_long(tmp_path: Path) -> None:
    async def test() -> None:
        async with both(tmp_path) as (server, instance):
            impatient(instance, idle=0.3, whole=60)
            assert "too long" in await refused(instance, server.uri("/slow"))
            assert "too long" in await refused(instance, server.uri("/later"))
            impatient(instance, idle=60, whole=0.5)
            assert "too long" in await refused(instance, server.uri("/dripping"))

    run(test())


def test_redirects_that_lead_astray(tmp_path: Path) -> None:
    async def test() -> None:
        async with both(tmp_path) as (server, instance), serving() as other:
            targets = [
                (other.uri("/text"), "nothing is fetched from"),
                (server.uri("/text", "127.0.0.1"), "nothing is fetched from 127.0.0.1"),
                (f"http://bob:secret@localhost:{server.port}/text", "user name"),
                ("file:///etc/passwd", "nothing is fetched from"),
            ]
            for server.elsewhere, says in targets:
                said = await refused(instance, server.uri("/elsewhere_"))
                assert says in said
                assert "secret" not in said
            assert other.asked == []
            assert server.asked == ["/elsewhere_"] * len(targets)

    run(test())


def test_a_name_that_leads_to_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A listed name whose address is ours reaches nothing, until the address is listed as well."""
    import socket

    real = socket.getaddrinfo

    def resolve(host: str, *arguments: object, **more: object) -> object:
        return real("127.0.0.1" if host == "files.test" else host, *arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)

    async def test() -> None:
        async with serving() as server:
            name = f"files.test:{server.port}"
            (tmp_path / "one").mkdir()
            (tmp_path / "two").mkdir()
            async with running(tmp_path / "one", desk(fetch={"hosts": (name,)})) as instance:
                said = await refused(instance, server.uri("/text", "files.test"))
                assert "nothing is fetched from 127.0.0.1" in said
            assert server.asked == []
            board = desk(fetch={"hosts": (name, f"127.0.0.1:{server.port}")})
            async with running(tmp_path / "two", board) as instance:
                job = await print_uri(instance, server.uri("/text", "files.test"))
                await until(lambda: job.ended)
                assert state(job) is JobState.COMPLETED

    run(test())


def test_nobody_there(tmp_path: Path) -> None:
    async def test() -> None:
        async with serving() as server:
            pass
        board = desk(fetch={"hosts": (f"localhost:{server.port}",)})
        async with running(tmp_path, board) as instance:
            assert "no connection" in await refused(instance, server.uri("/text"))

    run(test())


def test_fetched_again_after_a_restart(tmp_path: Path) -> None:
    async def test() -> None:
        async with serving() as server:
            board = desk(fetch={"hosts": (f"localhost:{server.port}",)})
            async with running(tmp_path, board) as instance:
                await print_uri(instance, server.uri("/later"))
                await until(lambda: server.asked == ["/later"])
            server.gate.set()
            async with running(tmp_path, board) as instance:
                job = instance.engine.system.printers[1].jobs[1]
                await until(lambda: job.ended)
                assert state(job) is JobState.COMPLETED, job.message
            assert server.asked == ["/later", "/later"]

    run(test())


def test_canceled_while_it_is_fetched(tmp_path: Path) -> None:
    async def test() -> None:
        async with both(tmp_path) as (server, instance):
            job = await print_uri(instance, server.uri("/later"))
            await until(lambda: server.asked == ["/later"])
            answer = await post(instance, ask(Operation.CANCEL_JOB, Attribute("job-id", job.id)))
            assert answer.code == Status.SUCCESSFUL_OK
            server.gate.set()
            await until(lambda: not instance.fetcher._tasks)
            assert (state(job), reasons(job)) == (JobState.CANCELED, {"job-canceled-by-user"})
            assert not any((instance.places.state / "spool").iterdir())

    run(test())


def test_passwords_are_not_written_down(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    trace = tmp_path / "trace"

    async def test() -> None:
        board = desk(fetch={"hosts": ("localhost:1",)})
        async with running(tmp_path, board, trace) as instance:
            request = ask(
                Operation.PRINT_URI, Attribute("document-uri", Uri("http://bob:secret@localhost:1/a?token=hush"))
            )
            assert (await post(instance, request)).code == Status.CLIENT_ERROR_DOCUMENT_ACCESS_ERROR

    run(test())
    for text in (trace.read_text(), caplog.text):
        assert "secret" not in text
        assert "hush" not in text
    assert "document-uri http://localhost:1/a" in trace.read_text()
