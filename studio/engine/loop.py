"""Builds the denoising loop of a render from its params and the model's parts."""

from __future__ import annotations

from studio.core.params import ResolvedParams
from studio.engine.denoise import Expert, Loop
from studio.engine.model import Model
from studio.engine.schedule import build_scheduler


def build_loop(model: Model, params: ResolvedParams) -> Loop:
    """A loop at its first step; its transformers are loaded when their first steps come."""
    scheduler = build_scheduler(
        params.scheduler,
        model.folder.config("scheduler"),
        params.flow_shift,
        params.num_inference_steps,
        model.placement.device,
    )
    low = boundary = None
    ratio, second = model.folder.boundary_ratio, params.guidance_scale_2
    if ratio is not None and second is not None:
        low = Expert("transformer_2", model.transformer_2, second)
        boundary = ratio * scheduler.config["num_train_timesteps"]
    return Loop(
        scheduler=scheduler,
        high=Expert("transformer", model.transformer, params.guidance_scale),
        low=low,
        boundary=boundary,
        expand=model.folder.expand_timesteps,
    )
