"""The page sink of a line head: pages become lines, and lines go to the marking engine while more of them come.

The engine runs in a thread of its own: the paper moves evenly however the bands arrive, and slows down when they are
late. When the engine can't go on it keeps its place: nothing is lost, and no line is marked twice.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
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
        self._ending: deque[Callable[[], None]] = deque()
        """What has still to be done when the page's last line is on paper."""
        self._offset = 0
        """Of the tear bar, in 1/100 mm."""

    def start_job(self, job: SinkJob) -> None:
        if self._developer is not None:
            self._developer.start_job(job)

    def start_page(self, side: Side) -> None:
        if side.page.kind not in self.kinds:
            raise ValueError(f"a {side.page.kind} page for a head of dots")
        self._side = side
        self._place = placed(self._engine.mechanism, side.page.width)
        ticket = side.ticket
        if ticket is not None:
            self._engine.prefer(ticket.darkness, ticket.speed)
        self._ending = deque(self._endings(side))
        with self._changed:
            self._lines.extend([bytes(self._engine.mechanism.octets)] * self._engine.lines_of(side.media.top_offset))
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
        """Wait until the last line is on paper; what else has to be done with it is done once, however often it is
        tried."""
        assert self._side is not None
        with self._changed:
            self._changed.wait_for(lambda: self._error or not (self._lines or self._busy))
            self._refuse()
        while self._ending:
            self._ending[0]()
            self._ending.popleft()
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

    def _endings(self, side: Side) -> Iterator[Callable[[], None]]:
        """What becomes of a page: on labels the next one is found; it is cut off, or waits to be taken."""
        engine, ticket = self._engine, side.ticket
        mode = ticket.label_mode if ticket is not None else ""
        self._offset = ticket.tear_offset if ticket is not None else 0
        if self._developer is not None:
            yield partial(self._developer.page, side)
        if engine.mechanism.sensors.gap != "none" and side.media.tracking != "continuous":
            yield lambda: self._to_label(2 * side.page.height)
        if mode == "cutter" or any(name.startswith("trim") for name in side.finishings):
            yield self._to_blade
            yield self._cut
        if mode == "peel-off":
            yield self._until_taken

    def _to_blade(self) -> None:
        """So far that the page's end lies under the blade."""
        self._bravely(lambda: self._engine.advance(self._engine.lines_of(100 * self._engine.mechanism.cutter.distance)))

    def _cut(self) -> None:
        self._bravely(self._engine.cut)

    def _until_taken(self) -> None:
        if self._engine.label_waits():
            message = "A label hangs at the printer's mouth: take it."
            raise PartError("output-area-full", message, again=lambda: not self._engine.label_waits())

    def _bravely(self, what: Callable[[], object]) -> None:
        """Whatever stops it can be mended, and then it is tried again."""
        try:
            what()
        except PartError as error:
            raise PartError(error.reason, error.message, again=self._engine.ready) from error

    def _to_label(self, most: int) -> None:
        found = False

        def search() -> None:
            nonlocal found
            found = self._engine.to_label(most)

        self._bravely(search)
        if not found:
            message = "There is no gap between labels where one should be: look whether they are stuck."
            raise PartError("media-jam", message, again=self._engine.ready)

    def _eject(self) -> None:
        """A job that is on paper is done, even if the paper ends here."""
        mechanism = self._engine.mechanism
        try:
            self._engine.advance(self._engine.lines_of(100 * mechanism.cutter.distance + self._offset))
        except PartError:
            self._engine.drop()
