"""Page headers: every octet where the specification has it, and back."""

from __future__ import annotations

import dataclasses
import struct

import pytest

from raster_ext import ColorSpace, CupsHeader, PwgHeader, UrfHeader, pwg, urf
from tests.raster import kit

# PWG 5102.4-2012 table 2: offset, size, name, typed here once more. "s" is text, "u" unsigned, "i" signed, "b" boolean.
PWG_TABLE = """
0 64 s pwg_raster|64 64 s media_color|128 64 s media_type|192 64 s print_content_optimize|268 4 u cut_media
272 4 b duplex|276 8 u hw_resolution|300 4 b insert_sheet|304 4 u jog|308 4 u leading_edge|324 4 u media_position
328 4 u media_weight_metric|340 4 u num_copies|344 4 u orientation|352 8 u page_size|368 4 b tumble|372 4 u width
376 4 u height|384 4 u bits_per_color|388 4 u bits_per_pixel|392 4 u bytes_per_line|396 4 u color_order
400 4 u color_space|420 4 u num_colors|452 4 u total_page_count|456 4 i cross_feed_transform|460 4 i feed_transform
464 4 u image_box_left|468 4 u image_box_top|472 4 u image_box_right|476 4 u image_box_bottom
480 4 u alternate_primary|484 4 u print_quality|508 4 u vendor_identifier|512 4 u vendor_length
1668 64 s rendering_intent|1732 64 s page_size_name
"""
RESERVED = [(256, 268), (284, 300), (312, 324), (332, 340), (348, 352), (360, 368), (380, 384), (404, 420), (424, 452),
            (488, 508), (1604, 1668)]  # fmt: skip
URF_TABLE = """
0 1 u bits_per_pixel|1 1 u color_space|2 1 u duplex_mode|3 1 u print_quality|4 1 u media_type|5 1 u input_slot
6 1 u output_bin|7 1 u copies|8 4 u finishings|12 4 u width|16 4 u height|20 4 u resolution
"""


def _rows(table: str) -> list[tuple[int, int, str, str]]:
    rows = [row.split() for line in table.split("\n") for row in line.split("|") if row.strip()]
    return [(int(offset), int(size), kind, name) for offset, size, kind, name in rows]


def _value(kind: str, raw: bytes) -> object:
    if kind == "s":
        return raw.split(b"\0")[0].decode()
    numbers = struct.unpack(f">{len(raw) // 4}{'i' if kind == 'i' else 'I'}", raw) if len(raw) >= 4 else (raw[0],)
    if kind == "b":
        return bool(numbers[0])
    return numbers if len(numbers) > 1 else numbers[0]


@pytest.mark.parametrize(
    ("header", "size", "table", "fields"),
    [(PwgHeader, 1796, PWG_TABLE, 38), (UrfHeader, 32, URF_TABLE, 12)],
)
def test_every_field_is_at_its_offset(
    header: type[PwgHeader] | type[UrfHeader], size: int, table: str, fields: int
) -> None:
    raw = bytearray(size)
    rows = _rows(table)
    for i, (offset, length, kind, _) in enumerate(rows):
        raw[offset : offset + length] = f"word {i}".encode().ljust(64, b"\0") if kind == "s" else bytes(
            (i + 1) % 250 + k for k in range(length)
        )  # fmt: skip
        if kind == "b":
            raw[offset : offset + 4] = b"\0\0\0\1"
    if header is PwgHeader:
        raw[512:516] = (7).to_bytes(4, "big")
        raw[516:523] = b"vendor!"
    parsed = header.parse(bytes(raw))
    for offset, length, kind, name in rows:
        assert getattr(parsed, name) == _value(kind, bytes(raw[offset : offset + length])), name
    assert parsed.pack() == bytes(raw)
    names = {field.name for field in dataclasses.fields(parsed)}
    assert names - {name for *_, name in rows} == ({"vendor_data"} if header is PwgHeader else set())
    assert len(names) == fields
    if isinstance(parsed, PwgHeader):
        assert parsed.vendor_data == b"vendor!"


def test_the_table_leaves_out_only_what_is_reserved() -> None:
    covered = {at for offset, size, _, _ in _rows(PWG_TABLE) for at in range(offset, offset + size)}
    reserved = {at for start, end in RESERVED for at in range(start, end)}
    assert covered.isdisjoint(reserved)
    assert covered | reserved | set(range(516, 1604)) == set(range(1796))


