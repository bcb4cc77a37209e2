"""Where a page lies on its side: print-scaling, orientation, number-up, to the pixel."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.core.ticket import Media, PageTicket
from firmware.document.layout import Cell, InputPage, SidePlan
from firmware.document.placement import Placement, Rect, grid, pixels, place

A4 = Media("iso_a4_210x297mm", 21000, 29700)
MARGINS = replace(A4, left=500, top=500, right=500, bottom=500)
A5 = Media("iso_a5_148x210mm", 14800, 21000)
DPI = (254, 254)
"""Ten pixels are a millimetre."""


def page(width: float, height: float, **more: object) -> InputPage:
    return InputPage(1, 1, width, height, "srgb_8", **more)  # type: ignore[arg-type]


def raster(width: int, height: int, dpi: int = 254) -> InputPage:
    """A raster page of so many pixels."""
    size = (width * 2540 / dpi, height * 2540 / dpi)
    return page(*size, pixels=(width, height), resolution=(dpi, dpi))


def put(one: InputPage, media: Media = A4, fidelity: bool = False, **ticket: object) -> Placement:
    cell = Cell(one, PageTicket(media, **ticket))  # type: ignore[arg-type]
    return place(SidePlan(1, False, 1, (cell,)), DPI, 1, "", fidelity)[0]


def box(placed: Placement) -> tuple[int, int, int, int, int]:
    return placed.x, placed.y, placed.width, placed.height, placed.turn


A4_PAGE, LANDSCAPE, A5_PAGE, A3_PAGE = (
    page(21000, 29700),
    page(29700, 21000),
    page(14800, 21000),
    page(29700, 42000),
)


def test_a_side_has_all_whole_pixels_of_its_media() -> None:
    assert pixels(A4, (600, 600)) == (4960, 7015)
    assert pixels(A4, (600, 300)) == (4960, 3507)


@pytest.mark.parametrize("scaling", ["auto", "auto-fit", "none"])
def test_a_page_of_the_media_s_size_is_not_scaled(scaling: str) -> None:
    for media in (A4, MARGINS):
        assert box(put(A4_PAGE, media, scaling=scaling)) == (0, 0, 2100, 2970, 0)


def test_points_are_close_enough_to_millimetres() -> None:
    points = page(595 * 2540 / 72, 842 * 2540 / 72)
    assert box(put(points, MARGINS)) == (0, 0, 2100, 2970, 0)


@pytest.mark.parametrize("scaling", ["auto", "auto-fit"])
def test_a_smaller_page_is_centred_as_it_is(scaling: str) -> None:
    assert box(put(A5_PAGE, MARGINS, scaling=scaling)) == (310, 435, 1480, 2100, 0)


def test_a_larger_page_fits_within_margins_or_fills_borderless_media() -> None:
    assert box(put(A3_PAGE, MARGINS)) == (50, 71, 2000, 2828, 0)
    assert box(put(A3_PAGE, A4)) == (0, 0, 2100, 2970, 0)
    wide = page(30000, 42000)
    assert box(put(wide, A4)) == (-11, 0, 2122, 2970, 0)
    assert box(put(wide, A4, scaling="auto-fit")) == (0, 15, 2100, 2940, 0)


def test_fit_scales_up_as_well_as_down() -> None:
    assert box(put(A5_PAGE, MARGINS, scaling="fit")) == (50, 66, 2000, 2838, 0)
    assert box(put(A4_PAGE, MARGINS, scaling="fit")) == (50, 71, 2000, 2828, 0)


def test_fill_covers_the_media_and_is_cropped_there() -> None:
    square = page(10000, 10000)
    placed = put(square, MARGINS, scaling="fill")
    assert box(placed) == (-435, 0, 2970, 2970, 0)
    assert placed.clip == (0, 0, 2100, 2970)


def test_none_centres_and_clips() -> None:
    assert box(put(A3_PAGE, MARGINS, scaling="none")) == (-435, -615, 2970, 4200, 0)


def test_fidelity_scales_a_smaller_page_but_not_one_of_the_media_s_size() -> None:
    assert box(put(A5_PAGE, MARGINS, fidelity=True)) == (50, 66, 2000, 2838, 0)
    assert box(put(A4_PAGE, MARGINS, fidelity=True)) == (0, 0, 2100, 2970, 0)


def test_landscape_pages_are_turned_counter_clockwise_on_portrait_media() -> None:
    assert box(put(LANDSCAPE, MARGINS)) == (0, 0, 2100, 2970, 1)
    assert box(put(page(42000, 29700), MARGINS)) == (50, 71, 2000, 2828, 1)


def test_a_landscape_page_that_fits_upright_stays_upright() -> None:
    assert box(put(page(15000, 10000))) == (300, 985, 1500, 1000, 0)


def test_a_portrait_page_is_turned_on_landscape_media() -> None:
    wide = Media("custom", 29700, 21000)
    assert box(put(A4_PAGE, wide)) == (0, 0, 2970, 2100, 1)


@pytest.mark.parametrize(("orientation", "turn"), [(3, 0), (4, 1), (5, 3), (6, 2)])
def test_orientation_requested_turns_the_page(orientation: int, turn: int) -> None:
    placed = put(A4_PAGE, MARGINS, orientation=orientation)
    assert placed.turn == turn
    if turn % 2:  # across the long edge it has to shrink
        assert box(placed) == (50, 778, 2000, 1414, turn)
    else:
        assert box(placed) == (0, 0, 2100, 2970, turn)


def test_an_orientation_asked_for_leaves_no_choice() -> None:
    assert box(put(LANDSCAPE, MARGINS, orientation=3)) == (50, 778, 2000, 1414, 0)
    assert box(put(LANDSCAPE, MARGINS, orientation=5)) == (0, 0, 2100, 2970, 3)
    assert put(LANDSCAPE, MARGINS, orientation=7).turn == 1


def test_images_fit_the_printable_area_or_fill_borderless_media() -> None:
    photo = page(4000, 3000, sized=False)
    assert box(put(photo, MARGINS)) == (50, 152, 2000, 2666, 1)
    assert box(put(photo, A4)) == (-64, 0, 2228, 2970, 1)
    assert box(put(photo, A4, scaling="auto-fit")) == (0, 85, 2100, 2800, 1)
    assert box(put(photo, MARGINS, scaling="none")) == (850, 1335, 400, 300, 0)


@pytest.mark.parametrize("scaling", ["auto", "auto-fit", "fit", "fill", "none"])
@pytest.mark.parametrize("orientation", [None, 3, 4])
def test_a_raster_of_the_media_s_size_is_laid_out_already(scaling: str, orientation: int | None) -> None:
    placed = put(raster(2100, 2970), MARGINS, scaling=scaling, orientation=orientation)
    assert box(placed) == (0, 0, 2100, 2970, 0)
    turned = put(raster(2970, 2100), MARGINS, scaling=scaling, orientation=orientation)
    assert box(turned) == (0, 0, 2100, 2970, 1)


def test_a_raster_that_is_some_pixels_off_keeps_its_pixels() -> None:
    assert box(put(raster(2103, 2966))) == (-2, 2, 2103, 2966, 0)


def test_a_raster_of_another_resolution_is_scaled_to_the_side_s() -> None:
    assert box(put(raster(1050, 1485, 127))) == (0, 0, 2100, 2970, 0)


def test_a_raster_of_other_media_follows_print_scaling() -> None:
    letter = raster(2159, 2794)
    assert box(put(letter, MARGINS)) == (50, 191, 2000, 2588, 0)
    assert box(put(letter, A4, scaling="none")) == (-30, 88, 2159, 2794, 0)
    assert box(put(raster(1480, 2100), MARGINS)) == (310, 435, 1480, 2100, 0)


def test_different_resolutions_across_and_down() -> None:
    cell = Cell(A4_PAGE, PageTicket(A4))
    placed = place(SidePlan(1, False, 1, (cell,)), (254, 127), 1, "", False)[0]
    assert box(placed) == (0, 0, 2100, 1485, 0)


def up(count: int, number_up: int, presentation: str = "toright-tobottom", **ticket: object) -> list[Placement]:
    cells = tuple(Cell(replace(A4_PAGE, number=n), PageTicket(A4, **ticket)) for n in range(1, count + 1))  # type: ignore[arg-type]
    return list(place(SidePlan(1, False, 1, cells), DPI, number_up, presentation, False))


def corners(placed: list[Placement]) -> list[tuple[int, int]]:
    return [(p.x, p.y) for p in placed]


def test_two_up_reads_across_the_long_edge() -> None:
    """Turned to read, page 1 is left and page 2 right: on the sheet 1 lies at the bottom, both turned."""
    placed = up(2, 2)
    assert [p.turn for p in placed] == [1, 1]
    assert corners(placed) == [(0, 1485), (0, 0)]
    assert {(p.width, p.height) for p in placed} == {(2100, 1485)}


def test_four_up_is_two_by_two_upright() -> None:
    placed = up(4, 4)
    assert corners(placed) == [(0, 0), (1050, 0), (0, 1485), (1050, 1485)]
    assert {(p.width, p.height, p.turn) for p in placed} == {(1050, 1485, 0)}


@pytest.mark.parametrize(
    ("presentation", "cells"),
    [
        ("toright-tobottom", "1234"),
        ("toleft-tobottom", "2143"),
        ("tobottom-toright", "1324"),
        ("tobottom-toleft", "3142"),
        ("toright-totop", "3412"),
        ("toleft-totop", "4321"),
        ("totop-toright", "2413"),
        ("totop-toleft", "4231"),
    ],
)
def test_presentation_directions(presentation: str, cells: str) -> None:
    """``cells`` reads the side's four cells as one reads a page: which page is in each."""
    where = corners(up(4, 4, presentation))
    reading = [(0, 0), (1050, 0), (0, 1485), (1050, 1485)]
    assert "".join(str(where.index(corner) + 1) for corner in reading) == cells


