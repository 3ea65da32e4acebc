"""A sample of `gpu`: our streamed decode and `vae.decode`, in both formats, untiled and tiled."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import gpu_device
import gpu_model
import torch
from diffusers import AutoencoderKLWan
from sample_dtype import psnr

from studio.engine import vae

Decode = Callable[[AutoencoderKLWan, torch.Tensor], torch.Tensor]


@torch.no_grad()
def main(job: dict[str, Any]) -> None:
    """Prints for each way its seconds, its peak, and its nearness to `vae.decode` in fp32; `broke`
    where it failed, as for want of memory.
    """
    device = gpu_device.device(shrunken=job["shrunken"])
    build = gpu_model.build_of(job)
    coder = gpu_model.vae(build, torch.float32, device)
    frames = (job["frames"] - 1) // vae.BLOCK + 1
    shape = (1, build.vae["z_dim"], frames, job["height"] // 16, job["width"] // 16)
    latents = torch.randn(shape, generator=torch.Generator().manual_seed(0)).to(device)
    tile = (32, 32, 16, 16) if job["shrunken"] else ()
    reference: torch.Tensor | None = None
    for dtype in (torch.float32, torch.bfloat16):
        coder.to(dtype)
        for name, (decode, tiled) in WAYS.items():
            coder.enable_tiling(*tile) if tiled else coder.disable_tiling()
            measured, picture = _measure(coder, latents.to(dtype), decode)
            if (decode, tiled, dtype) == (whole, False, torch.float32):
                reference = picture
            if picture is not None and reference is not None:
                measured["psnr"] = psnr(picture, reference)
            named = {"name": f"{name}, {str(dtype).removeprefix('torch.')}", **measured}
            print(json.dumps(named), flush=True)


def whole(coder: AutoencoderKLWan, latents: torch.Tensor) -> torch.Tensor:
    """All frames at once on the device, then in RAM as the pipeline's `postprocess_video` has
    them.
    """
    return coder.decode(latents, return_dict=False)[0].float().cpu()


def streamed(coder: AutoencoderKLWan, latents: torch.Tensor) -> torch.Tensor:
    """Block by block into RAM, as the engine hands them to the writer."""
    blocks = [block.float().cpu() for block in vae.decode_floats(coder, latents)]
    return torch.cat(blocks, dim=2)


def _measure(
    coder: AutoencoderKLWan, latents: torch.Tensor, decode: Decode
) -> tuple[dict[str, Any], torch.Tensor | None]:
    gpu_device.tidy()
    gpu_device.forget_peak()
    try:
        picture = decode(coder, latents)  # unmeasured: what is chosen at the first time is chosen
        seconds = gpu_device.once(lambda: decode(coder, latents))
    except (RuntimeError, MemoryError) as error:
        peak = gpu_device.peak()
        coder.clear_cache()
        return {"broke": gpu_device.in_short(error), "peak": peak}, None
    return {"seconds": seconds, "peak": gpu_device.peak()}, picture


WAYS: dict[str, tuple[Decode, bool]] = {
    "vae.decode": (whole, False),
    "vae.decode, tiled": (whole, True),
    "ours, streamed": (streamed, False),
}


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
