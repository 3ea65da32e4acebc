"""The true TI2V-5B with random weights, and a shrunken one of the same make for machines without a
GPU: what the `gpu` bench renders with. Its clips are noise; its time and memory are the model's.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKLWan, UniPCMultistepScheduler, WanTransformer3DModel
from safetensors.torch import save_file
from torch import nn
from transformers import ByT5Tokenizer, UMT5Config, UMT5EncoderModel

from studio.core.model_folder import ModelFolder
from studio.core.request import Memory
from studio.engine.model import Model
from studio.engine.placement import Placement

# diffusers, scripts/convert_wan_to_diffusers.py: the configs that TI2V-5B is converted with. The
# latents' mean and deviation are left at 0 and 1: they change neither time nor memory.
_TRANSFORMER = {
    "patch_size": (1, 2, 2),
    "in_channels": 48,
    "out_channels": 48,
    "freq_dim": 256,
    "cross_attn_norm": True,
    "qk_norm": "rms_norm_across_heads",
    "rope_max_seq_len": 1024,
}
_VAE = {
    "z_dim": 48,
    "in_channels": 12,
    "out_channels": 12,
    "is_residual": True,
    "patch_size": 2,
    "temperal_downsample": [False, True, True],
    "scale_factor_spatial": 16,
    "scale_factor_temporal": 4,
    "latents_mean": [0.0] * 48,
    "latents_std": [1.0] * 48,
}


@dataclass(frozen=True)
class Build:
    """The sizes of a model's parts, as their classes take them."""

    transformer: dict[str, Any]
    vae: dict[str, Any]
    text: dict[str, Any]


TRUE = Build(
    transformer={
        **_TRANSFORMER,
        "num_layers": 30,
        "num_attention_heads": 24,
        "attention_head_dim": 128,
        "ffn_dim": 14336,
        "text_dim": 4096,
    },
    vae={**_VAE, "base_dim": 160, "decoder_base_dim": 256, "dim_mult": [1, 2, 4, 4]},
    # google/umt5-xxl
    text={
        "vocab_size": 256384,
        "d_model": 4096,
        "d_kv": 64,
        "d_ff": 10240,
        "num_layers": 24,
        "num_heads": 64,
    },
)
SHRUNKEN = Build(
    transformer={
        **_TRANSFORMER,
        "num_layers": 2,
        "num_attention_heads": 2,
        "attention_head_dim": 12,
        "ffn_dim": 32,
        "text_dim": 32,
    },
    vae={**_VAE, "base_dim": 3, "dim_mult": [1, 1, 1, 1], "num_res_blocks": 1},
    text={
        "vocab_size": 384,
        "d_model": 32,
        "d_kv": 8,
        "d_ff": 32,
        "num_layers": 2,
        "num_heads": 4,
    },
)


def build_of(job: dict[str, Any]) -> Build:
    """The build that a sample was asked for."""
    return SHRUNKEN if job["shrunken"] else TRUE


def transformer(build: Build, dtype: torch.dtype, device: torch.device) -> WanTransformer3DModel:
    """The transformer, in fp32 where diffusers keeps it so when it loads one."""
    with _making(dtype, device):
        made = WanTransformer3DModel(**build.transformer)
    kept: list[str] = WanTransformer3DModel._keep_in_fp32_modules
    for name, module in made.named_modules():
        if name.rpartition(".")[2] in kept:
            module.float()
    for name, parameter in made.named_parameters():
        if name.rpartition(".")[2] in kept:
            parameter.data = parameter.data.float()
    return made.eval().requires_grad_(False)


def text_encoder(build: Build, dtype: torch.dtype, device: torch.device) -> UMT5EncoderModel:
    with _making(dtype, device):
        return UMT5EncoderModel(UMT5Config(**build.text)).eval().requires_grad_(False)


def vae(build: Build, dtype: torch.dtype, device: torch.device) -> AutoencoderKLWan:
    with _making(dtype, device):
        return AutoencoderKLWan(**build.vae).eval().requires_grad_(False)


def scheduler() -> UniPCMultistepScheduler:
    return UniPCMultistepScheduler(
        prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=5.0
    )


def write_folder(build: Build, folder: Path) -> Path:
    """A folder that says what the model is, with a file of one weight for each part."""
    configs = {
        "transformer": build.transformer,
        "vae": build.vae,
        "text_encoder": UMT5Config(**build.text).to_dict(),
    }
    for part, config in configs.items():
        (folder / part).mkdir(parents=True)
        (folder / part / "config.json").write_text(json.dumps(config, default=str))
        save_file({"none": torch.zeros(1)}, folder / part / "model.safetensors")
    scheduler().save_pretrained(folder / "scheduler")
    ByT5Tokenizer().save_pretrained(folder / "tokenizer")
    index = {"expand_timesteps": True, "boundary_ratio": None, "transformer_2": [None, None]}
    (folder / "model_index.json").write_text(json.dumps(index))
    return folder


class RandomModel(Model):
    """The engine's model, its weights made up instead of read.

    They are all made at once, on the device; with `offload` they then wait in RAM, as they would
    after loading.
    """

    def __init__(
        self, build: Build, folder: ModelFolder, placement: Placement, memory: Memory
    ) -> None:
        super().__init__(folder, placement, memory)
        self._build = build
        self._made = {name: self._make(name) for name in ("vae", "text_encoder", "transformer")}

    def _make(self, name: str) -> nn.Module:
        build, place = self._build, self.placement
        if name == "transformer":
            part = transformer(build, place.transformer_dtype, place.device)
        elif name == "text_encoder":
            part = text_encoder(build, place.text_dtype, place.device)
        else:
            part = vae(build, place.encode_dtype, place.device)
            for half in (part.decoder, part.post_quant_conv):
                half.to(place.decode_dtype)
        return part.to("cpu") if place.offload else part

    def check(self) -> None:
        """There are no files that could fail to fit."""

    def _read(self, name: str) -> Generator[float, None, None]:
        # A part that was given up for want of RAM is made again, as it would be read again.
        self._parts[name] = self._made.pop(name, None) or self._make(name)
        yield 1.0


@contextmanager
def _making(dtype: torch.dtype, device: torch.device) -> Iterator[None]:
    """What is built inside is made on a device, in a number format."""
    torch.manual_seed(0)
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        with device:
            yield
    finally:
        torch.set_default_dtype(before)
