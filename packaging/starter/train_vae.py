"""Trains the starter's VAE: the residual, patched, causal one of Wan 2.2, small, 4 × 8 × 8."""

from __future__ import annotations

import math
import random
from pathlib import Path

import draw
import scenes
import torch
import torch.nn.functional as F
from diffusers import AutoencoderKLWan
from torch import nn
from training import Training

Z_DIM = 24
# (share of the training at which it ends, [(clips, frames, side of the crop)]): large batches of
# small crops first, time next, and at last clips as long as those it will decode, else colours
# drift.
STAGES = (
    (0.35, ((64, 1, 32),)),
    (0.75, ((64, 1, 32), (24, 5, 32), (12, 9, 32), (6, 17, 32))),
    (1.01, ((16, 1, 64), (12, 9, 32), (3, 17, 64), (4, 25, 48), (2, 25, 64))),
)
# The decoder alone, once the latents are fixed: long clips, and mostly what the starter draws.
POLISH = ((3, 17, 64), (2, 25, 64), (2, 25, 80), (16, 1, 64))
LATENT_NOISE = 0.06  # what the decoder must bear; the transformer's errors are no smaller


def build() -> AutoencoderKLWan:
    """The untrained VAE; the last convolution of every residual block starts at zero."""
    vae = AutoencoderKLWan(
        base_dim=24,
        decoder_base_dim=32,
        z_dim=Z_DIM,
        dim_mult=[1, 2, 2],
        num_res_blocks=1,
        temperal_downsample=[True, True],
        latents_mean=[0.0] * Z_DIM,
        latents_std=[1.0] * Z_DIM,
        is_residual=True,
        in_channels=12,
        out_channels=12,
        patch_size=2,
        scale_factor_temporal=4,
        scale_factor_spatial=8,
    )
    for module in vae.modules():
        if type(module).__name__ == "WanResidualBlock":
            nn.init.zeros_(module.conv2.weight)
            nn.init.zeros_(module.conv2.bias)
    return vae


def train(folder: Path, minutes: float, device: str, start: Path | None = None) -> AutoencoderKLWan:
    """Trains for some minutes and returns the averaged VAE, its latents' mean and spread set.

    With no minutes a VAE to `start` from is kept as it is, and so are the latents made by it.
    """
    vae = build() if start is None else AutoencoderKLWan.from_pretrained(start / "vae")
    vae = vae.to(device)
    if start is not None and not minutes:
        return vae
    batches = Batches(seed=1)
    training = Training("vae", vae, folder, lr=1e-3)
    training.run(lambda share: _loss(vae, batches.next(share).to(device), device), minutes)
    trained = training.averaged()
    assert isinstance(trained, AutoencoderKLWan)
    measure_latents(trained, batches, device)
    return trained


def polish(folder: Path, vae: AutoencoderKLWan, minutes: float, device: str) -> None:
    """Trains the decoder alone; the latents, and all that was trained on them, stay as they are."""
    vae.requires_grad_(False).to(device)
    halves = nn.ModuleList([vae.post_quant_conv, vae.decoder]).requires_grad_(True)
    batches = Batches(seed=4)

    def loss(share: float) -> torch.Tensor:
        count, frames, side = batches.rng.choice(POLISH)
        kind = batches.drawn if batches.rng.random() < 0.65 else batches.moving
        return _loss(vae, kind(count, frames, side).to(device), device)

    training = Training("decoder", halves, folder, lr=6e-4)
    training.run(loss, minutes)
    training.averaged()
    vae.requires_grad_(True)


def measure_latents(vae: AutoencoderKLWan, batches: Batches, device: str) -> None:
    """Sets `latents_mean` and `latents_std` from what the encoder makes of drawn clips and
    textures.
    """
    with torch.no_grad():
        means = []
        for _ in range(40):
            z = vae.encode(batches.drawn(2, 17, 64).to(device)).latent_dist.mode()
            means.append(z.transpose(0, 1).flatten(1).cpu())
            z = vae.encode(batches.moving(2, 17, 64).to(device)).latent_dist.mode()
            means.append(z.transpose(0, 1).flatten(1).cpu())
    z = torch.cat(means, dim=1)
    vae.register_to_config(latents_mean=z.mean(1).tolist(), latents_std=z.std(1).tolist())


