"""Renders from end to end: what comes out, what stays loaded, what is refused before any work."""

from __future__ import annotations

import itertools
import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from studio.core.clip import read_record
from studio.core.errors import BadInput, DiskFull, ModelMissing, OutOfMemory
from studio.core.events import Done, Event, Note, Preview, Progress, Stage, Stopped
from studio.core.params import Quality
from studio.core.request import Memory
from studio.engine import preview
from studio.engine import renderer as renderer_module
from studio.engine.metadata import read_metadata
from studio.engine.placement import Placement
from studio.engine.renderer import Renderer
from tests.engine.conftest import PRECISE, small_request


@pytest.mark.parametrize("model", ["ti2v", "t2v", "i2v"])
def test_a_clip_holds_its_frames_and_all_that_made_it(
    models: dict[str, Path], tmp_path: Path, photo: Path, renderer: Renderer, model: str
) -> None:
    changes = {"image": photo} if model != "t2v" else {}
    request = small_request(models[model], tmp_path / "a.mp4", poster=True, **changes)
    done = list(renderer.render(request))[-1]

    assert isinstance(done, Done)
    with av.open(str(done.clip)) as clip:
        assert clip.streams.video[0].average_rate == Fraction(24 if model == "ti2v" else 16)
        frames = [frame.to_ndarray(format="rgb24") for frame in clip.decode(video=0)]
    assert np.stack(frames).shape == (9, 64, 64, 3)
    assert done.poster is not None
    with Image.open(done.poster) as poster:
        assert poster.size == (64, 64)
    record = read_record(read_metadata(done.clip))
    assert record is not None
    assert record.params == done.params
    assert (record.photo_sha256 is None) == (model == "t2v")
    assert min(done.seconds.values()) > 0
    assert sum(done.seconds.values()) <= done.total_seconds
    assert done.peak_memory > 0


def test_the_same_request_gives_the_same_clip_and_another_seed_another(
    models: dict[str, Path], tmp_path: Path, renderer: Renderer
) -> None:
    clips: list[bytes] = []
    for number, seed in enumerate((7, 7, 8)):
        request = small_request(
            models["ti2v"], tmp_path / f"{number}.mp4", seed=seed, quality=Quality.LOSSLESS
        )
        list(renderer.render(request))
        clips.append(pixels(request.out))

    assert clips[0] == clips[1] != clips[2]


def test_progress_runs_forward_through_all_stages(
    models: dict[str, Path], tmp_path: Path, renderer: Renderer
) -> None:
    events = list(renderer.render(small_request(models["ti2v"], tmp_path / "a.mp4")))
    progress = [event for event in events if isinstance(event, Progress)]

    order = [stage for stage, _ in itertools.groupby(progress, key=lambda event: event.stage)]
    assert order == [
        Stage.LOAD,  # the text encoder
        Stage.ENCODE,
        Stage.LOAD,  # the transformer
        Stage.DENOISE,
        Stage.LOAD,  # the VAE
        Stage.DECODE,
        Stage.WRITE,
    ]
    for _, run in itertools.groupby(progress, key=lambda event: event.stage):
        fractions = [event.fraction for event in run]
        assert fractions == sorted(fractions)
        assert fractions[-1] == 1
        assert all(0 <= fraction <= 1 for fraction in fractions)


