"""What a render took is counted from its own beginning."""

from __future__ import annotations

import mmap
import os
from pathlib import Path

import pytest

from studio.engine.clock import Clock, peak_memory

MIB = 1 << 20


@pytest.mark.skipif(
    not os.access(Path("/proc/self/clear_refs"), os.W_OK),
    reason="this system cannot begin a peak anew",
)
def test_the_peak_of_memory_begins_with_the_render() -> None:
    # Mapped, for what is freed on the heap may stay with the process.
    with mmap.mmap(-1, 200 * MIB) as held:
        held[:: mmap.PAGESIZE] = bytes(len(held) // mmap.PAGESIZE)
        before = peak_memory()
    Clock()

    assert peak_memory() < before - 100 * MIB
