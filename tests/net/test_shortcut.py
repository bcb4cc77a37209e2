"""The short way: the same octets get the same answer sooner, and never an older one."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest

from board.build import Instance
from firmware.ipp import Attribute, GroupTag, Keyword, Message, MimeMediaType, Operation, Status, decode, encode
from firmware.net import shortcut
from tests.net.support import ask, run, running

PRINTER = ask(Operation.GET_PRINTER_ATTRIBUTES)


class Client:
    """One connection that is kept, and no HTTP library."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self.long = 0
        """How many requests were taken apart."""

    async def __aenter__(self) -> Client:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._instance.port)
        handler = self._instance.server.memory.asks
        assert hasattr(handler, "_message")
        before = handler._message

        async def counted(body: Any) -> Any:
            self.long += 1
            return await before(body)

        handler._message = counted
        return self

    async def __aexit__(self, *_: object) -> None:
        self._writer.close()

    def send(self, message: Message, number: int = 1, more: bytes = b"", headers: str = "") -> bytes:
        body = encode(Message(message.code, number, message.groups, message.version)) + more
        head = f"POST /ipp/print HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/ipp\r\n{headers}"
        octets = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
        self._writer.write(octets)
        return octets

    async def answer(self) -> Message:
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode()
        assert head.startswith("HTTP/1.1 200 OK")
        self.head = {name.title(): text for name, _, text in (line.partition(": ") for line in head.splitlines()[1:-1])}
        message, rest = decode(await self._reader.readexactly(int(self.head["Content-Length"])))
        assert not rest
        return message

    async def ask(self, message: Message, number: int = 1, more: bytes = b"", headers: str = "") -> Message:
        self.send(message, number, more, headers)
        return await self.answer()


def state(message: Message) -> object:
    attribute = message.get("printer-state", GroupTag.PRINTER)
    assert attribute is not None
    return attribute.value


def test_the_same_octets_get_the_same_answer_sooner(tmp_path: Path) -> None:
    async def test() -> None:
        async with running(tmp_path) as instance, Client(instance) as client:
            first = await client.ask(PRINTER, 7)
            head = client.head
            assert first.request_id == 7
            for number in (8, 9, 2**31 - 1):
                again = await client.ask(PRINTER, number)
                assert again.request_id == number
                assert [group.names() for group in again.groups] == [group.names() for group in first.groups]
                assert client.head.keys() == head.keys(), "nothing in HTTP tells which way was gone"
            assert client.long == 1

    run(test())


def test_what_changed_is_told_at_once(tmp_path: Path) -> None:
    async def test() -> None:
        async with running(tmp_path) as instance, Client(instance) as client:
            assert [state(await client.ask(PRINTER)) for _ in range(3)] == [3, 3, 3]
            await client.ask(ask(Operation.PAUSE_PRINTER))
            assert state(await client.ask(PRINTER)) == 5
            before = client.long
            assert state(await client.ask(PRINTER)) == 5
            assert client.long == before
            await client.ask(ask(Operation.RESUME_PRINTER))
            assert state(await client.ask(PRINTER)) == 3

    run(test())


def test_time_passes_in_remembered_answers(tmp_path: Path) -> None:
    async def test() -> None:
        async with running(tmp_path) as instance, Client(instance) as client:
            times = set()
            for _ in range(8):
                attribute = (await client.ask(PRINTER)).get("printer-up-time", GroupTag.PRINTER)
                assert attribute is not None
                times.add(attribute.value)
                await asyncio.sleep(0.3)
            assert len(times) >= 3
            assert client.long == 1

    run(test())


