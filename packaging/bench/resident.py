"""How much memory this process holds, and the most that it held since a moment of our choice."""

from __future__ import annotations

import sys
from pathlib import Path

import psutil

from studio.engine.clock import peak_memory

STATUS = Path("/proc/self/status")
CLEAR = Path("/proc/self/clear_refs")


def now() -> int:
    """Bytes of RAM that this process holds."""
    return psutil.Process().memory_info().rss


def forget_peak() -> None:
    """Lets the peak begin anew, where the system can do so (Linux, proc(5), clear_refs)."""
    if sys.platform == "linux":
        CLEAR.write_text("5", encoding="ascii")


def peak() -> int:
    """The most bytes since `forget_peak`, elsewhere than on Linux since the start.

    Linux' ru_maxrss would not do: a child inherits it from the process that started it.
    """
    if sys.platform != "linux":
        return peak_memory()
    for line in STATUS.read_text(encoding="ascii", errors="replace").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return peak_memory()
