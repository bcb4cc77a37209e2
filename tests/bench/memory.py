"""Memory of a job of 600 pages, A4 at 600 dpi in sRGB, above that of the empty process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

from tests.bench.rows import Row, measured
from tests.bench.workshop import workshop

PAGES = 600
ROOM = 16.0
"""MiB that it may take."""

_JOB = """
import os, re, sys
def peak(): return int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) / 1024
before = peak()
from raster_ext import Decoder
file, decoder = os.open(sys.argv[1], os.O_RDONLY), Decoder()
list(decoder.feed(os.pread(file, 4, 0)))
for _ in range(int(sys.argv[2])):
    offset = 4
    while piece := os.pread(file, 1 << 18, offset):
        offset += len(piece)
        for event in decoder.feed(piece):
            pass
decoder.close()
print(peak() - before, decoder.point.page)
"""


def rows() -> Iterator[Row]:
    file = workshop().file("office", "srgb_8", "pwg")
    command = [sys.executable, "-c", _JOB, str(file), str(PAGES)]
    grown, pages = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert int(pages) == PAGES
    yield measured(f"{PAGES} pages of sRGB, the decoder's memory", float(grown), ROOM, wanted=1.0,
                   note="MiB above the empty process")  # fmt: skip
