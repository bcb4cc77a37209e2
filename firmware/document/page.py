"""Page and Band for those who take pages: sinks import them from here, never from raster_ext itself."""

from raster_ext.page import Band, Page

__all__ = ["Band", "Page"]
