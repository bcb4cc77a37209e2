"""Documents that are not what they say, or that want to break what reads them.

Each such job ends as aborted with its reason, nothing is marked, and the next job prints (RFC 8011 sections 4.2.1.2,
5.3.7 and 5.3.8)."""

from __future__ import annotations

import gzip
import os
import signal
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import wire
from tests.desk import Desk, until
from tests.hostile import evil
from tests.samples import Samples
from tests.wire import Client, attribute

SECONDS = 30
MIB = 1 << 20


@pytest.fixture(autouse=True)
def next_job_prints(printer: Desk) -> Iterator[None]:
    """Whatever came before, the next job comes out; and no renderer is left over."""
    yield
    with printer.client() as client:
        number = client.print_job(b"Still here.\n", "text/plain").one("job-id")
    assert printer.wait_for_job(number, SECONDS).one("job-state") == wire.COMPLETED
    until(lambda: not printer.children(), "renderers to be gone")


def refused(printer: Desk, client: Client, data: bytes, media_type: str, *more: bytes) -> wire.Answer:
    """Send it. It may be refused at once, or accepted and then aborted; the job's attributes."""
    attributes = [attribute("mime", "document-format", media_type), *more]
    answer = client.ask(wire.PRINT_JOB, *attributes, data=data)
    number = answer.one("job-id") if answer.code == wire.OK else newest(client)
    job_answer = printer.wait_for_job(number, SECONDS)
    assert job_answer.one("job-state") == wire.ABORTED
    assert "aborted-by-system" in job_answer.all("job-state-reasons")
    assert job_answer.one("job-media-sheets-completed") == 0
    assert job_answer.one("job-impressions-completed") == 0
    assert job_answer.one("job-state-message")
    for folder in printer.folders(number):
        assert not [path for path in folder.iterdir() if path.name != "job.json"], "nothing was marked"
    return job_answer if answer.code == wire.OK else _with_status(job_answer, answer.code)


def _with_status(answer: wire.Answer, code: int) -> wire.Answer:
    answer.code = code
    return answer


def newest(client: Client) -> int:
    """The job-id of the last job that was made."""
    jobs = client.ask(wire.GET_JOBS, attribute("keyword", "which-jobs", "all")).group(wire.JOB)
    return max(int(job["job-id"][0]) for job in jobs)


def because(answer: wire.Answer, *reasons: str) -> None:
    found = set(answer.all("job-state-reasons"))
    assert found & set(reasons), f"{sorted(found)}, not one of {reasons}: {answer.one('job-state-message')}"


# ----------------------------------------------------------------------------------- not what they say


@pytest.mark.parametrize(
    ("media_type", "data"),
    [
        ("application/pdf", b"This is not a PDF. " * 100),
        ("image/jpeg", b"\x89PNG\r\n\x1a\n" + bytes(100)),
        ("image/png", b"\xff\xd8\xff\xe0" + bytes(100)),
        ("image/pwg-raster", b"2SaR" + bytes(4000)),
        ("image/pwg-raster", b"%PDF-1.4\n" + bytes(4000)),
        ("application/PCLm", b"%PDF-1.7\n" + bytes(100)),
        ("image/urf", b"UNIRASX\0" + bytes(100)),
    ],
)
def test_another_format(client: Client, printer: Desk, media_type: str, data: bytes) -> None:
    """Known from its first octets: client-error-document-format-error (RFC 8011 appendix B.1.4.18)."""
    answer = refused(printer, client, data, media_type)
    assert answer.code == wire.FORMAT_ERROR
    because(answer, "document-format-error")


def test_unknown_format(client: Client, printer: Desk) -> None:
    """application/octet-stream of nothing known: client-error-document-format-not-supported."""
    answer = refused(printer, client, os.urandom(64) + bytes(5000), "application/octet-stream")
    assert answer.code == wire.FORMAT_NOT_SUPPORTED
    because(answer, "unsupported-document-format")


@pytest.mark.parametrize("cut", [20, 1000, -400])
@pytest.mark.parametrize("kind", ["pdf", "jpg", "png"])
def test_broken_off(client: Client, printer: Desk, papers: Samples, kind: str, cut: int) -> None:
    """It begins well and ends in the middle. A PDF without its end may be repaired, a picture may lack its lower part;
    but a job that completes must have printed something, and one that does not says why."""
    source = papers.pdf("a4", 1) if kind == "pdf" else papers.photo(kind=kind)
    types = {"pdf": "application/pdf", "jpg": "image/jpeg", "png": "image/png"}
    answer = client.print_job(source.read_bytes()[:cut], types[kind])
    assert answer.code == wire.OK
    job = printer.wait_for_job(answer.one("job-id"), SECONDS)
    if job.one("job-state") == wire.COMPLETED:
        assert job.one("job-impressions-completed") == 1
    else:
        because(job, "document-format-error", "document-unprintable-error")


# ------------------------------------------------------------------------------------------------- PDF


