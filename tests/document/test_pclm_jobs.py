"""PCLm on paper: strip by strip as phones send it, from other people's writers, and files that are meant to hurt."""

from __future__ import annotations

import os
import random
import resource
import subprocess
import threading
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from firmware.document.job import DocumentSource
from firmware.document.pipeline import run
from firmware.document.stages import is_a, sniff
from tests.document.pclm_kit import HEADER, pclm
from tests.document.pdf_kit import document
from tests.document.press_kit import (
    A4,
    A5,
    Capabilities,
    Limits,
    MarkedSide,
    MemorySink,
    Recorder,
    Spooled,
    alike,
    drawing,
    picture,
    poppler,
    press,
    press_job,
    raster_page,
    shifted,
    source,
    ticket,
)
from tests.document.press_kit import SGRAY as GRAY
from tests.document.press_kit import SRGB as RGB

PCLM = "application/PCLm"
LONG, SHORT = "two-sided-long-edge", "two-sided-short-edge"


def pages(count: int, kind: object = RGB) -> list[Image.Image]:
    page = raster_page(kind, A5)  # type: ignore[arg-type]
    mode = "RGB" if kind is RGB else "L"
    return [Image.frombytes(mode, (page.width, page.height), drawing(page, number)) for number in range(1, count + 1)]


def same(side: MarkedSide, page: Image.Image) -> bool:
    return np.array_equal(np.asarray(picture(side)), np.asarray(page))


# ------------------------------------------------------------------------------------------- what is sent


@pytest.mark.parametrize("strip", [1, 16, 37, 5000])
@pytest.mark.parametrize("packing", ["flate", "rle", "none"])
@pytest.mark.parametrize("kind", [RGB, GRAY])
def test_strips_of_any_height_come_out_bit_for_bit(kind: object, packing: str, strip: int) -> None:
    sent = pages(2, kind)
    result, sink, progress = press([source(pclm(sent, packing=packing, strip=strip), PCLM)], ticket(A5))
    assert (result.state, result.counters.impressions) == ("completed", 2), result.message
    assert all(same(side, page) for side, page in zip(sink.sides, sent, strict=True))
    assert not same(sink.sides[0], sent[1])
    assert progress.taken == {1: len(pclm(sent, packing=packing, strip=strip))}


@pytest.mark.parametrize("kind", [RGB, GRAY])
def test_jpeg_strips_are_what_poppler_makes_of_them(kind: object, tmp_path: Path) -> None:
    data = pclm(pages(2, kind), packing="jpeg", strip=64)
    result, sink, _ = press([source(data, PCLM)], ticket(A5))
    assert result.state == "completed", result.message
    compare(sink, extracted(data, tmp_path))


def extracted(data: bytes, folder: Path) -> list[Image.Image]:
    """Both pages as Poppler takes their strips out of the PDF that the file is as well."""
    file = folder / "strips.pdf"
    file.write_bytes(data)
    found = []
    for number in ("1", "2"):
        subprocess.run(["pdfimages", "-png", "-f", number, "-l", number, file, folder / f"strip-{number}"], check=True)
        strips = [Image.open(path) for path in sorted(folder.glob(f"strip-{number}-*.png"))]
        page = Image.new(strips[0].mode, (strips[0].width, sum(strip.height for strip in strips)))
        top = 0
        for strip in strips:
            page.paste(strip, (0, top))
            top += strip.height
        found.append(page)
    return found


def compare(sink: MemorySink, references: list[Image.Image]) -> None:
    """Each side is its reference; the other page, a moved one, one upside down and a blank one are not."""
    assert len(sink.sides) == len(references) == 2
    for index, (side, reference) in enumerate(zip(sink.sides, references, strict=True)):
        other = references[1 - index]
        moved, turned = shifted(reference, 25, 1.1), reference.transpose(Image.Transpose.ROTATE_180)
        assert apart(side, reference) <= 1
        for wrong in (other, moved, turned, Image.new(reference.mode, reference.size, "white")):
            assert apart(side, wrong) > 100


