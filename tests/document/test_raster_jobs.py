"""Raster jobs from end to end: what comes out is what went in, on the sheets that the ticket asks for."""

from __future__ import annotations

import gzip
import threading
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from firmware.core.ticket import Override
from firmware.document.pipeline import run
from raster_ext import ColorSpace, Converter, Page, UrfHeader, UrfWriter
from raster_ext.urf import DuplexMode
from tests.document.press_kit import (
    A4,
    A5,
    A6,
    BLACK,
    LETTER,
    SGRAY,
    SRGB,
    Capabilities,
    DocumentSource,
    MemorySink,
    Recorder,
    Spooled,
    alike,
    drawing,
    picture,
    press,
    press_job,
    pwg,
    raster_page,
    simple_pwg,
    source,
    ticket,
)

LONG = "two-sided-long-edge"
PWG = "image/pwg-raster"


def marked(sink: MemorySink) -> list[bytes]:
    return [bytes(side.pixels) for side in sink.sides]


@pytest.mark.parametrize("kind", [SRGB, SGRAY, BLACK])
def test_a_page_of_the_media_s_size_comes_out_bit_for_bit(kind: tuple[ColorSpace, int, int], tmp_path: Path) -> None:
    data, pixels = simple_pwg(3, kind=kind)
    result, sink, progress = press([source(data, PWG, tmp_path)], ticket())
    assert (result.state, result.reasons) == ("completed", ("job-completed-successfully",))
    assert marked(sink) == pixels
    counters = result.counters
    assert (counters.impressions, counters.sheets, counters.pages, counters.blank) == (3, 3, 3, 0)
    assert counters.color == (3 if kind is SRGB else 0)
    assert progress.events[0] == ("marking",)
    assert progress.count("marking") == 1
    assert progress.taken == {1: len(data)}


def test_progress_tells_impressions_pages_and_sheets_in_order() -> None:
    data, _ = simple_pwg(3, kind=SGRAY)
    _, _, progress = press([source(data, PWG)], ticket(sides=LONG))
    assert progress.events == [
        ("marking",),
        ("impression", 1, False, False, False),
        ("page", 1, 1),
        ("impression", 1, True, False, False),
        ("page", 1, 2),
        ("sheet", 1, True),
        ("impression", 2, False, False, False),
        ("page", 1, 3),
        ("sheet", 2, False),
    ]


def test_apple_raster() -> None:
    page, out = raster_page(SRGB), bytearray()
    pixels = drawing(page, 1)
    with UrfWriter(out.extend) as writer:
        writer.start_page(page)
        writer.write_band(pixels)
        writer.end_page()
    for media_type in ("image/urf", "application/octet-stream", "IMAGE/URF; version=1"):
        result, sink, _ = press([source(bytes(out), media_type)], ticket())
        assert result.state == "completed"
        assert marked(sink) == [pixels]


URF_KINDS = {
    "W8": (ColorSpace.SGRAY, 8, 1),
    "W16": (ColorSpace.SGRAY, 16, 1),
    "SRGB24": (ColorSpace.SRGB, 8, 3),
    "SRGB48": (ColorSpace.SRGB, 16, 3),
    "ADOBERGB24": (ColorSpace.ADOBE_RGB, 8, 3),
    "DEVW8": (ColorSpace.GRAY, 8, 1),
    "DEVRGB24": (ColorSpace.RGB, 8, 3),
    "DEVCMYK32": (ColorSpace.CMYK, 8, 4),
    "DEVCMYK64": (ColorSpace.CMYK, 16, 4),
}


@pytest.mark.parametrize("name", URF_KINDS)
def test_every_urf_kind_becomes_a_kind_that_the_sink_takes(name: str) -> None:
    page, out = raster_page(URF_KINDS[name], media=A5), bytearray()
    pixels = drawing(page, 1)
    with UrfWriter(out.extend) as writer:
        writer.start_page(replace(page, header=None))
        writer.write_band(pixels)
        writer.end_page()
    result, sink, _ = press([source(bytes(out), "image/urf")], ticket(A5))
    assert result.state == "completed"
    kind = "sgray_8" if page.num_colors == 1 else "srgb_8"
    assert sink.sides[0].page.kind == kind
    assert marked(sink) == [bytes(Converter(page, kind).convert(pixels))]


