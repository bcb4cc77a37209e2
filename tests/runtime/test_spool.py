"""The spool: documents are read while they arrive, bounded by a quota, and gone when nobody wants them."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from firmware.core.errors import DocumentError
from firmware.runtime import spool as spool_module
from firmware.runtime.spool import Reader, Spool, SpoolFull, Writer
from tests.runtime.support import full_disk, run, until

MIB = 1 << 20
WHERE = (1, 7, 1)


class Reading(threading.Thread):
    """The press: reads a document to its end, or to its error."""

    def __init__(self, reader: Reader, piece: int = 1 << 16) -> None:
        super().__init__(daemon=True)
        self.reader = reader
        self.piece = piece
        self.octets = bytearray()
        self.error: DocumentError | None = None
        self.start()

    def run(self) -> None:
        try:
            while data := self.reader.read(self.piece):
                self.octets += data
        except DocumentError as error:
            self.error = error

    async def end(self) -> None:
        await asyncio.to_thread(self.join)


async def written(spool: Spool, data: bytes, where: tuple[int, int, int] = WHERE) -> Writer:
    writer = spool.create(*where)
    await writer.write(data)
    await writer.finish()
    return writer


def names(spool: Spool) -> list[str]:
    return sorted(path.name for path in spool.folder.iterdir())


# --------------------------------------------------------------------------------- writing and reading


def test_a_document_comes_back(tmp_path: Path) -> None:
    async def test() -> None:
        spool = Spool(tmp_path / "spool")
        writer = await written(spool, b"one two")
        assert (writer.octets, spool.used()) == (7, 7)
        assert spool.path(*WHERE).read_bytes() == b"one two"
        assert spool.path(*WHERE).stat().st_mode & 0o777 == 0o600
        reader = spool.open(*WHERE)
        assert [reader.read(4), reader.read(4), reader.read(4), reader.read(4)] == [b"one ", b"two", b"", b""]
        assert reader.path == spool.path(*WHERE)
        spool.close()

    run(test())


def test_a_document_of_nothing(tmp_path: Path) -> None:
    async def test() -> None:
        spool = Spool(tmp_path / "spool")
        await spool.create(*WHERE).finish()
        assert spool.path(*WHERE).read_bytes() == b""
        assert spool.open(*WHERE).read(10) == b""
        spool.close()

    run(test())


def test_a_reader_sees_it_grow(tmp_path: Path) -> None:
    async def test() -> None:
        spool = Spool(tmp_path / "spool")
        writer = spool.create(*WHERE)
        reading = Reading(spool.open(*WHERE))
        for number in range(5):
            await writer.write(b"%d" % number)
            await until(lambda number=number: len(reading.octets) == number + 1)  # type: ignore[misc]
        assert reading.is_alive()
        await writer.finish()
        await reading.end()
        assert reading.octets == b"01234"
        spool.close()

    run(test())


def test_several_readers_each_from_the_beginning(tmp_path: Path) -> None:
    async def test() -> None:
        spool = Spool(tmp_path / "spool")
        await written(spool, b"abc")
        assert spool.open(*WHERE).read(2) == b"ab"
        assert spool.open(*WHERE).read(9) == b"abc"
        spool.close()

    run(test())


def test_an_upload_that_is_given_up_is_told_to_the_reader(tmp_path: Path) -> None:
    async def test() -> None:
        spool = Spool(tmp_path / "spool")
        writer = spool.create(*WHERE)
        await writer.write(b"half")
        reading = Reading(spool.open(*WHERE))
        await until(lambda: len(reading.octets) == 4)
        writer.fail("submission-interrupted", "the client went away")
        await reading.end()
        assert reading.octets == b"half"
        assert reading.error is not None
        assert (reading.error.reason, reading.error.message) == ("submission-interrupted", "the client went away")
        spool.close()

    run(test())


def test_a_reader_that_is_woken_stops(tmp_path: Path) -> None:
    async def test() -> None:
        spool = Spool(tmp_path / "spool")
        spool.create(*WHERE)
        reading = Reading(spool.open(*WHERE))
        reading.reader.wake()
        await reading.end()
        assert reading.error is not None
        assert reading.error.reason == "job-canceled-by-user"
        spool.close()

    run(test())


def test_a_document_that_is_not_there(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    with pytest.raises(DocumentError, match="no longer") as caught:
        spool.open(*WHERE)
    assert caught.value.reason == "document-access-error"
    spool.close()


# -------------------------------------------------------------------------------------------- dropping


def test_what_is_dropped_is_gone(tmp_path: Path) -> None:
    async def test() -> None:
        spool = Spool(tmp_path / "spool")
        for number in (1, 2, 3):
            await written(spool, b"x" * 10, (1, 7, number))
        spool.drop(1, 7, (1, 3, 9))
        assert (names(spool), spool.used()) == (["1-7-2"], 10)
        spool.close()

    run(test())


def test_a_reader_that_has_it_open_may_finish(tmp_path: Path) -> None:
    async def test() -> None:
        spool = Spool(tmp_path / "spool")
        await written(spool, b"whole document")
        reader = spool.open(*WHERE)
        assert reader.read(5) == b"whole"
        spool.drop(1, 7, [1])
        assert names(spool) == []
        assert reader.read(100) == b" document"
        assert reader.read(100) == b""
        spool.close()

    run(test())


def test_dropping_what_still_comes_ends_writer_and_reader(tmp_path: Path) -> None:
    async def test() -> None:
        spool = Spool(tmp_path / "spool")
        writer = spool.create(*WHERE)
        await writer.write(b"half")
        reading = Reading(spool.open(*WHERE))
        await until(lambda: len(reading.octets) == 4)
        spool.drop(1, 7, [1])
        with pytest.raises(DocumentError, match="ended"):
            await writer.write(b"more")
        await reading.end()
        assert reading.error is not None
        writer.fail("submission-interrupted", "too late")
        assert (names(spool), spool.used()) == ([], 0)
        spool.close()

    run(test())


def test_after_a_crash_what_nobody_wants_is_swept_away(tmp_path: Path) -> None:
    async def test() -> None:
        before = Spool(tmp_path / "spool")
        for number in (1, 2):
            await written(before, b"x" * 10, (1, number, 1))
        (before.folder / "rubbish").write_text("?")
        before.close()
        spool = Spool(tmp_path / "spool")
        spool.sweep([(1, 2, 1), (1, 9, 1)])
        assert (names(spool), spool.used()) == (["1-2-1"], 10)
        assert spool.open(1, 2, 1).read(100) == b"x" * 10
        spool.close()

    run(test())


# ------------------------------------------------------------------------------------ the quota, the disk


def test_a_writer_over_the_quota_waits_until_there_is_room(tmp_path: Path) -> None:
    async def test() -> None:
        spool = Spool(tmp_path / "spool", quota=100)
        await written(spool, b"x" * 80, (1, 1, 1))
        writer = spool.create(1, 2, 1)
        writing = asyncio.create_task(writer.write(b"y" * 30))
        await asyncio.sleep(0.15)
        assert not writing.done()
        assert spool.used() == 80
        spool.drop(1, 1, [1])
        await writing
        assert spool.used() == 30
        spool.close()

    run(test())


def test_a_document_that_fits_to_the_octet(tmp_path: Path) -> None:
    async def test() -> None:
        spool = Spool(tmp_path / "spool", quota=100)
        await written(spool, b"x" * 100)
        spool.close()

    run(test())


def test_patience_has_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool_module, "FULL_WAIT", 0.1)

    async def test() -> None:
        spool = Spool(tmp_path / "spool", quota=100)
        writer = spool.create(*WHERE)
        with pytest.raises(SpoolFull):
            await writer.write(b"x" * 101)
        assert (writer.octets, spool.used()) == (0, 0)
        spool.close()

    run(test())


def test_a_document_larger_than_the_quota_goes_through_as_it_is_read(tmp_path: Path) -> None:
    """What the press has read is given back to the disk; memory and disk never hold more than the quota."""

    async def test() -> None:
        quota, total, piece = 12 * MIB, 40 * MIB, 1 * MIB
        spool = Spool(tmp_path / "spool", quota)
        writer = spool.create(*WHERE)
        most = 0

        async def write() -> None:
            for _ in range(total // piece):
                await writer.write(bytes(piece))
            await writer.finish()

        writing = asyncio.create_task(write())
        await until(lambda: writer.octets >= quota)
        reader, read = spool.open(*WHERE), 0
        while data := await asyncio.to_thread(reader.read, piece):
            read += len(data)
            spool.consumed(*WHERE, read)
            most = max(most, spool.used())
        await writing
        assert read == total
        assert most <= quota
        path = spool.path(*WHERE)
        assert path.stat().st_size == total
        assert path.stat().st_blocks * 512 <= quota, "the holes are real"
        spool.close()

    run(test())


def test_what_is_smaller_than_the_quota_keeps_its_octets(tmp_path: Path) -> None:
    """Copies and number-up go back to earlier pages: nothing is given away without need."""

    async def test() -> None:
        spool = Spool(tmp_path / "spool", quota=100 * MIB)
        await written(spool, b"a" * 8 * MIB)
        spool.consumed(*WHERE, 8 * MIB)
        assert spool.used() == 8 * MIB
        assert spool.open(*WHERE).read(10) == b"a" * 10
        spool.close()

    run(test())


def test_a_full_disk_is_an_os_error(tmp_path: Path) -> None:
    async def test() -> None:
        spool = Spool(tmp_path / "spool")
        writer = spool.create(*WHERE)
        with full_disk(), pytest.raises(OSError, match="too large"):
            await writer.write(b"x")
        writer.fail("resources-are-not-ready", "full")
        with pytest.raises(DocumentError):
            await writer.write(b"x")
        spool.close()

    run(test())


# ---------------------------------------------------------------------------------------- once more


def test_another_job_gets_the_same_documents(tmp_path: Path) -> None:
    async def test() -> None:
        spool = Spool(tmp_path / "spool")
        await written(spool, b"one two")
        spool.share(1, 7, [1], 8)
        spool.drop(1, 7, [1])
        assert names(spool) == ["1-8-1"]
        assert spool.open(1, 8, 1).read(100) == b"one two"
        spool.share(1, 99, [1], 100)  # nothing is there: that is for the press to find
        with pytest.raises(DocumentError, match="no longer"):
            spool.open(1, 100, 1)

    run(test())


def test_what_was_given_back_is_not_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def test() -> None:
        spool = Spool(tmp_path / "spool", quota=8 * MIB)
        writer = await written(spool, bytes(7 * MIB))
        assert spool.whole(1, 7, [1])
        entry = spool.expect(*WHERE)
        entry.punching = True
        spool.consumed(*WHERE, 6 * MIB)
        assert writer.octets == 7 * MIB
        assert not spool.whole(1, 7, [1, 2])
        assert spool.whole(1, 7, [2])

    run(test())
