"""Apple Raster, image/urf. The decoder is raster_ext's."""

from __future__ import annotations

from firmware.document.formats.raster import RasterDocument
from firmware.document.page import Page
from raster_ext import UrfHeader
from raster_ext.pwg import SHEET_BACK
from raster_ext.urf import DuplexMode

_SIDES = {DuplexMode.SHORT_EDGE: "two-sided-short-edge", DuplexMode.LONG_EDGE: "two-sided-long-edge"}


class UrfDocument(RasterDocument):
    def transforms(self, page: Page, number: int) -> tuple[int, int]:
        """Even pages of a duplex job are backs, transformed as the DM code in ``urf-supported`` asked for;
        its values mean what those of pwg-raster-document-sheet-back do."""
        mode = page.header.duplex_mode if isinstance(page.header, UrfHeader) else DuplexMode.SIMPLEX
        if number % 2 or mode not in (DuplexMode.SHORT_EDGE, DuplexMode.LONG_EDGE):
            return 1, 1
        return SHEET_BACK.get((self._sheet_back, _SIDES[DuplexMode(mode)]), (1, 1))