def test_each_block_of_frames_is_written_before_the_next_is_decoded(
    models: dict[str, Path], tmp_path: Path, renderer: Renderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    decode, write = renderer_module.vae.decode, renderer_module.ClipWriter.write

    def decoding(*given: Any) -> Iterator[torch.Tensor]:
        for block in decode(*given):
            order.append("decode")
            yield block

    def writing(*given: Any) -> None:
        order.append("write")
        write(*given)

    monkeypatch.setattr(renderer_module.vae, "decode", decoding)
    monkeypatch.setattr(renderer_module.ClipWriter, "write", writing)
    list(renderer.render(small_request(models["ti2v"], tmp_path / "a.mp4")))

    assert order == ["decode", "write"] * 3  # 1, 4 and 4 frames


def test_the_first_and_the_last_step_give_a_preview_of_all_latent_frames(
    models: dict[str, Path], tmp_path: Path, renderer: Renderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preview, "SHOW_SECONDS", 3600.0)
    request = small_request(models["t2v"], tmp_path / "a.mp4", previews=tmp_path / "previews")
    previews = [event for event in renderer.render(request) if isinstance(event, Preview)]

    assert [event.step for event in previews] == [1, 4]
    assert {file.name for file in (tmp_path / "previews").iterdir()} == {"0001.png", "0004.png"}
    with Image.open(previews[-1].path) as strip:
        assert strip.size == (previews[-1].frames * previews[-1].width, previews[-1].height)
    assert (previews[-1].frames, previews[-1].width, previews[-1].height) == (3, 8, 8)


@pytest.mark.parametrize("model", ["ti2v", "t2v"])
def test_parts_that_take_turns_make_the_same_clip(
    models: dict[str, Path], tmp_path: Path, model: str
) -> None:
    resident, offload = Renderer(PRECISE), Renderer(replace(PRECISE, offload=True))
    for name, renderer in (("a", resident), ("b", offload)):
        request = small_request(models[model], tmp_path / f"{name}.mp4", quality=Quality.LOSSLESS)
        list(renderer.render(request))

    assert pixels(tmp_path / "a.mp4") == pixels(tmp_path / "b.mp4")
    assert resident.loaded_parts > {"transformer", "vae"}
    assert offload.loaded_parts == {"vae"}


def test_the_model_stays_loaded_for_the_next_render(
    models: dict[str, Path], tmp_path: Path, renderer: Renderer
) -> None:
    list(renderer.render(small_request(models["ti2v"], tmp_path / "a.mp4")))
    again = list(renderer.render(small_request(models["ti2v"], tmp_path / "b.mp4", seed=1)))[-1]

    assert isinstance(again, Done)
    assert again.seconds[Stage.LOAD] < 0.05  # looked up, not read


def test_memory_can_be_chosen_and_auto_keeps_all_where_there_is_room(
    models: dict[str, Path], tmp_path: Path
) -> None:
    said: dict[Memory, str] = {}
    for memory in Memory:
        request = small_request(models["ti2v"], tmp_path / f"{memory}.mp4", memory=memory)
        said[memory] = next(iter(Renderer().render(request))).model_dump()["text"]

    assert "all parts stay loaded" in said[Memory.AUTO]
    assert "all parts stay loaded" in said[Memory.RESIDENT]
    assert "parts take turns" in said[Memory.OFFLOAD]


@pytest.mark.parametrize("stage", [Stage.ENCODE, Stage.DECODE])
def test_a_stop_in_any_stage_leaves_no_clip(
    models: dict[str, Path], tmp_path: Path, renderer: Renderer, stage: Stage
) -> None:
    stop = threading.Event()
    request = small_request(models["ti2v"], tmp_path / "out" / "a.mp4", num_frames=41)
    request.out.parent.mkdir()
    last: Event | None = None
    for event in renderer.render(request, stop):
        last = event
        if isinstance(event, Progress) and event.stage is stage:
            stop.set()

    assert isinstance(last, Stopped)
    assert list(request.out.parent.iterdir()) == []


@pytest.mark.parametrize("part", ["text_encoder", "transformer", "vae"])
def test_a_stop_while_a_part_is_loaded_does_not_wait_for_its_end(
    models: dict[str, Path], tmp_path: Path, renderer: Renderer, part: str
) -> None:
    stop, before = threading.Event(), {"text_encoder": 0, "transformer": 1, "vae": 2}[part]
    last: Event | None = None
    loads = 0
    for event in renderer.render(small_request(models["ti2v"], tmp_path / "a.mp4"), stop):
        last = event
        if isinstance(event, Progress) and event.stage is Stage.LOAD and event.fraction == 0:
            if loads == before:
                stop.set()
            loads += 1

    assert isinstance(last, Stopped)
    assert part not in renderer.loaded_parts
    assert loads == before + 1


def test_leaving_the_render_in_the_middle_leaves_no_clip(
    models: dict[str, Path], tmp_path: Path, renderer: Renderer
) -> None:
    request = small_request(models["ti2v"], tmp_path / "out" / "a.mp4", num_frames=41)
    request.out.parent.mkdir()
    events = renderer.render(request)
    for event in events:
        if isinstance(event, Progress) and event.stage is Stage.DECODE:
            break
    events.close()  # type: ignore[attr-defined]

    assert list(request.out.parent.iterdir()) == []


def test_an_existing_clip_is_kept_unless_overwriting_is_asked_for(
    models: dict[str, Path], tmp_path: Path, renderer: Renderer
) -> None:
    request = small_request(models["ti2v"], tmp_path / "a.mp4")
    request.out.write_bytes(b"precious")
    with pytest.raises(BadInput, match="exists already"):
        list(renderer.render(request))
    assert request.out.read_bytes() == b"precious"

    list(renderer.render(request.model_copy(update={"overwrite": True})))
    assert request.out.read_bytes() != b"precious"


@pytest.mark.parametrize("target", ["out", "checkpoint"])
def test_a_photo_is_not_replaced_by_what_is_made_of_it_even_through_a_link(
    models: dict[str, Path], tmp_path: Path, photo: Path, renderer: Renderer, target: str
) -> None:
    link = tmp_path / "link.mp4"
    link.symlink_to(photo)
    before = photo.read_bytes()
    request = small_request(models["ti2v"], tmp_path / "a.mp4", image=photo, overwrite=True)
    with pytest.raises(BadInput, match="in the place of the photo"):
        list(renderer.render(request.model_copy(update={target: link})))

    assert link.is_symlink()
    assert photo.read_bytes() == before


def test_a_poster_that_cannot_be_written_is_told_beside_a_whole_clip(
    models: dict[str, Path], tmp_path: Path, renderer: Renderer
) -> None:
    request = small_request(models["ti2v"], tmp_path / "a.mp4", poster=True)
    events: list[Event] = []
    for event in renderer.render(request):
        events.append(event)
        if isinstance(event, Progress) and event.stage is Stage.DECODE:
            (tmp_path / "a.jpg").write_bytes(b"came meanwhile")

    done = events[-1]
    assert isinstance(done, Done)
    assert (done.clip, done.poster) == (request.out, None)
    assert any(isinstance(e, Note) and "no poster" in e.text for e in events)
    assert (tmp_path / "a.jpg").read_bytes() == b"came meanwhile"


def test_a_clip_that_cannot_fit_on_the_disk_is_refused_before_the_work(
    models: dict[str, Path], tmp_path: Path, renderer: Renderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=1000))
    request = small_request(models["ti2v"], tmp_path / "a.mp4", quality=Quality.LOSSLESS)
    with pytest.raises(DiskFull, match="are needed"):
        list(renderer.render(request))


