"""What a preset sets, what it leaves alone, and how it differs from what is set now."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.core.errors import BadPreset
from studio.core.family import I2V_A14B, T2V_A14B, TI2V_5B
from studio.core.folders import built_in_presets
from studio.core.model_folder import find_model
from studio.core.params import GenerationParams, Quality
from studio.core.preset import (
    GROUPS,
    Difference,
    PresetSettings,
    Shape,
    apply,
    beyond,
    captured,
    check_preset,
    differences,
    frame_prompt,
    one_line,
)
from studio.core.preset_file import parse_toml, read_preset, read_text, unknown_keys
from tests.core.preset_samples import sample

FAMILIES = {
    family.title: family for family in (TI2V_5B, T2V_A14B, I2V_A14B, find_model("starter").family)
}


def test_what_a_preset_does_not_set_is_left_alone() -> None:
    before = GenerationParams(prompt="a cat", num_inference_steps=7, quality=Quality.BEST)
    after = apply(PresetSettings(flow_shift=3, num_frames=9), before, TI2V_5B)
    assert after == before.model_copy(update={"flow_shift": 3.0, "num_frames": 9})


@pytest.mark.parametrize(
    ("shape", "size"),
    [
        (Shape.WIDE, (1280, 704)),
        (Shape.TALL, (704, 1280)),
        (Shape.SQUARE, (960, 928)),
        (Shape.PHOTO, (None, None)),
    ],
)
def test_a_shape_is_a_size_of_the_family(shape: Shape, size: tuple[int | None, ...]) -> None:
    after = apply(PresetSettings(shape=shape), GenerationParams(width=64, height=64), TI2V_5B)
    assert (after.width, after.height) == size


def test_the_prompt_goes_between_what_the_preset_puts_around_it() -> None:
    settings = PresetSettings(prompt_before="Film grain. ", prompt_after="Static camera.")
    assert frame_prompt(settings, "a cat") == "Film grain. a cat Static camera."
    assert frame_prompt(PresetSettings(), "a cat") == "a cat"


def test_differences_name_what_was_and_what_is() -> None:
    settings = PresetSettings(shape=Shape.WIDE, num_inference_steps=50, flow_shift=5, seeds=2)
    # The model's own values are no difference where the preset says the same.
    same = apply(settings, GenerationParams(), TI2V_5B).model_copy(
        update={"num_inference_steps": None, "flow_shift": None}
    )
    assert differences(settings, same, 2, TI2V_5B) == []
    other = GenerationParams(width=704, height=1280, num_inference_steps=20, flow_shift=5)
    assert differences(settings, other, 1, TI2V_5B) == [
        Difference("size", "1280 × 704", "704 × 1280"),
        Difference("num_inference_steps", "50", "20"),
        Difference("seeds", "2", "1"),
    ]


def test_what_is_left_to_the_model_is_as_the_model_decides_it_for_this_size_and_guidance() -> None:
    small = PresetSettings(width=832, height=480, flow_shift=3, num_inference_steps=40)
    params = GenerationParams(width=832, height=480)
    assert differences(small, params, 1, I2V_A14B) == []
    assert captured({"flow_shift"}, params, 1, I2V_A14B, PresetSettings()).flow_shift == 3
    usual = GenerationParams()
    assert differences(PresetSettings(flow_shift=3), usual, 1, I2V_A14B)[0].now == "5"
    # A long photo makes a small clip, and that has another shift.
    with_photo = usual.model_copy(update={"image": Path("long.jpg")})
    assert differences(PresetSettings(flow_shift=3), with_photo, 1, I2V_A14B, (4096, 32)) == []
    follows = GenerationParams(guidance_scale=6)
    both = PresetSettings(guidance_scale=6, guidance_scale_2=6)
    assert differences(both, follows, 1, T2V_A14B) == []
    assert captured({"guidance_scale_2"}, follows, 1, T2V_A14B, PresetSettings()) == (
        PresetSettings(guidance_scale_2=6)
    )


def test_an_empty_negative_prompt_is_the_models_own() -> None:
    empty = PresetSettings(negative_prompt="")
    assert differences(empty, GenerationParams(), 1, TI2V_5B) == []
    assert captured({"negative_prompt"}, GenerationParams(), 1, TI2V_5B, empty) == empty
    fog = GenerationParams(negative_prompt="fog")
    assert captured({"negative_prompt"}, fog, 1, TI2V_5B, empty).negative_prompt == "fog"


@pytest.mark.parametrize(
    ("now", "kept"),
    [
        (GenerationParams(width=704, height=1280, num_inference_steps=9), "shape tall"),
        (GenerationParams(), "shape wide"),
        (GenerationParams(width=960, height=928), "shape square"),
        (GenerationParams(image=Path("a.jpg")), "shape photo"),
        (GenerationParams(width=640, height=384), "640 384"),
    ],
)
def test_a_size_is_kept_as_a_shape_where_it_is_one(now: GenerationParams, kept: str) -> None:
    like = PresetSettings(shape=Shape.TALL)
    names = {"shape", "num_inference_steps"}
    made = captured(names, now, 1, TI2V_5B, like)
    size = f"shape {made.shape}" if made.shape else f"{made.width} {made.height}"
    assert size == kept
    assert captured({"width", "height"}, now, 1, TI2V_5B, PresetSettings()).shape == made.shape


def test_what_is_set_beyond_the_preset_is_named() -> None:
    now = GenerationParams(width=640, height=384, num_inference_steps=9, flow_shift=2)
    settings = PresetSettings(flow_shift=3)
    assert beyond(settings, now, 2) == [
        Difference("size", None, "640 × 384"),
        Difference("num_inference_steps", None, "9"),
        Difference("seeds", None, "2"),
    ]
    sized = PresetSettings(shape=Shape.WIDE, num_inference_steps=5, seeds=1, flow_shift=3)
    assert beyond(sized, now, 2) == []


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        (" Sea\nand\tsky\u2028now \r", "Sea and sky now"),
        ("half \ud83c a letter", "half a letter"),
        ("🎬 مشهد", "🎬 مشهد"),
        ("x" * 2000, "x" * 1000),
        ("\n\x00\udc80", ""),
    ],
)
def test_a_name_is_one_line(typed: str, name: str) -> None:
    assert one_line(typed) == name


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        (PresetSettings(width=1280, height=720), "720"),
        (PresetSettings(num_frames=50), "50"),
        (PresetSettings(guidance_scale_2=3), "second guidance"),
    ],
)
def test_what_a_model_cannot_take_is_refused(settings: PresetSettings, says: str) -> None:
    with pytest.raises(BadPreset, match=says) as told:
        check_preset(sample(settings=settings), TI2V_5B)
    assert "Preset 1" in str(told.value)


def test_the_same_settings_have_the_same_hash_whatever_the_name() -> None:
    assert sample(1).content_hash == sample(2).content_hash
    other = sample(1, settings=PresetSettings(num_frames=49, flow_shift=3.5))
    assert sample(1).content_hash != other.content_hash


def test_each_setting_has_one_switch_in_the_editor() -> None:
    named = [name for names in GROUPS.values() for name in names]
    assert sorted(named) == sorted(PresetSettings.model_fields)


def test_the_built_in_presets_are_good_and_explain_themselves() -> None:
    files = sorted(built_in_presets().glob("*.toml"))
    presets = [read_preset(path) for path in files]
    assert len(presets) >= 8
    assert len({preset.id for preset in presets}) == len(presets)
    assert len({preset.name for preset in presets}) == len(presets)
    for path, preset in zip(files, presets, strict=True):
        check_preset(preset, FAMILIES[preset.family])
        assert preset.description.endswith(".")
        assert not preset.description.startswith("The same at")  # as which? Each stands alone
        assert unknown_keys(parse_toml(read_text(path), "")) == []


def test_the_official_presets_have_the_official_numbers() -> None:
    by_name = {p.name: p for p in map(read_preset, built_in_presets().glob("*.toml"))}
    for name, family in {"Best": TI2V_5B, "Text 720p": T2V_A14B, "Photo 720p": I2V_A14B}.items():
        preset = by_name[name]
        assert preset.family == family.title
        plain = GenerationParams()
        assert not [
            each
            for each in differences(preset.settings, plain, 1, family)
            if each.name not in ("size", "quality")
        ]
