"""Document formats – RFC 8011 section 5.4.22: what can be printed, and what a device id calls it.

The code for each stands under the same name in ``document.stages``.
"""

from __future__ import annotations

from collections.abc import Callable

from firmware.core.feature import Feature
from firmware.core.printer import Printer
from firmware.ipp import Keyword, RangeOfInteger
from firmware.ipp.values import Value

formats = Feature("formats")

formats.format("application/octet-stream")
formats.format("image/pwg-raster", "PWGRaster")
formats.format("image/urf", "AppleRaster,URF")
formats.format("application/pdf", "PDF")
formats.format("image/jpeg", "JPEG")
formats.format("image/png", "PNG")
formats.format("text/plain", "TXT")

K_OCTETS = 4 << 20
"""The largest document, in units of 1024 octets."""
JPEG_SIDE = 15000
"""Pixels along an edge: a picture as large as that in both directions is rendered."""


def _if_printed(media_type: str, *values: Value) -> Callable[[Printer], list[Value] | None]:
    return lambda printer: list(values) if media_type in printer.model.formats else None


# What of a format is understood (PWG 5100.13 section 6.5).
_jpeg: dict[str, list[Value]] = {
    "jpeg-features-supported": [Keyword("cmyk"), Keyword("icc"), Keyword("progressive")],
    "jpeg-k-octets-supported": [RangeOfInteger(0, K_OCTETS)],
    "jpeg-x-dimension-supported": [RangeOfInteger(0, JPEG_SIDE)],
    "jpeg-y-dimension-supported": [RangeOfInteger(1, JPEG_SIDE)],
}
_pdf: dict[str, list[Value]] = {
    "pdf-k-octets-supported": [RangeOfInteger(0, K_OCTETS)],
    "pdf-versions-supported": [
        *(Keyword(f"adobe-1.{minor}") for minor in (3, 4, 5, 6)),
        Keyword("iso-32000-1_2008"),
    ],
}
_of: dict[str, dict[str, list[Value]]] = {"image/jpeg": _jpeg, "application/pdf": _pdf}
for _media_type, _attributes in _of.items():
    for _name, _values in _attributes.items():
        formats.attribute(_name, Printer, read=_if_printed(_media_type, *_values))
