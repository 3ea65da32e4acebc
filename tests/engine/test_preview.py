"""The map from latents to colours is fitted from the VAE itself, and kept."""

from __future__ import annotations

from pathlib import Path

import torch

from studio.engine.preview import PreviewMap, load_map, save_map


def test_a_strip_is_the_linear_map_of_each_latent() -> None:
    weight = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
    strip = PreviewMap(weight, torch.tensor([0.0, 0.0, 1.0])).strip(
        torch.tensor([[-1.0, 1.0], [0.0, 0.0]]).view(1, 2, 2, 1, 1)
    )

    assert strip.size == (2, 1)
    assert strip.getpixel((0, 0)) == (0, 128, 255)
    assert strip.getpixel((1, 0)) == (255, 128, 255)


def test_a_kept_map_is_read_back_and_a_damaged_one_is_none(tmp_path: Path) -> None:
    fitted = PreviewMap(torch.randn(3, 4), torch.randn(3))
    save_map(tmp_path / "maps" / "a.safetensors", fitted)
    found = load_map(tmp_path / "maps" / "a.safetensors")
    assert found is not None
    assert torch.equal(found.weight, fitted.weight)

    (tmp_path / "maps" / "a.safetensors").write_bytes(b"rubbish")
    assert load_map(tmp_path / "maps" / "a.safetensors") is None
    assert load_map(tmp_path / "none") is None
