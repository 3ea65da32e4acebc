"""Tiny random models in the layout of real ones: the same classes and code paths, built in
moments.
"""

from __future__ import annotations

import json
from pathlib import Path

import torch
from diffusers import AutoencoderKLWan, UniPCMultistepScheduler, WanTransformer3DModel
from transformers import ByT5Tokenizer, UMT5Config, UMT5EncoderModel

TEXT_DIM = 32


def make_ti2v(folder: Path) -> Path:
    """The layout of TI2V-5B: a residual, patched VAE 4 × 16 × 16 and timesteps a token."""
    torch.manual_seed(0)
    AutoencoderKLWan(
        base_dim=3,
        z_dim=48,
        in_channels=12,
        out_channels=12,
        is_residual=True,
        patch_size=2,
        dim_mult=[1, 1, 1, 1],
        num_res_blocks=1,
        temperal_downsample=[False, True, True],
        scale_factor_spatial=16,
        scale_factor_temporal=4,
        latents_mean=[0.1] * 48,
        latents_std=[1.5] * 48,
    ).save_pretrained(folder / "vae")
    _transformer(48, 48).save_pretrained(folder / "transformer")
    _common(folder, expand_timesteps=True, boundary_ratio=None)
    return folder


def make_a14b(folder: Path, *, photo: bool) -> Path:
    """The layout of T2V-A14B, or (`photo`) of I2V-A14B: two experts and the VAE of Wan 2.1."""
    torch.manual_seed(1)
    AutoencoderKLWan(
        base_dim=3,
        z_dim=16,
        dim_mult=[1, 1, 1, 1],
        num_res_blocks=1,
        temperal_downsample=[False, True, True],
    ).save_pretrained(folder / "vae")
    channels = 36 if photo else 16
    _transformer(channels, 16).save_pretrained(folder / "transformer")
    _transformer(channels, 16).save_pretrained(folder / "transformer_2")
    _common(folder, expand_timesteps=False, boundary_ratio=0.9 if photo else 0.875)
    return folder


def _transformer(in_channels: int, out_channels: int) -> WanTransformer3DModel:
    return WanTransformer3DModel(
        patch_size=(1, 2, 2),
        num_attention_heads=2,
        attention_head_dim=12,
        in_channels=in_channels,
        out_channels=out_channels,
        text_dim=TEXT_DIM,
        freq_dim=256,
        ffn_dim=32,
        num_layers=2,
        cross_attn_norm=True,
        rope_max_seq_len=32,
    )


def _common(folder: Path, *, expand_timesteps: bool, boundary_ratio: float | None) -> None:
    UMT5EncoderModel(
        UMT5Config(vocab_size=384, d_model=TEXT_DIM, d_kv=8, d_ff=32, num_layers=2, num_heads=4)
    ).save_pretrained(folder / "text_encoder")
    ByT5Tokenizer().save_pretrained(folder / "tokenizer")
    UniPCMultistepScheduler(
        prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0
    ).save_pretrained(folder / "scheduler")
    second = ["diffusers", "WanTransformer3DModel"] if boundary_ratio else [None, None]
    index = {
        "_class_name": "WanPipeline",
        "boundary_ratio": boundary_ratio,
        "expand_timesteps": expand_timesteps,
        "scheduler": ["diffusers", "UniPCMultistepScheduler"],
        "text_encoder": ["transformers", "UMT5EncoderModel"],
        "tokenizer": ["transformers", "ByT5Tokenizer"],
        "transformer": ["diffusers", "WanTransformer3DModel"],
        "transformer_2": second,
        "vae": ["diffusers", "AutoencoderKLWan"],
    }
    (folder / "model_index.json").write_text(json.dumps(index))
