"""Sizes and frame counts: what is allowed, what is nearest, and what suits a photo."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from studio.core.errors import BadInput
from studio.core.sizes import (
    MAX_SIDE,
    Grid,
    best_output_size,
    check_frames,
    check_size,
    nearest_frames,
    nearest_sides,
)

TI2V_5B = Grid(step=32)
A14B = Grid(step=16)
AREA_720P = 1280 * 704


@pytest.mark.parametrize(
    ("photo", "size"),
    [
        ((1280, 704), (1280, 704)),
        ((1280, 720), (1248, 704)),
        ((1920, 1080), (1248, 704)),
        ((832, 480), (1248, 704)),
        ((1000, 1000), (960, 928)),
        ((2000, 3000), (768, 1152)),
        ((4000, 3000), (1088, 800)),
        ((2100, 900), (1440, 608)),
        ((1080, 1920), (704, 1248)),
    ],
)
def test_a_photo_gets_the_size_that_the_official_code_chooses(
    photo: tuple[int, int], size: tuple[int, int]
) -> None:
    assert best_output_size(*photo, 32, AREA_720P) == size


def test_every_size_has_itself_as_best_size_at_its_own_area() -> None:
    for width in range(32, MAX_SIDE + 1, 160):
        for height in range(32, MAX_SIDE + 1, 96):
            assert best_output_size(width, height, 32, width * height) == (width, height)


@given(
    width=st.integers(1, 60_000),
    height=st.integers(1, 60_000),
    step=st.sampled_from([8, 16, 32]),
    cells=st.integers(1, 20_000),
    rest=st.integers(0, 1023),
)
def test_the_best_size_is_on_the_grid_and_within_the_area(
    width: int, height: int, step: int, cells: int, rest: int
) -> None:
    area = cells * step * step + rest
    chosen = best_output_size(width, height, step, area)
    check_size(*chosen, Grid(step=step))
    assert chosen[0] * chosen[1] <= area


@given(width=st.integers(100, 20_000), height=st.integers(100, 20_000))
def test_the_best_size_has_nearly_the_shape_and_area_of_what_was_asked(
    width: int, height: int
) -> None:
    assume(1 / 3 <= width / height <= 3)
    chosen = best_output_size(width, height, 32, AREA_720P)
    stretch = (chosen[0] / chosen[1]) / (width / height)
    assert 0.93 < stretch < 1.07
    assert chosen[0] * chosen[1] > 0.94 * AREA_720P


@given(width=st.integers(1, 9000), height=st.integers(1, 9000))
def test_a_photo_on_its_side_gets_the_same_size_on_its_side(width: int, height: int) -> None:
    assume(width != height)
    upright = best_output_size(width, height, 16, 832 * 480)
    turned = best_output_size(height, width, 16, 832 * 480)
    assert upright[0] * upright[1] == turned[0] * turned[1]
    assert upright == turned[::-1] or _stretch(upright, width, height) == _stretch(
        turned, height, width
    )


def _stretch(size: tuple[int, int], width: int, height: int) -> float:
    one, other = size[0] * height, size[1] * width
    return max(one, other) / min(one, other)


@pytest.mark.parametrize("photo", [(100_000, 1), (1, 100_000), (1, 1)])
def test_the_longest_strips_still_get_a_size_that_can_be_rendered(photo: tuple[int, int]) -> None:
    check_size(*best_output_size(*photo, 32, AREA_720P), TI2V_5B)


@pytest.mark.parametrize("size", [(32, 32), (1280, 704), (4096, 4096)])
def test_a_size_on_the_grid_passes(size: tuple[int, int]) -> None:
    check_size(*size, TI2V_5B)


def test_a_width_off_the_grid_is_refused_and_its_neighbours_are_named() -> None:
    with pytest.raises(BadInput, match=r"width 1280 or 1312 instead of 1283\.$"):
        check_size(1283, 704, TI2V_5B)


def test_a_height_that_only_the_finer_grid_allows_is_refused_on_the_coarser() -> None:
    check_size(1280, 720, A14B)
    with pytest.raises(BadInput, match=r"use height 704 or 736 instead of 720\."):
        check_size(1280, 720, TI2V_5B)


def test_two_wrong_sides_are_named_in_one_sentence() -> None:
    with pytest.raises(BadInput) as caught:
        check_size(-5, 5000, A14B)
    assert str(caught.value) == (
        "This model renders widths and heights in steps of 16 pixels from 16 to 4096; "
        "use width 16 instead of -5 and height 4096 instead of 5000."
    )


@given(value=st.integers(-100, 10_000), step=st.sampled_from([8, 16, 32, 48]))
def test_the_nearest_sides_are_allowed_and_hold_the_value_between_them(
    value: int, step: int
) -> None:
    below, above = nearest_sides(value, step)
    check_size(below, above, Grid(step=step))
    assert above - below in (0, step)
    if step <= value <= MAX_SIDE // step * step:
        assert below <= value <= above


@pytest.mark.parametrize("num_frames", [1, 5, 81, 121])
def test_a_clip_of_4k_plus_1_frames_passes(num_frames: int) -> None:
    check_frames(num_frames, TI2V_5B)


@pytest.mark.parametrize(
    ("num_frames", "named"),
    [(80, "77 or 81"), (120, "117 or 121"), (2, "1 or 5"), (0, "1"), (-7, "1")],
)
def test_any_other_frame_count_is_refused_and_its_neighbours_are_named(
    num_frames: int, named: str
) -> None:
    with pytest.raises(BadInput, match=f"use num_frames {named} instead of {num_frames}\\.$"):
        check_frames(num_frames, TI2V_5B)


@given(value=st.integers(-50, 100_000), frame_step=st.sampled_from([1, 4, 8]))
def test_the_nearest_frame_counts_are_allowed(value: int, frame_step: int) -> None:
    grid = Grid(step=16, frame_step=frame_step)
    for count in nearest_frames(value, frame_step):
        check_frames(count, grid)
