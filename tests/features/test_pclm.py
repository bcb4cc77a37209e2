"""PCLm – Wi-Fi Peer-to-Peer Services Print: what clients look for before they make strips."""

from __future__ import annotations

import msgspec
import pytest

from firmware.core.model import Model
from firmware.features.pclm import METHODS, PREFERRED_HEIGHT, STRIP_HEIGHTS
from firmware.ipp import Operation, Resolution
from tests.printer import COLOR, MONO, SIMPLEX, Desk, value, values


def test_clients_learn_how_to_make_their_strips() -> None:
    told = Desk(COLOR).ask(Operation.GET_PRINTER_ATTRIBUTES).printer
    assert "application/PCLm" in values(told, "document-format-supported")
    assert values(told, "pclm-source-resolution-supported") == tuple(Resolution(dpi, dpi) for dpi in COLOR.resolutions)
    assert value(told, "pclm-source-resolution-default") == Resolution(*[COLOR.resolution_for(4)] * 2)
    assert values(told, "pclm-strip-height-supported") == STRIP_HEIGHTS
    assert value(told, "pclm-strip-height-preferred") == PREFERRED_HEIGHT
    assert values(told, "pclm-compression-method-preferred") == METHODS
    assert PREFERRED_HEIGHT in STRIP_HEIGHTS
    assert "PCLm" in str(value(told, "printer-device-id"))


@pytest.mark.parametrize(
    ("model", "back", "told"),
    [
        (COLOR, "normal", "normal"),
        (COLOR, "flipped", "flipped"),
        (COLOR, "rotated", "rotated"),
        (COLOR, "manual-tumble", "normal"),
        (SIMPLEX, "normal", None),
    ],
)
def test_back_sides(model: Model, back: str, told: str | None) -> None:
    """A printer of one side has no back side."""
    printer = msgspec.structs.replace(model, sheet_back=back)
    found = Desk(printer).ask(Operation.GET_PRINTER_ATTRIBUTES).printer.get("pclm-raster-back-side")
    assert (str(found.value) if found is not None else None) == told


def test_a_printer_without_pclm_says_nothing_of_it() -> None:
    model = msgspec.structs.replace(MONO, formats=("application/octet-stream", "application/pdf"))
    names = Desk(model).ask(Operation.GET_PRINTER_ATTRIBUTES).printer.names()
    assert not [name for name in names if name.startswith("pclm-")]


def test_its_name_is_told_apart_by_no_case() -> None:
    for name in ("application/PCLm", "application/pclm", "APPLICATION/PCLM"):
        desk = Desk()
        desk.submit(format=name)
        assert desk.printer.jobs[1].documents[1].format == "application/PCLm"
