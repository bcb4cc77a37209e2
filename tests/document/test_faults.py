"""Whatever a document, its upload, a part or a person does to a job: how it ends, and what is told of it."""

from __future__ import annotations

import errno
import gzip
import logging
import os
import resource
import time
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from firmware.core.errors import DocumentError, PartError
from firmware.document.stages import PIECE, Inflater, is_text, sniff
from firmware.ports import Side, SinkJob, SinkResult
from raster_ext import PwgHeader, UrfHeader
from tests.document.press_kit import (
    A5,
    SGRAY,
    SRGB,
    DocumentSource,
    Limits,
    MemorySink,
    Recorder,
    Spooled,
    drawing,
    press,
    pwg,
    raster_page,
    simple_pwg,
    source,
    ticket,
)

PWG = "image/pwg-raster"


def aborted(data: bytes, media_type: str = PWG, **more: object) -> tuple[str, str]:
    """The reason and the message with which this document ends its job, before anything is marked."""
    result, sink, progress = press([source(data, media_type, **more)], ticket(A5))  # type: ignore[arg-type]
    assert result.state == "aborted"
    assert result.reasons[0] == "aborted-by-system"
    assert sink.sides == []
    assert progress.count("marking") == 0
    assert "\n" not in result.message
    assert sink.jobs[0].result == result
    return result.reasons[1], result.message


def header(**fields: object) -> bytes:
    page = raster_page(SRGB, A5)
    return b"RaS2" + replace(PwgHeader.for_page(page), **fields).pack()  # type: ignore[arg-type]


def test_a_header_that_claims_2_to_the_32_lines() -> None:
    reason, message = aborted(header(height=0xFFFFFFFF) + bytes(100))
    assert reason == "document-format-error"
    assert "4294967295 lines" in message
    assert "page 1" in message
    assert "byte 4" in message


def test_headers_with_absurd_widths() -> None:
    wide = header(width=300_000, bytes_per_line=900_000)
    assert aborted(wide + bytes(1000))[1] == "a page 300000 pixels wide (page 1, byte 4)"
    wider = header(width=0xFFFFFFFF, bytes_per_line=0xFFFFFFFF)
    assert aborted(wider)[0] == "document-format-error"
    urf = b"UNIRAST\0" + (1).to_bytes(4, "big") + UrfHeader(width=1 << 31, height=1 << 31).pack()
    assert aborted(urf, "image/urf")[0] == "document-format-error"


def test_the_second_page_may_be_the_bad_one() -> None:
    data, pixels = simple_pwg(1, media=A5)
    result, sink, _ = press([source(data + header(height=1 << 31)[4:], PWG)], ticket(A5))
    assert (result.state, result.reasons[1]) == ("aborted", "document-format-error")
    assert f"page 2, line 0, byte {len(data)}" in result.message
    assert [bytes(side.pixels) for side in sink.sides] == pixels
    assert (result.counters.impressions, result.counters.sheets) == (1, 1)


@pytest.mark.parametrize("cut", [0, 1, 3, 5, 100, 1799, 1800, 5_000])
def test_data_that_ends_in_the_middle(cut: int) -> None:
    data, _ = simple_pwg(1, media=A5)
    result, sink, _ = press([source(data[:cut], PWG)], ticket(A5))
    assert (result.state, result.reasons[1]) == ("aborted", "document-format-error")
    assert sink.sides == []


def test_rubbish_under_a_raster_s_name() -> None:
    assert aborted(b"%PDF-1.7 what?")[0] == "document-format-error"
    assert aborted(b"RaS2" + os.urandom(4000))[0] == "document-format-error"
    assert aborted(b"\0" * 5000, "image/urf")[0] == "document-format-error"


def test_formats_and_compressions_that_nobody_knows() -> None:
    assert aborted(b"x", "application/postscript")[0] == "unsupported-document-format"
    assert (
        aborted(b"\x7fELF\x02\x01\x01\0" + bytes(100), "application/octet-stream")[0] == "unsupported-document-format"
    )
    assert aborted(b"", "application/octet-stream")[0] == "unsupported-document-format"
    assert aborted(b"x", PWG, compression="compress")[0] == "unsupported-compression"


