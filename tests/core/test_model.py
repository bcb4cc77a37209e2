"""Models are data: what is missing, wrong or unknown in one is told by its name."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from firmware.core.model import Model
from tests.printer import A4, COLOR, MONO

LEAST: dict[str, Any] = {
    "make": "M",
    "model": "X",
    "resolutions": [600],
    "raster_types": ["sgray_8"],
    "media": {"sizes": [A4], "trays": [{"source": "main", "size": A4}]},
}


def test_the_least_that_a_model_says() -> None:
    model = msgspec.convert(LEAST, Model)
    assert model.make_and_model == "M X"
    assert model.sides == ("one-sided",)
    assert not model.color
    assert model.usb.vendor == 0x1209
    assert model.formats[0] == "application/octet-stream"


@pytest.mark.parametrize("name", LEAST)
def test_what_a_model_must_say(name: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=name):
        msgspec.convert({key: value for key, value in LEAST.items() if key != name}, Model)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"colour": True}, "colour"),
        ({"resolutions": [0]}, "resolutions"),
        ({"resolutions": ["600dpi"]}, "resolutions"),
        ({"copies": 0}, "copies"),
        ({"media": {"sizes": [A4]}}, "trays"),
        ({"media": {"sizes": [A4], "trays": [{"source": "main", "size": A4, "capacity": 0}]}}, "capacity"),
        ({"media": {"sizes": [A4], "trays": [], "margins": [-1]}}, "margins"),
        ({"supplies": [{"color": "black", "pages": 0}]}, "supplies"),
    ],
)
def test_what_a_model_may_not_say(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=says):
        msgspec.convert({**LEAST, **changes}, Model)


@pytest.mark.parametrize(
    ("resolutions", "draft", "normal", "high"),
    [((600,), 600, 600, 600), ((300, 600), 300, 300, 600), ((150, 300, 600), 150, 300, 600)],
)
def test_resolutions_of_print_quality(resolutions: tuple[int, ...], draft: int, normal: int, high: int) -> None:
    model = msgspec.structs.replace(MONO, resolutions=resolutions)
    assert [model.resolution_for(quality) for quality in (3, 4, 5)] == [draft, normal, high]


def test_a_model_can_t_change() -> None:
    with pytest.raises(AttributeError):
        COLOR.make = "Other"  # type: ignore[misc]
