"""Plain text without any font on the system: PDFium's built-in Courier, in a PDF that is never written.

Runs in the renderer process only. Letters beyond Windows-1252 come out as question marks.
"""

from __future__ import annotations

import pypdfium2.raw as pdfium

from firmware.document.formats.frame import LEADING, POINT, SIZE, Frame, Pages
from firmware.document.formats.pdf import PdfPages
from firmware.document.formats.rendering import Facts

ADVANCE = 0.6
"""Width of a letter in ems."""


class Courier(PdfPages):
    def __init__(self, text: str, frame: Frame) -> None:
        pdfium.FPDF_InitLibraryWithConfig(pdfium.FPDF_LIBRARY_CONFIG(version=2))
        super().__init__(pdfium.FPDF_CreateNewDocument())
        self._frame = frame
        self._font = pdfium.FPDFText_LoadStandardFont(self._document, b"Courier")
        self._pages = Pages(text, frame.columns(ADVANCE * SIZE), frame.lines)
        self._made = 0

    def page(self, number: int) -> Facts | None:
        while self._made < number:
            lines = self._pages.get(self._made + 1)
            if lines is None:
                return None
            self._add(lines)
            self._made += 1
        return Facts(self._frame.width, self._frame.height, "srgb_8")

    def _add(self, lines: list[str]) -> None:
        frame = self._frame
        page = pdfium.FPDFPage_New(self._document, self._made, frame.width / POINT, frame.height / POINT)
        for row, line in enumerate(lines):
            text = line.encode("cp1252", "replace").decode("cp1252").rstrip()
            if text:
                baseline = frame.height - frame.top - (row + 0.8) * LEADING
                self._draw_line(page, text, frame.left / POINT, baseline / POINT)
        pdfium.FPDFPage_GenerateContent(page)
        pdfium.FPDF_ClosePage(page)

    def _draw_line(self, page: pdfium.FPDF_PAGE, text: str, x: float, y: float) -> None:
        line = pdfium.FPDFPageObj_CreateTextObj(self._document, self._font, SIZE / POINT)
        wide = (text + "\0").encode("utf-16-le")
        units = (pdfium.FPDF_WCHAR * (len(wide) // 2)).from_buffer_copy(wide)
        pdfium.FPDFText_SetText(line, units)
        pdfium.FPDFPageObj_Transform(line, 1, 0, 0, 1, x, y)
        pdfium.FPDFPage_InsertObject(page, line)
