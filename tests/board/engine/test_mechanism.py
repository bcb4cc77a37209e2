"""Data sheets: every one of ours holds together, and what a wrong one says."""

from __future__ import annotations

from pathlib import Path

import pytest

from board.config import ConfigError
from board.engine.heat import amperes, energy, most_dots, pulse_us
from board.engine.mechanism import HEADS, Thermistor, load_head
from tests.board.engine.bench import NAMES


@pytest.mark.parametrize("name", NAMES)
def test_our_data_sheets_hold_together(name: str) -> None:
    mechanism = load_head(name)
    assert mechanism.source, "where its figures are from"
    masks = mechanism.masks
    assert sum(masks) == ((1 << mechanism.dots) - 1) << (8 * mechanism.octets - mechanism.dots)
    assert [mask.bit_count() for mask in masks] == list(mechanism.strobe.groups)
    assert masks[0] > masks[-1] or len(masks) == 1  # the first group is the leftmost
    heat = mechanism.heat
    for paper in heat.papers.values():
        coldest = energy(paper, mechanism.thermistor.coldest)
        most = most_dots(heat, heat.volts)
        assert pulse_us(heat, coldest, most, heat.volts) <= heat.longest_us, "its longest pulse is enough in the cold"


def test_pulse_of_the_maker_s_example() -> None:
    """The maker's manual: 180 ohm, 7.2 V, 0.3 mJ, 64 dots on together: about 1.4 ms."""
    heat = load_head("ltpd245").heat
    assert 1100 < pulse_us(heat, 0.3, 1, 7.2) < 1300
    assert 1200 < pulse_us(heat, 0.3, 64, 7.2) < 1500


def test_more_dots_or_less_voltage_take_longer() -> None:
    heat = load_head("ltpd245").heat
    assert pulse_us(heat, 0.3, 64, 7.2) > pulse_us(heat, 0.3, 1, 7.2)
    assert pulse_us(heat, 0.3, 1, 6.0) > pulse_us(heat, 0.3, 1, 7.2)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("share", [0.8, 1.0, 1.15])
def test_one_dot_more_would_be_too_many(name: str, share: float) -> None:
    heat = load_head(name).heat
    volts = share * heat.volts
    most = most_dots(heat, volts)
    assert amperes(heat, most, volts) <= heat.amperes < amperes(heat, most + 1, volts)


@pytest.mark.parametrize("pull", ["up", "down"])
def test_thermistor_there_and_back(pull: str) -> None:
    one = Thermistor(pull=pull)  # type: ignore[arg-type]
    for celsius in (-20.0, 0.0, 25.0, 60.0, 90.0):
        assert one.celsius(one.share(celsius)) == pytest.approx(celsius)
    for share, why in ((1.0, "open" if pull == "up" else "shorted"), (0.0, "shorted" if pull == "up" else "open")):
        with pytest.raises(ValueError, match=why):
            one.celsius(share)


WRONG = {
    "dots = 384": ("dots = 385", "add up to 384"),
    'active = "high"': ('active = "hihg"', "hihg"),
    "pitch = 0.125": ("pitch = -1", "pitch"),
    "[strobe]": ("[strobe]\norder = [0, 0, 1, 2, 3, 4]", "each group once"),
    "ramp_us = [5000.0,": ("ramp_us = [50.0,", "must fall"),
    "history = 0.2": ("histroy = 0.2", "histroy"),
}


@pytest.mark.parametrize("right", WRONG)
def test_a_wrong_data_sheet_says_what_is_wrong(right: str, tmp_path: Path) -> None:
    wrong, told = WRONG[right]
    text = (HEADS / "ltpd245.toml").read_text()
    assert right in text
    file = tmp_path / "mine.toml"
    file.write_text(text.replace(right, wrong, 1))
    with pytest.raises(ConfigError, match=told) as caught:
        load_head(str(file))
    assert "mine.toml" in str(caught.value)


def test_a_mechanism_or_paper_that_there_is_not() -> None:
    with pytest.raises(ConfigError, match="ltpd245"):
        load_head("ltpd999")
    with pytest.raises(ConfigError, match="standard"):
        load_head("ltpd245").paper("parchment")
