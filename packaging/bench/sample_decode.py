"""One sample of `memory`: decodes random latents of a model's VAE and writes the clip, one way."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import resident
import torch
from diffusers import AutoencoderKLWan
from diffusers.utils import export_to_video
from diffusers.video_processor import VideoProcessor

from studio.core.model_folder import find_model
from studio.core.params import Quality
from studio.core.request import Memory
from studio.engine import vae
from studio.engine.model import Model
from studio.engine.placement import choose_placement
from studio.engine.video import ClipWriter

FRAME_RATE = 12


def main(job: dict[str, Any]) -> None:
    """Prints the bytes held just before decoding and the most held from there on."""
    folder = find_model(job["model"])
    ours = job["way"] == "ours"
    if ours:
        coder = Model(folder, choose_placement(Memory.RESIDENT, folder)).vae()
    else:
        coder = AutoencoderKLWan.from_pretrained(folder.path, subfolder="vae", dtype=torch.float32)
    stride = coder.config.scale_factor_spatial
    frames = (job["frames"] - 1) // vae.BLOCK + 1
    shape = (1, coder.config.z_dim, frames, job["height"] // stride, job["width"] // stride)
    latents = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    resident.forget_peak()
    before = resident.now()
    (decode_ours if ours else decode_plain)(coder, latents, job)
    print(json.dumps({"before": before, "peak": resident.peak()}))


def decode_ours(coder: AutoencoderKLWan, latents: torch.Tensor, job: dict[str, Any]) -> None:
    """Block by block into the writer, as the engine does it."""
    writer = ClipWriter(
        Path(job["out"]),
        width=job["width"],
        height=job["height"],
        frame_rate=FRAME_RATE,
        quality=Quality.GOOD,
        metadata="{}",
        overwrite=False,
        num_frames=job["frames"],
    )
    with writer:
        for block in vae.decode(coder, latents):
            writer.write(block.numpy())
        writer.finish()


@torch.no_grad()
def decode_plain(coder: AutoencoderKLWan, latents: torch.Tensor, job: dict[str, Any]) -> None:
    """The end of `WanPipeline.__call__` (diffusers 0.42), then `export_to_video`."""
    shape = (1, coder.config.z_dim, 1, 1, 1)
    mean = torch.tensor(coder.config.latents_mean).view(shape)
    inverse = 1.0 / torch.tensor(coder.config.latents_std).view(shape)
    video = coder.decode(latents / inverse + mean, return_dict=False)[0]
    processor = VideoProcessor(vae_scale_factor=coder.config.scale_factor_spatial)
    frames = processor.postprocess_video(video, output_type="np")[0]
    export_to_video(frames, job["out"], fps=FRAME_RATE)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