def psnr(a: torch.Tensor, b: torch.Tensor) -> float:
    """Peak signal-to-noise ratio in dB of two pictures or clips in [-1, 1]."""
    return 10 * math.log10(4 / float(F.mse_loss(a.float(), b.float())))


class Batches:
    """An endless supply of training clips `[clips, 3, frames, side, side]`."""

    def __init__(self, seed: int):
        self.rng = random.Random(seed)
        self.generator = torch.Generator().manual_seed(seed)

    def next(self, share: float) -> torch.Tensor:
        kinds = next(kinds for end, kinds in STAGES if share < end)
        count, frames, side = self.rng.choice(kinds)
        drawn = self.rng.random() < (0.15 if frames == 1 else 0.5)
        return self.drawn(count, frames, side) if drawn else self.moving(count, frames, side)

    def moving(self, count: int, frames: int, side: int) -> torch.Tensor:
        """Crops of textures that slide and zoom, with leaves sliding over them."""
        if frames == 1:
            return draw.textures(count, side, side, self.generator).unsqueeze(2)
        out = _slide(
            draw.textures(count, 2 * side, 2 * side, self.generator), frames, side, self.rng
        )
        for _ in range(self.rng.randint(0, 2)):
            over = draw.textures(count, 2 * side, 2 * side, self.generator)
            mask = draw.leaf(count, 2 * side, 2 * side, self.generator)
            both = _slide(torch.cat([over, mask], dim=1), frames, side, self.rng)
            out = out + (both[:, :3] - out) * both[:, 3:].clamp(0, 1)
        return out

    def drawn(self, count: int, frames: int, side: int) -> torch.Tensor:
        """Crops of drawn scenes, taken where something is."""
        out = []
        while len(out) < count:
            scene = scenes.draw_scene(self.rng)
            whole = draw.clip(scene, 160, 96, frames, self.rng)
            for _ in range(min(4, count - len(out))):
                x, y = self.rng.randrange(0, 161 - side), self.rng.randrange(0, 97 - side)
                out.append(whole[:, :, y : y + side, x : x + side])
        return torch.stack(out)


def _slide(canvas: torch.Tensor, frames: int, side: int, rng: random.Random) -> torch.Tensor:
    """Crops a moving window out of canvases twice its size: `[count, channels, frames, side,
    side]`.
    """
    count = len(canvas)
    generator = torch.Generator().manual_seed(rng.randrange(1 << 30))
    speed = (torch.rand(count, 2, generator=generator) - 0.5) * 0.08
    speed[torch.rand(count, generator=generator) < 0.25] = 0
    swell = (torch.rand(count, generator=generator) - 0.5) * 0.04
    swell[torch.rand(count, generator=generator) < 0.5] = 0
    out = []
    for t in range(frames):
        theta = torch.zeros(count, 2, 3)
        zoom = 0.5 * torch.exp(swell * t)
        theta[:, 0, 0] = theta[:, 1, 1] = zoom
        theta[:, :, 2] = (speed * t).clamp(-0.5, 0.5)
        grid = F.affine_grid(theta, [count, 1, side, side], align_corners=False)
        out.append(F.grid_sample(canvas, grid, padding_mode="reflection", align_corners=False))
    return torch.stack(out, dim=2)


def _loss(vae: AutoencoderKLWan, clips: torch.Tensor, device: str) -> torch.Tensor:
    with torch.autocast(device, torch.bfloat16):
        z = vae.encode(clips).latent_dist.mean
        noisy = z + LATENT_NOISE * torch.randn_like(z)
        out = _decode(vae, noisy)
    error = out.float() - clips
    return error.abs().mean() + 2 * error.square().mean() + 1e-4 * z.float().square().mean()


def _decode(vae: AutoencoderKLWan, z: torch.Tensor) -> torch.Tensor:
    """`vae.decode` without its clamp, whose gradient is zero where a colour is too strong."""
    vae.clear_cache()
    x = vae.post_quant_conv(z)
    out = []
    for i in range(x.shape[2]):
        vae._conv_idx = [0]
        out.append(
            vae.decoder(
                x[:, :, i : i + 1],
                feat_cache=vae._feat_map,
                feat_idx=vae._conv_idx,
                first_chunk=i == 0,
            )
        )
    vae.clear_cache()
    from diffusers.models.autoencoders.autoencoder_kl_wan import unpatchify

    return unpatchify(torch.cat(out, dim=2), 2)
