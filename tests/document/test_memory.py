"""What a job costs in memory, measured in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

PROGRAM = """
import resource, sys
from firmware.core.ticket import Media, PageTicket, Ticket
from firmware.document.job import Capabilities, DocumentSource, PressJob
from firmware.document.pipeline import run
from firmware.ports import SinkJob
from raster_ext import ColorSpace, Page, PwgHeader

PAGES, WIDTH, HEIGHT = 20, 4960, 7015


class Endless:
    '''A file of 600 dpi A4 sRGB pages that hardly compress, made as it is read.'''

    def __init__(self):
        self.pieces = self.made()
        self.given = 0

    def made(self):
        page = Page(WIDTH, HEIGHT, (600, 600), ColorSpace.SRGB, 8, 3)
        pixels = bytes(range(256)) * 59
        line = bytearray(b"\\0")
        for start in range(0, WIDTH, 124):  # 40 runs of 124 literal pixels
            line += bytes([257 - 124]) + pixels[start * 3 : start * 3 + 372]
        block = bytes(line) * 5
        yield b"RaS2"
        for _ in range(PAGES):
            yield PwgHeader.for_page(page).pack()
            for _ in range(HEIGHT // 5):
                yield block

    def read(self, size):
        data = next(self.pieces, b"")
        self.given += len(data)
        return data


class Null:
    kinds = ("srgb_8", "sgray_8", "black_1")
    start_job = start_page = write_band = end_job = lambda self, thing: None
    end_page = lambda self: None


class Quiet:
    marking = lambda self: None
    feed = lambda self, media: media
    impression = sheet = page = consumed = lambda self, *facts: None
    cancelled = suspended = lambda self: False


def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


media = Media("iso_a4_210x297mm", 21000, 29700)
if sys.argv[1] == "virtual":
    from pathlib import Path
    from board.parts.sink_virtual import VirtualSink
    sink = VirtualSink(Path(sys.argv[2]))
else:
    sink = Null()
color = {"sink": "auto", "virtual": "auto"}.get(sys.argv[1], sys.argv[1])
reader = Endless()
job = PressJob(
    SinkJob("ink", 1, "", "long", "", {}),
    Ticket(PageTicket(media, color_mode=color), page_ranges=((1, 3),) if sys.argv[1] == "virtual" else ()),
    [DocumentSource(1, "image/pwg-raster", reader)],
    Capabilities(((600, 600),), {}),
)
before = peak()
result = run(job, sink, Quiet())
print(result.counters.impressions, reader.given, peak() - before)
"""


@pytest.mark.parametrize("what", ["sink", "monochrome", "bi-level", "virtual"])
def test_a_raster_of_two_gigabytes_costs_the_memory_of_a_few_bands(what: str, tmp_path: Path) -> None:
    path = ":".join([str(ROOT), *filter(None, sys.path)])
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, what, str(tmp_path)],
        env={"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    impressions, octets, mebibytes = done.stdout.split()
    pages = 3 if what == "virtual" else 20
    assert int(impressions) == pages
    assert int(octets) > pages * 100_000_000
    assert float(mebibytes) < 16
