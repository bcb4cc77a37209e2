"""The pump: no answer before its commit, every order to its taker, time to the engine."""

from __future__ import annotations

import asyncio
import importlib
from pathlib import Path

import pytest

from firmware.core.errors import StartError
from firmware.core.events import (
    ORDERS,
    DocumentReceived,
    DropDocuments,
    Fact,
    FetchDocument,
    Happened,
    Identify,
    PartFailed,
    PrintJob,
)
from firmware.core.job import JobState
from firmware.ipp import Attribute, Keyword, Name, Operation, Status
from tests.runtime.support import Rim, full_disk, held_up, run, until

HOLD = Attribute("job-hold-until", Keyword("indefinite"))
ME = Attribute("requesting-user-name", Name("anonymous"))


def received(octets: int = 10) -> DocumentReceived:
    return DocumentReceived(1, 1, 1, octets)


@pytest.mark.parametrize("kind", ORDERS)
def test_every_order_has_a_taker_or_nothing_starts(tmp_path: Path, kind: type) -> None:
    rim = Rim(tmp_path)
    with pytest.raises(StartError, match=f"nobody takes {kind.__name__}"):
        rim.pump.start({other: rim.orders.append for other in ORDERS if other is not kind})


def test_a_document_from_request_to_order(tmp_path: Path) -> None:
    async def test() -> None:
        async with Rim(tmp_path) as rim:
            reply = await rim.submit()
            assert reply.accept is not None
            assert rim.taken(PrintJob) == []
            final = await rim.pump.finish(reply, received())
            assert final.status == Status.SUCCESSFUL_OK
            (order,) = rim.taken(PrintJob)
            assert isinstance(order, PrintJob)
            assert order.job_id == 1

    run(test())


def test_the_answer_after_a_document_waits_for_its_commit(tmp_path: Path) -> None:
    """What the document's arrival changed has to be on disk, though the answer itself changes nothing more."""

    async def test() -> None:
        async with Rim(tmp_path) as rim:
            reply = await rim.submit()
            with held_up(rim.path):
                finishing = asyncio.create_task(rim.pump.finish(reply, received()))
                await asyncio.sleep(0.1)
                assert not finishing.done()
            assert (await finishing).status == Status.SUCCESSFUL_OK
            assert Rim(tmp_path).printer.jobs[1].documents[1].arrived

    run(test())


def test_an_answer_waits_for_its_commit(tmp_path: Path) -> None:
    async def test() -> None:
        async with Rim(tmp_path) as rim:
            await rim.ask(Operation.GET_JOBS)
            with held_up(rim.path):
                asking = asyncio.create_task(rim.ask(Operation.CREATE_JOB))
                await asyncio.sleep(0.1)
                assert not asking.done()
            reply = await asking
            assert reply.status == Status.SUCCESSFUL_OK
            assert list(Rim(tmp_path).printer.jobs) == [1]

    run(test())


def test_an_answer_that_promises_nothing_waits_for_nothing(tmp_path: Path) -> None:
    async def test() -> None:
        async with Rim(tmp_path) as rim:
            await rim.ask(Operation.CREATE_JOB)
            with held_up(rim.path):
                reply = await rim.ask(Operation.GET_PRINTER_ATTRIBUTES)
            assert reply.status == Status.SUCCESSFUL_OK

    run(test())


def test_what_can_t_be_promised_is_refused(tmp_path: Path) -> None:
    """RFC 8011: server-error-temporary-error, "a temporary error such as a buffer full write error"."""

    async def test() -> None:
        async with Rim(tmp_path) as rim:
            await rim.ask(Operation.CREATE_JOB)
            with full_disk():
                refused = await rim.ask(Operation.CREATE_JOB)
                missing = await rim.ask(Operation.CANCEL_JOB, Attribute("job-id", 99))
            assert refused.status == Status.SERVER_ERROR_TEMPORARY_ERROR
            assert "can't be written" in refused.message
            assert missing.status == Status.CLIENT_ERROR_NOT_FOUND
            assert (await rim.ask(Operation.CREATE_JOB)).status == Status.SUCCESSFUL_OK

    run(test())


