"""The options of `render`, and the request that they make."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from studio.app.presets import preset_named, with_preset
from studio.core.bounds import allowed
from studio.core.errors import BadInput
from studio.core.folders import expanded, in_folder
from studio.core.model_folder import from_anywhere
from studio.core.params import GenerationParams, Quality, Scheduler
from studio.core.photo import CropBox, Fit
from studio.core.request import Memory, RenderRequest

_CLIP, _PHOTO, _MODEL, _RUN = "The clip", "The photo", "The model", "The run"

Prompt = Annotated[
    str | None,
    typer.Argument(
        metavar="PROMPT",
        help="What it shows; not needed with --image or --resume.",
        show_default=False,
    ),
]
Out = Annotated[
    Path, typer.Option(metavar="FILE", help="Where the clip goes, an .mp4.", show_default=False)
]
NegativePrompt = Annotated[
    str | None, typer.Option(help="What it must not show.", rich_help_panel=_CLIP)
]
Width = Annotated[int | None, typer.Option(help="Pixels.", rich_help_panel=_CLIP)]
Height = Annotated[int | None, typer.Option(help="Pixels.", rich_help_panel=_CLIP)]
NumFrames = Annotated[int | None, typer.Option(help="1, 5, 9, 13 … frames.", rich_help_panel=_CLIP)]
FrameRate = Annotated[float | None, typer.Option(help="Frames a second.", rich_help_panel=_CLIP)]
QualityName = Annotated[
    Quality | None, typer.Option(help="How much the video file keeps.", rich_help_panel=_CLIP)
]
Poster = Annotated[
    bool, typer.Option("--poster", help="A JPEG of the middle beside it.", rich_help_panel=_CLIP)
]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Replace a file of that name.", rich_help_panel=_CLIP)
]
Photo = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="The photo to start from.", rich_help_panel=_PHOTO),
]
Crop = Annotated[
    str | None,
    typer.Option(metavar="X,Y,W,H", help="Use this box of it, in pixels.", rich_help_panel=_PHOTO),
]
FitName = Annotated[
    Fit | None,
    typer.Option(help="Fill the frame and cut, or show all between bars.", rich_help_panel=_PHOTO),
]
Background = Annotated[
    str | None,
    typer.Option(metavar="COLOUR", help="Of bars and see-through parts.", rich_help_panel=_PHOTO),
]
ModelName = Annotated[
    str | None,
    typer.Option(
        metavar="NAME|FOLDER", help="The starter where it is left out.", rich_help_panel=_MODEL
    ),
]
PresetName = Annotated[
    str | None,
    typer.Option(
        "--preset", metavar="NAME", help="Start from a preset's values.", rich_help_panel=_MODEL
    ),
]
NumSteps = Annotated[int | None, typer.Option(help="Denoising steps.", rich_help_panel=_MODEL)]
Guidance = Annotated[
    float | None, typer.Option(help="How closely to follow the prompt.", rich_help_panel=_MODEL)
]
Guidance2 = Annotated[
    float | None, typer.Option(help="The same for the second expert.", rich_help_panel=_MODEL)
]
FlowShift = Annotated[
    float | None, typer.Option(help="Where the steps are densest.", rich_help_panel=_MODEL)
]
Seed = Annotated[
    int | None, typer.Option(help="The same seed makes the same clip.", rich_help_panel=_MODEL)
]
SchedulerName = Annotated[
    Scheduler | None, typer.Option(help="How steps are taken.", rich_help_panel=_MODEL)
]
MemoryPlan = Annotated[
    Memory, typer.Option(help="All parts at once, or in turns.", rich_help_panel=_RUN)
]
Previews = Annotated[
    Path | None,
    typer.Option(metavar="FOLDER", help="A picture of each step goes here.", rich_help_panel=_RUN),
]
Checkpoint = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Where a stopped render's state goes.", rich_help_panel=_RUN),
]
Resume = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="The state to go on from.", rich_help_panel=_RUN),
]
AsJson = Annotated[
    bool,
    typer.Option("--json", help="Print the events as lines of JSON.", rich_help_panel=_RUN),
]


def request_from(options: Mapping[str, Any], folder: Path | None = None) -> RenderRequest:
    """The request that the options make, by the names that params and request give them.

    `folder` is where relative paths begin, None for the current one. Only what was given goes into
    the params: a render that goes on takes all else from its state. Raises BadInput for a value
    that is not allowed, with the option as it was typed, and ModelMissing.
    """
    given = {
        name: options[name]
        for name in GenerationParams.model_fields
        if name != "preset" and options.get(name) is not None
    }
    rest = {name: options[name] for name in RenderRequest.model_fields if name in options}
    _check_text({**given, **rest})
    rest |= {name: expanded(value) for name, value in rest.items() if isinstance(value, Path)}
    given |= _from_anywhere(given, folder)
    if "crop" in given:
        given["crop"] = CropBox.parse(given["crop"])
    if options.get("preset") is not None:
        given = with_preset(given, preset_named(options["preset"]))
    try:
        return RenderRequest(params=GenerationParams.model_validate(given), **rest)
    except ValidationError as error:
        raise BadInput(_sentence(error.errors()[0])) from error


def option_of(name: str) -> str:
    """A param's name as it is typed on the command line."""
    return "PROMPT" if name == "prompt" else "--" + name.replace("_", "-")


def _from_anywhere(given: Mapping[str, Any], folder: Path | None) -> dict[str, Any]:
    """Photo and model by whole paths: a state or a job may go on in another folder."""
    found: dict[str, Any] = {}
    if "image" in given:
        found["image"] = in_folder(expanded(given["image"]), folder)
    if "model" in given:
        found["model"] = from_anywhere(given["model"], folder)
    return found


def _check_text(values: Mapping[str, Any]) -> None:
    """Names and prompts end up in JSON, which knows no bytes outside UTF-8."""
    for name, value in values.items():
        try:
            str(value).encode("utf-8")
        except UnicodeEncodeError as error:
            shown = str(value).encode("utf-8", "backslashreplace").decode("utf-8")
            raise BadInput(
                f"{option_of(name)} {shown} is not in UTF-8; give it another name."
            ) from error


def _sentence(error: ErrorDetails) -> str:
    name = str(error["loc"][0]) if error["loc"] else ""
    may = allowed(GenerationParams, name, error["msg"])
    return f"{option_of(name)} is {error['input']}; it has to be {may}."
