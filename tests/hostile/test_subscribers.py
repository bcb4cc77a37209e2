"""Subscribers over the wire: a job is followed from its submission to its end with waits, clients go away in the
middle of theirs, and what was not fetched when the power failed is there afterwards, under the same numbers
(RFC 3995, RFC 3996)."""

from __future__ import annotations

import socket
import time
from pathlib import Path
from typing import Any

from tests import wire
from tests.desk import Desk, desk, until
from tests.samples import samples
from tests.wire import Client, attribute

SUBSCRIPTION, EVENT = 6, 7
CREATE, GET_NOTIFICATIONS = 0x0016, 0x001C
COMPLETE = 0x0007


def wish(*events: str) -> bytes:
    """A subscription group, to be put behind the operation attributes."""
    method = attribute("keyword", "notify-pull-method", "ippget")
    return bytes([SUBSCRIPTION]) + method + attribute("keyword", "notify-events", *events)


def subscribe(client: Client, *events: str) -> int:
    answer = client.ask(CREATE, wish(*events))
    assert answer.code == wire.OK
    return int(answer.one("notify-subscription-id"))


def get(client: Client, number: int, since: int = 1, wait: bool = False) -> wire.Answer:
    return client.ask(
        GET_NOTIFICATIONS,
        attribute("integer", "notify-subscription-ids", number),
        attribute("integer", "notify-sequence-numbers", since),
        attribute("boolean", "notify-wait", wait),
    )


def told(answer: wire.Answer) -> list[tuple[Any, Any]]:
    return [(event["notify-sequence-number"][0], event["notify-subscribed-event"][0]) for event in answer.group(EVENT)]


def test_following_a_job_with_waits(tmp_path: Path) -> None:
    with desk(tmp_path) as printer, printer.client() as client:
        document = samples().pdf("a4", 3).read_bytes()
        about = attribute("mime", "document-format", "application/pdf")
        answer = client.ask(wire.PRINT_JOB, about, wish("job-state-changed", "job-progress"), data=document)
        assert answer.code == wire.OK
        number = int(answer.one("notify-subscription-id"))
        seen: list[tuple[Any, Any]] = []
        for _ in range(50):
            answer = get(client, number, len(seen) + 1, wait=True)
            seen += told(answer)
            if answer.code == COMPLETE:
                break
        assert answer.code == COMPLETE
        assert [number for number, _ in seen] == list(range(1, len(seen) + 1))
        assert [event for _, event in seen].count("job-progress") == 3
        assert answer.group(EVENT)[-1]["job-state"] == [wire.COMPLETED]


def test_waits_that_nobody_waits_for_any_more(tmp_path: Path) -> None:
    """More clients than may wait come, wait, and vanish: those after them wait as ever."""
    with desk(tmp_path) as printer, printer.client() as client:
        number = subscribe(client, "printer-state-changed")
        target = attribute("integer", "notify-subscription-ids", number) + attribute("boolean", "notify-wait", True)
        body = wire.request(GET_NOTIFICATIONS, printer.uri, target)
        kind = "Content-Type: application/ipp"
        head = f"POST /ipp/print HTTP/1.1\r\nHost: x\r\n{kind}\r\nContent-Length: {len(body)}\r\n\r\n"
        for _ in range(2):
            gone = [socket.create_connection(("localhost", printer.port)) for _ in range(64)]
            for connection in gone:
                connection.sendall(head.encode() + body)
            time.sleep(0.5)
            for connection in gone:
                connection.close()
            time.sleep(2)
        begun = time.monotonic()
        with printer.client() as other:
            other.ask(wire.PAUSE)
        assert told(get(client, number, wait=True)) == [(1, "printer-state-changed")]
        assert time.monotonic() - begun < 20


def test_nothing_is_lost_when_the_power_fails(tmp_path: Path) -> None:
    printer = Desk(tmp_path)
    try:
        printer.start()
        whole: list[tuple[Any, Any]] = []
        with printer.client() as client:
            number = subscribe(client, "printer-state-changed", "job-created")
        for _ in range(3):
            with printer.client() as client:
                client.ask(wire.PAUSE)
                client.ask(wire.CREATE_JOB)
                client.ask(wire.RESUME)
                until(lambda: len(told(get(client, number))) > len(whole), "events")  # noqa: B023
                acknowledged = told(get(client, number))
            assert acknowledged[: len(whole)] == whole
            printer.kill()
            printer.start()
            with printer.client() as client:
                whole = told(get(client, number))
            assert whole[: len(acknowledged)] == acknowledged, "lost, or told under another number"
            assert [at for at, _ in whole] == list(range(1, len(whole) + 1))
        assert len(whole) >= 12
        printer.stop()
    finally:
        printer.close()