def apart(side: MarkedSide, reference: Image.Image) -> int:
    """The largest difference of two samples; a page that is a pixel larger than the media lost one at either side."""
    shown = np.asarray(picture(side), int)
    page = np.asarray(reference.convert(picture(side).mode), int)
    height, width = shown.shape[:2]
    down, across = page.shape[0] - height, page.shape[1] - width
    return min(
        int(np.abs(shown - page[top : top + height, left : left + width]).max())
        for top in range(down + 1)
        for left in range(across + 1)
    )


def test_what_phones_write_besides() -> None:
    """Comments, boxes in whole points, white strips without octets, a mark between strips; other media types."""
    page = Image.new("RGB", raster_size(), "white")
    page.paste((200, 30, 60), (40, 300, 200, 420))
    data = pclm([page], comments=True, white_strips=True, strip=20)
    assert data.count(b"/Name /WhiteStrip") > 20
    assert sniff(data[:1024]) == PCLM
    for media_type in (PCLM, "application/octet-stream", "APPLICATION/pclm; version=1"):
        result, sink, _ = press([source(data, media_type)], ticket(A5))
        assert result.state == "completed", result.message
        assert same(sink.sides[0], page)
        assert not same(sink.sides[0], page.transpose(Image.Transpose.FLIP_TOP_BOTTOM))


def raster_size() -> tuple[int, int]:
    page = raster_page(RGB, A5)
    return page.width, page.height


def test_a_pclm_is_a_pdf_too() -> None:
    sent = pages(1)
    data = pclm(sent)
    assert is_a(data[:1024], PCLM)
    assert is_a(data[:1024], "application/pdf")
    assert not is_a(b"%PDF-1.7\n1 0 obj", PCLM)
    assert not is_a(data[:1024], "image/urf")
    result, sink, _ = press([source(data, "application/pdf")], ticket(A5))
    assert result.state == "completed", result.message
    assert alike(picture(sink.sides[0]).resize(sent[0].size), sent[0], 100) > 0.9


def test_white_and_gray_strips_on_a_page_in_colour() -> None:
    sent = pages(1)[0]
    data = pclm([sent], strip=100)
    gray = sent.crop((0, 400, sent.width, 500)).convert("L")
    old = zlib.compress(sent.crop((0, 400, sent.width, 500)).tobytes())
    new = zlib.compress(gray.tobytes())
    at = data.index(old)
    head = data.rindex(b"/Width", 0, at)
    told = data[head:at].replace(b"DeviceRGB", b"DeviceGray").replace(b"%d" % len(old), b"%d" % len(new))
    result, sink, _ = press([source(data[:head] + told + new + data[at + len(old) :], PCLM)], ticket(A5))
    assert result.state == "completed", result.message
    expected = sent.copy()
    expected.paste(gray.convert("RGB"), (0, 400))
    assert same(sink.sides[0], expected)


def test_missing_lines_are_white_and_those_behind_the_page_are_dropped() -> None:
    sent = pages(1)[0]
    short = f"0.72 0 0 0.72 0 0 cm q {sent.width} 0 0 16 0 {sent.height - 16} cm /Image0 Do Q"
    lines = sent.height - 200
    more = short + f" q {sent.width} 0 0 {lines - 16} 0 0 cm /Image1 Do Q"
    result, sink, _ = press([source(pclm([sent], content=more), PCLM)], ticket(A5, scaling="none"))
    assert result.state == "completed", result.message
    shown = np.asarray(picture(sink.sides[0]))
    top = int(np.argmax((shown != 255).any(axis=(1, 2))))
    assert np.array_equal(shown[top : top + 50], np.asarray(sent)[_first(sent) : _first(sent) + 50])
    cut = pclm([sent])
    end = cut.rindex(b"/Width")
    cut = cut[: cut.rindex(b"endobj", 0, end) + 7] + b"xref\n"
    result, sink, _ = press([source(cut, PCLM)], ticket(A5))
    assert result.state == "completed", result.message
    expected = np.asarray(sent).copy()
    expected[-(sent.height % 16 or 16) :] = 255
    assert np.array_equal(np.asarray(picture(sink.sides[0])), expected)


def _first(image: Image.Image) -> int:
    return int(np.argmax((np.asarray(image) != 255).any(axis=(1, 2))))


