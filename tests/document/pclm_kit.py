"""PCLm written by hand, as phones do: a page object, its content, then strips in between small transform streams."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from PIL import Image

HEADER = b"%PDF-1.7\n%PCLm 1.0\n"


def flate(pixels: bytes, image: Image.Image) -> bytes:
    return zlib.compress(pixels)


def run_lengths(pixels: bytes, image: Image.Image) -> bytes:
    """Runs where there are some, else literals; and the end's mark."""
    out, at = bytearray(), 0
    while at < len(pixels):
        run = 1
        while run < 128 and pixels[at : at + 1] == pixels[at + run : at + run + 1]:
            run += 1
        if run > 1:
            out += bytes([257 - run, pixels[at]])
            at += run
        else:
            literal = pixels[at : at + 5]
            out += bytes([len(literal) - 1]) + literal
            at += len(literal)
    return bytes(out) + b"\x80"


def jpeg(pixels: bytes, image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=95, subsampling=0)
    return out.getvalue()


def raw(pixels: bytes, image: Image.Image) -> bytes:
    return pixels


PACKINGS: dict[str, tuple[Callable[[bytes, Image.Image], bytes], str]] = {
    "flate": (flate, "/Filter /FlateDecode\n"),
    "rle": (run_lengths, "/Filter [ /RunLengthDecode ]\n"),
    "jpeg": (jpeg, "/Filter /DCTDecode\n"),
    "none": (raw, ""),
}


@dataclass(frozen=True)
class Style:
    """How a file is written."""

    packing: str = "flate"
    strip: int = 16
    dpi: int = 100
    comments: bool = False
    white_strips: bool = False
    """Strips that are all white have no octets."""
    box: str = ""
    content: str = ""
    """Another content stream."""


class Writer:
    def __init__(self, style: Style) -> None:
        self.style = style
        self.out = bytearray(HEADER)
        self.offsets: dict[int, int] = {}
        self.kids: list[int] = []
        self.next = 3

    def object(self, number: int, entries: str, data: bytes | None = None) -> None:
        if self.style.comments:
            self.out += b"%============= PCLm: FileBody: stream endobj obj << \n"
        self.offsets[number] = len(self.out)
        self.out += f"{number} 0 obj\n<<\n{entries}".encode()
        if data is None:
            self.out += b">>\nendobj\n"
        else:
            self.out += f"/Length {len(data)}\n>>\nstream\n".encode() + data + b"\nendstream\nendobj\n"

    def page(self, image: Image.Image) -> None:
        style, scale = self.style, 72 / self.style.dpi
        tops = range(0, image.height, style.strip)
        first = self.next + 2
        names = "".join(f"/Image{i} {first + 2 * i} 0 R\n" for i in range(len(tops)))
        box = style.box or f"[ 0 0 {image.width * 72 // style.dpi} {image.height * 72 // style.dpi} ]"
        self.kids.append(self.next)
        self.object(
            self.next,
            f"/Type /Page\n/Parent 2 0 R\n/Resources <<\n/XObject <<\n{names}>>\n>>\n/MediaBox {box}\n"
            f"/Contents [ {self.next + 1} 0 R ]\n",
        )
        content = f"{scale:f} 0 0 {scale:f} 0 0 cm\n"
        for i, top in enumerate(tops):
            lines = min(style.strip, image.height - top)
            place = f"{image.width} 0 0 {lines} 0 {image.height - top - lines} cm\n/Image{i} Do Q\n"
            content += "/P <</MCID 0>> BDC q\n" + place
        self.object(self.next + 1, "", (style.content or content).encode())
        for i, top in enumerate(tops):
            self.strip(first + 2 * i, image.crop((0, top, image.width, min(top + style.strip, image.height))), i == 0)
        self.next = first + 2 * len(tops)

    def strip(self, number: int, image: Image.Image, first: bool) -> None:
        pack, entry = PACKINGS[self.style.packing]
        pixels = image.tobytes()
        white = self.style.white_strips and not first and not pixels.strip(b"\xff")
        space = "DeviceRGB" if image.mode == "RGB" else "DeviceGray"
        name = "WhiteStrip" if white else "ColorStrip"
        self.object(
            number,
            f"/Width {image.width}\n/ColorSpace /{space}\n/Height {image.height}\n{entry}/Subtype /Image\n"
            f"/Type /XObject\n/BitsPerComponent 8\n/Name /{name}\n",
            b"" if white else pack(pixels, image),
        )
        self.object(number + 1, "", b"q /image Do Q\n")

    def close(self) -> bytes:
        self.object(1, "/Type /Catalog\n/Pages 2 0 R\n")
        kids = " ".join(f"{number} 0 R" for number in self.kids)
        self.object(2, f"/Count {len(self.kids)}\n/Kids [ {kids} ]\n/Type /Pages\n")
        start = len(self.out)
        self.out += f"xref\n1 {len(self.offsets)}\n".encode()
        self.out += b"".join(f"{self.offsets[number]:010d} 00000 n \n".encode() for number in sorted(self.offsets))
        self.out += f"trailer\n<<\n/Size {len(self.offsets)}\n/Root 1 0 R\n>>\nstartxref\n{start}\n%%EOF\n".encode()
        return bytes(self.out)


def pclm(pages: Iterable[Image.Image], style: Style | None = None, **changes: object) -> bytes:
    writer = Writer(replace(style or Style(), **changes))  # type: ignore[arg-type]
    for page in pages:
        writer.page(page)
    return writer.close()
