"""One sample of `rows`: a pass with a clean first frame, by our two rows or diffusers' table."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import numpy as np
import resident
import torch
from diffusers import WanTransformer3DModel

from studio.engine.transformer import predict

CHANNELS = 16
TEXT_DIM = 64
NOISE_LEVEL = 500.0


@torch.no_grad()
def main(job: dict[str, Any]) -> None:
    """Prints the pass's seconds and the memory that it added; its result goes to a file."""
    torch.manual_seed(0)
    transformer = WanTransformer3DModel(
        patch_size=(1, 2, 2),
        num_attention_heads=job["heads"],
        attention_head_dim=job["head_dim"],
        in_channels=CHANNELS,
        out_channels=CHANNELS,
        text_dim=TEXT_DIM,
        freq_dim=256,
        ffn_dim=2 * job["heads"] * job["head_dim"],
        num_layers=job["layers"],
        cross_attn_norm=True,
        rope_max_seq_len=256,
    ).eval()
    text = torch.randn(1, 512, TEXT_DIM)
    latents = torch.randn(1, CHANNELS, job["frames"], job["height"], job["width"])
    work = two_rows if job["way"] == "ours" else table
    work(transformer, latents[:, :, :2, :8, :8], text)
    resident.forget_peak()
    before, begun = resident.now(), time.perf_counter()
    result = work(transformer, latents, text)
    seconds = time.perf_counter() - begun
    print(json.dumps({"seconds": seconds, "added": resident.peak() - before}))
    np.save(job["out"], result.numpy())


def two_rows(
    transformer: WanTransformer3DModel, latents: torch.Tensor, text: torch.Tensor
) -> torch.Tensor:
    """The engine's pass: level 0 for the first frame's tokens, one level for the rest."""
    still_tokens = (latents.shape[3] // 2) * (latents.shape[4] // 2)
    levels = torch.tensor([[0.0, NOISE_LEVEL]])
    passing = predict(transformer, latents, levels, text, still_tokens)
    while True:
        try:
            next(passing)
        except StopIteration as end:
            return end.value


def table(
    transformer: WanTransformer3DModel, latents: torch.Tensor, text: torch.Tensor
) -> torch.Tensor:
    """A level for every token, as `WanImageToVideoPipeline` gives it (diffusers 0.42)."""
    mask = torch.ones(latents.shape[2:])
    mask[0] = 0
    timestep = (mask[:, ::2, ::2] * NOISE_LEVEL).flatten().unsqueeze(0)
    return transformer(latents, timestep, text, return_dict=False)[0]


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
