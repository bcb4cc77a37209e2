"""What landed on simulated paper, as sheets: the picture of each page, and how the head fared over it."""

from __future__ import annotations

import json
from dataclasses import replace

from board.engine.marking import Engine
from board.engine.paper import Row, picture
from board.engine.report import Timing
from board.parts.sink_files import PartFile, disk_errors
from board.parts.sink_virtual import VirtualSink
from board.parts.wires_simulated import SimulatedWires
from firmware.document.page import Page
from firmware.ports import Side, SinkJob, SinkResult
from raster_ext import ColorSpace

SCALE = 4
"""Pixels of a picture for each dot, across and along."""


class Developer:
    """Gives the strip of paper to a sink of files, page by page."""

    def __init__(self, wires: SimulatedWires, engine: Engine, sheets: VirtualSink) -> None:
        self._wires = wires
        self._sheets = sheets
        self._timing = Timing()
        self._engine, self._mechanism = engine, engine.mechanism
        self._reports: list[dict[str, object]] = []
        engine.watch = self._timing.take

    def start_job(self, job: SinkJob) -> None:
        self._reports.clear()
        self._wires.strip.cut()
        self._sheets.start_job(job)

    def page(self, side: Side) -> None:
        page = side.page.height + self._engine.lines_of(side.media.top_offset)
        rows = self._wires.strip.cut()[-page:]  # before it came what lay between it and the one before
        self._develop(replace(side, page=self._page(len(rows))), rows)
        report = {"sheet": side.sheet, **self._timing.summary()}
        self._reports.append(report)
        self._write(f"sheet-{side.sheet:04d}-timing.svg", self._timing.picture())
        self._timing.clear()

    def end_job(self, result: SinkResult) -> None:
        self._sheets.end_job(result)
        self._wires.strip.cut()
        if self._sheets.folder is not None and self._reports:
            broken = [f"{one.rule}: {one.detail}" for one in self._wires.rules.broken]
            self._write("timing.json", json.dumps({"sheets": self._reports, "violations": broken}, indent=2) + "\n")

    def _develop(self, side: Side, rows: list[Row | None]) -> None:
        self._sheets.start_page(side)
        mechanism = self._mechanism
        for line in picture(rows, mechanism.dots, mechanism.motor.steps_per_line, SCALE):
            self._sheets.write_band(memoryview(line))
        self._sheets.end_page()

    def _page(self, lines: int) -> Page:
        dpi = SCALE * self._mechanism.dpi
        return Page(SCALE * self._mechanism.dots, SCALE * lines, (dpi, dpi), ColorSpace.SGRAY, 8, 1)

    def _write(self, name: str, text: str) -> None:
        folder = self._sheets.folder
        assert folder is not None
        with disk_errors():
            file = PartFile(folder, name)
            file.write(text.encode())
            file.finish()
