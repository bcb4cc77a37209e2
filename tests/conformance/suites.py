"""The public ipptool suites: copied beside the documents that they name, run, and their report read.

Debian's package has the suites without the documents, and ipptool ends a run at the first one that is missing. Names
in its report are cut at 68 characters: the whole ones are read from the suite, in the order in which it runs them,
which also shows that none was left out.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.desk import need
from tests.samples import Samples

DATA = Path(os.environ.get("CUPS_DATADIR", "/usr/share/cups")) / "ipptool"
HERE = Path(__file__).parent
EXPECTED = HERE / "expected"
DPIS = (150, 300, 600)
OTHER_DPIS = (180, 360, 720)
"""Resolutions that the suites know and the desk printer does not have."""
_NAME = re.compile(r'^\s*NAME\s+"(.*)"\s*$')
_INCLUDE = re.compile(r'^\s*INCLUDE\s+"(.*)"\s*$')
_LINE = re.compile(r"^ {4}(\S.*?) *\[(PASS|FAIL|SKIP)\]$")
_CUT = 68

SLIP = "ATTR keyword requested-attributes 'all'"
MENDED = "ATTR keyword requested-attributes 'media-col-database'"
SLIP_TEST = "Get-Printer-Attributes (requested-attributes='media-col-database')"
"""As shipped (CUPS 2.4), this test asks for 'all', as the one before it does, and wants the opposite answer: nothing
but media-col-database. No printer passes both. Its name says which word was meant."""


@dataclass(frozen=True)
class Suite:
    """One .test file and how its own head says to run it."""

    name: str
    options: tuple[str, ...]

    @property
    def file(self) -> str:
        return f"{self.name}.test"

    def names(self, folder: Path) -> list[str]:
        """Whole names of its tests, those of included files in their place."""
        return names(folder / self.file)

    def expected(self) -> list[str]:
        """The names that pass, as checked in."""
        return (EXPECTED / f"{self.name}.txt").read_text().splitlines()


# The quality tests are skipped for every printer: the suite looks for an attribute print-quality, which printers do not
# have (they have print-quality-supported), and once calls high quality best. Defined here, the tests run.
_QUALITY = tuple(part for word in ("DRAFT", "NORMAL", "HIGH") for part in ("-d", f"OPTIONAL_{word}_QUALITY=1"))
# The document of most tests has many pages: some look at its job while it prints, and would be skipped or fail after.
_PRINTS = ("-f", "manypages-a4.pdf", *_QUALITY)

SUITES = (
    Suite("ipp-1.1", ("-V", "1.1", *_PRINTS)),
    Suite("ipp-2.0", ("-V", "2.0", *_PRINTS)),
    Suite("ipp-2.1", ("-V", "2.1", *_PRINTS)),
    Suite("ipp-2.2", ("-V", "2.2", *_PRINTS)),
    Suite("ipp-everywhere", ("-V", "2.0", *_PRINTS)),
    Suite("get-printer-attributes-suite", ("-V", "2.0")),
)
FINISHING = ("pwg5100.1", "pwg5100.3", "pwg5100.6", "pwg5100.8")
"""Of ours, those that want a printer with a finisher."""
OWN = tuple(Suite(path.stem, ("-V", "2.0", *_PRINTS)) for path in sorted(HERE.glob("*.test")))
"""Ours, one for each spec that no public suite is about."""


@dataclass(frozen=True)
class Result:
    """One line of the report, and what ipptool said to it."""

    name: str
    outcome: str
    details: str


def names(file: Path) -> list[str]:
    found: list[str] = []
    for line in file.read_text().splitlines():
        if match := _INCLUDE.match(line):
            found += names(file.parent / match[1])
        elif match := _NAME.match(line):
            found.append(match[1])
    return found


def run(suite: Suite, folder: Path, uri: str, *options: str) -> list[Result]:
    """Run a suite from its folder. -I: to the end, whatever fails."""
    command = ["ipptool", "-I", "-t", *options, *suite.options, uri, suite.file]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace", timeout=280)
    assert not done.stderr, f"ipptool complains: {done.stderr}"
    results = read(done.stdout)
    whole = suite.names(folder)
    assert [result.name for result in results] == [name[:_CUT].rstrip() for name in whole], "not every test ran"
    return [Result(name, result.outcome, result.details) for name, result in zip(whole, results, strict=True)]


def read(report: str) -> list[Result]:
    found: list[Result] = []
    for line in report.splitlines():
        if match := _LINE.match(line):
            found.append(Result(match[1], match[2], ""))
        elif found and line.startswith(" " * 8):
            last = found.pop()
            found.append(Result(last.name, last.outcome, f"{last.details}{line}\n"))
    return found


def prepare(folder: Path, samples: Samples) -> None:
    """A copy of the suites, one word mended, beside equivalents of the documents that they name."""
    need("ipptool", packages=("cups-ipp-utils",))
    folder.mkdir(parents=True)
    for file in (*DATA.glob("*.test"), *HERE.glob("*.test")):
        shutil.copy(file, folder)
    mended = folder / "get-printer-attributes-suite.test"
    mended.write_text(mend(mended.read_text()))
    for name, source in documents(samples).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(source)
        for dpi in OTHER_DPIS if "-150dpi" in name else ():
            other = folder / name.replace("-150dpi", f"-{dpi}dpi")  # skipped, but ipptool wants it to be there
            other.parent.mkdir(parents=True, exist_ok=True)
            other.touch()


def mend(text: str) -> str:
    """Change the one word of the contradictory test, and nothing else. See ``SLIP_TEST``."""
    head, name, rest = text.partition(f'NAME "{SLIP_TEST}"')
    assert name, f"there is no test {SLIP_TEST}: look whether the suite was mended"
    body, end, tail = rest.partition("\n}")
    assert body.count(SLIP) == 1, f"{SLIP_TEST} has no such slip any more: run the suite as it is"
    return head + name + body.replace(SLIP, MENDED) + end + tail


def documents(samples: Samples) -> dict[str, Path]:
    """Every document that the suites name."""
    photos = {"color.jpg": samples.photo(), "gray.jpg": samples.photo(color=False)}
    found = {**photos, "manypages-a4.pdf": samples.pdf("a4", 12)}
    for size in ("a4", "letter"):
        for label, pages in (("document", 3), ("onepage", 1)):
            pdf = found[f"{label}-{size}.pdf"] = samples.pdf(size, pages)
            found[f"{label}-{size}.ps"] = samples.postscript(pdf)
            for space in ("black-1", "cmyk-8", "sgray-8", "srgb-8"):
                _rasters(found, samples, f"{label}-{size}", pdf, space)
    for name, photo in photos.items():
        spaces = ("black-1", "cmyk-8", "sgray-8") + (("srgb-8", "srgb-16") if name == "color.jpg" else ())
        for space in spaces:
            _rasters(found, samples, f"{name}-4x6", samples.framed(photo), space)
    return found


def _rasters(found: dict[str, Path], samples: Samples, label: str, pdf: Path, space: str) -> None:
    """In every resolution that the printer has. Two writers take part."""
    writer = "mutool" if label == "onepage-letter" else "gs"
    for dpi in DPIS:
        path = f"pwg-raster-samples-{dpi}dpi/{space}/{label}-{space}-{dpi}dpi.pwg"
        found[path] = samples.pwg(pdf, space, dpi, writer)