@pytest.mark.parametrize(
    "document",
    [
        b"%PDF-1.7\n" + b"garbage " * 2000,
        b"%PDF-1.7\n" + b"[" * 500_000,
        b"%PDF-1.7\n" + b"<< /A " * 200_000,
        evil.looping_pdf(),
        evil.huge_image_pdf(),
        evil.enormous_page_pdf(),
        evil.pdf(b"<< /Type /Page >>").replace(b"startxref\n", b"startxref\n99999999"),
    ],
    ids=["garbage", "arrays", "dictionaries", "loop", "huge picture", "enormous page", "no cross references"],
)
def test_bad_pdf(client: Client, printer: Desk, document: bytes) -> None:
    """PDFs that can't be read, or cost too much: they end, one way or the other, and cost the printer nothing."""
    number = client.print_job(document, "application/pdf").one("job-id")
    job = printer.wait_for_job(number, SECONDS)
    if job.one("job-state") == wire.ABORTED:
        because(job, "document-format-error", "document-unprintable-error")
        assert job.one("job-impressions-completed") == 0
    else:
        assert job.one("job-impressions-completed") == 1


def test_pages_that_are_not_there(client: Client, printer: Desk) -> None:
    """/Count says two thousand million."""
    number = client.print_job(evil.many_pages_pdf(), "application/pdf").one("job-id")
    job = printer.wait_for_job(number, SECONDS)
    assert job.one("job-impressions-completed") <= 1


def test_pdf_that_hangs_its_renderer(client: Client, printer: Desk) -> None:
    """While a renderer works on a page that never ends the printer answers at once, and the job can be canceled."""
    number = client.print_job(evil.endless_pdf(), "application/pdf").one("job-id")
    until(printer.children, "the renderer to start")
    for _ in range(20):
        assert client.job(number).one("job-state") == wire.PROCESSING
        assert client.ask(wire.GET_PRINTER).one("printer-state") == 4
    assert client.ask(wire.CANCEL_JOB, attribute("integer", "job-id", number)).code == wire.OK
    job = printer.wait_for_job(number, 10)
    assert job.one("job-state") == wire.CANCELED
    assert job.all("job-state-reasons") == ["job-canceled-by-user"]
    until(lambda: not printer.children(), "the renderer to be gone", 10)


@pytest.mark.parametrize("death", [signal.SIGSEGV, signal.SIGABRT, signal.SIGKILL])
def test_pdf_that_crashes_its_renderer(client: Client, printer: Desk, death: signal.Signals) -> None:
    """A renderer that dies takes its job with it and nothing else. (No PDF is known that crashes it: it is helped.)"""
    number = client.print_job(evil.endless_pdf(), "application/pdf").one("job-id")
    (child,) = until(printer.children, "the renderer to start")
    until(lambda: _busy(child), "the renderer to work")
    os.kill(child, death)
    job = printer.wait_for_job(number, 10)
    assert job.one("job-state") == wire.ABORTED
    because(job, "document-unprintable-error")
    assert death.name in job.one("job-state-message")


