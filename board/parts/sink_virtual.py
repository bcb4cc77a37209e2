"""The virtual page sink: finished sheets as pictures in a folder for each job.

    <out>/0042-monthly-report/sheet-0001-front.png  sheet-0001-back.png  job.pdf  job.pwg  job.json

A file under its final name is whole and on disk. Names that begin with a dot and end in ``.part`` are
unfinished: what a crash leaves of them never looks like a sheet. ``job.json`` comes last; a folder without it
belongs to a job that did not get to its end.
"""

from __future__ import annotations

import json
import shutil
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from board.parts.marks import Marks
from board.parts.sink_files import PartFile, SheetFile, SheetPdf, disk_errors, safe_name
from firmware.ports import Side, SinkJob, SinkResult
from firmware.runtime.spool import sync_folder
from raster_ext import PwgHeader, PwgWriter

KINDS = ("srgb_8", "sgray_8", "black_1")


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast a model prints, in sides a minute; ``duplex`` is how much of that is left with both sides."""

    mono: float = 20.0
    color: float = 20.0
    duplex: float = 1.0

    def seconds(self, side: Side) -> float:
        """What one side takes."""
        rate = self.color if side.page.num_colors > 1 else self.mono
        return 60.0 / (rate if side.sides == "one-sided" else rate * self.duplex)


class VirtualSink:
    """Writes what would be marked. ``pace`` is ``none``, or ``model`` to take as long over each side as
    ``speed`` says.

    The time is taken in small steps as bands come, so whoever stops writing them stops the sink. PartError
    ``output-area-full`` when the disk is full: the folder is the tray where sheets come to lie, and somebody
    has to take some away (spool-area-full would send them to the wrong place). With ``keep_jobs`` somebody does:
    only so many jobs' sheets stay.
    """

    def __init__(
        self,
        out: Path,
        *,
        png: bool = True,
        pdf: bool = True,
        pwg: bool = False,
        pace: str = "none",
        speed: Speed | None = None,
        kinds: tuple[str, ...] = KINDS,
        keep_jobs: int = 0,
    ) -> None:
        if pace not in ("none", "model"):
            raise ValueError(f"pace is none or model, not {pace}")
        self.kinds = kinds
        self._out, self._keep_jobs = out, keep_jobs
        self._png, self._wants_pdf, self._wants_pwg = png, pdf, pwg
        self._speed = (speed or Speed()) if pace == "model" else None
        self._begun: SinkJob | None = None
        self._job: _JobFolder | None = None
        self._due = self._each_line = 0.0

    @property
    def folder(self) -> Path | None:
        """Where the job at hand, or the last one, lies."""
        return self._job.path if self._job else None

    def start_job(self, job: SinkJob) -> None:
        """The folder is made with the first side: a job that is begun again before that leaves no empty one."""
        self._begun, self._job = job, None

    def start_page(self, side: Side) -> None:
        with disk_errors():
            self._at_hand.start_page(side)
        if self._speed is not None:
            self._due = time.monotonic()
            self._each_line = self._speed.seconds(side) / side.page.height

    def write_band(self, data: memoryview) -> None:
        job = self._at_hand
        with disk_errors():
            job.write_band(data)
        if self._speed is not None:
            self._due += self._each_line * (len(data) // job.line)
            time.sleep(max(0.0, self._due - time.monotonic()))

    def end_page(self) -> None:
        with disk_errors():
            self._at_hand.end_page()

    def end_job(self, result: SinkResult) -> None:
        with disk_errors():
            job, self._begun = self._at_hand, None
            job.end(result)
            if self._keep_jobs:
                make_room(self._out, self._keep_jobs)

    @property
    def _at_hand(self) -> _JobFolder:
        if self._begun is None:
            raise ValueError("no job was started")
        if self._job is None:
            self._job = _JobFolder(self._out, self._begun, self._png, self._wants_pdf, self._wants_pwg)
        return self._job


class _JobFolder:
    """One job's files while it is printed."""

    def __init__(self, out: Path, job: SinkJob, png: bool, pdf: bool, pwg: bool) -> None:
        self.path = _new_folder(out, f"{job.id:04d}-{safe_name(job.name)}")
        self.line = 1
        self._job = job
        self._png = png
        self._pdf = SheetPdf(self.path, "job.pdf") if pdf else None
        self._pwg_file = PartFile(self.path, "job.pwg") if pwg else None
        self._pwg = PwgWriter(self._pwg_file.write) if self._pwg_file else None
        self._pwg_start = 0
        self._sheets: dict[int, dict[str, Any]] = {}
        self._side: Side | None = None
        self._marks: Marks | None = None
        self._file: SheetFile | None = None
        self._started = time.time()

    def start_page(self, side: Side) -> None:
        if self._side is not None:
            raise ValueError("the side before has no end")
        self._side = side
        self._marks = Marks(side.page, side.marks) if side.marks else None
        self.line = side.page.bytes_per_line
        name = f"sheet-{side.sheet:04d}-{'back' if side.back else 'front'}.png"
        if self._png or self._pdf:
            self._file = SheetFile(self.path, name, side.page, keep=self._png)
        if self._pwg and self._pwg_file:
            self._pwg_start = self._pwg_file.size
            self._pwg.start_page(side.page, _header(side))

    def write_band(self, data: memoryview) -> None:
        if self._side is None:
            raise ValueError("a band before its side")
        if self._marks is not None:
            data = self._marks.onto(data)
        if self._file is not None:
            self._file.write_band(data)
        if self._pwg:
            self._pwg.write_band(data)

    def end_page(self) -> None:
        side = self._side
        if side is None:
            raise ValueError("no side to end")
        if self._file is not None:
            self._file.finish()
            if self._pdf:
                self._pdf.add(side.page, self._file.stream())
            self._file.close()
        if self._pwg:
            self._pwg.end_page()
        self._record(side)
        self._side = self._file = None

    def end(self, result: SinkResult) -> None:
        """Close what is open, drop a side that was not finished, and write what happened."""
        unfinished, self._side = self._side, None
        if self._file is not None:
            self._file.drop()
        if self._pwg_file and unfinished:
            self._pwg_file.truncate(self._pwg_start)
        self._finish_files()
        record = self._summary(result, unfinished)
        file = PartFile(self.path, "job.json")
        file.write(json.dumps(record, indent=2, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
        file.finish()
        sync_folder(self.path)
        sync_folder(self.path.parent)

    def _finish_files(self) -> None:
        """A PDF or PWG file without pages would be no file of its format: there is none then."""
        for file in (self._pdf, self._pwg_file):
            if file is not None:
                file.finish() if self._sheets else file.drop()

    def _record(self, side: Side) -> None:
        sheet = self._sheets.setdefault(
            side.sheet,
            {
                "sheet": side.sheet,
                "copy": side.copy,
                "media": asdict(side.media),
                "sides": side.sides,
                "output-bin": side.output_bin,
                "role": side.role,
                "finishings": list(side.finishings),
            },
        )
        page = side.page
        sheet["back" if side.back else "front"] = {
            "file": f"sheet-{side.sheet:04d}-{'back' if side.back else 'front'}.png" if self._png else None,
            "content": [{"document": document, "page": number} for document, number in side.content],
            "type": page.kind,
            "width": page.width,
            "height": page.height,
            "resolution": list(page.resolution),
        }

    def _summary(self, result: SinkResult, unfinished: Side | None) -> dict[str, Any]:
        job = self._job
        summary: dict[str, Any] = {
            "printer": job.printer,
            "job-id": job.id,
            "job-uuid": job.uuid,
            "job-name": job.name,
            "job-originating-user-name": job.user,
            "job-state": result.state,
            "job-state-reasons": list(result.reasons),
            "message": result.message,
            "started": _moment(self._started),
            "ended": _moment(time.time()),
            "ticket": dict(job.ticket),
            "counters": asdict(result.counters),
            "sheets": list(self._sheets.values()),
        }
        if unfinished is not None:
            side = "back" if unfinished.back else "front"
            summary["unfinished"] = {"sheet": unfinished.sheet, "side": side, "copy": unfinished.copy}
        return summary


def _new_folder(out: Path, name: str) -> Path:
    """A folder that was not there before: an older job of the same number keeps its sheets."""
    out.mkdir(parents=True, exist_ok=True)
    attempt = 1
    while True:
        path = out / (name if attempt == 1 else f"{name}-{attempt}")
        try:
            path.mkdir()
        except FileExistsError:
            attempt += 1
        else:
            sync_folder(out)
            return path


def make_room(out: Path, keep: int) -> None:
    """Take the sheets of all but the newest jobs away: a card must not fill up with them."""
    folders = [path for path in out.iterdir() if path.is_dir() and path.name.partition("-")[0].isdigit()]
    folders.sort(key=lambda path: (path.stat().st_mtime_ns, path.name))
    for path in folders[:-keep]:
        shutil.rmtree(path, ignore_errors=True)


def _header(side: Side) -> PwgHeader:
    """The page header of a side in job.pwg. Sides are upright: the transforms are both 1 (sheet back
    ``normal``)."""
    duplex = side.sides != "one-sided"
    return PwgHeader.for_page(
        side.page,
        duplex=duplex,
        tumble=side.sides == "two-sided-short-edge",
        media_type=side.media.type[:63],
        page_size_name=side.media.name[:63],
        page_size=(round(side.media.width * 72 / 2540), round(side.media.height * 72 / 2540)),
    )


def _moment(seconds: float) -> str:
    """ISO 8601, UTC."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
