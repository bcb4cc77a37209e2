"""IPP/1.1 – RFC 8011 section 7: what must be there before the version is claimed."""

from __future__ import annotations

import pytest

from firmware.core.catalog import Catalog
from firmware.core.errors import StartError
from firmware.features import ROOMS
from firmware.features.ipp11 import OPERATIONS, ipp11
from firmware.ipp import Operation, Status
from tests.printer import MODELS, Desk, values


@pytest.mark.parametrize("name", MODELS)
def test_everything_that_is_required_is_there(name: str) -> None:
    desk = Desk(MODELS[name])
    (profile,) = ipp11.profiles
    told = desk.ask(Operation.GET_PRINTER_ATTRIBUTES).printer
    assert set(profile.printer_attributes) <= set(told.names())
    assert set(OPERATIONS) <= set(values(told, "operations-supported"))
    job = desk.ask(Operation.GET_JOB_ATTRIBUTES, job=desk.print().id).job
    assert set(profile.job_attributes) <= set(job.names())
    assert "1.1" in values(told, "ipp-versions-supported")


def test_a_client_of_1_1_is_answered_in_1_1() -> None:
    answer = Desk().ask(Operation.GET_PRINTER_ATTRIBUTES, version=(1, 1))
    assert (answer.status, answer.message.version) == (Status.SUCCESSFUL_OK, (1, 1))


@pytest.mark.parametrize("room", ["query", "submission", "job_control"])
def test_without_one_of_its_rooms_nothing_starts(room: str) -> None:
    with pytest.raises(StartError, match=room):
        Catalog([each for each in ROOMS if each.name != room])
