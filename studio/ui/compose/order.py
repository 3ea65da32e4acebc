"""What a press of Render comes to: one set of params for each clip, or why there can be none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.core.estimate import Estimate, Work
from studio.core.family import Family, Start
from studio.core.params import GenerationParams
from studio.core.photo import CropBox
from studio.core.sizes import best_output_size
from studio.ui.compose.model_choice import ModelChoice

Size = tuple[int, int]


@dataclass(frozen=True)
class Shot:
    """What one clip starts from: a photo with its box, or nothing but the prompt."""

    image: Path | None
    photo: Size | None
    crop: CropBox | None
    clip: Size  # width and height of the clip in pixels


def refusal(choice: ModelChoice | None, prompt: str, photos: int, reading: bool) -> str:
    """Why nothing can be rendered now and what to do; empty where it can."""
    if choice is None:
        return "There is no model to render with; put one into the folder of models."
    if choice.reason is not None or choice.family is None:
        return choice.reason or f"{choice.title} cannot be used; choose another model."
    if reading:
        return "The photo is still being read."
    title, start = choice.family.title, choice.family.start
    if start is Start.PHOTO and not photos:
        return f"{title} starts from a photo: drop, paste or browse for one above."
    if start is Start.TEXT and photos:
        return f"{title} starts from text only: remove the photo, or choose another model."
    if not photos and not prompt.strip():
        return "Type what the clip should show, or give it a photo to start from."
    return ""


def photo_note(family: Family) -> str:
    """What a photo is to this model."""
    match family.start:
        case Start.PHOTO:
            return f"{family.title} starts from a photo"
        case Start.TEXT:
            return f"{family.title} starts from text only"
        case Start.EITHER:
            return "Or leave it empty and start from words"


def work(params: GenerationParams, family: Family, shot: Shot) -> Work:
    """What a shot's clip will take to make."""
    width, height = shot.clip
    return Work.wanted(params.model_copy(update={"width": width, "height": height}), family)


def total(each: Sequence[Estimate], seeds: int) -> Estimate:
    """What several shots will take together, each as often as there are seeds."""
    seconds = [estimate.seconds for estimate in each if estimate.seconds is not None]
    return Estimate(
        sum(seconds) * seeds if len(seconds) == len(each) else None,
        sum(estimate.bytes for estimate in each) * seeds,
    )


def orders(
    base: GenerationParams,
    family: Family,
    own_size: Size | None,
    shots: Sequence[Shot],
    series: Callable[[int], list[int]],
    clips_each: int,
) -> list[GenerationParams]:
    """The params of all clips: for each shot as many as wanted, each with its seed.

    `series` gives as many seeds as it is asked for. What is the model's default stays None; of a
    photo that goes for the size only where the model would come to the same one by itself.
    """
    made: list[GenerationParams] = []
    for shot in shots:
        width, height = own_size or _said(shot, family)
        for seed in series(clips_each):
            changes = {
                "image": shot.image,
                "crop": shot.crop,
                "width": width,
                "height": height,
                "seed": seed,
            }
            made.append(base.model_copy(update=changes))
    return made


def _said(shot: Shot, family: Family) -> tuple[int | None, int | None]:
    """The size as far as it has to be said."""
    usual = family.width, family.height
    shape = shot.photo if shot.crop is None else (shot.crop.width, shot.crop.height)
    if shape is not None:
        usual = best_output_size(*shape, family.grid_step, usual[0] * usual[1])
    return (None, None) if usual == shot.clip else shot.clip
