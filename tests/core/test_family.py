"""Every family brings its own values, and a person's values are checked against it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.core.errors import BadInput
from studio.core.family import I2V_A14B, T2V_A14B, TI2V_5B, Family, resolve
from studio.core.params import GenerationParams, ResolvedParams


def test_the_official_defaults_are_used() -> None:
    five = decided(TI2V_5B)
    text = decided(T2V_A14B)
    photo = resolve(GenerationParams(image=Path("a.png")), I2V_A14B, (1280, 720))

    assert (five.width, five.height, five.num_frames, five.frame_rate) == (1280, 704, 121, 24)
    assert (five.num_inference_steps, five.guidance_scale, five.flow_shift) == (50, 5.0, 5.0)
    assert (text.guidance_scale, text.guidance_scale_2, text.flow_shift) == (4.0, 3.0, 12.0)
    assert (photo.guidance_scale, photo.guidance_scale_2, photo.flow_shift) == (3.5, 3.5, 5.0)
    assert (text.num_frames, text.frame_rate, text.num_inference_steps) == (81, 16, 40)


def test_480p_clips_get_the_shift_that_the_official_code_names() -> None:
    assert decided(TI2V_5B, width=832, height=480).flow_shift == 3.0
    assert decided(TI2V_5B, width=832, height=480, flow_shift=7.0).flow_shift == 7.0
    assert decided(T2V_A14B, width=832, height=480).flow_shift == 12.0


def test_one_guidance_given_counts_for_both_experts() -> None:
    assert decided(T2V_A14B, guidance_scale=2.0).guidance_scale_2 == 2.0
    both = decided(T2V_A14B, guidance_scale=2.0, guidance_scale_2=6.0)
    assert (both.guidance_scale, both.guidance_scale_2) == (2.0, 6.0)


def test_a_second_guidance_for_one_transformer_is_refused() -> None:
    with pytest.raises(BadInput, match="one transformer"):
        decided(TI2V_5B, guidance_scale_2=3.0)


def test_the_clip_takes_the_photo_s_shape() -> None:
    square = resolve(GenerationParams(image=Path("a.png")), TI2V_5B, (900, 900))
    tall = resolve(GenerationParams(image=Path("a.png")), TI2V_5B, (1080, 1920))

    assert (square.width, square.height) == (960, 928)
    assert (tall.width, tall.height) == (704, 1248)


def test_one_side_given_the_other_follows_the_shape() -> None:
    params = GenerationParams(image=Path("a.png"), width=640)
    resolved = resolve(params, TI2V_5B, (2000, 1000))

    assert (resolved.width, resolved.height) == (640, 320)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"width": 1000}, "992"),
        ({"height": 700}, "704"),
        ({"num_frames": 120}, "121"),
        ({"prompt": "  "}, "neither a prompt nor a photo"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_with_the_nearest(
    changes: dict[str, object], sentence: str
) -> None:
    with pytest.raises(BadInput, match=sentence):
        decided(TI2V_5B, **changes)


def test_a_family_says_what_it_cannot_start_from() -> None:
    with pytest.raises(BadInput, match="starts from a photo"):
        decided(I2V_A14B)
    with pytest.raises(BadInput, match="from text only"):
        resolve(GenerationParams(prompt="a", image=Path("a.png")), T2V_A14B, (64, 64))


def test_a_missing_seed_is_drawn_anew_each_time() -> None:
    assert len({decided(TI2V_5B, seed=None).seed for _ in range(8)}) == 8
    assert decided(TI2V_5B, seed=0).seed == 0


@given(
    st.sampled_from([TI2V_5B, I2V_A14B]),
    st.integers(16, 8000),
    st.integers(16, 8000),
)
def test_any_photo_gets_a_size_on_the_grid(family: Family, width: int, height: int) -> None:
    if not 1 / 20 < width / height < 20:
        return
    resolved = resolve(GenerationParams(image=Path("a.png")), family, (width, height))

    assert resolved.width % family.grid_step == 0
    assert resolved.height % family.grid_step == 0
    assert resolved.width * resolved.height <= family.width * family.height


def decided(family: Family, **changes: object) -> ResolvedParams:
    """A family's values for a prompt, some of them changed."""
    return resolve(GenerationParams.model_validate({"prompt": "a cat", **changes}), family, None)
