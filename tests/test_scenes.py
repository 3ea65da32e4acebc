"""The starter's grammar: what is held out stays out, and every scene can be said."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "packaging" / "starter"))

from scenes import (
    ATTRIBUTES,
    COLORS,
    Scene,
    describe,
    draw_scene,
    forget,
    held_out,
)


def test_training_never_draws_a_held_out_scene_and_the_bench_draws_no_other() -> None:
    rng = random.Random(0)

    assert not any(held_out(draw_scene(rng)) for _ in range(2000))
    assert all(held_out(draw_scene(rng, held=True)) for _ in range(200))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_sentence_names_both_colours(language: str) -> None:
    rng = random.Random(1)
    chinese = {"red": "红色", "green": "绿色", "blue": "蓝色", "black": "黑色", "cyan": "青色"}
    for _ in range(300):
        scene = draw_scene(rng)
        sentence = describe(scene, rng, language).lower()
        for color in (scene.color, scene.ground):
            assert (color if language == "en" else chinese.get(color, "色")) in sentence


def test_a_scene_of_which_nothing_was_said_is_an_empty_prompt() -> None:
    nothing = Scene("any", "any", "any", "none", "any", "any", subject=False)

    assert describe(nothing, random.Random(2), "en") == ""
    assert describe(nothing, random.Random(2), "zh") == ""


def test_a_lazy_sentence_still_says_the_shape_or_the_camera() -> None:
    rng = random.Random(3)
    for _ in range(500):
        scene = forget(draw_scene(rng), rng)
        assert scene.shape != "any" or scene.camera != "none"
        assert describe(scene, rng, rng.choice(("en", "zh")))


def test_every_value_of_a_scene_is_one_that_the_text_encoder_learns() -> None:
    rng = random.Random(4)
    for _ in range(200):
        scene = draw_scene(rng)
        for name, values in ATTRIBUTES.items():
            assert getattr(scene, name) in values
    assert set(ATTRIBUTES["color"]) == {"any", *COLORS}