@pytest.mark.parametrize(
    ("number_up", "expected"),
    [
        (2, (2, 1, 1)),
        (3, (3, 1, 1)),
        (4, (2, 2, 0)),
        (5, (3, 2, 1)),
        (6, (3, 2, 1)),
        (8, (4, 2, 1)),
        (9, (3, 3, 0)),
        (10, (5, 2, 1)),
        (12, (3, 4, 0)),
        (16, (4, 4, 0)),
        (25, (5, 5, 0)),
    ],
)
def test_grids_for_portrait_pages_on_portrait_media(number_up: int, expected: tuple[int, int, int]) -> None:
    cells = grid(number_up, 21000, 29700, Rect(0, 0, 21000, 29700))
    assert (cells.columns, cells.rows, cells.turn) == expected


def test_landscape_pages_stack_upright_two_up() -> None:
    assert grid(2, 29700, 21000, Rect(0, 0, 21000, 29700)).turn == 0
    cells = tuple(Cell(replace(LANDSCAPE, number=n), PageTicket(A4)) for n in (1, 2))
    placed = place(SidePlan(1, False, 1, cells), DPI, 2, "toright-tobottom", False)
    assert [box(p) for p in placed] == [(0, 0, 2100, 1485, 0), (0, 1485, 2100, 1485, 0)]