@pytest.mark.parametrize("compression", ["gzip", "deflate"])
def test_damaged_compression(compression: str) -> None:
    data, _ = simple_pwg(1, media=A5)
    packed = gzip.compress(data) if compression == "gzip" else zlib.compress(data)
    for bad in (b"", packed[:-30], packed[:300], packed[:60] + b"\xff\xff\xff" + packed[63:], b"rubbish" * 50):
        result, sink, _ = press([source(bad, PWG, compression=compression)], ticket(A5))
        assert result.state == "aborted"
        assert result.reasons[1] in ("compression-error", "document-format-error")
        assert not sink.sides or bad == packed[:-30]
    truncated = source(packed[:-1000], PWG, compression=compression)
    assert press([truncated], ticket(A5))[0].reasons[1] == "compression-error"


def test_a_gzip_bomb_is_refused_soon() -> None:
    zeros = gzip.compress(bytes(1 << 24), 9)
    bomb = zeros * 256  # 4 GiB of zeros in 4 MB
    limits = Limits(bomb_floor=1 << 20, bomb_ratio=200)
    started = time.monotonic()
    result, _, progress = press([source(b"".join([bomb]), "text/plain", compression="gzip")], ticket(A5), limits=limits)
    assert (result.state, result.reasons[1]) == ("aborted", "compression-error")
    assert time.monotonic() - started < 5
    assert progress.taken[1] < len(bomb) / 4


def test_a_raster_bomb_of_white_pages_can_be_cancelled_and_costs_no_memory() -> None:
    page = raster_page(SGRAY, A5)
    white = pwg([(page, b"\xff" * (page.height * page.bytes_per_line))])
    data = white + white[4:] * 2000
    limits = Limits(bomb_floor=1 << 30)
    progress = Recorder(cancel_after=40)
    one = source(gzip.compress(data), PWG, compression="gzip")
    result, sink, _ = press([one], ticket(A5), limits=limits, progress=progress)
    assert result.state == "canceled"
    assert len(sink.sides) == 40


