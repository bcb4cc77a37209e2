"""Where staples, holes and folds lie on a sheet (PWG 5100.1), front and back. Lengths are 1/100 mm."""

from __future__ import annotations

import pytest

from firmware.core.finishing import Finishing, Mark

A4 = (21000, 29700)


def places(name: str, size: tuple[int, int] = A4) -> list[tuple[str, int, int]]:
    return [(mark.kind, mark.x, mark.y) for mark in Finishing(name).marks(*size)]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("staple-top-left", [("staple", 900, 900)]),
        ("staple-bottom-right", [("staple", 20100, 28800)]),
        ("staple-dual-left", [("staple", 600, 22275), ("staple", 600, 7425)]),
        ("staple-dual-top", [("staple", 5250, 600), ("staple", 15750, 600)]),
        ("punch-dual-left", [("hole", 1200, 18850), ("hole", 1200, 10850)]),
        ("punch-dual-top", [("hole", 6500, 1200), ("hole", 14500, 1200)]),
        ("punch-top-right", [("hole", 19800, 1200)]),
        ("fold-half", [("fold", 10500, 14850)]),
        ("fold-letter", [("fold", 10500, 9900), ("fold", 10500, 19800)]),
        ("booklet-maker", [("fold", 10500, 14850), ("staple", 5250, 14850), ("staple", 15750, 14850)]),
        ("trim-after-pages", []),
        ("none", []),
    ],
)
def test_named_finishings(name: str, found: list[tuple[str, int, int]]) -> None:
    assert places(name) == found


def test_values_without_a_place_have_one_here() -> None:
    assert places("staple") == places("staple-top-left")
    assert places("punch") == places("punch-dual-left")
    assert places("fold") == places("fold-half")


def test_two_holes_are_80_mm_apart_on_any_sheet() -> None:
    """ISO 838."""
    for size in (A4, (14800, 21000), (29700, 42000)):
        first, second = Finishing("punch-dual-left").marks(*size)
        assert (first.y - second.y, first.x, second.x) == (8000, 1200, 1200)


def test_a_wide_sheet_is_folded_across_its_long_edge() -> None:
    (fold,) = Finishing("fold-half").marks(29700, 21000)
    assert (fold.x, fold.turn) == (14850, 90)


def test_explicit_places_count_from_the_lower_left_corner() -> None:
    """stitching-locations along the edge, stitching-offset from it."""
    marks = Finishing("staple", "left", 500, (1000, 5000), 0).marks(*A4)
    assert [(mark.x, mark.y) for mark in marks] == [(500, 28700), (500, 24700)]
    (mark,) = Finishing("punch", "top", 1200, (3000,)).marks(*A4)
    assert (mark.x, mark.y) == (3000, 1200)
    (fold,) = Finishing("fold", "bottom", 9900).marks(*A4)
    assert (fold.y, fold.turn) == (19800, 0)


def test_a_corner_staple_lies_across_its_corner() -> None:
    turns = {name: Finishing(f"staple-{name}").marks(*A4)[0].turn for name in ("top-left", "top-right", "bottom-left")}
    assert turns == {"top-left": 45, "top-right": 135, "bottom-left": 135}


@pytest.mark.parametrize(
    ("sides", "size", "place"),
    [
        ("two-sided-long-edge", A4, (20100, 900)),
        ("two-sided-short-edge", A4, (900, 28800)),
        ("two-sided-long-edge", (29700, 21000), (900, 20100)),
        ("two-sided-short-edge", (29700, 21000), (28800, 900)),
    ],
)
def test_from_behind(sides: str, size: tuple[int, int], place: tuple[int, int]) -> None:
    """The sheet is turned over about the edge that sides names: the staple goes to the other side, and leans so."""
    back = Mark("staple", 900, 900, 45).from_behind(*size, sides)
    assert (back.x, back.y, back.turn) == (*place, 135)