@pytest.mark.parametrize("compression", ["gzip", "deflate", "raw deflate"])
def test_compressed_documents(compression: str) -> None:
    data, pixels = simple_pwg(2)
    packer = zlib.compressobj(wbits=-15)
    packed = {
        "gzip": gzip.compress(data),
        "deflate": zlib.compress(data),
        "raw deflate": packer.compress(data) + packer.flush(),
    }[compression]
    one = source(packed, PWG, compression=compression.split()[-1])
    result, sink, progress = press([one], ticket(copies=2))
    assert result.state == "completed"
    assert marked(sink) == pixels * 2
    assert progress.taken == {1: len(packed)}


@pytest.mark.parametrize("spooled", [True, False])
def test_collated_and_uncollated_copies(spooled: bool, tmp_path: Path) -> None:
    data, (a, b, c) = simple_pwg(3, kind=SGRAY)
    folder = tmp_path if spooled else None
    _, collated, _ = press([source(data, PWG, folder)], ticket(copies=3))
    assert marked(collated) == [a, b, c] * 3
    result, uncollated, _ = press([source(data, PWG, folder)], ticket(copies=2, collated=False, sides=LONG))
    assert marked(uncollated) == [a, b, a, b, c, c]
    assert (result.counters.sheets, result.counters.pages) == (4, 6)
    assert [side.side.copy for side in uncollated.sides] == [1, 1, 2, 2, 1, 2]


def test_page_ranges_stop_reading_early() -> None:
    data, pixels = simple_pwg(9)
    result, sink, progress = press([source(data, PWG)], ticket(page_ranges=((2, 3),)))
    assert marked(sink) == pixels[1:3]
    assert progress.taken[1] < len(data) * 0.6
    assert [side.side.content for side in sink.sides] == [((1, 2),), ((1, 3),)]
    assert result.counters.pages == 2


def test_the_header_s_copies_yield_to_the_ticket_s() -> None:
    page = raster_page(SGRAY, num_copies=7, total_page_count=99)
    _, sink, _ = press([source(pwg([(page, drawing(page, 1))]), PWG)], ticket())
    assert len(sink.sides) == 1


def test_octets_are_given_up_only_when_nobody_goes_back_to_them(tmp_path: Path) -> None:
    """A rim with little disk frees what is consumed: the press must not come back for it."""
    data, _ = simple_pwg(3, media=A5)
    one, packed = source(data, PWG, tmp_path), source(gzip.compress(data), PWG, tmp_path, 2, compression="gzip")
    assert press([one], ticket(A5))[2].taken == {1: len(data)}
    assert press([source(data, PWG, tmp_path)], ticket(A5, copies=2))[2].taken == {}
    assert press([source(data, PWG, tmp_path)], ticket(A5, number_up=2))[2].taken == {}
    assert press([packed], ticket(A5, copies=2))[2].taken == {2: len(gzip.compress(data))}
    assert press([source(b"text", "text/plain", tmp_path)], ticket(A5))[2].taken == {}


def test_several_documents_share_a_job() -> None:
    first, one = simple_pwg(1)
    second, two = simple_pwg(2, kind=SGRAY)
    documents = [source(first, PWG), source(second, PWG, number=2)]
    result, sink, _ = press(documents, ticket(sides=LONG, copies=2))
    assert marked(sink) == (one + two) * 2
    assert [side.side.content[0][0] for side in sink.sides] == [1, 2, 2] * 2
    assert result.counters.sheets == 4


def test_a_page_is_marked_while_the_next_is_still_on_its_way() -> None:
    data, pixels = simple_pwg(2)
    half = len(data) // 2 + 5000
    arrived, looked = threading.Event(), threading.Event()

    class Slow(Spooled):
        def read(self, size: int, /) -> bytes:
            if self.at >= half:
                looked.set()
                assert arrived.wait(10)
            return super().read(min(size, half - self.at) if self.at < half else size)

    sink, progress = MemorySink(), Recorder()
    job = press_job([DocumentSource(1, PWG, Slow(data))], ticket())
    thread = threading.Thread(target=run, args=(job, sink, progress))
    thread.start()
    assert looked.wait(10)
    assert progress.count("impression") == 1
    assert marked(sink) == pixels[:1]
    arrived.set()
    thread.join()
    assert marked(sink) == pixels


