"""IPP/2.0 – PWG 5100.12 section 6.2: what is recommended below is required here."""

from __future__ import annotations

import pytest

from firmware.core.errors import StartError
from firmware.features import ROOMS
from firmware.features.ipp2 import ipp2
from firmware.ipp import Operation, Status
from tests.printer import MODELS, Desk, values


@pytest.mark.parametrize("name", MODELS)
def test_everything_that_is_required_is_there(name: str) -> None:
    (profile,) = ipp2.profiles
    told = Desk(MODELS[name]).ask(Operation.GET_PRINTER_ATTRIBUTES).printer
    assert set(profile.printer_attributes) <= set(told.names())
    assert values(told, "ipp-versions-supported") == ("1.1", "2.0")


def test_the_version_goes_with_the_room() -> None:
    rooms = [room for room in ROOMS if room.name not in ("ipp2", "everywhere")]
    desk = Desk(rooms=rooms)
    told = desk.ask(Operation.GET_PRINTER_ATTRIBUTES, version=(1, 1)).printer
    assert values(told, "ipp-versions-supported") == ("1.1",)
    answer = desk.ask(Operation.GET_JOBS, version=(2, 0))
    assert (answer.status, answer.message.version) == (Status.SERVER_ERROR_VERSION_NOT_SUPPORTED, (1, 1))


@pytest.mark.parametrize("room", ["ipp11", "media", "job_template", "driverless"])
def test_without_one_of_its_rooms_nothing_starts(room: str) -> None:
    with pytest.raises(StartError, match=room):
        Desk(rooms=[each for each in ROOMS if each.name not in (room, "everywhere")])
