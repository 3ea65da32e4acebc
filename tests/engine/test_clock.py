"""What a render took is counted from its own beginning."""

from __future__ import annotations

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
    held = bytearray(b"x") * (200 * MIB)
    before = peak_memory()
    del held
    Clock()

    assert peak_memory() < before - 100 * MIB