def test_without_a_content_stream_that_can_be_read_the_box_tells_the_size() -> None:
    sent = pages(1)[0]
    data = pclm([sent], content="nothing at all", box="[ 0 0 419.76 595.44 ]")
    result, sink, _ = press([source(data, PCLM)], ticket(A5))
    assert result.state == "completed", result.message
    assert (sink.sides[0].page.resolution, sink.sides[0].page.width) == ((100, 100), sent.width)
    assert alike(picture(sink.sides[0]), sent, 100) >= 0.97


def test_copies_and_pages_side_by_side_go_back_to_their_strips(tmp_path: Path) -> None:
    """Two pages on a side draw by turns from one decoder of JPEG strips."""
    for packing in ("rle", "jpeg"):
        data = pclm(pages(2), packing=packing, strip=200)
        result, sink, _ = press([source(data, PCLM)], ticket(A5, copies=2))
        assert result.state == "completed", result.message
        sides = [bytes(side.pixels) for side in sink.sides]
        assert sides[:2] == sides[2:]
        assert sides[0] != sides[1]
        for folder in (None, tmp_path):
            result, sink, _ = press([source(data, PCLM, folder)], ticket(A4, number_up=2))
            assert result.state == "completed", result.message
            one = [press([source(pclm([page], packing=packing, strip=200), PCLM)], ticket(A5))[1] for page in pages(2)]
            shown = picture(sink.sides[0]).convert("RGB").transpose(Image.Transpose.ROTATE_270)
            for half, alone in enumerate(one):
                part = shown.crop((half * shown.width // 2, 0, (half + 1) * shown.width // 2, shown.height))
                assert alike(part.resize((582, 827)), picture(alone.sides[0]).resize((582, 827)), 100, 4) > 0.8


@pytest.mark.parametrize("sides", [LONG, SHORT, "one-sided"])
@pytest.mark.parametrize("back", ["normal", "flipped", "rotated", "manual-tumble"])
def test_back_sides_come_as_pclm_raster_back_side_asks(back: str, sides: str) -> None:
    """manual-tumble is no value of it: told as normal, taken as normal."""
    upright = pages(3)
    flips = {
        ("flipped", LONG): Image.Transpose.FLIP_TOP_BOTTOM,
        ("flipped", SHORT): Image.Transpose.FLIP_LEFT_RIGHT,
        ("rotated", LONG): Image.Transpose.ROTATE_180,
    }
    flip = flips.get((back, sides))
    sent = [upright[0], upright[1] if flip is None else upright[1].transpose(flip), upright[2]]
    _, sink, _ = press(
        [source(pclm(sent), PCLM)],
        ticket(A5, sides=sides),
        capabilities=Capabilities(((100, 100),), {}, sheet_back=back),
    )
    assert [same(side, page) for side, page in zip(sink.sides, upright, strict=True)] == [True] * 3
    assert flip is None or not same(sink.sides[1], sent[1])


def test_a_page_is_marked_while_the_next_is_still_on_its_way() -> None:
    sent = pages(2)
    data = pclm(sent, packing="none")
    half = len(data) // 2 + 200_000
    arrived, looked = threading.Event(), threading.Event()

    class Slow(Spooled):
        def read(self, size: int, /) -> bytes:
            if self.at >= half:
                looked.set()
                assert arrived.wait(10)
            return super().read(min(size, half - self.at) if self.at < half else size)

    sink, progress = MemorySink(), Recorder()
    thread = threading.Thread(
        target=run, args=(press_job([DocumentSource(1, PCLM, Slow(data))], ticket(A5)), sink, progress)
    )
    thread.start()
    assert looked.wait(10)
    assert progress.count("impression") == 1
    assert same(sink.sides[0], sent[0])
    arrived.set()
    thread.join()
    assert same(sink.sides[1], sent[1])


# ---------------------------------------------------------------------------------- other people's writers


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PDF of two pages, as its reference and for the writers."""
    file = tmp_path_factory.mktemp("pclm") / "paper.pdf"
    file.write_bytes(document(2))
    return file


DPI = 150


def by_ghostscript(paper: Path, *more: str) -> bytes:
    target = paper.with_suffix(".gs")
    subprocess.run(["gs", "-q", "-dSAFER", f"-r{DPI}", "-o", target, *more, paper], check=True, capture_output=True)
    return target.read_bytes()


def by_mupdf(paper: Path, *more: str) -> bytes:
    target = paper.with_suffix(".mupdf")
    subprocess.run(
        ["mutool", "convert", "-F", "pclm", "-o", target, "-O", ",".join((f"resolution={DPI}", *more)), paper],
        check=True,
        capture_output=True,
    )
    return target.read_bytes()


PPD = """*PPD-Adobe: "4.3"
*FormatVersion: "4.3"
*FileVersion: "1.0"
*LanguageVersion: English
*LanguageEncoding: ISOLatin1
*PCFileName: "PCLM.PPD"
*Manufacturer: "Ink"
*Product: "(Ink)"
*ModelName: "Ink"
*ShortNickName: "Ink"
*NickName: "Ink"
*PSVersion: "(3010.000) 0"
*ColorDevice: True
*DefaultColorSpace: RGB
*LanguageLevel: "3"
*cupsBackSide: "Rotated"
*cupsFilter2: "application/vnd.cups-raster application/PCLm 0 -"
*cupsPclmStripHeightPreferred: "16"
*cupsPclmStripHeightSupported: "16,32"
*cupsPclmRasterBackSide: "rotated"
*cupsPclmSourceResolutionDefault: "150dpi"
*cupsPclmSourceResolutionSupported: "150dpi"
*cupsPclmCompressionMethodPreferred: "{method}"
*OpenUI *PageSize/Size: PickOne
*DefaultPageSize: A5
*PageSize A5: "<</PageSize[420 595]>>setpagedevice"
*CloseUI: *PageSize
*OpenUI *PageRegion/Size: PickOne
*DefaultPageRegion: A5
*PageRegion A5: "<</PageSize[420 595]>>setpagedevice"
*CloseUI: *PageRegion
*DefaultImageableArea: A5
*ImageableArea A5: "0 0 420 595"
*DefaultPaperDimension: A5
*PaperDimension A5: "420 595"
*OpenUI *ColorModel/Mode: PickOne
*DefaultColorModel: RGB
*ColorModel RGB/Color: "<</cupsColorSpace 19/cupsBitsPerColor 8/cupsColorOrder 0/cupsCompression 0>>setpagedevice"
*CloseUI: *ColorModel
*OpenUI *Duplex/Sides: PickOne
*DefaultDuplex: None
*Duplex None/Off: "<</Duplex false>>setpagedevice"
*Duplex DuplexNoTumble/Long: "<</Duplex true/Tumble false>>setpagedevice"
*CloseUI: *Duplex
*OpenUI *Resolution/Resolution: PickOne
*DefaultResolution: 150dpi
*Resolution 150dpi/150: "<</HWResolution[150 150]>>setpagedevice"
*CloseUI: *Resolution
"""


def by_cups(paper: Path, method: str) -> bytes:
    """As cups-filters' queue for a PCLm printer makes it, for both sides, the back turned."""
    ppd = paper.with_suffix(f".{method}.ppd")
    ppd.write_text(PPD.format(method=method))
    data = paper.read_bytes()
    steps = (
        ("gstoraster", "application/pdf", "application/vnd.cups-raster"),
        ("rastertopclm", "application/vnd.cups-raster", "application/PCLm"),
    )
    for step, given, wanted in steps:
        data = subprocess.run(
            [f"/usr/lib/cups/filter/{step}", "1", "ann", "paper", "1", "Duplex=DuplexNoTumble"],
            env={
                **os.environ,
                "PPD": str(ppd),
                "CONTENT_TYPE": given,
                "FINAL_CONTENT_TYPE": wanted,
                "CUPS_SERVERBIN": "/usr/lib/cups",
            },
            input=data,
            capture_output=True,
            check=True,
        ).stdout
    return data


WRITERS = {
    "ghostscript": lambda paper: by_ghostscript(paper, "-sDEVICE=pclm"),
    "ghostscript-rle": lambda paper: by_ghostscript(paper, "-sDEVICE=pclm", "-sCompression=RLE", "-dStripHeight=64"),
    "ghostscript-gray": lambda paper: by_ghostscript(paper, "-sDEVICE=pclm8"),
    "mupdf": lambda paper: by_mupdf(paper),
    "mupdf-flate": lambda paper: by_mupdf(paper, "compression=flate", "strip-height=100"),
    "cups-rle": lambda paper: by_cups(paper, "rle"),
    "cups-flate": lambda paper: by_cups(paper, "flate"),
}


@pytest.mark.parametrize("name", WRITERS)
def test_what_other_people_write(name: str, paper: Path, tmp_path: Path) -> None:
    """Compared with what somebody else makes of the same file, read as the PDF that it is as well."""
    data = WRITERS[name](paper)
    assert sniff(data[:1024]) == PCLM
    cups = name.startswith("cups")
    capabilities = Capabilities(((DPI, DPI),), {}, sheet_back="rotated")
    asked = ticket(A5, sides=LONG if cups else "one-sided")
    result, sink, _ = press([source(data, "application/octet-stream")], asked, capabilities=capabilities)
    assert result.state == "completed", result.message
    assert sink.sides[0].page.resolution == (DPI, DPI)
    references = extracted(data, tmp_path)
    if cups:
        references[1] = references[1].transpose(Image.Transpose.ROTATE_180)
    compare(sink, references)
    page = poppler(paper, 1, DPI)
    assert alike(picture(sink.sides[0]).convert("RGB"), page.crop((0, 0, *picture(sink.sides[0]).size)), DPI) > 0.8


# ------------------------------------------------------------------------------------------------- hostile


def broken(data: bytes, **limits: int) -> str:
    result, _, _ = press([source(data, PCLM)], ticket(A5), limits=Limits(**limits))
    assert result.state == "aborted"
    assert result.reasons[1] in ("document-format-error", "document-unprintable-error"), result.message
    assert "\n" not in result.message
    return result.message


SMALL = Image.linear_gradient("L").resize((40, 64))


def test_documents_that_are_none() -> None:
    good = pclm([SMALL])
    assert "no application/PCLm" in broken(b"%PDF-1.7\n1 0 obj <<>> endobj\n")
    assert "no page" in broken(HEADER)
    assert "no page" in broken(HEADER + b"xref\n")
    assert "MediaBox" in broken(good.replace(b"/MediaBox", b"/MediaFox"))
    assert "nested" in broken(HEADER + b"3 0 obj\n" + b"[" * 100_000)
    assert "too large" in broken(HEADER + b"3 0 obj\n[" + b"/a " * 2_000_000)
    assert "is no PDF" in broken(HEADER + b"3 0 obj\n(" + b"a" * 3_000_000)
    assert "is no PDF" in broken(HEADER + b"%" + b"a" * 3_000_000)
    assert "direct length" in broken(good.replace(b"/Length", b"/Lenght"))
    assert "ends too early" in broken(HEADER + b"3 0 obj\n<</Length 99999999999>>\nstream\nabc")
    large = good.replace(b"/MediaBox [ 0 0 28 46 ]", b"/MediaBox [ 0 0 900000 900000 ]")
    assert "0 by 0 dpi" in broken(large.replace(b" cm\n", b" xx\n"))


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        (b"/Width 40", b"/Width 0", "without a size"),
        (b"/Width 40", b"/Width -1", "without a size"),
        (b"/Width 40", b"/Width 99999999", "pixels"),
        (b"/Height 16", b"/Height 99999999999", "pixels"),
        (b"/Height 16", b"/Height 17", "1 lines short"),
        (b"/DeviceGray", b"/DeviceCMYK", "only DeviceRGB and DeviceGray"),
        (b"/DeviceGray", b"5 0 R", "only DeviceRGB and DeviceGray"),
        (b"/BitsPerComponent 8", b"/BitsPerComponent 16", "16 bits per color"),
        (b"/FlateDecode", b"/LZWDecode", "LZWDecode"),
        (b"/FlateDecode", b"[/FlateDecode /DCTDecode]", "more than once"),
        (b"/FlateDecode", b"/DCTDecode", "no JPEG"),
        (b"stream\nx", b"stream\nX", "damaged"),
    ],
)
def test_strips_that_lie(old: bytes, new: bytes, complaint: str) -> None:
    good = pclm([SMALL])
    assert good.count(old) >= 4
    assert complaint in broken(good.replace(old, new))
    assert press([source(good, PCLM)], ticket(A5))[0].state == "completed"


