"""Time and size of a clip are told from the renders before it, and never made up."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.core.clip_size import usual_bytes
from studio.core.errors import BadInput
from studio.core.estimate import (
    KEPT,
    Estimate,
    Estimator,
    Work,
    bytes_in_words,
    seconds_in_words,
)
from studio.core.events import Done, Stage
from studio.core.family import I2V_A14B, TI2V_5B, resolve
from studio.core.params import GenerationParams, Quality

SECONDS = {Stage.LOAD: 10.0, Stage.ENCODE: 2.0, Stage.DENOISE: 100.0, Stage.DECODE: 20.0}


def test_nothing_is_known_of_the_time_before_the_first_render(tmp_path: Path) -> None:
    estimate = Estimator(tmp_path / "times.json").estimate(work())

    assert estimate == Estimate(None, usual_bytes(1280, 704, 121, Quality.GOOD))


def test_the_same_again_takes_the_same_also_after_a_restart(tmp_path: Path) -> None:
    learn(tmp_path)

    assert Estimator(tmp_path / "times.json").estimate(work()) == Estimate(132.0, 5000)


def test_steps_and_size_count_where_they_matter(tmp_path: Path) -> None:
    learn(tmp_path)
    estimator = Estimator(tmp_path / "times.json")

    assert estimator.estimate(work(num_inference_steps=25)).seconds == 82
    assert estimator.estimate(work(guidance_scale=1.0)).seconds == 82
    half = estimator.estimate(work(width=640, height=704))
    assert half == Estimate(72.0, 2500)


def test_a_resumed_render_teaches_by_the_steps_that_it_took(tmp_path: Path) -> None:
    learn(tmp_path, steps=25)

    assert Estimator(tmp_path / "times.json").estimate(work()).seconds == 232


def test_another_model_or_quality_teaches_nothing(tmp_path: Path) -> None:
    learn(tmp_path)
    estimator = Estimator(tmp_path / "times.json")

    assert estimator.estimate(work(model="other")).seconds is None
    best = estimator.estimate(work(quality=Quality.BEST))
    assert best == Estimate(132.0, usual_bytes(1280, 704, 121, Quality.BEST))


def test_a_new_card_is_soon_known_and_the_file_stays_small(tmp_path: Path) -> None:
    for _ in range(3 * KEPT):
        learn(tmp_path)
    size = (tmp_path / "times.json").stat().st_size
    for _ in range(3):
        learn(tmp_path, scale=0.1)

    estimator = Estimator(tmp_path / "times.json")
    assert estimator.estimate(work()).seconds == pytest.approx(13.2)
    assert (tmp_path / "times.json").stat().st_size < size * 1.2


def test_a_damaged_file_costs_only_what_was_learnt(tmp_path: Path) -> None:
    (tmp_path / "times.json").write_bytes(b"{")

    assert Estimator(tmp_path / "times.json").estimate(work()).seconds is None


def test_work_is_known_while_the_prompt_and_the_photo_are_still_missing() -> None:
    wanted = Work.wanted(GenerationParams(), I2V_A14B)

    assert (wanted.width, wanted.height, wanted.passes) == (1280, 720, 80)
    tall = Work.wanted(GenerationParams(), TI2V_5B, photo=(1000, 2000))
    assert tall.height > tall.width
    with pytest.raises(BadInput, match="steps of 32"):
        Work.wanted(GenerationParams(width=100, height=100), TI2V_5B)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (3, "a few seconds"),
        (41, "about 40 s"),
        (58, "about 1 min"),
        (250, "about 4 min"),
        (3590, "about 1 h"),
        (4830, "about 1 h 20 min"),
    ],
)
def test_a_time_is_said_as_people_say_it(seconds: float, words: str) -> None:
    assert seconds_in_words(seconds) == words


def test_a_size_is_said_as_people_say_it() -> None:
    assert [bytes_in_words(count) for count in (10, 300_400, 9_400_000, 1_234_000_000)] == [
        "1 kB",
        "300 kB",
        "9 MB",
        "1.2 GB",
    ]
    assert str(Estimate(250, 9_400_000)) == "about 4 min · 9 MB"
    assert str(Estimate(None, 9_400_000)) == "9 MB"


def work(**changes: object) -> Work:
    """The work of the 5B's usual clip, with changes."""
    params = GenerationParams.model_validate({"prompt": "a cat", "model": "5b"} | changes)
    return Work.of(resolve(params, TI2V_5B, None))


def learn(folder: Path, steps: int | None = None, scale: float = 1.0) -> None:
    """Notes a render of the 5B's usual clip."""
    (folder / "a.mp4").write_bytes(bytes(5000))
    params = resolve(GenerationParams(prompt="a cat", model="5b", seed=1), TI2V_5B, None)
    done = Done(
        clip=folder / "a.mp4",
        poster=None,
        params=params,
        seconds={stage: seconds * scale for stage, seconds in SECONDS.items()},
        total_seconds=sum(SECONDS.values()),
        peak_memory=1,
        peak_gpu_memory=None,
    )
    Estimator(folder / "times.json").learn(done, steps)
