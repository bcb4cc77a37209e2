"""PWG Raster, image/pwg-raster (PWG 5102.4). The decoder is raster_ext's.

Intent in page headers (NumCopies, PageSize, PrintQuality, …) yields to the job's ticket, as section 4.3 has
it.
"""

from __future__ import annotations

from firmware.document.formats.raster import RasterDocument
from firmware.document.page import Page
from raster_ext import PwgHeader


class PwgDocument(RasterDocument):
    def transforms(self, page: Page, number: int) -> tuple[int, int]:
        """Each page says itself how it was transformed."""
        header = page.header
        if not isinstance(header, PwgHeader):
            return 1, 1
        return header.cross_feed_transform, header.feed_transform
