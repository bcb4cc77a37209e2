"""Apple Raster, image/urf. The decoder is raster_ext's.

Its page headers say nothing of how a back side was transformed; DM1 in ``urf-supported`` asks clients for
upright ones.
"""

from __future__ import annotations

from firmware.document.formats.raster import RasterDocument


class UrfDocument(RasterDocument):
    """Pages come upright."""
