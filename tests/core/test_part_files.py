"""The files of a model's parts: what tells two apart, and every damage ends in a sentence."""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.core.errors import ModelMissing, StudioError
from studio.core.model_folder import open_folder


def test_what_else_lies_in_a_part_s_folder_leaves_its_fingerprint_as_it_was(copied: Path) -> None:
    parts = ("transformer", "vae", "text_encoder", "tokenizer")
    before = open_folder(copied).fingerprint(*parts)
    for part in parts:
        for stray in (".DS_Store", "._config.json", "README.md", "model.safetensors.lock"):
            (copied / part / stray).write_text("stray")

    assert open_folder(copied).fingerprint(*parts) == before


@pytest.mark.parametrize("part", ["vae", "tokenizer"])
def test_other_settings_have_another_fingerprint(copied: Path, part: str) -> None:
    before = open_folder(copied).fingerprint("text_encoder", part)
    file = next((copied / part).glob("*config.json"))
    file.write_text(file.read_text() + " ")

    assert open_folder(copied).fingerprint("text_encoder", part) != before


INDEX = "transformer/diffusion_pytorch_model.safetensors.index.json"
DAMAGES = {
    "expert as an object": ("model_index.json", {"transformer_2": {"a": 1}}),
    "expert as a mark": ("model_index.json", {"transformer_2": True}),
    "boundary as text": ("model_index.json", {"boundary_ratio": "0.875"}),
    "no positions": ("transformer/config.json", {"rope_max_seq_len": 0}),
    "channels as text": ("transformer/config.json", {"in_channels": "16"}),
    "index as a list": (INDEX, {"weight_map": ["a"]}),
    "index of numbers": (INDEX, {"weight_map": {"a": 1}}),
    "index of nothing": (INDEX, {"weight_map": {}}),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_setting_of_another_kind_is_named_with_its_file(copied: Path, damage: str) -> None:
    name, changes = DAMAGES[damage]
    file = copied / name
    if name == INDEX:
        weights(copied, "transformer").unlink()
    said = json.loads(file.read_text()) if file.exists() else {}
    file.write_text(json.dumps(said | changes))

    with pytest.raises(ModelMissing, match=rf"{file.name} is damaged \({next(iter(changes))}"):
        open_folder(copied)


@pytest.mark.parametrize("name", ["vae/config.json", "scheduler/scheduler_config.json"])
@pytest.mark.parametrize("text", ["[" * 100_000, "{", "[]"], ids=["deep", "cut", "list"])
def test_settings_that_are_none_are_named(copied: Path, name: str, text: str) -> None:
    (copied / name).write_text(text)

    with pytest.raises(ModelMissing, match=Path(name).name):
        open_folder(copied)


@pytest.mark.parametrize(
    "said",
    [
        {"data_offsets": [0]},
        {"data_offsets": [0, "9"]},
        {"data_offsets": [0, -4]},
        {"shape": None},
        {"shape": ["1"]},
        {"shape": [10**30]},
        {"dtype": 7},
    ],
)
def test_a_header_that_says_nothing_of_use_is_damaged(
    copied: Path, said: dict[str, object]
) -> None:
    tensor: dict[str, object] = {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}
    header = json.dumps({"a": tensor | said}).encode()
    weights(copied, "vae").write_bytes(len(header).to_bytes(8, "little") + header + bytes(4))

    with pytest.raises(ModelMissing, match="is damaged"):
        open_folder(copied)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)
KEYS = {
    "model_index.json": ("boundary_ratio", "transformer_2", "expand_timesteps"),
    "transformer/config.json": ("in_channels", "out_channels", "rope_max_seq_len", "_class_name"),
    "text_encoder/config.json": ("architectures",),
    "scheduler/scheduler_config.json": ("shift",),
}


@given(data=st.data())
@settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_any_damage_of_the_settings_ends_in_a_model_or_a_sentence(
    copied: Path, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from([*KEYS]))
    file = copied / name
    before = file.read_bytes()
    if data.draw(st.booleans()):
        changes = {data.draw(st.sampled_from(KEYS[name])): data.draw(JSON)}
        file.write_text(json.dumps(json.loads(before) | changes))
    else:
        file.write_bytes(data.draw(st.binary(max_size=20)))
    try:
        sizes_or_sentence(copied)
    finally:
        file.write_bytes(before)


@given(data=st.data())
@settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_any_damage_of_a_header_ends_in_a_model_or_a_sentence(
    copied: Path, data: st.DataObject
) -> None:
    said = st.fixed_dictionaries(
        {
            "dtype": st.sampled_from(["F32", "BF16", "I8", ""]) | JSON,
            "shape": st.lists(st.integers(-1, 5)) | JSON,
            "data_offsets": st.lists(st.integers(-1, 5), max_size=3) | JSON,
        }
    )
    header = data.draw(st.dictionaries(st.text(max_size=3), said | JSON, max_size=2) | JSON)
    text = json.dumps(header).encode() + data.draw(st.binary(max_size=2))
    length = len(text) + data.draw(st.sampled_from([0, 0, 0, -1, 1, 10**9]))
    end = bytes(data.draw(st.integers(0, 5)))
    file = weights(copied, "vae")
    file.write_bytes(max(0, length).to_bytes(8, "little") + text + end)

    sizes_or_sentence(copied)


def sizes_or_sentence(path: Path) -> None:
    with suppress(StudioError):
        folder = open_folder(path)
        assert folder.positions >= 1
        float(folder.largest_part()[1] + folder.weights_of("vae"))


@pytest.fixture
def copied(models: dict[str, Path], tmp_path: Path) -> Path:
    """A copy of the tiny text-to-video A14B, to be damaged."""
    return Path(shutil.copytree(models["t2v"], tmp_path / "copy"))


def weights(model: Path, part: str) -> Path:
    """The weights' file of a part."""
    return next((model / part).glob("*.safetensors"))
