"""The samples of `preview`: warm renders without previews, and the previews by themselves."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import torch

from studio.core.events import Done
from studio.core.model_folder import find_model
from studio.core.params import GenerationParams, ResolvedParams
from studio.core.request import Memory, RenderRequest
from studio.engine.conditioning import latent_shape
from studio.engine.model import Model
from studio.engine.placement import choose_placement
from studio.engine.preview import PreviewMap, fit_map, write_preview
from studio.engine.renderer import Renderer


def main(job: dict[str, Any]) -> None:
    """Prints the seconds of each warm render, of each step's preview, and of the fit."""
    params = ResolvedParams.model_validate(job["params"])
    with tempfile.TemporaryDirectory() as folder:
        renders = render(params, Path(folder), job["runs"])
        model_folder = find_model(params.model)
        model = Model(model_folder, choose_placement(Memory.RESIDENT, model_folder))
        coder = model.vae()
        begun = time.perf_counter()
        fitted = fit_map(coder)
        fit = time.perf_counter() - begun
        latents = torch.randn(latent_shape(model, params))
        previews = preview(fitted, latents, params.num_inference_steps, Path(folder))
    print(json.dumps({"render": renders, "preview": previews, "fit": fit}))


def render(params: ResolvedParams, folder: Path, runs: int) -> list[float]:
    """Seconds of renders after a first one, which is not counted."""
    renderer = Renderer()
    asked = GenerationParams.model_validate(params.model_dump())
    seconds: list[float] = []
    for run_number in range(runs + 1):
        request = RenderRequest(params=asked, out=folder / f"{run_number}.mp4")
        seconds += [e.total_seconds for e in renderer.render(request) if isinstance(e, Done)]
    return seconds[1:]


def preview(fitted: PreviewMap, latents: torch.Tensor, steps: int, folder: Path) -> list[float]:
    """Seconds of making and writing one preview, for every step."""
    seconds: list[float] = []
    for step in range(steps):
        begun = time.perf_counter()
        write_preview(folder / f"{step}.png", fitted.strip(latents))
        seconds.append(time.perf_counter() - begun)
    return seconds


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
