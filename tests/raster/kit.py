"""What the raster tests share: page kinds, pictures, writing and decoding in pieces, compiled peers."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from raster_ext import Band, ColorSpace, CupsWriter, Decoder, Page, PageEnd, PwgWriter, UrfWriter
from raster_ext.page import color_count
from tests.desk import need

HERE = Path(__file__).parent

PWG_KINDS: dict[str, tuple[ColorSpace, int]] = {
    **{f"black_{bits}": (ColorSpace.BLACK, bits) for bits in (1, 8, 16)},
    **{f"sgray_{bits}": (ColorSpace.SGRAY, bits) for bits in (1, 8, 16)},
    **{f"srgb_{bits}": (ColorSpace.SRGB, bits) for bits in (8, 16)},
    **{f"rgb_{bits}": (ColorSpace.RGB, bits) for bits in (8, 16)},
    **{f"adobe-rgb_{bits}": (ColorSpace.ADOBE_RGB, bits) for bits in (8, 16)},
    **{f"cmyk_{bits}": (ColorSpace.CMYK, bits) for bits in (8, 16)},
    **{f"device{n}_{bits}": (ColorSpace(47 + n), bits) for n in range(1, 16) for bits in (8, 16)},
}
"""Every type that is registered for pwg-raster-document-type-supported."""

URF_KINDS: dict[str, tuple[ColorSpace, int]] = {
    f"{space.name}_{bits}": (space, bits)
    for space in (
        ColorSpace.SGRAY, ColorSpace.SRGB, ColorSpace.CIE_LAB, ColorSpace.ADOBE_RGB, ColorSpace.GRAY, ColorSpace.RGB,
        ColorSpace.CMYK,
    )
    for bits in (8, 16)
}  # fmt: skip

Writer = Callable[[Callable[[bytes], object]], PwgWriter | UrfWriter | CupsWriter]


def page(kind: tuple[ColorSpace, int], width: int, height: int, dpi: tuple[int, int] = (300, 300)) -> Page:
    space, bits = kind
    return Page(width, height, dpi, space, bits, color_count(space))


def pixels(page: Page, seed: int = 0) -> bytes:
    """Lines as they occur: runs of chance, white, repeated pixels, repeated lines."""
    rng = random.Random(seed)
    unit = (page.bits_per_pixel + 7) // 8
    lines: list[bytes] = []
    while len(lines) < page.height:
        line = b""
        while len(line) < page.bytes_per_line:
            count = rng.choice((1, 1, 2, 2, 3, 5, 40, 127, 128, 129, 300))
            pick = rng.random()
            if pick < 0.4:
                line += rng.randbytes(unit * count)
            else:
                line += (bytes([page.white]) * unit if pick < 0.7 else rng.randbytes(unit)) * count
        cut = line[: page.bytes_per_line]
        if rng.random() < 0.1:
            cut = bytes([page.white]) * page.bytes_per_line
        lines += [cut] * rng.choice((1, 1, 1, 2, 3, 7, 255, 256, 257, 600))
    return b"".join(lines[: page.height])


def encode(writer: Writer, pages: Sequence[tuple[Page, bytes]], bands: Sequence[int] = ()) -> bytes:
    """A file of these pages, written in bands of so many lines, then the rest."""
    out: list[bytes] = []
    with writer(out.append) as file:
        for page, data in pages:
            file.start_page(page)
            at = 0
            for lines in (*bands, page.height):
                piece = data[at : at + lines * page.bytes_per_line]
                file.write_band(piece)
                at += len(piece)
            file.end_page()
    return b"".join(out)


def decode(data: bytes, cuts: Iterable[int] = (), **limits: int) -> list[tuple[Page, bytes]]:
    """All pages of a file that is fed in pieces of these lengths, then the rest; the order of events is checked."""
    decoder = Decoder(**limits)
    pages: list[tuple[Page, bytes]] = []
    current: Page | None = None
    lines = bytearray()
    at = 0
    for cut in (*cuts, len(data)):
        for event in decoder.feed(data[at : at + cut]):
            match event:
                case Page():
                    assert current is None
                    current, lines = event, bytearray()
                case Band(y, count, band):
                    assert current is not None
                    assert band.readonly
                    assert len(band) == count * current.bytes_per_line
                    assert len(lines) == y * current.bytes_per_line
                    lines += band
                case PageEnd(number):
                    assert current is not None
                    assert number == len(pages) + 1
                    assert len(lines) == current.height * current.bytes_per_line
                    pages.append((current, bytes(lines)))
                    current = None
        at += cut
    decoder.close()
    return pages


@dataclass(frozen=True)
class Cups:
    """libcups, by way of the programs beside this file."""

    reader: Path
    writer: Path

    def read(self, file: Path) -> list[tuple[tuple[int, ...], bytes]]:
        """Each page as (width, height, bytes per line, bits per color, bits per pixel, color space, x dpi, y dpi) and
        its pixels with 16-bit samples in big-endian order."""
        out = subprocess.run([self.reader, "dump", file], check=True, capture_output=True).stdout
        pages = []
        at = 0
        while at < len(out):
            end = out.index(b"\n", at)
            numbers = tuple(map(int, out[at:end].split()))
            at = end + 1
            size = numbers[1] * numbers[2]
            pages.append((numbers, _big_endian(file, numbers, out[at : at + size])))
            at += size
        return pages

    def write(self, format: str, page: Page, data: bytes, pages: int = 1) -> bytes:
        numbers = [page.width, page.height, page.color_space, page.bits_per_color, page.num_colors, *page.resolution]
        command = [str(self.writer), format, *(str(int(n)) for n in numbers), str(pages)]
        return subprocess.run(command, input=data, check=True, capture_output=True).stdout


def _big_endian(file: Path, numbers: tuple[int, ...], data: bytes) -> bytes:
    """libcups gives samples of 16 bits in the host's order: it exchanges octets where the file's order is another.

    It does so, too, with pixels of 12 and 16 bits whose samples are of less, which is of no use to anybody.
    """
    _, _, _, bits, pixel, *_ = numbers
    foreign = file.read_bytes()[:4] in (b"RaS2", b"RaS3", b"RaSt", b"UNIR")
    exchanged = foreign and (bits == 16 or pixel in (12, 16))
    wanted = exchanged if bits != 16 else True
    if not wanted:
        return data
    swapped = bytearray(len(data) // 2 * 2)
    swapped[0::2], swapped[1::2] = data[1 : len(swapped) : 2], data[0 : len(swapped) : 2]
    return bytes(swapped) + data[len(swapped) :]


def build_cups(folder: Path) -> Cups:
    """Compile both programs, against the packaged libcups."""
    need("cc", packages=("gcc", "libc6-dev"))
    made = []
    for name in ("cupsread", "cupswrite"):
        source = HERE / f"{name}.c"
        done = subprocess.run(
            ["cc", "-O2", "-Wall", "-o", folder / name, source, "-lcupsimage", "-lcups"], capture_output=True, text=True
        )
        line = "sudo apt-get install --no-install-recommends libcups2-dev libcupsimage2-dev"
        assert done.returncode == 0, f"{name} does not compile. Is this missing?  {line}\n{done.stderr}"
        made.append(folder / name)
    return Cups(*made)
