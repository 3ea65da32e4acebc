"""The device that the `gpu` bench measures on: a CUDA GPU, or the CPU with a shrunken model."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import torch

from studio.engine.placement import best_device


def device(*, shrunken: bool) -> torch.device:
    """Where a model of this size is measured."""
    return torch.device("cpu") if shrunken else best_device()


def cap(bytes_allowed: int | None) -> None:
    """Lets this process hold no more of the GPU's memory than this, weights included; raises
    OutOfMemoryError where it holds more already.
    """
    if bytes_allowed is None or not torch.cuda.is_available():
        return
    torch.cuda.empty_cache()  # what is kept for later counts as well
    held = torch.cuda.memory_allocated()
    if held > bytes_allowed:
        raise torch.OutOfMemoryError(f"the weights alone take {held / 1e9:.1f} GB")
    total = torch.cuda.get_device_properties(0).total_memory
    torch.cuda.set_per_process_memory_fraction(min(1.0, bytes_allowed / total))


def settle() -> None:
    """Waits until the device has done all that it was given."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def tidy() -> None:
    """Gives back what is kept for later, so that one way does not help or hinder the next."""
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


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
    return [once(work) for _ in range(runs)]


def once(work: Callable[[], object]) -> float:
    """Seconds of a piece of work until the device is done."""
    settle()
    begun = time.perf_counter()
    work()
    settle()
    return time.perf_counter() - begun


def in_short(error: BaseException) -> str:
    """An error's first words, for a figure's detail."""
    return " ".join(str(error).split())[:120] or type(error).__name__
