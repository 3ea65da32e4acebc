"""A model's parts are loaded whole and from safe files, or refused with a sentence."""

from __future__ import annotations

import errno
import itertools
import shutil
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
import torch
from diffusers import AutoencoderKLWan, WanTransformer3DModel
from safetensors.torch import load_file, save_file
from transformers import UMT5EncoderModel

from studio.core.errors import ModelMissing, OutOfMemory
from studio.core.model_folder import find_model, open_folder
from studio.engine import weights
from studio.engine.model import SPARE_MEMORY, Model, fits_beside
from studio.engine.torch_errors import is_out_of_memory
from studio.engine.weights import Weights
from tests.engine.conftest import PRECISE


def test_a_pickle_is_not_loaded_where_the_safe_file_has_a_foreign_name(copied: Path) -> None:
    folder = copied / "transformer"
    safe = folder / "diffusion_pytorch_model.safetensors"
    torch.save(load_file(safe), folder / "diffusion_pytorch_model.bin")
    safe.rename(folder / "x.safetensors")

    with pytest.raises(ModelMissing, match="holds only pickled weights"):
        model(copied)


@pytest.mark.parametrize(
    ("part", "tensor"),
    [
        ("transformer", "proj_out.weight"),
        ("vae", "post_quant_conv.weight"),
        ("text_encoder", "encoder.final_layer_norm.weight"),
        ("text_encoder", "shared.weight"),
    ],
)
def test_a_part_that_lacks_a_tensor_is_refused_by_name(
    copied: Path, part: str, tensor: str
) -> None:
    (file,) = (copied / part).glob("*.safetensors")
    tensors = load_file(file)
    del tensors[tensor]
    save_file(tensors, file, {"format": "pt"})

    with pytest.raises(ModelMissing, match=rf"The {part} in .* lacks .* of its weights") as refusal:
        getattr(model(copied), part)()
    assert "copy the model again" in str(refusal.value)


@pytest.mark.parametrize("part", ["transformer", "vae"])
def test_a_part_of_other_shapes_is_refused_before_any_work(copied: Path, part: str) -> None:
    (file,) = (copied / part).glob("*.safetensors")
    tensors = load_file(file)
    name, value = next((n, v) for n, v in sorted(tensors.items()) if n.endswith(".weight"))
    save_file(tensors | {name: value.repeat(2, *[1] * (value.ndim - 1))}, file, {"format": "pt"})

    with pytest.raises(ModelMissing, match=rf"{name} is .* and has to be .*; copy the model again"):
        model(copied).check()


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize(
    ("family", "name"),
    [
        *itertools.product(["i2v", "ti2v", "starter"], ["text_encoder", "transformer", "vae"]),
        ("i2v", "transformer_2"),
    ],
)
def test_a_part_is_as_its_library_loads_it(
    models: dict[str, Path], family: str, name: str, dtype: torch.dtype
) -> None:
    folder = find_model("starter") if family == "starter" else open_folder(models[family])
    kind = {"text_encoder": UMT5EncoderModel, "vae": AutoencoderKLWan}.get(
        name, WanTransformer3DModel
    )
    theirs = kind.from_pretrained(folder.path / name, dtype=dtype, local_files_only=True)

    weights = Weights(folder, name)
    ours = weights.empty()
    shares = list(weights.fill(ours, dtype, torch.device("cpu")))

    assert shares == sorted(shares)
    assert shares[0] == 0
    assert shares[-1] == 1
    assert not ours.training
    for found, expected in zip(everything(ours), everything(theirs), strict=True):
        assert found[0] == expected[0]
        assert found[1].dtype == expected[1].dtype, found[0]
        assert torch.equal(found[1], expected[1]), found[0]


def test_a_text_encoder_may_name_its_embeddings_either_way(copied: Path) -> None:
    (file,) = (copied / "text_encoder").glob("*.safetensors")
    tensors = load_file(file)
    tensors["encoder.embed_tokens.weight"] = tensors.pop("shared.weight")
    save_file(tensors, file, {"format": "pt"})
    config = copied / "text_encoder" / "config.json"
    config.write_text(config.read_text().replace('embeddings": true', 'embeddings": false'))

    encoder = model(copied).text_encoder()

    assert encoder.shared.weight is encoder.encoder.embed_tokens.weight
    assert torch.equal(encoder.shared.weight, tensors["encoder.embed_tokens.weight"].float())