# Backs: writers transform them for the paper path; a person who turns the sheet over must see them upright.


@pytest.mark.parametrize("kind", [SRGB, SGRAY, BLACK])
@pytest.mark.parametrize(("across", "down"), [(1, 1), (-1, 1), (1, -1), (-1, -1)])
def test_back_sides_are_made_upright(kind: tuple[ColorSpace, int, int], across: int, down: int) -> None:
    front = raster_page(kind)
    back = raster_page(kind, cross_feed_transform=across, feed_transform=down)
    upright = drawing(front, 2)
    image = _image(front, upright)
    if across == -1:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    if down == -1:
        image = image.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    data = pwg([(front, drawing(front, 1)), (back, _pixels(image))])
    result, sink, _ = press([source(data, PWG)], ticket(sides=LONG))
    assert result.state == "completed"
    assert sink.sides[1].side.back
    shown = np.asarray(picture(sink.sides[1]).convert("RGB"))
    assert np.array_equal(shown, np.asarray(_image(front, upright).convert("RGB")))


@pytest.mark.parametrize("mode", ["short", "long"])
@pytest.mark.parametrize("sheet_back", ["normal", "flipped", "rotated", "manual-tumble"])
def test_back_sides_of_apple_raster_come_as_its_dm_code_asks(sheet_back: str, mode: str) -> None:
    page, out = raster_page(SRGB, A5), bytearray()
    duplex = {"short": DuplexMode.SHORT_EDGE, "long": DuplexMode.LONG_EDGE}[mode]
    header = replace(UrfHeader.for_page(replace(page, header=None)), duplex_mode=duplex)
    pages = [_image(page, drawing(page, number)) for number in (1, 2, 3)]
    flips = {
        ("flipped", "long"): Image.Transpose.FLIP_TOP_BOTTOM,
        ("flipped", "short"): Image.Transpose.FLIP_LEFT_RIGHT,
        ("rotated", "long"): Image.Transpose.ROTATE_180,
        ("manual-tumble", "short"): Image.Transpose.ROTATE_180,
    }
    with UrfWriter(out.extend) as writer:
        for number, image in enumerate(pages, 1):
            writer.start_page(replace(page, header=header), header)
            flip = flips.get((sheet_back, mode))
            writer.write_band(_pixels(image.transpose(flip) if flip is not None and number == 2 else image))
            writer.end_page()
    capabilities = Capabilities(((100, 100),), {}, sheet_back=sheet_back)
    asked = ticket(A5, sides=f"two-sided-{mode}-edge")
    _, sink, _ = press([source(bytes(out), "image/urf")], asked, capabilities=capabilities)
    for side, image in zip(sink.sides, pages, strict=True):
        assert np.array_equal(np.asarray(picture(side)), np.asarray(image))


def _image(page: Page, pixels: bytes) -> Image.Image:
    size = (page.width, page.height)
    if page.bits_per_color == 1:
        return Image.frombytes("1", size, pixels, "raw", "1;I")
    return Image.frombytes("RGB" if page.num_colors == 3 else "L", size, pixels)


def _pixels(image: Image.Image) -> bytes:
    return image.tobytes("raw", "1;I") if image.mode == "1" else image.tobytes()


# Media, resolution and kinds.


def test_a_page_of_other_media_is_fitted() -> None:
    data, (pixels,) = simple_pwg(1, media=LETTER)
    bordered = replace(A4, left=500, top=500, right=500, bottom=500)
    _, sink, _ = press([source(data, PWG)], ticket(bordered))
    side = sink.sides[0]
    assert (side.page.width, side.page.height) == (826, 1169)
    letter = Image.frombytes("RGB", (850, 1100), pixels)
    expected = Image.new("RGB", (826, 1169), "white")
    box = (20, 75, 807, 1094)
    expected.paste(letter.resize((box[2] - box[0], box[3] - box[1]), Image.Resampling.LANCZOS), box[:2])
    assert np.abs(np.asarray(expected, int) - np.asarray(picture(side), int)).max() <= 3


