"""``inkstand convert`` and ``inkstand inspect``, as somebody types them, on files of other people's writers."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from click.testing import CliRunner, Result
from numpy.typing import NDArray
from PIL import Image

from board.main import main
from raster_ext import ColorSpace, CupsWriter, PwgWriter
from tests.desk import need
from tests.document.pclm_kit import pclm
from tests.raster import kit

PAGES = """%!PS
<< /PageSize [144 216] >> setpagedevice
.9 .2 .1 setrgbcolor 20 20 40 60 rectfill 0 0 1 setrgbcolor 80 120 44 60 rectfill showpage
.1 .6 .2 setrgbcolor 20 120 100 60 rectfill showpage
"""
SIZE = (200, 300)
"""Of a page, in pixels at 100 dpi."""
NEAR = 4.0
"""Mean difference of 8-bit samples between renderings of the same page; the other page differs by more than 30."""


def call(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The two pages in every format, none of them written by us."""
    need("gs", "mutool", "pdftoppm", packages=("ghostscript", "mupdf-tools", "poppler-utils"))
    folder = tmp_path_factory.mktemp("converting")
    script = folder / "pages.ps"
    script.write_text(PAGES)

    def ghostscript(device: str, name: str, *options: str) -> Path:
        out = folder / name
        command = ["gs", "-q", "-dBATCH", "-dNOPAUSE", "-dSAFER", f"-sDEVICE={device}", "-r100", *options]
        subprocess.run([*command, f"-sOutputFile={out}", script], check=True, capture_output=True)
        return out

    def raster(space: int, bits: int) -> tuple[str, ...]:
        return f"-dcupsColorSpace={space}", f"-dcupsBitsPerColor={bits}", "-dcupsColorOrder=0"

    pdf = ghostscript("pdfwrite", "pages.pdf")
    mupdf, picture = folder / "mupdf.pwg", folder / "picture"
    subprocess.run(
        ["mutool", "draw", "-q", "-F", "pwg", "-r", "100", "-o", mupdf, pdf], check=True, capture_output=True
    )
    subprocess.run(["pdftoppm", "-png", "-r", "100", pdf, picture], check=True)
    cups = folder / "cups.ras"
    page = kit.page((ColorSpace.SRGB, 8), *SIZE, (100, 100))
    lines = [np.asarray(Image.open(f"{picture}-{number}.png").convert("RGB")).tobytes() for number in (1, 2)]
    cups.write_bytes(kit.encode(lambda write: CupsWriter(write, 3, "<"), [(page, data) for data in lines]))
    return {
        "pwg": ghostscript("pwgraster", "gs.pwg", *raster(19, 8)),
        "pwg16": ghostscript("pwgraster", "gs16.pwg", *raster(19, 16)),
        "urf": ghostscript("urf", "gs.urf", *raster(19, 8)),
        "mupdf": mupdf,
        "cups": cups,
        "pdf": pdf,
        "png": Path(f"{picture}-1.png"),
    }


def shown(file: Path) -> list[NDArray[np.float64]]:
    """The pages of any file, by readers that are not ours where there are any, at 100 dpi."""
    if file.suffix == ".pdf":
        with pypdfium2.PdfDocument(file) as document:
            images = [page.render(scale=100 / 72).to_pil() for page in document]
    elif file.suffix == ".png":
        names = [file, *sorted(file.parent.glob(f"{file.stem}-*.png"))]
        images = [Image.open(io.BytesIO(name.read_bytes())) for name in names]
    else:
        images = []
        for page, data in kit.decode(file.read_bytes()):
            assert page.kind == "srgb_8"
            images.append(Image.frombytes("RGB", (page.width, page.height), data))
    return [np.asarray(image.convert("RGB").resize(SIZE, Image.Resampling.BOX), np.float64) for image in images]


@pytest.mark.parametrize("to", ["pwg", "urf", "pdf", "png"])
@pytest.mark.parametrize("name", ["pwg", "pwg16", "urf", "mupdf", "cups", "pdf", "png"])
def test_every_direction(sources: dict[str, Path], tmp_path: Path, name: str, to: str) -> None:
    out = tmp_path / f"out.{to}"
    result = call("convert", sources[name], out, "--resolution", "100", "--type", "srgb_8")
    assert result.exit_code == 0, result.output
    count = 1 if name == "png" else 2
    assert f"{count} page{'s' if count > 1 else ''} in {out}" in result.output
    wanted = [np.asarray(page) for page in shown(sources["pdf"])][:count]
    found = shown(out)
    assert len(found) == count
    for number, page in enumerate(found):
        assert np.abs(page - wanted[number]).mean() < NEAR
        if count == 2:
            assert np.abs(page - wanted[1 - number]).mean() > 30


