"""The time that each stage of a render took, and the progress events that follow from it."""

from __future__ import annotations

import sys
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import torch

from studio.core.events import Progress, Stage

SHOW_EVERY = 0.1  # seconds between two progress events of a stage


class Clock:
    """Adds up a render's seconds by stage and turns shares of a stage into progress events."""

    def __init__(self) -> None:
        self.begun = time.perf_counter()
        self.seconds: dict[Stage, float] = dict.fromkeys(Stage, 0.0)
        self._running: list[Stage] = []
        self._since = self.begun
        self._shown: tuple[Stage | None, float] = (None, 0.0)
        self._first: tuple[Stage, float, float] | None = None
        self._last = 0.0  # the fraction that was heard last

    @contextmanager
    def stage(self, stage: Stage) -> Generator[None]:
        """Counts the seconds of its body for a stage, less those of stages opened inside it."""
        self._settle()
        self._running.append(stage)
        try:
            yield
        finally:
            self._settle()
            self._running.pop()

    def progress(self, stage: Stage, step: int, steps: int, fraction: float) -> Iterator[Progress]:
        """An event if the last one of this stage is old enough, or if the stage begins or ends.

        The time left follows from how far the stage has come since it was first heard of, so that a
        resumed render is not judged by steps that it did not take. A fraction that falls begins the
        stage anew: two parts may be loaded one after the other.
        """
        now = time.perf_counter()
        if self._first is None or self._first[0] is not stage or fraction < self._last:
            self._first = (stage, now, fraction)
        self._last = fraction
        shown_stage, shown_at = self._shown
        if shown_stage is stage and fraction < 1 and now - shown_at < SHOW_EVERY:
            return
        self._shown = (stage, now)
        _, since, start = self._first
        pace = (now - since) / (fraction - start) if fraction > start else None
        left = None if pace is None else pace * (1 - fraction)
        yield Progress(stage=stage, step=step, steps=steps, fraction=fraction, seconds_left=left)

    def _settle(self) -> None:
        now = time.perf_counter()
        if self._running:
            self.seconds[self._running[-1]] += now - self._since
        self._since = now

    @property
    def total(self) -> float:
        """Seconds since the render began."""
        return time.perf_counter() - self.begun


def peak_memory() -> int:
    """The most RAM that this process held since `forget_peaks`, in bytes.

    Where the system cannot begin a peak anew (elsewhere than on Linux), since the process started.
    """
    if sys.platform == "win32":
        import psutil

        return psutil.Process().memory_info().peak_wset
    if sys.platform == "linux":
        # ru_maxrss would begin with the size of whoever started this process.
        with suppress(OSError, IndexError):  # some sandboxes leave this line out
            status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
            return int(status.split("VmHWM:")[1].split()[0]) * 1024
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # bytes on macOS, KiB elsewhere


def forget_peaks() -> None:
    """Lets the peaks of memory begin anew, where the system can do so (Linux, and CUDA)."""
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
    if sys.platform == "linux":
        with suppress(OSError):  # some sandboxes close this file; the peak is then the process's
            # proc(5), clear_refs: 5 sets VmHWM to what is held now.
            Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def peak_gpu_memory() -> int | None:
    """The most GPU memory that was held since `forget_peaks`, in bytes; None without one."""
    if not torch.cuda.is_available():
        return None
    return torch.cuda.max_memory_allocated()