def test_a_page_of_another_shape_is_turned_in_its_cell() -> None:
    cells = (Cell(A4_PAGE, PageTicket(A4)), Cell(LANDSCAPE, PageTicket(A4)))
    placed = place(SidePlan(1, False, 1, cells), DPI, 4, "toright-tobottom", False)
    assert [p.turn for p in placed] == [0, 1]
    assert (placed[1].width, placed[1].height) == (1050, 1485)


def test_an_orientation_asked_for_is_that_of_all_cells() -> None:
    placed = up(4, 4, orientation=4)
    assert {p.turn for p in placed} == {1}
    assert corners(placed) == [(0, 1856), (0, 371), (1050, 1856), (1050, 371)]


@pytest.mark.parametrize(("orientation", "first"), [(3, (0, 0)), (4, (0, 1485)), (5, (1050, 0)), (6, (1050, 1485))])
def test_the_first_cell_lies_where_reading_begins(orientation: int, first: tuple[int, int]) -> None:
    """Squares, four to a side: the grid is the same in every orientation."""
    square = page(10000, 10000)
    cells = tuple(Cell(square, PageTicket(A4, orientation=orientation, scaling="fill")) for _ in range(4))
    placed = place(SidePlan(1, False, 1, cells), DPI, 4, "toright-tobottom", False)
    assert placed[0].clip[:2] == first


def test_cells_lie_within_the_margins_and_fill_is_cropped_to_its_cell() -> None:
    cells = tuple(Cell(page(10000, 10000), PageTicket(MARGINS, scaling="fill")) for _ in range(4))
    first = place(SidePlan(1, False, 1, cells), DPI, 4, "toright-tobottom", False)[0]
    assert first.clip == (50, 50, 1050, 1485)
    assert first.height == 1435
    assert first.x < 50


sizes = st.integers(500, 100_000)


@given(
    st.builds(page, sizes, sizes, sized=st.booleans()),
    st.sampled_from([A4, MARGINS, A5]),
    st.sampled_from(["auto", "auto-fit", "fit", "fill", "none"]),
    st.sampled_from([None, 3, 4, 5, 6]),
    st.integers(1, 20),
)
def test_pages_keep_their_shape_and_fitted_ones_stay_inside(
    one: InputPage, media: Media, scaling: str, orientation: int | None, number_up: int
) -> None:
    cells = tuple(Cell(one, PageTicket(media, scaling=scaling, orientation=orientation)) for _ in range(number_up))
    for placed in place(SidePlan(1, False, 1, cells), (600, 600), number_up, "toright-tobottom", False):
        width, height = (placed.height, placed.width) if placed.turn % 2 else (placed.width, placed.height)
        assert abs(width - height * one.width / one.height) <= 1.5 + one.width / one.height
        if scaling == "fit" or (number_up > 1 and scaling != "fill"):
            left, top, right, bottom = placed.clip
            assert placed.x >= left - 1
            assert placed.y >= top - 1
            assert placed.x + placed.width <= right + 1
            assert placed.y + placed.height <= bottom + 1
