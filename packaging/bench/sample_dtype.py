"""The samples of `dtype`: a decoder and a transformer step, in bf16 and in fp32, in turns."""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Callable
from typing import Any

import torch

from studio.core.model_folder import ModelFolder, find_model
from studio.core.params import ResolvedParams
from studio.engine import vae
from studio.engine.conditioning import latent_shape
from studio.engine.model import Model
from studio.engine.placement import Placement, fast_dtype
from studio.engine.transformer import predict

CPU = torch.device("cpu")
LATENT_FRAMES = 3  # the first and two of the others: every further one costs what these cost
NOISE_LEVEL = 500.0


def main(job: dict[str, Any]) -> None:
    """Prints the seconds by part and format, and how near the two formats' results are."""
    params = ResolvedParams.model_validate(job["params"])
    folder = find_model(params.model)
    models = {dtype: model_in(folder, dtype) for dtype in (torch.bfloat16, torch.float32)}
    generator = torch.Generator().manual_seed(0)
    latents = torch.randn(latent_shape(models[torch.float32], params), generator=generator)
    found: dict[str, Any] = {"chosen": name(fast_dtype(CPU))}
    found["decode"] = compare(models, decode, latents[:, :, :LATENT_FRAMES], job["runs"])
    found["transformer step"] = compare(models, step, latents, job["runs"])
    print(json.dumps(found))


Work = Callable[[Model, torch.Tensor], torch.Tensor]


def compare(
    models: dict[torch.dtype, Model], work: Work, latents: torch.Tensor, runs: int
) -> dict[str, Any]:
    """Times a piece of work in both formats, after one unmeasured run of each."""
    results = {dtype: work(model, latents) for dtype, model in models.items()}
    found: dict[str, Any] = {name(dtype): [] for dtype in models}
    for _ in range(runs):
        for dtype, model in models.items():
            begun = time.perf_counter()
            work(model, latents)
            found[name(dtype)].append(time.perf_counter() - begun)
    found["psnr"] = psnr(results[torch.bfloat16], results[torch.float32])
    return found


def model_in(folder: ModelFolder, dtype: torch.dtype) -> Model:
    """The model on the CPU, its decoder and transformer in one format."""
    return Model(
        folder,
        Placement(
            device=CPU,
            offload=False,
            transformer_dtype=dtype,
            text_dtype=dtype,
            decode_dtype=dtype,
        ),
    )


def decode(model: Model, latents: torch.Tensor) -> torch.Tensor:
    return torch.cat([block.float() for block in vae.decode_floats(model.vae(), latents)], dim=2)


@torch.no_grad()
def step(model: Model, latents: torch.Tensor) -> torch.Tensor:
    """One pass through the transformer; a guided step is two of them."""
    transformer = model.transformer()
    generator = torch.Generator().manual_seed(1)
    text = torch.randn(1, 512, transformer.config.text_dim, generator=generator)
    level = torch.tensor([NOISE_LEVEL])
    channels = transformer.config.in_channels - latents.shape[1]
    given = latents.new_zeros(
        1, channels, *latents.shape[2:]
    )  # a photo's channels, where there are
    noisy = torch.cat([latents, given], dim=1).to(transformer.dtype)
    passing = predict(transformer, noisy, level, text.to(transformer.dtype))
    while True:
        try:
            next(passing)
        except StopIteration as end:
            return end.value.float()


def psnr(a: torch.Tensor, b: torch.Tensor) -> float:
    """Peak signal-to-noise ratio in dB; the peak is the second tensor's own range."""
    error = float((a - b).square().mean())
    reach = float(b.max() - b.min())
    return 10 * math.log10(reach * reach / max(error, 1e-20))


def name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
