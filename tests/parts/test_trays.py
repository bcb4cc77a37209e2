"""Simulated input trays: what they give, when they run out, and what they tell."""

from __future__ import annotations

import pytest

from board.parts.trays import Loaded, SimulatedTrays, TrayDesk
from firmware.core.errors import PartError
from firmware.core.model import Tray
from firmware.core.ticket import Media

A4, A5 = "iso_a4_210x297mm", "iso_a5_148x210mm"
SHEET, SMALL = Media(A4, 21000, 29700, type="auto"), Media(A5, 14800, 21000, type="auto")
MODEL = (
    Tray(source="main", size=A4, capacity=2),
    Tray(source="alternate", size=A4, type="labels", color="blue", weight=120, capacity=1),
)


def trays(attentive: bool = False) -> tuple[SimulatedTrays, list[Loaded]]:
    told: list[Loaded] = []
    return SimulatedTrays(MODEL, attentive, told.append), told


def reason(found: SimulatedTrays, media: Media) -> str:
    with pytest.raises(PartError) as error:
        found.take(media)
    return error.value.reason


def test_sheets_come_from_the_first_tray_that_has_some_and_are_counted() -> None:
    found, told = trays()
    assert [found.take(SHEET).source for _ in range(3)] == ["main", "main", "alternate"]
    assert [(tray.source, tray.sheets) for tray in told] == [("main", 1), ("main", 0), ("alternate", 0)]
    assert reason(found, SHEET) == "media-empty"


def test_what_is_fed_is_told_as_it_is() -> None:
    found, _ = trays()
    fed = found.take(Media(A4, 21000, 29700, source="alternate", type="auto"))
    assert (fed.source, fed.type, fed.color, fed.weight) == ("alternate", "labels", "blue", 120)


def test_media_that_nobody_loaded_is_needed() -> None:
    found, _ = trays()
    assert reason(found, SMALL) == "media-needed"
    assert reason(found, Media(A4, 21000, 29700, type="cardstock")) == "media-needed"
    assert reason(found, Media(A4, 21000, 29700, type="auto", color="red")) == "media-needed"
    found.load("main", A5, sheets=1)
    assert found.take(SMALL).source == "main"
    found.load("main", "")
    assert reason(found, SMALL) == "media-needed"


def test_with_an_attentive_operator_nothing_is_missing() -> None:
    found, told = trays(attentive=True)
    assert {found.take(SHEET).source for _ in range(9)} == {"main"}
    assert found.take(SMALL).source == "main"
    assert not told
    found.load("main", A4, sheets=1)
    found.take(Media(A4, 21000, 29700, source="main", type="auto"))
    assert reason(found, Media(A4, 21000, 29700, source="main", type="auto")) == "media-empty"


def test_a_roll_gives_any_length() -> None:
    found = SimulatedTrays([Tray(source="main-roll", size="roll_current_62x30000mm")], False, lambda tray: None)
    assert found.take(Media("custom_x_62x29mm", 6200, 2900, type="auto")).source == "main-roll"
    assert reason(found, Media("custom_x_50x29mm", 5000, 2900, type="auto")) == "media-needed"


def test_who_waits_may_try_again_once_it_is_there() -> None:
    found, _ = trays()
    with pytest.raises(PartError) as error:
        found.take(SMALL)
    assert error.value.again is not None
    assert not error.value.again()
    found.load("main", A5)
    assert error.value.again()
    assert found.take(SMALL).source == "main"


def test_the_desk_says_what_is_wrong() -> None:
    found, told = trays()
    desk = TrayDesk(found)
    desk.set({"tray": "main", "size": A5, "type": "cardstock", "sheets": 5})
    assert desk.state()["trays"][0] == {
        "source": "main", "size": A5, "type": "cardstock", "sheets": 5, "color": "white", "weight": 80,
    }  # fmt: skip
    assert len(told) == 1
    for wrong in ({"tray": "cellar"}, {"tray": "main", "size": "A5"}, {"tray": "main", "size": A5, "sheets": "many"}):
        with pytest.raises(ValueError, match=r"cellar|A5|number"):
            desk.set(wrong)
