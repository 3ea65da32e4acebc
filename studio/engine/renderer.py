"""The render: a generator of events from a request to a clip on the disk."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from studio import __version__
from studio.core.clip import ClipRecord
from studio.core.errors import OutOfMemory, StudioError
from studio.core.events import Done, Event, Note, Stage, Stopped
from studio.core.model_folder import ModelFolder, find_model
from studio.core.request import Memory, RenderRequest
from studio.engine import vae
from studio.engine.clock import Clock, forget_peaks, peak_gpu_memory, peak_memory
from studio.engine.conditioning import (
    embed,
    fit_preview_map,
    is_embedded,
    kept_preview_map,
    latent_shape,
    photo_blocks,
    photo_latents,
)
from studio.engine.denoise import Step, denoise, first_state
from studio.engine.keeping import Keeper
from studio.engine.loop import build_loop
from studio.engine.model import Model, give_back_memory
from studio.engine.placement import Placement, choose_placement
from studio.engine.preview import PreviewMap, Previews
from studio.engine.state import Condition, DenoiseState, read_state
from studio.engine.targets import poster_path
from studio.engine.task import Task, continued, notes, plan
from studio.engine.torch_errors import is_out_of_memory
from studio.engine.video import ClipWriter, write_poster


class Renderer:
    """Renders requests one after another and keeps the model loaded in between.

    `placement` is for those who know better than `choose_placement`; None lets each request choose.
    `model` makes the model of a folder.
    """

    def __init__(
        self,
        placement: Placement | None = None,
        model: Callable[[ModelFolder, Placement, Memory], Model] = Model,
    ):
        self._placement, self._make_model = placement, model
        self._model: Model | None = None

    def render(
        self, request: RenderRequest, stop: threading.Event | None = None
    ) -> Iterator[Event]:
        """Renders one clip; the last event is Done, or Stopped once `stop` is set.

        A stop is noticed between transformer blocks and between decoded blocks. With a checkpoint
        in the request the state is written then, before decoding begins, and as often in between as
        `checkpoint_seconds` says; where one cannot be written, the one before it stays. Raises a
        StudioError: BadInput, BadState and ModelMissing before anything is written, DiskFull and
        OutOfMemory at any time; no half clip is left behind.
        """
        clock = Clock()
        try:
            with clock.stage(Stage.LOAD):
                kept = None if request.resume is None else read_state(request.resume)
                if kept is not None:
                    params = continued(request.params, kept[1].params)
                    request = request.model_copy(update={"params": params})
                model = self._ready(find_model(request.params.model), request.memory)
            forget_peaks()  # a model that was held before is none of this render's
            with clock.stage(Stage.ENCODE):
                task = plan(request, model, kept)
                said = list(notes(request, model, task))
            yield from said
            yield from _Render(request, model, task, stop or threading.Event(), clock).run()
        except OutOfMemory:
            self.unload()  # the next render asks anew whether the parts are to take turns
            raise
        except (RuntimeError, MemoryError, OSError) as error:
            if not is_out_of_memory(error):
                raise
            advice = "let the model's parts take turns (--memory offload)"
            if self._model is not None and self._model.placement.offload:
                advice = "close other programs, for the model's parts take turns already"
            self.unload()
            raise OutOfMemory(
                "The memory ran out during the render; make the clip smaller or shorter, or "
                f"{advice}."
            ) from error

    @property
    def loaded_parts(self) -> frozenset[str]:
        """The names of the model's parts that are in memory now."""
        return frozenset() if self._model is None else self._model.loaded_parts

    def unload(self) -> None:
        """Frees the model's memory; the next render loads it again."""
        if self._model is not None:
            self._model.unload()
        self._model = None

    def _ready(self, folder: ModelFolder, memory: Memory) -> Model:
        """The model in its place: the one that is loaded, where it is the same, else a new one."""
        held = self._model
        if held is not None and held.folder == folder and held.memory is memory:
            return held  # asking anew would count the memory that this model holds as taken
        self.unload()
        give_back_memory()  # a render that failed may have held some until its error was told
        placement = self._placement or choose_placement(memory, folder)
        model = self._make_model(folder, placement, memory)
        model.check()
        self._model = model  # only now: one that is refused is to be refused each time
        return model


class _Stop(Exception):
    """The person asked to stop."""


