"""IPP Everywhere – PWG 5100.14: claimed by those that are it, and by nobody else."""

from __future__ import annotations

import msgspec
import pytest

from firmware.core.errors import StartError
from firmware.features import ROOMS
from firmware.features.everywhere import ATTRIBUTES
from firmware.ipp import Operation
from tests.printer import COLOR, MODELS, MONO, SIMPLEX, Desk, keyword, value, values


@pytest.mark.parametrize("name", MODELS)
def test_every_model_here_is_one(name: str) -> None:
    desk = Desk(MODELS[name])
    told = desk.ask(
        Operation.GET_PRINTER_ATTRIBUTES, keyword("requested-attributes", "all", "media-col-database")
    ).printer
    assert "ipp-everywhere" in values(told, "ipp-features-supported")
    assert set(ATTRIBUTES) <= set(told.names())


def test_a_printer_without_pwg_raster_is_none_and_starts() -> None:
    formats = tuple(name for name in MONO.formats if name != "image/pwg-raster")
    desk = Desk(msgspec.structs.replace(MONO, formats=formats))
    told = desk.ask(Operation.GET_PRINTER_ATTRIBUTES).printer
    assert "ipp-everywhere" not in values(told, "ipp-features-supported")


def test_a_colour_printer_prints_jpeg() -> None:
    """Section 4.3: REQUIRED of colour printers."""
    formats = tuple(name for name in COLOR.formats if name != "image/jpeg")
    with pytest.raises(StartError, match="IPP Everywhere in colour asks for image/jpeg"):
        Desk(msgspec.structs.replace(COLOR, formats=formats))
    Desk(msgspec.structs.replace(MONO, formats=formats))


def test_a_duplex_printer_says_how_backs_are_turned() -> None:
    told = Desk(MONO).ask(Operation.GET_PRINTER_ATTRIBUTES).printer
    assert value(told, "pwg-raster-document-sheet-back") == "rotated"
    assert "pwg-raster-document-sheet-back" not in Desk(SIMPLEX).ask(Operation.GET_PRINTER_ATTRIBUTES).printer


@pytest.mark.parametrize("room", ["identify", "job_extensions", "overrides", "raster", "supplies"])
def test_without_one_of_its_rooms_nothing_starts(room: str) -> None:
    with pytest.raises(StartError, match=room):
        Desk(rooms=[each for each in ROOMS if each.name != room])


def test_without_the_claim_it_starts_with_less() -> None:
    rooms = [room for room in ROOMS if room.name not in ("everywhere", "identify", "supplies")]
    told = Desk(rooms=rooms).ask(Operation.GET_PRINTER_ATTRIBUTES).printer
    assert "ipp-everywhere" not in values(told, "ipp-features-supported")
    assert Operation.IDENTIFY_PRINTER not in values(told, "operations-supported")
