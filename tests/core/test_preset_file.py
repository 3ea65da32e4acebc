"""Preset files: read and written whole, with the line of what is wrong."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings

from studio.core import preset_file
from studio.core.errors import BadPreset
from studio.core.preset import Preset, PresetSettings
from studio.core.preset_file import (
    parse_preset,
    parse_toml,
    read_preset,
    unknown_keys,
    write_preset,
)
from studio.core.preset_text import preset_text
from tests.core.preset_samples import presets, sample

BY_HAND = """\
# Mine, for the sea.
schema = 1
id = "00000000-0000-0000-0000-000000000001" # keep
name = "Sea"
family = "Wan 2.2 TI2V-5B"
tint = "teal" # of a newer version

[settings]
# Slow water.
flow_shift = 3.0 # less is calmer
num_frames = 49
wobble = 2

[look]
grain = 0.5
"""


@settings(deadline=None)
@given(presets())
def test_any_preset_is_the_same_when_read_back(preset: Preset) -> None:
    assert parse_preset(preset_text(preset), "x") == preset


@settings(deadline=None)
@given(presets())
def test_any_preset_can_be_written_over_a_file_by_hand(preset: Preset) -> None:
    text = preset_text(preset, BY_HAND)
    assert parse_preset(text, "x") == preset
    assert 'tint = "teal" # of a newer version' in text
    assert "wobble = 2" in text
    assert "# Slow water." in text


@settings(deadline=None)
@given(presets(), presets())
def test_any_preset_can_be_written_over_any_other(preset: Preset, old: Preset) -> None:
    assert parse_preset(preset_text(preset, preset_text(old)), "x") == preset


def test_comments_and_unknown_keys_survive_a_save(tmp_path: Path) -> None:
    file = tmp_path / "sea.toml"
    file.write_text(BY_HAND, encoding="utf-8")
    preset = read_preset(file)
    changed = preset.settings.model_copy(update={"flow_shift": 4.0, "num_frames": None})
    write_preset(file, preset.model_copy(update={"settings": changed}), overwrite=True)
    expected = BY_HAND.replace("flow_shift = 3.0", "flow_shift = 4.0").replace(
        "num_frames = 49\n", ""
    )
    assert file.read_text(encoding="utf-8") == expected
    assert unknown_keys(parse_toml(expected, "")) == ["tint", "look", "settings.wobble"]


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("flow_shift = 3.0", "flow_shift = 0", 10, "a number above 0 and at most 100"),
        ("num_frames = 49", 'num_frames = "many"', 11, "'many'"),
        ("num_frames = 49", "num_frames = ", 11, "num_frames ="),
        ("num_frames = 49", 'scheduler = "magic"', 11, "unipc, euler, dpm++"),
        ('name = "Sea"', 'name = ""', 4, "name is ''"),
        ('"00000000-0000-0000-0000-000000000001"', '"one"', 3, "an id such as"),
        ("wobble = 2", "width = 64", 8, "width and height go together"),
        ("[look]", "[settings]", 14, "settings"),
    ],
)
def test_what_is_wrong_is_named_with_file_line_and_value(
    tmp_path: Path, old: str, new: str, line: int, says: str
) -> None:
    file = tmp_path / "sea.toml"
    file.write_text(BY_HAND.replace(old, new), encoding="utf-8")
    with pytest.raises(BadPreset) as told:
        read_preset(file)
    assert str(told.value).startswith(f"{file}, line {line}: ")
    assert says in str(told.value)


@pytest.mark.parametrize(
    ("new", "says"),
    [
        ("num_frames = 50", "line 11: num_frames is 50. A clip has 1 frame or"),
        ("width = 1000\nheight = 960", "line 11: width is 1000. This model renders"),
        ("width = 1280\nheight = 720", "line 12: height is 720. This model renders"),
        ("guidance_scale_2 = 3", "line 11: guidance_scale_2 is 3.0. Wan 2.2 TI2V-5B takes no"),
    ],
)
def test_what_its_family_cannot_take_is_named_too(tmp_path: Path, new: str, says: str) -> None:
    file = tmp_path / "sea.toml"
    file.write_text(BY_HAND.replace("num_frames = 49", new), encoding="utf-8")
    with pytest.raises(BadPreset) as told:
        read_preset(file)
    assert str(told.value).startswith(f"{file}, {says}")


@pytest.mark.parametrize("name", ["id", "name", "family"])
def test_what_is_missing_is_named(name: str) -> None:
    lines = [line for line in BY_HAND.splitlines() if not line.startswith(f"{name} =")]
    with pytest.raises(BadPreset, match=f"there is no {name}"):
        parse_preset("\n".join(lines), "sea.toml")


@pytest.mark.parametrize(
    "data",
    [b"\xff\xfe\x00", b"\x00" * (2 << 20), b"[" * 5000, b""],
    ids=["bytes", "large", "deep", "empty"],
)
def test_what_is_no_preset_at_all_is_told_in_a_sentence(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "x.toml"
    file.write_bytes(data)
    with pytest.raises(BadPreset, match=r"x\.toml"):
        read_preset(file)


def test_five_hundred_damaged_files_each_load_or_give_a_sentence() -> None:
    rng = random.Random(4)
    whole = preset_text(sample(settings=PresetSettings(shape="wide", flow_shift=3, seeds=2)))
    said: list[str] = []
    for _ in range(500):
        text = list(whole)
        for _ in range(rng.randint(1, 6)):
            at = rng.randrange(len(text))
            match rng.randrange(4):
                case 0:
                    del text[at : at + rng.randint(1, 20)]
                case 1:
                    text[at] = chr(rng.randrange(1, 0xD7FF))
                case 2:
                    text.insert(at, rng.choice(("=", '"', "[", "]", "\n", "'", "#", "{", "1e9")))
                case _:
                    text[at:at] = text[rng.randrange(len(text)) :][: rng.randint(1, 30)]
        try:
            assert parse_preset("".join(text), "x.toml")
        except BadPreset as error:
            said.append(str(error))
    assert 250 < len(said) < 500
    assert all(text.startswith("x.toml") and text.endswith(".") for text in said)


def test_an_older_schema_is_brought_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def rename(content: dict[str, object]) -> dict[str, object]:
        return {**content, "family": content["model_family"]}

    monkeypatch.setitem(preset_file.MIGRATIONS, 0, rename)
    old = BY_HAND.replace("schema = 1", "schema = 0").replace("family =", "model_family =")
    preset = parse_preset(old, "sea.toml")
    assert (preset.schema_version, preset.family) == (1, "Wan 2.2 TI2V-5B")


def test_the_old_file_is_kept_beside_when_a_brought_up_preset_is_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(preset_file.MIGRATIONS, 0, dict)
    file, old = tmp_path / "sea.toml", BY_HAND.replace("schema = 1", "schema = 0")
    file.write_text(old, encoding="utf-8")
    for _ in range(2):
        write_preset(file, read_preset(file), overwrite=True)
    assert "schema = 1" in file.read_text(encoding="utf-8")
    (kept,) = set(tmp_path.iterdir()) - {file}
    assert kept.name == "sea.toml.schema-0"
    assert kept.read_text(encoding="utf-8") == old


def test_a_schema_that_never_was_is_refused() -> None:
    with pytest.raises(BadPreset, match="schema 0 was never"):
        parse_preset(BY_HAND.replace("schema = 1", "schema = 0"), "sea.toml")
    with pytest.raises(BadPreset, match="schema is 'new'"):
        parse_preset(BY_HAND.replace("schema = 1", 'schema = "new"'), "sea.toml")


def test_a_newer_schema_is_read_as_far_as_it_is_known_and_kept(tmp_path: Path) -> None:
    file = tmp_path / "sea.toml"
    file.write_text(BY_HAND.replace("schema = 1", "schema = 7"), encoding="utf-8")
    preset = read_preset(file)
    write_preset(file, preset.model_copy(update={"name": "Lake"}), overwrite=True)
    text = file.read_text(encoding="utf-8")
    assert "schema = 7" in text
    assert "wobble = 2" in text
