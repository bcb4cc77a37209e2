"""Media size names – PWG 5101.1 section 5: names to lengths and back."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.core.media import custom_name, dimensions, short_name
from firmware.ipp import iana


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("iso_a4_210x297mm", (21000, 29700)),
        ("na_letter_8.5x11in", (21590, 27940)),
        ("na_index-4x6_4x6in", (10160, 15240)),
        ("na_number-10_4.125x9.5in", (10478, 24130)),
        ("jpn_hagaki_100x148mm", (10000, 14800)),
        ("om_small-photo_100x150mm", (10000, 15000)),
        ("custom_my-label_62.5x100mm", (6250, 10000)),
        ("custom_max_1200x1200mm", (120000, 120000)),
        ("roc_16k_7.75x10.75in", (19685, 27305)),
    ],
)
def test_names_say_how_large(name: str, size: tuple[int, int]) -> None:
    assert dimensions(name) == size


@pytest.mark.parametrize(
    "name",
    ["", "a4", "na-letter", "iso_a4", "iso_a4_210x297", "iso_a4_210x297cm", "x_a4_210x297mm", "iso_a4_210x297mm "],
)
def test_what_is_no_name(name: str) -> None:
    with pytest.raises(ValueError, match="media size name"):
        dimensions(name)


def test_most_registered_media_names_are_sizes() -> None:
    """All that follow the pattern; the others are the old names, inputs and classes of PWG 5101.1."""
    sizes = [name for name in iana.KEYWORDS["media"] if name.endswith(("mm", "in")) and name.count("_") == 2]
    assert len(sizes) > 100
    for name in sizes:
        assert min(dimensions(name)) > 0


@given(st.integers(1, 200_000), st.integers(1, 200_000))
@settings(max_examples=50, deadline=None)
def test_custom_names_name_the_very_size(width: int, height: int) -> None:
    assert dimensions(custom_name(width, height)) == (width, height)


@pytest.mark.parametrize(
    ("name", "short"),
    [("iso_a4_210x297mm", "A4"), ("na_letter_8.5x11in", "Letter"), ("na_index-4x6_4x6in", "Index 4x6"), ("odd", "Odd")],
)
def test_what_people_call_it(name: str, short: str) -> None:
    assert short_name(name) == short
