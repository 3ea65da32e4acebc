"""The denoising loop over diffusers' parts: a state in, the next one out, a tick for each block."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass

import torch
from diffusers import WanTransformer3DModel

from studio.engine.schedule import FlowScheduler, History, keep_history, put_back
from studio.engine.state import Condition, DenoiseState
from studio.engine.transformer import predict


@dataclass(frozen=True)
class Expert:
    """One transformer with the guidance of its steps; it is fetched when its first step comes."""

    part: str
    fetch: Callable[[], WanTransformer3DModel]
    guidance: float

    @property
    def guided(self) -> bool:
        """Whether its steps need a second pass for the negative prompt."""
        return self.guidance > 1


@dataclass(frozen=True)
class Loop:
    """All that stays the same over a render's steps.

    `boundary` is the timestep from which down the second expert works (`boundary_ratio` × 1000),
    None with one transformer. `expand` says how a photo is given: as the first latent frame at
    noise level 0 (the 5B), or as further channels (the A14B).
    """

    scheduler: FlowScheduler
    high: Expert
    low: Expert | None
    boundary: float | None
    expand: bool

    def expert(self, step: int) -> Expert:
        """Who works at this step."""
        if self.low is None or self.boundary is None:
            return self.high
        return self.high if self.scheduler.timesteps[step] >= self.boundary else self.low

    @property
    def steps(self) -> int:
        """How many steps the whole render has."""
        return len(self.scheduler.timesteps)

    @property
    def guided(self) -> bool:
        """Whether any step needs the negative prompt."""
        return self.high.guided or (self.low is not None and self.low.guided)


@dataclass(frozen=True)
class Tick:
    """A block is done: the share of the whole loop that lies behind."""

    fraction: float


@dataclass(frozen=True)
class Step:
    """A step is done: the new state, and what the clean latents are now thought to be."""

    state: DenoiseState
    estimate: torch.Tensor


def first_state(
    shape: tuple[int, ...], seed: int, condition: Condition, device: torch.device
) -> DenoiseState:
    """Pure noise `[1, z, frames, h, w]`, from the CPU so that a seed means the same everywhere."""
    generator = torch.Generator("cpu").manual_seed(seed)
    noise = torch.randn(shape, generator=generator, dtype=torch.float32)
    return DenoiseState(noise, 0, History({}, {}), condition).moved(device)


@torch.no_grad()
def denoise(loop: Loop, state: DenoiseState) -> Generator[Tick | Step, None, DenoiseState]:
    """Runs the steps that a state has still before it; yields after every block and every step.

    Leaving the generator in the middle of a step loses that step only: the last `Step.state` is
    whole. Returns the last state, a photo's own latents put back in its frame.
    """
    put_back(loop.scheduler, state.history, state.latents.device)
    for step in range(state.step, loop.steps):
        velocity = yield from _velocity(loop, state, step)
        # Flow matching: x_t = (1 - σ) · x_0 + σ · noise and velocity = noise - x_0.
        estimate = state.latents - loop.scheduler.sigmas[step].item() * velocity
        timestep = loop.scheduler.timesteps[step]
        latents = loop.scheduler.step(velocity, timestep, state.latents, return_dict=False)[0]
        state = DenoiseState(latents, step + 1, keep_history(loop.scheduler), state.condition)
        yield Step(state, _with_photo(loop, state.condition, estimate))
    latents = _with_photo(loop, state.condition, state.latents)
    return DenoiseState(latents, state.step, state.history, state.condition)


def _velocity(loop: Loop, state: DenoiseState, step: int) -> Generator[Tick, None, torch.Tensor]:
    """The guided velocity at this step: one pass, or two where the expert's guidance asks for
    it.
    """
    expert, condition = loop.expert(step), state.condition
    transformer = expert.fetch()
    dtype = transformer.dtype
    latents, timestep, still_tokens = _inputs(loop, state, step, transformer)
    texts = [condition.positive]
    if expert.guided:
        assert condition.negative is not None
        texts.append(condition.negative)
    blocks = len(transformer.blocks) * len(texts)
    passes: list[torch.Tensor] = []
    done = 0
    for text in texts:
        run = predict(transformer, latents.to(dtype), timestep, text.to(dtype), still_tokens)
        while True:
            try:
                next(run)
            except StopIteration as end:
                # Some schedulers give latents in the velocity's format, and latents stay in fp32.
                passes.append(end.value.float())
                break
            done += 1
            yield Tick((step + done / blocks) / loop.steps)
    if len(passes) == 1:
        return passes[0]
    with_prompt, without = passes
    return without + expert.guidance * (with_prompt - without)


def _inputs(
    loop: Loop, state: DenoiseState, step: int, transformer: WanTransformer3DModel
) -> tuple[torch.Tensor, torch.Tensor, int]:
    """What goes into the transformer: latents, noise level or levels, and the photo's token
    count.
    """
    photo = state.condition.photo
    timestep = loop.scheduler.timesteps[step].view(1)
    if photo is None:
        return state.latents, timestep, 0
    if not loop.expand:
        return torch.cat([state.latents, photo], dim=1), timestep, 0
    _, patch_h, patch_w = transformer.config["patch_size"]
    tokens = (photo.shape[3] // patch_h) * (photo.shape[4] // patch_w)
    if state.latents.shape[2] == 1:
        # A clip of one frame is the photo itself: every token is clean.
        return photo, timestep * 0, 0
    levels = torch.stack([torch.zeros_like(timestep), timestep], dim=1)
    return _with_photo(loop, state.condition, state.latents), levels, tokens


def _with_photo(loop: Loop, condition: Condition, latents: torch.Tensor) -> torch.Tensor:
    if condition.photo is None or not loop.expand:
        return latents
    return torch.cat([condition.photo, latents[:, :, 1:]], dim=2)
