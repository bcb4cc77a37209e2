"""The eye against its peers, on A4 pages at 600 dpi (see ``corpus``).

libcups' reader is its packaged build, called line by line with one reused buffer from a C program of its own
(``tests/raster/cupsread.c``); ours is called as the pipeline does, in pieces of input and bands. Both read the file
themselves. The checksums of all pixels are compared before anything is timed.
"""

from __future__ import annotations

import functools
import io
import math
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image

from raster_ext import Band, Converter, Decoder, Halftoner, Page, PwgWriter, UrfWriter
from raster_ext.pdf import PdfWriter
from raster_ext.png import PngWriter
from tests.bench.corpus import PAGES, Corpus
from tests.bench.rows import Row, compare, processor
from tests.raster import kit

ROOT = Path(__file__).parents[2]
PIECE = 1 << 16
"""Octets of input at a time, as the pipeline reads them."""
LINES = 17
"""Lines in a band: 256 KiB of sRGB."""

WANTED = {"photo srgb_8": 2.2, "photo sgray_8": 6.0, "photo black_1": 7.0, "white": 1.2, "noise": 1.2}


class Peer:
    """A program that does one thing for each line that it is sent, and says how long that took."""

    def __init__(self, *command: str | Path) -> None:
        self._process = subprocess.Popen(
            list(map(str, command)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )

    def ask(self, word: str = "go") -> list[int]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{word}\n")
        self._process.stdin.flush()
        return [int(number) for number in self._process.stdout.readline().split()]

    def __call__(self) -> float:
        return self.ask()[0] / 1e6

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
    """The pipeline's way: pieces of the file in, bands out."""
    descriptor = os.open(file, os.O_RDONLY)
    try:
        decoder, offset = Decoder(), 0
        while piece := os.pread(descriptor, PIECE, offset):
            offset += len(piece)
            for event in decoder.feed(piece):
                if take is not None and isinstance(event, Band):
                    take(event.data)
        decoder.close()
    finally:
        os.close(descriptor)


def hash_of(data: bytes) -> int:
    import zlib

    return zlib.adler32(data) | zlib.crc32(data) << 32


class Bench:
    """Compiled peers and the corpus, kept under ``build/bench``."""

    def __init__(self) -> None:
        folder = ROOT / "build" / "bench"
        folder.mkdir(parents=True, exist_ok=True)
        self.cups = kit.build_cups(folder)
        self.peers = folder / "peers"
        subprocess.run(
            ["cc", "-O2", ROOT / "tests/bench/peers.c", "-o", self.peers, "-l:libcupsfilters.so.1"], check=True
        )
        self.corpus = Corpus(folder / "corpus", self.cups.writer)

    def file(self, page: str, kind: str, format: str) -> Path:
        """A page of the corpus; both readers give its pixels."""
        path = self.corpus.file(page, kind, format)
        checked = path.with_suffix(f".{format}-checked")
        if not checked.exists():
            lines: list[bytes] = []
            decode(path, lambda data: lines.append(bytes(data)))
            ours = b"".join(lines)
            ((_, theirs),) = self.cups.read(path)
            assert hash_of(ours) == hash_of(theirs) == hash_of(self.corpus.pixels(page, kind)), path
            checked.touch()
        return path

    def page(self, kind: str) -> Page:
        return kit.page(kit.PWG_KINDS[kind], *self.corpus.size, (self.corpus.dpi, self.corpus.dpi))

    def bands(self, page: str, kind: str) -> tuple[Page, list[memoryview]]:
        """The page's pixels as a decoder would give them."""
        made = self.page(kind)
        data, step = memoryview(self.corpus.pixels(page, kind)), LINES * made.bytes_per_line
        return made, [data[at : at + step] for at in range(0, len(data), step)]


def rows() -> Iterator[Row]:
    bench = Bench()
    yield from _decoding(bench)
    yield from _colors(bench)
    yield from _encoding(bench)
    yield from _journey(bench)
    yield _memory(bench)
    yield from _sizes(bench)


def _decoding(bench: Bench) -> Iterator[Row]:
    ratios: list[Row] = []
    for page in PAGES:
        for kind in ("srgb_8", "sgray_8", "black_1"):
            for format in ("pwg", "urf") if kind != "black_1" else ("pwg",):
                file = bench.file(page, kind, format)
                office = page in ("text", "office")
                wanted = 5.0 if office else WANTED.get(f"{page} {kind}", WANTED.get(page, 0))
                if format == "urf" and not office:
                    wanted = 0
                with peer(bench.cups.reader, "time", file) as libcups:
                    row = compare(
                        f"decode {page} {kind} {format}", lambda file=file: processor(lambda: decode(file)), libcups,  # type: ignore[misc]
                        wanted=wanted, note="against libcups",
                    )  # fmt: skip
                if office:
                    ratios.append(row)
                yield row
    mean = math.exp(sum(math.log(row.ratio) for row in ratios) / len(ratios))
    medians = math.exp(sum(math.log(row.median) for row in ratios) / len(ratios))
    yield Row("decode text and office, geometric mean", 0, 0, mean, medians, min(row.ratio for row in ratios),
              max(row.ratio for row in ratios), 10.0)  # fmt: skip
    size = bench.page("srgb_8").bytes_per_line * bench.corpus.size[1]
    with peer(bench.peers, "memcpy", str(size)) as memcpy:
        for page in ("text", "office"):
            file = bench.file(page, "srgb_8", "pwg")
            yield compare(
                f"decode {page} srgb_8, share of memcpy", lambda file=file: processor(lambda: decode(file)), memcpy,  # type: ignore[misc]
                wanted=0.8, note="of the decoded page",
            )  # fmt: skip


def _through(page: Page, bands: list[memoryview], kind: str, **options: str) -> None:
    converter = Converter(page, kind, **options)  # type: ignore[arg-type]
    for band in bands:
        converter.convert(band)


def _halftone(bands: list[memoryview], width: int, channels: int, method: str) -> None:
    toner = Halftoner(width, channels=channels, method=method)
    for band in bands:
        toner.feed(band)


def _colors(bench: Bench) -> Iterator[Row]:
    (width, _), page = bench.corpus.size, "office"
    rgb, rgb_bands = bench.bands(page, "srgb_8")
    _, gray_bands = bench.bands(page, "sgray_8")
    picture = Image.frombytes("RGB", bench.corpus.size, bench.corpus.pixels(page, "srgb_8"))
    shades = Image.frombytes("L", bench.corpus.size, bench.corpus.pixels(page, "sgray_8"))

    def ours(call: Callable[[], object]) -> Callable[[], float]:
        return lambda: processor(call)

    def pillow(image: Image.Image, mode: str) -> Callable[[], float]:
        return lambda: processor(lambda: image.convert(mode))

    yield compare("sRGB to gray 601", ours(lambda: _through(rgb, rgb_bands, "sgray_8")), pillow(picture, "L"),
                  wanted=2.5, note="against Pillow")  # fmt: skip
    yield compare("sRGB to gray of linear light", ours(lambda: _through(rgb, rgb_bands, "sgray_8", gray="linear")),
                  pillow(picture, "L"), note="against Pillow's 601")  # fmt: skip
    yield compare("sRGB to CMYK, full black", ours(lambda: _through(rgb, rgb_bands, "cmyk_8")), pillow(picture, "CMYK"),
                  note="against Pillow, without black")  # fmt: skip
    raw = bench.corpus.folder / f"{page}-600-sgray_8.raw"
    with peer(bench.peers, "threshold", raw, str(width)) as plain:
        yield compare("gray to 1 bit, dispersed", ours(lambda: _halftone(gray_bands, width, 1, "dispersed")), plain,
                      wanted=8.0, note="against a plain loop in C")  # fmt: skip
    yield compare("sRGB to 1 bit, fused", ours(lambda: _halftone(rgb_bands, width, 3, "dispersed")),
                  pillow(picture, "1"), wanted=8.0, note="against Pillow's error diffusion")  # fmt: skip
    diffusion = ours(lambda: _halftone(gray_bands, width, 1, "floyd-steinberg"))
    yield compare("Floyd-Steinberg", diffusion, pillow(shades, "1"), wanted=1.3, note="against Pillow")
    with peer(bench.peers, "dither", raw, str(width)) as dither:
        yield compare("Floyd-Steinberg", diffusion, dither, note="against cups-filters")
        yield compare("tone-dependent diffusion", ours(lambda: _halftone(gray_bands, width, 1, "diffusion")), dither,
                      note="against cups-filters")  # fmt: skip


class Counter:
    def __init__(self) -> None:
        self.size = 0

    def __call__(self, data: bytes) -> None:
        self.size += len(data)


def _png(page: Page, bands: list[memoryview]) -> int:
    count = Counter()
    writer = PngWriter(count, page)
    for band in bands:
        writer.write_band(band)
    writer.close()
    return count.size


def _encoding(bench: Bench) -> Iterator[Row]:
    for kind, mode in (("srgb_8", "RGB"), ("sgray_8", "L"), ("black_1", "1")):
        page, bands = bench.bands("text", kind)
        image = Image.frombytes(mode, bench.corpus.size, bench.corpus.pixels("text", kind))
        out = io.BytesIO()

        def pillow(image: Image.Image = image, out: io.BytesIO = out) -> float:
            out.seek(0)
            out.truncate()
            return processor(lambda: image.save(out, "PNG"))

        encode = functools.partial(_png, page, bands)
        yield compare(f"PNG of text {kind}", functools.partial(processor, encode), pillow,
                      wanted=10.0, note="against Pillow")  # fmt: skip
        ours, theirs = _png(page, bands), len(out.getvalue())
        yield Row(f"PNG of text {kind}, size", ours / 1e6, theirs / 1e6, theirs / ours, theirs / ours, theirs / ours,
                  theirs / ours, 1 / 1.7, "MB")  # fmt: skip


def _journey(bench: Bench) -> Iterator[Row]:
    """A PWG text page to 1 bit to PDF, against the same with libcups' reader and Pillow."""
    file = bench.file("text", "srgb_8", "pwg")
    width, height = bench.corpus.size

    def ours() -> None:
        pdf, toner = PdfWriter(Counter()), Halftoner(width, channels=3)
        pdf.start_page(bench.page("black_1"))
        decode(file, lambda data: pdf.write_band(toner.feed(data)))
        pdf.end_page()
        pdf.close()

    picture = Image.frombytes("RGB", (width, height), bench.corpus.pixels("text", "srgb_8"))
    with peer(bench.cups.reader, "time", file) as libcups:

        def peers() -> float:
            return libcups() + processor(lambda: picture.convert("1").save(io.BytesIO(), "PDF", resolution=600))

        yield compare("PWG text page to 1 bit to PDF", lambda: processor(ours), peers, wanted=5.0,
                      note="against libcups, Pillow's convert and PDF")  # fmt: skip


_JOB = """
import resource, sys
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
before = peak()
from raster_ext import Band, Decoder
pages = 0
decoder = Decoder()
with open(sys.argv[1], "rb") as file:
    head, page = file.read(4), file.read()
list(decoder.feed(head))
del file
for _ in range(int(sys.argv[2])):
    for at in range(0, len(page), 65536):
        for event in decoder.feed(page[at:at + 65536]):
            pass
decoder.close()
print(peak() - before, decoder.point.page)
"""


def _memory(bench: Bench) -> Row:
    """A 600-page sRGB job: memory above the empty process, the coded page itself taken off."""
    file = bench.file("office", "srgb_8", "pwg")
    out = subprocess.run([sys.executable, "-c", _JOB, file, "600"], capture_output=True, text=True, check=True).stdout
    grown, pages = out.split()
    assert int(pages) == 600
    above = float(grown) - file.stat().st_size / (1 << 20)
    return Row("600 pages of sRGB, MiB above the empty process", above, 16, 16 / above, 16 / above, 16 / above,
               16 / above, 1.0, "MiB")  # fmt: skip


def _sizes(bench: Bench) -> Iterator[Row]:
    """Our writers' files against libcups'."""
    for page in ("text", "office", "photo"):
        for kind, format in (("srgb_8", "pwg"), ("sgray_8", "urf"), ("black_1", "pwg")):
            made, bands = bench.bands(page, kind)
            count = Counter()
            writer = PwgWriter(count) if format == "pwg" else UrfWriter(count)
            writer.start_page(made)
            for band in bands:
                writer.write_band(band)
            writer.end_page()
            theirs = bench.file(page, kind, format).stat().st_size
            ratio = theirs / count.size
            yield Row(f"{format} file of {page} {kind}, size", count.size / 1e6, theirs / 1e6,
                      ratio, ratio, ratio, ratio, 1.0, "MB, against libcups' writer")  # fmt: skip
