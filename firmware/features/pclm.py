"""PCLm – Wi-Fi Peer-to-Peer Services Print: how clients of Wi-Fi Direct and Mopria are to make their strips.

Whatever the attributes prefer, strips of any height are printed, packed in any of the ways that PCLm has.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from firmware.core.feature import Feature
from firmware.core.printer import Printer
from firmware.ipp import Keyword, Resolution

pclm = Feature("pclm", requires=["formats", "raster"])

pclm.format("application/PCLm", "PCLm")

STRIP_HEIGHTS = (16, 32, 64, 128, 256)
PREFERRED_HEIGHT = 128
"""Lines: few enough for a client's memory, enough that a page has no thousand strips."""
METHODS = ("flate", "jpeg", "rle")
"""Not registered, but asked for by its clients; the best one for text first."""


def _if_printed(read: Callable[[Printer], Any]) -> Callable[[Printer], Any]:
    return lambda printer: read(printer) if "application/PCLm" in printer.model.formats else None


def _back(printer: Printer) -> str | None:
    """There is no manual-tumble in PCLm."""
    model = printer.model
    if len(model.sides) == 1:
        return None
    return model.sheet_back if model.sheet_back in ("flipped", "rotated") else "normal"


pclm.attribute(
    "pclm-source-resolution-supported",
    Printer,
    read=_if_printed(lambda printer: [Resolution(dpi, dpi) for dpi in printer.model.resolutions]),
)
pclm.attribute(
    "pclm-source-resolution-default",
    Printer,
    read=_if_printed(lambda printer: Resolution(*[printer.model.resolution_for(4)] * 2)),
)
pclm.attribute("pclm-strip-height-supported", Printer, read=_if_printed(lambda printer: list(STRIP_HEIGHTS)))
pclm.attribute("pclm-strip-height-preferred", Printer, read=_if_printed(lambda printer: PREFERRED_HEIGHT))
pclm.attribute("pclm-raster-back-side", Printer, read=_if_printed(_back))
pclm.attribute(
    "pclm-compression-method-preferred",
    Printer,
    read=_if_printed(lambda printer: [Keyword(name) for name in METHODS]),
)
