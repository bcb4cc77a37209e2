"""Real clients and jobs that wait: CUPS holds and releases, CUPS sends a PIN and the printer waits for it."""

from __future__ import annotations

import re

from tests import wire
from tests.clients.cups import Cups
from tests.desk import Desk, until
from tests.samples import Samples


def newest(printer: Desk) -> int:
    with printer.client() as client:
        jobs = client.ask(wire.GET_JOBS, wire.attribute("keyword", "which-jobs", "all")).group(wire.JOB)
    return max((job["job-id"][0] for job in jobs), default=0)


def test_cups_holds_and_releases(printer: Desk, cups: Cups, papers: Samples) -> None:
    """``lp -o job-hold-until=indefinite``: CUPS keeps it; ``lp -i JOB -H resume`` sends it."""
    before = newest(printer)
    number = cups.lp("desk", papers.pdf("a4", 1), "job-hold-until=indefinite")
    assert cups.state(number) == "held"
    assert newest(printer) == before
    cups.change(number, "-H", "resume")
    cups.wait(number)
    assert newest(printer) == before + 1


def test_a_pin_through_cups(printer: Desk, cups: Cups, papers: Samples) -> None:
    """job-password goes through CUPS to the printer, which prints when the PIN is typed there."""
    before = newest(printer)
    number = cups.lp("desk", papers.pdf("a4", 1), "job-password=4711", "job-password-encryption=sha2-256")
    until(lambda: newest(printer) > before, "the job to arrive")
    with printer.client() as client:
        job = until(lambda: _whole(client.job(before + 1)), "the job to be held")
    assert "job-password-wait" in job.all("job-state-reasons")
    assert not printer.folders(before + 1)
    assert re.search(r"released", printer.command("release", str(before + 1), "--pin", "4711"))
    printer.wait_for_job(before + 1)
    assert len(printer.folders(before + 1)) == 1
    cups.wait(number)


def _whole(job: wire.Answer) -> wire.Answer | None:
    """The job once it is held and all of it is there."""
    held = job.one("job-state") == wire.HELD and "job-incoming" not in job.all("job-state-reasons")
    return job if held else None
