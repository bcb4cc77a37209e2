"""Where fuzzing starts: small good files of every format, and the broken ones that once were worth a test."""

from __future__ import annotations

from dataclasses import replace

from raster_ext import ColorSpace, CupsHeader, CupsWriter, PwgHeader, PwgWriter, UrfWriter
from tests.raster import kit

KINDS = (
    (ColorSpace.SRGB, 8), (ColorSpace.SGRAY, 8), (ColorSpace.BLACK, 1), (ColorSpace.CMYK, 8), (ColorSpace.SRGB, 16),
    (ColorSpace.DEVICE15, 16), (ColorSpace.DEVICE5, 8), (ColorSpace.BLACK, 16), (ColorSpace.RGB, 4),
)  # fmt: skip


def seeds() -> list[bytes]:
    """Each begins with the octets by which ``target.one`` chooses what to do."""
    found = []
    writers: tuple[kit.Writer, ...] = (
        PwgWriter,
        UrfWriter,
        lambda write: CupsWriter(write, 1, "<"),
        lambda write: CupsWriter(write, 2, ">"),
        lambda write: CupsWriter(write, 3, "<"),
    )
    for number, kind in enumerate(KINDS):
        page = replace(kit.page(kind, 16, 6), header=CupsHeader(media_class="Office"))
        data = kit.pixels(page, number)
        for writer in writers:
            try:
                file = kit.encode(writer, [(page, data)] * 2)
            except ValueError:
                continue
            found += [b"\0\0" + file, b"\0\x07" + file]
        lines = kit.encode(PwgWriter, [(page, data)])[1800:]
        place, bits = list(ColorSpace).index(kind[0]), (8, 1, 16, 2, 4).index(kind[1])
        shape = bytes([place, bits, 0, 15, 5 >> 8, 5])
        found += [b"\1" + cut + shape + lines for cut in (b"\0", b"\1", b"\x11")]
        found.append(b"\2\0" + bytes([place]) + bytes([0, 15, 0, 5]) + lines)
        found += [bytes([3, way]) + shape + b"\x09" + data for way in range(5)]
        found += [bytes([4]) + shape + bytes([way, 0, 0, way]) + data for way in range(5)]
    no_bits = PwgHeader.for_page(kit.page((ColorSpace.BLACK, 1), 16, 6)).pack()
    found.append(b"\0\0RaS2" + no_bits[:388] + bytes(4) + no_bits[392:])
    found += [bytes([5, 0, 200, 20, bits, 1, method]) + bytes(range(256)) for bits in range(3) for method in range(4)]
    found += [bytes([6, 20, 30, unit, 40, 50, way]) + bytes(range(99)) for unit in (0, 2, 3) for way in range(3)]
    return found
