"""The press: facts in the order in which things happen on paper, and an end to every job."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from board.parts.sink_memory import MemorySink
from board.parts.trays import SimulatedTrays
from firmware.core.errors import PartError
from firmware.core.events import (
    DocumentOpened,
    DocumentToPrint,
    DropDocuments,
    ExpectDocument,
    Fact,
    ImpressionDone,
    JobDone,
    JobSuspended,
    MarkingStarted,
    PageDone,
    PartFailed,
    PrintJob,
    SheetDone,
    StopDocument,
    StopJob,
    SuspendJob,
)
from firmware.core.model import Tray
from firmware.core.ticket import Media, PageTicket, Ticket
from firmware.document.job import Capabilities
from firmware.ports import Side, SinkResult
from firmware.runtime.press import Press, drop, expect
from firmware.runtime.spool import Spool
from raster_ext import ColorSpace, Page, PwgHeader, PwgWriter
from tests.printer import PWG
from tests.runtime.support import run, until

SMALL = Media("custom_small_20x20mm", 2000, 2000)
PAGE = Page(78, 78, (100, 100), ColorSpace.SGRAY, 8, 1)
WHERE = (1, 7)
TRAYS = SimulatedTrays((Tray(source="main", size=SMALL.name),), True, lambda tray: None)


def pages(count: int) -> bytes:
    """A PWG file of gray pages, the last of them blank."""
    out = bytearray()
    page = Page(78, 78, (100, 100), ColorSpace.SGRAY, 8, 1, header=PwgHeader.for_page(PAGE))
    with PwgWriter(out.extend) as writer:
        for number in range(count):
            writer.start_page(page)
            writer.write_band((b"\xff" if number == count - 1 else b"\x40") * (78 * 78))
            writer.end_page()
    return bytes(out)


def order(job: int = 7, *, sides: str = "one-sided", copies: int = 1, documents: int = 1) -> PrintJob:
    ticket = Ticket(PageTicket(SMALL, sides=sides), copies=copies)
    parts = tuple(DocumentToPrint(number, PWG, "none") for number in range(1, documents + 1))
    return PrintJob(1, job, "uuid", "job", "alice", ticket, True, {"copies": copies}, parts)


def bare(fact: Fact) -> Fact:
    """Without what only actual attributes need: ``test_what_a_side_was_made_of`` looks at it."""
    return replace(fact, ticket=None, executed=()) if isinstance(fact, ImpressionDone) else fact


class Shop:
    """A press with its spool and a sink in memory; what it reports is noted."""

    def __init__(self, folder: Path, sink: MemorySink | None = None, keep: Callable[[PrintJob], None] | None = None):
        self.spool = Spool(folder / "spool")
        self.sink = sink or MemorySink()
        self.facts: list[Fact] = []
        self.promise: Callable[[Fact], OSError | None] = lambda fact: None
        hundred = (100, 100)
        capabilities = Capabilities(resolutions=(hundred,), qualities={4: hundred}, media=(SMALL,))
        self.press = Press(1, "Desk", self.sink, capabilities, self.spool, self.report, folder, TRAYS, keep)

    def report(self, fact: Fact) -> asyncio.Future[None]:
        self.facts.append(bare(fact))
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        error = self.promise(fact)
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)
        return future

    async def spooled(self, data: bytes, job: int = 7, number: int = 1) -> None:
        writer = self.spool.create(1, job, number)
        await writer.write(data)
        await writer.finish()

    async def done(self, job: int = 7) -> JobDone:
        """Wait for the job's end."""
        found: list[JobDone] = []

        def ended() -> bool:
            found[:] = [fact for fact in self.facts if isinstance(fact, JobDone) and fact.job_id == job]
            return bool(found)

        await until(ended)
        (only,) = found
        return only

    def kinds(self) -> list[str]:
        return [type(fact).__name__ for fact in self.facts]


