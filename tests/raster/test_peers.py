"""Bit for bit what libcups' own reader gives, on files by other people's writers and on ours."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from raster_ext import ColorSpace, CupsHeader, CupsWriter, Page, PwgHeader, PwgWriter, UrfWriter
from tests.desk import need
from tests.raster import kit

FILTERS = Path("/usr/lib/cups/filter")

PICTURE = """%!PS
<< /PageSize [144 100] >> setpagedevice
/page { .9 .2 .1 setrgbcolor 10 10 40 30 rectfill 0 0 1 setrgbcolor 4 setlinewidth 60 20 moveto 100 90 lineto stroke
0 setgray /Helvetica findfont 14 scalefont setfont 8 70 moveto (Ink raster) show
0 1 63 { dup 64 div setgray 70 add 30 1 30 rectfill } for showpage } def page page
"""
SIZE = (300, 104)

SETTINGS = [
    *[(space, bits) for space in (0, 1, 3, 6, 18, 19) for bits in (1, 2, 4, 8, 16)],
    *[(space, 8) for space in (2, 4, 5, 7, 8, 10, 11, 12, 13, 14, 16, 17, 20)],
    *[(space, 16) for space in (2, 16, 20)],
    (9, 1),
    (17, 4),
]
"""cupsColorSpace and cupsBitsPerColor that Ghostscript takes."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    packages = ("ghostscript", "mupdf-tools", "cups-filters")
    need("gs", "mutool", packages=packages)
    need(
        *(str(FILTERS / name) for name in ("gstoraster", "pdftoraster", "mupdftoraster", "rastertopwg")),
        packages=packages,
    )
    folder = tmp_path_factory.mktemp("peers")
    (folder / "page.ps").write_text(PICTURE)
    (folder / "page.ppd").write_text(_ppd())
    _ghostscript(folder, "pdfwrite", "page.pdf")
    return folder


def _run(*command: str | Path, out: Path | None = None, **environment: str) -> None:
    done = subprocess.run(command, capture_output=True, env={**os.environ, **environment}, timeout=60)
    assert done.returncode == 0, f"{command}: {done.stderr.decode()}"
    if out is not None:
        out.write_bytes(done.stdout)


def _ghostscript(folder: Path, device: str, name: str, *options: str) -> Path:
    file = folder / name
    _run("gs", "-q", "-dBATCH", "-dNOPAUSE", "-dSAFER", f"-sDEVICE={device}", *options, f"-sOutputFile={file}",
         folder / "page.ps")  # fmt: skip
    return file


def _same(cups: kit.Cups, file: Path, pages: int = 2) -> list[tuple[Page, bytes]]:
    """Both readers, and ours on several cuts, give the same pages."""
    theirs = cups.read(file)
    data = file.read_bytes()
    ours = kit.decode(data)
    assert len(theirs) == len(ours) == pages
    for (numbers, expected), (page, pixels) in zip(theirs, ours, strict=True):
        found = (page.width, page.height, page.bytes_per_line, page.bits_per_color, page.bits_per_pixel,
                 page.color_space, *page.resolution)  # fmt: skip
        assert found == numbers
        assert pixels == expected
    for cut in ([1] * 3000, [17] * 1000, [len(data) - 1]):
        assert kit.decode(data, cut, band_bytes=5000) == ours
    return ours


@pytest.mark.parametrize(("space", "bits"), SETTINGS)
def test_ghostscript_pwgraster(cups: kit.Cups, folder: Path, space: int, bits: int) -> None:
    options = ("-r150x75", f"-dcupsColorSpace={space}", f"-dcupsBitsPerColor={bits}", "-dcupsColorOrder=0")
    file = _ghostscript(folder, "pwgraster", f"gs-{space}-{bits}.pwg", *options)
    pages = _same(cups, file)
    assert all((page.width, page.height) == SIZE for page, _ in pages)
    assert len(set(pages[0][1])) > 1 or space == 16, "this Ghostscript makes an empty page of CIE Lab"
    assert all(isinstance(page.header, PwgHeader) for page, _ in pages)


@pytest.mark.parametrize(("space", "bits"), [(18, 8), (19, 8), (19, 16), (20, 8), (6, 8), (0, 8), (1, 16)])
def test_ghostscript_urf(cups: kit.Cups, folder: Path, space: int, bits: int) -> None:
    options = ("-r150", f"-dcupsColorSpace={space}", f"-dcupsBitsPerColor={bits}", "-dcupsColorOrder=0")
    file = _ghostscript(folder, "urf", f"gs-{space}-{bits}.urf", *options)
    assert file.read_bytes()[8:12] == bytes(4), "Ghostscript writes a page count of 0"
    _same(cups, file)