def test_none_crops_a_larger_page_around_its_middle() -> None:
    data, (pixels,) = simple_pwg(1, media=A4, kind=SGRAY)
    _, sink, _ = press([source(data, PWG)], ticket(A5, scaling="none"))
    shown = np.asarray(picture(sink.sides[0]))
    whole = np.frombuffer(pixels, np.uint8).reshape(1169, 826)
    left, top = (826 - 582) // 2, (1169 - 826) // 2 + 1
    assert np.array_equal(shown, whole[top : top + 826, left : left + 582])


def test_a_smaller_page_lies_in_the_middle_on_white() -> None:
    data, (pixels,) = simple_pwg(1, media=A5, kind=SGRAY)
    _, sink, _ = press([source(data, PWG)], ticket(A4))
    shown = np.asarray(picture(sink.sides[0]))
    left, top = (826 - 582) // 2, (1169 - 826) // 2
    whole = np.frombuffer(pixels, np.uint8).reshape(826, 582)
    assert np.array_equal(shown[top : top + 826, left : left + 582], whole)
    outside = shown.copy()
    outside[top : top + 826, left : left + 582] = 255
    assert outside.min() == 255


def test_a_landscape_raster_is_turned_onto_portrait_media() -> None:
    wide = replace(A4, width=A4.height, height=A4.width)
    data, (pixels,) = simple_pwg(1, media=wide)
    _, sink, _ = press([source(data, PWG)], ticket())
    expected = Image.frombytes("RGB", (1169, 826), pixels).transpose(Image.Transpose.ROTATE_90)
    assert np.array_equal(np.asarray(picture(sink.sides[0])), np.asarray(expected))


def test_some_pixels_too_many_are_cropped_and_missing_ones_are_white() -> None:
    page = raster_page(SGRAY, size=(830, 1160))
    pixels = drawing(page, 3)
    _, sink, _ = press([source(pwg([(page, pixels)]), PWG)], ticket())
    shown = np.asarray(picture(sink.sides[0]))
    whole = np.frombuffer(pixels, np.uint8).reshape(1160, 830)
    assert np.array_equal(shown[4:1164], whole[:, 2:828])
    assert shown[:4].min() == shown[1164:].min() == 255


def test_the_resolution_asked_for_wins_over_the_document_s() -> None:
    data, (pixels,) = simple_pwg(1, kind=SGRAY)
    _, sink, _ = press([source(data, PWG)], ticket(resolution=(300, 300)))
    page = sink.sides[0].page
    assert (page.resolution, page.width, page.height) == ((300, 300), 2480, 3507)
    small = Image.frombytes("L", (826, 1169), pixels)
    expected = Image.new("L", (page.width, page.height), 255)
    expected.paste(small.resize((2478, 3507), Image.Resampling.LANCZOS), (1, 0))
    got = np.asarray(picture(sink.sides[0]), int)
    assert np.abs(got - np.asarray(expected, int)).max() <= 3


def test_a_resolution_that_the_printer_does_not_have_is_scaled_to_the_quality_s() -> None:
    data, _ = simple_pwg(1, dpi=150)
    capabilities = Capabilities(((300, 300), (600, 600)), {4: (300, 300)})
    _, sink, _ = press([source(data, PWG)], ticket(), capabilities=capabilities)
    assert sink.sides[0].page.resolution == (300, 300)


KINDS = {
    "cmyk_8": (ColorSpace.CMYK, 8, 4),
    "srgb_16": (ColorSpace.SRGB, 16, 3),
    "adobe-rgb_8": (ColorSpace.ADOBE_RGB, 8, 3),
    "rgb_8": (ColorSpace.RGB, 8, 3),
    "black_8": (ColorSpace.BLACK, 8, 1),
    "black_16": (ColorSpace.BLACK, 16, 1),
    "sgray_1": (ColorSpace.SGRAY, 1, 1),
    "sgray_16": (ColorSpace.SGRAY, 16, 1),
    "device1_8": (ColorSpace.DEVICE1, 8, 1),
    "device3_16": (ColorSpace.DEVICE3, 16, 3),
    "device4_8": (ColorSpace.DEVICE4, 8, 4),
    "device15_8": (ColorSpace.DEVICE15, 8, 15),
}


