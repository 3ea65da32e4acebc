"""A render that was stopped goes on to the same clip, and a state's file keeps its promises."""

from __future__ import annotations

import math
import shutil
import threading
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import av
import numpy as np
import pytest
import torch
from diffusers.models.transformers.transformer_wan import WanTransformerBlock
from PIL import Image
from torch.nn.modules.module import register_module_forward_hook

from studio.core.errors import BadState
from studio.core.events import Checkpoint, Done, Event, Progress, Stage, Stopped
from studio.core.params import PresetMark, Quality, Scheduler
from studio.core.request import RenderRequest
from studio.engine import preview, spending
from studio.engine.renderer import Renderer
from studio.engine.state import DenoiseState, read_state, write_state
from tests.engine.conftest import PRECISE, small_request


@pytest.fixture(autouse=True)
def every_step_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets previews cost what they like: by them these tests know which step a render is at."""
    monkeypatch.setattr(preview, "SHOW_SECONDS", 0.0)
    monkeypatch.setattr(spending, "SHARE", math.inf)


@pytest.mark.parametrize("scheduler", list(Scheduler))
@pytest.mark.parametrize(
    ("model", "from_photo"), [("ti2v", True), ("ti2v", False), ("t2v", False), ("i2v", True)]
)
def test_resumed_from_every_step_equals_uninterrupted(
    models: dict[str, Path], tmp_path: Path, photo: Path, renderer: Renderer,
    scheduler: Scheduler, model: str, from_photo: bool,
) -> None:  # fmt: skip
    changes = {"scheduler": scheduler} | ({"image": photo} if from_photo else {})
    whole = small_request(models[model], tmp_path / "whole.mp4", **changes)
    expected = final_state(renderer, whole, tmp_path)
    for step in range(4):
        kept = stop_after(renderer, whole, step, tmp_path / f"{step}.safetensors")
        again = whole.model_copy(update={"resume": kept, "out": tmp_path / f"{step}.mp4"})
        resumed = final_state(renderer, again, tmp_path)

        assert torch.equal(resumed.latents, expected.latents), f"from step {step}"


def test_the_resumed_clip_is_the_same_to_the_last_pixel(
    models: dict[str, Path], tmp_path: Path, renderer: Renderer
) -> None:
    whole = small_request(models["ti2v"], tmp_path / "whole.mp4", quality=Quality.LOSSLESS)
    last(renderer.render(whole))
    kept = stop_after(renderer, whole, 2, tmp_path / "state.safetensors")
    again = whole.model_copy(update={"resume": kept, "out": tmp_path / "again.mp4"})
    last(renderer.render(again))

    assert np.array_equal(frames_of(whole.out), frames_of(again.out))


def test_a_resumed_render_needs_nothing_but_the_state(
    models: dict[str, Path], tmp_path: Path, renderer: Renderer
) -> None:
    whole = small_request(models["ti2v"], tmp_path / "whole.mp4")
    kept = stop_after(renderer, whole, 1, tmp_path / "state.safetensors")
    bare = RenderRequest.model_validate(
        {"params": {}, "out": tmp_path / "again.mp4", "resume": kept}
    )
    done = last(renderer.render(bare))

    assert isinstance(done, Done)
    assert done.params.prompt == whole.params.prompt
    assert done.params.seed == 7


def test_a_state_of_another_request_is_refused_and_says_what_differs(
    models: dict[str, Path], tmp_path: Path, renderer: Renderer
) -> None:
    whole = small_request(models["ti2v"], tmp_path / "whole.mp4")
    kept = stop_after(renderer, whole, 1, tmp_path / "state.safetensors")
    other = small_request(models["ti2v"], tmp_path / "b.mp4", prompt="a cat", seed=8, resume=kept)

    with pytest.raises(BadState, match="prompt, seed differ"):
        last(renderer.render(other))
    assert not other.out.exists()


def test_a_state_of_another_photo_is_refused(
    models: dict[str, Path], tmp_path: Path, photo: Path, renderer: Renderer
) -> None:
    whole = small_request(models["ti2v"], tmp_path / "whole.mp4", image=photo)
    kept = stop_after(renderer, whole, 1, tmp_path / "state.safetensors")
    Image.new("RGB", (96, 80), "red").save(photo)

    with pytest.raises(BadState, match=": photo differ"):
        last(renderer.render(whole.model_copy(update={"resume": kept})))


def test_a_state_of_another_model_is_refused(
    models: dict[str, Path], tmp_path: Path, renderer: Renderer
) -> None:
    whole = small_request(models["ti2v"], tmp_path / "whole.mp4")
    kept = stop_after(renderer, whole, 1, tmp_path / "state.safetensors")
    other = Path(shutil.copytree(models["ti2v"], tmp_path / "other"))
    with (other / "transformer" / "config.json").open("a", encoding="utf-8") as file:
        file.write("\n")

    with pytest.raises(BadState, match=": model differ"):
        last(renderer.render(small_request(other, tmp_path / "b.mp4", resume=kept)))


def test_a_state_goes_on_under_another_preset_and_frame_rate(
    models: dict[str, Path], tmp_path: Path, renderer: Renderer
) -> None:
    whole = small_request(models["ti2v"], tmp_path / "whole.mp4")
    kept = stop_after(renderer, whole, 1, tmp_path / "state.safetensors")
    mark = PresetMark(id=uuid4(), name="Draft", content_hash="0")
    other = small_request(
        models["ti2v"], tmp_path / "b.mp4", preset=mark, frame_rate=12, resume=kept
    )
    done = last(renderer.render(other))

    assert isinstance(done, Done)
    assert (done.params.preset, done.params.frame_rate) == (mark, 12)


@pytest.mark.parametrize(
    "damage", ["cut", "flipped header", "flipped bit", "text", "empty", "foreign", "newer"]
)
def test_a_damaged_or_foreign_state_is_refused(
    models: dict[str, Path], tmp_path: Path, renderer: Renderer, damage: str
) -> None:
    whole = small_request(models["ti2v"], tmp_path / "whole.mp4")
    kept = stop_after(renderer, whole, 1, tmp_path / "state.safetensors")
    data = kept.read_bytes()
    match damage:
        case "cut":
            kept.write_bytes(data[: len(data) // 2])
        case "flipped header":
            kept.write_bytes(data[:20] + bytes([data[20] ^ 255]) + data[21:])
        case "flipped bit":
            kept.write_bytes(data[:-100] + bytes([data[-100] ^ 1]) + data[-99:])
        case "newer":
            kept.write_bytes(data.replace(b'"version":"2"', b'"version":"3"'))
        case "text":
            kept.write_text("not a state")
        case "empty":
            kept.write_bytes(b"")
        case _:
            kept.write_bytes((models["ti2v"] / "vae" / weights_name(models["ti2v"])).read_bytes())

    with pytest.raises(BadState, match="state"):
        last(renderer.render(whole.model_copy(update={"resume": kept})))


def test_a_state_is_read_back_as_it_was_written(
    models: dict[str, Path], tmp_path: Path, photo: Path, renderer: Renderer
) -> None:
    request = small_request(models["i2v"], tmp_path / "a.mp4", image=photo)
    kept = stop_after(renderer, request, 3, tmp_path / "state.safetensors")
    state, origin = read_state(kept)
    write_state(tmp_path / "copy.safetensors", state, origin)
    copy, copied_origin = read_state(tmp_path / "copy.safetensors")

    assert copied_origin == origin
    assert copy.step == state.step == 3
    assert copy.history.numbers == state.history.numbers
    assert copy.history.tensors.keys() == state.history.tensors.keys()
    assert state.condition.photo is not None
    assert copy.condition.photo is not None
    assert torch.equal(copy.condition.photo, state.condition.photo)
    for name, tensor in state.history.tensors.items():
        assert torch.equal(copy.history.tensors[name], tensor)


def test_a_stop_is_noticed_between_blocks_and_keeps_the_last_whole_step(
    models: dict[str, Path], tmp_path: Path, renderer: Renderer
) -> None:
    stop = threading.Event()
    request = small_request(
        models["ti2v"], tmp_path / "a.mp4", checkpoint=tmp_path / "s", num_inference_steps=200
    )
    events: list[Event] = []
    for event in renderer.render(request, stop):
        events.append(event)
        if isinstance(event, Progress) and event.stage is Stage.DENOISE and event.step >= 3:
            stop.set()

    assert isinstance(events[-1], Stopped)
    assert isinstance(events[-2], Checkpoint)
    assert read_state(tmp_path / "s")[0].step == events[-1].step < 200
    assert not request.out.exists()


@pytest.mark.parametrize("offload", [False, True])
def test_a_stop_while_the_second_expert_is_loaded_goes_on_with_that_expert(
    models: dict[str, Path], tmp_path: Path, offload: bool
) -> None:
    renderer = Renderer(replace(PRECISE, offload=offload))
    request = small_request(
        models["t2v"], tmp_path / "a.mp4", checkpoint=tmp_path / "s", num_inference_steps=8
    )
    stop = threading.Event()
    denoising = False
    for event in renderer.render(request, stop):
        if isinstance(event, Progress):
            denoising = denoising or event.stage is Stage.DENOISE
            if denoising and event.stage is Stage.LOAD:
                stop.set()
    assert renderer.loaded_parts == (set() if offload else {"text_encoder", "transformer"})
    kept = read_state(tmp_path / "s")[0]
    assert 0 < kept.step < 8

    resumed = final_state(renderer, request.model_copy(update={"resume": tmp_path / "s"}), tmp_path)
    whole = final_state(renderer, request, tmp_path)
    assert torch.equal(resumed.latents, whole.latents)


def test_a_stop_in_the_middle_of_a_step_lets_at_most_one_more_block_run(
    models: dict[str, Path], tmp_path: Path, renderer: Renderer
) -> None:
    stop = threading.Event()
    blocks = 0

    def count(module: torch.nn.Module, *_: object) -> None:
        nonlocal blocks
        if isinstance(module, WanTransformerBlock):
            blocks += 1
            if blocks == 5:  # the first of the second step's four: two for each of two prompts
                stop.set()

    hook = register_module_forward_hook(count)
    try:
        request = small_request(models["ti2v"], tmp_path / "a.mp4", checkpoint=tmp_path / "s")
        stopped = last(renderer.render(request, stop))
    finally:
        hook.remove()

    assert isinstance(stopped, Stopped)
    assert stopped.step == read_state(tmp_path / "s")[0].step == 1
    assert blocks <= 6


def stop_after(renderer: Renderer, request: RenderRequest, step: int, checkpoint: Path) -> Path:
    """Renders with a stop that comes once some steps are done; returns the state's file."""
    stop = threading.Event()
    previews = checkpoint.with_suffix("")
    request = request.model_copy(
        update={
            "checkpoint": checkpoint,
            "previews": previews,
            "out": checkpoint.with_suffix(".mp4"),
        }
    )
    for event in renderer.render(request, stop):
        reached = getattr(event, "step", -1) if event.event == "preview" else -1
        begins = isinstance(event, Progress) and event.stage is Stage.DENOISE and step == 0
        if reached == step or begins:
            stop.set()
    assert read_state(checkpoint)[0].step == step
    return checkpoint


def final_state(renderer: Renderer, request: RenderRequest, folder: Path) -> DenoiseState:
    """The state that a render leaves before it decodes."""
    kept = folder / "final.safetensors"
    last(renderer.render(request.model_copy(update={"checkpoint": kept, "overwrite": True})))
    return read_state(kept)[0]


def last(events: object) -> Event:
    """Runs a render to its end and returns its last event."""
    return list(events)[-1]  # type: ignore[call-overload]


def frames_of(clip: Path) -> np.ndarray:
    """All frames of a clip as RGB."""
    with av.open(str(clip)) as container:
        return np.stack([f.to_ndarray(format="rgb24") for f in container.decode(video=0)])


def weights_name(model: Path) -> str:
    """The file name of the VAE's weights."""
    return next((model / "vae").glob("*.safetensors")).name
