"""One sample of `gpu`: a whole render with random weights, ours or as diffusers documents it."""

from __future__ import annotations

import json
import math
import sys
import tempfile
import time
from collections.abc import Iterator
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
from diffusers.utils import export_to_video
from PIL import Image
from transformers import ByT5Tokenizer

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
PROMPTS = ("a warm-up", "a red fox runs through deep snow at dawn, the camera follows it")


@dataclass
class Measured:
    """One render's seconds and bytes by part; `broke` is the part that found no memory."""

    part: str = "build"
    broke: str | None = None
    ram: int = 0
    seconds: dict[str, float] = field(default_factory=dict[str, float])
    peaks: dict[str, float] = field(default_factory=dict[str, float])

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Notes where the memory ran out, instead of failing."""
        gpu_device.forget_peak()
        try:
            yield
        except gpu_device.LACKS:
            self.broke = self.part
        self.reached("end")

    def reached(self, part: str) -> None:
        """The next part begins; the peak up to here was the last one's."""
        if part != self.part:
            self.peaks[self.part] = gpu_device.peak()
            gpu_device.forget_peak()
            self.part = part


def main(job: dict[str, Any]) -> None:
    """Prints the seconds of text, a step, and decoding with writing, and what memory they took."""
    measured = Measured()
    render = ours if job["way"] == "ours" else plain
    with tempfile.TemporaryDirectory() as folder, measured.watched():
        render(job, measured, Path(folder))
    peaks = [peak for peak in measured.peaks.values() if not math.isnan(peak)]
    found = {
        "broke": measured.broke,
        "seconds": measured.seconds,
        "peak": max(peaks, default=math.nan),
        "decode_peak": measured.peaks.get("decode", math.nan),
        "ram": max(measured.ram, resident.peak()),  # the engine lets the peak begin anew
    }
    print(json.dumps(found))


def ours(job: dict[str, Any], measured: Measured, folder: Path) -> None:
    """Through the engine's renderer."""
    build = gpu_model.build_of(job)
    path = gpu_model.write_folder(build, folder / "model")
    opened, memory = open_folder(path), Memory(job["memory"])
    placement = choose_placement(memory, opened)
    if memory is Memory.RESIDENT:
        gpu_device.cap(job["cap"])
    model = gpu_model.RandomModel(build, opened, placement, memory)
    gpu_device.cap(job["cap"])
    renderer = Renderer(placement, lambda *_: model)
    for prompt, steps in _runs(job):
        params = GenerationParams(
            prompt=prompt,
            model=str(path),
            image=_photo(job, folder) if job["photo"] else None,
            width=job["width"],
            height=job["height"],
            num_frames=job["frames"],
            frame_rate=FRAME_RATE,
            num_inference_steps=steps,
            seed=1,
        )
        out = folder / f"{steps}.mp4"
        request = RenderRequest(params=params, out=out, memory=memory, overwrite=True)
        for event in renderer.render(request):
            if isinstance(event, Progress):
                measured.reached(PARTS[event.stage])
            elif isinstance(event, Done):
                spent = event.seconds
                measured.ram = max(measured.ram, event.peak_memory)
                measured.seconds = {
                    "text": spent[Stage.ENCODE],
                    "moves": spent[Stage.LOAD],
                    "step": spent[Stage.DENOISE] / steps,
                    "decode": spent[Stage.DECODE] + spent[Stage.WRITE],
                    "whole": event.total_seconds,
                }


def plain(job: dict[str, Any], measured: Measured, folder: Path) -> None:
    """After the examples of the two pipelines (diffusers 0.42): the VAE in fp32, the rest in bf16,
    `export_to_video`; with `offload`, `enable_model_cpu_offload`.
    """
    if job["memory"] == "resident":
        gpu_device.cap(job["cap"])
    pipe = _pipeline(job)
    gpu_device.cap(job["cap"])
    call = _Calls(measured)
    pipe.transformer.register_forward_pre_hook(call.before_pass)
    for prompt, steps in _runs(job):
        call.begin()
        photo = {"image": Image.open(_photo(job, folder))} if job["photo"] else {}
        frames = pipe(
            prompt=prompt,
            negative_prompt="blurred",
            height=job["height"],
            width=job["width"],
            num_frames=job["frames"],
            num_inference_steps=steps,
            guidance_scale=5.0,
            generator=torch.Generator().manual_seed(1),
            callback_on_step_end=call.after_step,
            **photo,
        ).frames[0]
        export_to_video(frames, str(folder / f"{steps}.mp4"), fps=FRAME_RATE)
        measured.seconds = call.end(steps)


def _pipeline(job: dict[str, Any]) -> Any:
    device = gpu_device.device(shrunken=job["shrunken"])
    build, dtype = gpu_model.build_of(job), fast_dtype(device)
    offload = job["memory"] == "offload"

    def kept(part: torch.nn.Module) -> torch.nn.Module:
        return part.to("cpu") if offload else part

    parts: dict[str, Any] = {
        "vae": kept(gpu_model.vae(build, torch.float32, device)),
        "text_encoder": kept(gpu_model.text_encoder(build, dtype, device)),
        "transformer": kept(gpu_model.transformer(build, dtype, device)),
        "tokenizer": ByT5Tokenizer(),
        "scheduler": gpu_model.scheduler(),
        "expand_timesteps": True,
    }
    if job["photo"]:
        more = {"image_encoder": None, "image_processor": None, "transformer_2": None}
        pipe: Any = WanImageToVideoPipeline(**parts, **more)
    else:
        pipe = WanPipeline(**parts)
    pipe.set_progress_bar_config(disable=True)
    if offload and device.type == "cuda":
        pipe.enable_model_cpu_offload()
    return pipe


class _Calls:
    """When a pipeline's call came to its first pass and to the end of each step."""

    def __init__(self, measured: Measured) -> None:
        self._measured = measured

    def begin(self) -> None:
        self._measured.reached("text")
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


def _runs(job: dict[str, Any]) -> list[tuple[str, int]]:
    """The prompts and their steps: one of one step before, unless only the memory is looked at."""
    runs = [(PROMPTS[0], 1), (PROMPTS[1], job["steps"])]
    return runs if job["steps"] > 1 else runs[1:]


def _photo(job: dict[str, Any], folder: Path) -> Path:
    path = folder / "photo.png"
    if not path.exists():
        size = (job["height"], job["width"], 3)
        noise = np.random.default_rng(0).integers(0, 256, size, dtype=np.uint8)
        Image.fromarray(noise).save(path)
    return path


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
