"""`clipwright render`: one clip, made in this process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from studio.app.checks import check_request
from studio.app.failure import exit_status, failure_of
from studio.app.options import (
    AsJson,
    Background,
    Checkpoint,
    Crop,
    FitName,
    FlowShift,
    FrameRate,
    Guidance,
    Guidance2,
    Height,
    MemoryPlan,
    ModelName,
    NegativePrompt,
    NumFrames,
    NumSteps,
    Out,
    Overwrite,
    Photo,
    Poster,
    PresetName,
    Previews,
    Prompt,
    QualityName,
    Resume,
    SchedulerName,
    Seed,
    Width,
    option_of,
    request_from,
)
from studio.app.presets import origins, preset_named
from studio.app.progress import JsonLines, Listener, screen
from studio.app.quiet import quiet_renderer
from studio.app.stopping import Manner, Stopping
from studio.core.events import Checkpoint as StateKept
from studio.core.events import Done, Event, Progress, Stage, Stopped
from studio.core.files import remove_leftovers
from studio.core.folders import expanded
from studio.core.request import Memory, RenderRequest


def render(
    context: typer.Context,
    out: Out,
    prompt: Prompt = None,
    image: Photo = None,
    crop: Crop = None,
    fit: FitName = None,
    background: Background = None,
    negative_prompt: NegativePrompt = None,
    width: Width = None,
    height: Height = None,
    num_frames: NumFrames = None,
    frame_rate: FrameRate = None,
    quality: QualityName = None,
    poster: Poster = False,
    overwrite: Overwrite = False,
    model: ModelName = None,
    preset: PresetName = None,
    num_inference_steps: NumSteps = None,
    guidance_scale: Guidance = None,
    guidance_scale_2: Guidance2 = None,
    flow_shift: FlowShift = None,
    seed: Seed = None,
    scheduler: SchedulerName = None,
    memory: MemoryPlan = Memory.AUTO,
    previews: Previews = None,
    checkpoint: Checkpoint = None,
    resume: Resume = None,
    as_json: AsJson = False,
) -> None:
    """Render a clip from a prompt, a photo, or both."""
    # The options bear the names of params and request, so the context's own table is all that is
    # needed of them.
    options = context.params
    listener = JsonLines() if as_json else screen(expanded(out), _again(options))
    stopping: Stopping = context.obj
    if as_json:
        stopping.last_words = f"{_Course(resume).unfinished().model_dump_json()}\n".encode()
    with closing(listener):
        raise typer.Exit(_perform(options, listener, stopping))


def _perform(options: Mapping[str, Any], listener: Listener, stopping: Stopping) -> int:
    begun, course = False, _Course(options.get("resume"))
    try:
        request = request_from(options)
        if isinstance(listener, JsonLines) and options.get("preset") is not None:
            listener.show_origins(origins(options, preset_named(options["preset"])))
        check_request(request)
        for event in _events(request, stopping):
            begun = begun or isinstance(event, Progress)
            course.follow(event)
            listener.show(event)
            if isinstance(event, Stopped):
                return stopping.status
    except KeyboardInterrupt:
        listener.show(course.unfinished())
        return stopping.status
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001 - the process's edge: the listener has to hear of it
        failure = failure_of(error)
        listener.show(failure)
        return exit_status(failure, begun=begun)
    return 0


def _events(request: RenderRequest, stopping: Stopping) -> Iterator[Event]:
    """The render's events; a signal stops it in the manner that fits the stage it is in.

    Until the first step there is nothing new to keep.
    From the last step on the state that was to be kept is kept, and neither a block that is being
    decoded nor a clip that is being read back can be asked.
    """
    renderer = quiet_renderer()
    stopping.manner = Manner.UNWIND
    for file in (request.out, request.checkpoint):
        if file is not None:
            remove_leftovers(file.absolute().parent)
    for event in renderer.render(request, stopping.asked):
        match event:
            case Progress(stage=Stage.DENOISE):
                stopping.manner = Manner.ASK
            case Progress(stage=Stage.DECODE):
                stopping.manner = Manner.UNWIND
            case Done():
                stopping.manner = Manner.ASK  # nothing is left to be stopped
            case _:
                pass
        yield event


@dataclass
class _Course:
    """What is left of a render that is stopped: the state that it kept, or went on from."""

    resume: Path | None
    kept: StateKept | None = None
    first: int | None = None
    step: int = 0

    def follow(self, event: Event) -> None:
        match event:
            case StateKept():
                self.kept = event
            case Progress(stage=Stage.DENOISE, step=step):
                self.first = step if self.first is None else self.first
                self.step = step
            case _:
                pass

    def unfinished(self) -> Stopped:
        if self.kept is not None:
            return Stopped(checkpoint=self.kept.path, step=self.kept.step)
        if self.first is None or self.step == self.first:
            return Stopped(checkpoint=self.resume, step=0)
        return Stopped(checkpoint=None, step=self.step)


def _again(options: Mapping[str, Any]) -> list[str]:
    """The options that no state holds, and that a render which goes on so has to be given again.

    What may differ from a state that a render went on from is not in that either.
    """
    names = ["model", "memory", "previews", "checkpoint"]
    if options["resume"] is not None:
        names += ["image", "preset", "quality", "frame_rate"]
    words: list[str] = []
    for name in names:
        if options[name] not in (None, Memory.AUTO):
            words += [option_of(name), str(options[name])]
    return words + [option_of(name) for name in ("poster", "overwrite") if options[name]]
