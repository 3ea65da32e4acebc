"""The plain way: a script that renders with diffusers' pipeline, as its documentation shows.

After the example of `WanPipeline.__call__` (diffusers 0.42, pipelines/wan/pipeline_wan.py): the VAE
in fp32 and the rest in bf16, the shift set on the scheduler, `pipe(...)`, `export_to_video`.

    python plain_render.py '{"folder": "…", "out": "clip.mp4", "prompt": "…", …}'
"""

from __future__ import annotations

import json
import sys
from typing import Any

import torch
from diffusers import AutoencoderKLWan, WanPipeline
from diffusers.schedulers.scheduling_unipc_multistep import UniPCMultistepScheduler
from diffusers.utils import export_to_video


def main(job: dict[str, Any]) -> None:
    folder = job["folder"]
    vae_dtype = getattr(torch, job["vae_dtype"])
    vae = AutoencoderKLWan.from_pretrained(folder, subfolder="vae", dtype=vae_dtype)
    pipe = WanPipeline.from_pretrained(folder, vae=vae, dtype=torch.bfloat16)
    pipe.scheduler = UniPCMultistepScheduler.from_config(
        pipe.scheduler.config, flow_shift=job["flow_shift"]
    )
    pipe.to(job["device"])
    output = pipe(
        prompt=job["prompt"],
        negative_prompt=job["negative_prompt"],
        height=job["height"],
        width=job["width"],
        num_frames=job["num_frames"],
        num_inference_steps=job["num_inference_steps"],
        guidance_scale=job["guidance_scale"],
        guidance_scale_2=job["guidance_scale_2"],
        generator=torch.Generator().manual_seed(job["seed"]),
    ).frames[0]
    export_to_video(output, job["out"], fps=job["frame_rate"])


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