def _busy(process: int) -> bool:
    """It has used half a second of processor time: it is past its start."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12]) > os.sysconf("SC_CLK_TCK") // 2


def test_stopped_renderer_does_not_stop_the_printer(client: Client, printer: Desk) -> None:
    """A renderer that says nothing any more is no reason not to answer, nor not to cancel."""
    number = client.print_job(evil.endless_pdf(), "application/pdf").one("job-id")
    (child,) = until(printer.children, "the renderer to start")
    os.kill(child, signal.SIGSTOP)
    assert client.ask(wire.GET_PRINTER).code == wire.OK
    assert client.ask(wire.CANCEL_JOB, attribute("integer", "job-id", number)).code == wire.OK
    assert printer.wait_for_job(number, 10).one("job-state") == wire.CANCELED


# ---------------------------------------------------------------------------------------------- pictures


@pytest.mark.parametrize(("width", "height"), [(100_000, 100_000), (2**31 - 1, 1), (1, 2**31 - 1), (0, 0)])
def test_png_that_claims_to_be_huge(client: Client, printer: Desk, width: int, height: int) -> None:
    job = refused(printer, client, evil.png(width, height), "image/png")
    because(job, "document-format-error", "document-unprintable-error")


def test_jpeg_that_claims_to_be_huge(client: Client, printer: Desk, papers: Samples) -> None:
    data = evil.jpeg(papers.photo().read_bytes(), 65500, 65500)
    job = refused(printer, client, data, "image/jpeg")
    because(job, "document-format-error", "document-unprintable-error")


# ------------------------------------------------------------------------------------------------ raster

HEADERS: dict[str, dict[str, int]] = {
    "4294967295 lines": {"height": 0xFFFFFFFF},
    "4294967295 pixels": {"width": 0xFFFFFFFF},
    "both": {"width": 0xFFFFFFFF, "height": 0xFFFFFFFF, "line": 0xFFFFFFFF},
    "no lines": {"height": 0},
    "no pixels": {"width": 0, "line": 0},
    "short lines": {"line": 1},
    "long lines": {"line": 0x7FFFFFFF},
    "no bits": {"bits": 0, "pixel": 0},
    "many bits": {"bits": 4096},
    "no resolution": {"xdpi": 0, "ydpi": 0},
    "planes": {"order": 2},
    "unknown colours": {"space": 999},
}


@pytest.mark.parametrize("fields", HEADERS.values(), ids=HEADERS.keys())
def test_raster_header_that_lies(client: Client, printer: Desk, papers: Samples, fields: dict[str, int]) -> None:
    """PWG 5102.4 section 4.3: found out from the header, before anything is marked."""
    good = papers.pwg(papers.pdf("a4", 1), "srgb-8", 150).read_bytes()
    job = refused(printer, client, evil.raster(good, **fields), "image/pwg-raster")
    because(job, "document-format-error", "document-unprintable-error")


def test_raster_without_end(client: Client, printer: Desk, papers: Samples) -> None:
    """2^32 - 1 lines, and a client that goes on sending them: the printer stops listening, and holds none of it."""
    good = papers.pwg(papers.pdf("a4", 1), "srgb-8", 150).read_bytes()
    head = wire.request(wire.PRINT_JOB, client.uri, attribute("mime", "document-format", "image/pwg-raster"))
    try:
        answer = client.post(iter([head, *evil.endless_raster(good, 100)]), chunked=True)
        assert answer.ipp.code in (wire.FORMAT_ERROR, 0x0505, 0x0508, 0x0418), hex(answer.ipp.code)
    except (BrokenPipeError, ConnectionResetError):
        client.close()
    assert printer.wait_for_job(newest(client)).one("job-state") == wire.ABORTED
    spooled = sum(path.stat().st_blocks * 512 for path in (printer.state / "spool").iterdir())
    assert spooled == 0, "the spool is empty again"


@pytest.mark.parametrize("cut", [5, 1799, 1800, 1801, 20_000, -1])
def test_raster_broken_off(client: Client, printer: Desk, papers: Samples, cut: int) -> None:
    """A raster that ends in the middle of a page: aborted; no page is half marked (or it is said that it was)."""
    good = papers.pwg(papers.pdf("a4", 1), "srgb-8", 150).read_bytes()
    answer = client.ask(wire.PRINT_JOB, attribute("mime", "document-format", "image/pwg-raster"), data=good[:cut])
    number = answer.one("job-id") if answer.code == wire.OK else newest(client)
    job = printer.wait_for_job(number, SECONDS)
    assert job.one("job-state") == wire.ABORTED
    because(job, "document-format-error", "document-unprintable-error")
    assert job.one("job-impressions-completed") == 0


# ------------------------------------------------------------------------------------------- compression


def test_gzip_bomb(client: Client, printer: Desk) -> None:
    """Two thousand million spaces in two million octets: given up early, and neither memory nor disk holds them."""
    before = printer.peak()
    packed = attribute("keyword", "compression", "gzip")
    job = refused(printer, client, evil.bomb(2000), "text/plain", packed)
    because(job, "compression-error", "document-unprintable-error")
    assert printer.peak() - before < 64 * MIB


def test_gzip_bomb_in_a_pdf(client: Client, printer: Desk) -> None:
    """A PDF must be unpacked before it is read: the bomb is found on the way."""
    before = printer.peak()
    packed = attribute("keyword", "compression", "gzip")
    job = refused(printer, client, evil.bomb(2000, b"%PDF-1.7\n"), "application/pdf", packed)
    because(job, "compression-error", "document-unprintable-error")
    assert printer.peak() - before < 64 * MIB


@pytest.mark.parametrize(
    ("compression", "data"),
    [
        ("gzip", b"no gzip at all, but long enough to be looked at " * 50),
        ("gzip", gzip.compress(b"Hello.\n" * 1000)[:-9]),
        ("gzip", gzip.compress(b"Hello.\n" * 1000)[:40] + bytes(40)),
        ("deflate", zlib.compress(b"Hello.\n" * 1000)[:-6]),
        ("deflate", b"\xff" * 2000),
    ],
    ids=["no gzip", "gzip cut", "gzip damaged", "deflate cut", "no deflate"],
)
def test_bad_compression(client: Client, printer: Desk, compression: str, data: bytes) -> None:
    """compression-error (RFC 8011 section 5.3.8), at once or once it is found out."""
    job = refused(printer, client, data, "text/plain", attribute("keyword", "compression", compression))
    assert job.code in (wire.OK, wire.COMPRESSION_ERROR)
    because(job, "compression-error")


def test_unknown_compression(client: Client) -> None:
    """client-error-compression-not-supported, before any data is looked at."""
    answer = client.ask(wire.PRINT_JOB, attribute("keyword", "compression", "brotli"), data=b"x")
    assert answer.code == 0x040F
