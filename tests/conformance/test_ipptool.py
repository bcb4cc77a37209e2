"""Other people's conformance tests: what passes and what is skipped is what is checked in, and nothing fails.

RFC 8011 (ipp-1.1.test), PWG 5100.12 (ipp-2.0.test), PWG 5100.14 (ipp-everywhere.test), and requested-attributes
(RFC 8011 section 4.2.5.1). The lists are those of CUPS 2.4; a name that appears or disappears fails the test.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from tests import wire
from tests.conformance import suites
from tests.conformance.suites import OWN, SUITES, Result, Suite
from tests.desk import Desk, desk
from tests.samples import samples

SKIPS = Path(__file__).with_name("skips.tsv")
CANCELED_BY_SUITE = 2
"""ipp-1.1.test cancels the job of its first Cancel-Job test and that of Send-Document without last-document."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The suites beside their documents."""
    place = tmp_path_factory.mktemp("ipptool") / "suites"
    suites.prepare(place, samples())
    return place


@pytest.fixture
def printer(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path / "desk") as running:
        yield running


WAYS = {"plain": ("ipp", ()), "ipps": ("ipps", ()), "upgraded": ("ipp", ("-E",))}
"""The scheme and ipptool's option: TLS from the first octet, and HTTP Upgrade (RFC 2817)."""
RUNS = [(suite, "plain") for suite in SUITES]
RUNS += [(suite, way) for suite in SUITES[4:] for way in ("ipps", "upgraded")]  # the third includes those before it


@pytest.mark.timeout(290)
@pytest.mark.parametrize(("suite", "way"), RUNS, ids=[f"{suite.name}-{way}" for suite, way in RUNS])
def test_suite(suite: Suite, way: str, folder: Path, printer: Desk) -> None:
    """0 FAIL; PASS as checked in; a reason for every SKIP; and what was sent was printed."""
    scheme, options = WAYS[way]
    results = suites.run(suite, folder, printer.uri.replace("ipp:", f"{scheme}:"), *options)
    failed = [result for result in results if result.outcome == "FAIL"]
    assert not failed, "\n".join(f"{result.name}\n{result.details}" for result in failed)
    passed = [result.name for result in results if result.outcome == "PASS"]
    assert passed == suite.expected(), "\n".join(difflib.unified_diff(suite.expected(), passed, "checked in", "passed"))
    every_skip_has_a_reason(results)
    printer.idle(120)
    everything_was_printed(printer, suite)


@pytest.mark.timeout(290)
@pytest.mark.parametrize("suite", OWN, ids=lambda suite: suite.name)
def test_own_suite(suite: Suite, folder: Path, tmp_path: Path) -> None:
    """Our own files, in the same form: 0 FAIL, no SKIP, PASS as checked in."""
    model = ("--model", "office-finisher") if suite.name in suites.FINISHING else ()
    with desk(tmp_path / "desk", *model) as printer:
        results = suites.run(suite, folder, printer.uri)
    failed = [result for result in results if result.outcome != "PASS"]
    assert not failed, "\n".join(f"{result.name}\n{result.details}" for result in failed)
    assert [result.name for result in results] == suite.expected()


def every_skip_has_a_reason(results: list[Result]) -> None:
    """And, for the suites that include all others, every reason has a skip."""
    reasons = dict(line.split("\t") for line in SKIPS.read_text().splitlines())
    skipped = [result.name for result in results if result.outcome == "SKIP"]
    for name in skipped:
        assert any(fnmatchcase(name, pattern) for pattern in reasons), f"no reason why {name} is skipped"
    if len(results) > 400:
        stale = [pattern for pattern in reasons if not any(fnmatchcase(name, pattern) for name in skipped)]
        assert not stale, f"nothing is skipped for {stale}"


def everything_was_printed(printer: Desk, suite: Suite) -> None:
    """The suites look at answers only. Here: every job that was accepted came out, with no blank side."""
    wanted = ("job-id", "job-state", "job-state-reasons", "job-impressions-completed")
    with printer.client() as client:
        answer = client.ask(
            wire.GET_JOBS,
            wire.attribute("keyword", "which-jobs", "completed"),
            wire.attribute("keyword", "requested-attributes", *wanted),
        )
    jobs = answer.group(wire.JOB)
    odd = [job for job in jobs if job["job-state"] != [wire.COMPLETED]]
    assert all(job["job-state"] == [wire.CANCELED] for job in odd), odd
    assert len(odd) <= CANCELED_BY_SUITE
    assert len(jobs) == 0 if suite.file.startswith("get-") else len(jobs) > 20
    for job in jobs:
        if job not in odd:
            counters = printer.record(job["job-id"][0])["counters"]
            assert counters["impressions"] == job["job-impressions-completed"][0] > 0
            assert counters["blank"] == 0, f"job {job['job-id'][0]} came out blank"


def test_the_mended_word_is_the_only_change(folder: Path) -> None:
    """The suite that is run differs from the one that is shipped in one word of one test, and needs it."""
    name = "get-printer-attributes-suite.test"
    shipped = (suites.DATA / name).read_text().splitlines()
    mended = (folder / name).read_text().splitlines()
    changes = [(old, new) for old, new in zip(shipped, mended, strict=True) if old != new]
    assert [(old.strip(), new.strip()) for old, new in changes] == [(suites.SLIP, suites.MENDED)]
    at = [index for index, line in enumerate(shipped) if suites.SLIP in line]
    assert len(at) == 2, "the test for 'all', and the one that means 'media-col-database'"


def test_shipped_slip_really_fails(printer: Desk) -> None:
    """As shipped, two tests send the same request and want opposite answers: one of them has to fail."""
    suite = SUITES[-1]
    results = suites.run(suite, suites.DATA, printer.uri)
    assert [result.name for result in results if result.outcome != "PASS"] == [suites.SLIP_TEST]


def test_a_failure_is_noticed(folder: Path, printer: Desk, tmp_path: Path) -> None:
    """The reader of the report sees a FAIL, a SKIP and the end of a report that was cut short."""
    suite = Suite("planted", ("-V", "2.0"))
    body = (
        '{{ NAME "{name}"\n{skip}\nOPERATION Get-Printer-Attributes\nGROUP operation-attributes-tag\n'
        "ATTR charset attributes-charset utf-8\nATTR naturalLanguage attributes-natural-language en\n"
        "ATTR uri printer-uri $uri\n{file}\nSTATUS {status} }}\n"
    )
    good = body.format(name="good", skip="", file="", status="successful-ok")
    bad = body.format(name="bad", skip="", file="", status="server-error-busy")
    skipped = body.format(name="skipped", skip="SKIP-IF-NOT-DEFINED NOTHING", file="", status="successful-ok")
    (tmp_path / suite.file).write_text(good.replace("{ NAME", "{\nNAME") + bad.replace("{ NAME", "{\nNAME"))
    outcomes = [result.outcome for result in suites.run(suite, tmp_path, printer.uri)]
    assert outcomes == ["PASS", "FAIL"]
    (tmp_path / suite.file).write_text(skipped.replace("{ NAME", "{\nNAME"))
    with pytest.raises(AssertionError, match="no reason"):
        every_skip_has_a_reason(suites.run(suite, tmp_path, printer.uri))
    lost = body.format(name="lost", skip="", file="FILE nowhere.pdf", status="successful-ok")
    (tmp_path / suite.file).write_text((good + lost).replace("{ NAME", "{\nNAME"))
    with pytest.raises(AssertionError):
        suites.run(suite, tmp_path, printer.uri)
