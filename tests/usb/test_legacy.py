"""The legacy interface: bytes in, jobs out."""

import asyncio
from collections.abc import Callable

import pytest

from tests.usb.support import eventually, run
from usb_gadget.descriptors import Speed
from usb_gadget.legacy import PIECE, READS, JobEnd, LegacyPipe
from usb_gadget.memory import MemoryLink


class Jobs:
    """Keeps the jobs it is given; can be slow, and can fail."""

    def __init__(self) -> None:
        self.done: list[tuple[bytes, JobEnd]] = []
        self.current: bytearray | None = None
        self.go = asyncio.Event()
        self.go.set()
        self.fail = ""

    async def begin(self) -> None:
        assert self.current is None
        if self.fail == "begin":
            raise OSError("no room")
        self.current = bytearray()

    async def data(self, data: bytes) -> None:
        await self.go.wait()
        assert self.current is not None
        assert len(data) <= 2 * PIECE
        if self.fail == "data":
            raise OSError("no room")
        self.current += data

    async def end(self, reason: JobEnd) -> None:
        assert self.current is not None
        self.done.append((bytes(self.current), reason))
        self.current = None


def legacy(speed: Speed = Speed.HIGH, idle: float = 0.1) -> tuple[Jobs, MemoryLink, LegacyPipe]:
    jobs, link = Jobs(), MemoryLink(speed)
    pipe = LegacyPipe(link.out, link.in_, jobs, idle)
    pipe.start()
    return jobs, link, pipe


@pytest.mark.parametrize("size", [1, 511, 512, 4096, 1_000_000])
def test_silence_ends_a_job(size: int) -> None:
    async def main() -> None:
        jobs, link, pipe = legacy()
        await link.write(bytes(size))
        await eventually(lambda: len(jobs.done) == 1)
        await link.write(b"second")
        await link.write(b" job")
        await eventually(lambda: pipe.busy)
        await eventually(lambda: len(jobs.done) == 2)
        assert jobs.done == [(bytes(size), JobEnd.IDLE), (b"second job", JobEnd.IDLE)]
        assert not pipe.busy
        pipe.stop()
        await pipe.drained()

    run(main())


def release(pipe: LegacyPipe) -> None:
    pipe.stop(reason=JobEnd.RELEASED)
    pipe.start()


@pytest.mark.parametrize(
    ("end", "reason"), [(release, JobEnd.RELEASED), (LegacyPipe.reset, JobEnd.SOFT_RESET)], ids=["release", "reset"]
)
def test_resets_end_a_job(end: Callable[[LegacyPipe], None], reason: JobEnd) -> None:
    async def main() -> None:
        jobs, link, pipe = legacy(idle=60)
        for _ in range(3):
            await link.write(b"x" * 3000)
            end(pipe)
        await link.write(b"rest")
        pipe.stop()
        await pipe.drained()
        assert jobs.done == [(b"x" * 3000, reason)] * 3 + [(b"rest", JobEnd.GONE)]
        pipe.reset()  # without a job it ends none
        await pipe.drained()
        assert len(jobs.done) == 4

    run(main())


def test_a_slow_consumer_leaves_the_host_waiting() -> None:
    async def main() -> None:
        jobs, link, pipe = legacy()
        jobs.go.clear()
        sending = asyncio.create_task(link.write(bytes(1 << 20)))
        await asyncio.sleep(0.2)
        assert not sending.done()
        assert pipe._size <= PIECE + READS * 512
        jobs.go.set()
        await sending
        await eventually(lambda: len(jobs.done) == 1)
        assert jobs.done == [(bytes(1 << 20), JobEnd.IDLE)]
        pipe.stop()

    run(main())


@pytest.mark.parametrize(("fail", "jobs_kept"), [("begin", 0), ("data", 1)])
def test_a_failing_consumer_costs_that_job_only(fail: str, jobs_kept: int, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        jobs, link, pipe = legacy()
        jobs.fail = fail
        await link.write(bytes(200_000))
        await link.write(bytes(200_000))
        await eventually(lambda: not pipe.busy)
        jobs.fail = ""
        await link.write(b"good")
        await eventually(lambda: len(jobs.done) == jobs_kept + 1)
        assert jobs.done[-1] == (b"good", JobEnd.IDLE)
        pipe.stop()
        await pipe.drained()

    run(main())
    assert "legacy job dropped" in caplog.text


def test_without_a_consumer_data_is_dropped() -> None:
    async def main() -> None:
        link = MemoryLink()
        pipe = LegacyPipe(link.out, link.in_, None, 0.1)
        pipe.start()
        await link.write(bytes(1 << 20))
        pipe.stop()
        await pipe.drained()

    run(main())
