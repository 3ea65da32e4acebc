"""Where a model's parts go follows from what they take as they are loaded."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from studio.core.model_folder import open_folder
from studio.core.request import Memory
from studio.engine import placement


@pytest.mark.parametrize(("short", "offload"), [(1, True), (0, False)])
def test_auto_counts_the_weights_as_they_are_loaded_and_not_as_they_lie_on_the_disk(
    models: dict[str, Path], monkeypatch: pytest.MonkeyPatch, short: int, offload: bool
) -> None:
    loaded = 0
    for file in models["t2v"].rglob("*.safetensors"):
        tensors = load_file(file).values()
        assert {tensor.dtype for tensor in tensors} == {torch.float32}
        values = sum(tensor.numel() for tensor in tensors)
        loaded += values * (4 if file.parent.name == "vae" else 2)  # only the VAE stays in fp32
    # For small models four times the weights are to be free beside them.
    free = 5 * loaded - short
    monkeypatch.setattr(placement, "best_device", lambda: torch.device("cpu"))
    monkeypatch.setattr(placement, "fast_dtype", lambda device: torch.bfloat16)
    monkeypatch.setattr(placement, "free_memory", lambda device: free)

    chosen = placement.choose_placement(Memory.AUTO, open_folder(models["t2v"]))

    assert chosen.offload is offload


@pytest.mark.parametrize(
    ("fast", "decode"), [(torch.float16, torch.float32), (torch.bfloat16, torch.bfloat16)]
)
def test_a_photo_is_encoded_in_fp32_and_a_clip_decoded_so_where_there_is_no_bf16(
    models: dict[str, Path],
    monkeypatch: pytest.MonkeyPatch,
    fast: torch.dtype,
    decode: torch.dtype,
) -> None:
    monkeypatch.setattr(placement, "best_device", lambda: torch.device("cpu"))
    monkeypatch.setattr(placement, "fast_dtype", lambda device: fast)

    chosen = placement.choose_placement(Memory.RESIDENT, open_folder(models["ti2v"]))

    assert (chosen.transformer_dtype, chosen.text_dtype) == (fast, fast)
    assert (chosen.encode_dtype, chosen.decode_dtype) == (torch.float32, decode)
