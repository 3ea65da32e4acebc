"""Presets: settings under a name, of which each sets some and leaves the others alone."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, field_validator, model_validator

from studio.core.draft import MAX_COUNT
from studio.core.errors import BadInput, BadPreset
from studio.core.family import I2V_A14B, T2V_A14B, TI2V_5B, Family, Start, resolve
from studio.core.params import (
    GenerationParams,
    Guidance,
    PresetMark,
    Quality,
    ResolvedParams,
    Scheduler,
    Steps,
)
from studio.core.photo import Fit
from studio.core.size_choices import size_choices
from studio.core.sizes import MAX_SIDE, check_frames, check_size, nearest_sides

SCHEMA = 1
MAX_NAME = 1000  # characters
KNOWN_FAMILIES = (TI2V_5B, T2V_A14B, I2V_A14B)  # those that no model folder has to tell of

Size = tuple[int, int]  # width and height in pixels


class Shape(StrEnum):
    """A clip's shape at the family's usual area."""

    WIDE = "wide"
    TALL = "tall"
    SQUARE = "square"
    PHOTO = "photo"  # the photo's own; wide without one


class PresetSettings(BaseModel):
    """What a preset sets; None is left alone.

    Names and limits are those of GenerationParams. `shape` stands for a size in pixels, `seeds` is
    how many clips are made, and a clip's prompt goes between `prompt_before` and `prompt_after`.
    """

    # A newer version may know more settings; the file keeps them.
    model_config = ConfigDict(frozen=True, extra="ignore")

    shape: Shape | None = None
    width: Annotated[int, Field(ge=16, le=MAX_SIDE)] | None = None
    height: Annotated[int, Field(ge=16, le=MAX_SIDE)] | None = None
    fit: Fit | None = None
    num_frames: Annotated[int, Field(ge=1, le=10_000)] | None = None
    frame_rate: Annotated[FiniteFloat, Field(ge=0.01, le=240)] | None = None
    num_inference_steps: Steps | None = None
    scheduler: Scheduler | None = None
    flow_shift: Annotated[FiniteFloat, Field(gt=0, le=100)] | None = None
    guidance_scale: Guidance | None = None
    guidance_scale_2: Guidance | None = None
    negative_prompt: str | None = None
    prompt_before: str | None = None
    prompt_after: str | None = None
    quality: Quality | None = None
    seeds: Annotated[int, Field(ge=1, le=MAX_COUNT)] | None = None

    @model_validator(mode="after")
    def _one_size(self) -> Self:
        if (self.width is None) != (self.height is None):
            raise ValueError("width and height go together: set both, or neither")
        if self.shape is not None and self.width is not None:
            raise ValueError("shape and width with height say the same: set one of them")
        return self


# The switches of the editor, each with the settings that it turns on.
GROUPS: dict[str, tuple[str, ...]] = {
    "Size": ("shape", "width", "height", "fit"),
    "Length": ("num_frames", "frame_rate"),
    "Steps": ("num_inference_steps", "scheduler", "flow_shift"),
    "Guidance": ("guidance_scale", "guidance_scale_2"),
    "Prompt": ("prompt_before", "prompt_after", "negative_prompt"),
    "Output": ("quality", "seeds"),
}
_SIZE = {"shape", "width", "height"}
_OF_PARAMS = [name for name in PresetSettings.model_fields if name in GenerationParams.model_fields]
_PLAIN = [name for name in _OF_PARAMS if name not in _SIZE]


class Preset(BaseModel):
    """A preset: its `id` stays when the name changes; `family` is the title of a model family."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    schema_version: int = Field(default=SCHEMA, alias="schema", ge=1)
    id: UUID
    name: Annotated[str, Field(min_length=1, max_length=MAX_NAME)]
    description: str = ""
    category: Annotated[str, Field(max_length=MAX_NAME)] = ""
    family: Annotated[str, Field(min_length=1, max_length=MAX_NAME)]
    settings: PresetSettings = PresetSettings()

    @field_validator("name", "category", "family")
    @classmethod
    def _one_line(cls, text: str) -> str:
        if any(unicodedata.category(character) in ("Cc", "Zl", "Zp") for character in text):
            raise ValueError("it has to be one line without control characters")
        if text and not text.strip():
            raise ValueError("it has to have a character that can be seen")
        return text

    @property
    def mark(self) -> PresetMark:
        """What a clip that this preset made remembers of it."""
        return PresetMark(id=self.id, name=self.name, content_hash=self.content_hash)

    @property
    def content_hash(self) -> str:
        """Tells whether two presets do the same, whatever they are called."""
        content = [self.family, self.settings.model_dump(mode="json", exclude_none=True)]
        text = json.dumps(content, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Difference:
    """A setting that is not as the preset has it, both values in words; `preset` is None where the
    preset leaves it alone.
    """

    name: str
    preset: str | None
    now: str


def one_line(text: str) -> str:
    """A name as it was typed or pasted, on one line and without what no file can hold."""
    kept = (" " if unicodedata.category(c) == "Cc" else c for c in text)
    seen = "".join(c for c in kept if unicodedata.category(c) != "Cs")
    return " ".join(seen.split())[:MAX_NAME].strip()


def impossible(settings: PresetSettings, family: Family) -> tuple[str, str] | None:
    """The name of a setting that the family cannot take, and why; None where it takes all."""
    width, height = settings.width, settings.height
    name = "width"
    try:
        if width is not None and height is not None:
            name = "height" if width in nearest_sides(width, family.grid_step) else "width"
            check_size(width, height, family.grid)
        if settings.num_frames is not None:
            name = "num_frames"
            check_frames(settings.num_frames, family.grid)
    except BadInput as error:
        return name, str(error)
    if settings.guidance_scale_2 is not None and family.guidance_scale_2 is None:
        why = f"{family.title} takes no second guidance; take guidance_scale_2 out of the preset."
        return "guidance_scale_2", why
    return None


def check_preset(preset: Preset, family: Family) -> None:
    """Raises BadPreset where the family cannot take what the preset sets."""
    found = impossible(preset.settings, family)
    if found is not None:
        raise BadPreset(f"The preset '{preset.name}' cannot be used: {found[1]}")


def why_unfit(preset: Preset, reasons: Sequence[str | None]) -> str:
    """Why a preset cannot be used, from what speaks against each model of its family that is there
    (None for nothing); empty where it can.
    """
    if None in reasons:
        return ""
    if reasons:
        return f"Needs {preset.family}. {reasons[0]}"
    return f"Needs {preset.family}, which is not in the folder of models"


def apply(settings: PresetSettings, params: GenerationParams, family: Family) -> GenerationParams:
    """The params with all that the preset sets; the prompt is left to `frame_prompt`."""
    changes: dict[str, object] = {
        name: value for name in _OF_PARAMS if (value := getattr(settings, name)) is not None
    }
    if settings.shape is not None:
        changes["width"], changes["height"] = _size_of(settings.shape, family)
    return params.model_copy(update=changes)


def frame_prompt(settings: PresetSettings, prompt: str) -> str:
    """The prompt between what the preset puts before and after it."""
    parts = (settings.prompt_before, prompt, settings.prompt_after)
    return " ".join(part.strip() for part in parts if part and part.strip())


def bare_prompt(settings: PresetSettings, prompt: str) -> str:
    """A prompt without what the preset put around it; the opposite of `frame_prompt`."""
    bare = prompt
    if settings.prompt_before and settings.prompt_before.strip():
        bare = bare.removeprefix(settings.prompt_before.strip()).lstrip()
    if settings.prompt_after and settings.prompt_after.strip():
        bare = bare.removesuffix(settings.prompt_after.strip()).rstrip()
    return prompt if frame_prompt(settings, bare) != prompt else bare


def captured(
    names: Collection[str],
    params: GenerationParams,
    seeds: int,
    family: Family,
    like: PresetSettings,
    clip: Size | None = None,
) -> PresetSettings:
    """What is set now, as a preset's settings: the named ones, and the others as `like` has them.

    A value that is left to the model is taken as `resolve` decides it, and one that `like` says in
    other words, as a shape does a size, stays in those. `clip` is as for `differences`.
    """
    values: dict[str, object] = like.model_dump()
    differing = {each.name for each in differences(like, params, seeds, family, clip)}
    decided = _decided(params, family, clip)
    for name in names:
        if name in _PLAIN and (values[name] is None or name in differing):
            values[name] = _now(name, params, family, decided)
    sized = like.shape is not None or like.width is not None
    if not _SIZE.isdisjoint(names) and (not sized or "size" in differing):
        values |= _captured_size(_size_now(params, family), family)
    if "seeds" in names:
        values["seeds"] = seeds
    return PresetSettings.model_validate(values)


def own_names(params: GenerationParams, seeds: int) -> set[str]:
    """The settings that are not the model's own now."""
    plain = GenerationParams()
    names = {name for name in _OF_PARAMS if getattr(params, name) != getattr(plain, name)}
    return names | {"seeds"} if seeds > 1 else names


def differences(
    settings: PresetSettings,
    params: GenerationParams,
    seeds: int,
    family: Family,
    clip: Size | None = None,
) -> list[Difference]:
    """Where the params, and the number of seeds, are not as the preset has them.

    `clip` is a clip's width and height in pixels where the photo decides them: what is left to the
    model hangs on it too.
    """
    found: list[Difference] = []
    if settings.shape is not None or settings.width is not None:
        wanted = apply(settings, GenerationParams(), family)
        wanted = wanted.model_copy(update={"image": params.image})
        sizes = [_size_now(each, family) for each in (wanted, params)]
        found.append(Difference("size", *map(_size_words, sizes)))
    decided = _decided(params, family, clip)
    for name in [*_PLAIN, "seeds"]:
        value = getattr(settings, name)
        if value is None:
            continue
        if name == "negative_prompt":
            value = family.negative_or_own(value)
        now = seeds if name == "seeds" else _now(name, params, family, decided)
        found.append(Difference(name, _words(value), _words(now)))
    return [each for each in found if each.preset != each.now]


def beyond(settings: PresetSettings, params: GenerationParams, seeds: int) -> list[Difference]:
    """What is not the model's own now, and is none of what the preset sets."""
    names = own_names(params, seeds) - set(settings.model_dump(exclude_none=True))
    found: list[Difference] = []
    if not _SIZE.isdisjoint(names) and settings.shape is None and settings.width is None:
        sides = [_words(side) for side in (params.width, params.height) if side is not None]
        found.append(Difference("size", None, " × ".join(sides)))
    for name in [each for each in (*_PLAIN, "seeds") if each in names]:
        now = seeds if name == "seeds" else getattr(params, name)
        found.append(Difference(name, None, _words(now)))
    return found


def _decided(params: GenerationParams, family: Family, clip: Size | None) -> ResolvedParams:
    """What the model decides where the params leave it open, for their size and guidance."""
    sides = _size_now(params, family) or clip or (family.width, family.height)
    width, height = (nearest_sides(side, family.grid_step)[0] for side in sides)
    asked = GenerationParams(
        prompt="a",
        # Its name only: some models want a photo, and none want to see it for this.
        image=Path("photo") if family.start is Start.PHOTO else None,
        width=width,
        height=height,
        guidance_scale=params.guidance_scale,
        seed=0,
    )
    return resolve(asked, family, None)


def _now(name: str, params: GenerationParams, family: Family, decided: ResolvedParams) -> object:
    """A setting as a clip would have it now; None for one that the family does not take."""
    value = getattr(params, name)
    if name == "guidance_scale_2" and family.guidance_scale_2 is None:
        return None
    if name == "negative_prompt":
        return family.negative_or_own(value)
    return getattr(decided, name) if value is None else value


def _captured_size(size: Size | None, family: Family) -> dict[str, object]:
    """A size by its shape where the family has one of it, else in pixels; None is the photo's."""
    if size is None:
        return {"shape": Shape.PHOTO, "width": None, "height": None}
    for shape in (Shape.WIDE, Shape.TALL, Shape.SQUARE):
        if _size_of(shape, family) == size:
            return {"shape": shape, "width": None, "height": None}
    return {"shape": None, "width": size[0], "height": size[1]}


def _size_of(shape: Shape, family: Family) -> tuple[int | None, int | None]:
    if shape is Shape.PHOTO:
        return None, None
    for choice in size_choices(family):
        if choice.name.casefold() == shape:
            return choice.width, choice.height
    raise AssertionError(f"every family is {shape}")


def _size_now(params: GenerationParams, family: Family) -> Size | None:
    """A clip's size in pixels, None where it is the photo's."""
    if params.width is not None and params.height is not None:
        return params.width, params.height
    return (family.width, family.height) if params.image is None else None


def _size_words(size: Size | None) -> str:
    return "as the photo" if size is None else f"{size[0]} × {size[1]}"


def _words(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str("none" if value is None else value)
