"""Answers that wait (house §2, RFC 3996 section 5.2): for an event, not for ever, not too many, and never in vain."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from firmware.core.access import Caller, Link, Role
from firmware.core.call import Reply
from firmware.core.events import PartFailed
from firmware.core.notices import EVENT_LIFE
from firmware.ipp import Attribute, AttributeGroup, Message, Operation, Status, Uri
from firmware.runtime import pump
from tests.printer import URI
from tests.runtime.support import Rim, held_up, run, until
from tests.subscribers import wish

PLAIN = Caller(Link.PLAIN, Role.OPERATOR)
CABLE = Caller(Link.USB, Role.OPERATOR)


async def ask(
    rim: Rim,
    code: Operation,
    *attributes: Attribute,
    groups: tuple[AttributeGroup, ...] = (),
    caller: Caller = PLAIN,
    gone: Callable[[], bool] = lambda: False,
) -> Reply:
    message = Message.request(code, [Attribute("printer-uri", Uri(URI)), *attributes])
    message.groups += groups
    return await rim.pump.dispatch(message, caller, "printer.test", False, gone)


async def subscribe(rim: Rim) -> int:
    reply = await ask(rim, Operation.CREATE_PRINTER_SUBSCRIPTIONS, groups=(wish("printer-state-changed"),))
    found = reply.subscriptions[0].get("notify-subscription-id")
    assert found is not None
    assert isinstance(found.value, int)
    return found.value


def wait(
    rim: Rim, number: int, caller: Caller = PLAIN, gone: Callable[[], bool] = lambda: False
) -> asyncio.Task[Reply]:
    attributes = Attribute("notify-subscription-ids", number), Attribute("notify-wait", True)
    asked = ask(rim, Operation.GET_NOTIFICATIONS, *attributes, caller=caller, gone=gone)
    return asyncio.get_running_loop().create_task(asked)


def interval(reply: Reply) -> object:
    return next((each.value for each in reply.operation if each.name == "notify-get-interval"), None)


def jam(rim: Rim) -> None:
    rim.pump.report(PartFailed(1, "media-jam"))


def waiting(rim: Rim) -> int:
    return sum(rim.pump._waiters.values())


def test_an_event_is_answered_at_once(tmp_path: Path) -> None:
    async def test() -> None:
        async with Rim(tmp_path) as rim:
            asked = [wait(rim, await subscribe(rim)) for _ in range(3)]
            await until(lambda: waiting(rim) == 3)
            await asyncio.sleep(0.05)
            assert not any(each.done() for each in asked)
            jam(rim)
            replies = await asyncio.gather(*asked)
            assert [len(reply.groups) for reply in replies] == [1, 1, 1]
            assert not rim.pump._waiting
            assert waiting(rim) == 0

    run(test())


def test_an_event_is_told_when_it_is_on_disk(tmp_path: Path) -> None:
    """Else, after a power cut, its number would be another event's."""

    async def test() -> None:
        async with Rim(tmp_path) as rim:
            number = await subscribe(rim)
            asked = wait(rim, number)
            await until(lambda: waiting(rim) == 1)
            with held_up(rim.path):
                jam(rim)
                late = wait(rim, number)
                await asyncio.sleep(0.1)
                assert not asked.done()
                assert not late.done()
            assert len((await asked).groups) == len((await late).groups) == 1

    run(test())


def test_the_deadline_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["firmware.features.ippget"], "PATIENCE", 0.05)

    async def test() -> None:
        async with Rim(tmp_path) as rim:
            reply = await wait(rim, await subscribe(rim))
            assert reply.status == Status.SUCCESSFUL_OK
            assert reply.groups == []
            assert waiting(rim) == 0

    run(test())


def test_who_goes_away_waits_no_longer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pump, "LOOK", 0.02)

    async def test() -> None:
        async with Rim(tmp_path) as rim:
            away: list[int] = []
            asked = wait(rim, await subscribe(rim), gone=lambda: bool(away))
            await until(lambda: waiting(rim) == 1)
            away.append(1)
            with pytest.raises(ConnectionResetError):
                await asked
            assert waiting(rim) == 0
            assert not rim.pump._waiting

    run(test())


def test_one_waits_on_a_cable(tmp_path: Path) -> None:
    """Its pipes are few (house §11); the others are told when to come again."""

    async def test() -> None:
        async with Rim(tmp_path) as rim:
            number = await subscribe(rim)
            first = wait(rim, number, CABLE)
            await until(lambda: waiting(rim) == 1)
            second = await wait(rim, number, CABLE)
            assert interval(second) == EVENT_LIFE
            by_net = wait(rim, number)
            await until(lambda: waiting(rim) == 2)
            jam(rim)
            assert len((await first).groups) == len((await by_net).groups) == 1
            third = wait(rim, await subscribe(rim), CABLE)
            await until(lambda: waiting(rim) == 1)
            third.cancel()
            await asyncio.gather(third, return_exceptions=True)
            assert waiting(rim) == 0

    run(test())


def test_not_too_many_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pump, "MOST_WAITING", 2)

    async def test() -> None:
        async with Rim(tmp_path) as rim:
            number = await subscribe(rim)
            asked = [wait(rim, number) for _ in range(2)]
            await until(lambda: waiting(rim) == 2)
            assert interval(await wait(rim, number)) == EVENT_LIFE
            jam(rim)
            await asyncio.gather(*asked)

    run(test())


def test_who_waits_hears_that_it_is_switched_off(tmp_path: Path) -> None:
    async def test() -> None:
        async with Rim(tmp_path) as rim:
            heard = wait(rim, await subscribe(rim))
            await ask(rim, Operation.CREATE_JOB)
            deaf_reply = await ask(rim, Operation.CREATE_PRINTER_SUBSCRIPTIONS, groups=(wish("job-completed"),))
            deaf = wait(rim, int(deaf_reply.subscriptions[0].get("notify-subscription-id").value))  # type: ignore[union-attr, arg-type]
            await until(lambda: waiting(rim) == 2)
            rim.pump.close()
            (event,) = (await heard).groups
            told = event.get("notify-text")
            assert told is not None
            assert str(told.value).endswith("The printer is being switched off.")
            assert (await deaf).groups == []
            assert (await wait(rim, 1)).groups != []
            assert waiting(rim) == 0

    run(test())