def test_scratch_space_is_bounded() -> None:
    data, _ = simple_pwg(4, media=A5)
    one = source(gzip.compress(data), PWG, compression="gzip")
    result, _, _ = press([one], ticket(A5, copies=2), limits=Limits(scratch=len(data) // 2))
    assert (result.state, result.reasons[1]) == ("aborted", "document-unprintable-error")
    assert "temporary disk space" in result.message


def test_a_full_disk_under_the_temporary_files_is_the_printer_s_trouble(tmp_path: Path) -> None:
    data, _ = simple_pwg(2, media=A5)
    one = source(gzip.compress(data), PWG, compression="gzip")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (5000, hard))  # a file that may not grow, as on a full disk
    try:
        result, _, _ = press([one], ticket(A5, copies=2), scratch=tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (result.state, result.reasons) == ("aborted", ("aborted-by-system",))
    assert result.printer_reasons == ("spool-area-full",)


def test_an_upload_that_is_given_up_ends_the_job_with_its_reason() -> None:
    data, pixels = simple_pwg(3, media=A5)
    error = DocumentError("submission-interrupted", "the client went away")
    reader = Spooled(data[: len(data) // 2], error=error)
    result, sink, _ = press([DocumentSource(1, PWG, reader)], ticket(A5))
    assert result.reasons == ("aborted-by-system", "submission-interrupted")
    assert result.message == "the client went away"
    assert [bytes(side.pixels) for side in sink.sides] == pixels[:1]


def test_a_spool_that_can_t_be_read() -> None:
    reader = Spooled(b"", error=OSError(errno.EIO, "Input/output error"))
    result, _, _ = press([DocumentSource(1, PWG, reader)], ticket(A5))
    assert result.reasons == ("aborted-by-system", "document-access-error")


def test_documents_that_stop_coming_end_the_job() -> None:
    data, _ = simple_pwg(1, media=A5)

    def documents() -> Iterator[DocumentSource]:
        yield source(data, PWG)
        raise DocumentError("submission-interrupted", "no more documents came")

    result, sink, _ = press(documents(), ticket(A5))
    assert (result.state, len(sink.sides)) == ("aborted", 1)


# Cancelling


def test_cancelling_stops_within_a_band_and_keeps_what_was_marked() -> None:
    data, pixels = simple_pwg(5, media=A5)
    progress = Recorder(cancel_after=2)
    result, sink, _ = press([source(data, PWG)], ticket(A5, sides="two-sided-long-edge"), progress=progress)
    assert (result.state, result.reasons) == ("canceled", ())
    assert [bytes(side.pixels) for side in sink.sides] == pixels[:2]
    assert (result.counters.impressions, result.counters.sheets) == (2, 1)
    assert progress.events[-1] == ("sheet", 1, True)


def test_cancelling_in_the_middle_of_a_side() -> None:
    data, _ = simple_pwg(1, media=A5)
    progress = Recorder(cancel_asked=10)
    result, sink, _ = press([source(data, PWG)], ticket(A5), progress=progress)
    assert result.state == "canceled"
    assert result.counters.impressions == 0
    side = sink.jobs[0].sides[0]
    assert 0 < len(side.pixels) < side.page.height * side.page.bytes_per_line / 2
    assert progress.asked == 10


def test_cancelling_while_the_press_waits_for_the_upload() -> None:
    data, _ = simple_pwg(2, media=A5)
    progress = Recorder()

    class Woken(Spooled):
        def read(self, size: int, /) -> bytes:
            if self.at >= len(data) - 1000:
                progress.cancel_asked = 0
                raise DocumentError("job-canceled-by-user", "woken up")
            return super().read(min(size, 1000))

    for media_type in (PWG, "application/pdf"):
        progress.cancel_asked = None
        result, sink, _ = press([DocumentSource(1, media_type, Woken(data))], ticket(A5), progress=progress)
        assert (result.state, result.reasons) == ("canceled", ())
        assert len(sink.sides) == (media_type == PWG)


def test_a_job_cancelled_before_it_starts_marks_nothing() -> None:
    data, _ = simple_pwg(1, media=A5)
    result, sink, progress = press([source(data, PWG)], ticket(A5), progress=Recorder(cancel_asked=1))
    assert result.state == "canceled"
    assert (sink.jobs[0].sides, progress.events) == ([], [])


# Parts that break


def test_a_jam_aborts_the_job_and_tells_the_printer() -> None:
    data, _ = simple_pwg(3, media=A5)
    sink = MemorySink()
    sink.fail_after = 1
    result, _, _ = press([source(data, PWG)], ticket(A5), sink=sink)
    assert (result.state, result.reasons) == ("aborted", ("aborted-by-system",))
    assert result.printer_reasons == ("media-jam",)
    assert result.counters.impressions == 1
    again, _, _ = press([source(data, PWG)], ticket(A5), sink=sink)
    assert again.state == "completed"


class Broken(MemorySink):
    """A sink that fails at the start or the end of a job."""

    def __init__(self, at: str) -> None:
        super().__init__()
        self.at = at

    def start_job(self, job: SinkJob) -> None:
        super().start_job(job)
        if self.at == "start":
            raise PartError("output-tray-missing", "no tray")

    def end_job(self, result: SinkResult) -> None:
        super().end_job(result)
        if self.at == "end":
            raise PartError("output-area-full", "no room")

    def start_page(self, side: Side) -> None:
        super().start_page(side)
        if self.at == "bug":
            raise ZeroDivisionError


def test_a_sink_that_can_t_start_or_end_a_job() -> None:
    data, _ = simple_pwg(1, media=A5)
    for at, reason in (("start", "output-tray-missing"), ("end", "output-area-full")):
        result, _, _ = press([source(data, PWG)], ticket(A5), sink=Broken(at))
        assert (result.state, result.reasons) == ("aborted", ("aborted-by-system",))
        assert result.printer_reasons == (reason,)
        assert result.counters.impressions == (at == "end")


class Empty(MemorySink):
    """A sink whose paper is at its end at one call; it is filled after so many questions."""

    def __init__(self, at: str, questions: int = 2) -> None:
        super().__init__()
        self.at, self.questions = at, questions

    def start_page(self, side: Side) -> None:
        self.stop("start_page")
        super().start_page(side)

    def write_band(self, data: memoryview) -> None:
        self.stop("write_band")
        super().write_band(data)

    def end_page(self) -> None:
        self.stop("end_page")
        super().end_page()

    def stop(self, at: str) -> None:
        if self.at == at:
            self.at = ""
            raise PartError("media-empty", "no paper", again=self.filled)

    def filled(self) -> bool:
        self.questions -= 1
        return self.questions < 0


@pytest.mark.parametrize("at", ["start_page", "write_band", "end_page"])
def test_a_job_waits_until_somebody_helps_the_sink(at: str) -> None:
    data, pages = simple_pwg(2, media=A5)
    result, sink, progress = press([source(data, PWG)], ticket(A5), sink=Empty(at))
    assert (result.state, result.printer_reasons) == ("completed", ())
    assert [event for event in progress.events if event[0] in ("stopped", "going on")] == [
        ("stopped", "media-empty"),
        ("going on", "media-empty"),
    ]
    assert [bytes(side.pixels) for side in sink.sides] == [bytes(pixels) for pixels in pages]


@pytest.mark.parametrize("at", ["start_page", "write_band", "end_page"])
def test_a_job_that_waits_for_help_can_be_cancelled(at: str) -> None:
    data, _ = simple_pwg(1, media=A5)
    sink = Empty(at, questions=10**9)
    progress = Recorder(cancel_asked=45)
    result, _, _ = press([source(data, PWG)], ticket(A5), sink=sink, progress=progress)
    assert (result.state, result.counters.impressions) == ("canceled", 0)
    assert ("going on", "media-empty") not in progress.events


def test_a_fault_of_the_press_is_logged_and_ends_the_job(caplog: pytest.LogCaptureFixture) -> None:
    data, _ = simple_pwg(1, media=A5)
    with caplog.at_level(logging.ERROR):
        result, sink, _ = press([source(data, PWG)], ticket(A5), sink=Broken("bug"))
    assert (result.state, result.reasons) == ("aborted", ("aborted-by-system",))
    assert "ZeroDivisionError" in caplog.text
    assert sink.jobs[0].result == result


def test_a_job_without_pages_is_complete() -> None:
    data, _ = simple_pwg(2, media=A5)
    result, sink, progress = press([source(data, PWG)], ticket(A5, page_ranges=((5, 6),)))
    assert (result.state, sink.sides) == ("completed", [])
    assert progress.events == []


# Finding out formats, and inflating


@pytest.mark.parametrize(
    ("head", "media_type"),
    [
        (b"RaS2PwgRaster", PWG),
        (b"UNIRAST\0\0\0\0\1", "image/urf"),
        (b"%PDF-1.4\n", "application/pdf"),
        (b"%PDF-1.7\n%PCLm 1.0\n", "application/PCLm"),
        (b"%PDF-1.4\r\n%PCLm-1.0\r\n", "application/PCLm"),
        (b"%PDF-1.4\n1 0 obj\n%PCLm 1.0\n", "application/pdf"),
        (b"\x1b%-12345X@PJL\r\n%PDF-1.4\n", "application/pdf"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image/png"),
        (b"Hello\tworld\r\n\x0c", "text/plain"),
        ("Grüße".encode("latin-1"), "text/plain"),
        ("\ufeffhello".encode("utf-16-le"), "text/plain"),
    ],
)
def test_sniffing(head: bytes, media_type: str) -> None:
    assert sniff(head) == media_type


def test_binary_data_is_no_text() -> None:
    assert not is_text(b"")
    assert not is_text(b"abc\0def")
    assert not is_text(b"\x7fELF\x02\x01\x01\0")


def inflated(data: bytes, compression: str, step: int) -> bytes:
    reader = Inflater(Spooled(data, step), compression, Limits())
    return b"".join(iter(lambda: reader.read(1 << 16), b""))


@pytest.mark.parametrize("step", [1, 7, 4096, 1 << 20])
def test_inflating_in_pieces_of_any_size(step: int) -> None:
    data = os.urandom(5000) + bytes(300_000) + os.urandom(2000)
    assert inflated(gzip.compress(data), "gzip", step) == data
    assert inflated(zlib.compress(data), "deflate", step) == data
    raw = zlib.compressobj(wbits=-15)
    assert inflated(raw.compress(data) + raw.flush(), "deflate", step) == data
    members = gzip.compress(data[:1000]) + gzip.compress(b"") + gzip.compress(data[1000:]) + bytes(500)
    assert inflated(members, "gzip", step) == data


def test_inflating_gives_pieces_that_are_small() -> None:
    reader = Inflater(Spooled(gzip.compress(bytes(10_000_000))), "gzip", Limits())
    assert max(map(len, iter(lambda: reader.read(1 << 30), b""))) <= PIECE


def test_drawings_differ() -> None:
    page = raster_page(SGRAY, A5)
    assert drawing(page, 1) != drawing(page, 2)
