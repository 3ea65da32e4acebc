"""A model folder is recognised, or refused with a sentence that names what is wrong."""

from __future__ import annotations

import errno
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from studio.core.errors import BadInput, ModelMissing
from studio.core.family import I2V_A14B, T2V_A14B, TI2V_5B, resolve
from studio.core.folders import assets, folders
from studio.core.model_folder import (
    find_model,
    installed_models,
    models_and_broken,
    name_of,
    open_folder,
)
from studio.core.params import GenerationParams


def test_each_layout_is_known_for_what_it_is(models: dict[str, Path]) -> None:
    found = {name: open_folder(path).family for name, path in models.items()}

    assert found == {"ti2v": TI2V_5B, "t2v": T2V_A14B, "i2v": I2V_A14B}


def test_the_largest_part_is_counted_in_16_bits(models: dict[str, Path]) -> None:
    part, size = open_folder(models["ti2v"]).largest_part()
    tensors = load_file(weights(models["ti2v"], part))

    assert part == "transformer"
    assert size == 2 * sum(tensor.numel() for tensor in tensors.values())


def test_a_name_that_is_no_folder_is_refused() -> None:
    with pytest.raises(ModelMissing, match="no model 'dreamer'"):
        find_model("dreamer")


def test_a_folder_of_that_name_among_the_user_s_models_is_found(models: dict[str, Path]) -> None:
    shutil.copytree(models["ti2v"], folders().models / "mine")

    assert find_model("mine").family is TI2V_5B


@pytest.mark.parametrize(
    "part", ["transformer", "transformer_2", "vae", "text_encoder", "tokenizer"]
)
def test_a_missing_part_is_named(copied: Path, part: str) -> None:
    shutil.rmtree(copied / part)

    with pytest.raises(ModelMissing, match=f"its {part}"):
        open_folder(copied)


def test_pickled_weights_alone_are_refused(copied: Path) -> None:
    weights(copied, "transformer").unlink()
    (copied / "transformer" / "diffusion_pytorch_model.bin").write_bytes(b"PK")

    with pytest.raises(ModelMissing, match="pickled"):
        open_folder(copied)


@pytest.mark.parametrize("damage", ["cut", "header", "empty"])
def test_a_damaged_weights_file_is_named(copied: Path, damage: str) -> None:
    file = weights(copied, "vae")
    data = file.read_bytes()
    file.write_bytes({"cut": data[:-100], "header": b"\xff" * 8 + data[8:], "empty": b""}[damage])

    with pytest.raises(ModelMissing, match=f"{file.name} is damaged"):
        open_folder(copied)


def test_quantised_weights_are_named_as_such(copied: Path) -> None:
    (file,) = (copied / "transformer").glob("*.safetensors")
    tensors = load_file(file)
    save_file(tensors | {"extra": torch.zeros(2, dtype=torch.int8)}, file, {"format": "pt"})

    with pytest.raises(ModelMissing, match=r"is quantised \(I8\).*get the model in bf16 or fp32"):
        open_folder(copied)


