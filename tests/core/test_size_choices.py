"""What sizes and lengths are offered fits the model, and warnings come where it is poor."""

from __future__ import annotations

import pytest

from studio.core.family import I2V_A14B, T2V_A14B, TI2V_5B, Family
from studio.core.model_folder import find_model
from studio.core.size_choices import (
    frames_of,
    length_warning,
    size_choices,
    size_warning,
)
from studio.core.sizes import check_frames, check_size

STARTER = find_model("starter").family
FAMILIES = [TI2V_5B, T2V_A14B, I2V_A14B, STARTER]


def test_the_5b_offers_wide_tall_and_square() -> None:
    assert [str(choice) for choice in size_choices(TI2V_5B)] == [
        "Wide 1280×704",
        "Tall 704×1280",
        "Square 960×928",
    ]


def test_the_14b_offers_small_sizes_too() -> None:
    sizes = [(choice.width, choice.height) for choice in size_choices(T2V_A14B)]

    assert sizes == [(1280, 720), (720, 1280), (960, 960), (832, 480), (480, 832), (624, 624)]


def test_a_model_of_another_size_gets_its_own() -> None:
    sizes = [(choice.width, choice.height) for choice in size_choices(STARTER)]

    assert sizes == [(256, 160), (160, 256), (208, 208)]


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.title)
def test_everything_offered_can_be_rendered_and_the_usual_comes_first(family: Family) -> None:
    for choice in size_choices(family, photo=(3000, 1000)):
        check_size(choice.width, choice.height, family.grid)
        if "small" not in choice.name:
            assert size_warning(family, choice.width, choice.height) is None
    check_frames(family.num_frames, family.grid)
    assert length_warning(family, family.num_frames) is None
    first = size_choices(family)[0]
    assert (first.width, first.height) == (family.width, family.height)


def test_a_photo_gets_the_size_that_comes_nearest_to_its_shape() -> None:
    choice = size_choices(TI2V_5B, photo=(4000, 3000))[-1]

    assert choice.name == "From the photo"
    assert choice.width / choice.height == pytest.approx(4 / 3, rel=0.05)


def test_the_5b_is_warned_of_below_720p_and_the_14b_is_not() -> None:
    warning = size_warning(TI2V_5B, 832, 480)

    assert warning is not None
    assert "1280×704" in warning
    assert size_warning(T2V_A14B, 832, 480) is None


def test_too_many_frames_are_warned_of() -> None:
    assert length_warning(T2V_A14B, 85) is not None
    assert length_warning(TI2V_5B, 241) is None


def test_a_length_is_the_nearest_that_a_model_can_make() -> None:
    assert frames_of(5, 24) == 121
    assert frames_of(5, 16) == 81
    assert frames_of(2, 12) == 25
    assert frames_of(0, 24) == 1
