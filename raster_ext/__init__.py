"""The eye: compressed raster in, pixels and dots out.

A leaf package: it reads and writes PWG, Apple and CUPS raster, converts colour, scales, halftones and encodes
pages. It knows nothing of printers or IPP, and imports nothing of ours.
"""

from raster_ext._bands import is_colored, is_white
from raster_ext.color import Converter
from raster_ext.cups import CupsHeader
from raster_ext.decoder import Decoder, Resume
from raster_ext.geometry import Scaler, flip, mirror, rotate, rotate_bits, transform_back
from raster_ext.halftone import Halftoner
from raster_ext.page import Band, ColorSpace, Event, Page, PageEnd, RasterError
from raster_ext.pwg import PwgHeader
from raster_ext.urf import UrfHeader
from raster_ext.write import CupsWriter, PwgWriter, UrfWriter

__all__ = [
    "Band",
    "ColorSpace",
    "Converter",
    "CupsHeader",
    "CupsWriter",
    "Decoder",
    "Event",
    "Halftoner",
    "Page",
    "PageEnd",
    "PwgHeader",
    "PwgWriter",
    "RasterError",
    "Resume",
    "Scaler",
    "UrfHeader",
    "UrfWriter",
    "flip",
    "is_colored",
    "is_white",
    "mirror",
    "rotate",
    "rotate_bits",
    "transform_back",
]
