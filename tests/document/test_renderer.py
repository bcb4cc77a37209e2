"""The renderer process: what it may do, and what the press does when it does not behave."""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware.core.errors import DocumentError
from firmware.document import sandbox
from firmware.document.formats.rendering import Box
from firmware.document.renderer import ROOT, Cancelled, Renderer
from tests.document.pdf_kit import document, pdf, stream, text
from tests.document.press_kit import A5, Limits, Recorder, press, source, ticket

PDF = "application/pdf"


@pytest.fixture(autouse=True)
def no_process_is_left() -> Iterator[None]:
    yield
    assert renderers() == []


def renderers() -> list[int]:
    """Renderer processes of this one."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rpartition(")")[2].split()[1])
            command = path.with_name("cmdline").read_bytes()
        except OSError:
            continue
        if parent == os.getpid() and b"firmware.document.worker" in command:
            found.append(int(path.parent.name))
    return found


def laughs(depth: int = 12, times: int = 12) -> bytes:
    """Forms that show other forms: ``times`` to the power of ``depth`` squares."""
    box = "/Type /XObject /Subtype /Form /BBox [0 0 400 500]"
    forms = [
        stream("/X Do " * times, f"{box} /Resources << /XObject << /X {5 + level} 0 R >> >>") for level in range(depth)
    ]
    page = "/MediaBox [0 0 420 595] /Resources << /XObject << /X 4 0 R >> >>"
    return pdf([page], ["/X Do"], extra=[*forms, stream("0 0 1 1 re f", box)])


def slow_pattern() -> bytes:
    """A page tiled a thousand times finer than its dots."""
    tile = stream(
        "0 0 1 1 re f",
        "/Type /Pattern /PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 1 1] /XStep 0.001 /YStep 0.001"
        " /Resources << >>",
    )
    page = "/MediaBox [0 0 420 595] /Resources << /Pattern << /P 4 0 R >> >>"
    return pdf([page], ["/Pattern cs /P scn 0 0 420 595 re f"], extra=[tile])


def slow_shading() -> bytes:
    """A shading whose colour takes twenty thousand steps for each dot."""
    program = stream(
        "{ " + "2 copy mul 3 1 roll " * 20_000 + " pop pop 0 0 }",
        "/FunctionType 4 /Domain [0 1 0 1] /Range [0 1 0 1 0 1]",
    )
    shading = "<< /ShadingType 1 /ColorSpace /DeviceRGB /Function 4 0 R /Domain [0 1 0 1] /Matrix [400 0 0 500 0 0] >>"
    page = "/MediaBox [0 0 420 595] /Resources << /Shading << /S 5 0 R >> >>"
    return pdf([page], ["/S sh"], extra=[program, shading])


@pytest.mark.parametrize("hang", [slow_pattern, slow_shading])
def test_a_page_that_takes_for_ever_is_given_up_by_the_clock(hang: object) -> None:
    limits = Limits(page_seconds=1.0)
    started = time.monotonic()
    result, sink, _ = press([source(hang(), PDF)], ticket(A5), limits=limits)  # type: ignore[operator]
    assert (result.state, result.reasons[1]) == ("aborted", "document-unprintable-error")
    assert result.message == "page 1 took more than 1 seconds to render"
    assert sink.sides == []
    assert time.monotonic() - started < 40  # the process may have been slow to start
    assert press([source(document(1), PDF)], ticket(A5))[0].state == "completed"


def test_processor_time_is_limited(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        result, _, _ = press([source(laughs(), PDF)], ticket(A5), limits=Limits(page_cpu_seconds=1))
    assert (result.state, result.reasons[1]) == ("aborted", "document-unprintable-error")
    assert result.message == "page 1 took more than 1 seconds of processor time to render"
    assert "ended with status -24" in caplog.text


def test_a_renderer_that_crashes_takes_its_job_with_it_and_nothing_else() -> None:
    """PDFium aborts when it gets no more memory."""
    result, _, _ = press([source(laughs(), PDF)], ticket(A5), limits=Limits(renderer_memory=300 << 20))
    assert (result.state, result.reasons[1]) == ("aborted", "document-unprintable-error")
    assert "made the renderer crash (SIG" in result.message
    assert press([source(document(1), PDF)], ticket(A5))[0].state == "completed"


def test_pages_before_the_bad_one_are_kept() -> None:
    tile = stream(
        "0 0 1 1 re f",
        "/Type /Pattern /PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 1 1] /XStep 0.001 /YStep 0.001"
        " /Resources << >>",
    )
    resources = "/Resources << /Font << /F 3 0 R >> /Pattern << /P 4 0 R >> >>"
    pages = [f"/MediaBox [0 0 420 595] {resources}"] * 3
    data = pdf(pages, [text(3, "fine"), "/Pattern cs /P scn 0 0 420 595 re f", text(3, "fine")], extra=[tile])
    result, sink, _ = press([source(data, PDF)], ticket(A5), limits=Limits(page_seconds=1.0))
    assert result.message.startswith("page 2 ")
    assert len(sink.sides) == result.counters.impressions == 1


def test_cancelling_kills_a_renderer_at_work() -> None:
    progress = Recorder()
    timer = threading.Timer(1.5, lambda: setattr(progress, "cancel_asked", 0))
    timer.start()
    started = time.monotonic()
    result, _, _ = press([source(slow_pattern(), PDF)], ticket(A5), progress=progress)
    assert result.state == "canceled"
    assert 1.0 < time.monotonic() - started < 10


@pytest.mark.parametrize(
    "content",
    [
        "[" * 100_000 + "]" * 100_000 + " 0 0 1 1 re f",
        "q " * 200_000 + "0 0 1 1 re f",
        "[0.000001 0.000001] 0 d 1 w 0 0 m 420 595 l S",
        "1e38 0 0 1e38 0 0 cm 0 0 1e38 1e38 re f",
        "BT /F 1e30 Tf (x) Tj ET",
        "/X Do",
    ],
)
def test_odd_content_prints_or_fails_but_the_press_goes_on(content: str) -> None:
    form = stream("/X Do", "/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X 4 0 R >> >>")
    resources = "/Resources << /Font << /F 3 0 R >> /XObject << /X 4 0 R >> >>"
    data = pdf([f"/MediaBox [0 0 420 595] {resources}"], [content], extra=[form])
    result, _, _ = press([source(data, PDF)], ticket(A5), limits=Limits(page_seconds=5, page_cpu_seconds=4))
    assert result.state in ("completed", "aborted")


def test_a_picture_of_gigabytes_in_a_small_pdf() -> None:
    packed = zlib.compress(bytes(20_000_000)).hex()
    entries = (
        "/Type /XObject /Subtype /Image /Width 60000 /Height 60000 /ColorSpace /DeviceRGB /BitsPerComponent 8"
        " /Filter [/ASCIIHexDecode /FlateDecode]"
    )
    page = "/MediaBox [0 0 420 595] /Resources << /XObject << /X 4 0 R >> >>"
    data = pdf([page], ["400 0 0 500 0 0 cm /X Do"], extra=[stream(packed + ">", entries)])
    result, _, _ = press([source(data, PDF)], ticket(A5), limits=Limits(renderer_memory=600 << 20))
    assert result.state in ("completed", "aborted")


# What the process is given, and what it may do


def opened(data: bytes, folder: Path) -> Renderer:
    path = folder / "document"
    path.write_bytes(data)
    with path.open("rb") as file:
        return Renderer(PDF, file, {}, Limits(), lambda: False)


def test_the_renderer_gets_no_environment_and_few_descriptors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INKSTAND_SECRET", "hunter2")
    listener = socket.socket()
    renderer = opened(document(1), tmp_path)
    try:
        (process,) = renderers()
        try:
            environment = Path(f"/proc/{process}/environ").read_bytes()
            descriptors = os.listdir(f"/proc/{process}/fd")
        except PermissionError:  # it is not to be looked into, except by root
            return
        assert {entry.partition(b"=")[0] for entry in environment.split(b"\0") if entry} <= {
            b"LANG",
            b"MALLOC_ARENA_MAX",
        }
        assert len(descriptors) <= 8
        names = {os.readlink(f"/proc/{process}/fd/{number}") for number in descriptors}
        assert f"socket:[{os.fstat(listener.fileno()).st_ino}]" not in names
    finally:
        renderer.close()
        listener.close()


def test_a_confined_process_reads_programs_and_nothing_else(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hunter2")
    program = f"""