def test_apple_raster_of_one_bit(folder: Path) -> None:
    """Its lines end inside an octet, which libcups' reader rounds down: Ghostscript's own PWG file is the judge."""
    options = ("-r150", "-dcupsColorSpace=18", "-dcupsBitsPerColor=1", "-dcupsColorOrder=0")
    urf = _ghostscript(folder, "urf", "gs-18-1.urf", *options).read_bytes()
    pwg = _ghostscript(folder, "pwgraster", "gs-18-1.pwg", *options).read_bytes()
    assert [pixels for _, pixels in kit.decode(urf)] == [pixels for _, pixels in kit.decode(pwg)]


@pytest.mark.parametrize("color", ["mono", "gray", "rgb", "cmyk"])
def test_mupdf(cups: kit.Cups, folder: Path, color: str) -> None:
    file = folder / f"mupdf-{color}.pwg"
    _run("mutool", "draw", "-q", "-F", "pwg", "-c", color, "-r", "150", "-o", file, folder / "page.pdf")
    pages = _same(cups, file)
    header = pages[0][0].header
    assert isinstance(header, PwgHeader)
    assert header.pwg_raster == "", "MuPDF leaves the first string empty"


@pytest.mark.parametrize("model", ["RGB", "Gray", "CMYK", "Black"])
@pytest.mark.parametrize("filter", ["gstoraster", "pdftoraster", "mupdftoraster"])
def test_cups_filters(cups: kit.Cups, folder: Path, filter: str, model: str) -> None:
    """Renderers of cups-filters, and what its rastertopwg makes of that."""
    ppd = str(folder / "page.ppd")
    raster = folder / f"{filter}-{model}.ras"
    _run(FILTERS / filter, "1", "user", "title", "1", f"ColorModel={model}", folder / "page.pdf", out=raster, PPD=ppd)
    pages = _same(cups, raster)
    if filter == "mupdftoraster":
        return
    assert all(isinstance(page.header, CupsHeader) for page, _ in pages)
    for format in ("pwg", "urf") if model != "Black" else ("pwg",):
        file = raster.with_suffix(f".{format}")
        final = {"pwg": "image/pwg-raster", "urf": "image/urf"}[format]
        _run(
            FILTERS / "rastertopwg", "1", "user", "title", "1", "", raster, out=file, PPD=ppd, FINAL_CONTENT_TYPE=final
        )
        assert [pixels for _, pixels in _same(cups, file)] == [pixels for _, pixels in pages]


@pytest.mark.parametrize("kind", kit.PWG_KINDS)
def test_our_pwg_files_and_theirs(cups: kit.Cups, tmp_path: Path, kind: str) -> None:
    page = kit.page(kit.PWG_KINDS[kind], 203, 700, (600, 300))
    data = kit.pixels(page, 11)
    ours = tmp_path / "ours.pwg"
    ours.write_bytes(kit.encode(PwgWriter, [(page, data)] * 2, (1, 300)))
    assert [pixels for _, pixels in _same(cups, ours)] == [data] * 2
    if page.bits_per_pixel == 16 and page.bits_per_color == 8:
        return  # libcups exchanges the two colours of a pixel, when it writes and when it reads
    theirs = tmp_path / "theirs.pwg"
    theirs.write_bytes(cups.write("pwg", page, _native(page, data), 2))
    assert [pixels for _, pixels in _same(cups, theirs)] == [data] * 2
    assert ours.stat().st_size <= theirs.stat().st_size


@pytest.mark.parametrize("kind", kit.URF_KINDS)
def test_our_apple_files_and_theirs(cups: kit.Cups, tmp_path: Path, kind: str) -> None:
    page = kit.page(kit.URF_KINDS[kind], 200, 700)
    data = kit.pixels(page, 12)
    ours, theirs = tmp_path / "ours.urf", tmp_path / "theirs.urf"
    ours.write_bytes(kit.encode(UrfWriter, [(page, data)] * 2, (300,)))
    theirs.write_bytes(cups.write("urf", page, _native(page, data), 2))
    for file in (ours, theirs):
        assert [pixels for _, pixels in _same(cups, file)] == [data] * 2
    assert ours.stat().st_size <= theirs.stat().st_size


