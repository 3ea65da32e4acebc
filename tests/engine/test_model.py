"""A model's parts are loaded whole and from safe files, or refused with a sentence."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import UMT5EncoderModel

from studio.core.errors import ModelMissing
from studio.core.model_folder import open_folder
from studio.engine.model import Model
from tests.engine.conftest import PRECISE


def test_a_pickle_is_not_loaded_where_the_safe_file_has_a_foreign_name(copied: Path) -> None:
    folder = copied / "transformer"
    safe = folder / "diffusion_pytorch_model.safetensors"
    torch.save(load_file(safe), folder / "diffusion_pytorch_model.bin")
    safe.rename(folder / "x.safetensors")

    with pytest.raises(ModelMissing, match=r"The transformer in .* cannot be loaded"):
        model(copied).transformer()


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


def test_a_text_encoder_with_untied_embeddings_is_refused(
    models: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    load = UMT5EncoderModel.from_pretrained

    def untied(*given: Any, **options: Any) -> Any:
        encoder, told = load(*given, **options)
        clone = encoder.shared.weight.clone()
        encoder.encoder.embed_tokens.weight = torch.nn.Parameter(clone)
        return encoder, told

    monkeypatch.setattr(UMT5EncoderModel, "from_pretrained", untied)
    with pytest.raises(ModelMissing, match="untied embeddings"):
        model(models["ti2v"]).text_encoder()


@pytest.fixture
def copied(models: dict[str, Path], tmp_path: Path) -> Path:
    """A copy of the tiny 5B, to be damaged."""
    return Path(shutil.copytree(models["ti2v"], tmp_path / "copy"))


def model(path: Path) -> Model:
    """The model of a folder that its check lets pass, nothing loaded yet."""
    return Model(open_folder(path), PRECISE)