import os, resource, socket, sys
from firmware.document.sandbox import confine
confine(1 << 30, {[sys.prefix, sys.base_prefix]!r})

def refused(attempt):
    try:
        attempt()
    except OSError as error:
        print(type(error).__name__)
    else:
        print("allowed")

refused(lambda: open({str(secret)!r}))
refused(lambda: open({str(tmp_path / "new")!r}, "w"))
refused(lambda: os.listdir("/root"))
refused(lambda: socket.create_connection(("127.0.0.1", 9), 1))
print(open(os.__file__).readline() != "")
try:
    bytearray(2 << 30)
except MemoryError:
    print("MemoryError")
print(resource.getrlimit(resource.RLIMIT_CORE))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env={"PYTHONPATH": ROOT}, capture_output=True, text=True, check=True
    )
    said = done.stdout.split("\n")
    assert said[4:7] == ["True", "MemoryError", "(0, 0)"]
    if sandbox.confines():
        assert said[:3] == ["PermissionError"] * 3
        assert said[3] in ("PermissionError", "ConnectionRefusedError")  # TCP is Landlock's since Linux 6.7


def test_a_renderer_dies_with_the_printer(tmp_path: Path) -> None:
    path = tmp_path / "document"
    path.write_bytes(document(1))
    program = f"""
import os, sys
from firmware.document.job import Limits
from firmware.document.renderer import Renderer
renderer = Renderer("application/pdf", open({str(path)!r}, "rb"), {{}}, Limits(), lambda: False)
print(renderer._process.pid, flush=True)
os.kill(os.getpid(), 9)
"""
    path_entries = os.pathsep.join(filter(None, sys.path))
    done = subprocess.run(
        [sys.executable, "-c", program], env={"PYTHONPATH": path_entries}, capture_output=True, text=True
    )
    process = int(done.stdout)
    deadline = time.monotonic() + 5
    while _alive(process) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _alive(process)


