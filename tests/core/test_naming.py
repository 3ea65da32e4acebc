"""Clips get names that every system takes, that sort, and that nothing else has."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.core.errors import BadInput
from studio.core.naming import MAX_BYTES, check_template, next_path
from studio.core.params import GenerationParams

USUAL = "{date} {number} {words}"
WHEN = datetime(2025, 6, 1, 14, 5, 9, tzinfo=UTC)


def test_the_usual_name_says_date_number_and_words(tmp_path: Path) -> None:
    assert name(tmp_path, USUAL, "A cat, asleep") == "2025-06-01 0001 A cat, asleep.mp4"


def test_every_field_is_filled_in(tmp_path: Path) -> None:
    template = "{model}_{seed}_{time}-{words}"

    assert name(tmp_path, template, "waves") == "ti2v_812_14-05-09-waves.mp4"


def test_the_number_goes_on_whatever_the_words_are(tmp_path: Path) -> None:
    for file in ("2025-06-01 0001 waves.mp4", "2025-06-01 0009 dusk.mp4", "2025-05-31 0077 a.mp4"):
        (tmp_path / file).touch()

    assert name(tmp_path, USUAL, "a cat") == "2025-06-01 0010 a cat.mp4"
    taken = [tmp_path / "2025-06-01 0010 a cat.mp4"]
    assert name(tmp_path, USUAL, "rain", taken) == "2025-06-01 0011 rain.mp4"


def test_a_date_is_not_taken_for_a_number(tmp_path: Path) -> None:
    (tmp_path / "2025-06-01 0001 waves.mp4").touch()

    assert name(tmp_path, "{number} {words}", "a cat") == "0001 a cat.mp4"


def test_without_a_number_one_in_brackets_follows_where_the_name_is_taken(tmp_path: Path) -> None:
    (tmp_path / "a cat.mp4").touch()
    (tmp_path / "a cat (2).jpg").touch()  # the poster of a clip that is gone

    assert name(tmp_path, "{words}", "a cat") == "a cat (3).mp4"
    taken = [tmp_path / "A CAT (3).mp4"]  # the same file on Windows and macOS
    assert name(tmp_path, "{words}", "a cat", taken) == "a cat (4).mp4"


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ('a/b\\c:d*e?f"g<h>i|j', "a b c d e f g h i j"),
        ("two\nlines\tand\x00a bell\x07", "two lines anda bell"),
        ("  ..hidden", "hidden"),
        ("ends with dots...", "ends with dots"),
        ("con", "_con"),
        ("LPT1.txt", "_LPT1.txt"),
        ("nul", "_nul"),
        ("console", "console"),
        ("", "clip"),
        ("???", "clip"),
        ("half \ud83d surrogate", "half surrogate"),
        ("turned \u202ecod.exe", "turned cod.exe"),
        ("family 👨‍👩‍👧 at sea", "family 👨‍👩‍👧 at sea"),
        ("حصان يركض", "حصان يركض"),
        ("{number} {words}", "(number) (words)"),
    ],
)
def test_words_that_no_file_may_have_are_made_harmless(
    tmp_path: Path, prompt: str, expected: str
) -> None:
    assert name(tmp_path, "{words}", prompt) == f"{expected}.mp4"


def test_a_photo_without_a_prompt_is_called_photo(tmp_path: Path) -> None:
    params = GenerationParams(image=Path("/shelf/0a1b.png"))

    assert next_path(tmp_path, "{words}", params, WHEN).name == "photo.mp4"


@settings(max_examples=100, deadline=None)
@given(
    prompt=st.text(max_size=300), template=st.text(max_size=40), tail=st.sampled_from([USUAL, ""])
)
def test_whatever_is_asked_for_can_be_written_and_is_new_each_time(
    tmp_path_factory: pytest.TempPathFactory, prompt: str, template: str, tail: str
) -> None:
    folder = tmp_path_factory.mktemp("clips")
    for _ in range(3):
        path = next_path(folder, template + tail, GenerationParams(prompt=prompt), WHEN)
        path.open("x").close()
        assert path.parent == folder
        assert len(path.name.encode()) <= MAX_BYTES
        assert not re.search(r'[<>:"/\\|?*\x00-\x1f]', path.name)
        assert path.name[0] not in " ."


@pytest.mark.parametrize(
    ("template", "complaint"),
    [("{date} {colour}", "no {colour}"), (" . ", "empty"), ("{date}/{words}", "character /")],
)
def test_a_template_that_cannot_be_is_refused_in_a_sentence(template: str, complaint: str) -> None:
    with pytest.raises(BadInput, match=re.escape(complaint)):
        check_template(template)
    check_template(USUAL)


def name(folder: Path, template: str, prompt: str, taken: list[Path] | None = None) -> str:
    """The name that a clip would get."""
    params = GenerationParams(prompt=prompt, seed=812, model="/models/ti2v")
    return next_path(folder, template, params, WHEN, taken or []).name
