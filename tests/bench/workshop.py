"""What measuring the eye needs: the pages, peers as programs of their own, and decoding as the pipeline does it.

libcups' reader is its packaged build, called line by line with one reused buffer from a C program of its own
(``tests/raster/cupsread.c``); ours is called as the pipeline does, in pieces of input and bands. Both read the file
themselves.
"""

from __future__ import annotations

import functools
import hashlib
import os
import subprocess
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from firmware.document.stages import piece_size
from raster_ext import Band, Decoder, Page
from tests.bench import rows
from tests.bench.corpus import Corpus
from tests.raster import kit

ROOT = Path(__file__).parents[2]
BAND = 1 << 18
"""Octets in a band, as a decoder has them unless told."""


compare = functools.partial(rows.compare, least=20.0)
"""Milliseconds are few for a page: a run has as many pages as take 20 of ours."""


class Peer:
    """A program that does one thing for each line that it is sent, and says how long that took."""

    def __init__(self, *command: str | Path) -> None:
        self._process = subprocess.Popen(
            list(map(str, command)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )

    def __call__(self) -> float:
        """Milliseconds of its processor time."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline().split()[0]) / 1e6

    def close(self) -> None:
        self._process.communicate()


@contextmanager
def peer(*command: str | Path) -> Iterator[Peer]:
    found = Peer(*command)
    try:
        yield found
    finally:
        found.close()


def decode(file: Path, take: Callable[[memoryview], object] | None = None) -> None:
    """The pipeline's way: pieces of the file in, as large as the press reads them, bands out."""
    descriptor = os.open(file, os.O_RDONLY)
    try:
        decoder, offset = Decoder(), 0
        while piece := os.pread(descriptor, piece_size(offset), offset):
            offset += len(piece)
            for event in decoder.feed(piece):
                if take is not None and isinstance(event, Band):
                    take(event.data)
        decoder.close()
    finally:
        os.close(descriptor)


class Counter:
    """A sink that knows how much it was given."""

    def __init__(self) -> None:
        self.size = 0

    def __call__(self, data: bytes) -> None:
        self.size += len(data)


@functools.cache
def workshop() -> Workshop:
    return Workshop()


class Workshop:
    """Compiled peers and the corpus, kept under ``build/bench``."""

    def __init__(self) -> None:
        folder = ROOT / "build" / "bench"
        folder.mkdir(parents=True, exist_ok=True)
        self.cups = kit.build_cups(folder)
        self.peers = folder / "peers"
        source = ROOT / "tests/bench/peers.c"
        subprocess.run(["cc", "-O2", source, "-o", self.peers, "-l:libcupsfilters.so.1"], check=True)
        recipe = hashlib.sha256((ROOT / "tests/bench/corpus.py").read_bytes()).hexdigest()[:8]
        self.corpus = Corpus(folder / f"corpus-{recipe}", self.cups.writer)

    def file(self, page: str, kind: str, format: str) -> Path:
        """A page of the corpus; the checksum of all pixels is the same from both readers and as they were made."""
        path = self.corpus.file(page, kind, format)
        checked = path.with_suffix(f".{format}-checked")
        if not checked.exists():
            lines: list[bytes] = []
            decode(path, lambda data: lines.append(bytes(data)))
            ((_, theirs),) = self.cups.read(path)
            made = self.corpus.pixels(page, kind)
            assert _checksum(b"".join(lines)) == _checksum(theirs) == _checksum(made), path
            checked.touch()
        return path

    def page(self, kind: str) -> Page:
        return kit.page(kit.PWG_KINDS[kind], *self.corpus.size, (self.corpus.dpi, self.corpus.dpi))

    def bands(self, page: str, kind: str) -> tuple[Page, list[memoryview]]:
        """The page's pixels as a decoder would give them."""
        made = self.page(kind)
        data = memoryview(self.corpus.pixels(page, kind))
        step = BAND // made.bytes_per_line * made.bytes_per_line
        return made, [data[at : at + step] for at in range(0, len(data), step)]


def _checksum(data: bytes) -> int:
    return zlib.adler32(data) | zlib.crc32(data) << 32
