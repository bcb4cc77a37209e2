"""Marking behind drawing: where there are two cores, a sink works on one band while the next is drawn."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

DEPTH = 4
"""Bands that may wait for the sink."""

Write = Callable[[memoryview], None]


@contextmanager
def behind(write: Write, cores: int | None = None) -> Iterator[Write]:
    """A ``write`` that returns before the band is marked; all of them are when the context ends.

    An error of the sink is raised by a later call, or at the end. With one core there is nothing to be won by a
    thread and a copy: ``write`` itself is given back.
    """
    if (cores or len(os.sched_getaffinity(0))) < 2:
        yield write
        return
    marking = _Marking(write)
    try:
        yield marking.put
    except BaseException:
        marking.abandoned = True
        marking.join()
        raise
    marking.join()
    marking.check()


class _Marking:
    """The thread. It empties the queue whatever happens, so nobody ever waits for room in vain."""

    def __init__(self, write: Write) -> None:
        self.abandoned = False
        self._write = write
        self._bands: queue.Queue[bytes | None] = queue.Queue(DEPTH)
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._work, name="marking", daemon=True)
        self._thread.start()

    def put(self, band: memoryview) -> None:
        self.check()
        self._bands.put(bytes(band))

    def check(self) -> None:
        if self._error is not None:
            raise self._error

    def join(self) -> None:
        self._bands.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (band := self._bands.get()) is not None:
            if self._error is None and not self.abandoned:
                try:
                    self._write(memoryview(band))
                except BaseException as error:
                    self._error = error
