"""IPP over HTTP (RFC 8010 section 4): what the printer says to good requests, and to what is none."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from pathlib import Path

import pytest
from aiohttp import ClientSession

import firmware.net.ipp
from firmware.ipp import Attribute, GroupTag, Keyword, MimeMediaType, Name, Operation, Status, Text, encode
from firmware.ipp.values import Uri
from tests.net.support import ask, desk, get, post, run, running, until


def test_the_same_answer_on_every_link(tmp_path: Path) -> None:
    async def test() -> None:
        async with running(tmp_path) as instance:
            request = ask(Operation.GET_PRINTER_ATTRIBUTES, Attribute("requested-attributes", Keyword("printer-name")))
            tcp, local = await post(instance, request), await post(instance, request, local=True)
            assert tcp == local
            assert tcp.code == Status.SUCCESSFUL_OK
            name = tcp.get("printer-name", GroupTag.PRINTER)
            assert name is not None
            assert name.value == "Inkstand Desk"

    run(test())


def test_uris_name_the_host_that_the_client_used(tmp_path: Path) -> None:
    async def test() -> None:
        async with running(tmp_path, desk(network={"names": ("printer.example",)})) as instance:
            wanted = Attribute("requested-attributes", Keyword("printer-more-info"), Keyword("printer-uri-supported"))
            request = ask(Operation.GET_PRINTER_ATTRIBUTES, wanted)
            answer = await post(instance, request, headers={"Host": "printer.example:1234"})
            uri = answer.get("printer-uri-supported", GroupTag.PRINTER)
            both = [Uri(f"{scheme}://printer.example:1234/ipp/print") for scheme in ("ipp", "ipps")]
            assert uri == Attribute("printer-uri-supported", *both)
            page = answer.get("printer-more-info", GroupTag.PRINTER)
            assert page == Attribute("printer-more-info", Uri("http://printer.example:1234/"))

    run(test())


def test_what_is_no_ipp_gets_an_http_error(tmp_path: Path) -> None:
    async def test() -> None:
        async with running(tmp_path) as instance, ClientSession() as session:
            url = f"http://localhost:{instance.port}/ipp/print"
            good = {"Content-Type": "application/ipp"}
            body = encode(ask(Operation.GET_PRINTER_ATTRIBUTES))
            for data, headers, status in (
                (body, {"Content-Type": "text/html"}, 415),
                (b"", good, 400),
                (b"\x02\x00\x00", good, 400),
                (body, {**good, "Origin": "http://evil.example"}, 403),
            ):
                async with session.post(url, data=data, headers=headers) as response:
                    assert response.status == status
            async with session.get(url) as response:
                assert response.status == 405
            async with session.post(
                f"http://localhost:{instance.port}/ipp/faxout", data=body, headers=good
            ) as response:
                assert response.status == 404

    run(test())


def test_operators_are_on_this_machine_unless_the_board_says_otherwise(tmp_path: Path) -> None:
    async def test() -> None:
        from firmware.ipp import AttributeGroup

        request = ask(Operation.SET_PRINTER_ATTRIBUTES)
        request.groups.append(AttributeGroup(GroupTag.PRINTER, [Attribute("printer-location", Text("here"))]))
        async with running(tmp_path) as instance:
            assert (await post(instance, request)).code == Status.SUCCESSFUL_OK
        async with running(tmp_path, desk(access={"operators": "nobody"})) as instance:
            assert (await post(instance, request)).code == Status.CLIENT_ERROR_NOT_AUTHORIZED
            assert (await post(instance, request, local=True)).code == Status.SUCCESSFUL_OK

    run(test())


def test_a_document_is_looked_at_before_it_is_taken(tmp_path: Path) -> None:
    async def test() -> None:
        async with running(tmp_path) as instance:
            pdf = Attribute("document-format", MimeMediaType("application/pdf"))
            answer = await post(instance, ask(Operation.PRINT_JOB, pdf), b"this is no PDF")
            assert answer.code == Status.CLIENT_ERROR_DOCUMENT_FORMAT_ERROR
            answer = await post(instance, ask(Operation.PRINT_JOB), b"\x00\x01\x02\x03 nothing known")
            assert answer.code == Status.CLIENT_ERROR_DOCUMENT_FORMAT_NOT_SUPPORTED
            answer = await post(instance, ask(Operation.PRINT_JOB))
            assert answer.code == Status.CLIENT_ERROR_BAD_REQUEST

    run(test())


def test_jobs_and_settings_survive_a_restart(tmp_path: Path) -> None:
    async def test() -> None:
        from firmware.ipp import AttributeGroup

        name = Attribute("job-name", Name("kept"))
        held = ask(Operation.PRINT_JOB, name)
        held.groups.append(AttributeGroup(GroupTag.JOB, [Attribute("job-hold-until", Keyword("indefinite"))]))
        async with running(tmp_path) as instance:
            uuid = instance.engine.system.printers[1].uuid
            assert (await post(instance, ask(Operation.PRINT_JOB), b"first\n")).code == Status.SUCCESSFUL_OK
            await until(lambda: instance.engine.system.printers[1].jobs[1].ended)
            assert (await post(instance, held, b"second\n")).code == Status.SUCCESSFUL_OK
        async with running(tmp_path) as instance:
            printer = instance.engine.system.printers[1]
            assert printer.uuid == uuid
            assert [job.name for job in printer.waiting] == ["kept"]
            assert printer.sheets_completed == 1
            release = ask(Operation.RELEASE_JOB, Attribute("job-id", 2))
            assert (await post(instance, release)).code == Status.SUCCESSFUL_OK
            await until(lambda: printer.jobs[2].ended)
            assert printer.jobs[2].state.name == "COMPLETED"

    run(test())


def test_the_trace_reads_like_an_ipptool_file(tmp_path: Path) -> None:
    async def test() -> None:
        trace = tmp_path / "trace.txt"
        async with running(tmp_path, trace=trace) as instance:
            await post(instance, ask(Operation.GET_JOBS))
        text = trace.read_text()
        assert "OPERATION Get-Jobs" in text
        assert "ATTR uri printer-uri ipp://localhost/ipp/print" in text
        assert "STATUS successful-ok" in text
        assert "link=plain role=operator" in text

    run(test())


def test_control_is_for_the_control_socket(tmp_path: Path) -> None:
    async def test() -> None:
        async with running(tmp_path) as instance:
            assert (await get(instance, "/control/status"))[0] == 404
            status, kind, body = await get(instance, "/control/status", local=True)
            assert (status, kind) == (200, "application/json")
            assert b'"printer-state": "idle"' in body
            assert instance.places.control.stat().st_mode & 0o077 == 0

    run(test())


def test_attributes_that_trickle_have_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However steadily they come: 408, and the printer waits no longer."""
    monkeypatch.setattr(firmware.net.ipp, "ATTRIBUTES", 0.5)
    message = encode(ask(Operation.GET_PRINTER_ATTRIBUTES))

    def trickle(port: int) -> bytes:
        head = b"POST /ipp/print HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/ipp\r\n"
        with socket.create_connection(("127.0.0.1", port), 20) as connection:
            connection.sendall(head + b"Content-Length: 9999\r\n\r\n")
            connection.settimeout(0.1)
            for octet in message:
                connection.sendall(bytes([octet]))
                with suppress(TimeoutError):
                    return connection.recv(1000)
        return b"never answered"

    async def test() -> None:
        async with running(tmp_path) as instance:
            assert (await asyncio.to_thread(trickle, instance.port)).startswith(b"HTTP/1.1 408 ")

    run(test())
