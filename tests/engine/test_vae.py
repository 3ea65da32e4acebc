"""Frames stream through the VAE in blocks and come out as they would all at once."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from diffusers import AutoencoderKLWan
from PIL import Image

from studio.engine import vae


@pytest.mark.parametrize("model", ["ti2v", "t2v"])
@pytest.mark.parametrize("frames", [1, 2, 4])
def test_streamed_decode_equals_the_whole_decode(
    models: dict[str, Path], model: str, frames: int
) -> None:
    coder = load(models[model])
    latents = torch.randn(1, coder.config.z_dim, frames, 3, 4)
    shape = (1, -1, 1, 1, 1)
    raw = latents / (1.0 / torch.tensor(coder.config.latents_std).view(shape)) + torch.tensor(
        coder.config.latents_mean
    ).view(shape)
    with torch.no_grad():
        whole = coder.decode(raw).sample
    blocks = list(vae.decode_floats(coder, latents))

    assert [block.shape[2] for block in blocks] == [1, *[4] * (frames - 1)]
    assert torch.equal(torch.cat(blocks, dim=2), whole)


def test_decoded_blocks_are_the_rounded_pixels(models: dict[str, Path]) -> None:
    coder = load(models["ti2v"])
    latents = torch.randn(1, 48, 2, 2, 2)
    floats = torch.cat(list(vae.decode_floats(coder, latents)), dim=2)[0].permute(1, 2, 3, 0)
    pixels = torch.cat(list(vae.decode(coder, latents)))

    assert pixels.dtype == torch.uint8
    assert (pixels.float() - (floats + 1) * 127.5).abs().max() <= 0.5


@pytest.mark.parametrize("model", ["ti2v", "i2v"])
@pytest.mark.parametrize("frames", [1, 9])
def test_streamed_encode_equals_the_whole_encode(
    models: dict[str, Path], model: str, frames: int
) -> None:
    coder = load(models[model])
    photo = Image.effect_noise((64, 32), 60).convert("RGB")
    first = vae.picture_tensor(photo)
    clip = torch.cat([first, torch.zeros(1, 3, frames - 1, 32, 64)], dim=2)
    with torch.no_grad():
        whole = coder.encode(clip).latent_dist.mode()
    shape = (1, -1, 1, 1, 1)
    mean = torch.tensor(coder.config.latents_mean).view(shape)
    inverse = 1.0 / torch.tensor(coder.config.latents_std).view(shape)

    streamed = vae.encode(coder, vae.photo_blocks(photo, frames, torch.device("cpu")))
    assert torch.equal(streamed, (whole - mean) * inverse)


def test_the_mask_marks_the_photo_s_frame_alone() -> None:
    masked = vae.with_mask(torch.full((1, 16, 3, 2, 2), 5.0))

    assert masked.shape == (1, 20, 3, 2, 2)
    assert masked[:, :4, 0].eq(1).all()
    assert masked[:, :4, 1:].eq(0).all()
    assert masked[:, 4:].eq(5).all()


def load(model: Path) -> AutoencoderKLWan:
    """A tiny VAE in fp32."""
    return AutoencoderKLWan.from_pretrained(model / "vae").eval()