@pytest.mark.parametrize("name", KINDS)
def test_every_raster_type_becomes_a_kind_that_the_sink_takes(name: str) -> None:
    page = raster_page(KINDS[name], media=A5)
    assert page.kind == name
    pixels = drawing(page, 1)
    data = pwg([(page, pixels)])
    result, sink, _ = press([source(data, PWG)], ticket(A5))
    assert result.state == "completed"
    rich = {"sgray_1": "black_1"}.get(name, "sgray_8" if page.num_colors == 1 else "srgb_8")
    assert sink.sides[0].page.kind == rich
    assert marked(sink) == [bytes(Converter(page, rich).convert(pixels))]


@pytest.mark.parametrize(
    ("mode", "color", "kind"),
    [
        ("auto", True, "srgb_8"),
        ("color", True, "srgb_8"),
        ("auto", False, "sgray_8"),
        ("color", False, "sgray_8"),
        ("monochrome", True, "sgray_8"),
        ("auto-monochrome", True, "sgray_8"),
        ("process-monochrome", True, "sgray_8"),
        ("bi-level", True, "black_1"),
        ("process-bi-level", True, "black_1"),
    ],
)
def test_print_color_mode(mode: str, color: bool, kind: str) -> None:
    page = raster_page(SRGB, media=A5)
    pixels = drawing(page, 1)
    capabilities = Capabilities(((100, 100),), {}, color)
    data = pwg([(page, pixels)])
    result, sink, _ = press([source(data, PWG)], ticket(A5, color_mode=mode), capabilities=capabilities)
    assert sink.sides[0].page.kind == kind
    assert result.counters.color == (kind == "srgb_8")
    gray = bytes(Converter(page, "sgray_8").convert(pixels))
    if kind == "sgray_8":
        assert marked(sink) == [gray]
    elif kind == "black_1":
        dark = np.frombuffer(gray, np.uint8).reshape(page.height, page.width) < 128
        assert marked(sink) == [np.packbits(dark, axis=1).tobytes()]


def test_a_sink_gets_only_kinds_that_it_takes() -> None:
    data, _ = simple_pwg(1, media=A5)
    for kinds in [("black_1",), ("sgray_8",), ("srgb_8",), ("sgray_8", "black_1")]:
        result, sink, _ = press([source(data, PWG)], ticket(A5), sink=MemorySink(kinds))
        assert result.state == "completed"
        assert sink.sides[0].page.kind == kinds[0]
    gray, pixels = simple_pwg(1, media=A5, kind=SGRAY)
    _, sink, _ = press([source(gray, PWG)], ticket(A5), sink=MemorySink(("srgb_8",)))
    assert marked(sink) == [bytes(np.repeat(np.frombuffer(pixels[0], np.uint8), 3))]


def test_monochrome_stays_monochrome_on_a_sink_that_takes_only_colour() -> None:
    data, _ = simple_pwg(1, media=A5)
    result, sink, _ = press([source(data, PWG)], ticket(A5, color_mode="monochrome"), sink=MemorySink(("srgb_8",)))
    assert sink.sides[0].page.kind == "srgb_8"
    assert result.counters.color == 0
    shown = np.frombuffer(sink.sides[0].pixels, np.uint8).reshape(-1, 3)
    assert (shown[:, 0] == shown[:, 1]).all()
    assert len(np.unique(shown)) > 50


def test_counting_colour_and_blank_sides() -> None:
    page = raster_page(SRGB)
    white = bytes([255]) * (page.height * page.bytes_per_line)
    gray = bytearray(white)
    gray[4998:7998] = bytes([100]) * 3000
    dot = bytearray(white)
    dot[-3:] = b"\xff\xff\xfe"
    data = pwg([(page, white), (page, bytes(gray)), (page, bytes(dot))])
    result, _, progress = press([source(data, PWG)], ticket())
    assert [event[3:] for event in progress.events if event[0] == "impression"] == [
        (False, True),
        (False, False),
        (True, False),
    ]
    assert (result.counters.blank, result.counters.color) == (1, 1)


def test_an_override_changes_one_page_s_media_and_colour() -> None:
    data, pixels = simple_pwg(3, media=A5)
    change = Override(((2, 2),), (), (), (("media", A4), ("color_mode", "monochrome")))
    _, sink, _ = press([source(data, PWG)], ticket(A5, sides=LONG, overrides=(change,)))
    assert [(s.side.sheet, s.side.back, s.side.media.name, s.page.kind) for s in sink.sides] == [
        (1, False, A5.name, "srgb_8"),
        (2, False, A4.name, "sgray_8"),
        (3, False, A5.name, "srgb_8"),
    ]
    assert marked(sink)[0] == pixels[0]