def test_facts_come_in_the_order_of_what_happened(tmp_path: Path) -> None:
    async def test() -> None:
        shop = Shop(tmp_path)
        await shop.spooled(pages(3))
        shop.press.print(order(sides="two-sided-long-edge"))
        done = await shop.done()
        assert done == JobDone(*WHERE, "completed", (), "", 3, 1)
        name = SMALL.name
        assert shop.facts == [
            DocumentOpened(*WHERE, 1, True),
            MarkingStarted(*WHERE),
            ImpressionDone(*WHERE, 1, False, False, False, name, (1,)),
            PageDone(*WHERE, 1, 1, 1),
            ImpressionDone(*WHERE, 1, True, False, False, name, (1,)),
            PageDone(*WHERE, 1, 2, 1),
            SheetDone(*WHERE, 1, name, (1,), True),
            ImpressionDone(*WHERE, 2, False, False, True, name, (1,)),
            PageDone(*WHERE, 1, 3, 1),
            SheetDone(*WHERE, 2, name, (1,), False, False, True),
            done,
        ]
        (job,) = shop.sink.jobs
        assert (job.job.id, job.job.printer, job.job.ticket) == (7, "Desk", {"copies": 1})
        assert job.result is not None
        shop.spool.close()

    run(test())


def test_a_document_is_marked_while_it_arrives(tmp_path: Path) -> None:
    async def test() -> None:
        shop = Shop(tmp_path)
        data = pages(2)
        writer = shop.spool.create(*WHERE, 1)
        shop.press.print(order())
        await writer.write(data[: len(data) // 2 + 100])
        await until(lambda: "ImpressionDone" in shop.kinds())
        assert "JobDone" not in shop.kinds()
        await writer.write(data[len(data) // 2 + 100 :])
        await writer.finish()
        assert (await shop.done()).outcome == "completed"
        shop.spool.close()

    run(test())


def test_a_document_is_opened_before_it_begins_to_arrive(tmp_path: Path) -> None:
    """The press may be quicker than the connection that brings the document."""

    async def test() -> None:
        shop = Shop(tmp_path)
        expect(shop.spool)(ExpectDocument(*WHERE, 1))
        shop.press.print(order())
        await asyncio.sleep(0.1)
        assert shop.kinds() == ["DocumentOpened"]
        await shop.spooled(pages(1))
        assert (await shop.done()).outcome == "completed"
        shop.spool.close()

    run(test())


def test_cancel_while_it_waits_for_more(tmp_path: Path) -> None:
    async def test() -> None:
        shop = Shop(tmp_path)
        writer = shop.spool.create(*WHERE, 1)
        shop.press.print(order())
        await writer.write(pages(2)[:3000])
        shop.press.stop(StopJob(1, 99))
        await asyncio.sleep(0.02)
        assert "JobDone" not in shop.kinds()
        shop.press.stop(StopJob(*WHERE))
        done = await shop.done()
        assert (done.outcome, done.reasons) == ("canceled", ())
        writer.fail("job-canceled-by-user", "canceled")
        shop.spool.close()

    run(test())


def test_cancel_while_it_marks(tmp_path: Path) -> None:
    async def test() -> None:
        shop = Shop(tmp_path)
        await shop.spooled(pages(2))
        shop.press.print(order(copies=900))
        await until(lambda: shop.kinds().count("SheetDone") > 2)
        shop.press.stop(StopJob(*WHERE))
        done = await shop.done()
        assert (done.outcome, done.reasons) == ("canceled", ())
        marked = shop.kinds().count("ImpressionDone")
        assert 2 < marked < 1800
        assert len(shop.sink.sides) == marked
        shop.spool.close()

    run(test())


def test_a_document_that_is_canceled_is_not_begun(tmp_path: Path) -> None:
    """The job goes on with the others, and facts tell which of them is on each sheet."""

    async def test() -> None:
        shop = Shop(tmp_path)
        for number in (1, 2, 3):
            await shop.spooled(pages(1), number=number)
        shop.press.print(order(documents=3))
        shop.press.stop_document(StopDocument(*WHERE, 2))
        shop.press.stop_document(StopDocument(1, 99, 3))
        done = await shop.done()
        assert (done.outcome, done.pages) == ("completed", 2)
        assert [fact.document for fact in shop.facts if isinstance(fact, DocumentOpened)] == [1, 3]
        assert [fact.documents for fact in shop.facts if isinstance(fact, SheetDone)] == [(1,), (3,)]
        shop.spool.close()

    run(test())


def test_a_part_that_fails_and_works_again(tmp_path: Path) -> None:
    async def test() -> None:
        shop = Shop(tmp_path)
        shop.sink.fail_after = 1
        await shop.spooled(pages(3))
        shop.press.print(order())
        done = await shop.done()
        assert (done.outcome, done.reasons) == ("aborted", ("aborted-by-system",))
        assert shop.facts[-2] == PartFailed(1, "media-jam", "the memory sink was told to fail")
        assert shop.kinds().count("ImpressionDone") == 1
        shop.facts.clear()
        await shop.spooled(pages(1), 8)
        shop.press.print(order(8))
        assert (await shop.done(8)).outcome == "completed"
        assert shop.facts[1:3] == [PartFailed(1, "media-jam", cleared=True), MarkingStarted(1, 8)]
        shop.spool.close()

    run(test())


@pytest.mark.parametrize(
    ("data", "reason"), [(b"no raster at all", "document-format-error"), (pages(2)[:-50], "document-format-error")]
)
def test_a_document_that_is_none(tmp_path: Path, data: bytes, reason: str) -> None:
    async def test() -> None:
        shop = Shop(tmp_path)
        await shop.spooled(data)
        shop.press.print(order())
        done = await shop.done()
        assert (done.outcome, done.reasons) == ("aborted", ("aborted-by-system", reason))
        assert done.message
        shop.spool.close()

    run(test())


def test_a_document_that_is_not_in_the_spool(tmp_path: Path) -> None:
    async def test() -> None:
        shop = Shop(tmp_path)
        shop.press.print(order())
        done = await shop.done()
        assert done.reasons == ("aborted-by-system", "document-access-error")
        assert shop.kinds() == ["DocumentOpened", "JobDone"], "nothing was marked"
        shop.spool.close()

    run(test())


def test_an_upload_that_breaks_off(tmp_path: Path) -> None:
    async def test() -> None:
        shop = Shop(tmp_path)
        writer = shop.spool.create(*WHERE, 1)
        shop.press.print(order())
        await writer.write(pages(2)[:3000])
        writer.fail("submission-interrupted", "gone")
        done = await shop.done()
        assert (done.outcome, done.reasons) == ("aborted", ("aborted-by-system", "submission-interrupted"))
        assert done.message == "gone"
        shop.spool.close()

    run(test())


def test_nothing_is_marked_that_could_be_marked_twice(tmp_path: Path) -> None:
    """When it can't be written down that marking begins, it does not begin."""

    async def test() -> None:
        shop = Shop(tmp_path)
        full = OSError("the state can't be written")
        shop.promise = lambda fact: full if isinstance(fact, MarkingStarted) else None
        await shop.spooled(pages(1))
        shop.press.print(order())
        done = await shop.done()
        assert (done.outcome, done.message) == ("aborted", "the state can't be written")
        assert PartFailed(1, "spool-area-full", "the state can't be written") in shop.facts
        assert "ImpressionDone" not in shop.kinds()
        assert shop.sink.sides == []
        shop.spool.close()

    run(test())


def test_switched_off_in_the_middle(tmp_path: Path) -> None:
    async def test() -> None:
        shop = Shop(tmp_path)
        await shop.press.close()
        await shop.spooled(pages(2))
        shop.press.print(order(copies=900))
        await until(lambda: shop.kinds().count("SheetDone") > 2)
        await shop.press.close()
        await asyncio.sleep(0)
        done = await shop.done()
        assert (done.outcome, done.reasons) == ("aborted", ("aborted-by-system", "printer-stopped"))
        shop.spool.close()

    run(test())


def test_documents_can_be_kept_before_they_are_dropped(tmp_path: Path) -> None:
    kept: list[bytes] = []

    async def test() -> None:
        shop = Shop(tmp_path, keep=lambda printed: kept.append(shop.spool.path(*WHERE, 1).read_bytes()))
        await shop.spooled(pages(1))
        shop.press.print(order())
        await shop.done()
        drop(shop.spool)(DropDocuments(*WHERE, (1,)))
        assert not shop.spool.path(*WHERE, 1).exists()
        shop.spool.close()

    run(test())
    assert kept == [pages(1)]


class Broken(MemorySink):
    """A sink with a bug: it falls over at its end."""

    def end_job(self, result: SinkResult) -> None:
        raise ZeroDivisionError


class Jammed(MemorySink):
    """A sink that can't even begin."""

    def start_job(self, job: object) -> None:
        raise PartError("door-open", "the door is open")


def test_a_bug_in_a_part_ends_the_job_and_not_the_press(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def test() -> None:
        shop = Shop(tmp_path, Broken())
        await shop.spooled(pages(1))
        shop.press.print(order())
        done = await shop.done()
        assert (done.outcome, done.reasons) == ("aborted", ())
        assert "Internal error" in done.message
        shop.spool.close()

    run(test())
    assert "ZeroDivisionError" in caplog.text


def test_a_part_that_can_t_begin(tmp_path: Path) -> None:
    async def test() -> None:
        shop = Shop(tmp_path, Jammed())
        await shop.spooled(pages(1))
        shop.press.print(order())
        done = await shop.done()
        assert shop.facts == [PartFailed(1, "door-open", "the door is open"), done]
        assert done.outcome == "aborted"
        shop.spool.close()

    run(test())


def test_several_documents(tmp_path: Path) -> None:
    async def test() -> None:
        shop = Shop(tmp_path)
        for number in (1, 2):
            await shop.spooled(pages(2), number=number)
        shop.press.print(order(documents=2))
        assert (await shop.done()).pages == 4
        told = [(fact.document, fact.page) for fact in shop.facts if isinstance(fact, PageDone)]
        assert told == [(1, 1), (1, 2), (2, 1), (2, 2)]
        shop.spool.close()

    run(test())


# ------------------------------------------------------------------------------------- put aside, go on


class SlowSink(MemorySink):
    """Waits before its second sheet until it is told to go on."""

    def __init__(self) -> None:
        super().__init__()
        self.at_the_second, self.go_on = threading.Event(), threading.Event()

    def start_page(self, side: Side) -> None:
        if side.sheet == 2 and not self.go_on.is_set():
            self.at_the_second.set()
            assert self.go_on.wait(20)
        super().start_page(side)


def marked(sink: MemorySink) -> list[tuple[int, bytes]]:
    return [(side.side.sheet, bytes(side.pixels)) for side in sink.sides]


@pytest.mark.parametrize(("sides", "copies"), [("one-sided", 1), ("one-sided", 2), ("two-sided-long-edge", 2)])
def test_no_sheet_is_lost_or_repeated(tmp_path: Path, sides: str, copies: int) -> None:
    """Suspended in its second sheet, another job passes, and the rest comes as if nothing had been."""

    async def test() -> None:
        plain = Shop(tmp_path / "plain")
        await plain.spooled(pages(6))
        plain.press.print(order(sides=sides, copies=copies))
        await plain.done()

        sink = SlowSink()
        shop = Shop(tmp_path / "shop", sink)
        await shop.spooled(pages(6))
        await shop.spooled(pages(1), job=8)
        shop.press.print(order(sides=sides, copies=copies))
        await until(sink.at_the_second.is_set)
        shop.press.suspend(SuspendJob(*WHERE))
        sink.go_on.set()
        await until(lambda: JobSuspended(*WHERE) in shop.facts)
        assert [side.side.sheet for side in sink.sides] == ([1, 2] if sides == "one-sided" else [1, 1, 2, 2])
        assert sum(isinstance(fact, SheetDone) for fact in shop.facts) == 2
        assert sink.jobs[0].result is not None
        assert sink.jobs[0].result.state == "processing-stopped"
        assert "JobDone" not in shop.kinds()
        shop.press.print(order(job=8))
        await shop.done(8)
        shop.press.print(replace(order(sides=sides, copies=copies), sheets_done=2))
        assert (await shop.done()).outcome == "completed"
        both = [(side.side.sheet, bytes(side.pixels)) for job in (sink.jobs[0], sink.jobs[2]) for side in job.sides]
        assert both == marked(plain.sink)
        mine = [fact for fact in shop.facts if isinstance(fact, ImpressionDone | SheetDone) and fact.job_id == 7]
        assert mine == [fact for fact in plain.facts if isinstance(fact, ImpressionDone | SheetDone)]

    (tmp_path / "plain").mkdir()
    (tmp_path / "shop").mkdir()
    run(test())


def test_a_job_whose_beginning_is_gone_goes_on_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def test() -> None:
        shop = Shop(tmp_path)
        await shop.spooled(pages(3))
        monkeypatch.setattr(shop.spool, "whole", lambda *where: False)
        shop.press.print(order())
        shop.press.suspend(SuspendJob(*WHERE))
        assert (await shop.done()).outcome == "completed"

    run(test())


def test_only_its_own_job_is_put_aside(tmp_path: Path) -> None:
    async def test() -> None:
        shop = Shop(tmp_path)
        await shop.spooled(pages(3))
        shop.press.suspend(SuspendJob(*WHERE))
        shop.press.print(order())
        shop.press.suspend(SuspendJob(1, 8))
        assert (await shop.done()).outcome == "completed"

    run(test())