class _Render:
    """One render's way through its stages; `_state` is the last whole state."""

    def __init__(
        self,
        request: RenderRequest,
        model: Model,
        task: Task,
        stop: threading.Event,
        clock: Clock,
    ):
        self._request, self._model, self._task, self._stop = request, model, task, stop
        self._clock = clock
        self._state = task.state
        self._previews: Previews | None = None
        self._keeper = (
            None
            if request.checkpoint is None
            else Keeper(request.checkpoint, request.checkpoint_seconds, task.origin)
        )

    def run(self) -> Generator[Event]:
        """All stages, in order."""
        try:
            if self._request.previews is not None:
                self._previews = Previews(self._request.previews, (yield from self._colours()))
            if self._state is None:
                self._state = yield from self._first_state()
            self._state = yield from self._denoise(self._state)
            if self._keeper is not None:
                yield self._keeper.keep(self._state)
            yield from self._decode(self._state)
        except _Stop:
            kept = None
            if self._keeper is not None and self._state is not None:
                kept = self._keeper.keep(self._state)
                yield kept
            # Where nothing was done since, the state that it went on from is the one to go on from.
            unchanged = self._state is not None and self._state is self._task.state
            resume = self._request.resume if unchanged else None
            yield Stopped(
                checkpoint=resume if kept is None else kept.path,
                step=0 if self._state is None else self._state.step,
            )

    def _colours(self) -> Generator[Event, None, PreviewMap]:
        kept = kept_preview_map(self._model)
        if kept is not None:
            return kept
        yield from self._load("vae")
        with self._clock.stage(Stage.ENCODE):
            return fit_preview_map(self._model)

    def _first_state(self) -> Generator[Event, None, DenoiseState]:
        model, params, clock = self._model, self._task.params, self._clock
        prompts = [params.prompt]
        if build_loop(model, params).guided:
            prompts.append(params.negative_prompt)
        if not all(is_embedded(model, prompt) for prompt in prompts):
            yield from self._load("text_encoder")
        total = len(prompts) + photo_blocks(model, self._task)
        yield from clock.progress(Stage.ENCODE, 0, total, 0.0)
        texts: list[torch.Tensor] = []
        for prompt in prompts:
            self._check_stop()
            with clock.stage(Stage.ENCODE):
                texts.append(embed(model, prompt))
        photo = yield from self._photo(len(prompts), total)
        yield from clock.progress(Stage.ENCODE, total, total, 1.0)
        condition = Condition(texts[0], texts[1] if texts[1:] else None, photo)
        shape = latent_shape(model, params)
        return first_state(shape, params.seed, condition, model.placement.device)

    def _photo(self, done: int, total: int) -> Generator[Event, None, torch.Tensor | None]:
        """The photo's latents, a block of frames at a time."""
        if self._task.photo is not None:
            yield from self._load("vae")
        run = photo_latents(self._model, self._task)
        while True:
            self._check_stop()
            yield from self._clock.progress(Stage.ENCODE, done, total, done / total)
            try:
                with self._clock.stage(Stage.ENCODE):
                    next(run)
            except StopIteration as end:
                return end.value
            done += 1

    def _load(self, part: str) -> Generator[Event]:
        """Brings a part of the model to its place, and tells how far it is."""
        loading = self._model.load(part)
        while True:
            self._check_stop()
            with self._clock.stage(Stage.LOAD):
                share = next(loading, None)
            if share is None:
                return
            yield from self._clock.progress(Stage.LOAD, 0, 1, share)

    def _denoise(self, state: DenoiseState) -> Generator[Event, None, DenoiseState]:
        clock = self._clock
        loop = build_loop(self._model, self._task.params)
        if state.step < loop.steps:
            yield from self._load(loop.expert(state.step).part)
        run = denoise(loop, state.moved(self._model.placement.device))
        yield from clock.progress(Stage.DENOISE, state.step, loop.steps, state.step / loop.steps)
        while True:
            self._check_stop()
            try:
                with clock.stage(Stage.DENOISE):
                    event = next(run)
            except StopIteration as end:
                return end.value
            if isinstance(event, Step):
                state = self._state = event.state
                last = state.step == loop.steps
                if self._previews is not None:
                    yield from self._previews.show(state.step, event.estimate, last=last)
                if self._keeper is not None and not last:  # the last is kept before decoding
                    yield from self._keeper.now_and_then(state)
                if not last:
                    yield from self._load(loop.expert(state.step).part)
            else:
                yield from clock.progress(Stage.DENOISE, state.step, loop.steps, event.fraction)

    def _decode(self, state: DenoiseState) -> Generator[Event]:
        clock, params = self._clock, self._task.params
        total, done, middle = params.num_frames, 0, None
        yield from self._load("vae")
        self._check_stop()
        blocks = vae.decode(self._model.vae(), state.latents.to(self._model.placement.device))
        with self._writer() as writer:
            yield from clock.progress(Stage.DECODE, 0, total, 0.0)
            while True:
                self._check_stop()
                with clock.stage(Stage.DECODE):
                    block = next(blocks, None)
                if block is None:
                    break
                frames = block.numpy()
                with clock.stage(Stage.WRITE):
                    writer.write(frames)
                if done <= total // 2 < done + len(frames):
                    middle = frames[total // 2 - done]
                done += len(frames)
                yield from clock.progress(Stage.DECODE, done, total, done / total)
            yield from clock.progress(Stage.WRITE, 0, 1, 0.0)
            with clock.stage(Stage.WRITE):
                written = writer.finish()
        poster = yield from self._poster(middle)
        yield from clock.progress(Stage.WRITE, 1, 1, 1.0)
        yield Done(
            clip=written.path,
            poster=poster,
            params=params,
            seconds=clock.seconds,
            total_seconds=clock.total,
            peak_memory=peak_memory(),
            peak_gpu_memory=peak_gpu_memory(),
        )

    def _poster(self, frame: NDArray[np.uint8] | None) -> Generator[Event, None, Path | None]:
        request = self._request
        if not request.poster or frame is None:
            return None
        poster = poster_path(request.out.absolute())
        try:
            write_poster(poster, frame, request.overwrite)
        except StudioError as error:  # the clip is whole and in its place: no reason to fail
            yield Note(text=f"The clip has no poster: {error}")
            return None
        return poster

    def _writer(self) -> ClipWriter:
        params, task = self._task.params, self._task
        record = ClipRecord(
            version=__version__,
            params=params,
            model_title=self._model.folder.family.title,
            model_fingerprint=self._model.denoiser_fingerprint,
            photo_sha256=task.origin.photo,
            created=datetime.now(UTC),
        )
        return ClipWriter(
            self._request.out,
            width=params.width,
            height=params.height,
            frame_rate=params.frame_rate,
            quality=params.quality,
            metadata=record.model_dump_json(),
            overwrite=self._request.overwrite,
            num_frames=params.num_frames,
        )

    def _check_stop(self) -> None:
        if self._stop.is_set():
            raise _Stop
