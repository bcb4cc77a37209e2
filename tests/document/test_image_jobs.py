"""JPEG and PNG documents on paper: the right way up, in the right colours, as large as print-scaling says."""

from __future__ import annotations

import io
import struct
import time
import zlib
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageDraw, ImageOps

from firmware.core.ticket import Media
from tests.document.press_kit import (
    A5,
    Capabilities,
    Limits,
    MarkedSide,
    alike,
    picture,
    press,
    shifted,
    source,
    ticket,
)

DPI = 150
PRINTER = Capabilities(((DPI, DPI),), {})
BORDERED = replace(A5, left=500, top=500, right=500, bottom=500)
JPEG, PNG = "image/jpeg", "image/png"


def scene(width: int, height: int, mode: str = "RGB") -> Image.Image:
    """A picture that differs from itself however it is turned."""
    across = np.linspace(0, 255, width)[None, :].repeat(height, 0)
    down = np.linspace(255, 0, height)[:, None].repeat(width, 1)
    image = Image.fromarray(np.stack([across, down, 255 - across], axis=2).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    for step in range(12):
        box = [width * step // 14, height * step // 20, width * (step + 1) // 14, height * (step + 2) // 20]
        draw.rectangle(box, fill=(20 * step, 255 - 20 * step, 90))
    draw.ellipse([width * 0.6, height * 0.1, width * 0.9, height * 0.3], fill="red")
    return image.convert(mode)


def file(image: Image.Image, format: str = "JPEG", **more: object) -> bytes:
    out = io.BytesIO()
    image.save(out, format, **({"quality": 95} if format == "JPEG" else {}), **more)
    return out.getvalue()


def printed(data: bytes, media_type: str, media: Media = BORDERED, **asked: object) -> MarkedSide:
    result, sink, _ = press([source(data, media_type)], ticket(media, **asked), capabilities=PRINTER)
    assert result.state == "completed", result
    assert result.counters.impressions == 1
    return sink.sides[0]


def expected(image: Image.Image, media: Media = BORDERED) -> Image.Image:
    """The upright picture, fitted into the margins of the page."""
    page = Image.new("RGB", (media.width * DPI // 2540, media.height * DPI // 2540), "white")
    left, top = round(media.left * DPI / 2540), round(media.top * DPI / 2540)
    inner = (page.width - 2 * left, page.height - 2 * top)
    fitted = ImageOps.contain(image.convert("RGB"), inner, Image.Resampling.BOX)
    page.paste(fitted, ((page.width - fitted.width) // 2, (page.height - fitted.height) // 2))
    return page


def assert_shows(side: MarkedSide, page: Image.Image, colors: float = 3) -> None:
    shown = picture(side).convert("RGB")
    assert alike(shown, page, DPI) >= 0.97
    assert alike(shown, shifted(page, DPI), DPI) < 0.93
    assert alike(shown, page.transpose(Image.Transpose.ROTATE_180), DPI) < 0.93
    assert alike(shown, Image.new("RGB", page.size, "white"), DPI) < 0.93
    assert np.abs(np.asarray(shown, float) - np.asarray(page, float)).mean() <= colors


def test_a_photo_fits_the_printable_area() -> None:
    image = scene(900, 1200)
    assert_shows(printed(file(image), JPEG), expected(image))


def test_a_landscape_photo_is_turned_and_enlarged() -> None:
    image = scene(400, 300)
    assert_shows(printed(file(image), JPEG), expected(image.transpose(Image.Transpose.ROTATE_90)))


def test_a_photo_fills_borderless_media() -> None:
    image = scene(600, 600)
    shown = picture(printed(file(image), JPEG, A5))
    filled = ImageOps.fit(image, shown.size, Image.Resampling.BOX)
    assert alike(shown, filled, DPI) >= 0.97


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation(orientation: int) -> None:
    upright = scene(600, 800)
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = upright.transpose(undo[orientation]) if orientation in undo else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    assert_shows(printed(file(stored, exif=exif), JPEG), expected(upright))


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_gray_and_cmyk_jpegs(mode: str) -> None:
    image = scene(600, 800, mode)
    side = printed(file(image), JPEG)
    assert side.page.kind == ("sgray_8" if mode == "L" else "srgb_8")
    assert_shows(side, expected(image))


def test_a_progressive_jpeg_much_larger_than_the_page() -> None:
    image = scene(3000, 4000)
    assert_shows(printed(file(image, progressive=True), JPEG), expected(image))


def test_a_colour_profile_is_honoured() -> None:
    """A profile that swaps red and blue would be too good to be true; one with linear light is real enough."""
    gray = Image.new("RGB", (300, 400), (128, 128, 128))
    linear = linear_profile()
    plain = np.asarray(picture(printed(file(gray), JPEG)))[400, 400]
    profiled = np.asarray(picture(printed(file(gray, icc_profile=linear), JPEG)))[400, 400]
    assert abs(int(plain[1]) - 128) <= 2
    assert abs(int(profiled[1]) - 188) <= 3  # half the light is 188 in sRGB
    broken = picture(printed(file(gray, icc_profile=b"nonsense" * 40), JPEG))
    assert abs(int(np.asarray(broken)[400, 400][1]) - 128) <= 2


def linear_profile() -> bytes:
    """sRGB's profile with its tone curves replaced by straight ones."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    (count,) = struct.unpack_from(">I", profile, 128)
    for index in range(count):
        tag, offset, length = struct.unpack_from(">4sII", profile, 132 + 12 * index)
        if tag in (b"rTRC", b"gTRC", b"bTRC"):
            profile[offset : offset + length] = (b"curv" + bytes(8)).ljust(length, b"\0")[:length]
        if tag == b"desc":
            profile[offset + 8 : offset + length] = bytes(length - 8)
    return bytes(profile)


@pytest.mark.parametrize("mode", ["RGB", "L", "P", "1", "RGBA", "LA", "I;16"])
def test_png_colour_types(mode: str) -> None:
    image = scene(300, 400)
    if mode == "I;16":
        wide = np.asarray(image.convert("L"), np.uint16) * 257
        stored = Image.fromarray(wide)
    else:
        plain = Image.Dither.NONE
        stored = image.quantize(64, dither=plain) if mode == "P" else image.convert(mode, dither=plain)
    shown = image
    if mode == "1":
        shown = image.convert("1", dither=Image.Dither.NONE)
    elif mode in ("LA", "L", "I;16"):
        shown = image.convert("L")
    if mode == "P":
        shown = stored.convert("RGB")
    side = printed(file(stored, "PNG"), PNG)
    assert side.page.kind == ("srgb_8" if mode in ("RGB", "P", "RGBA") else "sgray_8")
    assert_shows(side, expected(shown), colors=6 if mode == "1" else 3)


def test_transparency_is_white_paper() -> None:
    image = scene(300, 400)
    alpha = Image.new("L", image.size, 0)
    ImageDraw.Draw(alpha).ellipse([50, 50, 250, 350], fill=255)
    image.putalpha(alpha)
    white = Image.new("RGB", image.size, "white")
    white.paste(image, mask=alpha)
    assert_shows(printed(file(image, "PNG"), PNG), expected(white))
    palette = Image.new("P", (30, 40), 0)
    palette.putpalette([255, 0, 0, 0, 0, 255])
    palette.info["transparency"] = 0
    shown = np.asarray(picture(printed(file(palette, "PNG", transparency=0), PNG)).convert("RGB"))
    assert shown.min() == 255


def test_16_bit_colour_keeps_its_high_octets() -> None:
    rows = np.zeros((40, 30, 3), ">u2")
    rows[:, :, 0] = 0xFF00
    rows[:, :, 1] = 0x80FF
    scanlines = b"".join(b"\0" + row.tobytes() for row in rows)
    side = printed(png(30, 40, zlib.compress(scanlines), depth=16), PNG)
    assert np.abs(np.asarray(picture(side), int)[600, 400] - (255, 128, 0)).max() <= 1


def png(width: int, height: int, data: bytes, depth: int = 8) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", width, height, depth, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def test_no_scaling_prints_at_the_density_that_the_image_claims() -> None:
    image = Image.new("RGB", (254, 508), "black")

    def extent(data: bytes) -> tuple[int, int]:
        dark = np.asarray(picture(printed(data, JPEG, scaling="none")).convert("L")) < 128
        return int(dark.any(axis=0).sum()), int(dark.any(axis=1).sum())

    assert extent(file(image, dpi=(254, 254))) == (150, 300)  # one inch by two
    assert extent(file(image)) == (254, 508)  # none claimed: a pixel of the image is one of the page
    assert extent(file(image, dpi=(1, 1))) == (254, 508)


def test_monochrome_and_copies() -> None:
    one = source(file(scene(300, 400)), JPEG)
    result, sink, _ = press([one], ticket(BORDERED, copies=2, color_mode="monochrome"), capabilities=PRINTER)
    assert (result.counters.impressions, result.counters.color) == (2, 0)
    assert sink.sides[0].pixels == sink.sides[1].pixels
    assert sink.sides[0].page.kind == "sgray_8"


# Broken and hostile


def failed(data: bytes, media_type: str, limits: Limits | None = None) -> tuple[str, str]:
    result, sink, _ = press([source(data, media_type)], ticket(A5), limits=limits or Limits())
    assert result.state == "aborted"
    assert sink.sides == []
    return result.reasons[1], result.message


def test_images_that_are_none() -> None:
    for media_type in (JPEG, PNG):
        for data in (b"", b"GIF89a" + bytes(100), bytes(1000)):
            assert failed(data, media_type)[0] == "document-format-error"
    assert failed(file(scene(30, 40), "PNG"), JPEG)[0] == "document-format-error"
    assert failed(file(scene(30, 40), "TIFF"), PNG)[0] == "document-format-error"


def test_a_truncated_jpeg_and_a_truncated_png() -> None:
    jpeg, whole = file(scene(600, 800)), file(scene(600, 800), "PNG")
    for share in (0.1, 0.5, 0.95):
        assert failed(jpeg[: int(len(jpeg) * share)], JPEG)[0] == "document-format-error"
        assert failed(whole[: int(len(whole) * share)], PNG)[0] == "document-format-error"


def test_a_damaged_png() -> None:
    whole = bytearray(file(scene(600, 800), "PNG"))
    whole[len(whole) // 2 : len(whole) // 2 + 50] = bytes(50)
    assert failed(bytes(whole), PNG)[0] == "document-format-error"


def test_giant_dimensions_are_refused_at_once() -> None:
    started = time.monotonic()
    for width, height in ((100_000, 100_000), (2**31 - 1, 2**31 - 1), (1, 2**31 - 1), (60_000, 60_000)):
        reason, message = failed(png(width, height, zlib.compress(bytes(1000))), PNG)
        assert reason == "document-unprintable-error", message
        assert f"{width} by {height} pixels" in message
    assert time.monotonic() - started < 10


def test_a_png_bomb_within_the_pixel_limit_costs_only_the_renderer() -> None:
    """15,000 × 15,000 pixels of nothing in 800 kB: 675 MB once decoded, more than this renderer may have."""
    rows = zlib.compressobj(9)
    line = b"\0" + bytes(45_000)
    data = b"".join(rows.compress(line * 100) for _ in range(150)) + rows.flush()
    limits = Limits(renderer_memory=400 << 20)
    reason, _ = failed(png(15_000, 15_000, data), PNG, limits)
    assert reason == "document-unprintable-error"


def test_a_text_chunk_bomb() -> None:
    whole = file(scene(30, 40), "PNG")
    text = b"Comment\0\0" + zlib.compress(bytes(50_000_000), 9)
    chunk = struct.pack(">I", len(text)) + b"zTXt" + text + struct.pack(">I", zlib.crc32(b"zTXt" + text))
    result, _, _ = press([source(whole[:33] + chunk + whole[33:], PNG)], ticket(A5))
    assert result.state == "completed" or result.reasons[1] == "document-format-error"
