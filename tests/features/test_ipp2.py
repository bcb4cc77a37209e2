"""IPP/2.0 to 2.2 – PWG 5100.12 sections 6.2 to 6.4: what is recommended below is required here."""

from __future__ import annotations

import pytest

from firmware.core.errors import StartError
from firmware.features import ROOMS
from firmware.features.ipp2 import ipp2
from firmware.ipp import Attribute, Keyword, Operation, Status
from tests.printer import MODELS, Desk, values


@pytest.mark.parametrize("name", MODELS)
def test_everything_that_is_required_is_there(name: str) -> None:
    desk = Desk(MODELS[name])
    everything = Attribute("requested-attributes", Keyword("all"), Keyword("media-col-database"))
    told = desk.ask(Operation.GET_PRINTER_ATTRIBUTES, everything).printer
    claimed = [profile for profile in ipp2.profiles if profile.applies(desk.printer)]
    for profile in claimed:
        assert set(profile.printer_attributes) <= set(told.names())
        assert set(profile.operations) <= set(values(told, "operations-supported"))
    versions = [f"2.{profile.version[1]}" for profile in claimed if profile.version]
    assert values(told, "ipp-versions-supported") == ("1.1", *versions)
    assert versions[0] == "2.0"


@pytest.mark.parametrize("level", [1, 2])
def test_a_level_is_claimed_only_with_all_of_it(level: int) -> None:
    """Without the room of RFC 3998 there is neither IPP/2.1 nor 2.2, and the printer starts."""
    rooms = [room for room in ROOMS if room.name != "admin"]
    desk = Desk(rooms=rooms)
    assert not ipp2.profiles[level].applies(desk.printer)
    told = desk.ask(Operation.GET_PRINTER_ATTRIBUTES).printer
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