BIG = "9" * 400
"""More than a float holds."""


@pytest.mark.parametrize(
    "content",
    [
        f"40 0 0 {BIG} 0 0 cm /Image0 Do",
        f"{BIG} 0 0 16 0 0 cm /Image0 Do",
        f"40 0 0 16 0 0 cm /Image0 Do 40 0 0 {BIG} 0 0 cm /Image1 Do",
        f"{BIG} 0 0 {BIG} 0 0 cm 0 0 0 0 0 0 cm /Image0 Do",
        f"999999 0 0 999999 0 0 cm {'9' * 6} 0 0 {'9' * 6} 0 0 cm /Image0 Do",
        f"40 0 0 -{BIG} 0 0 cm /Image0 Do",
    ],
)
def test_places_beyond_all_paper_are_a_page_or_a_reason(content: str) -> None:
    result, _, _ = press([source(pclm([SMALL], content=content), PCLM)], ticket(A5))
    assert result.state == "completed" or result.reasons[1] == "document-format-error", result.message


def test_jpeg_strips_that_lie() -> None:
    good = pclm([SMALL], packing="jpeg")
    assert "is not" in broken(good.replace(b"/Height 16", b"/Height 15"))
    assert "damaged" in broken(good.replace(b"\xff\xda", b"\xff\xd9"))


