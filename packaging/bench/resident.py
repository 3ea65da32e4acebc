"""How much memory this process holds, and the most that it held since a moment of our choice."""

from __future__ import annotations

import psutil

from studio.engine.clock import forget_peaks as forget_peak
from studio.engine.clock import peak_memory as peak

__all__ = ("forget_peak", "now", "peak")


def now() -> int:
    """Bytes of RAM that this process holds."""
    return psutil.Process().memory_info().rss
