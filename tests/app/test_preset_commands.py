"""`clipwright presets …`, and presets in `render` and `queue add`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from studio.app.presets import command_line_presets, origins, with_preset
from studio.app.record import record_of
from studio.core.errors import BadInput, ModelMissing
from studio.core.folders import folders
from studio.core.model_folder import find_model
from studio.core.preset import PresetSettings
from studio.core.preset_text import preset_text
from studio.core.settings import Settings, SettingsFile
from tests.app.conftest import Command
from tests.core.preset_samples import sample

STARTER = "Clipwright starter"


def test_the_list_has_every_built_in_preset_with_what_it_is_for(command: Command) -> None:
    said = command("presets", "list")
    assert said.status == 0
    for shelved in command_line_presets().all():
        assert shelved.preset.name in said.out
        assert shelved.preset.description in said.out


def test_a_preset_is_shown_as_its_file_has_it_and_as_json(command: Command) -> None:
    assert "num_inference_steps = 12" in command("presets", "show", "starter GLANCE").out
    content = json.loads(command("presets", "show", "Starter glance", "--json").out)
    assert content["settings"]["num_inference_steps"] == 12
    assert content["built_in"] is True


def test_a_preset_that_is_not_there_is_a_sentence(command: Command) -> None:
    said = command("presets", "show", "Sea")
    assert said.status == 2
    assert "no preset 'Sea'" in said.err


def test_presets_are_exported_validated_and_taken_in(command: Command, tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text(preset_text(sample(1, name="Sea")) + "wobble = 1\n", encoding="utf-8")
    said = command("presets", "validate", mine)
    assert said.status == 0
    assert "settings.wobble is not known" in said.out
    twice = "Sea: taken in.\nSea: there already.\n"
    assert command("presets", "import", mine, mine).out == twice
    assert command("presets", "import", mine).out == "Sea: there already.\n"
    out = tmp_path / "all"
    assert command("presets", "export", out).out == f"{out}.clipwright-preset: 1 preset.\n"
    category = command("presets", "export", tmp_path / "s", "--category", "Starter", "--json")
    assert json.loads(category.out)["presets"] == 3


def test_what_import_accepts_is_good(command: Command, tmp_path: Path) -> None:
    bundle = tmp_path / "two.clipwright-preset"
    said = command("presets", "export", bundle, "Draft", "Best")
    assert said.status == 0
    by_hand = tmp_path / "hand.toml"
    by_hand.write_text('name = "Sea"\nfamily = "Elsewhere"\n', encoding="utf-8")
    said = command("presets", "validate", bundle, by_hand)
    assert said.status == 0
    assert said.out.splitlines()[:3] == [
        f"{bundle}, preset 1: good.",
        f"{bundle}, preset 2: good.",
        f"{by_hand}: good.",
    ]
    assert "no model of the family 'Elsewhere'" in said.out
    odd = tmp_path / "odd.toml"
    settings = PresetSettings(num_frames=26)
    odd.write_text(preset_text(sample(1, family=STARTER, settings=settings)), encoding="utf-8")
    said = command("presets", "validate", odd)
    assert said.status == 1
    assert "26" in said.out


def test_models_are_also_looked_for_where_the_settings_say(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    more = tmp_path / "more"
    for name in ("a big one", "b", "c"):
        shutil.copytree(find_model("starter").path, more / name)
        own = more / name / "clipwright.json"
        own.write_text(own.read_text("utf-8").replace(STARTER, "Kept elsewhere"), encoding="utf-8")
    preset = sample(1, family="Kept elsewhere", settings=PresetSettings(num_frames=9))
    with pytest.raises(ModelMissing):
        with_preset({}, preset)
    settings = SettingsFile(folders().config / "settings.json")
    settings.save(Settings(models_folder=more))
    assert with_preset({}, preset)["model"] == str(more / "a big one")
    # One that this machine can run is taken before one that it cannot.
    too_large = lambda folder: "Too large." if folder.path.name == "a big one" else None  # noqa: E731
    monkeypatch.setattr("studio.app.presets.why_too_large", too_large)
    assert with_preset({}, preset)["model"] == str(more / "b")


def test_a_bad_file_has_status_1_and_its_line(command: Command, tmp_path: Path) -> None:
    bad = tmp_path / "bad.toml"
    text = preset_text(sample(1))
    bad.write_text(text.replace("num_frames = 49", "num_frames = 0"), encoding="utf-8")
    impossible = tmp_path / "impossible.toml"
    impossible.write_text(text.replace("num_frames = 49", "num_frames = 50"), encoding="utf-8")
    said = command("presets", "validate", bad, impossible, "--json")
    assert said.status == 1
    first, second = json.loads(said.out)["files"]
    assert f"{bad}, line 8: num_frames is 0" in first["problem"]
    assert "50" in second["problem"]
    said = command("presets", "import", bad)
    assert said.status == 1
    assert "line 8" in said.err


def test_what_is_given_wins_over_the_preset_and_the_preset_over_the_model() -> None:
    settings = PresetSettings(
        shape="wide", num_inference_steps=12, guidance_scale=3, prompt_after="Slow.", fit="pad"
    )
    preset = sample(1, family=STARTER, settings=settings)
    given = {"prompt": "a cat", "num_inference_steps": 5, "height": 160}
    made = with_preset(given, preset)
    assert made == {
        "prompt": "a cat Slow.",
        "model": "starter",
        "num_inference_steps": 5,
        "guidance_scale": 3.0,
        "height": 160,
        "preset": preset.mark,
    }
    found = origins(given, preset)
    assert (found["num_inference_steps"], found["guidance_scale"]) == ("option", "preset")
    assert (found["flow_shift"], found["width"], found["height"]) == ("model", "model", "option")
    assert (found["model"], found["fit"]) == ("preset", "model")
    assert found["prompt"] == "option and preset"
    with_photo = origins({"prompt": " a cat ", "image": "a.jpg", "model": "starter"}, preset)
    assert (with_photo["fit"], with_photo["model"]) == ("preset", "option")
    unframed = sample(1, family=STARTER, settings=PresetSettings(prompt_after=" "))
    assert origins({"prompt": " a cat "}, unframed)["prompt"] == "option"


def test_a_clip_remembers_its_preset_and_json_says_where_each_value_came_from(
    command: Command, tmp_path: Path
) -> None:
    out = tmp_path / "clip.mp4"
    words = ["render", "a red circle", "--preset", "Starter glance", "--out", out, "--json"]
    said = command(*words, "--num-frames=1", "--num-inference-steps=1")
    assert said.status == 0, said.err
    first = json.loads(said.out.splitlines()[0])
    assert first["event"] == "origins"
    assert first["origins"]["num_frames"] == "option"
    assert first["origins"]["quality"] == "preset"
    params = record_of(out).params
    assert (params.num_frames, params.quality) == (1, "draft")
    preset = command_line_presets().find("Starter glance").preset
    assert params.preset == preset.mark


def test_a_preset_of_a_model_that_is_not_there_says_where_to_put_it() -> None:
    with pytest.raises(ModelMissing, match="no such model"):
        with_preset({}, sample(1))


def test_a_preset_of_another_model_is_refused() -> None:
    with pytest.raises(BadInput, match="choose another preset"):
        with_preset({"model": "starter"}, sample(1))


def test_jobs_take_a_presets_values_and_as_many_seeds(command: Command) -> None:
    said = command("queue", "add", "a red circle", "--preset", "Four starters", "--json")
    jobs = json.loads(said.out)["jobs"]
    assert len(jobs) == 4
    assert {job["params"]["preset"]["name"] for job in jobs} == {"Four starters"}
    said = command("queue", "add", "a", "--preset", "Four starters", "--seeds", "2", "--json")
    assert len(json.loads(said.out)["jobs"]) == 2
