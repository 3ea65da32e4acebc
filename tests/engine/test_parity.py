"""Our denoising loop gives the latents that diffusers' own pipelines give."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import TypeVar

import pytest
import torch
from diffusers import (
    AutoencoderKLWan,
    DPMSolverMultistepScheduler,
    FlowMatchEulerDiscreteScheduler,
    UniPCMultistepScheduler,
    WanImageToVideoPipeline,
    WanPipeline,
    WanTransformer3DModel,
)
from PIL import Image
from transformers import AutoTokenizer, UMT5EncoderModel

from studio.core.model_folder import open_folder
from studio.core.params import Scheduler
from studio.core.request import RenderRequest
from studio.engine.conditioning import embed, latent_shape, photo_latents
from studio.engine.denoise import Loop, denoise, first_state
from studio.engine.loop import build_loop
from studio.engine.model import Model
from studio.engine.state import Condition
from studio.engine.task import plan
from tests.engine.conftest import PRECISE, small_request

Result = TypeVar("Result")


@pytest.mark.parametrize("scheduler", list(Scheduler))
def test_two_experts_from_text_equal_the_pipeline_bit_for_bit(
    models: dict[str, Path], tmp_path: Path, scheduler: Scheduler
) -> None:
    request = small_request(models["t2v"], tmp_path / "a.mp4", scheduler=scheduler)

    assert torch.equal(ours(request), theirs(request, WanPipeline))


@pytest.mark.parametrize("scheduler", list(Scheduler))
def test_two_experts_from_a_photo_equal_the_pipeline_bit_for_bit(
    models: dict[str, Path], tmp_path: Path, photo: Path, scheduler: Scheduler
) -> None:
    request = small_request(models["i2v"], tmp_path / "a.mp4", image=photo, scheduler=scheduler)

    assert torch.equal(ours(request), theirs(request, WanImageToVideoPipeline))


@pytest.mark.parametrize("scheduler", list(Scheduler))
def test_the_5b_from_text_equals_the_pipeline_with_one_timestep_for_all_tokens(
    models: dict[str, Path], tmp_path: Path, scheduler: Scheduler
) -> None:
    request = small_request(models["ti2v"], tmp_path / "a.mp4", scheduler=scheduler)

    assert relative_error(ours(request), theirs(request, WanPipeline)) <= 1e-5


@pytest.mark.parametrize("scheduler", list(Scheduler))
def test_the_5b_from_a_photo_equals_the_pipeline_with_two_timesteps(
    models: dict[str, Path], tmp_path: Path, photo: Path, scheduler: Scheduler
) -> None:
    request = small_request(models["ti2v"], tmp_path / "a.mp4", image=photo, scheduler=scheduler)

    assert relative_error(ours(request), theirs(request, WanImageToVideoPipeline)) <= 1e-5


@pytest.mark.parametrize("from_photo", [False, True])
def test_a_size_that_is_not_square_equals_the_pipeline(
    models: dict[str, Path], tmp_path: Path, photo: Path, from_photo: bool
) -> None:
    changes = {"image": photo} if from_photo else {}
    request = small_request(models["ti2v"], tmp_path / "a.mp4", width=96, height=64, **changes)
    pipeline = WanImageToVideoPipeline if from_photo else WanPipeline

    assert relative_error(ours(request), theirs(request, pipeline)) <= 1e-5


# DPM++ takes its last steps more simply where there are fewer than 15.
@pytest.mark.parametrize("steps", [1, 2, 3, 15])
@pytest.mark.parametrize("scheduler", list(Scheduler))
def test_few_steps_and_many_equal_the_pipeline_bit_for_bit(
    models: dict[str, Path], tmp_path: Path, scheduler: Scheduler, steps: int
) -> None:
    request = small_request(
        models["t2v"], tmp_path / "a.mp4", scheduler=scheduler, num_inference_steps=steps
    )

    assert torch.equal(ours(request), theirs(request, WanPipeline))


def test_the_5b_from_a_photo_with_one_frame_is_the_photo(
    models: dict[str, Path], tmp_path: Path, photo: Path
) -> None:
    request = small_request(models["ti2v"], tmp_path / "a.mp4", image=photo, num_frames=1)

    assert relative_error(ours(request), theirs(request, WanImageToVideoPipeline)) <= 1e-5


def test_without_guidance_only_the_prompt_counts(models: dict[str, Path], tmp_path: Path) -> None:
    request = small_request(
        models["t2v"], tmp_path / "a.mp4", guidance_scale=1.0, guidance_scale_2=1.0
    )

    assert torch.equal(ours(request), theirs(request, WanPipeline))


def test_guidance_is_decided_for_each_expert(models: dict[str, Path], tmp_path: Path) -> None:
    # The pipeline looks at the first guidance alone, and would run without any here.
    request = small_request(
        models["t2v"], tmp_path / "a.mp4", guidance_scale=1.0, guidance_scale_2=3.0
    )
    unguided = small_request(
        models["t2v"], tmp_path / "a.mp4", guidance_scale=1.0, guidance_scale_2=1.0
    )

    loop = loop_of(request)
    assert not loop.high.guided
    assert loop.low is not None
    assert loop.low.guided
    assert not torch.equal(ours(request), ours(unguided))


def test_both_experts_work_in_a_render(models: dict[str, Path], tmp_path: Path) -> None:
    loop = loop_of(small_request(models["t2v"], tmp_path / "a.mp4", num_inference_steps=40))

    high = sum(loop.expert(step) is loop.high for step in range(loop.steps))
    # Shift 12 and boundary 0.875 over 40 steps: 26 steps for the high-noise expert.
    assert high == 26


def ours(request: RenderRequest) -> torch.Tensor:
    """The last latents of our loop."""
    model = Model(open_folder(Path(request.params.model)), PRECISE)
    task = plan(request, model, None)
    condition = Condition(
        embed(model, task.params.prompt),
        embed(model, task.params.negative_prompt),
        result(photo_latents(model, task)),
    )
    state = first_state(
        latent_shape(model, task.params), task.params.seed, condition, PRECISE.device
    )
    return result(denoise(build_loop(model, task.params), state)).latents


def result(run: Generator[object, None, Result]) -> Result:
    """What a generator returns at its end."""
    while True:
        try:
            next(run)
        except StopIteration as end:
            return end.value


def loop_of(request: RenderRequest) -> Loop:
    """The loop of a request, at its first step."""
    model = Model(open_folder(Path(request.params.model)), PRECISE)
    return build_loop(model, plan(request, model, None).params)


def theirs(
    request: RenderRequest, pipeline_class: type[WanPipeline | WanImageToVideoPipeline]
) -> torch.Tensor:
    """The last latents of a pipeline, given what its documentation says."""
    model = Model(open_folder(Path(request.params.model)), PRECISE)
    params = plan(request, model, None).params
    folder = model.folder
    two = folder.two_experts
    pipeline = pipeline_class(
        tokenizer=AutoTokenizer.from_pretrained(folder.path / "tokenizer"),
        text_encoder=UMT5EncoderModel.from_pretrained(folder.path / "text_encoder"),
        vae=AutoencoderKLWan.from_pretrained(folder.path / "vae"),
        scheduler=their_scheduler(params.scheduler, params.flow_shift),
        transformer=WanTransformer3DModel.from_pretrained(folder.path / "transformer"),
        transformer_2=(
            WanTransformer3DModel.from_pretrained(folder.path / "transformer_2") if two else None
        ),
        boundary_ratio=folder.boundary_ratio,
        expand_timesteps=folder.expand_timesteps,
    )
    pipeline.set_progress_bar_config(disable=True)
    more: dict[str, object] = {}
    if params.image is not None:
        from studio.core.photo import prepare, read_photo

        picture: Image.Image = prepare(read_photo(params.image), params.width, params.height)
        more["image"] = picture
    return pipeline(
        prompt=params.prompt,
        negative_prompt=params.negative_prompt,
        width=params.width,
        height=params.height,
        num_frames=params.num_frames,
        num_inference_steps=params.num_inference_steps,
        guidance_scale=params.guidance_scale,
        guidance_scale_2=params.guidance_scale_2 if two else None,
        generator=torch.Generator().manual_seed(params.seed),
        output_type="latent",
        **more,
    ).frames


def their_scheduler(kind: Scheduler, shift: float) -> object:
    """A scheduler made the way diffusers' documentation of Wan shows."""
    match kind:
        case Scheduler.UNIPC:
            return UniPCMultistepScheduler(
                prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=shift
            )
        case Scheduler.EULER:
            return FlowMatchEulerDiscreteScheduler(shift=shift)
        case Scheduler.DPM:
            return DPMSolverMultistepScheduler(
                prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=shift
            )


def relative_error(a: torch.Tensor, b: torch.Tensor) -> float:
    """The largest difference, relative to the largest value."""
    return float((a - b).abs().max() / b.abs().max())
