"""A full disk: jobs end with their reason or are refused for a while, the printer says what is wrong with it, and goes
on by itself once there is room (RFC 8011 sections 5.3.8 and 5.4.12, PWG 5100.9)."""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import wire
from tests.desk import Desk, desk, until
from tests.samples import Samples
from tests.wire import Client, attribute

TEMPORARY = 0x0505
"""server-error-temporary-error: the request may be sent again (RFC 8011 appendix B.1.5.6)."""
REFUSALS = (TEMPORARY, 0x0506, wire.BUSY)
MIB = 1 << 20
SMALL = 6 * MIB


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 6 MiB where the tests may mount one; else the test says so by failing early."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={SMALL}", "tmpfs", str(place)]
    mounted = os.geteuid() == 0 and subprocess.run(command, capture_output=True).returncode == 0
    if not mounted:
        pytest.xfail("no right to mount a small disk here: test_large_files_are_refused stands for it")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def fill(place: Path, leave: int = 0) -> Path:
    """Take all room but so many octets."""
    filler = place / "filler"
    with filler.open("wb") as file:
        try:
            while True:
                file.write(bytes(65536))
                file.flush()
        except OSError:
            pass
        if leave:
            file.truncate(max(0, file.tell() - leave))
    return filler


def reasons(client: Client) -> set[str]:
    answer = client.ask(wire.GET_PRINTER, attribute("keyword", "requested-attributes", "printer-state-reasons"))
    return {str(reason) for reason in answer.all("printer-state-reasons")}


def prints_again(printer: Desk, client: Client) -> None:
    """The next job comes out, and nothing is wrong any more."""
    answer = client.print_job(b"There is room again.\n", "text/plain")
    assert answer.code == wire.OK
    assert printer.wait_for_job(answer.one("job-id")).one("job-state") == wire.COMPLETED
    until(lambda: reasons(client) == {"none"}, "printer-state-reasons to be none", 10)


def test_no_room_for_sheets(tmp_path: Path, disk: Path, papers: Samples) -> None:
    """The output folder is full: the job is aborted, the reason is the printer's, no half sheet lies there."""
    with desk(tmp_path / "desk", out=disk / "out", state=tmp_path / "state") as printer, printer.client() as client:
        filler = fill(disk, leave=MIB // 2)
        number = client.print_job(papers.pdf("a4", 4).read_bytes(), "application/pdf").one("job-id")
        job = printer.wait_for_job(number)
        assert job.one("job-state") == wire.ABORTED
        assert job.one("job-state-message")
        assert any(reason.startswith("output-area-full") for reason in reasons(client)), reasons(client)
        whole = len(list(printer.folders(number)[0].glob("sheet-*.png"))) if printer.folders(number) else 0
        assert job.one("job-impressions-completed") == whole
        filler.unlink()
        prints_again(printer, client)


def test_no_room_for_documents(tmp_path: Path, disk: Path) -> None:
    """The spool is full: server-error-temporary-error; the printer still answers, and takes the document later."""
    with desk(tmp_path / "desk", state=disk / "state") as printer, printer.client() as client:
        printer.allowed += ["not durable", "state not written", "accounting log not written"]
        document = b"%PDF-1.4\n" + os.urandom(2 * SMALL)
        answer = client.print_job(document, "application/pdf")
        assert answer.code in REFUSALS, hex(answer.code)
        assert any(reason.startswith("spool-area-full") for reason in reasons(client)), reasons(client)
        assert not any((printer.state / "spool").iterdir()), "what was refused takes no room"
        prints_again(printer, client)


def test_no_room_at_all(tmp_path: Path, disk: Path) -> None:
    """State and spool share a disk that is full to the last octet: what can't be promised is not promised."""
    with desk(tmp_path / "desk", state=disk / "state") as printer, printer.client() as client:
        printer.allowed += ["not durable", "state not written"]
        first = client.print_job(b"Before.\n", "text/plain").one("job-id")
        printer.wait_for_job(first)
        filler = fill(disk)
        for _ in range(5):
            answer = client.print_job(b"Hello.\n" * 10_000, "text/plain")
            assert answer.code in REFUSALS, hex(answer.code)
            setting = attribute("text", "printer-location", "nowhere")
            assert client.ask(wire.SET_PRINTER, job=[setting]).code in REFUSALS
            assert client.ask(wire.GET_PRINTER).code == wire.OK
        filler.unlink()
        prints_again(printer, client)
        printer.check()
    again = Desk(tmp_path / "desk", state=disk / "state")
    try:
        again.start()
        with again.client() as client:
            assert client.job(first).one("job-state") == wire.COMPLETED
    finally:
        again.close()


def limited(octets: int) -> Callable[[], None]:
    """No file of this process may grow beyond that many octets."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (octets, octets))

    return limit


def test_large_files_are_refused(tmp_path: Path, papers: Samples) -> None:
    """Without a disk of its own: the system refuses to let files grow. A document that is too large is refused, and
    sheets that are too large abort their job."""
    printer = Desk(tmp_path / "desk")
    printer.before_exec = limited(9 * MIB)  # the renderer's buffer counts, too, and has 8
    try:
        printer.start()
        with printer.client() as client:
            answer = client.print_job(b"%PDF-1.4\n" + os.urandom(10 * MIB), "application/pdf")
            assert answer.code in REFUSALS, hex(answer.code)
            assert client.ask(wire.GET_PRINTER).code == wire.OK
            best = attribute("enum", "print-quality", 5)
            number = client.print_job(papers.photo().read_bytes(), "image/jpeg", best).one("job-id")
            job = printer.wait_for_job(number)
            assert job.one("job-state") == wire.ABORTED
            assert any(reason.startswith("output-area-full") for reason in reasons(client)), reasons(client)
            prints_again(printer, client)
        printer.check()
        printer.stop()
    finally:
        printer.close()
