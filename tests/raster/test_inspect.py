"""What ``inkstand inspect`` shows: every field in words, and where which runs stand."""

from __future__ import annotations

import dataclasses

import pytest

from raster_ext import ColorSpace, CupsHeader, CupsWriter, PwgHeader, PwgWriter, RasterError, UrfHeader, UrfWriter
from raster_ext.inspect import describe, inspect
from tests.raster import kit, reference

SRGB = (ColorSpace.SRGB, 8)


def test_every_field_has_a_row_in_words() -> None:
    for header in (PwgHeader(), UrfHeader(), CupsHeader()):
        rows = describe(header)
        assert len(rows) == len(dataclasses.fields(header))
        assert all(name and value for name, value in rows)
    header = PwgHeader(
        hw_resolution=(600, 300),
        media_position=20,
        cut_media=4,
        feed_transform=-1,
        duplex=True,
        total_page_count=1,
        media_type="envelope",
        vendor_identifier=0x1209,
        print_quality=77,
    )
    words = dict(describe(PwgHeader.parse(header.pack())))
    assert words["HWResolution"] == "600 × 300 dpi"
    assert words["MediaPosition"] == "tray-1 (20)"
    assert words["CutMedia"] == "after page (4)"
    assert words["FeedTransform"] == "mirrored (-1)"
    assert words["ColorSpace"] == "srgb (19)"
    assert words["Duplex"] == "yes"
    assert words["TotalPageCount"] == "1 page"
    assert words["MediaType"] == "envelope"
    assert words["VendorIdentifier"] == "1209"
    assert words["PrintQuality"] == "77"
    words = dict(describe(UrfHeader.parse(UrfHeader(media_type=3, input_slot=99, duplex_mode=2).pack())))
    assert words["MediaType"] == "envelope (3)"
    assert words["InputSlot"] == "unknown (99)"
    assert words["DuplexMode"] == "short edge (2)"
    words = dict(describe(CupsHeader(cups_page_size=(595.5, 842))))
    assert words["cupsPageSize"] == "595.5 × 842 points"
    assert "cupsImagingBBox" in words


@pytest.mark.parametrize("writer", [PwgWriter, UrfWriter, lambda write: CupsWriter(write, 2, "<")])
@pytest.mark.parametrize("step", [1, 100, 1 << 20])
def test_runs_are_counted(writer: kit.Writer, step: int) -> None:
    pages = [(kit.page(SRGB, 100, 50), kit.pixels(kit.page(SRGB, 100, 50), n)) for n in range(2)]
    file = kit.encode(writer, pages)
    expected = reference.read(file)
    found = list(inspect((file[at : at + step] for at in range(0, len(file), step)), rows=5, columns=4))
    assert len(found) == 2
    for report, picture in zip(found, expected, strict=True):
        assert report.lines == sum(code < 0 for code in picture.codes)
        assert report.equal == sum(0 <= code < 128 for code in picture.codes)
        assert report.different == sum(code > 128 for code in picture.codes)
        assert report.fills == picture.codes.count(128)
        assert (report.page.width, report.header.pack()[:4]) == (100, picture.header[:4])
        assert len(report.map) == 5
        assert all(len(row) == 4 for row in report.map)
    assert found[1].point.offset == found[0].point.offset + len(expected[0].header) + found[0].octets


def test_the_map_shows_where_runs_are_short() -> None:
    page = kit.page((ColorSpace.SGRAY, 8), 256, 64)
    busy = bytes(range(256)) * 16
    (report,) = inspect(
        [kit.encode(PwgWriter, [(page, b"\xff" * 256 * 32 + busy + b"\xff" * 256 * 16)])], rows=4, columns=2
    )
    assert [report.map[row] for row in (0, 2)] == [(128.0, 128.0)] * 2
    page = kit.page((ColorSpace.SGRAY, 8), 255, 64)
    thirds = b"".join(bytes([n]) * 3 for n in range(85)) * 64
    (report,) = inspect([kit.encode(PwgWriter, [(page, thirds)])], rows=2, columns=8)
    assert {length for row in report.map for length in row} == {3}
    assert report.text() == "########\n########"
    (report,) = inspect([kit.encode(PwgWriter, [(page, b"\xff" * 255 * 64)])], rows=2, columns=8)
    assert report.text().strip() == ""


def test_plain_lines_and_broken_files() -> None:
    page = kit.page(SRGB, 10, 9)
    file = kit.encode(lambda write: CupsWriter(write, 3, "<"), [(page, bytes(270))] * 2)
    reports = list(inspect([file]))
    assert [(report.octets, report.lines, report.equal) for report in reports] == [(270, 0, 0)] * 2
    pwg = kit.encode(PwgWriter, [(page, kit.pixels(page))])
    for broken in (
        b"",
        b"RaS",
        b"%PDF",
        b"UNIRASTA\0\0\0\1",
        pwg[:900],
        pwg[:-1],
        file[:-1],
        pwg[:1800] + b"\0\xff" * 90,
    ):
        with pytest.raises(RasterError):
            list(inspect([broken]))
