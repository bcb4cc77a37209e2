"""Document formats – RFC 8011 section 5.4.22: what can be printed, and what a device id calls it.

The code for each stands under the same name in ``document.stages``.
"""

from __future__ import annotations

from firmware.core.feature import Feature

formats = Feature("formats")

formats.format("application/octet-stream")
formats.format("image/pwg-raster", "PWGRaster")
formats.format("image/urf", "AppleRaster,URF")
formats.format("application/pdf", "PDF")
formats.format("image/jpeg", "JPEG")
formats.format("image/png", "PNG")
formats.format("text/plain", "TXT")
