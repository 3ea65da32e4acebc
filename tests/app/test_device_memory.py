"""The device's memory is asked for beside the event loop, and renders are judged by it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import psutil
import pytest
from pytestqt.qtbot import QtBot

from studio.app import device_memory
from studio.app.device_memory import DeviceMemory
from studio.core.estimate import Work
from studio.core.fit import Device
from studio.core.params import Quality

WORK = Work(model="starter", width=256, height=160, num_frames=25, passes=40, quality=Quality.GOOD)
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="its programs are no scripts")


def test_nvidias_driver_is_asked(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer_with(tmp_path, "12288", monkeypatch)
    memory = DeviceMemory()
    assert memory.judge(WORK) is None
    with qtbot.waitSignal(memory.found):
        memory.look()

    assert memory.device == Device("GPU memory", 12 << 30)
    fit = memory.judge(WORK)
    assert fit is not None
    assert fit.text.startswith("fits: 0.")
    assert fit.text.endswith("of 12 GB GPU memory")
    memory.leave()


@pytest.mark.parametrize("answer", ["", "N/A", "NVIDIA-SMI has failed", "8192\n24576"])
def test_a_driver_that_cannot_tell_leaves_it_open(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    answer_with(tmp_path, answer, monkeypatch)
    memory = DeviceMemory()
    with qtbot.assertNotEmitted(memory.found, wait=300):
        memory.look()

    assert memory.judge(WORK) is None
    memory.leave()


def test_without_a_gpu_it_is_the_machines_own(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(device_memory, "_AMD", tmp_path / "none")
    memory = DeviceMemory()
    with qtbot.waitSignal(memory.found):
        memory.look()

    assert memory.device == Device("memory", psutil.virtual_memory().total)
    assert memory.judge(WORK.model_copy(update={"model": "not there"})) is None
    memory.leave()


def test_of_a_gpu_that_cannot_be_asked_nothing_is_said(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(device_memory, "_AMD", tmp_path)
    memory = DeviceMemory()
    with qtbot.assertNotEmitted(memory.found, wait=100):
        memory.look()
    memory.leave()


def answer_with(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Puts a program in the driver's place that prints a line."""
    program = folder / "nvidia-smi"
    program.write_text(f"#!/bin/sh\necho '{text}'\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