@pytest.mark.parametrize("order", [">", "<"])
@pytest.mark.parametrize("version", [1, 2, 3])
@pytest.mark.parametrize("kind", ["srgb_8", "srgb_16", "black_1", "cmyk_8", "device5_16"])
def test_our_cups_files_and_theirs(cups: kit.Cups, tmp_path: Path, kind: str, version: int, order: str) -> None:
    page = replace(kit.page(kit.PWG_KINDS[kind], 203, 300), header=CupsHeader(media_class="Office"))
    data = kit.pixels(page, 13)
    writer: kit.Writer = lambda write: CupsWriter(write, version, order)  # noqa: E731
    ours = tmp_path / "ours.ras"
    ours.write_bytes(kit.encode(writer, [(page, data)] * 2))
    assert [pixels for _, pixels in _same(cups, ours)] == [data] * 2
    if version > 1 and order == "<":
        theirs = tmp_path / "theirs.ras"
        theirs.write_bytes(cups.write(f"v{version}", page, _native(page, data), 2))
        assert [pixels for _, pixels in _same(cups, theirs)] == [data] * 2


def _native(page: Page, data: bytes) -> bytes:
    """Samples of 16 bits in the order of this host, which is what libcups' writer takes."""
    if page.bits_per_color != 16:
        return data
    swapped = bytearray(len(data))
    swapped[0::2], swapped[1::2] = data[1::2], data[0::2]
    return bytes(swapped)


def test_smaller_than_all_other_writers(cups: kit.Cups, folder: Path, tmp_path: Path) -> None:
    """The pixels of other people's files, written again: never a larger file, and a smaller one in sum."""
    before = after = 0
    for space, bits in ((19, 8), (18, 8), (3, 1), (6, 8)):
        options = ("-r150", f"-dcupsColorSpace={space}", f"-dcupsBitsPerColor={bits}", "-dcupsColorOrder=0")
        _ghostscript(folder, "pwgraster", f"size-{space}.pwg", *options)
        _ghostscript(folder, "urf", f"size-{space}.urf", *options)
    for color in ("mono", "gray", "rgb", "cmyk"):
        file = folder / f"size-{color}.pwg"
        _run("mutool", "draw", "-q", "-F", "pwg", "-c", color, "-r", "150", "-o", file, folder / "page.pdf")
    for file in folder.glob("size-*"):
        theirs = file.read_bytes()
        pages = kit.decode(theirs)
        if file.suffix == ".urf" and pages[0][0].bits_per_color < 8:
            continue
        ours = kit.encode(UrfWriter if file.suffix == ".urf" else PwgWriter, pages)
        assert kit.decode(ours)[0][1] == pages[0][1]
        assert len(ours) <= len(theirs), file
        before, after = before + len(theirs), after + len(ours)
    assert after < before


def _ppd() -> str:
    models = {"RGB": (1, 8), "Gray": (18, 8), "CMYK": (6, 8), "Black": (3, 1)}
    choices = "\n".join(
        f'*ColorModel {name}: "<</cupsColorSpace {space}/cupsColorOrder 0/cupsBitsPerColor {bits}>>setpagedevice"'
        for name, (space, bits) in models.items()
    )
    return f"""*PPD-Adobe: "4.3"
*FormatVersion: "4.3"
*FileVersion: "1.0"
*LanguageVersion: English
*LanguageEncoding: ISOLatin1
*PCFileName: "INK.PPD"
*Manufacturer: "Ink"
*Product: "(Ink)"
*ModelName: "Ink"
*ShortNickName: "Ink"
*NickName: "Ink"
*PSVersion: "(3010.000) 0"
*LanguageLevel: "3"
*ColorDevice: True
*DefaultColorSpace: RGB
*cupsFilter: "application/vnd.cups-raster 0 -"
*OpenUI *PageSize: PickOne
*DefaultPageSize: S
*PageSize S: "<</PageSize[144 100]/ImagingBBox null>>setpagedevice"
*CloseUI: *PageSize
*OpenUI *PageRegion: PickOne
*DefaultPageRegion: S
*PageRegion S: "<</PageSize[144 100]/ImagingBBox null>>setpagedevice"
*CloseUI: *PageRegion
*DefaultImageableArea: S
*ImageableArea S: "0 0 144 100"
*DefaultPaperDimension: S
*PaperDimension S: "144 100"
*OpenUI *Resolution: PickOne
*DefaultResolution: 150dpi
*Resolution 150dpi: "<</HWResolution[150 150]>>setpagedevice"
*CloseUI: *Resolution
*OpenUI *ColorModel: PickOne
*DefaultColorModel: RGB
{choices}
*CloseUI: *ColorModel
"""


def test_color_spaces_of_libcups_have_names() -> None:
    header = Path("/usr/include/cups/raster.h").read_text()
    for space in ColorSpace:
        if space < ColorSpace.ICC1:
            assert f" = {int(space)},\t" in header