def test_a_bomb_is_unpacked_only_as_far_as_its_strip_goes() -> None:
    bomb = zlib.compress(bytes(1 << 28), 9)
    head = HEADER + (
        b"3 0 obj\n<</Type /Page /MediaBox [0 0 40 40] /Resources <</XObject <</Image0 5 0 R>>>> >>\nendobj\n"
        b"5 0 obj\n<</Subtype /Image /Width 40 /Height 40 /ColorSpace /DeviceGray /BitsPerComponent 8"
        b" /Filter /FlateDecode /Length %d>>\nstream\n" % len(bomb)
    )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    result, sink, _ = press([source(head + bomb + b"\nendstream\nendobj\nxref\n", PCLM)], ticket(A5))
    assert (result.state, len(sink.sides)) == ("completed", 1), result.message
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 << 10


def test_a_page_of_white_strips_without_end_can_be_cancelled() -> None:
    page = f"[ 0 0 {40 * 72 // 100} 2880 ]"
    tall = Image.new("L", (40, 16), 255)
    content = "0.72 0 0 0.72 0 0 cm 40 0 0 16 0 0 cm /Image0 Do 40 0 0 3984 0 0 cm /Image1 Do"
    data = pclm([tall] * 50, box=page, content=content)
    result, sink, _ = press([source(data, PCLM)], ticket(A5), progress=Recorder(cancel_after=2))
    assert result.state == "canceled"
    assert len(sink.sides) == 2


