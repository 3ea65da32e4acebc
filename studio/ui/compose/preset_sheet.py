"""What a contact sheet's clips are made from: what is set now, with one preset after the other."""

from __future__ import annotations

from studio.core.errors import BadInput
from studio.core.family import Family, resolve
from studio.core.params import GenerationParams
from studio.core.preset import Preset, apply, frame_prompt
from studio.core.sizes import nearest_frames, nearest_sides
from studio.ui.compose.model_choice import ModelChoice
from studio.ui.compose.order import refusal


def sheet_params(preset: Preset, model: ModelChoice, now: GenerationParams) -> GenerationParams:
    """What is set now with a preset and its model; raises BadInput where no clip comes of it."""
    assert model.family is not None
    params = on_family(apply(preset.settings, now, model.family), model.family)
    prompt = frame_prompt(preset.settings, now.prompt)
    changes = {"model": model.name, "prompt": prompt, "preset": preset.mark}
    params = params.model_copy(update=changes)
    problem = refusal(model, prompt, 0 if params.image is None else 1, reading=False)
    if problem:
        raise BadInput(problem)
    # Its size does not matter here: every photo has a size that the family can make.
    resolve(params, model.family, None)
    return params


def on_family(params: GenerationParams, family: Family) -> GenerationParams:
    """The params as the form shows them for a family: sizes and lengths that it can make, and no
    second guidance where it has one transformer.
    """
    changes: dict[str, object] = {}
    if params.width is not None and params.height is not None:
        changes["width"] = _nearer(params.width, *nearest_sides(params.width, family.grid_step))
        changes["height"] = _nearer(params.height, *nearest_sides(params.height, family.grid_step))
    if params.num_frames is not None:
        legal = nearest_frames(params.num_frames, family.grid.frame_step)
        changes["num_frames"] = _nearer(params.num_frames, *legal)
    if family.guidance_scale_2 is None:
        changes["guidance_scale_2"] = None
    return params.model_copy(update=changes)


def _nearer(value: int, below: int, above: int) -> int:
    return below if value - below < above - value else above
