"""Raster formats – PWG 5102.4 and Apple Raster: which pixels hosts may send."""

from __future__ import annotations

import msgspec
import pytest

from firmware.core.model import Model, Tray
from firmware.ipp import Operation, Resolution
from tests.printer import A4, COLOR, LONG, MONO, SHORT, SIMPLEX, Desk, values


def told(model: Model, name: str) -> tuple[object, ...]:
    return values(Desk(model).ask(Operation.GET_PRINTER_ATTRIBUTES).printer, name)


def test_resolutions_and_types_are_the_model_s() -> None:
    assert told(COLOR, "pwg-raster-document-resolution-supported") == tuple(
        Resolution(dpi, dpi) for dpi in COLOR.resolutions
    )
    assert told(COLOR, "pwg-raster-document-type-supported") == COLOR.raster_types


def test_urf_codes_of_a_colour_printer() -> None:
    assert told(COLOR, "urf-supported") == (
        "V1.4", "CP255", "PQ3-4-5", "FN3", "W8", "SRGB24", "RS150-300-600", "DM1", "IS1-2-7", "MT1-5-11", "OB9-10",
        "OFU0",
    )  # fmt: skip


def test_urf_codes_of_a_plain_printer() -> None:
    assert told(SIMPLEX, "urf-supported") == (
        "V1.4", "CP255", "PQ3-4-5", "FN3", "W8", "RS300", "IS1-2", "MT1-5", "OB10", "OFU0",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("back", "code"), [("normal", "DM1"), ("flipped", "DM2"), ("rotated", "DM3"), ("manual-tumble", "DM4")]
)
def test_backs_are_turned_the_same_way_in_both_formats(back: str, code: str) -> None:
    model = msgspec.structs.replace(MONO, sheet_back=back, sides=("one-sided", LONG, SHORT))
    assert told(model, "pwg-raster-document-sheet-back") == (back,)
    assert code in told(model, "urf-supported")


def test_what_apple_has_no_number_for_is_left_out() -> None:
    media = msgspec.structs.replace(MONO.media, trays=(Tray(source="roll-99", size=A4),), types=("gold",))
    codes = told(msgspec.structs.replace(MONO, media=media, output_bins=("shredder",), copies=1), "urf-supported")
    assert not [code for code in codes if str(code).startswith(("IS", "MT", "OB"))]
    assert "OFU1" in codes
    assert "CP1" in codes
