"""One sample of `gpu`: a whole render with random weights, ours or as diffusers documents it."""

from __future__ import annotations

import importlib.util
import json
import math
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gpu_device
import gpu_model
import numpy as np
import resident
import torch
from diffusers import WanImageToVideoPipeline, WanPipeline
from diffusers.utils.export_utils import encode_video, export_to_video
from PIL import Image
from transformers import ByT5Tokenizer

from studio.core.errors import StudioError
from studio.core.events import Done, Progress, Stage
from studio.core.model_folder import open_folder
from studio.core.params import GenerationParams
from studio.core.request import Memory, RenderRequest
from studio.engine.placement import choose_placement, fast_dtype
from studio.engine.renderer import Renderer

FRAME_RATE = 24
PARTS = {
    Stage.LOAD: "load",
    Stage.ENCODE: "text",
    Stage.DENOISE: "denoise",
    Stage.DECODE: "decode",
    Stage.WRITE: "decode",
}
PROMPT = "a red fox runs through deep snow at dawn, the camera follows it"
NEGATIVE = "blurred"

# One render of a case, with what it takes noted.
Render = Callable[[dict[str, Any], "Measured"], None]


@dataclass
class Measured:
    """One render's seconds and bytes by part; `broke` says in which part it failed, and why."""

    part: str = "load"
    broke: str | None = None
    ram: int = 0
    writer: str = "the engine"
    seconds: dict[str, float] = field(default_factory=dict[str, float])
    peaks: dict[str, float] = field(default_factory=dict[str, float])

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Notes where the memory ran out, instead of failing: cuDNN and cuBLAS say so in words of
        their own.
        """
        gpu_device.tidy()
        gpu_device.forget_peak()
        resident.forget_peak()
        try:
            yield
        except (RuntimeError, MemoryError, StudioError) as error:
            self.broke = f"{self.part}: {gpu_device.in_short(error)}"
        self.reached("end")

    def reached(self, part: str) -> None:
        """The next part begins; the peak up to here was the last one's."""
        if part != self.part:
            self.peaks[self.part] = max(gpu_device.peak(), self.peaks.get(self.part, 0.0))
            gpu_device.forget_peak()
            self.part = part

    def told(self) -> dict[str, Any]:
        """What the sample prints."""
        peaks = [peak for peak in self.peaks.values() if not math.isnan(peak)]
        return {
            "broke": self.broke,
            "seconds": self.seconds,
            "peak": max(peaks, default=math.nan),
            "decode_peak": self.peaks.get("decode", math.nan),
            "ram": max(self.ram, resident.peak()),  # the engine lets the peak begin anew
            "writer": self.writer,
        }


def main(job: dict[str, Any]) -> None:
    """Prints for each case the seconds of text, a step, and decoding with writing, and what memory
    they took. The model is built once; with `warm` the first case is rendered before, unmeasured.
    """
    with tempfile.TemporaryDirectory() as folder:
        render = (ours if job["way"] == "ours" else plain)(job, Path(folder))
        if job["warm"]:
            warm_up = Measured()
            with warm_up.watched():
                render({**job["cases"][0], "steps": 1, "prompt": "a warm-up"}, warm_up)
        for number, case in enumerate(job["cases"]):
            # Never the same words twice: the engine keeps a prompt's embeddings.
            words = {"prompt": f"{PROMPT}, take {number}", "negative": f"{NEGATIVE} {number}"}
            measured = Measured()
            with measured.watched():
                gpu_device.cap(case.get("cap"))
                render({"steps": 1, **words, **case}, measured)
            print(json.dumps(measured.told()), flush=True)


def ours(job: dict[str, Any], folder: Path) -> Render:
    """Through the engine's renderer."""
    build, memory = gpu_model.build_of(job), Memory(job["memory"])
    path = gpu_model.write_folder(build, folder / "model")
    opened = open_folder(path)
    placement = choose_placement(memory, opened)
    model = gpu_model.RandomModel(build, opened, placement, memory)
    renderer = Renderer(placement, lambda *_: model)

    def render(case: dict[str, Any], measured: Measured) -> None:
        params = GenerationParams(
            prompt=case["prompt"],
            negative_prompt=case.get("negative", NEGATIVE),
            model=str(path),
            image=_photo(case, folder) if case["photo"] else None,
            width=case["width"],
            height=case["height"],
            num_frames=case["frames"],
            frame_rate=FRAME_RATE,
            num_inference_steps=case["steps"],
            seed=1,
        )
        out = folder / "ours.mp4"
        for event in renderer.render(
            RenderRequest(params=params, out=out, memory=memory, overwrite=True)
        ):
            if isinstance(event, Progress):
                measured.reached(PARTS[event.stage])
            elif isinstance(event, Done):
                spent = event.seconds
                measured.ram = event.peak_memory
                measured.seconds = {
                    "text": spent[Stage.ENCODE],
                    "moves": spent[Stage.LOAD],
                    "step": spent[Stage.DENOISE] / case["steps"],
                    "decode": spent[Stage.DECODE] + spent[Stage.WRITE],
                    "whole": event.total_seconds,
                }

    return render