def test_of_two_copies_of_the_embeddings_that_of_the_first_name_counts(copied: Path) -> None:
    (file,) = (copied / "text_encoder").glob("*.safetensors")
    tensors = load_file(file)
    right = tensors["shared.weight"]
    second = {"encoder.embed_tokens.weight": torch.zeros_like(right)}
    save_file(tensors | second, file, {"format": "pt"})

    held = model(copied)
    assert list(held.load("text_encoder"))[-1] == 1
    assert torch.equal(held.text_encoder().encoder.embed_tokens.weight, right)


@pytest.mark.parametrize(("spare", "stays"), [(SPARE_MEMORY + (1 << 30), True), (0, False)])
def test_a_part_makes_way_into_ram_only_where_there_is_room(
    models: dict[str, Path], monkeypatch: pytest.MonkeyPatch, spare: int, stays: bool
) -> None:
    free = SimpleNamespace(available=spare)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: free)
    part = model(models["ti2v"]).vae()
    assert fits_beside(part)  # it lies in RAM already
    assert fits_beside(part.to("meta")) is stays


def test_a_check_maps_no_weights_for_which_there_may_be_no_memory(
    models: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError("The paging file is too small for this operation. (os error 1455)")

    monkeypatch.setattr(weights, "safe_open", full)
    held = model(models["ti2v"])
    held.check()
    with pytest.raises(OutOfMemory, match="not enough memory for the vae"):
        held.vae()


@pytest.mark.parametrize(
    ("error", "answer"),
    [
        (OSError(errno.ENOMEM, "no memory"), True),
        (OSError("[WinError 1455] The paging file is too small"), True),
        (RuntimeError("Couldn't open file mapping: <a.safetensors>, error code: <1455>"), True),
        (OSError(errno.EIO, "Input/output error"), False),
        (ValueError("out of memory"), False),
    ],
)
def test_what_a_system_says_of_memory_is_understood(error: Exception, answer: bool) -> None:
    assert is_out_of_memory(error) is answer


def test_each_half_of_a_vae_has_its_own_number_format(models: dict[str, Path]) -> None:
    place = replace(PRECISE, decode_dtype=torch.bfloat16)
    vae = Model(open_folder(models["ti2v"]), place).vae()

    for half in (vae.encoder, vae.quant_conv):
        assert {value.dtype for value in half.parameters()} == {torch.float32}
    for half in (vae.decoder, vae.post_quant_conv):
        assert {value.dtype for value in half.parameters()} == {torch.bfloat16}


def test_a_text_encoder_with_untied_embeddings_is_refused(
    models: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    fill = Weights.fill

    def untied(self: Weights, part: Any, *given: Any) -> Generator[float, None, None]:
        yield from fill(self, part, *given)
        clone = part.shared.weight.clone()
        part.encoder.embed_tokens.weight = torch.nn.Parameter(clone)

    monkeypatch.setattr(Weights, "fill", untied)
    with pytest.raises(ModelMissing, match="untied embeddings"):
        model(models["ti2v"]).text_encoder()


def test_a_part_that_was_left_half_way_is_loaded_anew(models: dict[str, Path]) -> None:
    held = model(models["ti2v"])
    half = held.load("transformer")
    assert next(half) < 1
    assert 0 < next(half) < 1
    half.close()
    assert "transformer" not in held.loaded_parts

    shares = list(held.load("transformer"))

    assert shares[-1] == 1
    assert not any(tensor.is_meta for _, tensor in everything(held.transformer()))
    assert list(held.load("transformer")) == []  # it is there


@pytest.fixture
def copied(models: dict[str, Path], tmp_path: Path) -> Path:
    """A copy of the tiny 5B, to be damaged."""
    return Path(shutil.copytree(models["ti2v"], tmp_path / "copy"))


def model(path: Path) -> Model:
    """The model of a folder that its check lets pass, nothing loaded yet."""
    return Model(open_folder(path), PRECISE)


def everything(part: torch.nn.Module) -> list[tuple[str, torch.Tensor]]:
    """All parameters and buffers of a part."""
    return [*part.named_parameters(), *part.named_buffers()]
