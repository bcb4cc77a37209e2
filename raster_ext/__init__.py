"""The eye: compressed raster in, pixels and dots out.

A leaf package: it reads and writes PWG, Apple and CUPS raster, converts colour, scales, halftones and encodes
pages. It knows nothing of printers or IPP, and imports nothing of ours.
"""

from raster_ext.page import Band, ColorSpace, Page, PageEnd, RasterError

__all__ = ["Band", "ColorSpace", "Page", "PageEnd", "RasterError"]