def plain(job: dict[str, Any], folder: Path) -> Render:
    """After the examples of the two pipelines (diffusers 0.42): the VAE in fp32, the rest in bf16,
    `export_to_video`; with `offload`, `enable_model_cpu_offload`.
    """
    parts = _parts(job)
    pipes: dict[bool, Any] = {}

    def render(case: dict[str, Any], measured: Measured) -> None:
        photo = case["photo"]
        pipe = pipes[photo] if photo in pipes else pipes.setdefault(photo, _pipeline(parts, photo))
        if job["memory"] == "offload" and torch.cuda.is_available():
            pipe.enable_model_cpu_offload()
        call = _Calls(measured)
        hook = pipe.transformer.register_forward_pre_hook(call.before_pass)
        try:
            frames = pipe(
                prompt=case["prompt"],
                negative_prompt=case.get("negative", NEGATIVE),
                height=case["height"],
                width=case["width"],
                num_frames=case["frames"],
                num_inference_steps=case["steps"],
                guidance_scale=5.0,
                generator=torch.Generator().manual_seed(1),
                callback_on_step_end=call.after_step,
                **({"image": Image.open(_photo(case, folder))} if photo else {}),
            ).frames[0]
            measured.writer = _write(frames, folder / "plain.mp4")
        finally:
            hook.remove()
        measured.seconds = call.end(case["steps"])

    return render


def _write(frames: Any, out: Path) -> str:
    """Writes as the examples do; where imageio has no ffmpeg, by diffusers' other writer."""
    if importlib.util.find_spec("imageio_ffmpeg"):
        export_to_video(frames, str(out), fps=FRAME_RATE)
        return "export_to_video"
    encode_video(frames, FRAME_RATE, str(out))
    return "encode_video"


def _parts(job: dict[str, Any]) -> dict[str, Any]:
    device = gpu_device.device(shrunken=job["shrunken"])
    build, dtype = gpu_model.build_of(job), fast_dtype(device)

    def kept(part: torch.nn.Module) -> torch.nn.Module:
        return part.to("cpu") if job["memory"] == "offload" else part

    return {
        "vae": kept(gpu_model.vae(build, torch.float32, device)),
        "text_encoder": kept(gpu_model.text_encoder(build, dtype, device)),
        "transformer": kept(gpu_model.transformer(build, dtype, device)),
        "tokenizer": ByT5Tokenizer(),
        "scheduler": gpu_model.scheduler(),
        "expand_timesteps": True,
    }


def _pipeline(parts: dict[str, Any], photo: bool) -> Any:
    if photo:
        more = {"image_encoder": None, "image_processor": None, "transformer_2": None}
        pipe: Any = WanImageToVideoPipeline(**parts, **more)
    else:
        pipe = WanPipeline(**parts)
    pipe.set_progress_bar_config(disable=True)
    return pipe


class _Calls:
    """When a pipeline's call came to its first pass and to the end of each step."""

    def __init__(self, measured: Measured) -> None:
        self._measured = measured
        measured.reached("text")
        gpu_device.settle()
        self._begun, self._denoises, self._stepped = time.perf_counter(), 0.0, 0.0

    def before_pass(self, *_: object) -> None:
        if not self._denoises:
            gpu_device.settle()
            self._denoises = time.perf_counter()
            self._measured.reached("denoise")

    def after_step(self, pipe: Any, step: int, _time: object, given: dict[str, Any]) -> Any:
        gpu_device.settle()
        self._stepped = time.perf_counter()
        if step + 1 == pipe.num_timesteps:
            self._measured.reached("decode")
        return given

    def end(self, steps: int) -> dict[str, float]:
        """The call's seconds by part."""
        now = time.perf_counter()
        return {
            "text": self._denoises - self._begun,
            "moves": 0.0,  # inside the others: the pipeline does not tell
            "step": (self._stepped - self._denoises) / steps,
            "decode": now - self._stepped,
            "whole": now - self._begun,
        }


def _photo(case: dict[str, Any], folder: Path) -> Path:
    path = folder / f"{case['width']}x{case['height']}.png"
    if not path.exists():
        size = (case["height"], case["width"], 3)
        noise = np.random.default_rng(0).integers(0, 256, size, dtype=np.uint8)
        Image.fromarray(noise).save(path)
    return path


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
