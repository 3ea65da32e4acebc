"""The device that the `gpu` bench measures on: a CUDA GPU, or the CPU with a shrunken model."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import torch

from studio.core.errors import OutOfMemory
from studio.engine.placement import best_device

LACKS = (torch.OutOfMemoryError, OutOfMemory)


def device(*, shrunken: bool) -> torch.device:
    """Where a model of this size is measured."""
    return torch.device("cpu") if shrunken else best_device()


def cap(bytes_allowed: int | None) -> None:
    """Lets this process hold no more of the GPU's memory than this, weights included."""
    if bytes_allowed is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()  # what is kept for later counts as well
        total = torch.cuda.get_device_properties(0).total_memory
        torch.cuda.set_per_process_memory_fraction(min(1.0, bytes_allowed / total))


def settle() -> None:
    """Waits until the device has done all that it was given."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def forget_peak() -> None:
    """Lets `peak` begin anew."""
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()


def peak() -> float:
    """The most bytes of the GPU's memory that were held since `forget_peak`; nan without one."""
    return float(torch.cuda.max_memory_allocated()) if torch.cuda.is_available() else math.nan


def timed(work: Callable[[], object], runs: int) -> list[float]:
    """Seconds of a piece of work, each time until the device is done; one run before is not
    counted.
    """
    work()
    seconds: list[float] = []
    for _ in range(runs):
        settle()
        begun = time.perf_counter()
        work()
        settle()
        seconds.append(time.perf_counter() - begun)
    return seconds
