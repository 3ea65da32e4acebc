"""The loop keeps its latents exact, goes on from any step, and does no pass too many."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from studio.core.model_folder import open_folder
from studio.core.params import ResolvedParams, Scheduler
from studio.engine import denoise as denoise_module
from studio.engine.conditioning import embed, latent_shape, photo_latents
from studio.engine.denoise import Loop, Step, Tick, denoise, first_state
from studio.engine.loop import build_loop
from studio.engine.model import Model
from studio.engine.state import Condition, DenoiseState, Origin, read_state, write_state
from studio.engine.task import plan
from studio.engine.transformer import _Pace, predict
from tests.engine.conftest import PRECISE, small_request

HALF = replace(PRECISE, transformer_dtype=torch.bfloat16)


@pytest.mark.parametrize("scheduler", list(Scheduler))
def test_latents_stay_in_fp32_and_a_resume_bit_identical_where_the_model_computes_in_bf16(
    models: dict[str, Path], tmp_path: Path, scheduler: Scheduler
) -> None:
    loop, state, params = begun(models["t2v"], tmp_path, scheduler=scheduler)
    states = [event.state for event in denoise(loop, state) if isinstance(event, Step)]
    assert {kept.latents.dtype for kept in states} == {torch.float32}

    for kept in states[:-1]:
        write_state(tmp_path / "state", kept, Origin(params, None, "model"))
        read, _ = read_state(tmp_path / "state")
        loop, _, _ = begun(models["t2v"], tmp_path, scheduler=scheduler)
        again = [event.state for event in denoise(loop, read) if isinstance(event, Step)]
        assert torch.equal(again[-1].latents, states[-1].latents), f"from step {kept.step}"


def test_steps_without_guidance_take_one_pass_beside_others_that_take_two(
    models: dict[str, Path], tmp_path: Path
) -> None:
    loop, state, _ = begun(models["t2v"], tmp_path, guidance_scale=4.0, guidance_scale_2=1.0)
    assert {loop.expert(step) for step in range(loop.steps)} == {loop.high, loop.low}
    ticks = 0
    for event in denoise(loop, state):
        if isinstance(event, Tick):
            ticks += 1
            continue
        blocks = len(loop.expert(event.state.step - 1).fetch().blocks)
        assert ticks == blocks * (2 if loop.expert(event.state.step - 1) is loop.high else 1)
        ticks = 0


@pytest.mark.parametrize("from_photo", [False, True])
def test_the_5b_is_told_one_noise_level_from_text_and_two_from_a_photo(
    models: dict[str, Path],
    tmp_path: Path,
    photo: Path,
    monkeypatch: pytest.MonkeyPatch,
    from_photo: bool,
) -> None:
    told: list[tuple[tuple[int, ...], int]] = []

    def listen(
        transformer: object, latents: object, timestep: torch.Tensor, text: object, still: int
    ) -> Generator[None, None, torch.Tensor]:
        told.append((tuple(timestep.shape), still))
        return predict(transformer, latents, timestep, text, still)  # type: ignore[arg-type]

    monkeypatch.setattr(denoise_module, "predict", listen)
    changes = {"image": photo} if from_photo else {}
    loop, state, _ = begun(models["ti2v"], tmp_path, width=96, **changes)
    list(denoise(loop, state))

    # A latent frame of 6 × 4, two by two: six tokens are the photo's.
    assert set(told) == {((1, 2), 6) if from_photo else ((1,), 0)}


def test_with_mps_every_block_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[None] = []
    monkeypatch.setattr(torch.mps, "synchronize", lambda: waits.append(None))
    for device in ("mps", "cpu", "mps"):
        _Pace(torch.device(device)).wait()

    assert len(waits) == 2


def begun(
    folder: Path, tmp_path: Path, **changes: object
) -> tuple[Loop, DenoiseState, ResolvedParams]:
    """A loop in bf16 with its first state, and the params of both."""
    model = Model(open_folder(folder), HALF)
    task = plan(small_request(folder, tmp_path / "a.mp4", **changes), model, None)
    params = task.params
    photo = photo_latents(model, task)
    while True:
        try:
            next(photo)
        except StopIteration as end:
            picture = end.value
            break
    texts = embed(model, params.prompt), embed(model, params.negative_prompt)
    state = first_state(
        latent_shape(model, params), params.seed, Condition(*texts, picture), HALF.device
    )
    return build_loop(model, params), state, params