def _alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] not in ("Z", "X")
    except OSError:
        return False


def test_strips_are_bounded_and_join_without_seams(tmp_path: Path) -> None:
    def drawn(limits: Limits) -> tuple[bytes, int]:
        with (tmp_path / "document").open("rb") as file:
            renderer = Renderer(PDF, file, {}, limits, lambda: False)
            try:
                pieces = [bytes(piece) for piece in renderer.draw(1, Box(875, 1240, 0, 0, 0, 875, 1240), "srgb_8")]
            finally:
                renderer.close()
        return b"".join(pieces), max(map(len, pieces))

    (tmp_path / "document").write_bytes(document(1))
    whole, _ = drawn(Limits())
    strips, largest = drawn(Limits(strip=100_000))
    assert largest <= 100_000
    assert len(whole) == len(strips) == 875 * 1240 * 3
    differ = sum(abs(a - b) > 40 for a, b in zip(whole, strips, strict=True))
    assert differ < len(whole) / 10_000  # PDFium rounds shades by where a strip begins


def test_a_renderer_that_is_asked_for_nonsense_says_so(tmp_path: Path) -> None:
    renderer = opened(document(2), tmp_path)
    try:
        assert renderer.page(2) is not None
        assert renderer.page(3) is None
        assert renderer.page(9999) is None
    finally:
        renderer.close()
    with pytest.raises(Cancelled), (tmp_path / "document").open("rb") as file:
        Renderer(PDF, file, {}, Limits(), lambda: True)


def test_a_renderer_that_was_killed_between_two_pages_says_so(tmp_path: Path) -> None:
    renderer = opened(document(2), tmp_path)
    try:
        assert renderer.page(1) is not None
        os.kill(renderers()[0], 9)
        with pytest.raises(DocumentError, match=r"page 2 made the renderer crash \(SIGKILL\)"):
            renderer.page(2)
    finally:
        renderer.close()