@pytest.mark.parametrize("order", [">", "<"])
@pytest.mark.parametrize("version", [1, 2, 3])
def test_cups_headers_come_back(order: str, version: int) -> None:
    header = CupsHeader(
        media_class="Office", advance_distance=3, collate=True, hw_resolution=(600, 1200),
        imaging_bounding_box=(1, 2, 3, 4), margins=(5, 6), cups_width=7, cups_height=8, cups_row_step=9,
    )  # fmt: skip
    if version > 1:
        header = dataclasses.replace(
            header, cups_num_colors=3, cups_page_size=(595.5, 841.25), cups_imaging_bbox=(1.5, 2.5, 3.5, 4.5),
            cups_integer=tuple(range(16)), cups_real=(0.5,) * 16, cups_string=bytes(range(256)) * 4,
            cups_page_size_name="A4",
        )  # fmt: skip
    data = header.pack(order, version)
    assert len(data) == (420 if version == 1 else 1796)
    assert CupsHeader.parse(data, order) == header
    assert data[372:376] == (7).to_bytes(4, "big" if order == ">" else "little")


def test_the_media_size_of_cups_headers_matches_the_c_struct(cups: kit.Cups) -> None:
    """A file by libcups' writer: the fields that it wrote, where we read them."""
    page = kit.page((ColorSpace.SRGB, 8), 11, 3, (600, 300))
    file = cups.write("v2", page, bytes(99), 5)
    header = CupsHeader.parse(file[4:1800], "<")
    assert (header.cups_width, header.cups_height, header.hw_resolution) == (11, 3, (600, 300))
    assert (header.cups_bytes_per_line, header.cups_num_colors, header.cups_integer[0]) == (33, 3, 5)


def test_typed_values() -> None:
    header = PwgHeader.parse(PwgHeader(cut_media=4, print_quality=5, orientation=2, jog=9, color_space=77).pack())
    assert header.cut_media is pwg.When.AFTER_PAGE
    assert header.print_quality is pwg.PrintQuality.HIGH
    assert header.orientation is pwg.Orientation.REVERSE_PORTRAIT
    assert type(header.jog) is int
    assert PwgHeader().problems() == []
    assert header.problems() == ["jog has the unknown value 9", "color_space has the unknown value 77"]
    bad = PwgHeader(pwg_raster="", media_position=50, cross_feed_transform=0, bits_per_color=4, vendor_length=2000)
    assert len(bad.problems()) == 5
    page = UrfHeader.parse(UrfHeader(duplex_mode=3, color_space=1).pack())
    assert page.duplex_mode is urf.DuplexMode.LONG_EDGE
    assert page.color_space is urf.UrfColorSpace.SRGB
    assert page.problems() == []
    assert len(UrfHeader(duplex_mode=9, media_type=14, bits_per_pixel=1).problems()) == 3


def test_values_that_do_not_fit() -> None:
    for header in (
        PwgHeader(media_type="x" * 64), PwgHeader(media_type="\0"), PwgHeader(width=1 << 32), PwgHeader(width=-1),
        PwgHeader(vendor_data=bytes(1089)), UrfHeader(copies=256), UrfHeader(width=-1),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=r"cannot be|longer|vendor"):
            header.pack()
    assert len(PwgHeader(vendor_data=bytes(1088)).pack()) == 1796
    assert PwgHeader.parse(PwgHeader(media_type="é" * 31).pack()).media_type == "é" * 31


def test_numbers_of_media_positions_and_back_sides() -> None:
    assert len(pwg.MEDIA_POSITIONS) == 50
    assert pwg.MEDIA_POSITIONS[20] == "tray-1"
    assert pwg.MEDIA_POSITIONS[49] == "roll-10"
    assert len(urf.MEDIA_TYPES) == 14
    assert len(urf.OUTPUT_BINS) == 44
    assert urf.OUTPUT_BINS[34] == "tray-1"
    assert pwg.SHEET_BACK["flipped", "two-sided-short-edge"] == (-1, 1)
    assert pwg.SHEET_BACK["rotated", "two-sided-long-edge"] == (-1, -1)
