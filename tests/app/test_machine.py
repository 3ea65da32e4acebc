"""What the machine has, and whether a model can run on it."""

from __future__ import annotations

from collections import namedtuple
from pathlib import Path

import psutil
import pytest

from studio.app import machine
from studio.core.model_folder import open_folder

Memory = namedtuple("Memory", "total")


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with a thousand bytes of memory and as much swap."""
    monkeypatch.setattr(machine, "_ANYBODY_HAS", 0)
    for name in ("virtual_memory", "swap_memory"):
        monkeypatch.setattr(psutil, name, lambda: Memory(1000))


def test_a_model_whose_largest_part_is_larger_than_the_memory_is_told(
    model: Path, memory: None
) -> None:
    part, needed = open_folder(model).largest_part()
    reason = machine.why_too_large(open_folder(model)) or ""

    assert needed > 2000
    assert part.replace("_", " ") in reason
    assert "choose a smaller model" in reason


def test_a_model_that_fits_has_no_such_reason(
    model: Path, memory: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(psutil, "virtual_memory", lambda: Memory(10**12))

    assert machine.why_too_large(open_folder(model)) is None