def test_a_raster_may_choose_its_media_when_the_job_names_none() -> None:
    data, pixels = simple_pwg(1, media=LETTER)
    capabilities = Capabilities(((100, 100),), {}, media=(A4, LETTER))
    free = {"media_asked": False, "capabilities": capabilities}
    _, sink, _ = press([source(data, PWG)], ticket(A4), **free)
    assert sink.sides[0].side.media == LETTER
    assert marked(sink) == pixels
    _, sink, _ = press([source(data, PWG)], ticket(A4), capabilities=capabilities)
    assert sink.sides[0].side.media == A4


# number-up


@pytest.mark.parametrize("spooled", [True, False])
def test_four_pages_on_a_side(spooled: bool, tmp_path: Path) -> None:
    data, pixels = simple_pwg(6, media=A5, kind=SGRAY, dpi=300)
    one = source(data, PWG, tmp_path if spooled else None)
    result, sink, _ = press([one], ticket(A5, number_up=4, copies=2))
    assert (result.counters.impressions, result.counters.pages) == (4, 12)
    assert [side.side.content for side in sink.sides[:2]] == [((1, 1), (1, 2), (1, 3), (1, 4)), ((1, 5), (1, 6))]
    assert marked(sink)[:2] == marked(sink)[2:]
    side = picture(sink.sides[0])
    for index in range(4):
        left, top = index % 2 * 874, index // 2 * 1240
        part = side.crop((left, top, left + 874, top + 1240))
        assert_only(part, [Image.frombytes("L", (1748, 2480), data) for data in pixels], index)


def assert_only(part: Image.Image, pages: list[Image.Image], index: int) -> None:
    """A part of a side shows this page, and none of the others."""
    fitted = [ImageOps.pad(page, part.size, Image.Resampling.BOX, color=255) for page in pages]
    likeness = [alike(part, page, 300) for page in fitted]
    assert likeness[index] > 0.97
    assert all(value < 0.9 for other, value in enumerate(likeness) if other != index)


def test_two_pages_on_a_side_are_turned() -> None:
    data, pixels = simple_pwg(2, media=A5, kind=SGRAY, dpi=300)
    _, sink, _ = press([source(data, PWG)], ticket(A5, number_up=2))
    side = picture(sink.sides[0]).transpose(Image.Transpose.ROTATE_270)
    assert side.size == (2480, 1748)
    for index in range(2):
        half = side.crop((index * 1240, 0, index * 1240 + 1240, 1748))
        assert_only(half, [Image.frombytes("L", (1748, 2480), data) for data in pixels], index)


def test_pages_of_different_kinds_share_a_side() -> None:
    color, gray = raster_page(SRGB), raster_page(SGRAY)
    data = pwg([(color, drawing(color, 1)), (gray, drawing(gray, 2)), (gray, drawing(gray, 3))])
    bilevel = Override(((3, 3),), (), (), (("color_mode", "bi-level"),))
    _, sink, _ = press([source(data, PWG)], ticket(number_up=4, overrides=(bilevel,)))
    side = sink.sides[0]
    assert side.page.kind == "srgb_8"
    shown = np.asarray(picture(side))
    assert set(np.unique(shown[600:1150, 20:400])) == {0, 255}
    assert len(np.unique(shown[20:570, 430:800])) > 50


def test_content_and_quality_choose_the_halftone() -> None:
    """On an engine of ink or none: four ways to make the same gray, about as dark as each other."""
    page = raster_page(SGRAY, A6)
    gray = bytes([160]) * (page.height * page.bytes_per_line)
    found = {}
    for content, quality in (("auto", 4), ("photo", 4), ("graphic", 4), ("photo", 5)):
        asked = ticket(A6, content=content, quality=quality)
        _, sink, _ = press([source(pwg([(page, gray)]), PWG)], asked, sink=MemorySink(("black_1",)))
        (side,) = sink.sides
        found[content, quality] = bytes(side.pixels)
    assert len(set(found.values())) == 4
    for pixels in found.values():
        ink = int.from_bytes(pixels, "big").bit_count() / (page.width * page.height)
        assert ink == pytest.approx(1 - 160 / 255, abs=0.02)
