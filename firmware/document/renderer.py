"""The press's end of the renderer process: start it, ask it for pages, take pixels from it, kill it.

Whatever the renderer does (crash, hang, eat memory, answer nonsense) ends as a DocumentError of one line; the
press goes on with the next job. The process gets no environment, three descriptors, and what ``sandbox``
leaves it.
"""

from __future__ import annotations

import contextlib
import json
import logging
import mmap
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from firmware.core.errors import DocumentError
from firmware.document.formats.rendering import CHANNELS, Box, Facts
from firmware.document.job import Limits
from firmware.document.stages import MODULES

log = logging.getLogger(__name__)

ROOT = str(Path(__file__).parents[2])
"""The folder that holds the package."""
TICK = 0.05
"""Seconds between two looks at whether the job was cancelled."""
LONGEST = 1 << 16
"""Octets of an answer."""
START_SECONDS = 30.0
"""Added to the time for opening the document: the process starts, and imports what it needs."""

_BOOT = (
    "import sys; sys.path[:] = sys.argv[4:]; from firmware.document.worker import main; main(*map(int, sys.argv[1:4]))"
)


class Cancelled(Exception):
    """The job was cancelled while a page was rendered."""


class Renderer:
    """One document in a process of its own."""

    def __init__(
        self,
        media_type: str,
        file: BinaryIO,
        options: dict[str, Any],
        limits: Limits,
        cancelled: Callable[[], bool],
    ) -> None:
        self._limits = limits
        self._cancelled = cancelled
        self._what = "the document"
        self._pending = b""
        self._seconds = 0.0
        """Taken by the page at hand."""
        self._number = -1
        self._complaints = os.fdopen(os.memfd_create("stderr"), "rb", buffering=0)
        strip = os.memfd_create("strip")
        ours, theirs = socket.socketpair()
        try:
            os.ftruncate(strip, limits.strip)
            self._strip = mmap.mmap(strip, limits.strip)
            self._process = _spawn((theirs.fileno(), file.fileno(), strip), self._complaints.fileno())
        except OSError as error:
            ours.close()
            self._complaints.close()
            message = f"no renderer could be started: {error.strerror or error}"
            raise DocumentError("resources-are-not-ready", message) from error
        finally:
            os.close(strip)
            theirs.close()
        self._link = ours
        self._link.settimeout(TICK)
        try:
            self._open(media_type, options)
        except BaseException:
            self.close()
            raise

    def _open(self, media_type: str, options: dict[str, Any]) -> None:
        limits = self._limits
        first = {
            "module": MODULES[media_type],
            "memory": limits.renderer_memory,
            "cpu": limits.page_cpu_seconds,
            "options": options,
        }
        self._seconds = -START_SECONDS
        self._ask(first)
        self._seconds = 0.0

    def page(self, number: int) -> Facts | None:
        """None behind the last page."""
        self._turn_to(number)
        answer = self._ask({"page": number, "cpu": self._limits.page_cpu_seconds})
        if answer.get("end"):
            return None
        try:
            facts = Facts(float(answer["width"]), float(answer["height"]), str(answer["kind"]), bool(answer["sized"]))
        except (KeyError, TypeError, ValueError):
            raise self._ended("gave no answer that can be understood") from None
        if facts.kind not in CHANNELS or not (0 < facts.width < 1e9 and 0 < facts.height < 1e9):
            raise self._ended("gave a page without a size")
        return facts

    def draw(self, number: int, box: Box, kind: str, most: int | None = None) -> Iterator[memoryview]:
        """The part's lines, at most ``most`` octets at a time. There is one strip: a piece is valid until any
        page is drawn on."""
        width, height = box.size
        length = width * CHANNELS[kind]
        step = max(1, min(most or self._limits.strip, self._limits.strip) // length)
        if length > self._limits.strip:
            raise DocumentError("document-unprintable-error", f"page {number} is too wide to render")
        with memoryview(self._strip) as strip:
            for top in range(0, height, step):
                lines = min(step, height - top)
                part = (
                    box.width,
                    box.height,
                    box.turn,
                    box.left,
                    box.top + top,
                    box.right,
                    box.top + top + lines,
                )
                self._turn_to(number)
                self._ask({"page": number, "box": part, "cpu": self._limits.page_cpu_seconds})
                with strip[: lines * length] as piece:
                    yield piece

    def close(self) -> None:
        """End the process, whatever it is doing."""
        self._link.close()
        self._process.kill()
        self._process.wait()
        self._complaints.close()
        with contextlib.suppress(BufferError):  # somebody still holds a piece; the mapping goes with it
            self._strip.close()

    def _turn_to(self, number: int) -> None:
        """Each page has a time of its own."""
        self._what = f"page {number}"
        if number != self._number:
            self._number, self._seconds = number, 0.0

    def _ask(self, command: dict[str, Any]) -> dict[str, Any]:
        started = time.monotonic()
        try:
            self._link.sendall(json.dumps(command).encode() + b"\n")
            answer = json.loads(self._line(started + self._limits.page_seconds - self._seconds))
        except OSError:
            raise self._ended(self._death()) from None
        except (ValueError, RecursionError):
            raise self._ended("gave no answer that can be understood") from None
        finally:
            self._seconds += time.monotonic() - started
        if not isinstance(answer, dict):
            raise self._ended("gave no answer that can be understood")
        if "error" in answer:
            raise DocumentError(str(answer["error"]), str(answer.get("message", ""))[:250])
        return answer

    def _line(self, deadline: float) -> bytes:
        while b"\n" not in self._pending:
            if self._cancelled():
                raise Cancelled
            if time.monotonic() > deadline:
                self._process.kill()
                raise self._ended(f"took more than {self._limits.page_seconds:g} seconds to render")
            try:
                data = self._link.recv(LONGEST)
            except TimeoutError:
                continue
            if not data:
                raise self._ended(self._death())
            self._pending += data
            if len(self._pending) > LONGEST:
                raise self._ended("gave an answer without an end")
        line, _, self._pending = self._pending.partition(b"\n")
        return line

    def _death(self) -> str:
        try:
            code = self._process.wait(2)
        except subprocess.TimeoutExpired:
            return "made the renderer hang up"
        said = os.pread(self._complaints.fileno(), LONGEST, 0).decode("utf-8", "replace").strip()
        log.warning("the renderer of %s ended with status %d: %s", self._what, code, said[-2000:] or "no word")
        if code == -signal.SIGXCPU:
            return f"took more than {self._limits.page_cpu_seconds} seconds of processor time to render"
        if code < 0:
            return f"made the renderer crash ({signal.Signals(-code).name})"
        return f"made the renderer end with status {code}"

    def _ended(self, how: str) -> DocumentError:
        return DocumentError("document-unprintable-error", f"{self._what} {how}")


def _spawn(descriptors: tuple[int, int, int], complaints: int) -> subprocess.Popen[bytes]:
    paths = [ROOT, *(path for path in sys.path if path and os.path.isabs(path))]
    command = [sys.executable, "-I", "-S", "-B", "-c", _BOOT, *map(str, descriptors), *dict.fromkeys(paths)]
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=complaints,
        cwd="/",
        env={"LANG": "C.UTF-8", "MALLOC_ARENA_MAX": "1"},
        pass_fds=descriptors,
    )
