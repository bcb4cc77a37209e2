"""Document formats – RFC 8011 section 5.4.22."""

from __future__ import annotations

import msgspec
import pytest

from firmware.document import stages
from firmware.document.job import Limits
from firmware.features.formats import JPEG_SIDE, K_OCTETS, formats
from firmware.features.pclm import pclm
from firmware.ipp import Operation, RangeOfInteger, Status
from firmware.runtime.spool import QUOTA
from tests.printer import MONO, Desk, value, values


def test_there_is_code_for_every_format() -> None:
    assert {entry.name for entry in (*formats.formats, *pclm.formats)} == set(stages.FORMATS)


@pytest.mark.parametrize("name", [entry.name for entry in formats.formats])
def test_every_format_is_taken(name: str) -> None:
    desk = Desk()
    assert desk.submit(format=name).status == Status.SUCCESSFUL_OK
    assert desk.printer.jobs[1].documents[1].format == name


def test_a_printer_tells_its_own_formats_only() -> None:
    model = msgspec.structs.replace(MONO, formats=("application/octet-stream", "image/pwg-raster", "text/plain"))
    desk = Desk(model)
    told = desk.ask(Operation.GET_PRINTER_ATTRIBUTES).printer
    assert values(told, "document-format-supported") == model.formats
    assert values(told, "document-format-default") == ("application/octet-stream",)
    answer = desk.submit(format="application/pdf")
    assert answer.status == Status.CLIENT_ERROR_DOCUMENT_FORMAT_NOT_SUPPORTED


def test_what_is_understood_of_jpeg_and_pdf() -> None:
    """PWG 5100.13: told where the format is printed, and nowhere else."""
    told = Desk().ask(Operation.GET_PRINTER_ATTRIBUTES).printer
    assert set(values(told, "jpeg-features-supported")) == {"cmyk", "icc", "progressive"}
    assert value(told, "jpeg-x-dimension-supported") == RangeOfInteger(0, JPEG_SIDE)
    assert value(told, "jpeg-y-dimension-supported") == RangeOfInteger(1, JPEG_SIDE)
    assert (
        value(told, "pdf-k-octets-supported") == value(told, "jpeg-k-octets-supported") == RangeOfInteger(0, K_OCTETS)
    )
    assert "iso-32000-1_2008" in values(told, "pdf-versions-supported")
    raster = msgspec.structs.replace(MONO, formats=("application/octet-stream", "image/pwg-raster"))
    names = Desk(raster).ask(Operation.GET_PRINTER_ATTRIBUTES).printer.names()
    assert not [name for name in names if name.startswith(("jpeg-", "pdf-"))]


def test_what_is_told_is_what_is_rendered() -> None:
    assert Limits().pixels >= JPEG_SIDE**2
    assert min(Limits().document, QUOTA) >= K_OCTETS << 10