@pytest.mark.parametrize("packing", ["flate", "rle", "jpeg"])
def test_mutations_never_are_the_press_s_fault(packing: str) -> None:
    """Octets changed, dropped and doubled: a page or a reason, never an exception of ours."""
    good = pclm([SMALL, SMALL], packing=packing, comments=True)
    chance = random.Random(packing)
    states = set()
    for _ in range(15 if packing == "jpeg" else 150):
        data = bytearray(good)
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(HEADER), len(data))
            kind = chance.randrange(4)
            if kind == 0:
                data[at] = chance.randrange(256)
            elif kind == 1:
                del data[at : at + chance.randint(1, 40)]
            elif kind == 2:
                data[at:at] = data[chance.randrange(len(data)) :][: chance.randint(1, 40)]
            else:
                data[at : at + 1] = b"%d" % chance.choice([0, 9, 255, 65535, 1 << 31, 1 << 63])
        result, _, _ = press([source(bytes(data), PCLM)], ticket(A5))
        states.add(result.state)
        assert result.state == "completed" or len(result.reasons) == 2, result.message
    assert states == {"completed", "aborted"}


@pytest.mark.parametrize("cut", range(1, 20))
def test_data_that_ends_anywhere(cut: int) -> None:
    good = pclm([SMALL])
    end = good.index(b"xref")
    result, _, _ = press([source(good[: end * cut // 20], PCLM)], ticket(A5))
    assert result.state in ("aborted", "completed")
    assert result.state == "completed" or result.reasons[1] == "document-format-error"
