"""What came out of the printer, and whether the printer tells the truth about it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tests import wire
from tests.desk import Desk
from tests.oracle import Picture, judge, sheet

_SIDE = re.compile(r"sheet-(\d{4})-(front|back)\.png")


@dataclass(frozen=True)
class Side:
    sheet: int
    back: bool
    picture: Picture

    @property
    def where(self) -> tuple[int, bool]:
        return self.sheet, self.back


@dataclass(frozen=True)
class Printed:
    """A completed job, read from its files."""

    number: int
    folder: Path
    record: dict[str, Any]
    sides: list[Side]

    @property
    def documents(self) -> list[Path]:
        """Documents as they arrived."""
        return sorted(self.folder.glob("document-*"))

    @property
    def pictures(self) -> list[Picture]:
        return [side.picture for side in self.sides]

    def shows(self, wanted: Sequence[Picture]) -> list[float]:
        """Every side is the one wanted, and the comparison would have noticed blank, shifted and other pages."""
        assert len(self.sides) == len(wanted), f"{len(self.sides)} sides, not {len(wanted)}"
        found = []
        for index, (side, picture) in enumerate(zip(self.sides, wanted, strict=True)):
            others = [one for one in (*wanted[index + 1 :], *wanted[:index]) if one is not picture]
            others = [one for one in others if one.image.size == picture.image.size]
            found.append(judge(side.picture, picture, others[0] if others else None))
        return found


def printed(desk: Desk, number: int, seconds: float = 60) -> Printed:
    """Wait for a job, see that it completed, and that its counters are those of the sheets on disk."""
    answer = desk.wait_for_job(number, seconds)
    assert answer.one("job-state") == wire.COMPLETED, f"{answer.all('job-state-reasons')} {desk.said[-2000:]}"
    assert answer.all("job-state-reasons") == ["job-completed-successfully"]
    (folder,) = desk.folders(number)
    record = desk.record(number)
    assert record["job-state"] == "completed"
    sides = _sides(folder)
    _truthful(answer, record, sides)
    return Printed(number, folder, record, sides)


def _sides(folder: Path) -> list[Side]:
    """In the order in which they came out."""
    found = []
    for path in folder.glob("sheet-*.png"):
        match = _SIDE.fullmatch(path.name)
        assert match is not None
        found.append(Side(int(match[1]), match[2] == "back", sheet(path)))
    assert not list(folder.glob(".*")), "unfinished files"
    return sorted(found, key=lambda side: side.where)


def _truthful(answer: wire.Answer, record: dict[str, Any], sides: list[Side]) -> None:
    """job.json and Get-Job-Attributes count what lies there (RFC 8011 section 5.3.18, PWG 5100.7)."""
    pixels = [np.asarray(side.picture.image) for side in sides]
    counted = {
        "impressions": len(sides),
        "sheets": len({side.sheet for side in sides}),
        "color": sum(bool((image != image[..., :1]).any()) for image in pixels),
        "blank": sum(bool((image == 255).all()) for image in pixels),
    }
    counters = record["counters"]
    assert {name: counters[name] for name in counted} == counted
    assert answer.one("job-impressions-completed") == counters["impressions"]
    assert answer.one("job-media-sheets-completed") == counters["sheets"]
    assert answer.one("job-pages-completed") == counters["pages"]
    named = [
        (entry["sheet"], side == "back") for entry in record["sheets"] for side in ("front", "back") if side in entry
    ]
    assert named == [side.where for side in sides]


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
