"""The page sink of a line head: pages become lines, and lines go to the marking engine while more of them come.

The engine runs in a thread of its own: the paper moves evenly however the bands arrive, and slows down when they are
late. When the engine can't go on it keeps its place: nothing is lost, and no line is marked twice.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Protocol

from board.engine.marking import Engine
from board.engine.place import placed
from firmware.core.errors import PartError
from firmware.ports import Side, SinkJob, SinkResult

AHEAD = 1024
"""Lines that may wait for the engine; enough for its ramp, and little to lose when a job is cancelled."""


class Developer(Protocol):
    """Somebody who looks at the paper: what a real mechanism needs nobody for, and a simulated one a picture."""

    def start_job(self, job: SinkJob) -> None: ...
    def page(self, side: Side) -> None:
        """A side was marked."""

    def end_job(self, result: SinkResult) -> None: ...


class HeadSink:
    """Marks ``black_1`` pages. Errors of the engine stop the job until they are gone (``PartError.again``)."""

    kinds: tuple[str, ...] = ("black_1",)

    def __init__(self, engine: Engine, developer: Developer | None = None) -> None:
        self._engine = engine
        self._developer = developer
        self._changed = threading.Condition()
        self._lines: deque[bytes] = deque()
        self._error: PartError | None = None
        self._closed = False
        self._busy = False
        self._thread: threading.Thread | None = None
        self._side: Side | None = None
        self._place: Callable[[bytes], bytes] = bytes

    def start_job(self, job: SinkJob) -> None:
        if self._developer is not None:
            self._developer.start_job(job)

    def start_page(self, side: Side) -> None:
        if side.page.kind not in self.kinds:
            raise ValueError(f"a {side.page.kind} page for a head of dots")
        self._side = side
        self._place = placed(self._engine.mechanism, side.page.width)
        self._run()

    def write_band(self, data: memoryview) -> None:
        assert self._side is not None
        octets = self._side.page.bytes_per_line
        with self._changed:
            self._changed.wait_for(lambda: self._error or len(self._lines) < AHEAD)
            self._refuse()
            for start in range(0, len(data), octets):
                self._lines.append(self._place(bytes(data[start : start + octets])))
            self._changed.notify_all()

    def end_page(self) -> None:
        """Wait until the last line is on paper; on labels, until the next one begins."""
        assert self._side is not None
        with self._changed:
            self._changed.wait_for(lambda: self._error or not (self._lines or self._busy))
            self._refuse()
        if self._engine.mechanism.sensors.gap != "none":
            self._to_gap(2 * self._side.page.height)
        if self._developer is not None:
            self._developer.page(self._side)
        self._side = None

    def end_job(self, result: SinkResult) -> None:
        """What still waits is forgotten; the paper comes out far enough to be torn off."""
        with self._changed:
            self._closed = True
            self._lines.clear()
            self._error = None
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        self._engine.drop()
        if self._side is None and result.counters.impressions:
            self._eject()
        self._side = None
        if self._developer is not None:
            self._developer.end_job(result)

    # ------------------------------------------------------------------------------------------- pieces

    def _refuse(self) -> None:
        """Pass the engine's error on, with how to find out that it is gone."""
        if self._error is not None:
            raise PartError(self._error.reason, self._error.message, again=self._again)

    def _again(self) -> bool:
        if not self._engine.ready():
            return False
        with self._changed:
            self._error = None
            self._changed.notify_all()
        return True

    def _run(self) -> None:
        if self._thread is None:
            self._closed = False
            self._thread = threading.Thread(target=self._work, name="head", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._busy = self._engine.waiting > 0
                self._changed.notify_all()
                self._changed.wait_for(self._something)
                if self._closed:
                    return
                self._busy = True
                self._take()
            self._mark()

    def _something(self) -> bool:
        return self._closed or (self._error is None and bool(self._lines or self._engine.waiting))

    def _take(self) -> None:
        """Give the engine as many lines as it looks ahead."""
        while self._lines and self._engine.waiting < 2 * self._engine.reach:
            self._engine.feed(self._lines.popleft())

    def _mark(self) -> None:
        """Mark some of what the engine has, but leave it enough to see what comes."""
        try:
            for _ in range(max(1, self._engine.waiting - self._engine.reach)):
                self._engine.mark()
        except PartError as error:
            with self._changed:
                self._error = error

    def _to_gap(self, most: int) -> None:
        try:
            found = self._engine.advance(most, until_gap=True)
        except PartError as error:
            raise PartError(error.reason, error.message, again=self._engine.ready) from error
        if not found:
            message = "There is no gap between labels where one should be: look whether they are stuck."
            raise PartError("media-jam", message, again=self._engine.ready)

    def _eject(self) -> None:
        """A job that is on paper is done, even if the paper ends here."""
        mechanism = self._engine.mechanism
        try:
            self._engine.advance(round(mechanism.cutter.distance / mechanism.pitch))
        except PartError:
            self._engine.drop()
