"""Where a picture lies at any zoom: as large as it fits, to the pixel, around the pointer."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from studio.ui.stage.view_box import LEAST, MOST, ViewBox

SIZES = st.tuples(st.integers(1, 2000), st.integers(1, 2000))


def test_a_picture_fits_and_is_in_the_middle() -> None:
    assert ViewBox((1280, 704), (640, 400)).rectangle() == (0, 24, 640, 352)
    assert ViewBox((100, 100), (640, 400)).rectangle() == (120, 0, 400, 400)


def test_a_zoom_near_one_is_one() -> None:
    assert ViewBox((1280, 704), (640, 400)).zoomed(1.04, 0, 0).zoom == 1.0


def test_the_edges_of_a_large_picture_stay_outside() -> None:
    box = ViewBox((1000, 1000), (500, 400), 1.0).moved(9000, -9000)
    assert box.rectangle() == (0, -600, 1000, 1000)


def test_a_small_picture_does_not_move() -> None:
    box = ViewBox((100, 100), (500, 400), 1.0)
    assert not box.movable
    assert box.moved(50, 50).rectangle() == box.rectangle()


@given(picture=SIZES, area=SIZES)
def test_fitting_touches_two_edges_and_passes_none(
    picture: tuple[int, int], area: tuple[int, int]
) -> None:
    left, top, wide, high = ViewBox(picture, area).rectangle()
    assert left >= 0
    assert top >= 0
    assert wide <= area[0]
    assert high <= area[1]
    assert wide == area[0] or high == area[1]


@given(
    zoom=st.floats(2, 8), into=st.floats(1.1, 4), x=st.integers(150, 350), y=st.integers(150, 250)
)
def test_what_is_under_the_pointer_stays_there(zoom: float, into: float, x: int, y: int) -> None:
    box = ViewBox((1280, 704), (500, 400), zoom)
    nearer = box.zoomed(zoom * into, x, y)
    assert nearer.place(x, y) == pytest.approx(box.place(x, y), abs=2 / 704)


@given(picture=SIZES, area=SIZES, zoom=st.floats(0.001, 1000), x=st.floats(0, 1), y=st.floats(0, 1))
def test_no_zoom_leaves_the_bounds_or_the_picture(
    picture: tuple[int, int], area: tuple[int, int], zoom: float, x: float, y: float
) -> None:
    box = ViewBox(picture, area).zoomed(zoom, x * area[0], y * area[1])
    assume(box.zoom is not None)
    assert LEAST <= box.scale <= MOST
    left, _, wide, _ = box.rectangle()
    assert left + wide > 0
    assert left < area[0]
