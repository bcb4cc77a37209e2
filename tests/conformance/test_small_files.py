"""The small files of package cups-ipp-utils: each is run, or has a reason in not-run.tsv why it can't be.

They are single requests as people try them by hand; some want a job to be there.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from tests import wire
from tests.conformance.suites import DATA, HERE, SUITES, names
from tests.desk import Desk, desk, need
from tests.samples import samples

SIMPLE = (
    "create-job", "create-job-sheets", "get-completed-jobs", "get-job-template-attributes", "get-jobs",
    "get-printer-attributes", "get-printer-description-attributes", "identify-printer", "identify-printer-display",
    "identify-printer-multiple", "ipp-backend", "print-job-and-wait", "print-job-deflate", "print-job-gzip",
    "print-job", "print-job-hold", "print-job-letter", "print-job-manual", "print-job-media-col", "validate-job",
)  # fmt: skip
OF_A_JOB = ("get-job-attributes", "get-job-attributes2")
SCENES = ("cancel-current-job", "print-job-password")
ELSEWHERE = ("create-printer-subscription", "get-notifications", "get-subscriptions")
"""In test_subscription_files.py."""


@pytest.fixture(scope="module")
def printer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with desk(tmp_path_factory.mktemp("small") / "desk") as running:
        yield running


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files, and a document in place of the one that Debian does not pack."""
    need("ipptool", packages=("cups-ipp-utils",))
    place = tmp_path_factory.mktemp("files") / "ipptool"
    place.mkdir()
    for file in DATA.glob("*.test"):
        shutil.copy(file, place)
    (place.parent / "data").mkdir()
    (place.parent / "data" / "testprint.ps").symlink_to(samples().pdf("a4", 1))
    return place


def command(folder: Path, uri: str, name: str, *options: str) -> list[str]:
    return ["ipptool", "-t", "-I", "-V", "2.0", "-f", str(samples().pdf("a4", 1)), *options, uri, f"{name}.test"]


def passes(folder: Path, uri: str, name: str, *options: str) -> None:
    """Every test of the file, by its name."""
    done = subprocess.run(
        command(folder, uri, name, *options),
        cwd=folder, capture_output=True, text=True, errors="replace", timeout=60, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    every_test_passed(folder, name, done)


def every_test_passed(folder: Path, name: str, done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode == 0, done.stdout + done.stderr
    found = re.findall(r"^ {4}(\S.*?) *\[(PASS|FAIL|SKIP)\]$", done.stdout, re.MULTILINE)
    assert found == [(each[:68].rstrip(), "PASS") for each in names(folder / f"{name}.test")]


@pytest.mark.parametrize("name", SIMPLE)
def test_a_simple_file(name: str, folder: Path, printer: Desk) -> None:
    passes(folder, printer.uri, name)


@pytest.mark.parametrize("name", OF_A_JOB)
def test_a_file_about_a_job(name: str, folder: Path, printer: Desk) -> None:
    with printer.client() as client:
        answer = client.print_job(samples().pdf("a4", 1).read_bytes(), "application/pdf")
    printer.wait_for_job(answer.one("job-id"))
    passes(folder, answer.one("job-uri"), name)


def test_the_current_job_is_canceled(folder: Path, printer: Desk) -> None:
    printer.idle(60)
    with printer.client() as client:
        held = wire.attribute("keyword", "job-hold-until", "indefinite")
        number = client.print_job(b"Wait for me.\n", "text/plain", held).one("job-id")
        passes(folder, printer.uri, "cancel-current-job")
        assert client.job(number).one("job-state") == wire.CANCELED


def test_a_job_with_a_password(folder: Path, tmp_path: Path) -> None:
    """It waits for its password, which nobody types."""
    with desk(tmp_path / "desk") as printer:
        passes(folder, printer.uri.replace("ipp:", "ipps:"), "print-job-password")
        with printer.client() as client:
            assert "job-password-wait" in client.job(1).all("job-state-reasons")


def test_no_file_is_forgotten() -> None:
    """Run somewhere, or a reason; no reason for what is run or not there."""
    reasons = dict(line.split("\t") for line in (HERE / "not-run.tsv").read_text().splitlines())
    run = {*SIMPLE, *OF_A_JOB, *SCENES, *ELSEWHERE, *(suite.name for suite in SUITES)}
    shipped = {file.stem for file in DATA.glob("*.test")}
    assert run <= shipped
    excused = {name for name in shipped for pattern in reasons if fnmatchcase(name, pattern)}
    assert shipped - run == excused
    assert not [pattern for pattern in reasons if not any(fnmatchcase(name, pattern) for name in shipped)]