def test_requests_in_pieces_and_several_at_once(tmp_path: Path) -> None:
    """What does not come alone and whole goes to the parser, and answers keep their order."""

    async def test() -> None:
        async with running(tmp_path) as instance, Client(instance) as client:
            await client.ask(PRINTER)
            octets = client.send(PRINTER, 2) + client.send(PRINTER, 3)
            assert [(await client.answer()).request_id for _ in range(2)] == [2, 3]
            client._writer.write(octets)  # in one piece for sure
            client._writer.write(octets[: len(octets) // 2])
            assert [(await client.answer()).request_id for _ in range(3)] == [2, 3, 2]
            client._writer.write(octets[len(octets) // 2 : -5])
            await asyncio.sleep(0.05)
            client._writer.write(octets[-5:])
            assert (await client.answer()).request_id == 3

    run(test())


def test_a_print_job_between_goes_the_long_way_and_the_next_goes_the_short_one(tmp_path: Path) -> None:
    async def test() -> None:
        async with running(tmp_path) as instance, Client(instance) as client:
            await client.ask(PRINTER)
            text = Attribute("document-format", MimeMediaType("text/plain"))
            for _ in range(2):
                answer = await client.ask(ask(Operation.PRINT_JOB, text), more=b"Hello.\n")
                assert answer.code == Status.SUCCESSFUL_OK
            before = client.long
            await client.ask(PRINTER)
            assert client.long == before

    run(test())


@pytest.mark.parametrize(
    "headers",
    ["Cookie: a=b\r\n", "Connection: keep-alive\r\n", "Expect: 100-continue\r\n"],
)
def test_requests_with_more_in_their_heads_go_the_long_way(tmp_path: Path, headers: str) -> None:
    async def test() -> None:
        async with running(tmp_path) as instance, Client(instance) as client:
            for count in (1, 2, 3):
                client.send(PRINTER, headers=headers)
                if "Expect" in headers:
                    assert (await client._reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100")
                await client.answer()
                assert client.long == count

    run(test())


def test_who_looks_at_requests_sees_them_all(tmp_path: Path) -> None:
    async def test() -> None:
        async with running(tmp_path, trace=tmp_path / "trace") as instance, Client(instance) as client:
            for _ in range(3):
                await client.ask(PRINTER)
            assert client.long == 3
        assert (tmp_path / "trace").read_text().count("OPERATION Get-Printer-Attributes") == 3

    run(test())


def test_a_fault_that_is_switched_on_is_felt(tmp_path: Path) -> None:
    async def test() -> None:
        async with running(tmp_path) as instance, Client(instance) as client:
            for _ in range(2):
                assert (await client.ask(PRINTER)).code == Status.SUCCESSFUL_OK
            instance.faults.ipp.set("ipp-status")
            assert (await client.ask(PRINTER)).code == Status.SERVER_ERROR_INTERNAL_ERROR

    run(test())


def test_what_is_remembered_has_a_bound(tmp_path: Path) -> None:
    async def test() -> None:
        async with running(tmp_path) as instance, Client(instance) as client:
            for number in range(shortcut.MOST + 20):
                extra = Attribute("requested-attributes", Keyword(f"x-{number}"))
                await client.ask(ask(Operation.GET_PRINTER_ATTRIBUTES, extra))
            memory = instance.server.memory
            assert len(memory._known) == shortcut.MOST
        await asyncio.sleep(0.05)
        assert not memory.connections

    run(test())


def test_the_parser_hears_of_the_connection_before_it_gives_it_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shortcut, "PATIENCE", 0.2)

    async def test() -> None:
        async with running(tmp_path) as instance, Client(instance) as client:
            await client.ask(PRINTER)
            await client.ask(PRINTER)
            assert client.long == 1
            await asyncio.sleep(0.3)
            await client.ask(PRINTER)
            assert client.long == 2

    run(test())


def test_a_bug_goes_the_long_way_and_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def test() -> None:
        async with running(tmp_path) as instance, Client(instance) as client:
            await client.ask(PRINTER)
            instance.engine.revision += 1

            def broken(*_: object, **__: object) -> None:
                raise RuntimeError("a bug")

            monkeypatch.setattr(instance.engine, "dispatch", broken)
            assert (await client.ask(PRINTER)).code == Status.SERVER_ERROR_INTERNAL_ERROR

    with caplog.at_level(logging.ERROR):
        run(test())
    assert "a bug" in caplog.text
