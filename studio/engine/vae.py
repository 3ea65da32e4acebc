"""The VAE's causal encoder and decoder as streams: frames go through them block by block."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator

import torch
from diffusers import AutoencoderKLWan
from diffusers.models.autoencoders.autoencoder_kl_wan import (
    WanCausalConv3d,
    WanDecoder3d,
    WanEncoder3d,
    patchify,
    unpatchify,
)
from PIL import Image

BLOCK = 4  # frames that one latent frame stands for, after the first, which stands for one


def encode(vae: AutoencoderKLWan, blocks: Iterable[torch.Tensor]) -> torch.Tensor:
    """What `encoding` returns, without a stop on the way."""
    run = encoding(vae, blocks)
    while True:
        try:
            next(run)
        except StopIteration as end:
            return end.value


@torch.no_grad()
def encoding(
    vae: AutoencoderKLWan, blocks: Iterable[torch.Tensor]
) -> Generator[None, None, torch.Tensor]:
    """Normalised latents `[1, z, frames, h, w]` of frames in [-1, 1]; yields after every block.

    `blocks` are `[1, 3, n, height, width]`: one frame first, then four each. The result is the
    posterior's mode, as the pipelines take it.
    """
    cache = _Cache(vae.encoder)
    moments: list[torch.Tensor] = []
    for block in blocks:
        if vae.config["patch_size"] is not None:
            block = patchify(block, patch_size=vae.config["patch_size"])
        moments.append(vae.encoder(block, feat_cache=cache.features, feat_idx=cache.restart()))
        yield
    mode = vae.quant_conv(torch.cat(moments, dim=2)).chunk(2, dim=1)[0]
    mean, inverse = _spread(vae, mode.device, torch.float32)
    return (mode.float() - mean) * inverse


@torch.no_grad()
def decode(vae: AutoencoderKLWan, latents: torch.Tensor) -> Iterator[torch.Tensor]:
    """Blocks of frames `[n, height, width, 3]` in uint8 on the CPU, as the decoder makes them.

    `latents` are normalised, `[1, z, frames, h, w]`; the first block is one frame, the others four.
    """
    for block in decode_floats(vae, latents):
        frames = block.float().add(1).mul(127.5).round_().clamp_(0, 255).to(torch.uint8)
        yield frames[0].permute(1, 2, 3, 0).contiguous().cpu()


@torch.no_grad()
def decode_floats(vae: AutoencoderKLWan, latents: torch.Tensor) -> Iterator[torch.Tensor]:
    """The same blocks as `[1, 3, n, height, width]` in [-1, 1], equal to those of `vae.decode`."""
    dtype = next(vae.decoder.parameters()).dtype
    latents = latents.to(dtype)
    mean, inverse = _spread(vae, latents.device, dtype)
    hidden = vae.post_quant_conv(latents / inverse + mean)
    cache = _Cache(vae.decoder)
    for place in range(hidden.shape[2]):
        out = vae.decoder(
            hidden[:, :, place : place + 1],
            feat_cache=cache.features,
            feat_idx=cache.restart(),
            first_chunk=place == 0,
        )
        if vae.config["patch_size"] is not None:
            out = unpatchify(out, patch_size=vae.config["patch_size"])
        yield out.clamp_(-1, 1)


def photo_blocks(
    photo: Image.Image, num_frames: int, device: torch.device
) -> Iterator[torch.Tensor]:
    """A photo as the first frame of a clip that is grey after it; with one frame, the photo
    alone.
    """
    first = picture_tensor(photo).to(device)
    yield first
    grey = torch.zeros_like(first).expand(-1, -1, BLOCK, -1, -1)
    for _ in range((num_frames - 1) // BLOCK):
        yield grey


def with_mask(latents: torch.Tensor) -> torch.Tensor:
    """A padded photo's latents with the A14B's mask before them: `[1, 4 + z, frames, h, w]`.

    The mask is 1 where the clip is given (the photo's frame, in all of its four channels), else 0.
    """
    mask = latents.new_zeros(1, BLOCK, *latents.shape[2:])
    mask[:, :, 0] = 1
    return torch.cat([mask, latents], dim=1)


def picture_tensor(picture: Image.Image) -> torch.Tensor:
    """An RGB picture as `[1, 3, 1, height, width]` in [-1, 1], by the pipelines' own arithmetic."""
    data = torch.frombuffer(bytearray(picture.tobytes()), dtype=torch.uint8)
    pixels = data.view(1, 1, picture.height, picture.width, 3).permute(0, 4, 1, 2, 3)
    return 2.0 * (pixels.float() / 255.0) - 1.0


def _spread(
    vae: AutoencoderKLWan, device: torch.device, dtype: torch.dtype
) -> tuple[torch.Tensor, torch.Tensor]:
    """The latents' mean and inverse standard deviation, rounded as the pipelines round them."""
    shape = (1, vae.config["z_dim"], 1, 1, 1)
    mean = torch.tensor(vae.config["latents_mean"]).view(shape).to(device, dtype)
    inverse = 1.0 / torch.tensor(vae.config["latents_std"]).view(shape).to(device, dtype)
    return mean, inverse


class _Cache:
    """What the causal convolutions remember of the frames before."""

    def __init__(self, coder: WanEncoder3d | WanDecoder3d):
        count = sum(isinstance(module, WanCausalConv3d) for module in coder.modules())
        self.features: list[torch.Tensor | str | None] = [None] * count

    def restart(self) -> list[int]:
        """The running place in the cache, at the first convolution again."""
        return [0]
