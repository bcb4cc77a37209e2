"""PDF files of one image a page, written as the lines come (ISO 32000-1)."""

from __future__ import annotations

from collections.abc import Callable

from raster_ext.image import KINDS, Data, ImageStream
from raster_ext.page import Page

Write = Callable[[bytes], object]

_COLORS = {"srgb_8": "/DeviceRGB", "sgray_8": "/DeviceGray", "black_1": "/DeviceGray /Decode [1 0]"}


class PdfWriter:
    """Any number of pages of kind srgb_8, sgray_8 or black_1; each is as large as its pixels say.

    ``start_page``, ``write_band`` (whole lines) or ``write_stream`` (octets of an ``ImageStream`` of the
    page), ``end_page``, …, ``close``. ``abandon_page`` instead of ``end_page`` leaves a page out.
    """

    def __init__(self, write: Write) -> None:
        self._sink = write
        self._at = 0
        self._offsets: list[int] = []
        self._pages: list[int] = []
        self._stream: ImageStream | None = None
        self._given = False
        self._tree = self._number()
        self._write(b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n")

    def start_page(self, page: Page) -> None:
        if page.kind not in KINDS:
            raise ValueError(f"{page.kind} is none of {', '.join(KINDS)}")
        if self._stream is not None:
            raise ValueError("the page before has no end")
        self._before = self._at, len(self._offsets), len(self._pages)
        self._stream, self._given = ImageStream(page), False
        width, height = (
            _points(pixels, dpi) for pixels, dpi in zip((page.width, page.height), page.resolution, strict=True)
        )
        number, contents, image, self._length = (self._number() for _ in range(4))
        self._pages.append(number)
        self._object(
            number,
            f"<< /Type /Page /Parent {self._tree} 0 R /MediaBox [0 0 {width} {height}]"
            f" /Contents {contents} 0 R /Resources << /XObject << /I {image} 0 R >> >> >>",
        )
        draw = f"q {width} 0 0 {height} 0 0 cm /I Do Q\n"
        self._object(contents, f"<< /Length {len(draw)} >>\nstream\n{draw}endstream")
        parameters = (
            f"/Predictor 15 /Colors {page.num_colors} /BitsPerComponent {page.bits_per_color} /Columns {page.width}"
        )
        self._begin(
            image,
            f"<< /Type /XObject /Subtype /Image /Width {page.width} /Height {page.height}"
            f" /ColorSpace {_COLORS[page.kind]} /BitsPerComponent {page.bits_per_color}"
            f" /Filter /FlateDecode /DecodeParms << {parameters} >> /Length {self._length} 0 R >>\nstream\n",
        )
        self._start = self._at

    def write_band(self, data: Data) -> None:
        if self._stream is None:
            raise ValueError("a band before its page")
        self._given = True
        self._write(self._stream.feed(data))

    def write_stream(self, data: bytes) -> None:
        self._write(data)

    def end_page(self) -> None:
        if self._stream is None:
            raise ValueError("no page to end")
        if self._given:
            self._write(self._stream.finish())
        length = self._at - self._start
        self._write(b"\nendstream\nendobj\n")
        self._object(self._length, str(length))
        self._stream = None

    def abandon_page(self) -> int:
        """As if the page that has no end yet had never been started, also after a write of it failed.

        Returns the length in octets to which the caller has to cut the file. ValueError if there is no such page.
        """
        if self._stream is None:
            raise ValueError("no page to abandon")
        self._at, objects, pages = self._before
        del self._offsets[objects:], self._pages[pages:]
        self._stream = None
        return self._at

    def close(self) -> None:
        """The file is complete: page tree, catalog, cross references."""
        kids = " ".join(f"{number} 0 R" for number in self._pages)
        self._object(self._tree, f"<< /Type /Pages /Count {len(self._pages)} /Kids [{kids}] >>")
        catalog = self._number()
        self._object(catalog, f"<< /Type /Catalog /Pages {self._tree} 0 R >>")
        start = self._at
        rows = "".join(f"{offset:010d} 00000 n \n" for offset in self._offsets)
        size = len(self._offsets) + 1
        self._write(f"xref\n0 {size}\n0000000000 65535 f \n{rows}".encode())
        self._write(f"trailer\n<< /Size {size} /Root {catalog} 0 R >>\nstartxref\n{start}\n%%EOF\n".encode())

    def _number(self) -> int:
        self._offsets.append(0)
        return len(self._offsets)

    def _begin(self, number: int, text: str) -> None:
        self._offsets[number - 1] = self._at
        self._write(f"{number} 0 obj\n{text}".encode())

    def _object(self, number: int, text: str) -> None:
        self._begin(number, text + "\nendobj\n")

    def _write(self, data: bytes) -> None:
        if data:
            self._sink(data)
            self._at += len(data)


def _points(pixels: int, dpi: int) -> str:
    return f"{pixels * 72 / dpi:.4f}".rstrip("0").rstrip(".")
