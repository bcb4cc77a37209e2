"""The writers: legal files, as small as the coding allows, line by line, checked by a reader that shares no code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from raster_ext import ColorSpace, CupsHeader, CupsWriter, Page, PwgHeader, PwgWriter, UrfHeader, UrfWriter
from tests.raster import kit, reference

GRAY = (ColorSpace.SGRAY, 8)
SRGB = (ColorSpace.SRGB, 8)


@pytest.mark.parametrize("kind", kit.PWG_KINDS)
def test_pwg_by_the_reference(kind: str) -> None:
    page = kit.page(kit.PWG_KINDS[kind], 203, 300, (300, 600))
    data = kit.pixels(page, 21)
    (found,) = reference.read(kit.encode(PwgWriter, [(page, data)], (1, 2, 250)))
    assert found.data == data
    assert 128 not in found.codes
    assert (found.width, found.height, found.resolution) == (203, 300, (300, 600))
    assert (found.space, found.bits, found.colors) == (page.color_space, page.bits_per_color, page.num_colors)
    assert found.header[:10] == b"PwgRaster\0"


@pytest.mark.parametrize("kind", kit.URF_KINDS)
def test_apple_by_the_reference(kind: str) -> None:
    page = kit.page(kit.URF_KINDS[kind], 203, 300)
    data = bytes([page.white]) * page.bytes_per_line + kit.pixels(page, 22)[page.bytes_per_line :]
    (found,) = reference.read(kit.encode(UrfWriter, [(page, data)]))
    assert found.data == data
    assert 128 in found.codes


@pytest.mark.parametrize("order", [">", "<"])
@pytest.mark.parametrize("version", [1, 2, 3])
@pytest.mark.parametrize("kind", ["srgb_8", "cmyk_16", "black_1"])
def test_cups_by_the_reference(kind: str, version: int, order: str) -> None:
    page = kit.page(kit.PWG_KINDS[kind], 203, 300)
    data = kit.pixels(page, 23)
    file = kit.encode(lambda write: CupsWriter(write, version, order), [(page, data)])
    assert reference.read(file)[0].data == data


def _break(file: bytes, at: int) -> bytes:
    return file[:at] + bytes([file[at] ^ 1]) + file[at + 1 :]


@pytest.mark.parametrize(
    ("writer", "head"),
    [(PwgWriter, 1800), (UrfWriter, 44), (lambda write: CupsWriter(write, 3, "<"), 1800)],
    ids=["pwg", "urf", "cups"],
)
def test_the_reference_sees_a_planted_fault(
    writer: Callable[[Callable[[bytes], object]], PwgWriter], head: int
) -> None:
    """One wrong bit in any octet of the lines is noticed: other pixels, or a rule that is broken."""
    page = kit.page(SRGB, 9, 5)
    data = kit.pixels(page, 24)
    file = kit.encode(writer, [(page, data)])
    for at in range(head, len(file)):
        try:
            seen = reference.read(_break(file, at))[0].data
        except (AssertionError, IndexError):
            continue
        assert seen != data, at


def test_equal_lines_are_coded_once_for_each_256() -> None:
    page = kit.page(GRAY, 100, 1000)
    file = kit.encode(PwgWriter, [(page, b"\xff" * 100_000)], [1, 7, 255, 300])
    assert reference.read(file)[0].codes == [-256, 99, -256, 99, -256, 99, -232, 99]
    file = kit.encode(UrfWriter, [(page, b"\xff" * 100_000)])
    assert len(file) == 44 + 4 * 2


def test_bands_may_be_cut_anywhere() -> None:
    page = kit.page(SRGB, 37, 600)
    data = kit.pixels(page, 8)
    files = {kit.encode(PwgWriter, [(page, data)], bands) for bands in ([], [1] * 599, [256, 256], [3, 400])}
    assert len(files) == 1


def test_nothing_is_kept_but_a_line() -> None:
    sizes: list[int] = []
    page = kit.page(SRGB, 1000, 100)
    writer = PwgWriter(lambda data: sizes.append(len(data)))
    writer.start_page(page)
    for y in range(100):
        writer.write_band(bytes([y]) * 3000)
        assert sum(sizes) >= 1800 + y * 20
    writer.end_page()


def test_lines_too_many_and_too_few() -> None:
    page = kit.page(GRAY, 10, 3)
    writer = PwgWriter(lambda data: None)
    with pytest.raises(ValueError, match="before its page"):
        writer.write_band(bytes(10))
    with pytest.raises(ValueError, match="no page"):
        writer.end_page()
    writer.start_page(page)
    with pytest.raises(ValueError, match="no end"):
        writer.start_page(page)
    writer.write_band(bytes(20))
    with pytest.raises(ValueError, match="no whole lines"):
        writer.write_band(bytes(7))
    with pytest.raises(ValueError, match="missing"):
        writer.end_page()
    with pytest.raises(ValueError, match="no end"):
        writer.close()
    with pytest.raises(ValueError, match="left"):
        writer.write_band(bytes(20))
    writer.write_band(bytes(10))
    writer.end_page()
    writer.close()


def test_headers_go_along() -> None:
    """What is not geometry is the page's own header's, or the one that is given; geometry is the page's."""
    page = replace(kit.page(SRGB, 8, 8), header=PwgHeader(media_type="envelope", duplex=True, tumble=True, width=5))
    pwg = kit.decode(kit.encode(lambda write: PwgWriter(write, 3), [(page, bytes(192))]))[0][0].header
    assert isinstance(pwg, PwgHeader)
    assert (pwg.media_type, pwg.duplex, pwg.width, pwg.total_page_count) == ("envelope", True, 8, 3)
    assert pwg.page_size == (2, 2)
    urf = kit.decode(kit.encode(UrfWriter, [(page, bytes(192))]))[0][0].header
    assert isinstance(urf, UrfHeader)
    assert (urf.media_type, urf.duplex_mode, urf.width) == (3, 2, 8)
    out: list[bytes] = []
    for writer, header in (
        (PwgWriter(out.append), PwgHeader(media_color="red")),
        (UrfWriter(out.append), UrfHeader(output_bin=4)),
        (CupsWriter(out.append), CupsHeader(media_class="Office")),
    ):
        writer.start_page(page, header)  # type: ignore[arg-type]
        assert header.fitted(page).pack() == out[-1]


@pytest.mark.parametrize(
    "page",
    [kit.page((ColorSpace.BLACK, 1), 8, 8), kit.page((ColorSpace.DEVICE5, 8), 8, 8), kit.page(SRGB, 8, 8, (600, 300)),
     kit.page((ColorSpace.SGRAY, 1), 8, 8)],
)  # fmt: skip
def test_apple_raster_cannot_hold_everything(page: Page) -> None:
    with pytest.raises(ValueError, match="Apple Raster"):
        UrfWriter(lambda data: None).start_page(page)
