"""The presets of this user, and what one of them makes of a command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from studio.core.errors import BadInput, ModelMissing
from studio.core.family import Family
from studio.core.fit import why_too_large
from studio.core.folders import Folders, built_in_presets, folders
from studio.core.model_folder import ModelFolder, find_model, installed_models, name_of
from studio.core.params import GenerationParams
from studio.core.preset import Preset, apply, check_preset, frame_prompt, why_unfit
from studio.core.preset_shelf import PresetShelf, Trash
from studio.core.settings import SettingsFile

PRESETS, ARRANGEMENT, SETTINGS = "presets", "presets.json", "settings.json"


def open_presets(own: Folders, trash: Trash) -> PresetShelf:
    """The presets of a user's folders."""
    config = own.config
    return PresetShelf(built_in_presets(), config / PRESETS, config / ARRANGEMENT, trash)


def command_line_presets() -> PresetShelf:
    """The presets for commands, none of which throws one away."""
    shelf = open_presets(folders(), _keep)
    shelf.know(model.family for model in models_here())
    return shelf


def models_here() -> list[ModelFolder]:
    """All good models of this user, also those in the folder that the settings name."""
    return installed_models(SettingsFile(folders().config / SETTINGS).settings.models_folder)


def preset_named(name: str) -> Preset:
    """The preset that a command line names; raises BadInput for none or several."""
    return command_line_presets().find(name).preset


def _keep(path: Path) -> None:
    raise BadInput(f"{path} is kept: presets are deleted in the window.")


def why_unavailable(preset: Preset, models: Sequence[ModelFolder]) -> str:
    """Why a preset cannot be used with these models on this machine; empty where it can."""
    there = [model for model in models if model.family.title == preset.family]
    return why_unfit(preset, [why_too_large(model) for model in there])


def with_preset(given: Mapping[str, Any], preset: Preset) -> dict[str, Any]:
    """Values given by name, with the preset's for those that were not; the given ones win.

    Raises ModelMissing where no model of the preset's family is there, BadInput where the given
    one is of another.
    """
    model, family = _model_for(given.get("model"), preset)
    check_preset(preset, family)
    applied = apply(preset.settings, GenerationParams(), family)
    found = {name: getattr(applied, name) for name in applied.model_fields_set}
    if "width" in given or "height" in given:
        found = {name: found[name] for name in found if name not in ("width", "height")}
    if "image" not in given:
        found.pop("fit", None)
    made = {**found, "model": model, **given, "preset": preset.mark}
    if "prompt" in given:
        made["prompt"] = frame_prompt(preset.settings, given["prompt"])
    return made


def origins(given: Mapping[str, Any], preset: Preset) -> dict[str, str]:
    """Where each value of a command line with a preset comes from: option, preset or model; the
    words of a prompt between those of the preset come from option and preset.
    """
    set_by = {"model", *preset.settings.model_dump(exclude_none=True)}
    size = {"width", "height"}
    if "shape" in set_by:
        set_by |= size
    if given.get("image") is None:
        set_by.discard("fit")  # it says what becomes of a photo, and is left out without one
    found: dict[str, str] = {}
    for name in GenerationParams.model_fields:
        by_size = name in size and any(given.get(side) is not None for side in size)
        if given.get(name) is not None:
            found[name] = "option"
        elif name in set_by and not by_size:
            found[name] = "preset"
        else:
            found[name] = "model"
    words = given.get("prompt")
    if words is not None and frame_prompt(preset.settings, words) != words.strip():
        found["prompt"] = "option and preset"
    return {**found, "preset": "option"}


def _model_for(model: str | None, preset: Preset) -> tuple[str, Family]:
    if model is not None:
        family = find_model(model).family
        if family.title != preset.family:
            raise BadInput(
                f"The preset '{preset.name}' is for {preset.family}, and {model} is a "
                f"{family.title}; choose another preset or another model."
            )
        return model, family
    there = [folder for folder in models_here() if folder.family.title == preset.family]
    # Where this machine can run none of them, the render itself says why.
    for folder in [each for each in there if why_too_large(each) is None] or there:
        return name_of(folder), folder.family
    raise ModelMissing(
        f"The preset '{preset.name}' is for {preset.family}, and there is no such model in "
        f"{folders().models}; put one there, or name one with --model."
    )
