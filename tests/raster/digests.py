"""The same pictures through everything, as checksums: what another machine's build must give, too.

``python -m tests.raster.digests`` prints one line for each. Nothing but the standard library and ``raster_ext``.
"""

from __future__ import annotations

import hashlib
import itertools
import random
import zlib
from collections.abc import Iterator

from raster_ext import ColorSpace, Converter, CupsWriter, Halftoner, PwgWriter, Scaler, UrfWriter, is_colored
from raster_ext.color import TARGETS
from raster_ext.geometry import FILTERS, mirror, rotate, rotate_bits
from raster_ext.halftone import METHODS
from raster_ext.image import ImageStream
from tests.raster import kit


def _sum(data: bytes | bytearray | memoryview) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


def digests() -> Iterator[tuple[str, str]]:
    """(what, checksum) of files, colours, dots, sizes and turns."""
    for name, kind in kit.PWG_KINDS.items():
        page = kit.page(kind, 203, 300)
        data = kit.pixels(page, 1)
        file = kit.encode(PwgWriter, [(page, data)], (1, 2, 250))
        assert kit.decode(file, [777] * 9) == [(kit.decode(file)[0][0], data)]
        yield f"pwg {name}", _sum(file)
        for target in TARGETS:
            yield f"{name} to {target}", _sum(bytes(Converter(page, target, method="diffusion").convert(data)))
    for name, kind in kit.URF_KINDS.items():
        page = kit.page(kind, 203, 300)
        yield f"urf {name}", _sum(kit.encode(UrfWriter, [(page, kit.pixels(page, 2))]))
    page = kit.page((ColorSpace.SRGB, 16), 203, 100)
    for version, order in itertools.product((1, 2, 3), "<>"):
        file = kit.encode(lambda write, v=version, o=order: CupsWriter(write, v, o), [(page, kit.pixels(page, 3))])  # type: ignore[misc]
        yield f"cups {version}{order}", _sum(file)
    gray = random.Random(4).randbytes(300 * 90)
    for method, bits, channels in itertools.product(METHODS, (1, 2, 4), (1, 3)):
        toner = Halftoner(300 // channels, bits=bits, method=method, channels=channels)
        yield f"{method} {bits} {channels}", _sum(bytes(toner.feed(gray)))
    rgb = kit.page((ColorSpace.SRGB, 8), 100, 90)
    for gray_kind, black in itertools.product(("601", "linear"), ("full", "dark")):
        for target in ("sgray_8", "cmyk_8"):
            made = Converter(rgb, target, gray=gray_kind, black=black).convert(gray)
            yield f"{target} {gray_kind} {black}", _sum(bytes(made))
    for filter, channels in itertools.product(FILTERS, (1, 3, 4)):
        scaler = Scaler(300 // channels // 5, 90 * 5, 77, 33, channels, filter)
        yield f"{filter} {channels}", _sum(scaler.feed(gray[: 300 // channels // 5 * channels * 450]))
    for unit in (1, 2, 3, 4, 6):
        width = 300 // unit
        yield (
            f"turns {unit}",
            _sum(b"".join(bytes(rotate(gray[: width * unit * 90], width, 90, unit, n)) for n in range(4))),
        )
    yield "bits", _sum(b"".join(bytes(rotate_bits(gray[: 38 * 90], 300, 90, n)) for n in range(4)))
    yield "mirror", _sum(bytes(mirror(gray[: 38 * 90], 299, 1)))
    for name in ("srgb_8", "sgray_8", "black_1"):
        page = kit.page(kit.PWG_KINDS[name], 100, 90)
        stream = ImageStream(page)
        data = gray[: page.bytes_per_line * 90]
        yield f"stream {name}", _sum(zlib.decompress(stream.feed(data) + stream.finish()))
    yield "colored", str((is_colored(gray), is_colored(b"\7" * 30_000)))


def main() -> None:
    for what, digest in digests():
        print(f"{what}: {digest}")


if __name__ == "__main__":
    main()
