"""PWG Raster, image/pwg-raster (PWG 5102.4). The decoder is raster_ext's.

Intent in page headers (NumCopies, PageSize, PrintQuality, …) yields to the job's ticket, as section 4.3 has
it.
"""

from __future__ import annotations

from firmware.document.formats.raster import RasterDocument
from firmware.document.page import Page
from raster_ext import PwgHeader


class PwgDocument(RasterDocument):
    def upright(self, page: Page) -> tuple[bool, int]:
        """CrossFeedTransform -1 has mirrored the lines, FeedTransform -1 their order: that is mirrored lines
        and half a turn. Both together are half a turn."""
        header = page.header
        if not isinstance(header, PwgHeader):
            return False, 0
        across, down = header.cross_feed_transform == -1, header.feed_transform == -1
        return across != down, 2 if down else 0