@pytest.mark.parametrize(("kind", "bits"), [(ColorSpace.BLACK, 1), (ColorSpace.SGRAY, 16), (ColorSpace.CMYK, 8)])
def test_what_apple_raster_does_not_have(tmp_path: Path, kind: ColorSpace, bits: int) -> None:
    """One bit, and resolutions that differ by direction: the nearest that it has."""
    page = kit.page((kind, bits), 40, 30, (200, 100))
    file, out = tmp_path / "in.pwg", tmp_path / "out.urf"
    file.write_bytes(kit.encode(PwgWriter, [(page, bytes([page.white]) * (page.bytes_per_line * 30))]))
    result = call("convert", file, out)
    assert result.exit_code == 0, result.output
    ((made, pixels),) = kit.decode(out.read_bytes())
    assert (made.width, made.height, made.resolution) == (40, 60, (200, 200))
    assert set(pixels) == {255}


@pytest.mark.parametrize(
    ("type", "kind"), [("sgray_8", "sgray_8"), ("black_1", "black_1"), ("cmyk_8", "cmyk_8"), ("srgb_8", "srgb_8")]
)
def test_the_type_that_is_asked_for(sources: dict[str, Path], tmp_path: Path, type: str, kind: str) -> None:
    out = tmp_path / "out.pwg"
    assert call("convert", sources["urf"], out, "--type", type).exit_code == 0
    assert [page.kind for page, _ in kit.decode(out.read_bytes())] == [kind] * 2


def test_mistakes_in_one_line(sources: dict[str, Path], tmp_path: Path) -> None:
    empty, rubbish, nothing = tmp_path / "empty.pwg", tmp_path / "rubbish", tmp_path / "nothing.pwg"
    empty.touch()
    rubbish.write_bytes(b"\0\1\2\3" * 99)
    nothing.write_bytes(b"RaS2")
    source, out = sources["pwg"], tmp_path / "out.pdf"
    for arguments, said in (
        (("convert", empty, out), "empty.pwg: the file is empty"),
        (("convert", rubbish, out), "rubbish: unknown document format"),
        (("convert", nothing, out), "nothing.pwg: it has no pages"),
        (("convert", source, tmp_path / "out.docx"), "out.docx ends in none of .pwg, .urf, .pdf, .png"),
        (("convert", source, tmp_path / "no" / "out.pdf"), "out.pdf: No such file or directory"),
        (("convert", source, out, "--type", "puce_8"), "puce_8 is no type to convert to: srgb_8,"),
        (("inspect", sources["pdf"]), "pages.pdf is no raster file"),
        (("inspect", empty), "empty.pwg is no raster file"),
    ):
        result = call(*arguments)
        assert result.exit_code == 1
        error = result.output.strip().splitlines()[-1]
        assert error.startswith("inkstand: ")
        assert said in error
        assert "Errno" not in error
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty.pwg", "nothing.pwg", "rubbish"]


def test_a_failure_leaves_what_was_there(sources: dict[str, Path], tmp_path: Path) -> None:
    """Two pages are asked for; the second is broken: no picture of the first appears, the old one stays."""
    broken, out = tmp_path / "broken.pwg", tmp_path / "out.png"
    broken.write_bytes(sources["pwg"].read_bytes()[:-5])
    out.write_bytes(b"old")
    assert call("convert", broken, out).exit_code == 1
    assert out.read_bytes() == b"old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["broken.pwg", "out.png"]


def test_inspect_tells_every_field(sources: dict[str, Path]) -> None:
    result = call("inspect", sources["pwg"])
    assert result.exit_code == 0
    for text in ("Page 2: srgb_8, 200 × 300 pixels", "HWResolution          100 × 100 dpi", "TotalPageCount",
                 "runs of equal", "Map of run lengths"):  # fmt: skip
        assert text in result.output
    assert "Map" not in call("inspect", sources["urf"], "--no-map").output
    assert "cupsRowStep" in call("inspect", sources["cups"]).output


def test_a_pclm_is_converted_as_the_pdf_that_it_is(tmp_path: Path) -> None:
    pages = [Image.linear_gradient("L").resize((100, 140)), Image.new("L", (100, 140), 90)]
    source = tmp_path / "phone.pclm"
    source.write_bytes(pclm(pages))
    done = CliRunner().invoke(main, ["convert", str(source), str(tmp_path / "out.pwg")])
    assert done.exit_code == 0, done.output
    assert "2 pages" in done.output