@pytest.mark.parametrize("offload", [False, True])
@pytest.mark.parametrize("where", ["renderer.denoise", "weights.Weights.fill"])
@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("out of memory"),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
        RuntimeError("unable to mmap 9 bytes from file </a/b>: Cannot allocate memory (12)"),
        OSError("The paging file is too small for this operation to complete. (os error 1455)"),
    ],
)
def test_running_out_of_memory_is_a_sentence_and_the_model_is_let_go(
    models: dict[str, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    where: str,
    offload: bool,
) -> None:
    def burst(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(f"studio.engine.{where}", burst)
    renderer = Renderer(replace(PRECISE, offload=offload))
    with pytest.raises(OutOfMemory) as refusal:
        list(renderer.render(small_request(models["ti2v"], tmp_path / "a.mp4")))
    assert ("--memory offload" in str(refusal.value)) is not offload
    assert ("take turns already" in str(refusal.value)) is offload
    assert renderer.loaded_parts == frozenset()


def test_after_memory_ran_out_while_a_part_was_loaded_its_place_is_chosen_anew(
    models: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def choose(*_: object) -> Placement:
        asked.append("place")
        return PRECISE

    def burst(*_: object) -> None:
        raise torch.OutOfMemoryError("out of memory")

    monkeypatch.setattr("studio.engine.renderer.choose_placement", choose)
    monkeypatch.setattr("studio.engine.renderer.give_back_memory", lambda: asked.append("memory"))
    renderer = Renderer()
    request = small_request(models["ti2v"], tmp_path / "a.mp4")
    with monkeypatch.context() as patch, pytest.raises(OutOfMemory):
        patch.setattr("studio.engine.weights.Weights.fill", burst)
        list(renderer.render(request))

    assert isinstance(list(renderer.render(request))[-1], Done)
    assert asked == ["memory", "place", "memory", "place"]


def test_what_comes_before_the_first_part_is_loaded_counts_as_well(
    models: dict[str, Path], tmp_path: Path, renderer: Renderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(name: str, seconds: float) -> None:
        quick = getattr(renderer_module, name)

        def wait(*given: object) -> object:
            time.sleep(seconds)
            return quick(*given)

        monkeypatch.setattr(renderer_module, name, wait)

    slow("find_model", 0.3)
    slow("plan", 0.4)
    done = list(renderer.render(small_request(models["ti2v"], tmp_path / "a.mp4")))[-1]

    assert isinstance(done, Done)
    assert done.seconds[Stage.LOAD] > 0.3
    assert done.seconds[Stage.ENCODE] > 0.4
    assert done.total_seconds > 0.7


def test_a_model_that_does_not_fit_is_refused_each_time_before_any_work(
    models: dict[str, Path], tmp_path: Path, renderer: Renderer
) -> None:
    folder = Path(shutil.copytree(models["t2v"], tmp_path / "copy"))
    (file,) = (folder / "transformer_2").glob("*.safetensors")
    tensors = load_file(file)
    del tensors["proj_out.weight"]
    save_file(tensors, file, {"format": "pt"})

    for _ in range(2):
        events: list[Event] = []
        with pytest.raises(ModelMissing, match=r"transformer_2 in .* lacks 1 of its weights"):
            events.extend(renderer.render(small_request(folder, tmp_path / "a.mp4")))
        assert events == []


def test_the_encoding_of_a_photo_tells_how_far_it_is_and_can_be_stopped(
    models: dict[str, Path], tmp_path: Path, photo: Path, renderer: Renderer
) -> None:
    stop = threading.Event()
    request = small_request(models["i2v"], tmp_path / "a.mp4", image=photo, num_frames=81)
    shares: list[float] = []
    last: Event | None = None
    for event in renderer.render(request, stop):
        last = event
        if isinstance(event, Progress) and event.stage is Stage.ENCODE:
            shares.append(event.fraction)
            if 0.2 < event.fraction < 1:
                stop.set()

    assert isinstance(last, Stopped)
    assert max(shares) < 1
    assert "transformer" not in renderer.loaded_parts


def pixels(clip: Path) -> bytes:
    """All frames of a clip, as bytes."""
    with av.open(str(clip)) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    return np.stack(frames).tobytes()