def test_documents_are_dropped_after_the_end_is_on_disk(tmp_path: Path) -> None:
    async def test() -> None:
        async with Rim(tmp_path) as rim:
            await rim.pump.finish(await rim.submit("application/pdf", HOLD), received())
            with held_up(rim.path):
                asking = asyncio.create_task(rim.ask(Operation.CANCEL_JOB, Attribute("job-id", 1), ME))
                await asyncio.sleep(0.1)
                assert rim.printer.jobs[1].ended
                assert rim.taken(DropDocuments) == []
            assert (await asking).status == Status.SUCCESSFUL_OK
            assert rim.taken(DropDocuments) == [DropDocuments(1, 1, (1,))]
            assert Rim(tmp_path).printer.jobs[1].state is JobState.CANCELED

    run(test())


def test_nothing_is_fetched_for_a_job_that_is_not_on_disk(tmp_path: Path) -> None:
    async def test() -> None:
        async with Rim(tmp_path) as rim:
            with held_up(rim.path):
                rim.engine.order(FetchDocument(1, 1, 1))
                asking = asyncio.create_task(rim.ask(Operation.CREATE_JOB))
                await asyncio.sleep(0.1)
                assert rim.taken(FetchDocument) == []
            await asking
            assert rim.taken(FetchDocument) == [FetchDocument(1, 1, 1)]

    run(test())


def test_other_orders_need_not_wait(tmp_path: Path) -> None:
    async def test() -> None:
        async with Rim(tmp_path) as rim:
            with held_up(rim.path):
                await rim.ask(Operation.IDENTIFY_PRINTER)
            assert rim.taken(Identify) == [Identify(1, ("display",))]

    run(test())


def test_a_fact_s_future_is_done_when_it_is_on_disk(tmp_path: Path) -> None:
    async def test() -> None:
        async with Rim(tmp_path) as rim:
            await rim.pump.finish(await rim.submit(), received())
            with held_up(rim.path):
                reported = rim.pump.report(_marking())
                await asyncio.sleep(0.1)
                assert not reported.done()
            await reported
            assert Rim(tmp_path).printer.jobs[1].marked

    run(test())


def _marking() -> Fact:
    from firmware.core.events import MarkingStarted

    return MarkingStarted(1, 1)


def test_listeners_hear_of_facts_after_the_engine(tmp_path: Path) -> None:
    async def test() -> None:
        async with Rim(tmp_path) as rim:
            heard: list[tuple[Fact, frozenset[str]]] = []
            rim.pump.listen(lambda fact: heard.append((fact, rim.printer.reasons)))
            jam = PartFailed(1, "media-jam")
            rim.pump.report(jam)
            happened = Happened(1, "printer-state-changed")
            assert heard == [(jam, frozenset({"media-jam"})), (happened, frozenset({"media-jam"}))]

    run(test())


def test_time_is_brought_to_the_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.import_module("firmware.core.jobs"), "SUBMISSION_TIME_OUT", 0.05)

    async def test() -> None:
        async with Rim(tmp_path) as rim:
            await rim.ask(Operation.CREATE_JOB)
            job = rim.printer.jobs[1]
            await until(lambda: job.state is JobState.ABORTED)
            assert "job-canceled-after-timeout" in job.reasons

    run(test())


def test_closing_begins_no_more_jobs(tmp_path: Path) -> None:
    async def test() -> None:
        async with Rim(tmp_path) as rim:
            reply = await rim.submit()
            rim.pump.close()
            await rim.pump.finish(reply, received())
            assert rim.taken(PrintJob) == []

        async with Rim(tmp_path) as again:
            assert [getattr(order, "job_id", 0) for order in again.taken(PrintJob)] == [1]

    run(test())


def test_a_bug_in_a_room_is_raised_and_nothing_is_lost(tmp_path: Path) -> None:
    async def test() -> None:
        async with Rim(tmp_path) as rim:
            await rim.ask(Operation.CREATE_JOB)
            rim.printer.jobs[1].name = "changed"
            with pytest.raises(KeyError):
                rim.pump.report(PartFailed(99, "media-jam"))
            await rim.ask(Operation.GET_JOBS)
            assert Rim(tmp_path).printer.jobs[1].name == "changed"

    run(test())
