"""When a running render may spend time on something beside itself, and what that costs it."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import contextmanager

import torch

SHARE = 0.01  # of a render's time that one such thing may take


class Spending:
    """Says when something that costs time is due again, and measures what it costs.

    At least `seconds` go by between two times, and so many more that the cost stays within SHARE:
    after something that took w seconds, w / SHARE of them, and more where another one like it would
    bring all of them over SHARE of the time so far. What the first one costs is not known before
    it, so a render that ends soon after may exceed the share by that one.
    """

    def __init__(self, seconds: float):
        self.cost = 0.0  # seconds that all of it has taken
        self._seconds = seconds
        self._begun = time.perf_counter()
        self._next = self._begun + seconds  # the time at which it is due

    @property
    def due(self) -> bool:
        """Whether it may be done now."""
        return time.perf_counter() >= self._next

    @contextmanager
    def spend(self, device: torch.device) -> Generator[None]:
        """Measures its body as the thing done; `device` first ends what it still computes."""
        # Else reading a tensor back would wait for the step that makes it, and be blamed for that.
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        elif device.type == "mps":
            torch.mps.synchronize()
        begun = time.perf_counter()
        yield
        ended = time.perf_counter()
        took = ended - begun
        self.cost += took
        pause = max(self._seconds, took / SHARE)
        self._next = max(ended + pause, self._begun + (self.cost + took) / SHARE)
