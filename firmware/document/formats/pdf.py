"""PDF through PDFium: pages in their own boxes, turned by /Rotate, with annotations and filled forms as
printed.

Runs in the renderer process only. Pages are drawn strip by strip; PDFium parses a page once and skips what
lies outside of the strip.
"""

from __future__ import annotations

import ctypes
import mmap
from collections import OrderedDict
from typing import Any, BinaryIO

import pypdfium2.raw as pdfium

from firmware.document.formats.rendering import Box, Facts, Options, Refused

HELD = 16
"""Pages kept open, for sides with several pages on them."""
PRINT = 1 << 2
"""Bit 3 of the permissions: print the document (ISO 32000-1 table 22)."""
LARGEST = 1 << 22
"""Pixels along a page's edge that PDFium's integers take safely."""
POINT = 2540 / 72
FLAGS = pdfium.FPDF_ANNOT | pdfium.FPDF_PRINTING | pdfium.FPDF_REVERSE_BYTE_ORDER

_REASONS = {
    pdfium.FPDF_ERR_PASSWORD: ("document-password-error", "the PDF is encrypted and needs another password"),
    pdfium.FPDF_ERR_SECURITY: (
        "document-security-error",
        "the PDF is encrypted in a way that is not supported",
    ),
}


def open(file: BinaryIO, options: Options) -> Pdf:
    return Pdf(file, options)


class PdfPages:
    """The pages of an open PDFium document, drawn."""

    def __init__(self, document: Any) -> None:
        self._document = document
        self._form_info = pdfium.FPDF_FORMFILLINFO(version=2)
        self._form = pdfium.FPDFDOC_InitFormFillEnvironment(document, self._form_info)
        pdfium.FPDF_RemoveFormFieldHighlight(self._form)
        self._open: OrderedDict[int, Any] = OrderedDict()

    def draw(self, number: int, box: Box, into: memoryview) -> None:
        if max(box.width, box.height) > LARGEST:
            raise Refused("document-unprintable-error", f"page {number} of the PDF is too large to print unscaled")
        page = self._page(number)
        width, height = box.size
        pixels = (ctypes.c_char * (width * height * 3)).from_buffer(into)
        bitmap = pdfium.FPDFBitmap_CreateEx(width, height, pdfium.FPDFBitmap_BGR, pixels, width * 3)
        if not bitmap:
            raise MemoryError
        try:
            pdfium.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, 0xFFFFFFFF)
            where = (-box.left, -box.top, box.width, box.height, -box.turn % 4)
            pdfium.FPDF_RenderPageBitmap(bitmap, page, *where, FLAGS)
            pdfium.FPDF_FFLDraw(self._form, bitmap, page, *where, FLAGS)
        finally:
            pdfium.FPDFBitmap_Destroy(bitmap)

    def _page(self, number: int) -> Any:
        if number in self._open:
            self._open.move_to_end(number)
            return self._open[number]
        if len(self._open) >= HELD:
            _, oldest = self._open.popitem(last=False)
            pdfium.FORM_OnBeforeClosePage(oldest, self._form)
            pdfium.FPDF_ClosePage(oldest)
        page = pdfium.FPDF_LoadPage(self._document, number - 1)
        if not page:
            raise Refused("document-format-error", f"page {number} of the PDF can't be read")
        pdfium.FORM_OnAfterLoadPage(page, self._form)
        self._open[number] = page
        return page


class Pdf(PdfPages):
    def __init__(self, file: BinaryIO, options: Options) -> None:
        pdfium.FPDF_InitLibraryWithConfig(pdfium.FPDF_LIBRARY_CONFIG(version=2))
        try:
            self._octets = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
        except ValueError:
            raise Refused("document-format-error", "the PDF is empty") from None
        size = len(self._octets)
        start = (ctypes.c_char * size).from_buffer(self._octets)
        document = pdfium.FPDF_LoadMemDocument64(start, size, options.password)
        if not document:
            raise Refused(*_REASONS.get(pdfium.FPDF_GetLastError(), ("document-format-error", "this is no PDF")))
        if not pdfium.FPDF_GetDocPermissions(document) & PRINT:
            raise Refused("document-permission-error", "the PDF permits printing only with its owner's password")
        super().__init__(document)
        self._count = pdfium.FPDF_GetPageCount(document)
        if self._count < 1:
            raise Refused("document-format-error", "the PDF has no pages")

    def page(self, number: int) -> Facts | None:
        if number > self._count:
            return None
        size = pdfium.FS_SIZEF()
        if not pdfium.FPDF_GetPageSizeByIndexF(self._document, number - 1, size):
            raise Refused("document-format-error", f"page {number} of the PDF can't be read")
        if not (0 < size.width < 1e7 and 0 < size.height < 1e7):
            raise Refused("document-format-error", f"page {number} of the PDF is {size.width} by {size.height} points")
        return Facts(size.width * POINT, size.height * POINT, "srgb_8")