def test_weights_that_cannot_be_read_are_named(
    copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (file,) = (copied / "vae").glob("*.safetensors")
    opened = Path.open

    def closed(path: Path, *given: Any, **options: Any) -> Any:
        if path == file:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return opened(path, *given, **options)

    monkeypatch.setattr(Path, "open", closed)
    with pytest.raises(ModelMissing, match=rf"{file} cannot be read \(Permission denied\)"):
        open_folder(copied)


def test_a_missing_shard_is_named(copied: Path) -> None:
    index = copied / "transformer" / "diffusion_pytorch_model.safetensors.index.json"
    index.with_name("diffusion_pytorch_model.safetensors").unlink()
    index.write_text(json.dumps({"weight_map": {"a": "part-2.safetensors"}}))

    with pytest.raises(ModelMissing, match=r"part-2\.safetensors"):
        open_folder(copied)


def test_a_model_of_another_kind_is_refused(copied: Path) -> None:
    index = json.loads((copied / "model_index.json").read_text())
    index |= {"boundary_ratio": None, "transformer_2": [None, None]}
    (copied / "model_index.json").write_text(json.dumps(index))

    with pytest.raises(ModelMissing, match="not one of the Wan"):
        open_folder(copied)


@pytest.mark.parametrize(
    ("part", "key", "kind"),
    [
        ("transformer", "_class_name", "CogVideoXTransformer3DModel"),
        ("transformer_2", "_class_name", "WanVACETransformer3DModel"),
        ("vae", "_class_name", "AutoencoderKL"),
        ("text_encoder", "architectures", ["T5EncoderModel"]),
    ],
)
def test_a_part_of_another_kind_is_named_with_what_is_needed(
    copied: Path, part: str, key: str, kind: str | list[str]
) -> None:
    file = copied / part / "config.json"
    config = json.loads(file.read_text())
    needed = config[key][0] if part == "text_encoder" else config[key]
    said = kind if isinstance(kind, str) else kind[0]
    file.write_text(json.dumps(config | {key: kind}))

    with pytest.raises(ModelMissing, match=rf"The {part} in .* {said} .* {needed};"):
        open_folder(copied)

    del config[key]
    file.write_text(json.dumps(config))
    assert open_folder(copied).family is T2V_A14B


@pytest.mark.parametrize(
    ("model", "second", "sentence"),
    [
        ("ti2v", 3.0, "no second transformer to use it; take it out"),
        ("t2v", None, "which this model's second transformer needs; add it"),
    ],
)
def test_own_values_that_do_not_fit_the_number_of_transformers_are_refused(
    models: dict[str, Path], tmp_path: Path, model: str, second: float | None, sentence: str
) -> None:
    copy = Path(shutil.copytree(models[model], tmp_path / "own"))
    own = T2V_A14B.model_copy(update={"title": "Mine", "guidance_scale_2": second})
    (copy / "clipwright.json").write_text(own.model_dump_json())

    with pytest.raises(ModelMissing, match=sentence):
        open_folder(copy)

    fitting = own.model_copy(update={"guidance_scale_2": 3.0 if second is None else None})
    (copy / "clipwright.json").write_text(fitting.model_dump_json())
    assert open_folder(copy).family.title == "Mine"


def test_a_damaged_index_is_refused(copied: Path) -> None:
    (copied / "model_index.json").write_text("{")

    with pytest.raises(ModelMissing, match=r"model_index\.json cannot be read"):
        open_folder(copied)


def test_other_weights_have_another_fingerprint(copied: Path, models: dict[str, Path]) -> None:
    before = open_folder(copied).fingerprint("vae")
    file = weights(copied, "vae")
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(bytes(data))

    assert before == open_folder(models["t2v"]).fingerprint("vae")
    assert before != open_folder(copied).fingerprint("vae")


def test_the_longest_clip_is_the_transformer_s_own(models: dict[str, Path]) -> None:
    tiny, starter = open_folder(models["ti2v"]), find_model("starter")
    params = GenerationParams(prompt="a", width=64, height=64, num_frames=125)
    tiny.check_reach(resolve(params, TI2V_5B, None))

    longer = resolve(params.model_copy(update={"num_frames": 129}), TI2V_5B, None)
    starter.check_reach(longer)
    with pytest.raises(BadInput, match=r"use num_frames 125 instead of 129\.$"):
        tiny.check_reach(longer)
    with pytest.raises(BadInput, match=r"use width 1024 instead of 1280\.$"):
        tiny.check_reach(resolve(GenerationParams(prompt="a"), TI2V_5B, None))


def test_all_good_models_are_found_and_the_broken_ones_have_a_reason(
    models: dict[str, Path], tmp_path: Path
) -> None:
    more = tmp_path / "more"
    shutil.copytree(models["ti2v"], folders().models / "mine")
    shutil.copytree(models["t2v"], more / "theirs")
    shutil.copytree(models["t2v"], more / "half")
    shutil.rmtree(more / "half" / "vae")
    (more / ".hidden").mkdir()
    (more / "readme.txt").touch()
    found = installed_models(more)

    assert [model.path for model in found] == [
        assets() / "starter",
        folders().models / "mine",
        more / "theirs",
    ]
    names = [name_of(model) for model in found]
    assert names == ["starter", "mine", str(more / "theirs")]
    assert [find_model(name).path for name in names] == [model.path for model in found]
    (broken,) = models_and_broken(more)[1]
    assert broken.path == more / "half"
    assert "its vae" in broken.reason


def test_without_a_folder_of_models_there_is_the_starter() -> None:
    assert [name_of(model) for model in installed_models()] == ["starter"]
    assert models_and_broken()[1] == []


@pytest.fixture
def copied(models: dict[str, Path], tmp_path: Path) -> Path:
    """A copy of the tiny text-to-video A14B, to be damaged."""
    return Path(shutil.copytree(models["t2v"], tmp_path / "copy"))


def weights(model: Path, part: str) -> Path:
    """The weights' file of a part."""
    return next((model / part).glob("*.safetensors"))
