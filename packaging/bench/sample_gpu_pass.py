"""Samples of `gpu` on single passes of the transformer: a photo's two noise levels, backends of
attention, compiled blocks, and where the time goes.
"""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Callable, Generator, Iterator
from typing import Any

import gpu_device
import gpu_model
import torch
from diffusers import WanTransformer3DModel
from torch.autograd import DeviceType
from torch.profiler import ProfilerActivity, profile
from torch.utils.flop_counter import FlopCounterMode

from studio.engine.placement import fast_dtype
from studio.engine.transformer import predict

NOISE_LEVEL = 500.0
TOKENS = 512  # of a padded prompt
# What comes with torch, and what a package that is there already brings; the hub's are downloads.
BACKENDS = (
    "native", "_native_cudnn", "_native_efficient", "_native_flash", "_native_math", "flex",
    "flash", "_flash_3", "sage", "xformers",
)  # fmt: skip
# What backends and compilers raise where they cannot do it here.
_FAILURES = (RuntimeError, ValueError, TypeError, AttributeError, AssertionError)
PRODUCTS = ("aten::mm", "aten::addmm", "aten::bmm", "aten::baddbmm")

Pass = Callable[[], torch.Tensor]


@torch.no_grad()
def main(job: dict[str, Any]) -> None:
    """Prints each of what was asked for: `rows`, `profile`, `compile`, `attention`."""
    device = gpu_device.device(shrunken=job["shrunken"])
    build, dtype = gpu_model.build_of(job), fast_dtype(device)
    transformer = gpu_model.transformer(build, dtype, device)
    frames, height, width = (job["frames"] - 1) // 4 + 1, job["height"] // 16, job["width"] // 16
    channels, text_dim = build.transformer["in_channels"], build.transformer["text_dim"]
    latents = torch.randn(1, channels, frames, height, width, device=device, dtype=dtype)
    text = torch.randn(1, TOKENS, text_dim, device=device, dtype=dtype)
    for what in job["what"]:
        for found in MEASURES[what](transformer, latents, text, job["runs"]):
            print(json.dumps({"what": what, **found}), flush=True)


def rows(
    transformer: WanTransformer3DModel, latents: torch.Tensor, text: torch.Tensor, runs: int
) -> Iterator[dict[str, Any]]:
    """A photo's levels as two rows and as diffusers' table: seconds, peaks, and their distance."""
    _, _, frames, height, width = latents.shape
    tokens = (height // 2) * (width // 2)
    levels = torch.tensor([[0.0, NOISE_LEVEL]], device=latents.device)
    table = torch.full((1, frames * tokens), NOISE_LEVEL, device=latents.device)
    table[:, :tokens] = 0
    ways: dict[str, Pass] = {
        "ours": lambda: _end(predict(transformer, latents, levels, text, tokens)),
        "plain": lambda: transformer(latents, table, text, return_dict=False)[0],
    }
    found: dict[str, Any] = {}
    results: dict[str, torch.Tensor] = {}
    for way, work in ways.items():
        results[way] = work().float()
        gpu_device.forget_peak()
        seconds = gpu_device.timed(work, runs)
        found[way] = {"seconds": seconds, "peak": gpu_device.peak()}
    distance = (results["ours"] - results["plain"]).norm() / results["plain"].norm()
    yield {**found, "error": float(distance)}


def attention(
    transformer: WanTransformer3DModel, latents: torch.Tensor, text: torch.Tensor, runs: int
) -> Iterator[dict[str, Any]]:
    """Seconds of a pass with each backend; a sentence where one cannot be had."""
    work = _plain_pass(transformer, latents, text)
    reference = work().float()
    for name in BACKENDS:
        # Without a compiler flex holds all scores at once, as _native_math does.
        named = {"name": f"{name}, not compiled" if name == "flex" else name}
        try:
            transformer.set_attention_backend(name)
            seconds = gpu_device.timed(work, runs)
            error = float((work().float() - reference).norm() / reference.norm())
        except (ImportError, *_FAILURES) as reason:
            gpu_device.tidy()
            yield {**named, "lacks": gpu_device.in_short(reason)}
        else:
            yield {**named, "seconds": seconds, "error": error}


def compiled(
    transformer: WanTransformer3DModel, latents: torch.Tensor, text: torch.Tensor, runs: int
) -> Iterator[dict[str, Any]]:
    """Seconds of a pass before and after `compile_repeated_blocks`, and of the first one after; a
    sentence where this machine cannot compile.
    """
    work = _plain_pass(transformer, latents, text)
    eager = gpu_device.timed(work, runs)
    transformer.compile_repeated_blocks()
    try:
        first = gpu_device.once(work)
    except (ImportError, *_FAILURES) as reason:
        yield {"lacks": gpu_device.in_short(reason)}
    else:
        yield {"eager": eager, "first": first, "compiled": gpu_device.timed(work, runs)}


def shares(
    transformer: WanTransformer3DModel, latents: torch.Tensor, text: torch.Tensor, runs: int
) -> Iterator[dict[str, Any]]:
    """Seconds of a pass by kind of work; its operations and the device's rate of matrix products,
    both in operations a second.
    """
    work = _plain_pass(transformer, latents, text)
    seconds = gpu_device.timed(work, runs)
    with FlopCounterMode(display=False) as counter:
        work()
    cuda = latents.is_cuda
    watched = [ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if cuda else [])]
    with profile(activities=watched) as trace:
        work()
        gpu_device.settle()
    kinds = {"attention": 0.0, "matrix products": 0.0, "the rest": 0.0}
    for event in trace.key_averages():
        if event.device_type != DeviceType.CPU:
            continue  # a kernel: counted by the operation that started it
        spent = event.self_device_time_total if cuda else event.self_cpu_time_total
        kinds[_kind(event.key)] += spent / 1e6
    yield {
        "seconds": seconds,
        "kinds": kinds,
        "rate": counter.get_total_flops() / statistics.median(seconds),
        "matrix_rate": _matrix_rate(latents, 8192 if cuda else 256, runs),
    }


def _kind(operation: str) -> str:
    if "attention" in operation or "flash" in operation:
        return "attention"
    return "matrix products" if operation in PRODUCTS else "the rest"


def _matrix_rate(like: torch.Tensor, side: int, runs: int) -> float:
    """Operations a second of square matrices' products, in the format of the transformer."""
    a, b = (torch.randn(side, side, device=like.device, dtype=like.dtype) for _ in range(2))
    repeats = 20

    def products() -> None:
        for _ in range(repeats):
            torch.mm(a, b)

    return 2 * side**3 * repeats / statistics.median(gpu_device.timed(products, runs))


def _plain_pass(
    transformer: WanTransformer3DModel, latents: torch.Tensor, text: torch.Tensor
) -> Pass:
    level = torch.tensor([NOISE_LEVEL], device=latents.device)
    return lambda: _end(predict(transformer, latents, level, text))


def _end(passing: Generator[None, None, torch.Tensor]) -> torch.Tensor:
    while True:
        try:
            next(passing)
        except StopIteration as end:
            return end.value


MEASURES: dict[str, Callable[..., Iterator[dict[str, Any]]]] = {
    "rows": rows,
    "profile": shares,
    "compile": compiled,
    "attention": attention,
}


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
