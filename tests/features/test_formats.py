"""Document formats – RFC 8011 section 5.4.22."""

from __future__ import annotations

import msgspec
import pytest

from firmware.document import stages
from firmware.features.formats import formats
from firmware.ipp import Operation, Status
from tests.printer import MONO, Desk, values


def test_there_is_code_for_every_format() -> None:
    assert {entry.name for entry in formats.formats} == set(stages.FORMATS)


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
